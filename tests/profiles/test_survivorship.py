"""Which value survives: the rules people will recognize, and a slow reference that reads like the documentation."""

from typing import Any

import pytest
from hypothesis import given
from tests.profiles.told import RULES, facts, hour, identify, record, track

from unified_profile.errors import InvalidFactError, InvalidRulesError, UnknownNameError
from unified_profile.model import Event, EventType, SourceRecord, Trait
from unified_profile.profiles import (
    ProfileRules,
    Survivorship,
    custom,
    first,
    fold,
    longest,
    maximum,
    minimum,
    most_frequent,
    most_recent,
    most_trusted,
    total,
    union,
)
from unified_profile.profiles.canonical import canonical


def survivor(rule: Survivorship, *told, sources=(), **rules) -> Trait:
    return fold(told, ProfileRules(traits={"x": rule}, sources=sources, **rules), profile_id="p1").traits["x"]


def said(at: float, value, source: str = "crm", key: str = "1") -> SourceRecord:
    return record(f"{source}{key}@{at}:{canonical(value)}", at, {"x": value}, source=source, key=key)


def test_the_most_recent_value_holds_and_the_other_lost():
    trait = survivor(most_recent(), said(1, "old", "crm"), said(2, "new", "shop"))
    assert (trait.value, trait.rule, trait.provenance[0].source) == ("new", "most_recent", "shop")
    assert [(value, source.source) for value, source in trait.losers] == [("old", "crm")]


def test_who_says_the_same_stands_behind_the_value():
    trait = survivor(most_recent(), said(1, "a", "crm"), said(2, "a", "shop"), said(0, "b", "web"))
    assert [source.source for source in trait.provenance] == ["shop", "crm"]
    assert [value for value, _ in trait.losers] == ["b"]


def test_an_older_state_of_the_same_record_is_history_and_no_rival():
    trait = survivor(most_frequent(), said(1, "old"), said(2, "old"), said(3, "new"), said(1, "new", "shop"))
    assert (trait.value, trait.losers) == ("new", ())


def test_a_newer_state_without_the_attribute_leaves_the_older_value_standing():
    assert survivor(most_recent(), said(1, "a"), record("r", 2, {"other": 1}, key="1")).value == "a"


def test_a_later_null_clears_the_trait_and_missing_is_something_else():
    trait = survivor(most_recent(), said(1, "a"), said(2, None))
    assert trait.value is None
    assert "y" not in fold([said(2, None)], profile_id="p1").traits


def test_a_null_of_one_record_clears_only_its_own_value_where_rules_look_at_content():
    for rule in (longest(), most_frequent(), minimum(), maximum()):
        assert survivor(rule, said(1, "a"), said(2, None), said(1, "b", "shop")).value == "b"
    assert survivor(union(), said(1, "a"), said(2, None), said(1, "b", "shop")).value == ["b"]


def test_where_nobody_has_a_value_left_the_value_is_none():
    for rule in (longest(), most_frequent(), minimum(), union(), total(), first()):
        trait = survivor(rule, said(2, None), said(1, None, "shop"))
        assert trait.value is None
        assert trait.provenance[0].source == "crm"


def test_the_most_trusted_source_holds_even_when_it_says_that_there_is_no_value():
    told = (said(1, "a", "crm"), said(2, "b", "shop"), said(3, "c", "web"))
    assert survivor(most_trusted(["shop", "crm"]), *told).value == "b"
    assert survivor(most_trusted(), *told, sources=["crm"]).value == "a"
    assert survivor(most_trusted(["nobody"]), *told).value == "c"
    assert survivor(most_trusted(["shop"]), *told, said(4, None, "shop")).value is None
    assert survivor(most_trusted(["shop", "crm"]), *told).rule == "most_trusted(shop, crm)"


def test_the_first_value_ever_told_holds_whatever_the_record_says_later():
    told = (said(1, None), said(2, "store"), said(3, "web"), said(2.5, "app", "shop"))
    trait = survivor(first(), *told)
    assert (trait.value, trait.provenance[0].occurred_at) == ("store", hour(2))
    assert [value for value, _ in trait.losers] == ["app"]


def test_the_most_frequent_value_counts_voices_and_the_latest_wins_a_tie():
    told = (said(1, "a", key="1"), said(2, "a", key="2"), said(3, "b", key="3"))
    assert survivor(most_frequent(), *told).value == "a"
    assert survivor(most_frequent(), *told, said(4, "b", key="4")).value == "b"


def test_the_longest_text_holds():
    assert survivor(longest(), said(1, "Katharina"), said(2, "Kat", "shop"), said(3, None, "web")).value == "Katharina"


