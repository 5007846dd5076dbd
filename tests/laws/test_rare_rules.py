"""Rules that random histories seldom reach: values that are shared no longer, and chains of values that are one."""

from __future__ import annotations

from itertools import permutations

import pytest
from tests.hub.worlds import hub_over, who_is_who

from unified_profile import Event, Identifier, Judgement, MemoryStore, Retraction, Severance, Verdict
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import Fact
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.identity_reference import reference

RULES = IdentityRules([
    Namespace(name="user", priority=0, limit=1, normalizer="exact"),
    Namespace(name="card", priority=1, limit=1, normalizer="exact"),
    Namespace(name="mail", priority=2, normalizer="exact", shared_above=2),
])  # fmt: skip


def seen(name: str, *who: str, minute: int = 0) -> Event:
    known = [Identifier(*one.split("=")) for one in who]
    return Event(id=name, source="web", occurred_at=moment(minute), identifiers=known)


def agree(told: list[Fact]) -> None:
    """See that a hub that was told one by one says what the slow reference says, after each."""
    hub = hub_over(MemoryStore(), RULES)
    for place, fact in enumerate(told):
        hub.ingest([fact])
        expected = reference(told[: place + 1], RULES)
        assert who_is_who(hub) == (expected.profiles, expected.nobody)


def severed(name: str, fact: str) -> Severance:
    mail = Identifier("mail", "m")
    return Severance(id=name, source="desk", occurred_at=moment(9), fact_id=fact, identifier=mail)


def test_a_value_that_was_severed_from_a_fact_too_many_links_again():
    users = [seen(f"e{number}", f"user=u{number}", "mail=m", minute=number) for number in range(3)]
    agree([*users, seen("alone", "mail=m", minute=5), severed("s", "e2")])


def test_and_stops_again_when_the_severance_is_taken_back():
    users = [seen(f"e{number}", f"user=u{number}", "mail=m", minute=number) for number in range(3)]
    back = Retraction(id="r", source="desk", occurred_at=moment(10), fact_id="s")
    agree([*users, seen("alone", "mail=m", minute=5), severed("s", "e2"), back])


def same(name: str, left: str, right: str) -> Judgement:
    ends = [Identifier(*one.split("=")) for one in (left, right)]
    return Judgement(id=name, source="desk", occurred_at=moment(1), left=ends[0], right=ends[1], verdict=Verdict.SAME)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_cards_that_judgements_made_one_in_a_chain_count_as_one(order):
    """A person may have one card; three that are one by two judgements are one."""
    told = [same("j1", "card=a", "card=b"), same("j2", "card=b", "card=c"),
            seen("e1", "user=1", "card=a"), seen("e2", "user=1", "card=c", minute=2)]  # fmt: skip
    agree([told[place] for place in order])
