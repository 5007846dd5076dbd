"""Consistency across channels, over time and across customers: planted faults are found, and chance is not blamed."""

import json
from typing import Any

import numpy as np
import pytest

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import (
    benchmark,
    compare_versions,
    consistency,
    csat,
    equivalence,
    nps,
    over_time,
    parity,
    perception_gap,
    proportion,
)

GOOD, BAD = (0.1, 0.3, 0.6), (0.2, 0.3, 0.5)


def scores(rng, mix, n):
    return rng.choice([3, 8, 10], p=mix, size=n)


def chains(seed, runs, n, bad=GOOD):
    rng = np.random.default_rng(seed)
    for _ in range(runs):
        yield {i: nps(scores(rng, bad if i == 0 else GOOD, n)) for i in range(6)}


def test_a_channel_twenty_points_down_among_six_is_named():
    found = [consistency(chain) for chain in chains(11, 300, 300, BAD)]
    assert sum(each.weakest.weakest == 0 for each in found) >= 0.94 * 300
    assert sum(each.verdict == "inconsistent" for each in found) >= 0.95 * 300
    assert sum(each.weakest.weakest not in {0, None} for each in found) <= 2


def test_six_equal_channels_raise_few_alarms():
    found = [consistency(chain, margin=10).verdict for chain in chains(12, 400, 300)]
    # Three standard deviations above 5 % in 400 runs.
    assert found.count("inconsistent") <= 33
    assert found.count("consistent") == 0


def test_consistent_is_said_only_of_what_was_shown_with_thousands_of_answers():
    chain = {i: nps([3] * (2000 + 10 * i) + [8] * 6000 + [10] * 12_000) for i in range(6)}
    assert consistency(chain, margin=10).verdict == "consistent"
    assert consistency(chain).verdict == "not enough data"
    far = {**chain, 6: nps([3] * 2300 + [8] * 6000 + [10] * 11_700)}
    assert consistency(far).verdict == "inconsistent"
    assert consistency(far, margin=10).verdict == "consistent"  # surely two points apart, and surely not ten
    assert "no margin" in consistency(chain).because
    uneven: dict[Any, Any] = {**chain, "new": nps([10, 3, 8, 9, 10, 7])}
    assert consistency(uneven, margin=10).verdict == "not enough data"
    tiny: dict[Any, Any] = {**chain, "new": nps([10, 3])}
    assert consistency(tiny, margin=10).verdict == "not enough data"


def test_raw_and_shrunken_stand_beside_each_other():
    (chain,) = chains(4, 1, 100, BAD)
    found = consistency(chain)
    mean = found.spread.mean
    for key, raw in found.raw.items():
        assert abs(found.shrunken[key].value - mean) <= abs(raw.value - mean) + 1e-9
    assert json.loads(json.dumps(found.to_dict()))["verdict"] == found.verdict


def test_what_is_no_comparison_is_refused():
    (chain,) = chains(5, 1, 50)
    asked: Any = consistency
    for wrong in ({"alpha": 0.7}, {"margin": -1}, {"worst": "first"}):
        with pytest.raises(InvalidInputError):
            asked(chain, **wrong)
    with pytest.raises(InsufficientDataError):
        consistency({"a": nps([10, 3]), "b": nps([10] * 9)})


# --- over time -------------------------------------------------------------------------------------------------------


def months(rng, shares, n=200):
    return {f"2026-{i:02d}": proportion(int(rng.binomial(n, p)), n) for i, p in enumerate(shares, 1)}


def test_a_level_that_never_changes_raises_an_alarm_in_one_chart_of_twenty():
    rng = np.random.default_rng(7)
    found = [over_time(months(rng, [0.7] * 12)).course for _ in range(500)]
    assert sum(course != "not enough data" for course in found) <= 40


def test_a_planted_drift_a_planted_jump_and_a_planted_outlier_are_found():
    rng = np.random.default_rng(8)
    drifts = [over_time(months(rng, np.linspace(0.7, 0.5, 12))) for _ in range(50)]
    assert sum(each.course == "drifting" and each.drift.value < 0 for each in drifts) >= 48
    jumps = [over_time(months(rng, [0.7] * 6 + [0.5] * 6)) for _ in range(50)]
    assert sum(each.change_after in {"2026-05", "2026-06", "2026-07"} for each in jumps) >= 48
    outliers = [over_time(months(rng, [0.7] * 5 + [0.5] + [0.7] * 6)) for _ in range(50)]
    assert sum("2026-06" in each.alarms for each in outliers) >= 48


def test_steady_is_said_only_within_a_stated_margin():
    rng = np.random.default_rng(9)
    level = months(rng, [0.7] * 12, n=20_000)
    assert over_time(level, margin=0.05).course == "steady"
    assert over_time(level).course == "not enough data"
    assert over_time(months(rng, [0.7] * 12, n=50), margin=0.05).course == "not enough data"


def test_limits_are_wider_where_there_are_fewer_answers_and_stay_in_range():
    found = over_time({1: proportion(98, 100), 2: proportion(10, 10), 3: proportion(97, 100), 4: proportion(980, 1000)})
    widths = {point.period: point.high - point.low for point in found.points}
    assert widths[2] > widths[1] > widths[4]
    assert all(0 <= point.low <= point.high <= 1 for point in found.points)
    assert json.loads(json.dumps(found.to_dict()))["course"] == found.course
    assert "<table>" in found._repr_html_()


