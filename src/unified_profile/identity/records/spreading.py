"""In which order rules are taken: those first that need other fields than the ones before, and cost little.

A pair misses a rule if a value that the rule needs is missing or has a slip in it. Rules that all need the same field
miss the same pairs, however many they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

_PATTERNS = 2000
_SLIPS = 0.1
"""How often values of one person differ although both are there, about."""
_AGAIN = 0.5
"""What it is worth to bring a pair together that one rule more brings together already."""


def spread(costs: Sequence[float], needed: Sequence[Collection[str]], filled: Mapping[str, float], /) -> list[int]:
    """Return the numbers of rules in the order in which they are best taken.

    *costs* are the pairs that each makes, *needed* the names of its fields, *filled* the share of records that have a
    value in each field. Gaps and slips are drawn at random; the rule that brings most pairs together for its cost is
    next (a greedy cover, Chvátal 1979), and pairs count for less each time they are.

    >>> spread([10.0, 20.0, 30.0], [{"name"}, {"name", "town"}, {"phone"}], {"name": 0.5, "town": 1.0, "phone": 0.5})
    [0, 2, 1]
    """
    if not costs:
        return []
    fails = 1.0 - (1.0 - _SLIPS) * np.array([*filled.values()]) ** 2
    failed = np.random.default_rng(0).random((_PATTERNS, len(fails))) < fails
    own = np.array([[name in names for name in filled] for names in needed], dtype=np.bool_)
    met = np.array([~failed[:, names].any(axis=1) for names in own], dtype=np.float64)
    worth = 1.0 / np.maximum(1.0, np.array(costs, dtype=np.float64))
    left, order = np.ones(_PATTERNS), list[int]()
    for _ in costs:
        best = int(np.argmax((met @ left + 1e-9) * worth))
        order.append(best)
        left[met[best] > 0] *= _AGAIN
        worth[best] = -1.0
    return order
