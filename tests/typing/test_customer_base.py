"""What callers of the customer-base models will write, as mypy reads it."""

from datetime import date
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

from unified_profile.metrics.customer_base import (
    BgNbd,
    CustomerSummary,
    DiscountRate,
    FitResult,
    GammaGamma,
    Periods,
    Predictions,
    ShiftedBetaGeometric,
    customer_lifetime_value,
    summarize,
)
from unified_profile.statistics import Estimate


def test_from_purchases_to_values() -> None:
    shop = BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    tills = GammaGamma.from_parameters(p=6.25, q=3.74, v=15.44)
    bought = shop.simulate_transactions(
        200, start=date(2026, 1, 1), joining=4, length=Periods(52, "week"), seed=1, spend=tills
    )
    assert_type(bought, dict[str, NDArray[Any]])
    customers = summarize(bought, customer="customer", time="date", amount="amount", unit="week", until="2026-12-31")
    assert_type(customers, CustomerSummary)
    model = BgNbd().fit(customers)
    assert_type(model, BgNbd)
    assert_type(model.result_, FitResult)
    assert_type(model.result_.estimates(), dict[str, Estimate])
    assert_type(model.parameters_, dict[str, float])
    assert_type(model.probability_alive(customers), Predictions)
    assert_type(model.probability_alive(customers).values, NDArray[np.float64])
    assert_type(model.expected_transactions(customers, Periods(1, "year"))[0], float)
    value = customer_lifetime_value(
        model, customers, spend=GammaGamma().fit(customers), margin=0.4, discount=DiscountRate(0.1, per="year")
    )
    assert_type(value, Predictions)
    assert len(value) == 200


def test_from_cohorts_to_retention() -> None:
    model = ShiftedBetaGeometric().fit([1000, 869, 743, 653], unit="year")
    assert_type(model, ShiftedBetaGeometric)
    assert_type(model.survival([1, 2]), NDArray[np.float64])