def test_too_few_periods_are_refused_and_empty_ones_left_out():
    with pytest.raises(InsufficientDataError):
        over_time({i: proportion(5, 10) for i in range(3)})
    with pytest.raises(InsufficientDataError):
        over_time(nps([10, 3, 8, 9, None], by=[1, 2, 3, 3, 4]))
    months_of = nps([10, 3, 8, 9, 2, 10, 10, None], by=[1, 1, 2, 3, 4, 4, 5, 6])
    assert [point.period for point in over_time(months_of).points] == [1, 2, 3, 4, 5]


def test_before_and_after_a_new_version_is_a_difference_with_an_interval():
    found = compare_versions(proportion(500, 1000), proportion(600, 1000))
    assert found.low < 0.1 < found.high
    assert found.low > 0


# --- across customers ------------------------------------------------------------------------------------------------


def test_a_perk_does_not_count_as_favor_but_a_planted_favor_does():
    rng = np.random.default_rng(10)
    tiers = np.repeat(["gold", "new", "silver"], 400)
    plain = scores(rng, GOOD, 1200)
    perks = np.zeros(1200, dtype=bool)
    perks[:200] = True
    gilded = plain.copy()
    gilded[perks] = 10  # the lounge
    apart = parity(nps, gilded, by=tiers, perks=perks)
    assert (apart.favored, apart.baseline.verdict) == ((), "not enough data")
    assert apart.perks is not None
    assert apart.perks["gold"].value == 100
    assert parity(nps, gilded, by=tiers).favored == ("gold",)
    slighted = np.where(tiers == "new", scores(rng, (0.3, 0.3, 0.4), 1200), plain)
    assert "new" in parity(nps, slighted, by=tiers).neglected


def test_parity_is_broken_by_chance_in_one_of_twenty():
    rng = np.random.default_rng(13)
    tiers = ["a", "b", "c"] * 60
    found = [parity(nps, scores(rng, GOOD, 180), by=tiers) for _ in range(300)]
    assert sum(bool(each.favored or each.neglected) for each in found) <= 26


def test_parity_of_a_metric_where_high_is_bad_and_columns_that_do_not_fit():
    found = parity(
        lambda answers, by: csat(answers, scale=(1, 5), method="mean", by=by),
        [1, 2] * 50 + [4, 5] * 50, by=["a"] * 100 + ["b"] * 100, worst="highest",
    )  # fmt: skip
    assert (found.favored, found.neglected) == (("a",), ("b",))
    asked: Any = parity
    for wrong in ({"by": ["a"]}, {"perks": [True]}, {"perks": [None] * 3}):
        with pytest.raises(InvalidInputError):
            asked(nps, [10, 3, 8], **{"by": ["a", "b", "c"], **wrong})


# --- beside each other -----------------------------------------------------------------------------------------------


def test_81_percent_inside_and_37_percent_of_customers():
    found = perception_gap(proportion(81, 100), proportion(370, 1000))
    assert found.value == pytest.approx(0.44)
    assert 0.3 < found.low < 0.44 < found.high < 0.55


def test_gaps_are_paired_by_question():
    questions = ["easy", "easy", "honest", "honest"]
    inside, outside = (proportion(column, by=questions) for column in ([True] * 4, [True, False, True, True]))
    found = perception_gap(inside, outside)
    assert {key: each.value for key, each in found.items()} == {"easy": 0.5, "honest": 0}
    asked: Any = perception_gap
    for other in (proportion([True], by=["easy"]), proportion(1, 2)):
        with pytest.raises(InvalidInputError):
            asked(inside, other)


def test_a_benchmark_knows_its_direction_and_its_own_uncertainty():
    churn = proportion(30, 1000)
    assert benchmark(churn, 0.05, better="lower").standing == "better"
    assert benchmark(churn, 0.05).standing == "worse"
    assert benchmark(churn, 0.031).standing == "not enough data"
    assert benchmark(churn, proportion(5, 100), better="lower").standing == "not enough data"
    assert json.loads(json.dumps(benchmark(churn, 0.05).to_dict()))["reference"] == 0.05
    asked: Any = benchmark
    for reference, better in ((5, "lower"), (0.05, "up"), (nps([10, 3]), "lower")):
        with pytest.raises(InvalidInputError):
            asked(churn, reference, better=better)


def test_two_that_differ_by_the_margin_are_called_equivalent_in_one_of_twenty():
    rng = np.random.default_rng(14)
    found = [
        equivalence(
            proportion(int(rng.binomial(800, 0.5)), 800), proportion(int(rng.binomial(800, 0.6)), 800), margin=0.1
        )
        for _ in range(600)
    ]
    assert sum(each.verdict == "equivalent" for each in found) <= 0.05 * 600 + 16
    assert equivalence(proportion(10, 100), proportion(90, 100), margin=0.1).verdict == "different"
    asked: Any = equivalence
    for wrong in ({"margin": 0}, {"margin": 1, "alpha": 0.5}):
        with pytest.raises(InvalidInputError):
            asked(proportion(1, 2), proportion(1, 2), **wrong)
