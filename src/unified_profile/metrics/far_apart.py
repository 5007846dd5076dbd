"""Whole numbers that lie far apart, such as ids, numbered without sorting them: half a second for ten million."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unified_profile.metrics.processors import both

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A first table that mostly fits into a processor's cache, and Knuth's multiplier for falling into it evenly.
_TABLE_BITS = 21
_MOST_BITS = 26
_GOLDEN = 0x9E3779B97F4A7C15
# So many rows at a time stay in the cache from one step to the next.
_BLOCK = 1 << 16
# Times an odd number this is the middle of the table, so it never stands in place 0: each round settles somebody.
_NOBODY = 1 << 63


def far_codes(column: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Return values, and for each row the place of its own among them: the same for the same column.

    Between the values are places that no row has. All rows fall into a table by a hash; whoever stands in a place in
    the end owns it, and those who are not equal to him try again with another hash in a table behind. Each round
    settles most of what is left, and a crowded table grows.
    """
    import numpy as np

    found = np.empty(len(column), dtype=np.intp)
    rows: NDArray[np.intp] | None = None
    tables: list[NDArray[np.uint64]] = []
    before, bits, factor = 0, _TABLE_BITS, _GOLDEN
    while len(column):
        size = min(bits, max(8, (2 * len(column)).bit_length()))
        hashed = _Hash(size, factor)
        table = _fallen(column, hashed)
        if rows is None:
            left = _settle(column, table, hashed, found)
        else:
            again = np.empty(len(column), dtype=np.intp)
            left = _settle(column, table, hashed, again)
            table, again = without_gaps(table, again)
            found[rows] = again + before
        tables.append(table)
        before += len(table)
        if len(left) > len(column) // 2:
            bits = min(bits + 3, _MOST_BITS)
        rows, column = left if rows is None else rows[left], column[left]
        factor = (factor * 0xBF58476D1CE4E5B9 + 2) % 2**64 | 1
    return np.concatenate(tables) if tables else column, found


def without_gaps(names: NDArray[Any], found: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the same without the names that no row has."""
    import numpy as np

    there = np.zeros(len(names), dtype=bool)
    there[found] = True
    if there.all():
        return names, found
    return names[there], (np.cumsum(there) - 1)[found]


class _Hash:
    """Where numbers fall in a table of two to the power of *bits* places."""

    def __init__(self, bits: int, factor: int) -> None:
        import numpy as np

        self.bits, self._factor, self._shift = bits, np.uint64(factor), np.uint64(64 - bits)

    def __call__(self, values: NDArray[np.uint64]) -> NDArray[np.int64]:
        import numpy as np

        return ((values * self._factor) >> self._shift).view(np.int64)


def _fallen(column: NDArray[np.uint64], hashed: _Hash) -> NDArray[np.uint64]:
    """Return who stands in each place: of those who fell there, the last."""
    import numpy as np

    def fall(start: int, stop: int) -> NDArray[np.uint64]:
        # An empty place holds 0, which belongs into the first place alone; that one begins with what never does.
        standing = np.zeros(1 << hashed.bits, dtype=np.uint64)
        standing[0] = _NOBODY
        for begin in range(start, stop, _BLOCK):
            block = column[begin : min(begin + _BLOCK, stop)]
            standing[hashed(block)] = block
        return standing

    if hashed.bits > _TABLE_BITS:  # a second table would take too much memory
        return fall(0, len(column))
    middle = len(column) // 2
    later, standing = both(lambda: fall(middle, len(column)), lambda: fall(0, middle), rows=len(column))
    for begin in range(0, len(later), _BLOCK):
        block = later[begin : begin + _BLOCK]
        there = hashed(block) == np.arange(begin, begin + len(block))
        np.copyto(standing[begin : begin + _BLOCK], block, where=there)
    return standing


def _settle(
    column: NDArray[np.uint64], standing: NDArray[np.uint64], hashed: _Hash, found: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Write each row's place into *found*, and return the rows in whose place another stands."""
    import numpy as np

    def settle(start: int, stop: int) -> list[NDArray[np.intp]]:
        left = []
        for begin in range(start, stop, _BLOCK):
            block = slice(begin, min(begin + _BLOCK, stop))
            place = hashed(column[block])
            found[block] = place
            left.append(np.flatnonzero(standing.take(place, mode="clip") != column[block]) + begin)
        return left

    middle = len(column) // 2
    second, first = both(lambda: settle(middle, len(column)), lambda: settle(0, middle), rows=len(column))
    return np.concatenate([*first, *second])
