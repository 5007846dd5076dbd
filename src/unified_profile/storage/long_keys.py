"""Keys longer than an index of a database server takes: their beginning and a fingerprint stand for them.

A server's index holds some 2,700 bytes a row, and two identifiers of 600 Japanese characters are more. A column that
rows are found by therefore holds a short form, and a second column the text itself where the two differ. Whatever
contains the mark is put in short form too, so no text can be mistaken for the short form of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from unified_profile.storage.layout import columns_of
from unified_profile.storage.tables import Table

LONGEST = 300
"""How many characters a column that is found by holds."""

_SURELY_SHORT, _BYTES, _KEPT = 250, 1_000, 200
_MARK = "\x01"


def is_short(text: str, /) -> bool:
    """Say whether *text* is its own short form."""
    if _MARK in text:
        return False
    return len(text) <= _SURELY_SHORT or (len(text) <= LONGEST and len(text.encode("utf-8", "replace")) <= _BYTES)


def short(value: Any, /) -> Any:
    """Return the short form of *value*; what is no text is its own.

    >>> short("taro@example.com"), len(short("x" * 600)), short("x" * 600) == short("x" * 601)
    ('taro@example.com', 265, False)
    """
    if not isinstance(value, str) or is_short(value):
        return value
    return f"{value[:_KEPT]}{_MARK}{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"


@cache
def long_columns(table: Table[Any], /) -> tuple[str, ...]:
    """Return the columns of *table* that rows are found by and that hold text."""
    return tuple(
        c.name for c in columns_of(table) if c.type is str and (c.name in table.key or c.name in table.indexes)
    )


def long_name(column: str, /) -> str:
    """Return what the column of the whole text is called.

    >>> long_name("node")
    'node_long'
    """
    return f"{column}_long"


def whole_texts(column: Sequence[Any], /) -> list[str | None] | None:
    """Return for each value the text that its short form is not, or None for all when there is no such.

    >>> whole_texts(["a", None]), whole_texts(["a", "b" * 301])[0]
    (None, None)
    """
    texts = list(filter(None, column))
    if max(map(len, texts), default=0) <= _SURELY_SHORT and _MARK not in "".join(texts):
        return None
    return [None if value is None or is_short(value) else value for value in column]
