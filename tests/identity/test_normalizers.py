"""Normal forms are stable, agree with the libraries that know the rare shapes, and refuse what stands for nobody."""

import re
import subprocess
import sys
import unicodedata

import phonenumbers
import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import example, given, strategies as st

from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.identity import addresses, phone_numbers
from unified_profile.identity.addresses import email
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.identity.normalizers import JUNK, NORMALIZERS, normalizer
from unified_profile.identity.phone_numbers import phone
from unified_profile.identity.spelling import case_sensitive, digits, exact, lower, text, upper
from unified_profile.model import Identifier
from unified_profile.testing.people.dice import Dice
from unified_profile.testing.people.flaws import JUNK_EMAILS, JUNK_PHONES, spelled_email, spelled_phone
from unified_profile.testing.people.places import COUNTRIES

NAMES = (*NORMALIZERS, "phone:JP", "phone:US", "phone:IT", "phone:GB")
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def wide(value):
    """Return *value* in full-width letters, as Japanese keyboards make them."""
    return value.translate(WIDE)


# What people type into fields: any text, half surrogates, and much of what identifiers are made of.
typed = (
    st.text(st.characters(codec=None), max_size=20)
    | st.text(st.sampled_from("aA1.+-_@ \u3000\u200b０９（）ー－＠ßİΣς\u0301ﬁ㎏﷽"), max_size=16)
    | st.text(st.sampled_from("0123456789+-() ;ext=x#内線٠٩"), min_size=5, max_size=18)
    | st.emails()
    | st.builds(lambda local, domain: f"{local}@{domain}", st.text(min_size=1, max_size=8), st.text(max_size=8))
)


# --- laws ------------------------------------------------------------------------------------------------------------


@given(st.sampled_from(NAMES), typed)
@example("case_sensitive", "a \u0301")
@example("email", "Σ@ΑΣ.gr")
@example("phone:IT", "0612345678")
def test_normalizing_twice_changes_nothing(name, value):
    once = normalizer(name)(value)
    assert once is None or normalizer(name)(once) == once


@given(st.sampled_from(NAMES), typed)
def test_a_normal_form_is_a_value_that_an_identifier_takes(name, value):
    found = normalizer(name)(value)
    assert found is None or Identifier("x", found).value == found.strip()


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(("email", "phone"))])
def test_every_character_of_unicode_is_stable_beside_others(name):
    normalize = normalizer(name)
    for code in (*range(0x20000), *range(0xE0000, 0xE0200)):
        for value in (chr(code), f"a{chr(code)}\u0301"):
            once = normalize(value)
            assert once is None or normalize(once) == once, hex(code)


@given(
    st.sampled_from(NAMES),
    st.sampled_from(("a", "a@example.com", "+819012345678", "0312345678")),
    st.sampled_from(["\0", "\x07", "\x1b", "\x7f", "\x85", "\ud800", "\udfff"]),
    st.integers(0, 1),
)
def test_control_characters_and_half_surrogates_make_a_value_unusable(name, value, bad, at):
    assert normalizer(name)(value[:at] + bad + value[at:] + "z") is None


@pytest.mark.parametrize("name", NAMES)
def test_nothing_stays_nothing_and_what_is_too_long_is_unusable(name):
    assert normalizer(name)("") is None
    assert normalizer(name)(" \t\u3000\n") is None
    assert normalizer(name)("1" * 513) is None
    assert normalizer(name)("\ufdfa" * 100) is None or name == "exact"


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20))
def test_full_width_and_half_width_are_one(value):
    for name in NAMES:
        if name != "exact":
            assert normalizer(name)(wide(value)) == normalizer(name)(value)


# --- text and ids ----------------------------------------------------------------------------------------------------


def test_text_composes_drops_what_cannot_be_seen_and_keeps_case():
    assert text("\ufeffＴａｒｏ　\u200b ヤマダ\r\n") == "Taro ヤマダ"
    assert text("e\u0301") == "\u00e9"
    assert text("ﾔﾏﾀﾞ") == "ヤマダ"


