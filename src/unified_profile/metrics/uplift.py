"""Did it help?  Two randomly assigned groups compared, as they are or with what was known of them before."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.answers import LARGEST, Answers, read
from unified_profile.metrics.flags import Flags, read_flags
from unified_profile.statistics import Estimate, difference, is_one_of, normal_tail, t_critical, t_tail, wilson, z_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["mean", "share"]


@attrs.frozen
class Lift:
    """What a treatment changed, as far as two randomly assigned groups tell.

    Attributes:
        control: The mean or share of those left alone.
        treated: The same of those treated.
        difference: Treated less control.
        relative: The difference as a share of the control's value; ``None`` where that may be zero or negative.
        p_value: How probable such a difference is without an effect (two-sided), looked at once.
        variance_reduction: Which share of the variance was explained by what was known before; 0 without that.

    .. versionadded:: 0.1
    """

    control: Estimate
    treated: Estimate
    difference: Estimate
    relative: Estimate | None
    p_value: float
    variance_reduction: float = 0.0

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them.

        .. versionadded:: 0.1
        """
        return {
            "control": self.control.to_dict(), "treated": self.treated.to_dict(),
            "difference": self.difference.to_dict(),
            "relative": None if self.relative is None else self.relative.to_dict(), "p_value": self.p_value,
            "variance_reduction": self.variance_reduction,
        }  # fmt: skip


def lift(control: Answers | Flags, treated: Answers | Flags, *, kind: Kind, level: float = 0.95) -> Lift:
    """Return by how much *treated* customers did better than *control*, both assigned at random.

    ``kind="mean"`` compares amounts or scores by Welch's test, which lets the groups differ in spread and size;
    ``kind="share"`` compares truth values (converted or not) by Newcombe's interval and the score test. Count everybody
    who was assigned, also those the treatment never reached: dropping them undoes the random assignment. *control* and
    *treated* are columns, one value per customer; the difference is in their unit, of shares from -1 to 1. Missing
    values are left out and counted in ``n_missing``; if more are missing in one group, that is a finding. Look once, at
    a size set before; for looking while it runs use `always_valid`. There are no weights: groups that were assigned at
    random are compared as they are, and weights would give that up.

    >>> found = lift([False] * 90 + [True] * 10, [False] * 75 + [True] * 25, kind="share")
    >>> found.difference
    Estimate(value=0.15, low=0.0447, high=0.253, n=200, n_missing=0, method='mover')
    >>> round(found.p_value, 4), round(found.relative.value, 2)
    (0.0052, 1.5)

    Source: Welch (1947), Biometrika 34; Newcombe (1998), Statistics in Medicine 17; relative: MOVER for ratios
    (Donner and Zou 2012, Statistical Methods in Medical Research 21).

    Raises:
        InvalidInputError: If *kind* is unknown or a value is no number (or neither true nor false).
        InsufficientDataError: If a group has fewer than two values.

    .. versionadded:: 0.1
    """
    z_for(level)
    if not is_one_of(kind, ("mean", "share")):
        raise InvalidInputError(field="kind", reason=f"unknown kind {kind!r}", hint="mean or share")
    compare = _of_shares if kind == "share" else of_means
    return compare(
        clean_column("lift", "control", control, kind), clean_column("lift", "treated", treated, kind), level=level
    )


