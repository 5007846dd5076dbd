"""Writers who work side by side end where one writer ends, whoever is faster at which moment."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings, strategies as st
from tests.hub.worlds import contents, everybody, hub_over, model_of, some, stories, tell, told, who_is_who
from tests.hub_processes.side_by_side import SideBySideStore

from unified_profile.hub import Hub
from unified_profile.model import Fact, Link
from unified_profile.storage.commands import Scan
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.tables import VIEWS
from unified_profile.testing.identity_reference import reference
from unified_profile.testing.strategies import batched


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dense", "contested", "sparse"])
def test_a_batch_that_others_interrupt_anywhere_is_kept_as_if_it_had_come_alone(kind, monkeypatch):
    """Between any two questions of one writer another one tells, refreshes or rebuilds, and what both did is kept."""
    monkeypatch.setattr("unified_profile.hub.driver.time.sleep", lambda _: None)

    @given(st.data())
    @settings(some(3), phases=[Phase.generate])  # a smaller example takes minutes to find
    def law(data):
        story = data.draw(stories(kind, max_facts=14))
        batches: list[list[Fact | Link]] = data.draw(batched(data.draw(st.permutations([*story.facts, *story.links]))))
        deeds = st.sampled_from(["", "", "tell", "tell", "tell", "refresh", "rebuild"])
        done = iter(data.draw(st.lists(deeds, max_size=60)))
        committed = MemoryStore()
        others = hub_over(committed, story.rules)
        waiting = list(batches)

        def between() -> None:
            what = next(done, "")
            if what == "tell" and waiting:
                tell(others, waiting.pop())
            elif what == "refresh":
                others.refresh()
            elif what == "rebuild":
                others.rebuild()

        hub = hub_over(SideBySideStore(committed, between), story.rules)
        while waiting:
            tell(hub, waiting.pop())
            if data.draw(st.integers(0, 3)) == 0:
                hub.refresh()
        expected = reference(story.facts, story.rules, links=story.links, model=model_of(story.facts))
        assert who_is_who(others) == (expected.profiles, expected.nobody)
        alone = told(story.rules, [*story.facts, *story.links])
        assert contents(others) == contents(alone)
        assert golden(others) == golden(alone)

    law()


def golden(hub: Hub) -> frozenset[Any]:
    """Return the golden values of everybody, without ids."""
    hub.refresh()
    with hub.store.session(hub.setup.tenant) as session:
        views = {row.profile: row.body for row in session.read([Scan(VIEWS, None, 10**6)])[0]}
    nodes = everybody(hub).nodes
    assert views.keys() == nodes.keys()
    return frozenset((nodes[name], body) for name, body in views.items())
