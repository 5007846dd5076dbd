"""The normal form of each kind of identifier, so that two spellings of one address or number are one node.

A normalizer takes a string and returns its normal form, or None when the string is of no use as an identifier. All are
idempotent. Common shapes of e-mail addresses and phone numbers never reach the libraries that know the rare ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import TypeAlias

from unified_profile.errors import InvalidRulesError, UnknownNameError

Normalizer: TypeAlias = Callable[[str], str | None]

_LONGEST = 512

# --- text ------------------------------------------------------------------------------------------------------------

_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_UNUSABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAK = re.compile(r"[\t\n\r]")


def storable(value: str, /) -> bool:
    r"""Say whether every store can keep *value*: it holds no control characters and no half of a surrogate pair.

    >>> storable("支店\u30001"), storable("a\x00b")
    (True, False)
    """
    return value.isprintable() or not _UNUSABLE.search(value)


def exact(value: str, /) -> str | None:
    r"""Return *value* without the white space around it: for ids that machines make.

    >>> exact(" aB-1 \n"), exact("a\x00b")
    ('aB-1', None)
    """
    kept = value.strip()
    if not value.isprintable() and (_UNUSABLE.search(value) or _BREAK.search(kept)):
        return None
    return kept if 0 < len(kept) <= _LONGEST else None


def text(value: str, /) -> str | None:
    r"""Return *value* in NFKC, without invisible characters, runs of white space as one space.

    None when nothing is left, or when it holds control characters or half a surrogate pair.

    >>> text("\uff34\uff41\uff52\uff4f\u200b  \u3000Y."), text("a\x00b")
    ('Taro Y.', None)
    """
    if _PLAIN.fullmatch(value):
        return value if len(value) <= _LONGEST else None
    if _UNUSABLE.search(value):
        return None
    # White space is split before and after: some of it is made only by the decomposition of accents.
    visible = "".join(c for c in value if unicodedata.category(c) != "Cf")
    found = " ".join(unicodedata.normalize("NFKC", " ".join(visible.split())).split())
    return found if 0 < len(found) <= _LONGEST else None


def case_sensitive(value: str, /) -> str | None:
    """Return *value* as `text` has it, without any space, in the case it was written in.

    >>> case_sensitive(" aB 12 ")
    'aB12'
    """
    found = text(value)
    return found and text(found.replace(" ", ""))


def upper(value: str, /) -> str | None:
    """Return *value* as `text` has it, in capitals.

    >>> upper("ab-12")
    'AB-12'
    """
    found = text(value)
    return found and text(found.upper())


def lower(value: str, /) -> str | None:
    """Return *value* as `text` has it, in small letters.

    >>> lower("AB-12")
    'ab-12'
    """
    found = text(value)
    return found and text(found.lower())


_SEPARATORS = re.compile(r"[-\s().,/_\u2010-\u2015\u2212\u30fc]+")
_MINUS = ("-", "\u2010", "\u2013", "\u2212")


def digits(value: str, /) -> str | None:
    """Return the digits of *value*; None when there is more than digits and separators.

    >>> digits("4711-0815 22"), digits("A-4711"), digits("-1")
    ('4711081522', None, None)
    """
    found = text(value)
    if found is None or found.startswith(_MINUS):
        return None
    found = _SEPARATORS.sub("", found)
    return "".join(str(unicodedata.decimal(c)) for c in found) if found.isdecimal() else None


# --- e-mail ----------------------------------------------------------------------------------------------------------

_ATOM = r"[A-Za-z0-9_!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_COMMON_EMAIL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+([A-Za-z]{{2,63}}))")
_WRAPPED = re.compile(r"(?:mailto:)?([^<>]+)|[^<>]*<(?:mailto:)?([^<>]+)>")
_RESERVED = frozenset({"alt", "arpa", "internal", "invalid", "local", "localhost", "onion", "test"})
_LONGEST_LOCAL, _LONGEST_EMAIL = 64, 254

# Until 2009 these Japanese carriers gave out addresses with dots where the standard has none; people still have them.
_DOTTED_DOMAINS = frozenset({"docomo.ne.jp", "ezweb.ne.jp"})
_DOTTED = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*")

_NOBODY = frozenset({
    "do-not-reply", "do.not.reply", "do_not_reply", "donotreply", "mailer-daemon", "no-email", "no-mail", "no-reply",
    "no.email", "no.reply", "no_email", "no_reply", "nobody", "noemail", "nomail", "noreply",
})  # fmt: skip


def email(value: str, /, *, keep_case: bool = False, keep_plus: bool = True) -> str | None:
    """Return the address *value* in small letters, its domain in ASCII; None when it is none, or nobody's (noreply).

    Whether mail can be delivered is not asked; ``mailto:`` and ``Name <...>`` are taken off. With *keep_case* the part
    before the @ keeps its case; without *keep_plus* it loses what follows a plus sign.

    >>> email(" Taro+News@\uff25xample.COM "), email("taro@bücher.example"), email("taro@"), email("noreply@a.example")
    ('taro+news@example.com', 'taro@xn--bcher-kva.example', None, None)
    >>> email("Taro+News@example.com", keep_plus=False)
    'taro@example.com'
    """
    common = _COMMON_EMAIL.fullmatch(value.strip(" "))
    if common and common[3].lower() not in _RESERVED and "--" not in common[2]:
        local, domain = common[1] if keep_case else common[1].lower(), common[2].lower()
        if len(local) + len(domain) >= _LONGEST_EMAIL:
            return None
    else:
        parts = _rare_email(value, keep_case=keep_case)
        if parts is None:
            return None
        local, domain = parts
    mailbox, plus, _ = local.partition("+")
    if plus and not keep_plus:
        local = mailbox.rstrip(".")
    if not 0 < len(local) <= _LONGEST_LOCAL or mailbox.lower() in _NOBODY:
        return None
    return f"{local}@{domain}"


def _rare_email(value: str, *, keep_case: bool) -> tuple[str, str] | None:
    """Return the two parts of an address that only the library can judge."""
    from email_validator import EmailNotValidError, validate_email

    wrapped = _WRAPPED.fullmatch(text(value) or "")
    if wrapped is None:
        return None
    local, _, domain = (wrapped[1] or wrapped[2]).strip().rpartition("@")
    if not keep_case:
        local = unicodedata.normalize("NFKC", local.lower())
    if domain.lower() in _DOTTED_DOMAINS and _DOTTED.fullmatch(local):
        return local, domain.lower()
    try:
        return local, validate_email(f"{local}@{domain}", check_deliverability=False).ascii_domain
    except EmailNotValidError:
        return None


# --- phone -----------------------------------------------------------------------------------------------------------

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


# --- the registry ----------------------------------------------------------------------------------------------------

NORMALIZERS: Mapping[str, Normalizer] = MappingProxyType({
    "text": text,
    "exact": exact,
    "case_sensitive": case_sensitive,
    "upper": upper,
    "lower": lower,
    "digits": digits,
    "email": email,
    "email_no_plus": partial(email, keep_plus=False),
    "email_keep_case": partial(email, keep_case=True),
    "phone": phone,
})  # fmt: skip
"""All normalizers by name; ``phone:JP`` and its like are made when asked for."""


@cache
def normalizer(name: str, /) -> Normalizer:
    """Return the normalizer called *name*; ``phone:`` may be followed by the ISO code of a region.

    >>> normalizer("phone:JP")("090 1234 5678")
    '+819012345678'

    Raises:
        UnknownNameError: If there is none of that name.
        InvalidRulesError: If phone numbers know no such region.
    """
    kind, colon, region = name.partition(":")
    if kind == "phone" and colon:
        from phonenumbers import SUPPORTED_REGIONS

        if region not in SUPPORTED_REGIONS:
            raise InvalidRulesError(
                field="namespace.normalizer", reason="no such region", hint="an ISO 3166 code in capitals: phone:JP"
            )
        return partial(phone, region=region)
    try:
        return NORMALIZERS[name]
    except KeyError:
        raise UnknownNameError(kind="normalizer", name=name, known=(*NORMALIZERS, "phone:JP")) from None


JUNK = frozenset({
    "-1", "nan", "null", "nil", "none", "undefined", "empty", "n/a", "na", "n.a.", "#n/a", "unknown", "anonymous",
    "anon", "guest", "nobody", "noname", "no name", "dummy", "test", "tester", "tbd", "xxx", "xxxx", "not set",
    "not available", "not applicable", "(null)", "<null>", "(none)", "<none>", "(not set)", "[object object]",
    "false", "true", "-", "--", "---", ".", "..", "...", "?", "??", "???", "_", "*", "***", "/", "#", "ー",
    "00000000-0000-0000-0000-000000000000",
    "test@test.com", "test@test.co.jp", "test@test.jp", "test@example.com", "test@gmail.com", "tester@test.com",
    "none@none.com", "null@null.com", "na@na.com", "unknown@unknown.com", "anonymous@anonymous.com", "no@no.com",
    "no@email.com", "none@example.com", "dummy@dummy.com", "example@example.com", "asdf@asdf.com", "aaa@aaa.com",
    "なし", "無し", "ナシ", "不明", "不詳", "未登録", "未入力", "未設定", "未定", "未記入", "該当なし", "該当無し",
    "特になし", "テスト", "ダミー", "匿名", "ゲスト", "名無し", "無名", "空白", "无", "未知", "测试", "없음", "미상",
}) | {"0" * n for n in range(1, 65)}  # fmt: skip
"""Values that stand for nobody, in small letters; compared after normalization with ``value.casefold()``."""
