"""What somebody is told about their data: all that there is, from where, what for, to whom, for how long, read by whom.

What the person gave and what was seen of them stand apart from what others told and from what was concluded: the first
two can be taken along (GDPR 20), all of it has to be shown (GDPR 15).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import attrs

from unified_profile.consent.permits import Disclosure
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.consent.register import RegisterEntry
from unified_profile.model import (
    Event,
    EventType,
    Fact,
    Json,
    Permission,
    Profile,
    Purpose,
)
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.profiles.survivorship import INFERRED
from unified_profile.rights.retention import RetentionSchedule

Origin: TypeAlias = Literal["provided", "observed", "obtained", "inferred"]


def to_json(fact: Fact, /) -> dict[str, Json]:
    """Return *fact* as ``wire.to_json`` does; the door is loaded when the first answer is written."""
    from unified_profile.wire.exchange import to_json as written

    return written(fact)


def iso(moment: datetime, /) -> str:
    """Return *moment* in UTC as ISO 8601."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


RIGHTS_BY_BASIS: Mapping[str, tuple[str, ...]] = {
    "consent": ("access", "rectification", "erasure", "restriction", "portability", "withdrawal", "complaint"),
    "contract": ("access", "rectification", "erasure", "restriction", "portability", "complaint"),
    "legal_obligation": ("access", "rectification", "restriction", "complaint"),
    "vital_interests": ("access", "rectification", "erasure", "restriction", "complaint"),
    "public_task": ("access", "rectification", "restriction", "objection", "complaint"),
    "legitimate_interests": ("access", "rectification", "erasure", "restriction", "objection", "complaint"),
}
"""Which rights go with which basis: GDPR 15-21 and 77, 7(3), 17(3), 20(1), 21(1); the DPV's mapping says the same.

A reading for engineers, not advice; whether a right applies to a case is not decided here.
"""


@closed
@attrs.frozen
class Seen(Closed):
    """That somebody read the person without a purpose: when, by which call, why and who.

    .. versionadded:: 0.1
    """

    at: datetime
    what: str
    reason: str = attrs.field(repr=hidden)
    by: str = attrs.field(repr=hidden)


@closed
@attrs.frozen
class Held(Closed):
    """All that an answer is made of: a profile with its facts, decisions by purpose, disclosures and reads.

    .. versionadded:: 0.1
    """

    profile: Profile
    facts: tuple[Fact, ...] = attrs.field(repr=hidden)
    permissions: Mapping[str, Permission]
    disclosures: tuple[Disclosure, ...] = ()
    reads: tuple[Seen, ...] = attrs.field(default=(), repr=hidden)
    further: Mapping[str, Json] = attrs.field(factory=dict, repr=hidden)


def origin_of(fact: Fact, /, *, others: Collection[str] = (), inferred: Collection[str] = ()) -> Origin:
    """Return where *fact* comes from: given by the person, seen of them, obtained from *others*, or concluded.

    A consent, a record and an ``identify`` call are given; anything that happened is seen. Sources of third parties
    are *others*, those whose word is a conclusion are *inferred*.
    """
    if fact.source in inferred:
        return "inferred"
    if fact.source in others:
        return "obtained"
    if isinstance(fact, Event) and fact.type is not EventType.IDENTIFY:
        return "observed"
    return "provided"


