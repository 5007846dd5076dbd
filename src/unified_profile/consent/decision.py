"""The decision: may values be used for exactly this, at this moment, because of what, until when, with which duties.

Three sentences decide about consent.

1. A grant is in force from when it was given until it expires, unless something newer was said in exactly its scope.
2. A refusal stands until a later grant in force lifts it; a grant lifts what is as broad as itself or broader.
3. The answer is yes if a grant in force covers the request and no refusal that covers it stands; else it is no.

Around them stand the rules of ``precedence``: the first that answers ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from unified_profile.consent.cases import case_of
from unified_profile.consent.codes import ALLOWING, CODES, OBJECTIONABLE
from unified_profile.consent.ledger import Ledger, ledger_of
from unified_profile.consent.obligations import obligations_of
from unified_profile.consent.policy import Policy, plain
from unified_profile.consent.precedence import answer
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.consent.question import Answer, Matter, Question
from unified_profile.consent.scopes import ANY, Request
from unified_profile.consent.situation import NOTHING_KNOWN, Situation
from unified_profile.consent.turning import turns
from unified_profile.model import Fact, Permission, Purpose
from unified_profile.model.times import aware


def decide(
    records: Ledger | Iterable[Fact],
    purpose: Purpose | str,
    channel: str,
    *,
    purposes: PurposeRegistry | None = None,
    policy: Policy | None = None,
    brand: str = "",
    controller: str = "",
    jurisdiction: str = "",
    category: str = "",
    recipient: str = "",
    situation: Situation = NOTHING_KNOWN,
    at: datetime,
    known_at: datetime | None = None,
    proven: bool = True,
) -> Permission:
    """Return whether one person's values may be used for *purpose* on *channel*, as of *at*.

    Unknown purposes are denied, and so is everything nobody said yes to. A purpose with another basis than consent is
    granted on it; under legitimate interests or a public task a refusal counts as an objection. With *known_at* only
    what was learned by then counts; without it a ledger is taken as it was built. *proven* False says that the
    records were brought together by a machine's link: then every group of records that shares identifiers answers for
    itself, and one that refuses is enough. ``changes_at`` is the first instant after *at* at which the answer turns
    by itself.

    Args:
        records: What the person said; facts of other kinds are left alone.
        purpose: A registered purpose.
        channel: How they would be met; ``"any"`` asks for every channel at once.
        purposes: The purposes, where there is no policy.
        policy: Purposes, register, notices and law.
        brand: Which brand asks.
        controller: Who answers for it; the policy's own if not said.
        jurisdiction: Under whose law; the policy's own if not said.
        category: Which category of data; the purpose as a whole if not said, and then obligations name the limits.
        recipient: Who else would get the values.
        situation: What is known of the person beside the records: age, zone, sales.
        at: As of when.
        known_at: As known when.
        proven: Whether the records are known to be one person's.

    >>> from datetime import UTC, datetime, timedelta
    >>> from unified_profile.model import ConsentRecord, ConsentState
    >>> yes = ConsentRecord(
    ...     id="c1",
    ...     source="web",
    ...     purpose="newsletter",
    ...     state=ConsentState.GIVEN,
    ...     channel="email",
    ...     occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...     duration=timedelta(days=365),
    ... )
    >>> registry = PurposeRegistry([Purpose("newsletter", traits={"email"})])
    >>> answer = decide([yes], "newsletter", "email", purposes=registry, at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> answer.granted, answer.code, answer.because, answer.changes_at.year
    (True, 'consent_given', ('c1', 'rule:grant_in_force'), 2027)
    >>> decide([yes], "newsletter", "sms", purposes=registry, at=datetime(2026, 3, 1, tzinfo=UTC)).code
    'not_covered'

    Raises:
        InvalidFactError: If *at* or *known_at* has no time zone.

    .. versionadded:: 0.1
    """
    if policy is None:
        policy = plain(PurposeRegistry() if purposes is None else purposes)
    name = purpose.name if isinstance(purpose, Purpose) else purpose
    request = Request(name, channel, brand, controller, jurisdiction, category, recipient)
    return permission(ledger_of(records, known_at=known_at), request, policy, situation=situation, at=at, proven=proven)


def permission(
    ledger: Ledger,
    request: Request,
    policy: Policy,
    /,
    *,
    situation: Situation = NOTHING_KNOWN,
    at: datetime,
    proven: bool = True,
) -> Permission:
    """Return the answer to *request* before *ledger* under *policy*; ``decide`` takes it apart into words.

    .. versionadded:: 0.1
    """
    return decided(ledger.parts(proven=proven), request, policy, situation=situation, at=at)


def decided(
    parts: Sequence[Ledger],
    request: Request,
    policy: Policy,
    /,
    *,
    situation: Situation = NOTHING_KNOWN,
    at: datetime,
) -> Permission:
    """Return the answer about somebody who is one person, or, with several *parts*, only may be one.

    Each part answers for itself, and one that refuses is enough.
    """
    moment = aware(at, field="at")
    name = request.purpose
    if not isinstance(name, str) or name not in policy.purposes:
        return _denied(request, "", "unknown_purpose", moment)
    purpose = policy.purposes[name]
    if not request.well_formed:
        return _denied(request, purpose.basis, _malformed(request), moment)
    brand, request, parts = request.brand, policy.placed(request), list(parts) or [Ledger()]
    if request.names_all:
        return _denied(request, purpose.basis, "malformed", moment)
    matter = _matter(parts, request, purpose, policy, situation)
    question = Question(matter, moment)
    found = answer(question)
    linked = ("rule:unproven_link",) if len(parts) > 1 and _by_statement(found) else ()
    return Permission(
        found.granted,
        name,
        request.channel,
        found.basis or purpose.basis,
        found.code,
        (*found.because, *linked),
        obligations_of(question, found),
        changes_at=_turn(matter, moment, granted=found.granted),
        brand=brand,
        controller=request.controller,
        jurisdiction=request.jurisdiction,
        category=request.category,
        recipient=request.recipient,
        at=moment,
    )


def _matter(
    parts: Sequence[Ledger], request: Request, purpose: Purpose, policy: Policy, situation: Situation
) -> Matter:
    """Return all that the question is decided by; of one ledger and nothing else known it is kept."""
    if len(parts) > 1 or situation is not NOTHING_KNOWN:
        cases = tuple(case_of(part, request, policy) for part in parts)
        return Matter(cases, request, purpose, policy, situation)
    case = case_of(parts[0], request, policy)
    if not isinstance(case.matter, Matter):
        case.matter = Matter((case,), request, purpose, policy, situation)
    return case.matter


def code_of(
    ledger: Ledger, request: Request, policy: Policy, /, *, situation: Situation = NOTHING_KNOWN, at: datetime
) -> str:
    """Return only the code of ``permission``: without reasons, duties and when it turns."""
    if not isinstance(request.purpose, str) or request.purpose not in policy.purposes:
        return "unknown_purpose"
    if not request.well_formed:
        return _malformed(request)
    placed = policy.placed(request)
    if placed.names_all:
        return "malformed"
    matter = _matter(ledger.parts(), placed, policy.purposes[placed.purpose], policy, situation)
    return answer(Question(matter, aware(at, field="at"))).code


def _by_statement(found: Answer) -> bool:
    return any(not one.startswith(("rule:", "law:")) for one in found.because)


def _turn(matter: Matter, at: datetime, *, granted: bool) -> datetime | None:
    """Return the first instant after *at* at which the answer turns although nothing more is said."""
    return next(
        (turn for turn in turns(matter, at, granted=granted) if answer(Question(matter, turn)).granted is not granted),
        None,
    )


def _malformed(request: Request) -> str:
    if not isinstance(request.channel, str) or not request.channel or not isinstance(request.brand, str):
        return "unknown_channel"
    return "malformed"


def _denied(request: Request, basis: str, code: str, at: datetime) -> Permission:
    words = {field.name: str(getattr(request, field.name))[:200] for field in attrs.fields(Request)}
    return Permission(
        granted=False,
        purpose=words["purpose"],
        channel=words["channel"],
        basis=basis,
        code=code,
        because=("rule:default_deny",),
        brand=words["brand"],
        controller=words["controller"],
        jurisdiction=words["jurisdiction"],
        category=words["category"],
        recipient=words["recipient"],
        at=at,
    )


__all__ = ["ALLOWING", "ANY", "CODES", "OBJECTIONABLE", "decide", "decided", "permission"]
