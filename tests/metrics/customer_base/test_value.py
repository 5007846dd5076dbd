"""Values of customers, their tables for plots, and the shapes in which results come."""

import json
import math
import pickle
import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from unified_profile.errors import InvalidInputError
from unified_profile.metrics import customer_base
from unified_profile.metrics.customer_base import (
    BgBb,
    BgNbd,
    CustomerSummary,
    DiscountRate,
    GammaGamma,
    MbgNbd,
    ParetoNbd,
    Periods,
    customer_lifetime_value,
    frequency_table,
    historical_value,
    holdout_table,
    summarize,
    tracking_table,
)

MODELS = {
    BgNbd: BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week"),
    MbgNbd: MbgNbd.from_parameters(r=0.525, alpha=6.183, a=0.891, b=1.614, unit="week"),
    ParetoNbd: ParetoNbd.from_parameters(r=0.553, alpha=10.58, s=0.606, beta=11.67, unit="week"),
}
SPEND = GammaGamma.from_parameters(p=6.25, q=3.74, v=15.44)
ROWS = {"frequency": [0, 2, 26], "recency": [0, 30.43, 30.86], "T": [38.86, 38.86, 31]}
TENTH = DiscountRate(0.1, per="year")
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.label)


@every_model
def test_value_is_the_sum_over_periods_that_its_definition_says(model):
    monthly = 1.1 ** (-1 / 12)
    step = Periods(1, "month").in_units("week")
    upto = [np.zeros(3), *(model.expected_transactions(ROWS, step * k).values for k in range(1, 13))]
    slow = sum((upto[k] - upto[k - 1]) * monthly**k for k in range(1, 13))
    found = customer_lifetime_value(model, ROWS, spend=35.0, margin=0.4, discount=TENTH, horizon=Periods(12, "month"))
    np.testing.assert_allclose(found, 0.4 * 35 * slow, rtol=1e-9)


@every_model
def test_value_without_a_horizon_is_the_limit_of_short_periods_over_a_long_time(model):
    double = DiscountRate(1.0, per="year")  # so that nothing is left after twelve years
    force = math.log(2) / 365.2425 * 7
    weeks = np.arange(0, 650)
    upto = np.array([model.expected_transactions(ROWS, float(week)).values for week in weeks])
    slow = (np.diff(upto, axis=0) * np.exp(-force * (weeks[:-1] + 0.5))[:, None]).sum(axis=0)
    found = customer_lifetime_value(model, ROWS, spend=1.0, margin=1.0, discount=double)
    np.testing.assert_allclose(found, slow, rtol=5e-4)


def test_value_of_bg_bb_is_the_sum_over_opportunities():
    model = BgBb.from_parameters(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783, unit="year")
    donor = {"frequency": [4], "recency": [5], "T": [6]}
    upto = [model.expected_transactions(donor, k)[0] if k else 0.0 for k in range(6)]
    slow = sum((upto[k] - upto[k - 1]) * 1.1**-k for k in range(1, 6))
    found = customer_lifetime_value(model, donor, spend=50, margin=1, discount=TENTH, horizon=Periods(5, "year"))
    assert found[0] == pytest.approx(50 * slow, rel=1e-10)
    forever = [
        customer_lifetime_value(model, donor, spend=50, margin=1, discount=TENTH, horizon=years)[0]
        for years in (Periods(400, "year"), None)
    ]
    assert forever[0] == pytest.approx(forever[1], rel=1e-10)


def test_a_rate_means_the_same_whatever_it_is_per():
    model = MODELS[ParetoNbd]
    rates = TENTH, DiscountRate(TENTH.per_unit("month"), per="month"), DiscountRate(TENTH.per_unit("week"), per="week")
    values = [customer_lifetime_value(model, ROWS, spend=35, margin=0.4, discount=rate).values for rate in rates]
    np.testing.assert_allclose(values[1:], [values[0]] * 2, rtol=1e-12)
    assert TENTH.per_unit("year") == pytest.approx(0.1)


def test_a_horizon_means_the_same_in_every_unit():
    model = MODELS[BgNbd]
    found = [
        model.expected_transactions(ROWS, horizon).values
        for horizon in (5, Periods(5, "week"), Periods(35, "day"), timedelta(days=35))
    ]
    np.testing.assert_allclose(found[1:], [found[0]] * 3, rtol=1e-13)
    with pytest.raises(InvalidInputError, match="horizon"):
        model.expected_transactions(ROWS, -1)
    with pytest.raises(InvalidInputError, match="horizon"):
        model.expected_transactions(ROWS, "twelve")  # type: ignore[arg-type]  # which is the point
    with pytest.raises(InvalidInputError, match="count"):
        Periods(-1, "week")


def test_spend_is_each_customers_own():
    rows = ROWS | {"monetary_value": [None, 22.35, 50.0]}
    found = customer_lifetime_value(
        MODELS[BgNbd], rows, spend=SPEND, margin=0.4, discount=TENTH, horizon=Periods(12, "month")
    )
    alone = customer_lifetime_value(
        MODELS[BgNbd], rows, spend=1.0, margin=1.0, discount=TENTH, horizon=Periods(12, "month")
    )
    np.testing.assert_allclose(found, 0.4 * np.asarray(SPEND.expected_spend(rows)) * np.asarray(alone), rtol=1e-12)
    assert found.warnings == alone.warnings


def test_a_value_without_an_expected_spend_is_missing_and_says_so():
    rows = ROWS | {"monetary_value": [None, 22.35, 50.0]}
    heavy = GammaGamma.from_parameters(p=1.1, q=0.5, v=0.9)
    found = customer_lifetime_value(MODELS[ParetoNbd], rows, spend=heavy, margin=0.4, discount=TENTH)
    assert np.isnan(found.values).tolist() == [True, False, False]
    assert "have no expected spend" in found.warnings[0]


