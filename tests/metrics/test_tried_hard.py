"""Where a number could be had too easily: each case once gave one in silence, or was computed another way here."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from unified_profile.errors import InvalidInputError
from unified_profile.metrics import (
    BusinessHours,
    always_valid,
    bad_experiences,
    benchmark,
    chain_strength,
    conversion,
    cuped_lift,
    cx_report,
    first_response_time,
    lift,
    log_rank,
    measure,
    nps,
    nps_difference,
    retention,
    rfm,
    sample_ratio,
    survival,
    weakest_link,
)
from unified_profile.statistics import Estimate

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

lives = st.lists(
    st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from([0.0, 0.5, 1.0, 3.0])), min_size=1, max_size=30
)


# Survival


def test_before_anybody_ended_only_those_still_seen_say_anything():
    curve = survival([1] * 1000 + [100], [False] * 1001)
    assert curve.at(1).low == pytest.approx(0.025 ** (1 / 1001))
    assert curve.at(50).low == pytest.approx(0.025)
    assert curve.median.low == 1


def test_a_median_that_was_not_reached_is_not_surely_later_than_all_that_was_seen():
    assert survival([5], [False]).median.low == 0
    assert survival([5, 6, 7], [False] * 3).median.low == 0
    many = survival(list(range(1, 101)), [False] * 100).median
    # Six that are still seen are the fewest of which 0.025 ** (1 / 6) is above a half.
    assert many.low == 95


@given(lives, st.floats(0.5, 0.99))
def test_the_bound_before_anybody_ended_is_that_of_a_loop(rows, level):
    durations, ended = [time for time, _, _ in rows], [end for _, end, _ in rows]
    curve = survival(durations, ended, level=level)
    first = min((time for time, end in zip(durations, ended, strict=True) if end), default=math.inf)
    for time in (0, 0.5, 3, 7.5):
        if time < first and time <= max(durations):
            seen = sum(each >= time for each in durations)
            assert curve.at(time).low == pytest.approx(((1 - level) / 2) ** (1 / seen))


@given(lives)
def test_durations_of_weight_zero_are_as_if_they_were_not_there(rows):
    heavy = [row for row in rows if row[2]]
    if not heavy:
        return
    found = survival(*zip(*[row[:2] for row in rows], strict=True), weights=[row[2] for row in rows])
    alone = survival(*zip(*[row[:2] for row in heavy], strict=True), weights=[row[2] for row in heavy])
    assert found.rows() == alone.rows()
    assert found.n == alone.n
    assert found.at(0).low == alone.at(0).low
    assert any("weight 0" in note for note in found.warnings) == (len(heavy) < len(rows))


def test_a_group_of_weight_zero_is_unknown_and_does_not_stop_the_others():
    curves = survival([1, 2, 3], [True, True, False], weights=[1, 1, 0], by=["a", "a", "b"])
    assert curves["b"].n == 0
    assert not curves.at(1)["b"].known
    assert curves.test is None  # it counts people, and would not see the weights


def test_curve_and_test_are_those_of_scipy():
    rng = np.random.default_rng(8)
    life, seen = rng.exponential(8, 120).round(1), rng.uniform(1, 20, 120).round(1)
    times, ended = np.minimum(life, seen), life <= seen
    theirs = stats.ecdf(stats.CensoredData(times[ended], right=times[~ended])).sf
    ends = theirs.confidence_interval(0.95, method="log-log")
    curve = survival(times, ended)
    for time in (2.0, 5.0, 9.0):
        found = curve.at(time)
        expected = [float(part.evaluate(time)) for part in (theirs, ends.low, ends.high)]
        assert [found.value, found.low, found.high] == pytest.approx(expected)
    half = np.arange(120) < 60
    both = [stats.CensoredData(times[ended & part], right=times[~ended & part]) for part in (half, ~half)]
    assert log_rank(times, ended, by=half).p_value == pytest.approx(stats.logrank(*both).pvalue)


def test_a_group_that_was_gone_before_anybody_ended_is_no_degree_of_freedom():
    life, ended = [3, 4, 5, 6, 7, 8], [True, True, False, True, True, True]
    two = log_rank(life, ended, by=["a", "b"] * 3)
    three = log_rank([*life, 1, 1], [*ended, False, False], by=[*["a", "b"] * 3, "c", "c"])
    assert three.df == 1
    assert three.p_value == pytest.approx(two.p_value)


# Chains of waiting times


def waits():
    done = [NOW + HOUR, NOW + HOUR] + [None] * 4 + [NOW + HOUR * (i % 6 + 1) for i in range(12)]
    return first_response_time(
        [NOW] * 18, done, as_of=NOW + 10 * HOUR, by=["a"] * 6 + ["b"] * 6 + ["c"] * 6
    )  # fmt: skip


def test_a_link_without_a_value_is_listed_as_untested_and_keeps_the_chain_open():
    links = waits()
    assert not links["a"].known
    found = weakest_link(links, worst="highest")
    assert found.untested == ("a",)
    assert "known too little" in found.because
    strength = chain_strength(links, worst="highest")
    assert (strength.value, strength.high, strength.n) == (3, math.inf, 18)
    # If it surely lies beyond all others, the chain has no value either.
    far = Estimate(math.nan, 20, math.inf, n=9, method="kaplan_meier", bounds=(0, math.inf))
    beyond = chain_strength({**links, "a": far}, worst="highest")
    assert (math.isnan(beyond.value), beyond.low, beyond.high) == (True, 20, math.inf)


def test_an_interval_without_an_end_is_no_evidence_and_no_error():
    open_end = {name: Estimate(4, 1, math.inf, n=6, method="kaplan_meier", bounds=(0, math.inf)) for name in "abc"}
    assert weakest_link(open_end).status == "not_enough_data"
    assert weakest_link({**open_end, **waits()}).status == "not_enough_data"


# NPS


def test_the_default_interval_of_nps_holds_at_every_mix():
    """Exactly, beside the ends of intervals, for all samples of so many; the long table is made by a benchmark."""
    for n in (5, 7, 16):
        samples = [(p, d) for p in range(n + 1) for d in range(n + 1 - p)]
        found = [nps([10] * p + [0] * d + [8] * (n - p - d)) for p, d in samples]
        low, high = (np.array([getattr(each, end) for each in found]) / 100 for end in ("low", "high"))
        counts = np.array([(p, d, n - p - d) for p, d in samples])
        ends = np.unique(np.round(np.abs([low, high]), 9))[:: max(1, n // 5)]
        for truth in np.concatenate([ends - 1e-7, ends + 1e-7]):
            for share in np.linspace(truth, 1, 9):
                mix = np.array([(share + truth) / 2, (share - truth) / 2, 1 - share])
                if mix.min() < 0:
                    continue
                chance = stats.multinomial.pmf(counts, n, mix / mix.sum())
                assert chance[(low <= truth) & (truth <= high)].sum() >= 0.93


def test_the_default_interval_of_a_difference_holds_where_hardly_anybody_is_of_a_class():
    """Adjusted Wald's holds in 56 % of these."""
    rng = np.random.default_rng(3)
    one, other = [0.0, 0.0001, 0.9999], [0.856, 0.136, 0.008]
    held = {"auto": 0, "adjusted_wald": 0}
    for _ in range(400):
        first, second = (np.repeat([0, 8, 10], rng.multinomial(10, mix)) for mix in (one, other))
        for method in held:
            found = nps_difference(first, second, method=method)  # type: ignore[arg-type]  # one of them
            held[method] += found.low <= 99.99 + 84.8 <= found.high
    assert held["auto"] >= 0.93 * 400
    assert held["adjusted_wald"] < 0.8 * 400


