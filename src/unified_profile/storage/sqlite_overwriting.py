"""Overwrites what SQLite leaves of rows inside its pages, where no row is any more.

``secure_delete`` overwrites a row where it stands when it is deleted. But a row may have moved before: where SQLite
spreads the rows of a full page over its neighbors, the bytes that they had stay in the part of the page that belongs to
no row (*unallocated space*, https://www.sqlite.org/fileformat2.html#b_tree_pages). SQLite never reads them; whoever
looks through the file does. ``VACUUM`` is rid of them and writes everything anew. Here they are overwritten in place.

A mistake here would take rows away, so four things hold whenever a byte is written: nobody else may write to the file
or its log, nothing is in the log that would be moved into the file, the file is the one that is locked, and the page
says of all its rows that they are elsewhere.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TypeAlias

from unified_profile.errors import StorageError
from unified_profile.storage.file_bytes import LOCKS_AT, kept_open, on_disk, read_at, write_at
from unified_profile.storage.sqlite_session import translated
from unified_profile.storage.sqlite_written import remember, salts_of, written_since

_PIECE = 1 << 24
_MAGIC = b"SQLite format 3\0"
_TREE_PAGES = {2: 12, 5: 12, 10: 8, 13: 8}
"""The first byte of a page of a tree, and the size of its head (file format, 1.6)."""
_PAGE_SIZES = frozenset(1 << power for power in range(9, 17))
_MOST_PAGES = 2 << 24
"""Below, no other page begins like a page of a tree: the others begin with the number of a page."""
_PAUSE, _PATIENCE = 0.005, 2.0
_LOOKS = 2
_NOTHING = bytes(1 << 16)

_Runs: TypeAlias = list[tuple[int, int]]


class UnknownPagesError(StorageError):
    """A file whose pages cannot be told apart from outside: encrypted, with checksums, or too many of them."""


def overwritten(file: Path, /, *, turn: Callable[[], AbstractContextManager[None]]) -> bool:
    """Overwrite all bytes that belong to no row in the pages of *file*; say whether that was possible now.

    The log is emptied, too. What this process has gone through before is gone through again only where it was written
    since, if the file has a write-ahead log and that still says so. Else it goes through the whole file, in pieces of
    16 MB; *turn* is held for one piece, and so is the lock of those who write. Between pieces they have as much time.
    Where the file has a log, readers go on; each piece waits up to two seconds until none of them reads what is in it.
    Else readers wait for the piece.

    Raises:
        UnknownPagesError: If the file is of a kind whose pages cannot be told apart here; nothing was written.
        StorageError: If the file cannot be read or written.
    """
    try:
        # The descriptor first: a file that takes the place of this one later is seen by `_is`.
        with (
            kept_open(file, write=True) as descriptor,
            closing(_connected(file)) as connection,
            closing(_connected(file)) as beside,
        ):
            return _looked_through(file, descriptor, _Gate(connection, beside, turn))
    except StorageError:
        raise
    except sqlite3.Error as error:
        raise translated(error, file) from error
    except OSError as error:
        raise StorageError(f"{file} cannot be overwritten: {error.strerror}") from error


def _looked_through(file: Path, descriptor: int, gate: _Gate) -> bool:
    """Go through all that was written since the last time, or the whole file, if that is not known.

    Through the whole file it goes again if others wrote between two pieces: SQLite may give pages other numbers while
    it spreads rows, and what was ahead lies behind then.
    """
    heard = gate.heard()
    written = None if heard is None else written_since(file, descriptor)
    if heard is not None and written is not None:
        if not any(number > 1 for number in written):
            return True
        quiet = _gone_through(file, descriptor, gate, _parts(descriptor, written), {heard})
        if quiet is not False:
            return quiet is True
    for _ in range(_LOOKS):
        quiet = _gone_through(file, descriptor, gate, _whole(descriptor), set())
        if quiet is not False:
            return quiet is True
    return True


def _gone_through(
    file: Path, descriptor: int, gate: _Gate, pieces: Iterator[tuple[_Runs, bool]], heard: set[int]
) -> bool | None:
    """Go through *pieces*; say whether others wrote nothing since they were *heard* of; None if it cannot be done now.

    What was written before they were heard of has to be among the pieces: else nothing is known of it.
    """
    known, held, more, wrote = bool(heard), 0.0, True, False
    while more:
        time.sleep(held)  # whoever waits for the lock asks for it now and then only
        since = time.monotonic()
        with gate.alone() as found:
            if not found or not _is(file, descriptor):
                return None
            heard.add(gate.commits_of_others())
            if known and len(heard) > 1:
                return False
            runs, more = next(pieces, ([], False))
            changed = bool(runs) and _piece_overwritten(descriptor, runs)
            gate.told(wrote=changed, last=bool(runs) and not more)
        wrote = wrote or changed
        held = time.monotonic() - since
    if wrote or not known:
        on_disk(descriptor)
    if len(heard) > 1:
        return False
    salts = salts_of(file)
    if salts and gate.heard() in heard:
        remember(descriptor, salts)
    return True


def _whole(descriptor: int) -> Iterator[tuple[_Runs, bool]]:
    """Yield the pieces of the whole file, and whether there are more. What comes to it later is for those who are here.

    Its size is that of the first moment at which nothing is in the log.
    """
    at, end = 0, os.fstat(descriptor).st_size
    while at < end:
        yield [(at, _PIECE)], at + _PIECE < end
        at += _PIECE


def _parts(descriptor: int, numbers: Sequence[int]) -> Iterator[tuple[_Runs, bool]]:
    """Yield the pages *numbers*, which are in order, as pieces of neighbors, and whether there are more."""
    size = _Pages.of(read_at(descriptor, 100, 0), 0).size
    most = max(1, _PIECE // size)
    for first in range(0, len(numbers), most):
        runs: _Runs = []
        for number in numbers[first : first + most]:
            at = (number - 1) * size
            if runs and sum(runs[-1]) == at:
                runs[-1] = (runs[-1][0], runs[-1][1] + size)
            else:
                runs.append((at, size))
        yield runs, first + most < len(numbers)


def _piece_overwritten(descriptor: int, runs: _Runs) -> bool:
    """Overwrite what is left in the *runs* of a file, each with its first byte and size; say whether anything was."""
    pages = _Pages.of(read_at(descriptor, 100, 0), os.fstat(descriptor).st_size)
    left = [one for at, size in runs for one in pages.left(read_at(descriptor, size, at), at)]
    for begin, size in left:
        write_at(descriptor, _NOTHING[:size], begin)
    return bool(left)


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
        plain = head.startswith(_MAGIC) and size in _PAGE_SIZES and head[18] in {1, 2} and not head[20]
        if not plain or length // size >= _MOST_PAGES:
            raise UnknownPagesError("the pages of this file are not plain SQLite's, or too many; run VACUUM on it")
        return cls(size, maps_every=size // 5 + 1 if head[52:56] != bytes(4) else 0)

    def left(self, piece: bytes, at: int) -> Iterator[tuple[int, int]]:
        """Yield the place and size of each stretch in *piece*, which begins at byte *at*, that holds what is no row."""
        for begin in range(0, len(piece) - self.size + 1, self.size):
            head = _TREE_PAGES.get(piece[begin])
            if head is None or not self._of_rows(at + begin):
                continue
            free, cells, first = struct.unpack_from(">3H", piece, begin + 1)
            first = first or 1 << 16
            start, stop = begin + head + 2 * cells, begin + first
            if not start < stop <= begin + self.size or piece.startswith(_NOTHING[: stop - start], start):
                continue
            # A page that is damaged may say so of its first row, and have others before it.
            places = struct.unpack_from(f">{cells}H", piece, begin + head)
            if min((*places, free or first), default=first) >= first:
                yield at + start, stop - start

    def _of_rows(self, at: int) -> bool:
        """Say whether the page at byte *at* may hold rows. The first one holds names of tables only."""
        number = at // self.size + 1
        locks = LOCKS_AT // self.size + 1
        if number in {1, locks}:
            return False
        if not self._maps_every:
            return True
        maps = (number - 2) // self._maps_every * self._maps_every + 2
        return number != maps + (maps == locks)


class _Gate:
    """Lets one piece at a time be written, while nobody else writes."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        beside: sqlite3.Connection,
        turn: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """Lock by *connection* and look by *beside*, each of which has read no page that it could write back."""
        self._connection, self._beside, self._turn = connection, beside, turn
        self._log = False

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Keep everybody from writing to the file, its log included, while nothing is in the log; False if not now.

        What is in the log would be moved into the file by whoever comes, over pages that are looked at here.
        """
        with self._turn():
            deadline = time.monotonic() + _PATIENCE
            while not self._locked():
                if time.monotonic() > deadline:
                    yield False
                    return
                time.sleep(_PAUSE)
            try:
                yield True
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def commits_of_others(self) -> int:
        """Return a number that is another one after others wrote."""
        found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found

    def heard(self) -> int | None:
        """Return the same, while others may write; None if somebody is in the way."""
        try:
            return self.commits_of_others()
        except sqlite3.Error as error:
            if _is_busy(error):
                return None
            raise

    def told(self, *, wrote: bool, last: bool) -> None:
        """Make other connections read their pages anew if the file was written, so that none writes an old one back.

        They do so after any commit; setting the version that is set already is one, and changes nothing. Without a log
        that is done each time: it deletes the journal that somebody's last transaction may have left. With one it is
        done after the *last* piece: then the log has a head by which it is known again.
        """
        if wrote or last or not self._log:
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            self._connection.execute(f"PRAGMA user_version = {version:d}")

    def _locked(self) -> bool:
        """Empty the log and take the lock of those who write; False if somebody was in the way, or wrote in between.

        Without a log the lock keeps readers away too: else they could keep the commit from coming through.
        """
        try:
            if self._has_log():  # the commits of `told` need not wait for the disk; to move a log always does
                self._connection.execute("PRAGMA synchronous = NORMAL")
            if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                return False
            self._connection.execute("BEGIN EXCLUSIVE")
            if self._nothing_in_log():
                return True
        except sqlite3.Error as error:
            if not _is_busy(error):
                raise
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        return False

    def _nothing_in_log(self) -> bool:
        """Say whether nothing is in the log, as SQLite itself sees it: its name is not always that of the file."""
        self._log = self._has_log()
        if not self._log:
            return True
        self._beside.execute("PRAGMA schema_version").fetchone()  # so that it knows of the log
        return tuple(self._beside.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()) == (0, 0, 0)

    def _has_log(self) -> bool:
        mode: str = self._connection.execute("PRAGMA journal_mode").fetchone()[0]
        return mode == "wal"


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _is(file: Path, descriptor: int) -> bool:
    """Say whether *file* is what is open as *descriptor*. Where systems are not POSIX, nobody can replace it."""
    return os.name == "nt" or os.path.samestat(file.stat(), os.fstat(descriptor))


def _connected(file: Path) -> sqlite3.Connection:
    """Return a connection that has read no page yet, so that it cannot write an old one back."""
    return sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
