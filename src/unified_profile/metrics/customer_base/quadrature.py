"""Positive quadrature: averages over the hidden rates of customers, as sums in which nothing cancels.

The published closed forms use Gauss's 2F1 and differences of nearly equal numbers; they lose all digits for many
purchases, for equal scales and near the poles of their denominators. A sum of positive terms does not.
"""

from __future__ import annotations

from functools import lru_cache

import attrs
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# e**-_GONE is less than the last digit of what is summed.
_GONE = 45.0


@lru_cache(maxsize=8)
def legendre(nodes: int) -> tuple[Floats, Floats]:
    """Return Gauss-Legendre nodes and weights on 0 to 1."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return (points + 1) / 2, weights / 2


def beta_nodes(a: float, b: Floats, *, nodes: int = 64) -> tuple[Floats, Floats]:
    """Return points p and weights, one row per *b*, that average over a beta distribution of p.

    The trapezoidal rule in v, where logit p = mode + scale * sinh v: it converges exponentially for smooth functions,
    whether the density has a pole at either end or is a needle.
    """
    scale = np.sqrt((a + b) / (a * b))
    mode = np.log(a / b)
    left, right = (np.arcsinh(_reach(sign, a, b, mode, scale) / scale) for sign in (-1, 1))
    v = -left[:, None] + np.linspace(0, 1, nodes) * (left + right)[:, None]
    logit = mode[:, None] + scale[:, None] * np.sinh(v)
    log_p, log_q = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    log_weight = a * log_p + b[:, None] * log_q + np.log(np.cosh(v))
    weights = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.exp(np.maximum(log_p, -600)), weights


def _reach(sign: int, a: float, b: Floats, mode: Floats, scale: Floats) -> Floats:
    """Return how far from its mode the density of logit p has become too small to count, by bisection."""
    low, high = np.zeros_like(b), 50 * (1 + scale + 1 / (a if sign < 0 else b))
    top = a * np.logaddexp(0, -mode) + b * np.logaddexp(0, mode)
    for _ in range(40):
        middle = (low + high) / 2
        logit = mode + sign * middle
        fallen = a * np.logaddexp(0, -logit) + b * np.logaddexp(0, logit) - top > _GONE
        low, high = np.where(fallen, low, middle), np.where(fallen, middle, high)
    return high


def discounted_power(z: Floats, s: float, *, step: float = 0.2) -> Floats:
    """Return the integral of exp(-z v) (1 + v)**-s over all positive v, for each positive *z*.

    It is Tricomi's U(1, 2 - s, z), by the trapezoidal rule in log v.
    """
    low, high = -40.0, np.log((_GONE + 1) / z)
    y = low + np.arange(int((high.max() - low) / step) + 2) * step
    v = np.exp(y)
    # Beyond its own end a row adds nothing: the exponent is below -_GONE there.
    exponent = y - np.outer(z, v) - s * np.log1p(v)
    total: Floats = step * np.exp(np.maximum(exponent, -700)).sum(axis=1)
    return total


@attrs.frozen(eq=False)
class Dropout:
    """The integral of (alpha + u)**-A (beta + u)**-B over u from tx to T, and averages under that density."""

    log_integral: Floats
    log_alpha: Floats
    inverse_alpha: Floats
    log_beta: Floats
    inverse_beta: Floats


def dropout_integral(  # noqa: PLR0917 - as in the formula
    A: Floats, B: float, alpha: float, beta: float, tx: Floats, T: Floats, *, nodes: int = 24
) -> Dropout:
    """Integrate over the moment at which a customer may have left, between the last purchase *tx* and now, *T*.

    With m the smaller scale and w = log((m + u) / (m + tx)) the logarithm of the integrand is concave, so where it
    falls steeply Newton's method finds from the right where it is too small to count; Gauss-Legendre does the rest.
    """
    swap = alpha > beta
    m, other = min(alpha, beta), max(alpha, beta)
    on_m, on_other = (B, A) if swap else (A, B)
    start = m + tx
    end = np.log1p((T - tx) / start)
    end = _shorten(end, on_m, on_other, start, other - m)
    points, weights = legendre(nodes)
    w = end[:, None] * points
    grown = start[:, None] * np.exp(w)  # m + u
    log_m = np.log(start)[:, None] + w
    log_other = np.log(grown + (other - m))
    on_m, on_other = np.broadcast_to(on_m, tx.shape)[:, None], np.broadcast_to(on_other, tx.shape)[:, None]
    exponent = (1 - on_m) * log_m - on_other * log_other
    top = exponent.max(axis=1, keepdims=True)
    terms = np.exp(exponent - top)
    terms *= weights
    mass = terms.sum(axis=1)
    with np.errstate(divide="ignore"):  # nothing lies between tx and T if they are the same
        log_integral = np.log(end * mass) + top[:, 0]
    terms /= mass[:, None]
    in_m = (terms * log_m).sum(axis=1), (terms / grown).sum(axis=1)
    in_other = (terms * log_other).sum(axis=1), (terms / (grown + (other - m))).sum(axis=1)
    in_alpha, in_beta = (in_other, in_m) if swap else (in_m, in_other)
    return Dropout(log_integral, *in_alpha, *in_beta)


def _shorten(end: Floats, on_m: Floats | float, on_other: Floats | float, start: Floats, gap: float) -> Floats:
    """Return where the integrand has become too small to count, or *end*."""
    origin = np.log(start + gap)

    def fall(w: Floats) -> Floats:
        here: Floats = (1 - on_m) * w - on_other * (np.log(start * np.exp(w) + gap) - origin)
        return here

    steep = fall(end) < -_GONE - 5
    if not steep.any():
        return end
    shorter = end.copy()
    for _ in range(60):
        grown = start * np.exp(shorter)
        slope = 1 - on_m - on_other * grown / (grown + gap)
        step = (fall(shorter) + _GONE) / slope
        shorter = np.where(steep, shorter - np.maximum(step, 0), shorter)
        steep &= fall(shorter) < -_GONE - 5
        if not steep.any():
            break
    return shorter
