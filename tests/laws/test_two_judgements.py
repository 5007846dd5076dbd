"""Of two judgements of one pair the later decision counts, in whichever order they are told."""

from __future__ import annotations

from itertools import permutations

import pytest
from tests.hub.worlds import hub_over

from unified_profile import Event, Identifier, Judgement, Link, MemoryStore, ModelAdopted, Verdict
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.testing.identity_programs import moment

RULES = IdentityRules([Namespace(name="user", priority=0, normalizer="exact")])
ENDS = Identifier("user", "1"), Identifier("user", "2")
SEEN = [Event(id=one.value, source="web", occurred_at=moment(0), identifiers=[one]) for one in ENDS]
LINKED = [ModelAdopted(id="m", source="desk", occurred_at=moment(0), kind="records", fingerprint="m")]


def said(name: str, minute: int, verdict: Verdict) -> Judgement:
    left, right = ENDS if minute % 2 else ENDS[::-1]  # a pair is the same from both sides
    return Judgement(id=name, source="desk", occurred_at=moment(minute), left=left, right=right, verdict=verdict)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize(
    ("verdicts", "people"),
    [
        ((Verdict.SAME, Verdict.DIFFERENT, Verdict.SAME), 1),
        ((Verdict.DIFFERENT, Verdict.SAME, Verdict.DIFFERENT), 2),
        ((Verdict.DIFFERENT, Verdict.SAME, Verdict.UNSURE), 2),
        ((Verdict.UNSURE, Verdict.DIFFERENT, Verdict.SAME), 1),
    ],
)
def test_the_later_decision_counts_in_whichever_order_they_are_told(order, verdicts, people):
    judgements = [said(f"j{minute}", minute, verdict) for minute, verdict in enumerate(verdicts)]
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest([*SEEN, *(judgements[place] for place in order)], batch_size=1)
    assert len(list(hub.ids())) == people


@pytest.mark.parametrize("first", [True, False])
def test_of_two_at_one_instant_the_larger_id_counts(first):
    one, other = said("a", 1, Verdict.DIFFERENT), said("b", 1, Verdict.SAME)
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest([*SEEN, *((one, other) if first else (other, one))])
    assert len(list(hub.ids())) == 1


@pytest.mark.parametrize("first", [True, False])
def test_a_later_same_ends_the_doubt_that_suspended_a_link(first):
    hub = hub_over(MemoryStore(), RULES)
    hub.ingest([*SEEN, *LINKED])
    hub.link([Link(*ENDS, 5.0, "m")])
    doubt, sure = said("a", 1, Verdict.UNSURE), said("b", 2, Verdict.SAME)
    hub.ingest([doubt])
    assert len(list(hub.ids())) == 2
    hub.ingest([sure] if first else [sure, doubt])
    assert len(list(hub.ids())) == 1
