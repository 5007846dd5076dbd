"""Maximum likelihood with an honest end: what was reached, how sure each parameter is, and what cannot be known."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from unified_profile.metrics.customer_base.quadrature import Floats
from unified_profile.metrics.customer_base.search import Optimum
from unified_profile.statistics import Estimate, z_for

Status: TypeAlias = Literal["converged", "flat", "at_boundary", "not_converged"]
_FAR = 7.0
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


def _covariance(hessian: Floats) -> Floats:
    """Return the symmetric inverse of the information, NaN if it has none."""
    information = -hessian
    if (np.linalg.eigvalsh(information) <= 0).any():
        return np.full_like(hessian, math.nan)
    inverse = np.linalg.inv(information)
    found: Floats = (inverse + inverse.T) / 2
    return found


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
    covariance = _covariance(found.hessian)
    errors = np.sqrt(np.diag(covariance))
    unknown = ~(errors < _FLAT)
    # Far out and unknown, or held back by the limit itself: it would have gone on for ever.
    gone = ~free | ((np.abs(found.theta) > _FAR) & unknown)
    boundary = tuple(name for name, away in zip(names, gone, strict=True) if away)
    flat = [name for name, hardly, away in zip(names, unknown, gone, strict=True) if hardly and not away]
    status: Status = "converged"
    if boundary:
        status = "at_boundary"
        covariance[:] = math.nan  # what the others would be, were these known, is nobody's question
        warnings.append(
            f"{', '.join(boundary)} ran to the limit of the search: the likelihood has no maximum inside, "
            "and there are no standard errors"
        )
    elif not float(np.abs(found.gradient).max(initial=0.0)) < 1e-4 * n:
        status = "not_converged"
        warnings.append("the search ended before the maximum")
    elif flat:
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
