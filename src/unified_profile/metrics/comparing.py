"""Two numbers beside each other: what you think and what customers say, where you stand, and whether two are alike."""

from __future__ import annotations

from typing import Literal, overload

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.statistics import Estimate, GroupedEstimates, difference, is_one_of, is_positive, lies_between

Better = Literal["higher", "lower"]
Standing = Literal["better", "worse", "not enough data"]
Likeness = Literal["equivalent", "different", "not enough data"]


@overload
def perception_gap(internal: Estimate, customers: Estimate) -> Estimate: ...
@overload
def perception_gap(internal: GroupedEstimates, customers: GroupedEstimates) -> GroupedEstimates: ...
def perception_gap(
    internal: Estimate | GroupedEstimates, customers: Estimate | GroupedEstimates
) -> Estimate | GroupedEstimates:
    """Return by how much the company's own people see it better than its customers do, with an interval.

    Both sides, *internal* and *customers*, answer the same question on the same scale; hand in the two estimates of one
    metric, or the same questions on both sides as ``by=`` returns them, and get a gap for each. A positive gap means
    that it is seen too well inside. Missing answers of both sides are counted together.

    >>> from unified_profile.metrics import proportion
    >>> perception_gap(proportion(81, 100), proportion(370, 1000))
    Estimate(value=0.44, low=0.347, high=0.511, n=1100, n_missing=0, method='mover')

    Source: Newcombe (1998), Statistics in Medicine 17; MOVER (Zou and Donner 2008, Statistics in Medicine 27).

    Raises:
        InvalidInputError: If the two sides are not estimates of one metric, or were asked different questions.

    .. versionadded:: 0.1
    """
    if isinstance(internal, GroupedEstimates) and isinstance(customers, GroupedEstimates):
        if set(internal) != set(customers):
            odd = len(set(internal) ^ set(customers))
            raise InvalidInputError(
                field="customers", reason=f"{odd} questions were asked on one side only", hint="compare like with like"
            )
        return GroupedEstimates({item: _named(internal[item], customers[item]) for item in internal})
    if isinstance(internal, Estimate) and isinstance(customers, Estimate):
        return _named(internal, customers)
    raise InvalidInputError(field="customers", reason="not the same kind of answer on both sides", hint="by= on both")


def _named(internal: Estimate, customers: Estimate) -> Estimate:
    found = difference(internal, customers)
    notes = tuple(note.replace("first:", "internal:", 1).replace("second:", "customers:", 1) for note in found.warnings)
    return attrs.evolve(found, warnings=notes)


