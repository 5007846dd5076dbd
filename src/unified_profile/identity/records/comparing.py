"""How alike two values are, as a level: 0 for different, more for more alike, the highest for the same.

Pairs of records are many, pairs of distinct values are fewer: each of those is compared once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import attrs
import numpy as np

from unified_profile.identity.records.nicknames import short_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.fields import Codes, Field

    Levels: TypeAlias = NDArray[np.int8]
    Similarities: TypeAlias = NDArray[np.float32]

MISSING = -1
"""The level of a pair of which a value is missing: it says nothing."""


class Comparator(Protocol):
    """Says how alike the distinct values of a field are."""

    @property
    def names(self) -> Sequence[str]:
        """What the levels mean, from the lowest (different) to the highest (the same)."""
        ...

    def levels(self, field: Field, left: Codes, right: Codes, /) -> Levels:
        """Return the level of each pair of different values, which are given by their numbers in *field*."""
        ...


@attrs.frozen
class Compared:
    """A comparator made of a function; *names* are the meanings of its levels."""

    names: tuple[str, ...]
    function: Callable[[Field, Codes, Codes], Levels]

    def levels(self, field: Field, left: Codes, right: Codes, /) -> Levels:
        """Return the level of each pair of different values."""
        return self.function(field, left, right)


def compare(field: Field, comparator: Comparator, left: Codes, right: Codes, /) -> Levels:
    """Return the levels of pairs of records (`MISSING` where a value is missing)."""
    first, second = field.codes[left], field.codes[right]
    found = np.full(len(left), MISSING, dtype=np.int8)
    there = (first >= 0) & (second >= 0)
    low, high = np.minimum(first, second)[there], np.maximum(first, second)[there]
    levels = np.full(len(low), len(comparator.names) - 1, dtype=np.int8)
    differ = low != high
    if differ.any():
        distinct, which = numbered(low[differ] * len(field.values) + high[differ])
        levels[differ] = comparator.levels(field, distinct // len(field.values), distinct % len(field.values))[which]
    found[there] = levels
    return found


def numbered(keys: Codes, /) -> tuple[Codes, Codes]:
    """Return the distinct *keys* in order, and for each key its number among them.

    >>> [found.tolist() for found in numbered(np.array([7, 3, 7]))]
    [[3, 7], [1, 0, 1]]
    """
    order = np.argsort(keys)  # several times faster than looking each key up among the sorted ones
    ordered = keys[order]
    first = np.concatenate((np.ones(min(1, len(keys)), dtype=np.bool_), ordered[1:] != ordered[:-1]))
    which = np.empty(len(keys), dtype=np.int64)
    which[order] = np.cumsum(first) - 1
    return ordered[first], which


_WORTH_THREADS = 10_000

# --- measures --------------------------------------------------------------------------------------------------------


def _measured(scorer: Any, texts: NDArray[np.object_], left: Codes, right: Codes, **options: Any) -> Similarities:
    """Return what a scorer of rapidfuzz says of each pair, on all cores if there are many."""
    from rapidfuzz import process

    pairs: Similarities = process.cpdist(
        texts[left].tolist(),
        texts[right].tolist(),
        scorer=scorer,
        dtype=np.float32,
        workers=-1 if len(left) > _WORTH_THREADS else 1,
        **options,
    )
    return pairs


def _equal(numbers: Codes, left: Codes, right: Codes) -> NDArray[np.bool_]:
    """Say where an attribute is there on both sides and the same."""
    equal: NDArray[np.bool_] = (numbers[left] >= 0) & (numbers[left] == numbers[right])
    return equal


def _one_edit(field: Field, left: Codes, right: Codes) -> NDArray[np.bool_]:
    """Say which pairs are one letter, or one exchange of two neighbors, apart."""
    from rapidfuzz.distance import OSA

    near: NDArray[np.bool_] = np.abs(field.lengths[left] - field.lengths[right]) <= 1
    which = np.flatnonzero(near)
    near[which] = _measured(OSA.distance, field.texts, left[which], right[which], score_cutoff=1) <= 1
    return near


def _names(field: Field, left: Codes, right: Codes) -> Levels:
    from rapidfuzz.distance import JaroWinkler

    alike = _measured(JaroWinkler.normalized_similarity, field.texts, left, right, score_cutoff=0.6)
    shorter = np.minimum(field.lengths[left], field.lengths[right])
    found = np.zeros(len(left), dtype=np.int8)
    found[alike >= 0.80] = 1
    found[alike >= 0.90] = 2
    maybe = np.flatnonzero((shorter >= 4) & (found < 2) & (alike >= 0.6))
    found[maybe[_one_edit(field, left[maybe], right[maybe])]] = 2
    first = field.attribute("first letter", lambda value: value[0])
    found[_equal(first, left, right) & (shorter == 1)] = 2  # an initial
    found[_equal(field.attribute("nickname", short_of), left, right)] = 2
    return found


def _dates(field: Field, left: Codes, right: Codes) -> Levels:
    padded = [value.ljust(8, "?")[:8].encode("ascii", "replace") for value in field.values]
    table = np.frombuffer(b"".join(padded), dtype=np.uint8).reshape(len(padded), 8)
    one, two = table[left], table[right]
    other = one != two
    count = other.sum(1)
    year, month, day = ~other[:, :4].any(1), ~other[:, 4:6].any(1), ~other[:, 6:].any(1)
    swapped = year & (one[:, 4:6] == two[:, 6:]).all(1) & (one[:, 6:] == two[:, 4:6]).all(1)
    crossed = (one[:, :-1] == two[:, 1:]) & (one[:, 1:] == two[:, :-1]) & other[:, :-1]
    found = np.zeros(len(left), dtype=np.int8)
    found[(count <= 2) | (year & (count <= 3))] = 1
    found[year.astype(np.int8) + month + day >= 2] = 2
    found[(count <= 1) | swapped | (crossed.any(1) & (count == 2))] = 3
    return found


def _emails(field: Field, left: Codes, right: Codes) -> Levels:
    from rapidfuzz.distance import OSA, JaroWinkler

    local = field.derived("local", lambda value: value.partition("@")[0])
    long = field.attribute("local", lambda value: part if len(part := value.partition("@")[0]) > 4 else None)
    found = np.zeros(len(left), dtype=np.int8)
    alike = _measured(JaroWinkler.normalized_similarity, local, left, right, score_cutoff=0.7)
    found[alike >= 0.87] = 1
    maybe = np.flatnonzero(alike >= 0.7)
    whole = _measured(OSA.normalized_similarity, field.texts, left[maybe], right[maybe], score_cutoff=0.85)
    found[maybe[whole >= 0.85]] = 2
    found[_equal(long, left, right)] = 2
    return found


def _digits(field: Field, left: Codes, right: Codes) -> Levels:
    return _one_edit(field, left, right).astype(np.int8)


_NUMBER = re.compile(r"\d+")


def _streets(field: Field, left: Codes, right: Codes) -> Levels:
    from rapidfuzz import fuzz

    in_order = field.derived("in order", lambda value: " ".join(sorted(value.split())))
    alike = _measured(fuzz.ratio, in_order, left, right, score_cutoff=40)
    part = np.zeros(len(left), dtype=np.float32)
    maybe = np.flatnonzero((alike >= 40) & (alike < 92))  # what is that much alike needs no second look
    part[maybe] = _measured(fuzz.partial_ratio, field.texts, left[maybe], right[maybe], score_cutoff=85)
    numbers = field.attribute("numbers", lambda value: tuple(_NUMBER.findall(value)[:3]) or None)
    first = field.attribute("first number", lambda value: next(iter(_NUMBER.findall(value)), None))
    same = _equal(numbers, left, right)
    found = np.zeros(len(left), dtype=np.int8)
    found[(alike >= 80) | (part >= 90)] = 1
    found[_equal(first, left, right) & ((alike >= 70) | (part >= 85))] = 2
    found[same & ((alike >= 92) | (part >= 90))] = 3
    return found


def _texts(field: Field, left: Codes, right: Codes) -> Levels:
    from rapidfuzz import fuzz

    in_order = field.derived("in order", lambda value: " ".join(sorted(value.split())))
    ordered = _measured(fuzz.ratio, in_order, left, right)
    common = _measured(fuzz.token_set_ratio, field.texts, left, right)
    return np.searchsorted(np.array([55.0, 70.0, 82.0, 93.0]), (ordered + common) / 2, side="right").astype(np.int8)


def _places(field: Field, left: Codes, right: Codes) -> Levels:
    from rapidfuzz.distance import JaroWinkler

    alike = _measured(JaroWinkler.normalized_similarity, field.texts, left, right, score_cutoff=0.88)
    return (alike >= 0.88).astype(np.int8)


def _nothing(_: Field, left: Codes, __: Codes) -> Levels:
    return np.zeros(len(left), dtype=np.int8)


_NAMES = Compared(("different", "alike", "much alike, short or an initial", "the same"), _names)
_DIGITS = Compared(("different", "one digit or letter off", "the same"), _digits)
_STREETS = Compared(("different", "alike", "alike, same number", "much alike, same numbers", "the same"), _streets)
_TEXTS = Compared(("different", "a little alike", "alike", "much alike", "nearly the same", "the same"), _texts)
_EQUAL = Compared(("different", "the same"), _nothing)

COMPARATORS: Mapping[str, Comparator] = {
    "given_name": _NAMES, "family_name": _NAMES, "full_name": _TEXTS, "organization": _TEXTS,
    "birth_date": Compared(("different", "a little off", "two of year, month, day", "a slip", "the same"), _dates),
    "email": Compared(("different", "alike before the @", "nearly the same, or before the @", "the same"), _emails),
    "phone": _DIGITS, "identifier": _DIGITS, "postcode": _DIGITS, "street_number": _DIGITS,
    "street": _STREETS, "address": _STREETS, "city": Compared(("different", "much alike", "the same"), _places),
    "state": _EQUAL, "country": _EQUAL, "sex": _EQUAL,
}  # fmt: skip
"""The comparator of each role that is used unless another is passed."""
