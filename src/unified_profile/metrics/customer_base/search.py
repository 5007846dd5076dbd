"""Finds the maximum of a likelihood with an analytic gradient: quasi-Newton steps, then Newton's."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from unified_profile.metrics.customer_base.quadrature import Floats

Objective: TypeAlias = Callable[[Floats], tuple[float, Floats]]
"""From the natural parameters to the log-likelihood and its gradient."""

_LIMIT = 11.5  # of a logarithm: 1e-5 to 1e5 times the scale of the data


@attrs.frozen(eq=False)
class Optimum:
    """Where the search ended, in logarithms of the parameters."""

    theta: Floats
    value: float
    gradient: Floats
    hessian: Floats
    free: NDArray[np.bool_]
    total: float = 1.0


def maximize(objective: Objective, starts: Sequence[Floats], *, total: float, near: Optimum | None = None) -> Optimum:
    """Return the best maximum found from *starts*; the first that ends well inside is taken.

    Quasi-Newton steps on the logarithms of the parameters, then Newton's with the Hessian of the analytic gradient.
    *total* is the number of observations: it makes tolerances independent of the size of the base. Where *near*, the
    optimum of a part of the base, is known, Newton's method begins there and seldom needs the rest.
    """

    def scaled(theta: Floats) -> tuple[float, Floats]:
        parameters = np.exp(theta)
        value, gradient = objective(parameters)
        return -value / total, -gradient * parameters / total

    best: Optimum | None = None
    if near is not None and near.free.all():
        best = _polish(scaled, near.theta, -near.hessian / near.total)
        starts = [] if best.free.all() and _settled(best) else starts
    for start in starts:
        polished = _polish(scaled, _search(scaled, np.log(start)))
        if best is None or polished.value < best.value - 1e-12:
            best = polished
        if best.free.all() and _settled(best):
            break
    if best is None:  # pragma: no cover - every model has a start
        raise AssertionError
    return attrs.evolve(
        best,
        value=-best.value * total,
        gradient=-best.gradient * total,
        hessian=-best.hessian * total,
        total=total,
    )


def _search(scaled: Objective, theta: Floats) -> Floats:
    """Return where quasi-Newton steps (BFGS, within the limits) come close to a maximum.

    Four numbers are too few for a library: its linear algebra would start threads for them, and wait for those.
    """
    value, gradient = scaled(theta)
    inverse = np.eye(len(theta))
    fresh = True
    for _ in range(300):
        free = _inside(theta, gradient)
        if float(np.abs(gradient[free]).max(initial=0.0)) < 1e-5:
            break
        step = -np.where(free, inverse @ np.where(free, gradient, 0.0), 0.0)
        slope = float(gradient @ step)
        if slope >= 0:
            inverse, fresh = np.eye(len(theta)), True
            step = -np.where(free, gradient, 0.0)
            slope = float(gradient @ step)
        # The first step knows no scale; a later one may not leap further than a factor of seven.
        longest = float(np.abs(step).max())
        length = 0.5 / longest if fresh else min(1.0, 2.0 / longest)
        for _ in range(40):
            trial = np.clip(theta + length * step, -_LIMIT, _LIMIT)
            its_value, its_gradient = scaled(trial)
            if its_value <= value + 1e-4 * float(gradient @ (trial - theta)):
                break
            length *= 0.3
        else:
            if fresh:
                break
            inverse, fresh = np.eye(len(theta)), True
            continue
        moved, turned = trial - theta, its_gradient - gradient
        gained = value - its_value
        theta, value, gradient = trial, its_value, its_gradient
        along = float(moved @ turned)
        if along > 1e-14:
            if fresh:
                inverse = np.eye(len(theta)) * along / float(turned @ turned)
            off = np.eye(len(theta)) - np.outer(moved, turned) / along
            inverse = off @ inverse @ off.T + np.outer(moved, moved) / along
            fresh = False
        if gained < 1e-10 * max(1.0, abs(value)):
            break
    return theta


def _polish(scaled: Objective, theta: Floats, hessian: Floats | None = None) -> Optimum:
    """Take Newton's steps, at first with the given *hessian* while they shorten well; keep the last Hessian."""
    value, gradient = scaled(theta)
    own = hessian is None
    curved = _hessian(scaled, theta) if hessian is None else hessian
    before = math.inf
    for _ in range(25):
        step, decrement = _step(theta, gradient, curved)
        done = decrement < 1e-16
        if not done and (own or decrement < before / 4):
            before = decrement
            for shrink in (1.0, 0.25, 0.05):
                trial = np.clip(theta + shrink * step, -_LIMIT, _LIMIT)
                its_value, its_gradient = scaled(trial)
                if its_value <= value:
                    done = value - its_value <= 1e-15 * abs(value)
                    theta, value, gradient = trial, its_value, its_gradient
                    break
            else:
                done = True
            if own and decrement > 1e-8:  # after a shorter step the Hessian is still the same
                curved = _hessian(scaled, theta)
        elif not own:
            done = True
        if done and own:
            break
        if done or (not own and decrement < 1e-12):
            curved, own, before = _hessian(scaled, theta), True, math.inf
    if not own:
        curved = _hessian(scaled, theta)
    return Optimum(theta, value, gradient, curved, _inside(theta, gradient))


def _step(theta: Floats, gradient: Floats, hessian: Floats) -> tuple[Floats, float]:
    """Return Newton's step within the limits, made to go down where the Hessian bends up, and what it may gain."""
    free = _inside(theta, gradient)
    eigenvalues, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
    step = np.zeros_like(theta)
    step[free] = -vectors @ ((vectors.T @ gradient[free]) / np.maximum(np.abs(eigenvalues), 1e-9))
    step *= min(1.0, 1.0 / max(1e-300, float(np.abs(step).max(initial=0.0))))
    return step, abs(float(gradient @ step))


def _inside(theta: Floats, gradient: Floats) -> NDArray[np.bool_]:
    """Return which parameters are not held back by the limits of the search."""
    found: NDArray[np.bool_] = (np.abs(theta) < _LIMIT - 0.01) | (np.sign(gradient) == np.sign(theta))
    return found


def _hessian(scaled: Objective, theta: Floats) -> Floats:
    """Return central differences of the gradient, made symmetric."""
    size = len(theta)
    hessian = np.empty((size, size))
    for index in range(size):
        ahead, behind = theta.copy(), theta.copy()
        ahead[index] += 1e-4
        behind[index] -= 1e-4
        hessian[index] = (scaled(ahead)[1] - scaled(behind)[1]) / 2e-4
    symmetric: Floats = (hessian + hessian.T) / 2
    return symmetric


def _settled(found: Optimum) -> bool:
    return float(np.abs(found.gradient[found.free]).max(initial=0.0)) < 1e-5
