"""Numbers are read as the countries of the world write them, and asked about where they could mean two."""

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidPayloadError
from unified_profile.wire.numbers import DecimalSign, decimal_sign, decimal_signs, lenient_number

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)
GROUPS = {
    ",.": "of England, Japan and China", ".,": "of Germany, Italy and Brazil", " ,": "of France",
    "\u00a0,": "of France, on one line", "\u202f,": "of France, on one narrow line", "\u2009,": "of the SI",
    "'.": "of Switzerland", "\u2019.": "of Switzerland, typeset", "',": "of a Swiss in Italian", " .": "of the SI",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("1200", 1200), ("1,200.50", 1200.5), ("1.200,50", 1200.5), ("12,5", 12.5), ("1 200,50 €", 1200.5),
        ("¥38,500", 38500), ("38,500円", 38500), ("￥３８，５００", 38500), ("税込 12,500円", 12500),
        ("１２，５００円（税込）", 12500), ("₩1,234", 1234), ("12,500원", 12500), ("１２．５", 12.5),
        ("(12.50)", -12.5),
        ("（1,200.00）", -1200.0), ("$(1,234.50)", -1234.5), ("△120", -120), ("▲ 1,200.0", -1200.0), ("120-", -120),
        ("12,50-", -12.5), ("-3", -3), ("−3", -3), ("- 3", -3), ("+3", 3), ("€ -12,50", -12.5), ("-€ 12,50", -12.5),
        ("€ 12,-", 12), ("12,--", 12), ("12,–", 12), ("1.234,-", 1234), ("-12,-", -12), ("CHF 12.-", 12),
        ("Fr. 1'234.–", 1234), ("1'234.50", 1234.5), ("1’234’567.05", 1234567.05), ("1,23,456.00", 123456.0),
        ("₹ 12,34,567", 1234567), ("1\u202f234,5", 1234.5), ("1.234.567", 1234567), ("1,234,567", 1234567),
        ("1234.567", 1234.567), ("0,500", 0.5), ("0.500", 0.5), ("1.2345", 1.2345), ("R$ 1.234,56", 1234.56),
        ("12,50 EUR", 12.5), ("12,50 Euro", 12.5), ("USD 12.50", 12.5), ("12.50 kr", 12.5), ("US$12.5", 12.5),
        ("1e3", 1000.0), ("1.234E+05", 123400.0), ("1,234E+05", 123400.0), (".5", 0.5), ("5.", 5.0),
        ("١٬٢٣٤٫٥", 1234.5), ("\u200e12.5\u200f", 12.5), (7, 7), (7.5, 7.5), (1.234, 1.234), (Decimal("1.234"), 1.234),
        ("007", 7),
    ),
)  # fmt: skip
def test_one_number_has_many_spellings(text, expected):
    number = lenient_number(text, field="n")
    assert number == expected
    assert type(number) is type(expected)


@pytest.mark.parametrize(
    "text",
    (
        "", "-", "NaN", "infinity", "1e999", "1,2,3", "12,34,56", "1.23.456", "12 34", "1 2", "5%", "--5", "(-5)",
        "-5-", "△(5)", "0x1f", "twelve", "31.12.2025", "192.168.1.1", "1,234.567.890", "1.234,567,890", "12.34,5",
        "0,123,456",
        "1 234'567", "€", "12 ft", "1EUR2", None, True, [], float("inf"), Decimal("NaN"), 2**70, "9" * 70,
    ),
)  # fmt: skip
def test_what_is_no_number_is_refused(text):
    with pytest.raises(InvalidPayloadError, match="not a number"):
        lenient_number(text, field="n", decimal=".")


@given(
    st.integers(1, 999),
    st.integers(0, 999),
    st.sampled_from(get_args(DecimalSign)),
    st.sampled_from(("", "-", "€ ", "$")),
)
def test_three_digits_behind_a_single_sign_are_asked_about(
    head: int, tail: int, sign: DecimalSign, before: str
) -> None:
    """The thousand and the thousandth differ by a thousand: nobody but the sender knows."""
    text = f"{before}{head}{sign}{tail:03}"
    with pytest.raises(InvalidPayloadError, match="two meanings"):
        lenient_number(text, field="n")
    minus = -1 if before == "-" else 1
    other: DecimalSign = "." if sign == "," else ","
    assert lenient_number(text, field="n", decimal=other) == minus * (head * 1000 + tail)
    assert lenient_number(text, field="n", decimal=sign) == pytest.approx(minus * (head + tail / 1000))


@given(AMOUNTS, st.sampled_from(sorted(GROUPS)))
def test_money_is_the_same_number_in_every_tradition(amount, signs):
    text = f"{amount:,.2f}".translate(str.maketrans(",.", signs))
    assert lenient_number(text, field="n") == float(amount)


@given(
    AMOUNTS, st.sampled_from(sorted(GROUPS)), st.sampled_from(("{}-", "({})", "△{}", "-{}", "−{}", "€ -{}", "-{} CHF"))
)
def test_a_minus_has_many_forms(amount, signs, form):
    text = form.format(f"{abs(amount):,.2f}".translate(str.maketrans(",.", signs)))
    assert lenient_number(text, field="n") == -float(abs(amount))


@given(st.integers(0, 10**12), st.sampled_from((",", ".", " ", "'", "\u202f")))
def test_grouped_thousands_are_the_number(number, sign):
    decimal: DecimalSign = "." if sign == "," else ","
    assert lenient_number(f"{number:,}".replace(",", sign), field="n", decimal=decimal) == number


@given(st.integers(10**5, 10**12))
def test_groups_as_in_india_are_the_number(number):
    head, tail = divmod(number, 1000)
    twos = f"{head:,}"
    digits = str(head)
    twos = ",".join(
        [digits[: len(digits) % 2], *(digits[at : at + 2] for at in range(len(digits) % 2, len(digits), 2))]
    )
    assert lenient_number(f"{twos.strip(',')},{tail:03}", field="n") == number


@given(st.lists(AMOUNTS, min_size=1), st.sampled_from(sorted(GROUPS)), st.integers(1, 999), st.integers(0, 999))
def test_a_column_is_read_as_its_numbers_without_doubt_are(amounts, signs, head, tail):
    """Every number written with two decimals decides for those that have two meanings."""
    column = [f"{amount:,.2f}".translate(str.maketrans(",.", signs)) for amount in amounts]
    doubtful = f"{head}.{tail:03}"
    assert decimal_sign([doubtful, *column]) == signs[1]
    assert decimal_sign([*column, doubtful, "", "n/a"]) == signs[1]


@pytest.mark.parametrize(
    ("columns", "expected"),
    (
        ({"a": ["1.234", "1.234,56", "12,5"]}, {"a": ","}),
        ({"a": ["1.234", "950"]}, {"a": "?"}),
        ({"a": ["1.234"], "b": ["4,90"]}, {"a": ",", "b": ","}),
        ({"a": ["1.234"], "b": ["4,90"], "c": ["4.90"]}, {"a": "?", "b": ",", "c": "."}),
        ({"a": ["1,5", "1.5", "1.234"]}, {"a": "?"}),
        ({"金額": ["1,234"]}, {"金額": "."}),
        ({"金額": ["1,234"], "b": ["4,90"]}, {"金額": ",", "b": ","}),
        ({"a": ["¥1,234", "1,500"]}, {"a": "."}),
        ({"a": ["1", 2, None, "x"]}, {}),
        ({"a": ["12,-", "1.234"]}, {"a": ","}),
    ),
)
def test_what_one_column_does_not_tell_the_others_may(columns, expected):
    assert decimal_signs(columns) == expected
