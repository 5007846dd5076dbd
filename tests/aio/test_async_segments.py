"""Segments through the asynchronous hub: the same courses, awaited, beside a hub that is not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.hub.worlds import Clock

from unified_profile import ConsentRecord, ConsentState, Event, Hub, Identifier, Purpose, Segment, events
from unified_profile.aio import AsyncHub
from unified_profile.consent.policy import Policy
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.storage.aio import AsyncSqlStore
from unified_profile.storage.sql import SqlStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RECENT = events("Paid").count().within(days=30) >= 1
NEWS = Purpose("news", events={"Paid"})
TO: dict[str, Any] = {"purpose": "news", "channel": "email", "recipient": "mailer"}


def told(who: str) -> list[Any]:
    known = [Identifier("user_id", who)]
    return [
        Event(id=f"e-{who}", source="shop", name="Paid", occurred_at=NOW, identifiers=known),
        ConsentRecord(
            id=f"c-{who}", source="shop", occurred_at=NOW, purpose="news", state=ConsentState.GIVEN, identifiers=known
        ),
    ]


def test_what_one_hub_keeps_the_other_reads_and_goes_on_with(tmp_path: Path) -> None:
    url = f"{tmp_path}/people.sqlite"
    clock = Clock(NOW)
    policy = Policy(purposes=PurposeRegistry([NEWS]), processors={"mailer"})

    async def awaited() -> Any:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{url}") as store:
            hub = AsyncHub(store, policy=policy, clock=clock)
            assert await hub.define_segment(Segment("buyers", RECENT, purpose="news")) is True
            await hub.ingest([*told("u1"), *told("u2")])
            members = [one async for one in hub.members("buyers")]
            assert [one.segment.name for one in await hub.segments()] == ["buyers"]
            assert await hub.segment_overlap() == {("buyers", "buyers"): 2}
            assert (await hub.segment_sizes("buyers", [NOW])) == [2]
            found = await hub.audience("buyers", **TO)
            assert found.permit is not None
            released = await hub.release_audience("buyers", found.permit, **TO)
            assert len(released.views) == 2
            stays = await hub.simulate_segment(Segment("buyers", RECENT & RECENT, purpose="news"))
            assert (stays.enter, stays.leave, stays.stay) == ((), (), 2)
            return members

    members = asyncio.run(awaited())
    with SqlStore(f"sqlite:///{url}") as store:
        hub = Hub(store, policy=policy, clock=clock)
        assert list(hub.members("buyers")) == members
        assert hub.memberships(Identifier("user_id", "u1"), purpose="news")["buyers"].member is True
        clock.at = NOW + timedelta(days=40)

    async def later() -> Any:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{url}") as store:
            other = AsyncHub(store, policy=policy, clock=clock)
            assert (await other.due()).exited == 2
            assert await other.fill_segments() == 0
            changes = await other.membership_changes()
            await other.remove_segment("buyers")
            return changes

    assert [type(one).__name__ for one in asyncio.run(later())] == ["Entered", "Entered", "Exited", "Exited"]
