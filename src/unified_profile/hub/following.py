"""Follows courses over a store, synchronously; ``aio.following`` is the twin that awaits."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from unified_profile.hub.arguments import many
from unified_profile.hub.courses import Ask, Course, More, Page, Step, Upkeep
from unified_profile.hub.runner import Runner, T


class Follower(Runner):
    """Follows courses."""

    def _do(self, course: Course[T], items: Iterable[object] = ()) -> T:
        """Follow *course* to its end and return its result; it may ask for *items*."""
        handed_in: Iterator[object] | None = None
        answer: Any = None
        while True:
            try:
                step = course.send(answer)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(step, More):
                handed_in = iter(many(items, "items")) if handed_in is None else handed_in
                answer = list(islice(handed_in, step.size))
            else:
                answer = self._step(step)

    def _give(self, course: Course[None]) -> Iterator[Any]:
        """Follow *course*, and yield what it hands out as soon as it does."""
        answer: Any = None
        while True:
            try:
                step = course.send(answer)
            except StopIteration:
                return
            answer = None
            if isinstance(step, Page):
                yield from step.items
            else:
                answer = self._step(step)

    def _step(self, step: Step | More | Page | Upkeep | Ask) -> Any:
        """Run the plan of a step; pages are for ``_give``, items for ``_do``."""
        if isinstance(step, Ask):
            return answered(step)
        if isinstance(step, Upkeep):
            return step.of(self.store)(*step.parts)
        assert isinstance(step, Step)  # noqa: S101  # a course of ours that is followed in the wrong way
        if step.meanwhile is None:
            return self._planned(step)
        beside = getattr(self.store, "beside", None)
        if beside is None:
            return self._planned(step), step.meanwhile()
        return beside(lambda: self._planned(step), step.meanwhile)

    def _planned(self, step: Step) -> Any:
        return self._read(step.plan) if step.only_reads else self._run(step.plan)


def answered(step: Ask, /) -> object:
    """Return what the caller's function says, or the exception that it raises; nothing is awaited here."""
    try:
        found = step.question()
    except Exception as error:  # noqa: BLE001  # whatever a stranger's function raises
        return error.with_traceback(None)
    if inspect.iscoroutine(found):
        found.close()  # it would complain that nobody awaited it
    return found
