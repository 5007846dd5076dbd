"""What was decoded encodes to the same string, and what was encoded decodes to the same value."""

import warnings

import pytest
from hypothesis import given, strategies as st
from iab_tcf import decode_v2  # type: ignore[import-untyped]  # it ships no types
from tests.consent.signals.material import (
    any_section,
    canadian,
    gpp_strings,
    ids,
    tc_strings,
    us_sections,
    usp_strings,
)

from unified_profile.consent.signals import GPPString, Reading, decode_gpp, decode_signal, decode_tc, decode_usp
from unified_profile.consent.signals.bits import FIBONACCI, BitReader, BitWriter
from unified_profile.consent.signals.ids import Ids
from unified_profile.consent.signals.reading import STRICT, Attempt
from unified_profile.consent.signals.us_sections import US_LAYOUTS


@given(tc_strings(), st.data())
def test_a_tc_string_survives_both_ways(tc, data):
    assert decode_tc(tc.encode()) == tc
    # In another order of its parts, and filled up as other writers do, the string is kept as it came.
    parts = tc.encode().split(".")
    filled = [part + "A" * data.draw(st.integers(0, -len(part) % 4)) for part in parts]
    text = ".".join([filled[0], *data.draw(st.permutations(filled[1:]))])
    assert decode_tc(text).encode() == text
    assert decode_tc(decode_tc(text).encode()) == decode_tc(text)


@given(tc_strings())
def test_another_decoder_reads_the_same(tc):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses what Python is about to drop
        theirs = decode_v2(tc.encode())
    assert (theirs.cmp_id, theirs.cmp_version, theirs.consent_screen) == (tc.cmp_id, tc.cmp_version, tc.consent_screen)
    assert theirs.consent_language.decode() == tc.consent_language
    assert theirs.publisher_cc.decode() == tc.publisher_country
    assert (theirs.vendor_list_version, theirs.tcf_policy_version) == (tc.vendor_list_version, tc.policy_version)
    assert theirs.created == tc.created.replace(microsecond=0, tzinfo=None)
    assert {at for at, yes in theirs.purposes_consent.items() if yes} == tc.purpose_consents
    assert {at for at, yes in theirs.purposes_legitimate_interests.items() if yes} == tc.purpose_legitimate_interests
    assert {at for at, yes in theirs.special_features_optin.items() if yes} == tc.special_feature_opt_ins
    looked_at = range(1, tc.vendor_consents.width + 2)
    assert [theirs.is_vendor_allowed(one) for one in looked_at] == [one in tc.vendor_consents for one in looked_at]
    looked_at = range(1, tc.vendor_legitimate_interests.width + 2)
    assert [theirs.is_interest_allowed(one) for one in looked_at] == [
        one in tc.vendor_legitimate_interests for one in looked_at
    ]
    restricted = [(one.purpose_id, int(getattr(one.restriction_type, "value", one.restriction_type)))
                  for one in theirs.pub_restriction_entries]  # fmt: skip
    assert restricted == [(one.purpose, one.kind) for one in tc.restrictions]


@given(gpp_strings)
def test_a_gpp_string_survives_both_ways(gpp):
    assert decode_gpp(gpp.encode()) == gpp
    assert decode_gpp(decode_gpp(gpp.encode()).encode()).encode() == gpp.encode()


@pytest.mark.parametrize("layout", US_LAYOUTS, ids=lambda one: f"{one.prefix} {one.version}")
def test_every_us_section_survives_both_ways(layout):
    @given(us_sections(layout))
    def survives(section):
        text = GPPString.of([section]).encode()
        assert decode_gpp(text)[layout.prefix] == section
        assert decode_gpp(text).encode() == text

    survives()


@given(canadian(as_written=True))
def test_the_canadian_section_as_its_specification_writes_it_survives(section):
    text = GPPString.of([section]).encode()
    assert decode_gpp(text, reading=Reading(canada_as_written=True))["tcfca"] == section


@given(usp_strings)
def test_a_us_privacy_string_survives_both_ways(usp):
    assert decode_usp(usp.encode()) == usp
    assert decode_signal(usp.encode()) == usp


@given(st.lists(any_section, min_size=1, max_size=3, unique_by=lambda one: one.id), st.integers(0, 2))
def test_the_header_is_kept_as_it_was_filled(sections, spare):
    head, *rest = GPPString.of(sections).encode().split("~")
    text = "~".join([head + "A" * min(spare, -len(head) % 4), *rest])
    assert decode_gpp(text).encode() == text


@given(ids())
def test_ids_are_a_set(found):
    listed = list(found)
    assert listed == sorted(set(listed))
    assert [one in found for one in range(found.width + 2)] == [one in set(listed) for one in range(found.width + 2)]
    assert len(found) == len(listed)
    assert set(Ids.of(listed)) == set(listed)


@given(st.lists(st.integers(1, 65_535), max_size=20))
def test_fibonacci_numbers_are_those_of_the_definition(numbers):
    writer = BitWriter("test")
    for number in numbers:
        writer.fibonacci(number)
    digits = "".join(writer.parts)
    reader = BitReader(digits, Attempt(STRICT), signal="test", segment="test")
    assert [reader.fibonacci() for _ in numbers] == numbers
    for number, code in zip(numbers, writer.parts, strict=True):
        assert code.endswith("11")
        assert "11" not in code[:-1]
        assert sum(FIBONACCI[at] for at, digit in enumerate(code[:-1]) if digit == "1") == number


def test_fibonacci_numbers_are_those_of_the_specification():
    for number, code in ((1, "11"), (2, "011"), (3, "0011"), (4, "1011"), (5, "00011"), (6, "10011"), (7, "01011")):
        writer = BitWriter("test")
        writer.fibonacci(number)
        assert writer.parts == [code]
