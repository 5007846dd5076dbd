"""Facts about one person for the laws of the fold: few voices, instants and values, so that ties abound."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from unified_profile.model import ConsentRecord, ConsentState, Event, EventType, Fact, Identifier, SourceRecord
from unified_profile.profiles import (
    ProfileRules,
    computed,
    custom,
    first,
    longest,
    maximum,
    minimum,
    most_frequent,
    most_trusted,
    total,
    union,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hour(number: float) -> datetime:
    return START + number * HOUR


def record(
    id: str, at: float, attributes: dict[str, Any], *, source: str = "crm", key: str = "7", **more: Any
) -> SourceRecord:
    return SourceRecord(id=id, source=source, key=key, occurred_at=hour(at), attributes=attributes, **more)


def identify(id: str, at: float, traits: dict[str, Any], *, source: str = "web", who: str = "u1", **more: Any) -> Event:
    return Event(
        id=id,
        source=source,
        type=EventType.IDENTIFY,
        occurred_at=hour(at),
        traits=traits,
        identifiers=(Identifier("user_id", who),),
        **more,
    )


def track(id: str, at: float, name: str = "Order Completed", *, source: str = "web", **properties: Any) -> Event:
    return Event(id=id, source=source, name=name, occurred_at=hour(at), properties=properties)


def group(
    id: str, at: float, account: str, traits: dict[str, Any] | None = None, *, source: str = "app", **properties: Any
) -> Event:
    return Event(
        id=id,
        source=source,
        type=EventType.GROUP,
        account=account,
        occurred_at=hour(at),
        traits=traits or {},
        properties=properties,
    )


VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "a", "b", "bb", 0, 1, 1.0, True, 0.1, 0.2, -3, ["a", "b"], ["b", 1], {"x": 1}, {"x": 1.0}]
)
NAMES = [
    "recent",
    "first",
    "trusted",
    "frequent",
    "longest",
    "union",
    "least",
    "most",
    "total",
    "own",
    "firstName",
    "given_name",
]
ATTRIBUTES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
PROPERTIES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.sampled_from([None, 0, 1, 2.5, 0.1, 0.2, True, "3", [1, 2]]),
        "currency": st.sampled_from(["EUR", "jpy", None, ""]),
        "kind": st.sampled_from([None, "x", "y", 1, 1.0, True, ["x", "y"]]),
        "size": st.sampled_from(["S", "M"]),
    },
)


@st.composite
def facts(draw: st.DrawFn, max_size: int = 14) -> list[Fact]:
    """Facts with distinct ids, in no particular order."""
    return [draw(_fact(f"f{number:02}")) for number in range(draw(st.integers(0, max_size)))]


@st.composite
def _fact(draw: st.DrawFn, id: str) -> Fact:
    at = draw(st.integers(0, 6))
    more: dict[str, Any] = {"recorded_at": draw(st.sampled_from([None, hour(at), hour(at + 2), hour(at + 9)]))}
    kind = draw(st.sampled_from(["record", "record", "identify", "track", "track", "track", "group", "consent"]))
    source = draw(st.sampled_from(["crm", "shop", "guesser"]))
    if kind == "record":
        return record(id, at, draw(ATTRIBUTES), source=source, key=draw(st.sampled_from("12")), **more)
    if kind == "identify":
        return identify(id, at, draw(ATTRIBUTES), source=source, who=draw(st.sampled_from(["u1", "u2"])), **more)
    if kind == "group":
        account, traits = draw(st.sampled_from(["kawa", "hoshi"])), draw(ATTRIBUTES)
        return Event(
            id=id, source=source, type=EventType.GROUP, account=account, traits=traits, occurred_at=hour(at), **more
        )
    if kind == "consent":
        state = ConsentState.GIVEN
        return ConsentRecord(id=id, source=source, purpose="p", state=state, occurred_at=hour(at), **more)
    name, properties = draw(st.sampled_from(["Bought", "Seen"])), draw(PROPERTIES)
    return Event(id=id, source=source, name=name, occurred_at=hour(at), properties=properties, **more)


FUNCTIONS = [
    "count", "sum", "minimum", "maximum", "average", "first", "last", "most_frequent", "unique_list", "distinct_count",
]  # fmt: skip
MONEY = ["sum", "minimum", "maximum", "average"]

RULES = ProfileRules(
    traits={
        "first": first(),
        "trusted": most_trusted(),
        "frequent": most_frequent(),
        "longest": longest(),
        "union": union(),
        "least": minimum(),
        "most": maximum(),
        "total": total(),
        "own": custom("texts", lambda candidates: [str(candidate.value) for candidate in candidates]),
    },
    sources=["shop", "crm"],
    properties={"kind": "recent", "size": "size"},
    inferred=["guesser"],
    computed=[
        *(computed(f"ever_{name}", name, "Bought", "" if name == "count" else "amount") for name in FUNCTIONS),
        *(
            computed(f"lately_{name}", name, path="" if name == "count" else "kind", within=3 * HOUR)
            for name in FUNCTIONS
        ),
        *(computed(f"money_{name}", name, "Bought", "amount", currency="currency", within=3 * HOUR) for name in MONEY),
        computed("small", "count", ["Bought", "Seen"], where={"size": "S", "kind": ("x", 1)}),
    ],
)
