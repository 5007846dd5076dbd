"""How often the pairs of each class agree, learned from the pairs themselves: no labels, no configuration.

Expectation-maximization over the counts of agreement patterns (a few thousand) rather than over pairs (millions). The
odds of random pairs are measured beforehand and held; so are the fields in which a class is like random pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import attrs
import numpy as np

from unified_profile.identity.records.classes import MOSTLY_KEPT, SELDOM, STEADY, PairClass, classes
from unified_profile.identity.records.cores import ahead

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.comparing import Levels

    Floats = NDArray[np.float64]

Measure: TypeAlias = "Callable[[PairClass], tuple[float, dict[int, Floats]]]"
"""Gives the share of a measured class among all pairs, and its odds in the fields that are free in it."""

_ROUNDS = 60
_ENOUGH = 100_000
"""Pairs in all (some 450 records) below which finer classes cannot be learned."""
_LEAST_LEFT = 0.05
_PRIOR_OTHER, _PRIOR_SAME = 0.3, 3.0
"""Pseudo-counts of each level, so that a class of few pairs stays what it is meant to be."""


@attrs.frozen(eq=False, slots=False)
class Mixture:
    """The classes with their shares of all pairs and, for each, the odds of every level of every field.

    ``odds[c][f]`` are the probabilities of the levels of field *f* among the pairs of class *c*.
    """

    classes: tuple[PairClass, ...]
    shares: tuple[float, ...]
    odds: tuple[tuple[Floats, ...], ...]

    def log_odds(self, patterns: Levels, /) -> Floats:
        """Return, for each pattern (a row of levels), the log probability of it and of each class together."""
        found = np.tile(np.log(np.array(self.shares)), (len(patterns), 1))
        for field, table in enumerate(self._logs):
            found += table.take(patterns[:, field], axis=0, mode="wrap")
        return found

    @cached_property
    def match(self) -> NDArray[np.bool_]:
        """Which of the classes are of one person."""
        return np.array([kind.match for kind in self.classes])

    @cached_property
    def bound(self) -> NDArray[np.float64]:
        """A row for each field: 1 in the columns of the classes that agree in it as random pairs do, else 0."""
        return 1.0 - np.array([kind.free for kind in self.classes], dtype=np.float64).T

    @cached_property
    def _logs(self) -> list[Floats]:
        """For each field the log odds of its levels, a column a class; the last row is for missing and says nothing."""
        return [
            np.append(np.log(np.stack(field, axis=1)), np.zeros((1, len(self.classes))), axis=0)
            for field in zip(*self.odds, strict=True)
        ]


def learn(
    roles: Sequence[str],
    patterns: Levels,
    counts: NDArray[np.int64],
    random: Sequence[Floats],
    *,
    pairs: float,
    measure: Measure,
) -> Mixture:
    """Return the mixture that explains the candidates best.

    *patterns* are the distinct rows of levels with their *counts*; *random* the odds of random pairs, *pairs* how many
    pairs there are in all: those that are no candidates are random. *measure* answers for the measured classes.
    """
    kinds = classes(roles, finer=pairs >= _ENOUGH)
    odds = [[_start(kind, field, probabilities) for field, probabilities in enumerate(random)] for kind in kinds]
    few = min(0.05, 0.3 * float(counts.sum()) / max(1.0, pairs) / len(kinds))
    shares = np.full(len(kinds), max(few, 1e-15))
    wide = [number for number, kind in enumerate(kinds) if kind.measured]
    told = dict(zip(wide, ahead(lambda number: measure(kinds[number]), wide), strict=True))
    for number, (share, measured) in told.items():
        shares[number] = share
        for field, probabilities in measured.items():
            odds[number][field] = _but_same(probabilities, random[field], partly=kinds[number].partly[field])
    shares[0] = max(1.0 - shares[1:].sum(), 1e-6)
    least = np.array([0.5 if kind.match else 0.1 for kind in kinds])
    places = (patterns.T + 1).astype(np.intp)  # a row for each field; missing ones count in the first place
    for _ in range(_ROUNDS if len(patterns) else 0):
        joint = Mixture(kinds, tuple(shares), tuple(map(tuple, odds))).log_odds(patterns)
        likely = np.exp(joint - joint.max(1, keepdims=True))
        weights = likely / likely.sum(1, keepdims=True) * counts[:, None]
        shares = np.maximum(weights.sum(0), least) / max(pairs, 1.0)
        matches = float(sum(shares[number] for number, kind in enumerate(kinds) if kind.match))
        for number, kind in enumerate(kinds):
            shares[number] = min(shares[number], SELDOM.get(kind.name, math.inf) * matches)
        for number, (share, measured) in told.items():
            others = _agreeing_otherwise(kinds, shares, odds, random, number)
            shares[number] = max(share - float(others.sum()), _LEAST_LEFT * share)
            for field in (one for one, some in enumerate(kinds[number].partly) if some):
                theirs = sum(
                    (part * (odds[kind][field] if kinds[kind].free[field] else random[field]))
                    for kind, part in enumerate(others.tolist())
                )
                left = np.maximum(share * measured[field] - theirs, shares[number] * random[field])
                odds[number][field] = _but_same(left / left.sum(), random[field], partly=True)
        shares[0] = max(1.0 - shares[1:].sum(), 1e-6)
        base = _strangers(kinds, shares, odds, random)
        for number, kind in enumerate(kinds):
            for field in (one for one, free in enumerate(kind.free) if not free and not kind.partly[one]):
                odds[number][field] = base[field]
        _update(kinds, odds, roles, places, weights, base)
    return Mixture(kinds, tuple(float(share) for share in shares), tuple(map(tuple, odds)))


def _agreeing_otherwise(
    kinds: Sequence[PairClass], shares: Floats, odds: list[list[Floats]], random: Sequence[Floats], measured: int
) -> Floats:
    """Return the shares of pairs that agree in the fields of a measured class and are of a class that was learned."""
    fields = [field for field, free in enumerate(kinds[measured].free) if free]
    found = np.zeros(len(kinds))
    for number, kind in enumerate(kinds):
        if number and not kind.measured:
            alike = [float(odds[number][f][-1] if kind.free[f] else random[f][-1]) for f in fields]
            found[number] = shares[number] * math.prod(alike)
    return found


def _strangers(
    kinds: Sequence[PairClass], shares: Floats, odds: list[list[Floats]], random: Sequence[Floats]
) -> list[Floats]:
    """Return the odds of random pairs that are two people: in a small table many random pairs are one person."""
    found = []
    for field, seen in enumerate(random):
        same = sum(
            (shares[number] * odds[number][field] for number, kind in enumerate(kinds) if kind.match),
            np.zeros(len(seen)),
        )
        left = np.maximum(seen - same, _LEAST_LEFT * seen)
        found.append(left / left.sum())
    return found


def _but_same(odds: Floats, random: Floats, *, partly: bool) -> Floats:
    """Return *odds* in which the same value is as likely as among random pairs, if the field is only partly free."""
    if not partly:
        return odds
    rest = odds[:-1] / odds[:-1].sum()
    return np.append(rest * (1.0 - random[-1]), random[-1])


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
    places: NDArray[np.intp],
    weights: Floats,
    random: Sequence[Floats],
) -> None:
    """Set the odds of every class to what its pairs do, in place."""
    by_class = np.ascontiguousarray(weights.T)
    for field, base in enumerate(random):
        top = len(base) - 1
        prior = np.full(top + 1, _PRIOR_OTHER)
        prior[top] = _PRIOR_SAME
        seen: dict[int, Floats] = {
            number: np.bincount(places[field], weights=by_class[number], minlength=top + 2)[1:].astype(np.float64)
            for number, kind in enumerate(kinds)
            if kind.free[field] and not kind.measured
        }
        matches = [number for number in seen if kinds[number].match]
        if roles[field] in STEADY and len(matches) > 1:
            together = sum((seen[number] for number in matches), np.zeros(top + 1))
            for number in matches:
                seen[number] = together
        for number, found in seen.items():
            learned = (found + prior) / (found + prior).sum()
            odds[number][field] = rising(_kept(learned, roles[field]), base) if kinds[number].match else learned


def _kept(match: Floats, role: str) -> Floats:
    """Return the odds of a match with no more of values that differ than one person's do in that role."""
    most = MOSTLY_KEPT.get(role, 1.0)
    if match[0] <= most:
        return match
    return np.append(most, match[1:] / match[1:].sum() * (1.0 - most))


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
