"""Computed traits against a slow reading of the documentation, and the instants at which time alone changes them."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st
from tests.profiles.told import HOUR, RULES, facts, hour, track

from unified_profile.errors import InvalidInputError, InvalidRulesError, UnknownNameError
from unified_profile.model import Event, EventType
from unified_profile.profiles import ComputedTrait, FoldState, ProfileRules, computed, fold
from unified_profile.profiles.canonical import canonical, rank


def value_of(trait: ComputedTrait, *told, now=None):
    traits = fold(told, ProfileRules(computed=[trait]), profile_id="p1", now=now).traits
    return traits[trait.name].value if trait.name in traits else "missing"


ORDERS = (
    track("o1", 1, amount=0.1, currency="eur", sku="A"),
    track("o2", 2, amount=0.2, currency="EUR", sku="B"),
    track("o3", 3, amount=3000, currency="JPY", sku="A"),
    track("v1", 4, "Product Viewed", sku="C"),
)


def test_each_function_on_a_hand_of_orders():
    def of(function, path="amount", **more):
        return value_of(computed("x", function, "Order Completed", path, **more), *ORDERS)

    assert value_of(computed("x", "count", "Order Completed"), *ORDERS) == 3
    assert value_of(computed("x", "count", ["Order Completed", "Product Viewed"]), *ORDERS) == 4
    assert value_of(computed("x", "count"), *ORDERS) == 4
    assert (of("minimum"), of("maximum"), of("first"), of("last")) == (0.1, 3000, 0.1, 3000)
    assert of("sum") == 3000.3
    assert of("average") == 1000.1
    assert (of("most_frequent", "sku"), of("unique_list", "sku"), of("distinct_count", "sku")) == ("A", ["A", "B"], 2)


def test_money_is_added_up_per_currency_and_exactly():
    money = computed("x", "sum", "Order Completed", "amount", currency="currency")
    assert value_of(money, *ORDERS) == {"EUR": 0.3, "JPY": 3000}
    assert value_of(money, track("o", 1, amount=5)) == {"XXX": 5}
    assert value_of(money) == {}
    average = computed("x", "average", "Order Completed", "amount", currency="currency")
    assert value_of(average, *ORDERS) == {"EUR": 0.15, "JPY": 3000}
    assert value_of(average) == "missing"


def test_without_events_counts_are_zero_and_everything_else_is_missing():
    def nothing(function):
        return value_of(computed("x", function, "E", "" if function == "count" else "p"))

    assert [nothing(function) for function in ("count", "distinct_count", "sum", "unique_list")] == [0, 0, 0, []]
    for function in ("minimum", "maximum", "average", "first", "last", "most_frequent"):
        assert nothing(function) == "missing"


def test_text_and_booleans_are_no_numbers():
    told = (track("a", 1, amount="12"), track("b", 2, amount=True), track("c", 3, amount=float("inf")))
    assert value_of(computed("x", "sum", path="amount"), *told) == 0
    assert value_of(computed("x", "count", path="amount"), *told) == 3


def test_where_is_exact_about_kinds_and_reaches_into_lists():
    told = (
        track("a", 1, vip=True, products=[{"sku": "A"}, {"sku": "B"}]),
        track("b", 2, vip=1, products=[{"sku": "B"}]),
        track("c", 3, vip=None),
    )
    assert value_of(computed("x", "count", where={"vip": True}), *told) == 1
    assert value_of(computed("x", "count", where={"vip": 1}), *told) == 1
    assert value_of(computed("x", "count", where={"vip": None}), *told) == 1
    assert value_of(computed("x", "count", where={"vip": (True, None)}), *told) == 2
    assert value_of(computed("x", "count", where={"products.sku": "B"}), *told) == 2
    assert value_of(computed("x", "unique_list", path="products.sku"), *told) == ["A", "B"]


def test_pages_count_when_asked_for():
    page = Event(id="p", source="web", type=EventType.PAGE, name="Home", occurred_at=hour(1))
    assert value_of(computed("x", "count", "Home"), page) == 0
    assert value_of(computed("x", "count", "Home", type="page"), page) == 1
    assert value_of(computed("x", "count", "Home", type=None), page, track("t", 1, "Home")) == 2


def test_an_event_counts_from_its_time_to_its_time_plus_the_window_as_segments_have_it():
    trait = computed("x", "count", within=2 * HOUR)
    event, tick = track("e", 10), timedelta(microseconds=1)
    moments = [hour(10) - tick, hour(10), hour(12), hour(12) + tick]
    assert [value_of(trait, event, now=moment) for moment in moments] == [0, 1, 1, 0]


def test_a_window_without_a_moment_is_refused_with_the_way_out():
    with pytest.raises(InvalidInputError, match=r"now: .* pass now= or as_of="):
        value_of(computed("x", "count", within=HOUR), track("e", 1))
    with pytest.raises(ValueError, match="no time zone"):
        value_of(computed("x", "count", within=HOUR), track("e", 1), now=datetime(2026, 1, 1))  # noqa: DTZ001 - the point


def test_events_dated_in_the_future_have_not_happened_yet():
    state = FoldState(ProfileRules(computed=[computed("x", "count")]))
    state.add(track("e", 9))
    assert state.result(profile_id="p", now=hour(1)).traits["x"].value == 0
    assert state.next_change_at(hour(1)) == hour(9)
    assert state.next_change_at(hour(9)) is None


def test_the_next_change_is_that_of_the_value_and_not_of_the_window():
    trait = computed("x", "maximum", path="amount", within=10 * HOUR)
    state = FoldState(ProfileRules(computed=[trait]))
    state.update([track("a", 1, amount=1), track("b", 2, amount=5), track("c", 3, amount=5)])
    assert state.changes_at(hour(4)) == {"x": hour(13) + timedelta(microseconds=1)}


def test_a_long_history_answers_when_to_look_again():
    """Where a thousand events leave without changing the value, an instant before the change is an honest answer."""
    state = FoldState(ProfileRules(computed=[computed("x", "unique_list", path="kind", within=4000 * HOUR)]))
    state.update([track(f"e{at}", at, kind="same") for at in range(3000)])
    moment, looks, tick = hour(3000), 0, timedelta(microseconds=1)
    while (following := state.next_change_at(moment)) is not None:
        assert following <= hour(2999 + 4000) + tick
        before = state.result(profile_id="p", now=following - timedelta(microseconds=1)).traits["x"].value
        assert before == ["same"]
        moment, looks = following, looks + 1
    assert moment == hour(2999 + 4000) + tick
    assert looks < 20


def test_windows_reach_over_the_edges_of_time():
    end = datetime.max.replace(tzinfo=UTC)
    late = Event(id="e", source="s", name="E", occurred_at=end - HOUR)
    early = Event(id="f", source="s", name="E", occurred_at=datetime.min.replace(tzinfo=UTC) + HOUR)
    state = FoldState(ProfileRules(computed=[computed("x", "count", "E", within=timedelta(days=3))]))
    state.update([late, early])
    assert state.result(profile_id="p", now=end).traits["x"].value == 1
    assert state.next_change_at(end) is None
    assert state.result(profile_id="p", now=datetime.min.replace(tzinfo=UTC) + 2 * HOUR).traits["x"].value == 1


def test_a_computed_trait_hides_a_told_one_and_says_so():
    told = Event(id="i", source="web", type=EventType.IDENTIFY, occurred_at=hour(1), traits={"x": 99})
    trait = fold([told, track("t", 2)], ProfileRules(computed=[computed("x", "count")]), profile_id="p1").traits["x"]
    assert (trait.value, trait.losers[0][0], trait.rule) == (1, 99, "computed:count")


def test_a_computed_trait_names_its_newest_facts():
    told = [track(f"e{at:02}", at) for at in range(30)]
    trait = fold(told, ProfileRules(computed=[computed("x", "count")]), profile_id="p1").traits["x"]
    assert [source.fact_id for source in trait.provenance] == [f"e{at:02}" for at in range(29, 9, -1)]


def test_what_cannot_be_computed_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'sum'"):
        computed("x", "summ", path="p")
    for make in (
        lambda: computed("", "count"),
        lambda: computed("x", "sum"),
        lambda: computed("x", "count", within=timedelta(0)),
        lambda: computed("x", "count", currency="currency"),
        lambda: computed("x", "count", [""]),
    ):
        with pytest.raises(InvalidRulesError):
            make()


# --- a slow reading of the documentation -----------------------------------------------------------------------------


def reading(trait: ComputedTrait, told, moment):
    """The value at *moment*, or "missing"."""
    seen = []
    for event in sorted({fact.id: fact for fact in told}.values(), key=lambda fact: (fact.occurred_at, fact.id)):
        if not isinstance(event, Event) or event.type is not EventType.TRACK:
            continue
        if trait.events and event.name not in trait.events:
            continue
        if event.occurred_at > moment or (trait.window and event.occurred_at + trait.window < moment):
            continue
        values = event.properties.get(trait.path)
        values = [value for value in (values if isinstance(values, list) else [values]) if value is not None]
        if trait.function in {"sum", "minimum", "maximum", "average"}:
            values = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
        if not all(
            any(
                (isinstance(value, bool), value) in [(isinstance(one, bool), one) for one in wanted]
                for value in _listed(event.properties, path)
            )
            for path, wanted in trait.where
        ):
            continue
        if values or not trait.path:
            currency = str(event.properties.get("currency") or "XXX").upper() if trait.currency else ""
            seen.append((event, values, currency))
    if not trait.currency:
        return _applied(trait.function, seen)
    parts = {mark: _applied(trait.function, [one for one in seen if one[2] == mark]) for mark in {o[2] for o in seen}}
    return parts if parts or trait.function == "sum" else "missing"


def _listed(properties, path):
    if path not in properties:
        return []
    found = properties[path]
    return found if isinstance(found, list) else [found]


def _applied(function, seen):
    values = [value for _, values, _ in seen for value in values]
    texts = {canonical(value): value for value in values}
    if function == "count":
        return len(seen)
    if function == "distinct_count":
        return len(texts)
    if function == "unique_list":
        return sorted(texts.values(), key=rank)
    if function == "sum":
        return float(sum(Fraction(str(value)) for value in values))
    if not values:
        return "missing"
    if function == "average":
        return float(sum(Fraction(str(value)) for value in values) / len(values))
    if function in {"minimum", "maximum"}:
        return (min if function == "minimum" else max)(values)
    if function in {"first", "last"}:
        return values[0 if function == "first" else -1]
    last = {canonical(value): (event.occurred_at, rank(value)) for event, values, _ in seen for value in values}
    counted = {text: sum(canonical(value) == text for value in values) for text in texts}
    return texts[max(counted, key=lambda text: (counted[text], last[text]))]


TICK = timedelta(microseconds=1)


@given(facts(max_size=18), st.integers(-1, 24))
def test_computed_traits_agree_with_the_slow_reading(told, halves):
    now = hour(halves / 2)
    traits = fold(told, RULES, profile_id="p1", now=now).traits
    for spec in RULES.computed:
        found = traits[spec.name].value if spec.name in traits else "missing"
        assert canonical(found) == canonical(reading(spec, told, now)), spec.name


@given(facts(max_size=10), st.integers(-1, 16))
def test_the_next_change_is_the_first_instant_at_which_the_value_differs(told, halves):
    now = hour(halves / 2)
    state = FoldState(RULES)
    state.update(told)
    changes = state.changes_at(now)
    later = [hour(halves / 2 + step / 2) + tick for step in range(40) for tick in (timedelta(0), TICK)][1:]
    for spec in RULES.computed:
        before = canonical(reading(spec, told, now))
        expected = next((at for at in later if canonical(reading(spec, told, at)) != before), None)
        assert changes.get(spec.name) == expected, spec.name
    assert state.next_change_at(now) == min(changes.values(), default=None)
