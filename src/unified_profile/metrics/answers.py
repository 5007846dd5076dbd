"""Answers as they come (lists, arrays, columns of any frame) turned into clean numbers; what is missing is counted.

Nothing is guessed: a truth value is no rating, text is no number, and a set or a mapping has lost answers already.
numpy is loaded by the first call, not by the import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, SupportsFloat, TypeAlias

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.groups import By, Correction, Rows, each_group
from unified_profile.metrics.numbering import REFUSED
from unified_profile.statistics import Estimate, GroupedEstimates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Answers: TypeAlias = Iterable[SupportsFloat | None]
"""Numbers in any iterable: ``None``, NaN and ``pandas.NA`` are missing."""


LARGEST = 1e140
"""Squares of larger numbers, and their sums, are beyond what a float holds."""


@attrs.frozen(eq=False)
class Sample:
    """The answers that are there, their weights if any, and how many are missing."""

    values: NDArray[Any]
    weights: NDArray[np.float64] | None = None
    n_missing: int = 0
    n_weightless: int = 0

    @property
    def n(self) -> int:
        """How many answers count."""
        return len(self.values)

    @property
    def effective_n(self) -> float:
        """Kish's effective sample size: how many equally weighted answers would say as much."""
        if self.weights is None:
            return float(self.n)
        return float(self.weights.sum()) ** 2 / float((self.weights * self.weights).sum())

    def count(self, chosen: NDArray[np.bool_]) -> float:
        """Return how many of `effective_n` the *chosen* answers make."""
        if self.weights is None:
            return int(chosen.sum())
        # Rounding may carry a sum of weights a hair above the sum of all.
        share = min(1.0, float(self.weights[chosen].sum()) / float(self.weights.sum()))
        return share * self.effective_n

    def notes(self) -> tuple[str, ...]:
        """Return what a reader must know of the sample itself."""
        found = []
        if self.n == 1:
            found.append("a single answer")
        if self.n_weightless:
            found.append(f"{self.n_weightless} answers have weight 0 and do not count")
        effective = self.effective_n
        if effective < self.n * (1 - 1e-9):
            found.append(f"unequal weights: {self.n} answers say as much as {effective:.1f}")
        return tuple(found)


def estimate(
    answers: Answers,
    one: Callable[[Sample, float], Estimate],
    *,
    check: Callable[[NDArray[Any]], None],
    metric: str,
    field: str,
    by: By | None,
    weights: Answers | None,
    level: float,
    correction: Correction,
    bounds: tuple[float, float],
    method: str,
) -> Estimate | GroupedEstimates:
    """Read and *check* the answers, split them *by* group if asked, and let *one* compute each group's estimate.

    Without a single answer the whole is refused; a group without one is unknown within *bounds*.
    """
    numbers = read(answers, field=field)
    check(numbers)
    heavy = None if weights is None else require_weights(weights, numbers)

    def group(rows: Rows, level: float) -> Estimate:
        sample = sample_of(numbers[rows], None if heavy is None else heavy[rows])
        if sample.n:
            return one(sample, level)
        return Estimate.unknown(bounds=bounds, n_missing=sample.n_missing, method=method, level=level)

    return each_group(len(numbers), group, metric=metric, by=by, level=level, correction=correction)


def read(answers: Answers, *, field: str) -> NDArray[Any]:
    """Return *answers* as one column of integers or floats, NaN where they are missing."""
    import numpy as np

    if isinstance(answers, REFUSED):
        raise InvalidInputError(
            field=field, reason=f"a {type(answers).__name__} is no column of answers", hint="pass a list or a column"
        )
    if isinstance(answers, np.ma.MaskedArray):
        return _from_objects(answers.tolist(), field=field)
    if not hasattr(answers, "__array__"):
        try:
            return _from_objects(list(answers), field=field)
        except TypeError:
            if isinstance(answers, Iterable):
                raise
            raise InvalidInputError(field=field, reason="not iterable", hint="pass a list or a column") from None
    column = np.asarray(answers)
    if column.ndim != 1:
        raise InvalidInputError(field=field, reason=f"{column.ndim} dimensions", hint="pass one column")
    if column.dtype.kind in "iuf":
        return column
    if column.dtype.kind == "O":
        return _from_objects(column.tolist(), field=field)
    raise InvalidInputError(
        field=field, reason=f"a column of {column.dtype} holds no ratings", hint="pass numbers; None or NaN for missing"
    )


