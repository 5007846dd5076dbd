"""The order of versions, by Semantic Versioning 2.0.0: 1.10.0 is newer than 1.9.0, and 2.0.0-rc.1 older than 2.0.0."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

Version: TypeAlias = tuple[tuple[int, int, int], tuple[tuple[int, int, str], ...]]

_NUMBER = r"(0|[1-9]\d{0,17})"
_PART = r"(?:0|[1-9]\d{0,17}|\d*[A-Za-z-][0-9A-Za-z-]*)"
_FORM = re.compile(
    rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_PART}(?:\.{_PART})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z",
    re.ASCII,
)
_LONGEST = 256
_RELEASE = ((2, 0, ""),)


@lru_cache(maxsize=10_000)
def version_of(text: str, /) -> Version | None:
    """Return *text* as a key by which versions are ordered, None if it is no version; build metadata has no order.

    Source: Semantic Versioning 2.0.0, items 9 to 11.

    >>> version_of("1.9.0") < version_of("1.10.0-rc.1") < version_of("1.10.0")
    True
    >>> version_of("1.0") is None
    True
    """
    found = _FORM.match(text) if len(text) <= _LONGEST else None
    if not found:
        return None
    major, minor, patch, before = found.groups()
    numbers = (int(major), int(minor), int(patch))
    if before is None:
        return numbers, _RELEASE
    # Numbers come before words, and a shorter list before a longer one that begins alike.
    return numbers, tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split("."))


def version_key(text: str | None, /) -> str | None:
    """Return a text whose order by code point is the order of versions, None where *text* is no version.

    A database that keeps it beside the version can compare versions without knowing what they are.

    >>> sorted(["1.10.0", "1.9.0", "1.10.0-rc.2", "1.10.0-rc.10"], key=version_key)
    ['1.9.0', '1.10.0-rc.2', '1.10.0-rc.10', '1.10.0']

    .. versionadded:: 0.1
    """
    version = None if text is None else version_of(text)
    if version is None:
        return None
    numbers, before = version
    # What separates parts comes before all that they are made of, so that a shorter list comes first.
    parts = "!".join(f"{kind}{word or format(number, '018d')}" for kind, number, word in before)
    return "".join(f"{number:018d}" for number in numbers) + parts
