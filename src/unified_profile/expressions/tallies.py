"""Running totals over events that come in at one end and go out at the other, exact and in any order of arrival."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from fractions import Fraction
from typing import Any, Literal, Protocol, TypeAlias, get_args

from unified_profile.expressions.values import kind_of, typed_key

Aggregate: TypeAlias = Literal["count", "distinct", "sum", "avg", "min", "max", "first", "last", "most_frequent"]
AGGREGATES: tuple[str, ...] = get_args(Aggregate)

# Wide enough that a sum of numbers that JSON can carry is never rounded.
_EXACT = Context(prec=6_000, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Tally(Protocol):
    """A total of the events within a window; `pop` takes out the oldest of those pushed."""

    def push(self, item: object, /) -> None:
        """Take in what the next event brings."""
        ...

    def pop(self) -> None:
        """Let go of what the oldest event brought."""
        ...

    def value(self) -> object:
        """Return the total; None when no event is in."""
        ...


class Count:
    """How many events."""

    __slots__ = ("n",)

    def __init__(self) -> None:
        """Begin with none."""
        self.n = 0

    def push(self, _: object, /) -> None:
        """Count one more."""
        self.n += 1

    def pop(self) -> None:
        """Count one less."""
        self.n -= 1

    def value(self) -> object:
        """Return how many, or None."""
        return self.n or None


class Distinct:
    """How many different values; an event may bring several."""

    __slots__ = ("held", "seen")

    def __init__(self) -> None:
        """Begin with none."""
        self.held: deque[list[tuple[str, Any]]] = deque()
        self.seen: Counter[tuple[str, Any]] = Counter()

    def push(self, item: object, /) -> None:
        """Take in the values of an event."""
        keys: list[tuple[str, Any]] = [typed_key(each) for each in item] if isinstance(item, tuple) else []
        self.held.append(keys)
        self.seen.update(keys)

    def pop(self) -> None:
        """Let go of the values of the oldest event."""
        for key in self.held.popleft():
            self.seen[key] -= 1
            if not self.seen[key]:
                del self.seen[key]

    def value(self) -> object:
        """Return how many differ, or None."""
        return len(self.seen) or None


class Sum:
    """What numbers add up to, taken as written in decimals: ten times 0.1 is 1, in whatever order."""

    __slots__ = ("held", "total")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.held: deque[Decimal] = deque()
        self.total = Decimal()

    def push(self, item: object, /) -> None:
        """Add the numbers of an event."""
        amount = Decimal()
        for each in item if isinstance(item, tuple) else ():
            amount = _EXACT.add(amount, Decimal(each) if isinstance(each, int) else Decimal(repr(float(each))))
        self.held.append(amount)
        self.total = _EXACT.add(self.total, amount)

    def pop(self) -> None:
        """Take away the numbers of the oldest event."""
        self.total = _EXACT.subtract(self.total, self.held.popleft())

    def value(self) -> object:
        """Return the sum, or None."""
        return self.total if self.held else None


class Mean(Sum):
    """The mean of numbers, exact: three times a third of 0.1 is 0.1."""

    __slots__ = ("counts", "n")

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.counts: deque[int] = deque()
        self.n = 0

    def push(self, item: object, /) -> None:
        """Take in the numbers of an event."""
        super().push(item)
        self.counts.append(len(item) if isinstance(item, tuple) else 0)
        self.n += self.counts[-1]

    def pop(self) -> None:
        """Let go of the numbers of the oldest event."""
        super().pop()
        self.n -= self.counts.popleft()

    def value(self) -> object:
        """Return the mean, or None."""
        return Fraction(self.total) / self.n if self.n else None


class Mode(Distinct):
    """The value told most often; of several alike the smallest, numbers before text."""

    __slots__ = ()

    def value(self) -> object:
        """Return the most frequent, or None."""
        if not self.seen:
            return None
        most = max(self.seen.values())
        best = min((key for key, n in self.seen.items() if n == most), key=_smallest)
        return best[1]


def _smallest(key: tuple[str, Any]) -> tuple[str, Any]:
    """Return what values of several kinds are ordered by."""
    return key


class Extreme:
    """The smallest or largest number."""

    __slots__ = ("best", "come", "gone", "sign")

    def __init__(self, sign: int) -> None:
        """Begin with none; *sign* is 1 for the largest, -1 for the smallest."""
        self.sign = sign
        self.come = self.gone = 0
        # The candidates that no later one beats, best first, each with its place among all that came.
        self.best: deque[tuple[int | float, int]] = deque()

    def push(self, item: object, /) -> None:
        """Take in the numbers of an event."""
        numbers = [self.sign * each for each in item] if isinstance(item, tuple) else []
        number = max(numbers)
        while self.best and self.best[-1][0] <= number:
            self.best.pop()
        self.best.append((number, self.come))
        self.come += 1

    def pop(self) -> None:
        """Let go of the numbers of the oldest event."""
        if self.best[0][1] == self.gone:
            self.best.popleft()
        self.gone += 1

    def value(self) -> object:
        """Return the extreme, or None."""
        return self.sign * self.best[0][0] if self.best else None


class End:
    """What the first or last event brings."""

    __slots__ = ("held", "place")

    def __init__(self, place: int) -> None:
        """Begin with none; *place* is 0 for the first, -1 for the last."""
        self.place = place
        self.held: deque[object] = deque()

    def push(self, item: object, /) -> None:
        """Take in the value of an event."""
        self.held.append(item)

    def pop(self) -> None:
        """Let go of the oldest value."""
        self.held.popleft()

    def value(self) -> object:
        """Return the value at the end, or None."""
        return self.held[self.place] if self.held else None


TALLIES: dict[str, Callable[[], Tally]] = {
    "count": Count,
    "distinct": Distinct,
    "sum": Sum,
    "avg": Mean,
    "min": lambda: Extreme(-1),
    "max": lambda: Extreme(1),
    "first": lambda: End(0),
    "last": lambda: End(-1),
    "most_frequent": Mode,
}


def contribution(aggregate: str, value: object, /) -> object:
    """Return what a property's *value* brings into an aggregate, or None for nothing.

    Numbers only are added and ordered; text, numbers and flags are told apart and can be first or last. A list brings
    each of its elements, but cannot be first or last.

    >>> contribution("sum", [1, "2", 3]), contribution("sum", "2"), contribution("last", "JPY")
    ((1, 3), None, 'JPY')
    """
    if aggregate in {"first", "last"}:
        return value if kind_of(value) in _SCALARS else None
    kinds = _SCALARS if aggregate in {"distinct", "most_frequent"} else _NUMBERS
    values = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(each for each in values if kind_of(each) in kinds) or None


_SCALARS = frozenset({"text", "number", "flag"})
_NUMBERS = frozenset({"number"})
