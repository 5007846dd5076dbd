"""What a policy and the law add to records: confirmations that are needed, and grants that lapse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dateutil.relativedelta import relativedelta

from unified_profile.consent.ledger import Ledger
from unified_profile.consent.policy import Policy
from unified_profile.consent.scopes import Request
from unified_profile.consent.spelling import one_name
from unified_profile.consent.statements import expires_at
from unified_profile.consent.timeline import Terms
from unified_profile.model import ConsentRecord


def terms_of(ledger: Ledger, request: Request, policy: Policy, /) -> Terms:
    """Return the terms under which the records of *ledger* count for *request*."""
    kinds, within = policy.kinds_of(request.purpose), policy.kinds_within(request.purpose)
    rows = policy.law.about(request.jurisdiction, kinds, within, request.channel)
    confirming, lapsing = rows.get("double_opt_in", ()), rows.get("consent_lapses", ())

    def needs_confirmation(record: ConsentRecord) -> bool:
        if record.purpose in policy.double_opt_in:
            return True
        return bool(confirming) and any(row.binds(record.occurred_at) for row in confirming)

    def ends(record: ConsentRecord) -> datetime | None:
        found = [expires_at(record)]
        found += [
            months_after(record.occurred_at, row.number("months")) for row in lapsing if row.binds(record.occurred_at)
        ]
        return min((end for end in found if end is not None), default=None)

    return Terms(
        needs_confirmation=needs_confirmation,
        ends=ends if lapsing else expires_at,
        known_notices=_in_use(ledger, policy),
        confirming=tuple(confirming),
        lapsing=bool(lapsing),
    )


def _in_use(ledger: Ledger, policy: Policy) -> Mapping[tuple[str, str], datetime]:
    """Return since when each notice is known to be in use: shown to anybody, or named by a statement here."""
    used = ledger.notices()
    if not policy.notices:
        return used
    found = dict(used)
    for notice in policy.notices:
        if notice.published_at is not None:
            key = (one_name(notice.id), one_name(notice.version))
            found[key] = min(notice.published_at, found.get(key, notice.published_at))
    return found


def months_after(at: datetime, months: int, /) -> datetime:
    """Return the same day *months* later, or the last of that month."""
    return at + relativedelta(months=months)
