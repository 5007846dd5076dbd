"""Columns of times, opening hours, waiting times and targets: no zone is guessed, no open case forgotten."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import (
    BusinessHours,
    first_response_time,
    overdue,
    promises_kept,
    resolution_time,
    sla_attainment,
    time_to_action,
)
from unified_profile.metrics.instants import read_instants
from unified_profile.metrics.periods_of import periods_of

BERLIN = ZoneInfo("Europe/Berlin")
NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
CLOCKS_FROM, CLOCKS_2026, CLOCKS_TO = (NINE.replace(year=year, tzinfo=None) for year in (2020, 2026, 2027))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICE = BusinessHours(zone="Europe/Berlin", hours={"mon-fri": ("09:00", "17:00")}, holidays=["2026-05-14"])

TIMES = [datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), None, datetime(2026, 10, 25, 3, 30, tzinfo=BERLIN)]
IN_UTC = [None if each is None else each.astimezone(UTC) for each in TIMES]
SERIES = pd.to_datetime(pd.Series(IN_UTC, dtype=object), utc=True)
AWARE = {
    "list": TIMES,
    "pandas": SERIES,
    "pandas in Tokyo": SERIES.dt.tz_convert("Asia/Tokyo"),
    "pandas index": pd.DatetimeIndex(SERIES),
    "pandas on arrow": pd.Series(IN_UTC, dtype=pd.ArrowDtype(pa.timestamp("us", "UTC"))),
    "pandas objects": pd.Series(IN_UTC, dtype=object),
    "polars": pl.Series(IN_UTC),
    "polars in Berlin": pl.Series(TIMES, dtype=pl.Datetime("ms", "Europe/Berlin")),
    "arrow": pa.array(IN_UTC),
    "arrow chunks": pa.chunked_array([pa.array(IN_UTC)]),
}
CLOCK = np.array(["2026-03-29T01:30:00", "NaT", "2026-10-25T03:30:00"], dtype="datetime64[us]")
NAIVE = {
    "numpy": CLOCK,
    "numpy seconds": CLOCK.astype("datetime64[s]"),
    "numpy scalars": list(CLOCK),
    "pandas": pd.Series(CLOCK),
    "polars": pl.Series(CLOCK),
    "arrow": pa.array(CLOCK),
    "list": [None if each is None else each.replace(tzinfo=None) for each in TIMES],
}
EXPECTED = read_instants(TIMES, field="times").tolist()


@pytest.mark.parametrize("column", AWARE.values(), ids=AWARE)
def test_aware_times_of_any_kind_are_the_same_instants(column):
    assert read_instants(column, field="times").tolist() == EXPECTED


@pytest.mark.parametrize("column", NAIVE.values(), ids=NAIVE)
def test_naive_times_need_the_zone_whose_clock_was_read(column):
    assert read_instants(column, field="times", zone="Europe/Berlin").tolist() == EXPECTED
    with pytest.raises(InvalidInputError) as caught:
        read_instants(column, field="times")
    assert "zone" in str(caught.value)


@pytest.mark.parametrize("column", (["2026-01-01"], [5], "2026", [date(2026, 1, 1)], 7, {NINE}))
def test_what_is_no_time_is_refused(column):
    with pytest.raises(InvalidInputError):
        read_instants(column, field="times", zone="UTC")


@given(
    st.lists(st.datetimes(CLOCKS_FROM, CLOCKS_TO), max_size=20),
    st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"]),
)
def test_numpy_and_python_read_clocks_alike(times, zone):
    column = np.array(times, dtype="datetime64[us]")
    assert read_instants(column, field="t", zone=zone).tolist() == read_instants(times, field="t", zone=zone).tolist()


def test_half_past_eleven_and_half_past_midnight_fall_on_the_days_of_the_zone():
    late = [datetime(2026, 5, 31, 23, 30, tzinfo=UTC), datetime(2026, 6, 1, 0, 30, tzinfo=UTC)]
    assert periods_of(late, "day", zone="UTC") == ["2026-05-31", "2026-06-01"]
    assert periods_of(late, "day", zone="Europe/Berlin") == ["2026-06-01", "2026-06-01"]
    assert periods_of(late, "month", zone="America/New_York") == ["2026-05", "2026-05"]
    assert periods_of([date(2027, 1, 1)], "week", zone="Asia/Tokyo") == ["2026-W53"]
    assert periods_of([date(2026, 6, 30), None], "quarter", zone="Asia/Tokyo") == ["2026-Q2", None]
    assert periods_of([date(2026, 6, 30)], "year", zone="Asia/Tokyo") == ["2026"]
    asked: Any = periods_of
    for every, zone in (("decade", "UTC"), ("day", "Mars/Base")):
        with pytest.raises(InvalidInputError):
            asked(late, every, zone=zone)


# --- opening hours ---------------------------------------------------------------------------------------------------


def test_only_opening_hours_count_and_holidays_do_not():
    friday, monday = datetime(2026, 5, 8, 16, tzinfo=BERLIN), datetime(2026, 5, 11, 10, tzinfo=BERLIN)
    assert OFFICE.between(friday, monday) == 2 * HOUR
    assert (
        OFFICE.between(datetime(2026, 5, 13, 17, tzinfo=BERLIN), datetime(2026, 5, 15, 9, tzinfo=BERLIN)) == timedelta()
    )
    assert OFFICE.between(monday, friday) == -2 * HOUR


def test_a_day_on_which_clocks_change_has_the_hours_that_people_worked():
    always = BusinessHours(zone="Europe/Berlin", hours={"mon-sun": ("00:00", "24:00")})
    spring, fall = datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)
    assert always.between(spring, datetime(2026, 3, 30, tzinfo=BERLIN)) == 23 * HOUR
    assert always.between(fall, datetime(2026, 10, 26, tzinfo=BERLIN)) == 25 * HOUR
    night = BusinessHours(zone="Europe/Berlin", hours={"sun": [("00:00", "04:00"), ("20:00", "24:00")]})
    assert night.between(spring, datetime(2026, 3, 30, tzinfo=BERLIN)) == 7 * HOUR


moments = st.datetimes(CLOCKS_2026, CLOCKS_TO, timezones=st.just(UTC))


@given(moments, moments, moments)
def test_opening_time_adds_up_and_columns_agree_with_single_times(a, b, c):
    assert OFFICE.between(a, b) + OFFICE.between(b, c) == OFFICE.between(a, c)
    took = resolution_time([min(a, b)], [max(a, b)], as_of=max(a, b), hours=OFFICE, unit=timedelta(microseconds=1))
    assert took.value == OFFICE.between(min(a, b), max(a, b)) / timedelta(microseconds=1)
    assert abs(OFFICE.between(a, b)) <= abs(b - a)


NINE_TO_FIVE = ("09:00", "17:00")
IMPOSSIBLE: list[dict[str, Any]] = [
    {"zone": "Mars/Base"},
    {"hours": {}},
    {"hours": {"someday": NINE_TO_FIVE}},
    {"hours": {"fri-mon": NINE_TO_FIVE}},
    {"hours": {"mon": ("17:00", "09:00")}},
    {"hours": {"mon": ("nine", "five")}},
    {"hours": {"mon": [("09:00", "12:00"), ("11:00", "13:00")]}},
    {"holidays": ["Christmas"]},
    {"hours": {"mon": 9}},
]


@pytest.mark.parametrize("wrong", IMPOSSIBLE, ids=str)
def test_impossible_opening_hours_are_refused(wrong):
    asked: Any = {"zone": "UTC", "hours": {"mon": ("09:00", "17:00")}, **wrong}
    with pytest.raises(InvalidInputError):
        BusinessHours(**asked)


# --- waiting times ---------------------------------------------------------------------------------------------------


def test_open_cases_are_not_left_out():
    """Three were answered at once, seven wait: the team is slow, whatever the answered ones say."""
    opened, done = [NINE] * 10, [NINE + HOUR] * 3 + [None] * 7
    for metric in (first_response_time, resolution_time, time_to_action):
        found = metric(opened, done, as_of=NINE + 20 * HOUR)
        assert not found.known
        assert (found.n, found.high) == (10, np.inf)
        assert found.warnings[0] == "7 of 10 are still open and count as taking at least that long"
        assert metric(opened, done, as_of=NINE + 20 * HOUR, q=0.3).value == 1


@given(st.lists(st.integers(0, 500), min_size=1, max_size=60), st.floats(0.05, 0.95))
def test_without_open_cases_the_percentile_is_a_waiting_time_that_occurred(hours, q):
    found = first_response_time([NINE] * len(hours), [NINE + h * HOUR for h in hours], as_of=NINE + 600 * HOUR, q=q)
    assert found.value in hours
    assert found.value == float(np.quantile(hours, q, method="inverted_cdf"))
    assert 0 <= found.low <= found.value <= found.high
    assert found.method == "order_statistics"


def test_percentiles_cover_their_truth_with_open_cases():
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(200):
        start = [NINE + HOUR * float(h) for h in rng.uniform(0, 100, 80)]
        took = [HOUR * float(h) for h in rng.exponential(20, 80)]
        now = NINE + 110 * HOUR
        done = [a + b if a + b <= now else None for a, b in zip(start, took, strict=True)]
        found = resolution_time(start, done, as_of=now)
        covered += found.low <= 20 * np.log(2) <= found.high
    assert covered / 200 >= 0.93


def test_what_happened_after_the_moment_is_not_known_yet():
    found = first_response_time([NINE, NINE + 9 * HOUR], [NINE + 5 * HOUR, None], as_of=NINE + 4 * HOUR)
    assert (found.n, found.n_missing, found.known) == (1, 1, False)


def test_groups_units_and_weights():
    opened, done = [NINE] * 4, [NINE + HOUR, NINE + 2 * HOUR, NINE + 3 * HOUR, None]
    found = resolution_time(opened, done, as_of=NINE + DAY, by=["a", "a", "b", "b"], unit=timedelta(minutes=1))
    assert (found["a"].value, found["b"].value) == (60, 180)
    heavy = resolution_time(opened[:3], done[:3], as_of=NINE + DAY, weights=[1, 1, 10])
    assert heavy.value == 3


def test_a_case_done_before_it_was_opened_is_refused():
    with pytest.raises(InvalidInputError) as caught:
        resolution_time([NINE, NINE], [NINE + HOUR, NINE - HOUR], as_of=NINE + DAY)
    assert "position 1" in str(caught.value)
    for call in (
        lambda: resolution_time([NINE], [NINE, NINE], as_of=NINE),
        lambda: resolution_time([NINE], [NINE], as_of=NINE, q=1),
        lambda: resolution_time([NINE], [NINE], as_of=NINE, unit=timedelta()),
        lambda: resolution_time([NINE], [NINE], as_of=CLOCKS_2026),
    ):  # fmt: skip
        with pytest.raises(InvalidInputError):
            call()
    with pytest.raises(InsufficientDataError):
        resolution_time([None], [None], as_of=NINE)


# --- targets ---------------------------------------------------------------------------------------------------------


def test_the_limit_itself_is_in_time_and_an_open_case_beyond_it_has_missed_it():
    limit, second = 4 * HOUR, timedelta(microseconds=1)
    opened = [NINE] * 5
    done = [NINE + limit, NINE + limit + second, None, NINE + HOUR, NINE]
    found = sla_attainment(opened, done, within=limit, as_of=NINE + limit + second)
    assert (found.value, found.n, found.n_missing) == (3 / 5, 5, 0)
    early = sla_attainment(opened, done, within=limit, as_of=NINE + limit)
    assert (early.n, early.n_missing) == (3, 2)


def test_overdue_is_exact_at_the_boundary_and_the_latest_come_first():
    limit = 4 * HOUR
    opened = [NINE, NINE + HOUR, NINE - HOUR, None]
    assert [each.case for each in overdue(opened, [None] * 4, within=limit, as_of=NINE + limit)] == [2]
    late = overdue(opened, [None] * 4, within=limit, as_of=NINE + 2 * limit, ids=["a", "b", "c", "d"])
    assert [(each.case, each.late) for each in late] == [("c", 5 * HOUR), ("a", 4 * HOUR), ("b", 3 * HOUR)]
    assert all(one.waited >= other.waited for one, other in pairwise(late))
    closed = BusinessHours(zone="UTC", hours={"sun": ("00:00", "01:00")})
    assert overdue(opened, [None] * 4, within=limit, as_of=NINE + DAY, hours=closed) == []
    with pytest.raises(InvalidInputError):
        overdue([NINE], [None], within=limit, as_of=NINE, ids=["a", "b"])
    with pytest.raises(InvalidInputError):
        sla_attainment([NINE], [None], within=-limit, as_of=NINE)


def test_the_call_that_is_important_was_answered_in_two_minutes_as_promised_or_it_was_not():
    """Ten minutes on hold against a promise of two."""
    called = [NINE] * 3
    answered = [NINE + timedelta(minutes=m) for m in (1, 2, 10)]
    due = [each + timedelta(minutes=2) for each in called]
    assert promises_kept(due, answered, as_of=NINE + HOUR).value == pytest.approx(2 / 3)


def test_an_open_promise_is_neither_kept_nor_broken_until_it_is_due():
    due, done = [NINE, NINE + DAY, NINE, None], [None, None, NINE - HOUR, NINE]
    assert promises_kept(due, done, as_of=NINE + HOUR).n == 2
    assert promises_kept(due, done, as_of=NINE).n_missing == 3
    found = promises_kept(due, done, as_of=NINE + 2 * DAY, by=["a", "a", "b", "b"])
    assert (found["a"].value, found["b"].value, found["b"].n_missing) == (0, 1, 1)
    with pytest.raises(InsufficientDataError):
        promises_kept([NINE + DAY], [None], as_of=NINE)
    with pytest.raises(InvalidInputError):
        promises_kept([NINE], [], as_of=NINE)
