"""The decision: may values be used for this purpose, on this channel, at this moment, and because of what.

Three sentences decide about consent.

1. A grant is in force from when it was given until it expires, unless something newer was said in exactly its scope.
2. A refusal stands until a later grant in force lifts it; a grant lifts what is as broad as itself or broader.
3. The answer is yes if a grant in force covers the request and no refusal that covers it stands; else it is no.

A refusal covers its channel (``any``: every channel), its brand (none: every brand), its purpose and all that are
part of it. A grant covers its channel (``any``: every channel), exactly its brand and exactly its purpose. Asking
for more than was refused (channel ``any``, or a purpose of which a part was refused) is refused too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import attrs

from unified_profile.consent.ledger import (
    ANY,
    GRANTS,
    SECOND_HAND,
    SUSPENDING,
    Ledger,
    Scope,
    Timeline,
    expired,
    is_consent,
    ledger_of,
)
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.model import ConsentRecord, ConsentState, Fact, Permission, Purpose
from unified_profile.model.times import aware

CODES = (
    "consent_given",
    "basis_declared",
    "no_consent",
    "not_covered",
    "not_by_subject",
    "expired",
    "pending_confirmation",
    "unknown",
    "refused",
    "withdrawn",
    "revoked",
    "invalidated",
    "objected",
    "unknown_purpose",
    "unknown_channel",
)
"""Every code that a permission can carry."""

ALLOWING = frozenset({"consent_given", "basis_declared"})
"""The codes that mean yes."""

OBJECTIONABLE = frozenset({"legitimate_interests", "public_task"})
"""The bases to which a person can object (GDPR 21(1)): a refusal of such a purpose is an objection."""


@attrs.frozen
class _Request:
    """One question, with what can bear on it."""

    purpose: Purpose
    channel: str
    brand: str
    above: tuple[str, ...]
    below: frozenset[str]

    def timelines(self, ledger: Ledger) -> Iterator[tuple[Scope, Timeline]]:
        """Give what was said in every scope that a refusal of this request, or its lifting, can stand in."""
        for name in (self.purpose.name, *self.above, *self.below):
            for scope, timeline in ledger.scopes(name).items():
                if scope.brand in {"", self.brand} and (
                    ANY in {scope.channel, self.channel} or scope.channel == self.channel
                ):
                    yield scope, timeline

    def covered_by(self, scope: Scope) -> bool:
        """Say whether a grant in *scope* covers this request."""
        return (scope.purpose, scope.brand) == (self.purpose.name, self.brand) and scope.channel in {self.channel, ANY}

    def lifts_in(self, grant: Scope, refusal: Scope) -> bool:
        """Say whether a grant in one scope lifts, for this request, a refusal in the other."""
        purpose = refusal.purpose if refusal.purpose in self.below else self.purpose.name
        if grant.purpose != purpose or grant.brand != self.brand:
            return False
        # What is asked about is the narrower of both channels; a grant as broad as the refusal will do as well.
        return grant.channel == refusal.channel or (refusal.channel == ANY and grant.channel == self.channel)


@attrs.frozen
class _Answer:
    """A code with its reasons; the code says whether it is a yes."""

    code: str
    because: tuple[str, ...]

    @property
    def granted(self) -> bool:
        return self.code in ALLOWING


def decide(
    records: Ledger | Iterable[Fact],
    purpose: Purpose | str,
    channel: str,
    *,
    purposes: PurposeRegistry,
    brand: str = "",
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

    >>> from datetime import UTC, datetime, timedelta
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
    moment = aware(at, field="at")
    ledger = ledger_of(records, known_at=known_at)
    name = purpose.name if isinstance(purpose, Purpose) else purpose
    if not isinstance(name, str) or name not in purposes:
        return _denied(str(name), str(channel), "", "unknown_purpose")
    known = purposes[name]
    if not isinstance(channel, str) or not channel or not isinstance(brand, str):
        return _denied(name, str(channel), known.basis, "unknown_channel")
    request = _Request(known, channel, brand, purposes.ancestors(name), purposes.descendants(name))
    parts = [ledger] if proven and ledger.proven else (ledger.by_subject() or [ledger])
    answer = _answer(parts, request, moment)
    return Permission(
        answer.granted,
        name,
        channel,
        known.basis,
        answer.code,
        answer.because,
        changes_at=_turn(parts, request, moment, granted=answer.granted),
    )


def _denied(purpose: str, channel: str, basis: str, code: str) -> Permission:
    return Permission(
        granted=False,
        purpose=purpose[:200],
        channel=channel[:200],
        basis=basis,
        code=code,
        because=("rule:default_deny",),
    )


def _answer(parts: Sequence[Ledger], request: _Request, at: datetime) -> _Answer:
    """Return the answer of one person, or of several who may be one: a refusal of any, else a grant of any."""
    if request.purpose.basis != "consent" and request.purpose.basis not in OBJECTIONABLE:
        return _Answer("basis_declared", (f"rule:basis_{request.purpose.basis}",))
    linked = () if len(parts) == 1 else ("rule:unproven_link",)
    bearing = [_bearing(part, request, at) for part in parts]
    refusals = _newest_first(one for standing, _ in bearing for one in standing)
    ids = tuple(one.id for one in refusals)
    if request.purpose.basis in OBJECTIONABLE:
        if refusals:
            return _Answer("objected", (*ids, "rule:objection_stands", *linked))
        return _Answer("basis_declared", (f"rule:basis_{request.purpose.basis}",))
    if refusals:
        return _Answer(refusals[0].state.value, (*ids, "rule:refusal_stands", *linked))
    grants = _newest_first(one for _, covering in bearing for one in covering)
    if grants:
        return _Answer("consent_given", (*(one.id for one in grants), "rule:grant_in_force", *linked))
    return _why_not(parts, request, at)


def _newest_first(found: Iterable[ConsentRecord]) -> list[ConsentRecord]:
    return sorted({one.id: one for one in found}.values(), key=lambda one: (one.occurred_at, one.id), reverse=True)


def _bearing(ledger: Ledger, request: _Request, at: datetime) -> tuple[list[ConsentRecord], list[ConsentRecord]]:
    """Return the refusals that cover the request and that nothing lifts, and the grants in force that cover it."""
    grants: dict[Scope, list[ConsentRecord]] = {}
    refusals: list[tuple[Scope, ConsentRecord]] = []
    for scope, timeline in request.timelines(ledger):
        found = timeline.grants(at)
        if found:
            grants[scope] = found
        refusals.extend((scope, one) for one in timeline.refusals(at))
    standing = [
        one
        for scope, one in refusals
        if not any(
            _lifts(grant, one) for place, found in grants.items() if request.lifts_in(place, scope) for grant in found
        )
    ]
    return standing, [one for scope, found in grants.items() if request.covered_by(scope) for one in found]


def _lifts(grant: ConsentRecord, refusal: ConsentRecord) -> bool:
    """Say whether a grant in the right scope is later and the person's own; after an invalidation, on a new notice."""
    if grant.occurred_at <= refusal.occurred_at or grant.method in SECOND_HAND:
        return False
    if refusal.state is not ConsentState.INVALIDATED or not refusal.notice_id:
        return True
    return (grant.notice_id, grant.notice_version) != (refusal.notice_id, refusal.notice_version)


