"""Quantiles against published tables, 40-digit values and closed forms."""

import math

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidInputError
from unified_profile.statistics import normal_critical, normal_tail, t_critical, t_tail

# Tail, degrees of freedom, critical value: computed with mpmath at 40 digits.
REFERENCE = [
    (0.4, 1, 0.32491969623290633),
    (0.025, 1, 12.706204736174705),
    (0.4, 1.5, 0.30074539256979542),
    (0.05, 1.5, 3.7051808200967517),
    (0.025, 1.5, 6.0166631044279319),
    (0.005, 1.5, 17.820310514462807),
    (5e-7, 1.5, 8285.3911950250383),
    (0.025, 2, 4.3026527297494639),
    (5e-7, 2, 999.99924999984375),
    (0.4, 3, 0.27667066233268991),
    (0.025, 3, 3.1824463052837096),
    (5e-7, 3, 130.15458955835795),
    (0.005, 4, 4.6040948713499932),
    (0.05, 5, 2.0150483733330242),
    (0.025, 5, 2.5705818356363155),
    (5e-7, 5, 28.47847346298421),
    (0.025, 7.25, 2.3481948491053722),
    (0.025, 10, 2.2281388519862747),
    (5e-7, 10, 10.516489956914905),
    (0.025, 29, 2.0452296421327043),
    (0.005, 29, 2.7563859036706055),
    (0.025, 120, 1.9799304050824408),
    (0.4, 999, 0.25341458333036737),
    (0.025, 999, 1.96234146113345),
    (5e-7, 999, 4.9223203723665489),
    (0.025, 1000, 1.9623390808264085),
    (0.4, 1001, 0.25341444848349834),
    (0.025, 1001, 1.9623367052808799),
    (0.005, 1001, 2.580749768750525),
    (5e-7, 1001, 4.9222587364636217),
    (0.025, 100000, 1.9599877075346096),
]


@pytest.mark.parametrize(("tail", "df", "expected"), REFERENCE)
def test_students_quantiles_equal_forty_digit_values(tail, df, expected):
    assert t_critical(tail, df) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("df", "expected"),
    ((1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (9, 2.262), (20, 2.086), (30, 2.042), (60, 2.000), (120, 1.980)),
)
def test_students_quantiles_equal_the_printed_table(df, expected):
    assert round(t_critical(0.025, df), 3) == expected


def closed_form_tail(t, df):
    """Abramowitz and Stegun 26.7.3 and 26.7.4: finite sums for whole degrees of freedom."""
    theta = math.atan(t / math.sqrt(df))
    sine, cosine = math.sin(theta), math.cos(theta)
    term, total = 1.0, 1.0
    if df % 2:
        term = total = cosine if df > 1 else 0.0
        for k in range(3, df - 1, 2):
            term *= (k - 1) / k * cosine * cosine
            total += term
        inside = 2 / math.pi * (theta + sine * total)
    else:
        for k in range(1, df - 2, 2):
            term *= k / (k + 1) * cosine * cosine
            total += term
        inside = sine * total
    return (1 - inside) / 2


@given(st.floats(-20, 20), st.integers(1, 400))
def test_students_tail_equals_the_finite_sums(t, df):
    assert t_tail(t, df) == pytest.approx(closed_form_tail(t, df), abs=1e-12)


@given(st.floats(1e-12, 1 - 1e-12), st.floats(1, 1e7))
def test_critical_value_and_tail_undo_each_other(tail, df):
    assert t_tail(t_critical(tail, df), df) == pytest.approx(tail, rel=1e-11, abs=1e-15)


@given(st.floats(1e-9, 0.49), st.floats(1, 1e6), st.floats(1.001, 100))
def test_more_degrees_of_freedom_come_nearer_to_the_normal(tail, df, factor):
    assert t_critical(tail, df) >= t_critical(tail, df * factor) * (1 - 1e-11)
    assert t_critical(tail, df) >= normal_critical(tail) * (1 - 1e-11)


# Computed with mpmath at 40 digits.
@pytest.mark.parametrize(
    ("t", "df", "expected"),
    (
        (30, 20, 2.0976126619998291e-18),
        (2, 1e6, 0.022750266925659604),
        (4.5, 3e6, 3.3978004969932108e-6),
        (1.96, 9164407, 0.02499791027678981),
    ),
)
def test_students_tail_equals_forty_digit_values(t, df, expected):
    assert t_tail(t, df) == pytest.approx(expected, rel=1e-13)


@given(st.floats(0, 1e12), st.floats(0, 1e12), st.floats(1, 1e7))
def test_students_tail_never_rises(one, other, df):
    near, far = t_tail(min(one, other), df), t_tail(max(one, other), df)
    assert 0 <= far <= near * (1 + 1e-12) <= 0.5 * (1 + 1e-11)


def test_the_middle_of_the_distribution_is_exactly_zero():
    assert t_critical(0.5, 7) == 0.0
    assert t_tail(0.0, 7) == 0.5


def test_normal_quantiles_equal_published_values():
    assert normal_critical(0.025) == pytest.approx(1.959963984540054, rel=1e-14)
    assert normal_critical(0.005) == pytest.approx(2.575829303548901, rel=1e-14)
    assert normal_tail(1.6448536269514722) == pytest.approx(0.05, rel=1e-14)


@pytest.mark.parametrize("tail", (0, 1, -0.1, 1.1, math.nan))
def test_a_tail_that_is_no_probability_is_refused(tail):
    with pytest.raises(InvalidInputError):
        normal_critical(tail)
    with pytest.raises(InvalidInputError):
        t_critical(tail, 5)


@pytest.mark.parametrize("df", (0, -1, 0.5, math.nan))
def test_no_degrees_of_freedom_are_refused(df):
    with pytest.raises(InvalidInputError):
        t_critical(0.025, df)
    with pytest.raises(InvalidInputError):
        t_tail(1.0, df)
