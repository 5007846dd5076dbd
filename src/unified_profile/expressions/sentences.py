"""What whole conditions say in English and Japanese: sequences, calendars, shares, people of an account."""

from __future__ import annotations

from datetime import timedelta

from unified_profile.expressions.shape import Language
from unified_profile.expressions.wording import CASE_WORDS, OPERATOR_WORDS, constant_text, duration_phrase, quoted


def sequence_phrase(
    first: str,
    then: str,
    within: timedelta,
    language: Language,
    *,
    followed: bool,
    same: str = "",
    during: timedelta | None = None,
) -> str:
    """Return in words what followed, or did not follow, upon what."""
    wait = duration_phrase(within, language)
    window = None if during is None else duration_phrase(during, language)
    if language == "ja":
        recent = f"過去{window}の" if window else ""
        thing = f"同じ{same}の" if same else ""
        return f"{recent}{first}の後、{wait}以内に{thing}{then}が{'ある' if followed else 'ない'}"
    recent = f" in the last {window}" if window else ""
    thing = f" with the same {same}" if same else ""
    return f"{first}{recent} {'' if followed else 'not '}followed within {wait} by {then}{thing}"


def permitted_phrase(purpose: str, channel: str, language: Language, /) -> str:
    """Return a permission in words."""
    if language == "ja":
        return f"{quoted(purpose)}が{'' if channel == 'any' else quoted(channel) + 'で'}許可されている"
    return f"{quoted(purpose)} is permitted" + ("" if channel == "any" else f" on {quoted(channel)}")


def member_phrase(segment: str, language: Language, /) -> str:
    """Return a membership in words."""
    return f"セグメント{quoted(segment)}に属する" if language == "ja" else f"is in the segment {quoted(segment)}"


_UNITS_OF_CALENDAR: dict[Language, dict[str, str]] = {
    "en": {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"},
    "ja": {"day": "日", "week": "週", "month": "月", "quarter": "四半期", "year": "年"},
}
_PARTS_OF_CALENDAR: dict[Language, dict[str, str]] = {
    "en": {
        "weekday": "weekday (Monday is 1)",
        "month": "month",
        "day": "day of the month",
        "year": "year",
        "hour": "hour",
    },
    "ja": {"weekday": "曜日（月曜は1）", "month": "月", "day": "日", "year": "年", "hour": "時"},
}


def period_phrase(
    subject: str, unit: str, first: int, last: int, language: Language, *, yearly: bool, zone: str
) -> str:
    """Return in words that a date lies in days, weeks … around now's.

    >>> period_phrase("birthday", "week", 0, 0, "en", yearly=True, zone="Asia/Tokyo")
    'the anniversary of birthday falls in this week (Asia/Tokyo)'
    """
    name = _UNITS_OF_CALENDAR[language][unit]
    if language == "ja":
        when = f"今{name}" if first == last == 0 else f"今{name}から見て{first:+d}から{last:+d}の{name}"
        return f"{subject}{'の記念日' if yearly else ''}が{when}にあたる（{zone}）"
    when = f"in this {name}" if first == last == 0 else f"from {first:+d} to {last:+d} {name}s of this one"
    return f"{f'the anniversary of {subject}' if yearly else subject} falls {when} ({zone})"


def part_phrase(subject: str, part: str, values: tuple[int, ...], language: Language, *, zone: str) -> str:
    """Return in words that a part of a date is one of some values.

    >>> part_phrase("seen", "hour", (22, 23), "en", zone="UTC")
    'the hour of seen is one of [22, 23] (UTC)'
    """
    name, shown = _PARTS_OF_CALENDAR[language][part], constant_text(values, language)
    if language == "ja":
        return f"{subject}の{name}が{shown}のいずれかである（{zone}）"
    return f"the {name} of {subject} is one of {shown} ({zone})"


def phrase_of_fields(op: str, left: str, right: str, language: Language, *, case: str) -> str:
    """Return in words that one field is compared with another.

    >>> phrase_of_fields("gt", "spent", "budget", "en", case="exact")
    'spent is more than budget'
    """
    return OPERATOR_WORDS[language][op].format(x=left, v=right) + CASE_WORDS[language][case]


def elements_phrase(subject: str, rule: str, over: str, language: Language) -> str:
    """Return in words that elements of a list meet a rule.

    >>> elements_phrase("items", 'color is "red"', "any", "en")
    'some element of items has: color is "red"'
    """
    if language == "ja":
        whose = {"any": "ある", "every": "すべての", "none": "どの"}[over]
        return f"{subject}の{whose}要素が「{rule}」{'でない' if over == 'none' else 'である'}"
    whose = {"any": "some", "every": "every", "none": "no"}[over]
    return f"{whose} element of {subject} has: {rule}"


def path_phrase(
    stages: list[str],
    order: str,
    language: Language,
    *,
    within: timedelta | None,
    session: timedelta | None,
    during: timedelta | None,
) -> str:
    """Return a path of events in words."""
    if language == "ja":
        joint = {"ordered": "、次に", "strict": "、直後に", "any": "と（順不同）"}[order]
        limits = [
            f"{duration_phrase(length, language)}{words}"
            for length, words in ((within, "以内"), (session, "以内の間隔"), (during, "前から"))
            if length
        ]
        return joint.join(stages) + (f"（{'、'.join(limits)}）" if limits else "")
    joint = {"ordered": ", then ", "strict": ", then at once ", "any": " and, in any order, "}[order]
    limits = [
        words.format(duration_phrase(length, language))
        for length, words in ((within, "within {}"), (session, "gaps up to {}"), (during, "begun in the last {}"))
        if length
    ]
    return joint.join(stages) + (f" ({', '.join(limits)})" if limits else "")


def regular_phrase(events: str, at_least: int, periods: int, unit: str, language: Language, *, zone: str) -> str:
    """Return in words that events fall in k of n periods."""
    name = _UNITS_OF_CALENDAR[language][unit]
    if language == "ja":
        return f"直近{periods}{name}のうち{at_least}以上で{events}がある（{zone}）"
    return f"{events} in at least {at_least} of the last {periods} {name}s ({zone})"


def again_phrase(events: str, after: timedelta, during: timedelta | None, language: Language) -> str:
    """Return in words that events came again after a long time."""
    gap = duration_phrase(after, language)
    recent = "" if during is None else duration_phrase(during, language)
    if language == "ja":
        return f"{f'過去{recent}に' if recent else ''}{events}が{gap}より長い間隔の後に再びある"
    return f"{events} again after more than {gap}" + (f", in the last {recent}" if recent else "")


def held_phrase(rule: str, length: timedelta, language: Language) -> str:
    """Return in words that something has held for a while."""
    shown = duration_phrase(length, language)
    return f"「{rule}」が{shown}続いている" if language == "ja" else f"for {shown}: {rule}"


def share_phrase(salt: str, start: float, end: float, language: Language) -> str:
    """Return a share of people in words."""
    if language == "ja":
        return f"抽選{quoted(salt)}の{start:g}%から{end:g}%に入る"
    return f"is drawn between {start:g} % and {end:g} % by {quoted(salt)}"


def members_phrase(rule: str, at_least: int, language: Language) -> str:
    """Return in words that people of an account meet a rule."""
    if language == "ja":
        return f"アカウントの{f'{at_least}人以上' if at_least else '全員'}について「{rule}」である"
    return f"{f'at least {at_least}' if at_least else 'all'} of the account's people: {rule}"
