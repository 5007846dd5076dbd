"""The normal forms of many values at once: a step over one long text costs far less than one over each of many.

Values are written one after the other with NUL between them, and taken apart again at the end. That is done to plain
ASCII only; any other value goes the way of a single one, and tests hold both ways against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

_BETWEEN = "\0"
_AT_ONCE = 20_000
_TWO_SPACED = f" {_BETWEEN} "

One = Callable[[str], "str | None"]
"""What makes the normal form of a single value."""
Many = Callable[[str], "Iterable[str | None]"]
"""What makes those of many, in one text with NUL between them."""


def normal_forms(values: Sequence[str], /, *, one: One, many: Many) -> list[str | None]:
    """Return the normal forms of *values*: those of plain ones by *many*, the others' by *one*.

    >>> normal_forms(["A", "É", "b"], one=str.casefold, many=lambda whole: whole.lower().split(chr(0)))
    ['a', 'é', 'b']
    """
    found: list[str | None] = []
    for begin in range(0, len(values), _AT_ONCE):
        some = values[begin : begin + _AT_ONCE]
        whole = _BETWEEN.join(some)
        if whole.isascii() and whole.count(_BETWEEN) == len(some) - 1:
            found += many(whole)
            continue
        plain = [value.isascii() and _BETWEEN not in value for value in some]
        forms = iter(many(_BETWEEN.join(value for value, easy in zip(some, plain, strict=True) if easy)))
        found += [next(forms) if easy else one(value) for value, easy in zip(some, plain, strict=True)]
    return found


def words(
    whole: str,
    /,
    *,
    nothing: Collection[str],
    marks: Mapping[int, str | None],
    ordinal: re.Pattern[str],
    short: Mapping[str, str],
) -> list[str | None]:
    """Return the words of values: *marks* taken out, without the letters behind an *ordinal*, some in *short*."""
    lowered = whole.lower()
    apart = {mark: to for mark, to in marks.items() if mark != ord(_BETWEEN)}
    tokens = ordinal.sub(r"\1", lowered.translate(apart)).replace(_BETWEEN, _TWO_SPACED).split()
    forms = " ".join(map(short.get, tokens, tokens)).split(_BETWEEN)
    return [
        None if value.strip() in nothing else form.strip(" ") or None
        for value, form in zip(lowered.split(_BETWEEN), forms, strict=True)
    ]


def digits(whole: str, /, *, nothing: Collection[str], others: Collection[int]) -> list[str | None]:
    """Return the last nine digits of values, once the *others* are taken out, where they are a number."""
    kept = whole.translate({other: None for other in others if other != ord(_BETWEEN)}).split(_BETWEEN)
    return [
        found if len(found) > 4 and found.count(found[0]) < len(found) and value.strip() not in nothing else None
        for value, found in zip(whole.lower().split(_BETWEEN), (number[-9:] for number in kept), strict=True)
    ]


def emails(whole: str, /, *, nothing: Collection[str], common: re.Pattern[str], one: One) -> list[str | None]:
    """Return addresses; *one* looks at those that are not *common*. What says *nothing* has no ``@``."""
    found: list[str | None] = []
    fits = common.fullmatch
    for value in whole.split(_BETWEEN):
        plain = value.lower().strip()
        if "@" not in plain:
            found.append(None)
        elif fits(plain):
            found.append(None if plain[: plain.index("@")] in nothing else plain)
        else:
            found.append(one(value))
    return found
