"""What breaks other implementations: each case gets a warning in the result or an error of a known kind."""

# ruff: noqa: N803 - T is the letter of the papers

import numpy as np
import pytest

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.customer_base import (
    BgBb,
    BgNbd,
    DiscountRate,
    GammaGamma,
    MbgNbd,
    ParetoNbd,
    Periods,
    ShiftedBetaGeometric,
    customer_lifetime_value,
)

KINDS = (BgNbd, MbgNbd, ParetoNbd)
every_kind = pytest.mark.parametrize("kind", KINDS)
RATES = {"r": 0.243, "alpha": 4.414}
KNOWN = {
    BgNbd: BgNbd.from_parameters(**RATES, a=0.793, b=2.426, unit="week"),
    MbgNbd: MbgNbd.from_parameters(**RATES, a=0.793, b=2.426, unit="week"),
    ParetoNbd: ParetoNbd.from_parameters(**RATES, s=0.606, beta=11.67, unit="week"),
}


def base(n=300, *, seed=3, T=39.0):
    drawn = KNOWN[BgNbd].simulate(n, T=T, seed=seed)
    return {"frequency": drawn.frequency, "recency": drawn.recency, "T": drawn.T}


@every_kind
def test_a_base_without_a_repeat_purchase_is_refused(kind):
    with pytest.raises(InsufficientDataError, match="repeat purchase"):
        kind().fit({"frequency": [0] * 50, "recency": [0] * 50, "T": [39] * 50}, unit="week")


@every_kind
@pytest.mark.parametrize("n", (0, 1, 4))
def test_fewer_customers_than_parameters_are_refused(kind, n):
    with pytest.raises(InsufficientDataError, match=f"{n} observations"):
        kind().fit({"frequency": [3] * n, "recency": [5] * n, "T": [8] * n}, unit="week")


@every_kind
def test_thousands_of_purchases_are_fitted_and_predicted(kind):
    random = np.random.default_rng(2)
    many = {"frequency": random.integers(2000, 5000, 60), "recency": random.uniform(500, 700, 60), "T": [728.0] * 60}
    model = kind().fit(many, unit="day")
    assert np.isfinite(model.result_.log_likelihood)
    assert model.result_.status != "converged"  # sixty alike do not tell how customers differ
    ahead = KNOWN[kind].expected_transactions({"frequency": [3000], "recency": [700], "T": [700.1]}, 52)[0]
    assert 50 < ahead < 3000 / 700 * 52


@every_kind
def test_time_in_seconds_gives_the_same_model_and_a_warning(kind):
    weeks = base()
    seconds = {**weeks, "recency": weeks["recency"] * 604_800, "T": weeks["T"] * 604_800}
    slow, fast = kind().fit(weeks, unit="week"), kind().fit(seconds, unit="day")
    assert "are these really days?" in fast.result_.warnings[0]
    for name, value in slow.parameters_.items():
        scale = 604_800 if name in {"alpha", "beta"} else 1
        assert fast.parameters_[name] == pytest.approx(value * scale, rel=1e-4)
    np.testing.assert_allclose(fast.probability_alive(seconds), slow.probability_alive(weeks), rtol=1e-4)


@every_kind
def test_next_to_no_time_warns(kind):
    weeks = base()
    found = kind().fit({**weeks, "recency": weeks["recency"] * 1e-9, "T": weeks["T"] * 1e-9}, unit="week").result_
    assert "no customer is observed for a whole day" in found.warnings[0]


@every_kind
def test_customers_observed_for_no_time_say_nothing(kind):
    weeks = base()
    longer = {name: np.append(column, [0.0, 0.0]) for name, column in weeks.items()}
    found = kind().fit(longer, unit="week").result_
    assert found.log_likelihood == pytest.approx(kind().fit(weeks, unit="week").result_.log_likelihood, abs=1e-6)
    assert "2 customers are observed for no time at all" in found.warnings[0]


def test_equal_scales_are_no_pole_of_pareto_nbd():
    customer = {"frequency": [3], "recency": [20], "T": [39]}

    def at(alpha, beta):
        model = ParetoNbd.from_parameters(r=0.55, alpha=alpha, s=0.6, beta=beta, unit="week")
        return model.log_likelihood(customer)[0], model.expected_transactions(customer, 52)[0]

    around = (np.array(at(11, 11 - 1e-6)) + np.array(at(11, 11 + 1e-6))) / 2
    np.testing.assert_allclose(at(11, 11), around, rtol=1e-10)


@pytest.mark.parametrize("kind", (BgNbd, MbgNbd))
def test_a_of_one_is_no_pole_of_the_expectation(kind):
    customer = {"frequency": [2], "recency": [30.43], "T": [38.86]}

    def at(a):
        return kind.from_parameters(**RATES, a=a, b=2.426, unit="week").expected_transactions(customer, 39)[0]

    assert at(1) == pytest.approx((at(1 - 1e-6) + at(1 + 1e-6)) / 2, rel=1e-10)


