"""Units of time that are written down, because a rate per year and a forecast in weeks do not multiply."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.statistics import lies_between

PeriodUnit: TypeAlias = Literal["day", "week", "month", "year"]
"""A month is a twelfth of a year, a year 365.2425 days (the Gregorian mean): periods of equal length."""

DAYS: dict[str, float] = {"day": 1.0, "week": 7.0, "month": 365.2425 / 12, "year": 365.2425}


def require_unit(unit: object, *, field: str = "unit") -> PeriodUnit:
    """Return *unit* if it is one that is known.

    Raises:
        InvalidInputError: If none is given.
        UnknownNameError: If it is none of them.
    """
    if unit is None:
        raise InvalidInputError(field=field, reason="no unit of time", hint="say unit='week' (or day, month, year)")
    for known in get_args(PeriodUnit):
        if isinstance(unit, str) and unit == known:
            return known  # type: ignore[no-any-return]  # get_args is typed as Any
    raise UnknownNameError(kind="unit of time", name=str(unit), known=get_args(PeriodUnit))


def _finite(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    del instance
    if not lies_between(value, -1e300, 1e300):
        raise InvalidInputError(field=attribute.name, reason="not a finite number")


def _known(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    del instance
    require_unit(value, field=attribute.name)


@attrs.frozen
class Periods:
    """A length of time: so many days, weeks, months or years of equal length.

    >>> Periods(12, "month").in_units("year")
    1.0

    Raises:
        InvalidInputError: If *count* is negative or not finite.
        UnknownNameError: If the unit is not known.

    .. versionadded:: 0.1
    """

    count: float = attrs.field(validator=_finite)
    unit: PeriodUnit = attrs.field(validator=_known)

    def __attrs_post_init__(self) -> None:
        """Refuse what lies in the past."""
        if self.count < 0:
            raise InvalidInputError(field="count", reason="negative", hint="a length of time is not below zero")

    @property
    def days(self) -> float:
        """The length in days."""
        return self.count * DAYS[self.unit]

    def in_units(self, unit: PeriodUnit) -> float:
        """Return the length in *unit*."""
        return self.count if unit == self.unit else self.days / DAYS[require_unit(unit)]


@attrs.frozen
class DiscountRate:
    """What money loses by coming later: an effective rate per period, with the period.

    >>> round(DiscountRate(0.10, per="year").per_unit("month"), 6)
    0.007974

    Raises:
        InvalidInputError: If *rate* is negative or not finite.
        UnknownNameError: If the period is not known.

    .. versionadded:: 0.1
    """

    rate: float = attrs.field(validator=_finite)
    per: PeriodUnit = attrs.field(validator=_known, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse a rate by which money grows in waiting."""
        if self.rate < 0:
            raise InvalidInputError(field="rate", reason="negative", hint="write ten percent as 0.10")

    def force(self, unit: PeriodUnit) -> float:
        """Return the continuous rate per *unit*: the logarithm of one plus the effective rate."""
        return math.log1p(self.rate) * DAYS[require_unit(unit)] / DAYS[self.per]

    def per_unit(self, unit: PeriodUnit) -> float:
        """Return the effective rate per *unit* that comes to the same."""
        return math.expm1(self.force(unit))


def require_rate(discount: object) -> DiscountRate:
    """Return *discount* if it is a rate that says per what.

    Raises:
        InvalidInputError: If not.
    """
    if not isinstance(discount, DiscountRate):
        raise InvalidInputError(
            field="discount", reason="a rate without its period", hint="say DiscountRate(0.1, per='year')"
        )
    return discount


Horizon: TypeAlias = float | Periods | timedelta
"""How far ahead: a length of time, or a plain number in the model's own unit."""


def in_unit(horizon: Horizon, unit: PeriodUnit, *, field: str = "horizon") -> float:
    """Return *horizon* as a number of *unit*.

    Raises:
        InvalidInputError: If it is negative, not finite or no length of time.
    """
    if isinstance(horizon, Periods):
        return horizon.in_units(unit)
    if isinstance(horizon, timedelta):
        length = horizon / timedelta(days=1) / DAYS[unit]
    else:
        try:
            length = float(horizon)
        except (TypeError, ValueError, OverflowError):
            kind = type(horizon).__name__
            raise InvalidInputError(field=field, reason=f"a {kind} is no length of time, or too large") from None
    if not math.isfinite(length) or length < 0:
        raise InvalidInputError(field=field, reason="negative or not finite")
    return length
