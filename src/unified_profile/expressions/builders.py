"""Writing rules in Python: ``trait("plan") == "pro"``, ``events("Order Completed").count().within(days=30) >= 2``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.accounts import OfMembers
from unified_profile.expressions.asked import Asked, length_of, several
from unified_profile.expressions.calendars import Unit
from unified_profile.expressions.casing import Case
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.dated import CalendarPart, InPeriod, Leap
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field
from unified_profile.expressions.holding import HeldFor
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.measures import Measure, MeasureCondition, Zero
from unified_profile.expressions.pairs import ElementMatch, FieldCondition
from unified_profile.expressions.paths import EventPath, Order
from unified_profile.expressions.rhythm import CameAgain, Regular
from unified_profile.expressions.sequences import EventSequence
from unified_profile.expressions.shares import InShare
from unified_profile.expressions.standing import MemberOf, Permitted
from unified_profile.expressions.values import Scalar

Path = str | tuple[str, ...]


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

        >>> trait("birth_date").in_period("week", yearly=True, zone=trait("timezone")).text()
        'the anniversary of birth_date falls in this week (timezone)'
        """
        return InPeriod(
            self._field, unit, first, last, zone=_zone(zone), yearly=yearly, leap=leap, week_start=week_start
        )

    def calendar(self, part: str, values: Iterable[int], *, zone: str | Named) -> Expression:
        """Ask whether the weekday (Monday is 1), month, day, year or hour of a date or instant is one of *values*.

        >>> attribute("occurred_at").calendar("weekday", [6, 7], zone="Asia/Tokyo").text()
        'the weekday (Monday is 1) of occurred_at is one of [6, 7] (Asia/Tokyo)'
        """
        return CalendarPart(self._field, part=part, values=tuple(values), zone=_zone(zone))

    def compared_with(self, op: str, other: Named) -> Expression:
        """Ask how it stands to another field of the same kind: *op* is eq, ne, lt, le, gt, ge, before, after and so on.

        >>> trait("spent").compared_with("gt", trait("budget")).text()
        'spent is more than budget'
        """
        if not isinstance(other, Named):
            raise InvalidRulesError(field="other", reason="no field", hint="trait('b') or prop('b')")
        return FieldCondition(self._field, op, other._field, self._case)

    def elem_match(self, *rules: Expression) -> Expression:
        """Ask whether one and the same element of a list meets all *rules*, made of `prop`; `any`, `every`, `none`.

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


class Quantity(Asked):
    """What events amount to, in the hand of somebody who writes a rule.

    .. versionadded:: 0.1
    """

    __slots__ = ("measure",)

    def __init__(self, measure: Measure) -> None:
        """Hold *measure*."""
        self.measure = measure

    def __repr__(self) -> str:
        """Say what it is."""
        return f"<{self.measure.text()}>"

    def _ask(self, op: str, value: object = None) -> Expression:
        return MeasureCondition(self.measure, op, value)  # type: ignore[arg-type]  # MeasureCondition checks it

    def within(
        self, length: timedelta | None = None, /, *, days: float = 0, hours: float = 0, minutes: float = 0
    ) -> Quantity:
        """Limit it to a sliding window up to now. It is elapsed time: a day has 24 hours."""
        return Quantity(attrs.evolve(self.measure, within=length_of(length, days, hours, minutes)))

    def until(
        self, length: timedelta | None = None, /, *, days: float = 0, hours: float = 0, minutes: float = 0
    ) -> Quantity:
        """Leave out what happened less than that long ago."""
        return Quantity(attrs.evolve(self.measure, until=length_of(length, days, hours, minutes)))

    def between(self, since: datetime | None = None, before: datetime | None = None) -> Quantity:
        """Limit it to fixed instants: from *since* on, and before *before*."""
        return Quantity(attrs.evolve(self.measure, since=since, before=before))

    def in_last_session(self, gap: timedelta = timedelta(minutes=30)) -> Quantity:
        """Limit it to the last session: events at most *gap* apart from each other."""
        return Quantity(attrs.evolve(self.measure, session=gap))

    def since_entry(self, segment: str) -> Quantity:
        """Limit it to what happened since the person entered a segment, as `Subject.entered` tells."""
        return Quantity(attrs.evolve(self.measure, since_entry=segment))


class Events:
    """Events in the hand of somebody who writes a rule.

    .. versionadded:: 0.1
    """

    __slots__ = ("filter",)

    def __init__(self, filter: EventFilter) -> None:
        """Hold *filter*."""
        self.filter = filter

    def __repr__(self) -> str:
        """Say which."""
        return f"<{self.filter.text()}>"

    def where(self, *rules: Expression) -> Events:
        """Keep those of which every one of *rules* (made of `prop` and `attribute`) is true.

        >>> (events("Order Completed").where(prop("total") >= 100).count() >= 1).text()
        'the number of "Order Completed" events where total is at least 100 is at least 1'
        """
        held = () if self.filter.where is None else (self.filter.where,)
        every = (*held, *rules)
        return Events(attrs.evolve(self.filter, where=every[0] if len(every) == 1 else AllOf(every)))

    def count(self, *, zero: Zero = "compared") -> Quantity:
        """How many; *zero* says what becomes of people without one."""
        return Quantity(Measure(self.filter, zero=zero))

    def distinct(self, *of: str, zero: Zero = "compared") -> Quantity:
        """How many different values of a property."""
        return Quantity(Measure(self.filter, "distinct", of, zero=zero))

    def sum(self, *of: str, zero: Zero = "compared") -> Quantity:
        """What the numbers of a property add up to."""
        return Quantity(Measure(self.filter, "sum", of, zero=zero))

    def avg(self, *of: str, zero: Zero = "unknown") -> Quantity:
        """The mean of the numbers of a property."""
        return Quantity(Measure(self.filter, "avg", of, zero=zero))

    def most_frequent(self, *of: str, zero: Zero = "unknown") -> Quantity:
        """The value of a property told most often; of several alike the smallest."""
        return Quantity(Measure(self.filter, "most_frequent", of, zero=zero))

    def min(self, *of: str, zero: Zero = "unknown") -> Quantity:
        """The smallest number of a property."""
        return Quantity(Measure(self.filter, "min", of, zero=zero))

    def max(self, *of: str, zero: Zero = "unknown") -> Quantity:
        """The largest number of a property."""
        return Quantity(Measure(self.filter, "max", of, zero=zero))

    def first(self, *of: str, zero: Zero = "unknown") -> Quantity:
        """The value of a property in the first event that has one; without a property the time of the first."""
        return Quantity(Measure(self.filter, "first", of, zero=zero))

    def last(self, *of: str, zero: Zero = "unknown") -> Quantity:
        """The value of a property in the last event that has one; without a property the time of the last."""
        return Quantity(Measure(self.filter, "last", of, zero=zero))

    def followed_by(
        self,
        then: Events,
        *,
        within: timedelta,
        same: Path | tuple[Path, Path] | None = None,
        during: timedelta | None = None,
    ) -> Expression:
        """Ask whether one of *then* followed within a time; see `EventSequence`.

        *same* is a property, or for properties that differ in name a pair of them (paths are tuples).
        """
        return EventSequence(self.filter, then.filter, within, followed=True, same=_pair(same), during=during)

    def not_followed_by(
        self,
        then: Events,
        *,
        within: timedelta,
        same: Path | tuple[Path, Path] | None = None,
        during: timedelta | None = None,
    ) -> Expression:
        """Ask whether no event of *then* followed within a time.

        >>> cart = events("Product Added").not_followed_by(
        ...     events("Order Completed"), within=timedelta(hours=24), same=("product_id", ("products", "product_id"))
        ... )
        >>> cart.text()
        '"Product Added" events not followed within 1 day by "Order Completed" events with the same product_id'
        """
        return EventSequence(self.filter, then.filter, within, followed=False, same=_pair(same), during=during)

    def then(
        self,
        *stages: Events,
        within: timedelta | None = None,
        order: Order = "ordered",
        session: timedelta | None = None,
        during: timedelta | None = None,
    ) -> Expression:
        """Ask whether these events and those of *stages* came one after the other; see `EventPath`.

        >>> seen, bought = events("Product Viewed"), events("Order Completed")
        >>> seen.then(events("Product Added"), bought, within=timedelta(days=7)).text()
        '"Product Viewed" events, then "Product Added" events, then "Order Completed" events (within 7 days)'
        """
        filters = tuple(stage.filter for stage in (self, *stages))
        return EventPath(filters, within, order, session, during)

    def regular(
        self, at_least: int, *, of: int, unit: Unit = "week", zone: str = "UTC", week_start: int = 1
    ) -> Expression:
        """Ask whether there was one in *at_least* of the last *of* calendar units; see `Regular`."""
        return Regular(self.filter, at_least, of, unit, zone=zone, week_start=week_start)

    def again_after(self, gap: timedelta, *, during: timedelta | None = None) -> Expression:
        """Ask whether one came more than *gap* after its forerunner: somebody who restarted."""
        return CameAgain(self.filter, gap, during)

    def stopped(self, *, after: timedelta, at_least: int = 1) -> Expression:
        """Ask whether there were *at_least* so many, and none in the last time.

        >>> events("Order Completed").stopped(after=timedelta(days=90), at_least=2).depth
        2
        """
        return AllOf((self.count() >= at_least, self.count().within(after) == 0))

    def first_ever(
        self, length: timedelta | None = None, /, *, days: float = 0, hours: float = 0, minutes: float = 0
    ) -> Expression:
        """Ask whether the very first came within the last time."""
        return self.first().within_last(length_of(length, days, hours, minutes))


def trait(*path: str) -> Named:
    """Return the trait of that name (or path into an object), to ask something of.

    >>> (trait("tags").every != "spam").to_json()
    {'trait': 'tags', 'op': 'ne', 'value': 'spam'}
    """
    return Named(Field("trait", path))


def prop(*path: str) -> Named:
    """Return the property of an event, for ``where``; a path leads through lists into each element."""
    return Named(Field("property", path))


def attribute(name: str) -> Named:
    """Return an attribute of an event (brand, channel, name, occurred_at, source, type), for ``where``."""
    return Named(Field("attribute", (name,)))


def events(*names: str, type: str = "track") -> Events:
    """Return the events of one of *names* (any without) and of a Segment-spec type ("" for any)."""
    return Events(EventFilter(names, type))


def all_of(*rules: Expression) -> Expression:
    """Join *rules*: true when all are."""
    return AllOf(rules)


def any_of(*rules: Expression) -> Expression:
    """Join *rules*: true when at least one is."""
    return AnyOf(rules)


def none_of(*rules: Expression) -> Expression:
    """Join *rules*: true when all are false."""
    return NoneOf(rules)


def permitted(purpose: str, channel: str = "any") -> Expression:
    """Ask whether something is permitted for *purpose* on *channel*."""
    return Permitted(purpose, channel)


def member_of(segment: str) -> Expression:
    """Ask whether the person is in another segment."""
    return MemberOf(segment)


def held_for(
    rule: Expression, length: timedelta | None = None, /, *, days: float = 0, hours: float = 0, minutes: float = 0
) -> Expression:
    """Ask whether *rule* has been true without a break for that long; see `HeldFor`."""
    return HeldFor(rule, length_of(length, days, hours, minutes))


def in_share(salt: str, percent: float, *, start: float = 0) -> Expression:
    """Ask whether somebody is among the *percent* drawn with *salt*; see `InShare`."""
    return InShare(salt, percent, start)


def members_any(rule: Expression, *, at_least: int = 1) -> Expression:
    """Ask of an account whether at least so many of its people meet *rule*."""
    return OfMembers(rule, at_least)


def members_all(rule: Expression) -> Expression:
    """Ask of an account whether all of its people meet *rule*."""
    return OfMembers(rule, 0)


def members_none(rule: Expression) -> Expression:
    """Ask of an account whether none of its people meets *rule*."""
    return Not(OfMembers(rule, 1))


def _zone(zone: str | Named) -> str | Field:
    """Return a zone, or the trait that says it."""
    return zone._field if isinstance(zone, Named) else zone  # noqa: SLF001 - a neighbor of its own kind


def _pair(same: Path | tuple[Path, Path] | None) -> tuple[Path, Path] | None:
    """Return the property of each event: one name stands for both."""
    if same is None or isinstance(same, str):
        return None if same is None else (same, same)
    if len(same) != 2:
        raise InvalidRulesError(field="same", reason="not a pair of properties", hint="one per event; paths are tuples")
    return (same[0], same[1])