def test_a_union_holds_everything_once_and_sorted():
    trait = survivor(union(), said(1, ["b", 10, "a"]), said(2, "b", "shop"), said(3, 9, "web"))
    assert trait.value == [9, 10, "a", "b"]
    assert len(trait.provenance) == 3
    assert survivor(union(), said(1, "a")).value == ["a"]


def test_extremes_compare_numbers_first_and_never_booleans():
    told = (said(1, 10), said(2, 9.5, "shop"), said(3, "0", "web"), said(4, value=True, source="app"))
    assert (survivor(minimum(), *told).value, survivor(maximum(), *told).value) == (9.5, 10)
    dates = (said(1, "2026-03-01"), said(2, "2025-12-31", "shop"))
    assert (survivor(minimum(), *dates).value, survivor(maximum(), *dates).value) == ("2025-12-31", "2026-03-01")


def test_extremes_of_what_cannot_be_compared_are_none_and_everything_lost():
    trait = survivor(maximum(), said(1, {"a": 1}), said(2, value=True, source="shop"))
    assert trait.value is None
    assert [value for value, _ in trait.losers] == [True, {"a": 1}]


def test_a_total_adds_what_each_card_says_now_exactly():
    cards = (said(1, 0.1, key="1"), said(2, 0.2, key="1"), said(1, 0.1, key="2"))
    assert survivor(total(), *cards).value == 0.3
    assert survivor(total(), said(1, "12")).value is None


def test_a_rule_of_ones_own_sees_values_weakest_first():
    rule = custom("joined", lambda found: "+".join(str(one.value) for one in found))
    trait = survivor(rule, said(2, "b"), said(1, "a", "shop"), said(3, None, "web"))
    assert (trait.value, trait.rule) == ("a+b", "custom:joined")
    assert [source.source for source in trait.provenance] == ["crm", "shop"]


def test_what_was_told_beats_what_was_inferred_under_every_rule():
    guess = said(9, "a much longer guess", "guesser")
    for rule in (most_recent(), most_trusted(["guesser"]), most_frequent(), longest(), maximum()):
        trait = survivor(rule, said(1, "Z"), guess, inferred=["guesser"])
        assert (trait.value, trait.losers[0][1].basis) == ("Z", "inferred")
    assert survivor(union(), said(1, "a"), guess, inferred=["guesser"]).value == ["a"]
    assert survivor(most_recent(), said(1, None), guess, inferred=["guesser"]).value is None
    assert survivor(most_recent(), guess, inferred=["guesser"]).value == "a much longer guess"


def test_properties_become_inferred_traits_where_the_rules_say_so():
    bought = track("t", 5, shipping={"city": "Osaka"})
    rules = ProfileRules(properties={"shipping.city": "city"})
    trait = fold([bought], rules, profile_id="p1").traits["city"]
    assert (trait.value, trait.provenance[0].basis) == ("Osaka", "inferred")
    assert fold([bought, record("r", 1, {"city": "Nara"})], rules, profile_id="p1").traits["city"].value == "Nara"
    assert fold([bought], profile_id="p1").traits == {}


def test_identify_calls_are_explicit_and_records_are_observed():
    told = fold([identify("i", 1, {"a": 1}), record("r", 1, {"b": 1})], profile_id="p1").traits
    assert (told["a"].provenance[0].basis, told["b"].provenance[0].basis) == ("explicit", "observed")


def test_calls_about_two_logins_are_two_voices_and_calls_about_one_are_one():
    told = [identify("i1", 1, {"x": 10}), identify("i2", 2, {"x": 20}), identify("i3", 1, {"x": 5}, who="u2")]
    assert survivor(total(), *told).value == 25


def test_at_one_instant_trust_decides_then_a_value_beats_a_null():
    told = (said(1, "a", "crm"), said(1, "b", "shop"))
    assert survivor(most_recent(), *told, sources=["crm", "shop"]).value == "a"
    assert survivor(most_recent(), *told, sources=["shop", "crm"]).value == "b"
    assert survivor(most_recent(), said(1, None), said(1, "a")).value == "a"


def test_an_attribute_is_known_by_its_trait_and_its_own_name_wins():
    told = record("r", 1, {"lastName": "alias", "family_name": "own", "first_name": "by alphabet", "firstName": "Taro"})
    traits = fold([told], profile_id="p1").traits
    assert {name: trait.value for name, trait in traits.items()} == {"family_name": "own", "given_name": "Taro"}


def test_what_is_not_json_is_refused_without_showing_it():
    odd = object()
    for junk in (odd, {1: "a"}, float):
        with pytest.raises(InvalidFactError) as caught:
            fold([said_raw("a", junk, "crm"), said_raw("b", junk, "shop")], profile_id="p1")
        assert repr(odd) not in str(caught.value)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidFactError, match="nested too deeply"):
        fold([said_raw("a", deep, "crm"), said_raw("b", deep, "shop")], profile_id="p1")


