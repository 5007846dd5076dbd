"""How many columns of a terminal a text takes: Japanese characters take two, marks that combine take none."""

from __future__ import annotations

import unicodedata

_WIDE = frozenset("WF")
_NOTHING = frozenset({"Mn", "Me", "Cf"})
_WORTH_FILLING = 12


def width(text: str, /) -> int:
    r"""Return how many columns *text* takes.

    >>> width("abc"), width("山田"), width("ﾔﾏﾀﾞ"), width("e\u0301")
    (3, 4, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_one, text))


def _one(sign: str) -> int:
    if unicodedata.category(sign) in _NOTHING:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in _WIDE else 1


def padded(text: str, columns: int, /, *, right: bool = False) -> str:
    """Return *text* filled up with spaces to *columns*; *right* puts it to the right.

    >>> padded("山田", 6), padded("7", 3, right=True)
    ('山田  ', '  7')
    """
    space = " " * (columns - width(text))
    return space + text if right else text + space


def wrapped(text: str, columns: int, /) -> list[str]:
    """Return *text* in lines of at most *columns*, broken at spaces, and between characters where it must be.

    >>> wrapped("two short words", 9), wrapped("お届け先の変更", 6)
    (['two short', 'words'], ['お届け', '先の変', '更'])
    """
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        room = columns - width(line) - 1
        if line and width(word) <= room:
            line = f"{line} {word}"
        elif line and room >= _WORTH_FILLING and not word.isascii():
            # Scripts without spaces break anywhere.
            begin = _broken(word, room)[0]
            *full, rest = _broken(word.removeprefix(begin), columns)
            lines += [f"{line} {begin}", *full]
            line = rest
        else:
            lines += [line] if line else []
            *full, line = _broken(word, columns)
            lines += full
    return [*lines, line]


def _broken(word: str, columns: int) -> list[str]:
    """Return one *word* in pieces that fit; a character that is wider than *columns* stands alone."""
    if width(word) <= columns:
        return [word]
    pieces, piece, taken = [], "", 0
    for sign in word:
        size = _one(sign)
        if piece and taken + size > columns:
            pieces.append(piece)
            piece, taken = "", 0
        piece += sign
        taken += size
    return [*pieces, piece]


def printable(text: str, /) -> str:
    r"""Return *text* on one line, without the control characters by which a file could write over a terminal.

    >>> printable("a\tb\nc\x1b[2J")
    'a b c?[2J'
    """
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "?" for sign in text)
