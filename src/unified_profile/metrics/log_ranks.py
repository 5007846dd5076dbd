"""Do groups end at different times?  The log-rank test, which compares whole curves rather than single moments."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import attrs

from unified_profile.errors import InsufficientDataError
from unified_profile.metrics.answers import Answers
from unified_profile.metrics.flags import Flags
from unified_profile.metrics.groups import By, split
from unified_profile.metrics.lifetimes import Lifetimes, lifetimes, tally
from unified_profile.statistics import chi_squared_tail, group_order

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Below this, the chi-squared distribution is a rough guess.
_FEW_EXPECTED = 5.0


@attrs.frozen
class LogRank:
    """Whether groups end at different times, by more than chance explains.

    Attributes:
        statistic: Chi-squared on *df* degrees of freedom.
        p_value: How probable such a difference is between equal groups.
        df: Degrees of freedom.
        observed: How many ended in each group.
        expected: How many would have, were all groups alike.
        warnings: What a reader must know.

    .. versionadded:: 0.1
    """

    statistic: float
    p_value: float
    df: int
    observed: dict[Hashable, float]
    expected: dict[Hashable, float]
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them, given names that JSON takes.

        .. versionadded:: 0.1
        """
        return {**attrs.asdict(self), "warnings": list(self.warnings)}


def log_rank(durations: Answers, ended: Flags, *, by: By) -> LogRank:
    """Return whether groups end at different times, by more than chance explains (the log-rank test).

    *durations*, *ended* and missing values as for `survival`; *by* says to which group each row belongs. At each
    moment the number that ended in a group is compared with its share of those still there; so two groups of which
    one loses people early and the other late may well look alike: look at the curves, too. A group of which nobody was
    left when the first one ended is in no degree of freedom. There are no weights: the test counts people.

    >>> early, late = [1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16]
    >>> log_rank(early + late, [True] * 12, by=["a"] * 6 + ["b"] * 6).p_value < 0.01
    True

    Source: Mantel (1966), Cancer Chemotherapy Reports 50; Peto and Peto (1972), JRSS A 135.

    Raises:
        InvalidInputError: If a duration is negative or infinite, or columns differ in length.
        InsufficientDataError: If there are fewer than two groups with somebody left when the first one ended, or nobody
            ended.

    .. versionadded:: 0.1
    """
    table = lifetimes(durations, ended)
    found = log_rank_of(table, split(by, len(table)))
    if found is None:
        raise InsufficientDataError(metric="log_rank", n=0, needed=2)
    return found


def log_rank_of(table: Lifetimes, parts: Mapping[Hashable, NDArray[np.intp]]) -> LogRank | None:
    """Return the test of the groups with somebody in them, or None if there are not two, or nobody ended."""
    import numpy as np

    keys, tallies, everyone = [], [], []
    for key in sorted(parts, key=group_order):
        durations, ended, _, _ = table.part(parts[key])
        if len(durations):
            keys.append(key)
            tallies.append(tally(durations, ended, None))
            everyone.append(np.sort(durations))
    times = np.unique(np.concatenate([each.times for each in tallies])) if tallies else np.array([])
    if len(keys) < 2 or not len(times):
        return None
    events = np.zeros((len(keys), len(times)))
    at_risk = np.empty_like(events)
    for i, (each, durations) in enumerate(zip(tallies, everyone, strict=True)):
        events[i, np.searchsorted(times, each.times)] = each.events
        at_risk[i] = len(durations) - np.searchsorted(durations, times, side="left")
    total, ending = at_risk.sum(axis=0), events.sum(axis=0)
    share = at_risk / total
    expected = (share * ending).sum(axis=1)
    spread = np.where(total > 1, ending * (total - ending) / np.maximum(total - 1, 1), 0.0)
    covariance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    gap = events.sum(axis=1) - expected
    # A group that was gone before anybody ended says nothing, and is no degree of freedom.
    df = int(np.count_nonzero(expected > 0)) - 1
    if df < 1:
        return None
    statistic = max(0.0, float(gap @ np.linalg.pinv(covariance, hermitian=True) @ gap))
    few = float(expected[expected > 0].min()) < _FEW_EXPECTED
    return LogRank(
        statistic=statistic,
        p_value=chi_squared_tail(statistic, df),
        df=df,
        observed=dict(zip(keys, events.sum(axis=1).tolist(), strict=True)),
        expected=dict(zip(keys, expected.tolist(), strict=True)),
        warnings=("a group expects fewer than five to end: the p-value is a rough guess",) if few else (),
    )
