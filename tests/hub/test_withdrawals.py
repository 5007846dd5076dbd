"""A withdrawal is effective at the next call, in every store; each decision can be made again, whatever came after."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import attrs
import pytest

from unified_profile import (
    ConsentRecord,
    ConsentState,
    ErasedError,
    Hub,
    Identifier,
    InvalidInputError,
    MemoryStore,
    Purpose,
    SourceRecord,
    SqliteStore,
)
from unified_profile.consent import Policy, PurposeRegistry, Request, Situation
from unified_profile.consent.evidence import Decision
from unified_profile.consent.scopes import RESTRICTION
from unified_profile.identity.namespaces import IdentityRules, default_namespaces

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PURPOSES = [Purpose("newsletter", traits={"email"}), Purpose("ads", traits={"email"}),
            Purpose("service", traits={"email"}, basis="contract")]  # fmt: skip
OPERATIONS = int(os.environ.get("UNIFIED_PROFILE_CONSENT_OPERATIONS", "1500"))


class Clock:
    """Tells a time that a test moves."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


def identifier(person):
    return Identifier("email", f"p{person}@example.com")


def said(number, person, state, at, purpose="newsletter", channel="email", **more):
    return ConsentRecord(id=f"c{number}", source="web", purpose=purpose, channel=channel, state=state,
                         identifiers=[identifier(person)], occurred_at=at, **more)  # fmt: skip


def told(hub, people):
    hub.ingest([
        SourceRecord(id=f"r{person}", source="crm", key=str(person), occurred_at=NOON - timedelta(days=90),
                     identifiers=[identifier(person)], attributes={"email": f"p{person}@example.com"})
        for person in range(people)
    ])  # fmt: skip


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "hub.sqlite")


