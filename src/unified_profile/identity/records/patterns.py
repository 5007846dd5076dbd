"""Rows of levels, each distinct one once: a few thousand patterns stand for millions of pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from unified_profile.identity.records.comparing import numbered
from unified_profile.identity.records.cores import on_all_cores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.comparing import Levels

_FEW_PATTERNS = 4_000_000
_AT_ONCE = 500_000
_FEW_PAIRS = 500
"""Pairs of which each may count as a pattern of its own: that is faster than to look for those that are the same."""


def distinct_patterns(levels: Sequence[Levels], sizes: Sequence[int], /) -> tuple[Levels, NDArray[np.int64]]:
    """Return the distinct rows of *levels*, and for each pair the number of its row."""
    if not levels:  # nothing is compared, and nobody meets
        return np.empty((0, 0), dtype=np.int8), np.empty(0, dtype=np.int64)
    if len(levels[0]) < _FEW_PAIRS:
        return np.stack(levels, axis=1), np.arange(len(levels[0]))
    which: NDArray[np.int64] = np.zeros(len(levels[0]), dtype=np.int64)
    parts = range(0, len(which), _AT_ONCE)

    def keyed(begin: int) -> None:
        key = which[begin : begin + _AT_ONCE]
        for level, size in zip(levels, sizes, strict=True):
            key *= size + 1
            key += level[begin : begin + _AT_ONCE]
            key += 1

    on_all_cores(keyed, parts)
    if (possible := math.prod(size + 1 for size in sizes)) <= min(_FEW_PATTERNS, 8 * len(which)):
        there = np.zeros(possible, dtype=np.bool_)
        there[which] = True
        distinct = np.flatnonzero(there)
        place: NDArray[np.int64] = np.cumsum(there) - 1

        def counted(begin: int) -> None:
            which[begin : begin + _AT_ONCE] = place[which[begin : begin + _AT_ONCE]]

        on_all_cores(counted, parts)
    else:
        distinct, which = numbered(which)
    patterns = np.empty((len(distinct), len(levels)), dtype=np.int8)
    left = distinct.copy()
    for number in range(len(levels) - 1, -1, -1):
        patterns[:, number] = left % (sizes[number] + 1) - 1
        left //= sizes[number] + 1
    return patterns, which
