"""Dates and yes-or-no as people type them into spreadsheets, read only where one meaning is possible."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from unified_profile.errors import InvalidPayloadError
from unified_profile.wire.moments import located

_LONGEST = 64
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?\Z|\d{8}T\d{4}", re.DOTALL)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?\Z")
_EIGHT_DIGITS = re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)\Z")
_CLOCK = (
    r"(?:[T ,(月火水木金土日)]*?(?P<H>\d{1,2})(?::|時)(?P<M>\d{1,2})(?:分|:)?(?:(?P<S>\d{1,2})(?:\.\d+)?秒?)?)?"
    r"\s*(?P<z>Z|[+-]\d\d:?\d\d)?\Z"
)
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})\s?[-/.年]\s?(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})日?" + _CLOCK)
_ERA = re.compile(
    r"(?P<era>明治|大正|昭和|平成|令和|[MTSHR])\.?\s?(?P<y>\d{1,2}|元)[-/.年]\s?(?P<m>\d{1,2})[-/.月]\s?(?P<d>\d{1,2})日?"
    + _CLOCK
)
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<sign>[-/]|\.\s?)(?P<b>\d{1,2})[-/.]\s?(?P<y>\d{4})\.?" + _CLOCK)
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d\d" + _CLOCK)
# The year before the first year of each era.
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERAS |= {letter: _ERAS[name] for letter, name in zip("MTSHR", _ERAS, strict=True)}
_ZONES = {"UTC": 0, "GMT": 0, "Z": 0, "JST": 9}
_YES = frozenset(
    {
        "1", "true", "t", "yes", "y", "on", "ja", "j", "wahr", "oui", "o", "vrai", "si", "sí", "sì", "s", "verdadero",
        "vero", "sim", "verdadeiro", "waar", "はい", "有", "あり", "有り", "○", "◯", "可", "希望する", "希望",
        "同意する", "예", "네", "동의", "是", "同意", "✓", "✔", "☑",
    }
)  # fmt: skip
_NO = frozenset(
    {
        "0", "false", "f", "no", "n", "off", "nein", "falsch", "non", "faux", "falso", "não", "nao", "nee", "onwaar",
        "いいえ", "無", "なし", "無し", "×", "✕", "✗", "不可", "希望しない", "同意しない", "아니오", "아니요", "미동의",
        "否", "不同意", "☐",
    }
)  # fmt: skip
TWO_DATES = "a date with two meanings"
"""The reason for which 3/4/2025 is refused where nothing says which number is the day."""
SHORT_YEAR = "a year of two digits, which may be of two centuries"
"""The reason for which 3.4.26 is refused."""


def _tidy(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return unicodedata.normalize("NFKC", text[: _LONGEST + 1]).strip()


def lenient_instant(
    value: object, /, *, field: str, tz: tzinfo | None = None, dayfirst: bool | None = None
) -> datetime:
    """Return the aware UTC instant that *value* tells: ISO 8601, the usual ways of typing it, or Unix time.

    *tz* is where its clock stood when it has no offset. *dayfirst* decides whether 3/4/2025 is in April or in March;
    without it such a date is refused, while 31/4 and 4/31 need no deciding, nor do points: 3.4.2025 is in April, since
    no locale of the Unicode CLDR (version 47) writes the month first before a point. Two-digit years are refused.

    >>> from zoneinfo import ZoneInfo
    >>> lenient_instant("令和7年3月4日 9:30", field="登録日", tz=ZoneInfo("Asia/Tokyo"))
    datetime.datetime(2025, 3, 4, 0, 30, tzinfo=datetime.timezone.utc)

    Raises:
        InvalidPayloadError: If it tells no instant, or could tell two.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time())
    else:
        moment = _moment(value, field=field, dayfirst=dayfirst)
    return located(moment, field=field, assume_tz=tz).astimezone(UTC)


