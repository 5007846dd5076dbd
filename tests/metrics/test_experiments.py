"""Experiments: scipy's numbers, planted effects, peeking every day, and a return that needs a control group."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from scipy import stats

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import always_valid, cuped_lift, lift, roi, sample_ratio
from unified_profile.metrics.sequential import _half, _p_value

values = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40)


@given(values, values)
def test_a_lift_of_means_is_welchs(control, treated):
    assume(min(np.ptp(control), np.ptp(treated)) > 1)
    found = lift(control, treated, kind="mean")
    theirs = stats.ttest_ind(treated, control, equal_var=False)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-6, abs=1e-9)
    interval = theirs.confidence_interval()
    assert (found.difference.low, found.difference.high) == pytest.approx(
        (interval.low, interval.high), rel=1e-6, abs=1e-6
    )


def test_a_lift_of_shares_is_newcombes_interval_and_the_score_test():
    found = lift([False] * 90 + [True] * 10, [False] * 75 + [True] * 25, kind="share")
    assert found.p_value == pytest.approx(stats.chi2_contingency([[90, 10], [75, 25]], correction=False).pvalue)
    assert found.relative is not None
    assert found.relative.low > 0
    assert found.to_dict()["p_value"] == found.p_value


def test_relative_lift_covers_its_truth_and_is_silent_where_it_makes_no_sense():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(300):
        found = lift(rng.random(400) < 0.2, rng.random(400) < 0.3, kind="share").relative
        assert found is not None
        covered += found.low <= 0.5 <= found.high
    assert covered / 300 >= 0.92
    assert lift([-1.0, 1.0, 0.5], [1.0, 2.0, 3.0], kind="mean").relative is None
    assert lift([False] * 9, [True] * 9, kind="share").relative is None


def test_groups_that_do_not_vary_have_no_interval_and_a_giant_is_mentioned():
    found = lift([1.0, 1.0], [2.0, 2.0], kind="mean")
    assert (found.difference.high, found.p_value) == (np.inf, 1)
    assert "neither group varies: no interval" in found.difference.warnings
    giant = lift([1.0] * 30, [1.0] * 29 + [1000.0], kind="mean")
    assert any("one value makes" in note for note in giant.difference.warnings)


def test_what_is_no_experiment_is_refused():
    asked: Any = lift
    for control, kind in (([1, "2"], "mean"), ([1.0, float("inf")], "mean"), ([0.5, 1], "share"), ([1, 2], "median")):
        with pytest.raises(InvalidInputError):
            asked(control, [1, 0], kind=kind)
    with pytest.raises(InsufficientDataError):
        lift([1.0, None], [1.0, 2.0], kind="mean")


def test_cuped_finds_the_same_effect_more_exactly():
    rng = np.random.default_rng(2)
    covered, widths = 0, []
    for _ in range(200):
        before = rng.normal(10, 3, 400)
        after = before + rng.normal(0, 1, 400) + np.r_[np.zeros(200), np.ones(200)]
        found = cuped_lift(after[:200], after[200:], control_before=before[:200], treated_before=before[200:])
        covered += found.difference.low <= 1 <= found.difference.high
        widths.append(found.variance_reduction)
    assert covered / 200 >= 0.92
    assert np.mean(widths) == pytest.approx(0.9, abs=0.02)


def test_cuped_keeps_new_customers_and_survives_a_useless_past():
    found = cuped_lift([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], control_before=[1, None, 3], treated_before=[1, 2, None])
    assert any("2 of 6 have no earlier value" in note for note in found.difference.warnings)
    flat = cuped_lift([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], control_before=[5, 5, 5], treated_before=[5, 5, 5])
    assert flat.difference.value == 1
    assert flat.variance_reduction == 0
    unknown = cuped_lift([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], control_before=[None] * 3, treated_before=[None] * 3)
    assert unknown.difference.value == 1
    with pytest.raises(InvalidInputError):
        cuped_lift([1.0, 2.0], [1.0, 2.0], control_before=[1], treated_before=[1, 2])
    with pytest.raises(InsufficientDataError):
        cuped_lift([1.0, None], [1.0, 2.0], control_before=[1, 2], treated_before=[1, 2])


def test_a_sample_ratio_mismatch_is_found_and_chance_is_not():
    assert sample_ratio({"a": 5000, "b": 5500}).mismatch
    assert sample_ratio({"a": 950, "b": 9050}, {"a": 1, "b": 9}).mismatch is False
    rng = np.random.default_rng(3)
    alarms = sum(sample_ratio({"a": int(n), "b": 10_000 - int(n)}).mismatch for n in rng.binomial(10_000, 0.5, 2000))
    assert alarms <= 9
    for planned in ({"a": 1}, {"a": 1, "b": 0}, {"a": 1, "b": float("inf")}):
        with pytest.raises(InvalidInputError):
            sample_ratio({"a": 5, "b": 5}, planned)
    for counts in ({"a": 5}, {"a": 0, "b": 0}, {}):
        with pytest.raises(InsufficientDataError):
            sample_ratio(counts)


@pytest.mark.parametrize(("kind", "effect"), [("mean", 0.5), ("share", 0.1)])
def test_an_experiment_without_an_effect_may_be_looked_at_every_day(kind: Any, effect: float) -> None:
    rng = np.random.default_rng(4)
    found = peeked = 0
    for _ in range(150):
        draws = rng.normal(size=(2, 600)) if kind == "mean" else rng.random((2, 600)) < 0.3
        looks = range(60, 601, 60)
        found += any(always_valid(draws[0, :n], draws[1, :n], kind=kind, effect=effect).stop for n in looks)
        peeked += any(lift(draws[0, :n], draws[1, :n], kind=kind).p_value <= 0.05 for n in looks)
    assert found <= 14  # three standard deviations above 5 % of 150
    assert peeked > 18


def test_a_planted_effect_stops_the_experiment_early():
    rng = np.random.default_rng(5)
    control, treated = rng.normal(0, 1, 3000), rng.normal(0.5, 1, 3000)
    stopped = next(
        n for n in range(50, 3001, 50) if always_valid(control[:n], treated[:n], kind="mean", effect=0.5).stop
    )
    assert stopped < 600


@given(st.integers(30, 200), st.integers(0, 200), st.floats(0.01, 1), st.floats(0.5, 0.999))
def test_the_interval_holds_the_value_stays_in_range_and_agrees_with_its_p_value(n, ones, effect, level):
    treated = [i < ones for i in range(n)]
    found = always_valid([False] * (n - 1) + [True], treated, kind="share", effect=effect, level=level)
    assert -1 <= found.difference.low <= found.difference.value <= found.difference.high <= 1
    if abs(found.p_value - (1 - level)) > 1e-9 and abs(found.difference.low) < 1 and abs(found.difference.high) < 1:
        assert found.stop == (found.p_value < 1 - level)


@given(st.floats(1e-9, 1e3), st.floats(1e-3, 1e3), st.floats(1e-4, 0.5))
def test_where_the_interval_touches_zero_the_p_value_is_alpha(variance, effect, alpha):
    assert _p_value(_half(variance, effect, alpha), variance, effect) == pytest.approx(alpha, rel=1e-6)


def test_the_first_look_is_not_too_early_and_an_effect_has_to_be_named():
    early = always_valid([0.0, 1.0] * 10, [5.0, 6.0] * 10, kind="mean", effect=1)
    assert (early.stop, early.p_value, early.difference.high) == (False, 1, np.inf)
    asked: Any = always_valid
    for effect, kind in ((0, "mean"), (-1, "mean"), (float("nan"), "mean"), (1, "median")):
        with pytest.raises(InvalidInputError):
            asked([0, 1], [0, 1], kind=kind, effect=effect)


def test_a_return_is_refused_without_a_control_group():
    with pytest.raises(InvalidInputError) as caught:
        roi([1.0, 2.0], None, cost=1)
    assert caught.value.field == "control"
    with pytest.raises(InsufficientDataError):
        roi([1.0, 2.0], [], cost=1)
    with pytest.raises(InvalidInputError):
        roi([1.0, 2.0], [1.0, 2.0], cost=0)


def test_a_return_counts_only_what_would_not_have_come_anyway():
    """Everybody spends ten; those reached spend three more, and reaching each cost one: 1 becomes 3."""
    found = roi([12.0, 14.0] * 100, [9.0, 11.0] * 100, cost=200)
    assert found.value == pytest.approx(2)
    assert found.low < 2 < found.high
