"""Arrays as PostgreSQL writes them: one text each, whatever the driver."""

from __future__ import annotations

from collections.abc import Sequence

_NULL = "NULL"


def text_array(values: Sequence[str | None]) -> str:
    r"""Return *values* as PostgreSQL writes an array of texts.

    >>> text_array(['a "b"', "", None])
    '{"a \\"b\\"","",NULL}'
    """
    if not values:
        return "{}"
    texts = ["" if value is None else value for value in values]
    joined = "\0".join(texts)
    if joined.count("\0") != len(texts) - 1:
        raise ValueError("a NUL character, which PostgreSQL cannot hold")
    joined = joined.replace("\\", "\\\\").replace('"', '\\"')
    if None not in values:
        return '{"' + joined.replace("\0", '","') + '"}'
    parts = joined.split("\0")
    return "{" + ",".join([_NULL if v is None else f'"{part}"' for v, part in zip(values, parts, strict=True)]) + "}"


def number_array(values: Sequence[float | None]) -> str:
    """Return *values* as PostgreSQL writes an array of numbers.

    >>> number_array([1, None, 2.5])
    '{1,NULL,2.5}'
    """
    return "{" + ",".join([_NULL if value is None else repr(value + 0) for value in values]) + "}"
