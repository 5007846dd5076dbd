"""The bytes of a database's files, reached without dropping the locks that SQLite holds on them.

On POSIX systems a process loses all its locks on a file as soon as it closes the file once, whoever had set them. So
the file that SQLite locks is opened once and stays open, until it is there no more.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_PIECE = 1 << 24
_POSIX = hasattr(os, "pread")
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_OPEN: dict[tuple[int, int], int] = {}
_USED: Counter[int] = Counter()
_LOCK = threading.Lock()


def bytes_of(file: Path, /) -> Sequence[tuple[str, Iterable[bytes]]]:
    """Return the logs beside a SQLite file, and the file, in pieces of 16 MB.

    The file comes last: what is moved into it while a log is read is met there. The index of the log (``-shm``) holds
    numbers of pages and no values.
    """
    logs = [file.with_name(file.name + end) for end in ("-wal", "-journal")]
    beside = [(one.name, _of_log(one)) for one in logs if one.exists()]
    return [*beside, (file.name, _of_locked(file))]


def _of_log(file: Path) -> Iterator[bytes]:
    with suppress(FileNotFoundError), file.open("rb") as opened:  # it goes with the last connection
        while piece := opened.read(_PIECE):
            yield piece


def _of_locked(file: Path) -> Iterator[bytes]:
    with kept_open(file) as descriptor:
        at = 0
        while piece := read_at(descriptor, _PIECE, at):
            at += len(piece)
            yield piece


def read_at(descriptor: int, size: int, at: int, /) -> bytes:
    """Return up to *size* bytes that begin *at* a place; fewer at the end of the file only."""
    pieces = []
    while size > 0 and (piece := _read(descriptor, size, at)):
        pieces.append(piece)
        size, at = size - len(piece), at + len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def write_at(descriptor: int, data: bytes, at: int, /) -> None:
    """Write *data* at a place, all of it."""
    while data:
        if _POSIX:
            written = os.pwrite(descriptor, data, at)
        else:
            os.lseek(descriptor, at, os.SEEK_SET)
            written = os.write(descriptor, data)
        data, at = data[written:], at + written


def _read(descriptor: int, size: int, at: int) -> bytes:
    if _POSIX:
        return os.pread(descriptor, size, at)
    os.lseek(descriptor, at, os.SEEK_SET)
    return os.read(descriptor, size)


@contextmanager
def kept_open(file: Path, /) -> Iterator[int]:
    """Give a descriptor of *file*, to write as well where that is allowed, and leave the locks on it as they are.

    It is never closed while the file is there, or somebody uses it. Where systems are not POSIX, locks are lost with
    nobody's descriptor but their own; there each use has one of its own.
    """
    if not _POSIX:
        descriptor = _opened(file)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
        return
    with _LOCK:
        for known, descriptor in list(_OPEN.items()):
            if not _USED[descriptor] and not os.fstat(descriptor).st_nlink:
                os.close(_OPEN.pop(known))
        found = file.stat()
        key = (found.st_dev, found.st_ino)
        if key not in _OPEN:
            _OPEN[key] = _opened(file)
        descriptor = _OPEN[key]
        _USED[descriptor] += 1
    try:
        yield descriptor
    finally:
        with _LOCK:
            _USED[descriptor] -= 1


def _opened(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | _FLAGS)
    except OSError:  # it may be read only
        return os.open(file, os.O_RDONLY | _FLAGS)
