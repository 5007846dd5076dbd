"""What `durability` promises of a power cut, on a disk that loses what it was not told to keep.

UNIFIED_PROFILE_CUTS says how often the power goes, over both kinds of durability together.
"""

from __future__ import annotations

import os
import pickle
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from tests.hub.worlds import model_of, who_is_who
from tests.hub_processes.crews import ROOT
from tests.hub_processes.crowd import RULES, batches_of, crowd, reading_hub
from tests.hub_processes.disk import Event, after_cut

from unified_profile.storage.commands import Scan
from unified_profile.storage.sqlite import SqliteStore
from unified_profile.storage.tables import FACTS
from unified_profile.testing.identity_reference import reference

CUTS = int(os.environ.get("UNIFIED_PROFILE_CUTS", "120"))
SIZE, LIFE = 120, "powered"
FACTS_TOLD = crowd(LIFE, size=SIZE, tenant=LIFE)
BATCHES = batches_of(FACTS_TOLD, LIFE)
WHOLE = [sum(map(len, BATCHES[:number])) for number in range(len(BATCHES) + 1)]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Event]]:
    """Give what SQLite did to its files under each kind of durability."""
    folder = tmp_path_factory.mktemp("disk")
    found: dict[str, list[Event]] = {}
    for durability in ("process", "power"):
        told = folder / f"{durability}.events"
        arguments = [durability, str(folder / f"{durability}.sqlite"), str(told), LIFE, str(SIZE)]
        here = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        subprocess.run([sys.executable, str(Path(__file__).with_name("powered.py")), *arguments], check=True, env=here)
        found[durability] = pickle.loads(told.read_bytes())
        assert [event[1] for event in found[durability] if event[0] == "ack"] == list(range(len(BATCHES)))
    return found


def found_after(events: list[Event], durability: str, folder: Path, rnd: random.Random | None) -> int:
    """Let the power go after *events*; see that nothing is there in part; return how many batches are missing."""
    acknowledged = after_cut(events, folder, rnd) + 1
    path = folder / f"{durability}.sqlite"
    with SqliteStore(path, durability=durability) as store:  # type: ignore[arg-type]  # one of the two
        hub = reading_hub(store, LIFE)
        with store.session(LIFE) as session:
            (rows,) = session.read([Scan(FACTS, None, 10**6)])
        there = [row.id for row in rows if not row.id.startswith("rules:")]
        assert len(there) in WHOLE, "no batch is there in part"
        facts = FACTS_TOLD[: len(there)]
        assert there == [fact.id for fact in facts]
        expected = reference(facts, RULES, model=model_of(facts))
        assert who_is_who(hub) == (expected.profiles, expected.nobody)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return acknowledged - WHOLE.index(len(there))


def missing(events: list[Event], durability: str, folder: Path) -> Counter[int]:
    """Let the power go at many moments and return how often how many acknowledged batches were missing."""
    rnd, seen = random.Random(f"{CUTS} cuts, {durability}"), Counter[int]()
    for number in range(CUTS // 2):
        until = events[: rnd.randrange(len(events) + 1)]
        seen[found_after(until, durability, folder / str(number), rnd if number % 3 else None)] += 1
    print(f"\n{durability}: acknowledged batches missing, and how often: {sorted(seen.items())}")  # noqa: T201  # with -s
    return seen


def test_power_loses_nothing_that_was_acknowledged(events, tmp_path):
    seen = missing(events["power"], "power", tmp_path)
    assert max(seen) == 0, "minus one: kept, and not acknowledged yet"


def test_process_may_lose_the_last_batches_whole_and_never_part_of_one(events, tmp_path):
    """It is this that the other one is paid for: were nothing lost here, the disk of this test would lose nothing."""
    seen = missing(events["process"], "process", tmp_path)
    assert max(seen) > 0


def test_power_waits_for_the_disk_at_each_batch_and_process_only_when_the_log_is_moved(events):
    for durability, at_least in (("power", 1), ("process", 0)):
        synced, between = [], 0
        for event in events[durability]:
            if event[0] == "sync":
                between += 1
            elif event[0] == "ack":
                synced.append(between)
                between = 0
        quiet = [count for number, count in enumerate(synced) if number % 8 not in {0, 7}]
        assert min(quiet) == at_least
        assert (max(quiet) == 0) == (durability == "process")
