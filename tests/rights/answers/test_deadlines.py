"""By when an answer is due: months end right, working days are working days, and every row says where it stands."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile.consent.law.book import LawBook
from unified_profile.consent.law.rows import row
from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.rights.deadlines import answer_by, deadline_book


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("received", "place", "due", "extended"), [
    ("2026-03-05", "FR", "2026-04-07", "2026-06-05"),  # 5 April is a Sunday, and the 6th Easter Monday
    ("2026-01-30", "FR", "2026-03-02", "2026-04-30"),  # the 28th is a Saturday
    ("2024-01-31", "DE", "2024-02-29", "2024-04-30"),  # a leap year
    ("2026-08-31", "NO", "2026-09-30", "2026-11-30"),
    ("2026-08-31", "GB", "2026-09-30", "2026-11-30"),
    ("2026-01-31", "US-CA", "2026-03-17", "2026-05-01"),  # 45 days and 45 more, whatever day it is
    ("2026-01-31", "US-VA", "2026-03-17", "2026-05-01"),
    ("2026-01-31", "BR", "2026-02-15", None),
    ("2026-01-31", "CH", "2026-03-02", None),
    ("2026-01-31", "CA", "2026-03-02", "2026-04-01"),
    ("2026-01-31", "KR", "2026-02-10", None),
    ("2026-01-31", "SG", "2026-03-02", None),
    ("2026-01-31", "JP", None, None),  # without delay
])  # fmt: skip
def test_an_answer_is_due_as_the_law_of_the_place_says(received, place, due, extended):
    found = answer_by(at(received), place, holidays={date(2026, 4, 6)})
    assert (found.due, found.extended) == tuple(
        None if one is None else date.fromisoformat(one) for one in (due, extended)
    )
    assert found.law.citation


def test_of_several_rows_the_first_to_be_over_counts():
    book = deadline_book().plus(
        row("de-own", "DE", "deadline", "2018-05-25", "own", question="respond_to_request", days=7)
    )
    assert answer_by(at("2026-01-01"), "DE", book=book).due == date(2026, 1, 8)


def test_it_is_the_day_of_the_person_that_counts():
    late = datetime(2026, 1, 31, 16, tzinfo=UTC)  # already 1 February in Tokyo
    book = LawBook([row("x", "JP", "deadline", "2020-01-01", "x", question="respond_to_request", months=1)])
    assert answer_by(late, "JP", book=book).due == date(2026, 2, 28)
    assert answer_by(late, "JP", book=book, zone="Asia/Tokyo").due == date(2026, 3, 1)


def test_what_is_left_runs_to_the_end_of_the_last_day():
    found = answer_by(at("2026-03-02"), "US-CA")
    assert found.due == date(2026, 4, 16)
    assert found.left(at("2026-04-16")) == timedelta(days=1)
    left = found.left(at("2026-04-18"), "America/Los_Angeles")
    assert left is not None
    assert left < timedelta(0)
    assert answer_by(at("2026-03-02"), "JP").left(at("2026-04-16")) is None


def test_business_days_leave_out_weekends_and_holidays_and_begin_on_the_day_after():
    found = answer_by(at("2026-12-24"), "US-CA", question="acknowledge_request", holidays={date(2026, 12, 25)})
    assert found.due == date(2027, 1, 8)  # ten working days after Thursday the 24th, without the 25th


def slowly_later(day: date, months: int) -> date:
    """Return the same day of the month later, or its last: counted month by month."""
    year, month = day.year, day.month
    for _ in range(months):
        month += 1
        if month > 12:
            year, month = year + 1, 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@given(st.dates(date(2018, 6, 1), date(2090, 1, 1)), st.sets(st.dates(date(2018, 6, 1), date(2019, 6, 1)), max_size=20))
def test_a_month_is_a_month_and_the_last_day_is_a_working_day(day, holidays):
    received = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    found = answer_by(received, "FR", holidays=holidays)
    for last, months in ((found.due, 1), (found.extended, 3)):
        assert last is not None
        assert last.weekday() < 5
        assert last not in holidays
        plain = slowly_later(day, months)
        between = [plain + timedelta(days=n) for n in range((last - plain).days)]
        assert all(one.weekday() >= 5 or one in holidays for one in between)


@pytest.mark.parametrize(("place", "question"), [("AQ", "respond_to_request"), ("FR", "nothing"), ("", "x")])
def test_where_no_row_says_so_nothing_is_made_up(place, question):
    with pytest.raises(UnknownNameError):
        answer_by(at("2026-01-01"), place, question=question)


JUNK: list[dict[str, Any]] = [
    {"received_at": datetime(2026, 1, 1)}, {"received_at": None}, {"place": None}, {"zone": "Nowhere"},  # noqa: DTZ001  # meant
    {"book": 7}, {"holidays": [7]}, {"holidays": 7}, {"question": None}, {"received_at": at("9999-12-31")},
]  # fmt: skip


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_is_refused_by_a_typed_error(junk):
    given: dict[str, Any] = {"received_at": at("2026-01-01"), "place": "FR"} | junk
    with pytest.raises(InvalidInputError):
        answer_by(given.pop("received_at"), given.pop("place"), **given)


def test_a_place_of_which_only_a_deadline_is_known_is_still_unknown_to_decisions():
    """A use is decided only where the book knows the law."""
    for place in ("BR", "CH", "KR", "SG"):
        assert not LawBook.default().knows(place)
        assert deadline_book().knows(place)
    assert all(one.citation and not one.read for one in deadline_book() if one.jurisdiction in {"BR", "CH", "KR"})