def said_raw(id, value, source):
    return record(id, 1, {"x": value}, source=source)


def test_strange_numbers_and_texts_still_have_an_order():
    values = [float("nan"), float("inf"), 10**5000, -(10**5000), "\ud800", "\x00", 1e308, 5e-324, "あ" * 10_000]
    told = [record(f"f{at}", 1, {"x": value}, key=str(at)) for at, value in enumerate(values)]
    for rule in (most_recent(), most_frequent(), longest(), union(), minimum(), maximum(), total()):
        assert canonical(survivor(rule, *told).value) == canonical(survivor(rule, *reversed(told)).value)


def test_a_custom_rule_that_is_not_there_is_named():
    with pytest.raises(UnknownNameError, match="custom:lost"):
        survivor(Survivorship("custom:lost"), said(1, "a"))
    with pytest.raises(InvalidRulesError, match="has no name"):
        custom("", len)
    with pytest.raises(InvalidRulesError, match="bare string"):
        most_trusted("crm")


# --- a slow reference, written from the documentation ----------------------------------------------------------------


def statements(told, name):
    """Everything said of *name*: (voice, at, fact, value, inferred)."""
    for fact in {fact.id: fact for fact in told}.values():
        if isinstance(fact, SourceRecord):
            voice, given = ("record", fact.source, fact.key), fact.attributes
        elif isinstance(fact, Event) and fact.type is not EventType.GROUP:
            voice, given = (
                ("call", fact.source, repr(fact.identifiers[:1]) + "".join(i.value for i in fact.identifiers)),
                fact.traits,
            )
            for path, trait in RULES.properties.items():
                if trait == name and path in fact.properties:
                    value = fact.properties[path]
                    if value == []:
                        continue
                    yield ("property", fact.source), fact, value, True
        else:
            continue
        if name in given:
            yield voice, fact, given[name], fact.source == "guesser"
        elif name == "given_name" and "firstName" in given:
            yield voice, fact, given["firstName"], fact.source == "guesser"


def strength(statement):
    _, fact, value, _ = statement
    trust = {"shop": 2, "crm": 1}.get(fact.source, 0)
    return (fact.occurred_at, trust, value is not None, fact.source, canonical(value), fact.id)


def reference(told, name, rule):
    """The surviving value, or "missing"."""
    voices: dict[object, list[Any]] = {}
    for statement in statements(told, name):
        voices.setdefault(statement[0], []).append(statement)
    if not voices:
        return "missing"
    if rule == "first":
        candidates = []
        for spoken in voices.values():
            valued = [one for one in spoken if one[2] is not None] or spoken
            earliest = min(one[1].occurred_at for one in valued)
            candidates.append(max((one for one in valued if one[1].occurred_at == earliest), key=strength))
    else:
        candidates = [max(spoken, key=strength) for spoken in voices.values()]
    candidates = [one for one in candidates if not one[3]] or candidates
    candidates.sort(key=strength)
    if rule == "most_recent":
        return candidates[-1][2]
    if rule == "most_trusted":
        return max(candidates, key=lambda one: ({"shop": 2, "crm": 1}.get(one[1].source, 0), strength(one)))[2]
    values = [one[2] for one in candidates if one[2] is not None]
    if not values:
        return None
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    texts = [value for value in values if isinstance(value, str)]
    if rule == "first":
        earliest = min(one[1].occurred_at for one in candidates if one[2] is not None)
        return [one[2] for one in candidates if one[2] is not None and one[1].occurred_at == earliest][-1]
    if rule == "most_frequent":
        most = max(sum(canonical(other) == canonical(value) for other in values) for value in values)
        return [v for v in values if sum(canonical(other) == canonical(v) for other in values) == most][-1]
    if rule == "longest":
        lengths = [len(value) if isinstance(value, str) else len(canonical(value)) for value in values]
        return [value for value, length in zip(values, lengths, strict=True) if length == max(lengths)][-1]
    if rule in {"minimum", "maximum"}:
        pool = numbers or texts
        return None if not pool else (min if rule == "minimum" else max)(pool)
    raise AssertionError(rule)


@given(facts(max_size=18))
def test_the_fold_agrees_with_the_slow_reference(told):
    traits = fold(told, RULES, profile_id="p1", now=hour(9)).traits
    for name in ("recent", "given_name", "size", "first", "trusted", "frequent", "longest", "least", "most"):
        expected = reference(told, name, RULES.rule(name).name)
        found = traits[name].value if name in traits else "missing"
        assert canonical(found) == canonical(expected), name