@closed
@attrs.frozen
class AccessReport(Closed):
    """The answer to "what do you have about me"; ``to_json`` gives it whole.

    Attributes:
        profile: The profile id.
        at: When it was put together.
        identifiers: By what the person is known.
        facts: What was told, by origin: ``provided``, ``observed``, ``obtained``, ``inferred``; each as JSON that
            ``wire.from_json`` reads.
        traits: What is taken for true now, with the facts that say so.
        conclusions: Traits that were computed or inferred, with what they are made of; and what the caller added.
        purposes: What data is used for: basis, whether that is permitted, which data, recipients, periods, rights.
        recipients: Who got data, what for and when.
        reads: Who read it without a purpose, when and why.
        sources: Whom data came from.

    .. versionadded:: 0.1
    """

    profile: str
    at: datetime
    identifiers: tuple[Json, ...] = attrs.field(repr=hidden)
    facts: Mapping[Origin, tuple[Json, ...]] = attrs.field(repr=hidden)
    traits: tuple[Json, ...] = attrs.field(repr=hidden)
    conclusions: tuple[Json, ...] = attrs.field(repr=hidden)
    purposes: tuple[Json, ...]
    recipients: tuple[Json, ...]
    reads: tuple[Json, ...] = attrs.field(repr=hidden)
    sources: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Return the whole answer as JSON."""
        return {
            "profile": self.profile,
            "at": iso(self.at),
            "identifiers": [*self.identifiers],
            "provided": [*self.facts.get("provided", ())],
            "observed": [*self.facts.get("observed", ())],
            "obtained": [*self.facts.get("obtained", ())],
            "inferred": {"facts": [*self.facts.get("inferred", ())], "conclusions": [*self.conclusions]},
            "traits": [*self.traits],
            "purposes": [*self.purposes],
            "recipients": [*self.recipients],
            "reads": [*self.reads],
            "sources": [*self.sources],
        }


def access_report(
    held: Held,
    purposes: PurposeRegistry,
    /,
    *,
    at: datetime,
    register: Iterable[RegisterEntry] = (),
    schedule: RetentionSchedule | None = None,
    others: Collection[str] = (),
    inferred: Collection[str] = (),
    links: bool = True,
) -> AccessReport:
    """Return the answer about *held*.

    Args:
        held: The person.
        purposes: What data may be used for.
        at: The moment of the answer.
        register: Entries of the register of processing; their recipients are told.
        schedule: How long what is kept.
        others: Sources that are third parties.
        inferred: Sources whose word is a conclusion.
        links: Whether identifiers of records and devices are told beside those of the person.

    .. versionadded:: 0.1
    """
    facts: dict[Origin, list[Json]] = {}
    for fact in sorted(held.facts, key=lambda one: (one.occurred_at, one.id)):
        facts.setdefault(origin_of(fact, others=others, inferred=inferred), []).append(to_json(fact))
    standing = tuple(one for one in register if one.stands(at))
    names = [one for one in held.profile.identifiers if links or one.namespace != "record"]
    return AccessReport(
        profile=held.profile.id,
        at=at,
        identifiers=tuple({"namespace": one.namespace, "value": one.value, "scope": one.scope} for one in names),
        facts={origin: tuple(found) for origin, found in facts.items()},
        traits=tuple(_trait(held.profile, name) for name in held.profile.traits if not _concluded(held.profile, name)),
        conclusions=_conclusions(held),
        purposes=tuple(
            _purpose(one, held, [entry for entry in standing if entry.purpose == one.name], schedule)
            for one in purposes
        ),
        recipients=_recipients(held.disclosures),
        reads=tuple({"at": iso(one.at), "call": one.what, "reason": one.reason, "by": one.by} for one in held.reads),
        sources=tuple(sorted({fact.source for fact in held.facts})),
    )


def _concluded(profile: Profile, name: str) -> bool:
    """Say whether a trait was computed, or inferred by whoever told it."""
    return name in profile.derived_from or any(one.basis == INFERRED for one in profile.traits[name].provenance)


def _trait(profile: Profile, name: str) -> dict[str, Json]:
    trait = profile.traits[name]
    return {
        "name": name,
        "value": trait.value,
        "rule": trait.rule,
        "from": [{"fact": one.fact_id, "source": one.source, "at": iso(one.occurred_at)} for one in trait.provenance],
    }


def _conclusions(held: Held) -> tuple[Json, ...]:
    profile = held.profile
    made: list[Json] = [
        {**_trait(profile, name), "made_of": [*sorted(profile.derived_from.get(name, ()))]}
        for name in profile.traits
        if _concluded(profile, name)
    ]
    return (*made, *({"name": name, "value": value} for name, value in sorted(held.further.items())))


def _purpose(
    purpose: Purpose, held: Held, entries: Sequence[RegisterEntry], schedule: RetentionSchedule | None
) -> dict[str, Json]:
    events = sorted({fact.name for fact in held.facts if isinstance(fact, Event) and purpose.allows_event(fact.name)})
    answer = held.permissions.get(purpose.name)
    basis = entries[0].basis if entries else purpose.basis
    given = {one.bound.recipient for one in held.disclosures if one.bound.purpose == purpose.name}
    told: list[Json] = [*sorted(given.union(*(entry.recipients for entry in entries)))]
    return {
        "purpose": purpose.name,
        "description": purpose.description,
        "gives": purpose.gives,
        "basis": basis,
        "permitted": None if answer is None else answer.granted,
        "code": "" if answer is None else answer.code,
        "traits": [name for name in held.profile.traits if purpose.allows_trait(name)],
        "events": [*events],
        "recipients": told,
        "periods": _periods(purpose.name, schedule),
        "rights": [*RIGHTS_BY_BASIS.get(basis, ("access", "rectification", "complaint"))],
    }


def _periods(purpose: str, schedule: RetentionSchedule | None) -> list[Json]:
    if schedule is None:
        return []
    return [{"category": one.category, "days": one.period.days} for one in schedule.rules if one.purpose == purpose]


def _recipients(disclosures: Iterable[Disclosure]) -> tuple[Json, ...]:
    times: dict[tuple[str, str, str], list[datetime]] = {}
    for one in disclosures:
        times.setdefault((one.bound.recipient, one.bound.purpose, one.bound.action), []).append(one.at)
    return tuple(
        {
            "recipient": recipient, "purpose": purpose, "action": action, "times": len(found),
            "first": iso(min(found)), "last": iso(max(found)),
        }
        for (recipient, purpose, action), found in sorted(times.items())
    )  # fmt: skip
