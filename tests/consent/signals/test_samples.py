"""The official samples decode to exactly what their authors expect, and encode to exactly what they were."""

import attrs
import pytest
from tests.consent.signals.material import gpp_with, samples

from unified_profile.consent.signals import European, Section, USPrivacy, decode_gpp, decode_tc
from unified_profile.consent.signals.ids import Ids

TCF = {
    "created": "created", "lastUpdated": "last_updated", "cmpId": "cmp_id", "cmpVersion": "cmp_version",
    "consentScreen": "consent_screen", "consentLanguage": "consent_language",
    "vendorListVersion": "vendor_list_version", "policyVersion": "policy_version",
    "isServiceSpecific": "is_service_specific", "useNonStandardTexts": "use_non_standard_texts",
    "specialFeatureOptins": "special_feature_opt_ins", "purposeConsents": "purpose_consents",
    "purposeLegitimateInterests": "purpose_legitimate_interests", "purposeOneTreatment": "purpose_one_treatment",
    "publisherCountryCode": "publisher_country", "vendorConsents": "vendor_consents",
    "vendorLegitimateInterests": "vendor_legitimate_interests", "publisherRestrictions": "restrictions",
    "vendorsDisclosed": "disclosed_vendors", "vendorsAllowed": "allowed_vendors", "version": "version",
}  # fmt: skip
PUBLISHER = {
    "publisherConsents": "consents", "publisherLegitimateInterests": "legitimate_interests",
    "numCustomPurposes": "custom_purposes", "publisherCustomConsents": "custom_consents",
    "publisherCustomLegitimateInterests": "custom_legitimate_interests",
}  # fmt: skip


def plain(value):
    """As the samples write values: ids as sorted lists, times as text, what is not there as empty."""
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if value is None:
        return []
    return sorted(value) if isinstance(value, (Ids, frozenset)) else list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("sample", samples("tcf_samples"), ids=lambda sample: sample["string"][-12:])
def test_a_tc_string_says_what_its_authors_expect(sample):
    tc = decode_tc(sample["string"])
    found = {theirs: plain(getattr(tc, ours)) for theirs, ours in TCF.items()}
    for theirs, ours in PUBLISHER.items():
        found[theirs] = plain(getattr(tc.publisher, ours)) if tc.publisher else 0 if theirs.startswith("num") else []
    assert found == sample["expected"]
    assert tc.encode() == sample["string"]


EUROPEAN = {
    "Created": "created", "LastUpdated": "last_updated", "CmpId": "cmp_id", "CmpVersion": "cmp_version",
    "ConsentScreen": "consent_screen", "ConsentLanguage": "consent_language",
    "VendorListVersion": "vendor_list_version", "PolicyVersion": "policy_version",
    "IsServiceSpecific": "is_service_specific", "PurposeOneTreatment": "purpose_one_treatment",
    "PublisherCountryCode": "publisher_country", "VendorConsents": "vendor_consents", "Version": "version",
    "VendorLegitimateInterests": "vendor_legitimate_interests", "PublisherRestrictions": "restrictions",
    "VendorsAllowed": "allowed_vendors", "VendorsDisclosed": "disclosed_vendors",
    "UseNonStandardStacks": "use_non_standard_texts",
}  # fmt: skip
FLAGS = {
    "SpecialFeatureOptins": "special_feature_opt_ins", "PurposeConsents": "purpose_consents",
    "PurposeLegitimateInterests": "purpose_legitimate_interests",
}  # fmt: skip


@pytest.mark.parametrize("sample", samples("gpp_samples"), ids=lambda sample: sample["string"])
def test_a_gpp_string_says_what_its_authors_expect(sample):
    gpp = decode_gpp(sample["string"])
    assert list(gpp.ids) == sample["expected"]["sectionIds"]
    for prefix, expected in sample["expected"]["sections"].items():
        section = gpp[prefix]
        if isinstance(section, USPrivacy):
            found = [section.version, section.notice, section.opt_out_sale, section.lspa_covered]
            assert found == [expected[name] for name in ("Version", "Notice", "OptOutSale", "LspaCovered")]
        elif isinstance(section, European):
            tc = section.tc
            assert {name: plain(getattr(tc, ours)) for name, ours in EUROPEAN.items()} == {
                name: expected[name] for name in EUROPEAN
            }
            for name, ours in FLAGS.items():
                assert [at in getattr(tc, ours) for at in range(1, len(expected[name]) + 1)] == expected[name]
        else:
            assert isinstance(section, Section)
            told = {name: value for name, value in expected.items() if name != "GpcSegmentType"}
            assert {name: plain(section[name]) for name in told} == told
    assert gpp.encode() == sample["string"] == sample["reencoded"]


STATES = samples("section_samples")["states"]


@pytest.mark.parametrize("row", STATES, ids=lambda row: row["prefix"])
def test_a_state_section_says_what_its_authors_expect(row):
    text = gpp_with(row["id"], row["string"])
    section = decode_gpp(text).section(row["prefix"])
    found = {name: value for one in section.segments for name, value in one.values.items()}
    assert plain(found.pop("SensitiveDataProcessing")) == row["sensitive"]
    assert plain(found.pop("KnownChildSensitiveDataConsents")) == row["children"]
    assert found.pop("MspaServiceProviderMode") == 2
    assert found.pop("Gpc", True) is True
    assert set(found.values()) == {1}
    assert decode_gpp(text).encode() == text


@pytest.mark.parametrize("row", STATES, ids=lambda row: row["prefix"])
def test_a_state_section_without_choices_says_nothing(row):
    text = gpp_with(row["id"], row["default"])
    section = decode_gpp(text).section(row["prefix"])
    found = {name: value for one in section.segments for name, value in one.values.items()}
    assert (found.pop("Version"), found.pop("MspaCoveredTransaction")) == (1, 1)
    assert not any(any(value) if isinstance(value, tuple) else value for value in found.values())
    assert decode_gpp(text).encode() == text


@pytest.mark.parametrize("row", samples("section_samples")["headed"], ids=lambda row: f"{row['id']} {row['string']}")
def test_sections_of_2025_are_read_with_and_without_their_header(row):
    text = gpp_with(row["id"], row["string"])
    section = decode_gpp(text).section(row["id"])
    full = row["string"][-1] in "Ak" and row["string"].endswith(("kkk", "YA"))
    assert section["MspaCoveredTransaction"] == 1
    assert section["SaleOptOut"] == (1 if full else 0)
    if row["string"].endswith("kkk"):
        assert section["SensitiveDataProcessing"] == (2, 1, 0, 2, 1, 0, 2, 1)
    assert decode_gpp(text).encode() == text


@pytest.mark.parametrize("row", samples("section_samples")["canada"], ids=lambda row: row["string"][-10:])
def test_the_canadian_section_is_read_as_it_is_deployed(row):
    text = gpp_with(5, row["string"])
    section = decode_gpp(text).section("tcfca")
    assert {name: plain(section[name]) for name in row["expected"]} == row["expected"]
    assert decode_gpp(text).encode() == text


def test_headers_are_those_of_the_specification():
    for ids, header in (((2,), "DBABM"), ((2, 6), "DBACNY"), ((5, 6), "DBABjw")):
        listed = Ids.of(ids, written="ranges")
        texts = ["A" for _ in ids]
        assert gpp_with(2, "").startswith("DBABM~")
        from unified_profile.consent.signals.gpp import HEADER
        from unified_profile.consent.signals.layout import write_part

        assert write_part(HEADER, {"Type": 3, "Version": 1, "Sections": listed}, where="gpp") == header
        assert len(texts) == len(listed)


def test_decoded_strings_show_nobody_what_was_chosen():
    tc = decode_tc(samples("tcf_samples")[0]["string"])
    shown = repr(tc)
    assert "purpose_consents=•••" in shown
    assert "vendor_consents=Ids(•••[7] of 98)" in shown
    assert attrs.evolve(tc, cmp_id=9).cmp_id == 9
