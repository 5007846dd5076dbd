"""Laws 1, 2 and 3 of a whole hub: partition, profiles with their computed traits, permissions; never ids."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, strategies as st
from tests.hub.worlds import STORES, contents, everybody, permissions, plain, some, stories, told

from unified_profile import Identifier
from unified_profile.hub.everybody import everything
from unified_profile.model import Judgement, Retraction, Severance
from unified_profile.storage.tables import TRAITS, VIEWS
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.strategies import shuffled

KINDS = ("dense", "contested", "sparse")


@pytest.mark.parametrize("store", tuple(STORES))
@pytest.mark.parametrize("kind", KINDS)
def test_order_batches_repetition_and_store_change_nothing(kind, store):
    """Law 1."""

    @some(0.3)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        everything_told = [*story.facts, *story.links]
        again = data.draw(shuffled(everything_told, duplicates=True))
        with STORES[store]() as empty:
            other = told(story.rules, again, data.draw(st.integers(1, 5)), empty)
            assert contents(other) == contents(told(story.rules, everything_told))

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_taken_back_is_as_if_it_had_never_been_said(kind):
    """Law 2."""

    @some(0.3)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        facts = [fact for fact in story.facts if not isinstance(fact, Retraction)]
        said = [fact for fact in facts if isinstance(fact, (Judgement, Severance))]
        assume(said)
        one = data.draw(st.sampled_from(said))
        back = Retraction(id="back", source="desk", occurred_at=moment(9), fact_id=one.id)
        order = data.draw(st.permutations([*facts, *story.links]))
        never = [told_ for told_ in order if told_ is not one]
        assert contents(told(story.rules, [*order, back])) == contents(told(story.rules, never))

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_as_known_then_is_what_a_hub_would_say_that_was_told_nothing_since(kind):
    """Law 3."""

    @some(0.3)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        limit = moment(data.draw(st.integers(0, 40)))
        now = told(story.rules, story.facts)
        then = told(story.rules, [fact for fact in story.facts if fact.recorded_at <= limit])
        for node in sorted({node for nodes in everybody(then).nodes.values() for node in nodes}):
            who = Identifier.of(node)
            asked, expected = (
                plain(hub.raw(who, reason="a law", known_at=limit), recorded=True) for hub in (now, then)
            )
            assert asked == expected
            assert permissions(now, who, known_at=limit) == permissions(then, who, known_at=limit)

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_a_rebuild_under_the_same_rules_changes_nothing(kind):
    """Views are computed from facts: thrown away and computed again they are the same, ids and golden values too."""

    @some(0.3)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        hub = told(story.rules, [*story.facts, *story.links], 3)
        before = contents(hub), everybody(hub).nodes, golden(hub)
        hub.rebuild()
        assert (contents(hub), everybody(hub).nodes, golden(hub)) == before
        assert {profile for profile, _ in golden(hub)[0]} == set(everybody(hub).nodes)

    law()


def golden(hub):
    """Return the golden values of everybody, and the terms by which they are found."""
    hub.refresh()
    with hub.store.session(hub.setup.tenant) as session:
        return {(row.profile, row.body) for row in everything(session, VIEWS)}, set(everything(session, TRAITS))
