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
    A: Floats, B: float, alpha: float, beta: float, tx: Floats, T: Floats
) -> Dropout:
    """Integrate over the moment at which a customer may have left, between the last purchase *tx* and now, *T*.

    With m the smaller scale and w = log((m + u) / (m + tx)) the logarithm of the integrand is concave, so where it
    falls steeply Newton's method finds from the right where it is too small to count; Gauss-Legendre does the rest.
    """
    swap = alpha > beta
    m, gap = min(alpha, beta), abs(alpha - beta)
    on_m, on_other = (np.full_like(tx, B), A) if swap else (A, np.full_like(tx, B))
    start = m + tx
    end, fall = _shorten(np.log1p((T - tx) / start), on_m, on_other, start, gap)
    # How many nodes give eleven digits was found by trial, over scales and exponents of all sizes.
    effort = np.abs(fall) + 2 * end
    level = np.searchsorted(_EFFORTS, effort)
    found = np.empty((5, len(tx)))
    for at, nodes in enumerate(_NODES):
        rows = np.flatnonzero(level == at)
        if len(rows):
            found[:, rows] = _summed(end[rows], start[rows], (on_m[rows], on_other[rows]), gap=gap, nodes=nodes)
    log_integral, log_m, inverse_m, log_other, inverse_other = found
    if swap:
        return Dropout(log_integral, log_other, inverse_other, log_m, inverse_m)
    return Dropout(log_integral, log_m, inverse_m, log_other, inverse_other)


_EFFORTS = np.array([1.9, 4.0, 8.0, 16.0])
_NODES = (6, 8, 12, 24, 32)


def _summed(end: Floats, start: Floats, powers: tuple[Floats, Floats], *, gap: float, nodes: int) -> tuple[Floats, ...]:
    """Return the logarithm of the integral and four averages: log and inverse on the smaller scale and on the other."""
    on_m, on_other = powers
    points, weights = legendre(nodes)
    # Nodes lie along the first axis: sums over a short last one would cost more than the logarithms.
    w = np.multiply.outer(points, end)
    grown = np.exp(w)
    grown *= start  # m + u
    other = grown + gap
    log_other = np.log(other)
    terms = w * (1 - on_m)
    terms -= on_other * log_other
    top = terms.max(axis=0)
    terms -= top
    np.exp(terms, out=terms)
    terms *= weights[:, None]
    mass = terms.sum(axis=0)
    log_start = np.log(start)
    with np.errstate(divide="ignore"):  # nothing lies between tx and T if they are the same
        log_integral = np.log(end * mass) + top + (1 - on_m) * log_start
    terms /= mass
    mean_w = np.multiply(w, terms, out=w).sum(axis=0)
    inverse_m = np.divide(terms, grown, out=grown).sum(axis=0)
    mean_log = np.multiply(log_other, terms, out=log_other).sum(axis=0)
    inverse_other = np.divide(terms, other, out=other).sum(axis=0)
    return log_integral, log_start + mean_w, inverse_m, mean_log, inverse_other


def _shorten(end: Floats, on_m: Floats, on_other: Floats, start: Floats, gap: float) -> tuple[Floats, Floats]:
    """Return where the integrand has become too small to count, or *end*; and by how much its logarithm falls."""
    origin = np.log(start + gap)

    def fall(w: Floats) -> Floats:
        here: Floats = (1 - on_m) * w - on_other * (np.log(start * np.exp(w) + gap) - origin)
        return here

    fallen = fall(end)
    steep = fallen < -_GONE - 5
    if not steep.any():
        return end, fallen
    shorter = end.copy()
    for _ in range(60):
        grown = start * np.exp(shorter)
        slope = 1 - on_m - on_other * grown / (grown + gap)
        step = (fallen + _GONE) / np.where(steep, slope, -1.0)
        shorter = np.where(steep, shorter - np.maximum(step, 0), shorter)
        fallen = fall(shorter)
        steep &= fallen < -_GONE - 5
        if not steep.any():
            break
    return shorter, fallen
