"""What US sections let a business do."""

import attrs
import pytest
from hypothesis import given
from tests.consent.signals.material import us_sections, usp_strings

from unified_profile.consent.signals import Answer, GPPString, Section, USPrivacy, decode_gpp, us_answers
from unified_profile.consent.signals.layout import Segment
from unified_profile.consent.signals.us_sections import US_BY_ID, US_LAYOUTS
from unified_profile.errors import InvalidInputError


def section(prefix, version=None, **fields):
    """A section in which the person was told of everything, and opted out of nothing."""
    found = [one for one in US_LAYOUTS if one.prefix == prefix and version in {None, one.version}]
    layout = found[-1]
    parts = []
    for part in layout.parts:
        if part.name == "gpc" and "Gpc" not in fields:
            continue
        values = {}
        for field in part.fields:
            size = getattr(field.kind, "count", 0)
            usual = 1 if field.name.endswith("Notice") else 2
            if field.name in {"Version", "MspaVersion"}:
                usual = layout.version
            if field.name in {"KnownChildSensitiveDataConsents", "MspaMode"}:
                usual = 0
            values[field.name] = fields.get(field.name, (usual,) * size if size else usual)
        parts.append(Segment(part.name, values))
    made = Section(id=layout.id, version=layout.version, segments=tuple(parts))
    return decode_gpp(GPPString.of([made]).encode()).section(prefix)


def child(prefix, *choices):
    size = len(US_BY_ID[section(prefix).id][section(prefix).version].children)
    return choices[0] if size == 1 else choices + (0,) * (size - len(choices))


PREFIXES = sorted({one.prefix for one in US_LAYOUTS})


@pytest.mark.parametrize("prefix", PREFIXES)
def test_who_was_told_and_opted_out_of_nothing_lets_everything_be_done(prefix):
    found = us_answers(section(prefix))
    assert found.may_sell
    assert found.may_share
    assert found.may_target
    assert found.first_party_use is Answer.YES
    assert not found.known_child
    assert all(found.may_process_sensitive(category) for category in found.sensitive)
    assert not found.may_process_sensitive("no_such_category")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_opt_out_of_the_sale_stops_the_sale(prefix):
    found = us_answers(section(prefix, SaleOptOut=1))
    assert found.sell is Answer.NO
    assert found.share is (Answer.YES if prefix in {"usca", "usnat"} else Answer.NO)


@pytest.mark.parametrize("prefix", [one for one in PREFIXES if one != "usca"])
def test_an_opt_out_of_targeting_stops_targeting(prefix):
    found = us_answers(section(prefix, TargetedAdvertisingOptOut=1))
    assert (found.target, found.sell) == (Answer.NO, Answer.YES)


def test_in_california_targeting_is_sharing():
    assert us_answers(section("usca", SharingOptOut=1)).target is Answer.NO


@pytest.mark.parametrize("prefix", PREFIXES)
def test_without_a_notice_there_is_no_yes(prefix):
    found = us_answers(section(prefix, SaleOptOutNotice=2))
    assert found.sell is Answer.NO
    assert us_answers(section(prefix, SaleOptOutNotice=0)).sell is Answer.NO
    assert us_answers(section(prefix, SaleOptOutNotice=0, SaleOptOut=0)).sell is Answer.UNSAID


@pytest.mark.parametrize(
    "prefix", sorted({one.prefix for one in US_LAYOUTS if any(part.name == "gpc" for part in one.parts)})
)
def test_global_privacy_control_beats_what_the_section_says(prefix):
    found = us_answers(section(prefix, Gpc=True))
    assert (found.sell, found.share, found.target) == (Answer.NO,) * 3
    assert found.gpc
    assert us_answers(section(prefix, Gpc=False)).may_sell


@pytest.mark.parametrize("prefix", PREFIXES)
def test_in_service_provider_mode_nothing_is_sold_shared_or_targeted(prefix):
    headed = prefix in {"usmd", "usin", "usky", "usri"}
    found = us_answers(section(prefix, **({"MspaMode": 2} if headed else {"MspaServiceProviderMode": 1})))
    assert (found.sell, found.share, found.target) == (Answer.NO,) * 3
    assert found.first_party_use is Answer.YES


@pytest.mark.parametrize("prefix", [one for one in PREFIXES if one not in {"usmd", "usca"}])
def test_a_known_child_without_consent_stops_everything(prefix):
    found = us_answers(section(prefix, KnownChildSensitiveDataConsents=child(prefix, 1)))
    assert found.known_child
    assert (found.sell, found.share, found.target, found.first_party_use) == (Answer.NO,) * 4
    assert set(found.sensitive.values()) == {Answer.NO}
    agreed = us_answers(section(prefix, KnownChildSensitiveDataConsents=child(prefix, 2)))
    assert agreed.known_child
    assert agreed.may_sell


def test_a_teenager_who_did_not_agree_to_the_sale_may_still_be_served():
    found = us_answers(section("usct", KnownChildSensitiveDataConsents=(0, 1, 2)))
    assert (found.sell, found.target, found.first_party_use) == (Answer.NO, Answer.YES, Answer.YES)
    found = us_answers(section("usca", KnownChildSensitiveDataConsents=(0, 1)))
    assert (found.sell, found.share) == (Answer.YES, Answer.NO)


def test_sensitive_data_is_answered_by_category():
    health = us_answers(section("usor", SensitiveDataProcessing=(2, 2, 1, 2, 2, 2, 2, 0, 2, 2, 2)))
    assert health.sensitive["health"] is Answer.NO
    assert health.sensitive["crime_victim"] is Answer.UNSAID
    assert health.may_process_sensitive("genetic")
    california = us_answers(section("usca", SensitiveDataProcessing=(2, 2, 2, 1, 2, 2, 2, 2, 2)))
    assert {name for name, one in california.sensitive.items() if one is Answer.NO} == {
        "race_ethnicity", "religion", "union_membership",
    }  # fmt: skip


def test_an_opt_out_regime_knows_no_yes_without_a_notice():
    assert us_answers(section("usut", SensitiveDataProcessingOptOutNotice=2)).sensitive["health"] is Answer.NO
    assert us_answers(section("usca", SensitiveDataLimitUseNotice=0)).sensitive["health"] is Answer.NO


def test_only_a_consent_is_an_opt_in():
    assert "sensitive" in us_answers(section("usva")).opt_in
    assert "sensitive" not in us_answers(section("usca")).opt_in
    assert "sell" not in us_answers(section("usva")).opt_in


def test_secondary_use_needs_consent_and_is_denied_where_the_codes_are_disputed():
    assert us_answers(section("usde")).secondary_use is Answer.YES
    assert us_answers(section("usde", AdditionalDataProcessingConsent=1)).secondary_use is Answer.NO
    for prefix in ("usfl", "usmt", "usor", "ustx"):
        for choice in (1, 2):
            assert us_answers(section(prefix, AdditionalDataProcessingConsent=choice)).secondary_use is Answer.NO
    assert us_answers(section("ustx", AdditionalDataProcessingConsent=0)).secondary_use is Answer.UNSAID


def test_without_a_notice_of_processing_the_data_is_not_used():
    assert us_answers(section("ustx", ProcessingNotice=2)).first_party_use is Answer.NO
    assert us_answers(section("usva", SharingNotice=2)).first_party_use is Answer.NO


@pytest.mark.parametrize(
    ("text", "sell"), [("NY-", "yes"), ("YY-", "no"), ("-Y-", "unsaid"), ("NN-", "no"), ("N--", "no"), ("YYY", "no")]
)
def test_a_us_privacy_string_answers_by_its_letters(text, sell):
    found = us_answers(USPrivacy(opt_out_sale=text[0], notice=text[1], lspa_covered=text[2]))
    assert (found.sell, found.share, found.target) == (sell,) * 3


@given(us_sections())
def test_no_answer_is_a_yes_that_the_section_does_not_say(one):
    """The rule once more, the slow way, over any section."""
    found = us_answers(one)
    values = {name: value for segment in one.segments for name, value in segment.values.items()}
    if found.may_sell:
        assert values["SaleOptOut"] == 2
        assert values["SaleOptOutNotice"] == 1
        assert not values.get("Gpc", False)
        assert values.get("MspaServiceProviderMode") != 1
        assert values.get("MspaMode") != 2
    if found.may_target:
        assert values.get("TargetedAdvertisingOptOut", values.get("SharingOptOut")) == 2
    assert all(answer is not Answer.UNKNOWN for answer in (found.sell, found.share, found.target))


@given(usp_strings)
def test_a_us_privacy_string_that_opts_out_never_sells(usp):
    assert not us_answers(attrs.evolve(usp, opt_out_sale="Y")).may_sell


def test_what_is_no_us_section_is_refused():
    with pytest.raises(InvalidInputError):
        us_answers(Section(id=5, version=1, segments=()))
