"""What people call their columns, in English, Japanese and some languages of Europe, and what they mean by it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from importlib import resources
from typing import Final, Literal, TypeAlias

import attrs

Role: TypeAlias = Literal["key", "identifier", "attribute", "brand", "channel", "country", "ignore"]

_SEPARATORS = re.compile(r"[\W_]+")
_BEFORE = (
    "contact", "customer", "client", "member", "person", "personal", "private", "home", "mobile", "primary", "main",
    "preferred", "daytime", "your", "my", "user", "shopper", "buyer",
    "お客様", "お客さま", "顧客", "会員", "本人", "自宅", "携帯", "日中", "連絡先", "連絡用", "ご", "お",
)  # fmt: skip
_AFTER = ("number", "value", "field", "code", "no", "1", "2", "番号", "欄", "漢字", "任意", "必須", "半角", "全角")


@attrs.frozen
class Meaning:
    """What a column can mean: its role, the namespace or trait that it fills, and how its cells are read."""

    name: str
    role: Role
    kind: str = "text"


def folded(header: str, /) -> str:
    """Return *header* as headers are compared: no case, no width, no separators.

    >>> folded("E-Mail Address"), folded("Ｔｅｌ（自宅）")
    ('emailaddress', 'tel自宅')
    """
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", header).casefold())


def near(header: str, /) -> tuple[Meaning, str] | None:
    """Return what a *header* means that is a known one with words around it, and that known one; None if it is none.

    >>> near("Contact Tel")[1], near("お電話番号（必須）")[1], near("Hotel")
    ('tel', 'お電話番号', None)
    """
    waiting = [folded(header)]
    seen = set(waiting)
    while waiting:
        text = waiting.pop(0)
        if text in BY_HEADER and len(text) > 1:
            return BY_HEADER[text], text
        shorter = [text.removeprefix(word) for word in _BEFORE if text.startswith(word)]
        shorter += [text.removesuffix(word) for word in _AFTER if text.endswith(word)]
        fresh = [one for one in shorter if one and one not in seen]
        seen.update(fresh)
        waiting += fresh
    return None


def trait_name(header: str, /) -> str:
    """Return the trait that a column of that *header* fills when nothing else is known of it.

    >>> trait_name("Favorite Color"), trait_name("好きな色")
    ('favorite_color', '好きな色')
    """
    text = unicodedata.normalize("NFKC", header).strip()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return _SEPARATORS.sub("_", words).strip("_").casefold()[:100] or "unnamed"


def _read() -> dict[str, tuple[Meaning, tuple[str, ...]]]:
    """Return the meanings by name, each with the headers that it goes under."""
    text = resources.files("unified_profile.wire").joinpath("headers.toml").read_text(encoding="utf-8")
    return {
        name: (
            Meaning(name, entry["role"], entry.get("kind", "text")),
            (name, *entry["en"], *entry["ja"], *entry.get("eu", ())),
        )
        for name, entry in tomllib.loads(text).items()
    }


_VOCABULARY = _read()
MEANINGS: Final = {name: meaning for name, (meaning, _) in _VOCABULARY.items()}
"""Every meaning by its name."""
BY_HEADER: Final = {folded(header): meaning for meaning, headers in _VOCABULARY.values() for header in headers}
"""Every meaning by the headers that it goes under, folded."""
