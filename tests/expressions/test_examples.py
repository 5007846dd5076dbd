"""Rules people will recognize, and the cases in which other systems answer differently from place to place."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidFactError, InvalidInputError, InvalidRulesError
from unified_profile.expressions import (
    EVERYTHING,
    AllBut,
    Condition,
    Field,
    Measure,
    Reads,
    Subject,
    all_of,
    any_of,
    attribute,
    events,
    explain,
    from_json,
    member_of,
    none_of,
    permitted,
    prop,
    trait,
)
from unified_profile.expressions.casing import folded, ignoring_case
from unified_profile.expressions.operators import OPERATORS
from unified_profile.model import Event, EventType, Profile, Provenance, Trait

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ORDER = "Order Completed"


def happened(name, *, hours_ago=0.0, id=None, type=EventType.TRACK, channel="", **properties):
    at = NOW - timedelta(hours=hours_ago)
    id = id or f"{name}-{hours_ago}-{sorted(properties.items())}"[:200]
    return Event(id=id, source="shop", occurred_at=at, name=name, type=type, channel=channel, properties=properties)


def ask(rule, traits=None, *history, **more):
    return rule.evaluate(Subject(traits or {}, history, **more), NOW)


# What each operator answers about a value that is missing, null, an empty text, an empty list, of another type, denied.
STATES = [
    ("exists", None, [False, False, True, True, True]),
    ("missing", None, [True, False, False, False, False]),
    ("null", None, [False, True, False, False, False]),
    ("empty", None, [False, False, True, True, False]),
    ("eq", "a", [None, None, False, False, None]),
    ("ne", "a", [None, None, True, True, None]),
    ("ne_or_missing", "a", [True, True, True, True, None]),
    ("in", ("a",), [None, None, False, False, None]),
    ("not_in", ("a",), [None, None, True, True, None]),
    ("not_in_or_missing", ("a",), [True, True, True, True, None]),
    ("lt", "a", [None, None, True, False, None]),
    ("le", "a", [None, None, True, False, None]),
    ("gt", "a", [None, None, False, False, None]),
    ("ge", "a", [None, None, False, False, None]),
    ("contains", "a", [None, None, False, False, None]),
    ("not_contains", "a", [None, None, True, True, None]),
    ("not_contains_or_missing", "a", [True, True, True, True, None]),
    ("starts", "a", [None, None, False, False, None]),
    ("ends", "a", [None, None, False, False, None]),
    ("matches", "a", [None, None, False, False, None]),
    ("not_matches", "a", [None, None, True, True, None]),
    ("not_matches_or_missing", "a", [True, True, True, True, None]),
    *((f"version_{op}", "1.0.0", [None, None, None, False, None]) for op in ("eq", "lt", "le", "gt", "ge")),
    ("near", (0, 0, 1), [None, None, None, False, None]),
    ("in_box", (0, 0, 1, 1), [None, None, None, False, None]),
    ("in_polygon", (0, 0, 0, 1, 1, 1), [None, None, None, False, None]),
    ("at", NOW, [None, None, None, False, None]),
    ("before", NOW, [None, None, None, False, None]),
    ("at_or_before", NOW, [None, None, None, False, None]),
    ("after", NOW, [None, None, None, False, None]),
    ("at_or_after", NOW, [None, None, None, False, None]),
    ("within_last", timedelta(1), [None, None, None, False, None]),
    ("within_next", timedelta(1), [None, None, None, False, None]),
    ("older_than", timedelta(1), [None, None, None, False, None]),
]


def test_every_operator_has_a_row_of_states():
    assert [op for op, _, _ in STATES] == list(OPERATORS)


@pytest.mark.parametrize(("op", "constant", "expected"), STATES, ids=[op for op, _, _ in STATES])
def test_an_operator_answers_each_state_as_declared(op, constant, expected):
    rule = Condition(Field("trait", ("x",)), op, constant)
    people = [{}, {"x": None}, {"x": ""}, {"x": []}, {"x": 1}]
    assert [ask(rule, traits) for traits in people] == expected
    assert all(ask(rule, traits, denied={"x"}) is None for traits in people)


def test_nothing_is_coerced():
    assert ask(trait("x") == 1, {"x": "1"}) is None
    assert ask(trait("x") == 1, {"x": True}) is None
    assert ask(trait("x") == True, {"x": 1}) is None  # noqa: E712 - a rule, not a question
    assert ask(trait("x").is_in([0, 1]), {"x": False}) is None
    assert ask(trait("x") == 1, {"x": 1.0}) is True
    assert ask(trait("x") == 2**53, {"x": float(2**53)}) is True
    assert ask(trait("x") == 2**53 + 1, {"x": float(2**53)}) is False
    assert ask(trait("x") < 5, {"x": float("nan")}) is None
    assert ask(trait("x") < 5, {"x": float("inf")}) is None


def test_text_is_compared_literally():
    assert ask(trait("x").contains(".*"), {"x": "abc"}) is False
    assert ask(trait("x").contains("%"), {"x": "100%"}) is True
    assert ask(trait("x") == "a", {"x": "a "}) is False
    assert ask(trait("x") == "é", {"x": "e\u0301"}) is False
    assert ask(trait("x").ci == "é", {"x": "E\u0301"}) is True
    assert ask(trait("x").ci == "strasse", {"x": "STRAẞE"}) is True
    assert ask(trait("x").ci == "cafe", {"x": "Café"}) is False
    assert ask(trait("x").fold == "cafe", {"x": "ＣＡＦÉ"}) is True
    assert ask(trait("x").fold == "ガラス", {"x": "ｶﾞﾗｽ"}) is True
    assert ask(trait("x").fold == "カラス", {"x": "ガラス"}) is False
    assert ask(trait("x").fold.is_in(["Tōkyō"]), {"x": "tokyo"}) is True


@given(st.text(), st.text())
def test_folding_twice_changes_nothing_and_width_never_matters(text, other):
    for fold in (ignoring_case, folded):
        assert fold(fold(text)) == fold(text)
        assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))
    assert ignoring_case(text) != ignoring_case(other) or folded(text) == folded(other)


def test_lists_are_taken_as_any_unless_said_otherwise():
    tags = {"tags": ["vip", "new"]}
    assert ask(trait("tags") == "vip", tags) is True
    assert ask(trait("tags") != "vip", tags) is False
    assert ask(trait("tags").any != "vip", tags) is True
    assert ask(trait("tags").every == "vip", tags) is False
    assert ask(trait("tags").none == "old", tags) is True
    assert ask(trait("tags").contains_all(["new", "vip"]), tags) is True
    assert ask(trait("tags").contains_all(["new", "old"]), tags) is False
    assert ask(trait("tags").every == "vip", {"tags": []}) is True
    assert ask(trait("tags").every == "vip", {"tags": ["vip", None]}) is None
    assert ask(trait("tags") == "vip", {"tags": ["vip", None]}) is True
    assert ask(trait("tags").every == "vip", {"tags": "vip"}) is True


def test_paths_lead_into_objects_and_lists():
    home = {"home": {"city": "Osaka", "lines": [{"no": 1}, {"no": 2}]}}
    assert ask(trait("home", "city") == "Osaka", home) is True
    assert ask(trait("home", "lines", "no") == 2, home) is True
    assert ask(trait("home", "lines", "no").every > 1, home) is False
    assert ask(trait("home", "zip").missing(), home) is True
    assert ask(trait("home", "city", "x").missing(), home) is True
    assert ask(trait("home", "city").null(), {"home": None}) is True
    assert ask(trait("home", "city") == "Osaka", home, denied={"home"}) is None


def test_instants_compare_across_offsets_and_a_date_alone_is_none():
    rule = trait("seen").before(NOW)
    assert ask(rule, {"seen": "2026-01-31T20:59:59+09:00"}) is True
    assert ask(rule, {"seen": "2026-01-31T21:00:00+09:00"}) is False
    assert ask(trait("seen") == NOW, {"seen": "2026-01-31T12:00:00.000000Z"}) is True
    assert ask(trait("seen") != NOW, {"seen": "2026-01-31T12:00:00.000000Z"}) is False
    assert ask(trait("seen") != NOW, {}) is None
    for unclear in ("2026-01-31", "2026-01-31T12:00:00", "2026-02-30T00:00:00Z", "soon", 1_769_860_800):
        assert ask(rule, {"seen": unclear}) is None


def test_relative_dates_turn_at_the_microsecond():
    subject = Subject({"renews": "2026-02-10T00:00:00Z"})
    renews = datetime(2026, 2, 10, tzinfo=UTC)
    soon = trait("renews").within_next(days=7)
    assert soon.next_change(subject, NOW) == renews - timedelta(days=7)
    assert soon.next_change(subject, renews - timedelta(days=7)) == renews + TICK
    assert soon.next_change(subject, renews + TICK) is None
    lapsed = trait("renews").older_than(days=1)
    assert lapsed.next_change(subject, NOW) == renews + timedelta(days=1) + TICK
    assert [value for _, value in soon.course(subject, NOW).changes] == [True, False]


def test_bought_in_the_last_30_days_ends_to_the_microsecond():
    bought = happened(ORDER, hours_ago=24)
    rule = events(ORDER).count().within(days=30) >= 1
    subject = Subject({}, [bought])
    leaves = bought.occurred_at + timedelta(days=30) + TICK
    assert rule.next_change(subject, NOW) == leaves
    assert rule.evaluate(subject, leaves - TICK) is True
    assert rule.evaluate(subject, leaves) is False


def test_an_event_whose_time_is_still_ahead_counts_when_it_comes():
    rule = events(ORDER).count() >= 1
    ahead = happened(ORDER, hours_ago=-2)
    assert ask(rule, {}, ahead) is False
    assert rule.next_change(Subject({}, [ahead]), NOW) == ahead.occurred_at


def test_people_without_an_event_are_members_only_where_that_is_said():
    at_most_one = events(ORDER).count() <= 1
    assert ask(at_most_one) is True
    assert ask(events(ORDER).count(zero="false") <= 1) is False
    assert ask(events(ORDER).count(zero="unknown") <= 1) is None
    assert ask(events(ORDER).sum("total") < 10) is True
    assert ask(events(ORDER).min("total") < 10) is None
    assert ask(events(ORDER).last("status", zero="false") != "late") is False
    assert at_most_one.text().endswith("(none counts as 0)")
    assert (events(ORDER).count(zero="false") <= 1).text().endswith("(and there is one)")


def test_sums_are_exact_in_decimals_as_written():
    orders = [happened(ORDER, hours_ago=hour, total=0.1) for hour in range(3)]
    assert ask(events(ORDER).sum("total") == 0.3, {}, *orders) is True
    assert ask(events(ORDER).sum("total").is_in([0.3]), {}, *orders) is True
    big = [happened(ORDER, id=f"b{index}", total=amount) for index, amount in enumerate([10**30, 0.1, -(10**30)])]
    assert ask(events(ORDER).sum("total") == 0.1, {}, *big) is True


def test_what_events_amount_to():
    history = [
        happened(ORDER, hours_ago=50, total=5, status="sent", products=[{"sku": "a", "price": 2}, {"sku": "b"}]),
        happened(ORDER, hours_ago=20, total="7", status="late", products=[{"sku": "b", "price": 1.5}]),
        happened(ORDER, hours_ago=10, total=9, status=None, products=[]),
        happened("Product Viewed", hours_ago=1, total=100),
    ]
    orders = events(ORDER)
    for rule in (
        orders.count() == 3,
        orders.sum("total") == 14,
        orders.max("total") == 9,
        orders.min("total") == 5,
        orders.count().within(hours=24) == 2,
        orders.distinct("products", "sku") == 2,
        orders.sum("products", "price") == 3.5,
        orders.first("status") == "sent",
        orders.last("status") == "late",
        orders.last("status").starts("l"),
        orders.last().older_than(hours=9),
        orders.last().before(NOW),
        orders.first().within_last(days=3),
        events().count() == 4,
        events(ORDER, "Product Viewed").count() == 4,
        orders.where(prop("total") >= 6).count() == 1,
        orders.where(prop("status").ne_or_missing("sent")).count() == 2,
        orders.where(prop("status") != "sent").count() == 1,
        orders.where(prop("total") >= 1).where(prop("products", "sku") == "b").count() == 1,
    ):
        assert ask(rule, {}, *history) is True, rule.text()


def test_the_last_of_two_events_at_one_instant_does_not_depend_on_who_came_first():
    one, two = happened(ORDER, id="a", status="x"), happened(ORDER, id="b", status="y")
    rule = events(ORDER).last("status") == "y"
    assert ask(rule, {}, one, two) is True
    assert ask(rule, {}, two, one) is True


def test_types_and_attributes_of_events():
    page = happened("Home", id="page", type=EventType.PAGE)
    track = happened("Home", channel="app")
    assert ask(events("Home").count() == 1, {}, page, track) is True
    assert ask(events("Home", type="page").count() == 1, {}, page, track) is True
    assert ask(events("Home", type="").count() == 2, {}, page, track) is True
    assert ask(events().where(attribute("channel") == "app").count() == 1, {}, page, track) is True
    assert ask(events(type="page").where(attribute("channel").missing()).count() == 1, {}, page, track) is True


def test_the_abandoned_cart():
    """Added a product, and did not buy that same product within 24 hours."""
    cart = events("Product Added").not_followed_by(
        events(ORDER),
        within=timedelta(hours=24),
        same=("product_id", ("products", "product_id")),
        during=timedelta(days=7),
    )
    added = happened("Product Added", hours_ago=20, product_id="tea")
    other = happened(ORDER, hours_ago=10, products=[{"product_id": "cup"}])
    bought = happened(ORDER, hours_ago=-3.5, products=[{"product_id": "cup"}, {"product_id": "tea"}])
    waiting = Subject({}, [added, other])
    assert cart.evaluate(waiting, NOW) is False
    abandoned = added.occurred_at + timedelta(hours=24) + TICK
    assert cart.next_change(waiting, NOW) == abandoned
    assert cart.evaluate(waiting, abandoned) is True
    assert cart.next_change(waiting, abandoned) == added.occurred_at + timedelta(days=7) + TICK
    in_time = Subject({}, [added, other, bought])
    assert cart.evaluate(in_time, abandoned) is False
    assert cart.next_change(in_time, NOW) is None
    assert cart.evaluate(Subject({}, [added, bought], denied_events={ORDER}), abandoned) is None


def test_what_follows_at_the_last_instant_still_follows():
    rule = events("A").followed_by(events("B"), within=timedelta(hours=24))
    first = happened("A", hours_ago=30)
    in_time, late = first.occurred_at + timedelta(hours=24), first.occurred_at + timedelta(hours=24) + TICK
    for at, expected in ((first.occurred_at, True), (in_time, True), (late, False), (first.occurred_at - TICK, False)):
        then = Event(id="then", source="shop", occurred_at=at, name="B")
        assert ask(rule, {}, first, then) is expected
        waited = events("A").not_followed_by(events("B"), within=timedelta(hours=24))
        assert ask(waited, {}, first, then) is not expected


def test_bought_again_within_a_month_is_not_one_order_followed_by_itself():
    again = events(ORDER).followed_by(events(ORDER), within=timedelta(days=30))
    first = happened(ORDER, hours_ago=100)
    assert ask(again, {}, first) is False
    assert ask(again, {}, first, first) is False
    assert ask(again, {}, first, happened(ORDER, hours_ago=100, id="another")) is True
    assert ask(again, {}, first, happened(ORDER, hours_ago=2)) is True
    same = events(ORDER).followed_by(events(ORDER), within=timedelta(days=30), same="sku")
    assert ask(same, {}, first, happened(ORDER, hours_ago=2)) is False


def test_a_window_that_denies_by_purpose_denies_what_is_not_there_too():
    assert ask(trait("birth_date").missing(), denied=AllBut({"email"})) is None
    assert ask(events().count() == 0, denied_events=EVERYTHING) is None
    assert ask(events().count() == 0, denied_events={"Diagnosis"}) is None
    assert ask(events(ORDER).count() == 0, denied_events={"Diagnosis"}) is True
    assert ask(events(ORDER, "Diagnosis").count() == 0, denied_events={"Diagnosis"}) is None


def test_what_a_rule_reads_is_known_before_it_is_asked():
    rule = all_of(
        (trait("home", "city") == "Osaka") | member_of("locals"),
        events("A").followed_by(events("B"), within=timedelta(1)),
        none_of(permitted("newsletter", "email"), events().count() >= 1),
    )
    assert rule.reads == Reads(
        frozenset({"home"}), frozenset({"A", "B", "*"}), frozenset({("newsletter", "email")}), frozenset({"locals"})
    )


def test_a_rule_is_said_in_two_languages():
    rule = ~((trait("plan").ci.is_in(["pro"])) & (events(ORDER).sum("total").within(hours=36) > 99.5))
    assert rule.text() == (
        'not (all of (plan is one of ["pro"] (ignoring case); '
        'the sum of total in "Order Completed" events in the last 36 hours is more than 99.5))'
    )
    assert rule.text("ja") == (
        '「すべて（planが["pro"]のいずれかである（大文字・小文字を区別しない）、'
        '過去36時間のイベント"Order Completed"のtotalの合計が99.5より大きい）」ではない'
    )
    cart = events("Added").not_followed_by(events("Bought"), within=timedelta(1), same="sku", during=timedelta(7))
    assert cart.text("ja") == '過去7日のイベント"Added"の後、1日以内に同じskuのイベント"Bought"がない'
    assert any_of(member_of("a"), permitted("b", "c")).text("ja") == (
        'いずれか（セグメント"a"に属する、"b"が"c"で許可されている）'
    )
    unspoken: Any = "fr"
    with pytest.raises(InvalidRulesError, match="'en' or 'ja'"):
        rule.text(unspoken)


@pytest.mark.parametrize("op", list(OPERATORS))
def test_every_operator_has_words_in_both_languages(op):
    constant = next(constant for name, constant, _ in STATES if name == op)
    for over in ("", "every"):
        if not over or constant is not None:
            rule = Condition(Field("trait", ("x",)), op, constant, over=over)
            assert "x" in rule.text()
            assert "x" in rule.text("ja")
            assert from_json(rule.to_json()) == rule


def test_an_explanation_tells_unknown_from_false():
    rule = (trait("plan") == "pro") & (trait("age") >= 18) & (events(ORDER).count().within(days=30) >= 1)
    explanation = explain(rule, Subject({"plan": 3}, [happened(ORDER)], denied={"age"}), NOW)
    assert [(leaf.value, leaf.why, leaf.decided) for leaf in explanation.leaves] == [
        (None, "type", True),
        (None, "denied", True),
        (True, "true", False),
    ]
    assert "2026-03-02" in str(explanation)
    assert "すべて" in explain(rule, Subject(), NOW, language="ja").text
    nothing = explain(events(ORDER).min("total") > 1, Subject(), NOW)
    assert nothing.why == "no_event"
    assert explain(events(ORDER).last("s") > 1, Subject({}, [happened(ORDER, s="x")]), NOW).why == "type"


def test_nothing_personal_shows():
    subject = Subject({"email": "taro@example.com"}, [happened(ORDER, note="taro")], denied={"email"})
    rule = (trait("email") == "x") | (events(ORDER).last("note") == "y")
    shown = repr(subject) + str(explain(rule, subject, NOW)) + repr(explain(rule, subject, NOW))
    assert "taro" not in shown


def test_python_slips_are_caught():
    plan = trait("plan")
    anything: Any = plan
    for slip in (
        lambda: bool(plan == "pro"),
        lambda: (plan == "pro") and (plan == "free"),
        lambda: 1 < trait("age") < 5,
        lambda: all_of(anything),
        lambda: (plan == "pro") & anything,
        lambda: plan == trait("other"),
        lambda: plan == None,  # noqa: E711 - the slip
        lambda: plan.is_in("pro"),
        lambda: plan.within_last(days=-1),
        lambda: plan.within_last(days=1e12),
        lambda: plan.before(datetime(2026, 1, 1)),  # noqa: DTZ001 - the slip
        trait,
        lambda: trait(anything),
        lambda: attribute("ip"),
        lambda: events("A").where(trait("x") == 1),
        lambda: events("A").count() >= "2",
        lambda: events("A").sum() >= 2,
        lambda: events("A").last() >= 2,
        lambda: events("A").min("x", zero="compared") >= 2,
        lambda: events("A").followed_by(events("B"), within=timedelta(1), same=("a", "b", "c")),
        (prop("x") == 1).compiled,
        lambda: (prop("x") == 1) & (trait("x") == 1),
        lambda: Measure(events("A").filter, "median"),
        lambda: Field(anything, ("x",)),
    ):
        with pytest.raises(InvalidRulesError):
            slip()
    with pytest.raises(TypeError):
        hash(plan)
    junk: dict[str, Any]
    for junk in ({"denied": "email"}, {"denied": 3}, {"traits": []}, {"events": ["x"]}):
        with pytest.raises(InvalidInputError):
            Subject(**junk)
    with pytest.raises(InvalidInputError):
        AllBut("email")
    with pytest.raises(InvalidFactError):
        (plan == "pro").evaluate(Subject(), datetime(2026, 1, 1))  # noqa: DTZ001 - the slip


def test_builders_show_what_they_hold():
    assert repr(trait("home", "city")) == "trait('home.city')"
    assert repr(events("A")) == '<"A" events>'
    assert repr(events("A").count()) == '<the number of "A" events>'
    assert trait("x").eq(1) == (trait("x") == 1)
    assert trait("x").ne(1) == (trait("x") != 1)
    assert trait("x").lt(1) == (trait("x") < 1)
    assert trait("x").le(1) == (trait("x") <= 1)
    assert trait("x").gt(1) == (trait("x") > 1)
    assert trait("x").ge(1) == (trait("x") >= 1)
    assert ~~(trait("x") == 1) == (trait("x") == 1)


def test_a_folded_profile_makes_a_subject():
    told = Provenance("f", "crm", NOW, NOW)
    profile = Profile("p1", {"plan": Trait("plan", "pro", (told,), "most_recent")})
    subject = Subject.of(profile, [happened(ORDER)], denied={"email"}, purpose="service")
    assert (subject.profile, subject.purpose) == ("p1", "service")
    assert ((trait("plan") == "pro") & (events(ORDER).count() == 1)).evaluate(subject, NOW) is True
