"""A table of any library, and values of any kind that such tables hold, are read as what they mean."""

import datetime as dt
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from unified_profile import resolve
from unified_profile.errors import InvalidInputError
from unified_profile.identity.records.fields import encoded
from unified_profile.identity.records.table import read

from .test_resolve import people

ROWS = [
    {"record_id": 1, "name": "Hanako Mori", "dob": dt.date(1961, 4, 5), "city": "Osaka", "phone": 661234567},
    {"record_id": 2, "name": "Hanako Mory", "dob": dt.date(1961, 4, 5), "city": "Osaka", "phone": 661234567},
    {"record_id": 3, "name": "Taro Abe", "dob": dt.date(1999, 12, 31), "city": None, "phone": None},
]
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}
PANDAS = pd.DataFrame(ROWS).astype({"city": "category"})
POLARS = pl.DataFrame(ROWS)
ARROW = pa.Table.from_pylist(ROWS)


def times(unit):
    """Return the frame with dates that count in *unit*."""
    return PANDAS.assign(dob=pd.to_datetime(pd.Series(COLUMNS["dob"])).dt.as_unit(unit))


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (ROWS, dict), (iter(ROWS), dict), ([MappingProxyType(row) for row in ROWS], dict), (COLUMNS, dict),
        ({name: np.array(values, dtype=object) for name, values in COLUMNS.items()}, dict),
        (PANDAS, pd.DataFrame), (pd.DataFrame(ROWS, index=[5, 5, 5]), pd.DataFrame),
        (PANDAS.convert_dtypes(), pd.DataFrame), (PANDAS.convert_dtypes(dtype_backend="pyarrow"), pd.DataFrame),
        *((times(unit), pd.DataFrame) for unit in ("s", "ms", "us", "ns")),
        (times("ns").assign(dob=times("ns").dob.dt.tz_localize("Asia/Tokyo")), pd.DataFrame),
        (POLARS, pl.DataFrame), (POLARS.lazy(), pl.DataFrame),
        (POLARS.with_columns(pl.col("dob").cast(pl.Datetime("ns")), pl.col("city").cast(pl.Categorical)), pl.DataFrame),
        (ARROW, pa.Table), (pa.concat_tables([ARROW[:1], ARROW[1:]]), pa.Table),
    ],
)  # fmt: skip
def test_the_same_table_of_any_library_reads_the_same(table, kind):
    expected = {
        "name": ["Hanako Mori", "Hanako Mory", "Taro Abe"], "dob": ["1961-04-05", "1961-04-05", "1999-12-31"],
        "city": ["Osaka", "Osaka", None], "phone": ["661234567", "661234567", None],
    }  # fmt: skip
    keep = list(table) if not hasattr(table, "__len__") and not hasattr(table, "collect") else table
    assert read(keep, record_id="record_id").columns == expected
    found = resolve(keep)
    assert isinstance(found.assignments, kind)
    assert isinstance(found.links, kind)
    assert isinstance(found.review(), kind)
    assert found.explain(1, 2).together


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(7), "7"), (np.float64(7.0), "7"), (np.float32(2.5), "2.5"), (np.str_("Mori"), "Mori"),
        (np.array([True])[0], "True"), (np.datetime64("1961-04-05T10:00:00.000000001"), "1961-04-05"),
        (np.datetime64("NaT"), None), (pd.NaT, None), (pd.NA, None), (float("nan"), None), (float("-inf"), None),
        (Decimal("1.50"), "1.50"), (Decimal("NaN"), None), (Decimal("sNaN"), None), (Decimal("Infinity"), None),
        (pd.Timestamp("1961-04-05 10:00"), "1961-04-05"), (dt.time(3), "03:00:00"), (10**300, str(10**300)),
        (UUID(int=7), str(UUID(int=7))), (True, "True"), ("", None),
    ],
)  # fmt: skip
def test_a_value_is_read_as_what_it_means(value, text):
    assert read([{"record_id": 1, "x": value}], record_id="record_id").columns["x"] == [text]


