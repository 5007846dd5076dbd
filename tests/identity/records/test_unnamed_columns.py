"""Columns that are called nothing, that repeat others, or that are about things instead of people."""

import random

import pytest

from unified_profile import resolve

from .test_quality import made_up
from .test_shared_lives import Town

COLUMNS, TRUTH = made_up(1_500, 101)
NAMELESS = {
    name if name == "record_id" else f"col{place}": values for place, (name, values) in enumerate(COLUMNS.items())
}


def role_of(found):
    return {name: guess.role for name, guess in found.roles.items()}


def test_columns_that_are_called_nothing_are_known_by_their_values():
    found = resolve(NAMELESS)
    roles = role_of(found)
    assert {roles.pop("col1"), roles.pop("col2")} == {"given_name", "family_name"}  # whichever varies more
    assert roles == {
        "col3": "birth_date", "col4": "email", "col5": "phone", "col6": "street", "col7": "city", "col8": "postcode",
    }  # fmt: skip
    assert found.evaluate(TRUTH).pairwise.f1 == pytest.approx(resolve(COLUMNS).evaluate(TRUTH).pairwise.f1, abs=0.01)


def test_words_in_a_table_that_has_names_stay_unknown():
    rng = random.Random(1)
    more = [rng.choice(COLUMNS["city"]) for _ in COLUMNS["city"]]
    assert resolve({**COLUMNS, "col9": more}).roles["col9"].role == "ignored"


@pytest.fixture(scope="module")
def titles():
    """Return titles of goods, told again with words left out and in another order."""
    town, rows = Town(5), []
    words = [town.word(3) for _ in range(80)]
    for thing in range(300):
        kept = [*town.rng.sample(words, 4), f"{town.word(1).upper()}-{town.rng.randrange(100, 9999)}"]
        for _ in range(town.rng.choice((1, 2, 3))):
            said = kept[town.rng.randrange(2) :]
            town.rng.shuffle(said)
            rows.append((thing, " ".join(said)))
    return (
        {"record_id": [*range(len(rows))], "title": [title for _, title in rows], "price": [*range(len(rows))]},
        {place: thing for place, (thing, _) in enumerate(rows)},
    )


def test_things_are_told_apart_by_what_is_written_of_them(titles):
    columns, truth = titles
    found = resolve(columns)
    assert role_of(found) == {"title": "text", "price": "ignored"}
    assert found.evaluate(truth).pairwise.f1 > 0.95


def test_a_year_of_birth_alone_tells_namesakes_apart():
    town = Town(6)
    people = [town.person() for _ in range(800)]
    short = [{"name": f"{one['first_name']} {one['last_name']}", "birth_year": one["dob"][:4]} for one in people]
    columns, truth = town.records(short)
    with_year = resolve(columns).evaluate(truth).pairwise
    without = (
        resolve({name: values for name, values in columns.items() if name != "birth_year"}).evaluate(truth).pairwise
    )
    assert with_year.precision > without.precision + 0.1
    assert with_year.f1 > without.f1 + 0.03


def repeated():
    """Return the columns with others that repeat them, each with gaps of its own."""
    rng = random.Random(3)
    first, last = COLUMNS["first_name"], COLUMNS["last_name"]
    whole = [f"{a} {b}" if a and b and rng.random() < 0.9 else None for a, b in zip(first, last, strict=True)]
    again = [value if rng.random() < 0.9 else None for value in last]
    kept = [value if rng.random() < 0.8 else None for value in last]
    return {**COLUMNS, "last_name": kept, "full_name": whole, "surname": again}


def test_a_column_that_repeats_others_counts_once_and_fills_their_gaps():
    columns = repeated()
    found = resolve(columns)
    names = [field.name for field in found.model.fields if field.role in {"given_name", "family_name", "full_name"}]
    assert len(names) == 2
    assert sorted(" or ".join(names).split(" or ")) == [
        "first_name", "full_name.first", "full_name.last", "last_name", "surname",
    ]  # fmt: skip
    gaps = {name: values for name, values in columns.items() if name not in {"full_name", "surname"}}
    assert found.evaluate(TRUTH).pairwise.f1 > resolve(gaps).evaluate(TRUTH).pairwise.f1


def test_a_model_makes_the_same_fields_of_the_same_columns(titles):
    for columns in (repeated(), titles[0], NAMELESS):
        found = resolve(columns)
        assert resolve(columns, model=found.model).assignments == found.assignments
