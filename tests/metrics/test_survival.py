"""Survival curves and the log-rank test: published results, a slow product, and intervals that stay in range."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import log_rank, survival, survival_by_bad_experiences

# Remission in weeks of 21 patients on 6-MP and 21 on placebo: Freireich et al. (1963), Blood 21, as in every textbook.
DRUG = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

histories = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def slow_curve(pairs):
    """The product, written out."""
    share, found = 1.0, {}
    for time in sorted({time for time, ended in pairs if ended}):
        at_risk = sum(other >= time for other, _ in pairs)
        share *= 1 - sum(other == time and ended for other, ended in pairs) / at_risk
        found[float(time)] = share
    return found


def test_the_published_curve_of_6_mp():
    """Kaplan and Meier's estimate as printed by Cox and Oakes (1984), table 1.1 and after."""
    curve = survival(DRUG, RELAPSED)
    shown = {row["time"]: round(row["survival"], 3) for row in curve.rows()}
    assert shown == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    # Greenwood's variance on the log-log scale, as Stata and lifelines print it.
    ends = {row["time"]: (round(row["low"], 4), round(row["high"], 4)) for row in curve.rows()}
    assert ends[6] == (0.6197, 0.9516)
    assert ends[10] == (0.5032, 0.8894)
    assert ends[23] == (0.1881, 0.6801)
    assert curve.median.value == 23
    assert survival(PLACEBO, [True] * 21).median.value == 8


def test_the_published_log_rank_test_of_6_mp():
    found = log_rank(DRUG + PLACEBO, RELAPSED + [1] * 21, by=["6-MP"] * 21 + ["placebo"] * 21)
    assert found.statistic == pytest.approx(16.79, abs=0.005)
    assert found.p_value == pytest.approx(4.17e-5, rel=0.01)
    assert found.observed == {"6-MP": 9, "placebo": 21}
    assert found.expected["6-MP"] == pytest.approx(19.25, abs=0.01)


@given(histories, st.sampled_from([int, float, 0.1]), st.floats(0.5, 0.999))
def test_the_curve_is_the_product_whatever_the_kind_of_numbers(pairs, kind, level):
    scale = kind if isinstance(kind, float) else 1
    durations = [time * scale if scale != 1 else kind(time) for time, _ in pairs]
    curve = survival(durations, [ended for _, ended in pairs], level=level)
    expected = slow_curve(pairs)
    assert curve.times.tolist() == pytest.approx([time * scale for time in expected])
    assert curve.survival.tolist() == pytest.approx(list(expected.values()), abs=1e-12)
    assert ((curve.low >= 0) & (curve.low <= curve.survival) & (curve.survival <= curve.high) & (curve.high <= 1)).all()
    for time in (0, 3 * scale, 12 * scale, 99):
        found = curve.at(time)
        assert 0 <= found.low <= found.high <= 1


@given(histories, st.integers(1, 5))
def test_equal_weights_change_nothing_and_whole_weights_repeat(pairs, times):
    durations, ended = [time for time, _ in pairs], [ended for _, ended in pairs]
    plain, heavy = survival(durations, ended), survival(durations, ended, weights=[times] * len(pairs))
    assert heavy.survival.tolist() == pytest.approx(plain.survival.tolist())
    assert heavy.low.tolist() == pytest.approx(plain.low.tolist())
    repeated = survival(durations * 2, ended * 2)
    assert repeated.survival.tolist() == pytest.approx(plain.survival.tolist())
    broken = [time + 0.5 for time in durations]
    assert survival(broken, ended, weights=[times] * len(pairs)).survival.tolist() == pytest.approx(
        survival(broken, ended).survival.tolist()
    )


def test_intervals_cover_the_truth_of_exponential_lives():
    rng = np.random.default_rng(2)
    covered = medians = 0
    for _ in range(400):
        life, seen = rng.exponential(10, 60), rng.uniform(2, 30, 60)
        curve = survival(np.minimum(life, seen), life <= seen)
        one = curve.at(5)
        covered += one.low <= np.exp(-0.5) <= one.high
        middle = curve.median
        medians += middle.low <= 10 * np.log(2) <= middle.high
    assert covered / 400 >= 0.93
    assert medians / 400 >= 0.93


def test_a_median_that_was_not_reached_has_no_value_but_a_bound():
    found = survival([1, 2, 9, 9, 9], [True, False, False, False, False]).median
    assert not found.known
    assert found.high == np.inf
    assert any("no such time is known" in note for note in found.warnings)
    assert found.to_dict()["value"] is None


def test_later_than_anybody_was_observed_nothing_is_known():
    curve = survival([1, 2, 3], [True, False, False])
    assert curve.at(3).known
    assert not curve.at(4).known
    assert any("nobody was observed" in note for note in curve.at(4).warnings)
    assert survival([1, 2], [True, True]).at(50).value == 0