def test_s_of_one_is_no_pole_of_the_expectation():
    customer = {"frequency": [3], "recency": [20], "T": [39]}

    def at(s):
        model = ParetoNbd.from_parameters(r=0.55, alpha=11, s=s, beta=12, unit="week")
        return model.expected_transactions(customer, 52)[0], model.expected_of_new(52)[0]

    np.testing.assert_allclose(at(1), (np.array(at(1 - 1e-6)) + np.array(at(1 + 1e-6))) / 2, rtol=1e-10)


def test_gamma_of_one_is_no_pole_of_bg_bb():
    donor = {"frequency": [4], "recency": [5], "T": [6]}

    def at(gamma):
        model = BgBb.from_parameters(alpha=1.2, beta=0.75, gamma=gamma, delta=2.8, unit="year")
        return model.expected_transactions(donor, 10)[0]

    assert at(1) == pytest.approx((at(1 - 1e-6) + at(1 + 1e-6)) / 2, rel=1e-10)


def test_spend_without_a_mean_is_missing_and_never_negative():
    model = GammaGamma.from_parameters(p=1.1, q=0.5, v=0.9)
    found = model.expected_spend({"frequency": [0, 1, 5], "monetary_value": [None, 5.0, 5.0]})
    assert np.isnan(found.values[0])
    assert (found.values[1:] > 0).all()
    assert "1 customers have no expected spend" in found.warnings[0]


def test_a_fit_with_q_below_one_warns():
    amounts = np.random.default_rng(4).pareto(0.4, 200) + 0.01
    found = GammaGamma().fit({"frequency": [1, 2, 3, 4, 5] * 40, "monetary_value": amounts}).result_
    assert found.parameters["q"] <= 1
    assert any("mean spend of the population is infinite" in warning for warning in found.warnings)


def test_equal_amounts_run_to_the_limit_and_say_so():
    found = GammaGamma().fit({"frequency": [1, 2] * 20, "monetary_value": [5.0] * 40}).result_
    assert found.status == "at_boundary"
    assert set(found.at_boundary) == {"p", "q"}
    assert np.isnan(found.standard_errors["p"])


def test_spend_that_grows_with_frequency_warns():
    frequency = np.arange(1, 101)
    found = GammaGamma().fit({"frequency": frequency, "monetary_value": 10.0 + frequency}).result_
    assert any("correlate by 0.9" in warning for warning in found.warnings)


def test_customers_with_a_mean_of_zero_are_left_out_and_counted():
    random = np.random.default_rng(5)
    amounts = np.append(random.gamma(6, 5, 50), [0.0, 0.0])
    found = GammaGamma().fit({"frequency": [2] * 52, "monetary_value": amounts}).result_
    assert found.n == 50
    assert found.warnings[0] == "2 customers with a mean spend of zero are left out"


@every_kind
@pytest.mark.parametrize(
    ("change", "field", "reason"),
    (
        ({"recency": 40.0}, "recency", "after the end"),
        ({"frequency": float("nan")}, "frequency", "missing"),
        ({"T": float("inf")}, "T", "not finite"),
        ({"frequency": -1}, "frequency", "negative"),
        ({"frequency": 1.5}, "frequency", "not whole"),
        ({"recency": 0.0}, "recency", "zero though"),
        ({"frequency": 0}, "recency", "above zero though"),
        ({"recency": -1.0}, "recency", "negative"),
    ),
)
def test_impossible_rows_are_refused_by_position(kind, change, field, reason):
    rows = {"frequency": [2.0, 2.0, 2.0], "recency": [5.0, 5.0, 5.0], "T": [39.0, 39.0, 39.0]}
    for name, value in change.items():
        rows[name][1] = value
    for call in (lambda: kind().fit(rows, unit="week"), lambda: KNOWN[kind].probability_alive(rows)):
        with pytest.raises(InvalidInputError, match=f"{reason}.*position 1") as caught:
            call()
        assert caught.value.field == field


@every_kind
def test_equal_customers_run_to_the_limit_though_the_search_ends(kind):
    found = kind().fit({"frequency": [3] * 100, "recency": [5] * 100, "T": [8] * 100}, unit="week").result_
    assert found.status == "at_boundary"
    assert "r" in found.at_boundary
    assert any("ran to the limit" in warning for warning in found.warnings)
    assert any(
        warning.startswith("the fit of")
        for warning in kind()
        .fit({"frequency": [3] * 100, "recency": [5] * 100, "T": [8] * 100}, unit="week")
        .probability_alive({"frequency": [3], "recency": [5], "T": [8]})
        .warnings
    )


def test_heavy_tails_are_said_to_be_flat_and_not_converged():
    random = np.random.default_rng(1)
    frequency = np.minimum(np.floor(random.pareto(0.5, 500)), 1e5)
    recency = np.where(frequency > 0, random.uniform(1, 39, 500), 0)
    found = ParetoNbd().fit({"frequency": frequency, "recency": recency, "T": [39.0] * 500}, unit="week").result_
    assert found.status in {"flat", "at_boundary"}
    assert any("s" in warning for warning in found.warnings)


