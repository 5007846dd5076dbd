"""BG/BB: customers have counted opportunities (a yearly appeal), use some of them, and may leave in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
from scipy.special import betaln, digamma

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.customer_base.model import TransactionModel
from unified_profile.metrics.customer_base.periods import PeriodUnit
from unified_profile.metrics.customer_base.predictions import Predictions
from unified_profile.metrics.customer_base.quadrature import Floats
from unified_profile.metrics.customer_base.rows import Rows, refuse
from unified_profile.metrics.customer_base.simulating import Draws, first_success, lengths, random_of
from unified_profile.metrics.customer_base.summary import CustomerSummary

_BLOCK = 32_768
_MOST = 100_000


class BgBb(TransactionModel):
    """The beta-geometric / beta-Bernoulli model of Fader, Hardie and Shang (2010).

    Time is counted in opportunities: T of them came, the last one used was number *recency*, *frequency* were used.
    While there, a customer uses each with a probability of their own, beta distributed with *alpha* and *beta*;
    before each, they leave with one of their own, beta distributed with *gamma* and *delta*. ``unit`` says how far
    apart opportunities are.

    >>> model = BgBb.from_parameters(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783, unit="year")
    >>> donor = {"frequency": [4], "recency": [5], "T": [6]}
    >>> round(model.expected_transactions(donor, 10)[0], 2)
    3.63

    Source: Fader, Hardie and Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing
    Science 29(6). Expectations are sums over the opportunities to come, so that gamma = 1 is no special case.

    .. versionadded:: 0.1
    """

    label = "BG/BB"
    names = ("alpha", "beta", "gamma", "delta")

    @classmethod
    def from_parameters(cls, *, alpha: float, beta: float, gamma: float, delta: float, unit: PeriodUnit) -> Self:
        """Return the model with parameters that are known, as published ones are.

        Raises:
            InvalidInputError: If one is not a positive number.
        """
        return cls._given(unit, alpha=alpha, beta=beta, gamma=gamma, delta=delta)

    def probability_alive(self, data: object, /, *, unit: PeriodUnit | None = None, after: int = 1) -> Predictions:
        """Return for each customer the probability of being there at the opportunity that comes *after* so many.

        The next one by default, as published; 0 is the last one observed.
        """
        if after < 0:
            raise InvalidInputError(field="after", reason="negative")
        return self._predict(
            data,
            unit,
            lambda x, tx, T: np.exp(self._there(x, T, float(after)) - self._log_likelihoods(x, tx, T)),
            name="probability_alive",
            counted="probability",
        )

    def _values(self) -> tuple[float, float, float, float]:
        own = self.parameters_
        return own["alpha"], own["beta"], own["gamma"], own["delta"]

    def _scale(self, rows: Rows) -> float:
        del rows
        return 1.0

    def _starts(self, rows: Rows, scale: float) -> list[Floats]:
        del rows, scale
        return [np.array([1.0, 1.0, 0.7, 2.5]), np.array([0.5, 2.0, 0.5, 5.0]), np.array([2.0, 1.0, 2.0, 10.0])]

    def _objective(self, rows: Rows, scale: float) -> Callable[[Floats], tuple[float, Floats]]:
        del scale
        _check(rows.frequency, rows.recency, rows.T)

        def objective(parameters: Floats) -> tuple[float, Floats]:
            alpha, beta, gamma, delta = (float(value) for value in parameters)
            value, gradient = 0.0, np.zeros(4)
            for at in range(0, len(rows), _BLOCK):
                x, tx, T, w = rows.part(slice(at, at + _BLOCK))
                logs, trials = _terms((alpha, beta, gamma, delta), x, tx, T)
                top = logs.max(axis=1, keepdims=True)
                shares = np.exp(logs - top)
                mass = shares.sum(axis=1, keepdims=True)
                value += float(w @ (np.log(mass) + top)[:, 0])
                shares *= w[:, None] / mass
                together = digamma(alpha + beta + trials)
                gradient[0] += float((shares * (digamma(alpha + x)[:, None] - together)).sum())
                gradient[1] += float((shares * (digamma(beta + trials - x[:, None]) - together)).sum())
                leaving = np.ones_like(trials)
                leaving[:, 0] = 0
                both = digamma(gamma + leaving + delta + trials)
                gradient[2] += float((shares * (digamma(gamma + leaving) - both)).sum())
                gradient[3] += float((shares * (digamma(delta + trials) - both)).sum())
            total = float(rows.weights.sum())
            first, second = float(digamma(alpha + beta)), float(digamma(gamma + delta))
            gradient += total * np.array(
                [
                    first - float(digamma(alpha)),
                    first - float(digamma(beta)),
                    second - float(digamma(gamma)),
                    second - float(digamma(delta)),
                ]
            )
            return value, gradient

        return objective

    def _log_likelihoods(self, x: Floats, tx: Floats, T: Floats) -> Floats:
        _check(x, tx, T)
        found: Floats = np.logaddexp.reduce(_terms(self._values(), x, tx, T)[0], axis=1)
        return found

    def _there(self, x: Floats, T: Floats, after: Floats | float, *, used: int = 0) -> Floats:
        """Return the log probability of the history and of being there *after* more, with *used* of them used."""
        alpha, beta, gamma, delta = self._values()
        found: Floats = (
            betaln(alpha + x + used, beta + T - x)
            - betaln(alpha, beta)
            + betaln(gamma, delta + T + after)
            - betaln(gamma, delta)
        )
        return found

    def _alive(self, x: Floats, tx: Floats, T: Floats) -> Floats:
        found: Floats = np.exp(self._there(x, T, 1.0) - self._log_likelihoods(x, tx, T))
        return found

    def _expected(self, t: Floats, share: Floats, x: Floats, tx: Floats, T: Floats) -> Floats:
        ends = np.array([_whole(at) for at in t])
        # An opportunity counts in the expectation until every end that comes after it.
        shares = np.zeros(int(ends.max(initial=0)) + 1)
        np.add.at(shares, ends, share)
        return self._future(np.cumsum(shares[::-1])[::-1][1:], x, tx, T)

    def _residual(self, force: float, x: Floats, tx: Floats, T: Floats) -> Floats:
        # Beyond this what is left is less than a rounding, for nobody lives longer than the rate lets count.
        ahead = np.arange(1, min(_MOST, int(40 / force) + 2))
        return self._future(np.exp(-force * ahead), x, tx, T)

    def _future(self, shares: Floats, x: Floats, tx: Floats, T: Floats) -> Floats:
        """Return the sum over the opportunities to come of the probability of using each, times its share."""
        _, _, gamma, delta = self._values()
        ahead = np.arange(1, len(shares) + 1)
        seen, which = np.unique(T, return_inverse=True)
        stays = np.array(
            [float(shares @ np.exp(betaln(gamma, delta + n + ahead) - betaln(gamma, delta + n))) for n in seen]
        )
        now = np.exp(self._there(x, T, 0.0, used=1) - self._log_likelihoods(x, tx, T))
        found: Floats = now * stays[which]
        return found

    def _draw(self, draws: Draws) -> None:  # noqa: ARG002
        """Opportunities are counted rather than timed: see `simulate`."""
        raise InvalidInputError(field="model", reason="BG/BB has no moments", hint="use simulate, which counts")

    def simulate(self, n: int, /, *, T: object, seed: int | np.random.Generator) -> CustomerSummary:
        """Return *n* made-up customers of the model who had *T* opportunities (one number, or one for each)."""
        alpha, beta, gamma, delta = self._values()
        random = random_of(seed)
        total = lengths(n, T)
        refuse(total != np.floor(total), field="T", reason="not whole", hint="BG/BB counts opportunities")
        uses = np.maximum(random.beta(alpha, beta, n), 1e-300)
        there = np.minimum(total, first_success(random, random.beta(gamma, delta, n)) - 1)
        last = np.maximum(there + 1 - first_success(random, uses), 0)
        others = random.binomial(np.maximum(last - 1, 0).astype(np.int64), uses)
        return CustomerSummary(np.where(last > 0, others + 1.0, 0.0), last, total, unit=self.unit_)

    def _new(self, t: Floats) -> Floats:
        alpha, beta, gamma, delta = self._values()
        most = _whole(float(t.max(initial=0.0)))
        stays = np.exp(betaln(gamma, delta + np.arange(1, most + 1)) - betaln(gamma, delta))
        found: Floats = alpha / (alpha + beta) * np.concatenate(([0.0], np.cumsum(stays)))[[_whole(at) for at in t]]
        return found


def _terms(parameters: tuple[float, float, float, float], x: Floats, tx: Floats, T: Floats) -> tuple[Floats, Floats]:
    """Return the log terms (still there; left after 0, 1, ... unused opportunities), and the trials of each."""
    alpha, beta, gamma, delta = parameters
    silent = T - tx
    later = np.arange(int(silent.max(initial=0.0)))
    trials = np.concatenate((T[:, None], tx[:, None] + later), axis=1)
    inside = np.concatenate((np.ones((len(x), 1), dtype=bool), later < silent[:, None]), axis=1)
    leaving = np.concatenate(([0], np.ones(len(later))))
    logs = (
        betaln(alpha + x[:, None], beta + trials - x[:, None])
        - betaln(alpha, beta)
        + betaln(gamma + leaving, delta + trials)
        - betaln(gamma, delta)
    )
    return np.where(inside, logs, -np.inf), trials


def _check(x: Floats, tx: Floats, T: Floats) -> None:
    for name, column in (("recency", tx), ("T", T)):
        refuse(column != np.floor(column), field=name, reason="not whole", hint="BG/BB counts opportunities")
    refuse(x > tx, field="frequency", reason="more purchases than opportunities until the last one")


def _whole(t: float) -> int:
    if t != np.floor(t) or t > _MOST:
        raise InvalidInputError(
            field="horizon", reason=f"not a whole number of opportunities up to {_MOST}", hint="BG/BB counts them"
        )
    return int(t)