@pytest.fixture(scope="module")
def summary():
    bought = MODELS[ParetoNbd].simulate_transactions(
        2000,
        start=date(2025, 1, 6),
        joining=Periods(12, "week"),
        length=Periods(78, "week"),
        seed=4,
        spend=SPEND,
    )
    return summarize(
        bought,
        customer="customer",
        time="date",
        amount="amount",
        unit="week",
        until="2025-10-05",
        holdout_until="2026-07-05",
    )


def test_historical_value_is_what_was_earned_and_nothing_else(summary):
    found = historical_value(summary, margin=0.4)
    np.testing.assert_allclose(found, 0.4 * summary.total_spend)
    with pytest.raises(InvalidInputError, match="amount="):
        historical_value(MODELS[BgNbd].simulate(3, T=5.0, seed=1), margin=0.4)
    with pytest.raises(InvalidInputError, match="margin"):
        historical_value(summary, margin=1.4)


def test_tables_of_the_true_model_agree_with_what_came(summary):
    model = MODELS[ParetoNbd]
    often = frequency_table(model, summary)
    assert sum(often["observed"]) == len(summary)
    assert sum(often["expected"]) == pytest.approx(len(summary))
    spread = np.sqrt(np.array(often["expected"]))
    # Some purchases of a day are one in the summary, so a little is allowed beyond chance.
    assert (np.abs(np.array(often["observed"]) - often["expected"]) < 4 * spread + 0.01 * len(summary)).all()
    ahead = holdout_table(model, summary)
    total = np.array(ahead["customers"]) @ np.array(ahead["observed"])
    assert total == summary.holdout_frequency.sum()
    assert np.array(ahead["customers"]) @ np.array(ahead["expected"]) == pytest.approx(total, rel=0.1)
    tracked = tracking_table(model, summary)
    assert tracked["observed"][-1] == summary.frequency.sum() + total
    assert tracked["expected"][-1] == pytest.approx(tracked["observed"][-1], rel=0.1)
    assert tracked["holdout"].index(1.0) == 39


def test_expected_purchases_of_a_cohort_are_those_that_are_simulated():
    for model in MODELS.values():
        drawn = model.simulate(40_000, T=30.0, seed=3).frequency
        expected = model.expected_of_new(30)[0]
        assert abs(drawn.mean() - expected) < 4 * drawn.std() / 200


@every_model
def test_made_up_purchases_are_as_many_as_expected(model):
    bought = model.simulate_transactions(
        30_000, start=date(2026, 1, 1), joining=Periods(0, "week"), length=Periods(30, "week"), seed=5
    )
    count = np.bincount(bought["customer"]) - 1
    assert abs(count.mean() - model.expected_of_new(30)[0]) < 4 * count.std() / math.sqrt(30_000)


def test_predictions_know_their_customers_and_travel_as_arrays_and_frames():
    table = CustomerSummary(
        np.array([2.0, 0.0]), np.array([30.43, 0.0]), np.array([38.86, 38.86]), unit="week",
        customers=np.array(["hanako", "taro"]),
    )  # fmt: skip
    found = MODELS[BgNbd].probability_alive(table)
    assert len(found) == 2
    assert list(found) == [found[0], found[1]]
    assert np.asarray(found, dtype=np.float32).dtype == np.float32
    frame = found.to_frame(backend="polars")
    assert isinstance(frame, pl.DataFrame)
    assert frame["customer"].to_list() == ["hanako", "taro"]
    for shown in (repr(found), found._repr_html_(), repr(table), repr(MODELS[BgNbd])):
        assert "hanako" not in shown
    assert "count as alive for certain" in found._repr_html_()


def test_a_result_is_json_and_pickles_and_shows_its_doubts():
    model = BgNbd().fit(MODELS[BgNbd].simulate(2000, T=60.0, seed=2))
    result = model.result_
    told = json.loads(json.dumps(result.to_dict()))
    assert told["parameters"] == result.parameters
    assert told["aic"] == pytest.approx(8 - 2 * result.log_likelihood)
    assert told["bic"] == pytest.approx(4 * math.log(2000) - 2 * result.log_likelihood)
    assert pickle.loads(pickle.dumps(model)).parameters_ == model.parameters_
    for name, estimate in result.estimates().items():
        assert 0 < estimate.low < result.parameters[name] < estimate.high
    assert "BG/NBD" in repr(result)
    assert "converged" in result._repr_html_()
    flat = BgNbd().fit({"frequency": [3] * 100, "recency": [5] * 100, "T": [8] * 100}, unit="week").result_
    assert None in json.loads(json.dumps(flat.to_dict()))["standard_errors"].values()
    assert "⚠" in flat._repr_html_()
    assert flat.estimates()["r"].high == math.inf


def test_importing_the_metrics_loads_neither_numpy_nor_scipy_and_names_are_listed():
    code = (
        "import sys; from unified_profile.metrics import customer_base as c; assert 'BgNbd' in dir(c); "
        "assert not {'numpy', 'scipy', 'narwhals'} & set(sys.modules); c.Periods(1, 'week'); c.summarize; "
        "assert not {'numpy', 'scipy'} & set(sys.modules); c.BgNbd; assert 'scipy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute"):
        _ = customer_base.nothing


def test_models_without_scipy_name_the_extra():
    code = (
        "import sys; sys.modules['scipy'] = None; sys.modules['scipy.special'] = None\n"
        "from unified_profile.errors import MissingExtraError\n"
        "try:\n    from unified_profile.metrics.customer_base import BgNbd\n"
        "except MissingExtraError as error:\n    assert error.extra == 'models', error\n"
        "else:\n    raise AssertionError\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
