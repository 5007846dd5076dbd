"""Gamma-Gamma: what a customer spends per purchase, learned from few purchases and from everybody else's."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.special import digamma, gammaln

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.frames import columns
from unified_profile.metrics.customer_base.fitted import CustomerModel
from unified_profile.metrics.customer_base.fitting import conclude
from unified_profile.metrics.customer_base.predictions import Predictions
from unified_profile.metrics.customer_base.quadrature import Floats
from unified_profile.metrics.customer_base.rows import numbers, refuse
from unified_profile.metrics.customer_base.search import maximize
from unified_profile.metrics.customer_base.simulating import random_of
from unified_profile.metrics.customer_base.summary import CustomerSummary


class GammaGamma(CustomerModel):
    """The gamma-gamma model of spend of Fader, Hardie and Lee (2005); Fader and Hardie (2013).

    A purchase's amount is gamma distributed with shape *p* and a scale that is each customer's own, itself gamma
    distributed with shape *q* and scale *v*. The expected mean spend of a customer is the observed mean, shrunk
    towards everybody's: the less, the more purchases there are. How much somebody spends is assumed to have nothing
    to do with how often: `result_` warns if the data say otherwise.

    >>> model = GammaGamma.from_parameters(p=6.25, q=3.74, v=15.44)
    >>> spends = model.expected_spend({"frequency": [2, 0], "monetary_value": [22.35, None]})
    >>> [round(spend, 2) for spend in spends]
    [24.66, 35.22]

    Source: Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value (technical note).

    .. versionadded:: 0.1
    """

    label = "Gamma-Gamma"
    names = ("p", "q", "v")

    @classmethod
    def from_parameters(cls, *, p: float, q: float, v: float) -> Self:
        """Return the model with parameters that are known, as published ones are.

        Raises:
            InvalidInputError: If one is not a positive number.
        """
        return cls._given(None, p=p, q=q, v=v)

    def fit(self, data: object, /, *, weights: object = None) -> Self:
        """Fit by maximum likelihood to customers with a repeat purchase, and return the model itself.

        *data* is a `CustomerSummary` with monetary values, or a frame or mapping with the columns frequency and
        monetary_value (the mean amount of that many purchases). Customers without a repeat purchase, or with a mean of
        zero, are left out; a warning counts the latter.

        Raises:
            InvalidInputError: If an amount is negative, or missing for a customer who bought again.
            InsufficientDataError: If there are no more customers than parameters.
        """
        count, mean, heavy = _read(data, weights)
        some, zero = count > 0, (count > 0) & (mean == 0)
        notes = []
        if zero.any():
            notes.append(f"{int(heavy[zero].sum())} customers with a mean spend of zero are left out")
        used = some & ~zero
        x, m, w = count[used], mean[used], heavy[used]
        n = float(w.sum())
        if n <= len(self.names):
            raise InsufficientDataError(
                metric="Gamma-Gamma: customers with a repeat purchase and its amount", n=int(n), needed=4
            )
        scale = float(w @ m / n)
        notes.extend(_related(x, m, w))
        found = maximize(_objective(x, m / scale, w), _STARTS, total=n)
        result = conclude(
            found,
            model=self.label,
            names=self.names,
            scales=np.array([1.0, 1.0, scale]),
            log_likelihood=found.value - n * float(np.log(scale)),
            n=n,
            n_rows=len(x),
            notes=notes,
        )
        if result.parameters["q"] <= 1:
            result = _with_note(result, "q <= 1: the mean spend of the population is infinite")
        return self._keep(result, None)

    def expected_spend(self, data: object, /) -> Predictions:
        """Return for each customer the expected amount of a purchase, in the currency of the amounts.

        A customer without a repeat purchase gets the mean of the population. Where p x + q <= 1 there is no mean: NaN,
        and a warning; never a negative amount.
        """
        count, mean, _ = _read(data, None)
        own = self.parameters_
        p, q, v = own["p"], own["q"], own["v"]
        below = p * count + q - 1
        known = below > 0
        values = np.full(len(count), np.nan)
        values[known] = p * (v + count[known] * mean[known]) / below[known]
        notes = list(self._doubts())
        if not known.all():
            notes.append(f"{int((~known).sum())} customers have no expected spend: q <= 1 makes the mean infinite")
        ids = data.customers if isinstance(data, CustomerSummary) else None
        return Predictions(
            values, name="expected_spend", unit="currency a purchase", customers=ids, warnings=tuple(notes)
        )

    def log_likelihood(self, data: object, /) -> Predictions:
        """Return each customer's logarithm of the likelihood, constants included; 0 without a repeat purchase."""
        count, mean, _ = _read(data, None)
        own = self.parameters_
        used = (count > 0) & (mean > 0)
        values = np.zeros(len(count))
        values[used] = _log_likelihoods(own["p"], own["q"], own["v"], count[used], mean[used])
        return Predictions(values, name="log_likelihood", unit="nats", warnings=self._doubts())

    def draw(self, count: Any, /, *, seed: int | np.random.Generator) -> Floats:
        """Return the amounts of *count* purchases for each customer, one customer after the other."""
        own = self.parameters_
        random = random_of(seed)
        times = np.asarray(count, dtype=np.int64)
        own_scale = np.maximum(random.gamma(own["q"], 1 / own["v"], len(times)), 1e-300)
        amounts: Floats = random.gamma(own["p"], 1.0, int(times.sum())) / np.repeat(own_scale, times)
        return amounts


