"""The states of consent and what moves between them: one table, written once."""

from __future__ import annotations

import enum
from typing import TypeAlias

import attrs

from unified_profile.model import ConsentRecord, ConsentState

CONFIRMATION = "confirmation"
"""The method of the record that confirms: its *evidence_ref* is the token that was sent."""

CONFIRMED_ELSEWHERE = "double_opt_in"
"""The method of a grant whose confirmation took place before it was told: given and confirmed in one."""

GRANTS = frozenset({ConsentState.GIVEN, ConsentState.RENEWED})
REFUSALS = frozenset({ConsentState.REFUSED, ConsentState.WITHDRAWN, ConsentState.REVOKED, ConsentState.INVALIDATED})
SUSPENDING = frozenset({ConsentState.PENDING_CONFIRMATION, ConsentState.UNKNOWN})
"""Said after a grant in exactly its scope, these end it; being asked again (``requested``, ``deferred``) does not."""

OWN_WORD = frozenset({"subject", "parent"})
"""Who can give consent. Anybody's refusal counts."""

SECOND_HAND = frozenset({"import", "backfill", "merge", "enrichment", "inferred", "third_party"})
"""Methods by which others report a grant: it lifts no negative, revives nothing expired and confirms nothing."""


class Status(enum.StrEnum):
    """Where a scope stands. ``expired`` is computed from the clock and never stored."""

    NONE = "none"
    UNKNOWN = "unknown"
    REQUESTED = "requested"
    DEFERRED = "deferred"
    PENDING = "pending_confirmation"
    GIVEN = "given"
    RENEWED = "renewed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    INVALIDATED = "invalidated"
    EXPIRED = "expired"


class Act(enum.StrEnum):
    """What can happen to a scope."""

    GIVE = "give"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"
    EXPIRE = "expire"
    INVALIDATE = "invalidate"
    ASK = "re-ask"
    DEFER = "defer"
    PEND = "pend"
    FORGET = "forget"


Outcome: TypeAlias = "Status | None"

OPEN = frozenset({Status.NONE, Status.UNKNOWN, Status.REQUESTED, Status.DEFERRED})
ALLOWING = frozenset({Status.GIVEN, Status.RENEWED})
CLOSED = frozenset({Status.REFUSED, Status.WITHDRAWN, Status.REVOKED, Status.EXPIRED})


@attrs.frozen(kw_only=True)
class Manner:
    """How an act came about, where that decides."""

    double_opt_in: bool = False
    confirmed: bool = False
    first_hand: bool = True
    token_matches: bool = False
    new_notice: bool = False
    may_ask: bool = False


PLAINLY = Manner()


def step(status: Status, act: Act, manner: Manner = PLAINLY, /) -> Outcome:  # noqa: PLR0911  # a table
    """Return where *act* leads from *status*; None: it is an error there, and changes nothing.

    >>> step(Status.NONE, Act.GIVE, Manner(double_opt_in=True))
    <Status.PENDING: 'pending_confirmation'>
    >>> step(Status.WITHDRAWN, Act.GIVE, Manner(first_hand=False)), step(Status.REFUSED, Act.CONFIRM)
    (<Status.WITHDRAWN: 'withdrawn'>, None)

    .. versionadded:: 0.1
    """
    if act is Act.GIVE:
        return _give(status, manner)
    if act is Act.CONFIRM:
        if status in ALLOWING:
            return status
        return Status.GIVEN if status is Status.PENDING and manner.token_matches else None
    if act in {Act.REFUSE, Act.WITHDRAW, Act.REVOKE, Act.INVALIDATE}:
        return _deny(status, act)
    if act is Act.EXPIRE:
        if status is Status.PENDING:
            return Status.UNKNOWN
        return Status.EXPIRED if status in ALLOWING else status
    if act is Act.ASK:
        if status in OPEN or status is Status.PENDING or (status in CLOSED and manner.may_ask):
            return Status.REQUESTED
        return status
    if act is Act.DEFER:
        return Status.DEFERRED if status in OPEN else status
    if act is Act.PEND:
        return _pending(status, manner)
    return Status.UNKNOWN if status not in CLOSED and status is not Status.INVALIDATED else status


def _give(status: Status, manner: Manner) -> Status:
    if status in ALLOWING:
        return Status.RENEWED if manner.first_hand else status
    if status is Status.PENDING:
        return Status.GIVEN if manner.confirmed and manner.first_hand else status
    if status in CLOSED and not manner.first_hand:
        return status
    if status is Status.INVALIDATED and not (manner.first_hand and manner.new_notice):
        return status
    return Status.PENDING if manner.double_opt_in and not manner.confirmed else Status.GIVEN


def _deny(status: Status, act: Act) -> Status:
    if act is Act.INVALIDATE:
        return Status.INVALIDATED
    if act is Act.REVOKE:
        return Status.REVOKED
    if act is Act.REFUSE:
        return Status.WITHDRAWN if status in ALLOWING else Status.REFUSED
    # Withdrawn without ever having been given: kept as a negative all the same.
    return Status.REFUSED if status in OPEN else Status.WITHDRAWN


def _pending(status: Status, manner: Manner) -> Status:
    if status is Status.INVALIDATED and not manner.new_notice:
        return status
    if status in CLOSED and not manner.first_hand:
        return status
    return Status.PENDING


_ACTS = {
    ConsentState.REFUSED: Act.REFUSE,
    ConsentState.WITHDRAWN: Act.WITHDRAW,
    ConsentState.REVOKED: Act.REVOKE,
    ConsentState.INVALIDATED: Act.INVALIDATE,
    ConsentState.REQUESTED: Act.ASK,
    ConsentState.DEFERRED: Act.DEFER,
    ConsentState.PENDING_CONFIRMATION: Act.PEND,
    ConsentState.UNKNOWN: Act.FORGET,
}


def is_consent(record: ConsentRecord, /) -> bool:
    """Say whether *record* is a grant that can count: on the basis of consent, by the person or a parent."""
    return record.state in GRANTS and record.legal_basis == "consent" and record.expressed_by in OWN_WORD


def act_of(record: ConsentRecord, /) -> Act | None:
    """Return what *record* does; None for a grant that cannot count."""
    if record.state in GRANTS:
        if not is_consent(record):
            return None
        return Act.CONFIRM if record.method == CONFIRMATION else Act.GIVE
    return _ACTS[record.state]
