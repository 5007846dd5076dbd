"""Conditions on the calendar: today, this week, a birthday, on a Sunday, at night; in whatever zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from typing import Any, Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.calendars import (
    HOURS,
    PARTS,
    Unit,
    anniversary,
    civil_day,
    day_begins,
    day_of,
    hour_of,
    unit_begins,
    unit_of,
    zone_named,
)
from unified_profile.expressions.course import Step, changes_only
from unified_profile.expressions.fields import DENIED, Field, path_json
from unified_profile.expressions.kleene import Kleene, disjunction
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.sentences import part_phrase, period_phrase
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language, person_in
from unified_profile.expressions.subject import Subject
from unified_profile.expressions.values import LAST_US, MISSING, kind_of
from unified_profile.model.values import Json

Leap: TypeAlias = Literal["feb28", "mar1", "leap_years"]
Stretch: TypeAlias = tuple[int, int]

_MOST_UNITS = 10_000


def _zone(zone: str | Field) -> str | Field:
    """Refuse a zone that does not exist; a trait says it when it is asked."""
    if isinstance(zone, Field):
        if zone.place != "trait":
            raise InvalidRulesError(field="zone", reason="not a trait of the person", hint="trait('timezone')")
        return zone
    if not isinstance(zone, str) or zone_named(zone) is None:
        raise InvalidRulesError(field="zone", reason="no such time zone", hint="an IANA name, e.g. 'Asia/Tokyo'")
    return zone


@attrs.frozen
class _Dated(Expression):
    """What both kinds have in common: a field, read in a zone."""

    field: Field
    zone: str | Field = attrs.field(converter=_zone, kw_only=True)

    @property
    def scope(self) -> Scope:
        """Where the field stands."""
        return self.field.scope

    @property
    def reads(self) -> Reads:
        """The field, and the zone where it is the person's own."""
        return self.field.reads | (self.zone.reads if isinstance(self.zone, Field) else Reads())

    def _zone_of(self, scope: Any) -> ZoneInfo | None:
        """Return the zone, None where it is denied, missing or no zone."""
        if isinstance(self.zone, str):
            return zone_named(self.zone)
        name = self.zone.reader()(person_in(scope))
        return zone_named(name) if isinstance(name, str) else None

    def _values(self, scope: Any) -> list[object] | None:
        """Return the values, None where they are denied or not there."""
        value = self.field.reader()(scope)
        if value is DENIED or value is MISSING or value is None:
            return None
        return list(value) if isinstance(value, (list, tuple)) else [value]

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        if answer is not None:
            return str(answer).lower()
        for field in (self.field, self.zone):
            value = field.reader()(subject) if isinstance(field, Field) else field
            if value is DENIED:
                return "denied"
            if kind_of(value) in {"missing", "null"}:
                return kind_of(value)
        return "type"

    def _json(self, shown: dict[str, Json]) -> dict[str, Json]:
        zone: Json = self.zone if isinstance(self.zone, str) else {"trait": path_json(self.zone.path)}
        return self.field.to_json() | shown | {"zone": zone}

    def _said_zone(self) -> str:
        return self.zone if isinstance(self.zone, str) else self.zone.said


