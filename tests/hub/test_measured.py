"""Metrics over stored facts: for a purpose and under consent, and whoever is left out is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from unified_profile import ConsentRecord, Event, Hub, Identifier, MemoryStore, Purpose, SqliteStore
from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.metrics import cx_report, measure, nps, resolution_time, rfm

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PURPOSES = [
    Purpose("quality", events={"Survey Answered", "Ticket Opened", "Ticket Solved", "Order Completed"}),
    Purpose("orders", events={"Order Completed"}, basis="contract"),
]


def who(name):
    return [Identifier("user_id", name)]


def event(name, person, at=NOON, channel="", id=None, **properties):
    return Event(
        id=id or f"{name}-{person}-{at.isoformat()}-{sorted(properties.items())}",
        source="shop", name=name, occurred_at=at, identifiers=who(person), properties=properties, channel=channel,
    )  # fmt: skip


def consent(person, state="given", at=NOON - HOUR):
    return ConsentRecord(
        id=f"c-{person}-{state}", source="shop", purpose="quality", state=state, occurred_at=at,
        identifiers=who(person), channel="any",
    )  # fmt: skip


@pytest.fixture(params=["memory", "sqlite"])
def hub(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "people.sqlite")
    return Hub(store, purposes=PURPOSES, clock=lambda: NOON + timedelta(days=30))


def test_people_who_deny_are_in_no_row_and_are_counted(hub):
    hub.ingest([consent("yes"), consent("gone"), consent("gone", "withdrawn", NOON), consent("silent")])
    hub.ingest([event("Survey Answered", person, nps=score) for person, score in (("yes", 10), ("gone", 0), ("no", 0))])
    found = hub.answers("Survey Answered", ["nps"], purpose="quality")
    assert (found["nps"], found.people, found.denied) == ([10], 2, 2)
    assert nps(found["nps"]).value == 100
    assert "Survey" not in repr(found)
    assert "10" not in repr(found)


def test_an_event_that_the_purpose_has_not_declared_is_refused_and_not_an_empty_table(hub):
    with pytest.raises(InvalidInputError) as caught:
        hub.answers("Survey Answered", ["nps"], purpose="orders")
    assert caught.value.field == "event"
    with pytest.raises(UnknownNameError):
        hub.answers("Survey Answered", ["nps"], purpose="nothing")


@pytest.mark.parametrize("properties", (["channel"], ["nps", "nps"], "nps", [1]))
def test_columns_that_would_hide_each_other_are_refused(hub, properties):
    with pytest.raises(InvalidInputError):
        hub.answers("Survey Answered", properties, purpose="quality")


def test_a_duplicated_event_counts_once_and_a_nested_property_is_missing(hub):
    told = [consent("a"), event("Survey Answered", "a", id="e1", nps=9), event("Survey Answered", "a", id="e1", nps=9)]
    hub.ingest(
        [*told, event("Survey Answered", "a", id="e2", nps={"score": 3}), event("Survey Answered", "a", id="e3")]
    )
    assert sorted(hub.answers("Survey Answered", ["nps"], purpose="quality")["nps"], key=str) == [9, None, None]


def test_as_of_leaves_out_what_happened_later(hub):
    hub.ingest([event("Order Completed", "a", NOON, total=5), event("Order Completed", "a", NOON + 2 * HOUR, total=7)])
    assert hub.answers("Order Completed", ["total"], purpose="orders")["total"] == [5, 7]
    assert hub.answers("Order Completed", ["total"], purpose="orders", as_of=NOON + HOUR)["total"] == [5]


def test_orders_under_two_addresses_of_one_person_are_one_customers(hub):
    addresses = [Identifier("email", "x@example.jp"), Identifier("email", "y@example.jp")]
    for i, address in enumerate(addresses):
        order = Event(
            id=f"o{i}", source="shop", name="Order Completed", occurred_at=NOON, identifiers=[address],
            properties={"total": 5 + 2 * i},
        )  # fmt: skip
        hub.ingest([order])
    before = hub.answers("Order Completed", ["total"], purpose="orders")
    hub.ingest([Event(id="both", source="shop", type="identify", occurred_at=NOON, identifiers=addresses)])
    found = hub.answers("Order Completed", ["total"], purpose="orders")
    assert (len(set(before["profile"])), len(set(found["profile"]))) == (2, 1)
    table = rfm(found["profile"], found["occurred_at"], found["total"], as_of=NOON + timedelta(days=1))
    assert table.frequency.tolist() == [2]
    assert table.monetary is not None
    assert table.monetary.tolist() == [12.0]


def test_cases_are_paired_by_their_key_and_open_ones_stay_open(hub):
    hub.ingest([consent("a"), consent("b")])
    hub.ingest(
        [
            event("Ticket Opened", "a", NOON, "mail", ticket=1),
            event("Ticket Solved", "a", NOON + 2 * HOUR, ticket=1),
            event("Ticket Solved", "a", NOON + 9 * HOUR, ticket=1),
            event("Ticket Opened", "a", NOON, "chat", ticket=2),
            event("Ticket Opened", "b", NOON + HOUR, "chat", ticket=1),
            event("Ticket Solved", "b", NOON - HOUR, ticket=1),
            event("Ticket Opened", "denied", NOON, ticket=5),
        ]
    )
    found = hub.cases("Ticket Opened", "Ticket Solved", key="ticket", purpose="quality")
    waits = [
        None if done is None else done - opened for opened, done in zip(found["opened"], found["done"], strict=True)
    ]
    assert sorted(zip(found["channel"], waits, strict=True), key=str) == [
        ("chat", None), ("chat", None), ("mail", 2 * HOUR),
    ]  # fmt: skip
    assert found.denied == 1
    took = resolution_time(found["opened"], found["done"], as_of=NOON + 10 * HOUR, q=0.3)
    assert (took.value, took.n) == (2.0, 3)


def test_an_end_before_the_beginning_ends_nothing_and_a_later_one_does(hub):
    hub.ingest(
        [
            consent("a"),
            event("Ticket Solved", "a", NOON - HOUR, ticket=1),
            event("Ticket Opened", "a", NOON, ticket=1),
            event("Ticket Solved", "a", NOON + HOUR, ticket=1),
            event("Ticket Opened", "a", NOON + 2 * HOUR, ticket=1),
            event("Ticket Opened", "a", NOON, ticket=True),
            event("Ticket Solved", "a", NOON, ticket=True),
            event("Ticket Opened", "a", NOON),
        ]
    )
    found = hub.cases("Ticket Opened", "Ticket Solved", key="ticket", purpose="quality")
    rows = sorted(zip(found["key"], found["opened"], found["done"], strict=True), key=str)
    assert rows == [(1, NOON, NOON + HOUR), (True, NOON, NOON)]


def test_a_report_is_made_of_stored_answers(hub):
    hub.ingest([consent(f"p{i}") for i in range(6)])
    hub.ingest(
        [
            event("Survey Answered", f"p{i}", NOON + timedelta(days=i * 9), ["mail", "chat"][i % 2], nps=i * 2)
            for i in range(6)
        ]
    )
    found = hub.answers("Survey Answered", ["nps"], purpose="quality")
    report = cx_report(
        found, [measure("nps", "nps")], period="occurred_at", every="month", zone="Europe/Berlin", group="channel"
    )
    assert {row.period for row in report.rows} == {None, "2026-05", "2026-06"}
    assert report.rows[0].estimate.n == 6
