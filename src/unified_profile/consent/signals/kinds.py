"""The types of fields that the specifications name: how each is read, written and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import attrs

from unified_profile.consent.signals.bits import BitReader, BitWriter

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
