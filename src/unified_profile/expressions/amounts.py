"""What events amount to: how many, how much, first and last, over all time or a window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field, path_json
from unified_profile.expressions.shape import Language
from unified_profile.expressions.tallies import AGGREGATES, TALLIES, Tally, contribution
from unified_profile.expressions.values import (
    LONGEST_TEXT,
    Moment,
    checked_duration,
    checked_instant,
    duration_text,
    instant_text,
)
from unified_profile.expressions.wording import measure_phrase, window_phrase
from unified_profile.model import Event
from unified_profile.model.values import Json

Zero: TypeAlias = Literal["compared", "false", "unknown"]
"""What becomes of people without such an event: 0 is compared, the condition is false, or it is unknown."""

_COUNTED = frozenset({"count", "distinct", "sum"})
_NUMERIC = frozenset({"count", "distinct", "sum", "avg", "min", "max"})


def _aggregate(aggregate: str) -> str:
    """Refuse an aggregate that does not exist."""
    if aggregate not in AGGREGATES:
        raise InvalidRulesError(field="measure", reason="no such aggregate", hint="one of " + ", ".join(AGGREGATES))
    return aggregate


def _of(path: tuple[str, ...] | str) -> tuple[str, ...]:
    """Keep the path of a property; none is an empty one."""
    return Field("property", path).path if path else ()


def _within(length: timedelta | None) -> timedelta | None:
    """Refuse a window without length."""
    return None if length is None else checked_duration(length, field="within")


def _instant(moment: datetime | None) -> datetime | None:
    """Refuse what is no instant."""
    return None if moment is None else checked_instant(moment, field="window")


@attrs.frozen
class Measure:
    """What the events of a filter amount to.

    *within* is a sliding window that holds what happened from that long before now up to now, both ends included;
    None is all time up to now. It is elapsed time: 30 days are 720 hours. *of* is the path of the property that is
    aggregated; the first and last event without it stand for their time. *zero* says what becomes of people without
    such an event.

    Further limits: *until* leaves out what is not that long ago yet (a rolling window between two ages), *since* and
    *before* are fixed instants, the first included; *session* keeps the last session, whose events are at most that far
    apart; *since_entry* counts from the entry into a segment on, and is unknown of who is not in it.
    """

    events: EventFilter
    aggregate: str = attrs.field(default="count", converter=_aggregate)
    of: tuple[str, ...] = attrs.field(default=(), converter=_of)
    within: timedelta | None = attrs.field(default=None, converter=_within)
    zero: str = ""
    until: timedelta | None = attrs.field(default=None, converter=_within, kw_only=True)
    since: datetime | None = attrs.field(default=None, converter=_instant, kw_only=True)
    before: datetime | None = attrs.field(default=None, converter=_instant, kw_only=True)
    session: timedelta | None = attrs.field(default=None, converter=_within, kw_only=True)
    since_entry: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse a count of a property, a sum of none, a smallest value that counts as 0, an empty window."""
        self._check_window()
        if self.aggregate == "count" and self.of:
            raise InvalidRulesError(field="of", reason="a count reads no property", hint="use 'distinct' or where")
        if self.aggregate not in {"count", "first", "last"} and not self.of:
            raise InvalidRulesError(field="of", reason=f"{self.aggregate!r} needs a property", hint="e.g. 'total'")
        usual = "compared" if self.aggregate in _COUNTED else "unknown"
        zero = self.zero or usual
        if zero not in get_args(Zero) or (zero == "compared" and usual == "unknown"):
            known = [each for each in get_args(Zero) if each != "compared" or usual == "compared"]
            raise InvalidRulesError(field="zero", reason="no such choice", hint="one of " + ", ".join(known))
        object.__setattr__(self, "zero", zero)

    def _check_window(self) -> None:
        """Refuse a window that nothing ever lies in."""
        if self.until is not None and self.within is not None and self.until >= self.within:
            raise InvalidRulesError(field="until", reason="leaves nothing of the window", hint="make within longer")
        if self.since is not None and self.before is not None and self.since >= self.before:
            raise InvalidRulesError(field="before", reason="leaves nothing of the window", hint="make since earlier")
        if not isinstance(self.since_entry, str) or len(self.since_entry) > LONGEST_TEXT:
            raise InvalidRulesError(field="since_entry", reason="no name of a segment", hint="its name")
        if self.session is not None and self.until is not None:
            raise InvalidRulesError(field="session", reason="has no gap before now", hint="leave until out")

    @property
    def simple(self) -> bool:
        """Whether the newest events decide it alone: it slides up to now, and reads no trait."""
        other = self.until or self.since or self.before or self.session or self.since_entry
        return not other and not self.events.personal

    @property
    def numeric(self) -> bool:
        """Whether it is always a number."""
        return self.aggregate in _NUMERIC

    def tally(self) -> Tally:
        """Return an empty running total."""
        return TALLIES[self.aggregate]()

    def bringer(self) -> Callable[[int, Event], object]:
        """Return a function from an event and its time to what it brings, None if it does not count."""
        clause = self.events.clause()
        aggregate = self.aggregate
        read = Field("property", self.of).reader() if self.of else None

        def bring(at: int, event: Event) -> object:
            if clause is not None and clause(event, 0) is not True:
                return None
            return Moment(at) if read is None else contribution(aggregate, read(event))

        return bring

    def text(self, language: Language = "en") -> str:
        """Return the measure in words."""
        window = window_phrase(
            language,
            within=self.within,
            until=self.until,
            since=self.since,
            before=self.before,
            session=self.session,
            since_entry=self.since_entry,
        )
        return measure_phrase(self.aggregate, ".".join(self.of), self.events.text(language), window, language)

    def to_json(self) -> dict[str, Json]:
        """Return the measure as JSON data; what becomes of people without such an event is always said."""
        shown = self.events.to_json()
        shown["measure"] = self.aggregate
        if self.of:
            shown["of"] = path_json(self.of)
        for name in ("within", "until", "session"):
            if getattr(self, name) is not None:
                shown[name] = duration_text(getattr(self, name))
        for name in ("since", "before"):
            if getattr(self, name) is not None:
                shown[name] = instant_text(getattr(self, name))
        if self.since_entry:
            shown["since_entry"] = self.since_entry
        shown["zero"] = self.zero
        return shown
