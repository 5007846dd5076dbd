"""How far a grant reaches: the notice it was given under, the categories it lists, and whether it covers a question."""

from __future__ import annotations

from unified_profile.consent.law.places import within
from unified_profile.consent.notices import Notice
from unified_profile.consent.policy import Policy
from unified_profile.consent.scopes import ANY, Request, categories_of
from unified_profile.consent.states import is_consent
from unified_profile.model import ConsentRecord

UNKNOWN = Notice(id="?", version="", purposes=())
"""Stands for a notice that a grant names and that does not hold."""

NONE: frozenset[str] = frozenset()


def notice_of(record: ConsentRecord, policy: Policy, /) -> Notice | None:
    """Return the notice that a grant was given under; ``UNKNOWN`` if it names one that does not hold."""
    notices = policy.notices
    if notices is None or not record.notice_id:
        return None
    notice = notices.get(record.notice_id, record.notice_version)
    if notice is None or record.purpose not in notice.purposes:
        return UNKNOWN
    if record.notice_sha256 and notice.sha256 and record.notice_sha256 != notice.sha256:
        return UNKNOWN
    return notice


def listed(grant: ConsentRecord, policy: Policy, /) -> frozenset[str] | None:
    """Return the categories of data that a grant lists: none is the purpose as a whole.

    Where its notice lists some, the grant covers no others; None if it names others only: nobody was shown those.
    """
    own, notice = categories_of(grant), notice_of(grant, policy)
    if notice is None or not notice.categories:
        return own
    return (own & notice.names.categories or None) if own else notice.names.categories


def passed_to(grant: ConsentRecord, policy: Policy, /) -> frozenset[str]:
    """Return who else gets the values by a grant; where its notice lists recipients, it covers no others."""
    own, notice = frozenset(grant.recipients), notice_of(grant, policy)
    if notice is None or not notice.recipients:
        return own
    return own & notice.names.recipients if own else notice.names.recipients


def covers(record: ConsentRecord, request: Request, policy: Policy, /) -> bool:
    """Say whether a grant, whose categories and recipients fit, covers *request*."""
    if (record.purpose, record.brand) != (request.purpose, request.brand) or not is_consent(record):
        return False
    if record.channel not in {request.channel, ANY}:
        return False
    if request.controller or request.jurisdiction or policy.notices is not None:
        notice = notice_of(record, policy)
        if request.controller and request.controller not in controllers_of(record, policy):
            return False
        if notice is not None and not _shown(notice, record, request):
            return False
        place = record.jurisdiction or policy.names.jurisdiction
        if request.jurisdiction and not (place and within(request.jurisdiction, place)):
            return False
    return True


def _shown(notice: Notice, record: ConsentRecord, request: Request) -> bool:
    """Say whether the notice speaks of what is asked; what the record adds to it nobody was shown."""
    names = notice.names
    if names.channels and request.channel not in names.channels:
        return False
    if names.controller and request.controller not in {"", names.controller, *record.joint_controllers}:
        return False
    places = names.jurisdictions
    return not (request.jurisdiction and places and not any(within(request.jurisdiction, one) for one in places))


def controllers_of(grant: ConsentRecord, policy: Policy, /) -> frozenset[str]:
    """Return who answers for what *grant* allows, by itself, its notice or the policy."""
    notice = notice_of(grant, policy)
    own = grant.controller or (notice.names.controller if notice else "") or policy.names.controller
    return frozenset((own, *grant.joint_controllers))
