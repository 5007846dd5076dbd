"""Equal values of a column get equal numbers, whatever library the column is of: groups and customers alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set as AbstractSet
from typing import TYPE_CHECKING, Any

from unified_profile.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REFUSED = (str, bytes, bytearray, memoryview, Mapping, AbstractSet)
# Whole numbers within such a range are counted instead of looked up.
_CLOSE = 1_000_000
# A first table that fits into a processor's cache, and Knuth's multiplier for falling into it evenly.
_TABLE_BITS = 22
_GOLDEN = 0x9E3779B97F4A7C15


def codes(by: Iterable[Hashable], n: int) -> tuple[list[Hashable], NDArray[np.intp]]:
    """Return the groups in order of appearance, and for each row the number of its group."""
    import numpy as np

    if isinstance(by, REFUSED) or not isinstance(by, Iterable):
        raise InvalidInputError(
            field="by", reason=f"a {type(by).__name__} names no groups", hint="pass the column itself"
        )
    found = None if isinstance(by, np.ndarray) else _codes_of_library(by)
    if found is None:
        whole = np.asarray(by) if hasattr(by, "__array__") and not isinstance(by, np.ma.MaskedArray) else None
        if whole is not None and whole.ndim == 1 and whole.dtype.kind in "iub":
            found = _codes_of_numbers(whole)
        else:
            found = _codes_of_objects(objects(by))
    _require_length(len(found[1]), n)
    return found


def _codes_of_numbers(column: NDArray[Any]) -> tuple[list[Hashable], NDArray[np.intp]]:
    """Number them by counting where they lie close together, else by a table that they fall into."""
    import numpy as np

    if not len(column):
        return [], np.array([], dtype=np.intp)
    least, most = int(column.min()), int(column.max())
    if most - least >= max(_CLOSE, 4 * len(column)) or most >= 2**62:
        names, found = _codes_by_table(
            column.astype(np.uint64 if column.dtype.kind == "u" else np.int64).view(np.uint64)
        )
        return names.astype(column.dtype).tolist(), found
    shifted = (column.astype(np.int64) - least).astype(np.intp, copy=False)
    there = np.bincount(shifted, minlength=most - least + 1) > 0
    kept: list[Any] = (np.flatnonzero(there) + least).astype(column.dtype).tolist()
    if len(kept) == len(there):
        return kept, shifted
    return kept, (np.cumsum(there) - 1)[shifted]


def _codes_by_table(column: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Number equal values alike without sorting.

    All fall into a table by a hash; whoever is found in a place gives it its number, and those who are not equal to
    him try again with another hash. Each round settles most of what is left, and a crowded table grows.
    """
    import numpy as np

    # Half as wide as usual where that is enough: what falls into the cache is what counts here.
    small = np.int32 if len(column) < 2**31 else np.int64
    found = np.empty(len(column), dtype=np.intp)
    rows: NDArray[np.intp] | None = None
    names, given, bits, factor = [], 0, _TABLE_BITS, _GOLDEN
    while len(column):
        size = min(bits, max(8, (2 * len(column)).bit_length()))
        place = ((column * np.uint64(factor)) >> np.uint64(64 - size)).astype(small)
        holder: NDArray[Any] = np.full(1 << size, -1, dtype=small)
        holder[place] = np.arange(len(column), dtype=small)
        settled = column[holder[place]] == column
        taken = holder >= 0
        number = np.cumsum(taken, dtype=small) + (given - 1)
        names.append(column[holder[taken]])
        given += len(names[-1])
        if rows is None and settled.all():
            return names[0], number[place].astype(np.intp)
        done, left = np.flatnonzero(settled), np.flatnonzero(~settled)
        found[done if rows is None else rows[done]] = number[place[done]]
        if len(left) > len(column) // 2:
            bits = min(bits + 3, 26)
        rows, column = left if rows is None else rows[left], column[left]
        factor = (factor * 0xBF58476D1CE4E5B9 + 2) % 2**64 | 1
    return np.concatenate(names), found


def _codes_of_library(by: Any) -> tuple[list[Hashable], NDArray[np.intp]] | None:
    """Let pandas, polars or arrow number their own columns of text, where they can."""
    import numpy as np

    if hasattr(by, "factorize"):
        if str(getattr(by, "dtype", "")) == "object":
            return None  # it may hold anything: looked at one by one
        column, names = by.factorize()
        names, column = names.tolist(), np.asarray(column, dtype=np.intp)
    else:
        arrow = by.to_arrow() if hasattr(by, "to_arrow") else by
        kind = str(getattr(arrow, "type", ""))
        if not hasattr(arrow, "dictionary_encode") or kind not in {"string", "large_string", "string_view"}:
            return None
        encoded = arrow.dictionary_encode()
        if hasattr(encoded, "combine_chunks"):
            encoded = encoded.combine_chunks()
        if hasattr(encoded, "chunks"):
            return None
        names = encoded.dictionary.to_pylist()
        column = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    gone = column < 0
    if gone.any():
        column = np.where(gone, len(names), column)
        names = [*names, None]
    return names, column


def _codes_of_objects(keys: list[Any]) -> tuple[list[Hashable], NDArray[np.intp]]:
    import numpy as np

    numbered: dict[Hashable, int] = {}
    try:
        found = [numbered.setdefault(key, len(numbered)) for key in map(group_of, keys)]
    except TypeError:
        raise InvalidInputError(field="by", reason="a group cannot be hashed", hint="name groups by text") from None
    return list(numbered), np.array(found, dtype=np.intp)


def objects(column: Iterable[Any], *, field: str = "column") -> list[Any]:
    """Return plain Python objects, by whichever name the column's own library has for that.

    Raises:
        InvalidInputError: If it is no column.
    """
    for name in ("tolist", "to_pylist", "to_list"):
        method = getattr(column, name, None)
        if callable(method) and not isinstance(column, type):
            found = method()
            break
    else:
        found = column
    if isinstance(found, REFUSED) or not isinstance(found, Iterable):
        raise InvalidInputError(field=field, reason=f"a {type(column).__name__} is no column", hint="pass a list")
    return list(found)


def _require_length(found: int, n: int) -> None:
    if found != n:
        raise InvalidInputError(field="by", reason=f"{found} groups for {n} answers")


def group_of(key: Hashable) -> Hashable:
    """Every kind of missing is the same group."""
    return None if type(key).__name__ in {"NAType", "NaTType"} or key != key else key  # noqa: PLR0124 - NaN
