"""The fold is a function of the set of facts: order, batches, repetition and lateness change nothing."""

import attrs
from hypothesis import given, strategies as st
from tests.profiles.told import RULES, facts, group, hour, identify, record, track

from unified_profile.model import Event, EventType, Profile, SourceRecord
from unified_profile.profiles import FoldState, ProfileRules, fold, fold_accounts, history
from unified_profile.profiles.canonical import canonical
from unified_profile.testing import strategies

NOW = hour(5)


def folded(told, **more) -> Profile:
    return fold(told, RULES, profile_id="p1", **({"now": NOW} | more))


def state_of(told) -> FoldState:
    state = FoldState(RULES)
    state.update(told)
    return state


@given(st.data())
def test_any_order_and_any_repetition_give_the_same_profile(data):
    told = data.draw(facts())
    again = data.draw(strategies.shuffled(told, duplicates=True))
    assert folded(again) == folded(told)
    assert repr(folded(again)) == repr(folded(told))
    assert [canonical(trait.value) for trait in folded(again).traits.values()] == [
        canonical(trait.value) for trait in folded(told).traits.values()
    ]


@given(st.data())
def test_the_facts_of_the_test_kit_fold_alike_in_any_order(data):
    told = data.draw(strategies.facts())
    assert folded(data.draw(strategies.shuffled(told, duplicates=True))) == folded(told)


@given(st.data())
def test_facts_that_come_one_by_one_or_in_batches_give_the_same_profile(data):
    told = data.draw(facts())
    state = FoldState(RULES)
    for batch in data.draw(strategies.batched(told)):
        if len(batch) == 1:
            state.add(batch[0])
        else:
            state.update(batch)
        state.result(profile_id="p1", now=NOW)  # asking in between changes nothing
    assert state.result(profile_id="p1", now=NOW) == folded(told)
    assert state.changes_at(NOW) == state_of(told).changes_at(NOW)


@given(st.data())
def test_states_merge_in_any_grouping_order_and_overlap(data):
    told = data.draw(facts())
    parts = [
        [fact for fact in told if data.draw(st.booleans())],
        [fact for fact in told if data.draw(st.booleans())],
        told,
    ]
    one, two, three = (state_of(part) for part in data.draw(st.permutations(parts)))
    if data.draw(st.booleans()):
        one.merge(two)
        one.merge(three)
    else:
        two.merge(three)
        two.merge(two)
        one.merge(two)
    assert one.result(profile_id="p1", now=NOW) == folded(told)


@given(facts(), st.integers(0, 7), st.integers(0, 16))
def test_as_of_and_known_at_are_the_fold_of_what_had_happened_and_was_known(told, happened, learned):
    as_of, known_at = hour(happened), hour(learned)
    then = [fact for fact in told if fact.occurred_at <= as_of and (fact.recorded_at or fact.occurred_at) <= known_at]
    expected = attrs.evolve(folded(then, now=as_of), as_of=as_of, known_at=known_at)
    assert folded(told, as_of=as_of, known_at=known_at) == expected
    assert history(told, "recent", RULES, as_of=as_of, known_at=known_at) == history(then, "recent", RULES)
    assert fold_accounts({"p1": told}, RULES, as_of=as_of, known_at=known_at) == fold_accounts({"p1": then}, RULES)


@given(facts())
def test_every_trait_says_where_it_comes_from(told):
    by_id = {fact.id: fact for fact in told}
    for trait in folded(told).traits.values():
        counts_nothing = trait.value in (0, [], {}) and trait.rule.startswith("computed:")
        assert trait.provenance or counts_nothing
        for source in (*trait.provenance, *(loser for _, loser in trait.losers)):
            assert by_id[source.fact_id].source == source.source
            assert by_id[source.fact_id].occurred_at == source.occurred_at


@given(facts())
def test_a_told_value_was_told_by_the_fact_it_names(told):
    by_id = {fact.id: fact for fact in told}
    for trait in folded(told).traits.values():
        if trait.rule in {"most_recent", "first", "most_trusted", "most_frequent", "longest"}:
            fact = by_id[trait.provenance[0].fact_id]
            said = fact.attributes if isinstance(fact, SourceRecord) else {**fact.properties, **fact.traits}
            names = {trait.name, "kind", "firstName"}
            assert any(canonical(trait.value) == canonical(said[name]) for name in names if name in said)


@given(st.data())
def test_accounts_do_not_depend_on_the_order_either(data):
    told = data.draw(facts())
    again = data.draw(strategies.shuffled(told, duplicates=True))
    people, turned = {"p1": told, "p2": told[:4]}, {"p2": told[:4], "p1": again}
    assert fold_accounts(turned, RULES) == fold_accounts(people, RULES)


@given(st.data())
def test_history_does_not_depend_on_the_order(data):
    told = data.draw(facts())
    again = data.draw(strategies.shuffled(told, duplicates=True))
    for name in ("recent", "firstName", "given_name"):
        assert history(again, name, RULES) == history(told, name, RULES)
    assert history(told, "firstName", RULES) == history(told, "given_name", RULES)


def test_a_profile_tells_when_it_was_first_and_last_heard_of():
    told = [track("b", 3), record("a", 1, {}), group("c", 2, "kawa"), group("d", 2, "hoshi")]
    person = folded(told)
    assert (person.first_at, person.last_at, person.n_facts) == (hour(1), hour(3), 4)
    assert person.accounts == ("hoshi", "kawa")


def test_nobody_said_anything():
    assert fold([], profile_id="p1") == Profile("p1", {})


def test_a_late_fact_takes_the_place_of_its_time():
    told = [record("f1", 1, {"city": "Kyoto"}), record("f3", 3, {"city": "Nara"})]
    late = record("f2", 2, {"city": "Osaka"}, recorded_at=hour(99))
    assert fold([*told, late], profile_id="p1").traits["city"].value == "Nara"
    assert [value for value, _ in history([*told, late], "city")] == ["Kyoto", "Osaka", "Nara"]
    assert [value for value, _ in history([*told, late], "city", known_at=hour(9))] == ["Kyoto", "Nara"]


def test_what_a_group_call_says_is_not_said_of_the_person():
    assert "name" not in fold([group("f1", 1, "kawa", {"name": "Kawa"})], profile_id="p1").traits


def test_a_refold_after_an_error_does_not_count_twice():
    bad = Event(id="bad", source="s", type=EventType.IDENTIFY, occurred_at=hour(1), traits={"x": object()})  # type: ignore[dict-item]  # junk
    state = FoldState(ProfileRules())
    state.update([identify("a", 1, {"y": 1}), bad, bad])
    assert state.result(profile_id="p1").n_facts == 2
