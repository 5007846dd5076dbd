"""Writing conditions on events in Python: ``events("Order Completed").count().within(days=30) >= 2``."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.amounts import Measure, Zero
from unified_profile.expressions.asked import Asked, length_of
from unified_profile.expressions.calendars import Unit
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.logic import AllOf, Expression
from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.paths import EventPath, Order
from unified_profile.expressions.rhythm import CameAgain, Regular
from unified_profile.expressions.sequences import EventSequence

Path = str | tuple[str, ...]


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

        >>> from unified_profile.expressions import events, prop
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

        >>> from unified_profile.expressions import events
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

        >>> from unified_profile.expressions import events
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

        >>> from unified_profile.expressions import events
        >>> events("Order Completed").stopped(after=timedelta(days=90), at_least=2).depth
        2
        """
        return AllOf((self.count() >= at_least, self.count().within(after) == 0))

    def first_ever(
        self, length: timedelta | None = None, /, *, days: float = 0, hours: float = 0, minutes: float = 0
    ) -> Expression:
        """Ask whether the very first came within the last time."""
        return self.first().within_last(length_of(length, days, hours, minutes))


def _pair(same: Path | tuple[Path, Path] | None) -> tuple[Path, Path] | None:
    """Return the property of each event: one name stands for both."""
    if same is None or isinstance(same, str):
        return None if same is None else (same, same)
    if len(same) != 2:
        raise InvalidRulesError(field="same", reason="not a pair of properties", hint="one per event; paths are tuples")
    return (same[0], same[1])
