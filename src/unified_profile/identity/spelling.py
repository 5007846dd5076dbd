"""The normal form of plain texts: what spelling adds is taken off, what tells two values apart stays."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 512

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
