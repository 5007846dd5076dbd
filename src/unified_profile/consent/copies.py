"""Withdrawals copied from the grant that they take back: they name whom it names, and are no narrower than it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from unified_profile.consent.policy import Policy
from unified_profile.consent.reach import controllers_of, covers, passed_to
from unified_profile.consent.scopes import Request
from unified_profile.consent.spelling import EVERY, one_name
from unified_profile.consent.statements import heard_at, is_later
from unified_profile.model import ConsentRecord, ConsentState


def takes_back(
    refusal: ConsentRecord,
    grants: Iterable[tuple[ConsentRecord, ConsentRecord]],
    request: Request,
    policy: Policy,
    at: datetime,
    /,
) -> bool:
    """Say whether a refusal that names others than *request* does takes one of *grants* back, and so all of it.

    Each of *grants* comes with what it was asked for by. It is taken back by a refusal that names one of those who
    answer for it, and by a withdrawal that names everybody to whom it lets the values go.
    """
    if heard_at(refusal) > at and refusal.state is not ConsentState.INVALIDATED:
        return False
    return any(
        not is_later(asked, refusal, policy.tolerance) and _is_copy(refusal, grant, request, policy)
        for asked, grant in grants
    )


def _is_copy(refusal: ConsentRecord, grant: ConsentRecord, request: Request, policy: Policy) -> bool:
    above = map(one_name, (grant.purpose, *policy.purposes.ancestors(grant.purpose)))
    if one_name(refusal.purpose) not in {*above, *(word for word in EVERY if word not in policy.purposes)}:
        return False
    if not covers(grant, attrs.evolve(request, purpose=grant.purpose), policy):
        return False
    told = {refusal.controller, *refusal.joint_controllers} - {""}
    if told and told.isdisjoint(controllers_of(grant, policy)):
        return False
    if not refusal.recipients or request.recipient in refusal.recipients:
        return True
    if refusal.state is ConsentState.REFUSED:  # a no to those it names; to withdraw is to take a consent back
        return False
    passed = passed_to(grant, policy)
    return bool(passed) and passed <= set(refusal.recipients)
