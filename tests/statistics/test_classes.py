"""What the classes of a net score tell about a gap, and that they never speak alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from scipy.stats import multivariate_normal, norm

from unified_profile.errors import InvalidInputError
from unified_profile.metrics import nps
from unified_profile.statistics import Estimate, gap_below, net_gap_below
from unified_profile.statistics.classes import either


def score(detractors: int, passives: int, promoters: int, **options: Any) -> Estimate:
    found: Estimate = nps([0] * detractors + [8] * passives + [10] * promoters, **options)
    return found


mixes = st.tuples(*[st.integers(0, 60)] * 3).filter(any).map(lambda counts: score(*counts))


def test_the_chance_of_either_is_what_the_bivariate_normal_distribution_says():
    for p in (1e-6, 0.008, 0.05, 0.4, 0.7):
        for correlation in (0.0, 0.3, 0.87, 0.97, 0.999):
            both = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]])
            below = both.cdf([norm.isf(p), norm.isf(p / 2)])
            assert either(p, correlation) == pytest.approx(1 - below, abs=2e-5)
    assert 1e-6 < either(1e-6, 0.95) < 1.5e-6
    assert (either(0, 0.9), either(1, 0.9)) == (0, 1)


@given(mixes, st.lists(mixes, min_size=1, max_size=4))
def test_a_gap_is_a_probability_whatever_the_classes_and_the_same_from_the_other_side(one, rest):
    gap, p = net_gap_below(one, rest)
    assert gap == gap_below(one, rest)[0]
    assert 0 <= p <= 1
    mirrored = [
        Estimate(-e.value, -e.high, -e.low, n=e.n, method=e.method, bounds=e.bounds, classes=e.classes[::-1])
        for e in (one, *rest)
    ]
    assert net_gap_below(mirrored[0], mirrored[1:], -1) == pytest.approx((gap, p))


@given(mixes, st.lists(mixes, min_size=1, max_size=4))
def test_classes_alone_make_no_score_worse(one, rest):
    """Where the score itself is not lower by more than one chance in twenty, the probability only rises."""
    plain = gap_below(one, rest)[1]
    if plain > 0.05:
        assert net_gap_below(one, rest)[1] >= plain
    assert net_gap_below(one, rest)[1] <= 1.5 * plain


def test_without_classes_or_with_few_answers_in_one_the_gap_alone_counts():
    good, bad = score(60, 90, 150), score(90, 90, 120)
    weighted = nps([0] * 60 + [8] * 90 + [10] * 150, weights=[1, 2] * 150)
    assert weighted.classes is None
    assert good.classes == pytest.approx((0.2, 0.3, 0.5))
    assert net_gap_below(bad, [good, good])[1] != gap_below(bad, [good, good])[1]
    few = score(1, 20, 30)
    for one, rest in ((bad, [good, weighted]), (weighted, [good]), (few, [score(2, 200, 300)])):
        assert net_gap_below(one, rest) == gap_below(one, rest)


def test_twice_the_detractors_are_found_where_the_score_alone_is_unsure():
    good, bad = score(45, 105, 150), score(87, 51, 162)
    assert net_gap_below(bad, [good] * 5)[1] < 0.05 * gap_below(bad, [good] * 5)[1]


def test_classes_that_contradict_themselves_are_refused():
    for wrong in ((0.5, 0.5), (0.5, 0.2, 0.1), (1.5, -0.5, 0.0), ("a", 0.0, 1.0), [0.2, 0.3, 0.5]):
        asked: Any = wrong
        with pytest.raises(InvalidInputError):
            Estimate(0, -1, 1, n=9, method="wald", classes=asked)
