"""Whoever looks for the bytes of an erased person reads files that others use: a log may go while it is looked at."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from unified_profile import SqliteStore
from unified_profile.model.rows import MetaRow
from unified_profile.storage.commands import Changes, Get, Put
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import META

KINDS: dict[str, Callable[[Path], SqliteStore | SqlStore]] = {
    "sqlite": SqliteStore,
    "sqlalchemy": lambda path: SqlStore(f"sqlite:///{path}"),
}


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    made = KINDS[request.param](tmp_path / "people.sqlite")
    with made.session("default") as session:
        session.write(Changes(puts=[Put(META, [MetaRow("canary-7f3a", "x")])]))
    return made


def files(store) -> dict[str, Iterable[bytes]]:
    return {name: pieces for name, pieces in store.bytes_kept() if name.startswith("people.sqlite")}


def test_the_file_comes_after_its_log_and_holds_what_the_log_gave_up(store, tmp_path):
    held = files(store)
    assert list(held)[-1] == "people.sqlite"
    store.close()
    log = tmp_path / "people.sqlite-wal"
    assert not log.exists(), "the last connection took it along"
    assert b"canary-7f3a" in b"".join(piece for pieces in held.values() for piece in pieces)


def test_a_file_that_is_gone_is_no_clean_file(store, tmp_path):
    held = files(store)
    store.close()
    for one in Path(tmp_path).glob("people.sqlite*"):
        one.unlink()
    with pytest.raises(FileNotFoundError):
        [list(pieces) for pieces in held.values()]


OTHER = """
import sqlite3, sys
try:
    print(sqlite3.connect(sys.argv[1], timeout=0).execute("PRAGMA journal_mode = DELETE").fetchone()[0])
except sqlite3.OperationalError as error:
    print(error)
"""


def test_who_reads_the_bytes_keeps_the_locks_of_the_connections_at_work(store, tmp_path):
    """Another process must not take the log away under them."""
    with store.session("default") as session:
        session.read([Get(META, [("canary-7f3a",)])])
        assert all(b"".join(pieces) for pieces in files(store).values())
        command = [sys.executable, "-c", OTHER, str(tmp_path / "people.sqlite")]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.strip() == "database is locked"
