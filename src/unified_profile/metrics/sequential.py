"""An experiment that may be looked at every day: intervals that hold at all looks together, and may stop it."""

from __future__ import annotations

import math
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.answers import Answers
from unified_profile.metrics.flags import Flags
from unified_profile.metrics.uplift import Kind, clean_column, equal_values
from unified_profile.statistics import Estimate, is_one_of, lies_between, z_for

# Below this, a standard deviation is too much of a guess to bet on.
_FIRST_LOOK = 30
# Smaller numbers have no square.
_LEAST = 1e-140


@attrs.frozen
class AlwaysValid:
    """What an experiment shows so far, however often it was looked at.

    Attributes:
        difference: Treated less control; this interval and those of all other looks hold together.
        p_value: How improbable the data are without an effect, whenever one stops; the smallest so far counts.
        stop: Whether zero lies outside the interval, so that the experiment may end with a finding.

    .. versionadded:: 0.1
    """

    difference: Estimate
    p_value: float
    stop: bool

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them.

        .. versionadded:: 0.1
        """
        return {"difference": self.difference.to_dict(), "p_value": self.p_value, "stop": self.stop}


def always_valid(
    control: Answers | Flags, treated: Answers | Flags, *, kind: Kind, effect: float, level: float = 0.95
) -> AlwaysValid:
    """Return what is known so far of an experiment that runs on, with an interval for looking as often as you like.

    Hand in all data so far at each look. An ordinary interval read daily finds something in nearly a third of the
    experiments in which there is nothing; this one in no more than 1 - *level* of them, in all looks together. The
    price is that it is wider. *effect* is the size of effect worth finding, in the metric's own unit, set before the
    experiment begins and never changed: the interval is narrowest for finding that. The first look is at 30 in each
    group, and where the amounts of a group are all equal there is no interval yet. ``kind``, missing values, and why
    there are no weights, as for `lift`.

    >>> found = always_valid([False] * 950 + [True] * 50, [False] * 880 + [True] * 120, kind="share", effect=0.02)
    >>> found.stop, round(found.difference.low, 3) > 0
    (True, True)

    Source: the mixture sequential probability ratio test (Robbins 1970, Annals of Mathematical Statistics 41; Johari,
    Koomen, Pekelis and Walsh 2022, Operations Research 70), with the variance estimated from the data (Waudby-Smith,
    Arbour, Sinha, Kennedy and Ramdas 2024, Annals of Statistics 52). Shares have one success and one failure added to
    their variance, so that a group without a success does not look certain.

    Raises:
        InvalidInputError: If *effect* is not positive, *kind* is unknown or a value is no number.
        InsufficientDataError: If a group has fewer than two values.

    .. versionadded:: 0.1
    """
    z_for(level)
    if not is_one_of(kind, ("mean", "share")):
        raise InvalidInputError(field="kind", reason=f"unknown kind {kind!r}", hint="mean or share")
    if not lies_between(effect, _LEAST, 1 / _LEAST):
        raise InvalidInputError(field="effect", reason="not positive", hint="the effect worth finding, in its unit")
    (one, gone), (other, lost) = (
        clean_column("always_valid", name, each, kind) for name, each in (("control", control), ("treated", treated))
    )
    value = float(other.mean()) - float(one.mean())
    variance = _variance(one, kind) + _variance(other, kind)
    notes = []
    few = min(len(one), len(other)) < _FIRST_LOOK
    if few:
        notes.append(f"the first look is at {_FIRST_LOOK} in each group")
    equal = [name for name, each in (("control", one), ("treated", other)) if kind == "mean" and equal_values(each)]
    notes += [f"{name}: all values are equal: no interval yet" for name in equal]
    bounds = (-1.0, 1.0) if kind == "share" else (-math.inf, math.inf)
    half = math.inf if few or equal else _half(variance, effect, 1 - level)
    p = 1.0 if math.isinf(half) else _p_value(value, variance, effect)
    found = Estimate(
        value, max(bounds[0], value - half), min(bounds[1], value + half), n=len(one) + len(other),
        n_missing=gone + lost, method="mixture_sprt", level=level, warnings=tuple(notes), bounds=bounds,
    )  # fmt: skip
    return AlwaysValid(found, p, found.low > 0 or found.high < 0)


def _variance(values: Any, kind: Kind) -> float:
    n = len(values)
    if kind == "share":
        share = (float(values.sum()) + 1) / (n + 2)
        return share * (1 - share) / n
    return float(values.var(ddof=1)) / n


def _half(variance: float, effect: float, alpha: float) -> float:
    """Return how far the interval reaches: where the mixture's likelihood ratio is 1 / alpha."""
    mixing = effect * effect
    bet = 2 * math.log(1 / alpha) + math.log1p(mixing / variance)
    return math.sqrt(variance * (variance + mixing) / mixing * bet)


def _p_value(value: float, variance: float, effect: float) -> float:
    mixing = effect * effect
    ratio = -0.5 * math.log1p(mixing / variance) + mixing * value * value / (2 * variance * (variance + mixing))
    return min(1.0, math.exp(-ratio))
