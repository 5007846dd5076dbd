"""What sets a segment apart, how segments overlap, stages of life, and what would turn an answer."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from tests.expressions import material

from unified_profile.errors import InvalidInputError, InvalidRulesError
from unified_profile.expressions import Subject, conjunction, disjunction, flips, negation
from unified_profile.expressions.flipping import _leaves
from unified_profile.expressions.logic import AllOf, AnyOf, NoneOf, Not
from unified_profile.model import Event
from unified_profile.segments import events, trait
from unified_profile.segments.describing import describe, overlap
from unified_profile.segments.stages import lifecycle, rfm

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def orders(*days, **properties):
    return [
        Event(id=f"{n}", source="s", name="Order", occurred_at=NOW - timedelta(days=day), properties=properties)
        for n, day in enumerate(days)
    ]


def test_intervals_of_lift_cover_the_truth_as_often_as_they_say():
    chance, covered, runs = random.Random(7), 0, 300
    for _ in range(runs):
        members = [n < 300 for n in range(1_200)]
        values = ["a" if chance.random() < (0.3 if member else 0.2) else "b" for member in members]
        found = {each.value: each for each in describe(members, {"x": values})}["a"]
        truth = 0.3 / (0.25 * 0.3 + 0.75 * 0.2)
        covered += found.lift.low <= truth <= found.lift.high
    assert 0.92 <= covered / runs <= 0.98


def test_many_questions_of_noise_find_nothing():
    chance, alarms = random.Random(3), 0
    for _ in range(40):
        members = [chance.random() < 0.3 for _ in range(400)]
        base = {f"t{n}": [chance.choice("abc") for _ in members] for n in range(10)}
        alarms += any(each.p_value < 0.05 for each in describe(members, base))
    assert alarms <= 6


def test_a_description_says_shares_and_leaves_out_what_is_missing():
    members = [True] * 100 + [False] * 300
    values = [["a", "b"]] * 50 + [None] * 50 + ["a"] * 30 + ["c"] * 270
    found = {each.value: each for each in describe(members, {"tags": values})}
    assert found["a"].share == 1.0
    assert found["a"].base_share == 80 / 350
    assert math.isclose(found["a"].index, 437.5)
    assert found["c"].lift.value == 0
    assert found["c"].lift.low == 0 or found["c"].lift.low < found["c"].lift.high
    assert describe([True, True], {"x": ["a", "b"]}) == ()
    with pytest.raises(InvalidInputError):
        describe([True], {"x": []})


@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=4))
def test_overlap_counts_who_is_in_both(rows):
    members = {f"s{n}": row for n, row in enumerate(rows)}
    found = overlap(members)
    for one, left in members.items():
        for other, right in members.items():
            both = sum(a and b for a, b in zip(left, right, strict=True))
            assert found.both[found.names.index(one)][found.names.index(other)] == both
            assert found.share(one, other) == (both / sum(left) if sum(left) else 0)
            either = sum(a or b for a, b in zip(left, right, strict=True))
            assert found.jaccard(one, other) == (both / either if either else 0)


@given(st.lists(st.integers(0, 1_000), max_size=6), st.integers(0, 400))
def test_everybody_is_in_one_stage_of_life(days, later):
    stages = lifecycle(events("Order"), purpose="p")
    person, now = Subject({}, orders(*days)), NOW + timedelta(days=later)
    answers = {name: stage.test(person, now) for name, stage in stages.items()}
    assert list(answers.values()).count(True) == 1
    assert list(answers.values()).count(False) == 5


def test_stages_are_those_that_their_names_say():
    stages = lifecycle(events("Order"), purpose="p")
    for days, stage in (
        ((), "prospect"),
        ((5,), "new"),
        ((5, 60), "active"),
        ((5, 400), "reactivated"),
        ((100,), "at risk"),
        ((400, 500), "lapsed"),
    ):
        assert stages[stage].test(Subject({}, orders(*days)), NOW) is True
    with pytest.raises(InvalidRulesError):
        lifecycle(events("Order"), purpose="p", active=timedelta(days=400))


@given(st.lists(st.integers(0, 500), max_size=8))
def test_everybody_has_one_score_of_each_kind(days):
    made = rfm(
        events("Order"),
        of="total",
        purpose="p",
        recency=[timedelta(days=90), timedelta(days=30)],
        frequency=[2, 4],
        money=[100, 300],
    )
    person = Subject({}, orders(*days, total=70))
    recent = [day for day in days if day <= 365]
    for kind in ("recency", "frequency", "money"):
        scores = [n for n in (1, 2, 3) if made[f"{kind} {n}"].test(person, NOW) is True]
        expected = {
            "recency": 1 + sum(min(days, default=999) <= bound for bound in (90, 30)),
            "frequency": 1 + sum(len(recent) >= bound for bound in (2, 4)),
            "money": 1 + sum(70 * len(recent) >= bound for bound in (100, 300)),
        }[kind]
        assert scores == [expected]


@given(material.joined(material.conditions(), most=4), material.subjects(), material.moments)
def test_a_flip_turns_the_answer_and_nothing_smaller_does(rule, subject, now):
    found = flips(rule, subject, now)
    member = rule.evaluate(subject, now) is True
    leaves = list(dict.fromkeys(_leaves(rule)))
    answers = {leaf.text(): leaf.evaluate(subject, now) for leaf in leaves}

    def answer(node, told):
        if not isinstance(node, (AllOf, AnyOf, NoneOf, Not)):
            return told[node.text()]
        parts = [answer(part, told) for part in node.children]
        if isinstance(node, AllOf):
            return conjunction(parts)
        return (
            negation(parts[0])
            if isinstance(node, Not)
            else (negation(disjunction(parts)) if isinstance(node, NoneOf) else disjunction(parts))
        )

    for flip in found:
        assert (answer(rule, answers | dict(flip.changes)) is True) is not member
        for left_out in range(len(flip.changes)):
            fewer = dict(change for n, change in enumerate(flip.changes) if n != left_out)
            assert (answer(rule, answers | fewer) is True) is member


def test_a_flip_says_what_is_wanted():
    rule = (trait("plan") == "pro") & ~(trait("country") == "US")
    found = flips(rule, Subject({"plan": "pro", "country": "US"}), NOW)
    assert [str(each) for each in found] == ['not: country is "US"']
    assert flips(AllOf(), Subject(), NOW) == ()
