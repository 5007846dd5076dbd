"""What columns are about is seen in several languages, by names and by values, and dates are read in many shapes."""

from datetime import date

import phonenumbers
import pytest
from dateutil import parser
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings, strategies as st

from unified_profile.identity.records import cleaning
from unified_profile.identity.records.roles import guess

NAMES = ["Anna Wolf", "Jürgen Groß", "Zoë Köhler"]
ONE = ["Anna", "Jürgen", "Zoë"]
BORN = ["1980-03-05", "1971-12-31", "1999-01-01"]
POINTS = ["05.03.1980", "31.12.1971", "01.01.1999"]
PHONES = ["+49 221 4711 0815", "0221/4711085", "+49 30 1234567"]
MAILS = ["anna@example.com", "zoe@example.com", "j@example.org"]
STREETS = ["Hauptstraße 12", "Lindenweg 3", "Am Markt 7"]
TOWNS = ["Köln", "Málaga", "Saint-Étienne"]
CODES = ["50667", "29001", "42000"]
JAPANESE = ["佐藤 健", "鈴木 花子", "高橋 翔"]


@pytest.mark.parametrize(
    ("column", "values", "role"),
    [
        ("Vorname", ONE, "given_name"), ("prénom", ONE, "given_name"), ("nombre", ONE, "given_name"),
        ("Nachname", ONE, "family_name"), ("apellido1", ONE, "family_name"), ("nom de famille", ONE, "family_name"),
        ("kundenname", NAMES, "full_name"), ("CUST_NM", NAMES, "full_name"), ("お名前", JAPANESE, "full_name"),
        ("姓名", ["周勇", "王芳", "李娜"], "full_name"), ("city_name", TOWNS, "city"), ("Wohnort", TOWNS, "city"),
        ("localidad", TOWNS, "city"), ("geb", POINTS, "birth_date"), ("BIRTH_DT", BORN, "birth_date"),
        ("fecha de nacimiento", POINTS, "birth_date"), ("出生日期", ["1980年3月5日"] * 3, "birth_date"),
        ("Geburtsdatum", ["5. März 1980", "31. Dez 1971"], "birth_date"), ("DateOfBirth", BORN, "birth_date"),
        ("E-Mail-Adresse", MAILS, "email"), ("correo electrónico", MAILS, "email"), ("电子邮箱", MAILS, "email"),
        ("Adresse", MAILS, "email"), ("tél. portable", PHONES, "phone"), ("móvil", PHONES, "phone"),
        ("handynr", PHONES, "phone"), ("手机", ["13923985538", "13923985539"], "phone"), ("PLZ", CODES, "postcode"),
        ("código postal", CODES, "postcode"), ("Straße", STREETS, "street"), ("ADDR1", STREETS, "street"),
        ("dirección", STREETS, "address"), ("地址", ["上海中山路12号"], "address"), ("性别", ["男", "女"], "sex"),
        ("DNI", ["12345678Z", "87654321X"], "identifier"), ("product name", ["Tea", "Coffee"], "ignored"),
        ("username", ["anna1", "wolf2"], "identifier"),
        ("nome_completo", NAMES, "full_name"), ("생년월일", BORN, "birth_date"),
        ("nombre y apellidos", NAMES, "full_name"), ("이름", NAMES, "full_name"),
        ("né le", ["05/03/1980", "31/12/71"], "birth_date"), ("CEP", CODES, "postcode"),
        ("生年", ["1980", "1971"], "birth_year"), ("Birth Year", ["1980", "1971"], "birth_year"),
        ("first_and_surname", NAMES, "full_name"), ("nickname", ["anna1", "wolf2"], "identifier"),
        ("spalte_e", ["5.3.80", "31.12.50", "1.1.99"], "birth_date"), ("spalte_a", STREETS, "street"),
        ("spalte_b", [*BORN, "1950-06-07"], "birth_date"), ("spalte_c", MAILS, "email"),
        ("spalte_d", ["vip", "gold"], "ignored"),
    ],
)  # fmt: skip
def test_the_role_of_a_column_is_seen(column, values, role):
    assert guess(column, values).role == role


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1980-03-05", "19800305"), ("1980-03-05T00:00:00Z", "19800305"), ("1980/3/5", "19800305"),
        ("19800305", "19800305"), ("05031980", "19800503"), ("25121980", "19801225"), ("05.03.1980", "19800305"),
        ("5.3.80", "19800305"), ("5. 3. 04", "20040305"), ("12/25/1980", "19801225"), ("25/12/1980", "19801225"),
        ("5th of March 1980", "19800305"), ("March 5th, 1980", "19800305"), ("05-MAR-1980", "19800305"),
        ("5 août 1980", "19800805"), ("5 de diciembre de 1980", "19801205"), ("5 ottobre 1980", "19801005"),
        ("昭和55年3月5日", "19800305"), ("S55.3.5", "19800305"), ("平成元年1月8日", "19890108"), ("soon", None),
        ("5 Foo 1980", None), ("0000-00-00", None), ("", None),
    ],
)  # fmt: skip
def test_dates_are_read_in_many_shapes(text, read):
    assert cleaning.date(text) == read


SHAPES = ["%Y-%m-%d", "%d %B %Y", "%b %d, %Y", "%d-%b-%Y", "%d.%m.%Y", "%Y/%m/%d", "%B %d %Y"]


@given(st.dates(date(1900, 1, 1), date(2025, 12, 31)), st.sampled_from(SHAPES))
@settings(max_examples=80)
def test_a_date_is_read_as_dateutil_reads_it(day, shape):
    text = day.strftime(shape)
    assert cleaning.date(text) == parser.parse(text, dayfirst="." in text).strftime("%Y%m%d")


@pytest.mark.parametrize("region", ["AU", "BR", "CN", "DE", "ES", "FR", "GB", "IN", "IT", "JP", "KR", "MX", "NL", "US"])
@given(changed=st.integers(0, 999))
@settings(max_examples=8)
def test_numbers_that_phonenumbers_takes_for_one_are_one(region, changed):
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert number is not None
    assert number.national_number is not None
    number.national_number = number.national_number // 1000 * 1000 + changed
    written = {
        cleaning.digits(phonenumbers.format_number(number, shape))
        for shape in (
            phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.NATIONAL,
        )
    }  # fmt: skip
    assert len(written) == 1


@given(st.emails())
@settings(max_examples=100)
def test_an_address_is_what_the_library_says_without_case_and_accents(text):
    try:
        known = validate_email(text, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError:
        return
    local, _, domain = known.normalized.partition("@")
    if cleaning.says_nothing(local):
        return  # says that there is none
    found = cleaning.email(text)
    assert found == cleaning.folded(f"{local}@{known.ascii_domain}")
    assert domain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("taro@bücher.example", "TARO@xn--bcher-kva.example"), ("Taro <taro@a-b.example>", "taro@a-b.example"),
        ("mailto:taro@a.example", "taro@a.example"), ("taro@ｅｘａｍｐｌｅ.com", "taro@example.com"),
    ],
)  # fmt: skip
def test_spellings_of_one_address_are_one(one, other):
    assert cleaning.email(one) == cleaning.email(other)


@pytest.mark.parametrize("text", ["taro@@example.com", "taro@examplecom", "ta ro@example.com", "taro@example..com"])
def test_an_address_with_a_slip_in_it_is_still_compared(text):
    assert cleaning.email(text) == text
