"""Threads share one hub over one store; a process that was forked is told to make its own."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.hub.worlds import contents
from tests.hub_processes.crowd import reading_hub, serially, writing_hub
from tests.hub_processes.working import tell_share, whole

from unified_profile.errors import ForkedError
from unified_profile.hub import Hub
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.protocols import Store
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.sqlite import SqliteStore

THREADS = 8
SHARE = (THREADS, "threads", 300, 24)


@pytest.fixture(params=["memory", "sqlite", "sql on sqlite", "sql on postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "facts.sqlite"
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        with SqliteStore(path) as made:
            yield made
    else:
        url = f"sqlite:///{path}" if request.param == "sql on sqlite" else request.getfixturevalue("postgres_url")
        with SqlStore(url) as other:
            yield other


@pytest.mark.slow
def test_eight_threads_share_one_hub_and_end_where_one_would(store):
    hub = writing_hub(store)
    gate = threading.Barrier(THREADS)
    answers, troubles = [], []

    def work(number: int) -> None:
        gate.wait()
        try:
            answers.append(tell_share(hub, number, *SHARE))
        except BaseException as error:  # noqa: BLE001  # told below, in the test's own thread
            troubles.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert troubles == []
    facts, links = whole(*SHARE[1:])
    assert sum(new for new, _ in answers) == len(facts)
    assert contents(reading_hub(store)) == contents(serially([*facts, *links]))


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (lambda hub: hub.ingest([]), None),  # nothing to do, so nothing happens
        (lambda hub: list(hub.ids()), "make a new store and hub in the child"),
        (lambda hub: hub.changes(), "make a new store and hub in the child"),
        (lambda hub: list(Hub(hub.store).ids()), "make a new"),
    ],
    ids=["nothing", "read", "feed", "a new hub over the old store"],
)
def test_a_hub_used_after_a_fork_says_what_to_do(tmp_path, use, told):
    """Nothing is done on the parent's connection, and the parent's hub goes on."""
    facts = whole("fork", 20, 4)[0]
    with SqliteStore(tmp_path / "facts.sqlite") as store:
        hub = writing_hub(store)
        hub.ingest(facts[:10])
        said = in_child(lambda: use(hub))
        assert said == "" if told is None else told in said
        assert in_child(lambda: writing_hub(SqliteStore(store.path)).ingest(facts[10:])) == ""
        assert contents(reading_hub(store)) == contents(serially(facts))


def test_a_store_on_a_server_says_after_a_fork_what_to_do(postgres_url):
    with SqlStore(postgres_url) as store:
        hub = writing_hub(store)
        before = list(hub.ids())
        assert "make a new" in in_child(lambda: list(hub.ids()))
        assert "make a new" in in_child(lambda: list(Hub(store).ids()))
        assert in_child(lambda: list(writing_hub(SqlStore(postgres_url)).ids())) == ""
        assert list(hub.ids()) == before


def in_child(do: Callable[[], object]) -> str:
    """Do something in a forked process and return what its ``ForkedError`` says ("": it worked)."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pytest may have threads; the child touches none
        child = os.fork()
    if not child:
        said = "it failed in another way"
        try:
            do()
            said = ""
        except ForkedError as error:
            said = str(error)
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return pipe.read()
