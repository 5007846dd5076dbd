"""What two texts can have in common at most, by their lengths and letters: most pairs need no closer look.

Texts are compared letter by letter only where these bounds leave it open. They never change an outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

_AT_ONCE = 50_000
_A_BIT = 1e-5
"""Rounding of 32-bit floats, against which a bound must be safe."""


def _bit(number: int) -> int:
    """Return the place of a character's bit: letters and digits have one of their own, others share the rest."""
    character = chr(number)
    if "a" <= character <= "z":
        return number - ord("a")
    return 26 + number - ord("0") if "0" <= character <= "9" else 36 + number % 28


_BITS = np.array([1 << _bit(number) for number in range(128)], dtype=np.uint64)


@attrs.frozen(eq=False)
class Shapes:
    """The length of each text, and a bit for each of its letters."""

    lengths: NDArray[np.int32]
    letters: NDArray[np.uint64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Shapes:
        """Return the shapes of *texts*."""
        lengths = np.fromiter(map(len, texts), dtype=np.int32, count=len(texts))
        letters = np.zeros(len(texts), dtype=np.uint64)
        for begin in range(0, len(texts), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            filled = np.flatnonzero(lengths[part])
            whole = np.frombuffer("".join(texts[part]).encode("utf-32-le", "surrogatepass"), dtype="<u4")
            begins = np.cumsum(lengths[part][filled]) - lengths[part][filled]
            if len(filled):
                letters[part][filled] = np.bitwise_or.reduceat(_BITS[whole & 127], begins)
        return cls(lengths, letters)

    def between(self, left: Codes, right: Codes) -> Between:
        """Return what can be said of pairs of texts, given by their numbers."""
        one, two = self.letters[left], self.letters[right]
        return Between(
            self.lengths[left],
            self.lengths[right],
            np.bitwise_count(one & ~two).astype(np.int32),
            np.bitwise_count(two & ~one).astype(np.int32),
        )


@attrs.frozen(eq=False)
class Between:
    """Lengths of the texts of pairs, and of how many different letters each lacks those of the other."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    only_left: NDArray[np.int32]
    only_right: NDArray[np.int32]

    @property
    def common(self) -> NDArray[np.int32]:
        """How many letters the two can have in common at most."""
        found: NDArray[np.int32] = np.minimum(self.left - self.only_left, self.right - self.only_right)
        return found

    def edits(self, most: float | NDArray[np.float32]) -> Bools:
        """Say where *most* insertions, deletions, substitutions or exchanges may be enough."""
        found: Bools = np.abs(self.left - self.right) <= most
        found &= self.only_left <= most
        found &= self.only_right <= most
        return found

    def jaro_winkler(self, *, same_start: Bools) -> Floats:
        """Return the most that the measure of Jaro and Winkler can be."""
        common = self.common.astype(np.float32)
        jaro = (common / np.maximum(self.left, 1) + common / np.maximum(self.right, 1) + 1.0) / 3.0
        found: Floats = np.where(same_start, 0.6 * jaro + 0.4, jaro) + _A_BIT
        return found

    def ratio(self) -> Floats:
        """Return the most that ``fuzz.ratio`` can be."""
        found: Floats = 200.0 * self.common / np.maximum(self.left + self.right, 1) + _A_BIT
        return found

    def partial_ratio(self) -> Floats:
        """Return the most that ``fuzz.partial_ratio`` can be."""
        shorter = np.minimum(self.left, self.right)
        lacking = np.where(self.left < self.right, self.only_left, self.only_right)
        lacking = np.where(self.left == self.right, np.minimum(self.only_left, self.only_right), lacking)
        inside = shorter - lacking
        found: Floats = 200.0 * inside / np.maximum(shorter + inside, 1) + _A_BIT
        return found
