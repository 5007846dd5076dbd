"""Three-valued logic, so that *we may not or cannot know* is never mistaken for *no*."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Kleene: TypeAlias = bool | None
"""True, False, or None for unknown."""


def negation(value: Kleene, /) -> Kleene:
    """Return the opposite of *value*; the opposite of unknown is unknown.

    >>> negation(True), negation(None)
    (False, None)
    """
    return None if value is None else not value


def conjunction(values: Iterable[Kleene], /) -> Kleene:
    """Return whether all *values* are true: False as soon as one is False, else unknown if one is unknown.

    >>> conjunction([True, None]), conjunction([False, None]), conjunction([])
    (None, False, True)
    """
    unknown = False
    for value in values:
        if value is False:
            return False
        if value is None:
            unknown = True
    return None if unknown else True


def disjunction(values: Iterable[Kleene], /) -> Kleene:
    """Return whether any of *values* is true: True as soon as one is True, else unknown if one is unknown.

    >>> disjunction([False, None]), disjunction([True, None]), disjunction([])
    (None, True, False)
    """
    unknown = False
    for value in values:
        if value is True:
            return True
        if value is None:
            unknown = True
    return None if unknown else False
