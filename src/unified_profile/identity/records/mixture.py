"""How often the pairs of each class agree, learned from the pairs themselves: no labels, no configuration.

Expectation-maximization over the counts of agreement patterns (a few thousand) rather than over pairs (millions). The
odds of random pairs are measured beforehand and held; so are the fields in which a class is like random pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from unified_profile.identity.records.classes import STEADY, PairClass, classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.comparing import Levels

    Floats = NDArray[np.float64]

_ROUNDS = 60
_PRIOR_OTHER, _PRIOR_SAME = 0.3, 3.0
"""Pseudo-counts of each level, so that a class of few pairs stays what it is meant to be."""


@attrs.frozen(eq=False)
class Mixture:
    """The classes with their shares of all pairs and, for each, the odds of every level of every field.

    ``odds[c][f]`` are the probabilities of the levels of field *f* among the pairs of class *c*.
    """

    classes: tuple[PairClass, ...]
    shares: tuple[float, ...]
    odds: tuple[tuple[Floats, ...], ...]

    def log_odds(self, patterns: Levels, /) -> Floats:
        """Return, for each pattern (a row of levels), the log probability of it and of each class together."""
        found = np.empty((len(patterns), len(self.classes)))
        for number, share in enumerate(self.shares):
            found[:, number] = np.log(share) + _likelihood(self.odds[number], patterns)
        return found


def _likelihood(odds: Sequence[Floats], patterns: Levels) -> Floats:
    """Return the log probability of patterns in a class; a missing level says nothing."""
    found = np.zeros(len(patterns))
    for field, probabilities in enumerate(odds):
        found += np.append(np.log(probabilities), 0.0)[patterns[:, field]]
    return found


def learn(
    roles: Sequence[str], patterns: Levels, counts: NDArray[np.int64], random: Sequence[Floats], *, pairs: float
) -> Mixture:
    """Return the mixture that explains the candidates best.

    *patterns* are the distinct rows of levels with their *counts*; *random* the odds of random pairs, *pairs* how many
    pairs there are in all: those that are no candidates are random.
    """
    kinds = classes(roles)
    odds = [[_start(kind, field, probabilities) for field, probabilities in enumerate(random)] for kind in kinds]
    few = min(0.05, 0.3 * float(counts.sum()) / max(1.0, pairs) / len(kinds))
    shares = np.full(len(kinds), max(few, 1e-15))
    shares[0] = 1.0 - shares[1:].sum()
    least = np.array([0.5 if kind.match else 0.1 for kind in kinds])
    for _ in range(_ROUNDS if len(patterns) else 0):
        joint = Mixture(kinds, tuple(shares), tuple(map(tuple, odds))).log_odds(patterns)
        likely = np.exp(joint - joint.max(1, keepdims=True))
        weights = likely / likely.sum(1, keepdims=True) * counts[:, None]
        shares = np.maximum(weights.sum(0), least) / max(pairs, 1.0)
        shares[0] = max(1.0 - shares[1:].sum(), 1e-6)
        _update(kinds, odds, roles, patterns, weights, random)
    return Mixture(kinds, tuple(float(share) for share in shares), tuple(map(tuple, odds)))


def _start(kind: PairClass, field: int, random: Floats) -> Floats:
    """Return what a class is thought to do before anything was learned."""
    if not kind.free[field]:
        return random.copy()
    top = len(random) - 1
    begin = np.full(top + 1, 0.1 / max(top, 1))
    begin[top], begin[0] = 0.8, 0.05
    started: Floats = begin / begin.sum()
    return started


def _update(  # noqa: PLR0917 - one step of one loop
    kinds: Sequence[PairClass],
    odds: list[list[Floats]],
    roles: Sequence[str],
    patterns: Levels,
    weights: Floats,
    random: Sequence[Floats],
) -> None:
    """Set the odds of every class to what its pairs do, in place."""
    for field, base in enumerate(random):
        top = len(base) - 1
        there = patterns[:, field] >= 0
        prior = np.full(top + 1, _PRIOR_OTHER)
        prior[top] = _PRIOR_SAME
        seen: dict[int, Floats] = {
            number: np.bincount(patterns[there, field], weights=weights[there, number], minlength=top + 1).astype(
                np.float64
            )
            for number, kind in enumerate(kinds)
            if kind.free[field] or kind.partly[field]
        }
        matches = [number for number in seen if kinds[number].match]
        if roles[field] in STEADY and len(matches) > 1:
            together = sum((seen[number] for number in matches), np.zeros(top + 1))
            for number in matches:
                seen[number] = together
        for number, found in seen.items():
            if kinds[number].partly[field]:
                part = found[:top] + _PRIOR_OTHER
                odds[number][field] = np.append(part / part.sum() * (1.0 - base[top]), base[top])
            else:
                learned = (found + prior) / (found + prior).sum()
                odds[number][field] = rising(learned, base) if kinds[number].match else learned


def rising(match: Floats, random: Floats, /) -> Floats:
    """Return *match* changed as little as needed for its ratio to *random* never to fall from level to level.

    More agreement must not speak against a match. Neighboring levels that do otherwise are pooled (Ayer et al. 1955).

    >>> rising(np.array([0.1, 0.6, 0.3]), np.array([0.5, 0.1, 0.4])).round(2).tolist()
    [0.1, 0.18, 0.72]
    """
    pools: list[tuple[float, float, int]] = []
    for one, other in zip(match.tolist(), random.tolist(), strict=True):
        pool = (one, other, 1)
        while pools and pools[-1][0] * pool[1] > pool[0] * pools[-1][1]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    ratios = np.repeat([one / other for one, other, _ in pools], [size for _, _, size in pools])
    found: Floats = ratios * random
    return found
