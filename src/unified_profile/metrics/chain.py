"""A chain is as strong as its weakest link: which one that is, if the data can tell, and how strong that makes it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any, Literal

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.statistics import Estimate, gap_below, holm, is_one_of, net_gap_below, z_for

Worst = Literal["lowest", "highest"]
Status = Literal["named", "tied", "not_enough_data"]

# Below this, an interval is too rough to test with.
_FEW = 5
# Answers are skewed, and a low score goes with a low variance or a high one: without it, equal links would be blamed
# in up to 5.1 % of simulated runs rather than in 5 %.
_CAUTION = 1.04


@attrs.frozen
class LinkComparison:
    """One link against all the others together.

    Attributes:
        link: Its name.
        estimate: Its own estimate.
        gap: By how much it is worse than the others together, in the metric's unit; negative if it is better.
        p_value: Holm's adjusted probability of such a gap between equal links, or, of net scores, of such a move
            between classes; 4 % higher for the skewness of answers.

    .. versionadded:: 0.1
    """

    link: Hashable
    estimate: Estimate
    gap: float
    p_value: float


@attrs.frozen
class WeakestLink:
    """Which link of a chain is the weakest, or that the data do not say.

    Attributes:
        status: ``named``; ``tied`` if some links are worse than the rest but not told apart from each other;
            ``not_enough_data`` if no link is worse than chance explains, which does not show that they are equal.
        weakest: The named link, else ``None``.
        candidates: The links among which the weakest is: one if named, several if tied, none otherwise.
        comparisons: Every link that was tested, the worst first.
        untested: Links with too few answers, without a value (a median that was not reached yet) or without an end of
            the interval; the weakest may be among them.
        level: How often a chain of equal links is rightly left without a name.

    .. versionadded:: 0.1
    """

    status: Status
    weakest: Hashable
    candidates: tuple[Hashable, ...]
    comparisons: tuple[LinkComparison, ...]
    untested: tuple[Hashable, ...] = ()
    level: float = 0.95

    @property
    def because(self) -> str:
        """The verdict and its reason, as a sentence."""
        untested = f" ({len(self.untested)} links are known too little to be tested)" if self.untested else ""
        if self.status == "not_enough_data":
            return f"not enough data to name a weakest link{untested}"
        names = " or ".join(str(link) for link in self.candidates)
        if self.status == "tied":
            return f"the weakest link is {names}: not enough data to tell which{untested}"
        found = next(comparison for comparison in self.comparisons if comparison.link == self.weakest)
        return (
            f"{names} is the weakest link: {found.estimate}, worse than the others together by {found.gap:.3g} "
            f"(adjusted p={found.p_value:.2g}){untested}"
        )

    def __str__(self) -> str:
        return self.because

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them, given names that JSON takes.

        .. versionadded:: 0.1
        """
        return {
            "status": self.status,
            "weakest": self.weakest,
            "candidates": list(self.candidates),
            "comparisons": [
                {"link": each.link, "gap": each.gap, "p_value": each.p_value, **each.estimate.to_dict()}
                for each in self.comparisons
            ],
            "untested": list(self.untested),
            "level": self.level,
            "because": self.because,
        }


def weakest_link(links: Mapping[Any, Estimate], *, worst: Worst = "lowest", level: float = 0.95) -> WeakestLink:
    """Return the link that is worse than all others together, or say that the data cannot tell.

    *links* are estimates of one metric per channel (touchpoint, store, period), as ``by=`` returns them. Six equal
    channels with a hundred answers each easily lie 20 points apart by chance, so the lowest is not named for being
    lowest: each link is tested against the pooled others, one-sided, and Holm's correction keeps the chance of naming
    any link of an equal chain at 1 - *level*. A link is named only if, besides, no link that was measured still
    worse, and no other one that is worse than the rest, may be the weakest instead. Of net scores without
    weights the classes are looked at, too: twice the detractors tell a weak link sooner than the score does, which
    must be lower as well. *worst* says which end of the metric is bad: ``"highest"`` for churn or for effort where
    high is hard. Links with fewer than five answers, and those without a value or an end of their interval, are not
    tested but listed; missing answers count in nothing.

    >>> from unified_profile.metrics import csat
    >>> ratings = [5] * 80 + [1] * 20 + [5] * 82 + [1] * 18 + [5] * 50 + [1] * 50
    >>> channel = ["mail"] * 100 + ["chat"] * 100 + ["phone"] * 100
    >>> weakest_link(csat(ratings, scale=(1, 5), satisfied_from=4, by=channel)).weakest
    'phone'
    >>> print(weakest_link(csat(ratings[:200], scale=(1, 5), satisfied_from=4, by=channel[:200])))
    not enough data to name a weakest link

    Source: standard errors recovered from the sides of the intervals that face each other (MOVER: Zou and Donner 2008,
    Statistics in Medicine 27), Welch's degrees of freedom (1947, Biometrika 34), Holm's correction (1979); classes as
    told at `unified_profile.statistics.net_gap_below`. Simulated with equal links of 5 to 3,000 answers, even and
    uneven: at most 5.2 % of runs name one at the level 95 %, and no more than 5 % with 100 or 300 answers each
    (p-values are raised by 4 % for that, since answers are skewed).

    Raises:
        InvalidInputError: If the links are not estimates of one metric, or *worst* or *level* is unknown.
        InsufficientDataError: If there are fewer than two links.

    .. versionadded:: 0.1
    """
    require_alike(links, "weakest_link", needed=2)
    sign = _sign(worst)
    z_for(level)
    tested = {link: each for link, each in links.items() if _testable(each)}
    untested = tuple(link for link in links if link not in tested)
    if len(tested) < 2:
        return WeakestLink("not_enough_data", None, (), (), untested, level)
    gaps = {
        link: net_gap_below(each, [other for name, other in tested.items() if name != link], sign)
        for link, each in tested.items()
    }
    adjusted = dict(zip(tested, holm([min(1.0, _CAUTION * p) for _, p in gaps.values()]), strict=True))
    comparisons = tuple(
        LinkComparison(link, tested[link], gaps[link][0], adjusted[link])
        for link in sorted(tested, key=lambda link: sign * tested[link].value)
    )
    alpha = 1 - level
    weak = [each for each in comparisons if each.p_value <= alpha]
    if not weak:
        return WeakestLink("not_enough_data", None, (), comparisons, untested, level)
    first = weak[0]
    # Whoever was measured still worse, or is worse than the rest as well, must be told apart from the first.
    others = [each for each in comparisons if each is not first and (each in weak or _below(each, first, sign))]
    apart = holm([gap_below(first.estimate, [other.estimate], sign)[1] for other in others])
    rivals = tuple(other.link for other, p in zip(others, apart, strict=True) if p > alpha)
    return WeakestLink(
        "tied" if rivals else "named",
        None if rivals else first.link,
        (first.link, *rivals),
        comparisons,
        untested,
        level,
    )


