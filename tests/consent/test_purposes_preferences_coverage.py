"""The registry of purposes, the report over many people, and how a person wants to be met."""

import json

import pytest
from hypothesis import given, strategies as st
from tests.consent.said import PURPOSES, hour, records, say

from unified_profile.consent import Ledger, PurposeRegistry, coverage, decide, preferences
from unified_profile.errors import InvalidRulesError, UnifiedProfileError, UnknownNameError
from unified_profile.model import Event, EventType, Fact, Purpose, SourceRecord
from unified_profile.testing import strategies


def test_a_registry_knows_who_is_part_of_whom():
    assert PURPOSES.ancestors("weekly") == ("newsletter", "marketing")
    assert PURPOSES.descendants("marketing") == {"newsletter", "weekly", "ads"}
    assert (PURPOSES.ancestors("nobody"), PURPOSES.descendants("nobody")) == ((), frozenset())
    assert [purpose.name for purpose in PURPOSES] == sorted(purpose.name for purpose in PURPOSES)
    assert (len(PURPOSES), "ads" in PURPOSES, None in PURPOSES) == (6, True, False)


def test_an_unknown_purpose_is_named_with_the_one_that_was_meant():
    with pytest.raises(UnknownNameError, match="did you mean 'newsletter'"):
        PURPOSES["newsleter"]


def test_a_registry_travels_as_json():
    again = PurposeRegistry.from_json(json.loads(json.dumps(PURPOSES.to_json())))
    assert again == PURPOSES
    assert (hash(again), again.fingerprint) == (hash(PURPOSES), PURPOSES.fingerprint)
    assert PurposeRegistry([Purpose("a")]).fingerprint != PurposeRegistry([Purpose("a", basis="contract")]).fingerprint


def test_contradictions_are_refused():
    a, b = Purpose("a"), Purpose("b")
    for make in (
        lambda: PurposeRegistry([a, a]),
        lambda: PurposeRegistry([Purpose("")]),
        lambda: PurposeRegistry(["a"]),  # type: ignore[list-item]  # junk
        lambda: PurposeRegistry([a], parents={"a": "a"}),
        lambda: PurposeRegistry([a, b], parents={"a": "b", "b": "a"}),
        lambda: PurposeRegistry([a], parents={"a": "c"}),
        lambda: PurposeRegistry([a], parents={"c": "a"}),
        lambda: PurposeRegistry.from_json([]),
        lambda: PurposeRegistry.from_json({"purposes": [{}]}),
        lambda: PurposeRegistry.from_json({"purposes": [{"name": "a", "trait": []}]}),
        lambda: PurposeRegistry.from_json({"purposes": [{"name": "a", "traits": "email"}]}),
        lambda: PurposeRegistry.from_json({"purposes": [{"name": "a", "basis": "whim"}]}),
        lambda: PurposeRegistry.from_json({"purposes": [], "parents": {"a": 1}}),
    ):
        with pytest.raises(InvalidRulesError):
            make()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "traits", "basis", "parents", "purposes"]) | st.text(max_size=3), inner
        )
    ),
    max_leaves=10,
)


@given(st.fixed_dictionaries({"purposes": st.lists(JUNK)}, optional={"parents": JUNK}) | JUNK)
def test_junk_is_a_registry_or_a_typed_error(body):
    try:
        registry = PurposeRegistry.from_json(body)
    except UnifiedProfileError:
        return
    assert PurposeRegistry.from_json(registry.to_json()) == registry


# --- coverage --------------------------------------------------------------------------------------------------------


@given(st.lists(records(max_size=4), max_size=4))
def test_coverage_counts_the_decisions_of_everybody(people):
    channels = iter(["email", "any", "email"])
    found = coverage(people, purposes=PURPOSES, channels=channels, at=hour(4), known_at=hour(6))
    assert [(row.purpose, row.channel) for row in found] == [
        (purpose.name, channel) for purpose in PURPOSES for channel in ("email", "any")
    ]
    for row in found:
        answers = [
            decide(said, row.purpose, row.channel, purposes=PURPOSES, at=hour(4), known_at=hour(6)) for said in people
        ]
        assert row.people == len(people) == sum(row.codes.values())
        assert row.granted == sum(answer.granted for answer in answers)
        assert dict(row.codes) == {code: [one.code for one in answers].count(code) for code in row.codes}


def test_coverage_takes_ledgers_too():
    rows = coverage([Ledger([say("c", 1)])], purposes=PURPOSES, channels=["email"], at=hour(2))
    assert [row.granted for row in rows if row.purpose == "newsletter"] == [1]


# --- preferences -----------------------------------------------------------------------------------------------------


def crm(id: str, at: float, *, source: str = "crm", **preferred) -> SourceRecord:
    return SourceRecord(id=id, source=source, key="7", occurred_at=hour(at), attributes={"preferences": preferred})


def event(id: str, at: float, type: EventType = EventType.TRACK, **parts) -> Event:
    return Event(id=id, source="web", type=type, name="Seen", occurred_at=hour(at), **parts)


def test_the_latest_preference_holds_and_the_older_are_its_history():
    found = preferences([crm("b", 2, channel="sms"), crm("a", 1, channel="email", language="ja")])
    assert {key: one.value for key, one in found.items()} == {"channel": "sms", "language": "ja"}
    assert [value for value, _ in found["channel"].history] == ["email", "sms"]
    assert found["channel"].provenance.fact_id == "b"


def test_what_was_told_beats_what_was_inferred():
    told = event("told", 1, EventType.IDENTIFY, traits={"preferences.channel": "email"})
    guess = event("guess", 2, properties={"preferences": {"channel": "sms", "topic": "shoes"}})
    bought = crm("bought", 3, source="vendor", channel="phone")
    found = preferences([guess, bought, told], inferred=["vendor"])
    assert (found["channel"].value, found["channel"].provenance.basis) == ("email", "explicit")
    assert (found["topic"].value, found["topic"].provenance.basis) == ("shoes", "inferred")


def test_a_preference_can_be_taken_back():
    found = preferences([crm("a", 1, channel="email"), crm("b", 2, channel=None)])
    assert (found["channel"].value, len(found["channel"].history)) == (None, 2)


def test_preferences_of_a_moment_and_as_known_then():
    said: list[Fact] = [crm("a", 1, channel="email"), crm("b", 2, channel="sms")]
    assert preferences(said, as_of=hour(1))["channel"].value == "email"
    late = SourceRecord(id="c", source="crm", key="7", occurred_at=hour(3), recorded_at=hour(9),
                        attributes={"preferences.channel": "phone", "preferences": {"channel": "ignored"}})  # fmt: skip
    assert preferences([*said, late], known_at=hour(8))["channel"].value == "sms"
    assert preferences([*said, late])["channel"].value == "phone"


def test_what_a_group_prefers_is_not_the_persons_preference():
    assert preferences([event("g", 1, EventType.GROUP, account="kawa", traits={"preferences": {"a": 1}})]) == {}


@given(st.data())
def test_the_order_of_the_facts_does_not_change_the_preferences(data):
    keys = st.dictionaries(st.sampled_from(["channel", "topic"]), st.sampled_from(["a", "b", None]))
    shapes = data.draw(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["crm", "web"]), keys), max_size=6))
    said = [crm(f"f{number}", at, source=source, **told) for number, (at, source, told) in enumerate(shapes)]
    again = data.draw(strategies.shuffled(said, duplicates=True))
    assert preferences(again, inferred=["web"]) == preferences(said, inferred=["web"])


def test_a_preference_hides_its_value():
    assert "canary" not in repr(preferences([crm("a", 1, channel="canary")]))
