"""The fits that the field compares itself with: CDNOW and the donations, to a thousandth of a log-likelihood."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from unified_profile.metrics.customer_base import (
    BgBb,
    BgNbd,
    GammaGamma,
    MbgNbd,
    ParetoNbd,
    holdout_table,
    summarize,
    tracking_table,
)

DATA = Path(os.environ["UNIFIED_PROFILE_METRICS_DATA"])
PUBLISHED = json.loads((Path(__file__).parent.parent / "published.json").read_text())


@pytest.fixture(scope="module")
def rounded():
    return pd.read_csv(DATA / "cdnow_summary.csv")


@pytest.fixture(scope="module")
def exact():
    return summarize(
        pd.read_parquet(DATA / "cdnow_sample.parquet"),
        customer="customer_id",
        time="date",
        amount="amount",
        unit="week",
        until="1997-09-30",
        holdout_until="1998-06-30",
    )


@pytest.fixture(scope="module")
def donations():
    return pd.read_csv(DATA / "donations_summary.csv").rename(columns={"periods": "T"})


@pytest.mark.parametrize(
    ("kind", "key", "tolerance"),
    ((BgNbd, "bg_nbd_cdnow", 2e-3), (MbgNbd, "mbg_nbd_cdnow", 1e-3), (ParetoNbd, "pareto_nbd_cdnow", 5e-3)),
)
def test_fit_to_cdnow_equals_the_published_one(rounded, exact, kind, key, tolerance):
    published = PUBLISHED[key]
    on_file, on_days = kind().fit(rounded, unit="week").result_, kind().fit(exact).result_
    assert on_file.log_likelihood == pytest.approx(published["ll_full"], abs=1e-3)
    assert on_days.log_likelihood == pytest.approx(published["ll_exact_days"], abs=1e-3)
    assert on_file.parameters == pytest.approx(published["params"], rel=tolerance)
    assert on_file.status == "converged"
    assert on_file.at_boundary == ()
    assert on_file.n == 2357
    np.testing.assert_array_equal(on_file.covariance, on_file.covariance.T)


def test_parameters_of_bg_nbd_agree_in_six_digits(rounded):
    found = BgNbd().fit(rounded, unit="week").parameters_
    assert list(found.values()) == pytest.approx(PUBLISHED["bg_nbd_cdnow"]["params_full"], rel=2e-5)


def test_standard_errors_of_pareto_nbd_are_those_of_clvtools(rounded):
    found = ParetoNbd().fit(rounded, unit="week").result_.standard_errors
    assert list(found.values()) == pytest.approx(PUBLISHED["pareto_nbd_cdnow"]["se_clvtools"], rel=2e-3)


def test_gamma_gamma_fits_the_published_spend(rounded, exact):
    published = PUBLISHED["gamma_gamma_cdnow"]
    on_file, on_days = GammaGamma().fit(rounded).result_, GammaGamma().fit(exact).result_
    assert on_file.log_likelihood == pytest.approx(published["ll_rounded_file"], abs=1e-3)
    assert on_days.log_likelihood == pytest.approx(published["ll_exact"], abs=1e-3)
    assert on_days.n == published["n"]
    assert on_days.parameters == pytest.approx(published["params"], rel=2e-3)


def test_bg_bb_fits_the_published_donors(donations):
    published = PUBLISHED["bg_bb_donations"]
    model = BgBb().fit(donations, unit="year", weights=donations["weights"])
    assert model.result_.log_likelihood == pytest.approx(published["ll"], abs=5e-3)
    assert list(model.parameters_.values()) == pytest.approx(published["params_full"], rel=5e-4)
    ahead = model.expected_transactions(donations, 5)
    assert float(np.asarray(ahead) @ donations["weights"]) == pytest.approx(published["cet_5y_total"], abs=0.1)


def test_summary_of_the_sample_is_the_published_one_and_drops_nothing(rounded, exact):
    assert exact.frequency.tolist() == rounded["frequency"].tolist()
    assert exact.recency == pytest.approx(rounded["recency"].to_numpy(), abs=0.006)
    assert pytest.approx(rounded["T"].to_numpy(), abs=0.006) == exact.T
    spent = np.nan_to_num(exact.monetary_value)
    assert spent == pytest.approx(rounded["monetary_value"].to_numpy(), abs=0.006)
    assert (exact.report.rows, exact.report.used, exact.report.dropped) == (6919, 6919, {})
    assert (exact.report.merged, exact.report.zero_amounts) == (223, 8)


def test_summary_of_the_master_file_counts_zero_amounts_and_same_days():
    found = summarize(
        pd.read_parquet(DATA / "cdnow_master.parquet"),
        customer="customer_id",
        time="date",
        amount="amount",
        unit="week",
        until="1998-06-30",
    )
    assert found.report is not None
    assert (found.report.customers, found.report.zero_amounts, found.report.merged) == (23570, 80, 2068)


def test_holdout_is_tracked_within_a_tenth(exact):
    model = ParetoNbd().fit(exact)
    tracked = tracking_table(model, exact)
    assert tracked["observed"][-1] == exact.frequency.sum() + exact.holdout_frequency.sum()
    assert tracked["expected"][-1] == pytest.approx(tracked["observed"][-1], rel=0.1)
    table = holdout_table(model, exact)
    assert sum(table["customers"]) == 2357
