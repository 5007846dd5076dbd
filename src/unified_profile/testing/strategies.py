"""Hypothesis strategies that make facts, rules and orders of arrival, for this library's laws and for its callers'.

Identity alone is tried with `programs` and `histories`; everything that is folded from facts with `facts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

import attrs
from hypothesis import strategies as st

from unified_profile.model import (
    ConsentRecord,
    ConsentState,
    Event,
    EventType,
    Fact,
    Identifier,
    Json,
    Judgement,
    SourceRecord,
    Verdict,
)
from unified_profile.testing.identity_programs import Kind, Program, identity_rules, links, moment, programs

__all__ = [
    "Kind",
    "Program",
    "Step",
    "batched",
    "facts",
    "histories",
    "identity_rules",
    "links",
    "moment",
    "programs",
    "shuffled",
]

Item = TypeVar("Item")

# --- facts for everything that is folded -----------------------------------------------------------------------------

_PEOPLE = (
    Identifier("user_id", "u1"),
    Identifier("user_id", "u2"),
    Identifier("email", "Taro@example.com"),
    Identifier("email", "taro@example.com"),
    Identifier("email", "hanako@example.com"),
    Identifier("phone", "+81 90-1234-5678"),
    Identifier("device_id", "d1"),
    Identifier("device_id", "d2"),
    Identifier("session_id", "s1"),
    Identifier("shared_device", "k1"),
)
_TRAITS: tuple[tuple[str, Json], ...] = (
    ("given_name", "Taro"),
    ("given_name", "Hanako"),
    ("city", "Osaka"),
    ("city", ""),
    ("city", None),
    ("points", 0),
    ("points", 120.5),
    ("vip", True),
    ("tags", ["new", "web"]),
    ("address", {"postal_code": "530-0001"}),
)
_EVENTS: tuple[tuple[EventType, str, dict[str, Json]], ...] = (
    (EventType.TRACK, "Order Completed", {"order_id": "o1", "total": 3200, "currency": "JPY"}),
    (EventType.TRACK, "Order Completed", {"order_id": "o2", "total": 12.5, "currency": "EUR"}),
    (EventType.TRACK, "Product Viewed", {"product_id": "p1"}),
    (EventType.TRACK, "Signed Out", {}),
    (EventType.PAGE, "Home", {"path": "/"}),
    (EventType.IDENTIFY, "", {}),
)


@st.composite
def _one(draw: st.DrawFn, id: str) -> Fact:
    minute = draw(st.integers(0, 30))
    at = moment(minute)
    # Most facts are learned at once; some come days late, or long after a newer one.
    known = at + draw(st.sampled_from((timedelta(0), timedelta(seconds=5), timedelta(days=3), timedelta(days=40))))
    said = tuple(draw(st.lists(st.sampled_from(_PEOPLE), min_size=1, max_size=3)))
    kind = draw(st.sampled_from(("event", "event", "event", "record", "record", "consent", "judgement")))
    if kind == "judgement":
        right, verdict = draw(st.sampled_from(_PEOPLE)), draw(st.sampled_from(Verdict))
        return Judgement(
            id=id, source="desk", occurred_at=at, recorded_at=known, left=said[0], right=right, verdict=verdict
        )
    if kind == "consent":
        purpose, state = draw(st.sampled_from(("newsletter", "ads"))), draw(st.sampled_from(ConsentState))
        return ConsentRecord(
            id=id, source="web", occurred_at=at, recorded_at=known, purpose=purpose, state=state, identifiers=said
        )
    traits = dict(draw(st.lists(st.sampled_from(_TRAITS), max_size=3)))
    if kind == "record":
        source, key = draw(st.sampled_from(("crm", "shop"))), draw(st.sampled_from("12"))
        return SourceRecord(
            id=id, source=source, occurred_at=at, recorded_at=known, key=key, identifiers=said, attributes=traits
        )
    type_, name, properties = draw(st.sampled_from(_EVENTS))
    return Event(
        id=id,
        source="web",
        occurred_at=at,
        recorded_at=known,
        type=type_,
        name=name,
        identifiers=said,
        properties=properties,
        traits=traits if type_ is EventType.IDENTIFY else {},
        channel=draw(st.sampled_from(("", "web", "email"))),
        brand=draw(st.sampled_from(("", "kawa"))),
    )


@st.composite
def facts(draw: st.DrawFn, *, max_size: int = 20) -> list[Fact]:
    """Return a strategy of facts under the default rules, in the order in which they come in.

    They carry traits, properties and consents; instants tie, some facts come late (``recorded_at``), and some come
    twice.

    >>> from hypothesis import find
    >>> find(facts(max_size=2), lambda found: len(found) > 0)[0].source
    'web'
    """
    size = draw(st.integers(0, max_size))
    found = [draw(_one(f"f{index * 37 % 101:03}")) for index in range(size)]
    return draw(shuffled(found, duplicates=True))


# --- orders of arrival -----------------------------------------------------------------------------------------------


@attrs.frozen
class Step:
    """One step of a history: what is added, and the ids of what is taken away again."""

    added: tuple[Fact, ...] = ()
    removed: frozenset[str] = frozenset()


@st.composite
def histories(draw: st.DrawFn, facts: Sequence[Fact], /) -> list[Step]:
    """Return a strategy of ways to tell *facts*: in batches, some told twice, some removed and told again.

    After the steps any part of *facts* may be there: follow the steps with a set.

    >>> from hypothesis import find
    >>> find(histories([]), lambda steps: True)
    []
    """
    steps: list[Step] = []
    there: set[str] = set()
    by_id = {fact.id: fact for fact in facts}
    for batch in draw(batched(draw(shuffled(facts, duplicates=True)))):
        steps.append(Step(added=tuple(batch)))
        there |= {fact.id for fact in batch}
        if draw(st.integers(0, 2)) == 0:
            gone = draw(st.sets(st.sampled_from(sorted(there)), min_size=1, max_size=2))
            steps.append(Step(removed=frozenset(gone)))
            there -= gone
            if draw(st.booleans()):
                again = tuple(by_id[name] for name in sorted(gone))
                steps.append(Step(added=again))
                there |= gone
    return steps


@st.composite
def shuffled(draw: st.DrawFn, items: Sequence[Item], /, *, duplicates: bool = False) -> list[Item]:
    """Return a strategy of orders of *items*; with *duplicates* some of them come twice.

    >>> from hypothesis import find
    >>> find(shuffled([1, 2]), lambda order: order[0] == 2)
    [2, 1]
    """
    found = list(items)
    if duplicates and found:
        found += draw(st.lists(st.sampled_from(found), max_size=3))
    return list(draw(st.permutations(found)))


@st.composite
def batched(draw: st.DrawFn, items: Sequence[Item], /) -> list[list[Item]]:
    """Return a strategy of ways to cut *items* into batches of one or more, in their order.

    >>> from hypothesis import find
    >>> find(batched([1, 2, 3]), lambda batches: len(batches) == 2)
    [[1], [2, 3]]
    """
    found = list(items)
    if not found:
        return []
    cuts = draw(st.lists(st.booleans(), min_size=len(found) - 1, max_size=len(found) - 1))
    batches = [[found[0]]]
    for item, together in zip(found[1:], cuts, strict=True):
        if together:
            batches[-1].append(item)
        else:
            batches.append([item])
    return batches
