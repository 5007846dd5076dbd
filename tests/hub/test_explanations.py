"""Why somebody is one person: every step names a fact that really says so. And whose an anonymous device was."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import Story, everybody, hub_over, some, stories, told

from unified_profile import (
    ConsentRecord,
    Event,
    Hub,
    Identifier,
    Judgement,
    Link,
    MemoryStore,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.errors import UnknownProfileError
from unified_profile.hub.reports import Step
from unified_profile.identity.bundles import spoken_of
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import Fact
from unified_profile.storage.commands import Get
from unified_profile.storage.tables import NODES
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.identity_reference import reference
from unified_profile.testing.strategies import shuffled

KINDS = ("dense", "contested", "sparse")


class Telling:
    """What a story really says, computed from its facts alone."""

    def __init__(self, story: Story) -> None:
        self.story, self.rules = story, story.rules
        self.facts: dict[str, Fact] = {}
        for fact in story.facts:
            self.facts.setdefault(fact.id, fact)
        self.back = {fact.fact_id for fact in self.facts.values() if isinstance(fact, Retraction)}
        self.cut = {
            (fact.fact_id, self.rules.normalized(fact.identifier))
            for fact in self.facts.values()
            if isinstance(fact, Severance) and fact.id not in self.back
        }

    def names(self, fact: Fact) -> set[Identifier]:
        own = fact.node if isinstance(fact, SourceRecord) else None
        said = {x for one in spoken_of(fact) if (x := self.rules.normalized(one)) is not None}
        return {one for one in said if one == own or (fact.id, one) not in self.cut}

    def pair(self, one: Identifier, other: Identifier) -> set[Identifier | None]:
        return {self.rules.normalized(one), self.rules.normalized(other)}

    def says(self, step: Step) -> bool:
        """Say whether the step is what the fact it names says."""
        ends = {step.left, step.right}
        if step.kind == "link":
            links = (link for link in self.story.links if link.model == self.story.model)
            return any(self.pair(link.left, link.right) == ends for link in links)
        fact = self.facts[step.fact_id]
        if step.kind == "fact":
            linking = isinstance(fact, (SourceRecord, Event, ConsentRecord))
            return linking and ends <= self.names(fact) and step.at == fact.occurred_at
        if not isinstance(fact, Judgement) or fact.id in self.back:
            return False
        said = [
            one
            for one in self.facts.values()
            if isinstance(one, Judgement) and one.id not in self.back and self.pair(one.left, one.right) == ends
        ]
        return fact == max(said, key=lambda one: (one.occurred_at, one.id)) and fact.verdict is Verdict.SAME


def connected(steps: Iterable[Step], nodes: set[str]) -> bool:
    """Say whether *steps* hold *nodes* together."""
    reached, waiting = set(), [next(iter(nodes))]
    ties = [(step.left.node, step.right.node) for step in steps]
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += [end for tie in ties if node in tie for end in tie]
    return nodes <= reached


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_leads_between_any_two_identifiers_and_each_step_is_really_said(kind):
    @some(0.4)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        hub = told(story.rules, data.draw(shuffled([*story.facts, *story.links])), 3)
        telling = Telling(story)
        for name, nodes in everybody(hub).nodes.items():
            whole = hub.explain_identity(name, reason="a test")
            assert all(telling.says(step) for step in whole)
            with hub.store.session("default") as session:
                (rows,) = session.read([Get(NODES, [(node,) for node in nodes])])
            # Leaves (sessions and the like) are left out of the whole, and reached by a path.
            assert connected(whole, {row.node for row in rows if row.leaf_of is None})
            for one, other in combinations(sorted(nodes), 2):
                path = hub.explain_identity(name, reason="a test", between=(Identifier.of(one), Identifier.of(other)))
                here = one
                for step in path:
                    assert telling.says(step)
                    ends = [step.left.node, step.right.node]
                    ends.remove(here)
                    (here,) = ends
                assert here == other

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_every_identifier_that_lies_apart_is_reported_with_where_it_lies(kind):
    """And a clerk is told of every SAME that was refused, if it is about somebody."""

    @some(0.4)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        hub = told(story.rules, data.draw(shuffled([*story.facts, *story.links])), 3)
        expected = reference(story.facts, story.rules, links=story.links, model=story.model)
        owner = {node: name for name, nodes in everybody(hub).nodes.items() for node in nodes}
        found = {(one.identifier.node, one.profile, one.held_by) for one in hub.conflicts(reason="a test")}
        assert found == {(node, owner[center], owner.get(node)) for node, center in expected.conflicts}
        asked = {
            tuple(sorted((item.left_node.node, item.right_node.node)))
            for item in hub.review(reason="a test")
            if item.left_node and item.right_node
        }
        refused = {pair for pair in expected.refused_same if pair[0] in owner or pair[1] in owner}
        assert refused <= asked

    law()


def test_whoever_is_not_this_person_is_said_to_be_none_of_theirs():
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest([seen(0, "user:1"), seen(1, "user:2")])
    one, other = Identifier("user", "1"), Identifier("user", "2")
    assert hub.explain_identity(one, reason="a test") == []
    with pytest.raises(UnknownProfileError, match="not this person's"):
        hub.explain_identity(one, reason="a test", between=(one, other))


# --- shared hardware -------------------------------------------------------------------------------------------------

RULES = IdentityRules([
    Namespace(name="user", priority=0, limit=1, normalizer="exact"),
    Namespace(name="tablet", priority=5, mode="attribute", normalizer="exact"),
])  # fmt: skip


def seen(minute: int, *who: str, name: str = "Viewed") -> Event:
    identifiers = [Identifier(*one.split(":")) for one in who]
    return Event(id=f"e{minute}", source="web", occurred_at=moment(minute), name=name, identifiers=identifiers)


def whose(hub: Hub) -> dict[str, set[str]]:
    """Return the facts of each user, and of nobody."""
    people = everybody(hub)
    users = {name: next(iter(nodes)) for name, nodes in people.nodes.items()}
    return {users[name]: set(facts) for name, facts in people.facts.items()} | {"nobody": set(people.nobody)}


SHIFT = [
    seen(0, "tablet:t"),  # before anybody signed in: whoever signs in first
    seen(1, "user:1", "tablet:t"),
    seen(2, "tablet:t"),
    seen(3, "user:2", "tablet:t"),
    seen(4, "tablet:t"),
    seen(5, "tablet:t", name="Signed Out"),  # still hers
    seen(6, "tablet:t"),  # nobody's
    seen(7, "user:1", "tablet:t"),
    seen(8, "tablet:t", "tablet:u"),
]


@given(st.permutations(SHIFT), st.integers(1, 9))
@some(0.3)
def test_on_a_shared_device_an_anonymous_fact_is_whoever_s_was_signed_in(order, size):
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest(order, batch_size=size)
    assert whose(hub) == {
        "user:1": {"e0", "e1", "e2", "e7", "e8"},
        "user:2": {"e3", "e4", "e5"},
        "nobody": {"e6"},
    }
    assert hub.raw(Identifier("user", "1"), reason="a test").n_facts == 5


def test_a_shared_device_finds_nobody_and_links_nobody():
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest(SHIFT)
    with pytest.raises(UnknownProfileError):
        hub.resolve(Identifier("tablet", "t"))
    assert len(list(hub.ids())) == 2
    assert all(isinstance(step, Step) for step in hub.explain_identity(Identifier("user", "1"), reason="a test"))


def test_what_a_device_gave_is_known_as_of_then():
    """As known before the second user signed in, everything after the first is the first one's."""
    hub = hub_over(MemoryStore(), RULES)
    learned = [*SHIFT[:3], *SHIFT[4:5]]
    hub.ingest([*learned])
    hub.setup.clock.clock.tick()  # type: ignore[attr-defined]  # the clock of these tests
    known = hub.setup.clock()
    hub.setup.clock.clock.tick()  # type: ignore[attr-defined]  # as above
    hub.ingest([SHIFT[3]])
    one = Identifier("user", "1")
    assert hub.raw(one, reason="a test").n_facts == 3
    assert hub.raw(one, reason="a test", known_at=known).n_facts == 4


def test_of_links_only_those_of_the_adopted_model_explain():
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest([SourceRecord(id=key, source="crm", key=key, occurred_at=moment(0),
                             identifiers=[Identifier("user", "1")]) for key in ("1", "2")])  # fmt: skip
    one, other = Identifier.record("crm", "1"), Identifier.record("crm", "2")
    hub.link([Link(one, other, 9.0, "never adopted")])
    assert {step.kind for step in hub.explain_identity(one, reason="a test")} == {"fact"}
    assert [step.kind for step in hub.explain_identity(one, reason="a test", between=(one, other))] == ["fact", "fact"]
