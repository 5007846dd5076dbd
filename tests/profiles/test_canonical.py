"""One text per JSON value, one sum per set of numbers."""

import json
from fractions import Fraction
from typing import Any

from hypothesis import given, strategies as st

from unified_profile.profiles.canonical import canonical, exact_mean, exact_sum, is_number, rank

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4)
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
)
NUMBERS = st.lists(st.integers() | st.floats(allow_nan=False, min_value=-1e299, max_value=1e299), max_size=8)


@given(JSON)
def test_the_text_is_json_that_means_the_same_value(value):
    assert canonical(json.loads(canonical(value))) == canonical(value)
    assert json.loads(canonical(value)) == value


@given(JSON, JSON)
def test_two_values_share_a_text_only_if_they_are_equal(one, other):
    if canonical(one) == canonical(other):
        assert one == other


def test_values_that_python_confuses_are_told_apart():
    values: list[Any] = [
        None,
        False,
        True,
        0,
        1,
        1.5,
        2**53,
        0.1,
        "1",
        "true",
        "null",
        "",
        [],
        {},
        [1],
        ["1"],
        [[1]],
        {"1": 1},
    ]
    assert len({canonical(value) for value in values}) == len(values)
    assert canonical(1.0) == canonical(1)
    assert canonical(-0.0) == canonical(0)


@given(NUMBERS, st.randoms())
def test_a_sum_is_exact_and_the_same_in_any_order(numbers, random):
    shuffled = random.sample(numbers, len(numbers))
    exact = sum(Fraction(repr(number)) for number in numbers)
    assert repr(exact_sum(shuffled)) == repr(exact_sum(numbers))
    assert exact_sum(numbers) == (int(exact) if all(isinstance(number, int) for number in numbers) else float(exact))
    assert exact_mean(shuffled) == (float(exact / len(numbers)) if numbers else None)


@given(st.lists(JSON, max_size=5), st.randoms())
def test_rank_sorts_anything_the_same_way(values, random):
    shuffled = random.sample(values, len(values))
    assert list(map(canonical, sorted(shuffled, key=rank))) == list(map(canonical, sorted(values, key=rank)))


def test_what_cannot_be_added_is_no_number():
    junk: list[Any] = [True, "1", None, float("nan"), float("inf"), 10**300, -(10**300), []]
    for value in junk:
        assert not is_number(value)
    assert is_number(10**300 - 1)
