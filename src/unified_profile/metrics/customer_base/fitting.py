"""Maximum likelihood with an honest end: what was reached, how sure each parameter is, and what cannot be known."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from unified_profile.metrics.customer_base.quadrature import Floats
from unified_profile.statistics import Estimate, z_for

Status: TypeAlias = Literal["converged", "flat", "at_boundary", "not_converged"]
Objective: TypeAlias = Callable[[Floats], tuple[float, Floats]]
"""From the natural parameters to the log-likelihood and its gradient."""

_LIMIT = 11.5  # of a logarithm: 1e-5 to 1e5 times the scale of the data
_FLAT = 4.0  # standard errors of a logarithm above this leave a parameter unknown within a factor of 2,500


@attrs.frozen(eq=False, repr=False)
class FitResult:
    """What a fit found, and how far it may be believed.

    Attributes:
        model: Which model was fitted.
        parameters: The maximum-likelihood estimates.
        log_likelihood: The whole logarithm of the likelihood, constants included, of all customers.
        covariance: Symmetric, of the parameters in their order; NaN where the data do not tell.
        standard_errors: Its diagonal's roots, by name.
        n: How many customers were fitted (the sum of weights).
        n_rows: How many different rows they made.
        status: ``converged``; ``flat`` if very different parameters do as well; ``at_boundary`` if one ran to its
            limit; ``not_converged``.
        at_boundary: Which ones ran to their limit.
        warnings: What a reader must know.

    .. versionadded:: 0.1
    """

    model: str
    parameters: dict[str, float]
    log_likelihood: float
    covariance: NDArray[np.float64]
    n: float
    n_rows: int
    status: Status
    at_boundary: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def standard_errors(self) -> dict[str, float]:
        """One per parameter, NaN where the data do not tell."""
        return dict(zip(self.parameters, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def aic(self) -> float:
        """Akaike's criterion: lower is better, on the same customers only."""
        return 2 * len(self.parameters) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion: lower is better, on the same customers only."""
        return len(self.parameters) * math.log(self.n) - 2 * self.log_likelihood

    def estimates(self, *, level: float = 0.95) -> dict[str, Estimate]:
        """Return each parameter with its interval (Wald's on the logarithm, so that it stays above zero)."""
        found = {}
        for name, value in self.parameters.items():
            error = self.standard_errors[name]
            far = z_for(level) * error / value if math.isfinite(error) else math.inf
            found[name] = Estimate(
                value,
                value * math.exp(-far),
                value * math.exp(far) if far < 700 else math.inf,
                n=round(self.n),
                method="wald_log",
                level=level,
                bounds=(0, math.inf),
                warnings=(f"{name} is at its limit",) if name in self.at_boundary else (),
            )
        return found

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them; ``None`` for what is not known."""
        return {
            "model": self.model,
            "parameters": dict(self.parameters),
            "standard_errors": {k: v if math.isfinite(v) else None for k, v in self.standard_errors.items()},
            "covariance": [[v if math.isfinite(v) else None for v in row] for row in self.covariance.tolist()],
            "log_likelihood": self.log_likelihood,
            "aic": self.aic,
            "bic": self.bic,
            "n": self.n,
            "n_rows": self.n_rows,
            "status": self.status,
            "at_boundary": list(self.at_boundary),
            "warnings": list(self.warnings),
        }

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:.4g}" for name, value in self.parameters.items())
        notes = f", warnings={self.warnings!r}" if self.warnings else ""
        return (
            f"{type(self).__name__}({self.model}: {values}, log_likelihood={self.log_likelihood:.3f}, "
            f"n={self.n:g}, status={self.status!r}{notes})"
        )

    def _repr_html_(self) -> str:
        """Return a small table for a notebook, warnings below it."""
        rows = "".join(f"<tr><th>{name}</th><td>{e._repr_html_()}</td></tr>" for name, e in self.estimates().items())
        notes = "".join(f"<br><small>⚠ {html.escape(note)}</small>" for note in self.warnings)
        return (
            f"<div><b>{html.escape(self.model)}</b> {self.status}, log-likelihood {self.log_likelihood:.3f}, "
            f"AIC {self.aic:.1f}, n={self.n:g}<table>{rows}</table>{notes}</div>"
        )


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
        found = minimize(
            scaled,
            np.log(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_LIMIT, _LIMIT)] * len(start),
            options={"maxiter": 300, "maxfun": 600, "ftol": 1e-9, "gtol": 1e-5, "maxls": 40},
        )
        polished = _polish(scaled, np.asarray(found.x, dtype=np.float64))
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


def conclude(
    found: Optimum,
    *,
    model: str,
    names: Sequence[str],
    scales: Floats,
    log_likelihood: float,
    n: float,
    n_rows: int,
    notes: Sequence[str] = (),
) -> FitResult:
    """Turn an optimum into a result: errors by the delta method, the status, and what to warn of.

    *scales* turns the parameters into those of the caller's unit of time.
    """
    warnings = list(notes)
    free = found.free
    covariance = np.full((len(names), len(names)), math.nan)
    eigenvalues = np.linalg.eigvalsh(-found.hessian[np.ix_(free, free)]) if free.any() else np.array([])
    unknown = bool((eigenvalues <= 0).any())
    if free.any() and not unknown:
        inverse = np.linalg.inv(-found.hessian[np.ix_(free, free)])
        covariance[np.ix_(free, free)] = (inverse + inverse.T) / 2
    errors = np.sqrt(np.diag(covariance))
    boundary = tuple(name for name, inside in zip(names, free, strict=True) if not inside)
    flat = [name for name, error, inside in zip(names, errors, free, strict=True) if inside and not error < _FLAT]
    status: Status = "converged"
    if boundary:
        status = "at_boundary"
        warnings.append(f"{', '.join(boundary)} ran to the limit of the search: the likelihood has no maximum inside")
    elif not float(np.abs(found.gradient[free]).max(initial=0.0)) < 1e-4 * n:
        status = "not_converged"
        warnings.append("the search ended before the maximum")
    elif flat or unknown:
        status = "flat"
    if flat:
        warnings.append(f"the data hardly tell {', '.join(flat)}: very different values would do as well")
    parameters = np.exp(found.theta) * scales
    covariance = covariance * np.outer(parameters, parameters)
    return FitResult(
        model=model,
        parameters=dict(zip(names, parameters.tolist(), strict=True)),
        log_likelihood=float(log_likelihood),
        covariance=covariance,
        n=n,
        n_rows=n_rows,
        status=status,
        at_boundary=boundary,
        warnings=tuple(warnings),
    )
