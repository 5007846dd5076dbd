"""Hostile people in the tables of a caller, and random rules about what those tables hold."""

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from tests.expressions.material import joined, lengths

from unified_profile.expressions import (
    Condition,
    EventFilter,
    EventSequence,
    Field,
    Measure,
    MeasureCondition,
    MemberOf,
)
from unified_profile.model.times import to_micros
from unified_profile.segments.sql import (
    Column,
    EventTable,
    Layout,
    ListTable,
    MembershipTable,
    companions,
    person_of,
)

START = datetime(2026, 3, 29, 0, 59, 59, 999_990, tzinfo=UTC)
START_US = to_micros(START)

EVENTS = EventTable(
    "events",
    "person",
    "id",
    Column("at", "instant"),
    name=Column("name"),
    type=Column("type"),
    attributes={"channel": Column("channel")},
    properties={
        "sku": Column("sku", "text", ci="sku_ci", fold="sku_fold"),
        "total": Column("total", "integer"),
        "price": Column("price", "decimal", scale=2),
        "weight": Column("weight", "float"),
        "gift": Column("gift", "flag"),
        "due": Column("due", "instant"),
    },
    lists={"items": ListTable("items", "event", {"sku": Column("sku"), "n": Column("n", "integer")})},
)
LAYOUT = Layout(
    'people "of" %the `shop',
    "id",
    {
        "plan": Column("plan", "text", ci="plan_ci", fold="plan_fold"),
        "age": Column("age", "integer"),
        "score": Column("score", "float"),
        "worth": Column("worth", "decimal", scale=2),
        "active": Column("active", "flag", null="null"),
        "seen": Column("seen", "instant"),
        ("home", "city"): Column("home city", "text"),
    },
    lists={"tags": ListTable("tags", "person", {(): Column("tag", "text", ci="tag_ci", fold="tag_fold")})},
    events=EVENTS,
    memberships=MembershipTable("members", "person", "segment", complete={"complete"}),
)

TEXTS = [
    "", "a", "A", "b", "ab", "Ab", "a ", " a", "é", "e\u0301", "É", "ﾊﾞ", "バ", "ハ", "ｶﾀ", "1", "ß", "SS", "ss", "🙂",
    "🙂a",
    "a\x00b", "\x00", "a\x00", "%", "_", "a_b", "\\", "'", '"', "';--", "\u200b", "Ä", "ä", "ı", "İ", "\ufffd",
    "\U0010ffff",     "2026-03-29T01:00:00Z", "\uff21", "\ue000", "a\u0301",
]  # fmt: skip
WHOLE = [-1, 0, 1, 2, 3, 2**53 + 1, 2**53, 2**63 - 1, -(2**63), 10**15, -(2**53) - 1, 2**62, 4_294_967_296]
DOUBLES = [0.1, 0.3, 2.5, -0.0, 0.0, 1.0, 1e308, -1.7976931348623157e308, 5e-324, float(2**53), 0.1 + 0.2, 1e23]
DECIMALS = ["0.10", "0.30", "2.50", "0.00", "-0.01", "9999999999999.99", "-9999999999999.99", "1.00", "0.01", "2.00"]


def plain(text, *, nul):
    """Return a text that the engine can hold."""
    return text if nul or text is None or "\x00" not in text else text.replace("\x00", "")


def people(seed, *, count=8, most=8):
    """Return rows of all tables, by table."""
    pick = random.Random(seed)

    def moment(spread=24):
        return START_US + pick.randrange(spread)

    def maybe(values, gap=0.25):
        return None if pick.random() < gap else pick.choice(values)

    def written(text):
        return (text, *companions(text))

    rows: dict[str, list[Any]] = {"people": [], "tags": [], "events": [], "items": [], "members": []}
    for number in range(count):
        id = f"P{number}"
        plan, city = maybe(TEXTS), maybe(TEXTS)
        rows["people"].append(
            (
                id, *written(plan), maybe(WHOLE), maybe([*DOUBLES, math.inf, -math.inf]), maybe(DECIMALS),
                maybe([True, False]), None if pick.random() < 0.2 else moment(), city,
            )
        )  # fmt: skip
        rows["tags"] += [(id, *written(maybe(TEXTS[:12], 0.15))) for _ in range(pick.choice([0, 0, 1, 2, 3]))]
        rows["members"] += [(id, name) for name in ("complete", "partial", "Complete") if pick.random() < 0.4]
        for place in range(pick.randrange(most + 1)):
            event = f"{pick.choice('aAbB')}{number}-{place}"
            rows["events"].append(
                (
                    event, id, moment(), pick.choice(["Added", "Bought", "Bought", "bought", "Added "]),
                    pick.choice(["track"] * 6 + ["page"]), pick.choice(["", "web", "store", "Web"]),
                    *written(maybe(["a", "a", "b", "A", "é", "a\x00"])),
                    maybe(WHOLE if pick.random() < 0.3 else [0, 1, 2, 3]),
                    maybe(DECIMALS), maybe(DOUBLES), maybe([True, False]), None if pick.random() < 0.3 else moment(),
                )
            )  # fmt: skip
            rows["items"] += [
                (event, maybe(["a", "b", "A"], 0.2), maybe([0, 1, 2])) for _ in range(pick.choice([0, 0, 1, 2, 3]))
            ]
    return rows