# Experiments


def test_groups_that_do_not_vary_have_no_interval_whatever_rounding_says():
    found = lift([0.1] * 10, [0.2] * 10, kind="mean")
    assert (found.p_value, found.relative) == (1, None)
    assert (found.control.low, found.difference.high) == (-math.inf, math.inf)
    assert all("no interval" in note for note in found.control.warnings + found.treated.warnings)
    looked = always_valid([0.1] * 50, [0.2] * 50, kind="mean", effect=0.1)
    assert (looked.stop, looked.p_value, looked.difference.high) == (False, 1, math.inf)
    assert not always_valid([0] * 50, [0.2, 0, 0, 0, 0] * 10, kind="mean", effect=0.1).stop
    assert looked.to_dict()["stop"] is False


def test_cuped_is_an_analysis_of_covariance():
    rng = np.random.default_rng(2)
    x = rng.normal(size=24)
    y = 0.8 * x + rng.normal(size=24) + np.repeat([0, 0.5], 12)
    found = cuped_lift(y[:12], y[12:], control_before=x[:12], treated_before=x[12:])
    design = np.column_stack([np.ones(24), np.repeat([0, 1], 12), x])
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ beta
    error = math.sqrt(residual @ residual / 21 * np.linalg.inv(design.T @ design)[1, 1])
    assert found.difference.value == pytest.approx(beta[1])
    half = stats.t.ppf(0.975, 21) * error
    assert found.difference.high - found.difference.value == pytest.approx(half, rel=0.02)  # Welch's degrees of freedom


