"""Published numbers and vectors of forty digits: what anybody can check without the data behind them."""

# ruff: noqa: N803 - T is the letter of the papers

import json
from pathlib import Path

import numpy as np
import pytest

from unified_profile.metrics import customer_base
from unified_profile.metrics.customer_base import BgBb, BgNbd, DiscountRate, GammaGamma, ParetoNbd, ShiftedBetaGeometric

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "vectors.json").read_text())
PUBLISHED = json.loads((HERE / "published.json").read_text())
EXTREMES = json.loads((HERE / "extremes.json").read_text())["cases"]


def given(kind, values, **more):
    return kind.from_parameters(**dict(zip(kind.names, values, strict=True)), **more)


def one(x, tx, T):
    return {"frequency": [x], "recency": [tx], "T": [T]}


@pytest.mark.parametrize("case", VECTORS["bg_nbd"]["cases"])
def test_bg_nbd_equals_the_vectors(case):
    model = given(BgNbd, VECTORS["bg_nbd"]["params"], unit="week")
    customer = one(case["x"], case["tx"], case["T"])
    assert model.log_likelihood(customer)[0] == pytest.approx(case["ll"], rel=1e-13)
    assert model.probability_alive(customer)[0] == pytest.approx(case["palive"], rel=1e-13)
    assert model.expected_transactions(customer, case["t"])[0] == pytest.approx(case["cet"], rel=1e-11)


def test_bg_nbd_expects_of_new_customers_what_the_vectors_say():
    model = given(BgNbd, VECTORS["bg_nbd"]["params"], unit="week")
    for t, expected in VECTORS["bg_nbd"]["expect"].items():
        assert model.expected_of_new(float(t))[0] == pytest.approx(expected, rel=1e-12)


def test_pareto_nbd_equals_the_vectors():
    vectors = VECTORS["pareto_nbd"]
    model = given(ParetoNbd, vectors["params"], unit="week")
    assert model.expected_of_new(52)[0] == pytest.approx(vectors["expect_52"], rel=1e-13)
    customer = one(26, 216 / 7, 31)
    assert model.log_likelihood(customer)[0] == pytest.approx(vectors["customer_1516"]["ll"], rel=1e-13)
    assert model.probability_alive(customer)[0] == pytest.approx(vectors["customer_1516"]["palive"], rel=1e-12)
    assert model.expected_transactions(customer, 52)[0] == pytest.approx(vectors["customer_1516"]["cet"], rel=1e-12)
    assert model.expected_transactions(one(10, 20, 39), 52)[0] == pytest.approx(vectors["cet_x10"], rel=1e-12)
    # This vector holds eight digits: the quadrature it came from stopped there (extremes.json has all of them).
    assert model.expected_transactions(one(25, 20, 39), 52)[0] == pytest.approx(vectors["cet_x25"], rel=1e-8)


@pytest.mark.parametrize("case", EXTREMES)
def test_predictions_hold_where_closed_forms_lose_their_digits(case):
    kind = getattr(customer_base, case["model"])
    model = given(kind, case["params"], unit="week")
    customer = one(case["x"], case["tx"], case["T"])
    assert model.log_likelihood(customer)[0] == pytest.approx(float(case["ll"]), rel=1e-11)
    assert model.probability_alive(customer)[0] == pytest.approx(float(case["alive"]), rel=1e-9)
    assert model.expected_transactions(customer, case["t"])[0] == pytest.approx(float(case["expected"]), rel=1e-6)


def test_bg_bb_equals_the_vectors():
    vectors = VECTORS["bg_bb"]
    model = given(BgBb, vectors["params"], unit="year")
    assert model.expected_of_new(10)[0] == pytest.approx(vectors["expect_10"], rel=1e-13)
    assert model.expected_transactions(one(0, 0, 6), 10)[0] == pytest.approx(vectors["cet_A"], rel=1e-12)
    assert model.expected_transactions(one(4, 5, 6), 10)[0] == pytest.approx(vectors["cet_B"], rel=1e-12)
    assert model.probability_alive(one(4, 5, 6))[0] == pytest.approx(vectors["palive_next_B"], rel=1e-12)


def test_gamma_gamma_equals_the_vectors():
    model = given(GammaGamma, VECTORS["gamma_gamma"]["params"])
    for count, mean, expected in VECTORS["gamma_gamma"]["spend"]:
        found = model.expected_spend({"frequency": [count], "monetary_value": [mean]})
        assert found[0] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("cohort", ["high_end", "regular"])
