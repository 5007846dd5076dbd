"""What sets a segment apart from everybody, and how segments overlap; with intervals, corrected for many questions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.expressions.values import typed_key
from unified_profile.statistics.distributions import normal_tail
from unified_profile.statistics.estimate import Estimate
from unified_profile.statistics.intervals import z_for
from unified_profile.statistics.multiplicity import holm

_FEWEST = 5.0


@attrs.frozen
class Difference:
    """How much more often members have a value than everybody: a *lift* of 2 is twice as often, an *index* of 200.

    *p_value* is corrected for all values that were compared (Holm), and 1 where too few people have the value to tell.
    """

    trait: str
    value: Any = attrs.field(repr=False)
    lift: Estimate
    share: float
    base_share: float
    p_value: float

    @property
    def index(self) -> float:
        """The lift in percent."""
        return 100 * self.lift.value


def describe(
    members: Sequence[bool], base: Mapping[str, Sequence[Any]], *, level: float = 0.95, most_values: int = 50
) -> tuple[Difference, ...]:
    """Return how *members* differ from everybody in *base*, a mapping from trait to everybody's values; greatest first.

    What is missing (None) is no value: shares are of those who have one. Lists count for each of their values.
    Of a trait the *most_values* most frequent values are compared. A value that fewer than five members, or five
    others, would be expected to have is not tested.

    Source: the ratio of two shares on the logarithmic scale (Katz et al. 1978, Biometrics 34), with half a person
    added to each cell (Walter 1975, Biometrika 62), carried over to the share of everybody; Holm (1979).

    >>> found = describe([True] * 40 + [False] * 160, {"plan": ["pro"] * 30 + ["free"] * 170})
    >>> found[0].trait, found[0].value, round(found[0].index), found[0].p_value < 0.001
    ('plan', 'pro', 500, True)

    Raises:
        InvalidInputError: If a trait has another number of values than there are people.

    .. versionadded:: 0.1
    """
    inside = [bool(member) for member in members]
    found = [each for name, values in base.items() for each in _of_trait(name, values, inside, level, most_values)]
    corrected = holm([each.p_value for each in found])
    kept = (attrs.evolve(each, p_value=p) for each, p in zip(found, corrected, strict=True))
    return tuple(sorted(kept, key=lambda each: (each.p_value, -abs(math.log(max(each.lift.value, 1e-9))), each.trait)))


def _of_trait(name: str, values: Sequence[Any], inside: list[bool], level: float, most: int) -> list[Difference]:
    """Compare the shares of each value of a trait."""
    if len(values) != len(inside):
        raise InvalidInputError(field=f"base.{name}", reason="not one value a person", hint="keep the order of members")
    counts: tuple[Counter[Any], Counter[Any]] = (Counter(), Counter())
    shown: dict[Any, Any] = {}
    sizes = [0, 0]
    for value, member in zip(values, inside, strict=True):
        if value is None:
            continue
        sizes[member] += 1
        several = value if isinstance(value, (list, tuple)) else (value,)
        for key, each in {typed_key(each): each for each in several}.items():
            counts[member][key] += 1
            shown.setdefault(key, each)
    if not all(sizes):
        return []
    total = counts[0] + counts[1]
    return [
        _difference(name, shown[key], (counts[1][key], sizes[1]), (counts[0][key], sizes[0]), level)
        for key, _ in total.most_common(most)
    ]


def _difference(name: str, value: Any, ours: tuple[int, int], others: tuple[int, int], level: float) -> Difference:
    """Compare one value's share among members and others."""
    (have, n), (have_not, m) = ours, others
    base = (have + have_not) / (n + m)
    part = n / (n + m)
    # The ratio to the others has a known interval; that to everybody follows from it, for members are among them.
    ratio = ((have + 0.5) / (n + 0.5)) / ((have_not + 0.5) / (m + 0.5))
    spread = math.sqrt(max(0.0, 1 / (have + 0.5) - 1 / (n + 0.5) + 1 / (have_not + 0.5) - 1 / (m + 0.5)))
    reach = z_for(level) * spread
    low, high = (_to_base(ratio * math.exp(side * reach), part) for side in (-1, 1))
    lift = have / n / base
    few = min(n, m) * min(base, 1 - base) < _FEWEST
    error = math.sqrt(base * (1 - base) * (1 / n + 1 / m))
    p = 1.0 if few or not error else min(1.0, 2 * normal_tail(abs(have / n - have_not / m) / error))
    estimate = Estimate(
        lift, min(low, lift), max(high, lift), n=n + m, method="katz", level=level, bounds=(0.0, math.inf)
    )
    return Difference(name, value, estimate, have / n, base, p)


def _to_base(ratio: float, part: float) -> float:
    """Return the ratio to everybody that a ratio to the others means, members being a *part* of everybody."""
    return ratio / (part * ratio + 1 - part)


@attrs.frozen
class Overlap:
    """How many people are in each pair of segments; on the diagonal how many are in each."""

    names: tuple[str, ...]
    both: tuple[tuple[int, ...], ...]

    def share(self, one: str, other: str) -> float:
        """Return the share of *one*'s members who are in *other* too; 0 where there are none."""
        row, column = self.names.index(one), self.names.index(other)
        return self.both[row][column] / self.both[row][row] if self.both[row][row] else 0.0

    def jaccard(self, one: str, other: str) -> float:
        """Return how many are in both of those in either; 0 where there are none."""
        row, column = self.names.index(one), self.names.index(other)
        either = self.both[row][row] + self.both[column][column] - self.both[row][column]
        return self.both[row][column] / either if either else 0.0


def overlap(members: Mapping[str, Sequence[bool]]) -> Overlap:
    """Return how segments overlap; *members* says of each segment who of the same people is in it (`Scan.members`).

    >>> overlap({"a": [True, True, False], "b": [True, False, False]}).share("a", "b")
    0.5

    .. versionadded:: 0.1
    """
    import numpy as np

    names = tuple(members)
    if len({len(held) for held in members.values()}) > 1:
        raise InvalidInputError(field="members", reason="not of the same people", hint="one entry a person in each")
    table = np.array([np.asarray(members[name], dtype=bool) for name in names], dtype=np.int64)
    both = table @ table.T if names else table
    return Overlap(names, tuple(tuple(int(each) for each in row) for row in both.tolist()))
