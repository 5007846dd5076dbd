"""Whoever asks about their data, once confirmed, is told all of it, can have it corrected and its use stopped."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.hub.worlds import STORES, Clock

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    MemoryStore,
    ProfileRules,
    Purpose,
    SourceRecord,
    computed,
)
from unified_profile.consent import Policy, PurposeRegistry
from unified_profile.errors import (
    InvalidInputError,
    NoMarketingWarning,
    RequesterError,
    UnknownNameError,
    UnknownProfileError,
)
from unified_profile.model import Fact
from unified_profile.profiles import first, most_trusted
from unified_profile.rights import RetentionRule, RetentionSchedule, ThirdParty
from unified_profile.rights.access import RIGHTS_BY_BASIS
from unified_profile.storage.aio import AsyncSqlStore
from unified_profile.testing.identity_programs import moment
from unified_profile.wire import from_json

CANARY = "canary7f3a"
WHO, OTHER = Identifier("email", f"{CANARY}@x.example"), Identifier("email", "other@x.example")
PURPOSES = [
    Purpose("service", traits={"city", "orders", "name"}, basis="contract", events={"Viewed"}, derives={"Order"},
            description="to serve you"),
    Purpose("news", traits={"city"}),
    Purpose("fraud", traits={"risk"}, basis="legitimate_interests"),
    Purpose("linking"),
]  # fmt: skip
RULES = ProfileRules(computed=[computed("orders", "count", "Order")], inferred=["model"])
SCHEDULE = RetentionSchedule(
    rules=[RetentionRule("contact", "service", timedelta(days=30))], traits={"city": "contact"}
)
USE: dict[str, Any] = {"action": "export", "purpose": "service", "channel": "email", "recipient": "mailer"}


def yes(request: Any) -> bool:
    return True


def hub_over(store: Any, rules: ProfileRules = RULES, clock: Any = None) -> Hub:
    policy = Policy(purposes=PurposeRegistry(PURPOSES), processors={"mailer"})
    return Hub(store, policy=policy, profile_rules=rules, clock=clock or Clock(),
               third_parties=[ThirdParty("broker", "B", "linking")])  # fmt: skip


def record(number: int, who: Identifier, source: str = "crm", **told: Any) -> SourceRecord:
    return SourceRecord(id=f"r{number}", source=source, key=str(number), occurred_at=moment(number),
                        identifiers=[who], attributes=told)  # fmt: skip


def event(number: int, who: Identifier, name: str, **told: Any) -> Event:
    return Event(id=f"e{number}", source="web", name=name, occurred_at=moment(number), identifiers=[who],
                 properties=told)  # fmt: skip


def consent(number: int, who: Identifier, state: ConsentState = ConsentState.GIVEN) -> ConsentRecord:
    return ConsentRecord(id=f"c{number}", source="web", occurred_at=moment(number), purpose="news", state=state,
                         identifiers=[who])  # fmt: skip


FACTS: list[Fact] = [
    record(1, WHO, city=f"{CANARY} Osaka", fax="1"), event(2, WHO, "Viewed", page=CANARY), event(3, WHO, "Order"),
    consent(4, WHO), record(5, WHO, "model", risk="high"), record(6, OTHER, city="Other town"),
]  # fmt: skip


def filled(store: Any = None, **more: Any) -> Hub:
    hub = hub_over(store or MemoryStore(), **more)
    hub.ingest(FACTS)
    return hub


@pytest.mark.parametrize("store", STORES)
def test_everything_there_is_is_told_each_under_where_it_came_from(store):
    with STORES[store]() as empty:
        hub = filled(empty)
        hub.release(hub.permit(WHO, **USE), **USE)
        hub.raw(WHO, reason="a complaint", by="clerk 7")
        form: Any = hub.access(WHO, verify=yes, by="desk", schedule=SCHEDULE, further={"churn": 0.3}).to_json()
        json.dumps(form)
        assert {one["id"] for one in form["provided"] if "id" in one} == {"r1"}
        assert [one["dct:identifier"] for one in form["provided"] if one["fact"] == "consent_record"] == ["c4"]
        assert [one["id"] for one in form["observed"]] == ["e2", "e3"]
        assert [one["id"] for one in form["inferred"]["facts"]] == ["r5"]
        assert form["obtained"] == []
        assert {one["name"]: one["value"] for one in form["inferred"]["conclusions"]} == {
            "orders": 1, "risk": "high", "churn": 0.3
        }  # fmt: skip
        assert {one["name"] for one in form["traits"]} == {"city", "fax"}
        assert form["traits"][0]["from"][0]["source"] == "crm"
        assert form["sources"] == ["crm", "model", "web"]
        purposes = {one["purpose"]: one for one in form["purposes"]}
        assert purposes["service"]["periods"] == [{"category": "contact", "days": 30}]
        assert purposes["service"]["recipients"] == ["mailer"]
        assert (purposes["service"]["traits"], purposes["service"]["events"]) == (["city", "orders"], ["Viewed"])
        assert (purposes["news"]["basis"], purposes["news"]["permitted"]) == ("consent", True)
        assert "objection" in purposes["fraud"]["rights"]
        assert "portability" not in purposes["fraud"]["rights"]
        (recipient,) = form["recipients"]
        assert (recipient["recipient"], recipient["purpose"], recipient["times"]) == ("mailer", "service", 1)
        assert [(one["reason"], one["by"]) for one in form["reads"]] == [("a complaint", "clerk 7")]
        assert "other" not in json.dumps(form).lower().replace("brother", "")


def test_the_answer_is_a_read_that_the_next_answer_tells():
    hub = filled()
    hub.access(WHO, verify=yes, by="desk")
    form: Any = hub.access(WHO, verify=yes).to_json()
    (seen,) = form["reads"]
    assert (seen["call"], seen["by"]) == ("access", "desk")
    assert [one.what for one in hub.accesses(about=WHO)] == ["access", "access"]


def test_data_of_others_is_told_as_obtained():
    from unified_profile.rights import ExternalRow

    hub = filled()
    hub.ingest([
        ConsentRecord(id="cl", source="web", occurred_at=moment(8), purpose="linking", state=ConsentState.GIVEN,
                      identifiers=[WHO])
    ])  # fmt: skip
    row = ExternalRow(record(9, WHO, "broker", household=3), "consent", confirmed=True, evidence_ref="x")
    assert hub.link_external([row], party="broker").linked == 1
    form: Any = hub.access(WHO, verify=yes).to_json()
    assert [one["id"] for one in form["obtained"]] == ["r9"]
    portable = hub.portable(WHO, verify=yes)
    assert "r9" not in {one.id for one in portable.facts}


def test_what_can_be_taken_along_is_given_or_seen_and_used_by_consent_or_contract():
    hub = filled()
    taken = hub.portable(WHO, verify=yes)
    assert [one.id for one in taken.facts] == ["r1", "e2", "c4"]
    told = taken.facts[0]
    assert isinstance(told, SourceRecord)
    assert dict(told.attributes) == {"city": f"{CANARY} Osaka"}, "no purpose of these uses the fax number"
    again = hub_over(MemoryStore())
    form: Any = json.loads(json.dumps(taken.to_json()))
    assert again.ingest([from_json(one) for one in form["facts"]]).accepted == 3
    assert again.profile(WHO, purpose="service")["city"] == f"{CANARY} Osaka"
    assert [one.what for one in hub.accesses(about=WHO)] == ["portable"]


def test_what_others_told_or_what_was_concluded_is_not_taken_along_even_where_it_is_used():
    from unified_profile.rights import ExternalRow

    hub = filled()
    hub.ingest([record(20, WHO, "model", city="Nara"),
                ConsentRecord(id="cl", source="web", occurred_at=moment(8), purpose="linking",
                              state=ConsentState.GIVEN, identifiers=[WHO])])  # fmt: skip
    row = ExternalRow(record(9, WHO, "broker", city="Kobe"), "consent", confirmed=True, evidence_ref="x")
    assert hub.link_external([row], party="broker").linked == 1
    assert {one.id for one in hub.portable(WHO, verify=yes).facts} == {"r1", "e2", "c4", "cl"}


CALLS: dict[str, Any] = {
    "access": lambda hub, who, verify: hub.access(who, verify=verify, evidence=CANARY),
    "portable": lambda hub, who, verify: hub.portable(who, verify=verify, evidence=CANARY),
    "rectify": lambda hub, who, verify: hub.rectify(who, {"city": "Kyoto"}, verify=verify, evidence=CANARY),
    "restrict": lambda hub, who, verify: hub.restrict(who, verify=verify, evidence=CANARY),
    "object_to": lambda hub, who, verify: hub.object_to(who, "fraud", verify=verify, evidence=CANARY),
}


class Watched(MemoryStore):
    """A store that counts its sessions."""

    opened = 0

    def session(self, tenant: str, /, *, exclusive: bool = False) -> Any:
        self.opened += 1
        return super().session(tenant, exclusive=exclusive)


def fails(request: Any) -> bool:
    raise ValueError(CANARY)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", [False, None, 1, "yes", "fails"])
def test_without_a_plain_yes_nothing_is_even_looked_up(call, answer):
    store = Watched()
    hub = filled(store)
    before = store.opened
    with pytest.raises(RequesterError) as caught:
        CALLS[call](hub, WHO, fails if answer == "fails" else lambda request: answer)
    assert store.opened == before
    assert CANARY not in str(caught.value) + repr(caught.value.__cause__)
    assert caught.value.code == ("verification_failed" if answer == "fails" else "not_confirmed")


@pytest.mark.parametrize("call", CALLS)
def test_whoever_confirms_is_told_who_and_what_and_sees_the_evidence_and_shows_nothing_of_it(call):
    asked: list[Any] = []

    def verify(request: Any) -> bool:
        asked.append(request)
        return True

    CALLS[call](filled(), WHO, verify)
    (request,) = asked
    assert (request.who, request.evidence) == (WHO, CANARY)
    assert request.right in {"access", "portability", "rectification", "restriction", "objection"}
    assert CANARY not in repr(request)


@pytest.mark.parametrize("call", CALLS)
def test_nobody_is_nobody_even_when_confirmed(call):
    with pytest.raises(UnknownProfileError):
        CALLS[call](filled(), Identifier("email", "stranger@y.example.org"), yes)


def test_a_report_shows_nothing_in_passing():
    hub = filled()
    for one in (
        hub.access(WHO, verify=yes),
        hub.portable(WHO, verify=yes),
        hub.rectify(WHO, {"city": "K"}, verify=yes),
    ):
        assert CANARY not in repr(one) + str(one)


# --- rectification ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("rules", [RULES, ProfileRules(default=first()), ProfileRules(default=most_trusted(["crm"]))])
def test_what_was_corrected_stands_under_any_rule_and_against_the_nightly_import(store, rules):
    with STORES[store]() as empty:
        clock = Clock()
        hub = filled(empty, rules=rules, clock=clock)
        hub.release(hub.permit(WHO, **USE), **USE)
        done = hub.rectify(WHO, {"city": "Kyoto"}, verify=yes)
        assert done.recipients == ("mailer",), "these have to hear of it"
        assert hub.profile(WHO, purpose="service")["city"] == "Kyoto"
        clock.tick(60)
        hub.ingest([record(100, WHO, city=f"{CANARY} Osaka")])
        assert hub.profile(WHO, purpose="service")["city"] == "Kyoto"
        assert hub.profile(OTHER, purpose="service")["city"] == "Other town"
        assert hub.profile(WHO, purpose="service", as_of=moment(10))["city"] == f"{CANARY} Osaka", "history stays"
        hub.rectify(hub.resolve(WHO), {"city": "Nara"}, verify=yes)
        assert hub.profile(WHO, purpose="service")["city"] == "Nara"


@pytest.mark.parametrize("values", [{}, {"orders": 3}, {"city": float("nan")}, {"city": {1, 2}}, {1: 2}, "city", None])
def test_what_is_no_correction_is_refused(values):
    with pytest.raises(InvalidInputError):
        filled().rectify(WHO, values, verify=yes)


# --- restriction and objection ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", STORES)
def test_a_restriction_decides_at_the_next_call_and_until_it_is_lifted(store):
    with STORES[store]() as empty:
        clock = Clock()
        hub = filled(empty, clock=clock)
        assert "city" in hub.profile(WHO, purpose="service")
        hub.restrict(WHO, verify=yes)
        assert "city" not in hub.profile(WHO, purpose="service")
        assert hub.permission(WHO, purpose="service", channel="email").code == "restricted"
        assert "city" in hub.profile(OTHER, purpose="service")
        clock.tick()
        hub.restrict(WHO, verify=yes, lift=True)
        assert "city" in hub.profile(WHO, purpose="service")


def test_an_objection_stops_what_rests_on_legitimate_interests_at_the_next_call():
    clock = Clock()
    hub = filled(clock=clock)
    assert hub.permission(WHO, purpose="fraud", channel="email")
    done = hub.object_to(WHO, "fraud", verify=yes)
    assert done.right == "objection"
    assert not hub.permission(WHO, purpose="fraud", channel="email")
    assert hub.permission(OTHER, purpose="fraud", channel="email")
    with pytest.raises(UnknownNameError):
        hub.object_to(WHO, "nope", verify=yes)


def test_an_objection_to_all_marketing_needs_no_purpose():
    policy = Policy(purposes=PurposeRegistry([Purpose("ads", basis="legitimate_interests")]),
                    kinds={"ads": {"direct_marketing"}})  # fmt: skip
    clock = Clock()
    hub = Hub(MemoryStore(), policy=policy, clock=clock)
    hub.ingest([record(1, WHO)])
    assert hub.permission(WHO, purpose="ads", channel="email")
    hub.object_to(WHO, verify=yes)
    assert not hub.permission(WHO, purpose="ads", channel="email")
    clock.tick()
    hub.object_to(WHO, verify=yes, take_back=True)
    assert hub.permission(WHO, purpose="ads", channel="email")


def test_where_no_purpose_is_said_to_be_marketing_an_objection_to_all_of_it_warns():
    """It would stop nothing, and nobody would know."""
    hub = filled()
    with pytest.warns(NoMarketingWarning, match="direct_marketing"):
        done = hub.object_to(WHO, verify=yes)
    assert done.fact_id in {one.id for one in hub.consent_records(WHO, reason="look at what was kept")}


# --- who got what ----------------------------------------------------------------------------------------------------


def test_the_log_of_disclosures_is_told_for_each_recipient():
    hub = filled()
    for _ in range(3):
        hub.release(hub.permit([WHO, OTHER], **USE), **USE)
    found = hub.disclosed_to("mailer")
    assert len(found) == 6
    assert {one.profile for one in found} == {hub.resolve(WHO), hub.resolve(OTHER)}
    assert hub.disclosed_to("nobody") == []
    page = hub.disclosed_to("mailer", limit=4)
    assert page + hub.disclosed_to("mailer", after=page[-1].position) == found


@pytest.mark.parametrize("store", STORES)
def test_the_scope_of_a_breach_is_who_was_there_then(store):
    with STORES[store]() as empty:
        clock = Clock(moment(100))
        hub = filled(empty, clock=clock)
        clock.tick(60)
        third = Identifier("email", "third@x.example")
        hub.ingest([record(110, third, city="Nara"), record(111, WHO, fax="2", passport="3")])
        then = hub.breach_scope(known_at=moment(100), schedule=SCHEDULE)
        assert (then.n_people, then.n_facts) == (2, 6)
        assert then.by_category() == {"consent_proof": 1, "contact": 2, "other": 1}
        assert "passport" not in then.by_field()
        assert then.by_field()["city"] == 2
        now = hub.breach_scope(schedule=SCHEDULE)
        assert (now.n_people, now.by_field()["passport"]) == (3, 1)
        assert hub.breach_scope(sources=["web"]).n_people == 1
        assert CANARY not in json.dumps(now.to_json()) + repr(now)


def test_the_breach_of_a_store_that_knew_nobody_yet_concerns_nobody():
    assert filled().breach_scope(known_at=moment(-5)).n_people == 0


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 30)), max_size=10), st.integers(0, 31))
def test_the_scope_counts_exactly_those_of_whom_something_was_known(told, known):
    hub = hub_over(MemoryStore(), clock=Clock(moment(60)))
    people = [Identifier("email", f"p{number}@x.example") for number in range(4)]
    hub.ingest([
        SourceRecord(id=f"f{at}", source="crm", key=str(at), occurred_at=moment(0), recorded_at=moment(learned),
                     identifiers=[people[who]], attributes={f"field{field}": 1})
        for at, (who, field, learned) in enumerate(told)
    ])  # fmt: skip
    scope = hub.breach_scope(known_at=moment(known))
    there = [(who, field) for who, field, learned in told if learned <= known]
    assert scope.n_people == len({who for who, _ in there})
    assert scope.n_facts == len(there)
    fields = {f"field{field}": len({who for who, other in there if other == field}) for _, field in there}
    assert {name: n for name, n in scope.by_field().items() if name.startswith("field")} == fields


def test_every_basis_has_its_rights():
    from unified_profile.model.values import BASES

    assert set(RIGHTS_BY_BASIS) == set(BASES)
    assert all("access" in rights and "rectification" in rights for rights in RIGHTS_BY_BASIS.values())


@pytest.mark.parametrize(("says", "code"), [(True, ""), (1, "not_confirmed"), (None, "verification_failed")])
def test_a_hub_that_is_awaited_awaits_the_check_and_one_that_is_not_takes_it_for_no(says, code, tmp_path):
    from unified_profile.aio import AsyncHub

    async def verify(asked: Any) -> Any:
        await asyncio.sleep(0)
        if says is None:
            raise ValueError("the register is away")
        return says

    async def ask() -> Any:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/a.sqlite") as store:
            hub = AsyncHub(store, purposes=PURPOSES)
            await hub.ingest([record(1, WHO, "crm", city="Kyoto")])
            return await hub.access(WHO, verify=verify)

    if code:
        with pytest.raises(RequesterError) as caught:
            asyncio.run(ask())
        assert caught.value.code == code
    else:
        assert asyncio.run(ask()).profile
    with pytest.raises(RequesterError, match="not_confirmed"):
        filled(MemoryStore()).access(WHO, verify=verify)