def test_one_time_buyers_who_are_alive_for_certain_are_pointed_out():
    rows = {"frequency": [0, 2], "recency": [0, 30.43], "T": [38.86, 38.86]}
    found = KNOWN[BgNbd].probability_alive(rows)
    assert found[0] == 1
    assert found.warnings == (
        "1 customers without a repeat purchase count as alive for certain: BG/NBD lets none of them leave",
    )
    for other in (MbgNbd, ParetoNbd):
        assert KNOWN[other].probability_alive(rows)[0] < 0.9
        assert KNOWN[other].probability_alive(rows).warnings == ()


def test_few_who_bought_again_warn():
    rows = {"frequency": [1] + [0] * 99, "recency": [5] + [0] * 99, "T": [8] * 100}
    assert "only 1 customers bought again" in BgNbd().fit(rows, unit="week").result_.warnings


def test_months_warn_that_they_are_of_equal_length():
    found = BgNbd().fit(base(), unit="month")
    assert "a month is taken as 30.44 days" in found.result_.warnings[0]


def test_rows_without_a_unit_are_refused():
    with pytest.raises(InvalidInputError, match="unit='week'"):
        BgNbd().fit(base())


def test_units_do_not_mix():
    drawn = BgNbd.from_parameters(r=0.2, alpha=30, a=0.8, b=2.4, unit="day").simulate(20, T=200, seed=1)
    with pytest.raises(InvalidInputError, match="counts in weeks, the rows in days"):
        KNOWN[BgNbd].probability_alive(drawn)
    with pytest.raises(InvalidInputError, match="the summary is in days"):
        BgNbd().fit(drawn, unit="week")
    customer = {"frequency": [2], "recency": [30], "T": [38]}
    with pytest.raises(InvalidInputError, match="counts in weeks, the rows in days"):
        KNOWN[BgNbd].expected_transactions(customer, 3, unit="day")


@pytest.mark.parametrize(
    ("wrong", "field"),
    (
        ({"discount": 0.1}, "discount"),
        ({"horizon": 12}, "horizon"),
        ({"horizon": Periods(1.5, "month")}, "horizon"),
        ({"margin": 40}, "margin"),
        ({"margin": 0}, "margin"),
        ({"spend": -5.0}, "spend"),
        ({"spend": float("nan")}, "spend"),
        ({"spend": np.array([1.0, 2.0])}, "spend"),
        ({"horizon": None, "discount": DiscountRate(0, per="year")}, "discount"),
    ),
)
def test_a_value_whose_units_are_not_said_is_refused(wrong, field):
    good = {
        "spend": 35.0, "margin": 0.4, "discount": DiscountRate(0.1, per="year"), "horizon": Periods(12, "month"),
    }  # fmt: skip
    with pytest.raises(InvalidInputError) as caught:
        customer_lifetime_value(
            KNOWN[BgNbd], {"frequency": [2, 3, 4], "recency": [30] * 3, "T": [38] * 3}, **good | wrong
        )
    assert caught.value.field == field


def test_models_without_parameters_say_what_to_do():
    with pytest.raises(InvalidInputError, match="call fit"):
        BgNbd().probability_alive({"frequency": [2], "recency": [30], "T": [38]})
    with pytest.raises(InvalidInputError, match="call fit"):
        _ = KNOWN[BgNbd].result_
    with pytest.raises(InvalidInputError, match="alpha"):
        BgNbd.from_parameters(r=1, alpha=-1, a=1, b=1, unit="week")


def test_bg_bb_wants_whole_opportunities():
    model = BgBb.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8, unit="year")
    with pytest.raises(InvalidInputError, match="opportunities"):
        model.probability_alive({"frequency": [1], "recency": [1.5], "T": [6]})
    with pytest.raises(InvalidInputError, match="more purchases than opportunities"):
        model.probability_alive({"frequency": [4], "recency": [3], "T": [6]})
    with pytest.raises(InvalidInputError, match="horizon"):
        model.expected_transactions({"frequency": [1], "recency": [1], "T": [6]}, 1.5)


@pytest.mark.parametrize(
    ("active", "error"),
    (
        ([1000, 1000, 1000], InsufficientDataError),
        ([1000], InsufficientDataError),
        ([], InsufficientDataError),
        ([2, 1], InsufficientDataError),
        ([1000, 900, 950], InvalidInputError),
        ([1000, float("nan")], InvalidInputError),
        ([1000, -1], InvalidInputError),
    ),
)
def test_cohorts_that_tell_nothing_are_refused(active, error):
    with pytest.raises(error):
        ShiftedBetaGeometric().fit(active, unit="year")


def test_a_cohort_with_constant_churn_runs_to_the_limit():
    found = ShiftedBetaGeometric().fit([1000, 500, 250, 125], unit="year").result_
    assert found.status in {"flat", "at_boundary"}
    assert found.warnings
    one = ShiftedBetaGeometric().fit([1000, 900], unit="year").result_
    assert "one period cannot tell how customers differ" in one.warnings
