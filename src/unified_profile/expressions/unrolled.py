"""Several comparisons of one row at once, without a loop and without a function of ours for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from unified_profile.expressions.conditions import Judge
from unified_profile.expressions.kleene import Kleene

Row: TypeAlias = Mapping[str, Any]
OnRow: TypeAlias = Callable[[Row], Kleene]
Quick: TypeAlias = tuple[str, type, Callable[[Any], bool], Judge]
"""A cell, the class of value that needs no judging, its check, and the judge of other values."""


def all_at_once(leaves: Sequence[Quick], slow: OnRow, /) -> OnRow:
    """Return whether all *leaves* hold of a row; a cell that is missing or of another class is left to *slow*.

    >>> ask = all_at_once([("a", int, (1).__eq__, lambda *_: None), ("b", str, "x".__eq__, lambda *_: None)], id)
    >>> ask({"a": 1, "b": "x"}), ask({"a": 1, "b": "y"})
    (True, False)
    """
    run: OnRow = _always
    rest = tuple(leaves)
    while rest:
        # Those at the end first: each block asks the one after it.
        size = next(size for size in _BLOCKS if size <= len(rest))
        block, rest = rest[-size:], rest[:-size]
        run = _BLOCKS[size](block, None if run is _always else run, slow)
    return run


def _always(_: Row) -> Kleene:
    return True


def _one(leaves: Sequence[Quick], then: OnRow | None, slow: OnRow) -> OnRow:
    ((a, kind_a, check_a, _),) = leaves

    def run(row: Row) -> Kleene:
        try:
            one = row[a]
        except KeyError:
            return slow(row)
        if one.__class__ is kind_a:
            return check_a(one) and (then is None or then(row))
        return slow(row)

    return run


def _two(leaves: Sequence[Quick], then: OnRow | None, slow: OnRow) -> OnRow:
    (a, kind_a, check_a, _), (b, kind_b, check_b, _) = leaves

    def run(row: Row) -> Kleene:
        try:
            one, two = row[a], row[b]
        except KeyError:
            return slow(row)
        if one.__class__ is kind_a and two.__class__ is kind_b:
            return check_a(one) and check_b(two) and (then is None or then(row))
        return slow(row)

    return run


def _three(leaves: Sequence[Quick], then: OnRow | None, slow: OnRow) -> OnRow:
    (a, kind_a, check_a, _), (b, kind_b, check_b, _), (c, kind_c, check_c, _) = leaves

    def run(row: Row) -> Kleene:
        try:
            one, two, three = row[a], row[b], row[c]
        except KeyError:
            return slow(row)
        if one.__class__ is kind_a and two.__class__ is kind_b and three.__class__ is kind_c:
            return check_a(one) and check_b(two) and check_c(three) and (then is None or then(row))
        return slow(row)

    return run


def _five(leaves: Sequence[Quick], then: OnRow | None, slow: OnRow) -> OnRow:
    (a, kind_a, check_a, _), (b, kind_b, check_b, _), (c, kind_c, check_c, _) = leaves[:3]
    (d, kind_d, check_d, _), (e, kind_e, check_e, _) = leaves[3:]

    def run(row: Row) -> Kleene:
        try:
            one, two, three, four, five = row[a], row[b], row[c], row[d], row[e]
        except KeyError:
            return slow(row)
        if (
            one.__class__ is kind_a
            and two.__class__ is kind_b
            and three.__class__ is kind_c
            and four.__class__ is kind_d
            and five.__class__ is kind_e
        ):
            return (
                check_a(one)
                and check_b(two)
                and check_c(three)
                and check_d(four)
                and check_e(five)
                and (then is None or then(row))
            )
        return slow(row)

    return run


_Block: TypeAlias = Callable[[Sequence[Quick], OnRow | None, OnRow], OnRow]
_BLOCKS: dict[int, _Block] = {5: _five, 3: _three, 2: _two, 1: _one}
