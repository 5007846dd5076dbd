"""A process that ingests is killed with -9 at random points: what it acknowledged is there, and nothing half.

UNIFIED_PROFILE_KILLS says how often, over all databases together; 300 is what docs/explanation/crashes.md reports.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import psycopg
import pytest
from tests.hub.worlds import contents, model_of, who_is_who
from tests.hub_processes.crowd import RULES, batches_of, crowd, reading_hub, serially, writing_hub
from tests.hub_processes.dying import SIZE
from tests.storage.crashing import Crasher, opened

from unified_profile.hub import Hub
from unified_profile.storage.commands import Scan
from unified_profile.storage.tables import FACTS
from unified_profile.testing.identity_reference import reference

KILLS = int(os.environ.get("UNIFIED_PROFILE_KILLS", "35"))
OF_SQLITE, OF_POSTGRES = KILLS - KILLS * 2 // 7, KILLS * 2 // 7


class Life:
    """A crowd that is being ingested, however often that is cut short."""

    def __init__(self, name: str, database: tuple[str, str], crasher: Crasher) -> None:
        self.name, self.crasher = name, crasher
        self.kind, self.where = database
        self.facts = crowd(name, size=SIZE, tenant=name)
        self.batches = batches_of(self.facts, name)
        self.kept = 0

    @property
    def over(self) -> bool:
        """Whether everything is told."""
        return self.kept == len(self.batches)

    def kill(self, rnd: random.Random, dead: Callable[[], object]) -> str:
        """Let a process go on until it is killed: by a clock, or before one of its statements. Say what was seen."""
        start = max(0, self.kept - rnd.choice((0, 0, 1, 5)))
        if rnd.random() < 0.5:
            words, after, delay = round(3 ** rnd.uniform(0, 6)), len(self.batches), 0.0
        else:
            words, after, delay = 0, rnd.randrange(3), rnd.uniform(0, 0.015)
        told = self.crasher.kill_during(self.kind, self.where, self.name, start, words, after=after, delay=delay)
        dead()
        acknowledged = max([self.kept, *(number + 1 for number in told)])
        self.kept = self.check(acknowledged)
        how = f"{self.kind}, killed {'before a statement' if words else 'by a clock'}"
        return f"{how}, {self.kept - acknowledged} batch kept that was not acknowledged"

    def check(self, acknowledged: int) -> int:
        """See that every acknowledged batch is there and nothing is there in part; return how many there are."""
        with opened(self.kind, self.where) as store:
            hub = reading_hub(store, self.name)
            there = [name for name in _log(hub) if not name.startswith("rules:")]
            whole = [sum(map(len, self.batches[:number])) for number in range(len(self.batches) + 1)]
            # One more than acknowledged may be kept: the process died between the commit and telling of it.
            kept = whole.index(len(there))
            assert acknowledged <= kept <= acknowledged + 1
            facts = self.facts[: len(there)]
            assert there == [fact.id for fact in facts]
            expected = reference(facts, RULES, model=model_of(facts))
            assert who_is_who(hub) == (expected.profiles, expected.nobody)
            assert contents(hub) == contents(serially(facts, self.name))
            return kept

    def finish(self) -> None:
        """Hand the whole crowd in again: what is there is a duplicate, and the end is that of one writer."""
        with opened(self.kind, self.where) as store:
            report = writing_hub(store, self.name).ingest(self.facts, batch_size=50)
            there = sum(map(len, self.batches[: self.kept]))
            assert (report.accepted, report.duplicates) == (SIZE - there, there)
            assert not report.quarantined
            assert contents(reading_hub(store, self.name)) == contents(serially(self.facts, self.name))


def _log(hub: Hub) -> list[str]:
    with hub.store.session(hub.setup.tenant) as session:
        return [row.id for row in session.read([Scan(FACTS, None, 10**6)])[0]]


def kill(kills: int, databases: Sequence[tuple[str, str]], dead: Callable[[], object] = lambda: None) -> None:
    """Kill so often, over as many lives as that takes."""
    rnd, seen = random.Random(f"{kills} times"), Counter[str]()
    with Crasher("tests.hub_processes.dying:ingest") as crasher:
        for number in count():
            life = Life(f"life{number}", databases[number % len(databases)], crasher)
            while seen.total() < kills and not life.over:
                seen[life.kill(rnd, dead)] += 1
            life.finish()
            if seen.total() == kills:
                break
    print("", *(f"{times:4} times: {what}" for what, times in sorted(seen.items())), sep="\n")  # noqa: T201  # with -s


@pytest.mark.slow
def test_a_killed_process_leaves_every_acknowledged_fact_and_none_half_in_sqlite(tmp_path: Path) -> None:
    path = str(tmp_path / "facts.sqlite")
    kill(OF_SQLITE, [("sqlite", path), ("sql", f"sqlite:///{path}"), ("sqlite-power", path)])


@pytest.fixture
def dead(postgres_dsn: str) -> Iterator[Callable[[], None]]:
    """Wait until the server has noticed that its clients are gone."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:

        def gone() -> None:
            deadline = time.monotonic() + 60
            while connection.execute(_OTHERS).fetchone() != (0,):
                assert time.monotonic() < deadline, "the transaction of a dead client is still open"
                time.sleep(0.002)

        yield gone


# The server's own workers come and go as they like.
_OTHERS = """SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


@pytest.mark.slow
def test_a_killed_process_leaves_every_acknowledged_fact_and_none_half_in_postgres(
    postgres_url: str, dead: Callable[[], None]
) -> None:
    kill(OF_POSTGRES, [("sql", postgres_url)], dead)
