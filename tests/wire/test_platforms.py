"""Consent as platforms send it: what each word means, what never grants, and every payload back as it came."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft202012Validator

from unified_profile import Hub, MemoryStore
from unified_profile.consent import PurposeRegistry
from unified_profile.errors import InvalidPayloadError
from unified_profile.model import ConsentState, Identifier, Purpose
from unified_profile.wire.platforms import (
    AdobeConsents,
    ConsentMode,
    ConsentString,
    GoogleHit,
    SegmentConsent,
    SnowplowConsent,
    UnomiConsents,
)
from unified_profile.wire.schemas import MODELS, json_schema

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CANARY = "canary-" + "7391"
TARO = Identifier("email", "taro@example.com")
SEGMENT = {
    "categoryPreferences": {"Advertising": True, "Analytics": False, "Functional": True},
    "integrationPreferences": {"Amplitude": False},
}
MODE = {
    "command": "update", "ad_storage": "denied", "ad_user_data": "granted", "ad_personalization": "denied",
    "analytics_storage": "granted", "region": ["US-CA"], "wait_for_update": 500,
}  # fmt: skip
ADOBE = {
    "consents": {
        "collect": {"val": "y", "time": "2026-03-01T10:00:00+09:00"},
        "share": {"val": "dn"},
        "adID": {"idType": "IDFA", "val": "n"},
        "personalize": {"content": {"val": "y"}},
        "marketing": {
            "preferred": "email",
            "any": {"val": "u"},
            "email": {"val": "y", "reason": "asked for it", "time": "2026-02-01T00:00:00Z"},
            "push": {"val": "n"},
        },
        "idSpecific": {"email": {"taro@example.com": {"marketing": {"email": {"val": "n"}}}}},
        "metadata": {"time": "2026-01-31T09:30:00.25Z"},
    },
    "consentStrings": [
        {"consentStandard": "IAB TCF", "consentStandardVersion": "2.0", "consentStringValue": "S", "gdprApplies": True}
    ],
}
UNOMI: dict[str, Any] = {
    "consents": {
        "web/newsletter": {
            "typeIdentifier": "newsletter", "scope": "web", "status": "GRANTED",
            "statusDate": "2026-03-22T11:30:08Z", "revokeDate": "2028-03-21T11:30:09Z", "metadata": {"page": "/"},
        },
        "tracking": {"typeIdentifier": "tracking", "status": "REVOKED", "statusDate": None},
        "other": {"typeIdentifier": "other", "status": "DENIED"},
    }
}  # fmt: skip
SNOWPLOW = {
    "eventType": "allow_selected", "basisForProcessing": "consent", "consentUrl": "https://example.com/consent",
    "consentVersion": "2.0", "consentScopes": ["analytics", "ads"], "domainsApplied": ["example.com"],
    "gdprApplies": True,
}  # fmt: skip
HIT = {"gcs": "G101", "gcd": "13q3r3p3l5l1"}
ALL = {
    AdobeConsents: ADOBE, ConsentMode: MODE, GoogleHit: HIT, SegmentConsent: SEGMENT, SnowplowConsent: SNOWPLOW,
    UnomiConsents: UNOMI,
}  # fmt: skip
GRANTS = {ConsentState.GIVEN, ConsentState.RENEWED}
EVENTS = ["allow_all", "allow_selected", "deny_all", "withdrawn", "pending", "implicit_consent", "expired"]

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
extra = st.dictionaries(words.map("x_{}".format), st.none() | st.booleans() | st.integers(0, 9) | words, max_size=2)
leaf = st.builds(
    lambda value, more: {"val": value} | more, st.sampled_from(["y", "n", "p", "u", "dy", "dn", "LI"]), extra
)
drawn = {
    SegmentConsent: st.builds(
        lambda chosen, more: {"categoryPreferences": chosen} | more, st.dictionaries(names, st.booleans()), extra
    ),
    ConsentMode: st.builds(
        lambda command, states, more: states | more | {"command": command},
        st.sampled_from(["default", "update"]),
        st.dictionaries(
            st.sampled_from(["ad_storage", "ad_user_data", "security_storage"]), st.sampled_from(["granted", "denied"])
        ),
        extra,
    ),
    GoogleHit: st.builds(
        lambda states, letters, digits, more: (
            {"gcs": f"G1{states}", "gcd": f"13{digits.join(letters)}{digits}l1"} | more
        ),
        st.text("01-", min_size=2, max_size=2),
        st.text("lmnpqrtuv", min_size=4, max_size=4),
        st.sampled_from("135"),
        extra,
    ),
    AdobeConsents: st.builds(
        lambda plain, channels, more: {"consents": plain | {"marketing": channels}} | more,
        st.dictionaries(names.filter(lambda name: name not in {"metadata", "val", "marketing"}), leaf, max_size=4),
        st.dictionaries(st.sampled_from(["email", "push", "sms"]), leaf),
        extra,
    ),
    UnomiConsents: st.builds(
        lambda chosen, more: {"consents": chosen} | more,
        st.dictionaries(
            words,
            st.builds(
                lambda kind, status, more: {"typeIdentifier": kind, "status": status} | more,
                names,
                st.sampled_from(["GRANTED", "DENIED", "REVOKED"]),
                extra,
            ),
            max_size=4,
        ),
        extra,
    ),
    SnowplowConsent: st.builds(
        lambda event, scopes, more: SNOWPLOW | {"eventType": event, "consentScopes": scopes} | more,
        st.sampled_from(EVENTS),
        st.lists(names, max_size=4),
        extra,
    ),
}


def told(payload, **options):
    return payload.facts(**{"source": "cmp", "subject": TARO, "received_at": NOW} | options)


def states(payload, **options):
    return {(one.purpose, one.channel): one.state.value for one in told(payload, **options)}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.platform)
def test_a_payload_comes_back_out_of_its_facts_as_it_came(kind):
    payload = kind.parse(ALL[kind])
    assert payload.to_payload() == ALL[kind]
    assert kind.from_records(told(payload)).to_payload() == ALL[kind]
    assert kind.from_records(reversed(told(payload))) == payload


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.platform)
@given(st.data())
def test_any_payload_comes_back_and_its_facts_are_the_same_each_time(kind, data):
    body = data.draw(drawn[kind])
    payload = kind.parse(json.loads(json.dumps(body)))
    assert payload.to_payload() == body
    facts = told(payload)
    assert facts == told(kind.parse(body))
    if facts:
        again = kind.from_records(facts)
        assert again.to_payload() == body
        assert set(told(again)) == set(facts)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.platform)
def test_what_the_business_leaves_out_is_no_fact_and_yet_comes_back(kind):
    payload = kind.parse(ALL[kind])
    wanted = {payload.choices()[0].category: "own_purpose"}
    facts = told(payload, purposes=wanted)
    assert {one.purpose for one in facts} == {"own_purpose"}
    assert kind.from_records(facts).to_payload() == ALL[kind]


def test_words_of_segment():
    assert states(SegmentConsent.parse(SEGMENT)) == {
        ("Advertising", "any"): "given", ("Analytics", "any"): "refused", ("Functional", "any"): "given",
    }  # fmt: skip
    assert told(SegmentConsent.parse({"categoryPreferences": {}})) == ()


def test_words_of_consent_mode():
    assert states(ConsentMode.parse(MODE)) == {
        ("ad_storage", "any"): "refused", ("ad_user_data", "any"): "given", ("ad_personalization", "any"): "refused",
        ("analytics_storage", "any"): "given",
    }  # fmt: skip
    assert set(states(ConsentMode.parse(MODE | {"command": "default"})).values()) == {"unknown"}
    called = ["consent", "default", {"ad_storage": "granted", "region": ["ES"]}]
    assert ConsentMode.of_gtag(called).to_gtag() == called
    assert told(ConsentMode.of_gtag(called))[0].state is ConsentState.UNKNOWN


@pytest.mark.parametrize(
    ("letter", "state"),
    [
        ("r", "given"), ("n", "given"), ("v", "given"), ("q", "refused"), ("m", "refused"), ("u", "refused"),
        ("p", "unknown"), ("t", "unknown"), ("l", None),
    ],
)  # fmt: skip
def test_only_an_update_that_a_hit_tells_of_is_a_choice(letter, state):
    wanted = {("analytics_storage", "any"): state} if state else {}
    assert states(GoogleHit.parse({"gcd": f"11l1{letter}1l1l5"})) == wanted


def test_a_state_without_its_history_or_against_it_grants_nothing():
    names = ("ad_storage", "analytics_storage")
    for text in ("G111", "G100", "G110"):
        assert states(GoogleHit.parse({"gcs": text})) == {(name, "any"): "unknown" for name in names}
    assert states(GoogleHit.parse({"gcs": "G1--"})) == {}
    assert states(GoogleHit.parse({"gcs": "G1-1", "gcd": "11l1l1l1l5"})) == {("analytics_storage", "any"): "unknown"}
    both = states(GoogleHit.parse({"gcs": "G101", "gcd": "13r3r3r3r5"}))
    assert [both[name, "any"] for name in names] == ["unknown", "given"]
    hit = GoogleHit.of_url("https://example.com/g/collect?tid=G-1&gcs=G111&gcd=13r3r3r2r5l1&cid=canary-7391")
    assert hit.to_payload() == {"gcs": "G111", "gcd": "13r3r3r2r5l1"}


def test_words_of_adobe():
    payload = AdobeConsents.parse(ADOBE)
    facts = told(payload)
    assert [(one.purpose, one.channel, one.state.value) for one in facts] == [
        ("collect", "any", "given"),
        ("share", "any", "unknown"),
        ("adID", "any", "refused"),
        ("personalize.content", "any", "given"),
        ("marketing", "any", "unknown"),
        ("marketing", "email", "given"),
        ("marketing", "push", "refused"),
        ("marketing", "email", "refused"),  # of the address itself
    ]
    at = {one.purpose: one.occurred_at for one in facts}
    assert at["collect"] == datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert at["adID"] == datetime(2026, 1, 31, 9, 30, 0, 250000, tzinfo=UTC)
    assert payload.strings() == (ConsentString(standard="IAB TCF", version="2.0", value="S", gdpr_applies=True),)
    assert "'S'" not in repr(payload.strings())
    basis = told(AdobeConsents.parse({"consents": {"collect": {"val": "LI"}}}))[0]
    assert (basis.state, basis.legal_basis) == (ConsentState.UNKNOWN, "legitimate_interests")


def test_an_address_of_its_own_is_told_of_itself():
    facts = told(AdobeConsents.parse(ADOBE), subject=Identifier("ecid", "1"))
    own = [one for one in facts if len(one.identifiers) == 2]
    assert [(one.purpose, one.channel, one.state.value, one.identifiers[0]) for one in own] == [
        ("marketing", "email", "refused", TARO)
    ]


def test_words_of_unomi():
    facts = told(UnomiConsents.parse(UNOMI))
    assert {one.purpose: one.state.value for one in facts} == {
        "newsletter": "given", "tracking": "withdrawn", "other": "refused",
    }  # fmt: skip
    assert facts[0].occurred_at == datetime(2026, 3, 22, 11, 30, 8, tzinfo=UTC)
    assert facts[0].occurred_at + facts[0].duration == datetime(2028, 3, 21, 11, 30, 9, tzinfo=UTC)
    event = {"eventType": "modifyConsent", "properties": {"consent": UNOMI["consents"]["web/newsletter"]}}
    assert UnomiConsents.of_event(event).consents.keys() == {"web/newsletter"}


def test_a_grant_of_unomi_that_was_over_before_it_began_holds_for_no_time():
    one = {**UNOMI["consents"]["web/newsletter"], "revokeDate": "2020-01-01T00:00:00Z"}
    record = told(UnomiConsents.parse({"consents": {"k": one}}))[0]
    assert record.duration <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("event", "listed", "left_out"),
    [
        ("allow_all", "given", None),
        ("allow_selected", "given", "refused"),
        ("deny_all", "refused", "refused"),
        ("withdrawn", "withdrawn", "withdrawn"),
        ("pending", "requested", None),
        ("implicit_consent", "unknown", None),
        ("expired", "unknown", "unknown"),
    ],
)
def test_words_of_snowplow(event, listed, left_out):
    payload = SnowplowConsent.parse(SNOWPLOW | {"eventType": event})
    found = states(payload, purposes={"analytics": "analytics", "mail": "newsletter"})
    wanted = {("analytics", "any"): listed, ("newsletter", "any"): left_out}
    assert found == {key: value for key, value in wanted.items() if value}


def test_a_purpose_of_several_categories_needs_all_of_them():
    both = {"Advertising": "ads", "Analytics": "ads"}
    assert states(SegmentConsent.parse(SEGMENT), purposes=both) == {("ads", "any"): "refused"}
    every = SegmentConsent.parse({"categoryPreferences": {"Advertising": True, "Analytics": True}})
    assert states(every, purposes=both) == {("ads", "any"): "given"}
    half = SegmentConsent.parse({"categoryPreferences": {"Advertising": True}})
    assert states(half, purposes=both) == {("ads", "any"): "unknown"}
    assert SegmentConsent.from_records(told(half, purposes=both)) == half


def test_what_is_newest_of_each_part_is_given_back():
    old = told(SegmentConsent.parse({"categoryPreferences": {"a": True, "b": True}}))
    new = told(SegmentConsent.parse({"categoryPreferences": {"a": False}}), received_at=NOW + timedelta(days=1))
    merged = SegmentConsent.from_records([*new, *old])
    assert merged.category_preferences == {"a": False, "b": True}
    with pytest.raises(InvalidPayloadError, match="none of them came from adobe"):
        AdobeConsents.from_records(old)
    broken = [attrs.evolve(one, evidence_ref=text) for one in old for text in ("{", "[]", "")]
    with pytest.raises(InvalidPayloadError, match="none of them came from segment"):
        SegmentConsent.from_records(broken)


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        (SegmentConsent, {}, "categoryPreferences"),
        (SegmentConsent, {"categoryPreferences": {"a": "true"}}, "categoryPreferences.a"),
        (SegmentConsent, {"categoryPreferences": [True]}, "categoryPreferences"),
        (ConsentMode, {"ad_storage": "canary-7391"}, "ad_storage"),
        (ConsentMode, {"command": "canary-7391"}, "command"),
        (AdobeConsents, {"consents": {"collect": {"val": "canary-7391"}}}, "consents.collect.val"),
        (AdobeConsents, {"consents": {"collect": {"val": True}}}, "consents.collect.val"),
        (AdobeConsents, {"consents": {"collect": {"val": ["y"]}}}, "consents.collect.val"),
        (AdobeConsents, {"consents": {"collect": {"val": "y", "time": "canary-7391"}}}, "consents.collect.time"),
        (
            AdobeConsents,
            {"consents": {"idSpecific": {"ecid": {"canary_7391": {"collect": {"val": "z"}}}}}},
            "consents.idSpecific.ecid.val",
        ),
        (AdobeConsents, {"consents": {"metadata": {"time": 7391}}}, "consents.metadata.time"),
        (UnomiConsents, {"consents": {"k": {"typeIdentifier": "a", "status": "canary-7391"}}}, "consents.k.status"),
        (UnomiConsents, {"consents": {"k": {"status": "GRANTED"}}}, "consents.k.typeIdentifier"),
        (
            UnomiConsents,
            {"consents": {"k": {"typeIdentifier": "a", "status": "GRANTED", "statusDate": "canary-7391"}}},
            "consents.k.statusDate",
        ),
        (SnowplowConsent, SNOWPLOW | {"eventType": "canary-7391"}, "eventType"),
        (GoogleHit, {"gcs": "canary-7391"}, "gcs"),
        (GoogleHit, {"gcs": "G111\n"}, "gcs"),
        (GoogleHit, {"gcs": "G１11"}, "gcs"),
        (GoogleHit, {"gcs": "G211"}, "gcs"),
        (GoogleHit, {"gcd": "canary-7391"}, "gcd"),
        (GoogleHit, {"gcd": "13r3r3r3z5"}, "gcd"),
        (GoogleHit, {"gcd": "13r3r3r3R5"}, "gcd"),
        (GoogleHit, {"gcd": "13r3r3r5"}, "gcd"),
        (GoogleHit, {"gcd": "13r3r3r3r5" + "l" * 99}, "gcd"),
        (SnowplowConsent, SNOWPLOW | {"consentScopes": "canary-7391"}, "consentScopes"),
    ],
)
def test_another_shape_is_refused_by_its_place_and_never_by_its_value(refusal, kind, body, field):
    error = refusal(lambda: kind.parse(body), CANARY, CANARY.replace("-", "_"))
    assert isinstance(error, InvalidPayloadError)
    assert error.field == field


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.platform)
@given(st.data())
def test_what_is_taken_keeps_its_schema(kind, data):
    name = next(name for name, model in MODELS.items() if model is kind)
    schema = Draft202012Validator(json_schema(name))
    schema.validate(ALL[kind])
    schema.validate(data.draw(drawn[kind]))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (SegmentConsent, {"categoryPreferences": {"a": "true"}}),
        (ConsentMode, {"ad_storage": "yes"}),
        (GoogleHit, {"gcs": "G121"}),
        (GoogleHit, {"gcd": "13r3r3r3z5"}),
        (AdobeConsents, {"consents": ["y"]}),
        (UnomiConsents, {"consents": {"k": {"typeIdentifier": "a", "status": "YES"}}}),
        (SnowplowConsent, SNOWPLOW | {"eventType": "yes"}),
    ],
)
def test_what_a_schema_refuses_is_refused(kind, body):
    name = next(name for name, model in MODELS.items() if model is kind)
    assert not Draft202012Validator(json_schema(name)).is_valid(body)
    with pytest.raises(InvalidPayloadError):
        kind.parse(body)


def test_a_choice_without_a_time_was_made_when_the_caller_says():
    at = NOW - timedelta(hours=3)
    mode = told(ConsentMode.parse(MODE), expressed_at=at)
    assert {(one.occurred_at, one.recorded_at) for one in mode} == {(at, NOW)}
    own = told(UnomiConsents.parse(UNOMI), expressed_at=at)
    assert own[0].occurred_at == datetime(2026, 3, 22, 11, 30, 8, tzinfo=UTC)
    assert "GRANTED" not in repr(UnomiConsents.parse(UNOMI).consents["web/newsletter"])


@pytest.mark.parametrize(
    "call",
    [
        lambda: SegmentConsent.of_call({"context": {}}),
        lambda: SegmentConsent.of_call({}),
        lambda: ConsentMode.of_gtag(["config", "G-1"]),
        lambda: ConsentMode.of_gtag(["consent", "update", "granted"]),
        lambda: UnomiConsents.of_event({"eventType": "view"}),
        lambda: GoogleHit.of_url("https://example.com/g/collect?v=2"),
        lambda: GoogleHit.of_url("https://example.com/g/collect?gcs=G111&gcs=G100"),
        lambda: GoogleHit.of_url("https://example.com/g/collect?gcd="),
        lambda: GoogleHit.of_url("https://[example"),
        lambda: GoogleHit.of_url(None),  # type: ignore[arg-type]  # what is tested
    ],
    ids=[
        "no consent",
        "no context",
        "another command",
        "no states",
        "another event",
        "no parameter",
        "twice",
        "empty",
        "no address",
        "no text",
    ],
)
def test_what_carries_no_consent_is_refused(refusal, call):
    assert isinstance(refusal(call), InvalidPayloadError)


def test_a_hub_decides_by_what_a_platform_said():
    hub = Hub(MemoryStore(), purposes=PurposeRegistry([Purpose("ads"), Purpose("analytics")]))
    purposes = {"Advertising": "ads", "Analytics": "analytics"}
    hub.ingest(told(SegmentConsent.of_call({"context": {"consent": SEGMENT}}), purposes=purposes))
    assert hub.permission(TARO, purpose="ads", channel="web")
    assert not hub.permission(TARO, purpose="analytics", channel="web")
    page = ConsentMode.parse({"command": "default", "analytics_storage": "granted"})
    hub.ingest(told(page, purposes={"analytics_storage": "analytics"}, received_at=NOW + timedelta(days=1)))
    assert not hub.permission(TARO, purpose="analytics", channel="web")


@given(st.sampled_from(list(drawn)), st.data())
def test_only_a_word_of_consent_grants(kind, data):
    payload = kind.parse(data.draw(drawn[kind]))
    grants = [one for one in told(payload) if one.state in GRANTS]
    said = json.dumps(payload.to_payload())
    if kind is GoogleHit:
        assert len(grants) <= sum(said.count(letter) for letter in "nrv")
    elif grants:
        assert any(word in said for word in ("true", '"granted"', '"y"', '"GRANTED"', '"allow_'))
