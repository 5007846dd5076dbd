"""What a model reads of each customer, checked once, and with equal customers counted instead of repeated."""

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

_CHUNK = 524_288
_BLOCK = 65_536
_PART = 4_096
_ALIKE = 0.7  # with more kinds than that among the rows, merging them costs more than it saves
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
    """Read a summary, a frame or a mapping with the columns frequency, recency and T.

    Raises:
        InvalidInputError: If a column is missing, or a value is not a number, negative, or impossible beside another.
    """
    customers = None
    if isinstance(data, CustomerSummary):
        if unit is not None and unit != data.unit:
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
        frequency, recency, T = (numbers(taken[name], field=name) for name in ("frequency", "recency", "T"))
    heavy = np.ones(len(frequency)) if weights is None else numbers(weights, field="weights")
    for name, column in (("recency", recency), ("T", T), ("weights", heavy)):
        if len(column) != len(frequency):
            raise InvalidInputError(field=name, reason=f"{len(column)} values for {len(frequency)} customers")
    for at in range(0, len(frequency), _BLOCK):  # in parts that fit the cache
        part = slice(at, at + _BLOCK)
        if _wrong(frequency[part], recency[part], T[part], heavy[part]):
            _check(frequency, recency, T, heavy)
            recency = np.minimum(recency, T)  # what was rounded above it
            break
    return Rows(frequency, recency, T, heavy, unit, customers, _notes(T, unit))


def numbers(column: object, *, field: str) -> Floats:
    """Return *column* as floats; what is missing or no number is refused.

    Raises:
        InvalidInputError: If so.
    """
    try:
        found = np.asarray(column)
        # Text and truth values would be taken for numbers.
        found = np.asarray([None]) if found.dtype.kind in "bSUM" else found
        found = np.ascontiguousarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError(field=field, reason="not a column of numbers") from None
    if found.ndim != 1:
        raise InvalidInputError(field=field, reason=f"{found.ndim} dimensions", hint="pass one column")
    for at in range(0, len(found), _BLOCK):
        if not np.isfinite(found[at : at + _BLOCK]).all():
            refuse(~np.isfinite(found), field=field, reason="missing or not finite")
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
    )


def _check(frequency: Floats, recency: Floats, T: Floats, weights: Floats) -> None:
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


def _notes(T: Floats, unit: PeriodUnit) -> tuple[str, ...]:
    found = []
    longest = float(T.max()) * DAYS[unit] if len(T) else 0.0
    if longest > _CENTURY:
        found.append(f"customers are observed for up to {longest / 365.2425:.0f} years: are these really {unit}s?")
    elif 0 < longest < 1:
        found.append(f"no customer is observed for a whole day: are these really {unit}s?")
    if len(T) and not T.all():
        found.append(f"{int(np.count_nonzero(T == 0))} customers are observed for no time at all and say nothing")
    if unit == "month":
        found.append("a month is taken as 30.44 days, whatever the calendar says")
    return tuple(found)


def distinct(rows: Rows) -> Rows:
    """Return each (frequency, recency, T) once, its weight being that of all customers who are alike.

    Works through half a million rows at a time, so that memory does not grow with the base.
    """
    parts = [_merge(*rows.part(slice(start, start + _CHUNK))) for start in range(0, len(rows), _CHUNK)]
    if not parts:
        return rows
    merged = parts[0]
    if len(parts) > 1:
        joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
        merged = joined[0], joined[1], joined[2], joined[3]
        if len(joined[0]) < _ALIKE * len(rows):
            merged = _merge(*merged, at_most=1.0)
    return attrs.evolve(rows, frequency=merged[0], recency=merged[1], T=merged[2], weights=merged[3], customers=None)


def thinned(kinds: Rows) -> Rows | None:
    """Return a part of many kinds that stands for all: the common ones, and every so manyth of the rare ones.

    None if there are so few that it is not worth it.
    """
    if len(kinds) < 4 * _PART:
        return None
    common = np.argpartition(kinds.weights, -_PART // 2)[-_PART // 2 :]
    rare = np.setdiff1d(np.arange(len(kinds)), common)
    every = len(rare) // (_PART // 2)
    chosen = np.concatenate((common, rare[::every]))
    heavier = np.repeat([1.0, len(rare) / len(rare[::every])], [len(common), len(rare[::every])])
    return attrs.evolve(
        kinds,
        frequency=kinds.frequency[chosen],
        recency=kinds.recency[chosen],
        T=kinds.T[chosen],
        weights=kinds.weights[chosen] * heavier,
    )


def same_kinds(rows: Rows) -> tuple[Rows, NDArray[np.intp] | None]:
    """Return each kind of customer once, and for every row which kind it is; or the rows and None."""
    if len(rows) < 1000:
        return rows, None
    _, first, kind = np.unique(_hash(rows.frequency, rows.recency, rows.T), return_index=True, return_inverse=True)
    columns = (rows.frequency, rows.recency, rows.T)
    if len(first) > len(rows) // 2 or not all(np.array_equal(column, column[first][kind]) for column in columns):
        return rows, None
    few = attrs.evolve(
        rows, frequency=columns[0][first], recency=columns[1][first], T=columns[2][first], weights=np.ones(len(first))
    )
    return few, kind


def _merge(
    frequency: Floats, recency: Floats, T: Floats, weights: Floats, *, at_most: float = _ALIKE
) -> tuple[Floats, Floats, Floats, Floats]:
    columns = (frequency, recency, T)
    key = _hash(*columns)
    # The row's own number in the low bits: sorting alone is several times faster than sorting an order.
    low = np.uint64(max(1, (len(key) - 1).bit_length()))
    packed = (key >> low << low) | np.arange(len(key), dtype=np.uint64)
    packed.sort()
    order = (packed & ((np.uint64(1) << low) - np.uint64(1))).astype(np.intp)
    packed >>= low
    first = np.empty(len(key), dtype=bool)
    first[:1] = True
    np.not_equal(packed[1:], packed[:-1], out=first[1:])
    if np.count_nonzero(first) > at_most * len(key):
        return frequency, recency, T, weights  # hardly any two are alike
    for column in columns:
        there = column[order]
        # Two kinds under one key are rare; where it happens they are told apart, and a kind may come in two parts.
        first[1:] |= there[1:] != there[:-1]
    starts = np.flatnonzero(first)
    leaders = order[starts]
    if weights[0] == 1 and (weights == 1).all():
        total = np.diff(np.append(starts, len(key))).astype(np.float64)
    else:
        total = np.add.reduceat(weights[order], starts)
    return frequency[leaders], recency[leaders], T[leaders], total


def _hash(*columns: Floats) -> NDArray[np.uint64]:
    """Mix the bits of the columns into one key per row."""
    key = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        key ^= (column + 0.0).view(np.uint64)
        key *= np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    key *= np.uint64(0xBF58476D1CE4E5B9)
    return key
