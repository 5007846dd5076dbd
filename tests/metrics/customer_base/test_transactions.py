"""From purchases to customers: nothing is dropped in silence, and a day begins where the caller says."""

# ruff: noqa: N806 - T is the letter of the papers

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InsufficientDataError, InvalidInputError, UnknownNameError
from unified_profile.metrics.customer_base import summarize


def of(*rows, **options: Any):
    """Summarize rows of (who, when) or (who, when, amount)."""
    names = ("who", "on", "paid")[: len(rows[0])]
    table = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    asked: Any = {"amount": "paid"} if len(names) == 3 else {}
    asked |= {"unit": "day", "until": "2026-01-31"} | options
    return summarize(table, customer="who", time="on", **asked)


def plain(found):
    return dict(zip(found.customers.tolist(), zip(found.frequency, found.recency, found.T, strict=True), strict=True))


def test_repeat_purchases_are_days_after_the_first():
    found = of(("a", "2026-01-01"), ("a", "2026-01-05"), ("a", "2026-01-11"), ("b", "2026-01-21"))
    assert plain(found) == {"a": (2, 10, 30), "b": (0, 0, 10)}
    assert found.report.warnings == ()


def test_purchases_on_one_day_are_one_and_their_amounts_are_added():
    found = of(("a", "2026-01-01", 5.0), ("a", "2026-01-09", 10.0), ("a", "2026-01-09T23:00:00", 30.0))
    assert plain(found) == {"a": (1, 8, 30)}
    assert found.monetary_value.tolist() == [40.0]
    assert found.total_spend.tolist() == [45.0]
    assert found.report.merged == 1


def test_half_past_eleven_and_half_past_midnight_are_one_day_or_two_by_the_zone():
    late = datetime(2026, 1, 9, 23, 30, tzinfo=UTC)
    rows = [("a", datetime(2026, 1, 1, tzinfo=UTC)), ("a", late), ("a", late + timedelta(hours=1))]
    assert of(*rows, zone="UTC").frequency.tolist() == [2]
    assert of(*rows, zone="Asia/Tokyo").frequency.tolist() == [1]
    frames = pd.DataFrame(rows, columns=["who", "on"]), pl.DataFrame(rows, schema=["who", "on"], orient="row")
    for frame in frames:
        for zone, expected in (("UTC", 2), ("Asia/Tokyo", 1)):
            found = summarize(frame, customer="who", time="on", unit="day", until="2026-01-31", zone=zone)
            assert found.frequency.tolist() == [expected]


def test_times_with_a_zone_want_to_know_where_a_day_begins():
    aware = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    with pytest.raises(InvalidInputError, match="zone="):
        of(("a", aware))
    with pytest.raises(InvalidInputError, match="zone="):
        summarize(pl.DataFrame({"who": ["a"], "on": [aware]}), customer="who", time="on", unit="day")


def test_times_without_a_zone_are_not_moved_into_one():
    with pytest.raises(InvalidInputError, match="without a zone"):
        of(("a", datetime(2026, 1, 1)), zone="Asia/Tokyo")  # noqa: DTZ001
    with pytest.raises(InvalidInputError, match="no such zone"):
        of(("a", "2026-01-01"), zone="Asia/Edo")


def test_times_with_and_without_a_zone_do_not_mix():
    with pytest.raises(InvalidInputError, match="positions 1, 0"):
        of(("a", datetime(2026, 1, 1)), ("a", datetime(2026, 1, 2, tzinfo=UTC)), zone="UTC")  # noqa: DTZ001


def test_rows_without_a_customer_or_a_time_are_dropped_and_counted():
    found = of((None, "2026-01-01"), ("a", None), ("a", "2026-01-02"), (float("nan"), "2026-01-03"), ("a", pd.NaT))
    assert found.report.dropped == {"no customer": 2, "no time": 2}
    assert found.report.warnings == ("2 rows dropped: no customer", "2 rows dropped: no time")
    assert (found.report.rows, found.report.used) == (5, 1)


def test_customers_keep_their_own_history_whatever_the_order_of_their_ids():
    found = of(("b", "2026-01-11"), (None, "2026-01-02"), ("a", "2026-01-01"), ("b", "2026-01-21"))
    assert plain(found) == {"a": (0, 0, 30), "b": (1, 10, 20)}


