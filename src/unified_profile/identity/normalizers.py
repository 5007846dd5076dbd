"""The normal form of each kind of identifier, so that two spellings of one address or number are one node.

A normalizer takes a string and returns its normal form, or None when the string is of no use as an identifier. All are
idempotent. How each works stands beside: ``spelling.py``, ``addresses.py``, ``phone_numbers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import TypeAlias

from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.identity.addresses import email
from unified_profile.identity.phone_numbers import phone
from unified_profile.identity.spelling import case_sensitive, digits, exact, lower, text, upper

Normalizer: TypeAlias = Callable[[str], str | None]

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