@pytest.mark.parametrize(
    "value",
    [
        10**5000, b"Taro", bytearray(b"Taro"), ("Taro",), {"a": "Taro"}, {"Taro"}, 1j, object(),
        np.array(["Taro", "Jiro"]), pd.Series(["Taro", "Jiro"]), dt.timedelta(3), np.timedelta64(3, "ns"),
        pd.Interval(0, 1),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_value_that_is_no_text_number_or_date_is_refused_by_its_column_and_row(value):
    with pytest.raises(InvalidInputError, match=r"^x, row 1: .*leave it out$") as caught:
        resolve([{"record_id": 1, "x": "a"}, {"record_id": 2, "x": value}])
    assert "Taro" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (pd.DataFrame(ROWS).rename(columns={"city": 7}), "no text"),
        (pd.concat({"a": pd.DataFrame(ROWS)}, axis=1), "no text"),
        (pd.DataFrame([[1, "a", "b"]], columns=["record_id", "name", "name"]), "one name"),
        (pa.Table.from_arrays([pa.array([1]), pa.array(["a"]), pa.array(["b"])], ["record_id", "x", "x"]), "one name"),
    ],
)
def test_columns_whose_names_cannot_be_used_are_refused(table, reason):
    with pytest.raises(InvalidInputError, match=reason):
        resolve(table)


@pytest.mark.parametrize("ids", [[np.int64(1), np.int64(2)], [1.0, 2.0], np.array([1, 2]), pd.array([1, 2])])
def test_ids_may_be_numbers_of_any_library(ids):
    found = resolve([{"record_id": one, "name": "Taro Abe"} for one in ids]).assignments
    assert [*found] == [1, 2]


@pytest.mark.parametrize("one", [None, float("nan"), pd.NA, pd.NaT, UUID(int=7), Decimal(1), dt.date(2020, 1, 1)])
def test_an_id_that_is_missing_or_of_another_kind_is_refused_by_its_row(one):
    with pytest.raises(InvalidInputError, match=r"^record_id, row 1: (missing|a [A-Za-z]+); a text or whole number"):
        resolve([{"record_id": 1, "name": "a"}, {"record_id": one, "name": "b"}])


def test_what_a_generator_raises_is_not_hidden():
    def rows():
        yield ROWS[0]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        resolve(rows())


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=4), min_size=200, max_size=240))
@settings(max_examples=15)
def test_a_large_frame_of_texts_reads_as_its_cells_do(texts):
    """A frame tells its distinct texts by itself; they are those that somebody sees who looks at every cell."""
    told = {"record_id": list(range(len(texts))), "name": texts}
    expected = read(told, record_id="record_id").columns["name"]
    polars = pl.DataFrame(told, schema_overrides={"name": pl.String})
    frames = [
        polars, pl.concat([polars[:9], polars[9:]], rechunk=False),
        pa.table({**told, "name": pa.array(texts, pa.string())}),
        pa.concat_tables([pa.table({**told, "name": pa.array(texts, pa.large_string())})[part]
                          for part in (slice(9), slice(9, None))]),
        pd.DataFrame(told).astype({"name": "string"}), pd.DataFrame(told).astype({"name": object}),
    ]  # fmt: skip
    for frame in frames:
        column = read(frame, record_id="record_id").columns["name"]
        assert list(column) == expected
        assert column[3:50] == expected[3:50]
        assert column[7] == expected[7]
        distinct, codes = encoded(column)
        again, numbers = encoded(expected)
        assert distinct == again
        assert np.array_equal(codes, numbers)


def test_what_is_found_does_not_depend_on_the_kind_of_a_large_table():
    rows, _ = people(150)
    told = {name: [row[name] for row in rows] for name in rows[0]}
    expected = resolve(told)
    for table in (pl.DataFrame(told), pd.DataFrame(told), pa.table(told)):
        found = resolve(table)
        assert found.cluster_ids == expected.cluster_ids
        assert found.match_weights.tobytes() == expected.match_weights.tobytes()
