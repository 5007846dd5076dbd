"""By when a request has to be answered: the last day where the person is, by the row of the law that says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import attrs
from dateutil.relativedelta import relativedelta

from unified_profile.consent.law.book import LawBook
from unified_profile.consent.law.rows import Law
from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.model.times import aware
from unified_profile.rights.further_deadlines import ROWS

QUESTION: Final = "respond_to_request"
_SATURDAY: Final = 5


@attrs.frozen
class AnswerBy:
    """Until the end of which day a request can be answered.

    Attributes:
        due: The last day; None: "without delay", and no number.
        extended: The last day if the time is extended, which has to be told before *due*; None: it cannot be.
        law: The row that says so.

    .. versionadded:: 0.1
    """

    due: date | None
    extended: date | None
    law: Law

    def left(self, at: datetime, zone: tzinfo | str = "UTC", /) -> timedelta | None:
        """Return how long is left at *at* until the end of the day that is due there; negative when it is over."""
        if self.due is None:
            return None
        place = _zone(zone)
        end = datetime(self.due.year, self.due.month, self.due.day, tzinfo=place) + timedelta(days=1)
        return end - aware(at, field="at")


@cache
def deadline_book() -> LawBook:
    """Return the rows by which ``answer_by`` counts if it is given none: the law book, and those of further places.

    .. versionadded:: 0.1
    """
    return LawBook.default().plus(*ROWS)


def answer_by(
    received_at: datetime,
    place: str,
    /,
    *,
    zone: tzinfo | str = "UTC",
    book: LawBook | None = None,
    holidays: Collection[date] = (),
    question: str = QUESTION,
) -> AnswerBy:
    """Return by when a request that came in at *received_at* has to be answered in *place*; of several rows the first.

    A month ends on the day with the number of the day of receipt, or with the month where it has no such day: what
    comes in on 31 January is due on 28 February. Where a row says so (the EU: Regulation 1182/71 Art. 3(4)), a last day
    on a Saturday, Sunday or one of *holidays* moves to the next working day. Business days leave those out, and begin
    on the day after receipt. The time begins when it came in; if who asks could not be confirmed at once, whether it
    begins later is for you to judge.

    >>> from datetime import UTC
    >>> found = answer_by(datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "DE", zone="Europe/Berlin")
    >>> (
    ...     found.due.isoformat(),
    ...     found.extended.isoformat(),
    ...     found.law.citation,
    ... )  # 1 March is a Sunday
    ('2026-03-02', '2026-05-01', 'GDPR Art. 12(3)')

    Raises:
        InvalidInputError: If a part is not what it should be.
        UnknownNameError: If no row says so there and then.

    .. versionadded:: 0.1
    """
    at = aware(received_at, field="received_at")
    if not isinstance(place, str) or not isinstance(question, str):
        raise InvalidInputError(field="place", reason="not text", hint='"DE", "US-CA"')
    law = deadline_book() if book is None else book
    if not isinstance(law, LawBook):
        raise InvalidInputError(field="book", reason=f"a {type(law).__name__}", hint="see LawBook")
    closed_on = _days(holidays)
    rows = [one for one in law.at("deadline", place, at) if one.text("question") == question]
    if not rows:
        known = {one.text("question") for one in law.of("deadline", place)}
        raise UnknownNameError(kind=f"deadline in {place[:20]!r}", name=question, known=known)
    day = at.astimezone(_zone(zone)).date()
    found = [AnswerBy(_last(one, day, closed_on), _last(one, day, closed_on, extended=True), one) for one in rows]
    return min(found, key=lambda one: (one.due or date.max, one.law.id))


def _zone(zone: tzinfo | str) -> tzinfo:
    """Return a zone by its IANA name."""
    if isinstance(zone, tzinfo):
        return zone
    try:
        if isinstance(zone, str):
            return ZoneInfo(zone)
    except (ValueError, LookupError, OSError):
        pass
    raise InvalidInputError(field="zone", reason="not a time zone", hint="an IANA name, for example 'Asia/Tokyo'")


def _days(holidays: Collection[date]) -> frozenset[date]:
    try:
        found = frozenset(holidays)
    except Exception:  # noqa: BLE001  # whatever a stranger's object answers
        found = None
    if found is None or not all(isinstance(one, date) for one in found):
        raise InvalidInputError(field="holidays", reason="not dates", hint="{date(2026, 12, 25)}")
    return found


def _last(row: Law, day: date, holidays: frozenset[date], *, extended: bool = False) -> date | None:
    months, days, business = row.number("months"), row.number("days"), row.number("business_days")
    if not (months or days or business):
        return None
    if extended:
        more = row.number("extension_months"), row.number("extension_days")
        if not any(more):
            return None
        months, days = months + more[0], days + more[1]
    try:
        due = day + relativedelta(months=months) + timedelta(days=days)
        for _ in range(business):
            due = _working(due + timedelta(days=1), holidays)
        return _working(due, holidays) if row.params.get("rolls") is True else due
    except (OverflowError, ValueError):
        pass
    raise InvalidInputError(field="received_at", reason="leads beyond the year 9999", hint="correct the date")


def _working(day: date, holidays: frozenset[date]) -> date:
    while day.weekday() >= _SATURDAY or day in holidays:
        day += timedelta(days=1)
    return day
