"""Law 7 over whole hubs: after an erasure all is as if the person had never been, and old facts revive nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence

import attrs
import pytest
from hypothesis import assume, given, strategies as st
from tests.hub.worlds import STORES, Story, contents, some, told
from tests.laws.test_laws_on_every_store import STORIES, Opening, hub_told, whom

from unified_profile import Hub, Identifier
from unified_profile.errors import ErasedError
from unified_profile.hub.everybody import everything
from unified_profile.identity.bundles import placed, spoken_of
from unified_profile.model import Fact, Judgement, Link, Retraction, Severance
from unified_profile.storage.tables import ANCHORS, BUNDLE_NODES, BUNDLES, EDGES, FACTS, NODES, STATEMENTS
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.strategies import shuffled

SHARES = {"memory": 0.6, "sqlite": 0.1, "sqlalchemy": 0.08}
LATER = moment(200)


@pytest.fixture(params=SHARES)
def kind(request: pytest.FixtureRequest) -> tuple[Opening, float]:
    return STORES[request.param], SHARES[request.param]


def kept(hub: Hub) -> set[str]:
    """Return the ids of all facts in the log, but for those of the library itself."""
    with hub.store.session(hub.setup.tenant) as session:
        rows = list(everything(session, FACTS))
    return {row.id for row in rows if row.kind != "erasure" and row.source != "unified_profile"}


def nodes_of(identifiers: Sequence[Identifier], story: Story) -> set[str]:
    found = (placed(one, story.rules) for one in identifiers)
    return {home[1] for home in found if home is not None and home[0] == "link"}


def named(fact: Fact, story: Story) -> set[str]:
    if isinstance(fact, Judgement):
        return nodes_of([fact.left, fact.right], story)
    return nodes_of([fact.identifier] if isinstance(fact, Severance) else list(spoken_of(fact)), story)


def left_of(story: Story, erased: set[str], held: set[str]) -> tuple[list[Fact], list[Link], set[str]]:
    """Return what a plain reading leaves of *story* without the facts *erased*, and the nodes that nothing names then.

    *held* are the nodes that the person held: some by a clerk's word alone.
    What clerks and models said of such a node goes with it, and so does what took such a statement back.
    """
    rest = [fact for fact in story.facts if fact.id not in erased]
    alive = {node for fact in rest if not isinstance(fact, (Judgement, Severance)) for node in named(fact, story)}
    gone = held | {node for fact in story.facts if fact.id in erased for node in named(fact, story)}
    gone -= alive
    out = {fact.id for fact in rest if isinstance(fact, Judgement) and named(fact, story) & gone}
    cuts = [fact for fact in rest if isinstance(fact, Severance)]
    out |= {fact.id for fact in cuts if fact.fact_id in erased or named(fact, story) & gone}
    out |= {fact.id for fact in rest if isinstance(fact, Retraction) and fact.fact_id in out}
    links = [link for link in story.links if not nodes_of([link.left, link.right], story) & gone]
    return [fact for fact in rest if fact.id not in out], links, gone


def severed(story: Story) -> set[str]:
    """Return the nodes that were severed from any fact: they need not be the person's whose fact it was."""
    return {node for fact in story.facts if isinstance(fact, Severance) for node in named(fact, story)}


def left_in_rows(hub: Hub) -> set[str]:
    """Return every node that any row of who is who names."""
    found: set[str] = set()
    with hub.store.session(hub.setup.tenant) as session:
        for row in everything(session, NODES):
            found.add(row.node)
            for space, values in json.loads(row.beside or "{}").items():
                found |= {f"{space}:{value}" for value in values}
        for edge in everything(session, EDGES):
            found |= {edge.node, edge.centre}
        for bundle in everything(session, BUNDLES):
            found |= {*json.loads(bundle.nodes), *json.loads(bundle.devices or "[]")}
        found |= {row.node for row in everything(session, BUNDLE_NODES)}
        for anchor in everything(session, ANCHORS):
            found |= {anchor.node or "", *(node for _, node in json.loads(anchor.past or "[]"))}
        for said in everything(session, STATEMENTS):
            found |= {said.left, said.right}
    return found


def test_law_7_an_erasure_leaves_what_there_would_be_without_the_person(kind):
    opening, share = kind

    @some(share)
    @given(STORIES, st.data())
    def law(story, data):
        people = whom(story)
        assume(people)
        with hub_told(opening, story, [*story.facts, *story.links], 4) as hub:
            plan = hub.plan_erasure(data.draw(st.sampled_from(people)))
            gone = {one.fact_id for one in plan.facts}
            held = (
                {one.node for one in hub.raw(plan.profile, reason="a law is tried").identifiers}
                if plan.profile
                else set()
            )
            before = kept(hub)
            done = hub.erase(plan)
            assert done.state == "done"
            rest, links, nodes = left_of(story, gone, held)
            assert kept(hub) == {fact.id for fact in rest} & before  # the quarantine keeps some that say nothing
            assert not nodes & left_in_rows(hub)
            tenant = hub.setup.tenant
            assert contents(hub) == contents(told(story.rules, [*rest, *links]))
            # And nothing comes back, in any order, in whatever company.
            again = [attrs.evolve(fact, tenant=tenant) for fact in story.facts]
            report = hub.ingest(data.draw(shuffled(again, duplicates=True)), batch_size=data.draw(st.integers(1, 6)))
            hub.link(story.links)
            assert report.merged == report.split == 0
            assert contents(hub) == contents(told(story.rules, [*rest, *links]))
            assert not {fact.id for fact in story.facts if fact.id in gone} & kept(hub)
            hub.rebuild()
            assert contents(hub) == contents(told(story.rules, [*rest, *links]))
            for who in people:
                home = placed(who, story.rules)
                if home is not None and home[1] in nodes - severed(story) and gone:
                    with pytest.raises(ErasedError):
                        hub.resolve(who)
            if plan.profile and gone:
                for one in plan.ids:
                    with pytest.raises(ErasedError):
                        hub.resolve(one)

    law()
