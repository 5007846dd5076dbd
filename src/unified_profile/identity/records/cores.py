"""Work in parts on all cores: comparing texts and arrays lets go of the interpreter, so threads are enough."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

_MOST = 8


def on_all_cores(work: Callable[[int], None], parts: Iterable[int], /) -> None:
    """Do *work* for each of *parts*: the first by itself, so that what all of them need is made once.

    An error of one part is raised here.
    """
    waiting = iter(parts)
    for first in waiting:
        work(first)
        break
    others = list(waiting)
    cores = min(_MOST, os.cpu_count() or 1, len(others))
    if cores < 2:
        for part in others:
            work(part)
        return
    with ThreadPoolExecutor(cores, thread_name_prefix="unified-profile-records") as pool:
        for _ in pool.map(work, others):
            pass
