"""Several writers at once: the end is the serial fold, however often one was faster than another."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import contents, everybody, hub_over, some, stories, tell, told

from unified_profile import Event, Hub, Identifier, MemoryStore
from unified_profile.errors import ConflictError
from unified_profile.hub import driver
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.storage.commands import Changes, Read
from unified_profile.storage.protocols import Session
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.strategies import shuffled

KINDS = ("dense", "contested", "sparse")


@pytest.mark.parametrize("kind", KINDS)
def test_two_hubs_over_one_store_end_where_one_would_have(kind):
    """They keep nothing of their own between calls."""

    @some(0.2)
    @given(st.data())
    def law(data):
        story, store = data.draw(stories(kind)), MemoryStore()
        hubs = [hub_over(store, story.rules) for _ in range(2)]
        for one in data.draw(shuffled([*story.facts, *story.links], duplicates=True)):
            tell(data.draw(st.sampled_from(hubs)), [one])
        alone = told(story.rules, [*story.facts, *story.links])
        assert contents(hubs[0]) == contents(hubs[1]) == contents(alone)

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_threads_that_tell_the_same_people_lose_nothing(kind):
    @some(0.1)
    @given(st.data())
    def law(data):
        story, store = data.draw(stories(kind, max_facts=16)), MemoryStore()
        hub = hub_over(store, story.rules)
        orders = [data.draw(shuffled([*story.facts, *story.links])) for _ in range(3)]
        failed: list[BaseException] = []

        def work(order: list[Any]) -> None:
            try:
                tell(hub, order, 2)
                hub.refresh()
            except BaseException as error:  # noqa: BLE001  # told in the test's own thread
                failed.append(error)

        threads = [threading.Thread(target=work, args=(order,)) for order in orders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        assert contents(hub) == contents(told(story.rules, [*story.facts, *story.links]))
        assert hub.refresh() >= 0

    law()


class Contended:
    """A memory store in which somebody else is faster at given writes."""

    def __init__(self, losses: list[bool]) -> None:
        self.store, self.losses = MemoryStore(), losses
        self.lost = 0

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[Session]:
        with self.store.session(tenant, exclusive=exclusive) as session:
            yield Contender(self, session)


class Contender:
    alone = True

    def __init__(self, store: Contended, session: Session) -> None:
        self.store, self.session = store, session

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        return self.session.read(reads)

    def write(self, changes: Changes, /) -> None:
        self.session.write(changes)
        if self.store.losses and self.store.losses.pop(0):
            self.store.lost += 1
            raise ConflictError("another writer was faster")


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Let a plan that met a conflict run again at once."""
    monkeypatch.setattr(driver, "pause", lambda attempt: 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_that_was_too_late_is_run_again_as_if_nothing_had_been(kind):
    @some(0.2)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        # A dozen losses of one plan would be told to the caller.
        lost = data.draw(st.sets(st.integers(0, 59), max_size=driver.TRIES - 1))
        store = Contended([place in lost for place in range(60)])
        order = data.draw(shuffled([*story.facts, *story.links]))
        hub = told(story.rules, order, 2, store)
        store.losses.clear()
        assert contents(hub) == contents(told(story.rules, order, 2))

    law()


def seen(name: str, *who: str) -> Event:
    return Event(id=name, source="web", occurred_at=moment(0), identifiers=[Identifier("user_id", one) for one in who])


@pytest.mark.parametrize("losses", [1, driver.TRIES - 1])
def test_it_is_tried_a_dozen_times(losses):
    store = Contended([True] * losses)
    hub = hub_over(store, IdentityRules())
    assert hub.ingest([seen("e1", "1")]).accepted == 1
    assert store.lost == losses


def test_and_then_the_caller_is_told_and_nothing_was_kept():
    store = Contended([True] * driver.TRIES)
    hub = hub_over(store, IdentityRules())
    with pytest.raises(ConflictError):
        hub.ingest([seen("e1", "1")])
    assert everybody(hub).facts == {}
    assert hub.ingest([seen("e1", "1")]).accepted == 1


def test_what_another_writer_did_in_between_is_seen_when_the_plan_is_run_again():
    """The second one lost; what it decides then rests on what the first one did."""
    hub = hub_over(MemoryStore(), IdentityRules())
    stored: list[Hub] = [hub]

    class Slow(Contended):
        @contextmanager
        def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[Session]:
            if not exclusive and stored:
                stored.pop().ingest([seen("first", "1")])
                with hub.store.session(tenant) as session:
                    yield Contender(self, session)
                    return
            with hub.store.session(tenant, exclusive=exclusive) as session:
                yield session

    slow = hub_over(Slow([True]), IdentityRules())
    assert slow.ingest([seen("second", "1"), seen("first", "1")]).duplicates == 1
    assert len(list(hub.ids())) == 1
