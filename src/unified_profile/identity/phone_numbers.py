"""The normal form of phone numbers; common shapes never reach the library that knows the rare ones."""

from __future__ import annotations

import re

from unified_profile.identity.spelling import digits, text

# Shapes that are certain without the library's tables; the tests compare them with it.
_COMMON_E164 = re.compile(
    r"\+(?:1[2-9][0-9]{2}[2-9][0-9]{6}"  # North America
    r"|81(?:[1-9][1-9][0-9]{7}|[5-9]0[0-9]{8})"  # Japan
    r"|82(?:2[0-9]{7,8}|10[0-9]{8})"  # South Korea: Seoul, mobile
    r"|861[3-9][0-9]{9}"  # China: mobile
    r"|33[1-9][0-9]{8}"  # France
    r"|447[0-9]{9}"  # United Kingdom: mobile
    r"|491[5-7][0-9]{8,9})"  # Germany: mobile
)
_JAPANESE = re.compile(r"0(?:[1-9][1-9][0-9]{7}|[5-9]0[0-9]{8})")
_BEFORE = re.compile(r"tel\s*:\s*", re.IGNORECASE)
_AFTER = re.compile(r"\s*内線.*")
_EXTENSION = re.compile(r"(?<=[0-9)])\s*(?:;ext=|ext|x|#|доб).*", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"(?:\+[0-9]{1,3}|0?)([0-9])\1{7,}|.*0{7}")
_SHORTEST_NUMBER, _LONGEST_NUMBER = 7, 17

# The library thinks of service prefixes and allows 8 to 17 digits; those are never a person's number.
_LENGTHS = {81: (9, 10)}


def phone(value: str, /, *, region: str = "") -> str | None:
    """Return the number *value* in E.164, without its extension; None when no such number can exist.

    *region* is the ISO code of the country that numbers without a country code belong to. Without it such numbers are
    kept as their digits. Only the length is judged: which ranges are given out changes from month to month, and must
    not change who is who. Placeholders (one digit repeated, seven zeros at the end) are nobody's.

    >>> phone("\uff10\uff19\uff10-1234-5678", region="JP"), phone("tel:+81-3-1234-5678;ext=9"), phone("03-1234-5678")
    ('+819012345678', '+81312345678', '0312345678')
    >>> phone("12", region="JP"), phone("000-0000-0000", region="JP")
    (None, None)
    """
    number = _common_phone(value, region)
    if number is None:
        found = text(value)
        if found is None:
            return None
        found = _AFTER.sub("", _BEFORE.sub("", found, count=1))
        number = _common_phone(found, region)
        if number is None:
            number = _rare_phone(found, region) if region or "+" in found else _bare_digits(found)
    return None if number is None or _PLACEHOLDER.fullmatch(number) else number


def _common_phone(value: str, region: str) -> str | None:
    """Return the number if it can be told without the library."""
    if _COMMON_E164.fullmatch(value):
        return value
    if region == "JP":
        compact = value.replace("-", "").replace(" ", "")
        if _JAPANESE.fullmatch(compact):
            return f"+81{compact[1:]}"
    return None


def _rare_phone(value: str, region: str) -> str | None:
    """Return what the library makes of *value*; None if it makes something else of that again."""
    import phonenumbers

    try:
        number = phonenumbers.parse(value, region or None)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    significant = len(phonenumbers.national_significant_number(number))
    if significant not in _LENGTHS.get(number.country_code or 0, (significant,)):
        return None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return found if found == value or _COMMON_E164.fullmatch(found) or _rare_phone(found, "") == found else None


def _bare_digits(value: str) -> str | None:
    """Return the digits of a number whose country is not known."""
    found = digits(_EXTENSION.sub("", value))
    return found if found and _SHORTEST_NUMBER <= len(found) <= _LONGEST_NUMBER else None
