"""How an answer goes on by time alone: the steps of several parts merged into the steps of the whole."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from unified_profile.expressions.kleene import Kleene

Step: TypeAlias = tuple[int, Kleene]
"""An instant in microseconds, and the answer from then on."""


def changes_only(steps: Iterator[Step], /) -> Iterator[Step]:
    """Yield the first of *steps*, then those that bring another answer.

    >>> list(changes_only(iter([(0, True), (5, True), (9, None)])))
    [(0, True), (9, None)]
    """
    last = next(steps)
    yield last
    for step in steps:
        if step[1] is not last[1]:
            last = step
            yield step


def merged(
    parts: Sequence[Iterator[Step]], combine: Callable[[list[Kleene]], Kleene], *, dominant: bool
) -> Iterator[Step]:
    """Yield the steps of *combine* over *parts*; all begin at the same instant.

    A part that has ended on the *dominant* value (False under *all*, True under *any*) decides for ever, so the rest
    need not be walked.

    >>> from unified_profile.expressions.kleene import conjunction
    >>> list(merged([iter([(0, True), (5, False)]), iter([(0, False), (3, True)])], conjunction, dominant=False))
    [(0, False), (3, True), (5, False)]
    """
    firsts = [next(part) for part in parts]
    values = [value for _, value in firsts]
    start = firsts[0][0]
    queue: list[tuple[int, int, Kleene]] = []
    decided = False

    def advance(index: int) -> bool:
        """Queue the next step of a part, and say whether it has ended on the dominant value."""
        following = next(parts[index], None)
        if following is None:
            return values[index] is dominant
        heapq.heappush(queue, (following[0], index, following[1]))
        return False

    for index in range(len(parts)):
        decided = advance(index) or decided
    last = combine(values)
    yield start, last
    while queue and not decided:
        at = queue[0][0]
        while queue and queue[0][0] == at:
            _, index, values[index] = heapq.heappop(queue)
            decided = advance(index) or decided
        answer = combine(values)
        if answer is not last:
            last = answer
            yield at, answer
