"""sBG: customers under contract, who renew or leave in the open at the end of each period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy.special import betaln, digamma

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.customer_base.fitted import CustomerModel
from unified_profile.metrics.customer_base.fitting import conclude
from unified_profile.metrics.customer_base.periods import DiscountRate, PeriodUnit, require_unit
from unified_profile.metrics.customer_base.quadrature import Floats
from unified_profile.metrics.customer_base.rows import numbers, refuse
from unified_profile.metrics.customer_base.search import maximize
from unified_profile.metrics.customer_base.simulating import first_success, random_of, require_customers

_MOST = 1_000_000


class ShiftedBetaGeometric(CustomerModel):
    """The shifted beta-geometric model (sBG) of Fader and Hardie (2007): retention in a contractual setting.

    At the end of each period a customer leaves with a probability of their own, beta distributed with *alpha* and
    *beta*. Retention of a cohort rises with its age although nobody becomes more loyal: those who leave easily have
    left.

    >>> model = ShiftedBetaGeometric().fit([1000, 869, 743, 653, 593, 551, 517, 491], unit="year")
    >>> {name: round(value, 2) for name, value in model.parameters_.items()}
    {'alpha': 0.67, 'beta': 3.81}
    >>> model.survival(8).round(3)
    array([0.46])

    Source: Fader and Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1); DERL:
    Fader and Hardie (2010), Customer-Base Valuation in a Contractual Setting, Marketing Science 29(1).

    .. versionadded:: 0.1
    """

    label = "sBG"
    names = ("alpha", "beta")

    @classmethod
    def from_parameters(cls, *, alpha: float, beta: float, unit: PeriodUnit) -> Self:
        """Return the model with parameters that are known, as published ones are.

        Raises:
            InvalidInputError: If one is not a positive number.
        """
        return cls._given(unit, alpha=alpha, beta=beta)

    def fit(self, active: Any, /, *, unit: PeriodUnit) -> Self:
        """Fit to a cohort, or to several, and return the model itself.

        *active* says how many customers a cohort had at the start and after each period; several cohorts of different
        age come as a list of such lists. Whoever is left at the end is censored, not kept for ever.

        Raises:
            InvalidInputError: If a count is missing or negative, or a cohort grows.
            InsufficientDataError: If there is no cohort with a period behind it, fewer than three customers, or nobody
                has left yet.
        """
        unit = require_unit(unit)
        lost, left, n = _read(active)
        if n < 3 or not len(lost):
            raise InsufficientDataError(metric="sBG: customers with a period behind them", n=int(n), needed=3)
        if not lost.sum():
            raise InsufficientDataError(metric="sBG: customers who left", n=0, needed=1)
        periods = np.arange(1, len(lost) + 1, dtype=np.float64)

        def objective(parameters: Floats) -> tuple[float, Floats]:
            alpha, beta = float(parameters[0]), float(parameters[1])
            value = float(
                lost @ (betaln(alpha + 1, beta + periods - 1) - betaln(alpha, beta))
                + left @ (betaln(alpha, beta + periods) - betaln(alpha, beta))
            )
            both = digamma(alpha + beta + periods)
            start = float(digamma(alpha + beta))
            da = lost @ (digamma(alpha + 1) - both - digamma(alpha) + start) + left @ (start - both)
            db = lost @ (digamma(beta + periods - 1) - both - digamma(beta) + start)
            db += left @ (digamma(beta + periods) - both - digamma(beta) + start)
            return value, np.array([float(da), float(db)])

        found = maximize(objective, [np.array([1.0, 4.0]), np.array([0.5, 1.0]), np.array([5.0, 50.0])], total=n)
        notes = [] if len(lost) > 1 else ["one period cannot tell how customers differ"]
        result = conclude(
            found,
            model=self.label,
            names=self.names,
            scales=np.ones(2),
            log_likelihood=found.value,
            n=n,
            n_rows=len(lost),
            notes=notes,
        )
        return self._keep(result, unit)

    def _values(self) -> tuple[float, float]:
        return self.parameters_["alpha"], self.parameters_["beta"]

    def survival(self, periods: float | Sequence[float] | Floats, /) -> Floats:
        """Return the share of a cohort that is expected to be there after so many whole periods."""
        t = _whole(periods)
        alpha, beta = self._values()
        found: Floats = np.exp(betaln(alpha, beta + t) - betaln(alpha, beta))
        return found

    def retention(self, periods: float | Sequence[float] | Floats, /) -> Floats:
        """Return the rate at which those who began period number *periods* are expected to renew at its end."""
        t = _whole(periods)
        if (t < 1).any():
            raise InvalidInputError(field="periods", reason="below 1", hint="the first period is number 1")
        alpha, beta = self._values()
        found: Floats = (beta + t - 1) / (alpha + beta + t - 1)
        return found

    def discounted_lifetime(self, period: float | Sequence[float] | Floats, /, *, discount: DiscountRate) -> Floats:
        """Return the discounted expected residual lifetime (DERL), in payments, of customers in period *period*.

        They have paid for this period and are about to decide. The next payment is due now and is not discounted; it
        comes with the probability that they renew. Each later one is discounted by the periods until then.

        Raises:
            InvalidInputError: If the rate is zero or a period is below 1.
        """
        t = _whole(period)
        if (t < 1).any():
            raise InvalidInputError(field="period", reason="below 1", hint="the first period is number 1")
        force = discount.force(self.unit_)
        if not force > 0:
            raise InvalidInputError(field="discount", reason="a rate of zero", hint="the sum may have no end")
        alpha, beta = self._values()
        ahead = np.arange(min(_MOST, int(40 / force) + 2), dtype=np.float64)
        shares = np.exp(-force * ahead)
        seen, which = np.unique(t, return_inverse=True)
        found = np.array(
            [float(shares @ np.exp(betaln(alpha, beta + n + ahead) - betaln(alpha, beta + n - 1))) for n in seen]
        )
        return found[which]

    def simulate(self, n: int, /, *, periods: int, seed: int | np.random.Generator) -> Floats:
        """Return how many of *n* made-up customers are there at the start and after each of so many periods."""
        require_customers(n)
        random = random_of(seed)
        alpha, beta = self._values()
        last = first_success(random, random.beta(alpha, beta, n))
        return np.array([float((last > t).sum()) for t in range(periods + 1)])


def _read(active: Any) -> tuple[Floats, Floats, float]:
    """Return how many left in each period, how many were left at the end of which, and how many there were."""
    try:
        given = list(active)
    except TypeError:
        raise InvalidInputError(field="active", reason="no column", hint="counts per period: [100, 80, 70]") from None
    nested = bool(given) and isinstance(given[0], (list, tuple, np.ndarray))
    cohorts = [numbers(cohort, field=f"active.{at}") for at, cohort in enumerate(given if nested else [given])]
    cohorts = [cohort for cohort in cohorts if len(cohort) > 1]
    longest = max((len(cohort) - 1 for cohort in cohorts), default=0)
    lost, left = np.zeros(longest), np.zeros(longest)
    for cohort in cohorts:
        refuse(cohort < 0, field="active", reason="negative")
        steps = -np.diff(cohort)
        refuse(steps < 0, field="active", reason="a cohort grows", hint="count the customers of the start only")
        lost[: len(steps)] += steps
        left[len(steps) - 1] += cohort[-1]
    return lost, left, float(sum(cohort[0] for cohort in cohorts))


def _whole(periods: float | Sequence[float] | Floats) -> Floats:
    try:
        t = np.atleast_1d(np.asarray(periods, dtype=np.float64))
    except (TypeError, ValueError, OverflowError):
        raise InvalidInputError(field="periods", reason="no numbers", hint="periods=3, or [1, 2, 3]") from None
    if not np.isfinite(t).all() or (t < 0).any() or (t != np.floor(t)).any():
        raise InvalidInputError(field="periods", reason="not whole, or negative", hint="contracts renew by the period")
    return t
