"""Junk in the place of an argument of customer value: an answer, or an error that callers can catch."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from unified_profile.errors import InvalidInputError, UnifiedProfileError
from unified_profile.metrics.customer_base import (
    BgNbd,
    DiscountRate,
    GammaGamma,
    Periods,
    ShiftedBetaGeometric,
    customer_lifetime_value,
    frequency_table,
    historical_value,
    holdout_table,
    summarize,
    tracking_table,
)

MODEL = BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
BOUGHT = {
    "customer": ["a", "a", "b", "b", "c", "a"],
    "date": ["2026-01-01", "2026-02-01", "2026-01-05", "2026-03-01", "2026-01-09", "2026-08-01"],
    "amount": [5.0, 7.0, 3.0, 2.0, 9.0, 1.0],
}
NAMES = {"customer": "customer", "time": "date", "amount": "amount"}
KEYS: Any = {**NAMES, "unit": "week", "until": "2026-06-30", "holdout_until": "2026-12-30"}
CHOICES = {"refunds": "net", "zero_amounts": "drop", "missing_amounts": "drop"}
SUMMARY = summarize(BOUGHT, **KEYS)
ROWS = {"frequency": [2, 0, 1], "recency": [30.43, 0, 3], "T": [38.86, 10, 9]}
RATE = DiscountRate(0.1, per="year")

CALLS: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "summarize": (summarize, (BOUGHT,), {**KEYS, **CHOICES}),
    "holdout_table": (holdout_table, (MODEL, SUMMARY), {"most": 2}),
    "tracking_table": (tracking_table, (MODEL, SUMMARY), {"step": "month"}),
    "historical_value": (historical_value, (SUMMARY,), {"margin": 0.5}),
    "lifetime value": (
        customer_lifetime_value, (MODEL, ROWS),
        {"spend": 35.0, "margin": 0.4, "discount": RATE, "horizon": Periods(12, "month")},
    ),
    "gamma-gamma": (GammaGamma().fit, ({"frequency": [2, 1, 3, 4], "monetary_value": [5.0, 7, 6, 8]},), {}),
    "alive": (MODEL.probability_alive, (ROWS,), {"unit": "week"}),
    "expected": (MODEL.expected_transactions, (ROWS, 4), {"unit": "week"}),
    "discounted": (MODEL.discounted_transactions, (ROWS,), {"discount": RATE, "unit": "week"}),
    "simulate": (MODEL.simulate, (10,), {"T": 3.0, "seed": 1}),
    "rate": (DiscountRate, (0.1,), {"per": "year"}),
    "periods": (Periods, (3, "month"), {}),
    "given": (BgNbd.from_parameters, (), {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "unit": "week"}),
    "sbg": (ShiftedBetaGeometric().fit, ([100, 80, 70, 65],), {"unit": "year"}),
}  # fmt: skip
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 0.5, math.nan, math.inf, 10**400, Decimal("NaN"), 1j, "", "x", b"x", [], [None], ["1", "2", "3"],
    [math.nan] * 3, [math.inf] * 3, [10**400] * 3, [[1]] * 3, {}, {"a": 1}, {1}, object(), object, len, iter([1]),
    datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1), timedelta(1), -timedelta(1), np.zeros((3, 2)), np.array(5),
    np.array(["x"] * 3), np.array([True] * 3), RATE, MODEL,
)  # fmt: skip


def said(function: Any, *positional: Any, **keywords: Any) -> None:
    """Call it; only errors of the library may be raised."""
    with suppress(UnifiedProfileError):
        function(*positional, **keywords)


@pytest.mark.parametrize("name", CALLS)
def test_junk_is_answered_by_an_error_that_callers_can_catch(name):
    function, positional, keywords = CALLS[name]
    if name != "gamma-gamma":
        function(*positional, **keywords)
    for junk in JUNK:
        for place in range(len(positional)):
            said(function, *positional[:place], junk, *positional[place + 1 :], **keywords)
        for keyword in keywords:
            said(function, *positional, **{**keywords, keyword: junk})


@pytest.mark.parametrize("most", (0, 2.5, None, "x", 10**9))
def test_a_table_of_none_or_of_a_billion_rows_is_refused(most):
    with pytest.raises(InvalidInputError):
        frequency_table(MODEL, SUMMARY, most=most)


def test_numbers_written_as_text_are_no_numbers():
    with pytest.raises(InvalidInputError):
        MODEL.probability_alive({**ROWS, "T": np.array(["38.86", "10", "9"], dtype=object)})


def test_more_purchases_than_fit_into_memory_are_refused():
    with pytest.raises(InvalidInputError):
        MODEL.simulate_transactions(1000, start=date(2026, 1, 1), joining=1, length=10**12, seed=1)
