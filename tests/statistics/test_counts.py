"""Chi-squared and binomial numbers equal scipy's; an interval of ranks holds the percentile as often as it says."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from unified_profile.errors import InvalidInputError
from unified_profile.statistics import chi_squared_tail, percentile_ranks


@given(st.floats(0, 900), st.floats(0.5, 400))
def test_the_chi_squared_tail_equals_scipys(x, df):
    assert chi_squared_tail(x, df) == pytest.approx(stats.chi2.sf(x, df), rel=1e-8, abs=1e-13)


@given(st.integers(1, 3000), st.floats(0.01, 0.99), st.floats(0.5, 0.999))
def test_the_ranks_are_the_narrowest_that_hold_on_each_side(n, q, level):
    low, high = percentile_ranks(n, q, level=level)
    tail = (1 - level) / 2
    assert 0 <= low <= high <= n + 1
    assert stats.binom.cdf(low - 1, n, q) <= tail * (1 + 1e-9)
    assert stats.binom.cdf(low, n, q) >= tail * (1 - 1e-9)
    assert stats.binom.sf(high - 1, n, q) <= tail * (1 + 1e-9)
    assert stats.binom.sf(high - 2, n, q) >= tail * (1 - 1e-9)


def test_ranks_of_skewed_numbers_cover_their_median():
    rng = np.random.default_rng(3)
    low, high = percentile_ranks(50, 0.5)
    sample = np.sort(rng.lognormal(0, 2, size=(4000, 50)), axis=1)
    assert ((sample[:, low - 1] <= 1) & (sample[:, high - 1] >= 1)).mean() >= 0.945


REFUSED = {
    "negative": lambda: chi_squared_tail(-1, 2),
    "no freedom": lambda: chi_squared_tail(1, 0),
    "nobody": lambda: percentile_ranks(0, 0.5),
    "no quantile": lambda: percentile_ranks(5, 1.0),
    "no level": lambda: percentile_ranks(5, 0.5, level=95),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_what_is_no_distribution_is_refused(call):
    with pytest.raises(InvalidInputError):
        call()