def test_ids_keep_or_lose_their_case_as_declared():
    assert (upper("ab-1"), lower("AB-1"), case_sensitive(" aB 1 "), exact("  aB  1 ")) == (
        "AB-1",
        "ab-1",
        "aB1",
        "aB  1",
    )
    assert upper("straße") == "STRASSE"


def test_exact_changes_nothing_inside():
    assert exact("Ａ\u200b１") == "Ａ\u200b１"


def test_digits_take_separators_only():
    assert digits("４７１１−0815/22") == "4711081522"
    assert digits("(0) 12.34") == "01234"
    assert digits("٠١٢") == "012"
    assert [digits(value) for value in ("-1", "−1", "A1", "1e3", "--", "½")] == [None] * 6


# --- e-mail ----------------------------------------------------------------------------------------------------------


def library_email(value):
    """What the library alone says, with our small letters."""
    try:
        found = validate_email(value, check_deliverability=False)
    except EmailNotValidError:
        return None
    return f"{found.local_part.lower()}@{found.ascii_domain}"


label = st.from_regex(r"[A-Za-z0-9-]{1,8}", fullmatch=True)
near_address = st.builds(
    lambda local, labels, top: f"{local}@{'.'.join([*labels, top])}",
    st.text(st.sampled_from("aZ09._-+'!#$%&*/=?^`{|}~ ,:;<>()[]\\\""), max_size=12)
    | st.text("a", min_size=60, max_size=70),
    st.lists(label | st.text("b", min_size=60, max_size=66), max_size=4),
    st.sampled_from(("com", "JP", "c0m", "c", "co1", "x-y", "museum", "test", "local", "LOCALHOST", "xn--p1ai", ""))
    | label,
)


@given(st.emails() | near_address)
def test_addresses_come_out_as_the_library_has_them(value):
    local = value.rpartition("@")[0]
    if len(local) > 64 or "<" in value or local.partition("+")[0].lower() in addresses._NOBODY:
        return
    assert email(value) == library_email(value.strip())


@given(st.from_regex(addresses._COMMON_EMAIL, fullmatch=True))
def test_the_fast_path_agrees_with_the_library(value):
    local, _, domain = value.partition("@")
    expected = library_email(value) if len(local) <= 64 else None
    found = email(value)
    assert found == expected or local.partition("+")[0].lower() in addresses._NOBODY
    assert found is None or found == f"{local.lower()}@{domain.lower()}"


@pytest.mark.parametrize("local", (62, 63, 64, 65))
@pytest.mark.parametrize("total", (253, 254, 255, 256))
def test_lengths_are_judged_like_the_library_judges_them(local, total):
    domain = ("b" * 63 + ".") * 4
    value = "a" * local + "@" + domain[: total - local - 5] + ".com"
    assert len(value) == total
    if ".." in value:
        return
    assert email(value) == (library_email(value) if local <= 64 else None)


def test_every_reserved_domain_of_the_library_is_left_to_the_library():
    assert {name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES} <= addresses._RESERVED


def test_one_international_domain_has_one_spelling():
    spellings = ("taro@例え.jp", "TARO@例え。jp", "taro@xn--r8jz45g.jp", "taro@XN--R8JZ45G.JP", "taro@例え．ｊｐ")
    assert {email(value) for value in spellings} == {"taro@xn--r8jz45g.jp"}
    assert email("x@bücher.example") == email("x@BU\u0308CHER.example") == "x@xn--bcher-kva.example"


def test_case_and_plus_are_kept_where_declared():
    assert normalizer("email")("Taro.Y+News@Example.com") == "taro.y+news@example.com"
    assert normalizer("email_no_plus")("Taro.Y+News@Example.com") == "taro.y@example.com"
    assert normalizer("email_no_plus")("+news@example.com") is None
    assert normalizer("email_keep_case")("Taro.Y+News@Example.com") == "Taro.Y+News@example.com"
    assert normalizer("email_keep_case")("Jürgen@Example.com") == "Jürgen@example.com"


