"""The types of fields that hold lists of ids: bit by bit, or as ranges of fixed or Fibonacci numbers."""

from __future__ import annotations

from typing import Any

import attrs

from unified_profile.consent.signals.bits import LARGEST_ID, BitReader, BitWriter
from unified_profile.consent.signals.ids import Ids, Ranges, Restriction
from unified_profile.consent.signals.kinds import Values


def read_ranges(reader: BitReader, *, width: int = LARGEST_ID) -> Ranges:
    """Return the next ``Range(Int)``: a number of entries, each one id or the first and last of several."""
    found = []
    for _ in range(reader.number(12)):
        several = reader.take(1) == "1"
        first = reader.number(16)
        last = reader.number(16) if several else first
        if not 0 < first <= last <= width:
            raise reader.fault("value", "a range that is none, or leaves what there is room for", bit=reader.at - 16)
        found.append((first, last) if several else (first,))
    return tuple(found)


def write_ranges(ranges: Ranges, writer: BitWriter) -> None:
    """Write a ``Range(Int)``."""
    writer.number(len(ranges), 12)
    for entry in ranges:
        writer.number(len(entry) - 1, 1)
        for one in entry:
            writer.number(one, 16)


@attrs.frozen
class FixedIds:
    """``OptimizedIntRange``: the largest id, then the ids bit by bit or as ranges."""

    def read(self, reader: BitReader, _values: Values, /) -> Ids:
        """Return the next ids."""
        width = reader.number(16)
        if reader.take(1) == "0":
            return Ids(width, reader.number(width))
        return Ids.from_ranges(read_ranges(reader, width=width), width)

    def write(self, value: Any, writer: BitWriter, _values: Values, /) -> None:
        """Write ids, in the way that they carry."""
        ids = _ids(value, writer)
        writer.number(ids.width, 16)
        writer.number(int(ids.ranges is not None), 1)
        if ids.ranges is None:
            writer.number(ids.field, ids.width)
        else:
            write_ranges(ids.ranges, writer)

    def __str__(self) -> str:
        return "OptimizedIntRange"


@attrs.frozen
class OldIds:
    """The vendors of a string of version 1: as above, but ranges may list those that did *not* consent."""

    def read(self, reader: BitReader, _values: Values, /) -> tuple[bool, Ids]:
        """Return whether the ids are exceptions from a yes, and the ids."""
        width = reader.number(16)
        if reader.take(1) == "0":
            return False, Ids(width, reader.number(width))
        default = reader.take(1) == "1"
        return default, Ids.from_ranges(read_ranges(reader, width=width), width)

    def write(self, value: Any, writer: BitWriter, _values: Values, /) -> None:
        """Write them."""
        default, given = value
        ids = _ids(given, writer)
        writer.number(ids.width, 16)
        writer.number(int(ids.ranges is not None), 1)
        if ids.ranges is None:
            writer.number(ids.field, ids.width)
        else:
            writer.number(int(default), 1)
            write_ranges(ids.ranges, writer)

    def __str__(self) -> str:
        return "vendors of version 1"


@attrs.frozen
class FibonacciRange:
    """``Range(Fibonacci)``: ids in ascending order, as distances in Fibonacci coding."""

    def read(self, reader: BitReader, _values: Values, /) -> Ids:
        """Return the next ids."""
        ranges: list[tuple[int, ...]] = []
        last = 0
        for _ in range(reader.number(12)):
            several = reader.take(1) == "1"
            first = last + reader.fibonacci()
            last = first + reader.fibonacci() if several else first
            if last > LARGEST_ID:
                raise reader.fault("value", "an id above 16 bits")
            ranges.append((first, last) if several else (first,))
        return Ids.from_ranges(tuple(ranges), last)

    def write(self, value: Any, writer: BitWriter, _values: Values, /) -> None:
        """Write ids in ascending order."""
        ids = _ids(value, writer)
        ranges = ids.ranges if ids.ranges is not None else Ids.of(ids, written="ranges").ranges or ()
        writer.number(len(ranges), 12)
        at = 0
        for entry in ranges:
            writer.number(len(entry) - 1, 1)
            for one in entry:
                writer.fibonacci(one - at)
                at = one

    def __str__(self) -> str:
        return "Range(Fibonacci)"


@attrs.frozen
class OptimizedRange:
    """``OptimizedRange``: ids as a Fibonacci range, or bit by bit after their number."""

    def read(self, reader: BitReader, values: Values, /) -> Ids:
        """Return the next ids."""
        if reader.take(1) == "1":
            return FibonacciRange().read(reader, values)
        width = reader.number(16)
        return Ids(width, reader.number(width))

    def write(self, value: Any, writer: BitWriter, values: Values, /) -> None:
        """Write ids, in the way that they carry."""
        ids = _ids(value, writer)
        writer.number(int(ids.ranges is not None), 1)
        if ids.ranges is not None:
            FibonacciRange().write(ids, writer, values)
        else:
            writer.number(ids.width, 16)
            writer.number(ids.field, ids.width)

    def __str__(self) -> str:
        return "OptimizedRange"


@attrs.frozen
class Restrictions:
    """The publisher's restrictions: a number of entries, each a purpose, a type and vendors.

    *fibonacci*: the vendors are an ``OptimizedRange`` (``N-ArrayOfRanges(6,2)``), not a ``Range(Int)``.
    """

    fibonacci: bool = False

    def read(self, reader: BitReader, values: Values, /) -> tuple[Restriction, ...]:
        """Return the next restrictions."""
        found = []
        for _ in range(reader.number(12)):
            purpose, kind = reader.number(6), reader.number(2)
            if self.fibonacci:
                vendors = OptimizedRange().read(reader, values)
            else:
                ranges = read_ranges(reader)
                vendors = Ids.from_ranges(ranges, max((entry[-1] for entry in ranges), default=0))
            found.append(Restriction(purpose, kind, vendors))
        return tuple(found)

    def write(self, value: Any, writer: BitWriter, values: Values, /) -> None:
        """Write restrictions."""
        if not isinstance(value, (tuple, list)) or not all(isinstance(one, Restriction) for one in value):
            raise writer.unfit("not a list of restrictions")
        writer.number(len(value), 12)
        for one in value:
            writer.number(one.purpose, 6)
            writer.number(one.kind, 2)
            if self.fibonacci:
                OptimizedRange().write(one.vendors, writer, values)
            else:
                ids = _ids(one.vendors, writer)
                write_ranges(
                    ids.ranges if ids.ranges is not None else Ids.of(ids, written="ranges").ranges or (), writer
                )

    def __str__(self) -> str:
        return "N-ArrayOfRanges(6,2)" if self.fibonacci else "ArrayOfRanges"


def _ids(value: Any, writer: BitWriter) -> Ids:
    if isinstance(value, Ids):
        return value
    raise writer.unfit("not Ids", "Ids.of([1, 2])")
