"""Draws that repeat: the same key gives the same draws on every machine and every Python version."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def scrambled(number: int, *, step: int = 7919) -> str:
    """Return six digits (or more) for *number*, so that neighbors do not look like neighbors; none comes twice.

    >>> scrambled(1), scrambled(2), scrambled(1_000_001)
    ('007919', '015838', '1007919')
    """
    block, rest = divmod(number, 1_000_000)
    return f"{block or ''}{rest * step % 1_000_000:06d}"


class Dice:
    """A source of repeatable draws, one for each *key*.

    Of all that ``random.Random`` offers, Python promises to keep only the sequence of ``random()``. So everything here
    is made of that one method and of plain arithmetic, and files written years apart can be compared byte by byte.

    >>> Dice(7, "orders").between(1, 6) == Dice(7, "orders").between(1, 6)
    True
    """

    __slots__ = ("_draw",)

    def __init__(self, *key: object) -> None:
        """Seed the draws with *key*."""
        self._draw = random.Random("/".join(map(str, key))).random

    def share(self) -> float:
        """Return a number from 0 to 1, the 1 excluded."""
        return self._draw()

    def chance(self, probability: float) -> bool:
        """Return true with *probability*."""
        return self._draw() < probability

    def between(self, low: int, high: int) -> int:
        """Return a whole number from *low* to *high*, both included."""
        return low + int(self._draw() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Return one of *items*."""
        return items[int(self._draw() * len(items))]

    def weighted(self, items: Sequence[tuple[T, int]]) -> T:
        """Return one of *items*, which come with their weights."""
        left = self.between(1, sum(weight for _, weight in items))
        for item, weight in items:
            left -= weight
            if left <= 0:
                return item
        raise AssertionError  # the weights add up to where the draw ends

    def token(self, length: int) -> str:
        """Return *length* hexadecimal digits."""
        return "".join(self.pick("0123456789abcdef") for _ in range(length))

    def moment(self, low: datetime, high: datetime, *, offset_hours: int = 0) -> datetime:
        """Return a time between *low* and *high* when people who live at *offset_hours* are awake."""
        days = max((high - low).days, 0)
        day = low + timedelta(days=self.between(0, days))
        midnight = datetime.combine(day.astimezone(UTC), time(), UTC)
        seconds = self.between(7 * 3600, 23 * 3600 - 1) - offset_hours * 3600
        awake = midnight + timedelta(seconds=seconds)
        if low <= awake <= high:
            return awake
        return low + timedelta(seconds=int(max((high - low).total_seconds(), 0) * self.share()))
