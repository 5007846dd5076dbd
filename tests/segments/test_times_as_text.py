"""SQLite keeps whatever it is given: a time written as text must not make events vanish from an answer."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from unified_profile import Segment, events, trait
from unified_profile.segments import Column, EventTable, Layout

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RULES = {
    "never": events("Order Completed").count() == 0,
    "lately": events("Order Completed").count().within(days=60) >= 1,
    "not lately": events("Order Completed").count().within(days=90) == 0,
}


def asked(rule, moment: object, stored: Any = "micros") -> list[tuple[int, ...]]:
    table = sqlite3.connect(":memory:")
    table.executescript("CREATE TABLE c (id INTEGER, since); CREATE TABLE o (nr TEXT, c INTEGER, at)")
    table.execute("INSERT INTO c VALUES (1, ?)", (moment,))
    table.execute("INSERT INTO o VALUES ('B1', 1, ?)", (moment,))
    at = Column("at", "instant", stored=stored)
    orders = EventTable("o", "c", "nr", at, name="Order Completed")
    layout = Layout("c", "id", {"since": Column("since", "instant", stored=stored)}, events=orders)
    query = Segment("s", rule, purpose="service").to_sql("sqlite", layout)
    assert not query.residual
    return table.execute(query.sql, query.parameters(NOW)).fetchall()


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("stored", ["micros", "millis", "seconds"])
def test_a_time_that_is_text_ends_the_query(name, stored):
    with pytest.raises(sqlite3.OperationalError, match="integer overflow"):
        asked(RULES[name], "2026-05-20T10:00:00", stored)


@pytest.mark.parametrize(("stored", "size"), [("micros", 1_000_000), ("millis", 1_000), ("seconds", 1)])
def test_a_time_that_is_a_number_is_one(stored, size):
    moment = int((NOW - timedelta(days=5)).timestamp()) * size
    assert [len(asked(rule, moment, stored)) for rule in RULES.values()] == [0, 1, 0]


def test_a_trait_that_is_no_number_is_unknown():
    old = trait("since").older_than(days=30)
    assert asked(old, "2026-01-01") == []
    assert asked(~old, "2026-01-01") == []
