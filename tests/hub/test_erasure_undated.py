"""An export that still has an erased person does not bring them back; what they do themselves does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from unified_profile import Event, Hub, Identifier, MemoryStore, Purpose, SourceRecord, SqliteStore
from unified_profile.model.codec import decode, encode
from unified_profile.rights import ErasureTerms, KeyRing
from unified_profile.wire import RecordMapping, RowReader

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANNA = Identifier("email", "anna@x.example")
CUSTOMERS = RecordMapping(
    "crm", "id", identifiers={"mail": "email", "tel": "phone"}, attributes={"town": "city", "zip": "postcode"}
)
DATED = RecordMapping("crm", "id", identifiers={"mail": "email"}, attributes={"town": "city"}, occurred_at="since")


@pytest.fixture(params=["memory", "sqlite"])
def told(request, tmp_path):
    """Return a hub over an export, from which Anna was erased, and its clock."""
    clock = [NOON]
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "people.sqlite")
    terms = ErasureTerms(keys=KeyRing({"a": b"k" * 32}))
    purposes = [Purpose("service", basis="contract", traits={"*"}, events={"*"})]
    hub = Hub(store, purposes=purposes, erasure=terms, clock=lambda: clock[-1])
    rows = [
        {"id": "1", "mail": "anna@x.example", "tel": "+49 651 316966", "town": "Bonn"},
        {"id": "2", "mail": "bert@x.example", "town": "Bonn"},
    ]
    hub.ingest(rows, reader=RowReader(CUSTOMERS))
    hub.ingest([Event(id="e", source="web", occurred_at=NOON, identifiers=[ANNA])])
    hub.erase(hub.plan_erasure(ANNA))
    clock.append(NOON + timedelta(days=30))
    return hub


@pytest.mark.parametrize(
    "row",
    [
        {"id": "1", "mail": "anna@x.example", "tel": "+49 651 316966", "town": "Trier"},
        {"id": "1", "mail": "anna@x.example", "town": "Bonn", "zip": "53111"},
        {"id": "9", "mail": "ANNA@x.example"},
    ],
    ids=["another cell", "another column", "another key"],
)
def test_a_row_without_a_moment_is_no_sign_of_life(told, row):
    report = told.ingest([row], reader=RowReader(CUSTOMERS))
    assert (report.accepted, report.erased, report.n_quarantined) == (0, 1, 0)
    with pytest.raises(LookupError):
        told.resolve(ANNA)


def test_of_others_such_rows_are_taken(told):
    rows = [
        {"id": "2", "mail": "bert@x.example", "town": "Trier"},
        {"id": "3", "mail": "cem@x.example", "town": "Trier"},
    ]
    report = told.ingest(rows, reader=RowReader(CUSTOMERS))
    assert (report.accepted, report.erased) == (2, 0)
    assert told.profile(Identifier("email", "bert@x.example"), purpose="service")["city"] == "Trier"


def test_who_comes_back_by_what_says_when_is_somebody_new(told):
    row = {"id": "1", "mail": "anna@x.example", "town": "Trier", "since": "2026-05-20T10:00:00Z"}
    assert told.ingest([row], reader=RowReader(DATED)).accepted == 1
    assert told.profile(ANNA, purpose="service")["city"] == "Trier"
    old = {**row, "since": "2026-04-20T10:00:00Z", "town": "Ulm"}
    assert told.ingest([old], reader=RowReader(DATED)).erased == 1


def test_that_nobody_said_when_is_kept_with_the_fact():
    made = SourceRecord(id="r", source="crm", key="1", occurred_at=NOON, recorded_at=NOON, dated=False)
    assert decode(encode(made, bundle="", recorded_us=0), tenant="default") == made