COLUMNS = {
    "people": [
        ("id", "key"), ("plan", "text"), ("plan_ci", "text"), ("plan_fold", "text"), ("age", "integer"),
        ("score", "float"), ("worth", "decimal"), ("active", "flag"), ("seen", "integer"), ("home city", "text"),
    ],
    "tags": [("person", "key"), ("tag", "text"), ("tag_ci", "text"), ("tag_fold", "text")],
    "events": [
        ("id", "key"), ("person", "key"), ("at", "integer"), ("name", "text"), ("type", "text"), ("channel", "text"),
        ("sku", "text"), ("sku_ci", "text"), ("sku_fold", "text"), ("total", "integer"), ("price", "decimal"),
        ("weight", "float"), ("gift", "flag"), ("due", "integer"),
    ],
    "items": [("event", "key"), ("sku", "text"), ("n", "integer")],
    "members": [("person", "key"), ("segment", "text")],
}  # fmt: skip
TABLES = {"people": LAYOUT.table, "tags": "tags", "events": "events", "items": "items", "members": "members"}


def subjects(rows, **denied):
    """Return the people of *rows* as memory sees them, by key."""
    named = {
        table: [dict(zip([name for name, _ in COLUMNS[table]], row, strict=True)) for row in rows[table]]
        for table in COLUMNS
    }
    return {
        row["id"]: person_of(
            LAYOUT,
            row,
            lists={"tags": [tag for tag in named["tags"] if tag["person"] == row["id"]]},
            events=(events := [event for event in named["events"] if event["person"] == row["id"]]),
            event_lists={
                event["id"]: {"items": [item for item in named["items"] if item["event"] == event["id"]]}
                for event in events
            },
            **denied,
        ).knowing(memberships_of(row["id"], named["members"]))
        for row in named["people"]
    }


def memberships_of(id, rows):
    """Return what the table of memberships says of somebody."""
    from unified_profile.model import Membership

    held = {row["segment"] for row in rows if row["person"] == id}
    known = {"complete"} | (held & {"partial"})
    return {name: Membership(segment=name, profile=id, member=name in held) for name in known}


# --- rules -----------------------------------------------------------------------------------------------------------

texts = st.sampled_from(TEXTS)
numbers = st.sampled_from([*WHOLE, *DOUBLES, 10**30, -(10**30), 0.25, 0.005, 2**63, -(2**63) - 1, 9_999_999_999_999.99])
moments = st.integers(0, 24).map(lambda ticks: START + timedelta(microseconds=ticks))
cases = st.sampled_from(["exact", "exact", "ci", "fold"])

_TEXT = st.one_of(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["eq", "ne", "ne_or_missing", "lt", "le", "gt", "ge"]), "value": texts, "case": cases}
    ),
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["in", "not_in", "not_in_or_missing"]),
            "value": st.lists(texts, min_size=1, max_size=4).map(tuple),
            "case": cases,
        }
    ),
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["contains", "starts", "ends", "not_contains", "not_contains_or_missing"]),
            "value": texts.filter(bool),
            "case": cases,
        }
    ),
)
_NUMBER = st.one_of(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["eq", "ne", "ne_or_missing", "lt", "le", "gt", "ge"]), "value": numbers}
    ),
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["in", "not_in", "not_in_or_missing"]),
            "value": st.lists(numbers, max_size=3).map(tuple),
        }
    ),
)
_FLAG = st.one_of(
    st.fixed_dictionaries({"op": st.sampled_from(["eq", "ne", "ne_or_missing"]), "value": st.booleans()}),
    st.fixed_dictionaries({"op": st.sampled_from(["in", "not_in"]), "value": st.lists(st.booleans()).map(tuple)}),
)
_INSTANT = st.one_of(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["at", "before", "at_or_before", "after", "at_or_after"]), "value": moments}
    ),
    st.fixed_dictionaries({"op": st.sampled_from(["within_last", "within_next", "older_than"]), "value": lengths}),
)


