"""A decision as evidence: what was asked and answered, and on exactly which statements, rules and instant it rests.

A decision names statements by their ids and the ledger's position, the policy by its fingerprint, and the person by the
profile id of the day. It can be made again at any time: what was learned, merged, split or changed since has no part in
it. It holds no value of the person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from unified_profile.consent.decision import decided
from unified_profile.consent.ledger import Ledger
from unified_profile.consent.policy import Policy
from unified_profile.consent.scopes import Request
from unified_profile.consent.situation import NOTHING_KNOWN, Situation
from unified_profile.errors import ErasedError, InvalidInputError
from unified_profile.model import ConsentRecord, Fact, Json, Obligation, Permission
from unified_profile.model.redaction import hidden
from unified_profile.model.times import aware


def _parts(found: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part) for part in found)


@attrs.frozen(kw_only=True)
class Decision:
    """One answer with all that it rests on.

    Attributes:
        profile: The profile id of the day.
        request: What was asked.
        permission: What was answered.
        at: As of when.
        decided_at: When it was decided.
        parts: The ids of the statements that there were, for each part that surely was one person.
        position: The last place in the log of any of them; 0 if there were none.
        policy: The fingerprint of the policy.
        situation: What was known beside the records. It can hold a birth date, and is in no JSON: keep it yourself.

    .. versionadded:: 0.1
    """

    profile: str
    request: Request
    permission: Permission
    at: datetime
    decided_at: datetime
    parts: tuple[tuple[str, ...], ...] = attrs.field(converter=_parts)
    position: int = 0
    policy: str = ""
    situation: Situation = attrs.field(default=NOTHING_KNOWN, repr=hidden)

    @property
    def statements(self) -> tuple[str, ...]:
        """The ids of all statements that it rests on."""
        return tuple(name for part in self.parts for name in part)

    def to_json(self) -> dict[str, Json]:
        """Return the decision as JSON, ready for a log that is kept elsewhere."""
        answer = self.permission
        return {
            "profile": self.profile,
            "request": dict(attrs.asdict(self.request)),
            "granted": answer.granted,
            "code": answer.code,
            "basis": answer.basis,
            "because": list[Json](answer.because),
            "obligations": [_duty(one) for one in answer.obligations],
            "changes_at": None if answer.changes_at is None else answer.changes_at.isoformat(),
            "at": self.at.isoformat(),
            "decided_at": self.decided_at.isoformat(),
            "parts": [list[Json](part) for part in self.parts],
            "position": self.position,
            "policy": self.policy,
            "has_situation": self.situation != NOTHING_KNOWN,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, object], /, *, situation: Situation = NOTHING_KNOWN) -> Decision:
        """Return the decision of a JSON form; *situation* is what was kept beside it.

        Raises:
            InvalidInputError: If *body* is not such a form, or a situation belongs to it and is not given.
        """
        if body.get("has_situation") is True and situation == NOTHING_KNOWN:
            raise InvalidInputError(field="situation", reason="missing", hint="pass the one it was decided with")
        try:
            form = json.loads(json.dumps(body))
            request, at = Request(**form["request"]), datetime.fromisoformat(form["at"])
            ends = form["changes_at"]
            answer = Permission(
                form["granted"],
                request.purpose,
                request.channel,
                form["basis"],
                form["code"],
                tuple(form["because"]),
                tuple(_duty_of(one) for one in form["obligations"]),
                None if ends is None else datetime.fromisoformat(ends),
                brand=request.brand,
                controller=request.controller,
                jurisdiction=request.jurisdiction,
                category=request.category,
                recipient=request.recipient,
                at=at,
            )
            return cls(
                profile=form["profile"],
                request=request,
                permission=answer,
                at=at,
                decided_at=datetime.fromisoformat(form["decided_at"]),
                parts=form["parts"],
                position=form["position"],
                policy=form["policy"],
                situation=situation,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInputError(field="decision", reason="not the form of one", hint="see to_json") from error


def _duty(one: Obligation) -> Json:
    until = None if one.until is None else one.until.isoformat()
    return {"kind": one.kind, "value": one.value, "until": until, "because": one.because}


def _duty_of(form: Mapping[str, str]) -> Obligation:
    until = form["until"]
    return Obligation(form["kind"], form["value"], datetime.fromisoformat(until) if until else None, form["because"])


def decision(
    ledgers: Iterable[Ledger],
    request: Request,
    policy: Policy,
    /,
    *,
    profile: str,
    at: datetime,
    decided_at: datetime,
    position: int = 0,
    situation: Situation = NOTHING_KNOWN,
) -> Decision:
    """Decide *request* about the person that *ledgers* are the parts of, and keep what it rests on.

    .. versionadded:: 0.1
    """
    parts, placed = list(ledgers), policy.placed(request)
    return Decision(
        profile=profile,
        request=placed,
        permission=decided(parts, placed, policy, situation=situation, at=at),
        at=aware(at, field="at"),
        decided_at=aware(decided_at, field="decided_at"),
        parts=[sorted(one.id for one in part) for part in parts],
        position=position,
        policy=policy.fingerprint,
        situation=situation,
    )


def replayed(made: Decision, facts: Iterable[Fact], policy: Policy, /) -> Permission:
    """Return what *made* answers when it is made again from *facts*, of which only its own statements count.

    Raises:
        ErasedError: If a statement that it rests on is gone.
        InvalidInputError: If *policy* is not the one it was made under.

    .. versionadded:: 0.1
    """
    if policy.fingerprint != made.policy:
        raise InvalidInputError(
            field="policy", reason=f"has the fingerprint {policy.fingerprint}", hint=f"pass the policy {made.policy}"
        )
    known = {fact.id: fact for fact in facts if isinstance(fact, ConsentRecord)}
    if any(name not in known for name in made.statements):
        raise ErasedError("a statement that the decision rests on was erased")
    parts = [Ledger([known[name] for name in part]) for part in made.parts]
    return decided(parts, made.request, policy, situation=made.situation, at=made.at)
