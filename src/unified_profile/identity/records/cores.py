"""Work in parts on all cores: comparing texts and arrays lets go of the interpreter, so threads are enough."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST = 8


def ahead(work: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
    """Yield what *work* makes of each of *items*, in their order, while the next ones are made on the other cores.

    Whoever stops early has paid for a few that nobody takes.
    """
    cores = min(_MOST, os.cpu_count() or 1)
    waiting = iter(items)
    if cores < 2:
        yield from map(work, waiting)
        return
    with ThreadPoolExecutor(cores, thread_name_prefix="unified-profile-records") as pool:
        begun: deque[Future[R]] = deque(pool.submit(work, item) for item in islice(waiting, cores))
        while begun:
            found = begun.popleft().result()
            begun.extend(pool.submit(work, item) for item in islice(waiting, 1))
            try:
                yield found
            except GeneratorExit:
                for later in begun:
                    later.cancel()
                raise


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
    cores = min(_MOST, len(parts) - 1)
    if cores < 2 or (cores := min(cores, os.cpu_count() or 1)) < 2:  # to ask the system takes its time
        yield from map(work, parts[1:])
        return
    with ThreadPoolExecutor(cores, thread_name_prefix="unified-profile-records") as pool:
        yield from pool.map(work, parts[1:])
