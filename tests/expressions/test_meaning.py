"""What rules mean: the library against a slow second reading, and the laws that follow from the semantics."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given, strategies as st
from tests.expressions import material, reference
from tests.hub.worlds import some

from unified_profile.expressions import (
    AllBut,
    AllOf,
    AnyOf,
    Condition,
    Course,
    Field,
    NoneOf,
    Not,
    Subject,
    conjunction,
    disjunction,
    explain,
    negation,
    reasons,
)
from unified_profile.model import Event, Membership, Permission
from unified_profile.model.times import to_micros

KLEENE = (True, False, None)
NOW = datetime(2026, 1, 10, tzinfo=UTC)


def later(now):
    """Every instant from *now* on at which anything of the material could change, and some after."""
    return range(to_micros(now), to_micros(material.START) + 60)


@pytest.mark.parametrize("values", list(product(KLEENE, repeat=3)))
def test_kleene_logic_keeps_its_laws(values):
    a, b, c = values
    assert conjunction([a, b]) is conjunction([b, a])
    assert disjunction([a, disjunction([b, c])]) is disjunction([disjunction([a, b]), c])
    assert negation(negation(a)) is a
    assert negation(conjunction([a, b])) is disjunction([negation(a), negation(b)])
    assert conjunction([a, disjunction([b, c])]) is disjunction([conjunction([a, b]), conjunction([a, c])])
    assert conjunction([a, disjunction([a, b])]) is a
    # Unknown may turn out either way: a known answer must hold both ways.
    for settled in product(*[(each,) if each is not None else (True, False) for each in values]):
        if conjunction(values) is not None:
            assert conjunction(settled) is conjunction(values)
        if disjunction(values) is not None:
            assert disjunction(settled) is disjunction(values)


@some(1.5)
@given(material.rules | material.measures() | material.sequences(), material.subjects(), material.moments)
def test_a_rule_and_its_course_mean_what_the_slow_reading_says_at_every_instant(rule, subject, now):
    run, course = rule.compiled(), rule.course(subject, now)
    written, person = rule.to_json(), material.plain(subject)
    for at in later(now):
        expected = reference.evaluate(written, person, at)
        assert run(subject, at) is expected
        assert course.at_micros(at) is expected
    answers = [value for _, value in course.steps]
    assert all(one is not other for one, other in pairwise(answers))


@some(3)
@given(material.conditions(), material.values | st.just(...))
def test_a_single_condition_means_what_the_slow_reading_says(rule, value):
    name = rule.field.name
    subject = Subject({} if value is ... else {name: value})
    expected = reference.evaluate(rule.to_json(), material.plain(subject), reference.micros(NOW))
    assert rule.evaluate(subject, NOW) is expected


@some(1.2)
@given(material.rules | material.measures(), material.subjects(), material.moments)
def test_an_answer_stays_until_its_next_change_and_changes_then(rule, subject, now):
    answer, run = rule.evaluate(subject, now), rule.compiled()
    change = rule.next_change(subject, now)
    end = None if change is None else to_micros(change)
    assert all(run(subject, at) is answer for at in later(now) if end is None or at < end)
    if end is not None:
        assert run(subject, end - 1) is answer
        assert run(subject, end) is not answer


@given(material.rules, material.subjects(), material.moments, st.randoms(use_true_random=False))
def test_order_and_repetition_of_events_change_nothing(rule, subject, now, random):
    shuffled = [*subject.events, *subject.events[:2]]
    random.shuffle(shuffled)
    other = Subject(subject.traits, shuffled, denied=subject.denied, denied_events=subject.denied_events)
    assert rule.course(other, now) == rule.course(subject, now)


@some(2)
@given(material.rules, material.subjects(), material.subjects(), material.moments)
def test_what_is_denied_leaks_through_no_answer(rule, subject, other, now):
    """Another value, none at all, other events: as long as they are denied, nothing that can be asked tells."""
    denied, denied_events = frozenset({"plan", "seen"}), frozenset({"Bought"})

    def with_denied(source):
        traits = {name: value for name, value in subject.traits.items() if name not in denied}
        traits |= {name: value for name, value in source.traits.items() if name in denied}
        kept = [event for event in subject.events if event.name not in denied_events]
        kept += [event for event in source.events if event.name in denied_events]
        return Subject(traits, kept, denied=denied, denied_events=denied_events)

    one, two = with_denied(subject), with_denied(other)
    assert rule.course(one, now) == rule.course(two, now)
    assert explain(rule, one, now) == explain(rule, two, now)
    assert list(reasons(rule, one, to_micros(now))) == list(reasons(rule, two, to_micros(now)))


@given(material.conditions(), material.values | st.just(...), st.sampled_from([{"plan"}, AllBut({"age"}), AllBut()]))
def test_denied_is_unknown_under_every_operator(rule, value, denied):
    subject = Subject({} if value is ... else {"plan": value}, denied=denied)
    asked = Condition(Field("trait", ("plan", *rule.field.path[1:])), rule.op, rule.value, rule.case, rule.over)
    assert asked.evaluate(subject, NOW) is None
    assert asked.why(subject, to_micros(NOW)) == "denied"


@given(material.measures() | material.sequences(), material.subjects(), material.moments)
def test_denied_events_are_unknown_under_every_operator(rule, subject, now):
    denied = Subject(subject.traits, subject.events, denied_events=AllBut())
    assert rule.evaluate(denied, now) is None
    assert rule.next_change(denied, now) is None
    assert rule.why(denied, to_micros(now)) == "denied"


@given(material.rules, material.rules, material.subjects(), material.moments)
def test_joining_follows_kleene(one, other, subject, now):
    a, b = one.evaluate(subject, now), other.evaluate(subject, now)
    assert (one & other).evaluate(subject, now) is conjunction([a, b])
    assert (one | other).evaluate(subject, now) is disjunction([a, b])
    assert (~one).evaluate(subject, now) is negation(a)
    assert NoneOf((one, other)).evaluate(subject, now) is negation(disjunction([a, b]))


@given(material.conditions(), material.values | st.just(...))
def test_a_negated_operator_is_the_opposite_of_its_positive_form(rule, value):
    opposite = {"eq": "ne", "in": "not_in", "contains": "not_contains"}
    if rule.op not in opposite or rule.over != "any":
        return
    subject = Subject({} if value is ... else {rule.field.name: value})
    negated = Condition(rule.field, opposite[rule.op], rule.value, rule.case)
    assert negated.evaluate(subject, NOW) is negation(rule.evaluate(subject, NOW))


@some(1.5)
@given(material.rules, material.subjects(), material.moments)
def test_the_leaves_that_decided_carry_the_answer(rule, subject, now):
    """With every undecided leaf turned around or unknown, the answer stays."""
    explanation = explain(rule, subject, now)
    assert explanation.value is rule.evaluate(subject, now)
    marks = iter(explanation.leaves)

    def replaced(node, with_what):
        if not node.children:
            mark = next(marks)
            return mark.value if mark.decided else with_what
        parts = [replaced(child, with_what) for child in node.children]
        if isinstance(node, AllOf):
            return conjunction(parts)
        if isinstance(node, AnyOf):
            return disjunction(parts)
        return negation(disjunction(parts) if isinstance(node, NoneOf) else parts[0])

    # A known answer rests on the decided leaves alone; an unknown one could still turn with the others.
    for with_what in KLEENE if explanation.value is not None else ():
        marks = iter(explanation.leaves)
        assert replaced(rule, with_what) is explanation.value


def test_a_permission_is_unknown_once_it_was_to_change():
    from unified_profile.expressions import member_of, permitted

    expires = NOW + timedelta(days=3)
    granted = Permission(
        granted=True, purpose="newsletter", channel="email", basis="consent", code="given", changes_at=expires
    )
    member = Membership(segment="pros", profile="p", member=False, next_change_at=expires)
    subject = Subject(permissions={("newsletter", "email"): granted}, memberships={"pros": member})
    rule = permitted("newsletter", "email") & ~member_of("pros")
    assert rule.evaluate(subject, NOW) is True
    assert rule.next_change(subject, NOW) == expires
    assert rule.evaluate(subject, expires) is None
    assert rule.evaluate(Subject(), NOW) is None
    assert [leaf.why for leaf in explain(rule, subject, expires).leaves] == ["stale", "stale"]
    assert [leaf.why for leaf in explain(rule, Subject(), expires).leaves] == ["missing", "missing"]
    followed = Subject(memberships={"pros": Course(((to_micros(NOW), False), (to_micros(expires), True)))})
    assert member_of("pros").evaluate(followed, expires) is True


def test_nothing_changes_after_the_last_instant_there_is():
    from unified_profile.expressions import events

    last = datetime.max.replace(tzinfo=UTC)
    event = Event(id="e", source="s", occurred_at=last - timedelta(hours=1), name="Seen")
    rule = events("Seen").count().within(days=1) >= 1
    assert rule.evaluate(Subject({}, [event]), last) is True
    assert rule.next_change(Subject({}, [event]), last) is None
    assert len(rule.course(Subject({}, [event]), last).steps) == 1


def test_not_and_none_of_nothing():
    assert Not(AllOf()).evaluate(Subject(), NOW) is False
    assert NoneOf().evaluate(Subject(), NOW) is True
    assert AnyOf().next_change(Subject(), NOW) is None
