"""What a policy and the law add to records: confirmations that are needed, and grants that lapse."""

from __future__ import annotations

from datetime import datetime

from dateutil.relativedelta import relativedelta

from unified_profile.consent.law.rows import Law
from unified_profile.consent.ledger import Ledger
from unified_profile.consent.policy import Policy
from unified_profile.consent.scopes import ANY, Request
from unified_profile.consent.timeline import Terms, expires_at
from unified_profile.model import ConsentRecord


def concerns(row: Law, kinds: frozenset[str], channel: str, /) -> bool:
    """Say whether *row* is about what a purpose does and about *channel*; what a row does not name it leaves open."""
    wanted, channels = row.names("kinds"), row.names("channels")
    if wanted and not wanted & kinds:
        return False
    return not channels or channel == ANY or channel in channels


def terms_of(ledger: Ledger, request: Request, policy: Policy, /) -> Terms:
    """Return the terms under which the records of *ledger* count for *request*."""
    place, kinds = request.jurisdiction, policy.kinds_of(request.purpose)
    confirming = [row for row in policy.law.of("double_opt_in", place) if concerns(row, kinds, request.channel)]
    lapsing = [row for row in policy.law.of("consent_lapses", place) if concerns(row, kinds, request.channel)]

    def needs_confirmation(record: ConsentRecord) -> bool:
        return record.purpose in policy.double_opt_in or any(row.binds(record.occurred_at) for row in confirming)

    def ends(record: ConsentRecord) -> datetime | None:
        found = [expires_at(record)]
        found += [
            months_after(record.occurred_at, row.number("months")) for row in lapsing if row.binds(record.occurred_at)
        ]
        return min((end for end in found if end is not None), default=None)

    return Terms(
        needs_confirmation=needs_confirmation,
        ends=ends if lapsing else expires_at,
        known_notices=ledger.notices(),
        confirming=bool(confirming) or any(name in policy.double_opt_in for name in _related(request, policy)),
        lapsing=bool(lapsing),
    )


def _related(request: Request, policy: Policy) -> set[str]:
    name = request.purpose
    return {name, *policy.purposes.ancestors(name), *policy.purposes.descendants(name)}


def months_after(at: datetime, months: int, /) -> datetime:
    """Return the same day *months* later, or the last of that month."""
    return at + relativedelta(months=months)
