"""Overwrites what SQLite leaves of rows inside its pages, where no row is any more.

``secure_delete`` overwrites a row where it stands when it is deleted. But a row may have moved before: where SQLite
spreads the rows of a full page over its neighbors, the bytes that they had stay in the part of the page that belongs to
no row (*unallocated space*, https://www.sqlite.org/fileformat2.html#b_tree_pages). SQLite never reads them; whoever
looks through the file does. ``VACUUM`` is rid of them and writes everything anew. Here they are overwritten in place.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from unified_profile.errors import StorageError
from unified_profile.storage.file_bytes import kept_open, read_at, write_at
from unified_profile.storage.sqlite_session import translated

_PIECE = 1 << 24
_MAGIC = b"SQLite format 3\0"
_TREE_PAGES = {2: 12, 5: 12, 10: 8, 13: 8}
"""The first byte of a page of a tree, and the size of its head (file format, 1.6)."""
_MOST_PAGES = 2 << 24
"""Below, no other page begins like a page of a tree: the others begin with the number of a page."""
_LOCKS_AT = 1 << 30
"""In the page of this byte are locks and nothing else."""
_PAUSE, _PATIENCE = 0.005, 2.0
_NOTHING = bytes(1 << 16)


def overwritten(file: Path, /, *, turn: Callable[[], AbstractContextManager[None]]) -> bool:
    """Overwrite all bytes that belong to no row in the pages of *file*; say whether that was possible now.

    It goes through the file in pieces of 16 MB; *turn* is held for one piece, and so is the lock of those who write.
    Readers go on; each piece waits up to two seconds until none of them reads what is in the log.

    Raises:
        StorageError: If the file is of a kind whose pages cannot be told apart here.
    """
    with closing(_connected(file)) as connection, kept_open(file) as descriptor:
        at, wrote = 0, False
        while at < os.fstat(descriptor).st_size:
            with turn(), _alone(connection, file) as found:
                if not found:
                    return False
                pages = _Pages.of(read_at(descriptor, 100, 0), os.fstat(descriptor).st_size)
                left = list(pages.left(read_at(descriptor, _PIECE, at), at))
                for begin, size in left:
                    write_at(descriptor, _NOTHING[:size], begin)
                if left:
                    wrote = True
                    _forget_pages(connection)
            at += _PIECE
        if wrote:
            os.fsync(descriptor)
    return True


class _Pages:
    """The pages of a database."""

    def __init__(self, size: int, *, maps_every: int) -> None:
        """Take pages of *size* bytes, among which pages of pointers come *maps_every* so many (0: never)."""
        self.size, self._maps_every = size, maps_every

    @classmethod
    def of(cls, head: bytes, length: int) -> _Pages:
        """Return them as the *head* of a file of *length* bytes describes them."""
        size = int.from_bytes(head[16:18])
        size = 1 << 16 if size == 1 else size
        if not head.startswith(_MAGIC) or head[20] or length // size >= _MOST_PAGES:
            raise StorageError("the pages of this file are not plain SQLite's, or too many; run VACUUM after erasing")
        return cls(size, maps_every=size // 5 + 1 if head[52:56] != bytes(4) else 0)

    def left(self, piece: bytes, at: int) -> Iterator[tuple[int, int]]:
        """Yield the place and size of each stretch in *piece*, which begins at byte *at*, that holds what is no row."""
        for begin in range(0, len(piece) - self.size + 1, self.size):
            head = _TREE_PAGES.get(piece[begin])
            if head is None or not self._of_rows(at + begin):
                continue
            cells, first = struct.unpack_from(">HH", piece, begin + 3)
            start, stop = begin + head + 2 * cells, begin + (first or 1 << 16)
            if start < stop <= begin + self.size and not piece.startswith(_NOTHING[: stop - start], start):
                yield at + start, stop - start

    def _of_rows(self, at: int) -> bool:
        """Say whether the page at byte *at* may hold rows. The first one holds names of tables only."""
        number = at // self.size + 1
        locks = _LOCKS_AT // self.size + 1
        if number in {1, locks}:
            return False
        if not self._maps_every:
            return True
        maps = (number - 2) // self._maps_every * self._maps_every + 2
        return number != maps + (maps == locks)


def _connected(file: Path) -> sqlite3.Connection:
    """Return a connection that has read no page yet, so that it cannot write an old one back."""
    return sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)


@contextmanager
def _alone(connection: sqlite3.Connection, file: Path) -> Iterator[bool]:
    """Keep everybody from writing to *file*, its log included, while nothing is in the log; False if that cannot be.

    What is in the log would be moved into the file by whoever comes, over pages that are looked at here.
    """
    deadline = time.monotonic() + _PATIENCE
    while not _locked(connection, file):
        if time.monotonic() > deadline:
            yield False
            return
        time.sleep(_PAUSE)
    try:
        yield True
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _locked(connection: sqlite3.Connection, file: Path) -> bool:
    """Empty the log and take the lock of those who write; False if somebody was in the way, or wrote in between."""
    log = file.with_name(file.name + "-wal")
    try:
        if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            return False
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return False
        raise translated(error, file) from error
    if not log.exists() or not log.stat().st_size:
        return True
    connection.execute("ROLLBACK")
    return False


def _forget_pages(connection: sqlite3.Connection) -> None:
    """Make all other connections read their pages anew, so that none writes an old one back.

    They do so after any commit; setting the version that is set already is one, and changes nothing.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {version:d}")
