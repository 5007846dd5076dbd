"""Columns as the different values they hold and a number for each row, so that a rule asks each value once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import AllOf, Expression, NoneOf, Not
from unified_profile.expressions.values import typed_key

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Coded:
    """A column: *values* are the different ones, *codes* says which each row has."""

    __slots__ = ("codes", "values")

    def __init__(self, values: Sequence[Any], codes: NDArray[Any]) -> None:
        """Hold both."""
        self.values, self.codes = values, codes

    @classmethod
    def of(cls, cells: NDArray[Any] | list[Any], read: Callable[[Any], Any]) -> Coded:
        """Return the column of *cells*, each different one read once."""
        import numpy as np

        if not isinstance(cells, list):
            different, codes = np.unique(cells, return_inverse=True)
            return cls([read(value) for value in different.tolist()], codes.astype(np.int64))
        numbers: dict[Any, int] = {}
        held: list[Any] = []
        codes = np.empty(len(cells), dtype=np.int64)
        for place, plain in enumerate(listed(cells)):
            key = (plain.__class__, plain)
            number = numbers.get(key)
            if number is None:
                number = numbers[key] = len(held)
                held.append(read(plain))
            codes[place] = number
        return cls(held, codes)

    def asked(self, ask: Callable[[Any], Kleene]) -> Answers:
        """Return what *ask* answers of every row."""
        import numpy as np

        found = [ask(value) for value in self.values]
        true = np.array([answer is True for answer in found], dtype=bool)
        false = np.array([answer is False for answer in found], dtype=bool)
        return Answers(true[self.codes], false[self.codes])

    def keyed(self) -> NDArray[Any]:
        """Return a number for each row that is equal where values are equal, 1 and 1.0 alike."""
        import numpy as np

        keys: dict[Any, int] = {}
        table = [keys.setdefault(typed_key(value), len(keys)) for value in self.values]
        made: NDArray[Any] = np.array(table, dtype=np.int64)[self.codes]
        return made


class Answers:
    """Answers of many rows: *true*, *false*, and unknown where neither is."""

    __slots__ = ("false", "true")

    def __init__(self, true: NDArray[Any], false: NDArray[Any]) -> None:
        """Hold both."""
        self.true, self.false = true, false

    @classmethod
    def all(cls, rows: int, *, answer: Kleene) -> Answers:
        """Return one answer for *rows* rows."""
        import numpy as np

        return cls(np.full(rows, answer is True), np.full(rows, answer is False))

    def __and__(self, other: Answers) -> Answers:
        return Answers(self.true & other.true, self.false | other.false)

    def __or__(self, other: Answers) -> Answers:
        return Answers(self.true | other.true, self.false & other.false)

    def __invert__(self) -> Answers:
        return Answers(self.false, self.true)

    def listed(self) -> list[Kleene]:
        """Return True, False or None for each row."""
        return [
            True if true else False if false else None
            for true, false in zip(self.true.tolist(), self.false.tolist(), strict=True)
        ]


def joined(rule: Expression, parts: list[Answers], rows: int) -> Answers:
    """Return the answers of joined rules."""
    if isinstance(rule, Not):
        return ~parts[0]
    if isinstance(rule, AllOf):
        return reduce(and_, parts, Answers.all(rows, answer=True))
    some = reduce(or_, parts, Answers.all(rows, answer=False))
    return ~some if isinstance(rule, NoneOf) else some


def listed(cells: NDArray[Any] | list[Any], /) -> list[Any]:
    """Return cells as a list; NaN and NaT are how frames say that nothing is there."""
    found = cells if isinstance(cells, list) else cells.tolist()
    return [None if cell != cell else cell for cell in found]  # noqa: PLR0124


Tables = Mapping[str, Any]
