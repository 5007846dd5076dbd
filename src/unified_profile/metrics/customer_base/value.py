"""What a customer is worth: future margin at its present value, and, apart from it, what was earned so far."""

from __future__ import annotations

import numpy as np

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.customer_base.gamma_gamma import GammaGamma
from unified_profile.metrics.customer_base.model import TransactionModel, require_model
from unified_profile.metrics.customer_base.periods import DiscountRate, Periods, PeriodUnit, require_rate
from unified_profile.metrics.customer_base.predictions import Predictions
from unified_profile.metrics.customer_base.quadrature import Floats
from unified_profile.metrics.customer_base.rows import numbers, refuse
from unified_profile.metrics.customer_base.summary import CustomerSummary, require_summary
from unified_profile.statistics import is_share


def customer_lifetime_value(
    model: TransactionModel,
    data: object,
    /,
    *,
    spend: GammaGamma | float | Floats,
    margin: float,
    discount: DiscountRate,
    horizon: Periods | None = None,
    unit: PeriodUnit | None = None,
) -> Predictions:
    """Return for each customer the expected future margin at its present value (CLV), in the currency of the spend.

    It is *margin* (a share of the amount) x expected spend per purchase x discounted expected purchases. *spend* is a
    fitted `GammaGamma`, one amount for all, or one for each. With a *horizon*, purchases are counted by its unit
    (twelve months: month by month), and those of each period are discounted from its end; without one, all future
    purchases count, discounted from the moment of each (DERT). What was bought already is in `historical_value`, not
    here.

    *data* as for the model's own predictions: a missing value in it is refused. Nothing is guessed about units: the
    rate says per what, the horizon says of what, and the model knows its own.

    >>> from unified_profile.metrics.customer_base import BgNbd
    >>> model = BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> customer = {"frequency": [2], "recency": [30.43], "T": [38.86]}
    >>> value = customer_lifetime_value(
    ...     model,
    ...     customer,
    ...     spend=35.0,
    ...     margin=0.4,
    ...     discount=DiscountRate(0.1, per="year"),
    ...     horizon=Periods(12, "month"),
    ... )
    >>> round(value[0], 2)
    20.86

    Source: Fader, Hardie and Lee (2005), RFM and CLV, Journal of Marketing Research 42(4).

    Raises:
        InvalidInputError: If *margin* is not between 0 and 1, the horizon is no whole number of periods, a spend is
            missing or negative, the rate is zero without a horizon, or units contradict each other.

    .. versionadded:: 0.1
    """
    _require_margin(margin)
    require_rate(discount)
    require_model(model)
    if horizon is None:
        bought = model.discounted_transactions(data, discount=discount, unit=unit)
    else:
        bought = _by_period(model, data, discount, horizon, unit)
    amounts, notes = _amounts(spend, data, len(bought))
    return Predictions(
        margin * amounts * bought.values,
        name="customer_lifetime_value",
        unit="currency, present value",
        customers=bought.customers,
        warnings=(*bought.warnings, *notes),
    )


def historical_value(summary: CustomerSummary, /, *, margin: float) -> Predictions:
    """Return for each customer the margin earned so far, neither discounted nor predicted.

    It is *margin* (a share of the amount) x the sum of all amounts until the end of observation, in their currency.
    Purchases of missing amount count as nothing here; the summary's report says how many there are. Source: a sum of
    our own.

    >>> from unified_profile.metrics.customer_base import summarize
    >>> bought = {"who": ["a", "a"], "on": ["2026-01-01", "2026-01-05"], "paid": [10.0, 30.0]}
    >>> found = summarize(bought, customer="who", time="on", amount="paid", unit="day", until="2026-01-31")
    >>> historical_value(found, margin=0.5).values
    array([20.])

    Raises:
        InvalidInputError: If the summary has no amounts, or *margin* is not between 0 and 1.

    .. versionadded:: 0.1
    """
    _require_margin(margin)
    require_summary(summary)
    if summary.total_spend is None:
        raise InvalidInputError(field="summary", reason="no amounts", hint="summarize with amount=")
    return Predictions(
        margin * summary.total_spend, name="historical_value", unit="currency", customers=summary.customers
    )


def _require_margin(margin: object) -> None:
    if not (is_share(margin) and margin):
        raise InvalidInputError(field="margin", reason="not above 0 and at most 1", hint="write forty percent as 0.4")


def _by_period(
    model: TransactionModel, data: object, discount: DiscountRate, horizon: Periods, unit: PeriodUnit | None
) -> Predictions:
    if not isinstance(horizon, Periods):
        raise InvalidInputError(
            field="horizon", reason="a length of time without its unit", hint="say Periods(12, 'month')"
        )
    if horizon.count < 1 or horizon.count != int(horizon.count):
        raise InvalidInputError(
            field="horizon", reason="not a whole number of periods", hint="use a smaller unit: Periods(18, 'month')"
        )
    step = Periods(1, horizon.unit).in_units(model.unit_)
    ends = np.arange(1, int(horizon.count) + 1)
    return model.expected_by_period(data, step=step, discounts=np.exp(-discount.force(horizon.unit) * ends), unit=unit)


def _amounts(spend: GammaGamma | float | Floats, data: object, n: int) -> tuple[Floats, tuple[str, ...]]:
    if isinstance(spend, GammaGamma):
        expected = spend.expected_spend(data)
        return expected.values, expected.warnings
    given = numbers(np.atleast_1d(np.asarray(spend)), field="spend")
    if len(given) not in {1, n}:
        raise InvalidInputError(field="spend", reason=f"{len(given)} amounts for {n} customers")
    refuse(given < 0, field="spend", reason="negative")
    return np.broadcast_to(given, (n,)), ()
