"""CSAT and CES: nothing is assumed of the scale, and no interval leaves it."""

import math

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import ces, csat

ratings = st.lists(st.integers(1, 7), min_size=1, max_size=50)
weighted = st.lists(st.tuples(st.integers(1, 7), st.floats(0.01, 100)), min_size=1, max_size=50)


def test_share_of_satisfied_customers_has_wilsons_interval():
    found = csat([5, 4, 4, 2], scale=(1, 5), satisfied_from=4)
    assert repr(found) == "Estimate(value=0.75, low=0.301, high=0.954, n=4, n_missing=0, method='wilson')"
    assert csat([5, 4, 4, 2], scale=(1, 5), satisfied_from=4, method="top_box") == found


def test_mean_has_students_interval():
    """Mean 3, deviation 1.5811, five answers; the printed quantile for four degrees of freedom is 2.776."""
    found = csat([1, 2, 3, 4, 5], scale=(0, 10), method="mean")
    half = 2.776445 * math.sqrt(2.5 / 5)
    assert (found.value, found.low, found.high) == pytest.approx((3, 3 - half, 3 + half), abs=1e-5)
    assert found.method == "t"


@given(ratings, st.floats(0.01, 0.999))
def test_mean_stays_on_the_scale_and_never_looks_certain(answers, level):
    found = csat(answers, scale=(1, 7), method="mean", level=level)
    assert 1 <= found.low <= found.value <= found.high <= 7
    assert found.low < found.high


@given(weighted, st.sampled_from(["mean", "top_box"]))
def test_weighted_metrics_stay_in_range(rows, method):
    answers, weights = [row[0] for row in rows], [row[1] for row in rows]
    cut = 5 if method == "top_box" else None
    found = csat(answers, scale=(1, 7), method=method, satisfied_from=cut, weights=weights)
    low, high = found.bounds
    assert low <= found.low <= found.value <= found.high <= high
    total = math.fsum(weights)
    wanted = math.fsum(w * (a if method == "mean" else a >= 5) for a, w in rows) / total
    assert found.value == pytest.approx(wanted, abs=1e-9)


@given(ratings)
def test_equal_weights_change_nothing(answers):
    for options in ({"method": "mean"}, {"satisfied_from": 5}):
        plain = csat(answers, scale=(1, 7), **options)
        heavy = csat(answers, scale=(1, 7), weights=[3] * len(answers), **options)
        assert (heavy.value, heavy.low, heavy.high) == pytest.approx((plain.value, plain.low, plain.high), abs=1e-9)


@given(ratings, st.randoms(), st.integers(2, 7))
def test_order_does_not_matter(answers, random, cut):
    shuffled = answers.copy()
    random.shuffle(shuffled)
    one, other = (csat(each, scale=(1, 7), satisfied_from=cut) for each in (answers, shuffled))
    assert one == other


@given(ratings, st.integers(2, 6))
def test_a_higher_cut_never_finds_more_satisfied(answers, cut):
    lower, higher = (csat(answers, scale=(1, 7), satisfied_from=each) for each in (cut, cut + 1))
    assert higher.value <= lower.value


@given(ratings, st.integers(2, 7))
def test_turning_the_scale_around_gives_the_same_effort(answers, cut):
    turned = [8 - answer for answer in answers]
    easy = ces(answers, scale=(1, 7), high_is="easy", method="top_box", easy_from=cut)
    hard = ces(turned, scale=(1, 7), high_is="hard", method="top_box", easy_from=8 - cut)
    assert easy == hard


def test_mean_effort_stays_on_the_scale_as_asked():
    assert ces([1, 2], scale=(1, 7), high_is="hard", method="mean").value == 1.5
    assert ces([1, 2], scale=(1, 7), high_is="easy", method="mean").value == 1.5


@pytest.mark.parametrize(
    ("answers", "warning", "method"),
    (([5], "a single answer", "rule_of_three"), ([4, 4, 4], "all ratings are equal", "rule_of_three")),
)
def test_a_mean_of_equal_or_single_ratings_warns_and_keeps_an_interval(answers, warning, method):
    found = csat(answers, scale=(1, 5), method="mean")
    assert found.method == method
    assert warning in found.warnings
    assert found.low < found.high


def test_a_share_of_all_or_none_warns():
    assert csat([5, 5], scale=(1, 5), satisfied_from=4).warnings == ("all ratings fall on one side of the cut",)


def test_one_weight_that_outweighs_the_rest_leaves_the_whole_scale():
    found = csat([1, 5], scale=(1, 5), method="mean", weights=[1, 1000])
    assert (found.low, found.high) == pytest.approx((1, 5))
    assert any("outweighs" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("options", "field"),
    (
        ({"scale": (1, 5)}, "method"),
        ({"scale": (1, 5), "method": "median"}, "method"),
        ({"scale": (1, 5), "method": "top_box"}, "satisfied_from"),
        ({"scale": (1, 5), "method": "mean", "satisfied_from": 4}, "satisfied_from"),
        ({"scale": (1, 5), "satisfied_from": 6}, "satisfied_from"),
        ({"scale": (1, 5), "satisfied_from": 1}, "satisfied_from"),
        ({"scale": (5, 1), "method": "mean"}, "scale"),
        ({"scale": (1, math.inf), "method": "mean"}, "scale"),
        ({"scale": 5, "method": "mean"}, "scale"),
        ({"scale": (1, 4), "method": "mean"}, "ratings"),
        ({"scale": (1, 5), "method": "mean", "level": 95}, "level"),
    ),
)
def test_a_question_that_does_not_say_or_says_two_things_is_refused(options, field):
    with pytest.raises(InvalidInputError) as caught:
        csat([5, 4], **options)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("options", "field"),
    (
        ({"high_is": "good", "method": "mean"}, "high_is"),
        ({"high_is": "easy", "method": "top_box"}, "easy_from"),
        ({"high_is": "easy", "method": "top_box", "easy_from": 1}, "easy_from"),
        ({"high_is": "hard", "method": "top_box", "easy_from": 7}, "easy_from"),
        ({"high_is": "hard", "method": "mean", "easy_from": 3}, "easy_from"),
    ),
)
def test_an_effort_without_a_direction_or_cut_is_refused(options, field):
    with pytest.raises(InvalidInputError) as caught:
        ces([5, 4], scale=(1, 7), **options)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("metric", "options"), ((csat, {"method": "mean"}), (ces, {"scale": (1, 7), "method": "mean"}))
)
def test_scale_and_direction_have_no_default(metric, options):
    with pytest.raises(TypeError):
        metric([5, 4], **options)


def test_no_ratings_are_refused_and_an_empty_group_says_so():
    with pytest.raises(InsufficientDataError):
        csat([None], scale=(1, 5), method="mean")
    found = ces([5, None], scale=(1, 7), high_is="easy", method="mean", by=["a", "b"])
    assert found["a"].n == 1
    assert (found["b"].low, found["b"].high, found["b"].n_missing) == (1, 7, 1)
