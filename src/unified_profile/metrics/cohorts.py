"""Who of those who began together is still active later: the cohort table, empty where a time is not over yet."""

from __future__ import annotations

import html
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.answers import Answers, read, require_scale, require_whole
from unified_profile.metrics.numbering import codes
from unified_profile.statistics import Estimate, wilson, z_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


# Numbers of periods that are exact as floats, too; and more cells than anybody reads.
_FAR = 2.0**53
_WIDEST = 2_000


@attrs.frozen(repr=False, eq=False)
class RetentionTable:
    """For each cohort and age the share of customers who were active then; ``None`` where that age is not over yet.

    Attributes:
        cohorts: The period in which each cohort was first active, in order.
        sizes: How many customers each cohort has.
        cells: Per cohort one estimate per age, from 0; ``None`` is a cell that nobody can know yet.
        n_missing: How many rows had no customer or no period.
        last: The last period that is over.

    .. versionadded:: 0.1
    """

    cohorts: tuple[int, ...]
    sizes: tuple[int, ...]
    cells: tuple[tuple[Estimate | None, ...], ...]
    n_missing: int
    last: int

    def at(self, age: int) -> Estimate:
        """Return the share active at that *age*, over all cohorts that have reached it.

        Raises:
            InsufficientDataError: If no cohort has reached it.

        .. versionadded:: 0.1
        """
        reached = [(row[age], size) for row, size in zip(self.cells, self.sizes, strict=True) if 0 <= age < len(row)]
        known = [(cell, size) for cell, size in reached if cell is not None]
        total = sum(size for _, size in known)
        if not total:
            raise InsufficientDataError(metric="retention", n=0, needed=1)
        active = sum(round(cell.value * size) for cell, size in known)
        level = known[0][0].level
        left = len(self.cells) - len(known)
        notes = (f"{left} younger cohorts are not that old yet",) if left else ()
        return Estimate(
            active / total, *wilson(active / total, total, level=level), n=total, n_missing=self.n_missing,
            method="wilson", level=level, warnings=notes, bounds=(0, 1),
        )  # fmt: skip

    def rows(self) -> list[dict[str, object]]:
        """Return one flat dictionary per cohort and age that is known, as any data frame takes them.

        .. versionadded:: 0.1
        """
        return [
            {"cohort": cohort, "age": age, **cell.to_dict()}
            for cohort, row in zip(self.cohorts, self.cells, strict=True)
            for age, cell in enumerate(row)
            if cell is not None
        ]

    def __repr__(self) -> str:
        lines = [
            f"  {cohort}: n={size}, " + " ".join("." if cell is None else f"{cell.value:.0%}" for cell in row)
            for cohort, size, row in zip(self.cohorts, self.sizes, self.cells, strict=True)
        ]
        return f"{type(self).__name__}(\n" + "\n".join(lines) + "\n)"

    def _repr_html_(self) -> str:
        """Return a table for a notebook; what is not known yet is empty."""
        ages = max((len(row) for row in self.cells), default=0)
        head = "".join(f"<th>{age}</th>" for age in range(ages))
        body = "".join(
            f"<tr><th>{cohort}</th><td>{size}</td>"
            + "".join("<td></td>" if cell is None else f"<td>{html.escape(f'{cell.value:.1%}')}</td>" for cell in row)
            + "</tr>"
            for cohort, size, row in zip(self.cohorts, self.sizes, self.cells, strict=True)
        )
        return f"<table><tr><th>cohort</th><th>n</th>{head}</tr>{body}</table>"


def retention(customers: Iterable[Hashable], periods: Answers, *, last: int, level: float = 0.95) -> RetentionTable:
    """Return the cohort table: of those first active in a period, which share was active so many periods later.

    *customers* and *periods* are one row per activity: who, and in which period, as a whole number (months since any
    start: ``12 * year + month``). *last* is the last period that is over: activity after it is refused, and cells
    after it are ``None``, since a month that has just begun would look like a collapse. A period within which nobody
    of a cohort was active is a 0 that did happen. Rows without a customer or a period are counted in ``n_missing``.
    There are no weights, for the rows are activities and no sample. The shares run from 0 to 1.

    Source: the cohort table is common use; intervals: Wilson (1927), JASA 22, each for its cell alone.

    >>> table = retention(["a", "a", "b", "c", "c", "d"], [1, 2, 1, 2, 3, 3], last=3)
    >>> table.sizes, [None if cell is None else cell.value for cell in table.cells[1]]
    ((2, 1, 1), [1.0, 1.0, None])
    >>> table.at(1).value
    0.6666666666666666

    Raises:
        InvalidInputError: If a period is no whole number or later than *last*, there are more than 2,000 of them, or
            columns differ in length.
        InsufficientDataError: If there is no activity.

    .. versionadded:: 0.1
    """
    import numpy as np

    z_for(level)
    if type(last) is not int:
        raise InvalidInputError(field="last", reason="not a whole number", hint="the last period that is over")
    numbers = read(periods, field="periods")
    require_whole(numbers, field="periods")
    require_scale(numbers, -_FAR, _FAR, field="periods")
    names, who = codes(customers, len(numbers))
    known = np.ones(len(numbers), dtype=bool)
    if numbers.dtype.kind == "f":
        known &= ~np.isnan(numbers)
    if None in names:
        known &= who != names.index(None)
    n_missing = len(numbers) - int(np.count_nonzero(known))
    who, when = who[known], numbers[known].astype(np.int64)
    if not len(when):
        raise InsufficientDataError(metric="retention", n=0, needed=1)
    if int(when.max()) > last:
        late = int(np.count_nonzero(when > last))
        raise InvalidInputError(field="periods", reason=f"{late} of {len(when)} are after last", hint="is it over yet?")
    return _table(who, when, len(names), last=last, n_missing=n_missing, level=level)


def _table(
    who: NDArray[np.intp], when: NDArray[np.int64], customers: int, *, last: int, n_missing: int, level: float
) -> RetentionTable:
    import numpy as np

    first = np.full(customers, np.iinfo(np.int64).max)
    np.minimum.at(first, who, when)
    start = int(when.min())
    width = last - start + 1
    if width > _WIDEST:
        raise InvalidInputError(field="periods", reason=f"{width} periods", hint="use longer periods")
    begun = first[first <= last]
    sizes = np.bincount(begun - start, minlength=width)
    # Each customer counts once per period, however active.
    once = np.unique(who.astype(np.int64) * width + (when - start))
    who, when = once // width, once % width + start
    active = np.zeros((width, width), dtype=np.int64)
    np.add.at(active, (first[who] - start, when - first[who]), 1)
    cohorts: list[Any] = np.flatnonzero(sizes).tolist()
    cells = tuple(
        tuple(_cell(int(active[i, age]), int(sizes[i]), level) if i + age < width else None for age in range(width))
        for i in cohorts
    )
    return RetentionTable(
        tuple(start + i for i in cohorts), tuple(int(sizes[i]) for i in cohorts), cells, n_missing, last
    )


def _cell(active: int, size: int, level: float) -> Estimate:
    share = active / size
    return Estimate(share, *wilson(share, size, level=level), n=size, method="wilson", level=level, bounds=(0, 1))
