"""Two computations at once, where there are many rows: numpy lets go of Python, so a second processor helps."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

One = TypeVar("One")
Other = TypeVar("Other")

# Fewer rows are done before a thread has started.
ROWS = 1_000_000


def both(aside: Callable[[], One], here: Callable[[], Other], *, rows: int) -> tuple[One, Other]:
    """Return what both computations return, done at once if there are a million *rows* and two processors.

    *aside* runs in a thread of its own that has ended when this returns or raises, so that no thread is left behind
    in a service. It is to touch numpy's arrays alone: what callers pass in (cursors, columns of a library) may belong
    to their thread. Neither may change what the other reads, so results are the same with one processor.
    """
    if rows >= ROWS and processors() > 1:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            try:
                later = pool.submit(aside)
            except RuntimeError:  # no thread can be started: in a browser, at a limit, while Python ends
                pass
            else:
                found = here()
                return later.result(), found
    return aside(), here()


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
