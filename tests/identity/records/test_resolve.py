"""Records that share no identifier are put together without labels and without configuration."""

import random

import pandas as pd
import polars as pl
import pytest

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.identity.records import RecordModel, resolve
from unified_profile.identity.records.progress import bars

GIVEN = [
    "hanako", "taro", "jiro", "yuki", "ken", "mary", "john", "anna",
    "peter", "paul", "lucy", "emma", "oliver", "george", "harry", "amelia",
]  # fmt: skip
FAMILY = [
    "mori", "abe", "sato", "suzuki", "smith", "jones", "brown",
    "taylor", "wilson", "davies", "evans", "thomas", "roberts", "walker",
]  # fmt: skip


def slip(text, rng):
    """Return *text* with one letter changed."""
    place = rng.randrange(1, len(text))
    return text[:place] + rng.choice("aeioubcdfg") + text[place + 1 :]


def people(size=300, seed=1):
    """Return records of *size* people, a second one with a slip for half of them, and who is who."""
    rng = random.Random(seed)
    rows: list[dict[str, object]] = []
    truth: dict[int, int] = {}
    for person in range(size):
        given, family = rng.choice(GIVEN), rng.choice(FAMILY)
        born = f"{rng.randrange(1940, 2005)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        row = {
            "first_name": given, "surname": family, "dob": born, "city": rng.choice(["Osaka", "Leeds", "Nara", "York"]),
            "phone": f"0{rng.randrange(10**8, 10**9)}", "note": "x",
        }  # fmt: skip
        copies = [row]
        if rng.random() < 0.5:
            copies.append(row | {"first_name": slip(given, rng), "phone": None})
        for copy in copies:
            truth[len(rows)] = person
            rows.append(copy | {"record_id": len(rows)})
    return rows, truth


def test_a_slip_and_a_missing_number_keep_nobody_apart():
    rows, truth = people()
    found = resolve(rows)
    assert found.evaluate(truth).pairwise.f1 > 0.98
    assert found.roles["note"].role == "ignored"
    assert {found.roles[name].role for name in ("first_name", "surname", "dob", "phone")} == {
        "given_name", "family_name", "birth_date", "phone",
    }  # fmt: skip


def test_the_order_of_the_rows_does_not_matter():
    rows, _ = people(120)
    groups = [
        {frozenset(record for record, cluster in found.items() if cluster == one) for one in set(found.values())}
        for found in (resolve(rows).assignments, resolve(rows[::-1]).assignments)
    ]
    assert groups[0] == groups[1]


def test_a_frame_gives_a_frame_of_its_kind():
    rows, _ = people(30)
    assert isinstance(resolve(pl.DataFrame(rows)).assignments, pl.DataFrame)
    assert isinstance(resolve(pd.DataFrame(rows)).links, pd.DataFrame)


def test_under_a_saved_model_two_records_weigh_the_same_whoever_is_beside_them():
    rows, _ = people(200)
    found = resolve(rows)
    model = RecordModel.from_json(found.model.to_json())
    assert model.fingerprint == found.model.fingerprint
    columns = found.links
    left, right, weight = (columns[name][0] for name in ("record_id_l", "record_id_r", "match_weight"))
    alone = resolve([row for row in rows if row["record_id"] in {left, right}], model=model)
    assert alone.explain(left, right).weight == pytest.approx(weight)
    assert "@" not in str(model.to_json())
    assert not any(name in str(model.to_json()) for name in ("hanako", "suzuki"))


def test_the_weights_of_an_explanation_add_up():
    rows, _ = people(100)
    found = resolve(rows)
    said = found.explain(0, 1)
    assert said.prior + sum(one.weight for one in said.contributions) == pytest.approx(said.weight)
    assert rows[0]["dob"] not in str(said) + repr(said)


@pytest.mark.parametrize("rows", [[], [{"record_id": 1, "name": "Taro Abe"}], [{"record_id": 1, "name": None}] * 1])
def test_too_little_to_compare_is_an_answer(rows):
    assert len(resolve(rows).assignments) == len(rows)


def test_a_million_equal_rows_do_not_explode():
    found = resolve({"record_id": list(range(3000)), "name": ["Taro Abe"] * 3000, "city": ["Nara"] * 3000})
    assert any("shared by too many" in note for note in found.notes) or found.clusters == 3000


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([{"record_id": 1, "name": "a"}, {"record_id": 1, "name": "b"}], "record_id"),
        ([{"record_id": None, "name": "a"}], "record_id"),
        ([{"record_id": 1, "name": ["a"]}], "name"),
        (7, "records"),
    ],
)
def test_what_cannot_be_taken_is_told_by_its_column(rows, field):
    with pytest.raises(InvalidInputError) as caught:
        resolve(rows)
    assert caught.value.field.startswith(field)


def test_an_unknown_column_is_named_with_what_there_is():
    with pytest.raises(UnknownNameError, match="name"):
        resolve([{"record_id": 1, "name": "a"}], fields={"nam": "full_name"})


def test_values_are_shown_only_when_they_are_asked_for():
    rows, _ = people(100)
    found = resolve(rows)
    born = str(rows[0]["dob"]).replace("-", "")
    said, shown = found.explain(0, 1), found.explain(0, 1, values=True)
    assert born not in said._repr_html_() + str(said) + repr(said) + repr(shown) + str(shown) + found._repr_html_()
    assert f"<td>{born}</td>" in shown._repr_html_()
    assert shown.weight == said.weight
    assert resolve([{"record_id": 1, "name": "<b>"}, {"record_id": 2, "name": "x"}], fields={"name": "identifier"}
                   ).explain(1, 2, values=True)._repr_html_().count("<b>") == 0  # fmt: skip


def test_who_asks_is_told_how_far_it_has_come_and_nobody_else_is(capsys):
    rows, _ = people(100)
    told: list[tuple[str, int, int]] = []
    found = resolve(rows, progress=lambda stage, done, total: told.append((stage, done, total)))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["reading", "meeting", "comparing", "learning", "joining"]
    assert all(0 <= done <= total for _, done, total in told)
    assert {stage for stage, done, total in told if done == total} == set(stages)
    assert resolve(rows).assignments == resolve(rows, model=found.model, progress=bars()).assignments
    assert capsys.readouterr().out == ""
    with pytest.raises(InvalidInputError, match="progress"):
        resolve(rows, progress="much")  # type: ignore[arg-type]  # that is what is tried
