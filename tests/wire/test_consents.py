"""Consent payloads carry the fields of ISO/IEC TS 27560 into the record."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import ConsentRecord, ConsentState, Identifier
from unified_profile.wire import Reader, read

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TARO = {"namespace": "email", "value": "taro@example.com"}
SAID = {"purpose": "newsletter", "state": "given", "expressed_at": "2025-08-31T10:00:00+09:00", "subject": TARO}


def taken(**changes: object) -> ConsentRecord:
    record = read(SAID | changes, source="log", received_at=NOW)
    assert isinstance(record, ConsentRecord)
    return record


def test_every_field_of_the_standard_reaches_the_record():
    full = {
        "record_id": "R1",
        "recorded_at": "2025-08-31T01:00:09Z",
        "channel": "email",
        "brand": "kawa",
        "identifiers": [{"namespace": "customer_number", "value": 7, "scope": "kawa"}, TARO],
        "controller": "Kawa Ltd",
        "joint_controllers": ["Hoshi Ltd"],
        "legal_basis": "consent",
        "notice_id": "n",
        "notice_version": "2",
        "notice_sha256": "a" * 64,
        "language": "ja",
        "data_categories": ["email", "name"],
        "special_categories": ["health"],
        "optional_categories": ["name"],
        "operations": ["send"],
        "recipients": ["Post"],
        "collection_method": "form",
        "storage_location": "JP",
        "retention": "P1Y",
        "jurisdiction": "JP",
        "withdrawal_method": "link",
        "duration": "P6M",
        "expressed_by": "parent",
        "method": "web_form",
        "evidence_ref": "file:1",
        "schema_version": "27560:2023",
    }
    record = taken(**full)
    assert record == ConsentRecord(
        id="log:R1",
        source="log",
        occurred_at=datetime(2025, 8, 31, 1, tzinfo=UTC),
        recorded_at=datetime(2025, 8, 31, 1, 0, 9, tzinfo=UTC),
        purpose="newsletter",
        state=ConsentState.GIVEN,
        identifiers=(Identifier("email", "taro@example.com"), Identifier("customer_number", "7", "kawa")),
        channel="email",
        brand="kawa",
        controller="Kawa Ltd",
        joint_controllers=("Hoshi Ltd",),
        notice_id="n",
        notice_version="2",
        notice_sha256="a" * 64,
        language="ja",
        data_categories=("email", "name"),
        special_categories=("health",),
        optional_categories=("name",),
        operations=("send",),
        recipients=("Post",),
        collection_method="form",
        storage_location="JP",
        retention=timedelta(days=365),
        jurisdiction="JP",
        withdrawal_method="link",
        duration=timedelta(days=181),
        expressed_by="parent",
        method="web_form",
        evidence_ref="file:1",
    )


def test_half_a_year_follows_the_calendar_of_the_place_where_it_was_said():
    assert taken(duration="P6M").duration == timedelta(days=181)
    # The same instant, written in London: 02:00 on 31 August; half a year later the clock stands differently.
    assert taken(expressed_at="2025-03-31T00:30:00+09:00", duration="P1M").duration == timedelta(days=30)
    assert taken(expressed_at="2025-03-30T15:30:00Z", duration="P1M").duration == timedelta(days=31)


@pytest.mark.parametrize(
    ("expiry", "days"), (("P30D", 30), ("2025-09-01T10:00:00+09:00", 1), ("2025-09-01T10:00:00", 1), ("P1W", 7))
)
def test_an_expiry_may_be_a_duration_or_an_instant(expiry, days):
    assert taken(expiry=expiry).duration == timedelta(days=days)


@pytest.mark.parametrize("state", list(ConsentState))
def test_every_state_can_be_sent(state):
    assert taken(state=str(state)).state is state


@pytest.mark.parametrize(
    ("state", "expected"),
    (("dpv:ConsentGiven", ConsentState.GIVEN), ("dpv:ConsentRequestDeferred", ConsentState.DEFERRED)),
)
def test_states_go_by_their_names_in_the_data_privacy_vocabulary_too(state, expected):
    assert taken(state=state).state is expected


@pytest.mark.parametrize(
    ("field", "changes"),
    (
        ("state", {"state": "expired"}),
        ("state", {"state": "dpv:ConsentExpired"}),
        ("state", {"state": "yes"}),
        ("purpose", {"purpose": ["a", "b"]}),
        ("purpose", {"purpose": ""}),
        ("expressed_at", {"expressed_at": "2025-08-31T10:00:00"}),
        ("expressed_at", {"expressed_at": None}),
        ("duration", {"duration": "six months"}),
        ("duration", {"duration": "P0D"}),
        ("duration", {"duration": "-P1D"}),
        ("duration", {"duration": "P9999Y"}),
        ("retention", {"retention": 5}),
        ("expiry", {"duration": "P1D", "expiry": "P1D"}),
        ("expiry", {"expiry": "2025-08-01T00:00:00Z"}),
        ("expiry", {"expiry": "someday"}),
        ("subject", {"subject": None}),
        ("subject.value", {"subject": {"namespace": "email", "value": ""}}),
        ("subject.scope", {"subject": TARO | {"scope": "a@b"}}),
        ("identifiers", {"identifiers": TARO}),
        ("identifiers.1.namespace", {"identifiers": [TARO, TARO | {"namespace": "E-Mail"}]}),
        ("notice_sha256", {"notice_sha256": "abc"}),
        ("data_categories.0", {"data_categories": [1]}),
        ("consent", {"consent": True}),
    ),
)
def test_a_statement_that_is_none_is_refused_by_its_field(field, changes):
    with pytest.raises(InvalidPayloadError) as caught:
        taken(**changes)
    assert caught.value.field == field


def test_a_clock_without_an_offset_is_read_where_the_reader_says():
    reader = Reader(source="log", assume_tz="Asia/Tokyo")
    record = reader.read(SAID | {"expressed_at": "2025-08-31T10:00:00"}, received_at=NOW)
    assert record.occurred_at == datetime(2025, 8, 31, 1, tzinfo=UTC)


def test_equal_records_of_two_logs_are_two_and_of_one_log_one():
    assert taken(record_id="R1").id != read(SAID | {"record_id": "R1"}, source="other", received_at=NOW).id
    assert taken(record_id="R1").id == taken(record_id="R1", state="withdrawn").id


def test_a_statement_without_a_record_id_is_named_by_what_it_says():
    assert taken().id == taken(recorded_at="2026-01-01T00:00:00Z").id
    assert len({taken().id, taken(state="withdrawn").id, taken(channel="email").id}) == 3


@given(st.datetimes(datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(1, 400))  # noqa: DTZ001 - Hypothesis wants naive bounds
def test_a_duration_in_months_ends_that_many_months_later(said, months):
    """The instant it ends on lies in the month that a calendar shows, never before the day that was meant."""
    end = said.replace(tzinfo=UTC) + taken(expressed_at=said.isoformat() + "Z", duration=f"P{months}M").duration
    assert (end.year * 12 + end.month) - (said.year * 12 + said.month) == months
    assert end.day == said.day or (end.day < said.day and (end + timedelta(days=1)).day == 1)
