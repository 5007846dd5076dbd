"""Random people and random rules about them, small enough that their edges meet often."""

from datetime import UTC, datetime, timedelta, timezone

import attrs
from hypothesis import strategies as st
from tests.expressions.reference import micros

from unified_profile.expressions import (
    AllBut,
    AllOf,
    AnyOf,
    CameAgain,
    Condition,
    ElementMatch,
    EventFilter,
    EventPath,
    EventSequence,
    Field,
    FieldCondition,
    HeldFor,
    Measure,
    MeasureCondition,
    NoneOf,
    Not,
    Subject,
)
from unified_profile.expressions.pairs import FIELD_OPERATORS
from unified_profile.model import Event

START = datetime(2026, 3, 29, 0, 59, 59, 999_990, tzinfo=UTC)
TICK = timedelta(microseconds=1)

moments = st.integers(0, 24).map(lambda ticks: START + ticks * TICK)
lengths = st.integers(1, 9).map(lambda ticks: ticks * TICK)
zones = st.sampled_from([0, 9, -5]).map(lambda hours: timezone(timedelta(hours=hours)))
told_moments = st.builds(lambda moment, zone: moment.astimezone(zone).isoformat(), moments, zones)

texts = st.sampled_from(
    ["", "a", "A", "b", "ab", "Ab", "é", "e\u0301", "ﾊﾞ", "バ", "ハ", "1", " a", "ß", "SS", "\x00", "🙂"]
)
numbers = st.sampled_from([-1, 0, 1, 2, 2.5, 0.1, 0.3, 2**53 + 1, float(2**53), -0.0])
scalars = texts | numbers | st.booleans()
hostile = st.sampled_from([float("nan"), float("inf"), {}, {"city": "a"}, {"city": ["a", None]}, [[]], "2026-03-29"])
singles = st.none() | scalars | told_moments | hostile
values = singles | st.lists(singles | st.builds(lambda city: {"city": city}, singles), max_size=3)
cases = st.sampled_from(["exact", "ci", "fold"])

TRAITS = ["plan", "age", "tags", "home", "seen"]
PROPERTIES = ["sku", "total", "items"]
NAMES = ["Added", "Bought"]

told = st.fixed_dictionaries(
    {"plan": texts | texts | values, "age": numbers | numbers | values},
    optional={
        "tags": st.lists(texts | numbers, max_size=3) | values,
        "home": values | st.builds(lambda city: {"city": city}, values),
        "seen": told_moments | st.lists(told_moments, max_size=3) | values,
    },
)
untold = st.sampled_from(["", "", "", "plan", "age"])
traits = st.builds(lambda found, lost: {name: found[name] for name in found if name != lost}, told, untold)
skus = st.sampled_from(["a", "b", 1])
properties = st.fixed_dictionaries(
    {"sku": skus | skus | skus | values, "total": numbers | numbers | values},
    optional={"items": st.lists(st.builds(lambda city: {"city": city}, skus | singles), max_size=2) | values},
)


@st.composite
def events(draw, most=8):
    """Some events, no two with one id."""
    count = draw(st.integers(0, most) | st.just(most))
    return [
        Event(
            id=f"e{draw(st.integers(0, 99)):02}-{place}",
            source=draw(st.sampled_from(["web", "app"])),
            occurred_at=draw(moments),
            type=draw(st.sampled_from(["track"] * 5 + ["page"])),
            name=draw(st.sampled_from(NAMES)),
            channel=draw(st.sampled_from(["", "web", "store"])),
            properties=draw(properties),
        )
        for place in range(count)
    ]


@st.composite
def subjects(draw):
    """Somebody with traits and events, some of which may not be used."""
    return Subject(
        draw(traits),
        draw(events()),
        denied=draw(st.sampled_from([frozenset()] * 8 + [frozenset({"plan"}), AllBut({"plan", "seen"})])),
        denied_events=draw(st.sampled_from([frozenset()] * 5 + [frozenset({"Added"})])),
        entered=draw(st.dictionaries(st.sampled_from(["pros"]), moments, max_size=1)),
    )


def plain(subject):
    """Return a subject as the dictionaries that the reference reads."""
    return {
        "traits": dict(subject.traits),
        "denied": subject.denied,
        "denied_events": subject.denied_events,
        "entered": {name: micros(moment) for name, moment in subject.entered.items()},
        "events": [
            {
                "id": event.id,
                "at": micros(event.occurred_at),
                "told": event.occurred_at.isoformat(),
                "type": str(event.type),
                "name": event.name,
                "source": event.source,
                "channel": event.channel,
                "properties": dict(event.properties),
            }
            for event in subject.events
        ],
    }


