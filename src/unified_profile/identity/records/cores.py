"""Work in parts on all cores: comparing texts and arrays lets go of the interpreter, so threads are enough."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

_MOST = 8


def on_all_cores(
    work: Callable[[int], None], parts: Sequence[int], /, *, tell: Callable[[int, int], None] | None = None
) -> None:
    """Do *work* for each of *parts*: the first by itself, so that what all of them need is made once.

    *tell* hears how many are done, and how many there are. An error of one part is raised here.
    """
    for done, _ in enumerate(_worked(work, parts), 1):
        if tell is not None:
            tell(done, len(parts))


def _worked(work: Callable[[int], None], parts: Sequence[int]) -> Iterator[None]:
    yield from map(work, parts[:1])
    cores = min(_MOST, os.cpu_count() or 1, len(parts) - 1)
    if cores < 2:
        yield from map(work, parts[1:])
        return
    with ThreadPoolExecutor(cores, thread_name_prefix="unified-profile-records") as pool:
        yield from pool.map(work, parts[1:])