def lenient_date(value: object, /, *, field: str, dayfirst: bool | None = None) -> date:
    """Return the calendar date that *value* tells; a time of day is left out.

    >>> lenient_date("S50.1.2", field="生年月日")
    datetime.date(1975, 1, 2)

    Raises:
        InvalidPayloadError: If it tells no date, or could tell two.
    """
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    return _moment(value, field=field, dayfirst=dayfirst).date()


def _moment(value: object, *, field: str, dayfirst: bool | None) -> datetime:
    """Return what *value* tells, with the offset that it has, if any."""
    text = _tidy(value)
    reason, hint = "not a date", "for example 2026-01-31"
    if 0 < len(text) <= _LONGEST:
        try:
            if _ISO.match(text):
                return datetime.fromisoformat(text)
            if _EPOCH.match(text):
                return datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1000), UTC)
            for pattern in (_EIGHT_DIGITS, _YEAR_FIRST, _ERA):
                found = pattern.match(text)
                if found:
                    return _built(found, found["m"], found["d"])
            found = _YEAR_LAST.match(text)
            if found is not None:
                month, day = _month_and_day(found, dayfirst=dayfirst)
                if month:
                    return _built(found, month, day)
                reason, hint = TWO_DATES, "say dayfirst=True or dayfirst=False"
            elif _SHORT_YEAR.match(text):
                reason, hint = SHORT_YEAR, "write all four digits: 2026"
            else:
                return _guessed(text)
        except (ValueError, OverflowError, TypeError, ArithmeticError, LookupError, AttributeError):
            pass
    raise InvalidPayloadError(field=field, reason=reason, hint=hint)


def _month_and_day(found: re.Match[str], *, dayfirst: bool | None) -> tuple[str, str]:
    """Return month and day of a date that ends with its year; empty when it could be both."""
    a, b = int(found["a"]), int(found["b"])
    if found["sign"].startswith("."):
        dayfirst = True
    if dayfirst is None and a != b and a <= 12 and b <= 12:
        return "", ""
    first_is_day = a > 12 or (b <= 12 and bool(dayfirst))
    return (found["b"], found["a"]) if first_is_day else (found["a"], found["b"])


def _built(found: re.Match[str], month: str, day: str) -> datetime:
    parts = found.groupdict()
    year = 1 if parts["y"] == "元" else int(parts["y"])
    if "era" in parts:
        year += _ERAS[parts["era"]]
    zone = None
    if parts.get("z"):
        zone = datetime.strptime(parts["z"], "%z").tzinfo
    hour, minute, second = (int(parts.get(name) or 0) for name in ("H", "M", "S"))
    return datetime(year, int(month), int(day), hour, minute, second, tzinfo=zone)


def _guessed(text: str) -> datetime:
    """Return what dateutil makes of *text*, if it did not have to make anything up."""
    from dateutil import parser  # heavy, and seldom needed

    defaults = (datetime(2000, 1, 1), datetime(2004, 2, 2))  # noqa: DTZ001 - the text says where, or nobody
    readings = [parser.parse(text, default=default, tzinfos=_zone) for default in defaults]
    if readings[0] != readings[1] or not re.search(r"\d{4}", text) or not re.search(r"[A-Za-z]{3}", text):
        raise ValueError
    return readings[0]


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return the zone that a text names, if it does; an abbreviation that several places use is no name."""
    if name is None and offset is None:
        return None
    seconds = offset if offset is not None else _ZONES[name or ""] * 3600
    return timezone(timedelta(seconds=seconds))


def lenient_flag(value: object, /, *, field: str) -> bool:
    """Return whether *value* says yes, in the words and signs of ten languages.

    >>> lenient_flag("はい", field="メルマガ"), lenient_flag("N", field="opt_in")
    (True, False)

    Raises:
        InvalidPayloadError: If it says neither yes nor no.
    """
    text = _tidy(value).casefold()
    if text in _YES or text in _NO:
        return text in _YES
    raise InvalidPayloadError(field=field, reason="neither yes nor no", hint="for example yes, no, true, 0, はい")
