"""Ready-made segments, sizes and differences through the hub, each for a purpose."""

from __future__ import annotations

from datetime import timedelta

from tests.hub.test_segments import DAY, NOW, hub_over, names, paid, user
from tests.hub.worlds import Clock

from unified_profile import Purpose, Segment
from unified_profile.hub import Hub
from unified_profile.model import Event
from unified_profile.segments import events
from unified_profile.segments.describing import describe
from unified_profile.segments.stages import lifecycle, rfm

ORDERS = events("Paid")


def spent(id: str, who: str, total: float, days_ago: int) -> Event:
    return Event(
        id=id, source="shop", name="Paid", occurred_at=NOW - days_ago * DAY, identifiers=[user(who)],
        properties={"total": total},
    )  # fmt: skip


def stage_of(hub: Hub, who: str) -> set[str]:
    return {name for name, one in hub.memberships(user(who), purpose="service").items() if one.member}


def test_everybody_is_in_exactly_one_stage_of_life_and_goes_on_by_time_alone():
    clock = Clock(NOW)
    hub = hub_over(clock=clock)
    for segment in lifecycle(ORDERS, purpose="service").values():
        hub.define_segment(segment)
    hub.ingest([
        paid("a1", "1"),
        paid("b1", "2", NOW - 200 * DAY),
        paid("b2", "2", NOW - 40 * DAY),
        paid("c1", "3", NOW - 700 * DAY),
        paid("c2", "3", NOW - DAY),
        paid("d1", "4", NOW, "Viewed"),
    ])  # fmt: skip
    seen: dict[str, list[str]] = {who: [] for who in "1234"}
    for days in (0, 31, 60, 91, 366, 3):
        clock.at += timedelta(days=days)
        hub.due()
        kept = {name: names(hub, name) for name in ("prospect", "new", "reactivated", "active", "at risk", "lapsed")}
        for who, stages in seen.items():
            (stage,) = stage_of(hub, who)
            assert [name for name, inside in kept.items() if hub.resolve(user(who)) in inside] == [stage]
            stages.append(stage)
    assert seen == {
        "1": ["new", "active", "at risk", "at risk", "lapsed", "lapsed"],
        "2": ["active", "active", "at risk", "at risk", "lapsed", "lapsed"],
        "3": ["reactivated", "reactivated", "at risk", "at risk", "lapsed", "lapsed"],
        "4": ["prospect"] * 6,
    }


def test_scores_of_recency_frequency_and_money_are_kept_up_and_overlap_as_they_are_kept():
    hub = hub_over()
    scores = rfm(
        ORDERS, of="total", purpose="service", recency=[90 * DAY, 30 * DAY], frequency=[2, 3], money=[100, 500]
    )
    for segment in scores.values():
        hub.define_segment(segment)
    hub.ingest([spent(f"a{number}", "1", 200, number) for number in range(3)])
    hub.ingest([spent("b1", "2", 20, 60)])
    assert stage_of(hub, "1") == {"recency 3", "frequency 3", "money 3"}
    assert stage_of(hub, "2") == {"recency 2", "frequency 1", "money 1"}
    pairs = hub.segment_overlap(["recency 3", "money 3", "money 1"])
    assert pairs["money 3", "recency 3"] == 1
    assert pairs["money 1", "recency 3"] == 0


def test_what_tells_members_from_others_is_told_of_what_the_purpose_may_see():
    purposes = [Purpose("service", traits={"plan"}, events={"Paid"}, basis="contract")]
    hub = hub_over(purposes=purposes)
    hub.define_segment(Segment("recent", ORDERS.count().within(days=30) >= 1, purpose="service"))
    told = []
    for number in range(80):
        buys = number % 2 == 0
        traits = {"plan": "pro" if buys and number % 8 else "free", "income": number}
        who = [user(str(number))]
        told.append(
            Event(id=f"i{number}", source="app", type="identify", occurred_at=NOW, identifiers=who, traits=traits)
        )
        told.append(paid(f"e{number}", str(number), NOW - (1 if buys else 90) * DAY))
    hub.ingest(told)
    inside = names(hub, "recent")
    people = list(hub.subjects(purpose="service"))
    assert all("income" not in one.traits for one in people)
    found = describe([one.profile in inside for one in people], {"plan": [one.traits["plan"] for one in people]})
    most = next(one for one in found if one.value == "pro")
    assert (round(most.share, 2), most.base_share < most.share, most.p_value < 0.001) == (0.75, True, True)
