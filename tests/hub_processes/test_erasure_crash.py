"""A process dies in the middle of an erasure: whoever opens the store next completes it, and nothing is left."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from tests.hub.test_erasure import M1, M2, RULES, mine, opened, others, rows, told
from tests.hub.worlds import STORES, hub_over

from unified_profile import MemoryStore
from unified_profile.errors import ErasedError, StorageError
from unified_profile.storage.sqlite import SqliteStore

KILLS = int(os.environ.get("UNIFIED_PROFILE_ERASURE_KILLS", "12"))


class Interrupted:
    """A store of which every question, answer and upkeep is counted; at the *left*-th one *end* is called."""

    def __init__(self, store: Any, end: Callable[[], None]) -> None:
        self.store, self.end = store, end
        self.left: int | None = None

    def count(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                self.end()

    def session(self, tenant: str, /, *, exclusive: bool = False) -> Any:
        return _Session(self, self.store.session(tenant, exclusive=exclusive))

    def scrub(self) -> bool:
        self.count()
        scrub = getattr(self.store, "scrub", None)
        done = True if scrub is None else scrub()
        self.count()
        return done


class _Session:
    def __init__(self, store: Interrupted, block: Any) -> None:
        self.store, self.block = store, block

    def __enter__(self) -> Self:
        self.session = self.block.__enter__()
        self.alone = getattr(self.session, "alone", False)
        return self

    def __exit__(self, *error: object) -> Any:
        if error[0] is None:
            try:
                self.store.count()
            except BaseException as raised:
                self.block.__exit__(type(raised), raised, raised.__traceback__)
                raise
        return self.block.__exit__(*error)

    def read(self, reads: Any, /) -> Any:
        self.store.count()
        return self.session.read(reads)

    def write(self, changes: Any, /) -> None:
        self.store.count()
        self.session.write(changes)
        self.store.count()


def fail() -> None:
    raise StorageError("the machine went away")


def check(store: Any, *, begun: bool) -> None:
    """Look that the erasure is whole or not begun, complete it, and look that nothing is left."""
    hub = opened(store)
    states = [one.state for one in hub.erasures()]
    assert states in ([], ["ordered"], ["erased"], ["done"])
    if states in ([], ["ordered"]):
        assert hub.raw(M1, reason="test").n_facts == 7, "nothing of it was done yet"
    assert bool(states) or not begun
    hub.resume_erasures()
    if not states:
        hub.erase(hub.plan_erasure(M1))
    assert [one.state for one in hub.erasures()] == ["done"]
    assert hub.verify_erasure(values=["canary"]).clean
    assert "canary" not in rows(hub)
    with pytest.raises(ErasedError):
        hub.resolve(M1)
    assert hub.raw(M2, reason="test").n_facts == 3
    hub.rebuild()
    assert hub.raw(M2, reason="test").n_facts == 3
    assert hub.ingest([*mine(), *others()]).accepted == 0


@pytest.mark.parametrize("kind", STORES)
def test_an_erasure_that_fails_at_any_statement_is_completed_on_resume(kind):
    number = 0
    while True:
        number += 1 if kind == "memory" else 4
        with STORES[kind]() as kept:
            store = Interrupted(kept, fail)
            told(store)
            hub = opened(store)
            plan = hub.plan_erasure(M1)
            store.left = number
            try:
                hub.erase(plan)
            except StorageError:
                check(kept, begun=False)
            else:
                break
    assert number > 8, "the erasure was interrupted at several places"


def test_a_process_that_is_killed_in_the_middle_leaves_an_erasure_that_is_completed(tmp_path: Path):
    for kill in range(KILLS):
        path = tmp_path / f"{kill}.sqlite"
        with SqliteStore(path) as store:
            told(store)
        child = os.fork()
        if not child:
            _erase_and_die(path, 1 + kill * 3)
        _, status = os.waitpid(child, 0)
        with SqliteStore(path) as store:
            check(store, begun=False)
            if not os.WIFSIGNALED(status):  # it was done before it could be killed
                assert kill >= 3
                return


def _erase_and_die(path: Path, after: int) -> None:
    """Erase in this process, and die by SIGKILL at a statement."""
    try:
        store = Interrupted(SqliteStore(path), lambda: os.kill(os.getpid(), signal.SIGKILL))
        hub = hub_over(store, RULES)
        plan = hub.plan_erasure(M1)
        store.left = after
        hub.erase(plan)
    finally:
        os._exit(0)


def test_an_order_at_the_door_that_is_cut_short_is_completed_too():
    from tests.hub.test_erasure import at

    from unified_profile.model import ErasureOrder

    kept = MemoryStore()
    store = Interrupted(kept, fail)
    hub = told(store)
    order = ErasureOrder(id="o", source="desk", occurred_at=at(50), identifiers=[M1])
    number = 0
    while not hub.erasures():
        number += 1
        store.left = number
        try:
            hub.ingest([order])
        except StorageError:
            store.left = None
    check(kept, begun=True)
