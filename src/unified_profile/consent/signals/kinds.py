"""The types of fields that the specifications name: how each is read, written and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import attrs

from unified_profile.consent.signals.bits import LARGEST_ID, BitReader, BitWriter
from unified_profile.consent.signals.ids import Ids, Ranges, Restriction

Values = Mapping[str, Any]
"""Fields by name, those read so far."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TENTH: Final = timedelta(milliseconds=100)
_SHORTEST: Final = {format(code, "06b"): chr(65 + code) for code in range(26)}


class Kind(Protocol):
    """A type of field."""

    def read(self, reader: BitReader, values: Values, /) -> Any:
        """Return the value that comes next."""

    def write(self, value: Any, writer: BitWriter, values: Values, /) -> None:
        """Write *value*."""

    def __str__(self) -> str:
        """Return its name, as the specifications write it."""


@attrs.frozen
class Number:
    """``Int(n)``: a number, at most *most* if that is given."""

    size: int
    most: int | None = None

    def read(self, reader: BitReader, _values: Values, /) -> int:
        """Return the next number."""
        found = reader.number(self.size)
        if self.most is not None and found > self.most:
            raise reader.fault("value", f"above {self.most}", bit=reader.at - self.size)
        return found

    def write(self, value: Any, writer: BitWriter, _values: Values, /) -> None:
        """Write a number."""
        if self.most is not None and (type(value) is not int or value > self.most):
            raise writer.unfit(f"not a number from 0 to {self.most}")
        writer.number(value, self.size)

    def __str__(self) -> str:
        return f"Int({self.size})"


@attrs.frozen
class Flag:
    """``Boolean``: one bit."""

    def read(self, reader: BitReader, _values: Values, /) -> bool:
        """Return the next bit."""
        return reader.take(1) == "1"

    def write(self, value: Any, writer: BitWriter, _values: Values, /) -> None:
        """Write a bit."""
        if type(value) is not bool:
            raise writer.unfit("neither True nor False")
        writer.number(int(value), 1)

    def __str__(self) -> str:
        return "Boolean"


@attrs.frozen
class Letters:
    """``String(n)``: capital letters, six bits each."""

    count: int

    def read(self, reader: BitReader, _values: Values, /) -> str:
        """Return the next letters."""
        digits = reader.take(6 * self.count)
        found = [_SHORTEST.get(digits[at : at + 6]) for at in range(0, len(digits), 6)]
        if None in found:
            raise reader.fault("value", "not a letter", bit=reader.at - 6 * (self.count - found.index(None)))
        return "".join(filter(None, found))

    def write(self, value: Any, writer: BitWriter, _values: Values, /) -> None:
        """Write letters."""
        if not isinstance(value, str) or len(value) != self.count or not all("A" <= one <= "Z" for one in value):
            raise writer.unfit(f"not {self.count} capital letters")
        for one in value:
            writer.number(ord(one) - 65, 6)

    def __str__(self) -> str:
        return f"String({self.count})"


@attrs.frozen
class Moment:
    """``Datetime``: tenths of seconds since 1970 in UTC, in 36 bits."""

    def read(self, reader: BitReader, _values: Values, /) -> datetime:
        """Return the next instant."""
        return _EPOCH + reader.number(36) * _TENTH

    def write(self, value: Any, writer: BitWriter, _values: Values, /) -> None:
        """Write an instant of whole tenths of a second."""
        if not isinstance(value, datetime) or value.utcoffset() is None:
            raise writer.unfit("not an aware datetime")
        tenths, rest = divmod(value - _EPOCH, _TENTH)
        if rest:
            raise writer.unfit("finer than a tenth of a second", "round it: value.replace(microsecond=0)")
        writer.number(tenths, 36)

    def __str__(self) -> str:
        return "Datetime"


@attrs.frozen
class Bits:
    """``Bitfield(n)``: which of the ids 1 to n are set. *count* names the field that holds n if it is not fixed."""

    size: int = 0
    count: str = ""

    def read(self, reader: BitReader, values: Values, /) -> frozenset[int]:
        """Return the ids that are set."""
        digits = reader.take(values[self.count] if self.count else self.size)
        return frozenset([at + 1 for at, digit in enumerate(digits) if digit == "1"] if "1" in digits else ())

    def write(self, value: Any, writer: BitWriter, values: Values, /) -> None:
        """Write ids."""
        size = values[self.count] if self.count else self.size
        if not isinstance(value, Iterable):
            raise writer.unfit("not a set of ids")
        number = 0
        for one in value:
            if type(one) is not int or not 0 < one <= size:
                raise writer.unfit(f"not all are ids from 1 to {size}")
            number |= 1 << (size - one)
        writer.number(number, size)

    def __str__(self) -> str:
        return f"Bitfield({self.count or self.size})"


@attrs.frozen
class Choices:
    """``N-Bitfield(2, n)``: n choices of two bits each, from 0 to 2."""

    count: int

    def read(self, reader: BitReader, _values: Values, /) -> tuple[int, ...]:
        """Return the next choices."""
        digits = reader.take(2 * self.count)
        found = tuple([_CHOICE[digits[at : at + 2]] for at in range(0, len(digits), 2)])
        if 3 in found:
            raise reader.fault("value", "above 2", bit=reader.at - 2 * (self.count - found.index(3)))
        return found

    def write(self, value: Any, writer: BitWriter, _values: Values, /) -> None:
        """Write choices."""
        if not isinstance(value, (tuple, list)) or len(value) != self.count:
            raise writer.unfit(f"not {self.count} choices")
        for one in value:
            if type(one) is not int or one > 2:
                raise writer.unfit("not all are from 0 to 2")
            writer.number(one, 2)

    def __str__(self) -> str:
        return f"N-Bitfield(2,{self.count})"


_CHOICE: Final = {"00": 0, "01": 1, "10": 2, "11": 3}


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
