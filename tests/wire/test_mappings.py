"""A declared mapping turns rows into records, events and consent."""

from datetime import UTC, datetime, timedelta

import pytest

from unified_profile.errors import InvalidPayloadError, InvalidRulesError
from unified_profile.model import ConsentRecord, ConsentState, Event, SourceRecord
from unified_profile.wire import RecordMapping, fact_of

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CRM = RecordMapping(
    "crm",
    "id",
    identifiers={"mail": "email", "no": "customer_number@{brand}"},
    attributes={"name": "name", "born": "birth_date", "points": "points", "vip": "vip", "since": "created_at"},
    types={"born": "date", "points": "number", "vip": "flag", "since": "time"},
    occurred_at="changed",
    tz="Asia/Tokyo",
    brand_column="brand",
    blanks={"N/A"},
    decimal=".",
)
ROW = {
    "id": 7,
    "mail": " taro@example.com ",
    "no": "4711",
    "name": "山田 太郎",
    "born": "S50.1.2",
    "points": "1,200",
    "vip": "はい",
    "since": "2020/1/2 3:04",
    "changed": "2026-02-01 09:00",
    "brand": "kawa",
}
SHOP = RecordMapping(
    "shop",
    "order",
    kind="event",
    name="Order Completed",
    name_column="status",
    names={"Cancelled": "Order Cancelled"},
    identifiers={"mail": "email"},
    attributes={"order": "order_id", "sum": "total"},
    types={"sum": "number"},
    decimal=".",
    occurred_at="at",
    constants={"currency": "JPY"},
    channel="store",
)
ORDER = {"order": "O1", "mail": "taro@example.com", "sum": "¥1,200", "at": "2026-02-01T09:00:00Z", "status": "paid"}


def record(row: object, mapping: RecordMapping = CRM) -> SourceRecord:
    fact = fact_of(row, mapping, received_at=NOW)  # type: ignore[arg-type]  # tests send what strangers send
    assert isinstance(fact, SourceRecord)
    return fact


def event(row: object, mapping: RecordMapping = SHOP) -> Event:
    fact = fact_of(row, mapping, received_at=NOW)  # type: ignore[arg-type]  # tests send what strangers send
    assert isinstance(fact, Event)
    return fact


def test_a_row_becomes_a_record_as_declared():
    fact = record(ROW)
    assert [identifier.node for identifier in fact.identifiers] == [
        "email:taro@example.com",
        "customer_number@kawa:4711",
    ]
    assert fact.attributes == {
        "name": "山田 太郎",
        "birth_date": "1975-01-02",
        "points": 1200,
        "vip": True,
        "created_at": "2020-01-01T18:04:00Z",
    }
    assert (fact.source, fact.key, fact.brand) == ("crm", "7", "kawa")
    assert fact.occurred_at == datetime(2026, 2, 1, tzinfo=UTC)


def test_blank_cells_are_missing_values():
    fact = record({"id": "7", "mail": " ", "no": None, "name": "n/a", "points": "", "brand": "　"})
    assert (fact.identifiers, fact.attributes, fact.brand) == ((), {}, "")


def test_a_record_without_a_moment_holds_from_when_it_was_received_and_stays_the_same_record():
    row = {key: cell for key, cell in ROW.items() if key != "changed"}
    fact = record(row)
    again = fact_of(row, CRM, received_at=NOW + timedelta(days=1))
    assert fact.occurred_at == NOW
    assert again is not None
    assert again.id == fact.id


def test_a_newer_state_of_a_row_has_the_same_key_and_another_id():
    other = record(ROW | {"points": "1,300"})
    assert (other.key, other.node) == (record(ROW).key, record(ROW).node)
    assert other.id != record(ROW).id
    assert record(dict(reversed(ROW.items()))).id == record(ROW).id


def test_several_columns_may_name_a_row_together():
    mapping = RecordMapping("crm", ("shop", "id"))
    assert record({"shop": "a", "id": 1}, mapping).key == "a/1"


def test_without_a_key_the_content_names_the_row():
    mapping = RecordMapping("crm", attributes={"a": "a"})
    assert record({"a": 1}, mapping).key == record({"a": 1}, mapping).key != record({"a": 2}, mapping).key


def test_columns_reach_into_objects_but_a_column_of_that_name_comes_first():
    mapping = RecordMapping("crm", "customer.id", attributes={"customer.tags": "tags"})
    assert record({"customer": {"id": 1, "tags": ["a"]}}, mapping).attributes == {"tags": ["a"]}
    assert record({"customer.id": 2, "customer": {"id": 1}}, mapping).key == "2"


