"""When a TC string counts, and what it lets a vendor do."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.consent.signals.material import tc_strings

from unified_profile.consent.signals import (
    PROBLEMS,
    Answer,
    Ids,
    Restriction,
    TCString,
    VendorList,
    tc_problems,
    vendor_may,
)
from unified_profile.errors import InvalidFactError, InvalidPayloadError

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SOUND = TCString(
    created=NOW - 3 * DAY, last_updated=NOW - 2 * DAY, vendor_list_version=141, purpose_consents={1, 2, 3},
    purpose_legitimate_interests={2, 3, 7}, vendor_consents=Ids.of([10, 20, 30]),
    vendor_legitimate_interests=Ids.of([10, 20, 30]), disclosed_vendors=Ids.of([10, 20, 30, 40]),
)  # fmt: skip
LIST = VendorList.from_json(
    {
        "gvlSpecificationVersion": 3,
        "vendorListVersion": 142,
        "tcfPolicyVersion": 5,
        "vendors": {
            "10": {"id": 10, "purposes": [1, 2], "legIntPurposes": [7], "flexiblePurposes": [2, 7]},
            "20": {"id": 20, "purposes": [1, 2], "legIntPurposes": [7], "flexiblePurposes": []},
            "30": {"id": 30, "purposes": [1, 2], "deletedDate": "2026-04-01T00:00:00Z"},
            "40": {"id": 40, "purposes": [1, 2]},
        },
    }
)


def changed(**parts):
    return attrs.evolve(SOUND, **parts)


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({}, None),
        ({"disclosed_vendors": None}, "no_disclosed_vendors"),
        ({"created": datetime(2026, 2, 28, 23, 59, tzinfo=UTC), "disclosed_vendors": None}, None),
        ({"created": datetime(2026, 3, 1, tzinfo=UTC), "disclosed_vendors": None}, "no_disclosed_vendors"),
        ({"policy_version": 4}, None),
        ({"policy_version": 2}, "policy_version"),
        ({"policy_version": 6}, "policy_version"),
        ({"is_service_specific": False}, "not_service_specific"),
        ({"last_updated": NOW + 2 * DAY}, "from_the_future"),
        ({"created": NOW - DAY}, "changed_before_made"),
        ({"repairs": ("padded",)}, "repaired"),
    ],
)
def test_a_string_counts_only_if_nothing_is_wrong_with_it(parts, problem):
    assert tc_problems(changed(**parts), at=NOW) == ((problem,) if problem else ())
    assert problem is None or problem in PROBLEMS


def test_a_string_made_by_a_newer_list_than_ours_does_not_count():
    assert tc_problems(SOUND, at=NOW, vendor_list=LIST) == ()
    assert tc_problems(changed(vendor_list_version=143), at=NOW, vendor_list=LIST) == ("vendor_list_too_old",)
    older = attrs.evolve(LIST, policy_version=4)
    assert tc_problems(SOUND, at=NOW, vendor_list=older) == ("vendor_list_too_old",)


def test_which_policies_count_is_the_callers_to_say():
    assert tc_problems(changed(policy_version=6), at=NOW, policy_versions={6}) == ()
    assert tc_problems(SOUND, at=NOW, policy_versions={6}) == ("policy_version",)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(InvalidFactError):
        tc_problems(SOUND, at=datetime(2026, 5, 1))  # noqa: DTZ001  # that is what is tested


@pytest.mark.parametrize(
    ("vendor", "purpose", "restriction", "answer", "basis", "because"),
    [
        (10, 1, None, "yes", "consent", "consent"),
        (10, 3, None, "no", "", "not_declared"),
        (10, 7, None, "yes", "legitimate_interest", "legitimate_interest"),
        (40, 1, None, "no", "", "no_consent"),
        (50, 1, None, "no", "", "not_disclosed"),
        (30, 1, None, "no", "", "deleted"),
        (10, 1, 0, "no", "", "restricted"),
        (10, 7, 0, "no", "", "restricted"),
        (10, 2, 1, "yes", "consent", "consent"),
        (10, 2, 2, "yes", "legitimate_interest", "legitimate_interest"),
        (10, 7, 1, "no", "", "no_consent"),
        (20, 2, 2, "no", "", "restricted"),
        (20, 7, 1, "no", "", "restricted"),
        (20, 2, 1, "yes", "consent", "consent"),
        (10, 2, 3, "no", "", "restricted"),
    ],
)
def test_a_vendor_may_what_it_declares_and_nobody_restricts(vendor, purpose, restriction, answer, basis, because):
    tc = changed(restrictions=() if restriction is None else (Restriction.of(purpose, restriction, [10, 20]),))
    found = vendor_may(tc, vendor, purpose, at=NOW, vendor_list=LIST)
    assert (found.answer, found.basis, found.because) == (answer, basis, (because,))
    assert bool(found) is (answer == "yes")


def test_a_vendor_that_the_list_does_not_know_may_nothing():
    tc = changed(disclosed_vendors=Ids.of([99]), vendor_consents=Ids.of([99]))
    assert vendor_may(tc, 99, 1, at=NOW, vendor_list=LIST).because == ("not_in_vendor_list",)
    assert vendor_may(tc, 99, 1, at=NOW).answer is Answer.YES


def test_a_vendor_deleted_later_may_still_act_now():
    tc = changed(disclosed_vendors=Ids.of([30]))
    assert vendor_may(tc, 30, 1, at=datetime(2026, 3, 31, tzinfo=UTC), vendor_list=LIST).answer is not Answer.NO


def test_without_a_list_only_consent_counts_unless_it_is_restricted_to_interest():
    assert vendor_may(SOUND, 10, 7, at=NOW).because == ("no_consent",)
    assert vendor_may(changed(restrictions=(Restriction.of(2, 2, [10]),)), 10, 2, at=NOW).basis == "legitimate_interest"


@pytest.mark.parametrize("purpose", [1, 3, 4, 5, 6])
def test_there_is_no_legitimate_interest_in_storage_and_profiles(purpose):
    tc = changed(
        purpose_consents=(), purpose_legitimate_interests=range(1, 12), restrictions=(Restriction.of(purpose, 2, [10]),)
    )
    assert vendor_may(tc, 10, purpose, at=NOW).answer is Answer.NO


def test_a_vendor_that_was_not_disclosed_is_not_consented_to_even_in_old_strings():
    old = changed(created=datetime(2025, 1, 1, tzinfo=UTC), vendor_consents=Ids.of([99]))
    assert vendor_may(old, 99, 1, at=NOW).because == ("not_disclosed",)
    assert vendor_may(attrs.evolve(old, disclosed_vendors=None), 99, 1, at=NOW).answer is Answer.YES


@given(tc_strings(), st.integers(1, 45), st.integers(1, 24))
def test_no_vendor_gets_more_than_the_string_says(tc, vendor, purpose):
    """The rule once more, the slow way: a yes needs every one of its conditions."""
    found = vendor_may(tc, vendor, purpose, at=NOW)
    if found:
        kinds = {one.kind for one in tc.restrictions if one.purpose == purpose and vendor in set(one.vendors)}
        assert not tc_problems(tc, at=NOW)
        assert tc.disclosed_vendors is None or vendor in set(tc.disclosed_vendors)
        assert kinds <= ({2} if found.basis == "legitimate_interest" else {1})
        if found.basis == "consent":
            assert purpose in tc.purpose_consents
            assert vendor in set(tc.vendor_consents)
        else:
            assert purpose in tc.purpose_legitimate_interests - {1, 3, 4, 5, 6}
            assert vendor in set(tc.vendor_legitimate_interests)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "vendors"),
        ({"vendors": []}, "vendors"),
        ({"vendors": {"1": 1}}, "vendors.1"),
        ({"vendors": {"1": {}}}, "vendors.1.id"),
        ({"vendors": {"1": {"id": 1, "purposes": ["1"]}}}, "vendors.1.purposes"),
        ({"vendors": {"1": {"id": 1, "deletedDate": "soon"}}}, "vendors.1.deletedDate"),
        ({"vendors": {}}, "vendorListVersion"),
        ({"vendors": {}, "vendorListVersion": 1}, "tcfPolicyVersion"),
    ],
)
def test_a_list_that_is_none_is_refused_with_the_place(body, field):
    with pytest.raises(InvalidPayloadError) as caught:
        VendorList.from_json(body)
    assert caught.value.field == field
