"""One way of asking *by group* for all metrics: how rows are split, and what many groups do to the intervals."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Literal, TypeAlias

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.numbering import codes
from unified_profile.statistics import Estimate, GroupedEstimates, is_one_of, z_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

By: TypeAlias = Iterable[Hashable]
"""One group per row, in any kind of column; ``zip(months, channels)`` makes groups of pairs."""

Correction: TypeAlias = Literal["none", "bonferroni"]
"""Whether each interval holds at its own level, or all of them together do."""

Rows: TypeAlias = "slice | NDArray[np.intp]"
"""Which rows of a column belong to a group."""

EVERY_ROW = slice(None)


def each_group(
    n: int,
    one: Callable[[Rows, float], Estimate],
    *,
    metric: str,
    by: By | None,
    level: float,
    correction: Correction = "none",
) -> Estimate | GroupedEstimates:
    """Let *one* compute the estimate of all *n* rows, or of each group of rows at the level that *correction* asks for.

    Without a single observation the whole is refused; a group without one stands in its row and says so.
    """
    z_for(level)
    if by is None:
        require_no_correction(correction, "interval")
        found = one(EVERY_ROW, level)
        if not found.n:
            raise InsufficientDataError(metric=metric, n=0, needed=1)
        return found
    parts = split(by, n)
    if not parts:
        raise InsufficientDataError(metric=metric, n=0, needed=1)
    own = level_of_each(level, len(parts), correction)
    return GroupedEstimates({key: one(rows, own) for key, rows in parts.items()})


def require_no_correction(correction: object, of: str) -> None:
    """Refuse a correction where there are no groups.

    Raises:
        InvalidInputError: If there is one.
    """
    if not is_one_of(correction, ("none",)):
        raise InvalidInputError(field="correction", reason=f"there is but one {of}", hint="pass by=")


def level_of_each(level: float, groups: int, correction: Correction) -> float:
    """Return the level at which each of so many intervals is made."""
    if not is_one_of(correction, ("none", "bonferroni")):
        raise InvalidInputError(
            field="correction", reason=f"unknown correction {correction!r}", hint="none or bonferroni"
        )
    z_for(level)
    return level if correction == "none" else 1 - (1 - level) / max(1, groups)


def split(by: By, n: int) -> dict[Hashable, NDArray[np.intp]]:
    """Return which rows belong to which group; rows without a group belong to ``None`` and are not dropped."""
    import numpy as np

    names, column = codes(by, n)
    order = np.argsort(column, kind="stable")
    ends = np.cumsum(np.bincount(column, minlength=len(names)))
    return dict(zip(names, np.split(order, ends[:-1]), strict=True)) if names else {}
