"""Shares of counted customers or cases: two counts, or a column that says yes or no of each, in one way for all."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, TypeAlias, cast, overload

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.answers import Answers, Sample, estimate, read
from unified_profile.metrics.groups import By, Correction
from unified_profile.metrics.numbering import REFUSED, objects
from unified_profile.statistics import Estimate, GroupedEstimates, is_one_of, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Flags: TypeAlias = Iterable[Any]
"""One truth value (or 0 and 1) per customer or case; ``None``, NaN and ``pandas.NA`` are missing."""

# Beyond this, not every whole number is a float.
_MOST = 2**53
_MISSING = {"NoneType", "NAType", "NaTType"}


class Rate(Protocol):
    """A share that is asked for by two counts, or by a column of truth values."""

    @overload
    def __call__(self, some: SupportsIndex, of: SupportsIndex, /, *, level: float = 0.95) -> Estimate: ...
    @overload
    def __call__(
        self, some: Flags, /, *, by: None = None, weights: Answers | None = None, level: float = 0.95
    ) -> Estimate: ...
    @overload
    def __call__(
        self,
        some: Flags,
        /,
        *,
        by: Iterable[Hashable],
        weights: Answers | None = None,
        correction: Correction = "none",
        level: float = 0.95,
    ) -> GroupedEstimates: ...


def counted_or_listed(function: Callable[..., Estimate | GroupedEstimates], /) -> Rate:
    """Tell the type checker in which ways a rate may be asked for; nothing happens at run time."""
    return cast("Rate", function)


def rate(
    metric: str,
    names: tuple[str, str],
    some: Flags | SupportsIndex,
    of: SupportsIndex | None,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share that *some* is of all, with Wilson's interval; *names* are those of the two arguments."""
    if isinstance(some, Iterable):
        if of is not None:
            raise InvalidInputError(
                field=names[1], reason="a column counts itself", hint="pass two counts, or the column alone"
            )
        return share(metric, names[0], some, by=by, weights=weights, correction=correction, level=level)
    if by is not None or weights is not None or not is_one_of(correction, ("none",)):
        raise InvalidInputError(field=names[0], reason="counts have no groups or weights", hint="pass a column")
    if of is None:
        raise InvalidInputError(field=names[1], reason="missing", hint="a share needs what it is a share of")
    return share_of_counts(metric, names, some, of, level=level)


def share(
    metric: str,
    field: str,
    flags: Flags,
    *,
    by: By | None = None,
    weights: Answers | None = None,
    correction: Correction = "none",
    level: float = 0.95,
) -> Estimate | GroupedEstimates:
    """Return the share of true ones in a column, with Wilson's interval."""
    return estimate(
        read_flags(flags, field=field),
        share_of_sample,
        check=lambda _: None,
        metric=metric,
        field=field,
        by=by,
        weights=weights,
        level=level,
        correction=correction,
        bounds=(0, 1),
        method="wilson",
    )


def share_of_sample(sample: Sample, level: float) -> Estimate:
    """Return the share of ones among the answers of a sample."""
    n = sample.effective_n
    found = min(1.0, sample.count(sample.values > 0) / n)
    return Estimate(
        found,
        *wilson(found, n, level=level),
        n=sample.n,
        n_missing=sample.n_missing,
        method="wilson",
        level=level,
        warnings=tuple("a single observation" if note == "a single answer" else note for note in sample.notes()),
        bounds=(0, 1),
    )


def share_of_counts(
    metric: str,
    names: tuple[str, str],
    part: SupportsIndex,
    whole: SupportsIndex,
    *,
    n_missing: int = 0,
    level: float,
) -> Estimate:
    """Return the share that one count is of another."""
    some, of = count(names[0], part), count(names[1], whole)
    if some > of:
        raise InvalidInputError(
            field=names[0], reason=f"{some} of {of}", hint=f"count only those who are in {names[1]} as well"
        )
    if not of:
        raise InsufficientDataError(metric=metric, n=0, needed=1)
    found = some / of
    return Estimate(
        found,
        *wilson(found, of, level=level),
        n=of,
        n_missing=n_missing,
        method="wilson",
        level=level,
        warnings=("a single observation",) if of == 1 else (),
        bounds=(0, 1),
    )


def read_flags(flags: Flags, *, field: str) -> NDArray[np.float64]:
    """Return *flags* as ones, zeros and NaN where they are missing."""
    import numpy as np

    if isinstance(flags, REFUSED):
        raise InvalidInputError(
            field=field, reason=f"a {type(flags).__name__} is no column of truth values", hint="pass a list or a column"
        )
    column = np.asarray(flags) if hasattr(flags, "__array__") and not isinstance(flags, np.ma.MaskedArray) else None
    if column is not None and column.ndim == 1 and column.dtype.kind in "biuf":
        numbers = column.astype(np.float64)
    else:
        items = objects(flags, field=field)
        kinds = {type(item) for item in items}
        truths = {kind for kind in kinds if kind is bool or kind.__name__ in {"bool", "bool_"}}
        missing = {kind for kind in kinds if kind.__name__ in _MISSING}
        if kinds <= truths | missing:
            numbers = np.array([np.nan if type(item) in missing else float(item) for item in items], dtype=np.float64)
        else:
            plain = [int(item) if type(item) in truths else item for item in items]
            numbers = read(plain, field=field).astype(np.float64)
    other = ~np.isnan(numbers) & (numbers != 0) & (numbers != 1)
    if other.any():
        raise InvalidInputError(
            field=field,
            reason=f"{int(np.count_nonzero(other))} of {len(other)} are neither true nor false",
            hint="pass True, False or None",
        )
    return numbers


def count(name: str, value: SupportsIndex) -> int:
    """Return *value* as a whole number; a truth value is none."""
    # numpy's own truth value is asked for by name: older numpy takes it for an index, and warns.
    if type(value).__name__ in {"bool", "bool_"} or not isinstance(value, SupportsIndex):
        raise InvalidInputError(field=name, reason=f"a {type(value).__name__} is no count", hint="pass a whole number")
    try:
        number = operator.index(value)
    except TypeError:
        raise InvalidInputError(field=name, reason="no single number", hint="pass a whole number") from None
    if number < 0:
        raise InvalidInputError(field=name, reason=f"{number} is negative", hint="pass a count")
    if number > _MOST:
        raise InvalidInputError(field=name, reason="too large to be a count", hint="pass a count")
    return number
