"""The words of rules in English and Japanese."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from unified_profile.expressions.shape import Language
from unified_profile.expressions.values import Constant, instant_text, spoken_duration

# {x} is what is asked about, {v} what it is compared with.
_ENGLISH = {
    "exists": "{x} has a value",
    "missing": "{x} is missing",
    "null": "{x} is null",
    "empty": "{x} is empty",
    "eq": "{x} is {v}",
    "ne": "{x} is not {v}",
    "ne_or_missing": "{x} is not {v} or is missing",
    "in": "{x} is one of {v}",
    "not_in": "{x} is none of {v}",
    "not_in_or_missing": "{x} is none of {v} or is missing",
    "lt": "{x} is less than {v}",
    "le": "{x} is at most {v}",
    "gt": "{x} is more than {v}",
    "ge": "{x} is at least {v}",
    "contains": "{x} contains {v}",
    "not_contains": "{x} does not contain {v}",
    "not_contains_or_missing": "{x} does not contain {v} or is missing",
    "starts": "{x} starts with {v}",
    "ends": "{x} ends with {v}",
    "matches": "{x} matches the pattern {v}",
    "not_matches": "{x} does not match the pattern {v}",
    "not_matches_or_missing": "{x} does not match the pattern {v} or is missing",
    "version_eq": "{x} is the version {v}",
    "version_lt": "{x} is a version before {v}",
    "version_le": "{x} is a version up to {v}",
    "version_gt": "{x} is a version after {v}",
    "version_ge": "{x} is a version from {v} on",
    "near": "{x} lies near (latitude, longitude, kilometers) {v}",
    "in_box": "{x} lies in the box (south, west, north, east) {v}",
    "in_polygon": "{x} lies in the polygon {v}",
    "at": "{x} is at {v}",
    "before": "{x} is before {v}",
    "at_or_before": "{x} is at or before {v}",
    "after": "{x} is after {v}",
    "at_or_after": "{x} is at or after {v}",
    "within_last": "{x} is within the last {v}",
    "within_next": "{x} is within the next {v}",
    "older_than": "{x} is more than {v} ago",
}
_JAPANESE = {
    "exists": "{x}に値がある",
    "missing": "{x}が未登録である",
    "null": "{x}がnullである",
    "empty": "{x}が空である",
    "eq": "{x}が{v}である",
    "ne": "{x}が{v}ではない",
    "ne_or_missing": "{x}が{v}ではない、または未登録である",
    "in": "{x}が{v}のいずれかである",
    "not_in": "{x}が{v}のいずれでもない",
    "not_in_or_missing": "{x}が{v}のいずれでもない、または未登録である",
    "lt": "{x}が{v}より小さい",
    "le": "{x}が{v}以下である",
    "gt": "{x}が{v}より大きい",
    "ge": "{x}が{v}以上である",
    "contains": "{x}が{v}を含む",
    "not_contains": "{x}が{v}を含まない",
    "not_contains_or_missing": "{x}が{v}を含まない、または未登録である",
    "starts": "{x}が{v}で始まる",
    "ends": "{x}が{v}で終わる",
    "matches": "{x}がパターン{v}に一致する",
    "not_matches": "{x}がパターン{v}に一致しない",
    "not_matches_or_missing": "{x}がパターン{v}に一致しない、または未登録である",
    "version_eq": "{x}がバージョン{v}である",
    "version_lt": "{x}がバージョン{v}より前である",
    "version_le": "{x}がバージョン{v}以前である",
    "version_gt": "{x}がバージョン{v}より後である",
    "version_ge": "{x}がバージョン{v}以後である",
    "near": "{x}が（緯度・経度・キロメートル）{v}の範囲にある",
    "in_box": "{x}が（南・西・北・東）{v}の枠内にある",
    "in_polygon": "{x}が多角形{v}の内にある",
    "at": "{x}が{v}である",
    "before": "{x}が{v}より前である",
    "at_or_before": "{x}が{v}以前である",
    "after": "{x}が{v}より後である",
    "at_or_after": "{x}が{v}以後である",
    "within_last": "{x}が過去{v}以内である",
    "within_next": "{x}が今後{v}以内である",
    "older_than": "{x}が{v}より前である",
}
OPERATOR_WORDS: dict[Language, dict[str, str]] = {"en": _ENGLISH, "ja": _JAPANESE}
_OVER: dict[Language, dict[str, str]] = {
    "en": {"any": "some value of {x}", "every": "every value of {x}", "size": "the number of values of {x}"},
    "ja": {"any": "{x}のある値", "every": "{x}のすべての値", "size": "{x}の値の数"},
}
_NONE: dict[Language, str] = {"en": "no value fits: {x}", "ja": "「{x}」に当たる値がない"}
_MEASURES: dict[Language, dict[str, str]] = {
    "en": {
        "count": "the number of {e}{w}",
        "distinct": "the number of different {p} in {e}{w}",
        "sum": "the sum of {p} in {e}{w}",
        "avg": "the mean {p} in {e}{w}",
        "min": "the smallest {p} in {e}{w}",
        "max": "the largest {p} in {e}{w}",
        "first": "the first {p} in {e}{w}",
        "last": "the last {p} in {e}{w}",
        "most_frequent": "the most frequent {p} in {e}{w}",
    },
    "ja": {
        "count": "{w}{e}の回数",
        "distinct": "{w}{e}の{p}の種類数",
        "sum": "{w}{e}の{p}の合計",
        "avg": "{w}{e}の{p}の平均",
        "min": "{w}{e}の{p}の最小値",
        "max": "{w}{e}の{p}の最大値",
        "first": "{w}{e}の最初の{p}",
        "last": "{w}{e}の最後の{p}",
        "most_frequent": "{w}{e}で最も多い{p}",
    },
}
_TIME: dict[Language, str] = {"en": "time", "ja": "日時"}
_ZERO: dict[Language, dict[str, str]] = {
    "en": {"compared": " (none counts as 0)", "false": " (and there is one)"},
    "ja": {"compared": "（1件もない場合は0とする）", "false": "（1件もない場合は当たらない）"},
}
CASE_WORDS: dict[Language, dict[str, str]] = {
    "en": {"exact": "", "ci": " (ignoring case)", "fold": " (ignoring case, accents and width)"},
    "ja": {
        "exact": "",
        "ci": "（大文字・小文字を区別しない）",
        "fold": "（大文字・小文字、アクセント、全角・半角を区別しない）",
    },
}
_UNITS = {"day": "日", "hour": "時間", "minute": "分", "second": "秒"}


def phrase(op: str, subject: str, value: Constant, language: Language, *, case: str = "exact", over: str = "") -> str:
    """Return *subject* compared by *op* with *value* in words; *over* says how the values of a list are taken.

    >>> phrase("ge", "age", 18, "en"), phrase("ge", "age", 18, "ja")
    ('age is at least 18', 'ageが18以上である')
    """
    whose = _OVER[language].get(over, "{x}").format(x=subject)
    said = OPERATOR_WORDS[language][op].format(x=whose, v=constant_text(value, language)) + CASE_WORDS[language][case]
    return _NONE[language].format(x=said) if over == "none" else said


def measure_phrase(aggregate: str, of: str, events: str, window: str, language: Language, /) -> str:
    """Return what events amount to in words; *of* is the property, "" for the time of the event itself."""
    return _MEASURES[language][aggregate].format(p=of or _TIME[language], e=events, w=window)


def window_phrase(language: Language, **parts: timedelta | datetime | str | None) -> str:
    """Return in words when events count: *within* and *until* how long ago, between what, in a session, since entry.

    >>> window_phrase("en", within=timedelta(days=30)), window_phrase("en", within=None)
    (' in the last 30 days', '')
    """
    said = []
    for name, value in parts.items():
        if not value:
            continue
        if isinstance(value, timedelta):
            shown = duration_phrase(value, language)
        else:
            shown = quoted(value) if isinstance(value, str) else instant_text(value)
        said.append(_WINDOWS[language][name].format(v=shown))
    return "".join(said)


_WINDOWS: dict[Language, dict[str, str]] = {
    "en": {
        "within": " in the last {v}",
        "until": " but at least {v} ago",
        "since": " since {v}",
        "before": " before {v}",
        "session": " in the last session (gaps up to {v})",
        "since_entry": " since entering {v}",
    },
    "ja": {
        "within": "過去{v}の",
        "until": "{v}以上前の",
        "since": "{v}以後の",
        "before": "{v}より前の",
        "session": "最後のセッション（間隔{v}以内）の",
        "since_entry": "{v}に入ってからの",
    },
}


def zero_phrase(zero: str, *, admitted: bool, language: Language) -> str:
    """Return what becomes of people without an event, where that is not plain from the comparison."""
    return "" if zero == "compared" and not admitted else _ZERO[language].get(zero, "")


def constant_text(value: Constant, language: Language, /) -> str:
    """Return *value* in words: text in quotation marks, lengths in the largest fitting unit."""
    if isinstance(value, tuple):
        return f"[{', '.join(constant_text(each, language) for each in value)}]"
    if isinstance(value, timedelta):
        return duration_phrase(value, language)
    if isinstance(value, datetime):
        return instant_text(value)
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def quoted(text: str, /) -> str:
    r"""Return *text* in quotation marks; characters that do not print are escaped, but for the ideographic space.

    >>> print(quoted("a b\u200b"))
    "a b\u200b"
    """
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(mark if mark.isprintable() or mark == "\u3000" else json.dumps(mark)[1:-1] for mark in plain)


def duration_phrase(length: timedelta, language: Language, /) -> str:
    """Return *length* in words.

    >>> duration_phrase(timedelta(days=30), "en"), duration_phrase(timedelta(hours=1), "ja")
    ('30 days', '1時間')
    """
    amount, unit = spoken_duration(length)
    if language == "ja":
        return f"{amount}{_UNITS[unit]}"
    return f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"