@pytest.mark.slow
def test_a_withdrawal_is_effective_at_the_next_call(store):
    """Yeses and noes of a few people arrive between reads by two hubs on one store; no read sees what is over."""
    # Four people in the short run; in a long one as many as keep each at some hundred and fifty statements.
    clock, dice, people = Clock(), Random(5), max(4, OPERATIONS // 375)
    hubs = [Hub(store, purposes=PURPOSES, clock=clock) for _ in range(2)]
    told(hubs[0], people)
    last: dict[tuple[int, str], bool] = {}
    stale = 0
    for number in range(OPERATIONS):
        clock.now += timedelta(seconds=1)
        person, purpose, hub = dice.randrange(people), dice.choice(["newsletter", "ads"]), dice.choice(hubs)
        if dice.random() < 0.4:
            state = dice.choice([ConsentState.GIVEN, ConsentState.WITHDRAWN, ConsentState.REFUSED])
            hub.ingest([said(number, person, state, clock.now, purpose)])
            last[person, purpose] = state is ConsentState.GIVEN
        elif dice.random() < 0.5:
            found = hub.permission(identifier(person), purpose=purpose, channel="email").granted
            stale += found is not last.get((person, purpose), False)
        else:
            view = hub.profile(identifier(person), purpose=purpose, channel="email")
            stale += ("email" in view) is not last.get((person, purpose), False)
    assert stale == 0


@pytest.mark.slow
def test_every_decision_is_made_again_after_late_arrivals_and_merges(store):
    """What is learned later, told with an earlier date, or brought together since, changes no decision kept."""
    clock, dice, people = Clock(), Random(6), max(3, OPERATIONS // 500)
    hub = Hub(store, purposes=PURPOSES, clock=clock)
    told(hub, people)
    kept: list[tuple[Decision, datetime]] = []
    for number in range(max(60, OPERATIONS // 10)):
        clock.now += timedelta(minutes=1)
        person = dice.randrange(people)
        if dice.random() < 0.6:
            back = timedelta(minutes=dice.choice([0, 0, 30, 300]))
            state = dice.choice([ConsentState.GIVEN, ConsentState.GIVEN, ConsentState.WITHDRAWN])
            # A late one; sometimes its sender says that it was written down in time, too.
            recorded = {"recorded_at": clock.now - back} if dice.random() < 0.3 else {}
            hub.ingest([said(number, person, state, clock.now - back, **recorded)])
        else:
            at = clock.now - timedelta(minutes=dice.choice([0, 60]))
            kept.append((hub.decide(identifier(person), Request("newsletter", "email"), at=at), clock.now))
    # One person turns out to be another.
    hub.ingest([SourceRecord(id="both", source="crm", key="both", occurred_at=clock.now,
                             identifiers=[identifier(0), identifier(1)])])  # fmt: skip
    for made, _ in kept:
        assert hub.replay_decision(made) == made.permission
        again = Decision.from_json(made.to_json())
        assert hub.replay_decision(again) == again.permission == made.permission
    assert any(made.permission.granted for made, _ in kept)
    assert any(made.position > 0 for made, _ in kept)


def test_as_known_then_is_what_was_answered_then(store):
    """Where senders do not antedate, asking as known then needs no kept decision."""
    clock = Clock()
    hub = Hub(store, purposes=PURPOSES, clock=clock)
    told(hub, 2)
    hub.ingest([said(1, 0, ConsentState.GIVEN, NOON - timedelta(days=1))])
    before = hub.permission(identifier(0), purpose="newsletter", channel="email")
    then = clock.now
    clock.now += timedelta(hours=1)
    hub.ingest([said(2, 0, ConsentState.WITHDRAWN, NOON - timedelta(hours=2))])
    assert hub.permission(identifier(0), purpose="newsletter", channel="email", at=then).code == "withdrawn"
    again = hub.permission(identifier(0), purpose="newsletter", channel="email", at=then, known_at=then)
    assert (again.granted, again.because) == (before.granted, before.because) == (True, ("c1", "rule:grant_in_force"))


def test_a_decision_names_statements_and_no_person(store):
    hub = Hub(store, purposes=PURPOSES, clock=Clock())
    told(hub, 1)
    hub.ingest([said(1, 0, ConsentState.GIVEN, NOON)])
    made = hub.decide(identifier(0), Request("newsletter", "email"))
    assert (made.statements, made.permission.granted, made.profile[:4]) == (("c1",), True, "prf_")
    assert "example.com" not in repr(made) + str(made.to_json())


def test_a_decision_is_not_made_again_under_other_rules_or_without_its_statements(store):
    hub = Hub(store, purposes=PURPOSES, clock=Clock())
    told(hub, 1)
    hub.ingest([said(1, 0, ConsentState.GIVEN, NOON)])
    made = hub.decide(identifier(0), Request("newsletter", "email"))
    other = Hub(store, purposes=[*PURPOSES, Purpose("new")], clock=Clock())
    with pytest.raises(InvalidInputError, match="fingerprint"):
        other.replay_decision(made)
    assert other.replay_decision(made, policy=Policy(purposes=PurposeRegistry(PURPOSES))) == made.permission
    with pytest.raises(ErasedError):
        hub.replay_decision(attrs.evolve(made, parts=[["gone"]]))
    with pytest.raises(InvalidInputError):
        Decision.from_json({})
    aged = hub.decide(identifier(0), Request("newsletter", "email"), situation=Situation(tombstoned=True))
    assert aged.permission.code == "tombstoned"
    with pytest.raises(InvalidInputError, match="situation"):
        Decision.from_json(aged.to_json())
    assert hub.replay_decision(Decision.from_json(aged.to_json(), situation=aged.situation)).code == "tombstoned"


def test_the_hub_asks_by_recipient_category_and_situation_and_hears_reserved_purposes(store):
    policy = Policy(purposes=PurposeRegistry(PURPOSES), processors={"host"})
    hub = Hub(store, policy=policy, clock=Clock())
    told(hub, 1)
    hub.ingest([said(1, 0, ConsentState.GIVEN, NOON, data_categories=["email"], recipients=["lab"])])
    asked: dict[str, Any] = {"purpose": "newsletter", "channel": "email"}
    assert hub.permission(identifier(0), **asked, recipient="lab", category="email").granted
    assert hub.permission(identifier(0), **asked, recipient="host").granted
    assert not hub.permission(identifier(0), **asked, recipient="broker").granted
    assert not hub.permission(identifier(0), **asked, category="health").granted
    assert hub.permission(identifier(0), **asked, situation=Situation(unverifiable=["gpc"])).code == (
        "unverifiable_signal"
    )
    assert hub.ingest([said(2, 0, ConsentState.REFUSED, NOON, RESTRICTION, "any")]).accepted == 1
    assert hub.permission(identifier(0), purpose="service", channel="email").code == "restricted"


def test_the_past_is_answered_with_the_people_the_rules_and_the_redirects_of_the_day(store):
    """What was decided of two people stays decided, when they turn out to be one and when other rules part them."""
    clock = Clock()
    hub = Hub(store, purposes=PURPOSES, clock=clock)
    told(hub, 2)
    hub.ingest([said(1, 0, ConsentState.GIVEN, NOON), said(2, 1, ConsentState.WITHDRAWN, NOON)])
    clock.now += timedelta(hours=1)
    asked = Request("newsletter", "email")
    first = [hub.decide(identifier(person), asked) for person in range(2)]
    clock.now += timedelta(hours=1)
    hub.ingest([SourceRecord(id="both", source="crm", key="both", occurred_at=clock.now,
                             identifiers=[identifier(0), identifier(1)])])  # fmt: skip
    assert hub.resolve(first[0].profile) == hub.resolve(first[1].profile)
    clock.now += timedelta(hours=1)
    second = hub.decide(identifier(0), asked)
    assert [made.permission.code for made in (*first, second)] == ["consent_given", "withdrawn", "withdrawn"]
    clock.now += timedelta(hours=1)
    # Under the new rules a person has one address, so the two are apart again.
    hub.rebuild(
        IdentityRules(attrs.evolve(one, limit=1) if one.name == "email" else one for one in default_namespaces())
    )
    assert hub.resolve(identifier(0)) != hub.resolve(identifier(1))
    for made in (*first, second):
        assert hub.replay_decision(made) == made.permission
        again = hub.permission(
            made.profile, purpose="newsletter", channel="email", at=made.at, known_at=made.decided_at
        )
        assert (again.code, again.because) == (made.permission.code, made.permission.because)
