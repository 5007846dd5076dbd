"""Laws 1, 2 and 3 of a whole hub: partition, profiles with their computed traits, permissions; never ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import attrs
import pytest
from hypothesis import assume, given, strategies as st
from tests.hub.worlds import (
    STORES,
    Clock,
    Story,
    contents,
    hub_over,
    model_of,
    said,
    some,
    stories,
    tell,
    told,
    who_is_who,
)

from unified_profile import Hub, Identifier, MemoryStore
from unified_profile.errors import UnknownProfileError
from unified_profile.model import Fact, Judgement, Link, ModelAdopted, Retraction, Severance, Verdict
from unified_profile.testing.identity_programs import MODELS, identity_rules, moment
from unified_profile.testing.identity_reference import reference
from unified_profile.testing.strategies import batched, shuffled

KINDS = ("dense", "contested", "sparse")


def whom(story: Story) -> list[Identifier]:
    """Return every identifier that a story names."""
    named = [identifier for fact in story.facts for identifier in getattr(fact, "identifiers", ())]
    named += [end for link in story.links for end in (link.left, link.right)]
    return list(dict.fromkeys(named))


# --- law 1: order-free -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_however_it_is_told_who_is_who_is_what_the_slow_reference_says(kind):
    @some(0.8)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        order = data.draw(shuffled([*story.facts, *story.links], duplicates=True))
        hub = told(story.rules, order, data.draw(st.integers(1, 6)))
        expected = reference(story.facts, story.rules, links=story.links, model=story.model)
        assert who_is_who(hub) == (expected.profiles, expected.nobody)

    law()


@pytest.mark.parametrize(("store", "share"), [("memory", 0.4), ("sqlite", 0.06), ("sqlalchemy", 0.04)])
@pytest.mark.parametrize("kind", KINDS)
def test_order_batches_repetition_lateness_and_store_change_nothing(kind, store, share):
    @some(share)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        everything_told = [*story.facts, *story.links]
        again = data.draw(shuffled([late(fact, data) for fact in everything_told], duplicates=True))
        with STORES[store]() as empty:
            other = told(story.rules, again, data.draw(st.integers(1, 6)), empty)
            assert contents(other) == contents(told(story.rules, everything_told))

    law()


def late(fact: Fact | Link, data: st.DataObject) -> Fact | Link:
    """Return *fact* as it is, or as it would be had it come in later."""
    if isinstance(fact, Link) or data.draw(st.booleans()):
        return fact
    return attrs.evolve(fact, recorded_at=fact.occurred_at + timedelta(days=3))


def test_of_two_weights_of_a_link_the_heavier_counts_whichever_came_first():
    one, other = Identifier.record("crm", "1"), Identifier.record("crm", "2")
    links = [Link(one, other, weight, "m") for weight in (1.0, 9.0)]
    weights = []
    for order in (links, links[::-1]):
        hub = Hub(MemoryStore())
        hub.ingest([ModelAdopted(id="m", source="desk", occurred_at=moment(0), kind="records", fingerprint="m")])
        for link in order:
            hub.link([link])
        weights.append([item.weight for item in hub.review(reason="a test")])
    assert weights == [[9.0], [9.0]]


# --- law 2: reversible -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_taken_back_is_as_if_it_had_never_been_said(kind):
    @some(0.35)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        facts = [fact for fact in story.facts if not isinstance(fact, Retraction)]
        statements = [fact for fact in facts if isinstance(fact, (Judgement, Severance, ModelAdopted))]
        assume(statements)
        wrong = data.draw(st.lists(st.sampled_from(statements), min_size=1, max_size=3, unique_by=lambda one: one.id))
        back = [Retraction(id=f"back-{one.id}", source="desk", occurred_at=moment(9), fact_id=one.id) for one in wrong]
        order = data.draw(st.permutations([*facts, *story.links, *back]))
        never = [one for one in order if one not in wrong and one not in back]
        assert contents(told(story.rules, order, 3)) == contents(told(story.rules, never))

    law()


def test_another_model_leaves_nothing_of_the_one_before():
    @some(0.4)
    @given(stories("sparse"), st.data())
    def law(story, data):
        facts = [fact for fact in story.facts if not isinstance(fact, ModelAdopted)]
        old, new = (adopted(name, moment(50 + place)) for place, name in enumerate(MODELS))
        order = data.draw(st.permutations([*facts, *story.links, old, new]))
        never = [*facts, *(link for link in story.links if link.model == MODELS[1]), new]
        assert contents(told(story.rules, order, 3)) == contents(told(story.rules, never))

    law()


def adopted(model: str, at) -> ModelAdopted:
    return ModelAdopted(id=f"adopted-{model}", source="desk", occurred_at=at, kind="records", fingerprint=model)


def test_doubt_suspends_the_link_of_exactly_that_pair():
    @some(0.4)
    @given(stories("sparse"), st.data())
    def law(story, data):
        assume(story.links)
        link = data.draw(st.sampled_from(story.links))
        doubt = Judgement(
            id="unsure", source="desk", occurred_at=moment(90), left=link.right, right=link.left, verdict=Verdict.UNSURE
        )
        pair = {link.left, link.right}
        facts = [f for f in story.facts if not (isinstance(f, Judgement) and {f.left, f.right} == pair)]
        order = data.draw(st.permutations([*facts, *story.links, doubt]))
        never = [*facts, *(other for other in story.links if {other.left, other.right} != pair)]
        doubted, without = (who_is_who(told(story.rules, some_told)) for some_told in (order, never))
        assert doubted == without

    law()


# --- law 3: as of, and as known --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_as_known_then_is_what_a_hub_would_say_that_was_told_nothing_since(kind):
    @some(0.2)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        limit = moment(data.draw(st.integers(0, 12)))
        now = told(story.rules, data.draw(shuffled(list(story.facts))), 3)
        then = told(story.rules, [fact for fact in story.facts if fact.recorded_at <= limit])
        for who in whom(story):
            assert said(now, who, known_at=limit) == said(then, who)

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_a_hub_remembers_what_it_said_and_under_which_id_whatever_it_learned_since(kind):
    """Merges, splits, severances, links, and other rules in between."""

    @some(0.15)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        order = [
            one if isinstance(one, Link) else attrs.evolve(one, recorded_at=None)
            for one in data.draw(shuffled([*story.facts, *story.links]))
        ]
        batches = data.draw(batched(order))
        other_rules = data.draw(st.none() | st.none() | identity_rules(kind))
        asked = data.draw(st.lists(st.sampled_from(whom(story)), max_size=4)) if whom(story) else []
        clock = Clock()
        hub = hub_over(MemoryStore(), story.rules, clock)
        answers = []
        for number, batch in enumerate(batches):
            clock.tick()
            tell(hub, batch)
            if other_rules is not None and number == len(batches) // 2:
                clock.tick()
                hub.rebuild(other_rules)
            who = [*asked, *hub.ids()]
            answers.append((clock(), {one: (said(hub, one), id_of(hub, one)) for one in who}))
        clock.tick(100)
        for at, answer in data.draw(st.lists(st.sampled_from(answers), max_size=2)) if answers else []:
            clock.at = at  # windows and permissions are as of now
            for one, (what, name) in answer.items():
                then = said(hub, one, known_at=at)
                assert then == what or (isinstance(then, str) and isinstance(what, str))
                assert id_of(hub, one, known_at=at) == name

    law()


def id_of(hub: Hub, who: Identifier | str, **when) -> str | None:
    """Return the id under which *who* is read."""
    try:
        return hub.raw(who, reason="a law is tried", **when).id
    except UnknownProfileError:
        return None


@pytest.mark.parametrize("kind", KINDS)
def test_as_of_a_moment_what_happened_later_is_left_out(kind):
    @some(0.3)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        limit = moment(data.draw(st.integers(0, 7)))
        hub = told(story.rules, story.facts)
        early = happened(story.facts, limit)
        for name in hub.ids():
            profile = hub.raw(name, reason="a law is tried", as_of=limit)
            assert profile.last_at is None or profile.last_at <= limit
            why = [one.fact_id for trait in profile.traits.values() for one in trait.provenance]
            assert set(why) <= early

    law()


def happened(facts: Sequence[Fact], limit) -> set[str]:
    return {fact.id for fact in facts if fact.occurred_at <= limit}


def test_the_model_of_a_story_is_the_one_adopted_last():
    """The tests themselves rest on this."""
    first, last = adopted("m1", moment(1)), adopted("m2", moment(2))
    assert model_of([last, first]) == "m2"
    assert model_of([last, first, Retraction(id="r", source="d", occurred_at=moment(3), fact_id=last.id)]) == "m1"