def test_null_ids_do_not_round_long_numbers():
    long = 2**60 + 1
    frame = pl.DataFrame({"who": [long, None, long - 1], "on": [date(2026, 1, 1)] * 3})
    found = summarize(frame, customer="who", time="on", unit="day", until=date(2026, 1, 2))
    assert found.columns()["customers"].tolist() == [long - 1, long]
    assert found.report is not None
    assert found.report.dropped == {"no customer": 1}


def test_a_purchase_without_an_amount_counts_but_is_in_no_mean():
    rows = [
        ("a", "2026-01-01", 5.0),
        ("a", "2026-01-02", float("nan")),
        ("a", "2026-01-03", 8.0),
        ("b", "2026-01-01", 1),
    ]
    found = of(*rows)
    assert found.frequency.tolist() == [2, 0]
    assert found.monetary_value[0] == 8.0
    assert np.isnan(found.monetary_value[1])
    assert found.monetary_count.tolist() == [1, 0]
    assert found.report.missing_amounts == 1
    assert "1 purchases without an amount are in no mean spend" in found.report.warnings
    assert of(*rows, missing_amounts="drop").report.dropped == {"no amount": 1}
    with pytest.raises(InvalidInputError, match="no amount: 1 of 4"):
        of(*rows, missing_amounts="refuse")


def test_refunds_are_no_purchases():
    rows = [("a", "2026-01-01", 5.0), ("a", "2026-01-03", 30.0), ("a", "2026-01-03", -10.0), ("a", "2026-01-09", -20.0)]
    dropped = of(*rows)
    assert (dropped.frequency[0], dropped.monetary_value[0]) == (1, 30.0)
    assert dropped.report.dropped == {"refund": 2}
    net = of(*rows, refunds="net")
    assert (net.frequency[0], net.monetary_value[0]) == (1, 20.0)
    assert net.report.dropped == {"nothing left of the day after refunds": 1}
    with pytest.raises(InvalidInputError, match="refund: 2 of 4"):
        of(*rows, refunds="refuse")


def test_a_base_of_refunds_alone_is_no_base():
    with pytest.raises(InsufficientDataError):
        of(("a", "2026-01-01", -5.0))
    with pytest.raises(InsufficientDataError):
        of(("a", "2026-01-01", -5.0), refunds="net")


def test_amounts_of_zero_are_purchases_unless_told_otherwise():
    rows = [("a", "2026-01-01", 5.0), ("a", "2026-01-03", 0.0)]
    assert of(*rows).frequency.tolist() == [1]
    assert of(*rows).report.zero_amounts == 1
    assert of(*rows, zero_amounts="drop").report.dropped == {"amount of zero": 1}
    with pytest.raises(InvalidInputError, match="amount of zero"):
        of(*rows, zero_amounts="refuse")


def test_a_text_that_is_no_date_is_refused_by_position_and_not_shown():
    with pytest.raises(InvalidInputError, match=r"on\.1: a text that is no ISO 8601 date") as caught:
        of(("a", "2026-01-01"), ("a", "01/02/2026"))
    assert "01/02" not in str(caught.value)


@pytest.mark.parametrize("times", ([1.5, 2.5], [True, False], [object(), object()]))
def test_what_is_no_time_is_refused(times):
    with pytest.raises(InvalidInputError, match="time"):
        summarize({"who": ["a", "b"], "on": times}, customer="who", time="on", unit="day")


def test_observation_that_ends_with_the_last_purchase_warns():
    found = of(("a", "2026-01-01"), ("a", "2026-01-05"), until=None)
    assert found.report.until == date(2026, 1, 5)
    assert "say until=" in found.report.warnings[0]


def test_purchases_after_the_end_are_dropped_or_held_out():
    rows = [("a", "2026-01-01"), ("a", "2026-01-05"), ("a", "2026-02-05"), ("b", "2026-02-01"), ("a", "2026-04-01")]
    assert of(*rows).report.dropped == {"after the end": 3}
    found = of(*rows, holdout_until="2026-02-28")
    assert plain(found) == {"a": (1, 4, 30)}
    assert found.holdout_frequency.tolist() == [1]
    assert found.holdout_duration == 28
    assert found.report.dropped == {"after the end": 1, "first seen after the end": 1}
    with pytest.raises(InvalidInputError, match="holdout_until"):
        of(*rows, holdout_until="2026-01-01")
    with pytest.raises(InvalidInputError, match="until"):
        of(*rows, until=None, holdout_until="2026-03-01")