def test_an_event_is_one_whatever_its_row_comes_to_say():
    assert event(ORDER).id == event(ORDER | {"sum": "1,300"}).id
    assert event(ORDER).properties == {"currency": "JPY", "order_id": "O1", "total": 1200}
    assert (event(ORDER).name, event(ORDER).channel) == ("Order Completed", "store")


def test_a_column_may_say_which_event_it_was():
    cancelled = event(ORDER | {"status": " CANCELLED "})
    assert cancelled.name == "Order Cancelled"
    assert cancelled.id != event(ORDER).id


def test_rows_that_do_not_count_make_no_fact():
    solved = RecordMapping(
        "desk", "id", kind="event", name="Ticket Resolved", occurred_at="done", only={"done": (), "kind": "call"}
    )
    assert fact_of({"id": 1, "done": "", "kind": "call"}, solved, received_at=NOW) is None
    assert fact_of({"id": 1, "done": "2026-02-01", "kind": "mail"}, solved, received_at=NOW) is None
    with pytest.raises(InvalidPayloadError, match="no time zone"):
        fact_of({"id": 1, "done": "2026-02-01", "kind": "Call"}, solved, received_at=NOW)


def test_a_cell_that_cannot_be_read_is_refused_by_its_column_or_kept_as_written(refusal, canary):
    error = refusal(lambda: record(ROW | {"born": canary}))
    assert error.field == "born"
    lenient = RecordMapping(
        "crm", "id", attributes={"born": "birth_date"}, types={"born": "date"}, keep_unreadable=True
    )
    assert record({"id": 1, "born": "long ago"}, lenient).attributes == {"birth_date_as_written": "long ago"}


@pytest.mark.parametrize(
    ("field", "row"),
    (
        ("id", ROW | {"id": ""}),
        ("id", {}),
        ("id", ROW | {"id": "x" * 201}),
        ("mail", ROW | {"mail": "x" * 513}),
        ("mail", ROW | {"mail": ["a"]}),
        ("brand", ROW | {"brand": "a:b"}),
        ("changed", ROW | {"changed": "soon"}),
        ("points", ROW | {"points": "many"}),
        ("vip", ROW | {"vip": "perhaps"}),
        ("name", ROW | {"name": "a\0b"}),
        ("name", ROW | {"name": float("nan")}),
        ("row", "id,mail"),
    ),
)
def test_a_row_that_cannot_be_taken_is_refused_by_its_column(field, row):
    with pytest.raises(InvalidPayloadError) as caught:
        record(row)
    assert caught.value.field == field


def test_an_event_needs_its_moment():
    with pytest.raises(InvalidPayloadError, match="at: blank"):
        event(ORDER | {"at": ""})


def test_rows_of_a_consent_log_are_consent_records():
    mapping = RecordMapping(
        "log",
        "no",
        kind="consent",
        identifiers={"mail": "email"},
        occurred_at="said",
        tz="Asia/Tokyo",
        attributes={"what": "purpose", "how": "method", "answer": "state", "until": "expiry"},
        channel="email",
        brand="kawa",
    )
    row = {
        "no": 1,
        "mail": "taro@example.com",
        "said": "2026/2/1 9:00",
        "what": "newsletter",
        "answer": "given",
        "until": "P30D",
    }
    fact = fact_of(row, mapping, received_at=NOW)
    assert isinstance(fact, ConsentRecord)
    assert (fact.id, fact.state, fact.duration) == ("log:1", ConsentState.GIVEN, timedelta(days=30))
    assert (fact.channel, fact.brand, fact.occurred_at) == ("email", "kawa", datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("field", "declaration"),
    (
        ("mapping.kind", {"kind": "row"}),
        ("mapping.name", {"kind": "event"}),
        ("mapping.occurred_at", {"kind": "consent"}),
        ("mapping.names", {"names": {"a": "b"}}),
        ("mapping.types.a", {"types": {"a": "money"}}),
        ("mapping.attributes", {"attributes": {"a": "x", "b": "x"}}),
        ("mapping.identifiers.mail", {"identifiers": {"mail": "E-Mail"}}),
        ("mapping.identifiers.mail", {"identifiers": {"mail": "email@"}}),
        ("mapping.tz", {"tz": "Tokyo"}),
        ("mapping.source", {"source": ""}),
    ),
)
def test_a_declaration_that_contradicts_itself_is_refused(field, declaration):
    with pytest.raises(InvalidRulesError) as caught:
        RecordMapping(**({"source": "crm", "key": "id"} | declaration))
    assert caught.value.field == field


def test_two_equal_declarations_are_equal_and_do_not_follow_the_callers_dictionary():
    columns = {"mail": "email"}
    mapping = RecordMapping("crm", "id", identifiers=columns)
    columns["tel"] = "phone"
    assert mapping == RecordMapping("crm", "id", identifiers={"mail": "email"})
