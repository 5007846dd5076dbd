"""Bits in and out of base64url: read as a text of 0 and 1, which Python slices and converts faster than it shifts."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from unified_profile.consent.signals.reading import Attempt, fault, unfit
from unified_profile.errors import InvalidSignalError

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_WIDTH: Final = 6

FIBONACCI: Final = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946, 17711,
                    28657, 46368)  # fmt: skip
"""What the digits of a Fibonacci code stand for, up to ids of 16 bits."""
LARGEST_ID: Final = 65_535


class BitReader:
    """The bits of one part of a signal, and how far they were read."""

    __slots__ = ("at", "attempt", "digits", "field", "segment", "signal")

    def __init__(self, digits: str, attempt: Attempt, *, signal: str, segment: str) -> None:
        """Take the *digits* of a part, and where it stands for errors to tell."""
        self.digits, self.attempt, self.signal, self.segment = digits, attempt, signal, segment
        self.at, self.field = 0, ""

    def __repr__(self) -> str:
        """Show the place, never the bits."""
        return f"BitReader({self.signal}.{self.segment}, {self.at} of {len(self.digits)} bits)"

    def take(self, count: int) -> str:
        """Return the next *count* digits.

        Raises:
            InvalidSignalError: If there are fewer.
        """
        end = self.at + count
        if end > len(self.digits):
            raise self.fault("truncated", "ends too early", hint="send the whole string")
        found = self.digits[self.at : end]
        self.at = end
        return found

    def number(self, count: int) -> int:
        """Return the next *count* bits as a number."""
        end = self.at + count
        if end > len(self.digits):
            raise self.fault("truncated", "ends too early", hint="send the whole string")
        found = int(self.digits[self.at : end], 2) if count else 0
        self.at = end
        return found

    def fibonacci(self) -> int:
        """Return the next number in Fibonacci coding: its digits end with the first ``11``."""
        end = self.digits.find("11", self.at)
        if end < 0:
            raise self.fault("truncated", "ends within a Fibonacci number", hint="send the whole string")
        if end + 1 - self.at > len(FIBONACCI):
            raise self.fault("value", "a number above 16 bits")
        found = sum(FIBONACCI[place] for place, digit in enumerate(self.digits[self.at : end + 1]) if digit == "1")
        if found > LARGEST_ID:
            raise self.fault("value", "a number above 16 bits")
        self.at = end + 2
        return found

    def finish(self) -> int:
        """Return how many characters of 0 follow beyond need, after the last field.

        Writers fill up to 6 bits, to 8 or to 24: so many are taken as they are.

        Raises:
            InvalidSignalError: If a bit is set there, or there are more.
        """
        self.field = ""
        reading, needed = self.attempt.reading, -(-self.at // _WIDTH)
        spare = len(self.digits) // _WIDTH - needed
        mark = self.digits.find("1", self.at)
        if mark >= 0:
            if not self.attempt.forgive("trailing_bits", allowed=reading.trailing):
                raise self.fault("trailing_bits", "a bit is set after the last field", bit=mark)
            return 0
        if spare > -needed % 4:
            if not self.attempt.forgive("over_long", allowed=reading.trailing):
                raise self.fault("over_long", "more characters than the fields need")
            return 0
        return spare

    def fault(self, code: str, reason: str, *, hint: str = "", bit: int | None = None) -> InvalidSignalError:
        """Return the error about this place."""
        at = self.at if bit is None else bit
        return fault(code, reason, self.signal, segment=self.segment, field=self.field, bit=at, hint=hint)


def bits_of(text: str, attempt: Attempt, *, signal: str, segment: str) -> BitReader:
    """Return the bits of one part in base64url.

    Raises:
        InvalidSignalError: If it is empty, or a character is not of the alphabet.
    """
    if not text:
        raise fault("empty", "an empty part", signal, segment=segment, bit=0, hint="send the whole string")
    data = text.encode("ascii", "replace")  # what is not ASCII becomes "?", which no alphabet holds
    if data.translate(None, _ALPHABET):
        data = _forgiven(data, attempt, signal, segment)
    added = -len(data) % 4
    number = int.from_bytes(binascii.a2b_base64(data.translate(_TO_STANDARD) + b"A" * added), "big")
    # The bits of what was added stand last; a leading 1 keeps the zeros in front.
    size = _WIDTH * len(data)
    return BitReader(bin((number >> (_WIDTH * added)) | (1 << size))[3:], attempt, signal=signal, segment=segment)


def _forgiven(data: bytes, attempt: Attempt, signal: str, segment: str) -> bytes:
    reading = attempt.reading
    bare = data.rstrip(b"=")
    if bare != data:
        if not attempt.forgive("padded", allowed=reading.padding):
            raise fault(
                "padded", "padded with '='", signal, segment=segment, bit=_WIDTH * len(bare), hint="leave it off"
            )
        data = bare
    standard = data.translate(_TO_URL)
    if standard != data and not attempt.forgive("alphabet", allowed=reading.alphabet):
        first = next(place for place, code in enumerate(data) if code in b"+/")
        reason = "a character of standard base64"
        raise fault("alphabet", reason, signal, segment=segment, bit=_WIDTH * first, hint="send base64url")
    for place, code in enumerate(standard):
        if code not in _ALPHABET:
            raise fault("alphabet", "not a character of base64url", signal, segment=segment, bit=_WIDTH * place)
    if not standard:
        raise fault("empty", "an empty part", signal, segment=segment, bit=0, hint="send the whole string")
    return standard


def byte_spare(bits: int, /) -> int:
    """Return how many characters beyond need *bits* take when they are filled up to whole bytes first.

    TC strings are written so, because ordinary decoders of base64 refuse some lengths that would do.
    """
    return -(-(-(-bits // 8) * 8) // _WIDTH) - -(-bits // _WIDTH)


class BitWriter:
    """The bits of one part as they are put together."""

    __slots__ = ("field", "parts", "where")

    def __init__(self, where: str) -> None:
        """Start a part; *where* it stands, for errors to tell."""
        self.where, self.field = where, ""
        self.parts: list[str] = []

    def __repr__(self) -> str:
        """Show the place, never the bits."""
        return f"BitWriter({self.where})"

    def number(self, value: int, count: int) -> None:
        """Write *value* in *count* bits.

        Raises:
            InvalidSignalError: If it does not fit.
        """
        if type(value) is not int or not 0 <= value < 1 << count:
            raise self.unfit(f"not a number of {count} bits")
        if count:
            self.parts.append(format(value, f"0{count}b"))

    def fibonacci(self, value: int) -> None:
        """Write *value*, at least 1, in Fibonacci coding."""
        if type(value) is not int or not 0 < value <= LARGEST_ID:
            raise self.unfit("not a number from 1 to 65535")
        digits = ""
        for step in reversed(FIBONACCI):
            if step <= value:
                digits += "1"
                value -= step
            elif digits:
                digits += "0"
        self.parts.append(digits[::-1] + "1")

    def text(self, spare: int | None = 0) -> str:
        """Return the part in base64url, with *spare* characters of 0 beyond need; None fills it up to whole bytes."""
        digits = "".join(self.parts)
        size = -(-len(digits) // _WIDTH) + (byte_spare(len(digits)) if spare is None else spare)
        digits += "0" * (-len(digits) % 24)
        number = int(digits or "0", 2)
        written = base64.urlsafe_b64encode(number.to_bytes(len(digits) // 8, "big")).decode("ascii")
        return written.ljust(size, "A")[:size]

    def unfit(self, reason: str, hint: str = "") -> Exception:
        """Return the error about the field that is written."""
        return unfit(f"{self.where}.{self.field}" if self.field else self.where, reason, hint)
