"""Records of made-up people for `benchmarks/identity.py`: households, moves, nicknames, shared phones, junk and slips.

    python benchmarks/made_up_records.py 100000 people.parquet [--seed 5]

Names are put together from syllables, with frequencies that fall like those of real names (Zipf), so that no table of
names is needed and a million people do not share two hundred surnames. Nobody in it is real.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TypeAlias

Row: TypeAlias = tuple[str | None, ...]

COLUMNS = (
    "record_id", "cluster_id", "first_name", "last_name", "dob", "email", "phone", "street", "city", "zip",
)  # fmt: skip
_ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "sh",
    "st",
    "t",
    "th",
    "v",
    "w",
    "z",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "ou"]
_ENDS = ["", "n", "r", "s", "l", "t", "m", "ck", "nd", "son", "ton", "ley", "er"]
_GIVEN = [
    "robert",
    "william",
    "richard",
    "james",
    "john",
    "joseph",
    "thomas",
    "charles",
    "christopher",
    "daniel",
    "edward",
    "michael",
    "matthew",
    "andrew",
    "anthony",
    "alexander",
    "benjamin",
    "frank",
    "gregory",
    "jeffrey",
    "kenneth",
    "lawrence",
    "nicholas",
    "patrick",
    "peter",
    "philip",
    "raymond",
    "ronald",
    "samuel",
    "stephen",
    "timothy",
    "vincent",
    "zachary",
    "elizabeth",
    "margaret",
    "katherine",
    "patricia",
    "jennifer",
    "jessica",
    "rebecca",
    "susan",
    "deborah",
    "barbara",
    "victoria",
    "samantha",
    "christine",
    "amanda",
    "dorothy",
    "eleanor",
    "emily",
    "isabella",
    "jacqueline",
    "kimberly",
    "melissa",
    "pamela",
    "sandra",
    "stephanie",
    "theresa",
    "valerie",
    "cynthia",
    "judith",
    "caroline",
    "virginia",
    "mary",
    "linda",
    "karen",
    "nancy",
    "lisa",
    "betty",
    "helen",
]
_SHORT = {
    "robert": "bob", "william": "bill", "richard": "rick", "james": "jim", "joseph": "joe", "thomas": "tom",
    "charles": "charlie", "christopher": "chris", "daniel": "dan", "edward": "ed", "michael": "mike", "matthew": "matt",
    "elizabeth": "liz", "margaret": "maggie", "katherine": "kate", "patricia": "pat", "jennifer": "jen",
    "rebecca": "becky", "susan": "sue", "deborah": "debbie", "stephen": "steve", "timothy": "tim", "samuel": "sam",
}  # fmt: skip
_STREETS = ("Street", "St", "Avenue", "Ave", "Road", "Rd", "Lane", "Drive", "Court", "Place")
_MAILS = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "gmx.net", "example.org")
_JUNK = ("0000000000", "9999999999", "n/a", "unknown", "1234567890")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class _Names:
    """Made-up names, the first ones far more common than the last ones."""

    def __init__(self, rng: random.Random, size: int, parts: int) -> None:
        made: dict[str, None] = {}
        while len(made) < size:
            made["".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(parts)) + rng.choice(_ENDS)] = None
        self.names = list(made)
        self.weights = list(accumulate(1.0 / (place + 10) for place in range(size)))
        self.rng = rng

    def one(self) -> str:
        """Return a name."""
        return self.rng.choices(self.names, cum_weights=self.weights)[0]


def slip(text: str, rng: random.Random) -> str:
    """Return *text* with one slip of the fingers."""
    if len(text) < 2:
        return text
    place = rng.randrange(len(text) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    letter = rng.choice(_LETTERS) if text[place].isalpha() else rng.choice("0123456789")
    return text[:place] + letter + text[place + (kind == 2) :]


def _phone(rng: random.Random) -> str:
    return f"{rng.randrange(200, 999)}{rng.randrange(200, 999)}{rng.randrange(10000):04}"


def _written(number: str, rng: random.Random) -> str:
    area, office, line = number[:3], number[3:6], number[6:]
    return rng.choice(
        (f"({area}) {office}-{line}", f"{area}-{office}-{line}", number, f"+1 {area}.{office}.{line}", f"+1{number}")
    )


class _World:
    """Towns with streets, and names."""

    def __init__(self, rng: random.Random, records: int) -> None:
        self.rng = rng
        self.family = _Names(rng, max(500, records // 25), 2)
        self.given = _Names(rng, 1500, 2)
        self.streets = _Names(rng, max(300, records // 60), 2)
        towns = _Names(rng, max(40, records // 1500), 3)
        self.taken: set[str] = set()
        self.towns = [(town.title(), f"{rng.randrange(1000, 99999):05}") for town in towns.names]

    def home(self) -> tuple[str, str, str]:
        """Return street, town and postcode of a home."""
        town, code = self.rng.choice(self.towns)
        number = self.rng.randrange(1, 400)
        return f"{number} {self.streets.one().title()} {self.rng.choice(_STREETS)}", town, code

    def mail(self, first: str, last: str) -> str:
        """Return an address that nobody else has."""
        rng = self.rng
        local = rng.choice(
            (f"{first}.{last}", f"{first[0]}{last}{rng.randrange(1000)}", f"{last}{first[0]}{rng.randrange(99)}")
        )
        address = f"{local}@{rng.choice(_MAILS)}"
        while address in self.taken:
            address = f"{local}{rng.randrange(10000)}@{rng.choice(_MAILS)}"
        self.taken.add(address)
        return address

    def first(self) -> str:
        """Return a given name."""
        return self.rng.choice(_GIVEN) if self.rng.random() < 0.6 else self.given.one()


def _household(world: _World, rng: random.Random) -> list[dict[str, object]]:
    """Return the people of a household: one family name, one home, maybe one phone, each a first name of his own."""
    family, home, shared = world.family.one(), world.home(), _phone(rng)
    people: list[dict[str, object]] = []
    for _ in range(rng.choices((1, 2, 3, 4), (45, 30, 15, 10))[0]):
        first = world.first()
        last = family if rng.random() < 0.9 else world.family.one()
        own = _phone(rng)
        mails = [world.mail(first, last) for _ in range(rng.choice((1, 1, 2)))]
        people.append(
            {
                "first": first,
                "last": last,
                "phones": [own, shared] if rng.random() < 0.3 else [own],
                "mails": mails,
                "born": f"{rng.randrange(1935, 2006)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
                "homes": [home, world.home()] if rng.random() < 0.15 else [home],
            }
        )
    return people


def _record(person: dict[str, object], rng: random.Random) -> Row:
    """Return what one source wrote down about a person."""
    first, last, born = str(person["first"]), str(person["last"]), str(person["born"])
    homes, mails, phones = (list(person[name]) for name in ("homes", "mails", "phones"))  # type: ignore[call-overload]
    street, town, code = rng.choice(homes)
    if rng.random() < 0.08:
        first = _SHORT.get(first, first)
    if rng.random() < 0.03:
        first = first[0]
    if rng.random() < 0.01:
        first, last = last, first
    values: list[str | None] = [
        first.title(), last.title(), born, rng.choice(mails), _written(rng.choice(phones), rng), street, town, code,
    ]  # fmt: skip
    for place, (missing, slips) in enumerate(
        ((0.02, 0.04), (0.02, 0.04), (0.35, 0.02), (0.25, 0.03), (0.35, 0.02), (0.25, 0.04), (0.22, 0.02), (0.22, 0.02))
    ):
        value = values[place]
        if rng.random() < missing:
            values[place] = None
        elif value is not None and rng.random() < slips:
            values[place] = slip(value, rng)
    if rng.random() < 0.02:
        values[4] = rng.choice(_JUNK)
    if rng.random() < 0.1:
        values = [None if value is None else value.upper() for value in values]
    return tuple(values)


def made_up(records: int, *, seed: int = 5) -> Iterator[Row]:
    """Yield *records* rows of `COLUMNS` in a random order of people; about half as many people."""
    rng = random.Random(seed)
    world = _World(rng, records)
    rows: list[tuple[int, Row]] = []
    person = 0
    while len(rows) < records:
        for one in _household(world, rng):
            copies = rng.choices((1, 2, 3, 4, 6), (50, 22, 14, 9, 5))[0]
            rows.extend((person, _record(one, rng)) for _ in range(copies))
            person += 1
    rng.shuffle(rows)
    for number, (cluster, row) in enumerate(rows[:records]):
        yield (f"r{number:08}", f"p{cluster}", *row)


def columns(rows: Sequence[Row]) -> dict[str, list[str | None]]:
    """Return rows as columns."""
    return {name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)}


def main() -> None:
    """Write a Parquet file."""
    import polars as pl

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=int)
    parser.add_argument("path")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    pl.DataFrame(columns(list(made_up(options.records, seed=options.seed)))).write_parquet(options.path)


if __name__ == "__main__":
    main()