def test_cuped_of_small_groups_finds_nothing_in_nothing():
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(400):
        x = rng.normal(size=10)
        y = 0.8 * x + 0.6 * rng.normal(size=10)
        alarms += cuped_lift(y[:5], y[5:], control_before=x[:5], treated_before=x[5:]).p_value <= 0.05
    assert alarms <= 0.07 * 400


def test_few_in_a_small_group_raise_an_alarm_only_if_chance_does_not_explain_them():
    found = sample_ratio({"a": 95, "b": 5}, {"a": 99, "b": 1})
    assert found.p_value == pytest.approx(2 * stats.binom.sf(4, 100, 0.01))
    assert not found.mismatch
    assert sample_ratio({"a": 5000, "b": 0}, {"a": 99, "b": 0.2}).p_value == pytest.approx(
        2 * stats.binom.cdf(0, 5000, 0.2 / 99.2)
    )
    assert sample_ratio({"a": 5, "b": 5, "c": 2}).warnings
    assert json.dumps(sample_ratio({"a": 5, "b": 5}).to_dict())


# Counts, cohorts, purchases, hours


def test_purchases_for_nothing_are_counted_and_mentioned():
    found = rfm(["a", "b"], [NOW, NOW], [0, 5], as_of=NOW)
    assert found.warnings == ("1 purchases have an amount of 0 and count as purchases",)
    assert not rfm(["a", "b"], [NOW, NOW], [3, 5], as_of=NOW).warnings


BEYOND = {
    "an infinite period": lambda: retention(["a"], [math.inf], last=3),
    "a period that wraps around": lambda: retention(["a"], np.array([2**64 - 1], dtype=np.uint64), last=3),
    "nine thousand periods": lambda: retention(["a", "a"], [1, 9000], last=9000),
    "a count that is no float": lambda: conversion(10**400, 10**400 + 1),
    "an infinite reference": lambda: benchmark(lift([1, 2, 4], [1, 2, 3], kind="mean").difference, math.inf),
    "values without a square": lambda: lift([1e200, -1e200], [1e200, 3e200], kind="mean"),
    "amounts without a sum": lambda: rfm(["a", "a"], [NOW, NOW], [1e308, 1e308], as_of=NOW),
    "hours with seconds": lambda: BusinessHours(zone="UTC", hours={"mon": ("09:00:30", "10:00")}),
    "hours of another zone": lambda: BusinessHours(zone="UTC", hours={"mon": ("09:00+05:00", "10:00")}),
}


@pytest.mark.parametrize("question", BEYOND.values(), ids=BEYOND)
def test_numbers_beyond_what_can_be_computed_are_refused(question):
    with pytest.raises(InvalidInputError):
        question()


def test_the_columns_of_arrow_are_histories():
    assert bad_experiences(pa.array([True, None, False])).n_missing == 1


