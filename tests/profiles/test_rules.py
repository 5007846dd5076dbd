"""Rules are data: they keep, compare, travel as JSON, and refuse what contradicts itself."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.profiles.told import RULES, facts, hour

from unified_profile.errors import InvalidRulesError, UnifiedProfileError, UnknownNameError
from unified_profile.profiles import (
    FoldState,
    ProfileRules,
    computed,
    first,
    fold,
    most_recent,
    most_trusted,
    union,
)
from unified_profile.profiles.survivorship import KNOWN, custom

FUNCTIONS: dict[str, Any] = {"texts": lambda candidates: [str(candidate.value) for candidate in candidates]}


@given(facts())
def test_rules_that_travelled_as_json_fold_alike(told):
    again = ProfileRules.from_json(json.loads(json.dumps(RULES.to_json())), functions=FUNCTIONS)
    assert again == RULES
    assert hash(again) == hash(RULES)
    assert fold(told, again, profile_id="p1", now=hour(5)) == fold(told, RULES, profile_id="p1", now=hour(5))


def test_an_empty_form_is_the_usual_rules():
    assert ProfileRules.from_json({}) == ProfileRules()


def test_the_fingerprint_tells_rules_apart_and_not_how_they_were_written():
    one = ProfileRules(traits={"a": first(), "b": union()}, renames={"x": "a", "y": "b"})
    assert one == ProfileRules(traits={"b": union(), "a": first()}, renames={"y": "b", "x": "a"})
    different = [
        ProfileRules(),
        ProfileRules(default=first()),
        ProfileRules(traits={"a": first()}),
        ProfileRules(traits={"a": most_trusted(["x", "y"])}),
        ProfileRules(traits={"a": most_trusted(["y", "x"])}),
        ProfileRules(traits={"a": custom("mine", lambda candidates: None)}),
        ProfileRules(sources=["x"]),
        ProfileRules(renames={}),
        ProfileRules(properties={"x": "y"}),
        ProfileRules(inferred=["x"]),
        ProfileRules(computed=[computed("n", "count")]),
        ProfileRules(computed=[computed("n", "count", type=None)]),
        ProfileRules(computed=[computed("n", "count", where={"x": True})]),
        ProfileRules(computed=[computed("n", "count", where={"x": 1})]),
    ]
    assert len({rules.fingerprint for rules in different}) == len(different)


def test_rules_cannot_change_under_their_fingerprint():
    traits = {"a": first()}
    rules = ProfileRules(traits=traits)
    traits["b"] = union()
    assert rules == ProfileRules(traits={"a": first()})
    with pytest.raises(TypeError):
        rules.traits["b"] = union()  # type: ignore[index]  # the point


def test_every_rule_has_a_form():
    for make in (*KNOWN.values(), lambda: most_trusted(["a"]), most_trusted):
        rules = ProfileRules(default=make())
        assert ProfileRules.from_json(rules.to_json()) == rules


def test_contradictions_are_refused_with_the_field():
    for make, field in (
        (lambda: ProfileRules(renames={"a": "b", "b": "c"}), "renames.a"),
        (lambda: ProfileRules(traits={"firstName": first()}), "traits.firstName"),
        (lambda: ProfileRules(computed=[computed("n", "count"), computed("n", "count")]), "computed 'n'"),
        (lambda: ProfileRules(traits={"n": first()}, computed=[computed("n", "count")]), "computed 'n'"),
        (lambda: ProfileRules(sources=["a", "a"]), "sources"),
        (lambda: ProfileRules(sources="crm"), "sources"),
        (lambda: ProfileRules.from_json([]), "rules"),
        (lambda: ProfileRules.from_json({"version": 2}), "version"),
        (lambda: ProfileRules.from_json({"sauces": []}), "sauces"),
        (lambda: ProfileRules.from_json({"sources": "crm"}), "sources"),
        (lambda: ProfileRules.from_json({"renames": {"a": 1}}), "renames"),
        (lambda: ProfileRules.from_json({"traits": {"a": "first"}}), "traits.a"),
        (
            lambda: ProfileRules.from_json({"traits": {"a": {"rule": "most_trusted", "sources": "x"}}}),
            "traits.a.sources",
        ),
        (
            lambda: ProfileRules.from_json({"computed": [{"name": "n", "function": "count", "windows": 1}]}),
            "computed.0.windows",
        ),
        (
            lambda: ProfileRules.from_json({"computed": [{"name": "n", "function": "count", "window_us": 10**30}]}),
            "computed.0",
        ),
        (
            lambda: ProfileRules.from_json({"computed": [{"name": "n", "function": "count", "type": "tracks"}]}),
            "computed.0",
        ),
    ):
        with pytest.raises(InvalidRulesError) as caught:
            make()
        assert caught.value.field == field


def test_a_custom_function_that_nobody_registered_is_named():
    with pytest.raises(UnknownNameError, match="'texts'"):
        ProfileRules.from_json(RULES.to_json())
    with pytest.raises(UnknownNameError, match="did you mean 'most_recent'"):
        ProfileRules.from_json({"default": {"rule": "most_recents"}})


def test_states_of_different_rules_or_moments_do_not_merge():
    for other in (FoldState(RULES), FoldState(as_of=hour(1)), FoldState(known_at=hour(1))):
        with pytest.raises(InvalidRulesError, match="fold both alike"):
            FoldState().merge(other)


def test_the_usual_rule_is_the_most_recent():
    assert ProfileRules().rule("anything") == most_recent()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PARTS = st.sampled_from(["version", "traits", "default", "computed", "sources", "renames", "properties", "inferred"])
TRAIT = st.dictionaries(
    st.sampled_from(["name", "function", "events", "path", "where", "window_us", "currency", "type"]), JUNK
)


@given(st.dictionaries(PARTS, JUNK | st.lists(TRAIT, max_size=2), max_size=4) | JUNK)
def test_junk_is_rules_or_a_typed_error(body):
    try:
        rules = ProfileRules.from_json(body)
    except UnifiedProfileError:
        return
    assert ProfileRules.from_json(rules.to_json()) == rules
