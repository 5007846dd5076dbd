"""What is done for many rows only: numbering ids that lie far apart, and a second processor."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, strategies as st

from unified_profile.metrics import Rfm, processors, rfm
from unified_profile.metrics.numbering import codes
from unified_profile.metrics.processors import ROWS, both

NOW = datetime(2027, 1, 1, tzinfo=UTC)
# What an empty place of a table holds, and the ends of what a column of ids holds.
ENDS = [0, 1, 2**62, 2**63 - 1, -1, -(2**63), -(2**63) + 1]


@given(st.lists(st.sampled_from(ENDS) | st.integers(-(2**63), 2**63 - 1), max_size=300))
def test_each_id_gets_a_number_of_its_own(ids):
    for column in (np.array(ids, dtype=np.int64), np.array(ids, dtype=np.int64).view(np.uint64)):
        names, found = codes(column, len(ids))
        assert [names[number] for number in found.tolist()] == column.tolist()
        assert len(set(names)) == len(names) == len(set(found.tolist()))


@pytest.fixture(scope="module")
def purchases():
    random = np.random.default_rng(7)
    ids = random.integers(-(2**63), 2**63 - 1, 150_000)[random.integers(0, 150_000, ROWS + 50_000)]
    times = np.datetime64("2025-01-01", "us") + random.integers(0, 10**13, len(ids)).astype("timedelta64[us]")
    return ids, times, random.normal(20, 15, len(ids))


def rows(found: Rfm) -> list[list[object]]:
    assert found.monetary is not None
    return [found.customers, found.recency.tolist(), found.frequency.tolist(), found.monetary.tolist()]


def test_two_processors_find_the_same_as_one_to_the_last_digit(purchases, monkeypatch):
    columns, before = (purchases[0], np.abs(purchases[0]) % 150_000), threading.active_count()
    monkeypatch.setattr(processors, "processors", lambda: 1)
    alone = [rows(rfm(ids, *purchases[1:], as_of=NOW, zone="UTC")) for ids in columns]
    monkeypatch.setattr(processors, "processors", lambda: 2)
    together = [rows(rfm(ids, *purchases[1:], as_of=NOW, zone="UTC")) for ids in columns]
    assert alone == together
    assert threading.active_count() == before


def test_a_million_purchases_come_out_as_a_sort_finds_them(purchases):
    ids, times, amounts = purchases
    customers, who = np.unique(ids, return_inverse=True)
    bought = np.bincount(who, weights=amounts >= 0)
    last = np.full(len(customers), np.datetime64("1970-01-01", "us"))
    np.maximum.at(last, who[amounts >= 0], times[amounts >= 0])
    expected = {
        customer: (frequency, moment)
        for customer, frequency, moment in zip(customers.tolist(), bought.tolist(), last.tolist(), strict=True)
        if frequency
    }
    found = rfm(ids, times, amounts, as_of=NOW, zone="UTC")
    assert len(found) == len(expected)
    for customer, recency, frequency in zip(found.customers, found.recency, found.frequency, strict=True):
        assert frequency == expected[customer][0]
        assert abs(recency * 86_400 - (NOW - expected[customer][1].replace(tzinfo=UTC)).total_seconds()) < 1e-4


def test_an_error_of_either_computation_is_raised_and_no_thread_is_left(monkeypatch):
    monkeypatch.setattr(processors, "processors", lambda: 2)
    before = threading.active_count()
    for pair in ((lambda: 1 / 0, lambda: 1), (lambda: 1, lambda: 1 / 0)):
        with pytest.raises(ZeroDivisionError):
            both(*pair, rows=ROWS)
    assert threading.active_count() == before
    assert both(threading.get_ident, threading.get_ident, rows=ROWS)[0] != threading.get_ident()
    assert both(threading.get_ident, threading.get_ident, rows=ROWS - 1)[0] == threading.get_ident()


def test_where_no_thread_can_be_started_all_is_done_in_this_one(monkeypatch):
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(processors, "processors", lambda: 2)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert both(threading.get_ident, lambda: 2, rows=ROWS) == (threading.get_ident(), 2)
