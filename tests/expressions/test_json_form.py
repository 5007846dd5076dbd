"""The JSON form: there and back, strict towards strangers, and the same fingerprint everywhere."""

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.expressions import material
from tests.hub.worlds import some

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions import (
    AllOf,
    Condition,
    Field,
    Not,
    events,
    from_json,
    member_of,
    permitted,
    prop,
    trait,
)
from unified_profile.expressions.shape import DEEPEST

PRO = {"trait": "plan", "op": "eq", "value": "pro"}

KEYS = [
    "all",
    "any",
    "none",
    "not",
    "trait",
    "property",
    "attribute",
    "op",
    "value",
    "case",
    "over",
    "events",
    "type",
    "where",
    "measure",
    "of",
    "within",
    "zero",
    "first",
    "then",
    "same",
    "followed",
    "during",
    "member_of",
    "permitted",
    "channel",
    "x",
]
words = st.text(max_size=5) | st.sampled_from(["eq", "ge", "PT1H"])
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=8,
)


@some(3)
@given(material.rules)
def test_a_rule_comes_back_equal_from_its_json(rule):
    text = json.dumps(rule.to_json())
    back = from_json(text)
    assert back == rule
    assert hash(back) == hash(rule)
    assert back.fingerprint == rule.fingerprint
    assert from_json(rule.to_json()) == rule
    assert from_json(text.encode()) == rule


@given(material.rules, material.rules)
def test_fingerprints_agree_exactly_when_rules_do(one, other):
    assert (one.fingerprint == other.fingerprint) is (one == other)


@given(material.rules, material.subjects(), material.moments)
def test_a_rule_survives_pickling_and_copying(rule, subject, now):
    answer = rule.evaluate(subject, now)
    for other in (pickle.loads(pickle.dumps(rule)), copy.deepcopy(rule), copy.copy(rule)):
        assert other == rule
        assert other.evaluate(subject, now) is answer


@some(4)
@given(junk)
def test_junk_is_refused_with_a_typed_error_or_is_a_rule(data):
    try:
        rule = from_json(data)
    except InvalidRulesError as error:
        assert error.field.startswith("rule")  # noqa: PT017 - most junk is refused, some is a rule
    else:
        assert from_json(rule.to_json()) == rule


def test_true_one_and_one_written_as_a_fraction():
    assert (trait("x") == True) != (trait("x") == 1)  # noqa: E712 - a rule, not a question
    assert trait("x").eq(1.0).fingerprint == trait("x").eq(1).fingerprint
    assert trait("x").eq(1.0) == trait("x").eq(1)


def test_the_fingerprint_of_a_published_rule_never_changes():
    rule = (trait("plan") == "pro") & (events("Order Completed").count().within(days=30) >= 2)
    assert rule.fingerprint == "ed92e6bba65b65ceec80075e2df3884bff3216d4f3d4267bd91d1a93312295aa"


