"""How recently, how often and for how much each customer bought: RFM, from ten million purchases in a second."""

from __future__ import annotations

import html
from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics.answers import LARGEST, Answers, read
from unified_profile.metrics.instants import MISSING, Instants, one_instant, read_instants
from unified_profile.metrics.numbering import numbered
from unified_profile.metrics.processors import both

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DAY = 86_400_000_000
_PART = 1 << 19


@attrs.frozen(eq=False, repr=False)
class Rfm:
    """One row per customer; nothing was dropped without being counted in *left_out*.

    Attributes:
        customers: The customers' ids, in no particular order but the same for the same rows.
        recency: Days since the last purchase, as a fraction.
        frequency: How many purchases.
        monetary: The sum of all amounts, refunds taken off; ``None`` if no amounts were given.
        rows: How many rows came in.
        left_out: How many rows count as no purchase, and why.
        warnings: What a reader must know.

    .. versionadded:: 0.1
    """

    customers: list[Any]
    recency: NDArray[np.float64]
    frequency: NDArray[np.int64]
    monetary: NDArray[np.float64] | None
    rows: int
    left_out: dict[str, int]
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.customers)

    def columns(self) -> dict[str, Any]:
        """Return the columns by name, as any data frame takes them."""
        found: dict[str, Any] = {"customer": self.customers, "recency": self.recency, "frequency": self.frequency}
        return found if self.monetary is None else {**found, "monetary": self.monetary}

    def scores(self, bins: int = 5) -> dict[str, NDArray[np.int64]]:
        """Return 1 to *bins* for recency, frequency and money, the best being highest.

        Customers are cut at the quantiles of their own base, so a score compares customers and says nothing of how
        well the business does. Equal customers get equal scores: with many one-time buyers groups differ in size.

        Raises:
            InvalidInputError: If *bins* is not a whole number above 1.

        .. versionadded:: 0.1
        """
        import numpy as np

        if type(bins) is not int or bins < 2:
            raise InvalidInputError(field="bins", reason="not a whole number above 1", hint="5 is usual")
        cuts = np.linspace(0, 1, bins + 1)[1:-1]

        def score(column: NDArray[Any]) -> NDArray[np.int64]:
            return 1 + np.searchsorted(np.quantile(column, cuts), column, side="left")

        found = {"recency": score(-self.recency), "frequency": score(self.frequency)}
        return found if self.monetary is None else {**found, "monetary": score(self.monetary)}

    def __repr__(self) -> str:
        lost = ", ".join(f"{count} {why}" for why, count in self.left_out.items()) or "none"
        return f"{type(self).__name__}({len(self)} customers from {self.rows} rows, left out: {lost})"

    def _repr_html_(self) -> str:
        """Return the first rows for a notebook."""
        names = list(self.columns())
        head = "".join(f"<th>{name}</th>" for name in names)
        columns = [column[:10] for column in self.columns().values()]
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
            for row in zip(*columns, strict=True)
        )
        return f"<div>{html.escape(repr(self))}</div><table><tr>{head}</tr>{body}</table>"


