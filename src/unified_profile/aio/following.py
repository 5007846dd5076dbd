"""Follows courses over an asynchronous store; the twin of ``hub.following`` and of the running of plans there."""

from __future__ import annotations

import functools
import inspect
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterable
from itertools import islice
from typing import Any, Concatenate, ParamSpec, TypeVar

from unified_profile.aio.driver import run, run_in
from unified_profile.hub.arguments import many
from unified_profile.hub.courses import Ask, Course, More, Page, Step, Upkeep
from unified_profile.hub.runner import Opened, T, logger
from unified_profile.storage.protocols import AsyncStore

P = ParamSpec("P")
S = TypeVar("S", bound="AsyncFollower")


def traced(
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Let hooks know how long *method* took, waiting included, and whether it failed."""

    @functools.wraps(method)
    async def wrapper(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if not self._hooks and not logger.isEnabledFor(logging.DEBUG):
            return await method(self, *args, **kwargs)
        start, error = time.perf_counter(), ""
        try:
            return await method(self, *args, **kwargs)
        except BaseException as raised:  # a task that was cancelled, too
            error = type(raised).__name__
            raise
        finally:
            self._done(method.__name__, seconds=time.perf_counter() - start, error=error)

    return wrapper


class AsyncFollower(Opened[AsyncStore]):
    """Follows courses, awaiting the store."""

    _awaited = True

    async def _do(self, course: Course[T], items: Iterable[object] | AsyncIterable[object] = ()) -> T:
        """Follow *course* to its end and return its result; it may ask for *items*."""
        handed_in: _HandedIn | None = None
        answer: Any = None
        while True:
            try:
                step = course.send(answer)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, More):
                handed_in = _HandedIn(items) if handed_in is None else handed_in
                answer = await handed_in.more(step.size)
            else:
                answer = await self._step(step)

    async def _give(self, course: Course[None]) -> AsyncIterator[Any]:
        """Follow *course*, and yield what it hands out as soon as it does."""
        answer: Any = None
        while True:
            try:
                step = course.send(answer)
            except StopIteration:
                return
            answer = None
            if isinstance(step, Page):
                for item in step.items:
                    yield item
            else:
                answer = await self._step(step)

    async def _step(self, step: Step | More | Page | Upkeep | Ask) -> Any:
        """Run the plan of a step, as ``Runner`` does; pages are for ``_give``, items for ``_do``."""
        if isinstance(step, Ask):
            return await _answered(step)
        if isinstance(step, Upkeep):
            found = step.of(self.store)(*step.parts)
            return await found if inspect.isawaitable(found) else found
        assert isinstance(step, Step)  # noqa: S101  # a course of ours that is followed in the wrong way
        found = await self._planned(step)
        return found if step.meanwhile is None else (found, step.meanwhile())

    async def _planned(self, step: Step) -> Any:
        self._here()
        reader = getattr(self.store, "reader", None)
        if reader is None or not step.only_reads:
            return await run(self.store, self.setup.tenant, step.plan)
        async with reader(self.setup.tenant) as session:
            return await run_in(session, step.plan())


async def _answered(step: Ask) -> object:
    """Return what the caller's function says, awaited where it has to be, or the exception that it raises."""
    try:
        found = step.question()
        return await found if inspect.isawaitable(found) else found
    except Exception as error:  # noqa: BLE001  # whatever a stranger's function raises
        return error.with_traceback(None)


class _HandedIn:
    """What was handed in, from either kind of iterable, read no further ahead than it is asked for."""

    def __init__(self, items: Iterable[object] | AsyncIterable[object]) -> None:
        self._awaited = aiter(items) if isinstance(items, AsyncIterable) else None
        self._plain = iter(()) if isinstance(items, AsyncIterable) else iter(many(items, "items"))

    async def more(self, size: int) -> list[object]:
        """Return the next items, at most *size*."""
        if self._awaited is None:
            return list(islice(self._plain, size))
        found: list[object] = []
        while len(found) < size:
            try:
                found.append(await anext(self._awaited))
            except StopAsyncIteration:
                break
        return found
