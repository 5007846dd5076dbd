"""The live engine: whatever it is told, in whatever order, it says what working everything out anew would say."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import event as seen, given, settings, strategies as st
from tests.expressions import material
from tests.expressions.material import START, TICK

from unified_profile.errors import InvalidInputError, InvalidRulesError, PurposeDeniedError, UnknownNameError
from unified_profile.expressions import Measure, MeasureCondition, Subject
from unified_profile.model import Event
from unified_profile.segments import Segment, SegmentSet, events, member_of, trait
from unified_profile.segments.live import LiveSegments, Turn

NOW = datetime(2026, 1, 31, tzinfo=UTC)
WHO = ("p1", "p2")
LONGER = int(os.environ.get("UNIFIED_PROFILE_STREAMS", "1"))
"""How many times the usual number of random streams is tried; docs/explanation/live-segments.md tells of a long run."""

COMPARED = {"memberships": 0, "streams": 0, "turns": 0}


def paid(id: str, at: datetime = NOW, name: str = "Paid", **properties: Any) -> Event:
    return Event(id=id, source="shop", name=name, occurred_at=at, properties=properties)


def often(n: int, days: float, **options: Any) -> Any:
    return events("Paid").count(**options).within(days=days) >= n


def turned(turns: Iterable[Turn]) -> list[tuple[str, str, bool, datetime]]:
    return [(turn.segment, turn.profile, turn.member, turn.at) for turn in turns]


# --- live = recomputed ------------------------------------------------------------------------------------------------

counts = st.builds(
    lambda which, within, op, n: MeasureCondition(Measure(which, within=within), op, n),
    material.filters,
    material.windows,
    st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]),
    st.integers(-1, 4),
)
leaves = material.leaves.filter(lambda rule: not rule.reads.segments)  # those referred to are made below
rules = material.joined(counts | counts | leaves, most=4)


@attrs.define
class Truth:
    """Somebody as they are known, without any engine."""

    traits: dict[str, Any] = attrs.field(factory=dict)
    events: list[Event] = attrs.field(factory=list)
    denied: Any = frozenset()
    denied_events: Any = frozenset()

    def subject(self, profile: str) -> Subject:
        return Subject(
            dict(self.traits), self.events, denied=self.denied, denied_events=self.denied_events, profile=profile
        )


class Stream:
    """The engine and the truth, told the same."""

    def __init__(self, segments: list[Segment], data: Any) -> None:
        self.segments, self.data = segments, data
        self.live = LiveSegments(segments)
        self.truth: dict[str, Truth] = {}
        self.now = START - 3 * TICK

    def step(self) -> None:
        draw = self.data.draw
        kinds = ["tell"] * 5 + ["late", "put", "traits", "due", "due", "drop", "merge", "redefine"]
        kind = draw(st.sampled_from(kinds))
        who = draw(st.sampled_from(WHO))
        # Clocks jump, back too; the engine's time does not.
        self.now = max(self.now, self.now + draw(st.sampled_from([0, 0, 1, 2, 5, 9, 40, -7])) * TICK)
        before = {name: self.subjects(name) for name in self.truth}
        turns = self.done(kind, who)
        self.exact(turns, before, kind)
        self.same()

    def done(self, kind: str, who: str) -> list[Turn]:
        draw, live = self.data.draw, self.live
        if kind in {"tell", "late"}:
            told = draw(material.events(most=1).filter(bool))[0]
            told = attrs.evolve(told, id=draw(st.sampled_from(["e1", "e2", told.id, told.id, told.id])))
            known = self.truth.setdefault(who, Truth())
            if kind == "tell":
                told = attrs.evolve(told, occurred_at=self.now)
            same = next((one for one in known.events if one.id == told.id), None)
            known.events += [] if same else [told]
            return live.tell(who, same or told, self.now)
        if kind == "put":
            known = self.truth.setdefault(who, Truth())
            drawn = draw(material.subjects())
            known.traits, known.denied, known.denied_events = dict(drawn.traits), drawn.denied, drawn.denied_events
            known.events = [*known.events[draw(st.integers(0, 2)) :], *drawn.events]  # corrections take events away
            return live.put(known.subject(who), self.now)
        if kind == "traits":
            known = self.truth.setdefault(who, Truth())
            told_traits = draw(material.traits)
            known.traits |= told_traits
            return live.traits(who, told_traits, self.now)
        if kind == "merge" and len(self.truth) == 2:
            into, other = self.truth[WHO[0]], self.truth.pop(WHO[1])
            into.events += [one for one in other.events if one.id not in {each.id for each in into.events}]
            return [*live.drop(WHO[1]), *live.put(into.subject(WHO[0]), self.now)]
        if kind == "redefine":
            self.segments[0] = attrs.evolve(self.segments[0], rule=draw(rules))
            self.live = LiveSegments(self.segments)
            return [turn for name in self.truth for turn in self.live.put(self.truth[name].subject(name), self.now)]
        if kind == "drop":
            self.truth.pop(who, None)
            return live.drop(who)
        return live.due(self.now)

    def subjects(self, name: str) -> Subject:
        return self.truth[name].subject(name)

    def exact(self, turns: list[Turn], before: dict[str, Subject], kind: str) -> None:
        """What time alone brought became true at that very instant: a microsecond before it was otherwise."""
        COMPARED["turns"] += len(turns)
        if kind != "due":
            return
        for turn in turns:
            then, earlier = (
                SegmentSet(self.segments).matches(before[turn.profile], at)[turn.segment].member is True
                for at in (turn.at, turn.at - TICK)
            )
            assert (earlier, then) == (not turn.member, turn.member)

    def same(self) -> None:
        """Compare everybody in every segment with a recomputation from all that was told."""
        everyone = SegmentSet(self.segments)
        self.live.due(self.now)
        inside: dict[str, list[str]] = {segment.name: [] for segment in self.segments}
        for name in self.truth:
            expected = everyone.matches(self.subjects(name), self.now)
            for segment, one in expected.items():
                found = self.live.membership(name, segment)
                assert (found.member, found.next_change_at) == (one.member, one.next_change_at)
                inside[segment] += [name] if one.member is True else []
                COMPARED["memberships"] += 1
        for segment, members in inside.items():
            assert self.live.members(segment) == sorted(members)


@settings(max_examples=max(1, settings().max_examples * LONGER))
@given(st.lists(rules, min_size=1, max_size=3), st.integers(3, 10), st.data())
def test_live_is_what_a_recomputation_gives(drawn, steps, data):
    """Late, early, repeated; corrected, merged, forgotten; clocks that jump; definitions that change."""
    segments = [Segment(f"s{place}", rule, purpose="p") for place, rule in enumerate(drawn)]
    segments.append(Segment("both", member_of("s0") & ~member_of(segments[-1].name), purpose="p"))
    stream = Stream(segments, data)
    for _ in range(steps):
        stream.step()
    COMPARED["streams"] += 1
    seen(f"{len(stream.truth)} people at the end")


@pytest.mark.filterwarnings("default")
def test_streams_compare_many_memberships():
    """The number that the docs give is counted by the streams themselves; it is shown where a long run is asked for."""
    assert COMPARED["memberships"] > 4 * COMPARED["streams"] > 0
    if LONGER > 1:
        warnings.warn(f"{COMPARED}", LongRun, stacklevel=1)


class LongRun(UserWarning):
    """What a long run came to."""


# --- examples ---------------------------------------------------------------------------------------------------------


def test_bought_in_the_last_30_days_ends_to_the_microsecond_without_any_event():
    live = LiveSegments([Segment("recent", often(1, 30), purpose="p")])
    assert turned(live.tell("p1", paid("e1", NOW))) == [("recent", "p1", True, NOW)]
    end = NOW + timedelta(days=30) + TICK
    assert live.next_at == end
    assert live.due(end - TICK) == []
    assert turned(live.due(end + timedelta(days=9))) == [("recent", "p1", False, end)]
    assert live.next_at is None


def test_an_event_first_does_what_was_due():
    """So that somebody who was out for a moment is seen to leave and to come back."""
    live = LiveSegments([Segment("recent", often(1, 1), purpose="p")])
    live.tell("p1", paid("e1", NOW))
    later = NOW + timedelta(days=2)
    assert turned(live.tell("p1", paid("e2", later))) == [
        ("recent", "p1", False, NOW + timedelta(days=1) + TICK),
        ("recent", "p1", True, later),
    ]


def test_a_timer_is_set_again_only_when_it_rings():
    live = LiveSegments([Segment("recent", often(1, 30), purpose="p")])
    for day in range(100):
        live.tell("p1", paid(f"e{day}", NOW + timedelta(days=day)))
    assert live.state("p1")["timers"] == 1
    assert len(live._timers) <= 2
    assert live.members("recent") == ["p1"]


def test_only_the_newest_times_are_kept():
    live = LiveSegments([Segment("regular", often(3, 30), purpose="p"), Segment("never", ~often(1, 90), purpose="p")])
    for number in range(50):
        live.tell("p1", paid(f"e{number}", NOW + timedelta(hours=number)))
    assert sorted(live.state("p1")["times"].values()) == [1, 3]
    assert live.state("p1")["events"] == 0


def test_a_condition_that_segments_share_stands_once():
    live = LiveSegments(
        [Segment(f"s{number}", often(1, 30) & (trait("n") > number), purpose="p") for number in range(5)]
    )
    live.tell("p1", paid("e1", NOW))
    assert turned(live.traits("p1", {"n": 2}, NOW)) == [("s0", "p1", True, NOW), ("s1", "p1", True, NOW)]
    assert live.state("p1")["timers"] == 1


def test_reasons_say_what_decided():
    live = LiveSegments([Segment("regular", often(1, 30) & (trait("plan") == "pro"), purpose="p")])
    live.traits("p1", {"plan": "pro"}, NOW)
    [turn] = live.tell("p1", paid("e1", NOW))
    assert turn.because == ('the number of "Paid" events in the last 30 days is at least 1', 'plan is "pro"')
    [turn] = live.traits("p1", {"plan": "free"}, NOW)
    assert turn.because == ('not: plan is "pro"',)
    assert live.membership("p1", "regular").because == turn.because


def test_what_is_denied_is_unknown_and_nobody_enters_by_it():
    live = LiveSegments([Segment("never", ~often(1, 30), purpose="p")])
    assert turned(live.put(Subject(profile="p1"), NOW)) == [("never", "p1", True, NOW)]
    assert turned(live.put(Subject(profile="p1", denied_events={"Paid"}), NOW)) == [("never", "p1", False, NOW)]
    assert live.tell("p1", paid("e1", NOW)) == []
    assert live.membership("p1", "never").member is None


def test_slips_are_refused():
    live = LiveSegments([Segment("recent", often(1, 30), purpose="p")])
    with pytest.raises(PurposeDeniedError):
        LiveSegments([Segment("a", often(1, 1), purpose="p"), Segment("b", often(1, 1), purpose="q")])
    with pytest.raises(PurposeDeniedError):
        live.put(Subject(profile="p1", purpose="q"), NOW)
    with pytest.raises(InvalidInputError):
        live.put(Subject(), NOW)
    for ask in (live.members, lambda name: live.membership("p1", name)):
        with pytest.raises(UnknownNameError):
            ask("recnt")
    with pytest.raises(InvalidRulesError):
        LiveSegments([Segment("a", member_of("b"), purpose="p"), Segment("b", member_of("a"), purpose="p")])
    assert live.drop("nobody") == []
    assert "p1" not in repr(live)


def test_many_events_are_counted_from_the_history_when_the_number_is_large():
    live = LiveSegments([Segment("heavy", events("Paid").count() >= 1_500, purpose="p")])
    for number in range(1_499):
        live.tell("p1", paid(f"e{number}", NOW))
    assert turned(live.tell("p1", paid("last", NOW))) == [("heavy", "p1", True, NOW)]
