"""What a model reads of each customer, checked once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from unified_profile.errors import InvalidInputError
from unified_profile.frames import columns
from unified_profile.metrics.customer_base.periods import DAYS, PeriodUnit, require_unit
from unified_profile.metrics.customer_base.summary import CustomerSummary

if TYPE_CHECKING:
    from unified_profile.metrics.customer_base.quadrature import Floats

_BLOCK = 16_384
_CENTURY = 36_525.0


@attrs.frozen(eq=False)
class Rows:
    """Purchases, the time of the last one and the time observed, a row per customer or per kind of customer."""

    frequency: Floats
    recency: Floats
    T: Floats
    weights: Floats
    unit: PeriodUnit
    customers: NDArray[Any] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frequency)

    def part(self, chosen: slice) -> tuple[Floats, Floats, Floats, Floats]:
        """Return a slice of the columns."""
        return self.frequency[chosen], self.recency[chosen], self.T[chosen], self.weights[chosen]


def read_rows(data: object, *, unit: PeriodUnit | None, weights: object = None, field: str = "data") -> Rows:
    """Read a summary, a frame or a mapping with the columns frequency, recency and T, and check every row.

    Raises:
        InvalidInputError: If a column is missing, or a value is not a number, negative, or impossible beside another.
    """
    return checked(unchecked_rows(data, unit=unit, weights=weights, field=field))


def unchecked_rows(data: object, *, unit: PeriodUnit | None, weights: object = None, field: str = "data") -> Rows:
    """Read the same columns and leave to the caller to check what is in them.

    Raises:
        InvalidInputError: If a column is missing, is none of numbers, or differs in length.
    """
    customers = None
    if isinstance(data, CustomerSummary):
        if unit is not None and require_unit(unit) != data.unit:
            raise InvalidInputError(
                field="unit", reason=f"the summary is in {data.unit}s, not in {unit}s", hint="leave unit= out"
            )
        unit, customers = data.unit, data.customers
        frequency, recency, T = data.frequency, data.recency, data.T
        if weights is None:
            weights = data.weights
    else:
        unit = require_unit(unit)
        taken = columns(data, ("frequency", "recency", "T"), field=field)
        frequency, recency, T = (as_floats(taken[name], field=name) for name in ("frequency", "recency", "T"))
    # One for all takes no memory.
    heavy = np.broadcast_to(1.0, len(frequency)) if weights is None else numbers(weights, field="weights")
    for name, column in (("recency", recency), ("T", T), ("weights", heavy)):
        if len(column) != len(frequency):
            raise InvalidInputError(field=name, reason=f"{len(column)} values for {len(frequency)} customers")
    return Rows(frequency, recency, T, heavy, unit, customers)


def checked(rows: Rows) -> Rows:
    """Return the rows, with what is worth knowing of them, if all of them are possible.

    Raises:
        InvalidInputError: If a value is missing, negative, or impossible beside another.
    """
    recency = rows.recency
    for at in range(0, len(rows), _BLOCK):  # in parts that fit the cache
        if _wrong(*rows.part(slice(at, at + _BLOCK))):
            _check(rows.frequency, recency, rows.T, rows.weights)
            recency = np.minimum(recency, rows.T)  # what was rounded above it
            break
    return attrs.evolve(rows, recency=recency, notes=_notes(rows.T, rows.unit, rows.weights))


def possible(kinds: Rows) -> Rows | None:
    """Return kinds of customers with what is worth knowing of them, or None if anything could be refused."""
    if _wrong(kinds.frequency, kinds.recency, kinds.T, kinds.weights):
        return None
    return attrs.evolve(kinds, notes=_notes(kinds.T, kinds.unit, kinds.weights))


def numbers(column: object, *, field: str) -> Floats:
    """Return *column* as floats; what is missing or no number is refused.

    Raises:
        InvalidInputError: If so.
    """
    found = as_floats(column, field=field)
    refuse(~np.isfinite(found), field=field, reason="missing or not finite")
    return found


def as_floats(column: object, *, field: str) -> Floats:
    """Return *column* as floats; what is no number is refused.

    Raises:
        InvalidInputError: If so.
    """
    try:
        found = np.asarray(column)
        # Text and truth values would be taken for numbers.
        found = np.asarray([None]) if found.dtype.kind in "bSUMmc" else found
        if found.dtype.kind == "O" and any(isinstance(item, (str, bytes, bool)) for item in found.ravel().tolist()):
            raise InvalidInputError(field=field, reason="not a column of numbers", hint="text is no number here")
        found = np.ascontiguousarray(found, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInputError(field=field, reason="not a column of numbers") from None
    if found.ndim != 1:
        raise InvalidInputError(field=field, reason=f"{found.ndim} dimensions", hint="pass one column")
    return found


def refuse(wrong: NDArray[np.bool_], *, field: str, reason: str, hint: str = "correct or leave out these rows") -> None:
    """Raise if anything is *wrong*, and say how much and where it begins, without the values.

    Raises:
        InvalidInputError: If so.
    """
    if wrong.any():
        count = int(np.count_nonzero(wrong))
        where = f"{count} of {len(wrong)} (the first at position {int(wrong.argmax())})"
        raise InvalidInputError(field=field, reason=f"{reason}: {where}", hint=hint)


def _wrong(frequency: Floats, recency: Floats, T: Floats, weights: Floats) -> bool:
    """Return whether anything could be refused, quickly; `_check` says what."""
    return not bool(
        ((frequency == np.floor(frequency)) & (frequency >= 0)).all()
        and ((recency > 0) == (frequency > 0)).all()
        and (recency <= T).all()
        and (weights > 0).all()
        and (recency >= 0).all()
        and T.max(initial=0.0) < np.inf
    )


def _check(frequency: Floats, recency: Floats, T: Floats, weights: Floats) -> None:
    for name, column in (("frequency", frequency), ("recency", recency), ("T", T)):
        refuse(~np.isfinite(column), field=name, reason="missing or not finite")
    refuse((frequency < 0) | (frequency != np.floor(frequency)), field="frequency", reason="negative or not whole")
    refuse(recency < 0, field="recency", reason="negative")
    # Rounding to two decimals, as published summaries are, is no contradiction.
    refuse(recency > T * (1 + 1e-9) + 1e-9, field="recency", reason="after the end of observation T")
    refuse(
        (frequency > 0) & (recency <= 0),
        field="recency",
        reason="zero though there are repeat purchases",
        hint="count purchases on the first day once, and time from the first purchase",
    )
    refuse(
        (frequency == 0) & (recency > 0),
        field="recency",
        reason="above zero though there is no repeat purchase",
        hint="frequency counts purchases after the first; recency is the time from first to last",
    )
    refuse(weights <= 0, field="weights", reason="zero or negative")


def _notes(T: Floats, unit: PeriodUnit, weights: Floats) -> tuple[str, ...]:
    found = []
    longest = float(T.max()) * DAYS[unit] if len(T) else 0.0
    if longest > _CENTURY:
        found.append(f"customers are observed for up to {longest / 365.2425:.0f} years: are these really {unit}s?")
    elif 0 < longest < 1:
        found.append(f"no customer is observed for a whole day: are these really {unit}s?")
    if len(T) and not T.all():
        found.append(f"{weights[T == 0].sum():g} customers are observed for no time at all and say nothing")
    if unit == "month":
        found.append("a month is taken as 30.44 days, whatever the calendar says")
    return tuple(found)
