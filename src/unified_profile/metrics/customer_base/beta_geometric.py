"""BG/NBD and MBG/NBD: customers buy at random and may leave only right after a purchase."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

import numpy as np
from scipy.special import betaln, digamma, expit

from unified_profile.metrics.customer_base.model import TransactionModel, buying_rate, log_rising
from unified_profile.metrics.customer_base.periods import PeriodUnit
from unified_profile.metrics.customer_base.quadrature import Floats, beta_nodes
from unified_profile.metrics.customer_base.rows import Rows
from unified_profile.metrics.customer_base.simulating import Draws, first_success

_BLOCK = 8_192  # small enough for the cache, and for BLAS to start no threads for
_NODES = 64


class _Times:
    """Times whose logarithms are wanted again and again; where few are different, only those are computed."""

    def __init__(self, times: Floats) -> None:
        self._times, self._which = times, None
        different, which = np.unique(times, return_inverse=True)
        if len(different) < len(times) // 4:
            self._times, self._which = different, which

    def shift(self, alpha: float) -> None:
        """Compute what `part` gives."""
        moved = alpha + self._times
        self._log, self._inverse = np.log(moved), 1 / moved

    def part(self, chosen: slice) -> tuple[Floats, Floats]:
        """Return logarithm and inverse of alpha + t for a slice of the rows."""
        if self._which is None:
            return self._log[chosen], self._inverse[chosen]
        which = self._which[chosen]
        return self._log[which], self._inverse[which]


class _BetaGeometric(TransactionModel):
    """What the two models share; they differ in whether one may leave right after the first purchase."""

    names = ("r", "alpha", "a", "b")
    times = ("alpha",)
    shift: ClassVar[int]

    @classmethod
    def from_parameters(cls, *, r: float, alpha: float, a: float, b: float, unit: PeriodUnit) -> Self:
        """Return the model with parameters that are known, as published ones are.

        Raises:
            InvalidInputError: If one is not a positive number.
        """
        return cls._given(unit, r=r, alpha=alpha, a=a, b=b)

    def _values(self) -> tuple[float, float, float, float]:
        own = self.parameters_
        return own["r"], own["alpha"], own["a"], own["b"]

    def _starts(self, rows: Rows, scale: float) -> list[Floats]:
        rate = buying_rate(rows, scale)
        return [
            np.array([0.5, 0.5 / rate, 0.8, 2.5]),
            np.array([2.0, 2.0 / rate, 0.2, 2.0]),
            np.array([0.2, 0.05 / rate, 3.0, 10.0]),
        ]

    def _objective(self, rows: Rows, scale: float) -> Callable[[Floats], tuple[float, Floats]]:
        counts, which = np.unique(rows.frequency, return_inverse=True)
        heavy = np.bincount(which, weights=rows.weights, minlength=len(counts))
        total = float(heavy.sum())
        blocks = []
        for at in range(0, len(rows), _BLOCK):
            x, _, _, w = rows.part(slice(at, at + _BLOCK))
            blocks.append((x, w, which[at : at + _BLOCK], slice(at, at + _BLOCK)))
        last, now = _Times(rows.recency / scale), _Times(rows.T / scale)

        def objective(parameters: Floats) -> tuple[float, Floats]:
            r, alpha, a, b = (float(value) for value in parameters)
            shifted = b + self.shift
            after = shifted + counts - 1  # never used where it is not positive: see _log_odds
            rising = log_rising(r, counts) + r * np.log(alpha)
            value = float(heavy @ (rising + betaln(a, shifted + counts) - betaln(a, b)))
            log_odds = self._log_odds(a, after, counts)
            gradient = np.zeros(4)
            stopped = np.zeros(len(counts))
            now.shift(alpha)
            last.shift(alpha)
            for x, w, kind, part in blocks:
                power = r + x
                log_now, inverse_now = now.part(part)
                log_last, inverse_last = last.part(part)
                z = log_odds[kind] + power * (log_now - log_last)
                small = np.exp(-np.abs(z))
                alive = np.where(z > 0, small, 1.0) / (1 + small)
                here = w * alive
                gone = w - here
                value += float(w @ (np.maximum(z, 0) + np.log(1 + small) - power * log_now))
                gradient[0] -= float(here @ log_now + gone @ log_last)
                gradient[1] -= float(power @ (here * inverse_now + gone * inverse_last))
                stopped += np.bincount(kind, weights=gone, minlength=len(counts))
            gradient[0] += float(heavy @ (digamma(r + counts) - digamma(r))) + total * np.log(alpha)
            gradient[1] += total * r / alpha
            together = digamma(a + shifted + counts)
            gradient[2] += total * float(digamma(a + b)) - float(heavy @ together) + float(stopped.sum()) / a
            gradient[3] += float(heavy @ (digamma(shifted + counts) - together))
            gradient[3] += total * float(digamma(a + b) - digamma(b))
            counted = stopped > 0
            gradient[3] -= float((stopped[counted] / after[counted]).sum())
            return value, gradient

        return objective

    def _log_odds(self, a: float, after: Floats, x: Floats) -> Floats:
        """Return the log odds of having left at the last purchase, but for the silence since."""
        if self.shift:
            found: Floats = np.log(a) - np.log(after)
            return found
        return np.where(x > 0, np.log(a) - np.log(np.where(x > 0, after, 1.0)), -np.inf)

    def _odds(self, x: Floats, tx: Floats, T: Floats) -> Floats:
        r, alpha, a, b = self._values()
        silence = (r + x) * np.log1p((T - tx) / (alpha + tx))
        odds: Floats = self._log_odds(a, b + self.shift + x - 1, x) + silence
        return odds

    def _log_likelihoods(self, x: Floats, tx: Floats, T: Floats) -> Floats:
        r, alpha, a, b = self._values()
        found: Floats = (
            log_rising(r, x)
            + r * np.log(alpha / (alpha + T))
            - x * np.log(alpha + T)
            + betaln(a, b + self.shift + x)
            - betaln(a, b)
            + np.logaddexp(0, self._odds(x, tx, T))
        )
        return found

    def _alive(self, x: Floats, tx: Floats, T: Floats) -> Floats:
        found: Floats = expit(-self._odds(x, tx, T))
        return found

    def _expected(self, t: Floats, share: Floats, x: Floats, tx: Floats, T: Floats) -> Floats:
        r, alpha, _, _ = self._values()
        return self._alive(x, tx, T) * self._while_alive(t, share, x, r + x, alpha + T)

    def _residual(self, force: float, x: Floats, tx: Floats, T: Floats) -> Floats:
        # Integrated by parts, DERT is the expectation of what is bought until a time that is exponential with the rate.
        r, alpha, _, _ = self._values()
        y = np.arange(-21.0, 4.1, 0.3)
        return self._alive(x, tx, T) * self._while_alive(
            np.exp(y) / force, 0.3 * np.exp(y - np.exp(y)), x, r + x, alpha + T
        )

    def _new(self, t: Floats) -> Floats:
        r, alpha, a, b = self._values()
        p, weights = beta_nodes(a, np.array([b]), nodes=_NODES)
        if self.shift:
            weights = weights * (1 - p)  # some leave right after the first purchase
        bought = -np.expm1(-r * np.log1p(np.multiply.outer(t, p[0]) / alpha)) / p[0]
        found: Floats = bought @ weights[0]
        return found

    def _while_alive(self, t: Floats, share: Floats, x: Floats, power: Floats, scale: Floats) -> Floats:
        """Return purchases until *t* (averaged by *share*) of a customer who is there at the end of observation.

        Given p, the expectation over the rate is (1 - (1 + p t / scale)**-power) / p; p is beta with a and b + x.
        """
        _, _, a, b = self._values()
        counts, which = np.unique(x, return_inverse=True)
        points, weights = beta_nodes(a, b + self.shift + counts, nodes=_NODES)
        found = np.empty(len(x))
        block = max(1, 400_000 // _NODES)
        for at in range(0, len(x), block):
            part = slice(at, at + block)
            p, w = points[which[part]], weights[which[part]]
            total = np.zeros(len(p))
            for ahead, weight in zip(t, share, strict=True):
                bought = -np.expm1(-power[part, None] * np.log1p(p * (ahead / scale[part, None]))) / p
                total += weight * np.einsum("ij,ij->i", bought, w)
            found[part] = total
        return found

    def _draw(self, draws: Draws) -> None:
        """Draw for each customer a rate and the purchase after which no other follows."""
        r, alpha, a, b = self._values()
        draws.rate = draws.random.gamma(r, 1 / alpha, draws.n)
        draws.last_purchase = first_success(draws.random, draws.random.beta(a, b, draws.n)) - self.shift


class BgNbd(_BetaGeometric):
    """The beta-geometric / negative binomial model of Fader, Hardie and Lee (2005).

    While they are customers, people buy at random at a rate of their own, gamma distributed with shape *r* and scale
    1 / *alpha*. After each repeat purchase they leave with a probability of their own, beta distributed with *a* and
    *b*. Nobody is seen to leave. Whoever never came back cannot have left: such a customer is alive with probability
    1, which predictions warn of; where that matters, `MbgNbd` or `ParetoNbd` say something else.

    >>> model = BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> hanako = {"frequency": [2], "recency": [30.43], "T": [38.86]}
    >>> round(model.probability_alive(hanako)[0], 4), round(model.expected_transactions(hanako, 39)[0], 3)
    (0.7266, 1.226)

    Source: Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2). Expectations
    are averages of positive terms over p rather than the paper's 2F1.

    .. versionadded:: 0.1
    """

    label = "BG/NBD"
    shift = 0

    def _alive_notes(self, rows: Rows) -> tuple[str, ...]:
        once = int(np.count_nonzero(rows.frequency == 0))
        if not once:
            return ()
        return (
            f"{once} customers without a repeat purchase count as alive for certain: BG/NBD lets none of them leave",
        )


class MbgNbd(_BetaGeometric):
    """The modified BG/NBD model of Batislam, Denizel and Filiztekin (2007): some leave after the first purchase.

    Parameters and their meaning are those of `BgNbd`.

    >>> model = MbgNbd.from_parameters(r=0.525, alpha=6.183, a=0.891, b=1.614, unit="week")
    >>> round(model.probability_alive({"frequency": [0], "recency": [0], "T": [38.86]})[0], 3)
    0.39

    Source: Batislam, Denizel and Filiztekin (2007), Empirical validation and comparison of models for customer base
    analysis, International Journal of Research in Marketing 24(3).

    .. versionadded:: 0.1
    """

    label = "MBG/NBD"
    shift = 1
