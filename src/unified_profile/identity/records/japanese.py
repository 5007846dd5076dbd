"""Japanese names, however they are written: one spelling for 佐藤, さとう, サトウ and Satō.

Kana have one reading, which is written in Latin letters here. Kanji have many; a dictionary (SudachiPy, the extra
``japanese``) says the likeliest one of a name. Without it kanji are compared with kanji only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import islice
from typing import Any

_KANJI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々〆]")
_KANA = re.compile(r"[\u3041-\u309f\u30a1-\u30ff]")
_ROWS = {
    "a": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
    "m": "マミムメモ", "y": "ヤ ユ ヨ", "r": "ラリルレロ", "w": "ワヰ ヱヲ", "g": "ガギグゲゴ", "z": "ザジズゼゾ",
    "d": "ダヂヅデド", "b": "バビブベボ", "p": "パピプペポ", "v": "  ヴ  ",
}  # fmt: skip
_SYLLABLES = {
    kana: ("" if row == "a" else row) + vowel
    for row, five in _ROWS.items()
    for kana, vowel in zip(five, "aiueo", strict=True)
    if kana != " "
} | {"ン": "n", "ヲ": "o"}
_HONORIFIC = re.compile(r"\s*[様殿]$|\s(?:さま|さん|氏|先生)$")
_SEEN, _A_GOOD_PART, _SELDOM = 2000, 0.3, 0.02
_SMALL = {"ャ": "ya", "ュ": "yu", "ョ": "yo", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_HEPBURN = (
    ("sh", "sy"), ("ch", "ty"), ("ts", "t"), ("f", "h"), ("j", "zy"), ("syi", "si"), ("tyi", "ti"), ("zyi", "zi"),
    ("dzu", "zu"), ("di", "zi"), ("du", "zu"), ("mb", "nb"), ("mp", "np"), ("mm", "nm"),
)  # fmt: skip


def written_in_japanese(text: str, /) -> bool:
    """Say whether *text* holds kana or kanji.

    >>> written_in_japanese("さとう"), written_in_japanese("Sato")
    (True, False)
    """
    return bool(_KANA.search(text) or _KANJI.search(text))


def in_several_scripts(values: Iterable[str | None], /) -> bool:
    """Say whether a good part of *values* is Japanese, and not all are in one of kanji, kana and Latin letters.

    >>> in_several_scripts(["佐藤", "サトウ", "Sato"]), in_several_scripts(["佐藤", "鈴木"])
    (True, False)
    """
    seen = [*islice(filter(None, values), _SEEN)]
    kanji = sum(map(has_kanji, seen))
    written = sum(map(written_in_japanese, seen))
    used = [count for count in (kanji, written - kanji, len(seen) - written) if count > _SELDOM * len(seen)]
    return written > _A_GOOD_PART * len(seen) and len(used) > 1


def has_kanji(text: str, /) -> bool:
    """Say whether *text* holds kanji."""
    return bool(_KANJI.search(text))


def sound(text: str, /) -> str:
    """Return the sound of *text*, kana or Latin letters, in one spelling without long vowels.

    >>> sound("ショウタロウ"), sound("Shōtarō"), sound("shoutarou"), sound("Syotaro")
    ('syotaro', 'syotaro', 'syotaro', 'syotaro')
    """
    spelled = _latin(text) if _KANA.search(text) else _plain(text)
    for old, new in _HEPBURN:
        spelled = spelled.replace(old, new)
    spelled = re.sub(r"oh(?![aiueo])", "o", spelled)
    return re.sub(r"o[uo]|uu|aa|ii|ei(?=$)", lambda found: found.group()[0], spelled)


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in bare if "a" <= character <= "z")


def _latin(text: str) -> str:
    """Write kana in Latin letters."""
    found: list[str] = []
    double = False
    for character in unicodedata.normalize("NFKC", text):
        kana = chr(ord(character) + 0x60) if "\u3041" <= character <= "\u3096" else character
        if kana == "ッ":
            double = True
        elif kana in _SMALL and found:
            small = _SMALL[kana]
            found[-1] = found[-1][:-1] + (small if small[0] == "y" and found[-1][-1:] == "i" else small[-1])
        elif kana in _SYLLABLES:
            spelled = _SYLLABLES[kana]
            found.append((spelled[0] if double else "") + spelled)
            double = False
        elif "a" <= character.casefold() <= "z":
            found.append(character.casefold())
    return "".join(found)


def parts(name: str, /) -> list[str]:
    """Return the sounds of a name's parts: the family name first where it is written in Japanese, else as they stand.

    >>> parts("サトウ　ミキコ 様"), parts("Mikiko Satō")
    (['sato', 'mikiko'], ['mikiko', 'sato'])
    """
    text = unicodedata.normalize("NFKC", name).strip()
    text = _HONORIFIC.sub("", text) or text
    if not written_in_japanese(text):
        return [spelled for part in text.split() if (spelled := sound(part))]
    if " " in text and not _KANJI.search(text):
        return [spelled for part in text.split() if (spelled := sound(part))]
    read = _readings(text)
    if len(read) > 1:
        read = [read[0], "".join(read[1:])]
    return [spelled for part in read if (spelled := sound(part))]


def _readings(text: str) -> list[str]:
    """Return the readings of the words of *text* in katakana; none of kanji that nobody can read."""
    reader = _reader()
    if reader is None:
        return [part for part in text.split() if not _KANJI.search(part)]
    return [word.reading_form() for word in reader.tokenize(text) if word.surface().strip()]


def reading_is_known() -> bool:
    """Say whether kanji can be read: whether the extra ``japanese`` is installed."""
    return _reader() is not None


@cache
def _reader() -> Any:
    """Return the tokenizer, or None without the extra."""
    try:
        import sudachidict_small  # type: ignore[import-untyped]  # noqa: F401 - the dictionary that the next line opens
        import sudachipy  # type: ignore[import-untyped]  # it ships none
    except ImportError:
        return None
    dictionary = sudachipy.Dictionary(dict="small")
    return dictionary.tokenizer() if hasattr(dictionary, "tokenizer") else dictionary.create()
