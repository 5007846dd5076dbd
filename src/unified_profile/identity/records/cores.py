"""Work in parts on all cores: comparing texts and arrays lets go of the interpreter, so threads are enough.

Processes are not used: they would have to be given every text, a service that has threads must not fork, and a new
process would run the caller's main module again. Parts never depend on how many work, so neither does what comes out.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain, islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST = 8
_WORKERS: ContextVar[int | None] = ContextVar("workers", default=None)
"""How many threads may work; None: as many as there are cores. In a thread that is one of them it is 1."""


@contextmanager
def at_most(workers: int | None, /) -> Iterator[None]:
    """Let no more than *workers* threads work at once for what is done inside; 1 starts none. None: one a core."""
    before = _WORKERS.set(workers)
    try:
        yield
    finally:
        _WORKERS.reset(before)


def _workers() -> int:
    """Return how many threads may work."""
    told = _WORKERS.get()
    if told is not None:
        return told
    allowed = getattr(os, "sched_getaffinity", None)  # of all cores a container or a scheduler may give only some
    return min(_MOST, len(allowed(0)) if allowed is not None else os.cpu_count() or 1)


def ahead(work: Callable[[T], R], items: Iterable[T], /) -> Generator[R, None, None]:
    """Yield what *work* makes of each of *items*, in their order, while the next ones are made on the other cores.

    Whoever stops early has paid for a few that nobody takes. No thread is left when it ends, by an error neither.
    """
    waiting = iter(items)
    first = list(islice(waiting, 2))
    if len(first) < 2 or (workers := _workers()) < 2:  # to ask the system takes its time
        yield from map(work, chain(first, waiting))
        return
    with ThreadPoolExecutor(
        workers, thread_name_prefix="unified-profile-records", initializer=_WORKERS.set, initargs=(1,)
    ) as pool:
        begun: deque[Future[R]] = deque(pool.submit(work, item) for item in (*first, *islice(waiting, workers - 2)))
        try:
            while begun:
                found = begun.popleft().result()
                begun.extend(pool.submit(work, item) for item in islice(waiting, 1))
                yield found
        finally:
            for later in begun:
                later.cancel()


def on_all_cores(
    work: Callable[[T], None], parts: Sequence[T], /, *, tell: Callable[[int, int], None] | None = None
) -> None:
    """Do *work* for each of *parts*; *tell* hears how many are done, and how many there are.

    An error of one part is raised here.
    """
    for done, _ in enumerate(ahead(work, parts), 1):
        if tell is not None:
            tell(done, len(parts))