def without_missing(asked: Any) -> bool:
    """Say whether what is asked suits an aggregate."""
    return not asked["op"].endswith("_or_missing")


_STATE = st.fixed_dictionaries({"op": st.sampled_from(["exists", "missing", "null", "empty"])})
_OF_KIND: dict[str, st.SearchStrategy[Any]] = {
    "text": _TEXT,
    "integer": _NUMBER,
    "float": _NUMBER,
    "decimal": _NUMBER,
    "flag": _FLAG,
    "instant": _INSTANT,
}


@st.composite
def conditions(draw, place="trait", *, time=True):
    """A condition on a column or a list."""
    columns = LAYOUT.traits if place == "trait" else EVENTS.properties
    lists = LAYOUT.lists if place == "trait" else EVENTS.lists
    listed: dict[Any, Column] = {
        (name, *path): column for name, table in lists.items() for path, column in table.columns.items()
    }
    path = draw(st.sampled_from([*columns, *columns, *listed]))
    column = (listed | dict(columns))[path]
    kind = draw(st.sampled_from([column.kind] * 8 + ["text", "integer", "state", "state"]))
    asked = draw(_STATE if kind == "state" else _OF_KIND[kind])
    if not time and asked["op"] in {"within_last", "within_next", "older_than"}:
        asked = {"op": "exists"}
    overs = [""] if "value" not in asked else ["", "any", "every", "none"]
    if asked["op"].startswith(("ne", "not_")):
        overs.remove("none")
    return Condition(Field(place, path), **asked, over=draw(st.sampled_from(overs)))


attributes = st.sampled_from(["web", "Web", "", "store"]).flatmap(
    lambda channel: st.sampled_from(["eq", "ne", "ne_or_missing"]).map(
        lambda op: Condition(Field("attribute", ("channel",)), op, channel)
    )
)
clauses = joined(conditions("property", time=False) | conditions("property", time=False) | attributes, most=3)
filters = st.builds(
    EventFilter,
    st.lists(st.sampled_from(["Added", "Bought", "bought", "Seen"]), max_size=2, unique=True),
    st.sampled_from(["track"] * 6 + ["", "page"]),
    st.none() | st.none() | clauses,
)
windows = st.none() | lengths | lengths


@st.composite
def measures(draw):
    """A condition on what events amount to."""
    aggregate = draw(st.sampled_from(["count", "count", "distinct", "sum", "min", "max", "first", "last"]))
    properties = {name[0]: column for name, column in EVENTS.properties.items()}
    timed = aggregate in {"first", "last"} and draw(st.booleans())
    numeric = [name for name, column in properties.items() if column.kind in {"integer", "decimal"}]
    among = numeric if aggregate == "sum" and draw(st.integers(0, 4)) else list(properties)
    of = () if aggregate == "count" or timed else (draw(st.sampled_from(among)),)
    zero = draw(st.sampled_from(["", "false", "unknown"]))
    measure = Measure(draw(filters), aggregate, of, draw(windows), zero)
    if timed:
        asked = draw(_INSTANT)
    elif measure.numeric:
        op = draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in"]))
        amounts = st.integers(0, 4) if aggregate in {"count", "distinct"} else numbers
        asked = {"op": op, "value": draw(st.lists(amounts, max_size=2).map(tuple) if "in" in op else amounts)}
    else:
        kind = properties["".join(of)].kind
        asked = draw(_OF_KIND[kind].filter(without_missing))
    return MeasureCondition(measure, **asked)


@st.composite
def sequences(draw):
    """What followed, or did not follow, upon what."""
    within = draw(lengths)
    pairs = [(("sku",), ("sku",)), (("sku",), ("items", "sku")), (("items", "sku"), ("sku",)), (("gift",), ("gift",))]
    pairs += [(("items", "n"), ("total",)), (("items", "sku"), ("items", "sku")), (("sku",), ("gift",))]
    same = draw(st.none() | st.sampled_from(pairs))
    during = draw(st.none() | lengths.map(lambda longer: within + longer))
    return EventSequence(draw(filters), draw(filters), within, draw(st.booleans()), same, during)


members = st.sampled_from(["complete", "partial"]).map(MemberOf)
leaves = conditions() | conditions() | measures() | measures() | sequences() | members
rules = leaves | leaves | joined(leaves, 4)

__all__ = ["COLUMNS", "LAYOUT", "TABLES", "people", "rules", "subjects"]
