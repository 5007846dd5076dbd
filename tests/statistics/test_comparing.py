"""Differences of estimates, the variance between groups, and what is left of each group without the chance."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import nps, proportion
from unified_profile.statistics import Estimate, difference, heterogeneity, shrunken

shares = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(shares, shares, st.sampled_from([None, 0.5, 0.9, 0.99]))
def test_a_difference_stays_in_range_and_turns_around(one, other, level):
    first, second = proportion(*one), proportion(*other)
    found, back = difference(first, second, level=level), difference(second, first, level=level)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))


def test_the_difference_of_two_shares_is_newcombes():
    """Newcombe (1998), Statistics in Medicine 17, table II, example (a), method 10: 56/70 and 48/80."""
    found = difference(proportion(56, 70), proportion(48, 80))
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_what_cannot_be_compared_is_refused():
    one: Any = proportion(1, 10)
    others: tuple[Any, ...] = (nps([10, 3]), proportion(1, 10, level=0.9), Estimate.unknown(bounds=(0, 1)), 0.3)
    for other in others:
        with pytest.raises(InvalidInputError):
            difference(one, other)
        with pytest.raises(InvalidInputError):
            difference(other, one)


def test_the_variance_between_groups_is_paule_and_mandels():
    """With equal standard errors it is the variance of the values less that of each."""
    values = [0.0, 4.0, 8.0, 16.0]
    found = heterogeneity([Estimate(v, v - 1.959964, v + 1.959964, n=50, method="t") for v in values])
    assert found.between**2 == pytest.approx(np.var(values, ddof=1) - 1, rel=1e-5)
    assert found.statistic == pytest.approx(np.sum((np.array(values) - 7) ** 2), rel=1e-5)
    assert found.mean == pytest.approx(7)


def test_equal_groups_have_a_uniform_p_value_and_are_drawn_together():
    """Six equal channels of a hundred answers: a raw gap of some nineteen points, of which little is left."""
    rng = np.random.default_rng(0)
    p_values, raw, left, truth = [], [], [], []
    for _ in range(300):
        groups = [nps(rng.choice([3, 8, 10], p=(0.2, 0.3, 0.5), size=100)) for _ in range(6)]
        pulled = shrunken(groups)
        p_values.append(heterogeneity(groups).p_value)
        raw.append(np.ptp([each.value for each in groups]))
        left.append(np.ptp([each.value for each in pulled]))
        truth += [each.low <= 30 <= each.high for each in pulled]
    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.09
    assert np.mean(raw) == pytest.approx(19.5, abs=1)
    assert np.mean(left) < 5
    assert np.mean(truth) >= 0.95


def test_groups_without_a_value_come_back_as_they_are():
    empty = Estimate.unknown(bounds=(-100, 100))
    groups = [nps([10] * 9 + [3]), empty, nps([10] * 5 + [3] * 5)]
    assert shrunken(groups)[1] is empty
    with pytest.raises(InsufficientDataError):
        heterogeneity([empty, groups[0]])
