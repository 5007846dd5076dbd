"""What events amount to for very many people at once: whole arrays where numbers allow it, exact in any case."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from unified_profile.expressions.amounts import Measure
from unified_profile.expressions.tallies import contribution
from unified_profile.expressions.values import typed_key
from unified_profile.segments.bulk.coded import Coded

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAFE = 2**62
_MOST_DECIMALS = 12


def counted(owners: NDArray[Any], rows: int) -> Coded:
    """Return how many events each person has."""
    import numpy as np

    counts = np.bincount(owners, minlength=rows)
    most = int(counts.max(initial=0))
    return Coded([int(count) or None for count in range(most + 1)], counts.astype(np.int64))


def totaled(measure: Measure, column: Coded, owners: NDArray[Any], chosen: NDArray[Any], rows: int) -> Coded:
    """Return the totals of a property over the events *chosen* (their places), which are of *owners*."""
    import numpy as np

    brought = [contribution(measure.aggregate, each) for each in column.values]
    there = np.array([each is not None for each in brought], dtype=bool)
    codes = column.codes[chosen]
    kept = there[codes]
    codes, whose = codes[kept], owners[chosen][kept]
    if measure.aggregate == "distinct":
        return _distinct(brought, codes, whose, rows)
    if measure.aggregate in {"min", "max"}:
        return _extremes(measure.aggregate, brought, codes, whose, rows)
    found = _sums(brought, codes, whose, rows)
    return _one_by_one(measure, brought, codes, whose, rows) if found is None else found


def _distinct(brought: list[Any], codes: NDArray[Any], whose: NDArray[Any], rows: int) -> Coded:
    """Count the values that differ, 1 and 1.0 being one."""
    import numpy as np

    numbers: dict[Any, int] = {}
    table = [-1 if each is None else numbers.setdefault(typed_key(each[0]), len(numbers)) for each in brought]
    if not numbers:
        return Coded([None], np.zeros(rows, dtype=np.int64))
    pairs = np.unique(whose * len(numbers) + np.array(table, dtype=np.int64)[codes])
    return counted(pairs // len(numbers), rows)


def _extremes(aggregate: str, brought: list[Any], codes: NDArray[Any], whose: NDArray[Any], rows: int) -> Coded:
    """Return the smallest or largest number, found by its rank among all."""
    import numpy as np

    held = sorted({each[0] for each in brought if each is not None}, reverse=aggregate == "min")
    ranks = {number: place + 1 for place, number in enumerate(held)}
    table = np.array([0 if each is None else ranks[each[0]] for each in brought], dtype=np.int64)
    best = np.zeros(rows, dtype=np.int64)
    np.maximum.at(best, whose, table[codes])
    return Coded([None, *held], best)


def _sums(brought: list[Any], codes: NDArray[Any], whose: NDArray[Any], rows: int) -> Coded | None:
    """Add up whole multiples of the smallest decimal there is; None where they are too fine or too large for that."""
    import numpy as np

    written = [None if each is None else Decimal(repr(each[0])) for each in brought]
    digits = max((-int(each.as_tuple().exponent) for each in written if each is not None), default=0)
    digits = max(digits, 0)
    if digits > _MOST_DECIMALS:
        return None
    whole = [0 if each is None else int(each.scaleb(digits)) for each in written]
    if max(map(abs, whole), default=0) * max(1, len(codes)) >= _SAFE:
        return None
    totals = np.zeros(rows, dtype=np.int64)
    np.add.at(totals, whose, np.array(whole, dtype=np.int64)[codes])
    there = np.bincount(whose, minlength=rows) > 0
    different, places = np.unique(totals, return_inverse=True)
    values = [Decimal(int(each)).scaleb(-digits) for each in different]
    return Coded([None, *values], np.where(there, places + 1, 0))


def _one_by_one(measure: Measure, brought: list[Any], codes: NDArray[Any], whose: NDArray[Any], rows: int) -> Coded:
    """Add up person by person, in decimals without end."""
    import numpy as np

    order = np.argsort(whose, kind="stable")
    codes, whose = codes[order], whose[order]
    values: list[Any] = [None]
    made = np.zeros(rows, dtype=np.int64)
    bounds = [*np.flatnonzero(np.r_[True, whose[1:] != whose[:-1]]).tolist(), len(whose)] if len(whose) else []
    for start, end in pairwise(bounds):
        tally = measure.tally()
        for code in codes[start:end].tolist():
            tally.push(brought[code])
        made[whose[start]] = len(values)
        values.append(tally.value())
    return Coded(values, made)
