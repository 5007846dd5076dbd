"""Whatever stands in for an argument: a public function answers, or raises an error that callers can catch."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from unified_profile import metrics, statistics
from unified_profile.errors import UnifiedProfileError
from unified_profile.metrics import BusinessHours, measure, nps, proportion

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCORES = [10, 9, 3, 8, 7, 0, 10, 6] * 3
GROUPS = ["a", "b"] * 12
FLAGS = [True, False, None] * 8
LINKS = nps(SCORES, by=GROUPS)
MONTHS = {f"2026-{month:02d}": proportion(month, 20) for month in range(1, 7)}
HALF = proportion(10, 20)
OPENED, DONE = [NOW] * 24, [NOW + HOUR, NOW + 2 * HOUR, None] * 8
OFFICE = BusinessHours(zone="UTC", hours={"mon-fri": ("09:00", "17:00")})

COLUMN = {"by": GROUPS, "weights": [1.0] * 24, "correction": "bonferroni", "level": 0.9}
WAITS = {"as_of": NOW + 3 * HOUR, "hours": OFFICE, "zone": "UTC", **COLUMN}
RATES = (
    "churn_rate", "complaint_rate", "churn_after_complaint", "repeat_rate", "engagement", "proportion", "conversion",
    "abandonment_rate", "response_rate", "closed_loop_rate",
)  # fmt: skip
CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    **dict.fromkeys(RATES, ((FLAGS,), COLUMN)),
    "nps": ((SCORES,), {**COLUMN, "method": "score"}),
    "nps_difference": ((SCORES, SCORES), {"weights": (None, [1] * 24), "method": "auto", "level": 0.9}),
    "csat": (([4, 5, 3] * 8,), {**COLUMN, "scale": (1, 5), "satisfied_from": 4, "method": "top_box"}),
    "ces": (
        ([4, 5, 3] * 8,), {**COLUMN, "scale": (1, 7), "high_is": "easy", "method": "top_box", "easy_from": 5}
    ),
    "net_change": ((10, 9), {}),
    "promise_kept": ((10, 9), {"still_open": 2, "level": 0.9}),
    "recoverable_value": (([5.0] * 24, HALF), {"by": GROUPS}),
    "gross_revenue_retention": (([5.0, 3] * 12, [4.0, 3] * 12), COLUMN),
    "net_revenue_retention": (([5.0, 3] * 12, [4.0, 3] * 12), COLUMN),
    "survival": (([1, 2, 3] * 8, FLAGS), COLUMN),
    "log_rank": (([1, 2, 3] * 8, FLAGS), {"by": GROUPS}),
    "survival_by_bad_experiences": (([[0.5]] * 3, [1, 2, 3], [True, False, True]), {"limit": 2, "level": 0.9}),
    "retention": ((GROUPS, [1, 2, 3] * 8), {"last": 4, "level": 0.9}),
    "rfm": ((GROUPS, OPENED, [1.0] * 24), {"as_of": NOW, "zone": "UTC"}),
    "first_response_time": ((OPENED, DONE), {**WAITS, "q": 0.9, "unit": HOUR}),
    "resolution_time": ((OPENED, DONE), {**WAITS, "q": 0.9, "unit": HOUR}),
    "time_to_action": ((OPENED, DONE), {**WAITS, "q": 0.9, "unit": HOUR}),
    "sla_attainment": ((OPENED, DONE), {**WAITS, "within": HOUR}),
    "overdue": (
        (OPENED, DONE),
        {"as_of": NOW + 3 * HOUR, "hours": OFFICE, "zone": "UTC", "within": HOUR, "ids": list(range(24))},
    ),
    "promises_kept": ((OPENED, DONE), {"as_of": NOW + 3 * HOUR, "zone": "UTC", **COLUMN}),
    "lapsed": ((OPENED,), {"as_of": NOW, "window": HOUR, "zone": "UTC"}),
    "weakest_link": ((LINKS,), {"worst": "highest", "level": 0.9}),
    "chain_strength": ((LINKS,), {"worst": "highest"}),
    "consistency": ((LINKS,), {"margin": 10, "worst": "highest", "alpha": 0.1}),
    "over_time": ((MONTHS,), {"margin": 0.1, "alpha": 0.1}),
    "compare_versions": ((HALF, HALF), {}),
    "perception_gap": ((HALF, HALF), {}),
    "benchmark": ((HALF, 0.4), {"better": "lower"}),
    "equivalence": ((HALF, HALF), {"margin": 0.1, "alpha": 0.1}),
    "parity": ((nps, SCORES), {"by": GROUPS, "perks": [False] * 24, "margin": 10, "worst": "highest", "alpha": 0.1}),
    "bad_experiences": ((FLAGS,), {"limit": 3}),
    "lift": ((FLAGS, FLAGS), {"kind": "share", "level": 0.9}),
    "cuped_lift": (
        ([1.0, 2, 4], [2.0, 3, 3]), {"control_before": [1, 2, 3], "treated_before": [2, 2, 3], "level": 0.9}
    ),
    "sample_ratio": (({"a": 50, "b": 52},), {"planned": {"a": 1, "b": 1}, "alpha": 0.01}),
    "always_valid": (([1.0, 2] * 20, [2.0, 3] * 20), {"kind": "mean", "effect": 0.5, "level": 0.9}),
    "roi": (([1.0, 2, 4], [2.0, 3, 3]), {"cost": 2.0, "level": 0.9}),
    "measure": (("nps", "score"), {"label": "NPS"}),
    "cx_report": (
        ({"s": SCORES, "g": GROUPS, "t": OPENED}, [measure("nps", "s")]),
        {
            "period": "t", "every": "month", "zone": "UTC", "group": "g", "title": "x", "correction": "none",
            "level": 0.9,
        },
    ),
    "BusinessHours": ((), {"zone": "UTC", "hours": {"mon": ("09:00", "17:00")}, "holidays": ["2026-05-05"]}),
}  # fmt: skip
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 5, 0.5, math.nan, math.inf, 10**400, Decimal("NaN"), Decimal(7), 1j, "", "x", "UTC", b"x", [],
    [None], ["x"], [math.nan] * 24, [math.inf] * 24, [1e300, -1e300] * 12, [10**400] * 24, [[1]] * 24, [object()] * 24,
    [True] * 24, (1, 2, 3), {}, {"a": 1}, {1}, object(), object, len, lambda: 1, range(24), iter([1]), NOW,
    NOW.replace(tzinfo=None), [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)] * 12,
    [NOW.replace(tzinfo=None)] * 24, ["2026-05-04"] * 24, date(2026, 5, 4), HOUR, -HOUR, timedelta.max,
    np.zeros((24, 2)), np.array(5), np.array(["x"] * 24),
    np.array([NOW.replace(tzinfo=None)] * 24, dtype="datetime64[us]"),
    np.array([True, False] * 12), np.ma.masked_all(24), HALF, LINKS, {"a": HALF, "b": LINKS["a"]}, OFFICE,
)  # fmt: skip


def said(function: Callable[..., object], *positional: Any, **keywords: Any) -> None:
    """Call it; only errors of the library may be raised."""
    with suppress(UnifiedProfileError):
        function(*positional, **keywords)


@pytest.mark.parametrize("name", CALLS)
def test_junk_is_answered_by_an_error_that_callers_can_catch(name):
    function: Any = getattr(metrics, name)
    positional, keywords = CALLS[name]
    function(*positional, **keywords)
    for junk in JUNK:
        for place in range(len(positional)):
            if name == "parity" and place == 0 and callable(junk):
                continue  # what a caller's own function raises goes through
            said(function, *positional[:place], junk, *positional[place + 1 :], **keywords)
        for keyword in keywords:
            said(function, *positional, **{**keywords, keyword: junk})
        if name in RATES:
            said(function, junk, 5)
            said(function, 5, junk)


def test_every_public_function_is_tried():
    public = {name for name in metrics.__all__ if inspect.isfunction(getattr(metrics, name))}
    assert public == set(CALLS) - {"BusinessHours"}


STATISTICS: dict[str, tuple[Any, ...]] = {
    "difference": (HALF, HALF), "gap_below": (HALF, [HALF]), "heterogeneity": ([HALF, LINKS["a"]],),
    "shrunken": ([HALF, HALF],), "holm": ([0.1, 0.2],), "wilson": (0.5, 10), "wald": (0.5, 10),
    "net_share": (5, 3, 10), "net_score": (5, 3, 10), "t_mean": (1.0, 2.0, 10), "percentile_ranks": (10, 0.5),
    "chi_squared_tail": (1.0, 2), "t_tail": (1.0, 2), "t_critical": (0.1, 2), "normal_tail": (1.0,),
    "normal_critical": (0.1,),
}  # fmt: skip
NUMBERS = (0, -1, 5, 0.5, math.nan, math.inf, -math.inf, 1e300, 1e-300, True)


@pytest.mark.parametrize("name", STATISTICS)
def test_numbers_that_make_no_sense_are_answered_likewise(name):
    function: Any = getattr(statistics, name)
    positional = STATISTICS[name]
    function(*positional)
    for number in NUMBERS:
        for place, given in enumerate(positional):
            if isinstance(given, (int, float)):
                said(function, *positional[:place], number, *positional[place + 1 :])
