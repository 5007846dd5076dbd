"""The audit finds every seeded violation and nothing else, and tells no value."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import given, settings, strategies as st

from unified_profile import ConsentRecord, ConsentState, Hub, Identifier, MemoryStore, Purpose, SourceRecord
from unified_profile.rights import Usage
from unified_profile.rights.audit import KINDS

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CANARY = "canary7f3a"
PURPOSES = [
    Purpose("news", traits={"email"}, gives="a letter"),
    Purpose("fit", traits={"size", "birth_date"}, gives="what fits"),
    Purpose("service", traits={"plan", "birth_date"}, basis="contract"),
]
USAGE = [Usage("segment", "s", {"email", "plan"}), Usage("metric", "m", {"size", "birth_date"})]


def person(number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what a person without a fault told: attributes and consents."""
    attributes = {"email": f"{CANARY}{number}@x.example", "size": CANARY, "plan": CANARY, "birth_date": "1980-04-01"}
    return attributes, [{"purpose": "news"}, {"purpose": "fit"}]


def no_basis(attributes, consents):
    consents[:] = [one for one in consents if one["purpose"] != "news"]
    return {("no_basis", "", "email", "")}


def withdrawn(attributes, consents):
    consents.append({"purpose": "fit", "state": ConsentState.WITHDRAWN, "occurred_at": NOW - DAY})
    return {("no_basis", "", "size", "")}


def expired(attributes, consents):
    consents[0]["duration"] = 5 * DAY
    return {("expired_consent", "news", "", "email"), ("no_basis", "", "email", "")}


def over_collected(attributes, consents):
    attributes["shoe_color"] = CANARY
    return {("over_collected", "", "shoe_color", ""), ("unused", "", "shoe_color", "")}


def child(attributes, consents):
    attributes["birth_date"] = "2015-01-01"
    return {("child_without_parent", "news", "", "email"), ("child_without_parent", "fit", "", "email")}


def child_with_parent(attributes, consents):
    attributes["birth_date"] = "2015-01-01"
    for one in consents:
        one["expressed_by"] = "parent"
    return set()


FAULTS = [None, None, no_basis, withdrawn, expired, over_collected, child, child_with_parent]


def base(faults, purposes=PURPOSES):
    hub = Hub(MemoryStore(), purposes=purposes, clock=lambda: NOW)
    expected: dict[tuple[str, str, str, str], set[str]] = {}
    for number, fault in enumerate(faults):
        attributes, consents = person(number)
        seeded = fault(attributes, consents) if fault else set()
        who = Identifier("user_id", f"{CANARY}u{number}")
        told = SourceRecord(
            id=f"r{number}", source="crm", key=str(number), occurred_at=NOW - 30 * DAY, identifiers=[who],
            attributes=attributes,
        )  # fmt: skip
        said = [
            ConsentRecord(**{
                "id": f"c{number}-{at}", "source": "web", "occurred_at": NOW - 20 * DAY, "channel": "email",
                "state": ConsentState.GIVEN, "identifiers": [who], **one,
            })
            for at, one in enumerate(consents)
        ]  # fmt: skip
        hub.ingest([told, *said])
        for key in seeded:
            expected.setdefault(key, set()).add(hub.resolve(who))
    return hub, expected


@given(st.lists(st.sampled_from(FAULTS), max_size=12))
@settings(max_examples=30)
def test_every_seeded_violation_is_found_and_nothing_else(faults):
    hub, expected = base(faults)
    report = hub.privacy_audit(channels=["email"], usage=USAGE)
    found = {(one.kind, one.purpose, one.field, one.channel): one for one in report.findings}
    assert found.keys() == expected.keys()
    for key, people in expected.items():
        if key[0] != "unused":
            assert found[key].people == len(people)
            assert set(found[key].examples) <= people
            assert len(found[key].examples) == min(5, len(people))
    assert report.people == len(faults)


def test_a_clean_base_has_no_findings_and_its_coverage_adds_up():
    hub, _ = base([None] * 4)
    report = hub.privacy_audit(channels=["email", "sms"], usage=USAGE)
    assert not report.findings
    cells = {(one.purpose, one.channel): (one.granted, dict(one.codes)) for one in report.coverage}
    assert cells["news", "email"] == (4, {"consent_given": 4})
    assert cells["news", "sms"][0] == 0
    assert all(one.people == sum(one.codes.values()) == 4 for one in report.coverage)
    assert report.coverage == hub.coverage(channels=["email", "sms"])


def test_purposes_that_do_not_say_what_they_need_or_give_are_found():
    purposes = [attrs.evolve(PURPOSES[0], gives=""), *PURPOSES[1:], Purpose("ai", traits={"*"}, basis="contract")]
    hub, _ = base([None], purposes)
    found = {(one.kind, one.purpose) for one in hub.privacy_audit(channels=["email"], usage=USAGE).findings}
    assert found == {("no_benefit", "news"), ("needs_everything", "ai")}


def test_the_report_is_a_table_and_json_without_a_value():
    hub, _ = base([fault for fault in FAULTS if fault])
    report = hub.privacy_audit(channels=["email"], usage=USAGE)
    text = json.dumps(report.to_json(), ensure_ascii=False) + report.table() + repr(report) + repr(report.rows())
    assert CANARY not in text
    assert "1980-" not in text  # no id has that by chance: they are digits and letters
    again = json.loads(json.dumps(report.to_json()))
    assert len(again["findings"]) == len(report.findings) == len(report.rows())
    assert {row["kind"] for row in report.rows()} <= set(KINDS)
    assert report.table().count("\n| ") >= len(report.findings) + len(report.coverage)
    assert not [one for one in hub.privacy_audit(channels=["email"]).findings if one.kind == "unused"]


def test_a_birth_date_that_is_none_makes_no_child():
    for value in ("unknown", "2015", 2015, None):

        def odd(attributes, consents, value=value):
            attributes["birth_date"] = value
            return set()

        hub, _ = base([odd])
        assert not hub.privacy_audit(channels=["email"], usage=USAGE).findings


def test_somebody_comes_of_age_on_their_birthday():
    for born, is_child in (("2010-05-01", False), ("2010-05-02", True)):

        def young(attributes, consents, born=born):
            attributes["birth_date"] = born
            return set()

        hub, _ = base([young])
        kinds = {one.kind for one in hub.privacy_audit(channels=["email"], usage=USAGE).findings}
        assert kinds == ({"child_without_parent"} if is_child else set())
