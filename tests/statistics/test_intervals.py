"""Intervals: published values, bounds, symmetry, and coverage counted exactly."""

import math
from itertools import product

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidInputError
from unified_profile.statistics import equal_answers, holm, net_share, t_mean, wald, wilson, z_for

levels = st.floats(0.01, 0.9999)
shares = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


# Newcombe (1998), Statistics in Medicine 17, table I, method 3.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)),
)
def test_wilson_equals_newcombes_table(part, whole, low, high):
    interval = wilson(part / whole, whole)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(shares, levels)
def test_intervals_of_shares_hold_the_share_and_stay_in_range(counts, level):
    part, whole = counts
    for method in (wilson, wald):
        low, high = method(part / whole, whole, level=level)
        assert 0 <= low <= part / whole <= high <= 1


@given(shares, levels)
def test_wilson_is_symmetric(counts, level):
    part, whole = counts
    low, high = wilson(part / whole, whole, level=level)
    mirrored = wilson((whole - part) / whole, whole, level=level)
    assert (low, high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-12)


@given(shares, levels, levels)
def test_a_higher_level_is_never_narrower(counts, one, other):
    part, whole = counts
    narrow, wide = (
        wilson(part / whole, whole, level=min(one, other)),
        wilson(part / whole, whole, level=max(one, other)),
    )
    assert wide.low <= narrow.low + 1e-12
    assert narrow.high <= wide.high + 1e-12


# Detractors, promoters, n: computed from the formulas by hand, to four decimals.
@pytest.mark.parametrize(
    ("minus", "plus", "n", "by_wald", "adjusted"),
    (
        (0, 5, 5, (100, 100), (17.4915, 100)),
        (0, 0, 10, (0, 0), (-18.465, 18.465)),
        (15, 50, 100, (20.7649, 49.2351), (19.919, 48.0422)),
        (2, 19, 36, (27.6133, 66.8311), (24.0677, 63.1117)),
        (300, 450, 1000, (9.7135, 20.2865), (9.6788, 20.2315)),
    ),
)
def test_net_share_equals_values_from_the_formulas(minus, plus, n, by_wald, adjusted):
    assert [100 * end for end in net_share(plus, minus, n, adjusted=False)] == pytest.approx(by_wald, abs=1e-4)
    assert [100 * end for end in net_share(plus, minus, n)] == pytest.approx(adjusted, abs=1e-4)


def exact_coverage(minus, plus, n, *, adjusted):
    """Add up the probabilities of all samples whose interval holds the truth."""
    truth, covered = plus - minus, 0.0
    for i, j in product(range(n + 1), repeat=2):
        if i + j <= n:
            low, high = net_share(j, i, n, adjusted=adjusted)
            if low <= truth <= high:
                ways = math.comb(n, i) * math.comb(n - i, j)
                covered += ways * minus**i * plus**j * (1 - minus - plus) ** (n - i - j)
    return covered


def test_adjusted_interval_covers_where_walds_does_not():
    """Two percent detractors, 95 % promoters, ten answers: the textbook interval holds the truth in 40 % of samples."""
    assert exact_coverage(0.02, 0.95, 10, adjusted=False) == pytest.approx(0.40, abs=0.01)
    assert exact_coverage(0.02, 0.95, 10, adjusted=True) == pytest.approx(0.94, abs=0.01)


@given(st.lists(st.integers(0, 200), min_size=3, max_size=3).filter(any), levels, st.booleans())
def test_net_share_holds_the_value_and_stays_in_range(counts, level, adjusted):
    plus, minus, neither = counts
    n = plus + minus + neither
    low, high = net_share(plus, minus, n, level=level, adjusted=adjusted)
    assert -1 <= low <= (plus - minus) / n <= high <= 1


# Yield of ten plants: mean 4.0, deviation 1.0; 2.262 is the printed quantile.
def test_students_interval_equals_the_textbook():
    low, high = t_mean(4.0, 1.0, 10)
    assert (low, high) == pytest.approx((4 - 2.262157 / math.sqrt(10), 4 + 2.262157 / math.sqrt(10)), abs=1e-6)


@given(st.floats(1, 5), st.floats(0, 2), st.floats(2, 1e6), levels)
def test_students_interval_stays_on_the_scale(mean, deviation, n, level):
    low, high = t_mean(mean, deviation, n, bounds=(1, 5), level=level)
    assert 1 <= low <= mean <= high <= 5


def test_equal_answers_obey_the_rule_of_three():
    """None of n fails: up to three in n may, at 95 % from one side."""
    assert equal_answers(0, 100, bounds=(0, 1), level=0.90).high == pytest.approx(0.03, abs=0.0005)


@given(st.floats(1, 5), st.integers(1, 10**9), levels)
def test_equal_answers_never_look_certain_and_stay_on_the_scale(mean, n, level):
    low, high = equal_answers(mean, n, bounds=(1, 5), level=level)
    assert 1 <= low <= mean <= high <= 5
    assert low < high


@pytest.mark.parametrize("level", (0, 1, -1, 95, math.nan))
def test_a_level_that_is_no_probability_is_refused(level):
    with pytest.raises(InvalidInputError) as caught:
        z_for(level)
    assert caught.value.field == "level"


def test_contradictory_counts_are_refused():
    for call in (
        lambda: wilson(1.1, 5),
        lambda: wilson(0.5, 0),
        lambda: net_share(3, 3, 5),
        lambda: net_share(-1, 0, 5),
        lambda: t_mean(3, 1, 1),
        lambda: equal_answers(3, 0, bounds=(1, 5)),
    ):
        with pytest.raises(InvalidInputError):
            call()


p_values = st.lists(st.floats(0, 1), max_size=30)


def test_holm_equals_a_published_example():
    """R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")."""
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx((0.05, 0.08, 0.09, 0.09, 0.09))


@given(p_values)
def test_holm_lies_between_the_raw_p_and_bonferroni(values):
    for raw, adjusted in zip(values, holm(values), strict=True):
        assert raw <= adjusted <= min(1.0, len(values) * raw) + 1e-15


@given(p_values, st.randoms())
def test_holm_does_not_depend_on_order(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    adjusted = holm(values)
    assert holm([values[i] for i in order]) == tuple(adjusted[i] for i in order)


@pytest.mark.parametrize("p", (-0.1, 1.1, math.nan))
def test_holm_refuses_what_is_no_probability(p):
    with pytest.raises(InvalidInputError) as caught:
        holm([0.5, p])
    assert caught.value.field == "p_values.1"
