"""Values in the other column: given and family name exchanged, the two lines of an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from unified_profile.identity.records.comparing import MISSING, Comparator

if TYPE_CHECKING:
    from unified_profile.identity.records.comparing import Levels
    from unified_profile.identity.records.fields import Codes, Field

_EXCHANGED = (frozenset({"given_name", "family_name"}), frozenset({"street"}))
"""Roles of two columns whose values are sometimes entered the other way round."""


def exchange(
    fields: Sequence[Field],
    comparators: Mapping[str, Comparator],
    levels: list[Levels],
    left: Sequence[Codes] | Codes,
    right: Sequence[Codes] | Codes,
    /,
) -> None:
    """Raise the levels of pairs that agree crosswise and not straight, in place.

    *left* and *right* are the numbers of the values of each field.
    Both values found in the other column count as nearly the same. If only one is, the other column says nothing.
    """
    for (i, one), (j, two) in combinations(enumerate(fields), 2):
        if frozenset({one.role, two.role}) not in _EXCHANGED:
            continue
        there = one.among(two)
        from_left = there[left[i]] == right[j]
        from_right = there[right[i]] == left[j]
        apart = ~((levels[i] >= 2) | (levels[j] >= 2))
        both, single = from_left & from_right & apart, (from_left ^ from_right) & apart
        nearly_one, nearly_two = len(comparators[one.role].names) - 2, len(comparators[two.role].names) - 2
        levels[i][both | single] = nearly_one
        levels[j][both] = nearly_two
        levels[j][single] = MISSING
