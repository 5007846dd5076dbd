"""Reports: equal answers give equal bytes, definitions carry versions, and every number its interval."""

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.metrics import DEFINITIONS, BusinessHours, cx_report, measure, nps

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
RND = random.Random(5)
ROWS: list[dict[str, Any]] = [
    {
        "score": RND.choice([None, 0, 6, 8, 9, 10]), "rating": RND.choice([1.1, 2.3, 4.7, None]),
        "ok": RND.random() < 0.4,
        "channel": RND.choice(["chat", "mail", None]), "month": RND.choice(["2026-04", "2026-05"]),
    }
    for _ in range(300)
]  # fmt: skip
MEASURES = [
    measure("nps", "score", label="NPS"),
    measure("csat", "rating", scale=(1, 5), method="mean", label="Satisfaction"),
    measure("conversion", "ok"),
]


def table(rows):
    return {name: [row[name] for row in rows] for name in rows[0]}


def report(data, **options):
    return cx_report(data, MEASURES, period="month", group="channel", title="May", **options)


def test_the_same_answers_in_any_order_and_any_frame_give_the_same_bytes():
    expected = report(table(ROWS))
    shuffled = ROWS[:]
    RND.shuffle(shuffled)
    data = table(ROWS)
    for other in (table(shuffled), pd.DataFrame(data), pl.DataFrame(data), pa.table(data)):
        found = report(other)
        assert found.to_json() == expected.to_json()
        assert found.to_text() == expected.to_text()
        assert found.to_html() == expected.to_html()


def test_a_report_of_today_has_the_bytes_of_every_day():
    """If this changes, a definition's version or the report's format has to be raised with it."""
    assert hashlib.sha256(report(table(ROWS)).to_json().encode()).hexdigest()[:16] == "b3bd9cab1648f8f9"


def test_a_definition_does_not_change_without_its_version():
    told = [(each.name, each.version, each.text, each.columns) for each in DEFINITIONS.values()]
    assert hashlib.sha256(repr(told).encode()).hexdigest()[:16] == "dee021f0e603334e"


def test_every_definition_names_a_function_that_takes_its_columns():
    for name, definition in DEFINITIONS.items():
        assert definition.function().__name__ == name
        assert definition.text.endswith(".")


def test_the_rows_are_those_of_the_metrics_themselves():
    found = report(table(ROWS))
    by = nps([row["score"] for row in ROWS], by=[row["channel"] for row in ROWS])
    mine = {row.group: row.estimate for row in found.rows if row.measure.label == "NPS" and row.period is None}
    assert mine["chat"] == by["chat"]
    assert mine["(none)"] == by[None]
    assert mine[None] == nps([row["score"] for row in ROWS])
    both = [row for row in found.rows if row.period is not None and row.group is not None]
    assert len(both) == 3 * 2 * 3


def test_the_json_says_what_was_measured():
    found = json.loads(report(table(ROWS), correction="bonferroni").to_json())
    assert found["measures"][1] == {
        "label": "Satisfaction", "metric": "csat", "version": 1, "definition": DEFINITIONS["csat"].text,
        "columns": ["rating"], "options": {"scale": [1, 5], "method": "mean"},
    }  # fmt: skip
    assert {row["level"] for row in found["rows"]} > {0.95}
    assert report(table(ROWS)).table()[0]["measure"] == "NPS"


def test_the_text_and_the_page_show_intervals_counts_and_warnings():
    few = cx_report({"s": [10, 3], "g": ["<b>", "b"]}, [measure("nps", "s", label="NPS & more")], group="g")
    text, page = few.to_text(), few.to_html()
    assert "[-" in text
    assert "a single answer" in text
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "NPS &amp; more" in page
    assert "Definition nps, version 2" in text
    assert "cx" not in repr(few).lower() or "rows" in repr(few)


def test_times_fall_into_periods_of_the_zone():
    data = {"s": [10, 3, 8], "at": [datetime(2026, 5, 31, 23, tzinfo=UTC), NOW, None]}
    found = cx_report(data, [measure("nps", "s")], period="at", every="month", zone="Europe/Berlin")
    assert [row.period for row in found.rows] == [None, "2026-05", "2026-06", "(none)"]


def test_waiting_times_and_their_opening_hours_are_part_of_the_report():
    office = BusinessHours(zone="UTC", hours={"mon-fri": ("09:00", "17:00")}, holidays=["2026-05-05"])
    data = {"opened": [NOW, NOW], "done": [NOW + timedelta(hours=2), None], "team": ["a", "b"]}
    line = measure("resolution_time", "opened", "done", as_of=NOW + timedelta(days=1), hours=office, q=0.5)
    found = cx_report(data, [line], group="team")
    assert found.rows[0].estimate.value == 2
    told = json.loads(found.to_json())["measures"][0]["options"]
    assert told["hours"]["holidays"] == ["2026-05-05"]
    assert told["as_of"] == "2026-05-05T09:00:00+00:00"


def test_a_measure_without_a_single_answer_is_a_row_without_a_value():
    found = cx_report({"s": [None, None], "g": ["a", "b"]}, [measure("nps", "s")], group="g")
    assert [row.group for row in found.rows] == [None, "a", "b"]
    assert not any(row.estimate.known for row in found.rows)
    assert json.loads(found.to_json())["rows"][0]["value"] is None
    assert "–" in found.to_text()


def test_what_cannot_be_reported_is_refused():
    with pytest.raises(UnknownNameError) as unknown:
        measure("npss", "s")
    assert "nps" in str(unknown.value)
    wrong: list[Any] = [
        lambda: measure("nps"), lambda: measure("nps", "a", "b"), lambda: measure("nps", "s", by=["a"]),
        lambda: cx_report({"s": [1]}, []), lambda: cx_report({"s": [1]}, [measure("nps", "t")]),
        lambda: cx_report({"s": [1]}, [measure("nps", "s"), measure("nps", "s")]),
        lambda: cx_report({"s": [1]}, [measure("nps", "s")], every="month"),
        lambda: cx_report(7, [measure("nps", "s")]), lambda: cx_report({"s": [11]}, [measure("nps", "s")]),
    ]  # fmt: skip
    for call in wrong:
        with pytest.raises(InvalidInputError):
            call()
