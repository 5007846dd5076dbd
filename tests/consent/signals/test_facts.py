"""Signals as facts in the ledger: what they grant, take away, and leave alone; by themselves, and in a hub."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.consent.signals.material import gpp_strings, gpp_with, samples, tc_strings, usp_strings

from unified_profile import Event, Hub, MemoryStore
from unified_profile.consent import PurposeRegistry, decide
from unified_profile.consent.scopes import OPT_OUT
from unified_profile.consent.signals import (
    DEFAULT_MEANINGS,
    GPC,
    LENIENT,
    GPPString,
    Ids,
    Meaning,
    Publisher,
    Reading,
    Restriction,
    TCString,
    USPrivacy,
    consent_records,
    decode_gpc,
    decode_gpp,
    decode_signal,
    decode_tc,
    evidence_of,
    gpc_of,
)
from unified_profile.consent.signals.sections import European
from unified_profile.errors import InvalidFactError, InvalidRulesError, InvalidSignalError
from unified_profile.model import ConsentRecord, ConsentState, Identifier, Purpose, Severance

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DEVICE, EMAIL = Identifier("device_id", "d1"), Identifier("email", "taro@example.com")
MIDNIGHT = datetime(2026, 4, 28, tzinfo=UTC)
YES = TCString(
    created=MIDNIGHT, last_updated=MIDNIGHT, cmp_id=7, cmp_version=3, consent_screen=2, consent_language="DE",
    vendor_list_version=141, publisher_country="AT", purpose_consents=range(1, 12), special_feature_opt_ins={1, 2},
    vendor_consents=Ids.of([755]), disclosed_vendors=Ids.of([755]),
)  # fmt: skip
PURPOSES = PurposeRegistry(
    [Purpose(name) for name in dict.fromkeys(one.purpose for one in DEFAULT_MEANINGS) if name != OPT_OUT]
)
REGIME = PurposeRegistry([Purpose("data_sale", basis="legitimate_interests")])


def told(signal, **options):
    usual: dict[str, Any] = {"subject": DEVICE, "source": "web", "received_at": NOW}
    return consent_records(signal, **usual | options)


def state(signal, purpose, **options):
    return {one.purpose: one.state for one in told(signal, **options)}.get(purpose)


def granted(records, purpose, *, at=NOW, purposes=PURPOSES):
    return decide(records, purpose, "web", purposes=purposes, at=at).granted


def test_a_sound_string_grants_what_it_says_yes_to():
    records = told(YES)
    assert {one.purpose for one in records} == {one.purpose for one in DEFAULT_MEANINGS if one.schemes == {"tcf"}}
    assert {one.state for one in records} == {ConsentState.GIVEN}
    assert all(granted(records, one.purpose) for one in records)


def test_a_record_carries_its_scope_and_its_evidence():
    record = told(YES, brand="kawa", controller="Kawa Ltd")[0]
    assert (record.identifiers, record.brand, record.controller) == ((DEVICE,), "kawa", "Kawa Ltd")
    assert (record.occurred_at, record.recorded_at, record.duration) == (MIDNIGHT, NOW, timedelta(days=396))
    assert (record.notice_id, record.notice_version, record.language) == ("iab_cmp_7", "3.2", "de")
    assert (record.method, record.legal_basis) == ("consent_string", "consent")
    own = told(YES, jurisdiction="AT", notice=("cookies", "4"))[0]
    assert (own.jurisdiction, own.notice_id, own.notice_version) == ("AT", "cookies", "4")
    evidence = evidence_of(record)
    assert evidence is not None
    assert (evidence.scheme, evidence.version) == ("iab_tcf", 2)
    assert (evidence.vendor_list_version, evidence.policy_version) == (141, 5)
    assert decode_tc(evidence.string) == YES
    assert evidence.string not in repr(record) + repr(evidence)


def test_a_purpose_needs_everything_that_it_names():
    assert state(attrs.evolve(YES, purpose_consents={1, 3}), "personalized_advertising") is ConsentState.REFUSED
    assert state(attrs.evolve(YES, purpose_consents={3, 4}), "personalized_advertising") is ConsentState.REFUSED
    assert state(attrs.evolve(YES, purpose_consents={1, 3, 4}), "personalized_advertising") is ConsentState.GIVEN


@pytest.mark.parametrize(
    "wrong",
    [
        {"disclosed_vendors": None}, {"policy_version": 2}, {"is_service_specific": False}, {"repairs": ("padded",)},
        {"last_updated": NOW + 2 * DAY}, {"last_updated": MIDNIGHT - DAY},
    ],
)  # fmt: skip
def test_a_string_that_does_not_count_takes_away_and_never_gives(wrong):
    broken = attrs.evolve(YES, **wrong)
    assert {one.state for one in told(broken)} == {ConsentState.UNKNOWN}
    assert not granted([*told(YES), *told(broken)], "advertising")
    assert state(attrs.evolve(broken, purpose_consents=()), "advertising") is ConsentState.REFUSED


def test_what_cannot_be_read_ends_what_was_granted():
    text = YES.encode()[:40]
    with pytest.raises(InvalidSignalError) as caught:
        decode_signal(text)
    records = told(caught.value)
    assert {one.state for one in records} == {ConsentState.UNKNOWN}
    assert granted(told(YES), "advertising")
    assert not granted([*told(YES), *records], "advertising")
    assert not any(text[:20] in one.evidence_ref for one in records)
    evidence = evidence_of(records[0])
    assert evidence is not None
    assert evidence.string == "unreadable: truncated"


def test_a_broken_signal_of_one_kind_leaves_the_others_alone():
    with pytest.raises(InvalidSignalError) as caught:
        decode_gpc("maybe")
    assert OPT_OUT not in {one.purpose for one in told(caught.value)}
    assert {one.purpose for one in told(caught.value)} >= {"data_sale"}
    assert "advertising" not in {one.purpose for one in told(caught.value)}


def test_what_needed_a_repair_is_heard_when_it_refuses():
    lenient = decode_signal("1yyn", reading=LENIENT)
    assert state(lenient, "data_sale") is ConsentState.REFUSED
    padded = decode_signal(YES.encode().split(".")[0] + "==." + YES.encode().split(".")[1], reading=LENIENT)
    assert {one.state for one in told(padded)} == {ConsentState.UNKNOWN}


def test_a_record_tells_that_its_evidence_was_repaired():
    text = samples("tcf_samples")[0]["string"]
    methods = {one.method for one in told(decode_signal(f"{text}\n", reading=LENIENT))}
    assert methods == {"repaired_consent_string"}
    assert {one.method for one in told(decode_signal(text))} == {"consent_string"}


def test_of_two_choices_of_one_day_the_refusal_stands():
    no = attrs.evolve(YES, purpose_consents=())
    for order in ([*told(YES), *told(no)], [*told(no), *told(YES)]):
        assert not granted(order, "advertising")
    later = attrs.evolve(YES, last_updated=MIDNIGHT + DAY)
    assert granted([*told(no), *told(later)], "advertising")


def test_a_string_with_a_time_of_day_is_taken_at_its_word():
    no = attrs.evolve(YES, purpose_consents=(), last_updated=MIDNIGHT + timedelta(hours=9))
    yes = attrs.evolve(YES, last_updated=MIDNIGHT + timedelta(hours=10))
    assert granted([*told(no), *told(yes)], "advertising")


def test_consent_by_a_string_runs_out():
    records = told(YES)
    assert granted(records, "advertising", at=MIDNIGHT + 395 * DAY)
    assert not granted(records, "advertising", at=MIDNIGHT + 396 * DAY)
    assert granted(told(YES, valid_for=None), "advertising", at=MIDNIGHT + 3650 * DAY)


def test_a_vendor_can_be_asked_for():
    meanings = [Meaning("ads_by_755", ["tcf.purpose.1", "tcf.vendor.755.purpose.1"])]
    assert told(YES, meanings=meanings)[0].state is ConsentState.GIVEN
    barred = attrs.evolve(YES, restrictions=(Restriction.of(1, 0, [755]),))
    assert told(barred, meanings=meanings)[0].state is ConsentState.REFUSED
    assert told(attrs.evolve(YES, vendor_consents=Ids()), meanings=meanings)[0].state is ConsentState.REFUSED


def test_the_publishers_own_purposes_can_be_asked_for():
    meanings = [Meaning("news", ["tcf.publisher.custom.2"]), Meaning("own_ads", ["tcf.publisher.purpose.1"])]
    assert told(YES, meanings=meanings) == ()
    with_own = attrs.evolve(YES, publisher=Publisher(consents={1}, custom_purposes=2, custom_consents={2}))
    assert {one.state for one in told(with_own, meanings=meanings)} == {ConsentState.GIVEN}


def test_purpose_one_that_was_not_disclosed_is_not_consented_to():
    assert state(attrs.evolve(YES, purpose_one_treatment=True), "device_storage") is ConsentState.UNKNOWN


def test_the_european_section_says_what_its_string_says():
    gpp = GPPString.of([European(tc=YES), USPrivacy(notice="Y", opt_out_sale="Y", lspa_covered="N")])
    records = told(decode_gpp(gpp.encode()))
    assert granted(records, "advertising")
    assert not granted(records, "data_sale")
    evidence = evidence_of(records[0])
    assert evidence is not None
    assert (evidence.scheme, evidence.vendor_list_version, evidence.string) == ("iab_gpp", 141, gpp.encode())


def test_the_canadian_section_grants_by_express_consent_only():
    canadian = gpp_with(5, samples("section_samples")["canada"][1]["string"])
    meanings = [Meaning(f"p{at}", [f"tcfca.purpose.{at}"]) for at in (1, 7, 8)]
    found = {one.purpose: one for one in told(decode_gpp(canadian), meanings=meanings)}
    assert [found[name].state.value for name in ("p1", "p7", "p8")] == ["given", "refused", "refused"]
    assert found["p1"].occurred_at == datetime(2022, 1, 1, tzinfo=UTC)
    as_written = Reading(canada_as_written=True)
    with pytest.raises(InvalidSignalError):
        decode_gpp(canadian, reading=as_written)


def test_not_having_opted_out_is_no_consent():
    assert told(decode_signal("1YNN")) == ()
    section = decode_gpp(gpp_with(8, "BVoqqqqo"))
    assert "data_sale" not in {one.purpose for one in told(section)}


def test_a_state_section_grants_what_was_consented_to():
    virginia = decode_gpp(gpp_with(9, "BVoqoAI"))
    found = {one.purpose: one for one in told(virginia)}
    health = found["sensitive_health"]
    assert (health.state, health.special_categories) == (ConsentState.GIVEN, ("health",))


def test_sections_of_doubtful_size_grant_nothing():
    for text in ("CqqqqqqqqgA", "BqqqqqqqqqqA"):
        gpp = decode_gpp(gpp_with(7, text))
        assert gpp.section("usnat").form in {"short", "long"}
        assert not any(one.state is ConsentState.GIVEN for one in told(gpp))


def test_global_privacy_control_beats_a_stored_setting():
    setting = ConsentRecord(
        id="s1", source="crm", purpose="data_sale", state=ConsentState.GIVEN, occurred_at=NOW - 30 * DAY,
        identifiers=[DEVICE],
    )  # fmt: skip
    assert granted([setting], "data_sale")
    assert not granted([setting, *told(GPC(enabled=True))], "data_sale")
    # Told again later, by a system and not by the person, the setting does not come back.
    again = attrs.evolve(setting, id="s2", occurred_at=NOW + DAY, method="import")
    assert not granted([setting, *told(GPC(enabled=True)), again], "data_sale", at=NOW + 2 * DAY)
    # A consent of the person's own, given later, does count.
    own = attrs.evolve(setting, id="s3", occurred_at=NOW + DAY, method="web_form")
    assert granted([setting, *told(GPC(enabled=True)), own], "data_sale", at=NOW + 2 * DAY)


def test_global_privacy_control_is_heard_as_an_opt_out_signal_from_wherever_it_comes():
    by_header, passed_on = told(GPC(enabled=True)), told(decode_gpp(gpp_with(8, "BVoqqqqo.YA")))
    for records in (by_header, passed_on):
        assert {one.purpose for one in records if one.state is ConsentState.REFUSED} == {
            OPT_OUT, "data_sale", "data_sharing", "personalized_advertising",
        }  # fmt: skip
    assert OPT_OUT not in {one.purpose for one in told(decode_gpp(gpp_with(8, "BVoqqqqo.QA")))}


def test_the_absence_of_global_privacy_control_is_no_opt_in():
    opted_out = told(gpc_of({"Sec-GPC": "1"}))
    for headers in ({}, {"Sec-GPC": "0"}, {"Accept": "*/*"}):
        later = told(gpc_of(headers), received_at=NOW + DAY)
        assert later == ()
        assert not granted([*opted_out, *later], "data_sale", at=NOW + 2 * DAY, purposes=REGIME)
    assert granted([], "data_sale", purposes=REGIME)


def test_the_opt_out_of_a_device_survives_a_merge_and_leaves_with_it():
    hub = Hub(MemoryStore(), purposes=PURPOSES, clock=lambda: NOW + 5 * DAY)
    consent = ConsentRecord(
        id="c1", source="shop", purpose="data_sale", state=ConsentState.GIVEN, occurred_at=NOW - DAY,
        recorded_at=NOW - DAY, identifiers=[EMAIL],
    )  # fmt: skip
    seen = Event(id="e1", source="web", name="Seen", occurred_at=NOW, recorded_at=NOW, identifiers=[DEVICE])
    hub.ingest([consent, seen, *told(GPC(enabled=True))])
    assert may(hub, EMAIL).granted
    assert not may(hub, DEVICE).granted
    both = Event(
        id="e2", source="web", name="Signed In", occurred_at=NOW + DAY, recorded_at=NOW + DAY,
        identifiers=[DEVICE, EMAIL],
    )  # fmt: skip
    hub.ingest([both])
    merged = may(hub, EMAIL)
    assert (merged.granted, merged.code) == (False, "refused")
    slip = Severance(id="x1", source="desk", occurred_at=NOW + 2 * DAY, recorded_at=NOW + 2 * DAY, fact_id="e2",
                     identifier=DEVICE)  # fmt: skip
    hub.ingest([slip])
    assert may(hub, EMAIL).granted
    assert not may(hub, DEVICE).granted


def may(hub, who):
    return hub.permission(who, purpose="data_sale", channel="web")


def test_the_same_signal_told_again_is_the_same_fact():
    assert told(YES) == told(YES)
    assert {one.id for one in told(YES)} == {one.id for one in told(YES, received_at=NOW + DAY)}
    assert {one.id for one in told(YES)}.isdisjoint(one.id for one in told(YES, subject=EMAIL))
    assert len({one.id for one in told(YES)}) == len(told(YES))


def test_a_moment_can_be_said_and_needs_a_zone():
    assert told(YES, expressed_at=NOW - DAY)[0].occurred_at == NOW - DAY
    with pytest.raises(InvalidFactError):
        told(YES, received_at=datetime(2026, 5, 1))  # noqa: DTZ001  # that is what is tested


@pytest.mark.parametrize(
    "needs",
    [[], "", "tcf.purpose", "tcf.purpose.0", "us.fly", "us.sensitive.shoes", ["gpp"], [1], "tcf.vendor.0.purpose.1"],
)
def test_a_meaning_of_nothing_is_refused(needs):
    with pytest.raises(InvalidRulesError):
        Meaning("p", needs)


every_signal = st.one_of(tc_strings(), gpp_strings, usp_strings, st.builds(GPC, st.booleans()))


@given(every_signal, st.lists(st.sampled_from(["padded", "alphabet"]), max_size=1).map(tuple))
def test_no_signal_grants_what_it_does_not_say(signal, repairs):
    """Over any signal: a grant needs a sound string, and a yes to each of the needs; doubts only ever take away."""
    plain = {one.purpose: one.state for one in told(signal)}
    if repairs and not isinstance(signal, GPC):
        doubtful = {one.purpose: one.state for one in told(attrs.evolve(signal, repairs=repairs))}
        assert ConsentState.GIVEN not in doubtful.values()
        refused = {name for name, one in plain.items() if one is ConsentState.REFUSED}
        assert {name for name, one in doubtful.items() if one is ConsentState.REFUSED} >= refused
    if isinstance(signal, (GPC, USPrivacy)):
        assert set(plain.values()) <= {ConsentState.REFUSED}
    if isinstance(signal, TCString) and plain["advertising"] is ConsentState.GIVEN:
        assert {1, 2} <= signal.purpose_consents
        assert signal.is_service_specific
        assert signal.policy_version in {4, 5}
