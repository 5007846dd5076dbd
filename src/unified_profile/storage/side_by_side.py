"""Two things at once: one that waits for a server in a thread of its own, another that computes in the caller's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def side_by_side(work: Callable[[], T], meanwhile: Callable[[], S], /) -> tuple[T, S]:
    """Do *work* in a thread and *meanwhile* here; return what both return, when both are done.

    *work* sees the caller's context variables. What either raises is raised here, but never before *work* has ended:
    whoever is told of a failure must not be overtaken by what goes on behind him. Of two failures that of *meanwhile*
    is raised.

    >>> side_by_side(lambda: "kept", lambda: "ready")
    ('kept', 'ready')
    """
    done: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            done.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001  # raised where it is waited for
            done.set_exception(error)

    thread = Thread(target=run, name="unified_profile")
    try:
        thread.start()
    except RuntimeError:  # no more threads, or the interpreter is about to end
        return work(), meanwhile()
    try:
        other = meanwhile()
    finally:
        thread.join()
    return done.result(), other