def chain_strength(links: Mapping[Any, Estimate], *, worst: Worst = "lowest") -> Estimate:
    """Return how strong the whole chain is: the value of its weakest link, not a mean.

    Adding a good link never raises it. *links* are estimates of one metric per link, as ``by=`` returns them; *worst*
    as for `weakest_link`. The interval reaches from the worst to the best end that the weakest link can have; since
    any of the links may be it, its level is lower than the links' own by Bonferroni's bound, and is stated. The lowest
    of many noisy values lies too low on average: read the interval, or `weakest_link`, before acting on it. Links
    without a single answer are left out, with a warning; one that has answers but no value (a median that was not
    reached yet) may be the weakest, so its interval counts.

    >>> from unified_profile.metrics import nps
    >>> scores = [10, 9, 9, 8, 10, 3] + [6, 9, 3, 8, 7, 5]
    >>> chain_strength(nps(scores, by=["chat"] * 6 + ["mail"] * 6))
    Estimate(value=-33.3, low=-82.5, high=38.1, n=12, n_missing=0, method='minimum', level=0.925)

    Source: own definition; the level by Bonferroni's inequality.

    Raises:
        InvalidInputError: If the links are not estimates of one metric or *worst* is unknown.
        InsufficientDataError: If no link has an answer.

    .. versionadded:: 0.1
    """
    require_alike(links, "chain_strength", needed=1)
    sign = _sign(worst)
    known = [each for each in links.values() if each.n]
    if not any(each.known for each in known):
        raise InsufficientDataError(metric="chain_strength", n=0, needed=1)
    pick = min if sign > 0 else max
    value = pick(each.value for each in known if each.known)
    # The worst end is safe as it is: the true weakest link's own interval would have to miss. The other end is
    # missed if any link's interval misses it.
    levels = [each.level for each in known]
    level = 1 - ((1 - min(levels)) + sum(1 - each for each in levels)) / 2
    notes = [f"{link}: {note}" for link, each in links.items() for note in each.warnings]
    low, high = pick(each.low for each in known), pick(each.high for each in known)
    if level < 0.5:
        level = min(levels)
        if sign > 0:
            high = max(each.high for each in known)
        else:
            low = min(each.low for each in known)
        notes.append("too many links for a narrow interval; estimate the links at a higher level")
    if not low <= value <= high:
        value = math.nan
        notes.append("the weakest link has no value of its own")
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=sum(each.n for each in known),
        n_missing=sum(each.n_missing for each in links.values()),
        method="minimum" if sign > 0 else "maximum",
        level=level,
        warnings=tuple(notes),
        bounds=known[0].bounds,
    )


def _testable(each: Estimate) -> bool:
    return each.n >= _FEW and each.known and math.isfinite(each.high - each.low)


def _below(one: LinkComparison, other: LinkComparison, sign: int) -> bool:
    return sign * one.estimate.value <= sign * other.estimate.value


def _sign(worst: str) -> int:
    if not is_one_of(worst, ("lowest", "highest")):
        raise InvalidInputError(field="worst", reason=f"unknown end {worst!r}", hint="lowest or highest")
    return 1 if worst == "lowest" else -1


def require_alike(links: object, metric: str, *, needed: int) -> None:
    """Refuse what is not a mapping of estimates of one metric."""
    if not isinstance(links, Mapping) or not all(isinstance(each, Estimate) for each in links.values()):
        raise InvalidInputError(field="links", reason="not a mapping of estimates", hint="pass what by= returns")
    if len(links) < needed:
        raise InsufficientDataError(metric=metric, n=len(links), needed=needed)
    if len({each.bounds for each in links.values()}) > 1:
        raise InvalidInputError(field="links", reason="different ranges", hint="compare one metric on one scale")