def cuped_lift(
    control: Answers,
    treated: Answers,
    *,
    control_before: Answers,
    treated_before: Answers,
    level: float = 0.95,
) -> Lift:
    """Return the lift of means after taking off what each customer's past foretold (CUPED): the same, more exactly.

    The *before* columns hold one number per customer from before the assignment, best the same measure in an earlier
    period; anything later would take part of the effect away. Customers without one (new ones) stay in as they are,
    and a warning counts them. Missing outcomes are left out and counted. No weights, as for `lift`.

    >>> before = [float(i) for i in range(40)]
    >>> control = [x + i % 3 for i, x in enumerate(before)]
    >>> treated = [x + 2 + i % 3 for i, x in enumerate(before)]
    >>> found = cuped_lift(control, treated, control_before=before, treated_before=before)
    >>> round(found.difference.value, 6), found.p_value < 0.001, found.variance_reduction > 0.9
    (2.0, True, True)

    Source: Deng, Xu, Kohavi and Walker (2013), Improving the sensitivity of online controlled experiments by utilizing
    pre-experiment data, WSDM; the slope is taken within groups, so that the effect itself does not enter it, and its
    own uncertainty counts as in an analysis of covariance (Fisher 1932): equal groups of five differ in 5 % of runs.

    Raises:
        InvalidInputError: If a value is no number, or columns differ in length.
        InsufficientDataError: If a group has fewer than two outcomes.

    .. versionadded:: 0.1
    """
    import numpy as np

    z_for(level)
    sides: list[tuple[NDArray[np.float64], NDArray[np.float64], int]] = []
    for name, after, before in (("control", control, control_before), ("treated", treated, treated_before)):
        y, x = read(after, field=name).astype(np.float64), read(before, field=f"{name}_before").astype(np.float64)
        if len(x) != len(y):
            raise InvalidInputError(field=f"{name}_before", reason=f"{len(x)} rows for {len(y)} outcomes")
        _require_moderate(y, name)
        _require_moderate(x, f"{name}_before")
        there = ~np.isnan(y)
        if int(np.count_nonzero(there)) < 2:
            raise InsufficientDataError(metric="cuped_lift", n=int(np.count_nonzero(there)), needed=2)
        sides.append((y[there], x[there], len(y) - int(np.count_nonzero(there))))
    together = np.concatenate([x for _, x, _ in sides])
    new = int(np.count_nonzero(np.isnan(together)))
    mean = float(np.nanmean(together)) if new < len(together) else 0.0
    above = below = 0.0
    for y, x, _ in sides:
        old = ~np.isnan(x)
        if old.any() and not equal_values(x[old]):
            centered = x[old] - x[old].mean()
            above += float((centered * (y[old] - y[old].mean())).sum())
            below += float((centered * centered).sum())
    slope = above / below if below > 0 else 0.0
    plain = of_means(*((y, gone) for y, _, gone in sides), level=level)
    shifts = [np.where(np.isnan(x), 0.0, x - mean) for _, x, _ in sides]
    adjusted = [(y - slope * shift, gone) for (y, _, gone), shift in zip(sides, shifts, strict=True)]
    # How much the slope itself is a guess matters as far as the groups began apart.
    apart = float(shifts[1].mean() - shifts[0].mean()) ** 2 / below if below > 0 else 0.0
    found = of_means(*adjusted, level=level, slope_costs=apart if below > 0 else None)
    saved = 1 - _width(found.difference) / _width(plain.difference) if _width(plain.difference) > 0 else 0.0
    notes = found.difference.warnings
    if new:
        notes = (*notes, f"{new} of {len(together)} have no earlier value and are not adjusted")
    if not below > 0:
        notes = (*notes, "the earlier values do not vary: nothing is adjusted")
    return attrs.evolve(
        found,
        difference=attrs.evolve(found.difference, method="cuped", warnings=notes),
        variance_reduction=max(0.0, saved) if math.isfinite(saved) else 0.0,
    )


def of_means(
    control: tuple[Any, int], treated: tuple[Any, int], *, level: float, slope_costs: float | None = None
) -> Lift:
    """Return the lift of two clean columns, each with how many were missing (Welch).

    *slope_costs* is given where a slope was taken off before: what its uncertainty adds, per unit of residual variance.
    """
    one, other = (_mean(values, gone, level) for values, gone in (control, treated))
    parts = [_variance(values) / len(values) for values, _ in (control, treated)]
    variance, value = sum(parts), other.value - one.value
    notes = [f"{name}: {note}" for name, each in (("control", one), ("treated", other)) for note in each.warnings]
    if variance > 0:
        shares = [part / variance for part in parts]
        df = 1 / sum(share**2 / (len(each) - 1) for share, (each, _) in zip(shares, (control, treated), strict=True))
        if slope_costs is not None:  # it took one of the degrees of freedom
            n = one.n + other.n
            variance *= (n - 2) / (n - 3)
            pooled = sum(_variance(values) * (len(values) - 1) for values, _ in (control, treated)) / (n - 3)
            variance, df = variance + slope_costs * pooled, max(1.0, df - 1)
        half = t_critical((1 - level) / 2, df) * math.sqrt(variance)
        p = min(1.0, 2 * t_tail(abs(value) / math.sqrt(variance), df))
    else:
        half, p = math.inf, 1.0
        notes.append("neither group varies: no interval")
    gap = Estimate(
        value, value - half, value + half, n=one.n + other.n, n_missing=one.n_missing + other.n_missing,
        method="welch", level=level, warnings=tuple(notes),
    )  # fmt: skip
    return Lift(one, other, gap, _relative(one, other), p)


