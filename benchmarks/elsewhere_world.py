"""Worlds of made-up people for the tables of `benchmarks/identity_elsewhere.py`: names, homes, numbers, slips, gaps."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

import elsewhere_names as names
from made_up_records import slip

Person = dict[str, str]
Row = dict[str, str | None]

_SYLLABLES = """
ba be bo da de di do fa fe ga go ha he ka ko la le li lo ma me mi mo na ne no pa pe ra re ri ro sa se so ta te to va ve
wi zo
"""
_TAILS = {
    "de": "mann er ig el",
    "nl": "stra sma ink ers",
    "es": "ez ado al illo",
    "pt": "eira ão es al",
    "en": "son ton ley man",
    "in": "an appa swami esh",
}


@dataclass
class Made:
    """A table, who is who in it, what its columns are about (told to the peer only), and the column of its sources."""

    columns: dict[str, list[str | None]]
    truth: dict[str, str]
    kinds: Mapping[str, str]
    link: str | None = None


class World:
    """Names, homes and numbers of one country."""

    def __init__(
        self, seed: int, given: Sequence[str], family: Sequence[str], tail: str = "", share: float = 0.0
    ) -> None:
        self.rng = rng = random.Random(seed)
        self.given, self.family = _ranked(given), _ranked(family)
        made = (
            {
                (rng.choice(syllables) + rng.choice(syllables) + rng.choice(_TAILS[tail].split())): None
                for syllables in [_SYLLABLES.split()]
                for _ in range(3000)
            }
            if tail
            else {}
        )
        self.rare, self.share, self.taken = list(made), share, set[str]()
        self.streets = names.STREETS.split()
        self.cities = [
            self.rng.choice(["North ", "", "", "Bad ", "Port "]) + (a + b).title()
            for a, b in zip(_SYLLABLES.split(), reversed(_SYLLABLES.split()), strict=True)
        ]

    def first(self) -> str:
        """Return a given name."""
        return _pick(self.rng, self.given)

    def last(self) -> str:
        """Return a family name, now and then a rare one."""
        return self.rng.choice(self.rare) if self.rng.random() < self.share else _pick(self.rng, self.family)

    def born(self) -> date:
        """Return a day of birth."""
        return date(1935, 1, 1) + timedelta(days=self.rng.randrange(365 * 70))

    def phone(self) -> str:
        """Return a number without the code of a country."""
        area = self.rng.choice(["170", "151", "160", "171", "176", "30", "40", "89"])
        return f"{area}{self.rng.randrange(10**6, 10**8)}"

    def street(self) -> str:
        """Return the name of a street."""
        return f"{self.rng.choice(self.streets)}"

    def city(self) -> tuple[str, str]:
        """Return a town and a postcode; few towns are large."""
        place = min(len(self.cities) - 1, int(self.rng.expovariate(0.15)))
        return self.cities[place], f"{10 + place}{self.rng.randrange(20):03d}"

    def mail(self, first: str, last: str) -> str:
        """Return an address that nobody else has."""
        rng, host = (
            self.rng,
            self.rng.choice(["gmail.com", "gmail.com", "hotmail.com", "web.de", "yahoo.com", "example.org"]),
        )
        first, last = plain(first), plain(last)
        local = rng.choice(
            [
                f"{first}.{last}",
                f"{first[:1]}{last}",
                f"{last}{rng.randrange(100)}",
                f"{first}{rng.randrange(1950, 2010)}",
            ]
        )
        while f"{local}@{host}" in self.taken:
            local += str(rng.randrange(100))
        self.taken.add(f"{local}@{host}")
        return f"{local}@{host}"

    def person(self) -> Person:
        """Return somebody."""
        first, last, (city, code) = self.first(), self.last(), self.city()
        return {
            "first": first,
            "last": last,
            "dob": self.born().isoformat(),
            "phone": self.phone(),
            "street": self.street(),
            "number": str(self.rng.randrange(1, 150)),
            "city": city,
            "zip": code,
            "email": self.mail(first, last),
        }


def _ranked(values: Sequence[str]) -> tuple[list[str], list[float]]:
    """Return values with their cumulated shares: as written (``*7``), else falling with the rank."""
    weights = [float(value.partition("*")[2] or 12.0 / (place + 8)) for place, value in enumerate(values)]
    return [value.partition("*")[0] for value in values], list(accumulate(weights))


def _pick(rng: random.Random, ranked: tuple[list[str], list[float]]) -> str:
    return rng.choices(ranked[0], cum_weights=ranked[1])[0]


def plain(text: str) -> str:
    """Return *text* without accents, case and blanks."""
    apart = unicodedata.normalize("NFKD", text.lower().replace("đ", "d").replace("ß", "ss"))
    return "".join(c for c in apart if not unicodedata.combining(c) and c.isalnum())


def bare(text: str) -> str:
    """Return *text* without accents."""
    apart = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in apart if not unicodedata.combining(c))


def few(rng: random.Random) -> int:
    """Return how many records somebody has."""
    return rng.choices((1, 2, 3, 4, 6), (50, 25, 13, 8, 4))[0]


def made(
    rng: random.Random,
    people: Iterable[Person],
    write: Callable[[Person], Row],
    kinds: Mapping[str, str],
    *,
    rows: int,
    copies: Callable[[random.Random], int] = few,
    slips: float = 0.04,
    missing: float = 0.05,
    whole: Sequence[str] = (),
    link: str | None = None,
) -> Made:
    """Return a table of records of *people*; columns in *whole* have neither gaps nor slips."""
    found: list[tuple[str, Row]] = []
    for number, person in enumerate(people):
        if len(found) >= rows:
            break
        found += [(f"p{number}", write(person)) for _ in range(copies(rng))]
    found = found[:rows]
    rng.shuffle(found)
    columns: dict[str, list[str | None]] = {"record_id": [f"r{place}" for place in range(len(found))]}
    for name in found[0][1]:
        values = [row[name] for _, row in found]
        if name not in whole:
            values = [
                None if value is None or rng.random() < missing else slip(value, rng) if rng.random() < slips else value
                for value in values
            ]
        columns[name] = values
    truth = {f"r{place}": who for place, (who, _) in enumerate(found)}
    return Made(columns, truth, kinds, link)


def forever(make: Callable[[], Person]) -> Iterable[Person]:
    """Yield what *make* makes, without end."""
    while True:
        yield make()


def day_first(iso: str, sign: str = "/") -> str:
    """Return a date with the day first."""
    return sign.join(reversed(iso.split("-")))


def english(seed: int, share: float = 0.5) -> World:
    """Return a world of English names, a *share* of the family names rare."""
    return World(seed, names.ENGLISH[0].split(), names.ENGLISH[1].split(), "en", share)


def american(one: Person, rng: random.Random) -> Row:
    """Return what is written of somebody in eight columns."""
    return {
        "first_name": one["first"].title(),
        "last_name": one["last"].title(),
        "dob": one["dob"],
        "email": one["email"],
        "phone": one["phone"],
        "street": f"{one['number']} {one['street'].title()} {rng.choice(['Street', 'St'])}",
        "city": one["city"],
        "zip": one["zip"],
    }


AMERICAN = {
    "first_name": "given",
    "last_name": "family",
    "dob": "dob",
    "email": "email",
    "phone": "phone",
    "street": "address",
    "city": "city",
    "zip": "zip",
}
