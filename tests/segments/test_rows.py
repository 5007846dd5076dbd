"""A prepared row answers as the person of whom it is the permitted cells."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st
from tests.expressions import material

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions import Condition, Field, Subject, prepared
from unified_profile.model.times import to_micros
from unified_profile.segments import Segment, all_of, events, trait

NOW = datetime(2026, 1, 10, tzinfo=UTC)
CELLS = ["country", "age", "plan", "visits", "city"]
FIVE = [
    trait("country") == "JP",
    trait("age") >= 18,
    trait("plan").is_in(["pro", "team"]),
    trait("visits") > 3,
    trait("city").starts("Os"),
    trait("city") != "Oslo",
    trait("age") < 99.5,
    trait("country").matches("^J"),
]
values = st.sampled_from(
    ["JP", "US", "pro", "Osaka", "Oslo", 18, 17, 4, 3, 18.0, 99.5, True, None, float("nan"), ["JP"]]
)


@given(material.joined(material.conditions() | material.special_conditions()), material.traits, material.moments)
def test_a_row_answers_as_the_person_does(rule, cells, now):
    try:
        ask = prepared(rule, to_micros(now))
    except InvalidRulesError:
        return
    assert ask(cells) is rule.evaluate(Subject(cells), now)


@given(material.conditions(), material.traits)
def test_what_is_not_in_a_row_answers_as_what_is_denied(rule, cells):
    try:
        ask = prepared(rule, 0)
    except InvalidRulesError:
        return
    denied = Subject(cells, denied={rule.field.name})
    left = {name: value for name, value in cells.items() if name != rule.field.name}
    assert ask(left) is rule.compiled()(denied, 0)


def test_what_a_row_cannot_tell_is_refused():
    for rule in (
        trait("x").exists(),
        trait("x").missing(),
        trait("x").ne_or_missing(1),
        events("Order").count() >= 1,
        trait("home", "city") == "Osaka",
    ):
        with pytest.raises(InvalidRulesError):
            Segment("s", rule, purpose="p").prepare(NOW)
    assert Condition(Field("trait", ("x",)), "eq", 1).value == 1


@given(st.lists(st.sampled_from(FIVE), min_size=1, max_size=9), st.dictionaries(st.sampled_from(CELLS), values))
def test_many_comparisons_at_once_answer_as_one_after_the_other(parts, cells):
    rule = all_of(*parts)
    ask = prepared(rule, to_micros(NOW))
    assert ask(cells) is rule.evaluate(Subject(cells), NOW)
    assert prepared(~rule, 0)(cells) is (~rule).evaluate(Subject(cells), NOW)
