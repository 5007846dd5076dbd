"""Connections to one SQLite file: who may use which, who may write now, and how long to wait."""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unified_profile.errors import ForkedError, StorageError
from unified_profile.storage.migrations import Migration, is_current, migrate
from unified_profile.storage.sqlite_schema import SqliteSchema
from unified_profile.storage.sqlite_session import translated

_log = logging.getLogger("unified_profile.storage")

_SETTINGS = (
    # Readers and the one writer do not wait for each other.
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = {synchronous}",
    # On macOS an ordinary fsync leaves data in the drive's cache; elsewhere this changes nothing.
    "PRAGMA fullfsync = {fullfsync}",
    # Moving the log into the file costs some milliseconds: every 32 MB instead of every 4 MB.
    "PRAGMA wal_autocheckpoint = 8000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA cache_size = -32000",
    "PRAGMA temp_store = MEMORY",
    # What is deleted is overwritten with zeros.
    "PRAGMA secure_delete = ON",
)
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.02
_STATEMENTS_KEPT = 512


class Connections:
    """Open connections to the file at *path*, for any thread of the process that first asked for one.

    Threads of this process write first come, first served (``hold``). Between processes SQLite's lock decides, and
    ``patiently`` asks for it again and again, in shorter steps than SQLite's own.
    """

    def __init__(self, path: Path, *, durable: bool, patience: float) -> None:
        """Open nothing yet. *durable* waits for the disk at each commit; *patience* is in seconds."""
        self.path = path
        self._durable = durable
        self._patience = patience
        self._idle: deque[sqlite3.Connection] = deque()
        self._writing = threading.Lock()
        self._writer: int | None = None
        self._preparing = threading.Lock()
        self._prepared = False
        self._process = 0  # that of the first use: made before a fork is no harm, used before it is

    def take(self) -> sqlite3.Connection:
        """Return a connection, to tables that can be used, which nobody else uses until ``give_back``.

        Raises:
            ForkedError: If connections were taken before a fork.
            SchemaVersionError: If the tables are of another version.
        """
        connection = self._take()
        if not self._prepared:
            try:
                self._prepare(connection)
            except BaseException:
                self.give_back(connection)
                raise
        return connection

    def give_back(self, connection: sqlite3.Connection, /) -> None:
        """Roll back whatever is still open on *connection* and keep it for the next."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
        else:
            self._idle.append(connection)

    def hold(self) -> None:
        """Be the one thread of this process that writes, until ``let_go``.

        Raises:
            StorageError: If this thread is it already, or another one stays it for too long.
        """
        me = threading.get_ident()
        if self._writer == me:
            raise StorageError("a session of this store is open in this thread already; end it first")
        if not self._writing.acquire(timeout=self._patience):
            raise self._too_busy()
        self._writer = me

    def let_go(self) -> None:
        """Let the next thread write."""
        self._writer = None
        self._writing.release()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold, for a block."""
        self.hold()
        try:
            yield
        finally:
            self.let_go()

    def patiently(self, connection: sqlite3.Connection, statement: str, /) -> sqlite3.Cursor:
        """Run *statement*, again and again while another connection is in the way.

        Raises:
            StorageError: If it stays there for too long, or the statement fails otherwise.
        """
        try:
            return connection.execute(statement)
        except sqlite3.Error as error:
            if not _is_busy(error):
                raise translated(error, self.path) from error
        deadline = time.monotonic() + self._patience
        pause = _SHORTEST_PAUSE
        while True:
            # By chance, so that processes do not keep in step.
            time.sleep(random.uniform(0, pause))  # noqa: S311  # no secret
            pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                return connection.execute(statement)
            except sqlite3.Error as error:
                if not _is_busy(error):
                    raise translated(error, self.path) from error
                if time.monotonic() > deadline:
                    raise self._too_busy() from error

    def empty_log(self, connection: sqlite3.Connection, /) -> None:
        """Move the log into the file and cut it to nothing.

        Raises:
            StorageError: If a reader is in the way for too long.
        """
        deadline = time.monotonic() + self._patience
        while self.patiently(connection, "PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > deadline:
                raise StorageError(f"a reader keeps the log beside {self.path} from being emptied; end it first")
            time.sleep(_LONGEST_PAUSE)

    def log_emptied(self, connection: sqlite3.Connection, /) -> bool:
        """Move the log into the file and cut it to nothing, unless somebody is in the way."""
        return not self.patiently(connection, "PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def migrate(self) -> list[Migration]:
        """Bring the tables to the newest version."""
        connection = self._take()
        try:
            with self.exclusively():
                return self._migrate(connection)
        finally:
            self.give_back(connection)

    def close(self) -> None:
        """Close what is not in use."""
        if self._process:
            _close_all(self._idle, self._process)

    def _take(self) -> sqlite3.Connection:
        here = os.getpid()
        if self._process != here:
            if self._process:
                raise ForkedError("this store was used before the fork; make a new SqliteStore in the child process")
            self._process = here
            weakref.finalize(self, _close_all, self._idle, here)
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self.path,
                timeout=0,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=_STATEMENTS_KEPT,
            )
        except sqlite3.Error as error:
            raise translated(error, self.path) from error
        synchronous, fullfsync = ("FULL", "ON") if self._durable else ("NORMAL", "OFF")
        try:
            for setting in _SETTINGS:
                self.patiently(connection, setting.format(synchronous=synchronous, fullfsync=fullfsync)).fetchall()
        except BaseException:
            connection.close()
            raise
        _log.debug("opened a connection to %s", self.path.name)
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables of a new file; refuse those of another version."""
        with self._preparing:
            if self._prepared:
                return
            try:
                ready = is_current(SqliteSchema.of(connection))
            except sqlite3.Error as error:
                raise translated(error, self.path) from error
            if not ready:
                self._migrate(connection)
            self._prepared = True

    def _migrate(self, connection: sqlite3.Connection) -> list[Migration]:
        """Run the steps that are needed, seen under the lock: another process may have been faster."""
        self.patiently(connection, "BEGIN IMMEDIATE")
        try:
            steps = migrate(SqliteSchema.of(connection))
        except sqlite3.Error as error:
            raise translated(error, self.path) from error
        self.patiently(connection, "COMMIT")
        self._prepared = True
        return steps

    def _too_busy(self) -> StorageError:
        return StorageError(
            f"another writer held {self.path} for more than {self._patience:g} s;"
            " keep sessions short, or raise busy_timeout"
        )


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _close_all(idle: deque[sqlite3.Connection], process: int) -> None:
    """Close *idle*; in a child process nothing, for there it belongs to the parent."""
    if os.getpid() != process:
        return
    while idle:
        idle.pop().close()
