"""The stream of facts that the ingestion benchmarks read: a shop's visitors, mostly known ones.

90 % ``track``, 8 % ``identify``, 2 % consent. ``kind="known"``: nine facts in ten repeat a set of identifiers that was
seen before. ``kind="new"``: nine in ten bring one never seen (a session id).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from unified_profile import ConsentRecord, ConsentState, Event, EventType, Identifier
from unified_profile.model import Fact

START = datetime(2026, 1, 1, tzinfo=UTC)
FACTS_PER_PERSON = 60
Kind: TypeAlias = Literal["known", "new"]
KINDS: tuple[Kind, ...] = ("known", "new")


def stream(n: int, kind: Kind = "known", *, seed: int = 7, start: int = 0) -> Iterator[Fact]:
    """Yield *n* facts of about ``n / 60`` people, each with two devices; the same for the same *seed*."""
    rnd = random.Random(seed)
    people = max(10, (n + start) // FACTS_PER_PERSON)
    for i in range(start, start + n):
        person, chance = rnd.randrange(people), rnd.random()
        at = START + timedelta(seconds=i * 3)
        user, device = Identifier("user_id", f"u{person}"), Identifier("anonymous_id", f"a{person}-{rnd.randrange(2)}")
        who: tuple[Identifier, ...] = (user, device)
        if kind == "new" and rnd.random() < 0.9:
            who = (user, device, Identifier("session_id", f"s{seed}-{i}"))
        if chance < 0.90:
            yield Event(
                id=f"m{seed}-{i}",
                source="web",
                occurred_at=at,
                name="Product Viewed" if i % 20 else "Order Completed",
                identifiers=who,
                properties={"product_id": f"p{i % 500}", "price": i % 100, "currency": "JPY", "category": "outdoor"},
                channel="web",
            )
        elif chance < 0.98:
            yield Event(
                id=f"m{seed}-{i}",
                source="web",
                type=EventType.IDENTIFY,
                occurred_at=at,
                identifiers=(user, Identifier("email", f"p{person}@example.com")),
                traits={"plan": "pro" if i % 3 else "free", "city": "大阪"},
            )
        else:
            yield ConsentRecord(
                id=f"m{seed}-{i}",
                source="web",
                occurred_at=at,
                purpose="newsletter",
                state=ConsentState.GIVEN if i % 4 else ConsentState.WITHDRAWN,
                channel="email",
                identifiers=(user,),
            )