def test_the_json_form_of_everything():
    orders = events("Order Completed").where(prop("products", "sku").is_in(["b", "a"]), prop("total") >= 9.5)
    assert (orders.sum("total").within(hours=36) > 100).to_json() == {
        "events": ["Order Completed"],
        "where": {
            "all": [
                {"property": ["products", "sku"], "op": "in", "value": ["a", "b"]},
                {"property": "total", "op": "ge", "value": 9.5},
            ]
        },
        "measure": "sum",
        "of": "total",
        "within": "PT36H",
        "zero": "compared",
        "op": "gt",
        "value": 100,
    }
    cart = events("Product Added").not_followed_by(
        events("Order Completed"),
        within=timedelta(hours=24),
        same=("product_id", ("products", "product_id")),
        during=timedelta(days=7),
    )
    assert cart.to_json() == {
        "first": {"events": ["Product Added"]},
        "then": {"events": ["Order Completed"]},
        "within": "PT24H",
        "followed": False,
        "same": ["product_id", ["products", "product_id"]],
        "during": "PT168H",
    }
    assert from_json(cart.to_json()) == cart
    for rule in (permitted("newsletter", "email"), permitted("newsletter"), member_of("pros")):
        assert from_json(rule.to_json()) == rule
    assert trait("name").fold.every.starts("あ").to_json() == {
        "trait": "name",
        "op": "starts",
        "value": "あ",
        "case": "fold",
        "over": "every",
    }
    assert (trait("seen") >= datetime(2026, 1, 1, tzinfo=UTC)).to_json() == {
        "trait": "seen",
        "op": "at_or_after",
        "value": "2026-01-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("data", "field", "says"),
    (
        ({"all": [PRO, {"trait": "plan", "op": "eqq", "value": 1}]}, "rule.all.1.op", "did you mean 'eq'"),
        ({"al": [PRO]}, "rule", "did you mean 'all'"),
        ({"all": [PRO], "trait": "x"}, "rule", "means nothing here"),
        ({"trait": "plan", "op": "eq", "valeu": 1}, "rule", "did you mean 'value'"),
        ({"not": {"any": "x"}}, "rule.not.any", "not a list"),
        ({"not": 3}, "rule.not", "not an object"),
        ({"trait": "x", "op": "eq", "value": None}, "rule.value", "null compares with nothing"),
        ({"trait": "x", "op": "eq"}, "rule.value", "null compares with nothing"),
        ({"trait": "x", "op": "in", "value": ["a", 1]}, "rule.value", "several kinds"),
        ({"trait": "x", "op": "in", "value": "ab"}, "rule.value", "not a list"),
        ({"trait": "x", "op": "gt", "value": True}, "rule.value", "no order"),
        ({"trait": "x", "op": "contains", "value": ""}, "rule.value", "at least one character"),
        ({"trait": "x", "op": "exists", "value": 1}, "rule.value", "compares with nothing"),
        ({"trait": "x", "op": "exists", "over": "every"}, "rule.over", "asks about the whole"),
        ({"trait": "x", "op": "ne", "value": 1, "over": "none"}, "rule.over", "every with 'eq'"),
        ({"trait": "x", "op": "eq", "value": 1, "case": "ci"}, "rule.case", "for text only"),
        ({"trait": "x", "op": "eq", "value": "a", "case": "CI"}, "rule.case", "exact, ci, fold"),
        ({"trait": "x", "op": "before", "value": "2026-01-01"}, "rule.value", "not an instant"),
        ({"trait": "x", "op": "within_last", "value": "P30D"}, "rule.value", "PT720H"),
        ({"trait": "", "op": "exists"}, "rule.name", "at least one character"),
        ({"trait": [], "op": "exists"}, "rule.name", "a name or a list"),
        ({"property": "x", "op": "exists"}, None, None),
        ({"attribute": "ip", "op": "exists"}, "rule.attribute", "brand, channel"),
        ({"events": ["A"], "measure": "median", "op": "ge", "value": 1}, "rule.measure", "one of count"),
        ({"events": ["A"], "op": "ge", "value": "1"}, "rule.value", "not a number"),
        ({"events": ["A"], "op": "exists"}, "rule.op", "does not suit"),
        ({"events": ["A"], "op": "ge", "value": 1, "within": "PT0S"}, "rule.within", "positive"),
        ({"events": ["A"], "op": "ge", "value": 1, "within": 30}, "rule.within", "not a duration"),
        ({"events": ["A"], "op": "ge", "value": 1, "type": "trak"}, "rule.type", "track"),
        ({"events": ["A"], "op": "ge", "value": 1, "zero": "maybe"}, "rule.zero", "compared, false, unknown"),
        ({"events": ["A"], "op": "ge", "value": 1, "where": PRO}, "rule.where", "reads a trait"),
        (
            {"events": ["A"], "op": "ge", "value": 1, "where": {"property": "t", "op": "within_last", "value": "PT1H"}},
            "rule.where",
            "looks at now",
        ),
        ({"events": [""], "op": "ge", "value": 1}, "rule.events", "list of names"),
        ({"events": ["A"], "measure": "sum", "op": "ge", "value": 1}, "rule.of", "needs a property"),
        ({"events": ["A"], "of": "x", "op": "ge", "value": 1}, "rule.of", "reads no property"),
        ({"events": ["A"], "measure": "last", "op": "eq", "value": "x"}, "rule.op", "time of an event"),
        ({"first": {"events": ["A"]}, "then": {"events": ["B"]}}, "rule.within", "missing"),
        ({"first": {"events": ["A"]}, "within": "PT1H"}, "rule.then", "names no events"),
        (
            {"first": {"events": ["A"]}, "then": {"events": ["B"]}, "within": "PT1H", "same": ["x"]},
            "rule.same",
            "list of two",
        ),
        (
            {
                "first": {"events": ["A"]},
                "then": {"events": ["B"]},
                "within": "PT2H",
                "during": "PT2H",
                "followed": False,
            },
            "rule.during",
            "longer than within",
        ),
        ({"member_of": ""}, "rule.name", "at least one"),
        ({"permitted": 3}, "rule.name", "at least one"),
        ('{"trait": "x", "trait": "y", "op": "exists"}', "rule", "key twice"),
        ('{"trait": "x", "op": "eq", "value": NaN}', "rule", "NaN is no number"),
        ('{"trait": "x", "op": "eq", "value": 1e999}', "rule.value", "finite"),
        ('{"trait": "x", "op": "eq", "value": ' + "9" * 40 + "}", "rule.value", "38 digits"),
        ("{", "rule", "not JSON"),
        (b"\xff", "rule", "not UTF-8"),
        ("[" * 100_000, "rule", "deeper"),
        (" " * 1_000_001, "rule", "longer than"),
        (None, "rule", "not an object"),
    ),
)
def test_an_error_says_where_and_what_is_possible(data, field, says):
    if field is None:
        with pytest.raises(InvalidRulesError, match="inside events"):
            from_json(data).compiled()
        return
    with pytest.raises(InvalidRulesError) as caught:
        from_json(data)
    assert caught.value.field == field
    assert says in str(caught.value)


