"""The audit log of a hub: everything that was decided, read and handed out, provable, replayable, and about nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.hub.worlds import PURPOSES, STORES, Clock

from unified_profile import ConsentRecord, ConsentState, Event, Hub, Identifier, MemoryStore, SqliteStore
from unified_profile.consent import Policy, Request
from unified_profile.consent.situation import Situation
from unified_profile.errors import ErasedError, InvalidInputError, PurposeDeniedError, UnknownNameError
from unified_profile.rights.proof import (
    ConsistencyProof,
    InclusionProof,
    Pseudonyms,
    SignedTreeHead,
    SigningKey,
    TreeHead,
)
from unified_profile.testing.identity_programs import moment

CANARY = "canary7f3a"
WHO = Identifier("email", f"{CANARY}@x.example")
OTHER = Identifier("email", "other@x.example")
KEYS = Pseudonyms({"a": b"k" * 32})
USE: dict[str, Any] = {"action": "export", "purpose": "news", "channel": "email", "recipient": "mailer"}
NEWS = Request("news", "email")


class Later:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = moment(60)

    def __call__(self) -> Any:
        return self.now


def said(number: int, who: Identifier, state: ConsentState = ConsentState.GIVEN, **more: Any) -> ConsentRecord:
    return ConsentRecord(id=f"{CANARY}-c{number}", source="web", occurred_at=moment(number), purpose="news",
                         state=state, identifiers=[who], **more)  # fmt: skip


def filled(store: Any = None, clock: Any = None) -> Hub:
    policy = Policy(purposes=PURPOSES, processors={"mailer"})
    hub = Hub(store or MemoryStore(), policy=policy, clock=clock or Clock())
    hub.ingest([
        said(1, WHO),
        said(2, OTHER, ConsentState.REFUSED),
        Event(id=f"{CANARY}-e", source="web", name="Viewed", occurred_at=moment(3), identifiers=[WHO],
              properties={"page": CANARY}),
    ])  # fmt: skip
    return hub


def busy(hub: Hub) -> list[Any]:
    """Decide, permit, hand out and read; return what is to be entered."""
    made: list[Any] = [hub.decide(WHO, NEWS), hub.decide(OTHER, NEWS)]
    permit = hub.permit([WHO, OTHER], **USE)
    hub.release(permit, **USE)
    hub.raw(WHO, reason=f"{CANARY} called")
    return [*made, permit]


@pytest.mark.parametrize("store", STORES)
def test_all_that_was_decided_read_and_handed_out_is_entered_once_and_proven(store):
    with STORES[store]() as empty:
        hub = filled(empty)
        report = hub.notarize(busy(hub), keys=KEYS)
        entries = hub.log_entries()
        assert [one.kind for one in entries] == [
            "decision", "decision", "permit", "permit_denied", "access", "disclosure"
        ]  # fmt: skip
        assert [one.place for one in entries] == list(report.places)
        head = hub.log_head()
        for one in entries:
            assert hub.prove_entry(one.place).proves(one.body, head)
            assert not hub.prove_entry(one.place).proves({**one.body, "code": "x"}, head)
        again = hub.notarize(keys=KEYS)
        assert not again.places, "each once"
        hub.raw(OTHER, reason="once more")
        hub.notarize(keys=KEYS)
        later = hub.log_head()
        growth = hub.prove_growth(head.size)
        assert growth.proves(head, later)
        assert hub.prove_entry(0, size=head.size).proves(entries[0].body, head)
        assert not growth.proves(attrs.evolve(head, root=bytes(32)), later)


def test_no_personal_data_is_in_the_log():
    """Not in an entry, a head or a proof; not the ids of profiles, facts or permits; not what clerks write."""
    hub = filled()
    hub.notarize(busy(hub), keys=KEYS)
    told = [one.body for one in hub.log_entries()] + [hub.prove_entry(0).to_json(), hub.log_head().to_json()]
    text = json.dumps(told) + repr(hub.log_entries())
    assert CANARY not in text
    assert "prf_" not in text
    assert "pmt_" not in text
    assert {one.subject for one in hub.log_entries()} == {
        "", *(KEYS.of("profile", hub.resolve(who)) for who in (WHO, OTHER))
    }  # fmt: skip


def test_nor_in_the_tables_of_a_store(tmp_path: Path):
    import sqlite3

    with SqliteStore(tmp_path / "facts.sqlite") as store:
        hub = filled(store)
        hub.notarize(busy(hub), keys=KEYS)
    with sqlite3.connect(tmp_path / "facts.sqlite") as database:
        for table in ("up_log_entry", "up_log_tile"):
            text = repr(database.execute(f"SELECT * FROM {table}").fetchall())
            assert len(text) > 100
            assert CANARY not in text
            assert "prf_" not in text
    database.close()


@pytest.mark.parametrize("store", STORES)
def test_every_decision_in_the_log_is_made_again_whatever_was_learned_since(store):
    with STORES[store]() as empty:
        clock = Later()
        hub = filled(empty, clock)
        made = busy(hub)
        hub.notarize(made, keys=KEYS)
        clock.now = moment(80)
        hub.ingest([said(70, WHO, ConsentState.WITHDRAWN), said(71, OTHER)])
        assert not hub.permission(WHO, purpose="news", channel="email")
        entries = hub.log_entries()
        for place, who, granted, code in (
            (0, WHO, True, "consent_given"), (1, OTHER, False, "refused"),
            (2, WHO, True, "consent_given"), (5, WHO, True, "consent_given"),
        ):  # fmt: skip
            answer = hub.replay_entry(place, who, keys=KEYS)
            assert (answer.granted, answer.code) == (granted, code), entries[place].kind
        answer = hub.replay_entry(0, WHO, keys=KEYS)
        assert answer == made[0].permission, "to the last detail"


def test_what_is_no_decision_or_about_somebody_else_is_not_replayed():
    hub = filled()
    hub.notarize(busy(hub), keys=KEYS)
    for place, who, kind in ((4, WHO, InvalidInputError), (3, WHO, InvalidInputError), (0, OTHER, InvalidInputError),
                             (99, WHO, UnknownNameError)):  # fmt: skip
        with pytest.raises(kind):
            hub.replay_entry(place, who, keys=KEYS)
    with pytest.raises(InvalidInputError, match=r"^who"):
        hub.replay_entry(0, WHO, keys=Pseudonyms.fresh())
    with pytest.raises(ErasedError):
        hub.replay_entry(0, Identifier("email", "nobody@x.example"), keys=KEYS)


def test_a_decision_whose_statement_is_gone_cannot_be_replayed():
    from unified_profile.storage.commands import Changes, Delete, Scan
    from unified_profile.storage.tables import FACTS

    hub = filled()
    hub.notarize([hub.decide(WHO, NEWS)], keys=KEYS)
    with hub.store.session("default") as session:
        (rows,) = session.read([Scan(FACTS)])
        session.write(Changes(deletes=[Delete(FACTS, [(row.position,) for row in rows if row.id == f"{CANARY}-c1"])]))
    with pytest.raises(ErasedError):
        hub.replay_entry(0, WHO, keys=KEYS)


def test_a_decision_made_in_a_situation_is_replayed_in_that_one_alone():
    from datetime import date

    hub = filled()
    situation = Situation(birth_date=date(2015, 1, 1))
    made = hub.decide(WHO, NEWS, situation=situation)
    hub.notarize([made], keys=KEYS)
    assert "2015" not in json.dumps(hub.log_entries()[0].body["situation"])
    assert hub.replay_entry(0, WHO, keys=KEYS, situation=situation) == made.permission
    for other in (None, Situation(birth_date=date(1980, 1, 1))):
        with pytest.raises(InvalidInputError, match=r"^situation"):
            hub.replay_entry(0, WHO, keys=KEYS, situation=other)


def test_entries_about_somebody_are_found_by_whoever_has_the_keys_through_merges_and_other_keys():
    hub = filled()
    hub.notarize(busy(hub), keys=KEYS)
    newer = KEYS.plus("b")
    hub.raw(OTHER, reason="later")
    hub.notarize(keys=newer)
    hub.ingest([Event(id="join", source="web", name="Viewed", occurred_at=moment(9), identifiers=[WHO, OTHER])])
    found = hub.log_entries(who=OTHER, keys=newer)
    assert [one.kind for one in found] == ["decision", "decision", "permit", "access", "disclosure", "access"]
    assert hub.log_entries(who=OTHER, keys=Pseudonyms.fresh()) == []
    assert [one.kind for one in hub.log_entries(who=OTHER, keys=newer, after=4, limit=1)] == ["access"]
    forgotten = hub.log_entries(who=OTHER, keys=newer.without("a"))
    assert [one.kind for one in forgotten] == ["access"], "a key that is gone takes what it named with it"
    with pytest.raises(InvalidInputError, match=r"^keys"):
        hub.log_entries(who=OTHER)


def test_a_denial_is_entered_too():
    hub = filled()
    with pytest.raises(PurposeDeniedError):
        hub.permit(OTHER, **USE)
    hub.notarize([hub.decide(OTHER, NEWS)], keys=KEYS)
    (entry,) = hub.log_entries()
    assert (entry.body["granted"], entry.body["code"]) == (False, "refused")


def test_two_writers_lose_no_entry():
    """The second finds the log longer than it thought, and decides again."""
    hub = filled()
    hub.notarize([hub.decide(WHO, NEWS)], keys=KEYS)
    from unified_profile.errors import ConflictError
    from unified_profile.hub import notarizing
    from unified_profile.rights.proof.entries import entries_of

    plan: Any = notarizing.entered(entries_of(hub.decide(OTHER, NEWS), KEYS))
    answer = None
    with hub.store.session("default") as session:
        for _ in range(2):
            answer = session.read(plan.send(answer).reads)
        commit = plan.send(answer)
    hub.notarize([hub.decide(OTHER, NEWS)], keys=KEYS)
    with pytest.raises(ConflictError), hub.store.session("default") as session:
        session.write(commit.changes)
    assert len(hub.log_entries()) == 2


def test_heads_and_proofs_travel_as_json_and_are_checked_there():
    key, other = SigningKey.fresh(), SigningKey.fresh()
    hub = filled()
    hub.notarize(busy(hub), keys=KEYS)
    head = hub.log_head().signed(key)
    there = SignedTreeHead.from_json(json.loads(json.dumps(head.to_json())))
    assert there == head
    assert there.verify(key.public)
    assert not there.verify(other.public)
    for change in (
        {"size": 5},
        {"log": "other"},
        {"root": "00" * 32},
        {"at": (head.head.at + timedelta(1)).isoformat()},
    ):
        assert not SignedTreeHead.from_json({**head.to_json(), **change}).verify(key.public)
    one = hub.prove_entry(2)
    assert InclusionProof.from_json(json.loads(json.dumps(one.to_json()))) == one
    assert one.proves(hub.log_entries()[2].body, head)
    grown = hub.prove_growth(2)
    assert ConsistencyProof.from_json(json.loads(json.dumps(grown.to_json()))) == grown


NO_FORMS: list[Any] = [
    {}, {"index": 1}, {"index": "1", "size": 2, "path": []}, {"index": 1, "size": 2, "path": ["zz"]},
    {"index": True, "size": 2, "path": []}, {"index": 1, "size": 2, "path": "ab"}, [], None,
]  # fmt: skip


@pytest.mark.parametrize("form", NO_FORMS)
def test_what_is_no_proof_or_head_is_refused(form):
    for kind in (InclusionProof, ConsistencyProof, TreeHead, SignedTreeHead):
        with pytest.raises(InvalidInputError):
            kind.from_json(form)


def test_a_proof_for_another_head_proves_nothing():
    hub = filled()
    hub.notarize(busy(hub), keys=KEYS)
    body = hub.log_entries()[0].body
    assert not hub.prove_entry(0, size=3).proves(body, hub.log_head())
    assert hub.prove_entry(0, size=3).proves(body, hub.log_head(size=3))
    with pytest.raises(InvalidInputError, match=r"^size"):
        hub.log_head(size=99)
    with pytest.raises(InvalidInputError, match=r"^old"):
        hub.prove_growth(99)
    with pytest.raises(UnknownNameError):
        hub.prove_entry(99)


def test_the_log_of_one_tenant_is_not_that_of_another():
    store = MemoryStore()
    for tenant in ("one", "two"):
        hub = Hub(store, purposes=PURPOSES, clock=Clock(), tenant=tenant)
        hub.ingest([Event(id="e", source="w", occurred_at=moment(0), identifiers=[WHO], tenant=tenant)])
        hub.raw(WHO, reason="a look")
        hub.notarize(keys=KEYS)
        assert (len(hub.log_entries()), hub.log_head().log) == (1, tenant)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    import sys

    from unified_profile.errors import MissingExtraError

    hub = filled()
    monkeypatch.setitem(sys.modules, "rfc8785", None)
    with pytest.raises(MissingExtraError, match="crypto"):
        hub.notarize([hub.decide(WHO, NEWS)], keys=KEYS)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    with pytest.raises(MissingExtraError, match="crypto"):
        SigningKey.fresh().public  # noqa: B018  # asking is enough