def _why_not(parts: Sequence[Ledger], request: _Request, at: datetime) -> _Answer:
    """Return the most telling reason why nothing allows: what covers the request, then what was said elsewhere."""
    reasons: dict[str, list[str]] = {}
    for part in parts:
        for scope, timeline in part.scopes(request.purpose.name).items():
            current = timeline.current(at)
            if not request.covered_by(scope):
                if current is not None and current.state in GRANTS and not expired(current, at):
                    reasons.setdefault("not_covered", []).append(current.id)
            elif current is None:
                others = [one for one in timeline.records if one.occurred_at <= at and one.state in GRANTS]
                if others:
                    reasons.setdefault("not_by_subject", []).append(others[-1].id)
            elif current.state in SUSPENDING:
                reasons.setdefault(current.state.value, []).append(current.id)
            elif is_consent(current):
                reasons.setdefault("expired", []).append(current.id)
    for code in ("expired", "pending_confirmation", "unknown", "not_by_subject", "not_covered"):
        if code in reasons:
            return _Answer(code, (*sorted(reasons[code]), "rule:default_deny"))
    return _Answer("no_consent", ("rule:default_deny",))


def _turn(parts: Sequence[Ledger], request: _Request, at: datetime, *, granted: bool) -> datetime | None:
    """Return the first instant after *at* at which the answer turns although nothing more is said."""
    timelines = [timeline for part in parts for _, timeline in request.timelines(part)]
    turns = {turn for timeline in timelines for turn in timeline.begins(at)}
    if granted:  # the end of a grant never makes a yes of a no
        turns |= {turn for timeline in timelines for turn in timeline.ends(at)}
    return next((turn for turn in sorted(turns) if _answer(parts, request, turn).granted is not granted), None)
