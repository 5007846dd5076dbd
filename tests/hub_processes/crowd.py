"""A crowd whose facts overlap: households, borrowed devices, typing errors, and a desk that corrects them.

Everything is made from a seed, so that processes need not be handed facts: they make the same ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import attrs
from tests.hub.worlds import PROFILE_RULES, PURPOSES, Clock, tell

from unified_profile.consent import Policy
from unified_profile.hub import Hub, Setup
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import (
    ConsentRecord,
    ConsentState,
    Event,
    EventType,
    Fact,
    Identifier,
    Json,
    Judgement,
    Link,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.protocols import Store
from unified_profile.testing.identity_programs import moment

RULES = IdentityRules(
    [
        Namespace(name="user", priority=0, limit=1, normalizer="exact"),
        Namespace(name="number", priority=1, limit=1, normalizer="exact"),
        Namespace(name="mail", priority=2, limit=2, normalizer="email", shared_above=2),
        Namespace(name="card", priority=3, limit=1, window=timedelta(minutes=20), normalizer="exact", keep="latest"),
        Namespace(name="device", priority=4, normalizer="exact", keep="latest", shared_above=3),
        Namespace(name="session", priority=5, normalizer="exact", keep="latest"),
        Namespace(name="kiosk", priority=6, mode="attribute", normalizer="exact"),
    ]
)


def writing(tenant: str = DEFAULT_TENANT) -> Setup:
    """Return the setup of a service: with the time it is and ids of its own."""
    policy = Policy(purposes=PURPOSES, processors={"crm"})
    return Setup(tenant=tenant, rules=RULES, policy=policy, profile_rules=PROFILE_RULES)


def reading(tenant: str = DEFAULT_TENANT) -> Setup:
    """Return a setup whose clock stands, so that what hubs say can be compared."""
    return attrs.evolve(writing(tenant), clock=Clock())


def writing_hub(store: Store, tenant: str = DEFAULT_TENANT) -> Hub:
    """Return a hub as a service has it."""
    return Hub(store, writing(tenant))


def reading_hub(store: Store, tenant: str = DEFAULT_TENANT) -> Hub:
    """Return a hub whose clock stands."""
    return Hub(store, reading(tenant))


def serially(told: Iterable[Fact | Link], tenant: str = DEFAULT_TENANT) -> Hub:
    """Return a hub that was told everything by one writer, one after the other."""
    hub = reading_hub(MemoryStore(), tenant)
    tell(hub, list(told))
    return hub


class _Person:
    def __init__(self, crowd: str, number: int) -> None:
        home = number // 2
        self.key = str(number)
        self.user = Identifier("user", f"u{number}-{crowd}")
        self.number = Identifier("number", f"n{number}-{crowd}")
        self.mails = [Identifier("mail", f"{who}@{crowd}.example") for who in (f"p{number}", f"home{home}")]
        self.card = Identifier("card", f"c{number}-{crowd}")
        self.devices = [Identifier("device", f"d{number}-{crowd}"), Identifier("device", f"tv{home}-{crowd}")]
        self.kiosk = Identifier("kiosk", f"k{number % 3}-{crowd}")
        self.records = [Identifier.record(source, f"{number}-{crowd}") for source in ("crm", "shop")]


def crowd(name: str, *, size: int, people: int = 10, tenant: str = DEFAULT_TENANT) -> list[Fact]:
    """Return *size* facts about *people*, in the order in which somebody might hear of them."""
    rnd = random.Random(f"{name}/{size}/{people}")
    everybody = [_Person(name, number) for number in range(people)]
    found: list[Fact] = []
    for place in range(size):
        one, other = rnd.sample(everybody, 2)
        fact_id = f"{name}-{rnd.randrange(1_000_000):06}-{place}"
        found.append(attrs.evolve(_fact(rnd, fact_id, one, other, found), tenant=tenant))
    return found


def batches_of(facts: Sequence[Fact], name: str, *, largest: int = 12) -> list[list[Fact]]:
    """Return *facts* cut into batches of one to *largest*, always in the same places for the same *name*."""
    rnd = random.Random(f"batches of {name}")
    rest, found = list(facts), []
    while rest:
        size = rnd.randint(1, largest)
        found.append(rest[:size])
        rest = rest[size:]
    return found


def links(name: str, *, people: int = 10, size: int = 6) -> list[Link]:
    """Return links between records of the crowd, by two models."""
    rnd = random.Random(f"links of {name}")
    everybody = [_Person(name, number) for number in range(people)]
    pairs = [rnd.sample(everybody, 2) for _ in range(size)]
    return [Link(a.records[0], b.records[1], rnd.choice((1.0, 2.0, 3.0)), rnd.choice(("m1", "m2"))) for a, b in pairs]


def _fact(rnd: random.Random, fact_id: str, one: _Person, other: _Person, told: Sequence[Fact]) -> Fact:
    at = moment(rnd.randrange(60))
    chance = rnd.random()
    if chance < 0.30:
        who: list[Identifier] = [one.user, rnd.choice(one.devices), Identifier("session", f"s-{fact_id}")]
        return _event(rnd, fact_id, at, who[: rnd.choice((2, 2, 3))])
    if chance < 0.40:
        return _event(rnd, fact_id, at, [rnd.choice(one.devices)])
    if chance < 0.54:
        return SourceRecord(
            id=fact_id,
            source=(source := rnd.choice(("crm", "shop"))),
            key=next(r.value.partition("/")[2] for r in one.records if r.value.startswith(source)),
            occurred_at=at,
            identifiers=rnd.sample([one.number, *one.mails, one.card], rnd.randrange(1, 4)),
            attributes={"city": rnd.choice(("Osaka", "Kyoto", "奈良")), "points": rnd.randrange(50)},
        )
    if chance < 0.62:
        return _event(rnd, fact_id, at, [one.user, rnd.choice(one.mails)], type_=EventType.IDENTIFY)
    if chance < 0.68:
        state = rnd.choice((ConsentState.GIVEN, ConsentState.WITHDRAWN))
        who = [rnd.choice((one.user, one.mails[0]))]
        return ConsentRecord(
            id=fact_id, source="web", occurred_at=at, purpose=rnd.choice(("news", "ads")), state=state,
            channel=rnd.choice(("any", "email")), identifiers=who,
        )  # fmt: skip
    if chance < 0.75:
        who = [one.kiosk, one.user] if rnd.random() < 0.4 else [one.kiosk]
        return _event(rnd, fact_id, at, who, name=rnd.choice(("Viewed", "Viewed", "Signed Out")))
    if chance < 0.80:  # a slip: something of somebody else
        slip = rnd.choice((other.number, other.mails[0], other.card, other.devices[0]))
        return _event(rnd, fact_id, at, [one.user, slip])
    if chance < 0.83:
        ends = (one.user, other.user) if rnd.random() < 0.3 else (one.mails[0], other.devices[0])
        return Event(
            id=fact_id, source="web", occurred_at=at, type=EventType.ALIAS, identifiers=ends[:1], previous=ends[1:]
        )
    return _said(rnd, fact_id, at, one, other, told)


def _event(
    rnd: random.Random, fact_id: str, at: datetime, who: Sequence[Identifier], *, name: str = "Viewed",
    type_: EventType = EventType.TRACK,
) -> Event:  # fmt: skip
    properties: dict[str, Json] = {"page": f"p{rnd.randrange(4)}", "total": rnd.randrange(9)}
    traits: dict[str, Json] = {"plan": rnd.choice(("free", "pro"))} if type_ is EventType.IDENTIFY else {}
    return Event(
        id=fact_id, source="web", occurred_at=at, type=type_, name=name, identifiers=who, properties=properties,
        traits=traits,
    )  # fmt: skip


def _said(rnd: random.Random, fact_id: str, at: datetime, one: _Person, other: _Person, told: Sequence[Fact]) -> Fact:
    """Return what the desk says: a judgement, a severance, a retraction, or which record model counts."""
    chance = rnd.random()
    if chance < 0.45:
        verdict = rnd.choice((Verdict.SAME, Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE))
        left, right = rnd.choice(
            [(one.records[0], one.records[1]), (one.records[0], other.records[1]), (one.user, other.mails[0])]
        )
        return Judgement(id=fact_id, source="desk", occurred_at=at, left=left, right=right, verdict=verdict)
    slips = [fact for fact in told[-60:] if isinstance(fact, (SourceRecord, Event)) and fact.identifiers]
    if chance < 0.75 and slips:
        slip = rnd.choice(slips)
        gone = rnd.choice(slip.identifiers)
        return Severance(id=fact_id, source="desk", occurred_at=at, fact_id=slip.id, identifier=gone)
    said = [fact.id for fact in told[-90:] if isinstance(fact, (Judgement, Severance))]
    if chance < 0.93 and said:
        return Retraction(id=fact_id, source="desk", occurred_at=at, fact_id=rnd.choice(said))
    return ModelAdopted(id=fact_id, source="desk", occurred_at=at, kind="records", fingerprint=rnd.choice(("m1", "m2")))
