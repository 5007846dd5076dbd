"""No identifier leaves the hub without a purpose, unless it is recorded who read whom by which call, and why."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import Story, everybody, some, stories, told

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    Judgement,
    Link,
    MemoryStore,
    ModelAdopted,
    Purpose,
    Segment,
    SourceRecord,
    Verdict,
    trait,
)
from unified_profile.aio import AsyncHub
from unified_profile.consent import Policy, Request
from unified_profile.errors import InvalidInputError, UnknownProfileError
from unified_profile.rights import (
    ErasureTerms,
    ExternalRow,
    LegalHold,
    RetentionRule,
    RetentionSchedule,
    ThirdParty,
)
from unified_profile.rights.proof import Pseudonyms
from unified_profile.testing.strategies import shuffled

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WHO, WHAT = "who7f3a", "what7f3a"
"""What stands in every identifier, and in every value."""

DIGITS = "312345678"
MAIL, PHONE = Identifier("email", f"{WHO}@x.example"), Identifier("phone", f"+81{DIGITS}")
OTHER, NUMBER = Identifier("email", f"{WHO}2@x.example"), Identifier("customer_number", f"{WHO}7")
RECORD, SECOND = Identifier.record("crm", f"{WHO}key"), Identifier.record("crm", f"{WHO}key2")
STRANGER = Identifier("customer_number", f"{WHO}8")
FOURTH = Identifier.record("crm", f"{WHO}key4")
PURPOSES = [
    Purpose("plain", traits={"color"}, events={"Viewed"}, basis="contract"),
    Purpose("news", traits={"*"}, events={"*"}),
    Purpose("linking", basis="contract"),
]
PARTY = ThirdParty("broker", "Data Ltd", "linking")
KEYS = Pseudonyms({"1": b"0123456789abcdef"})
RED = Segment("red", trait("color") == "red", purpose="plain")
USE: dict[str, Any] = {"purpose": "plain", "channel": "any"}
OUT = {**USE, "action": "export", "recipient": "crm"}


def filled() -> Hub:
    """Return a hub in which every call has something to say."""
    hub = Hub(
        MemoryStore(), policy=Policy(purposes=PURPOSES, processors={"crm"}), third_parties=[PARTY], clock=lambda: NOON
    )
    hub.ingest([
        SourceRecord(id="r1", source="crm", key=f"{WHO}key", occurred_at=NOON, identifiers=[MAIL, PHONE],
                     attributes={"city": WHAT, "color": "red"}),
        SourceRecord(id="r2", source="crm", key=f"{WHO}key2", occurred_at=NOON, identifiers=[OTHER, NUMBER],
                     attributes={"city": WHAT, "color": "red"}),
        SourceRecord(id="r3", source="crm", key=f"{WHO}key3", occurred_at=NOON,
                     identifiers=[MAIL, STRANGER]),
        Event(id="e1", source="web", name="Viewed", occurred_at=NOON, identifiers=[MAIL, NUMBER],
              properties={"page": "p1"}),
        Event(id="e2", source="web", type="group", account="acme", occurred_at=NOON, identifiers=[MAIL]),
        SourceRecord(id="r4", source="crm", key=f"{WHO}key4", occurred_at=NOON),
        ConsentRecord(id="c1", source="web", purpose="news", state=ConsentState.REFUSED, occurred_at=NOON,
                      identifiers=[MAIL]),
        Judgement(id="j1", source="desk", occurred_at=NOON, verdict=Verdict.SAME, left=MAIL, right=OTHER),
        Judgement(id="j2", source="desk", occurred_at=NOON, verdict=Verdict.SAME, left=FOURTH, right=RECORD),
        ModelAdopted(id="m1", source="desk", occurred_at=NOON, kind="records", fingerprint="m"),
        Event(id="e1", source="web", name="Viewed", occurred_at=NOON, identifiers=[OTHER]),
    ])  # fmt: skip
    hub.ingest([{"type": "track", "userId": WHO, "event": "X"}, WHO, {"type": WHAT}], source="web")
    hub.link([Link(RECORD, SECOND, 3.0, "m")])
    hub.release(hub.permit([MAIL], **OUT), **OUT)
    hub.define_segment(RED)
    hub.notarize([hub.decide(MAIL, Request("plain", "any"))], keys=KEYS)
    return hub


SWEPT = RetentionSchedule(rules=[RetentionRule("event:Viewed", "plain", timedelta(0))])


def _held(hub: Hub) -> Hub:
    """Return the hub with somebody erased of whom a law keeps something."""
    kept = Hub(hub.store, attrs.evolve(hub.setup, erasure=ErasureTerms(holds=[LegalHold("tax", NOON)])))
    kept.erase(kept.plan_erasure(MAIL))
    return kept


CALLS: dict[str, Callable[[Hub], object]] = {
    "access": lambda hub: hub.access(MAIL, verify=lambda _: True),
    "accesses": lambda hub: (len(hub.raw(MAIL, reason="a test").traits), hub.accesses(about=MAIL)),
    "accounts": lambda hub: hub.accounts(**USE),
    "answers": lambda hub: hub.answers("Viewed", ["page"], **USE),
    "breach_scope": lambda hub: hub.breach_scope(),
    "cases": lambda hub: hub.cases("Viewed", "Viewed", key="page", **USE),
    "anonymise": lambda hub: hub.anonymise(hub.plan_erasure(OTHER)),
    "anonymous_counts": lambda hub: (hub.anonymise(hub.plan_erasure(MAIL)), hub.anonymous_counts(least=1)),
    "changes": lambda hub: hub.changes(),
    "conflicts": lambda hub: hub.conflicts(reason="a test"),
    "context": lambda hub: hub.context(MAIL, **USE),
    "consent_records": lambda hub: hub.consent_records(MAIL, reason="a test"),
    "consent_proofs": lambda hub: (hub.erase(hub.plan_erasure(MAIL)), hub.consent_proofs(MAIL)),
    "coverage": lambda hub: hub.coverage(channels=["any"]),
    "decide": lambda hub: hub.decide(MAIL, Request("news", "any")),
    "define_segment": lambda hub: hub.define_segment(Segment("blue", trait("color") == "blue", purpose="plain")),
    "disclosed_to": lambda hub: hub.disclosed_to("crm"),
    "discard": lambda hub: hub.discard([one.id for one in hub.quarantined()]),
    "disclosures": lambda hub: hub.disclosures(MAIL),
    "due": lambda hub: hub.due(),
    "erase": lambda hub: hub.erase(hub.plan_erasure(MAIL)),
    "erasures": lambda hub: (hub.erase(hub.plan_erasure(MAIL)), hub.erasures()),
    "explain_identity": lambda hub: hub.explain_identity(MAIL, reason="a test"),
    "features": lambda hub: hub.features([(MAIL, NOON)], purpose="plain"),
    "fill_segments": lambda hub: hub.fill_segments(),
    "golden_changes": lambda hub: hub.golden_changes(purpose="plain", recipient="crm"),
    "held_facts": lambda hub: _held(hub).held_facts("tax", reason="a test"),
    "ids": lambda hub: list(hub.ids()),
    "ingest": lambda hub: hub.ingest([{"type": "track", "userId": WHO, "event": "Y"}, WHO], source="web"),
    "link": lambda hub: hub.link([Link(RECORD, SECOND, 9.0, "m")]),
    "link_external": lambda hub: hub.link_external(
        [ExternalRow(record=SourceRecord(id="x", source="broker", key=WHO, occurred_at=NOON, identifiers=[MAIL]),
                     basis="consent")], party="broker"),
    "log_entries": lambda hub: hub.log_entries(who=MAIL, keys=KEYS),
    "log_head": lambda hub: hub.log_head(),
    "members": lambda hub: list(hub.members("red")),
    "membership_changes": lambda hub: hub.membership_changes(),
    "notarize": lambda hub: hub.notarize(keys=KEYS),
    "permission": lambda hub: hub.permission(MAIL, **USE),
    "permit": lambda hub: hub.permit([MAIL], **OUT),
    "plan_erasure": lambda hub: hub.plan_erasure(MAIL),
    "portable": lambda hub: hub.portable(MAIL, verify=lambda _: True),
    "privacy_audit": lambda hub: hub.privacy_audit(channels=["any"]),
    "profile": lambda hub: hub.profile(MAIL, **USE),
    "profiles": lambda hub: list(hub.profiles(**USE)),
    "prove_entry": lambda hub: hub.prove_entry(0),
    "prove_growth": lambda hub: hub.prove_growth(1),
    "quarantined": lambda hub: hub.quarantined(),
    "raw": lambda hub: hub.raw(MAIL, reason="a test"),
    "rebuild": lambda hub: hub.rebuild(),
    "rectify": lambda hub: hub.rectify(MAIL, {"color": "blue"}, verify=lambda _: True),
    "refresh": lambda hub: hub.refresh(),
    "release": lambda hub: hub.release(hub.permit([MAIL], **OUT), **OUT),
    "replay": lambda hub: hub.replay(source="web"),
    "replay_decision": lambda hub: hub.replay_decision(hub.decide(MAIL, Request("news", "any"))),
    "replay_entry": lambda hub: hub.replay_entry(0, MAIL, keys=KEYS),
    "resume_erasures": lambda hub: (hub.erase(hub.plan_erasure(MAIL)), hub.resume_erasures()),
    "remove_segment": lambda hub: hub.remove_segment("red"),
    "resolve": lambda hub: hub.resolve(MAIL),
    "restrict": lambda hub: hub.restrict(MAIL, verify=lambda _: True),
    "retention_plan": lambda hub: hub.retention_plan(
        RetentionSchedule(rules=[RetentionRule("event:Viewed", "plain", timedelta(0))])),
    "review": lambda hub: hub.review(reason="a test"),
    "search": lambda hub: hub.search("color", "red", **USE),
    "segment_overlap": lambda hub: hub.segment_overlap(),
    "segment_sizes": lambda hub: hub.segment_sizes("red", [NOON]),
    "segments": lambda hub: hub.segments(),
    "simulate": lambda hub: hub.simulate(hub.setup.rules),
    "simulate_segment": lambda hub: hub.simulate_segment(RED),
    "subjects": lambda hub: list(hub.subjects(**USE)),
    "sweep": lambda hub: hub.sweep(hub.retention_plan(SWEPT), SWEPT),
    "to_frame": lambda hub: hub.to_frame(purpose="plain"),
    "verify_erasure": lambda hub: hub.verify_erasure(hub.erase(hub.plan_erasure(MAIL))),
}  # fmt: skip
COUNTED = {
    "define_segment",
    "discard",
    "due",
    "fill_segments",
    "remove_segment",
    "segment_sizes",
    "sweep",
    "rebuild",
    "refresh",
    "simulate",
    "link",
    "replay",
    "notarize",
    "prove_growth",
}
"""Calls that answer by numbers alone, or by nothing."""

RECORDED = {
    **dict.fromkeys(["held_facts", "raw", "consent_records", "explain_identity", "review", "conflicts"], "a test"),
    "access": "a request for access",
    "portable": "a request to take data along",
}
"""Calls that give identifiers: nothing but a reason is asked of whoever makes them."""

OURSELVES = {"joined"}
"""Another hub is no answer."""


def texts(found: object, seen: set[int] | None = None) -> Iterator[str]:
    """Give every text in *found*, however deep it lies and whatever hides it."""
    seen = set() if seen is None else seen
    if isinstance(found, str):
        yield found
    elif isinstance(found, bytes):
        yield found.decode("latin-1")
    elif found is None or isinstance(found, (int, float, datetime, type)) or callable(found) or id(found) in seen:
        return
    elif hasattr(found, "to_dict") and hasattr(found, "columns"):
        yield str(found.to_dict())
    else:
        seen.add(id(found))
        parts: list[object] = []
        if isinstance(found, Mapping):
            parts += [*found.keys(), *found.values()]
        elif isinstance(found, (list, tuple, set, frozenset)):
            parts += found
        names = [name for kind in type(found).__mro__ for name in getattr(kind, "__slots__", ())]
        parts += [getattr(found, name, None) for name in {*names, *getattr(found, "__dict__", ())}]
        for part in parts:
            yield from texts(part, seen)


@pytest.mark.parametrize("kind", [Hub, AsyncHub])
def test_every_call_that_asks_for_no_purpose_is_walked_through(kind):
    """A new one has to be made above, with arguments that let it answer."""
    there = {
        name
        for name, call in inspect.getmembers(kind, callable)
        if not name.startswith("_") and "purpose" not in inspect.signature(call).parameters
    }
    assert there <= CALLS.keys() | OURSELVES
    assert CALLS.keys() <= {name for name, _ in inspect.getmembers(kind, callable)}


@pytest.mark.parametrize("name", CALLS)
def test_what_a_call_gives_holds_no_identifier_unless_the_read_is_recorded(name):
    hub = filled()
    before = hub.accesses()
    told = set(texts(CALLS[name](hub)))
    assert told or name in COUNTED, "it answers something"
    leaked = {text for text in told if WHO in text or WHAT in text or DIGITS in text}
    since = hub.accesses(after=before[-1].position if before else 0)
    if name in RECORDED:
        assert leaked, "or it need not be recorded"
        assert {(one.what, one.reason) for one in since} == {(name, RECORDED[name])}
    else:
        assert not leaked
        assert not since or name == "accesses"


def test_a_hidden_identifier_is_found_by_the_walk():
    """The check of the check: in a view, an item, a mapping of tuples, a slot."""
    hub = filled()
    for holder in (hub.raw(MAIL, reason="a test"), hub.review(reason="a test"), {"a": ([MAIL],)}, attrs.evolve(PARTY)):
        assert any(WHO in text for text in texts(holder)) == (holder != PARTY)


@pytest.mark.parametrize("reason", ["", "  ", "no", None, 7])
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("raw", [MAIL]),
        ("consent_records", [MAIL]),
        ("explain_identity", [MAIL]),
        ("held_facts", ["tax"]),
        ("review", []),
        ("conflicts", []),
    ],
)
def test_without_a_reason_nothing_is_shown_and_nothing_recorded(name, args, reason):
    hub = filled()
    with pytest.raises(InvalidInputError, match=r"^reason: missing"):
        getattr(hub, name)(*args, reason=reason)
    with pytest.raises(InvalidInputError, match=r"^by:"):
        getattr(hub, name)(*args, reason="a test", by="clerk\n7")
    assert hub.accesses() == []


# --- who read what about whom ----------------------------------------------------------------------------------------


def shown(name: str, hub: Hub, who: str) -> set[str]:
    """Return the nodes that a call shows."""
    if name == "raw":
        return {one.node for one in hub.raw(who, reason="a law").identifiers}
    if name == "explain_identity":
        return {end.node for step in hub.explain_identity(who, reason="a law") for end in (step.left, step.right)}
    if name == "conflicts":
        return {one.identifier.node for one in hub.conflicts(reason="a law")}
    items = hub.review(reason="a law")
    return {end.node for item in items for end in (item.left_node, item.right_node) if end is not None}


@pytest.mark.parametrize("name", ["raw", "explain_identity", "review", "conflicts"])
@pytest.mark.parametrize("kind", ["dense", "contested"])
def test_whoevers_identifier_is_shown_stands_in_the_log(kind, name):
    @some(0.25)
    @given(st.data())
    def law(data):
        story: Story = data.draw(stories(kind))
        hub = told(story.rules, data.draw(shuffled([*story.facts, *story.links])), 3)
        owner = {node: name for name, nodes in everybody(hub).nodes.items() for node in nodes}
        for who in list(hub.ids())[:2]:
            before = hub.accesses()
            nodes = shown(name, hub, who)
            log = hub.accesses(after=before[-1].position if before else 0)
            assert {owner.get(node, "") for node in nodes} <= {one.profile for one in log}
            assert {one.what for one in log} <= {name}

    law()


def test_the_log_says_who_read_what_about_whom_and_why():
    hub = filled()
    hub.raw(MAIL, reason="answering case 12", by="clerk 7")
    hub.explain_identity(MAIL, reason="she asks why", between=(MAIL, PHONE), by="clerk 8")
    ours, theirs = hub.resolve(MAIL), hub.resolve(STRANGER)
    assert [(one.what, one.reason, one.by, one.profile, one.at) for one in hub.accesses()] == [
        ("raw", "answering case 12", "clerk 7", ours, NOON),
        ("explain_identity", "she asks why", "clerk 8", ours, NOON),
    ]
    assert theirs != ours
    assert hub.accesses(about=STRANGER) == []
    assert len(hub.accesses(about=MAIL)) == 2
    assert hub.accesses(about=PHONE, after=1) == hub.accesses(after=1)
    assert hub.accesses(about=PHONE, limit=1) == hub.accesses(limit=1)
    with pytest.raises(UnknownProfileError):
        hub.accesses(about=Identifier("email", "nobody@x.example"))


def test_what_was_read_of_two_who_are_one_now_was_read_of_the_one():
    hub = Hub(MemoryStore(), clock=lambda: NOON)
    one, other = Identifier.record("crm", "1"), Identifier.record("crm", "2")
    hub.ingest([SourceRecord(id=key, source="crm", key=key, occurred_at=NOON) for key in ("1", "2")])
    hub.raw(one, reason="a test", by="a")
    hub.raw(other, reason="a test", by="b")
    assert [read.by for read in hub.accesses(about=other)] == ["b"]
    hub.ingest([Judgement(id="j", source="desk", occurred_at=NOON, verdict=Verdict.SAME, left=one, right=other)])
    assert [read.by for read in hub.accesses(about=other)] == ["a", "b"]


def test_what_was_read_while_two_were_one_was_read_of_both():
    """After an unmerge the log once told it of one of them only."""
    clock = [NOON]
    hub = Hub(MemoryStore(), clock=lambda: clock[0])
    people = [Identifier.record("crm", key) for key in ("1", "2", "3")]
    hub.ingest([SourceRecord(id=str(n), source="crm", key=str(n), occurred_at=NOON) for n in (1, 2, 3)])

    def later(**told: Any) -> None:
        clock[0] += timedelta(hours=1)
        if told:
            hub.ingest([Judgement(source="desk", occurred_at=clock[0], left=people[0], right=people[1], **told)])
            clock[0] += timedelta(hours=1)

    hub.raw(people[1], reason="before", by="a")
    later(id="j1", verdict=Verdict.SAME)
    hub.raw(people[0], reason="both", by="b")
    hub.explain_identity(people[1], reason="both", by="c")
    later(id="j2", verdict=Verdict.DIFFERENT)
    hub.raw(people[0], reason="after", by="d")
    told = [[read.by for read in hub.accesses(about=one)] for one in people]
    assert told == [["b", "c", "d"], ["a", "b", "c"], []]
    assert [read.by for read in hub.accesses(about=people[1], after=1, limit=1)] == ["b"]


def test_a_read_that_cannot_be_recorded_gives_nothing():
    """The record is kept first: where it fails, so does the call."""

    class Full(MemoryStore):
        full = False

        def session(self, tenant: str, /, *, exclusive: bool = False) -> Any:
            if self.full:
                raise OSError("the disk is full")
            return super().session(tenant, exclusive=exclusive)

        reader = MemoryStore.session

    store = Full()
    hub = Hub(store, clock=lambda: NOON)
    one, other = Identifier.record("crm", "1"), Identifier.record("crm", "2")
    hub.ingest([SourceRecord(id=key, source="crm", key=key, occurred_at=NOON) for key in ("1", "2")])
    hub.ingest([Judgement(id="j", source="desk", occurred_at=NOON, verdict=Verdict.UNSURE, left=one, right=other)])
    assert len(hub.review(reason="a test")) == 1
    store.full = True
    assert hub.resolve(one)
    for ask in (lambda: hub.review(reason="a test"), lambda: hub.explain_identity(one, reason="a test")):
        with pytest.raises(OSError, match="full"):
            ask()