def rfm(
    customers: Iterable[Hashable],
    times: Instants,
    amounts: Answers | None = None,
    *,
    as_of: datetime,
    zone: str | None = None,
) -> Rfm:
    """Return recency, frequency and monetary value of each customer at *as_of*, from one row per purchase.

    *customers*, *times* and *amounts* are columns of equal length, amounts in one currency. A negative amount is a
    refund: no purchase, but taken off the sum. An amount of zero is a purchase, and a warning counts them. Rows without
    a customer or a time, and those later than *as_of*, are left out; a purchase of unknown amount counts as one and
    adds nothing, with a warning. Times need a zone of their own, or *zone* says on which clock they were read; dates
    begin at midnight. There are no weights, for purchases are no sample. With a million rows and two processors a
    second thread helps with arrays of numpy; it has ended when this returns, and changes no digit.

    >>> from datetime import UTC, datetime
    >>> day = [datetime(2026, 1, d, tzinfo=UTC) for d in (1, 5, 9, 9)]
    >>> found = rfm(["a", "b", "a", None], day, [10, 20, 5, 1], as_of=datetime(2026, 1, 11, tzinfo=UTC))
    >>> found.customers, found.recency.tolist(), found.frequency.tolist(), found.monetary.tolist()
    (['a', 'b'], [2.0, 6.0], [2, 1], [15.0, 20.0])
    >>> found.left_out
    {'without a customer': 1}

    Source: Hughes (1994), Strategic Database Marketing, for the three letters and the cut into fifths.

    Raises:
        InvalidInputError: If an amount is infinite, a time has no zone and *zone* is not stated, or columns differ in
            length.
        InsufficientDataError: If no row is a purchase.

    .. versionadded:: 0.1
    """
    import numpy as np

    now = one_instant(as_of, field="as_of")
    when = read_instants(times, field="times", zone=zone, dates=True)
    money = None if amounts is None else read(amounts, field="amounts")
    if money is not None and len(money) != len(when):
        raise InvalidInputError(field="amounts", reason=f"{len(money)} rows for {len(when)} times")
    if money is not None and len(money) and max(np.fmax.reduce(money), -np.fmin.reduce(money)) > LARGEST:
        raise InvalidInputError(field="amounts", reason="an amount is infinite", hint="None where it is unknown")
    names, who = numbered(customers, len(when))
    rows, left_out, warnings = len(when), {}, []
    kept: NDArray[np.bool_] | None = None
    for why, gone in (
        ("without a customer", who == names.index(None) if isinstance(names, list) and None in names else None),
        ("without a time", when == MISSING if len(when) and when.min() == MISSING else None),
        ("after as_of", when > now if len(when) and when.max() > now else None),
    ):
        if gone is None:
            continue
        fresh = gone if kept is None else gone & kept
        left_out[why] = int(np.count_nonzero(fresh))
        kept = ~gone if kept is None else kept & ~gone
    if kept is not None:
        who, when, money = who[kept], when[kept], None if money is None else money[kept]
    bought, worth = who, None if money is None else (who, money)
    # A least amount above 0 is no NaN either: then there is nothing to look for.
    if money is not None and len(money) and not money.min() > 0:
        unknown = np.isnan(money) if money.dtype.kind == "f" else np.zeros(0, dtype=bool)
        if unknown.any():
            warnings.append(f"{int(np.count_nonzero(unknown))} purchases of unknown amount add nothing to any sum")
            money = np.where(unknown, 0.0, money)
        worth = who, money
        free = len(money) - int(np.count_nonzero(money)) - int(np.count_nonzero(unknown))
        if free:
            warnings.append(f"{free} purchases have an amount of 0 and count as purchases")
        refund = money < 0
        if refund.any():
            left_out["refunds"] = int(np.count_nonzero(refund))
            bought, when = who[~refund], when[~refund]
    return _per_customer(names, bought, when, worth, now=now, rows=rows, left_out=left_out, warnings=warnings)


def _per_customer(
    names: list[Hashable] | NDArray[Any],
    who: NDArray[np.intp],
    when: NDArray[np.int64],
    worth: tuple[NDArray[np.intp], NDArray[Any]] | None,
    *,
    now: int,
    rows: int,
    left_out: dict[str, int],
    warnings: list[str],
) -> Rfm:
    import numpy as np

    if not len(who):
        raise InsufficientDataError(metric="rfm", n=0, needed=1)

    middle = len(who) // 2

    def sums() -> tuple[NDArray[np.intp], NDArray[np.float64] | None]:
        early = np.bincount(who[:middle], minlength=len(names))
        if worth is None:
            return early, None
        # In one go, for sums of floats depend on the order of rows.
        total = np.bincount(worth[0], weights=worth[1], minlength=len(names))
        return early, np.asarray(total, dtype=np.float64)

    def latest() -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        last = np.full(len(names), MISSING)
        # In parts, because numpy keeps hold of Python in each of these.
        for start in range(0, len(who), _PART):
            np.maximum.at(last, who[start : start + _PART], when[start : start + _PART])
        return np.bincount(who[middle:], minlength=len(names)), last

    (frequency, total), (late, last) = both(sums, latest, rows=len(who))
    frequency += late
    there = frequency > 0
    if not there.all():
        chosen = np.flatnonzero(there)
        names = [names[i] for i in chosen] if isinstance(names, list) else names[chosen]
        frequency, last = frequency[chosen], last[chosen]
        if total is not None:
            only = int(np.count_nonzero(~there & (total != 0)))
            total = total[chosen]
            if only:
                warnings.append(f"{only} customers have refunds but no purchase; they are left out")
    ids = names if isinstance(names, list) else names.tolist()
    return Rfm(ids, (now - last) / _DAY, frequency, total, rows, left_out, tuple(warnings))
