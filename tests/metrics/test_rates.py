"""Rates of counted customers; and net change, which is not churn."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import churn_rate, complaint_rate, net_change, promise_kept

counts = st.integers(1, 10**9).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


@given(counts, st.floats(0.01, 0.999))
def test_rates_stay_in_range_and_hold_their_value(pair, level):
    part, whole = pair
    for rate in (churn_rate, complaint_rate):
        found = rate(part, whole, level=level)
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.value == part / whole
        assert found.n == whole


def test_new_customers_hide_losses_in_net_change_but_not_in_churn():
    """A hundred of a thousand left, a hundred and fifty came."""
    assert net_change(1000, 1050).value == -0.05
    assert churn_rate(100, 1000).value == 0.1


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_net_change_is_the_circulating_formula_and_says_what_it_hides(start, end):
    found = net_change(start, end)
    assert found.value == (start - end) / start
    assert found.low == found.value == found.high
    assert found.method == "count"
    assert "churn_rate" in found.warnings[0]


def test_an_open_promise_is_neither_kept_nor_broken():
    found = promise_kept(18, 2, still_open=5)
    assert (found.value, found.n, found.n_missing) == (0.9, 20, 5)
    with pytest.raises(InsufficientDataError):
        promise_kept(0, 0, still_open=5)


def test_no_base_is_refused():
    for call in (lambda: churn_rate(0, 0), lambda: net_change(0, 5), lambda: complaint_rate(0, 0)):
        with pytest.raises(InsufficientDataError):
            call()


@pytest.mark.parametrize(
    ("lost", "at_start", "field"),
    (
        (11, 10, "lost"),
        (-1, 10, "lost"),
        (1, -10, "at_start"),
        (1.0, 10, "lost"),
        (True, 10, "lost"),
        (np.True_, 10, "lost"),
        (1, "10", "at_start"),
        (None, 10, "lost"),
    ),
)
def test_what_is_no_count_is_refused(lost, at_start, field):
    with pytest.raises(InvalidInputError) as caught:
        churn_rate(lost, at_start)
    assert caught.value.field == field


def test_counts_of_numpy_are_counts():
    assert churn_rate(np.int64(3), np.int32(10)) == churn_rate(3, 10)


def test_a_single_observation_warns():
    assert churn_rate(1, 1).warnings == ("a single observation",)
