"""Columns as the engine works on them: every distinct value once, and for each record the number of its value."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from unified_profile.errors import InvalidInputError
from unified_profile.identity.records import japanese, repeating, whole_names
from unified_profile.identity.records.cleaning import LONGEST, name as normal_name, says_nothing
from unified_profile.identity.records.columns import Column
from unified_profile.identity.records.roles import Guess
from unified_profile.identity.records.shapes import Shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.cleaning import RecordNormalizer

    Codes = NDArray[np.int64]

_FEW = 200
"""Values that are looked at one by one sooner than all at once."""
_FAMILY, _GIVEN = ".family", ".given"
"""What is added to the name of a column of Japanese names for the two fields that are made of it."""
_LAST, _FIRST = ".last", ".first"
"""The same for names in other scripts."""
_SOUND = ".sound"
"""What is added to the name of a column of family or given names that are written in several scripts."""
_CODE = ".code"
"""What is added to the name of a column of texts for the codes in them."""
_NUMBERED = re.compile(r"(?=[\w-]{3})[\w-]*\d[\w-]*")


class Field:
    """One compared column: *values* are its distinct normal forms, *codes* say which each record has (-1: none)."""

    def __init__(self, name: str, role: str, values: list[str], codes: Codes) -> None:
        """Keep what was encoded."""
        self.name, self.role, self.values, self.codes = name, role, values, codes
        self._attributes: dict[str, Codes] = {}
        self._derived: dict[str, NDArray[np.object_]] = {}
        self._shapes: dict[str, Shapes] = {}
        self._making = Lock()

    @classmethod
    def of(cls, name: str, role: str, values: Sequence[str | None]) -> Field:
        """Return the field of the normal forms *values*, one a record."""
        distinct, codes = encoded(values)
        return cls(name, role, distinct, codes)

    def sampled(self, step: int) -> Field:
        """Return the field of every record whose number *step* divides."""
        return self.only(np.arange(0, len(self.codes), step))

    def only(self, records: Codes) -> Field:
        """Return the field of some *records*, with the values that they have."""
        codes = self.codes[records]
        used, which = np.unique(codes, return_inverse=True)
        there = used >= 0
        values = [self.values[number] for number in used[there].tolist()]
        return Field(self.name, self.role, values, (np.cumsum(there) - 1)[which] if there.any() else codes)

    def value(self, record: int) -> str | None:
        """Return the value of one record."""
        code = int(self.codes[record])
        return self.values[code] if code >= 0 else None

    @cached_property
    def counts(self) -> Codes:
        """How many records have each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=max(1, len(self.values)))

    @cached_property
    def filled(self) -> int:
        """How many records have a value."""
        return int(self.counts.sum())

    @cached_property
    def texts(self) -> NDArray[np.object_]:
        """The distinct values as an array, to be picked from by number."""
        found = np.empty(len(self.values), dtype=object)
        found[:] = self.values
        return found

    def attribute(self, name: str, make: Callable[[str], object]) -> Codes:
        """Return, for each distinct value, the number of what *make* makes of it (-1: nothing); kept under *name*."""
        with self._making:  # of several threads that want it one makes it
            if name not in self._attributes:
                made = list(map(make, self.values))
                whole = made == self.values and all(made)  # they are distinct
                self._attributes[name] = np.arange(len(made)) if whole else encoded(made)[1]
            return self._attributes[name]

    def derived(self, name: str, make: Callable[[str], str]) -> NDArray[np.object_]:
        """Return what *make* makes of each distinct value; kept under *name*."""
        with self._making:
            if name not in self._derived:
                found = np.empty(len(self.values), dtype=object)
                found[:] = [make(value) for value in self.values]
                self._derived[name] = found
            return self._derived[name]

    def shapes(self, name: str = "") -> Shapes:
        """Return the shapes of the distinct values, or of what was derived from them under *name*."""
        with self._making:
            if name not in self._shapes:
                self._shapes[name] = Shapes.of(self._derived[name].tolist() if name else self.values)
            return self._shapes[name]

    def among(self, other: Field) -> Codes:
        """Return, for each distinct value, its number among those of *other* (-2: it is none); the last for missing."""
        name = f"among {other.name}"
        with self._making:
            if name not in self._attributes:
                known = {value: number for number, value in enumerate(other.values)}
                numbers = [*(known.get(value, -2) for value in self.values), -3]
                self._attributes[name] = np.array(numbers, dtype=np.int64)
            return self._attributes[name]


def encoded(values: Sequence[Any], /) -> tuple[list[Any], Codes]:
    """Return the distinct *values* in the order in which they come, and the number of each (-1: None or no text).

    >>> distinct, codes = encoded(["b", None, "a", "b"])
    >>> distinct, codes.tolist()
    (['b', 'a'], [0, -1, 1, 0])
    """
    if isinstance(values, Column):
        return values.distinct, values.codes
    if len(values) < _FEW:  # plain lists are faster than arrays then
        known: dict[Any, int] = {}
        places = [-1 if one is None or one == "" else known.setdefault(one, len(known)) for one in values]
        return list(known), np.array(places, dtype=np.int64)
    numbers: defaultdict[Any, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(numbers.__getitem__, values), dtype=np.int64, count=len(values))
    nothing = [numbers.pop(one) for one in (None, "") if one in numbers]
    if nothing:
        among = np.ones(len(numbers) + len(nothing), dtype=np.bool_)
        among[nothing] = False
        codes = np.where(among, np.cumsum(among) - 1, -1)[codes]
    return list(numbers), codes