@attrs.frozen
class InPeriod(_Dated):
    """Whether a date or instant lies in the calendar's days, weeks … from *first* to *last*, counted from now's.

    ``InPeriod(field, "day", zone=…)`` is today, ``first=-6`` the last seven days with today, ``first=1, last=1``
    tomorrow. With *yearly* its anniversaries are asked for; one of 29 February falls on 28 February (*leap*
    ``"feb28"``), on 1 March (``"mar1"``), or is kept in leap years only. Weeks begin on *week_start* (1 is Monday).
    An instant is a date in the *zone*; a date alone is the same date everywhere, but today is the zone's.
    """

    unit: Unit = "day"
    first: int = 0
    last: int = 0
    yearly: bool = attrs.field(default=False, kw_only=True)
    leap: Leap = attrs.field(default="feb28", kw_only=True)
    week_start: int = attrs.field(default=1, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse a period that is none."""
        if self.unit not in get_args(Unit) or self.leap not in get_args(Leap) or not isinstance(self.yearly, bool):
            known = ", ".join((*get_args(Unit), *get_args(Leap)))
            raise InvalidRulesError(field="period", reason="no such unit or rule", hint=f"of {known}")
        for each in (self.first, self.last, self.week_start):
            if isinstance(each, bool) or not isinstance(each, int) or abs(each) > _MOST_UNITS:
                raise InvalidRulesError(field="period", reason="no whole number", hint="e.g. first=-6, last=0")
        if self.first > self.last or not 1 <= self.week_start <= 7:
            raise InvalidRulesError(field="period", reason="ends before it begins, or no weekday", hint="swap")
        longest = {"day": 300, "week": 40, "month": 9, "quarter": 3}.get(self.unit, -1)
        if self.yearly and max(abs(self.first), abs(self.last), self.last - self.first) > longest:
            raise InvalidRulesError(field="period", reason="too long for something yearly", hint="shorten it")

    @property
    def timeless(self) -> bool:
        """Never: days go by."""
        return False

    def build(self) -> Run:
        """Make the function."""

        def run(scope: Any, now: int) -> Kleene:
            zone, values = self._zone_of(scope), self._values(scope)
            if zone is None or values is None:
                return None
            return disjunction(self._holds(value, zone, now) for value in values)

        return run

    def _holds(self, value: object, zone: ZoneInfo, now: int) -> Kleene:
        day = civil_day(value, zone)
        if day is None:
            return None
        if not self.yearly:
            start, end = self._stretch(day, zone)
            return start <= now < end
        year = date.fromordinal(day_of(zone, now)).year
        return any(start <= now < end for start, end in self._years(day, zone, year - 1, year + 1))

    def _stretch(self, day: int, zone: ZoneInfo) -> Stretch:
        """Return from when until when *day* lies in the period."""
        number = unit_of(self.unit, day, self.week_start)
        ends = (number - self.last, number - self.first + 1)
        start, end = (day_begins(zone, unit_begins(self.unit, each, self.week_start)) for each in ends)
        return start, end

    def _years(self, day: int, zone: ZoneInfo, first: int, last: int) -> Iterator[Stretch]:
        """Yield the stretches of the anniversaries of some years."""
        for year in range(first, last + 1):
            again = anniversary(day, year, self.leap)
            if again is not None:
                yield self._stretch(again, zone)

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now* and wherever a period begins or ends."""
        run, zone, values = self.compiled(), self._zone_of(subject), self._values(subject)
        days = [civil_day(value, zone) for value in values or ()] if zone is not None else []
        return changes_only((at, run(subject, at)) for at in chain((now,), self._edges(days, zone, now)))

    def _edges(self, days: list[int | None], zone: ZoneInfo | None, now: int) -> Iterator[int]:
        """Yield the instants after *now* at which a period begins or ends, in order."""
        known = [day for day in days if day is not None]
        if zone is None or not known:
            return
        if not self.yearly:
            yield from sorted({at for day in known for at in self._stretch(day, zone) if now < at <= LAST_US})
            return
        passed = now
        for year in range(date.fromordinal(day_of(zone, now)).year - 1, date.max.year + 1):
            # A period may begin before the year of its anniversary, and end after it.
            near = {at for day in known for each in self._years(day, zone, year - 1, year + 1) for at in each}
            until = day_begins(zone, date(min(year + 1, date.max.year), 1, 1).toordinal())
            for at in sorted(near):
                if passed < at <= min(LAST_US, until):
                    passed = at
                    yield at

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return period_phrase(
            self.field.said,
            self.unit,
            self.first,
            self.last,
            as_language(language),
            yearly=self.yearly,
            zone=self._said_zone(),
        )

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        shown: dict[str, Json] = {"period": self.unit}
        usual: dict[str, Json] = {"first": 0, "last": 0, "yearly": False, "leap": "feb28", "week_start": 1}
        shown |= {name: getattr(self, name) for name, value in usual.items() if getattr(self, name) != value}
        return self._json(shown)


def _numbers(values: Iterable[int]) -> tuple[int, ...]:
    """Keep numbers sorted and once each."""
    return tuple(sorted(set(values)))


@attrs.frozen
class CalendarPart(_Dated):
    """Whether the weekday, month, day, year or hour of a date or instant is one of *values*; Monday is 1.

    A date has no hour. Of a list any value decides.
    """

    part: str = ""
    values: tuple[int, ...] = attrs.field(default=(), converter=_numbers)

    def __attrs_post_init__(self) -> None:
        """Refuse what no calendar has."""
        known = HOURS if self.part == "hour" else PARTS[self.part][0] if self.part in PARTS else range(0)
        if not known:
            names = ", ".join((*PARTS, "hour"))
            raise InvalidRulesError(field="part", reason="nothing that calendars have", hint=f"one of {names}")
        if not self.values or not all(type(value) is int and value in known for value in self.values):
            raise InvalidRulesError(field="in", reason=f"no {self.part}", hint=f"{known[0]} to {known[-1]}")

    def build(self) -> Run:
        """Make the function."""
        wanted = frozenset(self.values)

        def one(value: object, zone: ZoneInfo) -> Kleene:
            if self.part == "hour":
                hour = hour_of(value, zone)
                return None if hour is None else hour in wanted
            day = civil_day(value, zone)
            return None if day is None else PARTS[self.part][1](day) in wanted

        def run(scope: Any, _: int) -> Kleene:
            zone, values = self._zone_of(scope), self._values(scope)
            if zone is None or values is None:
                return None
            return disjunction(one(value, zone) for value in values)

        return run

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return part_phrase(self.field.said, self.part, self.values, as_language(language), zone=self._said_zone())

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        return self._json({"part": self.part, "in": list(self.values)})
