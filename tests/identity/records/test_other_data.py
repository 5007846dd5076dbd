"""The same call does not collapse on data that it was not made with: other names, alphabets, columns and orders."""

import random

import pytest

from unified_profile import resolve

from .test_quality import made_up

SIZE = 1_500
GERMAN = {
    "first_name": "Vorname", "last_name": "Nachname", "dob": "Geburtsdatum", "email": "E-Mail-Adresse",
    "phone": "Telefonnummer", "street": "Straße", "city": "Wohnort", "zip": "PLZ",
}  # fmt: skip
LATIN = "abcdefghijklmnopqrstuvwxyz"
CYRILLIC = str.maketrans(LATIN + LATIN.upper(), "абцдефгхийклмнопярстувшъыз" + "АБЦДЕФГХИЙКЛМНОПЯРСТУВШЪЫЗ")
GREEK = str.maketrans(LATIN + LATIN.upper(), "αβκδεφγηιξκλμνοπψρστυβωχυζ" + "ΑΒΚΔΕΦΓΗΙΞΚΛΜΝΟΠΨΡΣΤΥΒΩΧΥΖ")
ARABIC = str.maketrans(LATIN, "ابكدةفغهيجقلمنوپصرستؤڤشخىز")
ACCENTS = str.maketrans("aeioucnszAEIOU", "áéíóúçñšžÁÉÍÓÚ")


MODEL = resolve(made_up(SIZE, 101)[0]).model


def f1(columns, truth):
    """Return how well the default call does."""
    return resolve(columns).evaluate(truth).pairwise


def named(columns, change):
    """Return *columns* with other names of people and towns."""
    wanted = {"first_name", "last_name", "city", "street"}
    return {
        name: [value and change(value) for value in values] if name in wanted else values
        for name, values in columns.items()
    }


@pytest.mark.parametrize("seed", [101, 202])
def test_other_towns_are_resolved_as_well(seed):
    found = f1(*made_up(SIZE, seed))
    assert found.f1 > 0.96
    assert min(found.precision, found.recall) > 0.93


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.translate(CYRILLIC),
        lambda value: value.translate(GREEK),
        lambda value: value.lower().translate(ARABIC),
        lambda value: value.translate(ACCENTS) if len(value) % 2 else value,
        lambda value: f"de {value}" if len(value) % 3 else value,
    ],
    ids=["cyrillic", "greek", "arabic", "accents", "compound"],
)
def test_names_of_other_alphabets_are_names(change):
    columns, truth = made_up(SIZE, 101)
    found = f1(named(columns, change), truth)
    assert found.f1 > 0.95
    assert min(found.precision, found.recall) > 0.92


def test_columns_may_be_called_in_another_language_and_stand_in_another_order():
    columns, truth = made_up(SIZE, 101)
    before = f1(columns, truth).f1
    renamed = {GERMAN.get(name, name): values for name, values in reversed(columns.items())}
    assert f1(renamed, truth).f1 == pytest.approx(before, abs=0.01)


def test_the_order_of_records_is_nothing():
    columns, truth = made_up(SIZE, 101)
    order = random.Random(1).sample(range(SIZE), SIZE)
    mixed = {name: [values[place] for place in order] for name, values in columns.items()}
    assert f1(mixed, truth).f1 == pytest.approx(f1(columns, truth).f1, abs=0.01)


def test_one_column_of_whole_names_is_enough():
    columns, truth = made_up(SIZE, 101)
    first, last = columns.pop("first_name"), columns.pop("last_name")
    whole = [" ".join(filter(None, pair)) or None for pair in zip(first, last, strict=True)]
    found = f1({**columns, "name": whole}, truth)
    assert found.f1 > 0.93
    assert found.precision > 0.93


@pytest.mark.parametrize("kept", [["first_name", "last_name", "dob"], ["first_name", "last_name", "email", "zip"]])
def test_with_little_to_compare_strangers_stay_apart(kept):
    columns, truth = made_up(SIZE, 101)
    found = f1({name: columns[name] for name in ("record_id", *kept)}, truth)
    assert found.precision > 0.9
    assert found.recall > 0.3


def test_columns_that_say_nothing_change_nothing():
    columns, truth = made_up(SIZE, 101)
    rng = random.Random(2)
    more = {
        "status": [rng.choice(["new", "gold"]) for _ in range(SIZE)], "amount": [rng.random() for _ in range(SIZE)],
        "country": ["US"] * SIZE, "created_at": ["2024-01-01"] * SIZE, "comment": [None] * SIZE,
    }  # fmt: skip
    assert f1({**columns, **more}, truth).f1 == pytest.approx(f1(columns, truth).f1, abs=0.02)


def test_who_leaves_out_the_first_of_two_family_names_is_still_the_same():
    columns, truth = made_up(SIZE, 101)
    rng = random.Random(4)
    known = [name for name in columns["last_name"] if name]
    columns["last_name"] = [
        f"{rng.choice(known)} {name}" if name and rng.random() < 0.3 else name for name in columns["last_name"]
    ]
    found = f1({name: values for name, values in columns.items() if name not in {"email", "phone"}}, truth)
    assert found.f1 > 0.94
    assert found.precision > 0.95


@pytest.mark.parametrize(
    ("column", "value", "level"),
    [
        ("last_name", "Garcia Smith", "alike"), ("last_name", "Smith-Jones", "much alike, short or an initial"),
        ("last_name", "Ｓｍíｔｈ", "the same"), ("first_name", "Bob", "much alike, short or an initial"),
        ("first_name", "Anna Robert", "alike"), ("first_name", "R.", "much alike, short or an initial"),
        ("first_name", "Dr. Röbert", "the same"), ("dob", "1980-05-03", "a slip"), ("dob", "1908-03-05", "a slip"),
        ("dob", "5 March 1980", "the same"), ("phone", "0351 369 298", "one digit or letter off"),
        ("phone", "+44 351 396 298", "the same"),
    ],
)  # fmt: skip
def test_ways_to_write_one_person_are_known(column, value, level):
    one = {"record_id": 1, "first_name": "Robert", "last_name": "Smith", "dob": "1980-03-05", "phone": "0351 396 298"}
    found = resolve([one, one | {"record_id": 2, column: value}], model=MODEL)
    assert {said.field: said.level for said in found.explain(1, 2).contributions}[column] == level
    assert found.explain(1, 2).together