def test_what_wraps_an_address_is_taken_off():
    for value in (
        "mailto:taro@example.com",
        "<taro@example.com>",
        "山田 <Taro@example.com>",
        '"Y, T" <taro@example.com>',
    ):
        assert email(value) == "taro@example.com"
    assert email("<taro@example.com> <hanako@example.com>") is None


def test_addresses_that_japanese_carriers_gave_out_against_the_standard_are_kept():
    assert email("Taro..y.@docomo.ne.jp") == "taro..y.@docomo.ne.jp"
    assert email(".taro@ezweb.ne.jp") == ".taro@ezweb.ne.jp"
    assert email("taro..y@example.com") is None


@pytest.mark.parametrize(
    "value",
    ("taro", "taro@", "@example.com", "a b@example.com", '"taro"@example.com', "taro@[192.0.2.1]", "taro@localhost",
     "a@b@example.com", "no-reply@example.com", "DoNotReply@example.com", "noreply+7@example.com", "a@-b.com"),
)  # fmt: skip
def test_what_is_no_address_or_nobodys_is_unusable(value):
    assert email(value) is None


# --- phone -----------------------------------------------------------------------------------------------------------

separators = st.lists(st.sampled_from(["", "", "-", " "]), min_size=12, max_size=12)


@given(st.from_regex(phone_numbers._COMMON_E164, fullmatch=True))
def test_common_e164_is_what_the_library_makes_of_it(value):
    parsed = phonenumbers.parse(value)
    assert phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
    assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == value
    assert phone_numbers._rare_phone(value, "") == value
    for region in ("JP", "US", "DE"):
        assert phone_numbers._rare_phone(value, region) == value


@given(st.from_regex(phone_numbers._JAPANESE, fullmatch=True), separators)
def test_common_japanese_numbers_are_what_the_library_makes_of_them(value, between):
    written = "".join(digit + gap for digit, gap in zip(value, between, strict=False))
    assert phone_numbers._common_phone(written, "JP") == phone_numbers._rare_phone(written, "JP") == f"+81{value[1:]}"


@given(st.from_regex(r"(\+?[0-9]{1,3}[- ]?)?\(?0?[0-9]{1,4}\)?[-. ]?[0-9]{2,4}[- ]?[0-9]{2,5}", fullmatch=True))
def test_what_comes_out_is_possible_and_what_the_library_would_say(value):
    for region in ("JP", "US", "GB", "IT"):
        found = phone(value, region=region)
        if found is None:
            continue
        parsed = phonenumbers.parse(value, region)
        assert phonenumbers.is_possible_number(parsed)
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == found


def test_one_japanese_number_has_one_spelling():
    spellings = (
        "090-1234-5678", "09012345678", "090 1234 5678", "(090)1234-5678", "０９０－１２３４－５６７８",
        "090ー1234ー5678",
        "+81 90 1234 5678", "+81 (0)90-1234-5678", "tel:+81-90-1234-5678", "TEL: 090-1234-5678", "+819012345678",
        "090-1234-5678 内線12", "090-1234-5678 ext. 5", "090-1234-5678x5", "tel:+819012345678;ext=22",
        "tel:090-1234-5678;phone-context=+81", " ０９０ １２３４ ５６７８\u200b",
    )  # fmt: skip
    assert {phone(value, region="JP") for value in spellings} == {"+819012345678"}


def test_a_number_with_its_country_needs_no_region_and_wins_over_it():
    assert phone("+44 20 7946 0018") == phone("+44 (0)20 7946 0018", region="JP") == "+442079460018"
    assert phone("(415) 555-2671", region="US") == "+14155552671"
    assert phone("06 1234 5678", region="IT") == "+390612345678"


def test_without_a_region_a_number_without_country_is_its_digits():
    assert phone("(03) 1234-5678 ext 9") == phone("０３−１２３４−５６７８") == "0312345678"
    assert phone("03-1234-5678 内線 9") == "0312345678"
    assert phone("tel:03-1234-5678") == "0312345678"
    assert [phone(value) for value in ("110", "123456", "call me", "-", "1" * 18)] == [None] * 5


