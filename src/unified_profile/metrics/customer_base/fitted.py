"""What every model keeps of a fit: parameters by name, the unit they are counted in, and how well it went."""

from __future__ import annotations

from typing import ClassVar, Self

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.customer_base.fitting import FitResult
from unified_profile.metrics.customer_base.periods import PeriodUnit, require_unit
from unified_profile.statistics import is_positive


class CustomerModel:
    """A model with named, positive parameters, fitted or given."""

    label: ClassVar[str]
    names: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        self._parameters: dict[str, float] | None = None
        self._result: FitResult | None = None
        self._unit: PeriodUnit | None = None

    @classmethod
    def _given(cls, unit: PeriodUnit | None, **parameters: float) -> Self:
        made = cls()
        for name, value in parameters.items():
            if not is_positive(value):
                raise InvalidInputError(field=name, reason="not a positive, finite number")
        made._parameters = {name: float(value) for name, value in parameters.items()}
        made._unit = None if unit is None else require_unit(unit)
        return made

    @property
    def parameters_(self) -> dict[str, float]:
        """The parameters by name.

        Raises:
            InvalidInputError: If the model was neither fitted nor given any.
        """
        if self._parameters is None:
            raise InvalidInputError(field="model", reason="not fitted", hint="call fit, or give it parameters")
        return dict(self._parameters)

    @property
    def result_(self) -> FitResult:
        """What the fit found, with errors, status and warnings.

        Raises:
            InvalidInputError: If the parameters were given rather than fitted.
        """
        if self._result is None:
            raise InvalidInputError(field="model", reason="not fitted", hint="call fit")
        return self._result

    @property
    def unit_(self) -> PeriodUnit:
        """The unit of time that parameters, recency, T and plain horizons are counted in."""
        _ = self.parameters_
        return require_unit(self._unit, field="model")

    def _keep(self, result: FitResult, unit: PeriodUnit | None) -> Self:
        self._result, self._parameters, self._unit = result, dict(result.parameters), unit
        return self

    def _doubts(self) -> tuple[str, ...]:
        """Return what a prediction inherits from the fit."""
        if self._result is None or self._result.status == "converged":
            return ()
        return (f"the fit of {self.label} is {self._result.status.replace('_', ' ')}: see result_.warnings",)

    def __repr__(self) -> str:
        if self._parameters is None:
            return f"{type(self).__name__}(not fitted)"
        values = ", ".join(f"{name}={value:.4g}" for name, value in self._parameters.items())
        unit = "" if self._unit is None else f", unit={self._unit!r}"
        return f"{type(self).__name__}({values}{unit})"
