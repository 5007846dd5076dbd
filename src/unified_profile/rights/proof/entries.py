"""What an entry of the log says: what was decided, read, handed out or erased; about whom, only under a pseudonym.

An entry holds names of the business's own (purposes, channels, recipients, codes), times, and pseudonyms. Ids of
profiles, facts and permits, the reasons and names that clerks write, and whatever else could be personal stand in it as
keyed hashes: who holds the key can show that it was this one, and nobody else can tell anything from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from unified_profile.consent.evidence import Decision
from unified_profile.consent.permits import BOUND, Bound, Permit
from unified_profile.consent.situation import NOTHING_KNOWN, Situation
from unified_profile.errors import ErasedError, InvalidInputError
from unified_profile.model import Json
from unified_profile.rights.proof.pseudonyms import Pseudonyms

VERSION = 1

DECISION, PERMIT, DENIED, ACCESS, DISCLOSURE, ERASURE = (
    "decision", "permit", "permit_denied", "access", "disclosure", "erasure",
)  # fmt: skip
"""The kinds of entries."""


@attrs.frozen
class Entry:
    """One entry: *body* is what is hashed, *place* where it stands in the log (from 0), or -1 before it is entered.

    .. versionadded:: 0.1
    """

    body: Mapping[str, Json]
    place: int = -1

    @property
    def kind(self) -> str:
        """What it is about, such as ``"decision"``."""
        return str(self.body.get("kind", ""))

    @property
    def subject(self) -> str:
        """The pseudonym of whom it is about; "" if it is about nobody."""
        return str(self.body.get("subject", ""))

    @property
    def at(self) -> datetime:
        """When it happened."""
        return datetime.fromisoformat(str(self.body["at"]))


def entries_of(made: object, keys: Pseudonyms, /) -> list[Entry]:
    """Return what the log says of *made*, a ``Decision`` or a ``Permit``.

    Raises:
        InvalidInputError: If it is neither.
    """
    if isinstance(made, Decision):
        return [decided(made, keys)]
    if isinstance(made, Permit):
        return permitted(made, keys)
    raise InvalidInputError(
        field="made", reason=f"a {type(made).__name__}", hint="what hub.decide or hub.permit returned"
    )


def decided(made: Decision, keys: Pseudonyms, /) -> Entry:
    """Return what the log says of a decision: all that it takes to make it again, beside the statements themselves."""
    answer = made.permission
    return _entry(
        DECISION, keys, made.profile, made.decided_at,
        request={name: value for name, value in attrs.asdict(made.request).items() if value},
        granted=answer.granted,
        code=answer.code,
        basis=answer.basis,
        as_of=made.at.isoformat(),
        parts=[[keys.of("fact", one) for one in part] for part in made.parts],
        position=made.position,
        policy=made.policy,
        situation="" if made.situation == NOTHING_KNOWN else keys.of("situation", _said(made.situation)),
    )  # fmt: skip


def permitted(made: Permit, keys: Pseudonyms, /) -> list[Entry]:
    """Return what the log says of a permit: an entry for each who permitted it, one for those who did not."""
    use: dict[str, Json] = {part: getattr(made.bound, part) for part in BOUND}
    permit, until = keys.of("permit", made.id), made.until.isoformat()
    found = [
        _entry(PERMIT, keys, one, made.issued_at, use=use, permit=permit, until=until, position=made.position)
        for one in made.people
    ]
    if made.denied:
        denied: dict[str, Json] = dict(made.denied)
        found.append(_entry(DENIED, keys, "", made.issued_at, use=use, permit=permit, denied=denied))
    return found


def accessed(  # noqa: PLR0917  # what a row of the store holds
    profile: str, at: datetime, what: str, reason: str, by: str, position: int, keys: Pseudonyms, /
) -> Entry:
    """Return what the log says of a read without a purpose; reason and clerk can be shown, and not be read."""
    return _entry(
        ACCESS, keys, profile, at, what=what, reason=keys.of("reason", reason),
        by=keys.of("by", by) if by else "", position=position,
    )  # fmt: skip


def disclosed(profile: str, at: datetime, bound: Bound, position: int, keys: Pseudonyms, /) -> Entry:
    """Return what the log says of values that left."""
    use: dict[str, Json] = {part: getattr(bound, part) for part in BOUND}
    return _entry(DISCLOSURE, keys, profile, at, use=use, position=position)


def erased(profile: str, at: datetime, told: str, position: int, keys: Pseudonyms, /) -> Entry:
    """Return what the log says of an erasure; *told* is what was published of it."""
    return _entry(ERASURE, keys, profile, at, told=keys.of("erasure", told), position=position)


def _entry(kind: str, keys: Pseudonyms, profile: str, at: datetime, /, **said: Json) -> Entry:
    subject = keys.of("profile", profile) if profile else ""
    body: dict[str, Json] = {"v": VERSION, "kind": kind, "subject": subject, "at": at.isoformat()}
    return Entry(body | said)


def _said(situation: Situation) -> str:
    return repr(sorted((name, repr(value)) for name, value in _parts(situation).items()))


def _parts(situation: Situation) -> dict[str, object]:
    return {field.name: getattr(situation, field.name) for field in attrs.fields(Situation)}


def decision_in(
    entry: Entry, profile: str, facts: Iterable[str], keys: Pseudonyms, /, *, situation: Situation = NOTHING_KNOWN
) -> Decision:
    """Return the decision that *entry* is about, with its statements found again among the ids of *facts*.

    Raises:
        ErasedError: If a statement is not among them.
        InvalidInputError: If it is no decision, or was made in another situation.
    """
    body = json.loads(json.dumps(dict(entry.body)))
    if body.get("kind") != DECISION:
        raise InvalidInputError(field="place", reason=f"holds no decision, but {entry.kind}", hint="see log_entries")
    marked = body["situation"]
    if (marked or situation != NOTHING_KNOWN) and marked not in keys.all_of("situation", _said(situation)):
        raise InvalidInputError(field="situation", reason="not the one of then", hint="pass what it was decided with")
    known = {name: one for one in facts for name in keys.all_of("fact", one)}
    wanted = {name for part in body["parts"] for name in part}
    if not wanted <= known.keys():
        raise ErasedError(
            "a statement that the decision rests on is not this person's any more: it was erased, or they came apart"
            " since, or its key is not among those given"
        )
    form = {
        "profile": profile,
        "request": body["request"],
        "granted": body["granted"],
        "code": body["code"],
        "basis": body["basis"],
        "because": [],
        "obligations": [],
        "changes_at": None,
        "at": body["as_of"],
        "decided_at": body["at"],
        "parts": [[known[name] for name in part] for part in body["parts"]],
        "position": body["position"],
        "policy": body["policy"],
    }
    return Decision.from_json(form, situation=situation)
