"""Bad experiences of one customer against the limit."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidInputError
from unified_profile.metrics import bad_experiences

histories = st.lists(st.sampled_from([True, False, None]), max_size=20)


@pytest.mark.parametrize(("bad", "at_risk", "left"), ((0, False, 3), (2, False, 1), (3, True, 0), (4, True, 0)))
def test_the_limit_is_reached_at_exactly_three(bad, at_risk, left):
    found = bad_experiences([True] * bad + [False] * 5)
    assert (found.count, found.at_risk, found.left) == (bad, at_risk, left)


@given(histories, st.integers(1, 10))
def test_good_experiences_do_not_make_up_for_bad_ones(history, limit):
    before = bad_experiences(history, limit=limit)
    after = bad_experiences([*history, False, False], limit=limit)
    assert (after.count, after.at_risk, after.left) == (before.count, before.at_risk, before.left)
    assert after.n == before.n + 2


@given(histories, st.randoms())
def test_order_does_not_matter(history, random):
    shuffled = history.copy()
    random.shuffle(shuffled)
    assert bad_experiences(shuffled) == bad_experiences(history)


def test_unknown_outcomes_are_counted_and_may_tip_the_limit():
    history: list[Any] = [True, True, None, math.nan, pd.NA, np.float32("nan")]
    found = bad_experiences(history)
    assert (found.count, found.n, found.n_missing) == (2, 2, 4)
    assert not found.at_risk
    assert found.perhaps_at_risk


def test_the_caller_may_say_what_is_bad():
    found = bad_experiences([1, 5, None, 2], is_bad=lambda rating: None if rating == 5 else rating <= 2, limit=2)
    assert found.to_dict() == {"count": 2, "limit": 2, "n": 2, "n_missing": 2, "at_risk": True, "left": 0}


def test_columns_are_histories():
    assert bad_experiences(np.array([True, False, True])).count == 2
    assert bad_experiences(pd.Series([True, None, True], dtype="boolean")).count == 2


@pytest.mark.parametrize("history", ([1, 0], ["yes"], "True", {True: 1}, {True, False}, 5, None))
def test_what_is_no_history_is_refused(history):
    with pytest.raises(InvalidInputError) as caught:
        bad_experiences(history)
    assert caught.value.field.startswith("history")


@pytest.mark.parametrize("verdict", ("yes", 1, []))
def test_a_verdict_that_is_no_truth_value_is_refused(verdict):
    with pytest.raises(InvalidInputError):
        bad_experiences(["late"], is_bad=lambda _: verdict)


@pytest.mark.parametrize("limit", (0, -1, 2.5, True, None))
def test_a_limit_below_one_is_refused(limit):
    with pytest.raises(InvalidInputError) as caught:
        bad_experiences([True], limit=limit)
    assert caught.value.field == "limit"
