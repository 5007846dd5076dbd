"""Hostile people in the tables of a caller, and random rules about what those tables hold."""

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import strategies as st
from tests.expressions.material import joined, lengths

from unified_profile.expressions import (
    CalendarPart,
    CameAgain,
    Condition,
    ElementMatch,
    EventFilter,
    EventPath,
    EventSequence,
    Field,
    FieldCondition,
    HeldFor,
    InPeriod,
    InShare,
    Measure,
    MeasureCondition,
    MemberOf,
    Regular,
)
from unified_profile.expressions.pairs import FIELD_OPERATORS
from unified_profile.model.times import to_micros
from unified_profile.segments.sql import (
    Column,
    EventTable,
    Layout,
    ListTable,
    MembershipTable,
    companions,
    person_of,
    version_key,
)

START = datetime(2026, 3, 29, 0, 59, 59, 999_990, tzinfo=UTC)
START_US = to_micros(START)
DAY = 86_400_000_000

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
        "born": Column("born", "date"),
        "app": Column("app", "text", version="app_key"),
        "limit": Column("limit", "integer"),
        ("place", "lat"): Column("lat", "float"),
        ("place", "lon"): Column("lon", "float"),
    },
    lists={
        "tags": ListTable("tags", "person", {(): Column("tag", "text", ci="tag_ci", fold="tag_fold")}),
        "pets": ListTable("pets", "person", {"kind": Column("kind"), "age": Column("age", "integer")}),
    },
    events=EVENTS,
    memberships=MembershipTable(
        "members", "person", "segment", entered=Column("entered", "instant"), complete={"complete"}
    ),
    founding="founding",
)