def test_nobody_has_ended_yet():
    curve = survival([3, 4, 5], [False] * 3)
    assert curve.warnings == ("nobody has ended yet",)
    assert (curve.at(2).value, curve.at(2).high) == (1, 1)
    assert curve.at(2).low == pytest.approx(0.025 ** (1 / 3))


def test_unknown_durations_and_endings_are_counted():
    curve = survival([1, None, 3, float("nan"), 5], [True, True, None, False, False])
    assert (curve.n, curve.n_missing) == (2, 3)


def test_groups_come_with_the_test_of_all_and_an_empty_one_says_so():
    curves = survival(
        DRUG + PLACEBO + [None], RELAPSED + [1] * 21 + [1], by=["6-MP"] * 21 + ["placebo"] * 21 + ["none"]
    )
    assert list(curves) == ["6-MP", "none", "placebo"]
    assert curves.test is not None
    assert curves.test.statistic == pytest.approx(16.79, abs=0.005)
    assert curves["none"].warnings == ("no answers",)
    assert not curves.at(10)["none"].known
    assert curves.quantile(0.5)["placebo"].value == 8
    wide = survival(DRUG + PLACEBO, RELAPSED + [1] * 21, by=["a"] * 21 + ["b"] * 21, correction="bonferroni")
    assert wide["a"].level == 0.975


def test_equal_groups_are_told_apart_in_one_of_twenty():
    rng = np.random.default_rng(4)
    found = [
        log_rank(rng.exponential(5, 90), rng.random(90) < 0.7, by=[0, 1, 2] * 30).p_value <= 0.05 for _ in range(400)
    ]
    assert 0.02 <= np.mean(found) <= 0.085


def test_columns_of_frames_are_read():
    frame = pd.DataFrame(
        {"days": pd.Series([1, 2, None], dtype="Int64"), "left": pd.Series([True, False, None], dtype="boolean")}
    )
    assert survival(frame["days"], frame["left"]).n == 2


REFUSED = {
    "negative": lambda: survival([-1], [True]),
    "infinite": lambda: survival([float("inf")], [True]),
    "lengths": lambda: survival([1, 2], [True]),
    "level": lambda: survival([1], [True], level=95),
    "weights": lambda: survival([1], [True], weights=[-1]),
    "quantile": lambda: survival([1], [True]).quantile(1),
    "time": lambda: survival([1], [True]).at(-1),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_what_is_no_lifetime_is_refused(call):
    with pytest.raises(InvalidInputError):
        call()


def test_nobody_to_observe_is_refused():
    for call in (
        lambda: survival([], []), lambda: survival([None], [True]), lambda: survival([None], [True], by=["a"]),
        lambda: survival([1], [True], weights=[0]),
        lambda: log_rank([1, 2], [True, True], by=["a", "a"]), lambda: log_rank([1, 2], [False, False], by=["a", "b"]),
    ):  # fmt: skip
        with pytest.raises(InsufficientDataError):
            call()


def test_each_bad_experience_starts_a_clock_of_its_own():
    found = survival_by_bad_experiences([[], [2.0], [1.0, 4.0, 5.0, 6.0]], [10, 5, 9], [False, True, True])
    assert {count: curve.n for count, curve in found.items()} == {0: 3, 1: 2, 2: 1, 3: 1}
    assert found[1].times.tolist() == [3.0]
    assert found[3].times.tolist() == [4.0]


def test_long_lives_do_not_look_safer_for_having_had_time_for_more():
    """A constant hazard whatever happened: the counts of whole lives would make many bad experiences look healthy."""
    rng = np.random.default_rng(1)
    life = rng.exponential(10, 3000)
    bad = [np.sort(rng.uniform(0, end, rng.poisson(end / 5))).tolist() for end in life]
    found = survival_by_bad_experiences(bad, life, [True] * len(life))
    truth = np.exp(-0.5)
    for curve in found.values():
        assert curve.at(5).low - 0.02 <= truth <= curve.at(5).high + 0.02
    naive = survival(life, [True] * len(life), by=[min(3, len(each)) for each in bad])
    assert naive[3].at(5).value > naive[0].at(5).value + 0.3


def test_experiences_after_the_end_are_refused():
    for bad, limit in (([[5.0]], 3), ([[-1.0]], 3), ([[None]], 3), ([[1.0]], 0), ([], 3)):
        with pytest.raises(InvalidInputError):
            survival_by_bad_experiences(bad, [2], [True], limit=limit)
    with pytest.raises(InsufficientDataError):
        survival_by_bad_experiences([[]], [None], [True])