@st.composite
def comparisons(draw, *, time=True, states=True):
    """An operator with a constant that suits it, as keyword arguments."""
    kinds = ["equal", "equal", "among", "ordered", "text", "instant", *(["state"] if states else [])]
    kind = draw(st.sampled_from([*kinds, *(["duration"] * 2 if time else [])]))
    missing = ["", "_or_missing"] if states else [""]
    if kind == "state":
        return {"op": draw(st.sampled_from(["exists", "missing", "null", "empty"]))}
    if kind == "instant":
        ops = ["at", "before", "at_or_before", "after", "at_or_after"]
        return {"op": draw(st.sampled_from(ops)), "value": draw(moments)}
    if kind == "duration":
        return {"op": draw(st.sampled_from(["within_last", "within_next", "older_than"])), "value": draw(lengths)}
    if kind == "text":
        op = draw(st.sampled_from(["contains", "starts", "ends", "not_contains"]))
        value = draw(texts.filter(bool))
    elif kind == "among":
        op = draw(st.sampled_from(["in", "not_in"]))
        value = tuple(draw(st.lists(draw(st.sampled_from([texts, numbers, st.booleans()])), max_size=3)))
    elif kind == "ordered":
        op, value = draw(st.sampled_from(["lt", "le", "gt", "ge"])), draw(texts | numbers)
    else:
        op, value = draw(st.sampled_from(["eq", "ne"])), draw(scalars)
    if op in {"ne", "not_in", "not_contains"}:
        op += draw(st.sampled_from(missing))
    several = value if isinstance(value, tuple) else (value,)
    case = draw(cases) if several and all(isinstance(each, str) for each in several) else "exact"
    return {"op": op, "value": value, "case": case}


@st.composite
def conditions(draw, place="trait", names=TRAITS, *, time=True):
    """A condition on a trait, or on a property of an event."""
    asked = draw(comparisons(time=time))
    suits = {timedelta: "seen", datetime: "seen", str: "plan", int: "age", float: "age", tuple: "tags"}
    wanted = suits.get(type(asked.get("value"))) if place == "trait" else None
    name = wanted if wanted and draw(st.integers(0, 4)) else draw(st.sampled_from(names))
    path = draw(st.sampled_from([(), ("city",)] if name in {"home", "items"} else [(), (), (), (), ("city",)]))
    field = Field(place, (name, *path))
    overs = [""] if asked["op"] in {"exists", "missing", "null", "empty"} else ["", "any", "every", "none"]
    if asked["op"].startswith(("ne", "not_")):
        overs.pop()
    return Condition(field, **asked, over=draw(st.sampled_from(overs)))


def joined(leaves, most=6):
    """Rules that join *leaves*."""
    return st.recursive(
        leaves,
        lambda parts: (
            st.lists(parts, max_size=3).map(AllOf)
            | st.lists(parts, max_size=3).map(AnyOf)
            | st.lists(parts, max_size=2).map(NoneOf)
            | parts.map(Not)
        ),
        max_leaves=most,
    )


clauses = joined(
    conditions("property", PROPERTIES, time=False)
    | st.builds(Condition, st.just(Field("property", ("total",))), st.sampled_from(["ge", "lt"]), numbers)
    | st.builds(Condition, st.just(Field("property", ("sku",))), st.sampled_from(["ne", "eq"]), skus)
    | st.sampled_from(["web", "store"]).map(lambda channel: Condition(Field("attribute", ("channel",)), "eq", channel)),
    most=3,
)
filters = st.builds(
    EventFilter,
    st.lists(st.sampled_from([*NAMES, "Seen"]), max_size=2, unique=True),
    st.sampled_from(["track"] * 6 + ["", "page"]),
    st.none() | st.none() | clauses,
)
windows = st.none() | lengths | lengths


@st.composite
def measures(draw):
    """A condition on what events amount to."""
    aggregate = draw(st.sampled_from(["count", "count", "distinct", "sum", "min", "max", "first", "last", "last"]))
    counted = aggregate in {"count", "distinct", "sum"}
    timed = aggregate in {"first", "last"} and draw(st.booleans())
    of = () if aggregate == "count" or timed else draw(st.sampled_from([("total",), ("sku",), ("items", "city")]))
    zero = draw(st.sampled_from(["", "false", "unknown"]))
    measure = Measure(draw(filters), aggregate, of, draw(windows), zero)
    if timed:
        asked = draw(
            comparisons(states=False).filter(lambda asked: not isinstance(asked["value"], (str, int, float, tuple)))
        )
    elif counted or aggregate in {"min", "max"}:
        op = draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in"]))
        amounts = st.integers(0, 4) if counted and aggregate != "sum" else numbers
        asked = {"op": op, "value": draw(st.lists(amounts, max_size=2).map(tuple) if "in" in op else amounts)}
    else:
        asked = draw(comparisons(states=False))
    return MeasureCondition(measure, **asked)


