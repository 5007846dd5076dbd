"""Days, weeks and birthdays in a zone: against a plain reading of the calendar, and to the microsecond."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import some

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions import Subject, attribute, events, from_json, prop, trait
from unified_profile.model import Event
from unified_profile.model.times import from_micros, to_micros

# Clocks that change at night, at midnight, by half an hour, and a country that skipped a day.
ZONES = [
    "UTC",
    "Asia/Tokyo",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Beirut",
]
EDGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2018, 11, 4, 3, tzinfo=UTC), datetime(2011, 12, 30, 10, tzinfo=UTC),
    datetime(2024, 2, 28, 15, tzinfo=UTC), datetime(2024, 2, 29, 15, tzinfo=UTC),
    datetime(2025, 12, 31, 15, tzinfo=UTC),
    datetime(2026, 3, 1, 0, tzinfo=UTC), datetime(2022, 3, 26, 22, tzinfo=UTC), datetime(2026, 4, 5, 15, tzinfo=UTC),
]  # fmt: skip
near = st.builds(
    lambda edge, hours, ticks: edge + timedelta(hours=hours, microseconds=ticks),
    st.sampled_from(EDGES),
    st.sampled_from([0, 0, 1, -1, 24, -24, 24 * 7, -24 * 29, 24 * 365]),
    st.sampled_from([0, 1, -1, 30 * 60 * 10**6]),
)
dates = st.sampled_from(["2000-02-29", "1999-12-31", "2026-03-29", "2024-02-28", "2026-01-01", "2011-12-30"])
values = near.map(lambda moment: moment.isoformat()) | dates


def local(moment, zone):
    return moment.astimezone(ZoneInfo(zone)).date()


def of_value(value, zone):
    return date.fromisoformat(value) if len(value) == 10 else local(datetime.fromisoformat(value), zone)


def bounds(day, unit, count, week_start):
    """Return the first day of the unit that lies *count* units after that of *day*, by walking there."""
    begin = day
    if unit == "week":
        while begin.isoweekday() != week_start:
            begin -= timedelta(days=1)
    if unit in {"month", "year"}:
        begin = begin.replace(day=1, **({"month": 1} if unit == "year" else {}))
    for _ in range(abs(count)):
        step = {"day": 1, "week": 7}.get(unit)
        if step:
            begin += timedelta(days=step if count > 0 else -step)
        elif unit == "year":
            begin = begin.replace(year=begin.year + (1 if count > 0 else -1))
        elif count > 0:
            begin = (begin + timedelta(days=31)).replace(day=1)
        else:
            begin = (begin - timedelta(days=1)).replace(day=1)
    return begin


@st.composite
def periods(draw):
    unit = draw(st.sampled_from(["day", "week", "month", "year"]))
    yearly = draw(st.booleans()) and unit != "year"
    first = draw(st.integers(-3, 1))
    return {
        "unit": unit,
        "first": first,
        "last": draw(st.integers(first, 3)),
        "yearly": yearly,
        "leap": draw(st.sampled_from(["feb28", "mar1", "leap_years"])),
        "week_start": draw(st.sampled_from([1, 7])),
    }


def expected(value, asked, now, zone):
    today, day = local(now, zone), of_value(value, zone)
    start = bounds(today, asked["unit"], asked["first"], asked["week_start"])
    end = bounds(today, asked["unit"], asked["last"] + 1, asked["week_start"])
    if not asked["yearly"]:
        return start <= day < end

    def again(year):
        try:
            return day.replace(year=year)
        except ValueError:
            return {"feb28": date(year, 2, 28), "mar1": date(year, 3, 1)}.get(asked["leap"])

    found = [again(year) for year in range(today.year - 2, today.year + 3)]
    return any(start <= each < end for each in found if each)


@some(3)
@given(values, periods(), near, st.sampled_from(ZONES), st.booleans())
def test_a_period_is_what_the_calendar_shows_and_changes_when_it_says(value, asked, now, zone, own):
    rule = trait("day").in_period(**asked, zone=trait("zone") if own else zone)
    subject = Subject({"day": value, "zone": zone})
    answer = rule.evaluate(subject, now)
    assert answer is expected(value, asked, now, zone)
    change = rule.next_change(subject, now)
    if change is not None:
        assert change > now
        assert rule.evaluate(subject, change - timedelta(microseconds=1)) is answer
        assert rule.evaluate(subject, change) is not answer
    for hours in (1, 5, 23, 24, 24 * 8, 24 * 40, 24 * 364):
        later = now + timedelta(hours=hours)
        if change is None or later < change:
            assert rule.evaluate(subject, later) is answer
    assert from_json(rule.to_json()) == rule


@given(values, near, st.sampled_from(ZONES))
def test_parts_of_a_date_are_those_on_the_wall(value, now, zone):
    day, subject = of_value(value, zone), Subject({"day": value})
    asked = trait("day")
    assert asked.calendar("weekday", [day.isoweekday()], zone=zone).evaluate(subject, now) is True
    assert asked.calendar("month", {1, 2, 3} - {day.month}, zone=zone).evaluate(subject, now) is False
    assert asked.calendar("day", [day.day], zone=zone).evaluate(subject, now) is True
    hour = asked.calendar("hour", range(24), zone=zone)
    assert hour.evaluate(subject, now) is (None if len(value) == 10 else True)
    assert from_json(hour.to_json()) == hour


@given(near, st.sampled_from(ZONES), st.sampled_from(["day", "week", "month"]), st.integers(1, 3), st.randoms())
def test_regular_counts_units_of_the_calendar(now, zone, unit, at_least, random):
    told = [now - timedelta(hours=random.randrange(24 * 70), microseconds=1) for _ in range(5)]
    subject = Subject({}, [Event(id=str(n), source="s", name="x", occurred_at=at) for n, at in enumerate(told)])
    rule = events("x").regular(at_least, of=3, unit=unit, zone=zone)
    start = bounds(local(now, zone), unit, -2, 1)
    begins = {bounds(local(at, zone), unit, 0, 1) for at in told if local(at, zone) >= start}
    assert rule.evaluate(subject, now) is (len(begins) >= at_least)
    change = rule.next_change(subject, now)
    if change is not None:
        assert rule.evaluate(subject, change - timedelta(microseconds=1)) is not rule.evaluate(subject, change)
    assert from_json(rule.to_json()) == rule


def test_a_birthday_week_begins_and_ends_with_the_day_of_the_customer():
    rule = trait("birth_date").in_period("week", yearly=True, zone=trait("timezone"))
    born = Subject({"birth_date": "1990-02-29".replace("29", "28"), "timezone": "Asia/Tokyo"})
    monday = datetime(2026, 2, 23, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert rule.evaluate(born, monday - timedelta(microseconds=1)) is False
    assert rule.evaluate(born, monday) is True
    assert rule.next_change(born, monday) == monday + timedelta(days=7)
    assert rule.evaluate(Subject({"birth_date": "1990-02-28"}), monday) is None
    assert rule.evaluate(Subject({"birth_date": "1990-02-28", "timezone": "Mars/Olympus"}), monday) is None
    assert rule.why(Subject({"birth_date": "1990-02-28"}), to_micros(monday)) == "missing"
    denied = Subject({"birth_date": "1990-02-28", "timezone": "UTC"}, denied={"timezone"})
    assert rule.evaluate(denied, monday) is None
    assert rule.why(denied, to_micros(monday)) == "denied"
    assert rule.reads.traits == {"birth_date", "timezone"}


def test_orders_of_the_night_are_counted_by_the_hour_on_the_wall():
    rule = events("Order").where(attribute("occurred_at").calendar("hour", [22, 23], zone="Asia/Tokyo")).count() >= 1
    night = Event(id="n", source="s", name="Order", occurred_at=datetime(2026, 1, 1, 13, 30, tzinfo=UTC))
    noon = Event(id="d", source="s", name="Order", occurred_at=datetime(2026, 1, 1, 3, tzinfo=UTC))
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert rule.evaluate(Subject({}, [night]), now) is True
    assert rule.evaluate(Subject({}, [noon]), now) is False


def test_what_no_calendar_has_is_refused():
    for wrong in (
        lambda: trait("x").in_period("fortnight", zone="UTC"),  # type: ignore[arg-type]  # the slip
        lambda: trait("x").in_period("day", zone="Mars/Olympus"),
        lambda: trait("x").in_period("day", 2, 1, zone="UTC"),
        lambda: trait("x").in_period("year", yearly=True, zone="UTC"),
        lambda: trait("x").in_period("day", zone=prop("zone")),
        lambda: trait("x").calendar("weekday", [0], zone="UTC"),
        lambda: trait("x").calendar("minute", [0], zone="UTC"),
        lambda: events("x").regular(3, of=2),
        lambda: events("x").where(prop("day").in_period("day", zone="UTC")),
    ):
        with pytest.raises(InvalidRulesError):
            wrong()


def test_days_at_the_ends_of_time_have_no_next_change():
    rule = trait("x").in_period("day", -5, 5, zone="Pacific/Apia")
    last = from_micros(to_micros(datetime.max.replace(tzinfo=UTC)))
    assert rule.evaluate(Subject({"x": "9999-12-31"}), last) is True
    assert rule.next_change(Subject({"x": "9999-12-31"}), last) is None
    assert rule.evaluate(Subject({"x": "0001-01-01"}), datetime(1, 1, 2, tzinfo=UTC)) is True
