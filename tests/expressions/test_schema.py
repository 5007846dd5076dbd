"""The published JSON Schema takes what the reader takes, and rules are checked against what there is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from tests.expressions import material

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions import (
    Schema,
    Subject,
    all_of,
    check,
    events,
    findings,
    from_json,
    in_share,
    json_schema,
    members_all,
    permitted,
    prop,
    trait,
)
from unified_profile.model import Event

VALIDATOR = Draft202012Validator(json_schema())


@given(material.rules | material.more_leaves)
def test_what_a_rule_becomes_keeps_the_schema(rule):
    VALIDATOR.validate(rule.to_json())


def test_rules_of_every_other_kind_keep_the_schema():
    for rule in (
        trait("x").in_period("week", -1, 0, yearly=True, leap="mar1", week_start=7, zone=trait("zone")),
        trait("x").calendar("hour", [1], zone="UTC"),
        events("x").regular(1, of=2, zone="Asia/Tokyo", week_start=7),
        in_share("x", 12.5, start=1),
        members_all(trait("x").near(1, 2, kilometers=3)),
        permitted("ads", "email"),
    ):
        VALIDATOR.validate(rule.to_json())


@pytest.mark.parametrize(
    "wrong",
    (
        {},
        {"trait": "x"},
        {"trait": "x", "op": "equals", "value": 1},
        {"trait": "x", "op": "lt", "value": True},
        {"trait": "x", "op": "exists", "value": 1},
        {"trait": "x", "property": "y", "op": "exists"},
        {"trait": "x", "op": "eq", "value": 1, "more": 1},
        {"all": {}},
        {"events": "x", "op": "ge", "value": 1, "within": "P7D"},
        {"first": {"events": "x"}, "then": {"events": "y"}},
        {"path": [{"events": "x"}]},
        {"share": "x"},
    ),
)
def test_what_the_reader_refuses_the_schema_refuses(wrong):
    assert not VALIDATOR.is_valid(wrong)
    with pytest.raises(InvalidRulesError):
        from_json(wrong)


SCHEMA = Schema(
    {"country": "text", "age": "number", "seen": "instant", "tags": ["list", "text"]},
    {"Order Completed": {"total": "number", "coupon": "text"}},
)


@pytest.mark.parametrize(
    ("rule", "message"),
    (
        (trait("contry") == "JP", "rule.trait: no trait 'contry' (did you mean 'country'?)"),
        ((trait("age") > 3) & ~(trait("age") == "3"), "rule.all.1.not.trait: 'age' holds number, never text"),
        (events("Order Complete").count() > 1, "no event 'Order Complete' (did you mean 'Order Completed'?)"),
        (events("Order Completed").sum("totl") > 1, "rule.of.property: no property 'totl' (did you mean 'total'?)"),
        (events("Order Completed").sum("coupon") > 1, "'coupon' holds text, never number"),
        (events("Order Completed").where(prop("totl") > 1).count() > 1, "where.property: no property 'totl'"),
        (trait("age").within_last(days=3), "'age' holds number, never instant"),
        (trait("country").in_period("day", zone="UTC") & (trait("x") == 1), "no trait 'x'"),
        (members_all(trait("contry") == "JP"), "rule.rule.trait: no trait 'contry'"),
    ),
)
def test_a_rule_that_does_not_fit_says_where_and_what_was_meant(rule, message):
    with pytest.raises(InvalidRulesError) as caught:
        check(rule, SCHEMA)
    assert message in str(caught.value)
    assert any(message in found for found in findings(rule, SCHEMA))


def test_a_rule_that_fits_passes():
    fitting = (
        trait("country").ci.starts("j")
        & (trait("tags").size > 1)
        & (trait("tags") == "vip")
        & trait("seen").within_last(days=3)
        & (events("Order Completed").where(prop("coupon").exists()).sum("total").within(days=3) > 3)
    )
    check(fitting, SCHEMA)
    assert findings(fitting, SCHEMA) == ()


def test_what_was_seen_is_a_schema():
    order = Event(id="1", source="s", name="Order", occurred_at=datetime(2026, 1, 1, tzinfo=UTC), properties={"n": 1})
    schema = Schema.seen([Subject({"day": "2026-01-01T00:00:00Z", "tags": ["a", 1]}, [order])])
    assert schema.traits == {"day": {"text", "instant"}, "tags": {"list", "text", "number"}}
    assert schema.events == {"Order": {"n": {"number"}}}
    with pytest.raises(InvalidRulesError):
        Schema({"x": "colour"})


KINDS = Schema(
    {"age": "number", "plan": "text", "active": "flag", "seen": "instant", "both": ["text", "number"]},
    {"Bought": {"total": "number", "gift": "flag", "sku": "text"}},
)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ({"trait": "age", "op": "ge", "value": "18"}, 18),
        ({"trait": "age", "op": "ge", "value": " 18.50 "}, 18.5),
        ({"trait": "age", "op": "in", "value": ["1", 2]}, (1, 2)),
        ({"trait": "age", "over": "size", "op": "eq", "value": "2"}, 2),
        ({"trait": "active", "op": "eq", "value": "1"}, True),
        ({"trait": "active", "op": "eq", "value": "False"}, False),
        ({"trait": "plan", "op": "eq", "value": 7}, "7"),
        ({"trait": "plan", "op": "eq", "value": True}, "true"),
        ({"trait": "both", "op": "eq", "value": "7"}, "7"),
        ({"trait": "nobody knows", "op": "eq", "value": "7"}, "7"),
        ({"events": ["Bought"], "op": "ge", "value": "2"}, 2),
        ({"events": "Bought", "measure": "last", "of": "gift", "op": "eq", "value": "yes"}, True),
    ],
)
def test_constants_of_imported_rules_are_brought_to_the_kind_of_their_field(told, meant):
    assert from_json(told, coerce="lenient", schema=KINDS).to_json()["value"] == (
        list(meant) if isinstance(meant, tuple) else meant
    )
    assert type(from_json(told, coerce="lenient", schema=KINDS).to_json()["value"]) is (
        list if isinstance(meant, tuple) else type(meant)
    )


def test_inside_of_where_and_joined_rules_constants_are_brought_too():
    told = {"not": {"events": ["Bought"], "where": {"all": [{"property": "total", "op": "gt", "value": "5"}]}}}
    told["not"] |= {"op": "ge", "value": "1"}
    assert from_json(told, coerce="lenient", schema=KINDS) == ~(
        events("Bought").where(all_of(prop("total") > 5)).count() >= 1
    )


@given(material.rules | material.more_leaves)
def test_what_fits_already_stays_as_it_is(rule):
    assert from_json(rule.to_json(), coerce="lenient", schema=Schema()) == rule


def test_what_means_nothing_of_the_kind_is_refused():
    for wrong in ("many", "NaN", "1_000", "", None):
        with pytest.raises(InvalidRulesError) as refused:
            from_json({"trait": "age", "op": "ge", "value": wrong}, coerce="lenient", schema=KINDS)
        assert refused.value.field.startswith("rule")
    with pytest.raises(InvalidRulesError, match="schema"):
        from_json({"trait": "age", "op": "ge", "value": "1"}, coerce="lenient")
    with pytest.raises(InvalidRulesError, match="coerce"):
        from_json({"trait": "age", "op": "ge", "value": "1"}, coerce="soft")  # type: ignore[arg-type]  # the slip
    with pytest.raises(InvalidRulesError):
        from_json({"events": 5, "op": [], "value": {}}, coerce="lenient", schema=KINDS)