def _of_shares(control: tuple[Any, int], treated: tuple[Any, int], *, level: float) -> Lift:
    sides = []
    for values, gone in (control, treated):
        share, n = float(values.mean()), len(values)
        sides.append(
            Estimate(
                share, *wilson(share, n, level=level), n=n, n_missing=gone, method="wilson", level=level, bounds=(0, 1)
            )
        )
    one, other = sides
    pooled = (one.value * one.n + other.value * other.n) / (one.n + other.n)
    error = math.sqrt(pooled * (1 - pooled) * (1 / one.n + 1 / other.n))
    p = min(1.0, 2 * normal_tail(abs(other.value - one.value) / error)) if error > 0 else 1.0
    return Lift(one, other, difference(other, one), _relative(one, other), p)


def _mean(values: NDArray[Any], n_missing: int, level: float) -> Estimate:
    import numpy as np

    n, mean = len(values), float(values.mean())
    if equal_values(values):
        notes: tuple[str, ...] = ("all values are equal: no interval",)
        return Estimate(mean, -math.inf, math.inf, n=n, n_missing=n_missing, method="t", level=level, warnings=notes)
    half = t_critical((1 - level) / 2, n - 1) * math.sqrt(_variance(values) / n)
    total = float(np.abs(values).sum())
    heaviest = float(np.abs(values).max()) / total if total else 0.0
    notes = (f"one value makes {100 * heaviest:.0f} % of the sum",) if heaviest > 0.1 and n >= 20 else ()
    return Estimate(mean, mean - half, mean + half, n=n, n_missing=n_missing, method="t", level=level, warnings=notes)


def equal_values(values: NDArray[Any]) -> bool:
    """Whether there is nothing but rounding between the values: the variance of equal ones need not be zero."""
    least, most = float(values.min()), float(values.max())
    return most - least <= 1e-12 * max(abs(least), abs(most))


def _variance(values: NDArray[Any]) -> float:
    return 0.0 if equal_values(values) else float(values.var(ddof=1))


def _relative(one: Estimate, other: Estimate) -> Estimate | None:
    """Return the ratio less one (MOVER for ratios), where the denominator is surely positive."""
    if not (one.low > 0 and math.isfinite(one.high) and other.low >= 0):
        return None
    product, value = one.value * other.value, other.value / one.value
    below, above = one.high * (2 * one.value - one.high), one.low * (2 * one.value - one.low)
    low, high = other.low / one.high, other.high / one.low
    if below > 0:
        inside = product**2 - other.low * one.high * (2 * other.value - other.low) * (2 * one.value - one.high)
        low = (product - math.sqrt(max(0.0, inside))) / below
    inside = product**2 - other.high * one.low * (2 * other.value - other.high) * (2 * one.value - one.low)
    if inside >= 0:
        high = (product + math.sqrt(inside)) / above
    return Estimate(
        value - 1, max(-1.0, min(low, value) - 1), max(high, value) - 1, n=one.n + other.n,
        n_missing=one.n_missing + other.n_missing, method="mover_ratio", level=one.level, bounds=(-1, math.inf),
    )  # fmt: skip


def clean_column(metric: str, name: str, column: Any, kind: Kind) -> tuple[NDArray[Any], int]:
    """Return the values that are there, and how many are not.

    Raises:
        InvalidInputError: If one is no number, or infinite.
        InsufficientDataError: If there are fewer than two.
    """
    import numpy as np

    found = read_flags(column, field=name) if kind == "share" else read(column, field=name).astype(np.float64)
    _require_moderate(found, name)
    there = found[~np.isnan(found)]
    if len(there) < 2:
        raise InsufficientDataError(metric=metric, n=len(there), needed=2)
    return there, len(found) - len(there)


def _require_moderate(numbers: NDArray[Any], name: str) -> None:
    """Refuse what is infinite, or has no square.

    Raises:
        InvalidInputError: If so.
    """
    import numpy as np

    if (np.abs(numbers) > LARGEST).any():
        raise InvalidInputError(field=name, reason=f"a value is infinite or beyond {LARGEST:g}")


def _width(each: Estimate) -> float:
    return (each.high - each.low) ** 2
