"""Names have one spelling: what is written otherwise is the same, and what is another name stays one."""

import pytest
from hypothesis import given, strategies as st
from tests.consent.said import say

from unified_profile.consent.scopes import in_one_spelling
from unified_profile.consent.spelling import (
    categories,
    everyone,
    is_place,
    one_category,
    one_manner,
    one_name,
    one_place,
    one_spelling,
)
from unified_profile.model import ConsentRecord, ConsentState

OTHER_NAMES = {
    "racial_or_ethnic_origin": "RacialOrEthnicOrigin; racial origin; ethnic-origin; Ethnicity; dpv-pd:Race",
    "political_opinions": "Political Opinions; politicalOpinion; pd:PoliticalAffiliation",
    "religious_beliefs": "religious beliefs; ReligiousBelief; Religion; philosophical belief; philosophical-beliefs",
    "trade_union_membership": "TradeUnionMembership; union membership",
    "genetic": "Genetic; genetics; genetic data; https://w3id.org/dpv/pd#Genetic",
    "biometric": "Biometric; biometrics; BiometricData",
    "health": "Health; health data; medical; MedicalHealth; Health Record; health_records; http://w3id.org/dpv/pd#Health",
    "sex_life": "SexLife; sex-life; Sexual Life",
    "sexual_orientation": "SexualOrientation; sexual-orientation; sexual preference",
    "precise_location": "PreciseLocation; precise-location; precise geolocation; preciseGeolocationData",
    "government_id": "GovernmentID; government-id", "account_credentials": "AccountCredentials; account credentials",
    "medical_history": "Medical History; medicalHistory", "creed": "Creed", "social_status": "SocialStatus",
    "criminal_record": "Criminal-Record", "crime_victim": "Crime victim", "disability": "Disability",
    "health_check": "HealthCheck", "email": "E-Mail; EMAIL; e mail", "email_address": "EmailAddress; e-mail address",
    "phone_number": "PhoneNumber; phone number", "given_name": "givenName", "family_name": "FamilyName",
    "birth_date": "BirthDate; birth-date", "postal_address": "postalAddress", "ip_address": "IP address; IPAddress",
    "device_id": "deviceId; Device-ID",
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_a_category_is_one_by_its_other_names(name):
    assert {one_category(other.strip()) for other in OTHER_NAMES[name].split(";")} == {name}
    assert one_category(name) == name


def test_other_categories_keep_their_names():
    assert categories(("Shoe Size", "shoe-size", "healthy food", "dpv:Shoe")) == (
        "shoe_size", "shoe_size", "healthy_food", "dpv:shoe"
    )  # fmt: skip
    assert one_category("") == ""


@pytest.mark.parametrize("method", [
    "import", "imports", "Imported", "importer", "CSV import", "backfill", "back-office backfilled", "merge", "merged",
    "data-migration", "migrated", "enrichment", "Enriched", "inferred", "inference", "thirdparty", "third-party list",
    "third_party",
])  # fmt: skip
def test_what_others_report_is_known_by_its_words(method):
    assert one_manner(method) in {"import", "backfill", "merge", "enrichment", "inferred", "third_party"}


@pytest.mark.parametrize("method", ["", "web_form", "Important form", "party of three", "the third time", "Store"])
def test_other_methods_are_the_person_s_own(method):
    assert one_manner(method) == method


def test_methods_of_the_table_are_known_in_every_spelling():
    assert (one_manner("Double Opt-In"), one_manner(" CONFIRMATION ")) == ("double_opt_in", "confirmation")


def test_places_are_spelled_as_iso_3166_spells_them():
    assert [one_place(one) for one in ("uk", "EL", "de_by", " us-ca ", "ｊｐ", "", "UK-ENG")] == [
        "GB", "GR", "DE-BY", "US-CA", "JP", "", "GB-ENG",
    ]  # fmt: skip
    assert [
        is_place(one) for one in ("DE", "EEA", "US-CA", "GB-ENG", "XX-1", "D", "DEU", "GERMANY", "DE-", "DE-BYXX", "")
    ] == ([True] * 5 + [False] * 6)


def test_names_are_one_by_case_width_blanks_slash_and_prefix():
    same = ["Acme GmbH", " acme  gmbh", "ＡＣＭＥ gmbh"]
    assert len(set(everyone(tuple(same)))) == 1
    for one, other in [
        ("https://a.example", "http://A.example/"), ("https://w3id.org/dpv#Marketing", "dpv:marketing"),
        ("https://w3id.org/dpv/pd#Health", "pd:Health"), ("dpv-gdpr:A6", "eu-gdpr:a6"), ("dpv-pd:x", "dpv:X"),
        ("https://w3id.org/dpv/2.0/pd#Health/", "dpv:health"), ("https://a.example/x#", "https://a.example/x"),
    ]:  # fmt: skip
        assert one_name(one) == one_name(other), one
    assert (
        len({one_name(one) for one in ("acme", "acme:x", "https://a.example/x", "https://a.example/y", "x/", "x")}) == 6
    )
    assert one_name("right:restriction") == "right:restriction"
    assert one_name("https://w3id.org/other#Marketing") == "https://w3id.org/other#marketing"


@given(st.text(max_size=12))
def test_what_is_in_the_one_spelling_stays_as_it_is(text):
    for spell in (one_name, one_category, one_place, one_manner):
        assert spell(spell(text)) == spell(text)
    assert one_spelling(*one_spelling(text, text, text)) == one_spelling(text, text, text)


def test_a_statement_that_is_spelled_as_questions_are_is_taken_as_it_is():
    plain = say("c", 1, data_categories=["email"], recipients=["lab"], jurisdiction="DE", controller="k", method="web")
    assert in_one_spelling(plain) is plain
    odd: dict[str, object] = {
        "channel": "E-Mail", "brand": "Kawa", "jurisdiction": "uk", "controller": "K", "method": "Import",
        "recipients": ["LAB"], "joint_controllers": ["L"], "data_categories": ["Health"],
        "special_categories": ["Health"], "optional_categories": ["City"],
    }  # fmt: skip
    found = in_one_spelling(ConsentRecord(id="c", source="s", purpose="News", state=ConsentState.GIVEN,
                                          occurred_at=plain.occurred_at, **odd))  # type: ignore[arg-type]  # by name  # fmt: skip
    assert {name: getattr(found, name) for name in odd} == {
        "channel": "email", "brand": "kawa", "jurisdiction": "GB", "controller": "k", "method": "import",
        "recipients": ("lab",), "joint_controllers": ("l",), "data_categories": ("health",),
        "special_categories": ("health",), "optional_categories": ("city",),
    }  # fmt: skip
    assert found.purpose == "News"


def test_a_refusal_for_no_place_counts_everywhere_and_a_grant_for_none_stays_there():
    assert in_one_spelling(say("c", 1, "refused", jurisdiction="Germany")).jurisdiction == ""
    assert in_one_spelling(say("c", 1, jurisdiction="Germany")).jurisdiction == "GERMANY"
    assert in_one_spelling(say("c", 1, "refused", jurisdiction="DE")).jurisdiction == "DE"
