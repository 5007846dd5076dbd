"""What analysts will write, as the type checker sees it: mypy checks this file, pytest runs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import assert_type

import numpy as np

from unified_profile import metrics as m
from unified_profile.statistics import Estimate, GroupedEstimates

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_group_gives_groups_and_none_gives_one() -> None:
    assert_type(m.nps([9, 10, None]), Estimate)
    assert_type(m.nps(np.array([9, 10]), by=["a", "b"], correction="bonferroni"), GroupedEstimates)
    assert_type(m.conversion(3, 10), Estimate)
    assert_type(m.conversion([True, None, False]), Estimate)
    assert_type(m.conversion([True, False], by=zip([1, 1], ["a", "b"], strict=True)), GroupedEstimates)
    assert_type(m.net_revenue_retention([1, 2], [2, 2]), Estimate)
    assert_type(m.survival([1, 2], [True, False]), m.SurvivalCurve)
    assert_type(m.survival([1, 2], [True, False], by=["a", "b"]), m.SurvivalCurves)


def test_times_and_targets_have_the_types_they_declare() -> None:
    opened, done = [NOON, NOON], [NOON + timedelta(hours=1), None]
    later = NOON + timedelta(days=1)
    assert_type(m.resolution_time(opened, done, as_of=later, q=0.3), Estimate)
    assert_type(m.resolution_time(opened, done, as_of=later, by=["a", "b"]), GroupedEstimates)
    assert_type(m.sla_attainment(opened, done, within=timedelta(hours=2), as_of=later), Estimate)
    assert_type(m.overdue(opened, done, within=timedelta(hours=2), as_of=later), list[m.Overdue])


def test_verdicts_experiments_and_reports_have_the_types_they_declare() -> None:
    channels = m.nps([10, 9, 3, 8, 10] * 2, by=["a"] * 5 + ["b"] * 5)
    assert_type(m.consistency(channels), m.Consistency)
    assert_type(m.parity(m.nps, [10, 9, 3, 8, 10] * 2, by=["a"] * 5 + ["b"] * 5), m.Parity)
    assert_type(m.perception_gap(m.proportion(81, 100), m.proportion(37, 100)), Estimate)
    assert_type(m.lift([1.0, 2.0], [2.0, 4.0], kind="mean"), m.Lift)
    assert_type(m.sample_ratio({"control": 10, "treated": 11}), m.SampleRatio)
    assert_type(m.cx_report({"s": [10, 3]}, [m.measure("nps", "s")]), m.CxReport)
