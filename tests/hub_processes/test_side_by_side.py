"""Writers who work side by side end where one writer ends, whoever is faster at which moment."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings, strategies as st
from tests.hub.worlds import contents, hub_over, model_of, stories, told, who_is_who
from tests.hub_processes.side_by_side import SideBySideStore

from unified_profile.model import Fact
from unified_profile.storage.memory import MemoryStore
from unified_profile.testing.identity_reference import reference
from unified_profile.testing.strategies import batched


@pytest.mark.parametrize("kind", ["dense", "contested", "sparse"])
def test_a_batch_that_others_interrupt_anywhere_is_kept_as_if_it_had_come_alone(kind, monkeypatch):
    """Between any two questions of one writer another one tells something, and both are kept."""
    monkeypatch.setattr("unified_profile.hub.driver.time.sleep", lambda _: None)

    @given(st.data())
    @settings(max_examples=150, phases=[Phase.generate], report_multiple_bugs=False)
    def law(data):
        story = data.draw(stories(kind, max_facts=14))
        batches: list[list[Fact]] = data.draw(batched(data.draw(st.permutations(story.facts))))
        faster = data.draw(st.lists(st.booleans(), max_size=60))
        committed = MemoryStore()
        others = hub_over(committed, story.rules)
        waiting = list(batches)

        def between() -> None:
            if faster and faster.pop() and waiting:
                others.ingest(waiting.pop())

        hub = hub_over(SideBySideStore(committed, between), story.rules)
        while waiting:
            hub.ingest(waiting.pop())
        expected = reference(story.facts, story.rules, model=model_of(story.facts))
        assert who_is_who(others) == (expected.profiles, expected.nobody)
        assert contents(others) == contents(told(story.rules, story.facts))

    law()
