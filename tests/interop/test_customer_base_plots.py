"""Plots of a customer base: they hold the numbers of their tables, and keep to the grammar of the plotting library."""

from datetime import date
from typing import Any

import attrs
import numpy as np
import pytest

from unified_profile.errors import InvalidInputError
from unified_profile.interop.customer_base_plots import frequency_plot, holdout_plot, prediction_plot, tracking_plot
from unified_profile.metrics.customer_base import ParetoNbd, Periods, frequency_table, summarize, tracking_table

MODEL = ParetoNbd.from_parameters(r=0.55, alpha=10.6, s=0.6, beta=11.7, unit="week")


@pytest.fixture(scope="module")
def summary():
    bought = MODEL.simulate_transactions(
        300, start=date(2025, 1, 6), joining=Periods(12, "week"), length=Periods(60, "week"), seed=4
    )
    return summarize(
        bought, customer="customer", time="date", unit="week", until="2025-10-05", holdout_until="2026-02-22"
    )


def test_bars_of_frequencies_are_those_of_the_table(summary):
    chart = frequency_plot(MODEL, summary, most=5).to_dict()
    values = chart["data"]["values"]
    table = frequency_table(MODEL, summary, most=5)
    assert [row["value"] for row in values] == table["observed"] + table["expected"]
    assert values[5]["repeat purchases"] == "5+"


def test_the_holdout_has_a_line_for_what_came_and_one_for_what_was_expected(summary):
    values = holdout_plot(MODEL, summary).to_dict()["data"]["values"]
    assert {row["what"] for row in values} == {"observed", "expected"}


def test_tracking_marks_where_the_holdout_begins(summary):
    chart = tracking_plot(MODEL, summary).to_dict()
    assert chart["layer"][1]["data"]["values"] == [{"week": 39}]
    assert len(chart["layer"][0]["data"]["values"]) == 2 * len(tracking_table(MODEL, summary)["period"])


def test_predictions_are_counted_in_bars_and_those_without_a_value_in_the_title(summary):
    found = MODEL.probability_alive(summary)
    chart = prediction_plot(found, bins=10).to_dict()
    assert sum(row["customers"] for row in chart["data"]["values"]) == len(found)
    assert chart["encoding"]["x"]["bin"] == "binned"  # else dashes are drawn at the counts, and no bars
    gone = attrs.evolve(found, values=np.where(np.arange(len(found)) < 3, np.nan, found.values))
    assert "3 unknown" in prediction_plot(gone).to_dict()["title"]
    wrong: list[tuple[Any, Any]] = [(attrs.evolve(found, values=found.values * np.nan), 10), (found, 0), (found, 2.5)]
    for bad, bins in wrong:
        with pytest.raises(InvalidInputError):
            prediction_plot(bad, bins=bins)


def test_summaries_that_lack_what_a_plot_shows_are_refused():
    drawn = MODEL.simulate(20, T=30.0, seed=1)
    with pytest.raises(InvalidInputError, match="holdout_until"):
        holdout_plot(MODEL, drawn)
    with pytest.raises(InvalidInputError, match="summarize"):
        tracking_plot(MODEL, drawn)
