"""Is it equally good everywhere?  Consistency across channels or stores, and across customers who ought to be equal."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import combinations
from typing import Any, Literal

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.chain import WeakestLink, Worst, require_alike, weakest_link
from unified_profile.metrics.comparing import equivalence, require_alpha, require_margin
from unified_profile.metrics.flags import Flags, read_flags
from unified_profile.metrics.numbering import objects
from unified_profile.statistics import (
    Estimate,
    GroupedEstimates,
    Heterogeneity,
    gap_below,
    heterogeneity,
    holm,
    shrunken,
)

Verdict = Literal["consistent", "inconsistent", "not enough data"]

# Below this, an interval is too rough to test with.
_FEW = 5
# Two tests share one probability of a false alarm: the weakest link, which is what is asked most, has the larger part.
_SPREADS_PART = 0.2


@attrs.frozen
class Consistency:
    """How alike groups are in one metric.

    Attributes:
        verdict: ``consistent`` only if all of them were shown to lie within the margin that was stated, however surely
            they differ by less; ``inconsistent`` if they differ by more than chance explains; else ``not enough
            data``, which is no praise.
        raw: Each group's own estimate.
        shrunken: The same with most of the chance taken off; a truly weak group looks better here than it is.
        spread: The variance between the groups, and its test.
        weakest: Which group is the weakest, if the data can tell.
        margin: How far apart groups may be and still be called alike; ``None`` if no margin was stated.
        alpha: How often equal groups are called inconsistent, and too unequal ones consistent.

    .. versionadded:: 0.1
    """

    verdict: Verdict
    raw: GroupedEstimates
    shrunken: GroupedEstimates
    spread: Heterogeneity
    weakest: WeakestLink
    margin: float | None
    alpha: float

    @property
    def because(self) -> str:
        """The verdict and its reason, as a sentence."""
        if self.verdict == "inconsistent" and self.spread.p_value > self.alpha:
            return self.weakest.because
        if self.verdict == "inconsistent":
            name = f"; {self.weakest.because}" if self.weakest.weakest is not None else ""
            return f"the groups differ by more than chance explains (p={self.spread.p_value:.2g}){name}"
        if self.verdict == "consistent":
            return f"all groups lie within {self.margin:g} of each other"
        missing = "no margin was stated" if self.margin is None else f"nor show that all lie within {self.margin:g}"
        return f"not enough data: they show no difference between the groups, {missing}"

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them, given names that JSON takes.

        .. versionadded:: 0.1
        """
        return {
            "verdict": self.verdict, "because": self.because, "raw": self.raw.rows(), "shrunken": self.shrunken.rows(),
            "spread": attrs.asdict(self.spread), "weakest": self.weakest.to_dict(), "margin": self.margin,
            "alpha": self.alpha,
        }  # fmt: skip


def consistency(
    groups: Mapping[Any, Estimate], *, margin: float | None = None, worst: Worst = "lowest", alpha: float = 0.05
) -> Consistency:
    """Return how alike *groups* are (channels, stores, teams): estimates of one metric, as ``by=`` returns them.

    The test of heterogeneity says whether they differ at all; `weakest_link` which is the weakest, or that chance
    forbids to say (it has four fifths of *alpha*, the former one, so that together they raise no more false alarms
    than *alpha*); and with a *margin* two one-sided tests for each pair say whether all are alike, which takes
    thousands of answers for ten points of NPS. Groups with fewer than five answers, and those without a value or an end
    of their interval, are in no test but in *raw*.
    *worst* as for `weakest_link`.

    >>> from unified_profile.metrics import csat
    >>> ratings = ([5] * 82 + [1] * 18) + ([5] * 80 + [1] * 20) + ([5] * 50 + [1] * 50)
    >>> found = consistency(
    ...     csat(ratings, scale=(1, 5), satisfied_from=4, by=["mail"] * 100 + ["chat"] * 100 + ["phone"] * 100)
    ... )
    >>> found.verdict, found.weakest.weakest
    ('inconsistent', 'phone')

    Source: Cochran (1954), Biometrics 10; Morris (1983), JASA 78; Schuirmann (1987), J. Pharmacokinetics and
    Biopharmaceutics 15, for every pair (an intersection of tests needs no correction: Berger 1982, Technometrics 24).

    Raises:
        InvalidInputError: If the groups are not estimates of one metric, or *alpha* or *margin* is out of range.
        InsufficientDataError: If there are fewer than two groups with five answers.

    .. versionadded:: 0.1
    """
    require_alike(groups, "consistency", needed=2)
    require_alpha(alpha)
    if margin is not None:
        require_margin(margin)
    tested = {key: each for key, each in groups.items() if _testable(each)}
    if len(tested) < 2:
        raise InsufficientDataError(metric="consistency", n=len(tested), needed=2)
    spread = heterogeneity(list(tested.values()))
    weakest = weakest_link(groups, worst=worst, level=1 - alpha * (1 - _SPREADS_PART))
    verdict: Verdict = "not enough data"
    if margin is not None and len(tested) == len(groups) and _all_alike(tested, margin, alpha):
        verdict = "consistent"  # what lies within the margin does not matter, however surely it is there
    elif spread.p_value <= alpha * _SPREADS_PART or weakest.status != "not_enough_data":
        verdict = "inconsistent"
    pulled = dict(zip(tested, shrunken(list(tested.values())), strict=True))
    return Consistency(verdict, GroupedEstimates(groups), GroupedEstimates(pulled), spread, weakest, margin, alpha)


