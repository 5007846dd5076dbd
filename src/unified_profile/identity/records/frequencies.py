"""How many people have each common value, as a model keeps it: by hashes, and small enough to be adopted as a fact."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_KEPT = 90_000
"""Common values that a model keeps in all: with more it would be too long for the body of a fact."""
_STEPS = 2048
"""Steps of a doubling: a count is kept to a fiftieth of a percent."""
_HASH = 5
_ROW = struct.Struct(f">{_HASH}sH")


def hashed(value: str, /) -> str:
    """Return what a model keeps of a value: enough to know it again, not enough to read it."""
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=_HASH).hexdigest()


def rounded(people: Floats, /) -> Floats:
    """Return counts as they are kept.

    >>> rounded(np.array([1.0, 3.0, 1000.0])).round(2).tolist()
    [1.0, 3.0, 1000.02]
    """
    found: Floats = np.exp2(np.round(np.log2(np.maximum(people, 1.0)) * _STEPS) / _STEPS)
    return found


def packed(common: Mapping[str, float], /) -> str:
    """Return counts by hash as text.

    >>> unpacked(packed({hashed("smith"): 8.0})) == {hashed("smith"): 8.0}
    True
    """
    rows = [
        _ROW.pack(bytes.fromhex(value), min(0xFFFF, round(float(np.log2(people)) * _STEPS)))
        for value, people in sorted(common.items())
    ]
    return base64.b64encode(b"".join(rows)).decode("ascii")


def unpacked(text: str, /) -> dict[str, float]:
    """Return the counts that `packed` wrote.

    Raises:
        ValueError: If *text* is something else.
    """
    whole = base64.b64decode(text, validate=True)
    if len(whole) % _ROW.size:
        raise ValueError(len(whole))
    return {value.hex(): float(np.exp2(steps / _STEPS)) for value, steps in _ROW.iter_unpack(whole)}