def test_a_month_is_a_twelfth_of_a_year_and_says_so():
    found = of(("a", "2025-01-31"), until="2026-01-31", unit="month")
    assert found.T[0] == pytest.approx(12 * 365 / 365.2425)
    assert "a month is taken as 30.44 days" in found.report.warnings[0]


def test_names_that_are_not_known_are_told():
    with pytest.raises(UnknownNameError, match="unit of time"):
        of(("a", "2026-01-01"), unit="fortnight")
    with pytest.raises(UnknownNameError, match="refunds"):
        of(("a", "2026-01-01"), refunds="ignore")
    with pytest.raises(InvalidInputError, match="no such column"):
        summarize({"who": ["a"], "on": ["2026-01-01"]}, customer="whom", time="on", unit="day")


@pytest.mark.parametrize("amounts", (["5"], [True], [float("inf")], [object()]))
def test_amounts_that_are_no_numbers_are_refused(amounts):
    with pytest.raises(InvalidInputError, match="paid"):
        of(("a", "2026-01-01", amounts[0]))


def test_nobody_is_no_base():
    with pytest.raises(InsufficientDataError):
        summarize({"who": [], "on": []}, customer="who", time="on", unit="day")
    with pytest.raises(InsufficientDataError):
        of(("a", "2026-03-01"))


def test_ids_of_kinds_that_cannot_be_ordered_are_refused():
    with pytest.raises(InvalidInputError, match="who"):
        of(("a", "2026-01-01"), (1, "2026-01-02"))


def test_every_frame_gives_the_same_summary():
    days = [date(2026, 1, 1), date(2026, 1, 4), date(2026, 1, 9), date(2026, 1, 2)]
    table = {"who": ["a", "a", "b", "b"], "on": days, "paid": [1.0, 2.0, 3.0, None]}
    arrow = pa.table(table)
    kinds = [
        table,
        pd.DataFrame(table),
        pd.DataFrame(table).assign(on=lambda frame: pd.to_datetime(frame["on"])),
        pl.DataFrame(table),
        pl.LazyFrame(table),
        arrow,
        duckdb.connect().from_arrow(arrow),
    ]
    found = [
        summarize(kind, customer="who", time="on", amount="paid", unit="day", until="2026-01-31").columns()
        for kind in kinds
    ]
    for one in found[1:]:
        assert {name: np.asarray(column).tolist() for name, column in one.items() if name != "monetary_value"} == {
            name: np.asarray(column).tolist() for name, column in found[0].items() if name != "monetary_value"
        }
        np.testing.assert_array_equal(one["monetary_value"], found[0]["monetary_value"])


purchases = st.lists(
    st.tuples(st.sampled_from("abcd"), st.dates(date(2026, 1, 1), date(2026, 3, 1)), st.integers(0, 50).map(float)),
    min_size=1,
    max_size=40,
)


@given(purchases, st.randoms())
def test_order_of_purchases_does_not_matter_and_none_is_lost(rows, random):
    shuffled = rows.copy()
    random.shuffle(shuffled)
    first, second = of(*rows, until="2026-03-01"), of(*shuffled, until="2026-03-01")
    assert plain(first) == plain(second)
    assert first.report == second.report
    assert first.report.used == len(rows)
    assert first.frequency.sum() + len(first) + first.report.merged == len(rows)
    assert first.total_spend.sum() == pytest.approx(sum(row[2] for row in rows))
    assert first.timeline.repeats.sum() == first.frequency.sum()
    assert (first.recency <= first.T).all()
    # A slow second reading of the same definition.
    for who, (frequency, recency, T) in plain(first).items():
        days = sorted({day for name, day, _ in rows if name == who})
        assert (frequency, recency, T) == (len(days) - 1, (days[-1] - days[0]).days, (date(2026, 3, 1) - days[0]).days)