def _testable(each: Estimate) -> bool:
    return each.n >= _FEW and each.known and math.isfinite(each.high - each.low)


def _all_alike(groups: Mapping[Any, Estimate], margin: float, alpha: float) -> bool:
    pairs = combinations(groups.values(), 2)
    return all(equivalence(one, other, margin=margin, alpha=alpha).verdict == "equivalent" for one, other in pairs)


@attrs.frozen
class Parity:
    """Whether customers who ought to be equal are treated alike; what a perk entitles to is kept apart.

    Attributes:
        baseline: The consistency of everything that no perk entitled to.
        favored: Groups that fare better than all others together by more than chance explains.
        neglected: Groups that fare worse.
        p_values: Holm's adjusted probability of each group's distance from the others (two-sided).
        perks: The same metric where a perk was used; ``None`` if there was none. It is in no test.

    .. versionadded:: 0.1
    """

    baseline: Consistency
    favored: tuple[Hashable, ...]
    neglected: tuple[Hashable, ...]
    p_values: dict[Hashable, float]
    perks: GroupedEstimates | None

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them, given names that JSON takes.

        .. versionadded:: 0.1
        """
        return {
            "baseline": self.baseline.to_dict(), "favored": list(self.favored), "neglected": list(self.neglected),
            "p_values": dict(self.p_values), "perks": None if self.perks is None else self.perks.rows(),
        }  # fmt: skip


def parity(
    metric: Callable[..., Any],
    answers: Iterable[Any],
    *,
    by: Iterable[Hashable],
    perks: Flags | None = None,
    margin: float | None = None,
    worst: Worst = "lowest",
    alpha: float = 0.05,
) -> Parity:
    """Return whether groups of customers (by tenure, tier, region) get the same, perks left aside.

    *metric* is a function of this room that takes ``by=`` (wrap one that needs more: ``lambda answers, by:
    csat(answers, scale=(1, 5), satisfied_from=4, by=by)``). *perks* marks the answers about something that the group
    is entitled to, as a lounge or a faster line: these are measured apart and do not count as favor. All else should
    be equal, and each group is compared with all others together. *answers*, *by* and *perks* are columns of equal
    length; missing answers are treated as *metric* does, a missing mark is refused. *margin* is in the metric's unit.

    >>> from unified_profile.metrics import nps
    >>> scores = ([10] * 60 + [8] * 30 + [3] * 10) * 2 + ([10] * 30 + [8] * 30 + [3] * 40)
    >>> found = parity(nps, scores, by=["gold"] * 100 + ["silver"] * 100 + ["new"] * 100)
    >>> found.neglected, found.baseline.verdict
    (('new',), 'inconsistent')

    Source: Welch's test of each group against the others, Holm (1979); otherwise as for `consistency`.

    Raises:
        InvalidInputError: If columns differ in length, or as the metric or `consistency` does.
        InsufficientDataError: If fewer than two groups have five answers apart from perks.

    .. versionadded:: 0.1
    """
    import numpy as np

    if not callable(metric):
        raise InvalidInputError(field="metric", reason="no function", hint="for example nps")
    items, groups = objects(answers, field="answers"), objects(by, field="by")
    if len(items) != len(groups):
        raise InvalidInputError(field="by", reason=f"{len(groups)} groups for {len(items)} answers")
    used = np.zeros(len(items), dtype=bool)
    if perks is not None:
        flags = read_flags(perks, field="perks")
        if len(flags) != len(items):
            raise InvalidInputError(field="perks", reason=f"{len(flags)} rows for {len(items)} answers")
        if np.isnan(flags).any():
            raise InvalidInputError(field="perks", reason="missing for some answers", hint="True or False for each")
        used = flags == 1

    def of(chosen: Any) -> GroupedEstimates:
        rows = np.flatnonzero(chosen)
        found: GroupedEstimates = metric([items[i] for i in rows], by=[groups[i] for i in rows])
        return found

    found = of(~used)
    baseline = consistency(found, margin=margin, worst=worst, alpha=alpha)
    tested = {key: each for key, each in found.items() if _testable(each)}
    sign = 1 if worst == "lowest" else -1
    sides: dict[Hashable, tuple[float, float]] = {}
    for key, each in tested.items():
        others = [other for name, other in tested.items() if name != key]
        sides[key] = (gap_below(each, others, sign)[1], gap_below(each, others, -sign)[1])
    p_values = dict(zip(sides, holm([min(1.0, 2 * min(pair)) for pair in sides.values()]), strict=True))
    apart = [key for key, p in p_values.items() if p <= alpha]
    return Parity(
        baseline,
        favored=tuple(key for key in apart if sides[key][1] < sides[key][0]),
        neglected=tuple(key for key in apart if sides[key][0] < sides[key][1]),
        p_values=p_values,
        perks=of(used) if used.any() else None,
    )
