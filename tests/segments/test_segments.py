"""Segments: a rule with a name and a purpose, alone and referring to each other."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from unified_profile.errors import InvalidFactError, InvalidRulesError, PurposeDeniedError, UnknownNameError
from unified_profile.model import Event, Membership, Purpose
from unified_profile.segments import Segment, SegmentSet, Subject, events, member_of, prop, trait

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def order(days_ago, **properties):
    return Event(
        id=f"o{days_ago}",
        source="shop",
        occurred_at=NOW - timedelta(days=days_ago),
        name="Order Completed",
        properties=properties,
    )


def recent(days, **options):
    return events("Order Completed").count(**options).within(days=days) >= 1


PRO = Segment("pros", trait("plan") == "pro", purpose="service", description="who pays")


def test_a_membership_says_who_why_and_until_when():
    segment = Segment("active pros", (trait("plan") == "pro") & recent(30), purpose="service")
    found = segment.matches(Subject({"plan": "pro"}, [order(10)], profile="p1", purpose="service"), NOW)
    assert found == Membership(
        segment="active pros",
        profile="p1",
        member=True,
        because=(
            'plan is "pro"',
            'the number of "Order Completed" events in the last 30 days is at least 1',
        ),
        next_change_at=NOW + timedelta(days=20) + TICK,
    )
    unknown = segment.matches(Subject({}, [order(10)]), NOW)
    assert unknown.member is None
    assert unknown.because == ('unknown (missing): plan is "pro"',)
    assert segment.test(Subject({"plan": "free"}), NOW) is False
    assert segment.next_change(Subject({"plan": "free"}, [order(1)]), NOW) is None
    assert str(segment.explain(Subject({"plan": "free"}), NOW)).startswith("-* all of")
    assert len(segment.course(Subject({"plan": "pro"}, [order(10)]), NOW).steps) == 2


def test_unknown_people_are_not_selected():
    people = [Subject({"plan": "pro"}), Subject(), Subject({"plan": "free"}), Subject({"plan": "pro"}, denied={"plan"})]
    assert list(PRO.select(people, NOW)) == people[:1]


def test_a_segment_names_its_purpose_and_refuses_people_prepared_for_another():
    with pytest.raises(TypeError):
        Segment("x", trait("plan") == "pro")  # type: ignore[call-arg]  # the slip
    with pytest.raises(InvalidRulesError, match="wanted for"):
        Segment("x", trait("plan") == "pro", purpose="")
    assert Segment("x", trait("plan") == "pro", purpose=Purpose("ads")).purpose == "ads"
    stranger = Subject({"plan": "pro"}, purpose="ads")
    for ask in (PRO.test, PRO.matches, PRO.explain, PRO.next_change, PRO.course):
        with pytest.raises(PurposeDeniedError) as caught:
            ask(stranger, NOW)
        assert caught.value.code == "other_purpose"
    with pytest.raises(PurposeDeniedError):
        list(PRO.select([stranger], NOW))


def test_a_segment_comes_back_from_its_json():
    back = Segment.from_json(json.loads(json.dumps(PRO.to_json())))
    assert back == PRO
    assert back.fingerprint == PRO.fingerprint
    renamed = Segment("others", PRO.rule, purpose="service")
    assert renamed.fingerprint == PRO.fingerprint
    assert Segment("pros", PRO.rule, purpose="ads").fingerprint != PRO.fingerprint
    assert PRO.text("ja") == 'planが"pro"である'
    assert PRO.reads.traits == {"plan"}


@pytest.mark.parametrize(
    "data",
    (
        None,
        [],
        {},
        {"segment": "x", "purpose": "p"},
        {"segment": "", "purpose": "p", "rule": PRO.rule.to_json()},
        {"segment": "x", "purpose": 3, "rule": PRO.rule.to_json()},
        {"segment": "x", "purpose": "p", "rule": PRO.rule.to_json(), "descripton": ""},
        {"segment": "x", "purpose": "p", "rule": PRO.rule.to_json(), "description": 1},
        {"segment": "x", "purpose": "p", "rule": {"property": "x", "op": "exists"}},
    ),
)
def test_what_is_no_segment_is_refused(data):
    with pytest.raises(InvalidRulesError):
        Segment.from_json(data)


def test_a_rule_about_events_or_about_nothing_is_no_segment():
    with pytest.raises(InvalidRulesError, match="no event"):
        Segment("x", prop("x") == 1, purpose="p")
    slip: Any = True
    with pytest.raises(InvalidRulesError, match="is no rule"):
        Segment("x", slip, purpose="p")
    with pytest.raises(InvalidFactError, match="no time zone"):
        PRO.matches(Subject(), datetime(2026, 1, 1))  # noqa: DTZ001 - the slip


def test_a_segment_in_a_segment_changes_at_the_exact_instant():
    both = SegmentSet(
        [
            Segment("loyal", member_of("active") & ~member_of("new"), purpose="service"),
            Segment("new", recent(3), purpose="service"),
            Segment("active", recent(30), purpose="service"),
        ]
    )
    subject = Subject({}, [order(10), order(1)])
    found = both.matches(subject, NOW)
    assert list(found) == ["loyal", "new", "active"]
    assert [each.member for each in found.values()] == [False, True, True]
    assert found["loyal"].next_change_at == NOW + timedelta(days=2) + TICK
    assert both.matches(subject, NOW + timedelta(days=2) + TICK)["loyal"].member is True
    assert [segment.name for segment in both][-1] == "loyal"
    assert len(both) == 3
    assert both["new"].name == "new"
    assert both.reads.events == {"Order Completed"}


@given(st.lists(st.integers(0, 60), max_size=5), st.integers(1, 40), st.integers(1, 40), st.integers(0, 60))
def test_a_segment_in_a_segment_means_its_rule(ages, one, other, later):
    """Referring to a segment is the same as writing its rule there."""
    now = NOW + timedelta(days=later)
    subject = Subject({}, [order(age) for age in ages])
    segments = SegmentSet(
        [
            Segment("one", recent(one), purpose="p"),
            Segment("two", member_of("one") | recent(other, zero="unknown"), purpose="p"),
            Segment("three", ~member_of("two") | member_of("one"), purpose="p"),
        ]
    )
    plain = Segment("three", ~(recent(one) | recent(other, zero="unknown")) | recent(one), purpose="p")
    found, expected = segments.matches(subject, now)["three"], plain.matches(subject, now)
    assert (found.member, found.next_change_at) == (expected.member, expected.next_change_at)


def test_circles_strangers_and_other_purposes_are_refused():
    with pytest.raises(InvalidRulesError, match=r"circle: \w -> "):
        SegmentSet(
            [
                Segment("a", member_of("b"), purpose="p"),
                Segment("b", ~member_of("a"), purpose="p"),
            ]
        )
    with pytest.raises(UnknownNameError, match="did you mean 'pros'"):
        SegmentSet([PRO, Segment("x", member_of("prod"), purpose="service")])
    with pytest.raises(InvalidRulesError, match="another purpose"):
        SegmentSet([PRO, Segment("x", member_of("pros"), purpose="ads")])
    with pytest.raises(InvalidRulesError, match="one name"):
        SegmentSet([PRO, PRO])
    with pytest.raises(UnknownNameError):
        SegmentSet([PRO])["pro"]
    outside = SegmentSet([Segment("x", member_of("theirs"), purpose="p")], external={"theirs"})
    theirs = Membership(segment="theirs", profile="", member=True)
    assert outside.matches(Subject(memberships={"theirs": theirs}), NOW)["x"].member is True
    assert outside.matches(Subject(), NOW)["x"].member is None
