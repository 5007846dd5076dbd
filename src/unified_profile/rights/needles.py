"""Finds which of thousands of byte strings are in millions of bytes, without going through them once for each.

Of each string its last eight bytes (or four, if it is short) are looked for first, all of them at once: bytes are taken
as whole numbers, at each place, and looked up in a table. Only strings whose end is there are looked for whole. So the
answer is that of ``needle in data`` for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from unified_profile.model.redaction import Veiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BITS = 20
_FACTORS = {8: 0x9E3779B97F4A7C15, 4: 0x9E3779B1}
"""By how many bytes: an odd number near 2^64, or 2^32, times 0.618, which spreads what is multiplied by it (Knuth)."""
_SMALL = 1 << 14


def ends_of(needles: Iterable[bytes], /) -> Mapping[int, Mapping[int, list[bytes]]]:
    """Return *needles* by the number that their last bytes are, for each count of bytes; under 0 the short ones."""
    ends: dict[int, Veiled[int, list[bytes]]] = {width: Veiled() for width in (*_FACTORS, 0)}
    for needle in needles:
        width = next((one for one in _FACTORS if len(needle) >= one), 0)
        end = int.from_bytes(needle[-width:], "little") if width else 0
        ends[width].setdefault(end, []).append(needle)
    return ends


def maybe_within(data: bytes, ends: Mapping[int, Mapping[int, list[bytes]]], /) -> Iterable[bytes]:
    """Return those of the needles with *ends* that may be in *data*; no other one is."""
    if len(data) < _SMALL:
        return [needle for known in ends.values() for some in known.values() for needle in some]
    found: list[bytes] = []
    for width, known in ends.items():
        there = _there(data, known.keys(), width) if width and known else known.keys()
        found += [needle for end in there for needle in known[end]]
    return found


def _there(data: bytes, ends: Iterable[int], width: int) -> set[int]:
    """Return which of *ends*, as numbers of *width* bytes, are in *data*."""
    import numpy as np  # loads for a while, and is not always needed

    kind = np.dtype(f"<u{width}")
    wanted = set(ends)
    marked = np.zeros(1 << _BITS, dtype=bool)
    marked[_slots(np.fromiter(wanted, kind, len(wanted)), width)] = True
    there: set[int] = set()
    for shift in range(width):
        numbers = np.frombuffer(data, kind, (len(data) - shift) // width, shift)
        there.update(np.unique(numbers[marked[_slots(numbers, width)]]).tolist())
    return there & wanted


def _slots(numbers: NDArray[np.unsignedinteger], width: int) -> NDArray[np.unsignedinteger]:
    kind = numbers.dtype.type
    slots: NDArray[np.unsignedinteger] = (numbers * kind(_FACTORS[width])) >> kind(8 * width - _BITS)
    return slots
