"""Equal values of a column get equal numbers, whatever library the column is of: groups and customers alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set as AbstractSet
from typing import TYPE_CHECKING, Any

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.far_apart import far_codes, without_gaps

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REFUSED = (str, bytes, bytearray, memoryview, Mapping, AbstractSet)
# Whole numbers within such a range are counted instead of looked up.
_CLOSE = 1_000_000


def codes(by: Iterable[Hashable], n: int) -> tuple[list[Hashable], NDArray[np.intp]]:
    """Return the groups, and for each of the *n* rows the number of its group."""
    names, found = numbered(by, n)
    if isinstance(names, list):
        return names, found
    names, found = without_gaps(names, found)
    return names.tolist(), found


def numbered(by: Iterable[Hashable], n: int) -> tuple[list[Hashable] | NDArray[Any], NDArray[np.intp]]:
    """Return the same as `codes`, faster for whole numbers: these come as one column, some of which no row has.

    The numbers of rows are to be read only: they may be the caller's own column.
    """
    import numpy as np

    if isinstance(by, REFUSED) or not isinstance(by, Iterable):
        raise InvalidInputError(
            field="by", reason=f"a {type(by).__name__} names no groups", hint="pass the column itself"
        )
    found: tuple[list[Hashable] | NDArray[Any], NDArray[np.intp]] | None
    found = None if isinstance(by, np.ndarray) else _codes_of_library(by)
    if found is None:
        whole = np.asarray(by) if hasattr(by, "__array__") and not isinstance(by, np.ma.MaskedArray) else None
        if whole is not None and whole.ndim == 1 and whole.dtype.kind in "iub":
            found = _codes_of_numbers(whole)
        else:
            found = _codes_of_objects(objects(by))
    _require_length(len(found[1]), n)
    return found


def _codes_of_numbers(column: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Number them by what they are where they lie close together, else by a table that they fall into."""
    import numpy as np

    if not len(column):
        return column, np.array([], dtype=np.intp)
    least, most = int(column.min()), int(column.max())
    if most - least >= max(_CLOSE, 4 * len(column)) or most >= 2**62:
        wide = column.astype(np.uint64 if column.dtype.kind == "u" else np.int64, copy=False)
        far, found = far_codes(np.ascontiguousarray(wide).view(np.uint64))
        names = far.astype(column.dtype)
    else:
        names, found = np.arange(least, most + 1).astype(column.dtype), column.astype(np.intp, copy=False)
        found = found - least if least else found
    # Tables as long as that take more memory than time is saved.
    return without_gaps(names, found) if 2 * len(names) > len(column) else (names, found)


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