TEXTS = [
    "", "a", "A", "b", "ab", "Ab", "a ", " a", "é", "e\u0301", "É", "ﾊﾞ", "バ", "ハ", "ｶﾀ", "1", "ß", "SS", "ss", "🙂",
    "🙂a",
    "a\x00b", "\x00", "a\x00", "%", "_", "a_b", "\\", "'", '"', "';--", "\u200b", "Ä", "ä", "ı", "İ", "\ufffd",
    "\U0010ffff",     "2026-03-29T01:00:00Z", "\uff21", "\ue000", "a\u0301",
]  # fmt: skip
WHOLE = [-1, 0, 1, 2, 3, 2**53 + 1, 2**53, 2**63 - 1, -(2**63), 10**15, -(2**53) - 1, 2**62, 4_294_967_296]
DOUBLES = [0.1, 0.3, 2.5, -0.0, 0.0, 1.0, 1e308, -1.7976931348623157e308, 5e-324, float(2**53), 0.1 + 0.2, 1e23]
DATES = ["2000-02-29", "1990-03-29", "1985-03-28", "2026-03-29", "2026-03-30", "1999-12-31", "0001-01-01", "9999-12-31"]
FAR = [
    to_micros(datetime.fromisoformat(f"{text}+00:00"))
    for text in (
        "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", "1887-12-31T15:00:00", "1950-05-06T20:00:00",
        "1969-12-31T23:59:59", "2000-02-29T12:00:00", "2004-02-28T23:59:59.999999", "2026-01-01T00:00:00",
        "2026-03-28T22:00:00", "2026-02-28T15:00:00",
    )
]  # fmt: skip
VERSIONS = [
    "1.9.0", "1.10.0", "v1.10.0", "1.10.0+b", "1.10.0-rc.1", "1.10.0-rc.10", "1.10.0-rc.2", "1.10.0-rc", "1.10.0-rc.a",
    "1.10.0-1", "1.10.0--", "1.10.0-rc-1", "1.10.0-A", "1.10.0-a.b", "1.10.0-ab", "1.0", "", "0.0.0",
]  # fmt: skip
DEGREES = [0.0, 1.0, 1.5, 2.0, 35.68, 89.9, 90.0, -90.0, 90.1, 179.9, -179.9, 180.0, -180.0, math.nextafter(1.0, 2.0)]
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

    def instant():
        return pick.choice(FAR) if pick.random() < 0.3 else moment()

    def written(text):
        return (text, *companions(text))

    rows: dict[str, list[Any]] = {"people": [], "tags": [], "events": [], "items": [], "members": [], "pets": []}
    for number in range(count):
        id = f"P{number}"
        plan, city = maybe(TEXTS), maybe(TEXTS)
        rows["people"].append(
            (
                id, *written(plan), maybe(WHOLE), maybe([*DOUBLES, math.inf, -math.inf]), maybe(DECIMALS),
                maybe([True, False]), None if pick.random() < 0.2 else instant(), city, maybe(DATES),
                maybe([0, 1, 2, 3]), maybe(DEGREES, 0.1), maybe(DEGREES, 0.1),
                maybe([f"fact-{number}-{seed % 7}", "é🙂", ""], 0.1),
                (app := maybe(VERSIONS)), version_key(app),
            )
        )  # fmt: skip
        rows["pets"] += [
            (id, maybe(["dog", "cat", "Dog"]), maybe([0, 1, 2, 3])) for _ in range(pick.choice([0, 0, 1, 2, 3]))
        ]
        rows["tags"] += [(id, *written(maybe(TEXTS[:12], 0.15))) for _ in range(pick.choice([0, 0, 1, 2, 3]))]
        rows["members"] += [
            (id, name, None if pick.random() < 0.2 else moment())
            for name in ("complete", "partial", "Complete")
            if pick.random() < 0.4
        ]
        for place in range(pick.randrange(most + 1)):
            event = f"{pick.choice('aAbB')}{number}-{place}"
            rows["events"].append(
                (
                    event, id, moment() - (DAY * pick.choice([1, 7, 40, 400]) if pick.random() < 0.1 else 0),
                    pick.choice(["Added", "Bought", "Bought", "bought", "Added "]),
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
        ("born", "date"), ("limit", "integer"), ("lat", "float"), ("lon", "float"), ("founding", "text"),
        ("app", "text"), ("app_key", "text"),
    ],
    "pets": [("person", "key"), ("kind", "text"), ("age", "integer")],
    "tags": [("person", "key"), ("tag", "text"), ("tag_ci", "text"), ("tag_fold", "text")],
    "events": [
        ("id", "key"), ("person", "key"), ("at", "integer"), ("name", "text"), ("type", "text"), ("channel", "text"),
        ("sku", "text"), ("sku_ci", "text"), ("sku_fold", "text"), ("total", "integer"), ("price", "decimal"),
        ("weight", "float"), ("gift", "flag"), ("due", "integer"),
    ],
    "items": [("event", "key"), ("sku", "text"), ("n", "integer")],
    "members": [("person", "key"), ("segment", "text"), ("entered", "integer")],
}  # fmt: skip
TABLES = {"people": LAYOUT.table} | {name: name for name in COLUMNS if name != "people"}


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
            lists={name: [each for each in named[name] if each["person"] == row["id"]] for name in ("tags", "pets")},
            events=(events := [event for event in named["events"] if event["person"] == row["id"]]),
            event_lists={
                event["id"]: {"items": [item for item in named["items"] if item["event"] == event["id"]]}
                for event in events
            },
            members=[member for member in named["members"] if member["person"] == row["id"]],
            **denied,
        )
        for row in named["people"]
    }


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
_DATE = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["eq", "ne", "ne_or_missing", "lt", "ge", "starts"]),
        "value": st.sampled_from([*DATES, "2"]),
    }
)
_OF_KIND: dict[str, st.SearchStrategy[Any]] = {
    "text": _TEXT,
    "integer": _NUMBER,
    "float": _NUMBER,
    "decimal": _NUMBER,
    "flag": _FLAG,
    "instant": _INSTANT,
    "date": _DATE,
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
    kind = draw(st.sampled_from([column.kind] * 8 + ["text", "integer", "state", "state", "size"]))
    if kind == "size":
        op = draw(st.sampled_from(["eq", "ne", "ne_or_missing", "lt", "ge"]))
        whole = draw(st.sampled_from([path, path, path[:1]]))
        return Condition(Field(place, whole), op, draw(st.integers(0, 3)), over="size")
    asked = draw(_STATE if kind == "state" else _OF_KIND[kind])
    if kind == "state" and draw(st.booleans()):
        path = path[:1]
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
_ELEMENTS: dict[str, Any] = {"pets": {"kind": ["dog", "cat"], "age": [1, 2]}, "items": {"sku": ["a", "b"], "n": [0, 1]}}
_TRAITS = [("plan",), ("age",), ("score",), ("worth",), ("active",), ("seen",), ("limit",), ("born",), ("home", "city")]
_PROPERTIES = [("sku",), ("total",), ("price",), ("weight",), ("gift",), ("due",)]


@st.composite
def elements(draw, place, name):
    """What one and the same element of a list must meet."""
    part = st.sampled_from(sorted(_ELEMENTS[name])).flatmap(
        lambda key: st.builds(
            Condition,
            st.just(Field("property", (key,))),
            st.sampled_from(["eq", "ne", "ne_or_missing"]),
            st.sampled_from(_ELEMENTS[name][key]),
        )
    )
    rule = draw(joined(part, most=3).filter(lambda rule: rule.scope == "event"))
    return ElementMatch(Field(place, (name,)), rule, draw(st.sampled_from(["any", "every", "none"])))


@st.composite
def pairs(draw, *, inside=False):
    """A column compared with another, mostly of its own kind."""
    left = draw(st.sampled_from(_PROPERTIES if inside else _TRAITS))
    personal = not inside or draw(st.booleans())
    kinds: dict[Any, Column] = dict(LAYOUT.traits if personal else EVENTS.properties)
    own = (EVENTS.properties if inside else LAYOUT.traits)[left].kind
    alike = [path for path in (_TRAITS if personal else _PROPERTIES) if kinds[path].kind == own]
    right = draw(st.sampled_from(alike * 3 + (_TRAITS if personal else _PROPERTIES)))
    return FieldCondition(
        Field("property" if inside else "trait", left),
        draw(st.sampled_from(["eq", "ne", "lt", "ge"] if own != "instant" else FIELD_OPERATORS)),
        Field("trait" if personal else "property", right),
        draw(cases),
    )


zones = st.sampled_from(["UTC", "Asia/Tokyo", "Etc/GMT+12", "Europe/Berlin", "Pacific/Kiritimati", "Asia/Kolkata"])


@st.composite
def calendars(draw, place="trait"):
    """A condition on the calendar."""
    names = [("born",), ("born",), ("seen",), ("seen",), ("plan",), ("age",), ("place",)]
    field = Field(place, draw(st.sampled_from(names if place == "trait" else [("due",)])))
    if place == "property" or draw(st.booleans()):
        part = draw(st.sampled_from(["weekday", "month", "day", "year", "hour"]))
        known = {"weekday": [1, 6, 7], "month": [1, 2, 3, 12], "day": [1, 28, 29, 31], "hour": [0, 1, 9, 23]}
        values = draw(st.lists(st.sampled_from(known.get(part, [1, 2000, 2026, 9999])), min_size=1, max_size=2))
        return CalendarPart(field, part=part, values=tuple(values), zone=draw(zones))
    first = draw(st.integers(-3, 1))
    return InPeriod(
        field,
        draw(st.sampled_from(["day", "week", "month", "quarter", "year"]))
        if not (again := draw(st.booleans()))
        else draw(st.sampled_from(["day", "week", "month", "quarter"])),
        first,
        draw(st.integers(first, min(first + 3, 3))),
        zone=draw(zones),
        yearly=again,
        leap=draw(st.sampled_from(["feb28", "mar1", "leap_years"])),
        week_start=draw(st.sampled_from([1, 7])),
    )


versions = st.builds(
    Condition,
    st.sampled_from([("app",), ("app",), ("app",), ("age",), ("born",)]).map(lambda path: Field("trait", path)),
    st.sampled_from(["version_eq", "version_lt", "version_le", "version_gt", "version_ge"]),
    st.sampled_from([each for each in VERSIONS if each.count(".") > 1]),
)
shapes = st.one_of(
    st.tuples(st.just("in_box"), st.sampled_from([(0, 0, 2, 2), (-90, 170, 90, -170), (1, 1, 1.5, 90.5)])),
    st.tuples(st.just("in_polygon"), st.sampled_from([(0, 0, 0, 2, 2, 2, 2, 0), (0, 0, 90, 90, -90, 35.5, 10, 3)])),
    st.tuples(st.just("near"), st.sampled_from([(0, 0, 200), (89, 0, 300), (0, 179.95, 50), (1, 1.5, 0)])),
).map(lambda made: Condition(Field("trait", ("place",)), *made))
inside = conditions("property", time=False) | conditions("property", time=False) | attributes
inside |= elements("property", "items") | pairs(inside=True) | calendars("property")
clauses = joined(inside, most=3)
filters = st.builds(
    EventFilter,
    st.lists(st.sampled_from(["Added", "Bought", "bought", "Seen"]), max_size=2, unique=True),
    st.sampled_from(["track"] * 6 + ["", "page"]),
    st.none() | st.none() | clauses,
)
windows = st.none() | lengths | lengths


limits: Any = st.sampled_from([{}, {}, {}, {}]) | st.one_of(
    lengths.map(lambda gap: {"session": gap}),
    moments.map(lambda since: {"since": since, "before": START + timedelta(microseconds=30)}),
    st.sampled_from(["complete", "partial", "others"]).map(lambda name: {"since_entry": name}),
)


@st.composite
def measures(draw):
    """A condition on what events amount to."""
    names = ["count", "count", "distinct", "sum", "avg", "min", "max", "first", "last", "most_frequent"]
    aggregate = draw(st.sampled_from(names))
    properties: dict[Any, Column] = dict(EVENTS.properties)
    listed = {("items", *path): column for path, column in EVENTS.lists["items"].columns.items()}
    timed = aggregate in {"first", "last"} and draw(st.booleans())
    among = [*properties, *properties, *listed]
    if aggregate in {"sum", "avg"} and draw(st.integers(0, 4)):
        among = [path for path in among if (properties | listed)[path].kind in {"integer", "decimal"}]
    of = () if aggregate == "count" or timed else draw(st.sampled_from(among))
    zero = draw(st.sampled_from(["", "false", "unknown"]))
    measure = Measure(draw(filters), aggregate, of, draw(windows), zero, **draw(limits))
    if measure.session is None and measure.within is not None and draw(st.integers(0, 4)) == 0:
        until = draw(lengths)
        measure = attrs.evolve(measure, until=until, within=measure.within + until)
    if timed:
        asked = draw(_INSTANT)
    elif measure.numeric:
        op = draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in"]))
        amounts = st.integers(0, 4) if aggregate in {"count", "distinct"} else numbers
        asked = {"op": op, "value": draw(st.lists(amounts, max_size=2).map(tuple) if "in" in op else amounts)}
    else:
        asked = draw(_OF_KIND[(properties | listed)[of].kind].filter(without_missing))
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
paths = st.builds(
    EventPath,
    st.lists(filters, min_size=2, max_size=3),
    windows,
    st.sampled_from(["ordered", "strict", "any"]),
    st.none() | lengths,
    windows,
)
agains = st.builds(CameAgain, filters, lengths, windows)
regulars = st.builds(
    lambda events, least, more, unit, zone: Regular(events, least, least + more, unit, zone=zone),
    filters,
    st.integers(1, 3),
    st.integers(0, 3),
    st.sampled_from(["day", "week", "month"]),
    zones,
)
shares = st.builds(InShare, st.sampled_from(["a", "spring é", "x\x00"]), st.sampled_from([10, 50.5]), st.just(20))
helds = st.builds(HeldFor, joined(conditions(time=False) | shapes, most=2), lengths)
special = versions | calendars() | paths | agains | regulars | shares | shapes | helds
special |= elements("trait", "pets") | pairs()
leaves = conditions() | conditions() | measures() | measures() | measures() | sequences() | paths | members | special
rules = leaves | leaves | joined(leaves, 4)

__all__ = ["COLUMNS", "LAYOUT", "TABLES", "people", "rules", "subjects"]
