"""Laws of the models: probabilities, monotony, finite expectations, and fits that find what was put in."""

# ruff: noqa: N803 - T is the letter of the papers

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from unified_profile.metrics.customer_base import (
    BgBb,
    BgNbd,
    DiscountRate,
    GammaGamma,
    MbgNbd,
    ParetoNbd,
    ShiftedBetaGeometric,
    kinds,
    model as models_of,
)
from unified_profile.metrics.customer_base.rows import read_rows

TEN_PERCENT = DiscountRate(0.1, per="year")
shapes = st.floats(0.05, 20)
scales = st.floats(0.1, 200)
beta_models = st.builds(
    lambda kind, r, alpha, a, b: kind.from_parameters(r=r, alpha=alpha, a=a, b=b, unit="week"),
    st.sampled_from([BgNbd, MbgNbd]),
    shapes,
    scales,
    shapes,
    shapes,
)
pareto_models = st.builds(
    lambda r, alpha, s, beta: ParetoNbd.from_parameters(r=r, alpha=alpha, s=s, beta=beta, unit="week"),
    shapes,
    scales,
    shapes,
    scales,
)
models = st.one_of(beta_models, pareto_models)
lengths = st.floats(0.15, 500)


@given(models, st.integers(0, 400), lengths, st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_probability_of_being_alive_rises_with_recency(model, x, T, shares):
    recency = np.sort(np.maximum(np.array(shares), 1e-3)) * T if x else np.zeros(len(shares))
    rows = {"frequency": np.full(len(shares), x), "recency": recency, "T": np.full(len(shares), T)}
    alive = model.probability_alive(rows).values
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (np.diff(alive) >= -1e-12).all()


@given(models, st.integers(0, 400), lengths, st.floats(1e-3, 1), st.floats(0, 300), st.floats(0, 300))
def test_expectations_are_finite_and_grow_with_the_horizon(model, x, T, share, first, second):
    rows = {"frequency": [x], "recency": [share * T if x else 0], "T": [T]}
    near, far = (model.expected_transactions(rows, t)[0] for t in sorted((first, second)))
    assert 0 <= near <= far * (1 + 1e-12)
    assert np.isfinite(far)
    residual = model.discounted_transactions(rows, discount=TEN_PERCENT)[0]
    assert 0 <= residual < np.inf
    new = model.expected_of_new(np.sort([first, second]))
    assert 0 <= new[0] <= new[1] * (1 + 1e-12) < np.inf


@given(models, st.integers(1, 60), lengths, st.floats(1e-3, 1))
def test_discounting_never_adds_purchases(model, x, T, share):
    rows = {"frequency": [x], "recency": [share * T], "T": [T]}
    low, high = (
        model.discounted_transactions(rows, discount=DiscountRate(rate, per="year"))[0] for rate in (0.05, 0.5)
    )
    # By definition it lies below the undiscounted sum of the first years plus what the later ones can bring.
    assert high <= low
    within = model.expected_transactions(rows, 52)[0]
    assert high >= within / 1.5 * (1 - 1e-6)


@given(
    st.tuples(shapes, shapes, shapes, shapes),
    st.integers(1, 12),
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(0, 40),
)
def test_bg_bb_gives_probabilities_and_finite_expectations(values, T, tx, x, ahead):
    tx = min(tx, T)
    x = min(x, tx) if tx else 0
    tx = tx if x else 0
    model = BgBb.from_parameters(**dict(zip(BgBb.names, values, strict=True)), unit="year")
    rows = {"frequency": [x], "recency": [tx], "T": [T]}
    now, then = model.probability_alive(rows, after=0)[0], model.probability_alive(rows, after=ahead)[0]
    assert 0 <= then <= now <= 1 + 1e-12
    assert 0 <= model.expected_transactions(rows, ahead)[0] <= ahead
    assert 0 <= model.discounted_transactions(rows, discount=TEN_PERCENT)[0] < np.inf


@given(st.integers(1, 7), st.tuples(shapes, shapes, shapes, shapes))
def test_probabilities_of_all_histories_of_bg_bb_add_up_to_one(T, values):
    from math import comb

    model = BgBb.from_parameters(**dict(zip(BgBb.names, values, strict=True)), unit="year")
    histories = [(0, 0, 1)] + [(x, tx, comb(tx - 1, x - 1)) for tx in range(1, T + 1) for x in range(1, tx + 1)]
    x, tx, ways = (np.array(column, dtype=float) for column in zip(*histories, strict=True))
    total = np.exp(model.log_likelihood({"frequency": x, "recency": tx, "T": np.full(len(x), T)})) @ ways
    assert total == pytest.approx(1, rel=1e-10)


@given(shapes, shapes, st.integers(1, 60))
def test_sbg_survival_falls_and_retention_rises(alpha, beta, t):
    model = ShiftedBetaGeometric.from_parameters(alpha=alpha, beta=beta, unit="year")
    survival, retention = model.survival([t - 1, t]), model.retention([t, t + 1])
    assert 0 <= survival[1] <= survival[0] <= 1
    assert retention[0] <= retention[1] <= 1
    assert survival[1] == pytest.approx(survival[0] * retention[0], rel=1e-9)


@given(shapes, st.floats(1.05, 20), scales, st.integers(1, 50), st.floats(0.01, 1e4))
def test_expected_spend_lies_between_own_and_everybodys_mean(p, q, v, count, mean):
    model = GammaGamma.from_parameters(p=p, q=q, v=v)
    everybody, own = model.expected_spend({"frequency": [0, count], "monetary_value": [None, mean]})
    assert min(everybody, mean) * (1 - 1e-9) <= own <= max(everybody, mean) * (1 + 1e-9)


KINDS = {
    BgNbd: {"r": 0.4, "alpha": 4.0, "a": 0.8, "b": 2.4},
    MbgNbd: {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6},
    ParetoNbd: {"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7},
    BgBb: {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_fit_finds_what_was_simulated(kind):
    truth = KINDS[kind]
    unit = "year" if kind is BgBb else "week"
    drawn = kind.from_parameters(**truth, unit=unit).simulate(4000, T=8 if kind is BgBb else 60, seed=11)
    found = kind().fit(drawn).result_
    assert found.status == "converged"
    for name, value in truth.items():
        assert abs(found.parameters[name] - value) < 3.5 * found.standard_errors[name]
    # Jointly, too: a chi-square of four degrees of freedom, beyond this once in ten thousand times.
    off = np.array([found.parameters[name] - value for name, value in truth.items()])
    assert off @ np.linalg.solve(found.covariance, off) < 23.5
    np.testing.assert_array_equal(found.covariance, found.covariance.T)
    assert found.aic == 2 * 4 - 2 * found.log_likelihood


def test_a_fit_of_spend_finds_what_was_simulated():
    truth = {"p": 6.25, "q": 3.74, "v": 15.44}
    count = np.random.default_rng(1).integers(1, 8, 4000)
    amounts = GammaGamma.from_parameters(**truth).draw(count, seed=2)
    means = np.add.reduceat(amounts, np.concatenate(([0], np.cumsum(count)[:-1]))) / count
    found = GammaGamma().fit({"frequency": count, "monetary_value": means}).result_
    for name, value in truth.items():
        assert abs(found.parameters[name] - value) < 3.5 * found.standard_errors[name]


def test_a_fit_of_cohorts_finds_what_was_simulated():
    truth = ShiftedBetaGeometric.from_parameters(alpha=0.668, beta=3.806, unit="year")
    cohorts = [truth.simulate(4000, periods=periods, seed=periods) for periods in (3, 6, 9)]
    found = ShiftedBetaGeometric().fit(cohorts, unit="year").result_
    for name, value in truth.parameters_.items():
        assert abs(found.parameters[name] - value) < 3.5 * found.standard_errors[name]


@pytest.mark.parametrize("kind", KINDS)
def test_equal_customers_are_counted_rather_than_repeated(kind):
    unit = "year" if kind is BgBb else "week"
    drawn = kind.from_parameters(**KINDS[kind], unit=unit).simulate(400, T=6, seed=5)
    columns = {"frequency": drawn.frequency, "recency": np.ceil(drawn.recency), "T": drawn.T}
    alike, counts = np.unique(np.column_stack(list(columns.values())), axis=0, return_counts=True)
    plain = kind().fit(columns, unit=unit)
    weighted = kind().fit(dict(zip(columns, alike.T, strict=True)), unit=unit, weights=counts)
    assert plain.result_.n == weighted.result_.n == 400
    assert plain.result_.n_rows == len(alike) < 200
    assert weighted.result_.log_likelihood == pytest.approx(plain.result_.log_likelihood, abs=1e-6)
    one_by_one = float(np.sum(plain.log_likelihood(columns)))
    assert plain.result_.log_likelihood == pytest.approx(one_by_one, abs=1e-7)
    many = {name: np.tile(column, 5) for name, column in columns.items()}
    np.testing.assert_allclose(plain.probability_alive(many), np.tile(plain.probability_alive(columns), 5), rtol=1e-14)


@settings(max_examples=25)
@given(st.sampled_from(list(KINDS)), st.lists(st.floats(-1.5, 1.5), min_size=4, max_size=4))
def test_the_gradient_is_that_of_the_likelihood(kind, moved):
    unit = "year" if kind is BgBb else "week"
    drawn = kind.from_parameters(**KINDS[kind], unit=unit).simulate(60, T=7, seed=8)
    objective = kind()._objective(kinds.distinct(read_rows(drawn, unit=None)), 1.0)
    at = np.array(list(KINDS[kind].values())) * np.exp(moved)
    _, gradient = objective(at)
    for index in range(4):
        step = np.zeros(4)
        step[index] = 1e-5 * at[index]
        slope = (objective(at + step)[0] - objective(at - step)[0]) / (2e-5 * at[index])
        assert gradient[index] == pytest.approx(slope, rel=1e-4, abs=1e-4)


@given(models, st.integers(0, 2**32 - 1))
def test_simulated_customers_are_possible_and_repeat_themselves(model, seed):
    first, again = (model.simulate(30, T=20.0, seed=seed) for _ in range(2))
    assert first.frequency.tolist() == again.frequency.tolist()
    assert model.probability_alive(first).values.shape == (30,)  # which refuses impossible rows


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6), st.integers(0, 4)), min_size=1, max_size=200),
    st.sampled_from([7.0, 1.0, 100.0, 3.7, 1e-9]),
    st.booleans(),
    st.sampled_from([16, 1000]),
    st.booleans(),
)
def test_counting_those_who_are_alike_loses_nobody(histories, step, weighted, chunk, unlucky):
    x, tx, silent = np.array(histories, dtype=float).T
    columns = {"frequency": x, "recency": np.where(x > 0, tx, 0) / step}
    columns["T"] = np.maximum((np.where(x > 0, tx, 0) + silent) / step, columns["recency"])
    weights = np.arange(1.0, len(x) + 1) if weighted else None
    # Luck runs out where every row has the same key: then only a look at the columns tells them apart.
    hashed = (lambda *columns: np.zeros(len(columns[0]), dtype=np.uint64)) if unlucky else kinds._hash
    with patch.object(kinds, "_CHUNK", chunk), patch.object(kinds, "_ALIKE", 1.0), patch.object(kinds, "_hash", hashed):
        found = kinds.distinct(read_rows(columns, unit="week", weights=weights))
    expected: dict[tuple[float, ...], float] = {}
    for position, row in enumerate(zip(*columns.values(), strict=True)):
        expected[row] = expected.get(row, 0.0) + (position + 1.0 if weighted else 1.0)
    told: dict[tuple[float, ...], float] = {}
    for each_x, each_tx, length, weight in zip(found.frequency, found.recency, found.T, found.weights, strict=True):
        row = (each_x, each_tx, length)
        told[row] = told.get(row, 0.0) + weight
    assert told == expected


@pytest.mark.parametrize("kind", (BgNbd, ParetoNbd))
def test_a_large_fit_that_begins_at_a_part_ends_where_one_without_does(kind):
    drawn = kind.from_parameters(**KINDS[kind], unit="week").simulate(20_000, T=np.linspace(26, 52, 20_000), seed=6)
    sudden = kind().fit(drawn).result_
    with patch.object(models_of, "thinned", lambda rows: None):
        slow = kind().fit(drawn).result_
    assert sudden.n_rows == 20_000
    assert sudden.log_likelihood == pytest.approx(slow.log_likelihood, abs=1e-6)
    assert sudden.parameters == pytest.approx(slow.parameters, rel=1e-4)
    np.testing.assert_allclose(sudden.covariance, slow.covariance, rtol=1e-3)


def test_recency_that_rounding_carried_beyond_the_end_is_at_the_end():
    model = BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    found, at_end = (
        model.probability_alive({"frequency": [2], "recency": [recency], "T": [0.3]})[0] for recency in (0.1 + 0.2, 0.3)
    )
    assert found == at_end
