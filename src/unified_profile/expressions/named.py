"""Writing conditions on a trait or property in Python: ``trait("plan") == "pro"``."""

from __future__ import annotations

from collections.abc import Iterable

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.asked import Asked, several
from unified_profile.expressions.calendars import Unit
from unified_profile.expressions.casing import Case
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.dated import CalendarPart, InPeriod, Leap
from unified_profile.expressions.fields import Field
from unified_profile.expressions.logic import AllOf, Expression
from unified_profile.expressions.pairs import ElementMatch, FieldCondition
from unified_profile.expressions.values import Scalar


class Named(Asked):
    """A trait or property in the hand of somebody who writes a rule; ask it something and it becomes one.

    .. versionadded:: 0.1
    """

    __slots__ = ("_case", "_field", "_over")

    def __init__(self, field: Field, *, case: Case = "exact", over: str = "") -> None:
        """Point at *field*."""
        self._field, self._case, self._over = field, case, over

    def __repr__(self) -> str:
        """Name the field."""
        return f"{self._field.place}({self._field.said!r})"

    def _ask(self, op: str, value: object = None) -> Expression:
        return Condition(self._field, op, value, self._case, self._over)  # type: ignore[arg-type]  # Condition checks it

    @property
    def ci(self) -> Named:
        """The same, compared without regard to case."""
        return Named(self._field, case="ci", over=self._over)

    @property
    def fold(self) -> Named:
        """The same, compared without regard to case, accents and width."""
        return Named(self._field, case="fold", over=self._over)

    @property
    def any(self) -> Named:
        """At least one value of a list."""
        return Named(self._field, case=self._case, over="any")

    @property
    def every(self) -> Named:
        """Every value of a list; an empty list has no other."""
        return Named(self._field, case=self._case, over="every")

    @property
    def none(self) -> Named:
        """No value of a list."""
        return Named(self._field, case=self._case, over="none")

    @property
    def size(self) -> Named:
        """How many values there are; a single value is one.

        >>> from unified_profile.expressions import trait
        >>> (trait("tags").size >= 2).text()
        'the number of values of tags is at least 2'
        """
        return Named(self._field, over="size")

    def near(self, latitude: float, longitude: float, *, kilometers: float) -> Expression:
        """Ask whether a place (an object with latitude and longitude) lies within *kilometers* of a center."""
        return self._ask("near", (latitude, longitude, kilometers))

    def in_box(self, *, south: float, west: float, north: float, east: float) -> Expression:
        """Ask whether a place lies in a box, edges included; *west* may be greater than *east* across 180°."""
        return self._ask("in_box", (south, west, north, east))

    def in_polygon(self, corners: Iterable[tuple[float, float]]) -> Expression:
        """Ask whether a place lies in a polygon of *corners* (latitude, longitude) with straight edges in degrees."""
        return self._ask("in_polygon", tuple(each for corner in corners for each in corner))

    def not_matches_or_missing(self, pattern: str) -> Expression:
        """Ask whether a pattern is not found in it, missing and null included."""
        return self._ask("not_matches_or_missing", pattern)

    def contains_all(self, values: Iterable[Scalar]) -> Expression:
        """Ask whether a list has each of *values*."""
        return AllOf(tuple(self._compare("eq", value) for value in several(values)))

    def ne_or_missing(self, value: object) -> Expression:
        """Ask whether it is not *value*, missing and null included."""
        return self._ask("ne_or_missing", value)

    def not_in_or_missing(self, values: Iterable[Scalar]) -> Expression:
        """Ask whether it is none of *values*, missing and null included."""
        return self._ask("not_in_or_missing", several(values))

    def not_contains_or_missing(self, text: str) -> Expression:
        """Ask whether it does not contain *text*, missing and null included."""
        return self._ask("not_contains_or_missing", text)

    def in_period(
        self,
        unit: Unit,
        first: int = 0,
        last: int = 0,
        *,
        zone: str | Named,
        yearly: bool = False,
        leap: Leap = "feb28",
        week_start: int = 1,
    ) -> Expression:
        """Ask whether a date or instant lies in this day, week, month …, or in some before or after; see `InPeriod`.

        >>> from unified_profile.expressions import trait
        >>> trait("birth_date").in_period("week", yearly=True, zone=trait("timezone")).text()
        'the anniversary of birth_date falls in this week (timezone)'
        """
        return InPeriod(
            self._field, unit, first, last, zone=_zone(zone), yearly=yearly, leap=leap, week_start=week_start
        )

    def calendar(self, part: str, values: Iterable[int], *, zone: str | Named) -> Expression:
        """Ask whether the weekday (Monday is 1), month, day, year or hour of a date or instant is one of *values*.

        >>> from unified_profile.expressions import attribute
        >>> attribute("occurred_at").calendar("weekday", [6, 7], zone="Asia/Tokyo").text()
        'the weekday (Monday is 1) of occurred_at is one of [6, 7] (Asia/Tokyo)'
        """
        return CalendarPart(self._field, part=part, values=tuple(values), zone=_zone(zone))

    def compared_with(self, op: str, other: Named) -> Expression:
        """Ask how it stands to another field of the same kind: *op* is eq, ne, lt, le, gt, ge, before, after and so on.

        >>> from unified_profile.expressions import trait
        >>> trait("spent").compared_with("gt", trait("budget")).text()
        'spent is more than budget'
        """
        if not isinstance(other, Named):
            raise InvalidRulesError(field="other", reason="no field", hint="trait('b') or prop('b')")
        return FieldCondition(self._field, op, other._field, self._case)

    def elem_match(self, *rules: Expression) -> Expression:
        """Ask whether one and the same element of a list meets all *rules*, made of `prop`; `any`, `every`, `none`.

        >>> from unified_profile.expressions import prop, trait
        >>> trait("pets").elem_match(prop("kind") == "dog", prop("age") < 2).text()
        'some element of pets has: all of (kind is "dog"; age is less than 2)'
        """
        return ElementMatch(self._field, rules[0] if len(rules) == 1 else AllOf(rules), self._over or "any")

    def exists(self) -> Expression:
        """Ask whether there is a value: neither missing nor null; an empty text or list is one."""
        return self._ask("exists")

    def missing(self) -> Expression:
        """Ask whether nobody ever told."""
        return self._ask("missing")

    def null(self) -> Expression:
        """Ask whether it was told to be null."""
        return self._ask("null")

    def empty(self) -> Expression:
        """Ask whether it is an empty text, list or object."""
        return self._ask("empty")


def _zone(zone: str | Named) -> str | Field:
    """Return a zone, or the trait that says it."""
    return zone._field if isinstance(zone, Named) else zone  # noqa: SLF001 - a neighbor of its own kind
