"""A rebuild throws conclusions away and draws them again; a simulation says before what it would change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import Clock, contents, everybody, hub_over, some, stories, tell

from unified_profile import Event, Hub, Identifier, Link, MemoryStore, ModelAdopted, SourceRecord
from unified_profile.errors import InvalidRulesError, RulesChangedError, UnknownNameError
from unified_profile.hub import rebuilding
from unified_profile.hub.everybody import everything
from unified_profile.hub.simulating import difference
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.storage.tables import ANCHORS, META, TRAITS, VIEWS
from unified_profile.testing.identity_programs import identity_rules, moment
from unified_profile.testing.strategies import shuffled

KINDS = ("dense", "contested", "sparse")


def golden(hub: Hub) -> tuple[set[Any], set[Any]]:
    """Return the golden values of everybody, and the terms by which they are found."""
    hub.refresh()
    with hub.store.session(hub.setup.tenant) as session:
        return {(row.profile, row.body) for row in everything(session, VIEWS)}, set(everything(session, TRAITS))


def begun(hub: Hub, rules: IdentityRules, steps: int) -> bool:
    """Do some steps of a rebuild, as one that is then interrupted; say whether it was."""
    setup = rebuilding.adopt(hub.setup, rules)
    return all(hub._run(lambda: rebuilding.step(setup)) is not None for _ in range(steps))


@pytest.mark.parametrize("kind", KINDS)
def test_under_the_same_rules_everything_is_as_it_was_ids_and_golden_values_too(kind):
    @some(0.3)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        hub = hub_over(MemoryStore(), story.rules)
        tell(hub, data.draw(shuffled([*story.facts, *story.links])), 3)
        before = contents(hub), everybody(hub).nodes, golden(hub)
        hub.rebuild()
        assert (contents(hub), everybody(hub).nodes, golden(hub)) == before

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_interrupted_anywhere_and_gone_on_with_it_ends_as_a_fresh_store_under_the_new_rules(kind):
    """Another hub goes on; or somebody opens the store with the old rules, and goes back to them."""

    @some(0.4)
    @given(st.data())
    def law(data):
        story, rules = data.draw(stories(kind)), data.draw(identity_rules(kind))
        clock, store = Clock(), MemoryStore()
        hub = hub_over(store, story.rules, clock)
        tell(hub, data.draw(shuffled([*story.facts, *story.links])), 3)
        before = contents(hub)
        foretold = hub.simulate(rules)
        people = everybody(hub)
        assert contents(hub) == before, "a simulation changes nothing"
        back = data.draw(st.integers(0, 4)) == 0
        begun(hub, rules, data.draw(st.integers(0, 15)))
        other = hub_over(store, story.rules if back else rules, clock)
        other.rebuild()
        if back:
            assert contents(other) == before
            other.rebuild(rules)
        fresh = hub_over(MemoryStore(), rules, clock)
        tell(fresh, [*story.facts, *story.links])
        assert contents(other) == contents(fresh)
        assert {body for _, body in golden(other)[0]} == {body for _, body in golden(fresh)[0]}
        if not back:
            assert foretold == difference(people, everybody(other))
        with store.session("default") as session:
            assert not [row for row in everything(session, ANCHORS) if row.profile.startswith("~~")]
        assert other.ingest(story.facts).accepted == 0

    law()


RULES = IdentityRules([
    Namespace(name="user", priority=0, limit=1, normalizer="exact"),
    Namespace(name="mail", priority=1, normalizer="email"),
])  # fmt: skip
U1, MAIL = Identifier("user", "u1"), Identifier("mail", "taro@example.com")


def seen(name: str, *who: Identifier) -> Event:
    return Event(id=name, source="web", occurred_at=moment(0), identifiers=who)


@pytest.fixture
def hub():
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest([seen("e1", U1, MAIL)])
    return hub


CALLS: dict[str, Callable[[Hub], object]] = {
    "ingest": lambda hub: hub.ingest([seen("e2", U1)]),
    "profile": lambda hub: hub.profile(U1, purpose="service"),
    "raw as known": lambda hub: hub.raw(U1, reason="a test", known_at=moment(99)),
    "profiles": lambda hub: list(hub.profiles(purpose="service")),
    "ids": lambda hub: list(hub.ids()),
    "resolve": lambda hub: hub.resolve(U1),
    "search": lambda hub: hub.search("city", "Osaka", purpose="service"),
    "golden_changes": lambda hub: hub.golden_changes(purpose="service", recipient="crm"),
    "explain_identity": lambda hub: hub.explain_identity(U1, reason="a test"),
    "simulate": lambda hub: hub.simulate(RULES),
}


@pytest.mark.parametrize("call", CALLS)
def test_until_it_is_done_nobody_is_told_who_is_who(hub, call):
    """Half of the people were once nobody, or known by ids that were gone a moment later."""
    assert begun(hub, hub.setup.rules, 4)
    with pytest.raises(RulesChangedError, match="being rebuilt"):
        CALLS[call](hub)
    hub.rebuild()
    CALLS[call](hub)


def test_rules_that_do_not_declare_what_facts_speak_of_are_refused_before_anything_changes(hub):
    """The store once stayed between the old rules and the new."""
    with pytest.raises(UnknownNameError, match="mail"):
        hub.rebuild(IdentityRules([RULES.namespace("user")]))
    assert hub.resolve(MAIL) == hub.resolve(U1)
    with pytest.raises(InvalidRulesError):
        hub.rebuild({"namespaces": []})


def test_rules_may_name_more_than_facts_speak_of(hub):
    hub.rebuild(IdentityRules([*RULES.namespaces, Namespace(name="card", priority=7)]))
    assert hub.resolve(MAIL) == hub.resolve(U1)


def test_an_interrupted_rebuild_leaves_no_place_at_which_another_would_begin(hub):
    """The next one once skipped rows of one table because it stood at a row of another."""
    hub.ingest([seen(f"f{number:04}", Identifier("user", f"v{number:04}")) for number in range(1_200)])
    other = IdentityRules([RULES.namespaces[0], attrs.evolve(RULES.namespaces[1], limit=2)])
    assert begun(hub, other, 10)
    again = hub_over(hub.store, RULES)
    again.rebuild()
    assert len(list(again.ids())) == 1_201
    with again.store.session("default") as session:
        assert "rebuild" not in {row.name for row in everything(session, META)}


def test_it_tells_how_far_it_is(hub):
    steps: list[tuple[int, int]] = []
    hub.rebuild(progress=lambda done, end: steps.append((done, end)))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1] > 0


def test_machine_links_are_part_of_what_is_rebuilt_and_simulated():
    """They once were forgotten by the one, and for a moment by the other, which published a split that was none."""
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest([SourceRecord(id=key, source="crm", key=key, occurred_at=moment(0)) for key in ("1", "2")])
    hub.ingest([ModelAdopted(id="m", source="desk", occurred_at=moment(0), kind="records", fingerprint="m")])
    one, other = Identifier.record("crm", "1"), Identifier.record("crm", "2")
    hub.link([Link(one, other, 5.0, "m")])
    published = hub.changes()
    assert hub.simulate(RULES).unchanged == 1
    hub.rebuild()
    assert hub.resolve(one) == hub.resolve(other)
    assert hub.changes() == published
