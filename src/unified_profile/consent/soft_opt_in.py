"""The soft opt-in: what a sale allows without a yes, where the law says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from unified_profile.consent.law.rows import Law
from unified_profile.consent.scopes import ANY, Request
from unified_profile.consent.situation import Sale, Situation
from unified_profile.consent.terms import months_after
from unified_profile.model.values import spelled


def soft_opt_in(
    rows: Iterable[Law], request: Request, situation: Situation, kinds: frozenset[str], at: datetime, /
) -> Law | None:
    """Return the row by which a sale allows *request*, or None."""
    if request.channel == ANY or request.recipient:
        return None
    for row in rows:
        if row.params.get("similar") is True and "similar_products" not in kinds:
            continue
        if any(_carries(row, sale, request, at) for sale in situation.sales):
            return row
    return None


def _carries(row: Law, sale: Sale, request: Request, at: datetime) -> bool:
    if sale.at > at or spelled(sale.brand) != request.brand or sale.relation not in row.names("relations"):
        return False
    if row.params.get("offered") is True and not sale.opt_out_offered:
        return False
    ends = soft_end(row, sale)
    return ends is None or at < ends


def soft_end(row: Law, sale: Sale, /) -> datetime | None:
    """Return when a sale no longer carries a soft opt-in; None: never."""
    months = row.number("months")
    return months_after(sale.at, months) if months else None
