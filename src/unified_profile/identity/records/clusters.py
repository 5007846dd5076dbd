"""From links to people: connected records, taken apart again where the records inside speak against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import attrs
import numpy as np

from unified_profile.identity import connecting
from unified_profile.identity.records.cores import ahead

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.fields import Codes

    Floats: TypeAlias = NDArray[np.float64]

Weigh: TypeAlias = "Callable[[Codes, Codes], Floats]"
"""Gives the match weights (in bits) of pairs of records that may never have met."""

_PAIRS_AT_ONCE = 250_000
_MOST_BITS = 17.0
_UNOPPOSED = 5.0
"""Bits by which a pair may be short of a link at most if nothing in it speaks against one person."""
_ROUNDING = 1e-6


class Clusterer(Protocol):
    """Makes clusters of linked records."""

    def clusters(self, records: int, left: Codes, right: Codes, weights: Floats, weigh: Weigh, /) -> Codes:
        """Return, for each record, the smallest number of a record of its cluster.

        *left*, *right* and *weights* are the links; *weigh* gives the weights of any other pairs.
        """
        ...


def components(records: int, left: Codes, right: Codes, /) -> Codes:
    """Return, for each record, the smallest number among those it is connected with.

    >>> components(4, np.array([0, 3]), np.array([2, 2])).tolist()
    [0, 1, 0, 0]
    """
    label = np.arange(records)
    one, two = left, right
    while len(one):
        low, high = np.minimum(label[one], label[two]), np.maximum(label[one], label[two])
        apart = low != high
        one, two, low, high = one[apart], two[apart], low[apart], high[apart]
        np.minimum.at(label, high, low)
        while True:  # everybody points to the smallest, however long the way
            further = label[label]
            if np.array_equal(further, label):
                break
            label = further
    return label


@attrs.frozen
class Connected:
    """Whoever is connected by links is one cluster."""

    def clusters(self, records: int, left: Codes, right: Codes, weights: Floats, weigh: Weigh, /) -> Codes:  # noqa: ARG002
        """Return the connected records."""
        return components(records, left, right)


@attrs.frozen
class AverageLinked:
    """Connected records are joined from the heaviest pair on, as long as two groups agree on average: the default.

    A cluster's weight is that of *all* its pairs, not only of those that met. *threshold* is in bits. *before* is what
    a pair weighs of which nothing is known: that any two are hardly one person was said when others were linked, and is
    not said in full again by each pair whose values are missing.
    """

    threshold: float = 0.0
    before: float | None = None

    def clusters(self, records: int, left: Codes, right: Codes, weights: Floats, weigh: Weigh, /) -> Codes:
        """Return the clusters."""
        label = bearable(records, left, right, weights)
        found = label.copy()

        def weighed(groups: Codes) -> tuple[Codes, Floats]:
            one, two = np.triu_indices(groups.shape[1], 1)
            said = weigh(groups[:, one].ravel(), groups[:, two].ravel()).reshape(len(groups), len(one))
            if self.before is not None:
                unopposed = said >= min(self.before, self.threshold) - _ROUNDING
                said = np.where(unopposed, np.maximum(said, self.threshold - _UNOPPOSED), said)
            said = np.clip(said, -_MOST_BITS, _MOST_BITS)
            # Where nobody speaks against anybody they agree on average whichever way they are joined.
            doubtful = np.flatnonzero(said.min(axis=1) < self.threshold)
            return groups[doubtful], said[doubtful]

        for groups, said in ahead(weighed, _members(label)):
            split = _three if groups.shape[1] == 3 else _several
            split(found, groups, said, self.threshold)
        return found


def bearable(records: int, left: Codes, right: Codes, weights: Floats, /) -> Codes:
    """Return the connected records, those of a group that is too large by its heavier links only.

    It is what `unified_profile.identity.connecting` says, for arrays.
    """
    label = components(records, left, right)
    weights = np.round(weights, 3)  # as links are kept
    while len(left):
        large = np.bincount(label, minlength=records) > connecting.LARGEST_GROUP
        inside = large[label[left]] & (label[left] == label[right])
        if not inside.any():
            break
        kept = ~inside | (weights >= np.floor(weights[inside].min()) + 1.0)
        left, right, weights = left[kept], right[kept], weights[kept]
        label = components(records, left, right)
    return label


def _members(label: Codes) -> Iterator[Codes]:
    """Yield the records of the components of three or more that are not too large: a row each, many of one size."""
    order = np.argsort(label, kind="stable")
    ordered = label[order]
    begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))) if len(order) else order
    sizes = np.diff(np.append(begins, len(order)))
    for size in np.unique(sizes[(sizes > 2) & (sizes <= connecting.LARGEST_GROUP)]).tolist():
        same = begins[sizes == size]
        at_once = max(1, _PAIRS_AT_ONCE // (size * (size - 1) // 2))
        for begin in range(0, len(same), at_once):
            yield order[same[begin : begin + at_once, None] + np.arange(size)]


def _several(found: Codes, groups: Codes, weights: Floats, threshold: float) -> None:
    """Take each of *groups* apart where it must be."""
    for group, own in zip(groups, weights, strict=True):
        for part in _joined(len(group), own, threshold):
            found[group[part]] = group[part[0]]


def _three(found: Codes, groups: Codes, weights: Floats, threshold: float) -> None:
    """Do so for groups of three, of which there are most: the heaviest pair first, then the third if it agrees."""
    weights = np.round(weights, 9)
    best = np.argmax(weights, axis=1)
    rows = np.arange(len(groups))
    heaviest = weights[rows, best]
    third = (weights.sum(axis=1) - heaviest) / 2.0
    found[groups] = groups  # everybody alone
    pair = np.flatnonzero(heaviest >= threshold)
    first, second = np.array([0, 0, 1])[best[pair]], np.array([1, 2, 2])[best[pair]]
    found[groups[pair, second]] = groups[pair, first]
    whole = pair[third[pair] >= threshold]
    found[groups[whole]] = groups[whole, :1]


def _joined(size: int, weights: Floats, threshold: float) -> Sequence[list[int]]:
    """Return the groups of average linkage (Sokal & Michener 1958) over *weights* of all pairs, smallest member first.

    Equal averages are joined in the order of their members, so that the outcome is a function of the weights alone.
    """
    table = np.full((size, size), -np.inf)
    one, two = np.triu_indices(size, 1)
    table[one, two] = weights
    table[two, one] = weights
    sizes = np.ones(size)
    groups: list[list[int]] = [[number] for number in range(size)]
    for _ in range(size - 1):
        first, second = divmod(int(np.argmax(np.round(table, 9))), size)
        if table[first, second] < threshold:
            break
        low, high = min(first, second), max(first, second)
        merged = (table[low] * sizes[low] + table[high] * sizes[high]) / (sizes[low] + sizes[high])
        table[low] = merged
        table[:, low] = merged
        table[low, low] = -np.inf
        table[high] = -np.inf
        table[:, high] = -np.inf
        sizes[low] += sizes[high]
        groups[low] = sorted(groups[low] + groups[high])
        groups[high] = []
    return [group for group in groups if group]
