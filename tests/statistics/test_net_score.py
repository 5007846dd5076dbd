"""The score interval of a net share covers near the corners too; computed exactly over all samples, not simulated."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from unified_profile.statistics import net_score, net_share

counts = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)).filter(lambda c: sum(c) > 0)


@given(counts, st.floats(0.5, 0.999))
def test_it_stays_in_range_and_holds_the_value(c, level):
    plus, minus, _ = c
    n = sum(c)
    low, high = net_score(plus, minus, n, level=level)
    assert -1 <= low <= (plus - minus) / n <= high <= 1


@given(counts)
def test_turning_the_scale_around_turns_the_interval_around(c):
    plus, minus, _ = c
    low, high = net_score(plus, minus, sum(c))
    assert net_score(minus, plus, sum(c)) == pytest.approx((-high, -low), abs=1e-12)


def coverage(interval, n, plus, minus):
    """Add up the probability of every sample whose interval holds the truth."""
    found = 0.0
    for i in range(n + 1):
        for j in range(n + 1 - i):
            low, high = interval(i, j, n)
            if low - 1e-12 <= plus - minus <= high + 1e-12:
                found += stats.multinomial.pmf([i, j, n - i - j], n, [plus, minus, max(0.0, 1 - plus - minus)])
    return found


MIXES = ((0.05, 0.9), (0.9, 0.05), (0.6, 0.05), (0.05, 0.6), (0.3, 0.3), (0.45, 0.45), (0.7, 0.25))


@pytest.mark.parametrize("n", (5, 9, 14))
def test_it_covers_92_percent_wherever_no_class_is_below_five_percent(n):
    assert min(coverage(net_score, n, plus, minus) for plus, minus in MIXES) >= 0.92


def test_it_covers_where_the_adjusted_interval_does_not():
    assert coverage(net_share, 5, 0.68, 0.0) < 0.82
    assert coverage(net_score, 5, 0.68, 0.0) > 0.92


def test_the_adjusted_interval_covers_more_than_92_percent_on_average_over_all_mixes():
    grid = [(p / 10, d / 10) for p in range(11) for d in range(11 - p)]
    for n in (5, 10):
        assert np.mean([coverage(net_share, n, plus, minus) for plus, minus in grid]) >= 0.93
