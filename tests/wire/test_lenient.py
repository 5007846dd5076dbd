"""Dates and flags are read as people type them, and refused where two readings are possible."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidPayloadError
from unified_profile.wire.durations import duration, iso_duration
from unified_profile.wire.lenient import lenient_date, lenient_flag, lenient_instant
from unified_profile.wire.moments import instant, iso

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    "text",
    (
        "2025-03-04",
        "2025/3/4",
        "2025.03.04",
        "20250304",
        "2025年3月4日",
        "２０２５年３月４日",
        "令和7年3月4日",
        "R7.3.4",
        "R7/3/4",
        "4 Mar 2025",
        "March 4, 2025",
        "Tue, 04 Mar 2025",
        " 2025-03-04 ",
        "2025-03-04T10:11:12Z",
        "2025年3月4日(火) 10:11",
    ),
)
def test_one_date_has_many_spellings(text):
    assert lenient_date(text, field="d") == date(2025, 3, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("明治45年7月29日", date(1912, 7, 29)),
        ("大正元年12月1日", date(1912, 12, 1)),
        ("S64.1.7", date(1989, 1, 7)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("H31.4.30", date(2019, 4, 30)),
        ("令和元年5月1日", date(2019, 5, 1)),
    ),
)
def test_years_of_the_japanese_eras_are_understood(text, expected):
    assert lenient_date(text, field="d") == expected


def test_day_and_month_are_told_apart_or_asked_for():
    assert lenient_date("31/4/2025".replace("31", "30"), field="d") == date(2025, 4, 30)
    assert lenient_date("4/30/2025", field="d") == date(2025, 4, 30)
    assert lenient_date("3/4/2025", field="d", dayfirst=True) == date(2025, 4, 3)
    assert lenient_date("3/4/2025", field="d", dayfirst=False) == date(2025, 3, 4)
    assert lenient_date("4/4/2025", field="d") == date(2025, 4, 4)
    with pytest.raises(InvalidPayloadError, match="two meanings"):
        lenient_date("3/4/2025", field="d")


@pytest.mark.parametrize(
    "text",
    (
        "",
        " ",
        "nothing",
        "0000-00-00",
        "2025-02-30",
        "99/1/2",
        "1/2/99",
        "May 2025",
        "May",
        "10:30",
        "12",
        "2025",
        "31/31/2025",
        "Mon, 02 Jan 2006 15:04:05 EST",
        "9" * 40,
        "x" * 1000,
        "2025-13-01",
        None,
        [],
        {},
        True,
        "令和0年13月1日",
    ),
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(InvalidPayloadError):
        lenient_instant(text, field="d", tz=TOKYO)


def test_times_keep_their_offset_and_others_get_the_declared_one():
    tenth = datetime(2025, 3, 4, 1, 11, 12, tzinfo=UTC)
    for text in (
        "2025-03-04T10:11:12+09:00",
        "2025/3/4 10:11:12",
        "2025年3月4日 10時11分12秒",
        "20250304T011112Z",
        "1741050672",
        "4 Mar 2025 10:11:12 JST",
    ):
        assert lenient_instant(text, field="t", tz=TOKYO) == tenth
    with pytest.raises(InvalidPayloadError, match="no time zone"):
        lenient_instant("2025/3/4 10:11:12", field="t")


@given(st.datetimes(datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - Hypothesis wants naive bounds
def test_a_time_in_iso_and_its_usual_spelling_are_one(moment):
    moment = moment.replace(microsecond=0)
    iso_read = lenient_instant(moment.isoformat(), field="t", tz=TOKYO)
    assert lenient_instant(moment.strftime("%Y/%m/%d %H:%M:%S"), field="t", tz=TOKYO) == iso_read
    assert lenient_date(moment.strftime("%d %b %Y"), field="d") == moment.date()


@pytest.mark.parametrize("said", (None, True, False))
def test_points_say_that_the_day_comes_first(said):
    """No locale of the CLDR writes the month first before a point; whatever was said is about slashes."""
    for text in ("3.4.2025", "03.04.2025", "3. 4. 2025", "03.04.2025 00:00"):
        assert lenient_date(text, field="d", dayfirst=said) == date(2025, 4, 3)
    assert lenient_date("4.30.2025", field="d", dayfirst=said) == date(2025, 4, 30)


def test_no_locale_of_the_ten_languages_writes_the_month_first_before_a_point():
    """All locales of the CLDR were looked at once; these are enough to see a change."""
    names = ["en", "en_US", "en_CA", "en_PH", "es", "es_US", "es_PR", "de", "fr", "it", "nl", "pt", "ja", "ko", "zh"]
    patterns = (Locale.parse(name).date_formats[length].pattern for name in names for length in ("short", "medium"))
    assert not [pattern for pattern in patterns if re.match(r"M+\s?\.\s?d", pattern)]


@pytest.mark.parametrize("text", ("03.04.26", "3/4/26", "31-12-99", "99/12/31", "03.04.26 10:00"))
def test_a_year_of_two_digits_is_told_as_the_reason(text):
    with pytest.raises(InvalidPayloadError, match="a year of two digits"):
        lenient_date(text, field="d", dayfirst=True)


def test_flags_say_yes_or_no_in_ten_languages():
    yes = (
        "yes",
        "TRUE",
        "1",
        "ja",
        "j",
        "oui",
        "O",
        "sí",
        "S",
        "sì",
        "sim",
        "はい",
        "○",
        "希望する",
        "예",
        "是",
        "✓",
        1,
    )
    no = ("no", "False", "0", "nein", "N", "non", "não", "nee", "いいえ", "×", "希望しない", "아니오", "否", 0)
    assert all(lenient_flag(text, field="f") for text in yes)
    assert not any(lenient_flag(text, field="f") for text in no)
    for text in ("perhaps", "x", "-", ""):  # an x marks what applies in a German list, and what does not in a Japanese
        with pytest.raises(InvalidPayloadError):
            lenient_flag(text, field="f")


# --- machines' own formats -------------------------------------------------------------------------------------------


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_is_the_same_after_writing_and_reading(moment):
    try:
        text = iso(moment)
    except OverflowError:
        return
    assert instant(text, field="t") == moment.astimezone(UTC)


@given(st.timedeltas(min_value=timedelta(days=-9_000_000), max_value=timedelta(days=9_000_000)))
def test_a_duration_is_the_same_after_writing_and_reading(length):
    assert duration(iso_duration(length), field="d") == length


@pytest.mark.parametrize(
    "text", ("", "P", "PT", "P1DT", "1D", "P1M1Y", "P1.5D", "PT1H1D", "p1d", "P-1D", None, 5, "P1D" * 30)
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(InvalidPayloadError):
        duration(text, field="d", since=datetime(2026, 1, 1, tzinfo=UTC))


def test_months_need_a_day_to_run_from():
    with pytest.raises(InvalidPayloadError, match="months or years"):
        duration("P1M", field="d")


def test_a_month_across_a_change_of_clocks_is_counted_in_real_time():
    since = datetime(2026, 3, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert duration("P1M", field="d", since=since) == timedelta(days=30, hours=23)
