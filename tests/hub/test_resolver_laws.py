"""A resolver of records, plugged in by object or by name: its links obey the laws of all that is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import contents, everybody, hub_over, some

from unified_profile import (
    ConsentRecord,
    ConsentState,
    Event,
    Hub,
    Identifier,
    Judgement,
    Link,
    MemoryStore,
    ModelAdopted,
    Retraction,
    SourceRecord,
    Verdict,
)
from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import Fact
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.strategies import shuffled

RULES = IdentityRules([
    Namespace(name="user", priority=0, limit=1, normalizer="exact"),
    Namespace(name="mail", priority=1, normalizer="email"),
])  # fmt: skip


class SameName:
    """Links records of one exact name; records meet by its first letter."""

    def __init__(self, fingerprint: str = "same-name/1") -> None:
        self.fingerprint = fingerprint
        self.seen: list[int] = []

    def keys(self, records: Sequence[SourceRecord], /) -> list[list[str]]:
        return [[str(record.attributes["name"])[0]] if "name" in record.attributes else [] for record in records]

    def links(self, candidates: Sequence[SourceRecord], /) -> list[Link]:
        self.seen.append(len(candidates))
        return [
            Link(one.node, other.node, 8.0, self.fingerprint)
            for one, other in combinations(candidates, 2)
            if one.attributes.get("name") == other.attributes.get("name") and one.node != other.node
        ]


def adopted(fingerprint: str, minute: int = 0) -> ModelAdopted:
    return ModelAdopted(
        id=f"adopted-{fingerprint}", source="desk", occurred_at=moment(minute), kind="records", fingerprint=fingerprint
    )


def record(key: str, name: str, *who: Identifier) -> SourceRecord:
    return SourceRecord(
        id=f"r{key}{name}", source="crm", key=key, occurred_at=moment(0), attributes={"name": name}, identifiers=who
    )


@st.composite
def crowds(draw: st.DrawFn) -> list[Fact]:
    """Return a strategy of records with few names, some of which share identifiers that keep others apart."""
    users = st.sampled_from([(), (), (Identifier("user", "u1"),), (Identifier("user", "u2"),)])
    rows = draw(st.lists(st.tuples(st.sampled_from("1234"), st.sampled_from(["Ann", "Abe", "Bob"]), users), max_size=8))
    found: dict[str, Fact] = {one.id: one for one in (record(key, name, *who) for key, name, who in rows)}
    if draw(st.booleans()):
        one, other = Identifier.record("crm", "1"), Identifier.record("crm", "2")
        verdict = draw(st.sampled_from(Verdict))
        found["j"] = Judgement(id="j", source="desk", occurred_at=moment(1), left=one, right=other, verdict=verdict)
    return [*found.values(), adopted("same-name/1")]


def told(facts: Sequence[Fact], size: int = 100) -> Hub:
    hub = hub_over(MemoryStore(), RULES, resolver=SameName())
    hub.ingest(facts, batch_size=size)
    return hub


@given(crowds(), st.data())
@some(0.6)
def test_links_do_not_depend_on_who_came_in_the_same_batch(facts, data):
    """Records that share no key were once linked when they came together, and not when one came after the other."""
    order = data.draw(shuffled(facts, duplicates=True))
    assert contents(told(order, data.draw(st.integers(1, 4)))) == contents(told(facts))


@given(crowds(), st.data())
@some(0.4)
def test_under_another_model_they_leave_nothing_behind(facts, data):
    others = [fact for fact in facts if not isinstance(fact, ModelAdopted)]
    later = [*others, adopted("same-name/1"), adopted("another", 5)]
    never = hub_over(MemoryStore(), RULES)
    never.ingest([*others, adopted("another", 5)])
    assert contents(told(data.draw(st.permutations(later)))) == contents(never)
    back = Retraction(id="back", source="desk", occurred_at=moment(9), fact_id="adopted-another")
    assert contents(told(data.draw(st.permutations([*later, back])))) == contents(told(facts))


@given(crowds(), st.data())
@some(0.4)
def test_a_rebuild_shows_a_resolver_the_records_that_were_there_before_it(facts, data):
    """Else who is linked would depend on when it was plugged in."""
    late = hub_over(MemoryStore(), RULES)
    late.ingest(data.draw(shuffled(facts)))
    again = hub_over(late.store, RULES, resolver=SameName())
    again.rebuild()
    assert contents(again) == contents(told(facts))
    again.rebuild()
    assert contents(again) == contents(told(facts))


def test_links_appear_are_explained_wait_for_a_clerk_and_go_with_their_model():
    hub = told([adopted("same-name/1"), record("1", "Ann"), record("2", "Ann"), record("3", "Abe")])
    one, other = Identifier.record("crm", "1"), Identifier.record("crm", "2")
    assert hub.resolve(one) == hub.resolve(other) != hub.resolve(Identifier.record("crm", "3"))
    assert [(step.kind, step.fact_id) for step in hub.explain_identity(one, reason="a test")] == [("link", "")]
    (item,) = hub.review(reason="a test")
    assert (item.reason, item.weight) == ("held together by a machine link", 8.0)
    hub.ingest([adopted("another", 5)])
    assert hub.resolve(one) != hub.resolve(other)
    assert hub.review(reason="a test") == []


def test_identifiers_and_clerks_outrank_a_link():
    facts: list[Fact] = [adopted("same-name/1"), record("1", "Ann", Identifier("user", "u1"))]
    hub = told([*facts, record("2", "Ann", Identifier("user", "u2"))])
    assert len(everybody(hub).nodes) == 2
    assert [item.reason for item in hub.review(reason="a test")] == ["a machine link is not followed"]
    differ = Judgement(id="j", source="desk", occurred_at=moment(1), left=Identifier.record("crm", "1"),
                       right=Identifier.record("crm", "3"), verdict=Verdict.DIFFERENT)  # fmt: skip
    assert len(everybody(told([adopted("same-name/1"), record("1", "Ann"), record("3", "Ann"), differ])).nodes) == 2


def test_it_is_asked_about_those_who_meet_and_nobody_else():
    resolver = SameName()
    hub = hub_over(MemoryStore(), RULES, resolver=resolver)
    hub.ingest([adopted("same-name/1"), record("1", "Ann"), record("2", "Bob"), record("3", "Carl")])
    assert resolver.seen == []
    hub.ingest([record("4", "Abe"), record("5", "Dan")])
    hub.ingest([Event(id="e", source="web", occurred_at=moment(0))])
    assert resolver.seen == [2]


def test_consents_of_people_whom_only_a_machine_holds_together_are_not_proven_theirs_and_were_not_then():
    one, other = Identifier.record("crm", "1"), Identifier.record("crm", "2")
    yes, no = (
        ConsentRecord(id=state, source="web", occurred_at=moment(1), purpose="news", state=state, identifiers=[who])
        for state, who in ((ConsentState.GIVEN, one), (ConsentState.REFUSED, other))
    )
    hub = told([adopted("same-name/1"), record("1", "Ann"), record("2", "Ann"), yes, no])
    now = hub.setup.clock()
    asked = hub.permission(one, purpose="news", channel="email")
    assert not asked.granted
    assert hub.permission(one, purpose="news", channel="email", known_at=now + timedelta(days=1)) == asked
    assert hub.permission(one, purpose="news", channel="email", known_at=now) == asked


# --- plugged in by name ----------------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path) -> Iterator[str]:
    """Install a package that offers a resolver, as pip would, and give its name."""
    (tmp_path / "names_for_tests.py").write_text(
        "class Names:\n"
        "    fingerprint = 'names/7'\n"
        "    def keys(self, records, /):\n"
        "        return [['all'] for _ in records]\n"
        "    def links(self, candidates, /):\n"
        "        return []\n"
    )
    info = tmp_path / "names_for_tests-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: names-for-tests\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[unified_profile.resolvers]\nnames = names_for_tests:Names\n")
    sys.path.insert(0, str(tmp_path))
    yield "names"
    sys.path.remove(str(tmp_path))
    sys.modules.pop("names_for_tests", None)


def test_a_resolver_that_a_package_offers_is_plugged_in_by_its_name(installed):
    hub = hub_over(MemoryStore(), RULES, resolver=installed)
    assert hub.setup.resolver is not None
    assert hub.setup.resolver.fingerprint == "names/7"
    assert hub.ingest([record("1", "Ann"), record("2", "Ann")]).accepted == 2


def test_a_name_that_nobody_offers_is_told_with_those_that_are(installed):
    with pytest.raises(UnknownNameError, match="did you mean 'names'"):
        hub_over(MemoryStore(), RULES, resolver="name")
    with pytest.raises(InvalidInputError, match="resolver"):
        hub_over(MemoryStore(), RULES, resolver=7)


# --- resolvers that do not keep their contract -----------------------------------------------------------------------


class Broken(SameName):
    """Answers what it was told to answer."""

    def __init__(self, keys: object, links: object = ()) -> None:
        super().__init__()
        self.answers = keys, links

    def keys(self, records, /):
        return self.answers[0]

    def links(self, candidates, /):
        return self.answers[1]


ANN, ABE = record("1", "Ann"), record("2", "Abe")
SLIPS = {
    "too few keys": Broken([["a"]]),
    "keys that are no text": Broken([[1], [2]]),
    "a bare text": Broken(["ab", "ab"]),
    "what is no list": Broken(None),
    "what is no link": Broken([["a"], ["a"]], ["link"]),
    "a weight that is none": Broken([["a"], ["a"]], [Link(ANN.node, ABE.node, float("nan"), "m")]),
    "a link without a model": Broken([["a"], ["a"]], [Link(ANN.node, ABE.node, 1.0, "")]),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_one_that_answers_nonsense_is_told_so_and_nothing_of_the_batch_is_kept(slip):
    store = MemoryStore()
    hub = hub_over(store, RULES, resolver=SLIPS[slip])
    with pytest.raises(InvalidInputError):
        hub.ingest([ANN, ABE])
    assert hub_over(store, RULES).ingest([ANN, ABE]).accepted == 2


def test_keys_of_any_letters_and_length_can_be_kept():
    resolver = Broken([["a\x00", "\ud800", "x" * 5_000], ["x" * 5_000]])
    hub = hub_over(MemoryStore(), RULES, resolver=resolver)
    assert hub.ingest([ANN, ABE]).accepted == 2
