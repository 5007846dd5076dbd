"""A correction stands against what it corrected, under every rule, and whatever order facts come in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile import Event, EventType, Identifier, SourceRecord
from unified_profile.profiles import ProfileRules, first, fold, most_frequent, most_recent, most_trusted
from unified_profile.profiles.rectified import RECTIFIED, SOURCE
from unified_profile.profiles.survivorship import longest, maximum, minimum, union
from unified_profile.testing.identity_programs import moment

RULES = {
    "most_recent": most_recent(), "first": first(), "most_frequent": most_frequent(), "longest": longest(),
    "minimum": minimum(), "maximum": maximum(), "most_trusted": most_trusted(["crm", "shop"]),
}  # fmt: skip


def told(day: int, city: Any, source: str = "crm", key: str = "1") -> SourceRecord:
    return SourceRecord(id=f"{source}{key}-{day}", source=source, key=key, occurred_at=moment(day),
                        attributes={"city": city})  # fmt: skip


def corrected(day: int, city: Any, wrong: list[Any], source: str = SOURCE) -> Event:
    return Event(id=f"fix-{day}", source=source, type=EventType.IDENTIFY, occurred_at=moment(day),
                 identifiers=[Identifier("email", "a@x.example")], traits={"city": city},
                 context={RECTIFIED: {"city": wrong}})  # fmt: skip


def city(facts: list[Any], rule: str, **more: Any) -> Any:
    return fold(facts, ProfileRules(default=RULES[rule]), profile_id="p", **more).traits["city"].value


@pytest.mark.parametrize("rule", RULES)
def test_a_correction_wins_over_all_that_was_told_before_and_over_its_being_told_again(rule):
    facts = [told(1, "Osaka"), told(2, "Zzz Osaka", "shop"), corrected(3, "Kyoto", ["Osaka", "Zzz Osaka"]),
             told(4, "Osaka"), told(5, "Zzz Osaka", "shop", "9")]  # fmt: skip
    assert city(facts, rule) == "Kyoto"
    assert city(facts[:2], rule) != "Kyoto"


def test_news_is_news():
    facts = [told(1, "Osaka"), corrected(3, "Kyoto", ["Osaka"]), told(4, "Nara")]
    assert city(facts, "most_recent") == "Nara"
    assert city(facts, "first") == "Kyoto"


@pytest.mark.parametrize("rule", RULES)
def test_the_newest_correction_counts(rule):
    facts = [told(1, "Osaka"), corrected(3, "Kyoto", ["Osaka"]), corrected(4, "Nara", ["Kyoto"])]
    assert city(facts, rule) == "Nara"


def test_what_was_wrong_is_still_told_among_the_losers_and_as_of_then():
    facts: list[Any] = [told(1, "Osaka"), corrected(3, "Kyoto", ["Osaka"])]
    profile = fold(facts, profile_id="p")
    assert [value for value, _ in profile.traits["city"].losers] == ["Osaka"]
    assert fold(facts, profile_id="p", as_of=moment(2)).traits["city"].value == "Osaka"


def test_a_value_can_be_corrected_to_none():
    assert city([told(1, "Osaka"), corrected(3, None, ["Osaka"]), told(4, "Osaka")], "most_recent") is None


def test_nobody_else_can_call_it_a_correction():
    facts = [told(1, "Osaka"), corrected(3, "Kyoto", ["Osaka"], source="web"), told(4, "Osaka")]
    assert city(facts, "most_recent") == "Osaka"


@pytest.mark.parametrize("junk", [7, ["Osaka"], {"city": "Osaka"}, {"city": [{"a": [1]}]}, {}])
def test_a_correction_that_does_not_say_what_was_wrong_still_counts_for_itself(junk):
    event = Event(id="fix", source=SOURCE, type=EventType.IDENTIFY, occurred_at=moment(3), traits={"city": "Kyoto"},
                  context={RECTIFIED: junk})  # fmt: skip
    assert city([told(1, "Osaka"), event], "first") == "Kyoto"


cities = st.sampled_from(["Osaka", "Kyoto", "Nara", None])
some_facts = st.lists(
    st.one_of(
        st.builds(told, st.integers(0, 9), cities, st.sampled_from(["crm", "shop"]), st.sampled_from("12")),
        st.builds(corrected, st.integers(0, 9), cities, st.lists(cities, max_size=2)),
    ),
    min_size=1, max_size=7, unique_by=lambda fact: fact.id,
)  # fmt: skip


@given(some_facts, st.sampled_from([*RULES, "union"]), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(facts, rule, random):
    rules = ProfileRules(default=RULES.get(rule, union()))
    shuffled = [*facts, *facts[:2]]
    random.shuffle(shuffled)
    assert fold(shuffled, rules, profile_id="p") == fold(facts, rules, profile_id="p")


@given(some_facts)
def test_after_the_last_correction_nothing_that_it_corrected_is_ever_taken_for_true(facts):
    fixes = [fact for fact in facts if isinstance(fact, Event)]
    if not fixes:
        return
    last = max(fixes, key=lambda fact: (fact.occurred_at, fact.id))
    wrong: Any = last.context[RECTIFIED]
    for rule in RULES:
        value = city(facts, rule, as_of=moment(9) + timedelta(1))
        assert value == last.traits["city"] or value not in wrong["city"]
