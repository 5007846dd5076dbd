"""What comes with a yes: when not to call, how often at most, what to say, and which values it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from unified_profile.consent.law.params import window
from unified_profile.consent.law.rows import Law
from unified_profile.consent.question import Answer, Question
from unified_profile.consent.situation import zone_of
from unified_profile.model.views import Obligation


def obligations_of(asked: Question, found: Answer, /) -> tuple[Obligation, ...]:
    """Return what must be kept when *found* is acted upon."""
    if not found.granted:
        return ()
    named = [*_limits(asked, found), *(_of_law(asked, found) if asked.law.rows else ())]
    return tuple(dict.fromkeys(named))


def _limits(asked: Question, found: Answer) -> Iterator[Obligation]:
    """Give what the grant or the entry itself limits."""
    if len(asked.cases) > 1 and found.grants:
        for one in found.grants:
            yield Obligation("only_address_of", one.id, because="rule:unproven_link")
    because = found.grants[0].id if found.grants else "rule:register"
    for name in found.categories:
        yield Obligation("only_category", name, because=because)


def _of_law(asked: Question, found: Answer) -> Iterator[Obligation]:
    for row in asked.rows("duty"):
        if row.names("codes") and found.code not in row.names("codes"):
            continue
        if row.params.get("third_party") is not True or asked.third_party:
            yield Obligation(row.text("duty"), row.text("value"), because=f"law:{row.id}")
    for row in asked.rows("do_not_call"):
        if found.code != "consent_given":
            yield Obligation("check_do_not_call", row.text("list"), because=f"law:{row.id}")
    for row in asked.rows("quiet_hours"):
        quiet = quiet_until(row, asked.situation.time_zone, asked.at)
        if quiet is not None and found.code not in row.names("except_codes"):
            yield Obligation("quiet_hours", quiet[0], quiet[1], because=f"law:{row.id}")
    for row in asked.rows("frequency_cap"):
        yield _cap(row, asked.situation.contacts, asked.at)


def quiet_until(row: Law, zone: str, at: datetime, /) -> tuple[str, datetime | None] | None:
    """Return until when nobody may be met by *row*; None if it is no quiet hour.

    Of somebody whose zone is unknown it is always quiet: ``("zone_unknown", None)``.
    """
    place = zone_of(zone)
    if place is None:
        return "zone_unknown", None
    if _open(row, at.astimezone(place)):
        return None
    return "until", _opens(row, at, place)


def _open(row: Law, local: datetime) -> bool:
    """Say whether *row* lets somebody be met at this local time: from, not after, the end of a window."""
    hour = local.time()
    return any(start <= hour and (hour < end or end == time()) for start, end in _windows(row, local.weekday()))


def _windows(row: Law, weekday: int) -> list[tuple[time, time]]:
    spans = row.params.get("weekend" if weekday >= 5 else "weekday", row.params.get("weekday", []))
    if weekday == 6 and "sunday" in row.params:
        spans = row.params["sunday"]
    found = [window(str(span)) for span in spans] if isinstance(spans, list) else []
    return [one for one in found if one is not None]


def _opens(row: Law, at: datetime, place: ZoneInfo) -> datetime | None:
    """Return the next instant at which a window opens, within eight days."""
    day = at.astimezone(place).date()
    for ahead in range(9):
        date = day + timedelta(days=ahead)
        for start, _ in sorted(_windows(row, date.weekday())):
            opens = datetime.combine(date, start, place).astimezone(at.tzinfo)
            if opens > at:
                return opens
    return None


def _cap(row: Law, contacts: Sequence[datetime], at: datetime) -> Obligation:
    """Return the cap, with when it is free again if it is reached."""
    most, window = row.number("most"), timedelta(hours=row.number("hours"))
    recent = sorted(one for one in contacts if at - window < one <= at)
    until = recent[len(recent) - most] + window if most and len(recent) >= most else None
    return Obligation("frequency_cap", f"{most} in {row.number('hours')} h", until, because=f"law:{row.id}")