@st.composite
def sequences(draw):
    """What followed, or did not follow, upon what."""
    within = draw(lengths)
    same = draw(st.none() | st.sampled_from([(("sku",), ("sku",)), (("sku",), ("items", "city"))]))
    during = draw(st.none() | lengths.map(lambda longer: within + longer))
    return EventSequence(draw(filters), draw(filters), within, draw(st.booleans()), same, during)


versions = st.sampled_from(
    ["1.0.0", "1.0.0-rc.1", "1.0.0-rc.a", "1.0.0-rc", "1.10.0", "1.9.0", "2", "1.0.0-2", "1.0.0-10"]
)
patterns = st.sampled_from(["^a", "b$", "[0-9]+", "^$", "a|b", "."])


@st.composite
def special_conditions(draw, place="trait", names=TRAITS):
    """A condition with a pattern, a version, or the size of a list."""
    field = Field(place, (draw(st.sampled_from(names)),))
    kind = draw(st.sampled_from(["pattern", "version", "size"]))
    if kind == "pattern":
        op = draw(st.sampled_from(["matches", "not_matches", "not_matches_or_missing"]))
        return Condition(field, op, draw(patterns), draw(st.sampled_from(["exact", "ci"])))
    if kind == "version":
        ops = ["version_eq", "version_lt", "version_le", "version_gt", "version_ge"]
        return Condition(field, draw(st.sampled_from(ops)), draw(versions.filter(lambda text: text != "2")))
    op = draw(st.sampled_from(["eq", "ne", "ne_or_missing", "lt", "ge"]))
    return Condition(field, op, draw(st.integers(0, 3)), over="size")


@st.composite
def pairs(draw, *, inside=False):
    """A field compared with another; in a where-clause a property with a property or trait."""
    op, case = draw(st.sampled_from(FIELD_OPERATORS)), draw(cases)
    left = Field("property" if inside else "trait", (draw(st.sampled_from(PROPERTIES if inside else TRAITS)),))
    personal = not inside or draw(st.booleans())
    right = Field("trait" if personal else "property", (draw(st.sampled_from(TRAITS if personal else PROPERTIES)),))
    return FieldCondition(left, op, right, case)


elements = st.builds(
    ElementMatch,
    st.sampled_from(["home", "tags"]).map(lambda name: Field("trait", (name,))),
    joined(conditions("property", ["city"], time=False), most=2).filter(lambda rule: rule.scope == "event"),
    st.sampled_from(["any", "every", "none"]),
)
personal_filters = st.builds(
    EventFilter, st.lists(st.sampled_from(NAMES), max_size=1), st.just("track"), pairs(inside=True)
)


@st.composite
def limited_measures(draw):
    """A condition on a measure with further limits, or of another aggregate."""
    condition = draw(measures().filter(lambda condition: condition.measure.within is None))
    options = {"within": draw(windows), "events": draw(filters | personal_filters)}
    kind = draw(st.sampled_from(["until", "fixed", "session", "entry", "plain"]))
    if kind == "until":
        options["until"] = draw(lengths)
        options["within"] = None if options["within"] is None else options["within"] + options["until"]
    if kind == "fixed":
        options |= {"since": draw(moments), "before": START + 30 * TICK}
    if kind == "session":
        options["session"] = draw(lengths)
    if kind == "entry":
        options["since_entry"] = draw(st.sampled_from(["pros", "others"]))
    measure = attrs.evolve(condition.measure, **options)
    if measure.of == ("total",) and measure.aggregate in {"min", "max"}:
        return attrs.evolve(condition, measure=attrs.evolve(measure, aggregate="avg"))
    if measure.of and measure.aggregate in {"first", "last"}:
        return attrs.evolve(condition, measure=attrs.evolve(measure, aggregate="most_frequent"))
    return attrs.evolve(condition, measure=measure)


paths = st.builds(
    EventPath,
    st.lists(filters | personal_filters, min_size=2, max_size=3),
    windows,
    st.sampled_from(["ordered", "strict", "any"]),
    st.none() | lengths,
    windows,
)
agains = st.builds(CameAgain, filters, lengths, windows)
helds = st.builds(HeldFor, joined(measures() | conditions() | sequences(), most=2), lengths)
more_leaves = special_conditions() | pairs() | elements | limited_measures() | paths | agains | helds

leaves = conditions() | measures() | measures() | sequences() | more_leaves
rules = joined(leaves)
