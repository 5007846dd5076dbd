"""Columns that repeat others count once: a name that is told twice is no more likely to be right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]


class Told(Protocol):
    """A field, as far as it matters here."""

    name: str
    role: str
    values: list[str]
    codes: Codes

    def __init__(self, name: str, role: str, values: list[str], codes: Codes) -> None:
        """Keep what was encoded."""

    def value(self, record: int) -> str | None:
        """Return the value of one record."""
        ...

    @property
    def filled(self) -> int:
        """How many records have a value."""
        ...


Field = TypeVar("Field", bound=Told)

_SEEN = 20
_SAMPLE = 2000
_MOSTLY, _ALONE = 0.9, 0.25
_OR = " or "


def put_together(fields: Sequence[Field], /) -> list[Field]:
    """Return *fields* of which those that mostly say the same of a record are one, with the values of both.

    It is called ``one or other``. A whole name is left out where its parts stand beside it.
    """
    groups: list[list[Field]] = []
    for field in sorted(fields, key=lambda one: (one.role == "full_name", -one.filled)):  # stable
        for group in groups:
            if group[0].role == field.role and _alike(field, group[0]):
                group.append(field)
                break
        else:
            if not _made_of(field, [group[0] for group in groups]):
                groups.append([field])
    place = {field.name: number for number, field in enumerate(fields)}
    return [_filled(group) for group in sorted(groups, key=lambda group: place[group[0].name])]


def put_together_as(learned: Collection[str], fields: Sequence[Field], /) -> list[Field]:
    """Return *fields* put together as those were that a model has *learned*."""
    named = {field.name: field for field in fields}
    for name in learned:
        parts = name.split(_OR)
        if name not in named and any(part in named for part in parts):
            named[name] = _filled([named.pop(part) for part in parts if part in named], name)
    return [*named.values()]


def _filled(group: Sequence[Field], name: str | None = None) -> Field:
    """Return the first field of *group* with the values of the next where it has none."""
    first, *others = group
    if not others and name in {None, first.name}:
        return first
    values: dict[str, int] = {value: number for number, value in enumerate(first.values)}
    codes = first.codes.copy()
    for other in others:
        own = np.array([values.setdefault(value, len(values)) for value in other.values] or [-1], dtype=np.int64)
        gaps = (codes < 0) & (other.codes >= 0)
        codes[gaps] = own[other.codes[gaps]]
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    used = np.flatnonzero(counts)  # a value that no record has is none
    renumbered = np.full(len(values) + 1, -1, dtype=np.int64)
    renumbered[used] = np.arange(len(used))
    texts = [*values]
    name = name or _OR.join(field.name for field in group)
    return type(first)(name, first.role, [texts[number] for number in used.tolist()], renumbered[codes])


def _both(*fields: Field) -> list[int]:
    """Return some of the records that have a value in all *fields*; none if they are too few to tell."""
    there = np.flatnonzero(np.logical_and.reduce([field.codes >= 0 for field in fields]))
    return there[:: max(1, len(there) // _SAMPLE)].tolist() if len(there) >= _SEEN else []


def _alike(one: Field, other: Field) -> bool:
    """Say whether *one* is the same as *other* where both are there."""
    seen = _both(one, other)
    return bool(seen) and sum(one.value(record) == other.value(record) for record in seen) >= _MOSTLY * len(seen)


def _made_of(field: Field, kept: Sequence[Field]) -> bool:
    """Say whether a whole name is made of the names in other columns."""
    if field.role != "full_name":
        return False
    parts = [[one for one in kept if one.role == role] for role in ("given_name", "family_name")]
    if not all(parts):
        return False
    given, family = (ones[0] for ones in parts)
    alone = (field.codes >= 0) & ((given.codes < 0) | (family.codes < 0))
    if int(alone.sum()) > _ALONE * field.filled:
        return False
    seen = _both(field, given, family)
    made = 0
    for record in seen:
        whole = (field.value(record) or "").replace(" ", "")
        made += (given.value(record) or "") in whole and (family.value(record) or "") in whole
    return bool(seen) and made >= _MOSTLY * len(seen)
