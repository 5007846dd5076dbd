"""Calls that take several sessions, free of I/O: a course asks for plans to be run, one after the other.

``Hub`` follows a course synchronously and ``AsyncHub`` awaits it, so that what a call does is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeAlias, TypeVar

import attrs

from unified_profile.hub.arguments import many, number
from unified_profile.hub.door import batches
from unified_profile.hub.driver import Plan
from unified_profile.hub.everybody_then import everybody_then
from unified_profile.hub.reading import Moment, Person, people, people_then, present
from unified_profile.hub.rebuilding import live_ids
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who

T = TypeVar("T")


@attrs.frozen
class Step:
    """Run *plan* in a session of its own; beside writers, where the store can, if it *only_reads*.

    With *meanwhile*, do that too, in the time in which the store waits for its server; give what both return.
    """

    plan: Callable[[], Plan[Any]]
    only_reads: bool
    meanwhile: Callable[[], Any] | None = None


@attrs.frozen
class Upkeep:
    """Let the store do what not every store offers, by the name of its method; None where it does not.

    With *only_ask*, do nothing, and say whether the store offers it.
    """

    name: str
    parts: tuple[Any, ...] = ()
    only_ask: bool = False

    def of(self, store: object) -> Callable[..., Any]:
        """Return what *store* does; nothing, where it does not offer it."""
        does: Callable[..., Any] | None = getattr(store, self.name, None)
        if self.only_ask:
            return lambda: does is not None
        return (lambda *_: None) if does is None else does


@attrs.frozen
class Ask:
    """Let a function of the caller's answer; an exception is handed back, for what it says may name somebody."""

    question: Callable[[], object]


@attrs.frozen
class More:
    """Give the next items that were handed in, at most *size*; none at the end."""

    size: int


@attrs.frozen
class Page:
    """Hand *items* to the caller before anything else is done."""

    items: Iterable[Any]


Course: TypeAlias = "Generator[Step | More | Page | Upkeep | Ask, Any, T]"


def reading(plan: Callable[[], Plan[T]], /) -> Course[T]:
    """Run a plan that only reads."""
    answer: T = yield Step(plan, only_reads=True)
    return answer


def writing(plan: Callable[[], Plan[T]], /) -> Course[T]:
    """Run a plan that may write."""
    answer: T = yield Step(plan, only_reads=False)
    return answer


def poured(course: Course[None], into: Callable[[Iterable[Any]], object], /) -> Course[None]:
    """Follow *course*, and hand its pages to *into* instead of the caller."""
    answer: Any = None
    while True:
        try:
            step = course.send(answer)
        except StopIteration:
            return
        if isinstance(step, Page):
            into(step.items)
            answer = None
        else:
            answer = yield step


def collected(course: Course[None], /) -> Course[list[Any]]:
    """Follow *course* and return all that it would hand to the caller."""
    found: list[Any] = []
    yield from poured(course, found.extend)
    return found


def everyone(
    setup: Setup, when: Moment, who: Iterable[Who] | None, page: int, make: Callable[[Person], T], /
) -> Course[None]:
    """Give what *make* makes of each of *who*, page by page; of everybody if None.

    Of everybody: no profile twice, and none that is gone by the time its page is read.
    """
    page = number(page, "page", least=1)
    if who is not None:
        for some in batches(many(who, "who"), page):
            found = yield from reading(lambda some=some: people(some, setup, when))  # type: ignore[misc]  # bound at once
            yield Page(make(one) for one in found)
    elif when.known_at is not None:
        known_at = when.known_at
        known = yield from reading(lambda: everybody_then(setup, known_at))
        for each in batches(known, page):
            then = yield from reading(lambda each=each: people_then(each, setup, [when] * len(each)))  # type: ignore[misc]  # bound at once
            yield Page(make(one) for one in then)
    else:
        after = ""
        while True:
            ids = yield from reading(lambda after=after: live_ids(after, page))  # type: ignore[misc]  # bound at once
            if ids:
                found = yield from reading(lambda ids=ids: present(ids, setup, when))  # type: ignore[misc]  # bound at once
                yield Page(make(one) for one in found)
            if len(ids) < page:
                return
            after = ids[-1]