@pytest.mark.parametrize(
    "value",
    ("110", "12", "090-1234-567890", "+81 80 1234 567890", "0081 90 1234 5678", "090-1234-5678 / 080-1111-2222",
     "+0312345678", "000-0000-0000", "090-0000-0000", "03-0000-0000", "111-1111-1111", "anonymous", "+", "+81"),
)  # fmt: skip
def test_what_cannot_be_a_japanese_number_or_only_fills_a_field_is_unusable(value):
    assert phone(value, region="JP") is None


def test_the_example_numbers_of_every_country_come_back():
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None:
                continue
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            if phone_numbers._PLACEHOLDER.fullmatch(e164):
                continue
            for form in (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL):
                assert phone(phonenumbers.format_number(number, form), region=region) == e164, region
            assert phone(e164) == e164


def test_a_local_number_without_its_area_is_unusable():
    assert phone("555-2671", region="US") is None


# --- what clerks and people really type ------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.sampled_from(sorted(COUNTRIES)), st.integers(1, 999))
def test_numbers_as_people_write_them_come_back(key, code, turn):
    country = COUNTRIES[code]
    written = country.phones[key % len(country.phones)]
    number = "".join(str(turn * (i + 7) % 9 + 1) if c == "#" else c for i, c in enumerate(written))
    assert phone(spelled_phone(number, country, Dice(key)), region=code) == number


@given(st.integers(0, 10_000), st.booleans())
def test_addresses_as_people_type_them_come_back(key, japanese):
    assert (
        email(spelled_email("taro.yamada+shop@mail.example", Dice(key), japanese=japanese))
        == "taro.yamada+shop@mail.example"
    )


@pytest.mark.parametrize("value", JUNK_EMAILS)
def test_what_fills_an_obligatory_address_field_links_nobody(value):
    assert IdentityRules().normalized(Identifier("email", value)) is None


@pytest.mark.parametrize("value", JUNK_PHONES)
@pytest.mark.parametrize("name", ("phone", "phone:JP"))
def test_what_fills_an_obligatory_phone_field_links_nobody(name, value):
    rules = IdentityRules((Namespace(name="phone", priority=0, normalizer=name),))
    assert rules.normalized(Identifier("phone", value)) is None


# --- junk and the registry -------------------------------------------------------------------------------------------


def test_every_junk_value_is_written_in_the_form_it_is_compared_in():
    for value in JUNK:
        assert text(value) == value
        assert value.casefold() == value


@pytest.mark.parametrize("name", ("text", "exact", "case_sensitive", "upper", "lower"))
@pytest.mark.parametrize(
    "value", ("", "null", "NULL", "None", "nil", "N/A", "na", "unknown", "Anonymous", "undefined", "test", "0", "0000",
              "-1", "不明", "なし", "00000000-0000-0000-0000-000000000000")
)  # fmt: skip
def test_junk_is_refused_in_any_case(name, value):
    found = normalizer(name)(value)
    assert found is None or found.casefold() in JUNK


def test_an_unknown_normalizer_is_refused_by_name():
    with pytest.raises(UnknownNameError, match=re.escape("did you mean 'email'?")):
        normalizer("emial")
    with pytest.raises(UnknownNameError):
        normalizer("email:JP")
    for region in ("XX", "", "jp"):
        with pytest.raises(InvalidRulesError, match="no such region"):
            normalizer(f"phone:{region}")


def test_the_libraries_are_loaded_only_when_a_rare_shape_comes():
    script = """
import sys
from unified_profile.identity.normalizers import normalizer
assert normalizer("email")("Taro@Example.com") == "taro@example.com"
assert normalizer("phone")("+819012345678") == "+819012345678"
assert not {"email_validator", "phonenumbers", "idna"} & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_tables_of_unicode_that_normal_forms_rest_on_are_recent():
    assert unicodedata.unidata_version >= "14"