_STARTS = [np.array([4.0, 3.0, 0.5]), np.array([1.0, 5.0, 4.0]), np.array([20.0, 1.5, 0.03])]


def _log_likelihoods(p: float, q: float, v: float, x: Floats, m: Floats) -> Floats:
    total = p * x
    found: Floats = (
        gammaln(total + q)
        - gammaln(total)
        - gammaln(q)
        - q * np.log1p(x * m / v)
        - total * np.log1p(v / (x * m))
        - np.log(m)
    )
    return found


def _objective(x: Floats, m: Floats, w: Floats) -> Any:
    def objective(parameters: Floats) -> tuple[float, Floats]:
        p, q, v = (float(value) for value in parameters)
        total, spent = p * x, x * m
        value = float(w @ _log_likelihoods(p, q, v, x, m))
        both = digamma(total + q)
        dp = x * (both - digamma(total) - np.log1p(v / spent))
        dq = both - digamma(q) - np.log1p(spent / v)
        dv = q / v - (total + q) / (v + spent)
        return value, np.array([float(w @ dp), float(w @ dq), float(w @ dv)])

    return objective


def _read(data: object, weights: object) -> tuple[Floats, Floats, Floats]:
    if isinstance(data, CustomerSummary):
        if data.monetary_value is None:
            raise InvalidInputError(
                field="data.monetary_value", reason="no amounts", hint="summarize with amount=, the column of amounts"
            )
        count = data.frequency if data.monetary_count is None else data.monetary_count
        mean = np.asarray(data.monetary_value, dtype=np.float64)
        weights = data.weights if weights is None else weights
    else:
        taken = columns(data, ("frequency", "monetary_value"))
        count = numbers(taken["frequency"], field="frequency")
        given = taken["monetary_value"]
        if given.dtype.kind == "O":
            given = np.array([np.nan if item is None else item for item in given.tolist()])
        if given.dtype.kind not in "fiu":
            raise InvalidInputError(field="monetary_value", reason="not a column of numbers")
        mean = given.astype(np.float64)
    heavy = np.ones(len(count)) if weights is None else numbers(weights, field="weights")
    for name, column in (("monetary_value", mean), ("weights", heavy)):
        if len(column) != len(count):
            raise InvalidInputError(field=name, reason=f"{len(column)} values for {len(count)} customers")
    refuse((count < 0) | (count != np.floor(count)), field="frequency", reason="negative or not whole")
    refuse(heavy <= 0, field="weights", reason="zero or negative")
    refuse((count > 0) & ~np.isfinite(mean), field="monetary_value", reason="missing for a customer who bought again")
    mean = np.where(count > 0, mean, 0.0)
    refuse(
        mean < 0, field="monetary_value", reason="negative", hint="net or drop refunds before: summarize(refunds=...)"
    )
    return count, mean, heavy


def _related(x: Floats, m: Floats, w: Floats) -> list[str]:
    """Warn if those who buy more often spend more or less each time: the model assumes that they do not."""
    if len(x) < 10 or np.ptp(x) == 0 or np.ptp(m) == 0:
        return []
    logs = np.log(m)
    dx, dm = x - np.average(x, weights=w), logs - np.average(logs, weights=w)
    r = float((w * dx * dm).sum() / np.sqrt((w * dx * dx).sum() * (w * dm * dm).sum()))
    if abs(r) < 0.2:
        return []
    return [f"frequency and the logarithm of spend correlate by {r:.2f}; the model assumes that they do not"]


def _with_note(result: Any, note: str) -> Any:
    import attrs

    return attrs.evolve(result, warnings=(*result.warnings, note))
