"""What may stay of somebody who is made anonymous: counts, in which nobody can be found again.

Facts without a name are not anonymous: twelve visits at known moments are as good as a name (GDPR recital 26 asks what
is reasonably likely to be used to identify). So no fact stays at all. What stays is that in a month, so many things of
a kind happened on a channel.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping

import attrs

from unified_profile.model import Event, Fact
from unified_profile.model.codec import kind_of

_FIELDS = ("month", "kind", "name", "brand", "channel")
_LONGEST_NAME = 80


@attrs.frozen
class AnonymousCount:
    """How many things of one kind, of how many people, happened in a month.

    .. versionadded:: 0.1
    """

    month: str
    kind: str
    name: str
    brand: str
    channel: str
    facts: int
    people: int


def cells(facts: Iterable[Fact], /) -> Mapping[str, int]:
    """Return how many of one person's *facts* fall into each cell.

    >>> from datetime import UTC, datetime
    >>> visit = Event(id="1", source="web", name="Viewed", occurred_at=datetime(2026, 3, 4, tzinfo=UTC))
    >>> cells([visit, visit])
    {'["2026-03","event","Viewed","",""]': 2}
    """
    found: Counter[str] = Counter()
    for fact in facts:
        name = fact.name if isinstance(fact, Event) and len(fact.name) <= _LONGEST_NAME else ""
        parts = [
            f"{fact.occurred_at:%Y-%m}", kind_of(fact), name, getattr(fact, "brand", ""), getattr(fact, "channel", ""),
        ]  # fmt: skip
        found[json.dumps(parts, ensure_ascii=False, separators=(",", ":"))] += 1
    return dict(sorted(found.items()))


def counts_of(cell: str, facts: int, people: int, /) -> AnonymousCount:
    """Return a stored cell."""
    return AnonymousCount(**dict(zip(_FIELDS, json.loads(cell), strict=True)), facts=facts, people=people)
