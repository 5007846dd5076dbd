"""What is left of a purchase history for the models: a row per customer, and a report of what was left out."""

from __future__ import annotations

import html
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.customer_base.periods import PeriodUnit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@attrs.frozen
class SummaryReport:
    """What became of the transactions: nothing is dropped without being counted here.

    Attributes:
        rows: How many transactions came in.
        used: How many of them a purchase day was made of.
        dropped: How many were left out, by reason.
        merged: How many fell on a day on which the customer had bought already; they count as one purchase.
        zero_amounts: How many of those used have an amount of zero.
        missing_amounts: How many of those used have no amount; they are purchases, but not in any mean spend.
        customers: How many customers are left.
        until: The last day of observation.
        warnings: What a reader must know.

    .. versionadded:: 0.1
    """

    rows: int
    used: int
    dropped: dict[str, int]
    merged: int
    zero_amounts: int
    missing_amounts: int
    customers: int
    until: date
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the parts as JSON takes them."""
        return {**attrs.asdict(self), "until": self.until.isoformat(), "warnings": list(self.warnings)}

    def _repr_html_(self) -> str:
        """Return a small table for a notebook."""
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td></tr>"
            for name, value in self.to_dict().items()
        )
        return f"<table>{rows}</table>"


@attrs.frozen(eq=False, repr=False)
class Timeline:
    """Purchases day by day since the first one, repeat purchases counted; for the tracking plot.

    .. versionadded:: 0.1
    """

    origin: date
    firsts: NDArray[np.int64]
    repeats: NDArray[np.int64]


@attrs.frozen(eq=False, repr=False)
class CustomerSummary:
    """One row per customer: how often, how recently, observed for how long, and spending how much.

    All columns have the same length and order. Times count from a customer's first purchase, in *unit*.

    Attributes:
        frequency: How many repeat purchases (days with a purchase after the first such day).
        recency: The time of the last purchase; 0 without a repeat purchase.
        T: The time from the first purchase to the end of observation.
        unit: What recency and T are counted in.
        monetary_value: The mean amount of a repeat purchase; NaN where there is none. None if no amounts were given.
        monetary_count: Of how many repeat purchases it is the mean.
        total_spend: The sum of all amounts until the end of observation, the first purchase's included.
        customers: The caller's ids, or None.
        weights: How many customers a row stands for, or None for one each.
        holdout_frequency: Purchases after the end of observation, if a holdout was asked for.
        holdout_duration: How long the holdout lasts, in *unit*.
        timeline: Purchases by day, for tracking, if the summary came from transactions.
        report: What became of the transactions, if the summary came from them.

    .. versionadded:: 0.1
    """

    frequency: NDArray[np.float64]
    recency: NDArray[np.float64]
    T: NDArray[np.float64]
    unit: PeriodUnit = attrs.field(kw_only=True)
    monetary_value: NDArray[np.float64] | None = attrs.field(default=None, kw_only=True)
    monetary_count: NDArray[np.float64] | None = attrs.field(default=None, kw_only=True)
    total_spend: NDArray[np.float64] | None = attrs.field(default=None, kw_only=True)
    customers: NDArray[Any] | None = attrs.field(default=None, kw_only=True)
    weights: NDArray[np.float64] | None = attrs.field(default=None, kw_only=True)
    holdout_frequency: NDArray[np.float64] | None = attrs.field(default=None, kw_only=True)
    holdout_duration: float = attrs.field(default=0.0, kw_only=True)
    timeline: Timeline | None = attrs.field(default=None, kw_only=True)
    report: SummaryReport | None = attrs.field(default=None, kw_only=True)

    def __len__(self) -> int:
        return len(self.frequency)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name, those that are there."""
        names = (
            "customers",
            "frequency",
            "recency",
            "T",
            "monetary_value",
            "monetary_count",
            "total_spend",
            "weights",
            "holdout_frequency",
        )
        return {name: column for name in names if (column := getattr(self, name)) is not None}

    def __repr__(self) -> str:
        names = ", ".join(self.columns())
        return f"{type(self).__name__}({len(self)} rows in {self.unit}s: {names})"


def require_summary(summary: object) -> None:
    """Refuse what is no summary of customers.

    Raises:
        InvalidInputError: If so.
    """
    if not isinstance(summary, CustomerSummary):
        raise InvalidInputError(
            field="summary", reason=f"a {type(summary).__name__} is no summary", hint="make it with summarize"
        )
