"""What somebody said of consent can be read from the store, for a reason: receipts are made of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from unified_profile import (
    ConsentRecord,
    Event,
    Hub,
    Identifier,
    Judgement,
    MemoryStore,
    Purpose,
    SqliteStore,
    Verdict,
)
from unified_profile.errors import ErasedError, UnknownProfileError
from unified_profile.rights import ErasureTerms, KeyRing

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MAIL, PHONE = Identifier("email", "hanako@example.com"), Identifier("phone", "+81312345678")


def said(id: str, state: str, days: int, who: Identifier = MAIL) -> ConsentRecord:
    at = NOON - timedelta(days=days)
    return ConsentRecord(id=id, source="web", occurred_at=at, purpose="news", state=state, identifiers=[who])


@pytest.fixture(params=["memory", "sqlite"])
def hub(request, tmp_path):
    clock = [NOON]
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "people.sqlite")
    made = Hub(store, purposes=[Purpose("news")], erasure=ErasureTerms(keys=KeyRing({"a": b"k" * 32})),
               clock=lambda: clock[-1])  # fmt: skip
    made.ingest([said("c2", "withdrawn", 1), Event(id="e", source="web", occurred_at=NOON, identifiers=[MAIL])])
    clock.append(NOON + timedelta(days=1))
    made.ingest([said("c1", "given", 9), said("c3", "given", 5, PHONE)])
    return made


def ids(found: list[ConsentRecord]) -> list[str]:
    return [one.id for one in found]


def test_they_come_in_the_order_of_saying_as_they_were_taken_in(hub):
    found = hub.consent_records(MAIL, reason="a receipt")
    assert ids(found) == ["c1", "c2"]
    assert found[1].identifiers == (MAIL,)
    assert found[1].recorded_at == NOON


def test_what_was_known_then_is_told_as_then(hub):
    assert ids(hub.consent_records(MAIL, reason="a receipt", known_at=NOON)) == ["c2"]


def test_of_two_who_are_one_all_is_told(hub):
    told = Judgement(id="j", source="desk", occurred_at=NOON, verdict=Verdict.SAME, left=MAIL, right=PHONE)
    hub.ingest([told])
    assert ids(hub.consent_records(PHONE, reason="a receipt")) == ["c1", "c3", "c2"]


def test_the_read_is_kept_and_nobody_is_read_who_is_not_there(hub):
    hub.consent_records(MAIL, reason="she asks for a receipt", by="desk")
    [read] = hub.accesses(about=MAIL)
    assert (read.what, read.reason, read.by) == ("consent_records", "she asks for a receipt", "desk")
    with pytest.raises(UnknownProfileError):
        hub.consent_records(Identifier("email", "nobody@example.com"), reason="a receipt")
    hub.erase(hub.plan_erasure(MAIL))
    with pytest.raises(ErasedError):
        hub.consent_records(MAIL, reason="a receipt")
