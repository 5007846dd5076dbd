"""Knows which pages of a SQLite file were written since all of it was looked through, so that others are left alone.

While a file has a write-ahead log, each change of a page is put there first
(https://www.sqlite.org/fileformat2.html#the_write_ahead_log). Whenever the log is begun anew, two numbers at its head
change, the *salts*; each page in it has them too. So as long as the salts are those from the end of a look, the log
names every page that was written since. Once somebody else began it anew, nobody knows, and the whole file is looked
through again. What is known is known to this process alone, and as long as it lives.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unified_profile.storage.file_bytes import read_at

_HEAD, _FRAME = 32, 24
_MAGIC = frozenset({0x377F0682, 0x377F0683})
_MOST_FILES = 1_000

_SALTS: dict[tuple[int, int], bytes] = {}
_LOCK = threading.Lock()


def salts_of(file: Path, /) -> bytes | None:
    """Return the salts of the log beside *file*; None if there is none, or nothing is in it."""
    with _opened(file) as log:
        return None if log is None else _salts(log)


def remember(descriptor: int, salts: bytes, /) -> None:
    """Remember that all of the file open as *descriptor* was looked through, but for what its log with *salts* names.

    The caller has made sure that nobody else wrote from the beginning of the look until *salts* were read.
    """
    with _LOCK:
        if len(_SALTS) >= _MOST_FILES:
            _SALTS.clear()
        _SALTS[_key(descriptor)] = salts


def written_since(file: Path, descriptor: int, /) -> list[int] | None:
    """Return the numbers of the pages of *file*, open as *descriptor*, that were written since it was looked through.

    None if that is not known. What others write meanwhile need not be among them.
    """
    with _LOCK:
        known = _SALTS.get(_key(descriptor))
    if known is None or os.fstat(descriptor).st_nlink != 1:  # under another name it has another log
        return None
    with _opened(file) as log:
        if log is None or _salts(log) != known:
            return None
        found = _pages(log, known)
        # Somebody may have begun it anew under our eyes.
        return sorted(found) if _salts(log) == known else None


@contextmanager
def _opened(file: Path) -> Iterator[int | None]:
    """Open the log of *file*, if there is one. SQLite's locks are on other files, so it can be closed again."""
    real = Path(os.path.realpath(file))
    try:
        log = real.with_name(real.name + "-wal").open("rb", buffering=0)
    except FileNotFoundError:
        yield None
        return
    with log:
        yield log.fileno()


def _salts(log: int) -> bytes | None:
    head = read_at(log, _HEAD, 0)
    return head[16:24] if len(head) == _HEAD and int.from_bytes(head[:4]) in _MAGIC else None


def _pages(log: int, salts: bytes) -> set[int]:
    """Return the pages that are in *log*, those that were never committed included."""
    step = _FRAME + int.from_bytes(read_at(log, 4, 8))
    found: set[int] = set()
    at = _HEAD
    while (frame := read_at(log, _FRAME, at))[8:16] == salts:  # what has others is left from before
        found.add(int.from_bytes(frame[:4]))
        at += step
    return found


def _key(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino
