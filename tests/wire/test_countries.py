"""Countries are known by their names in ten languages, and a phone number is one of the country that its row says."""

from datetime import UTC, datetime

import phonenumbers
import pytest
from babel import Locale
from hypothesis import given, strategies as st

from unified_profile import Hub, IdentityRules, MemoryStore, default_namespaces
from unified_profile.errors import InvalidRulesError
from unified_profile.model import Event, SourceRecord
from unified_profile.wire import RecordMapping, fact_of, guess_mapping
from unified_profile.wire.countries import country_of, international

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "ja", "ko", "zh", "zh_Hant")
COUNTRIES = sorted(code for code in phonenumbers.SUPPORTED_REGIONS if len(code) == 2)
CRM = RecordMapping("crm", "id", identifiers={"tel": "phone"}, attributes={"tel": "phone"}, country_column="land")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_that_can_be_called_is_known_by_its_name(language):
    """Another source of the names than the file that is read: what Babel hands out of the CLDR."""
    names = Locale.parse(language).territories
    wrong = [code for code in COUNTRIES if code in names and country_of(names[code]) != code]
    assert wrong == (["CG"] if language == "es" else [])  # a bare Congo could be either


@pytest.mark.parametrize(
    ("text", "code"),
    (
        ("de", "DE"), ("DEU", "DE"), (" FRANCE ", "FR"), ("Oesterreich", "AT"), ("Osterreich", "AT"), ("UK", "GB"),
        ("U.S.A.", "US"), ("EE. UU.", "US"), ("米国", "US"), ("日本国", "JP"), ("ＪＰ", "JP"), ("Holland", "NL"),
        ("Côte d’Ivoire", "CI"), ("대한민국", "KR"), ("台灣", "TW"), ("EL", "GR"), ("Korea", ""), ("Congo", ""),
        ("D", ""), ("", ""), ("-", ""), ("Atlantis", ""), ("K1", ""),
    ),
)  # fmt: skip
def test_a_country_has_many_names_and_what_could_be_two_is_none(text, code):
    assert country_of(text) == code


def told(tel, land, mapping=CRM):
    return fact_of({"id": 1, "tel": tel, "land": land}, mapping, received_at=NOW)


@pytest.mark.parametrize(
    ("tel", "land", "numbers"),
    (
        ("020 7946 0693", "gb", ["+442079460693"]),
        ("06 51 31 69 66", "France", ["+33651316966"]),
        ("090-9205-8907", "日本", ["+819092058907"]),
        ("+81 3 0000 0000", "Großbritannien", ["+81 3 0000 0000"]),
        ("0049 30 901820", "Deutschland", ["+4930901820"]),
        ("0049 30 901820", "Freedonia", ["+4930901820"]),
        ("020 7946 0693", "", ["020 7946 0693"]),
        ("none", "GB", ["none"]),
        ("06 51 31 69 66", "Freedonia", []),
        ("123", "France", []),
        ("0049 1", "Freedonia", []),
    ),
)
def test_a_phone_number_is_one_of_the_country_of_its_row(tel, land, numbers):
    fact = told(tel, land)
    assert isinstance(fact, SourceRecord)
    assert [one.value for one in fact.identifiers] == numbers
    assert fact.attributes == {"phone": tel}


@given(st.sampled_from(COUNTRIES), st.sampled_from(COUNTRIES))
def test_a_number_of_one_country_is_never_taken_for_one_of_another(here, region):
    """Whatever --region says of other rows, the country that a row states is the one that counts."""
    example = phonenumbers.example_number(here)
    assert example is not None
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    rules = IdentityRules(default_namespaces(region=region))
    fact = told(written, here)
    assert isinstance(fact, SourceRecord)
    found = [rules.normalized(one) for one in fact.identifiers]
    expected = f"+{example.country_code}"
    assert all(one is None or one.value.startswith(expected) for one in found)


def test_two_countries_with_one_national_number_are_two_people():
    """The same digits are a mobile in France and a landline in Germany: a proven wrong merge."""
    hub = Hub(MemoryStore(), rules=IdentityRules(default_namespaces(region="DE")))
    rows = [("06 51 31 69 66", "France"), ("+49 651 316966", "")]
    facts = [fact_of({"id": at, "tel": tel, "land": land}, CRM, received_at=NOW) for at, (tel, land) in enumerate(rows)]
    hub.ingest([fact for fact in facts if fact is not None])
    assert len(list(hub.ids())) == 2


def test_a_whole_table_may_be_of_one_country_and_a_row_of_another():
    mapping = RecordMapping(
        "shop", "id", kind="event", name="X", identifiers={"tel": "phone"}, occurred_at="at", country="France",
        country_column="land",
    )  # fmt: skip
    row = {"id": 1, "tel": "06 51 31 69 66", "land": "", "at": "2026-01-01T00:00Z"}
    for land, number in (("", "+33651316966"), ("Italia", "+390651316966")):
        fact = fact_of(row | {"land": land}, mapping, received_at=NOW)
        assert isinstance(fact, Event)
        assert [one.value for one in fact.identifiers] == [number]
    lost = fact_of(row | {"land": "Freedonia"}, mapping, received_at=NOW)
    assert isinstance(lost, Event)
    assert (lost.identifiers, lost.properties) == ((), {"phone_as_written": "06 51 31 69 66"})
    with pytest.raises(InvalidRulesError, match=r"mapping\.country: not known"):
        RecordMapping("shop", country="Freedonia")


def test_values_that_name_no_country_are_counted():
    rows = [{"Telefon": f"0151 1234567{at}", "Land": land} for at, land in enumerate(("FR", "Österreich", "Korea", ""))]
    mapping = guess_mapping(["Telefon", "Land"], rows, source="crm")
    because = next(one.because for one in mapping.guesses if one.column == "Land")
    assert because.endswith(
        "; 1 of 3 values name no country that is known; phone numbers beside them join nobody unless they begin with +"
    )
    assert international("0151 12345678", "Korea") == ""
