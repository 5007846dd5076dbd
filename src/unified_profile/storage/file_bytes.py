"""The bytes of a database's files, reached without dropping the locks that SQLite holds on them.

On POSIX systems a process loses all its locks on a file as soon as it closes the file once, whoever had set them. So
the file that SQLite locks is opened once and stays open, until it is there no more.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "darwin":
    import fcntl

LOCKS_AT = 1 << 30
"""The place of the bytes that SQLite locks; in their page is nothing else."""
_LOCKS = 512
_PIECE = 1 << 24
_POSIX = hasattr(os, "pread")
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_OPEN: dict[tuple[int, int, bool], int] = {}
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


def on_disk(descriptor: int, /) -> None:
    """Wait until what was written is on the disk, and not only in the memory of the system, or of the drive."""
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def _read(descriptor: int, size: int, at: int) -> bytes:
    if _POSIX:
        return os.pread(descriptor, size, at)
    # Elsewhere what somebody has locked cannot be read: zeros are given for the bytes that are for locks only.
    if LOCKS_AT <= at < LOCKS_AT + _LOCKS:
        return bytes(max(0, min(size, LOCKS_AT + _LOCKS - at, os.fstat(descriptor).st_size - at)))
    os.lseek(descriptor, at, os.SEEK_SET)
    return os.read(descriptor, min(size, LOCKS_AT - at) if at < LOCKS_AT else size)


@contextmanager
def kept_open(file: Path, /, *, write: bool = False) -> Iterator[int]:
    """Give a descriptor of *file*, to *write* as well if that is asked, and leave the locks on it as they are.

    It is never closed while the file is there, or somebody uses it. Where systems are not POSIX, locks are lost with
    nobody's descriptor but their own; there each use has one of its own.
    """
    flags = (os.O_RDWR if write else os.O_RDONLY) | _FLAGS
    if not _POSIX:
        descriptor = os.open(file, flags)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
        return
    with _LOCK:
        for known, descriptor in list(_OPEN.items()):
            there = _names_left(known, descriptor)
            if there is None:  # somebody closed it, and it may be another file's by now
                del _OPEN[known]
            elif not there and not _USED[descriptor]:
                os.close(_OPEN.pop(known))
        found = file.stat()
        key = (found.st_dev, found.st_ino, write)
        if key not in _OPEN:
            _OPEN[key] = os.open(file, flags)
        descriptor = _OPEN[key]
        _USED[descriptor] += 1
    try:
        yield descriptor
    finally:
        with _LOCK:
            _USED[descriptor] -= 1


def _names_left(known: tuple[int, int, bool], descriptor: int) -> int | None:
    """Return under how many names the file *known* is there that was opened as *descriptor*; None if that is not it."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_nlink if (found.st_dev, found.st_ino) == known[:2] else None


def _after_fork() -> None:
    """Begin anew in a child: a thread that held the lock, or used a descriptor, is not there."""
    global _LOCK  # noqa: PLW0603  # a lock that is held by nobody cannot be let go
    _LOCK = threading.Lock()
    _USED.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
