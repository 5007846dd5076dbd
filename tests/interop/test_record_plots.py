"""The plots of a resolution show weights, and no value of a record."""

import json
import random

import pytest

from unified_profile import resolve
from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.interop import record_plots

RNG = random.Random(2)
ROWS = [
    {"record_id": f"secret-{number}-{copy}", "first_name": name, "surname": other, "dob": born, "city": "Nara"}
    for number in range(80)
    for name, other, born in [
        (RNG.choice(["hanako", "taro", "mary", "john"]), RNG.choice(["mori", "abe", "smith"]),
         f"19{RNG.randrange(50, 99)}-0{RNG.randrange(1, 9)}-1{RNG.randrange(10)}")
    ]
    for copy in range(1 + number % 3)
]  # fmt: skip
FOUND = resolve(ROWS)


def chart(made):
    """Return a chart as the text that a browser gets."""
    text = json.dumps(made.to_dict())
    assert not any(value in text for value in ("hanako", "mori", "secret", ROWS[0]["dob"]))
    return text


def test_a_waterfall_ends_at_the_match_weight():
    said = FOUND.explain("secret-2-0", "secret-2-1")
    text = chart(record_plots.waterfall(said))
    assert str(said.weight) in text
    assert all(one.field in text for one in said.contributions)


def test_a_histogram_counts_every_compared_pair():
    made = record_plots.weights(FOUND).to_dict()
    rows = next(one["data"]["values"] for one in made["layer"] if len(one["data"]["values"]) > 1)
    assert sum(row["pairs"] for row in rows) == len(FOUND.match_weights)
    chart(record_plots.weights(FOUND))


def test_a_graph_has_the_records_of_the_cluster():
    text = chart(record_plots.cluster_graph(FOUND, "secret-2-0"))
    assert "3 records" in text
    with pytest.raises(UnknownNameError):
        record_plots.cluster_graph(FOUND, "nobody")


def test_the_levels_say_more_the_more_alike_values_are():
    rows = FOUND.model.level_table()
    for field in ("first_name", "surname", "dob"):
        bits = [round(float(str(row["bits"])), 9) for row in rows if row["field"] == field]
        assert bits == sorted(bits)
    chart(record_plots.comparison_levels(FOUND.model))


def test_the_histogram_draws_the_threshold_from_which_pairs_were_linked():
    strict = resolve(ROWS, model=FOUND.model, threshold=3.5)
    assert "3.5" in chart(record_plots.weights(strict))
    assert "3.5" not in chart(record_plots.weights(FOUND))


@pytest.mark.parametrize("draw", [record_plots.waterfall, record_plots.weights, record_plots.comparison_levels])
@pytest.mark.parametrize("junk", [None, 7, "x", type(FOUND)])
def test_what_cannot_be_drawn_is_refused(draw, junk):
    with pytest.raises(InvalidInputError):
        draw(junk)
    with pytest.raises(InvalidInputError):
        record_plots.cluster_graph(junk, "secret-2-0")