def test_large_ids_are_groups_in_their_order_whatever_the_order_of_rows():
    ids = [2**60 + 1, 2**60, 2**60 + 2, 10**400]
    for order in ([0, 1, 2, 3], [3, 2, 0, 1]):
        assert list(nps([9, 3, 8, 9], by=[ids[i] for i in order])) == sorted(ids)


def test_opening_hours_are_those_that_counting_minutes_gives():
    office = BusinessHours(
        zone="Europe/Berlin", hours={"mon-sat": [("00:30", "03:15"), ("22:00", "24:00")], "sun": ("01:00", "04:00")},
        holidays=["2026-03-27"],
    )  # fmt: skip
    rng = np.random.default_rng(5)
    start = datetime(2026, 3, 26, tzinfo=UTC)  # clocks change on the 29th
    minutes = [start + timedelta(minutes=i) for i in range(6 * 1440)]

    def is_open(moment: datetime) -> bool:
        import zoneinfo

        clock = moment.astimezone(zoneinfo.ZoneInfo("Europe/Berlin"))
        at = clock.hour * 60 + clock.minute
        if clock.date().isoformat() == "2026-03-27":
            return False
        if clock.weekday() == 6:
            return 60 <= at < 240
        return 30 <= at < 195 or at >= 1320

    run = np.concatenate([[0], np.cumsum([is_open(moment) for moment in minutes])])
    for a, b in rng.integers(0, len(minutes), (50, 2)):
        assert office.between(minutes[a], minutes[b]) == timedelta(minutes=int(run[b] - run[a]))


# Reports

DATA: dict[str, list[Any]] = {
    "s": [10, 3, 9, 8, None, 6], "w": [1, 2, 1, 3, 1, 1], "g": ["b", "a", None, "(none)", "b", "a"],
}  # fmt: skip


def test_weights_of_a_report_are_a_column():
    found = cx_report(DATA, [measure("nps", "s", weights="w")], group="g")
    assert found.rows[0].estimate == nps(DATA["s"], weights=DATA["w"])
    assert json.loads(found.to_json())["measures"][0]["options"] == {"weights": "w"}


def test_no_group_is_not_the_group_that_is_called_so():
    found = cx_report(DATA, [measure("nps", "s")], group="g")
    assert [row.group for row in found.rows] == [None, "(none)", "a", "b", "((none))"]


@pytest.mark.parametrize(
    ("options", "field"),
    (({"foo": 1}, "foo"), ({"weights": [1, 2]}, "columns"), ({"level": 0.9}, "level")),
)
def test_options_that_a_metric_does_not_have_are_refused_when_they_are_named(options, field):
    with pytest.raises(InvalidInputError) as caught:
        measure("nps", "s", **options)
    assert caught.value.field == field
    with pytest.raises(InvalidInputError, match="csat needs it"):
        measure("csat", "s")


def test_a_report_has_bytes_whatever_its_groups_are_called():
    odd = cx_report({"s": [9, 3], "g": ["\ud800", "x\ny"]}, [measure("nps", "s")], group="g")
    assert odd.to_json().encode()
    assert "x y" in odd.to_text()


def test_equal_answers_give_equal_bytes_in_every_process():
    code = (
        "import hashlib\n"
        "from datetime import date\n"
        "from unified_profile.metrics import BusinessHours, cx_report, measure\n"
        "data = {'s': [9, 3, 8, 10, None] * 4, 'g': ['b', 'a', None, 3, date(2026, 5, 4)] * 4, 'o': [None] * 20}\n"
        "office = BusinessHours(zone='UTC', hours={'mon-fri': ('09:00', '17:00')},\n"
        "                       holidays={'2026-12-25', '2026-01-01', '2026-05-01'})\n"
        "lines = [measure('nps', 's'), measure('csat', 's', scale=(0, 10), method='mean')]\n"
        "found = cx_report(data, lines, group='g', period='s')\n"
        "from datetime import UTC, datetime\n"
        "slow = measure('resolution_time', 'o', 'o', as_of=datetime(2026, 5, 4, tzinfo=UTC), hours=office)\n"
        "more = cx_report(data, [slow])\n"
        "text = ''.join(each.to_json() + each.to_text() + each.to_html() for each in (found, more))\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(told) == 1
