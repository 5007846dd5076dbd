"""Every way in which answers arrive gives the same number, and what is no answer is refused."""

import array
import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from unified_profile.errors import InvalidInputError
from unified_profile.metrics import csat, nps

ANSWERS = [10, 9, None, 3, 7]
CHANNELS = ["mail", None, "mail", "chat", None]

COLUMNS = {
    "list": ANSWERS,
    "tuple": tuple(ANSWERS),
    "iterator": iter(ANSWERS),
    "mixed numbers": [Decimal(10), np.int8(9), float("nan"), np.float32(3), Fraction(7)],
    "array module": array.array("d", [10, 9, float("nan"), 3, 7]),
    "numpy floats": np.array([10, 9, np.nan, 3, 7]),
    "numpy float32": np.array([10, 9, np.nan, 3, 7], dtype=np.float32),
    "numpy objects": np.array(ANSWERS, dtype=object),
    "numpy masked": np.ma.masked_array([10, 9, 0, 3, 7], mask=[False, False, True, False, False]),
    "pandas floats": pd.Series(ANSWERS, dtype="float64"),
    "pandas nullable": pd.Series(ANSWERS, dtype="Int64"),
    "pandas objects": pd.Series(ANSWERS, dtype=object),
    "pandas on arrow": pd.Series(ANSWERS, dtype="int64[pyarrow]"),
    "pandas NA in a list": [10, 9, pd.NA, 3, 7],
    "polars integers": pl.Series(ANSWERS),
    "polars NaN": pl.Series([10.0, 9.0, float("nan"), 3.0, 7.0]),
    "arrow array": pa.array(ANSWERS),
    "arrow chunks": pa.chunked_array([[10, 9, None], [3, 7]]),
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS.keys())
def test_every_kind_of_column_gives_the_same_estimate(column):
    found = nps(column)
    assert (found.value, found.n, found.n_missing) == (25, 4, 1)
    assert type(found.value) is float
    assert type(found.n) is int


GROUPS = {
    "list": CHANNELS,
    "iterator": iter(CHANNELS),
    "numpy objects": np.array(CHANNELS, dtype=object),
    "pandas": pd.Series(CHANNELS),
    "pandas categories": pd.Series(CHANNELS, dtype="category"),
    "pandas NA in a list": ["mail", pd.NA, "mail", "chat", pd.NA],
    "polars": pl.Series(CHANNELS),
    "arrow": pa.array(CHANNELS),
    "arrow chunks": pa.chunked_array([CHANNELS[:2], CHANNELS[2:]]),
}


@pytest.mark.parametrize("column", GROUPS.values(), ids=GROUPS.keys())
def test_every_kind_of_group_column_gives_the_same_rows_and_drops_none(column):
    found = nps(ANSWERS, by=column)
    assert list(found) == ["chat", "mail", None]
    assert [each.n for each in found.values()] == [1, 1, 2]


NO_ANSWERS = {
    "truth value": [True, 5],
    "numpy truth value": [np.True_, 5],
    "numpy truth values": np.array([True, False]),
    "pandas truth values": pd.Series([True, None], dtype="boolean"),
    "polars truth values": pl.Series([True, None]),
    "arrow truth values": pa.array([True, None]),
    "text": ["9", "10"],
    "numpy text": np.array(["9"]),
    "one text": "910",
    "bytes": b"\x09\x0a",
    "mapping": {9: 1},
    "set": {9, 10},
    "two dimensions": np.ones((2, 2)),
    "no dimension": np.array(5),
    "a whole frame": pd.DataFrame({"score": [1]}),
    "nested": [[1], [2]],
    "dates": [dt.date(2024, 1, 1)],
    "pandas dates": pd.Series(pd.to_datetime(["2024-01-01"])),
    "complex": np.array([1j]),
    "a single number": 5,
    "nothing": None,
    "beyond floats": [10**400],
    "beyond integers": [2**70],
}


@pytest.mark.parametrize("column", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_what_is_no_answer_is_refused(column):
    with pytest.raises(InvalidInputError) as caught:
        nps(column)
    assert caught.value.field.startswith("scores")
    assert caught.value.hint or "too large" in caught.value.reason


def test_a_text_of_a_person_is_not_repeated_in_the_message():
    answers: list[Any] = [5, "jane@example.com"]
    with pytest.raises(InvalidInputError) as caught:
        csat(answers, scale=(1, 5), method="mean")
    assert "jane" not in str(caught.value)
    assert caught.value.field == "ratings.1"


def test_the_callers_array_is_left_as_it_was():
    column = np.array([10, np.nan, 3])
    weights = np.array([2.0, 1.0, 4.0])
    nps(column, weights=weights)
    assert column.tolist()[0] == 10
    assert weights.tolist() == [2.0, 1.0, 4.0]
