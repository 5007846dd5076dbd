"""Who bought, and for how much: columns of ids and amounts as they come, made into numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unified_profile.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def customer_codes(column: NDArray[Any], *, field: str) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return a number per row, -1 where there is no customer, and the customers by number, in sorted order."""
    import numpy as np

    if column.dtype.kind in "iuSU":
        customers, codes = np.unique(column, return_inverse=True)
        return codes.astype(np.int64), customers
    if column.dtype.kind == "f":
        gone = np.isnan(column)
        customers, codes = np.unique(column[~gone], return_inverse=True)
        full = np.full(len(column), -1, dtype=np.int64)
        full[~gone] = codes
        return full, customers
    if column.dtype.kind != "O":
        raise InvalidInputError(field=field, reason=f"a column of {column.dtype} names no customers")
    items = [
        None if item is None or type(item).__name__ in {"NAType", "NaTType"} or item != item else item  # noqa: PLR0124
        for item in column.tolist()
    ]
    numbered: dict[Any, int] = {}
    for item in items:
        if item is not None:
            numbered.setdefault(item, len(numbered))
    try:
        ordered = sorted(numbered)
    except TypeError:
        raise InvalidInputError(
            field=field, reason="ids of kinds that cannot be compared", hint="make them all text, or all numbers"
        ) from None
    rank = {item: position for position, item in enumerate(ordered)}
    customers = np.empty(len(ordered), dtype=object)
    customers[:] = ordered
    return np.array([-1 if item is None else rank[item] for item in items], dtype=np.int64), customers


def amounts(column: NDArray[Any], *, field: str) -> NDArray[np.float64]:
    """Return amounts as floats, NaN where they are missing.

    Raises:
        InvalidInputError: If they are no numbers, or one is infinite.
    """
    import numpy as np

    if column.dtype.kind == "O":
        items = column.tolist()
        if any(isinstance(item, (str, bytes, bool)) for item in items):
            raise InvalidInputError(field=field, reason="not a column of numbers", hint="pass amounts as numbers")
        try:
            column = np.array([np.nan if item is None or item != item else float(item) for item in items])  # noqa: PLR0124
        except TypeError:
            raise InvalidInputError(field=field, reason="not a column of numbers") from None
    if column.dtype.kind not in "iuf":
        raise InvalidInputError(field=field, reason="not a column of numbers", hint="pass amounts as numbers")
    found = column.astype(np.float64)
    if np.isinf(found).any():
        raise InvalidInputError(field=field, reason="an infinite amount")
    return found
