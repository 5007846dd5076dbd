"""What is known of a person when a question about them is asked, and does not stand in consent records."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import attrs

from unified_profile.model.times import aware

_LAST_ON_EARTH = timezone(timedelta(hours=-12))
_NO_YEAR = 9999
_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")


def born_on(told: object, /) -> date | None:
    """Return the birth date that somebody was *told* to have; None if it says none.

    Sources write dates in many ways. Of one that is not ISO 8601 the last day of the year that it names is taken: it
    must not make a child of nobody that it cannot be read.

    >>> born_on("2015-04-01T00:00:00Z"), born_on(20150401), born_on("1.4.2015"), born_on("Kyoto")
    (datetime.date(2015, 4, 1), datetime.date(2015, 4, 1), datetime.date(2015, 12, 31), None)
    """
    if isinstance(told, bool) or not isinstance(told, (str, int)):
        return None
    text = unicodedata.normalize("NFKC", str(told)).strip()
    for length in (10, 8):
        try:
            return date.fromisoformat(text[:length])
        except ValueError:
            continue
    years = [int(year) for year in _YEAR.findall(text)]
    return date(max(years), 12, 31) if years else None


def zone_of(name: str, /) -> ZoneInfo | None:
    """Return the time zone called *name*; None if there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


@attrs.frozen(kw_only=True)
class Sale:
    """A relation that can carry a soft opt-in: when, for which brand, and whether opting out was offered then."""

    at: datetime
    relation: str = "purchase"
    brand: str = ""
    opt_out_offered: bool = False


def _sales(found: Iterable[Sale]) -> tuple[Sale, ...]:
    return tuple(found)


def _moments(found: Iterable[datetime]) -> tuple[datetime, ...]:
    return tuple(aware(one, field="situation.contacts") for one in found)


def _texts(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(found)


@attrs.frozen(kw_only=True)
class Situation:
    """What is known of the person when the question is asked, and does not stand in consent records.

    Attributes:
        birth_date: As declared; None: unknown, and then nobody is taken for a child.
        time_zone: The zone they are in (``"Europe/Berlin"``); "": unknown.
        tombstoned: Whether the person was erased.
        known: Whether they are known now (signed in), and not only a device.
        do_not_call: Whether a register says that they must not be called.
        sales: Relations that can carry a soft opt-in.
        contacts: When they were met for this purpose on this channel, for caps.
        unverifiable: Names of signals that came and could not be read or verified.

    .. versionadded:: 0.1
    """

    birth_date: date | None = None
    time_zone: str = ""
    tombstoned: bool = False
    known: bool = True
    do_not_call: bool = False
    sales: tuple[Sale, ...] = attrs.field(default=(), converter=_sales)
    contacts: tuple[datetime, ...] = attrs.field(default=(), converter=_moments, repr=lambda found: f"<{len(found)}>")
    unverifiable: tuple[str, ...] = attrs.field(default=(), converter=_texts)

    def birthday(self, age: int, /) -> datetime | None:
        """Return the instant at which they reach *age*; None if unknown. Leap days count on the first of March.

        A day begins where they are. Where that is unknown it has begun when it has everywhere, twelve hours after UTC.

        >>> Situation(birth_date=date(2012, 2, 29)).birthday(13)
        datetime.datetime(2025, 3, 1, 12, 0, tzinfo=datetime.timezone.utc)
        >>> Situation(birth_date=date(2012, 2, 29), time_zone="Asia/Tokyo").birthday(13)
        datetime.datetime(2025, 2, 28, 15, 0, tzinfo=datetime.timezone.utc)
        """
        born = self.birth_date
        if born is None:
            return None
        if born.year + age >= _NO_YEAR:  # nobody was born then: who says so is never of age
            return datetime(_NO_YEAR, 1, 1, tzinfo=UTC)
        try:
            day = born.replace(year=born.year + age)
        except ValueError:
            day = date(born.year + age, 3, 1)
        zone = zone_of(self.time_zone) or _LAST_ON_EARTH
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

    def younger_than(self, age: int, at: datetime, /) -> bool:
        """Say whether they are known to be younger than *age* at *at*."""
        turns = self.birthday(age)
        return turns is not None and at < turns


NOTHING_KNOWN = Situation()
"""Nothing but the records."""
