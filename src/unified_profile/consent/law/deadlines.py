"""When something is due by law: an answer, an opt-out, a report; how long a proof is kept; when one may ask again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Final

import attrs
from dateutil.relativedelta import relativedelta

from unified_profile.consent.law.book import LawBook
from unified_profile.consent.law.rows import Law
from unified_profile.errors import UnknownNameError
from unified_profile.model.times import aware

_SATURDAY: Final = 5


@attrs.frozen
class Due:
    """By when, and by which row of the law.

    .. versionadded:: 0.1
    """

    at: datetime
    law: Law


def deadline(
    book: LawBook,
    question: str,
    place: str,
    /,
    *,
    start: datetime,
    extended: bool = False,
    holidays: Collection[date] = (),
) -> Due:
    """Return by when *question* is due in *place* if it began at *start*; of several rows the strictest.

    Business days leave out Saturdays, Sundays and *holidays*, and begin on the day after *start*.

    >>> from datetime import UTC
    >>> due = deadline(LawBook.default(), "respond_to_request", "DE", start=datetime(2026, 1, 31, tzinfo=UTC))
    >>> due.at.date().isoformat(), due.law.citation
    ('2026-02-28', 'GDPR Art. 12(3)')

    Raises:
        UnknownNameError: If no row answers the question there and then.

    .. versionadded:: 0.1
    """
    start = aware(start, field="start")
    rows = [one for one in book.at("deadline", place, start) if one.text("question") == question]
    if not rows:
        known = {one.text("question") for one in book.of("deadline", place)}
        raise UnknownNameError(kind=f"deadline in {place[:20]!r}", name=question, known=known)
    return min((Due(_after(one, start, holidays, extended=extended), one) for one in rows), key=lambda due: due.at)


def _after(row: Law, start: datetime, holidays: Collection[date], *, extended: bool) -> datetime:
    months, days = row.number("months"), row.number("days")
    if extended:
        months, days = months + row.number("extension_months"), days + row.number("extension_days")
    due = start + relativedelta(months=months) + timedelta(days=days, hours=row.number("hours"))
    for _ in range(row.number("business_days")):
        due += timedelta(days=1)
        while due.weekday() >= _SATURDAY or due.date() in holidays:
            due += timedelta(days=1)
    return due


def may_ask_again(
    book: LawBook, place: str, /, *, refused_at: datetime, kinds: Iterable[str] = (), channel: str = "any"
) -> Due | None:
    """Return from when somebody who refused may be asked again, by the longest window; None: no row says.

    *kinds* is what the purpose does, as a policy declares it.

    .. versionadded:: 0.1
    """
    refused_at, does = aware(refused_at, field="refused_at"), frozenset(kinds)
    found = [
        Due(refused_at + relativedelta(months=one.number("months")) + timedelta(days=one.number("days")), one)
        for one in book.at("reask", place, refused_at)
        if one.names("kinds") & does and (not one.names("channels") or channel in {"any", *one.names("channels")})
    ]
    return max(found, key=lambda due: due.at, default=None)


def kept_until(book: LawBook, subject: str, place: str, /, *, start: datetime) -> Due:
    """Return until when a proof is kept in *place* that began at *start*; of several rows the longest.

    Raises:
        UnknownNameError: If no row says so there and then.

    .. versionadded:: 0.1
    """
    start = aware(start, field="start")
    rows = [one for one in book.at("retention", place, start) if one.text("subject") == subject]
    if not rows:
        known = {one.text("subject") for one in book.of("retention", place)}
        raise UnknownNameError(kind=f"retention in {place[:20]!r}", name=subject, known=known)
    return max((Due(start + relativedelta(months=one.number("months")), one) for one in rows), key=lambda due: due.at)
