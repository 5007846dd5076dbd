"""NPS and the difference of two: published values, laws, and what may not pass in silence."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import nps, nps_difference

scores = st.lists(st.integers(0, 10), min_size=1, max_size=60)
with_gaps = st.lists(st.one_of(st.none(), st.integers(0, 10)), min_size=1, max_size=60).filter(
    lambda answers: any(answer is not None for answer in answers)
)
methods = st.sampled_from(["auto", "adjusted_wald", "score", "wald"])


@pytest.mark.parametrize(
    ("counts", "expected"),
    (
        ((15, 50, 100), (35, 19.919, 48.0422)),
        ((2, 19, 36), (47.2222, 24.0677, 63.1117)),
        ((300, 450, 1000), (15, 9.6788, 20.2315)),
    ),
)
def test_nps_equals_reference_values(counts, expected):
    detractors, promoters, n = counts
    answers = [0] * detractors + [10] * promoters + [8] * (n - detractors - promoters)
    found = nps(answers, method="adjusted_wald")
    assert (found.value, found.low, found.high) == pytest.approx(expected, abs=1e-4)
    assert bool(found.warnings) == (detractors < 5)
    if detractors >= 5:
        assert nps(answers) == found


def test_classes_are_the_published_ones():
    assert [nps([score]).value for score in range(11)] == [-100] * 7 + [0] * 2 + [100] * 2


@given(with_gaps, methods, st.floats(0.01, 0.999))
def test_nps_stays_in_range_holds_its_value_and_counts_gaps(answers, method, level):
    found = nps(answers, method=method, level=level)
    assert -100 <= found.low <= found.value <= found.high <= 100
    assert found.n + found.n_missing == len(answers)
    assert found.n_missing == answers.count(None)
    assert found.level == level


@given(with_gaps, st.randoms())
def test_order_of_answers_does_not_change_nps(answers, random):
    shuffled = answers.copy()
    random.shuffle(shuffled)
    assert nps(shuffled) == nps(answers)


@given(scores, st.data())
def test_a_better_answer_never_lowers_nps(answers, data):
    index = data.draw(st.integers(0, len(answers) - 1))
    better = answers.copy()
    better[index] = data.draw(st.integers(answers[index], 10))
    before, after = nps(answers), nps(better)
    assert after.value >= before.value
    assert after.low >= before.low - 1e-9
    assert after.high >= before.high - 1e-9


@given(scores, st.floats(1e-200, 1e200))
def test_equal_weights_change_nothing(answers, weight):
    plain, weighted = nps(answers), nps(answers, weights=[weight] * len(answers))
    assert (weighted.value, weighted.low, weighted.high) == pytest.approx(
        (plain.value, plain.low, plain.high), abs=1e-9
    )
    assert weighted.n == plain.n
    assert weighted.warnings == plain.warnings


@given(st.lists(st.tuples(st.integers(0, 10), st.floats(0.01, 100)), min_size=1, max_size=40), methods)
def test_weighted_nps_is_the_weighted_share_and_stays_in_range(rows, method):
    answers, weights = [row[0] for row in rows], [row[1] for row in rows]
    total = math.fsum(weights)
    expected = 100 * math.fsum(w * ((a >= 9) - (a <= 6)) for a, w in rows) / total
    found = nps(answers, weights=weights, method=method)
    assert found.value == pytest.approx(expected, abs=1e-9)
    assert -100 <= found.low <= found.value <= found.high <= 100


def test_weights_of_one_class_do_not_carry_the_score_out_of_range_by_a_rounding():
    assert nps([0, 0, 0], weights=[35.0, 17.46875, 37.5]).value == -100


def test_unequal_weights_widen_the_interval_and_say_so():
    answers = [10, 10, 0, 8] * 10
    equal, unequal = nps(answers), nps(answers, weights=[1, 1, 1, 1] * 9 + [20, 20, 20, 20])
    assert unequal.high - unequal.low > equal.high - equal.low
    assert unequal.n == 40
    assert "40 answers say as much as" in unequal.warnings[0]


def test_an_answer_without_weight_does_not_count_and_is_mentioned():
    found = nps([10, 0], weights=[1, 0])
    assert (found.value, found.n) == (100, 1)
    assert "1 answers have weight 0 and do not count" in found.warnings


def test_a_weight_matters_only_where_there_is_an_answer():
    assert nps([10, None], weights=[1, None]).value == 100
    assert nps([10, None], weights=[1, -5]).n_missing == 1


@pytest.mark.parametrize("weights", ([1, None], [1, -1], [1, math.inf], [1], "ab", [True, 1]))
def test_unusable_weights_are_refused(weights):
    with pytest.raises(InvalidInputError) as caught:
        nps([10, 9], weights=weights)
    assert caught.value.field.startswith("weights")


@pytest.mark.parametrize("answers", ([11], [-1], [6.5], [math.inf], [10, 9, 10.5]))
def test_out_of_range_and_fractional_scores_are_refused(answers):
    with pytest.raises(InvalidInputError) as caught:
        nps(answers)
    assert caught.value.field == "scores"
    with pytest.raises(InvalidInputError) as caught:
        nps_difference([1, 2], answers)
    assert caught.value.field == "second"


def test_the_message_names_the_place_and_the_way_out():
    with pytest.raises(InvalidInputError, match=r"2 of 4 \(the first at position 1\) are outside 0 to 10"):
        nps([10, 11, 9, 12])


def test_whole_numbers_as_floats_are_scores():
    assert nps([10.0, 0.0]).value == 0


@pytest.mark.parametrize("answers", ([], [None], [math.nan, None], np.array([])))
def test_no_answers_at_all_are_refused(answers):
    with pytest.raises(InsufficientDataError) as caught:
        nps(answers)
    assert (caught.value.metric, caught.value.n, caught.value.needed) == ("nps", 0, 1)


@pytest.mark.parametrize(
    ("answers", "warning"),
    (([10], "a single answer"), ([10, 9, 1, 8], "only 4 answers"), ([10] * 9, "all answers fall into one class")),
)
def test_degenerate_answers_are_answered_with_a_warning(answers, warning):
    found = nps(answers)
    assert warning in found.warnings
    assert found.low < found.high


@pytest.mark.parametrize("answers", ([10] * 9 + [3], [10, 8] * 10, [3, 3, 7, 8, 0], [10, 8] * 99 + [0] * 4))
def test_where_a_class_has_hardly_an_answer_the_score_interval_is_taken(answers):
    (warning,) = nps(answers, method="adjusted_wald").warnings
    assert "too narrow, method='score' is not" in warning
    assert nps(answers) == nps(answers, method="score")
    assert not nps(answers).warnings
    enough = nps([*answers, *[10, 8, 3] * 5])
    assert (enough.method, enough.warnings) == ("adjusted_wald", ())


def test_walds_interval_is_offered_by_name_and_has_no_width_where_all_agree():
    found = nps([10] * 9, method="wald")
    assert (found.low, found.high, found.method) == (100, 100, "wald")
    assert found.warnings


@pytest.mark.parametrize("method", ("bootstrap", None, "Wald"))
def test_an_unknown_method_is_refused(method):
    with pytest.raises(InvalidInputError):
        nps([10], method=method)
    with pytest.raises(InvalidInputError):
        nps_difference([10], [9], method=method)


def test_groups_equal_their_own_answers():
    answers, channels = [10, 9, None, 3, 7, 8], ["a", "b", "a", "b", None, math.nan]
    found = nps(answers, by=channels)
    assert list(found) == ["a", "b", None]
    assert found["a"] == nps([10, None])
    assert found["b"] == nps([9, 3])
    assert found[None] == nps([7, 8])


@given(st.lists(st.tuples(st.integers(0, 10), st.sampled_from("abc")), min_size=1, max_size=60))
def test_the_whole_is_the_weighted_mean_of_its_groups(rows):
    answers, channels = [row[0] for row in rows], [row[1] for row in rows]
    groups = nps(answers, by=channels)
    assert sum(each.n for each in groups.values()) == len(answers)
    whole = sum(each.n * each.value for each in groups.values()) / len(answers)
    assert nps(answers).value == pytest.approx(whole, abs=1e-9)


def test_weights_follow_their_answers_into_the_groups():
    found = nps([10, 0, 10, 0], by=["a", "b", "b", "a"], weights=[3, 1, 3, 1])
    assert found["a"].value == pytest.approx(50)
    assert found["b"].value == pytest.approx(50)


def test_an_empty_group_is_a_row_that_says_so():
    found = nps([10, None], by=["a", "b"])["b"]
    assert not found.known
    assert (found.low, found.high, found.n, found.n_missing) == (-100, 100, 0, 1)
    assert found.warnings == ("no answers",)


def test_no_rows_at_all_are_refused_by_group_too():
    with pytest.raises(InsufficientDataError):
        nps([], by=[])


@pytest.mark.parametrize("by", ("ab", ["a"], 5, [["a"], ["b"]], {"a", "b"}))
def test_unusable_groups_are_refused(by):
    with pytest.raises(InvalidInputError) as caught:
        nps([10, 9], by=by)
    assert caught.value.field == "by"


@given(scores, scores, methods)
def test_a_difference_is_antisymmetric_and_stays_in_range(one, other, method):
    there, back = nps_difference(one, other, method=method), nps_difference(other, one, method=method)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-9)
    assert -200 <= there.low <= there.value <= there.high <= 200
    assert there.value == pytest.approx(nps(one).value - nps(other).value, abs=1e-9)
    assert there.n == len(one) + len(other)


def test_a_difference_equals_the_formula_by_hand():
    """Promoters 19 / 10, detractors 2 / 12, of 36 / 40: adjusted by 3/4, 3/2, 3/4 on each side."""
    first, second = [10] * 19 + [0] * 2 + [8] * 15, [10] * 10 + [0] * 12 + [8] * 18
    m1, m2 = (19.75 - 2.75) / 39, (10.75 - 12.75) / 43
    variance = ((19.75 + 2.75) / 39 - m1**2) / 39 + ((10.75 + 12.75) / 43 - m2**2) / 43
    half = 1.959963984540054 * math.sqrt(variance)
    found = nps_difference(first, second, method="adjusted_wald")
    assert nps_difference(first, second).method == "score"  # only two detractors
    assert (found.low, found.high) == pytest.approx((100 * (m1 - m2 - half), 100 * (m1 - m2 + half)), abs=1e-9)
    assert found.value == pytest.approx(100 * (17 / 36 + 2 / 40))


def test_a_difference_says_which_side_is_thin():
    assert nps_difference([10], [9, 3, 5, 8, 7]).warnings == ("first: a single answer",)
    with pytest.raises(InsufficientDataError):
        nps_difference([10], [None])


@pytest.mark.parametrize("method", ("adjusted_wald", "score", "wald"))
def test_a_difference_of_weighted_answers_is_that_of_the_weighted_scores(method):
    first, second = [10, 9, 3, 8, None, 10], [6, 9, 7, 10, 0, 8]
    weights = ([2, 1, 1, 1, 5, 3], [1, 3, 1, 1, 2, 1])
    plain = nps_difference(first, second, method=method)
    found = nps_difference(first, second, weights=weights, method=method)
    assert found.value == pytest.approx(nps(first, weights=weights[0]).value - nps(second, weights=weights[1]).value)
    assert found.high - found.low > plain.high - plain.low
    assert "first: unequal weights: 5 answers say as much as 4.0" in found.warnings
    equal = nps_difference(first, second, weights=([2] * 6, None), method=method)
    assert (equal.low, equal.high) == pytest.approx((plain.low, plain.high))


@pytest.mark.parametrize("weights", ([1, 2], ([1] * 3,), ([1], [1, 1]), ([1, -1], None), "ab", 3))
def test_weights_of_a_difference_are_a_column_for_each_side(weights):
    with pytest.raises(InvalidInputError):
        nps_difference([10, 3], [9, 2], weights=weights)
