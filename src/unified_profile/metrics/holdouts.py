"""Before believing an experiment: were the groups assigned as planned; and after it: was it worth its cost?"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.answers import Answers
from unified_profile.metrics.flags import count
from unified_profile.metrics.uplift import clean_column, of_means
from unified_profile.statistics import Estimate, chi_squared_tail, is_positive, lies_between, z_for

# Below this, the chi-squared distribution is too rough for an alarm that has to mean something.
_FEW_EXPECTED = 10.0
# Below this, the exact test takes no time to speak of.
_COUNTED = 1000.0


@attrs.frozen
class SampleRatio:
    """Whether groups have the sizes that they were planned to have.

    Attributes:
        mismatch: Whether the sizes are off by more than chance explains; then no result of the experiment counts.
        p_value: How probable such sizes are under the plan.
        observed: How many are in each group.
        expected: How many the plan lets expect.
        warnings: What a reader must know.

    .. versionadded:: 0.1
    """

    mismatch: bool
    p_value: float
    observed: dict[Hashable, int]
    expected: dict[Hashable, float]
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them, given names that JSON takes.

        .. versionadded:: 0.1
        """
        return {**attrs.asdict(self), "warnings": list(self.warnings)}


def sample_ratio(
    counts: Mapping[Any, int], planned: Mapping[Any, float] | None = None, *, alpha: float = 0.001
) -> SampleRatio:
    """Return whether the groups of an experiment have the sizes that were *planned*; all alike if nothing is said.

    A mismatch is no bad luck but a fault (bots in one group, a redirect that loses people, a late logger), and it
    spoils every comparison. That is why *alpha* is small: the check runs on every experiment, and an alarm must mean
    something. Two groups of which one expects fewer than a thousand get the exact binomial test; with more groups a
    warning says where a group expects so few that the test is a rough guess. Everybody counts once: there are no
    weights, and nobody can be missing from a count.

    >>> sample_ratio({"control": 50_000, "treated": 48_900}).mismatch
    True
    >>> sample_ratio({"control": 50_100, "treated": 49_900}).mismatch
    False

    Source: Pearson's chi-squared test; Clopper and Pearson (1934), Biometrika 26, for few; Fabijan et al. (2019),
    Diagnosing sample ratio mismatch, KDD.

    Raises:
        InvalidInputError: If a count is negative or not whole, the plan names other groups, or a share is not positive.
        InsufficientDataError: If there are fewer than two groups, or nobody in them.

    .. versionadded:: 0.1
    """
    if not isinstance(counts, Mapping):
        raise InvalidInputError(field="counts", reason="no mapping", hint='{"control": 100, "treated": 98}')
    if not lies_between(alpha, 0, 1):
        raise InvalidInputError(field="alpha", reason="not between 0 and 1", hint="0.001")
    observed = {group: count(f"counts.{group}", number) for group, number in counts.items()}
    if len(observed) < 2 or not sum(observed.values()):
        raise InsufficientDataError(metric="sample_ratio", n=sum(observed.values()), needed=2)
    if not (planned is None or isinstance(planned, Mapping)):
        raise InvalidInputError(field="planned", reason="no mapping", hint='{"control": 1, "treated": 9}')
    shares = dict.fromkeys(observed, 1.0) if planned is None else dict(planned)
    if set(shares) != set(observed):
        raise InvalidInputError(field="planned", reason="not the groups that were counted")
    if not all(map(is_positive, shares.values())):
        raise InvalidInputError(field="planned", reason="a share is not positive", hint='{"control": 1, "treated": 9}')
    total, whole = sum(observed.values()), math.fsum(shares.values())
    expected = {group: total * shares[group] / whole for group in observed}
    statistic = math.fsum((observed[group] - each) ** 2 / each for group, each in expected.items())
    p = chi_squared_tail(statistic, len(observed) - 1)
    notes: tuple[str, ...] = ()
    smaller = min(expected, key=expected.__getitem__)
    if len(observed) == 2 and expected[smaller] < _COUNTED:
        p = _binomial(observed[smaller], total, shares[smaller] / whole)
    elif expected[smaller] < _FEW_EXPECTED:
        notes = (f"a group expects fewer than {_FEW_EXPECTED:g}: the p-value is a rough guess",)
    return SampleRatio(p <= alpha, p, observed, expected, notes)


def _binomial(k: int, n: int, share: float) -> float:
    """Return twice the smaller tail of *k* of *n*, where so few are expected that the terms below are few as well."""

    def term(i: int) -> float:
        ways = math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
        return math.exp(ways + i * math.log(share) + (n - i) * math.log1p(-share))

    if k <= n * share:
        return min(1.0, 2 * math.fsum(map(term, range(k + 1))))
    tail = []
    for i in range(k, n + 1):  # each term is smaller than the one before it
        tail.append(term(i))
        if tail[-1] <= 1e-17 * tail[0]:
            break
    return min(1.0, 2 * math.fsum(tail))


def roi(treated: Answers, control: Answers | None, *, cost: float, level: float = 0.95) -> Estimate:
    """Return what each unit of money brought beyond itself: (gain - cost) / cost, the gain from a control group.

    *treated* and *control* hold the margin of each customer in the same period and in the currency of *cost*, zeros
    of those who bought nothing included; the two groups were assigned at random. The gain is the difference of the
    means, times the number treated. Without a control group there is no gain to speak of, only a revenue, much of
    which would have come anyway: then this refuses, and does not guess. Customers of unknown margin are left out and
    counted in ``n_missing``. No weights, as for `lift`.

    >>> roi([12.0, 8.0, 13.0, 9.0] * 50, [9.0, 7.0, 10.0, 8.0] * 50, cost=200.0)
    Estimate(value=1, low=0.673, high=1.33, n=400, n_missing=0, method='welch')

    Source: Welch (1947), Biometrika 34, for the interval of the gain.

    Raises:
        InvalidInputError: If there is no control group, *cost* is not positive, or a value is no number.
        InsufficientDataError: If a group has fewer than two customers.

    .. versionadded:: 0.1
    """
    z_for(level)
    if control is None:
        raise InvalidInputError(
            field="control",
            reason="no control group: what came of the money cannot be told from what would have come anyway",
            hint="leave some customers out at random, and hand in what they brought",
        )
    if not is_positive(cost):
        raise InvalidInputError(field="cost", reason="not positive", hint="in the currency of the margins")
    alone, reached = clean_column("roi", "control", control, "mean"), clean_column("roi", "treated", treated, "mean")
    found = of_means(alone, reached, level=level)
    gap, factor = found.difference, found.treated.n / cost
    return Estimate(
        gap.value * factor - 1, gap.low * factor - 1, gap.high * factor - 1, n=gap.n, n_missing=gap.n_missing,
        method="welch", level=level, warnings=gap.warnings,
    )  # fmt: skip