def require_scale(numbers: NDArray[Any], low: float, high: float, *, field: str) -> None:
    """Refuse numbers outside *low* to *high*; NaN passes."""
    outside = (numbers < low) | (numbers > high)
    if outside.any():
        raise InvalidInputError(
            field=field,
            reason=f"{_count(outside)} outside {low:g} to {high:g}",
            hint="correct them, or pass None where there was no answer",
        )


def require_whole(numbers: NDArray[Any], *, field: str) -> None:
    """Refuse fractional numbers; NaN passes."""
    import numpy as np

    if numbers.dtype.kind == "f":
        fractional = np.floor(numbers) < numbers
        if fractional.any():
            raise InvalidInputError(
                field=field, reason=f"{_count(fractional)} fractional", hint="6.5 falls into no class; pass raw answers"
            )


def require_amounts(numbers: NDArray[Any], *, field: str) -> None:
    """Refuse negative and infinite numbers, and those whose square no float holds; NaN passes."""
    bad = (numbers < 0) | (numbers > LARGEST)
    if bad.any():
        raise InvalidInputError(
            field=field, reason=f"{_count(bad)} negative or infinite", hint="pass amounts; None where one is unknown"
        )


def _from_objects(items: list[Any], *, field: str) -> NDArray[Any]:
    """Look at the types first: numpy would take a truth value for a one and text for an answer."""
    import numpy as np

    kinds = set(map(type, items))
    missing = {kind for kind in kinds if kind is type(None) or kind.__name__ in {"NAType", "NaTType"}}
    for kind in kinds - missing:
        if issubclass(kind, (bool, np.bool_)) or not issubclass(
            kind, (int, float, np.integer, np.floating, Decimal, Fraction)
        ):
            position = next(index for index, item in enumerate(items) if type(item) is kind)
            raise InvalidInputError(
                field=f"{field}.{position}", reason=f"a {kind.__name__} is no number", hint="pass numbers or None"
            )
    try:
        if kinds <= {int} and kinds:
            return np.array(items, dtype=np.int64)
        if missing or not kinds <= {int, float}:
            items = [np.nan if type(item) in missing else float(item) for item in items]
        return np.array(items, dtype=np.float64)
    except (OverflowError, ValueError):
        raise InvalidInputError(field=field, reason="a number is too large to be an answer") from None


def require_weights(weights: Answers, numbers: NDArray[Any]) -> NDArray[np.float64]:
    """Return *weights* as floats: one for each of the *numbers*, and none negative where there is a number."""
    import numpy as np

    heavy = read(weights, field="weights").astype(np.float64)
    if len(heavy) != len(numbers):
        raise InvalidInputError(field="weights", reason=f"{len(heavy)} weights for {len(numbers)} answers")
    # A weight matters only where there is an answer.
    bad = ~np.isnan(numbers) & ~(np.isfinite(heavy) & (heavy >= 0))
    if bad.any():
        raise InvalidInputError(field="weights", reason=f"{_count(bad)} missing, negative or infinite")
    return heavy


def sample_of(numbers: NDArray[Any], weights: NDArray[np.float64] | None = None) -> Sample:
    """Leave out what is missing, and what has no weight."""
    import numpy as np

    n_missing = 0
    if numbers.dtype.kind == "f":
        gone = np.isnan(numbers)
        n_missing = int(np.count_nonzero(gone))
        if n_missing:
            numbers, weights = numbers[~gone], None if weights is None else weights[~gone]
    if weights is None:
        return Sample(numbers, n_missing=n_missing)
    counts = weights > 0
    n_weightless = len(numbers) - int(np.count_nonzero(counts))
    # Only proportions matter: scaled to one, very large or small weights neither overflow nor vanish when squared.
    weights = weights[counts]
    weights = weights / weights.max() if len(weights) else weights
    return Sample(numbers[counts], weights, n_missing=n_missing, n_weightless=n_weightless)


def _count(faults: NDArray[np.bool_]) -> str:
    import numpy as np

    count = int(np.count_nonzero(faults))
    verb = "is" if count == 1 else "are"
    return f"{count} of {len(faults)} (the first at position {int(faults.argmax())}) {verb}"
