"""Customers who are alike, counted instead of repeated: what makes ten million of them a matter of seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from unified_profile.metrics.customer_base.periods import DAYS
from unified_profile.metrics.customer_base.rows import Rows, checked, possible

if TYPE_CHECKING:
    from unified_profile.metrics.customer_base.quadrature import Floats

_CHUNK = 524_288
_BLOCK = 16_384
_PART = 4_096
_ALIKE = 0.7  # with more kinds than that among the rows, merging them costs more than it saves
_BITS = 22  # of a time in steps; what is left of 63 is for the purchases


def distinct(rows: Rows) -> Rows:
    """Check unchecked rows, and return each (frequency, recency, T) once, with the weight of all who are alike.

    Works through half a million rows at a time, so that memory does not grow with the base. Rows that can be counted
    are counted first: what is impossible in a row is so in its kind, and there are fewer of those.

    Raises:
        InvalidInputError: If a value is missing, negative, or impossible beside another.
    """
    kinds = _counted(rows)
    good = None if kinds is None else possible(kinds)
    if good is None:
        given = rows.recency
        rows = checked(rows)  # says which row it is, or corrects what was rounded
        good = _counted(rows) if rows.recency is not given else None
    if good is not None:
        return good
    if not len(rows):
        return rows
    parts = [_merge(*rows.part(slice(start, start + _CHUNK))) for start in range(0, len(rows), _CHUNK)]
    merged = parts[0]
    if len(parts) > 1:
        joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
        merged = joined[0], joined[1], joined[2], joined[3]
        if len(joined[0]) < _ALIKE * len(rows):
            merged = _merge(*merged, at_most=1.0)
    return attrs.evolve(rows, frequency=merged[0], recency=merged[1], T=merged[2], weights=merged[3], customers=None)


def _counted(rows: Rows) -> Rows | None:
    """Return the kinds if nobody has a weight and all times are of one grid; else None."""
    if not len(rows) or rows.weights.strides[0]:
        return None
    grids = (_on_grid(rows, step) for step in (DAYS[rows.unit], 1.0, 100.0))
    return next((found for found in grids if found is not None), None)


def _on_grid(rows: Rows, step: float) -> Rows | None:
    """Return the kinds if all times are whole numbers divided by *step*, as those of whole days are; else None.

    Then a row fits into one whole number without loss, and sorting these is all there is to do.
    """
    keys, counts = [], []
    for start in range(0, len(rows), _CHUNK):
        chunk = [column[start : start + _CHUNK] for column in (rows.frequency, rows.recency, rows.T)]
        key = np.empty(len(chunk[0]), dtype=np.int64)
        for at in range(0, len(key), _BLOCK):  # in parts that fit the cache
            part = _encoded(*(column[at : at + _BLOCK] for column in chunk), step=step)
            if part is None:
                return None
            key[at : at + _BLOCK] = part
        key.sort()
        starts = _starts(key)
        if len(starts) > _ALIKE * len(key):
            return None
        keys.append(key[starts])
        counts.append(np.diff(np.append(starts, len(key))))
    key, count = keys[0], counts[0]
    if len(keys) > 1:
        key, count = np.concatenate(keys), np.concatenate(counts)
        order = np.argsort(key, kind="stable")
        key = key[order]
        starts = _starts(key)
        key, count = key[starts], np.add.reduceat(count[order], starts)
    low = (1 << _BITS) - 1
    return attrs.evolve(
        rows,
        frequency=(key >> 2 * _BITS).astype(np.float64),
        recency=(key >> _BITS & low) / step,
        T=(key & low) / step,
        weights=count.astype(np.float64),
        customers=None,
    )


def _starts(key: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return where each different value begins in sorted ones."""
    first = np.empty(len(key), dtype=bool)
    first[:1] = True
    np.not_equal(key[1:], key[:-1], out=first[1:])
    return np.flatnonzero(first)


def _encoded(x: Floats, tx: Floats, T: Floats, *, step: float) -> NDArray[np.int64] | None:
    # What is not a number fails here too.
    fits = x.max() < 1 << 63 - 2 * _BITS and max(tx.max() * step, T.max() * step) < 1 << _BITS
    if not (fits and min(x.min(), tx.min(), T.min()) >= 0):
        return None
    key = x.astype(np.int64)
    if not (key == x).all():
        return None
    for column in (tx, T):
        whole = np.rint(column * step)
        if not (whole / step == column).all():
            return None
        key <<= _BITS
        key |= whole.astype(np.int64)
    return key


def thinned(kinds: Rows) -> Rows | None:
    """Return a part of many kinds that stands for all: the common ones, and every so manyth of the rare ones.

    None if there are so few that it is not worth it.
    """
    if len(kinds) < 4 * _PART:
        return None
    common = np.argpartition(kinds.weights, -_PART // 2)[-_PART // 2 :]
    others = np.ones(len(kinds), dtype=bool)
    others[common] = False
    rare = np.flatnonzero(others)
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
    if not weights.strides[0] and weights[0] == 1:
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
