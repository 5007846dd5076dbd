"""The true persons: who is really behind the records."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from unified_profile.testing.people.dice import Dice, scrambled
from unified_profile.testing.people.names import (
    ENGLISH_FAMILIES,
    ENGLISH_GIVEN,
    JAPANESE_FAMILIES,
    JAPANESE_GIVEN,
    world_name,
)
from unified_profile.testing.people.places import COUNTRIES, PhoneBook, fill, street

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unified_profile.testing.people.names import NamePart
    from unified_profile.testing.people.places import Country

BRANDS = ("kawa", "hoshi", "morrow")
_STEPS = (433_861, 278_497, 617_173)

_HOMES = (("JP", 49), ("US", 20), ("GB", 14), ("CA", 5), ("AU", 5), ("IE", 4), ("world", 3))
# Only names that RFC 2606 sets aside: no mail to them ever arrives.
_DOMAINS = (
    "example.com",
    "example.org",
    "example.net",
    "mail.example.com",
    "post.example.org",
    "inbox.example.net",
    "letter.example",
)
_TWIN_EVERY, _JUNIOR_EVERY, _VISITOR_EVERY = 97, 67, 33


@attrs.frozen
class Home:
    """An address, and what its household shares."""

    id: str
    country: Country
    region: str
    city: str
    street: str
    postcode: str
    family: NamePart
    phone: str | None
    tablet: str | None
    """The anonymous id of the tablet on the sofa, which everybody at home uses."""


@attrs.frozen
class Person:
    """One human being, as nobody in the business knows them: complete and correct."""

    id: str
    given: NamePart
    family: NamePart
    birth_date: date
    home: Home
    phone: str | None
    """E.164; the household's number when the person gives that one."""
    emails: tuple[str, ...]
    """The address now in use comes last."""
    email_changed_at: datetime | None
    brands: tuple[str, ...]
    joined_at: datetime
    left_at: datetime | None
    mood: float
    """How content the person is, from 0 to 1; the surveys and the leaving follow from it."""
    known: bool
    """False for one who only ever looked around, without saying who."""

    @property
    def country(self) -> Country:
        """The country the person lives in."""
        return self.home.country

    def email_at(self, when: datetime) -> str:
        """Return the address in use at *when*."""
        if self.email_changed_at is not None and when < self.email_changed_at:
            return self.emails[0]
        return self.emails[-1]

    def customer_number(self, brand: str) -> str:
        """Return the number the person has with *brand*."""
        step = _STEPS[BRANDS.index(brand)]
        return brand[0].upper() + scrambled(int(self.id[1:]), step=step)


def _home(number: int, country: Country, family: NamePart, book: PhoneBook, dice: Dice) -> Home:
    town = dice.pick(country.towns)
    return Home(
        id=f"H{number:05d}",
        country=country,
        region=town.region,
        city=town.name,
        street=street(country, dice),
        postcode=fill(town.postcode, dice),
        family=family,
        phone=book.next(country),
        tablet=f"anon-{dice.token(10)}" if dice.chance(0.3) else None,
    )


def _names(dice: Dice) -> tuple[Country, NamePart, NamePart]:
    code = dice.weighted(_HOMES)
    if code == "world":
        code, given, family = world_name(dice)
        return COUNTRIES[code], given, family
    if code == "JP":
        return COUNTRIES[code], dice.pick(JAPANESE_GIVEN), dice.pick(JAPANESE_FAMILIES)
    return COUNTRIES[code], dice.pick(ENGLISH_GIVEN), dice.pick(ENGLISH_FAMILIES)


def _given_like(person: Person, dice: Dice) -> NamePart:
    table = JAPANESE_GIVEN if person.given.kana else ENGLISH_GIVEN
    return dice.pick([part for part in table if part != person.given])


def _address(given: NamePart, family: NamePart, taken: set[str], dice: Dice) -> str:
    shapes = (
        f"{given.latin}.{family.latin}",
        f"{given.latin}{family.latin}",
        f"{given.latin[0]}.{family.latin}",
        f"{family.latin}.{given.latin}",
        f"{given.latin}_{family.latin}",
        f"{family.latin}{given.latin[0]}",
    )
    stem, domain = dice.pick(shapes), dice.pick(_DOMAINS)
    if dice.chance(0.4):
        stem = f"{stem}{dice.between(1, 99)}"
    address, number = f"{stem}@{domain}", 2
    while address in taken:
        address, number = f"{stem}{number}@{domain}", number + 1
    taken.add(address)
    return address


class _Town:
    """Draws one person after another, and remembers what has been given out."""

    def __init__(self, seed: int, start: datetime, end: datetime) -> None:
        self._seed, self._start, self._end = seed, start, end
        self._book = PhoneBook()
        self._taken: set[str] = set()
        self._homes = 0

    def person(self, number: int, before: Person | None) -> Person:
        dice = Dice(self._seed, "person", number)
        country, given, family = _names(dice)
        born = date(1945, 1, 1) + timedelta(days=dice.between(0, 62 * 365))
        twin = number % _TWIN_EVERY == _TWIN_EVERY - 1
        junior = number % _JUNIOR_EVERY == _JUNIOR_EVERY - 1
        home = None
        if before is not None and (twin or junior or dice.chance(0.3)) and before.known:
            home = before.home
            given = before.given if junior and not before.given.kana else _given_like(before, dice)
            foreign = bool(family.kana) != bool(before.family.kana)
            family = before.family if twin or junior or foreign or dice.chance(0.8) else family
            born = before.birth_date if twin else born
        if home is None:
            self._homes += 1
            home = _home(self._homes, country, family, self._book, dice)
        return self._complete(number, home, (given, family), born, dice)

    def _complete(self, number: int, home: Home, names: tuple[NamePart, NamePart], born: date, dice: Dice) -> Person:
        given, family = names
        span = (self._end - self._start).days
        joined_by = self._start + timedelta(days=int(span * 0.9 * dice.share()))
        joined = dice.moment(self._start, joined_by, offset_hours=home.country.offset_hours)
        mood = dice.share()
        left = None
        # Nobody leaves before the first season is over.
        if dice.chance(0.55 - 0.5 * mood) and (self._end - joined).days > 120:
            left = dice.moment(joined + timedelta(days=60), self._end - timedelta(days=50))
        emails: tuple[str, ...] = (_address(given, family, self._taken, dice),)
        changed = None
        if dice.chance(0.08):
            emails = (*emails, _address(given, family, self._taken, dice))
            changed = dice.moment(joined, self._end)
        shares = dice.chance(0.35)
        brands = tuple(brand for brand, share in zip(BRANDS, (0.6, 0.45, 0.16), strict=True) if dice.chance(share))
        return Person(
            id=f"P{number:05d}",
            given=given,
            family=family,
            birth_date=born,
            home=home,
            phone=home.phone if shares else self._book.next(home.country),
            emails=emails,
            email_changed_at=changed,
            brands=brands or (dice.pick(BRANDS),),
            joined_at=joined,
            left_at=left,
            mood=mood,
            known=number % _VISITOR_EVERY != 0,
        )


def draw_people(n_people: int, *, seed: int, start: datetime, end: datetime) -> Iterator[Person]:
    """Yield *n_people* persons; some live together, some are twins, some bear a parent's name."""
    town, before = _Town(seed, start, end), None
    for number in range(1, n_people + 1):
        before = town.person(number, before)
        yield before
