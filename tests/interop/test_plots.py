"""Every answer of the metrics has a plot and every report a table; what is drawn are the numbers themselves."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from unified_profile import metrics
from unified_profile.errors import InvalidInputError
from unified_profile.interop.plots import plot
from unified_profile.interop.tables import great_table
from unified_profile.metrics import (
    always_valid,
    bad_experiences,
    benchmark,
    consistency,
    cx_report,
    equivalence,
    lift,
    log_rank,
    measure,
    nps,
    over_time,
    overdue,
    parity,
    proportion,
    resolution_time,
    retention,
    rfm,
    sample_ratio,
    survival,
    weakest_link,
)

SCORES = ([10] * 60 + [8] * 25 + [3] * 15) * 2 + ([10] * 30 + [8] * 30 + [3] * 40)
CHANNELS = ["chat"] * 100 + ["mail"] * 100 + ["phone"] * 100
MONTHS = {f"2026-{month:02d}": proportion(50 + month, 100) for month in range(1, 9)}
NOW = datetime(2026, 5, 1, tzinfo=UTC)

ANSWERS: dict[str, Any] = {
    "one": nps(SCORES),
    "groups": nps(SCORES, by=CHANNELS),
    "mapping": MONTHS,
    "curve": survival([1, 2, 3, 4], [True, False, True, False]),
    "curves": survival([1, 2, 3, 4], [True, False, True, True], by=["a", "a", "b", "b"]),
    "cohorts": retention(["a", "a", "b", "c"], [1, 2, 1, 2], last=3),
    "course": over_time(MONTHS),
    "consistency": consistency(nps(SCORES, by=CHANNELS)),
    "parity": parity(nps, SCORES, by=CHANNELS),
    "weakest": weakest_link(nps(SCORES, by=CHANNELS)),
    "lift": lift([1.0, 2.0, 3.0], [2.0, 3.0, 5.0], kind="mean"),
    "sequential": always_valid([True, False] * 40, [True] * 80, kind="share", effect=0.1),
    "equivalence": equivalence(nps(SCORES[:100]), nps(SCORES[100:200]), margin=10),
    "benchmark": benchmark(nps(SCORES), 20),
    "sizes": sample_ratio({"control": 50_000, "treated": 48_900}),
    "log-rank": log_rank([1, 2, 3, 4], [True, True, True, False], by=["a", "b", "a", "b"]),
    "bad experiences": bad_experiences([True, False, True, None]),
    "overdue": overdue(
        [NOW, NOW], [None, None], within=timedelta(hours=4), as_of=NOW + timedelta(hours=9), ids=["x", "y"]
    ),
    "nobody overdue": overdue([NOW], [NOW], within=timedelta(hours=4), as_of=NOW + timedelta(hours=9)),
    "waits": resolution_time(
        [NOW] * 9,
        [NOW + timedelta(hours=h) for h in range(1, 7)] + [None] * 3,
        as_of=NOW + timedelta(hours=9),
        by=["a"] * 5 + ["b"] * 4,
    ),
    "unknown": cx_report({"s": [None], "c": ["a"]}, [measure("nps", "s")], group="c"),
    "rfm": rfm(["a", "b", "a"], [NOW, NOW, NOW], [1, 2, 3], as_of=NOW),
    "report": cx_report({"s": SCORES, "c": CHANNELS}, [measure("nps", "s", label="NPS")], group="c", title="May"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_every_answer_has_a_valid_plot(answer):
    """Altair checks a chart against the schema of Vega-Lite when it is written down."""
    chart: dict[str, Any] = plot(answer, title="a title").to_dict()
    assert chart["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert "a title" in str(chart)
    assert chart["datasets"] if "datasets" in chart else "values" in str(chart)


def test_a_plot_draws_the_numbers_and_their_intervals():
    found = nps(SCORES, by=CHANNELS)
    (values,) = [layer["data"]["values"] for layer in [plot(found).to_dict()] if "data" in layer] or [
        plot(found).to_dict()["layer"][0]["data"]["values"]
    ]
    assert {row["group"]: (row["value"], row["low"], row["high"]) for row in values} == {
        key: (each.value, each.low, each.high) for key, each in found.items()
    }


def test_every_kind_of_answer_is_among_them():
    """Flags of `lapsed` go into a metric, and measures into a report."""
    returned = set()
    for name in metrics.__all__:
        function = getattr(metrics, name)
        if inspect.isfunction(function) and name not in {"lapsed", "measure"}:
            returned |= set(inspect.signature(function).return_annotation.split(" | "))
    drawn = {type(answer).__name__ for answer in ANSWERS.values()} | {"list[Overdue]"}
    assert returned <= drawn


def test_an_interval_without_an_end_stops_at_an_arrow_and_not_at_nothing():
    chart: dict[str, Any] = plot(ANSWERS["waits"]).to_dict()
    by = {row["group"]: row for row in chart["data"]["values"]}
    assert by["b"]["high"] is None
    assert by["b"]["endless_up"]
    assert by["b"]["to"] > by["a"]["value"]
    assert not by["b"]["endless_down"]
    assert [layer["mark"].get("shape") for layer in chart["layer"]] == [None, None, "triangle-left", "triangle-right"]


def test_what_has_no_plot_is_refused():
    for answer in (7, {}, {"a": 1}, "text", [7]):
        with pytest.raises(InvalidInputError):
            plot(answer)


def test_a_report_becomes_a_table_with_its_definitions():
    html = great_table(ANSWERS["report"]).as_raw_html()
    assert all(word in html for word in ("May", "NPS", "chat", "version 2", "95 % interval"))


def test_a_table_shows_every_share_per_cent_and_says_so():
    lines = [
        measure("csat", "r", scale=(1, 5), satisfied_from=4, label="Satisfied"),
        measure("csat", "r", scale=(1, 5), method="mean", label="Rating"),
    ]
    html = great_table(cx_report({"r": [5, 4, 4, 2]}, lines)).as_raw_html()
    assert "75.0" in html
    assert "3.8" in html
    assert html.count("In per cent.") == 1


def test_the_libraries_are_loaded_when_a_plot_is_made():
    code = (
        "import sys; import unified_profile.interop.plots, unified_profile.interop.tables; "
        "assert not {'altair', 'great_tables', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
