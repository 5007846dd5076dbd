"""Law 7 over whole hubs: after an erasure all is as if the person had never been, and old facts revive nothing."""

from __future__ import annotations

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
from unified_profile.storage.tables import FACTS
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


def left_of(story: Story, erased: set[str]) -> tuple[list[Fact], list[Link], set[str]]:
    """Return what a plain reading leaves of *story* without the facts *erased*, and the nodes that nothing names then.

    What clerks and models said of such a node goes with it, and so does what took such a statement back.
    """
    rest = [fact for fact in story.facts if fact.id not in erased]
    alive = {node for fact in rest if not isinstance(fact, (Judgement, Severance)) for node in named(fact, story)}
    gone = {node for fact in story.facts if fact.id in erased for node in named(fact, story)} - alive
    out = {fact.id for fact in rest if isinstance(fact, Judgement) and named(fact, story) & gone}
    cuts = [fact for fact in rest if isinstance(fact, Severance)]
    out |= {fact.id for fact in cuts if fact.fact_id in erased or named(fact, story) & gone}
    out |= {fact.id for fact in rest if isinstance(fact, Retraction) and fact.fact_id in out}
    links = [link for link in story.links if not nodes_of([link.left, link.right], story) & gone]
    return [fact for fact in rest if fact.id not in out], links, gone


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
            done = hub.erase(plan)
            assert done.state == "done"
            rest, links, nodes = left_of(story, gone)
            assert kept(hub) == {fact.id for fact in rest}
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
                if home is not None and home[1] in nodes and gone:
                    with pytest.raises(ErasedError):
                        hub.resolve(who)
            if plan.profile and gone:
                for one in plan.ids:
                    with pytest.raises(ErasedError):
                        hub.resolve(one)

    law()
