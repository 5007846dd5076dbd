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


class _Crew:
    """So many threads, begun when there is something to do."""

    def __init__(self, workers: int | None) -> None:
        self._told = workers
        self._pool: ThreadPoolExecutor | None = None

    @property
    def workers(self) -> int:
        """How many there are; to ask the system takes its time, so it is asked when somebody wants to know."""
        if self._told is None:
            allowed = getattr(os, "sched_getaffinity", None)  # of all cores a scheduler may give only some
            self._told = min(_MOST, len(allowed(0)) if allowed is not None else os.cpu_count() or 1)
        return self._told

    @property
    def pool(self) -> ThreadPoolExecutor:
        """The threads themselves; what they do they do alone."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(
                self.workers, thread_name_prefix="unified-profile-records", initializer=_CREW.set, initargs=(_Crew(1),)
            )
        return self._pool

    def dismissed(self) -> None:
        """Wait until nobody works any more; what was not begun is left."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


_CREW: ContextVar[_Crew | None] = ContextVar("crew", default=None)


@contextmanager
def at_most(workers: int | None, /) -> Iterator[None]:
    """Let *workers* threads do what is done inside; 1 starts none. None: one a core.

    None of them is left afterwards.
    """
    crew = _Crew(workers)
    before = _CREW.set(crew)
    try:
        yield
    finally:
        _CREW.reset(before)
        crew.dismissed()


def ahead(work: Callable[[T], R], items: Iterable[T], /) -> Generator[R, None, None]:
    """Yield what *work* makes of each of *items*, in their order, while the next ones are made on the other cores.

    Whoever stops early has paid for a few that nobody takes.
    """
    waiting = iter(items)
    first = list(islice(waiting, 2))
    known = _CREW.get()
    crew = known or _Crew(None)
    if len(first) < 2 or crew.workers < 2:
        yield from map(work, chain(first, waiting))
        return
    begun: deque[Future[R]] = deque()
    try:
        begun.extend(crew.pool.submit(work, item) for item in chain(first, islice(waiting, crew.workers - 2)))
        while begun:
            found = begun.popleft().result()
            begun.extend(crew.pool.submit(work, item) for item in islice(waiting, 1))
            yield found
    finally:
        for later in begun:
            later.cancel()
        if known is None:
            crew.dismissed()


def beside(work: Callable[[], R], /) -> Callable[[], R]:
    """Let another thread do *work* while the caller goes on; return what waits for what came out.

    Where no other may, it is done when it is waited for.
    """
    crew = _CREW.get()
    return work if crew is None or crew.workers < 2 else crew.pool.submit(work).result


def on_all_cores(
    work: Callable[[T], None], parts: Sequence[T], /, *, tell: Callable[[int, int], None] | None = None
) -> None:
    """Do *work* for each of *parts*; *tell* hears how many are done, and how many there are.

    An error of one part is raised here.
    """
    for done, _ in enumerate(ahead(work, parts), 1):
        if tell is not None:
            tell(done, len(parts))
