"""From a list of purchases to a row per customer, with a report of everything that was left out."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import attrs

from unified_profile.errors import InsufficientDataError, InvalidInputError, UnknownNameError
from unified_profile.frames import columns
from unified_profile.metrics.customer_base.buyers import amounts, customer_codes
from unified_profile.metrics.customer_base.moments import as_day, calendar_days
from unified_profile.metrics.customer_base.periods import DAYS, PeriodUnit, require_unit
from unified_profile.metrics.customer_base.summary import CustomerSummary, SummaryReport, Timeline
from unified_profile.statistics import is_one_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Refunds = Literal["drop", "net", "refuse"]
ZeroAmounts = Literal["keep", "drop", "refuse"]
MissingAmounts = Literal["keep", "drop", "refuse"]


def summarize(
    transactions: object,
    /,
    *,
    customer: str,
    time: str,
    amount: str | None = None,
    unit: PeriodUnit,
    until: date | datetime | str | None = None,
    holdout_until: date | datetime | str | None = None,
    zone: str | None = None,
    refunds: Refunds = "drop",
    zero_amounts: ZeroAmounts = "keep",
    missing_amounts: MissingAmounts = "keep",
) -> CustomerSummary:
    """Return frequency, recency, T and mean spend of each customer, with a report of what was left out and why.

    *transactions* is a frame of any library or a mapping of columns, one row per purchase; *customer*, *time* and
    *amount* name its columns. A day with a purchase counts as one, however many there were, and its amounts are added
    up. Times with a zone need *zone*: where a day begins decides whether 23:30 and 00:30 are one day or two.

    Observation ends with the day *until*, by default that of the last purchase (with a warning: a silence after it
    would be forgotten). With *holdout_until*, purchases after *until* are counted as ``holdout_frequency`` of the
    customers known by then.

    Missing: rows without a customer or a time are dropped and counted. A purchase without an amount is a purchase,
    but is in no mean (*missing_amounts* ``"keep"``). A negative amount is a refund: dropped and counted, or with
    ``"net"`` added to its day, which is no purchase if nothing is left of it; a refund on a day without a purchase is
    dropped and counted (*refunds*). Amounts of zero are purchases (*zero_amounts* ``"keep"``).

    Source: the summary of Fader, Hardie and Lee (2005), Marketing Science 24(2): a day is a purchase, the first one
    begins the clock.

    >>> found = summarize(
    ...     {"who": ["a", "a", "a", "b"], "on": ["2026-01-01", "2026-01-01", "2026-01-15", "2026-01-08"]},
    ...     customer="who",
    ...     time="on",
    ...     unit="week",
    ...     until="2026-01-29",
    ... )
    >>> found.frequency.tolist(), found.recency.tolist(), found.T.tolist()
    ([1.0, 0.0], [2.0, 0.0], [4.0, 3.0])
    >>> found.report.merged
    1

    Raises:
        InvalidInputError: If a column is missing or of the wrong kind, a text is no ISO 8601 date, zones are mixed or
        not
            given, or something is there that was to be refused.
        InsufficientDataError: If no purchase is left.

    .. versionadded:: 0.1
    """
    import numpy as np

    require_unit(unit)
    _require_names(customer, time, "" if amount is None else amount)
    _require_choices(refunds, zero_amounts, missing_amounts)
    days = calendar_days(transactions, time, zone=zone)
    codes, customers = customer_codes(columns(transactions, [customer], field="transactions")[customer], field=customer)
    paid = (
        None if amount is None else amounts(columns(transactions, [amount], field="transactions")[amount], field=amount)
    )
    for name, column in ((customer, codes), (amount or "", codes if paid is None else paid)):
        if len(column) != len(days):
            raise InvalidInputError(field=name, reason=f"{len(column)} values for {len(days)} times")
    sieve = _Sieve(kept=np.ones(len(days), dtype=bool))
    sieve.drop(codes < 0, "no customer")
    sieve.drop(np.isnat(days), "no time")
    if paid is not None:
        _judge(sieve, paid, refunds=refunds, zero_amounts=zero_amounts, missing_amounts=missing_amounts, field=amount)
    warnings = []
    last = days[sieve.kept].max() if sieve.kept.any() else None
    if last is None:
        raise InsufficientDataError(metric="summarize: purchases", n=0, needed=1)
    if until is None:
        if holdout_until is not None:
            raise InvalidInputError(field="until", reason="missing beside holdout_until", hint="say where it begins")
        end = last
        warnings.append(f"observation ends with the last purchase, {end}: say until= if you watched longer")
    else:
        end = as_day(until, zone=zone, field="until")
    beyond = end if holdout_until is None else as_day(holdout_until, zone=zone, field="holdout_until")
    if beyond < end:
        raise InvalidInputError(field="holdout_until", reason="before until")
    sieve.drop(days > beyond, "after the end")
    if not sieve.kept.any():
        raise InsufficientDataError(metric="summarize: purchases by the end of observation", n=0, needed=1)
    return _fold(
        codes[sieve.kept],
        days[sieve.kept].astype(np.int64),
        None if paid is None else paid[sieve.kept],
        customers,
        end=int(end.astype(np.int64)),
        beyond=int(beyond.astype(np.int64)),
        unit=unit,
        sieve=sieve,
        net=refunds == "net",
        warnings=warnings,
    )


def _require_names(*columns: object) -> None:
    if not all(isinstance(column, str) for column in columns):
        raise InvalidInputError(field="transactions", reason="a column is named by text", hint="time='date'")


def _require_choices(refunds: object, zero_amounts: object, missing_amounts: object) -> None:
    for kind, choice, known in (
        ("treatment of refunds", refunds, ("drop", "net", "refuse")),
        ("treatment of zero amounts", zero_amounts, ("keep", "drop", "refuse")),
        ("treatment of missing amounts", missing_amounts, ("keep", "drop", "refuse")),
    ):
        if not is_one_of(choice, known):
            raise UnknownNameError(kind=kind, name=str(choice), known=known)


@attrs.define(eq=False)
class _Sieve:
    """Which rows are kept, and how many fell for which reason."""

    kept: NDArray[np.bool_]
    dropped: dict[str, int] = attrs.field(factory=dict)

    def drop(self, wrong: NDArray[np.bool_], reason: str) -> None:
        wrong = wrong & self.kept
        self.count(int(wrong.sum()), reason)
        self.kept &= ~wrong

    def count(self, how_many: int, reason: str) -> None:
        if how_many:
            self.dropped[reason] = self.dropped.get(reason, 0) + how_many


def _judge(
    sieve: _Sieve,
    paid: NDArray[np.float64],
    *,
    refunds: Refunds,
    zero_amounts: ZeroAmounts,
    missing_amounts: MissingAmounts,
    field: str | None,
) -> None:
    import numpy as np

    for wrong, choice, reason, option in (
        (np.isnan(paid), missing_amounts, "no amount", "missing_amounts"),
        (paid < 0, refunds, "refund", "refunds"),
        (paid == 0, zero_amounts, "amount of zero", "zero_amounts"),
    ):
        here = wrong & sieve.kept
        if choice == "refuse" and here.any():
            where = f"{int(here.sum())} of {len(paid)} (the first at position {int(here.argmax())})"
            raise InvalidInputError(field=field or "amount", reason=f"{reason}: {where}", hint=f"see {option}=")
        if choice == "drop":
            sieve.drop(wrong, reason)


def _fold(  # noqa: PLR0915 - one pass over columns that depend on each other
    codes: NDArray[np.int64],
    days: NDArray[np.int64],
    paid: NDArray[np.float64] | None,
    customers: NDArray[Any],
    *,
    end: int,
    beyond: int,
    unit: PeriodUnit,
    sieve: _Sieve,
    net: bool,
    warnings: list[str],
) -> CustomerSummary:
    """Make a purchase of every day of a customer, and a row of every customer."""
    import numpy as np

    origin = int(days.min())
    span = beyond - origin + 1
    key = codes * span + (days - origin)
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.empty(len(key), dtype=bool)
    first[:1] = True
    np.not_equal(key[1:], key[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    lines = np.diff(np.append(starts, len(key)))
    who, day = np.divmod(key[starts], span)
    spent = known = None
    zero = missing = 0
    if paid is not None:
        each = paid[order]
        there = ~np.isnan(each)
        known = np.add.reduceat(there.astype(np.int64), starts) > 0
        spent = np.add.reduceat(np.where(there, each, 0.0), starts)
        if net:
            refunded = np.add.reduceat((each < 0).astype(np.int64), starts) > 0
            void = refunded & (spent <= 0)
            sieve.count(int(lines[void].sum()), "nothing left of the day after refunds")
            who, day, spent, known, lines = who[~void], day[~void], spent[~void], known[~void], lines[~void]
            if not len(who):
                raise InsufficientDataError(metric="summarize: purchases", n=0, needed=1)
        zero = int(np.count_nonzero((each == 0) & there))
        missing = int(np.count_nonzero(~there))
    known_by_end = day <= end - origin
    begins = np.empty(len(who), dtype=bool)
    begins[:1] = True
    np.not_equal(who[1:], who[:-1], out=begins[1:])
    begins &= known_by_end
    index = np.cumsum(begins) - 1  # of the customer's row
    at = np.flatnonzero(begins)
    # Who came only after the end is not of this base.
    late = ~np.isin(who, who[at]) if beyond > end else np.zeros(len(who), dtype=bool)
    sieve.count(int(lines[late].sum()), "first seen after the end")
    n = len(at)
    if not n:
        raise InsufficientDataError(metric="summarize: purchases by the end of observation", n=0, needed=1)
    seen = known_by_end & ~late
    repeat = seen & ~begins
    scale = DAYS[unit]
    frequency = np.bincount(index[repeat], minlength=n).astype(np.float64)
    latest = np.zeros(n, dtype=np.int64)
    latest[index[seen]] = day[seen]  # rows are in order of days: the last one stays
    value = count = paid_so_far = None
    if spent is not None and known is not None:
        counted = repeat & known
        count = np.bincount(index[counted], minlength=n).astype(np.float64)
        total = np.bincount(index[counted], weights=spent[counted], minlength=n)
        paid_so_far = np.bincount(index[seen], weights=spent[seen], minlength=n).astype(np.float64)
        value = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    holdout = ~known_by_end & ~late
    used = int(lines[~late].sum())
    return CustomerSummary(
        frequency,
        (latest - day[at]) / scale,
        (end - origin - day[at]) / scale,
        unit=unit,
        monetary_value=value,
        monetary_count=count,
        total_spend=paid_so_far,
        customers=customers[who[at]],
        holdout_frequency=np.bincount(index[holdout], minlength=n).astype(np.float64) if beyond > end else None,
        holdout_duration=(beyond - end) / scale,
        timeline=Timeline(
            date.fromordinal(origin + _EPOCH),
            np.bincount(day[at], minlength=span),
            np.bincount(day[~begins & ~late], minlength=span),
        ),
        report=SummaryReport(
            rows=len(sieve.kept),
            used=used,
            dropped=dict(sieve.dropped),
            merged=used - int(np.count_nonzero(~late)),
            zero_amounts=zero,
            missing_amounts=missing,
            customers=n,
            until=date.fromordinal(end + _EPOCH),
            warnings=(*warnings, *_notes(sieve, unit, missing)),
        ),
    )


_EPOCH = date(1970, 1, 1).toordinal()


def _notes(sieve: _Sieve, unit: PeriodUnit, missing: int) -> list[str]:
    found = [f"{how_many} rows dropped: {reason}" for reason, how_many in sieve.dropped.items()]
    if missing:
        found.append(f"{missing} purchases without an amount are in no mean spend")
    if unit == "month":
        found.append("a month is taken as 30.44 days, whatever the calendar says")
    return found
