"""Stretches of time in which something is there, and the answer that they make at every instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from unified_profile.expressions.course import Step

Stretch: TypeAlias = tuple[int, int | None]
"""From when (included) until when (excluded; None for ever) something is there."""


def walked(stretches: Iterable[Stretch], now: int) -> Iterator[Step]:
    """Yield an answer at *now* and wherever a stretch begins or ends.

    >>> list(walked([(3, 5), (4, None)], 0))
    [(0, False), (3, True), (4, True), (5, True)]
    """
    changes: dict[int, int] = {now: 0}
    for start, end in stretches:
        if end is None or end > now:
            changes[max(start, now)] = changes.get(max(start, now), 0) + 1
            if end is not None:
                changes[end] = changes.get(end, 0) - 1
    open_now = 0
    for at in sorted(changes):
        open_now += changes[at]
        yield at, open_now > 0
