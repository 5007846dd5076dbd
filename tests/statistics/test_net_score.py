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


def beside_every_end(n):
    """Yield mixes whose net share lies just beside an end of some interval: coverage is least there."""
    ends = {round(end, 9) for i in range(n + 1) for j in range(n + 1 - i) for end in net_score(i, j, n)}
    for end in ends:
        for share in np.linspace(abs(end), 1, 12):
            for truth in (end - 1e-7, end + 1e-7):
                plus, minus = (share + truth) / 2, (share - truth) / 2
                if plus >= 0 and minus >= 0:
                    yield plus, minus


@pytest.mark.parametrize(("n", "least"), ((5, 0.9371), (6, 0.9496), (7, 0.9483)))
def test_it_covers_more_than_93_percent_whatever_the_mix(n, least):
    samples = np.array([(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)])
    low, high = np.array([net_score(i, j, n) for i, j, _ in samples]).T
    mixes = np.array([(plus, minus, max(0.0, 1 - plus - minus)) for plus, minus in beside_every_end(n)])
    truth = (mixes[:, 0] - mixes[:, 1])[:, None]
    chances = stats.multinomial.pmf(samples, n, mixes[:, None] / mixes.sum(axis=1)[:, None, None])
    covered = (chances * ((low - 1e-12 <= truth) & (truth <= high + 1e-12))).sum(axis=1)
    assert least <= covered.min() < least + 0.01


def test_it_covers_where_the_adjusted_interval_does_not():
    assert coverage(net_share, 5, 0.68, 0.0) < 0.82
    assert coverage(net_score, 5, 0.68, 0.0) > 0.92


def test_the_adjusted_interval_covers_more_than_92_percent_on_average_over_all_mixes():
    grid = [(p / 10, d / 10) for p in range(11) for d in range(11 - p)]
    for n in (5, 10):
        assert np.mean([coverage(net_share, n, plus, minus) for plus, minus in grid]) >= 0.93