@attrs.frozen
class Benchmark:
    """Where a number stands against a reference.

    Attributes:
        estimate: The number.
        reference: What it is held against.
        difference: The number less the reference.
        standing: ``better``, ``worse``, or ``not enough data`` to tell.

    .. versionadded:: 0.1
    """

    estimate: Estimate
    reference: float
    difference: Estimate
    standing: Standing

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them.

        .. versionadded:: 0.1
        """
        return {
            "estimate": self.estimate.to_dict(), "reference": self.reference,
            "difference": self.difference.to_dict(), "standing": self.standing,
        }  # fmt: skip


def benchmark(estimate: Estimate, reference: float | Estimate, *, better: Better = "higher") -> Benchmark:
    """Return where *estimate* stands against a *reference*: a published number, a target, or another's estimate.

    A plain number is taken as exact; where its own sample is known, hand in an `Estimate` and both uncertainties count.
    The difference is in the metric's own unit; missing answers stay counted in its ``n_missing``. *better* says which
    direction is good (``"lower"`` for churn). Whoever compares across companies compares scales, sampling and countries
    as well: a reference of another method is none.

    >>> from unified_profile.metrics import nps
    >>> benchmark(nps([10] * 60 + [8] * 25 + [3] * 15), 20).standing
    'better'

    Source: the interval of the estimate against the number; between two estimates as for `perception_gap`.

    Raises:
        InvalidInputError: If the reference is outside the metric's range or has another one, or has no value.

    .. versionadded:: 0.1
    """
    if not is_one_of(better, ("higher", "lower")):
        raise InvalidInputError(field="better", reason=f"unknown direction {better!r}", hint="higher or lower")
    if not isinstance(estimate, Estimate):
        raise InvalidInputError(field="estimate", reason="no estimate", hint="what a metric returned")
    if isinstance(reference, Estimate):
        gap, value = difference(estimate, reference), reference.value
    else:
        if not lies_between(reference, -1e300, 1e300):
            raise InvalidInputError(field="reference", reason="no number", hint="a number or an estimate")
        value = float(reference)
        if not estimate.bounds[0] <= value <= estimate.bounds[1]:
            raise InvalidInputError(
                field="reference",
                reason=f"outside {estimate.bounds[0]:g} to {estimate.bounds[1]:g}",
                hint="same scale?",
            )
        low, high = estimate.bounds
        gap = attrs.evolve(
            estimate, value=estimate.value - value, low=estimate.low - value, high=estimate.high - value,
            bounds=(low - value, high - value), classes=None,
        )  # fmt: skip
    above, below = gap.low > 0, gap.high < 0
    standing: Standing = "not enough data"
    if above or below:
        standing = "better" if above == (better == "higher") else "worse"
    return Benchmark(estimate, value, gap, standing)


def require_margin(margin: object) -> None:
    """Refuse what is no positive number.

    Raises:
        InvalidInputError: If so.
    """
    if not is_positive(margin):
        raise InvalidInputError(field="margin", reason="not positive", hint="the smallest difference that matters")


def require_alpha(alpha: object) -> None:
    """Refuse what is no share below a half.

    Raises:
        InvalidInputError: If so.
    """
    if not lies_between(alpha, 0, 0.5):
        raise InvalidInputError(field="alpha", reason="not between 0 and a half", hint="try 0.05")


@attrs.frozen
class Equivalence:
    """Whether two numbers are alike, to within a margin that was stated before.

    Attributes:
        difference: The first less the second, with the interval that the test rests on.
        margin: What difference would be too small to matter.
        verdict: ``equivalent``, ``different``, or ``not enough data`` to say either.

    .. versionadded:: 0.1
    """

    difference: Estimate
    margin: float
    verdict: Likeness

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them.

        .. versionadded:: 0.1
        """
        return {"difference": self.difference.to_dict(), "margin": self.margin, "verdict": self.verdict}


def equivalence(first: Estimate, second: Estimate, *, margin: float, alpha: float = 0.05) -> Equivalence:
    """Return whether two estimates of one metric differ by less than *margin*, tested rather than assumed (TOST).

    That no difference was found does not show that there is none: with few answers nothing is ever found. Only if the
    whole interval (level 1 - 2 *alpha*, which makes two one-sided tests of *alpha*) lies within the margin are the
    two called equivalent; if it lies outside, different. The margin is yours, in the metric's own unit, and is to be
    stated before looking. The difference is *first* less *second*; missing answers of both are counted in it.

    >>> from unified_profile.metrics import nps
    >>> def scores(n):
    ...     return [10] * (6 * n) + [8] * (3 * n) + [3] * n
    >>> equivalence(nps(scores(20)), nps(scores(20)), margin=10).verdict
    'not enough data'
    >>> equivalence(nps(scores(200)), nps(scores(200)), margin=10).verdict
    'equivalent'

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15.

    Raises:
        InvalidInputError: If the two are not comparable, *margin* is not positive or *alpha* is not below a half.

    .. versionadded:: 0.1
    """
    require_margin(margin)
    require_alpha(alpha)
    gap = difference(first, second, level=1 - 2 * alpha)
    verdict: Likeness = "not enough data"
    if -margin < gap.low and gap.high < margin:
        verdict = "equivalent"
    elif gap.low > margin or gap.high < -margin:
        verdict = "different"
    return Equivalence(gap, float(margin), verdict)
