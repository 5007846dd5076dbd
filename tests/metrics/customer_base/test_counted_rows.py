"""Rows are counted before they are checked where that is quicker: nothing impossible slips through by that."""

import math

import numpy as np
import pytest

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.customer_base import BgNbd


@pytest.mark.parametrize(
    ("column", "value", "field"),
    (
        ("frequency", -1, "frequency"), ("frequency", 1.5, "frequency"), ("frequency", math.nan, "frequency"),
        ("frequency", 0, "recency"), ("recency", 0, "recency"), ("recency", -7, "recency"), ("recency", 300, "recency"),
        ("recency", math.nan, "recency"), ("T", math.nan, "T"), ("T", -1, "recency"), ("T", math.inf, "T"),
    ),
)  # fmt: skip
def test_one_impossible_row_among_rows_that_can_be_counted_is_found(column, value, field):
    rows = {"frequency": np.tile([0.0, 2.0], 500), "recency": np.tile([0.0, 14.0], 500), "T": np.full(1000, 200.0)}
    rows[column][501] = value
    with pytest.raises(InvalidInputError) as caught:
        BgNbd().fit(rows, unit="day")
    assert caught.value.field == field
    assert "position 501" in str(caught.value)


def test_a_recency_rounded_above_the_end_is_taken_for_the_end():
    rows = {"frequency": np.tile([0.0, 2.0, 1.0], 500), "recency": np.tile([0.0, 14.0, 200.0], 500)}
    rows |= {"T": np.full(1500, 200.0)}
    exact = BgNbd().fit(rows, unit="day").result_
    rows["recency"][2] += 1e-8
    found = BgNbd().fit(rows, unit="day").result_
    assert (found.n_rows, found.log_likelihood) == (exact.n_rows, exact.log_likelihood) == (3, exact.log_likelihood)
