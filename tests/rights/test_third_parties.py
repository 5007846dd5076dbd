"""Data from others is linked where both sides permit it; everything else is refused, counted and forgotten."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from unified_profile import ConsentRecord, ConsentState, Hub, Identifier, MemoryStore, Purpose, SourceRecord
from unified_profile.errors import HashedAudienceError, InvalidInputError, InvalidRulesError, UnknownNameError
from unified_profile.rights import ExternalRow, ThirdParty
from unified_profile.rights.third_parties import GIVER_BASES

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PARTY = ThirdParty("broker", "Broker Ltd", "enrichment")
PURPOSES = [Purpose("enrichment", traits={"income"}), Purpose("service", traits={"*"}, basis="contract")]


def mail(name):
    return Identifier("email", f"{name}@x.example")


def opened(consents=("yes",), store=None, kind: Any = Hub):
    hub = kind(store or MemoryStore(), purposes=PURPOSES, third_parties=[PARTY], clock=lambda: NOON)
    facts: list[Any] = [
        SourceRecord(id=f"r-{name}", source="crm", key=name, occurred_at=NOON, identifiers=[mail(name)])
        for name in ("yes", "no", "late")
    ]
    facts += [
        ConsentRecord(id=f"c-{name}", source="web", purpose="enrichment", state=ConsentState.GIVEN,
                      occurred_at=NOON - timedelta(days=1), identifiers=[mail(name)])
        for name in consents
    ]  # fmt: skip
    return hub, facts


def row(name, *who, basis="consent", confirmed=True, evidence="e1", source="broker", key=""):
    record = SourceRecord(
        id=f"x-{name}", source=source, key=key or name, occurred_at=NOON, identifiers=who, attributes={"income": "high"}
    )
    return ExternalRow(record, basis, confirmed=confirmed, evidence_ref=evidence)


def filled(consents=("yes",)):
    hub, facts = opened(consents)
    hub.ingest(facts)
    return hub


CASES: dict[str, tuple[ExternalRow, str]] = {
    "both permit it": (row("a", mail("yes")), ""),
    "another lawful basis": (row("b", mail("yes"), basis="legitimate_interests", confirmed=False, evidence=""), ""),
    "the giver has no basis": (row("c", mail("yes"), basis=""), "no_basis"),
    "the giver made one up": (row("d", mail("yes"), basis="we bought it"), "no_basis"),
    "the giver did not confirm": (row("e", mail("yes"), confirmed=False), "not_confirmed"),
    "the giver shows no proof": (row("f", mail("yes"), evidence=""), "not_confirmed"),
    "the person did not permit it": (row("g", mail("no")), "no_consent"),
    "nobody we know": (row("h", mail("stranger")), "nobody"),
    "two people": (row("i", mail("yes"), mail("no")), "several_people"),
    "no identifier": (row("j"), "no_identifier"),
    "another source": (row("k", mail("yes"), source="crm2"), "other_source"),
}


@given(st.lists(st.sampled_from(sorted(CASES)), max_size=14))
@settings(max_examples=40)
def test_what_is_refused_is_counted_by_reason_and_leaves_nothing(cases):
    hub = filled()
    people = sorted(hub.ids())
    report = hub.link_external([CASES[case][0] for case in cases], party="broker")
    codes = [CASES[case][1] for case in cases]
    assert report.linked == codes.count("")
    assert dict(report.refused) == {code: codes.count(code) for code in set(codes) - {""}}
    assert report.n_refused == len([code for code in codes if code])
    assert sorted(hub.ids()) == people, "others' data makes no person and joins none"
    assert not hub.quarantined()
    linked = any(not code for code in codes)
    assert hub.profile(mail("yes"), purpose="enrichment").get("income") == ("high" if linked else None)
    assert hub.raw(mail("no"), reason="a test").traits == {}


keys = st.sampled_from(["k1", "k2"])
names = st.sampled_from(["yes", "late", "device", "stranger"])
calls = st.lists(st.lists(st.tuples(keys, st.lists(names, min_size=1, max_size=3)), min_size=1, max_size=3), max_size=4)


@given(calls)
@settings(max_examples=40)
def test_whatever_others_say_nobody_is_joined_to_anybody_not_even_later(batches):
    """A key that the giver uses twice, or a device that it names, would join people when others turn up with it."""
    hub = filled(["yes", "late"])
    apart = {name: hub.resolve(mail(name)) for name in ("yes", "late")}
    for at, batch in enumerate(batches):
        hub.link_external(
            [row(f"{at}-{place}", *map(mail, who), key=key) for place, (key, who) in enumerate(batch)], party="broker"
        )
    hub.ingest(
        [
            SourceRecord(
                id=f"later-{name}", source="crm", key=f"later-{name}", occurred_at=NOON, identifiers=[mail(name)]
            )
            for name in ("device", "stranger")
        ]
    )
    now = {name: hub.resolve(mail(name)) for name in ("yes", "late", "device", "stranger")}
    assert {name: now[name] for name in apart} == apart
    assert len(set(now.values())) == 4


def test_who_withdraws_is_linked_no_more():
    hub = filled()
    assert hub.link_external([row("a", mail("yes"))], party="broker").linked == 1
    hub.ingest([
        ConsentRecord(id="w", source="web", purpose="enrichment", state=ConsentState.WITHDRAWN, occurred_at=NOON,
                      identifiers=[mail("yes")])
    ])  # fmt: skip
    assert dict(hub.link_external([row("b", mail("yes"))], party="broker").refused) == {"withdrawn": 1}
    assert "income" not in hub.profile(mail("yes"), purpose="enrichment")


def test_the_records_of_a_third_party_do_not_come_in_by_another_door():
    hub = filled()
    report = hub.ingest([row("a", mail("yes")).record])
    assert (report.accepted, report.reasons()) == (0, {"source: a third party's": 1})
    assert "income" not in hub.raw(mail("yes"), reason="a test").traits


def digest(text, kind="sha256"):
    return hashlib.new(kind, text.encode()).hexdigest()


BARE: dict[str, Any] = {
    "sha256": digest("yes@x.example"),
    "md5": digest("yes@x.example", "md5"),
    "bytes": hashlib.sha256(b"yes@x.example").digest(),
    "a row": {"email_sha256": digest("yes@x.example")},
    "an identifier": row("a", Identifier("user_id", digest("yes@x.example")), basis=""),
}


@pytest.mark.parametrize("case", BARE)
def test_an_audience_of_bare_hashes_is_refused_whole(case):
    hub = filled()
    with pytest.raises(HashedAudienceError) as caught:
        hub.link_external([row("good", mail("yes")), BARE[case]], party="broker")
    assert "1 of 2 rows" in str(caught.value)
    assert digest("yes@x.example") not in str(caught.value)
    assert "income" not in hub.profile(mail("yes"), purpose="enrichment")


def test_what_is_no_row_and_who_is_no_party_is_refused():
    hub = filled()
    with pytest.raises(InvalidInputError, match="on what basis"):
        hub.link_external([row("a", mail("yes")).record], party="broker")
    with pytest.raises(UnknownNameError):
        hub.link_external([], party="nobody")
    with pytest.raises(UnknownNameError):
        Hub(MemoryStore(), purposes=PURPOSES, third_parties=[ThirdParty("b", "B", "nope")])
    with pytest.raises(InvalidRulesError):
        ThirdParty("b", "", "enrichment")
    with pytest.raises(InvalidRulesError):
        Hub(MemoryStore(), purposes=PURPOSES, third_parties=["broker"])
    assert "consent" in GIVER_BASES


def test_the_asynchronous_hub_links_alike(tmp_path):
    from unified_profile.aio import AsyncHub
    from unified_profile.storage.aio import AsyncSqlStore

    async def main() -> None:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/people.sqlite") as store:
            hub, facts = opened(store=store, kind=AsyncHub)
            await hub.ingest(facts)
            report = await hub.link_external([one for one, _ in CASES.values()], party="broker")
            assert (report.linked, report.n_refused) == (2, 9)
            audit = await hub.privacy_audit(channels=["any"])
            assert audit.people == 3

    asyncio.run(main())