def test_sbg_survival_equals_the_vectors(cohort):
    model = given(ShiftedBetaGeometric, VECTORS["sbg"][cohort], unit="year")
    assert model.survival(range(1, 13)) == pytest.approx(VECTORS["sbg"][f"surv_{cohort}"], rel=1e-13)


def test_sbg_residual_lifetime_equals_the_vectors():
    model = given(ShiftedBetaGeometric, VECTORS["sbg"]["high_end"], unit="year")
    expected = VECTORS["sbg"]["derl_10pct"]
    found = model.discounted_lifetime([int(n) for n in expected], discount=DiscountRate(0.1, per="year"))
    assert found == pytest.approx(list(expected.values()), rel=1e-12)


@pytest.mark.parametrize("cohort", ["high_end", "regular"])
def test_sbg_fits_the_published_cohorts(cohort):
    published = PUBLISHED["sbg"]
    model = ShiftedBetaGeometric().fit(
        [1000, *(round(1000 * share) for share in published[f"{cohort}_survival_1_7"])], unit="year"
    )
    expected = published[f"fit_{cohort}_7"]
    assert model.result_.log_likelihood == pytest.approx(expected["ll_n1000"], abs=1e-3)
    assert model.parameters_ == pytest.approx({"alpha": expected["alpha"], "beta": expected["beta"]}, abs=5e-4)
    if cohort == "high_end":
        assert model.survival(range(8, 13)) == pytest.approx(published["forecast_8_12_high_end"], abs=6e-4)
        # The source counts seven renewals; here that is the eighth period.
        lifetime = model.discounted_lifetime(8, discount=DiscountRate(0.1, per="year"))[0]
        assert lifetime == pytest.approx(published["derl_10pct_high_end_t7"], abs=1e-3)


def test_pareto_nbd_predicts_what_btyd_prints():
    published = PUBLISHED["pareto_nbd_predictions_btyd"]
    # Printed with three digits; the predictions printed beside them come from all digits, as the vectors have them.
    assert published["params"] == pytest.approx(VECTORS["pareto_nbd"]["params"], abs=1e-3)
    model = given(ParetoNbd, VECTORS["pareto_nbd"]["params"], unit="week")
    rtol = published["rtol"]
    assert model.expected_of_new(52)[0] == pytest.approx(published["expect_52"], rel=rtol)
    customer = one(26, 30.857, 31)
    known = published["customer_x26_tx30.857_T31"]
    assert model.expected_transactions(customer, 52)[0] == pytest.approx(known["cet_52"], rel=rtol)
    assert model.probability_alive(customer)[0] == pytest.approx(known["palive"], rel=rtol)
    for x, expected in published["cet_52_T39_tx20"].items():
        found = model.expected_transactions(one(int(x[1:]), 20, 39), 52)[0]
        assert found == pytest.approx(expected, rel=rtol)


def test_bg_nbd_predicts_what_the_paper_prints():
    known = PUBLISHED["bg_nbd_prediction"]
    model = given(BgNbd, PUBLISHED["bg_nbd_cdnow"]["params"].values(), unit="week")
    found = model.expected_transactions(one(known["x"], known["tx"], known["T"]), known["t"])[0]
    assert found == pytest.approx(known["cet"], abs=5e-4)


def test_bg_bb_predicts_what_the_walkthrough_prints():
    known = PUBLISHED["bg_bb_donations"]
    model = given(BgBb, known["params_full"], unit="year")
    assert model.expected_of_new(10)[0] == pytest.approx(known["expect_10_periods"], rel=1e-3)
    assert model.expected_transactions(one(0, 0, 6), 10)[0] == pytest.approx(known["cet_10_x0_tx0"], rel=1e-3)
    assert model.expected_transactions(one(4, 5, 6), 10)[0] == pytest.approx(known["cet_10_x4_tx5"], rel=1e-3)


def test_bg_bb_expects_the_published_counts():
    known = PUBLISHED["bg_bb_donations"]
    model = given(BgBb, known["params_full"], unit="year")
    # All histories of six opportunities by last use and number of uses, and in how many ways each comes about.
    from math import comb

    total = {0: 0.0, 6: 0.0}
    for x in total:
        for tx in range(x, 7) if x else (0,):
            ways = comb(tx - 1, x - 1) if x else 1
            total[x] += ways * float(np.exp(model.log_likelihood(one(x, tx, 6))[0]))
    assert known["n"] * total[0] == pytest.approx(known["expected_count_x0"], abs=0.2)
    assert known["n"] * total[6] == pytest.approx(known["expected_count_x6"], abs=0.2)