def fields(
    columns: Mapping[str, Sequence[str | None]],
    guesses: Mapping[str, Guess],
    normalizer: RecordNormalizer,
    /,
    *,
    learned: Collection[str] | None = None,
) -> list[Field]:
    """Return the fields of *columns* that have a role, those with a value of at least one record.

    *learned* are the names of a model's fields: they say, instead of the values, whether names are read as Japanese.
    """
    found: list[Field] = []
    dates: dict[str, Sequence[str | None]] = {}
    for name, values in columns.items():
        role = guesses[name].role
        if role in {"birth_year", "birth_month", "birth_day"}:
            dates[role] = values
        elif role == "full_name" and (_mostly_japanese(values) if learned is None else f"{name}{_FAMILY}" in learned):
            found += _japanese_name(name, values)
        elif role == "full_name" and (
            whole_names.mostly_two(values) if learned is None else f"{name}{_LAST}" in learned
        ):
            found += _two_names(name, values, normalizer)
        elif role in {"family_name", "given_name"} and (
            japanese.in_several_scripts(values) if learned is None else f"{name}{_SOUND}" in learned
        ):
            sounds = {value: _sound(value) for value in values if value is not None}
            found.append(Field.of(f"{name}{_SOUND}", role, [None if one is None else sounds[one] for one in values]))
        elif role != "ignored":
            found.append(_normalized(name, role, values, normalizer))
            if role == "text":
                found.append(_normalized(f"{name}{_CODE}", "identifier", _codes(values), normalizer))
    if dates.keys() == {"birth_year"}:
        found.append(_normalized("birth_year", "birth_year", dates["birth_year"], normalizer))
    elif dates:
        found.append(Field.of("birth_date", "birth_date", _joined(dates)))
    there = [field for field in found if field.values]
    return repeating.put_together(there) if learned is None else repeating.put_together_as(learned, there)


def _codes(values: Sequence[str | None]) -> list[str | None]:
    """Return the longest word with a digit in each text: the number of a model is not one word among others."""
    distinct = {value: max(_NUMBERED.findall(value[:LONGEST]), key=len, default=None) for value in values if value}
    return [distinct[value] if value else None for value in values]


def _normalized(name: str, role: str, values: Sequence[str | None], normalizer: RecordNormalizer) -> Field:
    """Return the field of the normal forms, each distinct value having been normalized once."""
    if len(values) < _FEW:
        there = [value for value in values if value is not None]
        few = iter(_forms(normalizer, role, there))
        return Field.of(name, role, [None if value is None else next(few) for value in values])
    distinct, codes = encoded(values)
    forms, form_of = encoded(_forms(normalizer, role, distinct))
    return Field(name, role, forms, np.append(form_of, -1)[codes])


def _forms(normalizer: RecordNormalizer, role: str, values: Sequence[str]) -> Sequence[str | None]:
    """Return the normal forms of *values*, if they are that.

    Raises:
        InvalidInputError: If they are not.
    """
    forms = normalizer.normalize(role, values)
    if (
        not isinstance(forms, Sequence)
        or len(forms) != len(values)
        or not {str, type(None)}.issuperset(map(type, forms))
    ):
        raise InvalidInputError(field="normalizer", reason="not one text or None a value", hint="see RecordNormalizer")
    return forms


def _two_names(name: str, values: Sequence[str | None], normalizer: RecordNormalizer) -> list[Field]:
    """Return family and given names as fields of their own."""
    distinct = {value: whole_names.parts(value) for value in values if value is not None}
    family, given = ([None if value is None else distinct[value][place] for value in values] for place in (0, 1))
    return [
        _normalized(f"{name}{_FIRST}", "given_name", given, normalizer),
        _normalized(f"{name}{_LAST}", "family_name", family, normalizer),
    ]


def _joined(parts: Mapping[str, Sequence[str | None]]) -> list[str | None]:
    """Return dates of their parts; None where a part is missing or no number."""
    found: list[str | None] = []
    for year, month, day in zip(parts["birth_year"], parts["birth_month"], parts["birth_day"], strict=True):
        whole = year and month and day and (year + month + day).isdecimal()
        found.append(f"{int(year):04d}{int(month):02d}{int(day):02d}" if year and month and day and whole else None)
    return found


def _mostly_japanese(values: Sequence[str | None]) -> bool:
    """Say whether a good part of the names is written in Japanese; then those in Latin letters are read alike."""
    seen = [value for value in values if value][:2000]
    return sum(map(japanese.written_in_japanese, seen)) > 0.3 * len(seen)


def _japanese_name(name: str, values: Sequence[str | None]) -> list[Field]:
    """Return the sounds of family and given names as fields of their own, however the names are written."""
    distinct = {value: [] if says_nothing(value) else japanese.parts(value) for value in values if value is not None}
    family = [distinct[value][0] if value is not None and distinct[value] else None for value in values]
    given = ["".join(distinct[value][1:]) or None if value is not None else None for value in values]
    return [Field.of(f"{name}{_FAMILY}", "family_name", family), Field.of(f"{name}{_GIVEN}", "given_name", given)]


def _sound(value: str) -> str | None:
    """Return the sound of one part of a name; kanji that nobody can read stay as they are."""
    return None if says_nothing(value) else "".join(japanese.parts(value)) or normal_name(value)
