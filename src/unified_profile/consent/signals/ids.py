"""Ids in a signal: which vendors, and whether they were written bit by bit or as ranges, so that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, Self, TypeAlias

import attrs

from unified_profile.consent.signals.bits import LARGEST_ID
from unified_profile.consent.signals.reading import unfit
from unified_profile.model.redaction import hidden

Ranges: TypeAlias = tuple[tuple[int, ...], ...]
"""Entries as they were written: one id alone, or the first and the last of a range."""
_MOST_RANGES: Final = 4095


@attrs.frozen(repr=False)
class Ids:
    """A set of ids from 1 to *width*, with the way in which it was written.

    Equal ones hold the same ids and write them the same way; ``set(ids)`` compares the ids alone.

    Attributes:
        width: The largest id that there is room for (``MaxVendorId``).
        field: One bit for each id, id 1 first.
        ranges: The entries as they were written, ``(7,)`` or ``(2, 4)``; None: bit by bit.

    >>> vendors = Ids.of([2, 3, 4, 600])
    >>> 3 in vendors, 5 in vendors, len(vendors), vendors.ranges
    (True, False, 4, ((2, 4), (600,)))
    >>> Ids.of([1, 2, 4]).ranges is None
    True

    .. versionadded:: 0.1
    """

    width: int = 0
    field: int = 0
    ranges: Ranges | None = None

    @classmethod
    def of(
        cls,
        ids: Iterable[int],
        *,
        width: int | None = None,
        written: Literal["shortest", "bits", "ranges"] = "shortest",
    ) -> Self:
        """Return *ids* as a set; *width* is the largest of them unless more room is asked for.

        Raises:
            InvalidInputError: If an id is not a number from 1 to 65535 and to *width*.
        """
        found = sorted(set(ids))
        room = width if width is not None else (found[-1] if found else 0)
        if any(type(one) is not int for one in (*found, room)) or not 0 <= room <= LARGEST_ID:
            raise unfit("ids", f"not all are numbers from 1 to {LARGEST_ID}")
        if found and not 1 <= found[0] <= found[-1] <= room:
            raise unfit("ids", f"not all are from 1 to {room}")
        ranges = _runs(found)
        if written == "bits" or len(ranges) > _MOST_RANGES:
            return cls(room, _field(ranges, room))
        as_ranges = 12 + sum(17 if len(entry) == 1 else 33 for entry in ranges)
        return cls(room, _field(ranges, room), ranges if written == "ranges" or as_ranges < room else None)

    @classmethod
    def from_ranges(cls, ranges: Ranges, width: int) -> Self:
        """Return the set of *ranges*, which must lie within 1 to *width*."""
        return cls(width, _field(ranges, width), ranges)

    def __contains__(self, one: object) -> bool:
        return isinstance(one, int) and 0 < one <= self.width and bool(self.field >> (self.width - one) & 1)

    def __iter__(self) -> Iterator[int]:
        digits = bin(self.field | 1 << self.width)[3:]
        at = digits.find("1")
        while at >= 0:
            yield at + 1
            at = digits.find("1", at + 1)

    def __len__(self) -> int:
        return self.field.bit_count()

    def __repr__(self) -> str:
        """Show how many there are: what somebody chose is personal."""
        return f"Ids({hidden(list(self))} of {self.width})"


def _runs(found: list[int]) -> Ranges:
    runs: list[tuple[int, ...]] = []
    for one in found:
        if runs and one == runs[-1][-1] + 1:
            runs[-1] = (runs[-1][0], one)
        else:
            runs.append((one,))
    return tuple(runs)


def _field(ranges: Ranges, width: int) -> int:
    field = 0
    for entry in ranges:
        field |= ((1 << (entry[-1] - entry[0] + 1)) - 1) << (width - entry[-1])
    return field


@attrs.frozen
class Restriction:
    """A publisher's restriction of one purpose for some vendors.

    Attributes:
        purpose: The purpose that it is about.
        kind: 0 never, 1 on consent only, 2 on legitimate interest only; 3 has no meaning, and counts as never.
        vendors: For whom.

    .. versionadded:: 0.1
    """

    purpose: int
    kind: int
    vendors: Ids

    @classmethod
    def of(cls, purpose: int, kind: int, vendors: Iterable[int]) -> Self:
        """Return the restriction for *vendors*, written as ranges."""
        return cls(purpose, kind, Ids.of(vendors, written="ranges"))
