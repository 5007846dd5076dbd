"""Does the model fit?  The numbers behind the three plots that show it, as columns that any frame takes."""

from __future__ import annotations

import math

import numpy as np

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.customer_base.model import TransactionModel, require_model
from unified_profile.metrics.customer_base.periods import DAYS, PeriodUnit, require_unit
from unified_profile.metrics.customer_base.rows import read_rows
from unified_profile.metrics.customer_base.simulating import random_of
from unified_profile.metrics.customer_base.summary import CustomerSummary, require_summary

_DRAWS = 200_000
_MOST = 10_000


def frequency_table(
    model: TransactionModel, data: object, /, *, most: int = 7, seed: int = 0, unit: PeriodUnit | None = None
) -> dict[str, list[float]]:
    """Return how many customers made 0, 1, ... *most* or more repeat purchases, and how many the model expects.

    *data* as for `fit`; a missing value in it is refused. Expected are the means of at least 200,000 made-up customers
    (drawn with *seed*) who are observed as long as the real ones. The last row counts *most* or more. Columns:
    repeat_purchases, observed, expected.

    Source: the plot of repeat transactions of Fader, Hardie and Lee (2005), Marketing Science 24(2).

    >>> from unified_profile.metrics.customer_base import BgNbd
    >>> model = BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> frequency_table(model, model.simulate(100, T=39.0, seed=1), most=2)["repeat_purchases"]
    [0.0, 1.0, 2.0]

    Raises:
        InvalidInputError: If a row is impossible, or *most* is below 1.
        InsufficientDataError: If there is no customer.

    .. versionadded:: 0.1
    """
    require_model(model)
    _require_most(most)
    random_of(seed)
    rows = read_rows(data, unit=unit)
    n = float(rows.weights.sum())
    if not n:
        raise InsufficientDataError(metric="frequency_table: customers", n=0, needed=1)
    copies = math.ceil(_DRAWS / len(rows))
    drawn = model.simulate(len(rows) * copies, T=np.tile(rows.T, copies), seed=seed)
    found = _counts(rows.frequency, rows.weights, most)
    expected = _counts(drawn.frequency, np.tile(rows.weights, copies), most) / copies
    return {
        "repeat_purchases": [float(k) for k in range(most + 1)],
        "observed": found.tolist(),
        "expected": expected.tolist(),
    }


def holdout_table(model: TransactionModel, summary: CustomerSummary, /, *, most: int = 7) -> dict[str, list[float]]:
    """Return mean purchases in the holdout by purchases before it: what came and what the model expected.

    The model must not have seen the holdout. *summary* is of `summarize`, which refused or counted what was missing.
    The last row joins *most* and more. Columns: repeat_purchases, customers, observed, expected (purchases per
    customer).

    Source: conditional expectations of Fader, Hardie and Lee (2005), Marketing Science 24(2).

    >>> from datetime import date
    >>> from unified_profile.metrics.customer_base import BgNbd, summarize
    >>> model = BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> bought = model.simulate_transactions(50, start=date(2026, 1, 1), joining=4, length=52, seed=1)
    >>> found = summarize(
    ...     bought, customer="customer", time="date", unit="week", until="2026-06-30", holdout_until="2026-12-30"
    ... )
    >>> sum(holdout_table(model, found)["customers"])
    50.0

    Raises:
        InvalidInputError: If the summary has no holdout.

    .. versionadded:: 0.1
    """
    require_model(model)
    _require_most(most)
    require_summary(summary)
    if summary.holdout_frequency is None:
        raise InvalidInputError(field="summary", reason="no holdout", hint="summarize with holdout_until=")
    expected = model.expected_transactions(summary, summary.holdout_duration).values
    weights = np.ones(len(summary)) if summary.weights is None else summary.weights
    customers = _counts(summary.frequency, weights, most)
    there = customers > 0
    each = np.maximum(customers, 1)
    came = _counts(summary.frequency, weights * summary.holdout_frequency, most) / each
    due = _counts(summary.frequency, weights * expected, most) / each
    return {
        "repeat_purchases": np.arange(most + 1.0)[there].tolist(),
        "customers": customers[there].tolist(),
        "observed": came[there].tolist(),
        "expected": due[there].tolist(),
    }


def tracking_table(
    model: TransactionModel, summary: CustomerSummary, /, *, step: PeriodUnit = "week"
) -> dict[str, list[float]]:
    """Return repeat purchases added up since the first day, as they came and as the model expects them.

    It goes on through the holdout if there is one, where the model is put to the test. Columns: period (counted in
    *step*), observed, expected, holdout (1 there, else 0). A period that the observation does not fill is left out.

    Source: the tracking plot of Fader, Hardie and Lee (2005), Marketing Science 24(2).

    >>> from datetime import date
    >>> from unified_profile.metrics.customer_base import BgNbd, summarize
    >>> model = BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> bought = model.simulate_transactions(50, start=date(2026, 1, 1), joining=4, length=52, seed=1)
    >>> found = summarize(bought, customer="customer", time="date", unit="week", until="2026-12-30")
    >>> tracking_table(model, found, step="month")["period"][-1]
    11.0

    Raises:
        InvalidInputError: If the summary does not come from transactions.

    .. versionadded:: 0.1
    """
    require_model(model)
    require_unit(step, field="step")
    require_summary(summary)
    timeline = summary.timeline
    if timeline is None or summary.report is None:
        raise InvalidInputError(field="summary", reason="no timeline", hint="make it with summarize")
    days = np.arange(len(timeline.firsts))
    due = np.convolve(timeline.firsts, model.expected_of_new(days / DAYS[model.unit_]))[: len(days)]
    came = np.cumsum(timeline.repeats)
    whole = int(len(days) / DAYS[require_unit(step, field="step")])
    ends = np.floor(np.arange(1, whole + 1) * DAYS[step]).astype(np.int64) - 1
    last = (summary.report.until - timeline.origin).days
    return {
        "period": [float(k) for k in range(1, whole + 1)],
        "observed": came[ends].astype(np.float64).tolist(),
        "expected": due[ends].tolist(),
        "holdout": (ends > last).astype(np.float64).tolist(),
    }


def _require_most(most: object) -> None:
    if type(most) is not int or not 1 <= most <= _MOST:
        raise InvalidInputError(field="most", reason=f"not a whole number from 1 to {_MOST:,}", hint="7")


def _counts(frequency: np.ndarray, weights: np.ndarray, most: int) -> np.ndarray:
    capped = np.minimum(frequency, most).astype(np.int64)
    return np.bincount(capped, weights=weights, minlength=most + 1)