def test_size_and_depth_are_limited_for_strangers_and_for_us():
    deep: Any = PRO
    for _ in range(DEEPEST - 1):
        deep = {"none": [deep]}
    rule = from_json(deep)
    assert rule.depth == DEEPEST
    with pytest.raises(InvalidRulesError, match="levels"):
        from_json({"any": [deep]})
    with pytest.raises(InvalidRulesError, match="levels"):
        AllOf((rule,))
    with pytest.raises(InvalidRulesError, match="levels"):
        Not(rule)
    with pytest.raises(InvalidRulesError, match="nodes"):
        from_json({"any": [PRO] * 1_001})
    with pytest.raises(InvalidRulesError, match="values"):
        from_json({"trait": "x", "op": "in", "value": list(range(10_001))})
    circle: Any = {"all": []}
    circle["all"].append(circle)
    with pytest.raises(InvalidRulesError, match="levels"):
        from_json(circle)


def test_an_error_never_repeats_what_a_stranger_wrote():
    secret = "taro@example.com"
    for data in (
        {"trait": "x", "op": secret, "value": 1},
        {"trait": "x", "op": "before", "value": secret},
        {secret: 1},
        {"trait": "x", "op": "exists", secret: 1},
        {"trait": "x", "op": "eq", "value": {secret: secret}},
        {"events": [secret], "measure": secret, "op": "ge", "value": 1},
    ):
        with pytest.raises(InvalidRulesError) as caught:
            from_json(data)
        assert secret not in str(caught.value)


def test_text_of_strangers_stays_text():
    hostile = "'; DROP TABLE profiles; --\x00\u202e\ud800"
    rule = Condition(Field("trait", (hostile,)), "eq", hostile)
    assert from_json(json.dumps(rule.to_json())) == rule
    rule.text().encode()
    rule.text("ja").encode()
