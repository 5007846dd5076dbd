"""Facts that are rare in random programs: what was taken back, and records that name records, in any order."""

from itertools import permutations

import pytest
from tests.identity.engine import told

from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import Identifier, Judgement, Retraction, Severance, SourceRecord, Verdict
from unified_profile.model.facts import Event
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.identity_reference import reference

RULES = IdentityRules(
    [Namespace(name=name, priority=place, limit=1, normalizer="exact") for place, name in enumerate(("card", "user"))]
)
U1, U3, C1, C2 = (Identifier(*pair) for pair in (("user", "u1"), ("user", "u3"), ("card", "c1"), ("card", "c2")))


def agrees(facts):
    expected = reference(facts, RULES)
    for order in permutations(facts):
        for batches in ([order], [[fact] for fact in order]):
            found = told(RULES, batches).partition()
            assert (found.contents(), found.nobody) == (expected.profiles, expected.nobody)


def test_a_judgement_that_made_two_cards_one_leaves_them_two_when_it_is_taken_back():
    """The two cards once stayed one: nothing led from the judged pair to what it had made one."""
    agrees([
        SourceRecord(id="a", source="crm", key="1", occurred_at=moment(5), identifiers=[C1, C2]),
        Judgement(id="b", source="desk", occurred_at=moment(4), left=Identifier.record("crm", "1"), right=U3,
                  verdict=Verdict.SAME),
        Retraction(id="c", source="desk", occurred_at=moment(4), fact_id="b"),
    ])  # fmt: skip


@pytest.mark.parametrize("about", ["d", "c", "nothing"])
def test_a_retraction_is_not_taken_back(about):
    """One that was told before the retraction it names once stopped it."""
    agrees([
        Event(id="a", source="web", occurred_at=moment(1), identifiers=[U1, C1]),
        Severance(id="b", source="desk", occurred_at=moment(5), fact_id="a", identifier=U1),
        Retraction(id="c", source="desk", occurred_at=moment(6), fact_id="b"),
        Retraction(id="d", source="desk", occurred_at=moment(6), fact_id=about),
    ])  # fmt: skip


def test_the_facts_of_a_record_stay_with_it_whichever_records_it_names():
    """A record that named another one, stronger by its name alone, once gave its facts to that one."""
    one, other = Identifier.record("crm", "1"), Identifier.record("crm", "2")
    agrees([
        SourceRecord(id="a", source="crm", key="2", occurred_at=moment(5), identifiers=[C1, one]),
        Judgement(id="b", source="desk", occurred_at=moment(4), left=one, right=other, verdict=Verdict.DIFFERENT),
        SourceRecord(id="c", source="crm", key="1", occurred_at=moment(6), identifiers=[C1, other]),
        Severance(id="d", source="desk", occurred_at=moment(7), fact_id="a", identifier=C1),
    ])  # fmt: skip
