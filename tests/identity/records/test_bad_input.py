"""Whatever a table holds, there is an answer with a note, or an error that names the column and the way out."""

import datetime as dt

import pandas as pd
import polars as pl
import pytest

from unified_profile import RecordModel, resolve
from unified_profile.errors import InvalidInputError, InvalidRulesError, UnknownNameError

TWICE = ["Taro Abe", "Taro Abe", "Hanako Mori"]


def table(**columns):
    """Return columns with ids."""
    return {"record_id": list(range(len(next(iter(columns.values()))))), **columns}


@pytest.mark.parametrize(
    "records",
    [
        [],
        pd.DataFrame({"record_id": [], "name": []}),
        pl.DataFrame({"record_id": [], "name": []}),
        {"record_id": [1, 2]},
    ],
)
def test_nothing_to_compare_is_nobody_together(records):
    found = resolve(records)
    assert found.linked == 0
    assert found.estimated.precision == 0.0


def test_columns_without_any_value_are_left_out_and_told():
    found = resolve(table(name=[None] * 20, email=[float("nan")] * 20))
    assert found.clusters == 20
    assert len([note for note in found.notes if "no value" in note]) == 2


def test_missing_values_of_every_library_are_missing():
    frame = pd.DataFrame({
        "record_id": [1, 2, 3], "name": pd.array(["Taro Abe", pd.NA, "Taro Abe"], dtype="string"),
        "dob": pd.to_datetime(pd.Series(["1990-01-01", None, "1990-01-01"])),
    })  # fmt: skip
    found = resolve(frame)
    assert found.explain(1, 2).contributions[0].level == "missing"
    assert found.explain(1, 3).together


def test_values_of_many_kinds_are_texts():
    values = ["Taro Abe", 3, 4.5, True, None, float("inf"), dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)]
    assert len(resolve(table(name=values * 10), fields={"name": "full_name"}).assignments) == 80


@pytest.mark.parametrize(
    "value", ["\ud800bc def", "Ta\x00ro \x07Abe", "名\u202eoraT", "🙂 🙂", " ", "'; drop table x; --"]
)
def test_any_text_is_compared(value):
    found = resolve(
        table(name=[value, value, *TWICE] * 3, email=["a@example.com", "b@example.com", None, None, "x"] * 3)
    )
    assert len(found.assignments) == 15
    found.explain(0, 1)


def test_texts_of_a_million_letters_do_not_hang():
    long = [("ab " * 330_000) + str(number % 2) for number in range(6)]
    found = resolve(table(name=long, email=["x" * 1_000_000 + "@example.com"] * 6), fields={"name": "full_name"})
    assert len(found.assignments) == 6


def test_rows_that_are_all_equal_are_not_compared_and_it_says_so():
    count = 20_000
    same = table(name=["Taro Abe"] * count, email=["taro@example.com"] * count, dob=["1990-01-01"] * count)
    found = resolve(same)
    assert any("no two records were compared" in note for note in found.notes)
    model = resolve(table(name=TWICE * 20, email=["a@example.com", "a@example.com", "b@example.com"] * 20)).model
    assert any("shared by too many" in note for note in resolve(same, model=model).notes) or not model.rules


def test_very_many_equal_rows_do_not_hang_and_it_is_told_that_their_keys_were_left_out():
    count = 100_000
    name = ["Taro Abe"] * count + ["Hanako Mori", "Hanako Mori", *(f"Person {chr(97 + n % 26) * 4}" for n in range(40))]
    mail = ["taro@example.com"] * count + ["mori@example.com"] * 2 + [f"p{n}@example.org" for n in range(40)]
    found = resolve(table(name=name, email=mail))
    assert len(found.match_weights) < 10_000
    assert any("shared by too many" in note for note in found.notes)
    assert found.linked <= 1


def test_one_row_is_one_person():
    found = resolve(table(name=["Taro Abe"], email=["taro@example.com"]))
    assert (found.clusters, found.linked, len(found.review()["match_weight"])) == (1, 0, 0)


@pytest.mark.parametrize(
    ("records", "field"),
    [
        (table(name=[["a"], ["b"]]), "name, row 0"),
        (pl.DataFrame({"record_id": [1, 2], "name": [["a"], ["b"]]}), "name, row 0"),
        (pd.DataFrame({"record_id": [1, 1], "name": ["a", "b"]}), "record_id"),
        (table(name=[b"Taro"]), "name, row 0"),
        ([{"record_id": 1, 2: "x"}], "records"),
        ("a text", "records"),
        ({"record_id": [1, 2], "name": ["a"]}, "records"),
    ],
)
def test_a_column_that_cannot_be_read_is_named_and_its_values_are_not(records, field):
    with pytest.raises(InvalidInputError) as caught:
        resolve(records)
    assert caught.value.field == field
    assert "Taro" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"threshold": float("nan")}, InvalidInputError),
        ({"threshold": "high"}, InvalidInputError),
        ({"record_id": "key"}, UnknownNameError),
        ({"link_only": "source"}, UnknownNameError),
        ({"fields": {"name": "nickname"}}, UnknownNameError),
        ({"fields": ["name"]}, InvalidInputError),
    ],
)
def test_options_that_cannot_be_are_refused(options, error):
    with pytest.raises(error):
        resolve(table(name=TWICE), **options)


@pytest.mark.parametrize("data", [None, {}, {"format": 1}, {"format": 99}, {"format": 1, "fields": 7}])
def test_what_is_no_model_is_no_model(data):
    with pytest.raises(InvalidRulesError):
        RecordModel.from_json(data)
