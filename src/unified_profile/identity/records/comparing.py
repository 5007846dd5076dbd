"""How alike two values are, as a level: 0 for different, more for more alike, the highest for the same.

Pairs of records are many, pairs of distinct values are fewer: each of those is compared once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import attrs
import numpy as np

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.identity.records.answered import leveled
from unified_profile.identity.records.keys import long_local
from unified_profile.identity.records.nicknames import short_of
from unified_profile.model.soundness import offers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.fields import Codes, Field
    from unified_profile.identity.records.shapes import Between

    Levels: TypeAlias = NDArray[np.int8]
    Similarities: TypeAlias = NDArray[np.float32]

_A_BIT = 1e-5
"""Rounding of 32-bit floats, against which a bound must be safe."""
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
    """A comparator made of a function; *names* are the meanings of its levels.

    *dear* is one that looks closely at every pair: it is better asked only once about a pair of values.
    """

    names: tuple[str, ...]
    function: Callable[[Field, Codes, Codes], Levels]
    dear: bool = True

    def levels(self, field: Field, left: Codes, right: Codes, /) -> Levels:
        """Return the level of each pair of different values."""
        return self.function(field, left, right)


def compare(field: Field, comparator: Comparator, left: Codes, right: Codes, /) -> Levels:
    """Return the levels of pairs of records (`MISSING` where a value is missing)."""
    return compared(field, comparator, field.codes[left], field.codes[right])


def compared(field: Field, comparator: Comparator, first: Codes, second: Codes, /) -> Levels:
    """Return the levels of pairs of values, given by their numbers (-1: missing)."""
    found = np.full(len(first), len(comparator.names) - 1, dtype=np.int8)
    found[(first | second) < 0] = MISSING
    differ = np.flatnonzero((first != second) & (found != MISSING))
    if len(differ):
        one, two = first[differ], second[differ]
        if isinstance(comparator, Compared) and not comparator.dear:
            found[differ] = _asked(comparator, field, one, two)
        else:
            distinct, which = numbered(np.minimum(one, two) * len(field.values) + np.maximum(one, two))
            size = len(field.values)
            found[differ] = _asked(comparator, field, distinct // size, distinct % size)[which]
    return found


def _asked(comparator: Comparator, field: Field, left: Codes, right: Codes) -> Levels:
    """Return the levels of pairs of different values."""
    return leveled(comparator.levels(field, left, right), len(left), names=comparator.names, role=field.role)


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


# --- measures --------------------------------------------------------------------------------------------------------


def _measured(scorer: Any, texts: NDArray[np.object_], left: Codes, right: Codes, **options: Any) -> Similarities:
    """Return what a scorer of rapidfuzz says of each pair; other pairs are compared beside, on the other cores."""
    from rapidfuzz import process

    pairs: Similarities = process.cpdist(
        texts[left].tolist(),
        texts[right].tolist(),
        scorer=scorer,
        dtype=np.float32,
        **options,
    )
    return pairs


def _equal(numbers: Codes, left: Codes, right: Codes) -> NDArray[np.bool_]:
    """Say where an attribute is there on both sides and the same."""
    equal: NDArray[np.bool_] = (numbers[left] >= 0) & (numbers[left] == numbers[right])
    return equal


def _one_edit(field: Field, between: Between, left: Codes, right: Codes) -> NDArray[np.bool_]:
    """Say which pairs are one letter, or one exchange of two neighbors, apart."""
    from rapidfuzz.distance import OSA

    near = between.edits(1)
    which = np.flatnonzero(near)
    near[which] = _measured(OSA.distance, field.texts, left[which], right[which], score_cutoff=1) <= 1
    return near


def _names(field: Field, left: Codes, right: Codes) -> Levels:
    from rapidfuzz.distance import JaroWinkler

    between = field.shapes().between(left, right)
    same_start = _equal(field.attribute("first letter", _first_letter), left, right)
    found = np.zeros(len(left), dtype=np.int8)
    maybe = np.flatnonzero(between.jaro_winkler(same_start=same_start) >= 0.80)
    alike = _measured(JaroWinkler.normalized_similarity, field.texts, left[maybe], right[maybe], score_cutoff=0.79)
    found[maybe[alike >= 0.80]] = 1
    found[maybe[alike >= 0.90]] = 2
    shorter = np.minimum(between.left, between.right)
    found[(shorter >= 4) & _one_edit(field, between, left, right)] = 2
    found[same_start & (shorter == 1)] = 2  # an initial
    found[_equal(field.attribute("nickname", short_of), left, right)] = 2
    inside = (found == 0) & (shorter >= 4) & (np.minimum(between.only_left, between.only_right) == 0)
    for place in np.flatnonzero(inside).tolist():  # Lopez in García López: its begin is seen above
        one, two = field.values[left[place]], field.values[right[place]]
        if one.endswith(two) or two.endswith(one):
            found[place] = 1
    return found


def _first_letter(value: str) -> str:
    return value[0]


_LOW = np.uint64(0x0101010101010101)
_YEAR, _MONTH, _DAY = np.uint64(0xFFFFFFFF), np.uint64(0xFFFF << 32), np.uint64(0xFFFF << 48)


def _dates(field: Field, left: Codes, right: Codes) -> Levels:
    """Compare dates of eight digits, a byte of a number each: the lowest is the first digit of the year."""
    padded = field.derived("eight bytes", lambda value: value.ljust(8, "?")[:8])
    table = np.frombuffer("".join(padded).encode("ascii", "replace"), dtype="<u8")
    one, two = table[left], table[right]
    other = one ^ two
    marks = other | (other >> np.uint64(4))
    marks |= marks >> np.uint64(2)
    marks |= marks >> np.uint64(1)
    marks &= _LOW  # the lowest bit of each byte that differs
    count = np.bitwise_count(marks)
    year, month, day = (other & _YEAR) == 0, (other & _MONTH) == 0, (other & _DAY) == 0
    found = np.zeros(len(left), dtype=np.int8)
    found[(count <= 2) | (year & (count <= 3))] = 1
    found[year.astype(np.int8) + month + day >= 2] = 2
    found[count <= 1] = 3
    swapped = ((one >> np.uint64(32)) & np.uint64(0xFFFF)) == (two >> np.uint64(48))
    swapped &= ((two >> np.uint64(32)) & np.uint64(0xFFFF)) == (one >> np.uint64(48))
    found[year & swapped] = 3
    neighbors = np.flatnonzero((count == 2) & ((marks & (marks >> np.uint64(8))) != 0))
    exchanged = (one[neighbors] ^ (two[neighbors] >> np.uint64(8))) | (
        two[neighbors] ^ (one[neighbors] >> np.uint64(8))
    )
    first = marks[neighbors] & (marks[neighbors] >> np.uint64(8))  # where the first of the two stands
    found[neighbors[(exchanged & (first * np.uint64(255))) == 0]] = 3
    return found


def _emails(field: Field, left: Codes, right: Codes) -> Levels:
    from rapidfuzz.distance import OSA, JaroWinkler

    local = field.derived("local", _local)
    between, locals_ = field.shapes().between(left, right), field.shapes("local").between(left, right)
    bound = locals_.jaro_winkler(same_start=_equal(field.attribute("first letter", _first_letter), left, right))
    found = np.zeros(len(left), dtype=np.int8)
    maybe = np.flatnonzero(bound >= 0.87)
    alike = _measured(JaroWinkler.normalized_similarity, local, left[maybe], right[maybe], score_cutoff=0.86)
    found[maybe[alike >= 0.87]] = 1
    most = (0.15 + _A_BIT) * np.maximum(between.left, between.right).astype(np.float32)
    near = np.flatnonzero((bound >= 0.7) & between.edits(most))
    whole = _measured(OSA.normalized_similarity, field.texts, left[near], right[near], score_cutoff=0.85)
    near = near[whole >= 0.85]
    alike = _measured(JaroWinkler.normalized_similarity, local, left[near], right[near], score_cutoff=0.69)
    found[near[alike >= 0.7]] = 2
    long = field.attribute("part local", long_local)  # as records meet by it, so that it is made once
    found[_equal(long, left, right)] = 2
    return found


def _local(value: str) -> str:
    return value.partition("@")[0]


def _digits(field: Field, left: Codes, right: Codes) -> Levels:
    return _one_edit(field, field.shapes().between(left, right), left, right).astype(np.int8)


_NUMBER = re.compile(r"\d+")


def _streets(field: Field, left: Codes, right: Codes) -> Levels:
    from rapidfuzz import fuzz

    in_order = field.derived("in order", lambda value: " ".join(sorted(value.split())))
    numbers = field.attribute("numbers", lambda value: tuple(_NUMBER.findall(value)[:3]) or None)
    first = field.attribute("first number", lambda value: found.group() if (found := _NUMBER.search(value)) else None)
    same_first, same = _equal(first, left, right), _equal(numbers, left, right)
    inside = field.shapes().between(left, right).partial_ratio() >= np.where(same_first, 85.0, 90.0)
    bound = field.shapes("in order").between(left, right).ratio()
    maybe = np.flatnonzero((bound >= np.where(same_first, 70.0, 80.0)) | (inside & (bound >= 40.0)))
    alike = np.zeros(len(left), dtype=np.float32)
    alike[maybe] = _measured(fuzz.ratio, in_order, left[maybe], right[maybe], score_cutoff=40)
    part = np.zeros(len(left), dtype=np.float32)
    maybe = np.flatnonzero(inside & (alike >= 40) & (alike < 92))  # what is that much alike needs no second look
    part[maybe] = _measured(fuzz.partial_ratio, field.texts, left[maybe], right[maybe], score_cutoff=85)
    found = np.zeros(len(left), dtype=np.int8)
    found[(alike >= 80) | (part >= 90)] = 1
    found[same_first & ((alike >= 70) | (part >= 85))] = 2
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

    bound = (
        field.shapes()
        .between(left, right)
        .jaro_winkler(same_start=_equal(field.attribute("first letter", _first_letter), left, right))
    )
    found = np.zeros(len(left), dtype=np.int8)
    maybe = np.flatnonzero(bound >= 0.88)
    alike = _measured(JaroWinkler.normalized_similarity, field.texts, left[maybe], right[maybe], score_cutoff=0.87)
    found[maybe[alike >= 0.88]] = 1
    return found


def _nothing(_: Field, left: Codes, __: Codes) -> Levels:
    return np.zeros(len(left), dtype=np.int8)


_NAMES = Compared(("different", "alike", "much alike, short or an initial", "the same"), _names, dear=False)
_DATES = Compared(("different", "a little off", "two of year, month, day", "a slip", "the same"), _dates, dear=False)
_EMAILS = Compared(
    ("different", "alike before the @", "nearly the same, or before the @", "the same"), _emails, dear=False
)
_PLACES = Compared(("different", "much alike", "the same"), _places, dear=False)
_DIGITS = Compared(("different", "one digit or letter off", "the same"), _digits, dear=False)
_STREETS = Compared(
    ("different", "alike", "alike, same number", "much alike, same numbers", "the same"), _streets, dear=False
)
_TEXTS = Compared(("different", "a little alike", "alike", "much alike", "nearly the same", "the same"), _texts)
_EQUAL = Compared(("different", "the same"), _nothing, dear=False)

COMPARATORS: Mapping[str, Comparator] = {
    "given_name": _NAMES, "family_name": _NAMES, "full_name": _TEXTS, "organization": _TEXTS, "text": _TEXTS,
    "birth_year": _DIGITS,
    "birth_date": _DATES, "email": _EMAILS,
    "phone": _DIGITS, "identifier": _DIGITS, "postcode": _DIGITS, "street_number": _DIGITS,
    "street": _STREETS, "address": _STREETS, "city": _PLACES,
    "state": _EQUAL, "country": _EQUAL, "sex": _EQUAL,
}  # fmt: skip
"""The comparator of each role that is used unless another is passed."""


def all_of(comparators: Mapping[str, Comparator] | None, /) -> Mapping[str, Comparator]:
    """Return the comparator of every role: those that are given, and for other roles the default.

    Raises:
        InvalidInputError: If one of them is no comparator.
        UnknownNameError: If there is no such role.
    """
    if comparators is None:
        return COMPARATORS
    for role, one in comparators.items():
        if role not in COMPARATORS:
            raise UnknownNameError(kind="role", name=str(role), known=COMPARATORS)
        names = getattr(one, "names", ())
        if isinstance(one, type) or not offers(one, "levels") or isinstance(names, str) or not 1 < len(names) < 100:
            raise InvalidInputError(
                field=f"comparators, {role}", reason=f"a {type(one).__name__}", hint="names of two levels or more"
            )
    return {**COMPARATORS, **comparators}
