"""People who share what others have alone: colleagues, twins, fathers and sons; records that have little in common."""

import random
from itertools import combinations

import numpy as np
import pytest

from unified_profile import resolve
from unified_profile.identity.records.classes import classes
from unified_profile.identity.records.clusters import AverageLinked

SYLLABLES = ("ba", "ko", "li", "ma", "ne", "ro", "su", "ti", "va", "zo", "da", "fe", "gi", "ho", "ju")


class Town:
    """Made-up words for people and places, a few of them common."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.given = [self.word(2) for _ in range(60)]
        self.family = [self.word(3) for _ in range(400)]

    def word(self, size):
        return "".join(self.rng.choice(SYLLABLES) for _ in range(size)).title()

    def one_of(self, names):
        return names[min(len(names) - 1, int(self.rng.expovariate(6 / len(names))))]

    def born(self):
        return f"{self.rng.randrange(1940, 2000)}-{self.rng.randrange(1, 13):02}-{self.rng.randrange(1, 29):02}"

    def home(self):
        number, street = self.rng.randrange(1, 200), self.word(3)
        return {
            "street": f"{number} {street} Street",
            "city": self.word(2),
            "phone": f"0{self.rng.randrange(10**8, 10**9)}",
        }

    def person(self):
        given, family = self.one_of(self.given), self.one_of(self.family)
        mail = f"{given}.{family}{self.rng.randrange(10000)}@example.org".lower()
        return {"first_name": given, "last_name": family, "dob": self.born(), "email": mail, **self.home()}

    def records(self, people):
        """Return records of *people* as columns with who they are; one value of ten is missing, some have a slip."""
        rows = []
        for number, person in enumerate(people):
            for _ in range(self.rng.choice((1, 1, 2, 3))):
                row = {name: None if self.rng.random() < 0.1 else self.slip(value) for name, value in person.items()}
                rows.append((f"p{number}", row))
        self.rng.shuffle(rows)
        columns = {name: [row[name] for _, row in rows] for name in rows[0][1]}
        return (
            {"record_id": [*range(len(rows))], **columns},
            {place: who for place, (who, _) in enumerate(rows)},
        )

    def slip(self, text):
        place = self.rng.randrange(len(text))
        return text[:place] + self.rng.choice("aeiou") + text[place + 1 :] if self.rng.random() < 0.03 else text


def test_those_who_work_for_one_firm_are_not_one_person():
    town = Town(1)
    people: list[dict[str, str]] = []
    while len(people) < 900:
        firm = {**town.home(), "company": f"{town.word(3)} {town.rng.choice(['Steel', 'Foods', 'Partners'])}"}
        for _ in range(town.rng.choice((1, 3, 9))):
            one = town.person() | firm
            del one["dob"]
            people.append(one)
    columns, truth = town.records(people)
    found = resolve(columns).evaluate(truth).pairwise
    assert found.precision > 0.9
    assert found.recall > 0.9


def test_twins_and_fathers_and_sons_of_one_name_are_two_people():
    town = Town(2)
    people: list[dict[str, str]] = []
    while len(people) < 1200:
        one = town.person()
        people.append(one)
        kind = town.rng.random()
        other = town.person()
        if kind < 0.1:  # a twin
            people.append(one | {"first_name": other["first_name"], "email": other["email"]})
        elif kind < 0.2:  # a son of the same name
            people.append(one | {"dob": other["dob"], "email": other["email"]})
    columns, truth = town.records(people)
    found = resolve(columns).evaluate(truth).pairwise
    assert found.precision > 0.88
    assert found.recall > 0.95


def test_classes_of_those_who_share_a_life_are_there_only_where_a_field_tells_them_apart():
    names = {one.name for one in classes(["given_name", "family_name", "birth_date", "email", "street"])}
    assert {"twins", "father and son"} <= names
    assert "same workplace" not in names
    without = {one.name for one in classes(["given_name", "family_name", "birth_date", "street"])}
    assert not {"twins", "father and son"} & without
    assert "same workplace" not in {one.name for one in classes(["organization", "street", "phone"])}
    few = {one.name for one in classes(["given_name", "organization", "email", "birth_date", "street"], finer=False)}
    assert not {"twins", "father and son", "same workplace"} & few


@pytest.mark.parametrize(("third", "together"), [(-12.0, True), (-12.1, False)])
def test_that_two_records_have_nothing_in_common_is_not_held_against_a_third_that_knows_both(third, together):
    weights = dict(zip(combinations(range(3), 2), (9.0, 6.0, third), strict=True))

    def weigh(left, right):
        return np.array([weights[pair] for pair in zip(left.tolist(), right.tolist(), strict=True)])

    one, two = np.array([0, 0]), np.array([1, 2])
    found = AverageLinked(before=-12.0).clusters(3, one, two, np.array([9.0, 6.0]), weigh)
    assert (len(set(found.tolist())) == 1) is together
    apart = AverageLinked().clusters(3, one, two, np.array([9.0, 6.0]), weigh)
    assert len(set(apart.tolist())) == 2
