"""Pareto/NBD: customers buy at random and may leave at any moment, seen by nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
from scipy.special import digamma

from unified_profile.metrics.customer_base.model import TransactionModel, buying_rate, log_rising
from unified_profile.metrics.customer_base.periods import PeriodUnit
from unified_profile.metrics.customer_base.quadrature import Floats, discounted_power, dropout_integral
from unified_profile.metrics.customer_base.rows import Rows
from unified_profile.metrics.customer_base.simulating import Draws

_BLOCK = 8_192


class ParetoNbd(TransactionModel):
    """The Pareto / negative binomial model of Schmittlein, Morrison and Colombo (1987).

    While they are customers, people buy at random at a rate of their own, gamma distributed with shape *r* and scale
    1 / *alpha*. Each leaves at a rate of their own, gamma distributed with shape *s* and scale 1 / *beta*, at any
    moment, and nobody sees it. The likelihood has a flat ridge on many data sets: parameters of different programs
    differ in the third digit where the log-likelihoods agree in the sixth.

    >>> model = ParetoNbd.from_parameters(r=0.553, alpha=10.580, s=0.606, beta=11.656, unit="week")
    >>> customer_1516 = {"frequency": [26], "recency": [30.857], "T": [31]}
    >>> round(model.probability_alive(customer_1516)[0], 4), round(model.expected_transactions(customer_1516, 52)[0], 2)
    (0.9979, 25.45)

    Source: Schmittlein, Morrison and Colombo (1987), Counting Your Customers, Management Science 33(1); DERT: Fader,
    Hardie and Lee (2005), RFM and CLV, Journal of Marketing Research 42(4). The integral over the moment of leaving is
    summed from positive terms rather than written with 2F1, so that alpha = beta and thousands of purchases are no
    special cases.

    .. versionadded:: 0.1
    """

    label = "Pareto/NBD"
    names = ("r", "alpha", "s", "beta")
    times = ("alpha", "beta")

    @classmethod
    def from_parameters(cls, *, r: float, alpha: float, s: float, beta: float, unit: PeriodUnit) -> Self:
        """Return the model with parameters that are known, as published ones are.

        Raises:
            InvalidInputError: If one is not a positive number.
        """
        return cls._given(unit, r=r, alpha=alpha, s=s, beta=beta)

    def _values(self) -> tuple[float, float, float, float]:
        own = self.parameters_
        return own["r"], own["alpha"], own["s"], own["beta"]

    def _starts(self, rows: Rows, scale: float) -> list[Floats]:
        rate = buying_rate(rows, scale)
        return [
            np.array([0.6, 0.4 / rate, 0.6, 0.5]),
            np.array([2.0, 1.5 / rate, 0.3, 2.0]),
            np.array([0.2, 0.05 / rate, 2.0, 5.0]),
        ]

    def _objective(self, rows: Rows, scale: float) -> Callable[[Floats], tuple[float, Floats]]:
        counts, which = np.unique(rows.frequency, return_inverse=True)
        heavy = np.bincount(which, weights=rows.weights, minlength=len(counts))
        total = float(heavy.sum())
        # Customers of like frequency stand together: their integrals want about as many nodes.
        order = np.argsort(rows.frequency, kind="stable")
        blocks = []
        for at in range(0, len(rows), _BLOCK):
            chosen = order[at : at + _BLOCK]
            x, tx, T, w = rows.frequency[chosen], rows.recency[chosen], rows.T[chosen], rows.weights[chosen]
            blocks.append((x, tx / scale, T / scale, w))

        def objective(parameters: Floats) -> tuple[float, Floats]:
            r, alpha, s, beta = (float(value) for value in parameters)
            value = float(heavy @ log_rising(r, counts)) + total * (r * np.log(alpha) + s * np.log(beta))
            gradient = np.array(
                [
                    float(heavy @ (digamma(r + counts) - digamma(r))) + total * np.log(alpha),
                    total * r / alpha,
                    total * np.log(beta),
                    total * s / beta,
                ]
            )
            for x, tx, T, w in blocks:
                power = r + x
                left = dropout_integral(power, s + 1, alpha, beta, tx, T)
                log_alpha, log_beta = np.log(alpha + T), np.log(beta + T)
                here = -power * log_alpha - s * log_beta
                both = np.logaddexp(here, np.log(s) + left.log_integral)
                alive = np.exp(here - both)
                value += float(w @ both)
                stay, gone = w * alive, w * (1 - alive)
                gradient[0] -= float(stay @ log_alpha) + float(gone @ left.log_alpha)
                gradient[1] -= float((stay * power) @ (1 / (alpha + T))) + float((gone * power) @ left.inverse_alpha)
                gradient[2] -= float(stay @ log_beta) + float(gone @ left.log_beta) - float(gone.sum()) / s
                gradient[3] -= s * float(stay @ (1 / (beta + T))) + (s + 1) * float(gone @ left.inverse_beta)
            return value, gradient

        return objective

    def _parts(self, x: Floats, tx: Floats, T: Floats) -> tuple[Floats, Floats]:
        """Return the logarithms of being there at the end, and of having left before, up to a common term."""
        r, alpha, s, beta = self._values()
        left = dropout_integral(r + x, s + 1, alpha, beta, tx, T)
        return -(r + x) * np.log(alpha + T) - s * np.log(beta + T), np.log(s) + left.log_integral

    def _log_likelihoods(self, x: Floats, tx: Floats, T: Floats) -> Floats:
        r, alpha, s, beta = self._values()
        found: Floats = log_rising(r, x) + r * np.log(alpha) + s * np.log(beta) + np.logaddexp(*self._parts(x, tx, T))
        return found

    def _alive(self, x: Floats, tx: Floats, T: Floats) -> Floats:
        here, left = self._parts(x, tx, T)
        found: Floats = np.exp(here - np.logaddexp(here, left))
        return found

    def _expected(self, t: Floats, share: Floats, x: Floats, tx: Floats, T: Floats) -> Floats:
        r, alpha, s, beta = self._values()
        lengths, which = np.unique(beta + T, return_inverse=True)
        stays = np.array([float(share @ _staying(s, length, t)) for length in lengths])[which]
        found: Floats = self._alive(x, tx, T) * (r + x) / (alpha + T) * stays
        return found

    def _residual(self, force: float, x: Floats, tx: Floats, T: Floats) -> Floats:
        r, alpha, s, beta = self._values()
        lengths, which = np.unique(beta + T, return_inverse=True)
        stays = (lengths * discounted_power(force * lengths, s))[which]
        found: Floats = self._alive(x, tx, T) * (r + x) / (alpha + T) * stays
        return found

    def _new(self, t: Floats) -> Floats:
        r, alpha, s, beta = self._values()
        found: Floats = r / alpha * _staying(s, beta, t)
        return found

    def _draw(self, draws: Draws) -> None:
        """Draw for each customer a rate and a moment of leaving."""
        r, alpha, s, beta = self._values()
        draws.rate = draws.random.gamma(r, 1 / alpha, draws.n)
        leaving = np.maximum(draws.random.gamma(s, 1 / beta, draws.n), 1e-300)
        draws.leaves_at = draws.random.exponential(1.0, draws.n) / leaving


def _staying(s: float, scale: float, t: Floats) -> Floats:
    """Return the time that a customer is expected to stay within *t*: the integral of (1 + u / scale)**-s."""
    growth = np.log1p(t / scale)
    power = (1 - s) * growth
    # expm1(power) / power, with its limit where s is one
    ratio = np.where(np.abs(power) < 1e-12, 1.0, np.expm1(power) / np.where(power == 0, 1.0, power))
    found: Floats = scale * growth * ratio
    return found
