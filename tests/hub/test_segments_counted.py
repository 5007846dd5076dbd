"""Counting an event is looking at the whole person: two hubs are told the same, and only one of them may count.

What they keep and what they publish is the same to the letter: who is in, since when, who came and went, when, because
of what and through what. Streams are dense, so that windows fill, overflow and empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.hub.test_segments_law import PURPOSES
from tests.hub.worlds import Clock, hub_over, some

from unified_profile import Event, Hub, Identifier, MemoryStore, Segment
from unified_profile.expressions import Expression
from unified_profile.hub import memberships
from unified_profile.hub.memberships_counted import counted
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.segments import all_of, any_of, events, none_of, prop
from unified_profile.storage.commands import Scan
from unified_profile.storage.tables import MEMBERSHIP_CHANGES, MEMBERSHIPS
from unified_profile.testing.identity_programs import moment

DONE = {"counted": 0, "whole": 0}


@st.composite
def counts(draw: st.DrawFn) -> Expression:
    which = events(*draw(st.sampled_from([("Viewed",), ("Paid",), ("Viewed", "Paid")])))
    if draw(st.integers(0, 3)) == 0:
        which = which.where(prop("total") >= 2)
    n, total = draw(st.integers(1, 4)), which.count()
    if draw(st.integers(0, 4)):
        total = total.within(timedelta(minutes=draw(st.sampled_from([2, 5, 12, 30]))))
    return draw(st.sampled_from([total >= n, total >= n, total < n, total == n]))


pairs = st.lists(counts(), min_size=2, max_size=2)
rules = counts() | pairs.map(lambda both: all_of(*both)) | pairs.map(lambda both: any_of(*both))
rules |= pairs.map(lambda both: none_of(*both)) | counts().map(lambda rule: ~rule)
told = st.tuples(
    st.sampled_from(["u1", "u1", "u1", "u2"]), st.sampled_from(["Viewed", "Viewed", "Paid"]), st.integers(0, 4),
    st.sampled_from([0, 0, 0, 0.5, 3, 20]),
)  # fmt: skip
steps = st.lists(
    st.tuples(st.lists(told, max_size=4), st.sampled_from([0, 0.5, 1, 1, 2, 6, 15]), st.booleans()),
    min_size=4, max_size=14,
)  # fmt: skip


def kept(hub: Hub) -> list[Any]:
    with hub.store.session(hub.setup.tenant) as session:
        inside, changes = session.read([Scan(MEMBERSHIPS, None, 10**6), Scan(MEMBERSHIP_CHANGES, None, 10**6)])
    return [sorted(inside), [row[:6] for row in changes]]


def ids() -> Iterator[str]:
    for number in range(10**6):
        yield f"p{number:04}"


def opened(clock: Clock) -> Hub:
    found = hub_over(MemoryStore(), IdentityRules(), clock, purposes=PURPOSES)
    made = ids()
    return Hub(found.store, rules=IdentityRules(), clock=clock, policy=found.setup.policy, new_id=lambda: next(made))


@some(0.6)
@given(st.lists(st.tuples(rules, st.sampled_from(["service", "news"])), min_size=1, max_size=4), steps)
def law(drawn, done):
    clock = Clock(moment(60))
    hubs = opened(clock), opened(clock)
    number = 0
    for hub in hubs:
        for place, (rule, purpose) in enumerate(drawn):
            hub.define_segment(Segment(f"s{place}", rule, purpose=purpose))
    for batch, tick, look in done:
        facts = []
        for who, name, total, back in batch:
            number += 1
            at = clock.at - timedelta(minutes=back, microseconds=number % 3)
            more: dict[str, Any] = {"identifiers": [Identifier("user_id", who)], "properties": {"total": total}}
            facts.append(Event(id=f"e{number}", source="web", name=name, occurred_at=at, **more))
        for hub, counting in zip(hubs, (True, False), strict=True):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(memberships, "counted", _watched if counting else lambda *_, **__: None)
                hub.ingest(facts)
                if look:
                    hub.due()
        assert kept(hubs[0]) == kept(hubs[1])
        for place in range(len(drawn)):
            ends = [[(one.profile, one.next_change_at) for one in hub.members(f"s{place}")] for hub in hubs]
            assert ends[0] == ends[1]
        clock.tick(tick)


def _watched(*args: Any, **options: Any) -> Any:
    found = counted(*args, **options)
    DONE["whole" if found is None else "counted"] += 1
    return found


def test_counting_an_event_is_looking_at_the_whole_person():
    law()
    assert DONE["counted"] > DONE["whole"] > 0, "most are counted, some cannot be"
