"""The chain: its strength is a minimum, and no link is named by chance."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from unified_profile.errors import InsufficientDataError, InvalidInputError
from unified_profile.metrics import ces, chain_strength, churn_rate, csat, nps, weakest_link
from unified_profile.statistics import Estimate, normal_critical, t_tail

answers = st.lists(st.integers(0, 10), min_size=1, max_size=30)
chains = st.dictionaries(st.text(max_size=5), answers, min_size=1, max_size=8)


def estimates(chain):
    return {link: nps(scores) for link, scores in chain.items()}


@given(chains)
def test_strength_is_the_minimum(chain):
    links = estimates(chain)
    found = chain_strength(links)
    assert found.value == min(each.value for each in links.values())
    assert found.low <= found.value <= found.high
    assert found.n == sum(map(len, chain.values()))


@given(chains, answers)
def test_adding_a_good_link_never_raises_the_strength(chain, more):
    links = estimates(chain)
    longer = {**links, ("one", "more"): nps(more)}
    before, after = chain_strength(links), chain_strength(longer)
    assert after.value <= before.value
    assert after.low <= before.low


@given(chains, st.randoms())
def test_the_order_of_links_does_not_matter(chain, random):
    order = list(chain)
    random.shuffle(order)
    links = estimates(chain)
    shuffled = {link: links[link] for link in order}
    one, other = chain_strength(links), chain_strength(shuffled)
    assert (one.value, one.low, one.high) == (other.value, other.low, other.high)
    if len(links) > 1:
        assert weakest_link(links).status == weakest_link(shuffled).status
        assert weakest_link(links).weakest == weakest_link(shuffled).weakest


def test_a_chain_of_one_is_that_link():
    only = nps([10, 3, 5, 8, 9, 10])
    found = chain_strength({"chat": only})
    assert (found.value, found.low, found.high) == (only.value, only.low, only.high)
    assert found.level == pytest.approx(only.level)


def test_the_level_of_a_chain_is_bonferronis_and_many_links_keep_a_level_by_a_wider_end():
    one = nps([10, 3, 5, 8, 9, 10])
    assert chain_strength(dict.fromkeys(range(5), one)).level == pytest.approx(1 - 6 * 0.05 / 2)
    many = chain_strength(dict.fromkeys(range(100), one))
    assert many.level == 0.95
    assert many.high == one.high
    assert any("too many links" in warning for warning in many.warnings)
    worst = chain_strength({"bad": nps([0] * 9), **dict.fromkeys(range(100), one)}, worst="highest")
    assert (worst.value, worst.low, worst.level) == (one.value, -100, 0.95)


def test_the_interval_of_the_strength_covers_the_weakest_links_truth():
    """Five channels at an NPS of 30 and one at 10, simulated: far more often than the stated level."""
    rng = np.random.default_rng(7)
    good = rng.choice([0, 8, 10], p=[0.2, 0.3, 0.5], size=(200, 5, 60))
    bad = rng.choice([0, 8, 10], p=[0.3, 0.3, 0.4], size=(200, 60))
    covered, level = 0, 1.0
    for some, one in zip(good, bad, strict=True):
        found = chain_strength({"bad": nps(one), **{i: nps(each) for i, each in enumerate(some)}})
        covered, level = covered + (found.low <= 10 <= found.high), found.level
    assert covered / 200 >= level


def test_highest_is_worst_for_churn():
    links = {"a": churn_rate(1, 100), "b": churn_rate(40, 100), "c": churn_rate(2, 100)}
    assert chain_strength(links, worst="highest").value == 0.4
    assert chain_strength(links, worst="highest").method == "maximum"
    assert weakest_link(links, worst="highest").weakest == "b"
    assert weakest_link(links, worst="lowest").weakest is None


def test_a_link_without_answers_is_mentioned():
    found = chain_strength(nps([10, 3, None], by=["a", "a", "b"]))
    assert found.value == 0
    assert found.n_missing == 1
    assert "b: no answers" in found.warnings
    with pytest.raises(InsufficientDataError):
        chain_strength(dict(nps([10, None], by=["a", "b"]).items() - {("a", nps([10]))}))


def scores(detractors, passives, promoters):
    return [0] * detractors + [8] * passives + [10] * promoters


def test_a_link_far_below_the_others_is_named_with_its_reason():
    links = {str(i): nps(scores(60, 90, 150)) for i in range(5)} | {"phone": nps(scores(150, 90, 60))}
    found = weakest_link(links)
    assert (found.status, found.weakest, found.candidates) == ("named", "phone", ("phone",))
    assert found.comparisons[0].link == "phone"
    assert found.comparisons[0].gap == pytest.approx(60)
    assert found.comparisons[0].p_value < 1e-6
    assert str(found).startswith("phone is the weakest link: -30 (95 % interval")
    assert json.loads(json.dumps(found.to_dict()))["weakest"] == "phone"


def test_a_small_gap_is_not_named():
    found = weakest_link({"a": nps(scores(3, 3, 4)), "b": nps(scores(4, 3, 3)), "c": nps(scores(2, 3, 5))})
    assert (found.status, found.weakest, found.candidates) == ("not_enough_data", None, ())
    assert str(found) == "not enough data to name a weakest link"
    assert [each.link for each in found.comparisons] == ["b", "a", "c"]


def test_two_links_equally_far_down_are_tied():
    good, bad = nps(scores(60, 90, 150)), nps(scores(150, 90, 60))
    found = weakest_link({"a": good, "b": good, "c": good, "d": good, "x": bad, "y": bad})
    assert (found.status, found.weakest) == ("tied", None)
    assert set(found.candidates) == {"x", "y"}
    assert "not enough data to tell which" in found.because


def test_a_lower_link_with_few_answers_keeps_another_from_being_named():
    """Ten answers at -40 might be worse than five hundred at -10."""
    good = nps(scores(100, 150, 250))
    links = {"a": good, "b": good, "c": good, "solid": nps(scores(200, 150, 150)), "few": nps(scores(6, 2, 2))}
    found = weakest_link(links)
    assert found.status == "tied"
    assert set(found.candidates) == {"solid", "few"}


def test_links_with_fewer_than_five_answers_are_not_tested_but_listed():
    found = weakest_link({"a": nps([10] * 50), "b": nps([0] * 50), "c": nps([0, 0])})
    assert found.weakest == "b"
    assert found.untested == ("c",)
    assert "1 links are known too little to be tested" in found.because
    assert weakest_link({"a": nps([10] * 50), "c": nps([0, 0])}).status == "not_enough_data"


def runs(shares, n, *, seed, repeat):
    rng = np.random.default_rng(seed)
    for _ in range(repeat):
        yield weakest_link({i: nps(rng.choice([0, 8, 10], p=each, size=n)) for i, each in enumerate(shares)})


def test_a_channel_twenty_points_down_is_named_however_the_points_were_lost():
    """Six channels of 300 answers; 95 % and more of 10,000 runs each, so less than 276 of 300 would be bad luck."""
    for weak in ((0.27, 0.33, 0.4), (0.17, 0.53, 0.3), (0.37, 0.13, 0.5), (0.225, 0.42, 0.355)):
        found = [each.weakest for each in runs([weak] + [(0.17, 0.33, 0.5)] * 5, 300, seed=5, repeat=300)]
        assert found.count(0) >= 276


def test_a_channel_that_divides_people_is_not_blamed_for_it():
    """More detractors, and as many more promoters: the score is the same, and so is the risk of a false alarm."""
    found = [each.weakest for each in runs([(0.3, 0.1, 0.6)] + [(0.2, 0.3, 0.5)] * 5, 300, seed=6, repeat=400)]
    # Three standard deviations above 5 % in 400 runs.
    assert found.count(0) <= 33


@pytest.mark.parametrize("n", (5, 20, 100, 300))
def test_six_equal_channels_are_seldom_blamed(n):
    found = [each.status for each in runs([(0.3, 0.3, 0.4)] * 6, n, seed=n, repeat=400)]
    # Three standard deviations above 5 % in 400 runs.
    assert sum(status != "not_enough_data" for status in found) <= 33


def test_a_satisfied_chain_with_uneven_links_is_seldom_blamed():
    """Near the end of the range small links look certain on one side: a normal test would blame 16 % of such chains."""
    rng = np.random.default_rng(3)
    blamed = 0
    for _ in range(400):
        links = {n: nps(rng.choice([0, 8, 10], p=(0.02, 0.18, 0.8), size=n)) for n in (5, 6, 10, 100, 300, 1000)}
        blamed += weakest_link(links).status != "not_enough_data"
    assert blamed <= 33


def test_the_sides_that_face_each_other_are_compared():
    """A bad link reaches up, the good ones reach down; how far they reach to the other sides does not matter."""
    low, high = Estimate(0, -9, 0.5, n=50, method="x"), Estimate(2, 1.5, 11, n=50, method="x")
    assert weakest_link({"a": low, "b": high}).weakest == "a"
    assert weakest_link({"a": low, "b": high}, worst="highest").weakest == "b"
    low, high = Estimate(0, -0.5, 9, n=50, method="x"), Estimate(2, -7, 2.5, n=50, method="x")
    assert weakest_link({"a": low, "b": high}).weakest is None
    assert weakest_link({"a": low, "b": high}, worst="highest").weakest is None


def test_the_p_value_is_welchs():
    """Two symmetric links of ten, two standard errors of 0.3 apart from zero: t on 18 degrees of freedom, times two."""
    z = normal_critical(0.025)
    low, high = (Estimate(v, v - 0.3 * z, v + 0.3 * z, n=10, method="t") for v in (0.0, 1.0))
    found = weakest_link({"a": low, "b": high})
    assert found.comparisons[0].p_value == pytest.approx(1.04 * 2 * t_tail(1 / math.sqrt(0.18), 18), rel=1e-12)
    assert found.weakest == "a"


def test_a_channel_twenty_points_down_among_six_is_found_with_three_hundred_answers():
    found = [each.weakest for each in runs([(0.2, 0.3, 0.5), *[(0.1, 0.3, 0.6)] * 5], 300, seed=1, repeat=200)]
    assert found.count(0) >= 0.93 * 200
    assert sum(each not in {0, None} for each in found) <= 2


@settings(max_examples=50)
@given(chains.filter(lambda chain: len(chain) > 1), st.floats(0.5, 0.999))
def test_a_named_link_is_worse_than_the_rest_and_its_p_value_says_so(chain, level):
    found = weakest_link(estimates(chain), level=level)
    assert {each.link for each in found.comparisons} | set(found.untested) == set(chain) or not found.comparisons
    assert all(0 <= each.p_value <= 1 for each in found.comparisons)
    assert (found.status == "named") == (len(found.candidates) == 1) == (found.weakest is not None)
    if found.status == "named":
        first = next(each for each in found.comparisons if each.link == found.weakest)
        assert first.gap > 0
        assert first.p_value <= 1 - level


def test_effort_where_high_is_hard_needs_the_other_end():
    hard = ces([6, 7] * 40, scale=(1, 7), high_is="hard", method="mean")
    easy = ces([1, 2] * 40, scale=(1, 7), high_is="hard", method="mean")
    assert weakest_link({"form": hard, "chat": easy}, worst="highest").weakest == "form"


def test_intervals_without_width_name_nobody():
    links = {"a": nps([10] * 9, method="wald"), "b": nps([0] * 9, method="wald")}
    assert weakest_link(links).status == "not_enough_data"


ONE, OTHER = nps([10, 3]), csat([5, 1], scale=(1, 5), method="mean")


@pytest.mark.parametrize("links", ({"a": ONE, "b": OTHER}, [ONE, ONE], {"a": 12.0, "b": 3.0}))
@pytest.mark.parametrize("question", (weakest_link, chain_strength))
def test_what_is_no_chain_of_one_metric_is_refused(question, links):
    with pytest.raises(InvalidInputError) as caught:
        question(links)
    assert caught.value.field == "links"


@pytest.mark.parametrize("question", (weakest_link, chain_strength))
def test_an_unknown_bad_end_is_refused(question):
    with pytest.raises(InvalidInputError) as caught:
        question({"a": ONE, "b": ONE}, worst="first")
    assert caught.value.field == "worst"


def test_a_level_that_is_no_probability_is_refused():
    with pytest.raises(InvalidInputError):
        weakest_link({"a": ONE, "b": ONE}, level=95)


def test_too_few_links_are_refused():
    with pytest.raises(InsufficientDataError):
        weakest_link({"a": ONE})
    with pytest.raises(InsufficientDataError):
        chain_strength({})
