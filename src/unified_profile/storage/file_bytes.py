"""The bytes of a database's files, read without dropping the locks that SQLite holds on them.

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
    if not hasattr(os, "pread"):  # not POSIX: locks are lost with nobody's descriptor but their own
        with file.open("rb") as opened:
            while piece := opened.read(_PIECE):
                yield piece
        return
    with _kept_open(file) as descriptor:
        at = 0
        while piece := os.pread(descriptor, _PIECE, at):
            at += len(piece)
            yield piece


@contextmanager
def _kept_open(file: Path) -> Iterator[int]:
    """Give a descriptor of *file* that is never closed while the file is there, or somebody reads."""
    with _LOCK:
        for known, descriptor in list(_OPEN.items()):
            if not _USED[descriptor] and not os.fstat(descriptor).st_nlink:
                os.close(_OPEN.pop(known))
        found = file.stat()
        key = (found.st_dev, found.st_ino)
        if key not in _OPEN:
            _OPEN[key] = os.open(file, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        descriptor = _OPEN[key]
        _USED[descriptor] += 1
    try:
        yield descriptor
    finally:
        with _LOCK:
            _USED[descriptor] -= 1
