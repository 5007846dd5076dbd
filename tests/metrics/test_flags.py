"""Rates of counts and of columns are the same, by group and with weights, in every kind of column."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from unified_profile import metrics
from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import churn_rate, conversion, nps, proportion, recoverable_value

RATES = [
    metrics.abandonment_rate, metrics.churn_after_complaint, metrics.churn_rate, metrics.closed_loop_rate,
    metrics.complaint_rate, metrics.conversion, metrics.engagement, metrics.proportion, metrics.repeat_rate,
    metrics.response_rate,
]  # fmt: skip
flags = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=30).filter(
    lambda column: any(each is not None for each in column)
)


@pytest.mark.parametrize("rate", RATES)
@given(flags)
def test_a_column_and_its_counts_give_the_same_rate(rate, column):
    known = [each for each in column if each is not None]
    found, counted = rate(column), rate(sum(known), len(known))
    assert (found.value, found.low, found.high, found.n) == (counted.value, counted.low, counted.high, counted.n)
    assert found.n_missing == len(column) - len(known)
    assert 0 <= found.low <= found.high <= 1


YES = [True, False, None, True]
COLUMNS = [
    YES, tuple(YES), [1, 0, None, 1], [1.0, 0.0, float("nan"), 1.0], [np.True_, np.False_, None, np.True_],
    np.array([1.0, 0.0, np.nan, 1.0]), np.array(YES, dtype=object), pd.Series(YES), pd.Series(YES, dtype="boolean"),
    pd.Series(YES, dtype="bool[pyarrow]"), pl.Series(YES), pa.array(YES), pa.chunked_array([YES[:1], YES[1:]]),
]  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS, ids=[f"column {i}" for i in range(len(COLUMNS))])
def test_every_kind_of_column_of_truth_values_is_read(column):
    found = conversion(column)
    assert (found.value, found.n, found.n_missing) == (2 / 3, 3, 1)


def test_whole_columns_of_numpy_and_frames_are_read_without_missing_values():
    for column in (np.array([True, False]), pd.Series([True, False]), pl.Series([True, False]), np.array([1, 0])):
        assert conversion(column).value == 0.5


@pytest.mark.parametrize("column", ([2, 0], [0.5], ["yes"], "yes", {True: 1}, {True}, [[True]], np.array(["a"])))
def test_what_is_neither_true_nor_false_is_refused(column):
    with pytest.raises(InvalidInputError):
        conversion(column)


def test_counts_and_columns_are_not_mixed():
    asked: Any = conversion  # as a caller without a checker may ask
    for call in (
        lambda: asked([True], 3), lambda: asked(3), lambda: asked(1, 3, by=["a"]),
        lambda: asked(1, 3, weights=[1]), lambda: asked([True], correction="bonferroni"),
        lambda: asked([True, False], by=["a", "b"], correction="holm"),
    ):  # fmt: skip
        with pytest.raises(InvalidInputError):
            call()
    for call in (lambda: asked([]), lambda: asked([None]), lambda: asked([], by=[])):
        with pytest.raises(InsufficientDataError):
            call()


def test_weights_weigh_and_widen():
    found = proportion([True, False], weights=[3, 1])
    assert found.value == 0.75
    assert any("unequal weights" in note for note in found.warnings)
    assert proportion([True, False] * 50, weights=[2] * 100) == proportion([True, False] * 50)


def test_bonferroni_widens_the_intervals_of_many_groups_until_all_hold():
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(10), 300)
    assert nps([10, 3], by=[0, 1], correction="bonferroni")[0].level == pytest.approx(1 - 0.05 / 2)
    together = alone = 0
    for _ in range(200):
        scores = rng.choice([3, 8, 10], p=(0.2, 0.3, 0.5), size=3000)
        wide, narrow = nps(scores, by=groups, correction="bonferroni"), nps(scores, by=groups)
        together += all(each.low <= 30 <= each.high for each in wide.values())
        alone += all(each.low <= 30 <= each.high for each in narrow.values())
    assert together / 200 >= 0.92
    assert alone / 200 < 0.75


def test_recoverable_value_rests_on_a_measured_rate():
    found = recoverable_value([100, 50, None], conversion(20, 100))
    assert (found.value, found.n, found.n_missing) == (30, 2, 1)
    assert found.low == pytest.approx(150 * conversion(20, 100).low)
    by = recoverable_value([100, 50, None], conversion(20, 100), by=["EUR", "JPY", "USD"])
    assert (by["EUR"].value, by["USD"].known) == (20, False)
    wrong: Any = recoverable_value
    for values, rate in (([-1], conversion(1, 2)), ([1], nps([10, 3])), ([1], 0.2), ([float("inf")], conversion(1, 2))):
        with pytest.raises(InvalidInputError):
            wrong(values, rate)


@given(
    st.lists(
        st.one_of(st.none(), st.integers(-5, 5), st.sampled_from(["a", "b"]), st.tuples(st.integers(0, 1))), min_size=1
    )
)
def test_groups_of_any_kind_lose_no_row(keys):
    found = churn_rate([True] * len(keys), by=keys)
    assert sum(each.n for each in found.values()) == len(keys)
    assert set(found) == set(keys)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50))
def test_far_apart_whole_numbers_are_told_apart(keys):
    column = np.array(keys * 2, dtype=np.int64)
    found = churn_rate([True] * len(column), by=column)
    assert {key: each.n for key, each in found.items()} == {key: 2 * keys.count(key) for key in keys}
