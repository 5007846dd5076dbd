"""Revenue retention, cohort tables and RFM: hand-counted tables, slow twins, and nothing dropped in silence."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import churn_rate, gross_revenue_retention, lapsed, net_revenue_retention, retention, rfm

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)

revenues = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=40).filter(
    lambda rows: any(before for before, _ in rows)
)


@given(revenues)
def test_gross_retention_never_exceeds_one_nor_net_retention(rows):
    before, after = zip(*rows, strict=True)
    gross, net = gross_revenue_retention(before, after), net_revenue_retention(before, after)
    kept = sum(min(a, b) for a, b in rows if a)
    assert gross.value == pytest.approx(kept / sum(before))
    assert net.value == pytest.approx(sum(b for a, b in rows if a) / sum(before))
    assert 0 <= gross.low <= gross.value <= gross.high <= 1
    assert 0 <= net.low <= net.value <= net.high
    assert gross.value <= net.value + 1e-12


def test_a_growing_customer_does_not_hide_a_lost_one():
    assert gross_revenue_retention([100, 100], [300, 0]).value == 0.5
    assert net_revenue_retention([100, 100], [300, 0]).value == 1.5


def test_new_customers_are_left_out_and_unknown_revenue_is_not_zero():
    found = net_revenue_retention([100, 0, 100, None], [90, 500, None, 10])
    assert (found.value, found.n, found.n_missing) == (0.9, 1, 2)
    assert "1 new customers are left out" in found.warnings


def test_a_giant_and_a_flat_base_are_mentioned():
    assert any("one customer has" in note for note in net_revenue_retention([1000, 1, 1], [900, 1, 2]).warnings)
    alike = net_revenue_retention([13, 13], [27, 27], weights=[1, 1])  # their differences are but rounding
    assert (alike.low, alike.high) == (0, float("inf"))
    flat = gross_revenue_retention([10, 20], [10, 20])
    assert (flat.low, flat.high) == (0, 1)
    assert any("same share" in note for note in flat.warnings)


def test_the_interval_of_a_ratio_covers_its_truth():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        before = rng.gamma(2, 50, 80)
        kept = rng.random(80) < 0.8
        covered += (found := gross_revenue_retention(before, before * kept)).low <= 0.8 <= found.high
    assert covered / 400 >= 0.92


@given(revenues, st.integers(1, 9))
def test_equal_weights_change_nothing_and_a_weight_of_zero_leaves_out(rows, weight):
    before, after = zip(*rows, strict=True)
    plain = net_revenue_retention(before, after)
    heavy = net_revenue_retention(before, after, weights=[weight] * len(rows))
    assert (heavy.value, heavy.low, heavy.high) == pytest.approx((plain.value, plain.low, plain.high))
    without = net_revenue_retention([*before, 50], [*after, 1], weights=[weight] * len(rows) + [0])
    assert without.value == pytest.approx(plain.value)


def test_silence_longer_than_the_window_is_a_loss_and_the_window_itself_is_not():
    active = [NOW - 91 * DAY, NOW - 90 * DAY, NOW, None, NOW + DAY]
    found = lapsed(active, as_of=NOW, window=90 * DAY)
    assert found == [True, False, False, None, None]
    assert (churn_rate(found).value, churn_rate(found).n_missing) == (1 / 3, 2)
    asked: Any = lapsed
    for window in (timedelta(), -DAY, 90):
        with pytest.raises(InvalidInputError):
            asked(active, as_of=NOW, window=window)


def test_revenue_that_is_none_is_refused():
    for before, after in (([-1], [1]), ([1], [float("inf")]), ([1, 2], [1])):
        with pytest.raises(InvalidInputError):
            gross_revenue_retention(before, after)
    nobody: list[list[Any]] = [[], [0], [None]]
    for column in nobody:
        with pytest.raises(InsufficientDataError):
            net_revenue_retention(column, column)
    assert not gross_revenue_retention([1, 0], [1, 1], by=["a", "b"])["b"].known


# --- cohorts ---------------------------------------------------------------------------------------------------------

activity = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 6)), min_size=1, max_size=60)


@given(activity)
def test_the_table_is_the_crosstab_counted_by_hand(rows):
    customers, periods = [f"c{who}" for who, _ in rows], [period for _, period in rows]
    table = retention(customers, periods, last=6)
    first = {who: min(p for w, p in rows if w == who) for who, _ in rows}
    for cohort, size, cells in zip(table.cohorts, table.sizes, table.cells, strict=True):
        members = {who for who, start in first.items() if start == cohort}
        assert size == len(members)
        for age, cell in enumerate(cells):
            if cohort + age > 6:
                assert cell is None
            else:
                assert cell is not None
                assert cell.value == sum((who, cohort + age) in set(rows) for who in members) / size
    assert sum(table.sizes) == len(first)


def test_what_is_not_over_yet_is_missing_and_not_zero():
    table = retention(["a", "b"], [1, 2], last=3)
    assert [[None if cell is None else cell.value for cell in row] for row in table.cells] == [[1, 0, 0], [1, 0, None]]
    assert table.at(2).n == 1
    assert "1 younger cohorts are not that old yet" in table.at(2).warnings
    assert len(table.rows()) == 5
    assert "<td></td>" in table._repr_html_()
    with pytest.raises(InsufficientDataError):
        table.at(7)


def test_rows_without_a_customer_or_a_period_are_counted():
    table = retention(["a", None, "b", float("nan")], [1, 1, None, 2], last=2)
    assert (table.n_missing, table.sizes) == (3, (1,))


def test_activity_after_the_last_period_is_refused():
    asked: Any = retention
    for periods, last in (([3], 2), ([1.5], 2), ([1], 2.0), ([1, 2], 2), ([0], 100_000)):
        with pytest.raises(InvalidInputError):
            asked(["a"], periods, last=last)
    for customers in ([], [None]):
        with pytest.raises(InsufficientDataError):
            retention(customers, [1] * len(customers), last=2)


# --- RFM -------------------------------------------------------------------------------------------------------------

purchases = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), st.one_of(st.none(), st.integers(-5, 40)), st.integers(-9, 50)),
    max_size=40,
)


@given(purchases)
def test_rfm_is_what_a_loop_counts(rows):
    frequency: dict[str, int] = defaultdict(int)
    money: dict[str, int] = defaultdict(int)
    last: dict[str, int] = {}
    for who, day, amount in rows:
        if who is None or day is None or day < 0:
            continue
        money[who] += amount
        if amount >= 0:
            frequency[who] += 1
            last[who] = min(last.get(who, 99), day)
    customers, amounts = [who for who, _, _ in rows], [amount for _, _, amount in rows]
    times = [None if day is None else NOW - day * DAY for _, day, _ in rows]
    if not frequency:
        with pytest.raises(InsufficientDataError):
            rfm(customers, times, amounts, as_of=NOW)
        return
    found = rfm(customers, times, amounts, as_of=NOW)
    assert found.monetary is not None
    assert dict(zip(found.customers, found.frequency.tolist(), strict=True)) == frequency
    assert dict(zip(found.customers, found.recency.tolist(), strict=True)) == last
    assert dict(zip(found.customers, found.monetary.tolist(), strict=True)) == {who: money[who] for who in frequency}
    assert int(found.frequency.sum()) + sum(found.left_out.values()) == len(rows)


def test_every_frame_and_kind_of_id_gives_the_same_rfm():
    ids, days, amounts = [10**15, 7, 7, 3], [NOW - DAY, NOW - 2 * DAY, NOW - 3 * DAY, NOW], [1.0, 2.0, 3.0, 4.0]
    expected = {10**15: (1.0, 1, 1.0), 7: (2.0, 2, 5.0), 3: (0.0, 1, 4.0)}
    for customers, times in (
        (ids, days), (np.array(ids), np.array([d.replace(tzinfo=None) for d in days], dtype="datetime64[s]")),
        (pd.Series(ids), pd.Series(days)), (pl.Series(ids), pl.Series(days)), (pa.array(ids), pa.array(days)),
    ):  # fmt: skip
        found = rfm(customers, times, amounts, as_of=NOW, zone="UTC")
        assert found.monetary is not None
        columns = (found.recency.tolist(), found.frequency.tolist(), found.monetary.tolist())
        assert dict(zip(found.customers, zip(*columns, strict=True), strict=True)) == expected
    words = rfm(pl.Series([f"c{i}" for i in ids]), days, as_of=NOW)
    assert words.monetary is None
    assert sorted(words.customers) == sorted({f"c{i}" for i in ids})


def test_what_breaks_others_is_counted_here():
    """Null ids, missing times, unknown amounts, refunds and zero amounts, each with a place of its own."""
    customers = ["a", None, "a", "b", "a", "c", "d"]
    times = [NOW - DAY, NOW, None, NOW - 2 * DAY, NOW - 3 * DAY, NOW + DAY, NOW]
    found = rfm(customers, times, [10, 5, 5, None, -4, 1, 0], as_of=NOW)
    assert found.left_out == {"without a customer": 1, "without a time": 1, "after as_of": 1, "refunds": 1}
    assert found.monetary is not None
    assert dict(zip(found.customers, found.monetary.tolist(), strict=True)) == {"a": 6, "b": 0, "d": 0}
    assert "1 purchases of unknown amount add nothing to any sum" in found.warnings
    only = rfm(["a", "b"], [NOW, NOW], [-5, 5], as_of=NOW)
    assert only.customers == ["b"]
    assert "1 customers have refunds but no purchase; they are left out" in only.warnings
    assert "left out" in repr(found)
    assert "<table>" in found._repr_html_()


def test_dates_begin_where_the_shop_is():
    found = rfm(["a"], [date(2026, 5, 31)], as_of=datetime(2026, 5, 31, 15, tzinfo=UTC), zone="Asia/Tokyo")
    assert found.recency.tolist() == [1.0]
    with pytest.raises(InvalidInputError):
        rfm(["a"], [date(2026, 5, 31)], as_of=NOW)
    for times, amounts in ((["2026-05-01"], [1]), ([NOW], [float("inf")]), ([NOW], [1, 2]), ([NOW, NOW], [1, 2])):
        with pytest.raises(InvalidInputError):
            rfm(["a"], times, amounts, as_of=NOW)


def test_scores_rank_customers_and_equal_ones_alike():
    customers = [f"c{i}" for i in range(100)]
    found = rfm(customers, [NOW - i * DAY for i in range(100)], list(range(100)), as_of=NOW)
    scores = found.scores()
    assert scores["recency"][0] == 5
    assert scores["recency"][99] == 1
    assert scores["monetary"][99] == 5
    assert np.bincount(scores["recency"])[1:].tolist() == [20] * 5
    assert set(scores["frequency"].tolist()) == {1}
    with pytest.raises(InvalidInputError):
        found.scores(1)
