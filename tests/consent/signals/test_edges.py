"""What cannot be written is refused by its place, what is not there is said so; and what the Canadian section says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from tests.consent.signals.material import gpp_with

from unified_profile.consent.signals import (
    GPPString,
    Ids,
    Meaning,
    Reading,
    Restriction,
    Section,
    Segment,
    TCString,
    USPrivacy,
    consent_records,
    decode_gpp,
    decode_signal,
    evidence_of,
    gpc_of,
)
from unified_profile.consent.signals.bits import BitReader, BitWriter
from unified_profile.consent.signals.reading import STRICT, Attempt
from unified_profile.errors import InvalidInputError, InvalidSignalError, UnknownNameError
from unified_profile.model import ConsentRecord, ConsentState, Identifier

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DEVICE = Identifier("device", "d1")
WHOLE = decode_gpp("DBABLA~BVQqAAAAAgA.QA")
CORE, GPC = WHOLE.section("usnat").segments
MAY = datetime(2026, 4, 1, tzinfo=UTC)


def usnat(form="", version=1, segments=None, **changes):
    changed = attrs.evolve(CORE, values={**CORE.values, **changes})
    return Section(id=7, version=version, segments=(changed, GPC) if segments is None else segments, form=form)


def tc(**changes):
    held: dict[str, Any] = {"created": MAY, "last_updated": MAY, "disclosed_vendors": Ids.of([1]), **changes}
    return TCString(**held)


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (usnat(SaleOptOut=3), "gpp.usnat.core.SaleOptOut"),
        (usnat(SaleOptOut="1"), "gpp.usnat.core.SaleOptOut"),
        (usnat(SensitiveDataProcessing=(0,)), "gpp.usnat.core.SensitiveDataProcessing"),
        (usnat(SensitiveDataProcessing=(3,) * 12), "gpp.usnat.core.SensitiveDataProcessing"),
        (usnat(NoSuchField=1), "gpp.usnat.core"),
        (usnat(segments=(Segment("core", {"Version": 1}),)), "gpp.usnat.core.SharingNotice"),
        (usnat(segments=(Segment("no_such_part", {}),)), "gpp.usnat.no_such_part"),
        (usnat(version=9), "gpp.sections"),
        (USPrivacy(notice="y"), "uspv1.notice"),
        (GPPString(sections=(USPrivacy(), USPrivacy())), "gpp.sections"),
        (GPPString(sections=(USPrivacy(),), ranges=((7,),)), "gpp.ranges"),
        (tc(created=datetime(2026, 4, 1)), "tcf.core.Created"),  # noqa: DTZ001  # that is what is tested
        (tc(created=MAY + timedelta(microseconds=1)), "tcf.core.Created"),
        (tc(cmp_id=4096), "tcf.core.CmpId"),
        (tc(purpose_consents={25}), "tcf.core.PurposesConsent"),
        (tc(consent_language="e"), "tcf.core.ConsentLanguage"),
    ],
    ids=range(16),
)
def test_what_a_field_cannot_hold_is_refused_by_its_place(made, field):
    with pytest.raises(InvalidInputError) as caught:
        made.encode()
    assert caught.value.field == field


def test_what_the_short_form_has_no_room_for_is_refused():
    long = decode_gpp(GPPString.of([usnat()]).encode()).section("usnat")
    values = {
        **long.segments[0].values, "Version": 2, "SensitiveDataProcessing": (0,) * 15 + (1,),
        "KnownChildSensitiveDataConsents": (0, 0, 0),
    }  # fmt: skip
    section = Section(id=7, version=2, segments=(attrs.evolve(long.segments[0], values=values),), form="short")
    with pytest.raises(InvalidSignalError, match="more than the short form has room for"):
        section.encode()


def test_what_is_not_there_is_said_with_what_is():
    with pytest.raises(UnknownNameError, match="usnat"):
        WHOLE["usca"]
    with pytest.raises(UnknownNameError, match="SaleOptOut"):
        WHOLE.section(7)["SaleOptOot"]
    both = GPPString.of([*WHOLE.sections, USPrivacy()])
    with pytest.raises(UnknownNameError, match="usnat"):
        both.section("uspv1")
    assert "usnat" in both
    assert 6 in both
    assert "usca" not in both


def test_no_bit_is_shown_by_what_reads_and_writes():
    reader = BitReader("0101", Attempt(STRICT), signal="tcf", segment="core")
    writer = BitWriter("tcf.core")
    writer.number(5, 4)
    assert "0101" not in repr(reader) + repr(writer)
    with pytest.raises(InvalidSignalError, match="from 1 to 65535"):
        writer.fibonacci(0)


def test_two_headers_of_which_one_opts_out_opt_out():
    assert gpc_of({"Sec-GPC": "0", "sec-gpc": "1"}).enabled
    assert not gpc_of({"Sec-GPC": "0", "sec-gpc": "0"}).enabled


def test_an_opt_out_is_heard_from_headers_in_bytes_too():
    assert gpc_of({b"sec-gpc": b"1", b"host": b"example.com"}).enabled
    assert gpc_of({b"Sec-GPC": b"0", b"sec-gpc": b"1"}).enabled
    with pytest.raises(InvalidSignalError):
        gpc_of({b"sec-gpc": b"\xff"})


def test_evidence_of_something_else_is_none():
    record = ConsentRecord(
        id="c1", source="web", purpose="x", state=ConsentState.GIVEN, occurred_at=NOW, identifiers=[DEVICE],
        evidence_ref="gpc;version=one;",
    )  # fmt: skip
    assert evidence_of(record) is None
    assert evidence_of(attrs.evolve(record, evidence_ref="")) is None


def canada(*, disclosed=True, updated=MAY, as_written=False):
    """Return a GPP string with a Canadian section."""
    ids = Ids.of([12, 13], written="ranges")
    values = {
        "Version": 1, "Created": MAY, "LastUpdated": updated, "CmpId": 7, "CmpVersion": 1, "ConsentScreen": 1,
        "ConsentLanguage": "FR", "VendorListVersion": 20, "TcfPolicyVersion": 2, "UseNonStandardStacks": False,
        "SpecialFeatureExpressConsent": {1}, "PurposesExpressConsent": {1, 2}, "PurposesImpliedConsent": {3},
        "VendorExpressConsent": ids, "VendorImpliedConsent": Ids.of([14], written="ranges"),
        "PubRestrictions": (Restriction(2, 0, Ids.of([13], written="ranges")),),
    }  # fmt: skip
    publisher = {
        "PubPurposesExpressConsent": {1}, "PubPurposesImpliedConsent": {2}, "NumCustomPurposes": 2,
        "CustomPurposesExpressConsent": {2}, "CustomPurposesImpliedConsent": set(),
    }  # fmt: skip
    segments = [Segment("core", values)]
    if disclosed:
        shown = Ids.of([12, 13], written="ranges")
        segments += [Segment("publisher", publisher), Segment("disclosed_vendors", {"DisclosedVendors": shown})]
    section = Section(id=5, version=1, segments=tuple(segments), form="as_written" if as_written else "")
    return GPPString.of([section]).encode()


SAID = {
    "tcfca.purpose.1": "given",
    "tcfca.purpose.3": "refused",  # implied consent is no grant
    "tcfca.special_feature.1": "given",
    "tcfca.special_feature.2": "refused",
    "tcfca.vendor.12.purpose.2": "given",
    "tcfca.vendor.13.purpose.1": "given",
    "tcfca.vendor.13.purpose.2": "refused",  # restricted by the publisher
    "tcfca.vendor.14.purpose.1": "refused",  # not disclosed
    "tcfca.publisher.purpose.1": "given",
    "tcfca.publisher.purpose.2": "refused",
    "tcfca.publisher.custom.2": "given",
    "tcf.purpose.1": None,
}


@pytest.mark.parametrize("as_written", [False, True], ids=["deployed", "as written"])
@pytest.mark.parametrize("name", SAID)
def test_the_canadian_section_says(name, as_written):
    signal = decode_gpp(canada(as_written=as_written), reading=Reading(canada_as_written=as_written))
    found = consent_records(signal, subject=DEVICE, source="web", received_at=NOW, meanings=[Meaning("own", [name])])
    assert [one.state.value for one in found] == ([SAID[name]] if SAID[name] else [])
    assert all(one.notice_id == "iab_cmp_7" for one in found)


def test_a_canadian_section_without_a_publisher_or_from_the_future_grants_nothing_of_it():
    def told(text, name):
        meanings = [Meaning("own", [name])]
        found = consent_records(decode_gpp(text), subject=DEVICE, source="web", received_at=NOW, meanings=meanings)
        return [one.state.value for one in found]

    assert told(canada(disclosed=False), "tcfca.publisher.purpose.1") == []
    assert told(canada(disclosed=False), "tcfca.vendor.14.purpose.1") == ["refused"]
    assert told(canada(updated=NOW + timedelta(days=1)), "tcfca.purpose.1") == ["unknown"]
    assert consent_records(
        decode_signal("DBABTA~1YNN"), subject=DEVICE, source="web", received_at=NOW,
        meanings=[Meaning("own", ["tcfca.purpose.1"])],
    ) == ()  # fmt: skip


def test_a_canadian_part_twice_or_of_no_type_is_refused():
    head, text = canada().split("~")
    disclosed = text.split(".")[-1]
    with pytest.raises(InvalidSignalError) as caught:
        decode_gpp(f"{head}~{text}.{disclosed}")
    assert (caught.value.code, caught.value.segment) == ("duplicate", "disclosed_vendors")
    with pytest.raises(InvalidSignalError) as caught:
        decode_gpp(gpp_with(5, f"{text}.4AAA"))
    assert caught.value.code == "unknown_segment"
