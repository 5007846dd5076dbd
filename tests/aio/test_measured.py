"""The awaited hub gives metrics the same columns as the other one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from unified_profile import Event, Hub, Identifier, Purpose, SqliteStore
from unified_profile.aio import AsyncHub
from unified_profile.metrics import resolution_time
from unified_profile.storage.aio import AsyncSqlStore

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PURPOSES = [Purpose("quality", events={"Ticket Opened", "Ticket Solved"}, basis="contract")]
FACTS = [
    Event(
        id=f"{name}{i}", source="desk", name=name, occurred_at=NOON + timedelta(hours=hour), channel="mail",
        identifiers=[Identifier("user_id", f"u{i}")], properties={"ticket": 1},
    )
    for i in range(3)
    for name, hour in (("Ticket Opened", 0), *((("Ticket Solved", 1 + i),) if i < 2 else ()))
]  # fmt: skip


def test_both_hubs_give_the_same_cases_and_answers(tmp_path: Path) -> None:
    hub = Hub(SqliteStore(tmp_path / "one.sqlite"), purposes=PURPOSES)
    hub.ingest(FACTS)

    async def awaited() -> list[dict[str, list[object]]]:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/other.sqlite") as store:
            other = AsyncHub(store, purposes=PURPOSES)
            await other.ingest(FACTS)
            cases = await other.cases("Ticket Opened", "Ticket Solved", key="ticket", purpose="quality")
            answers = await other.answers("Ticket Opened", ["ticket"], purpose="quality", page=2)
            assert (cases.people, answers.people, answers.denied) == (3, 3, 0)
            return [dict(cases), dict(answers)]

    theirs = asyncio.run(awaited())
    ours = [
        hub.cases("Ticket Opened", "Ticket Solved", key="ticket", purpose="quality"),
        hub.answers("Ticket Opened", ["ticket"], purpose="quality"),
    ]
    for one, other in zip(ours, theirs, strict=True):
        assert set(one) == set(other)
        # Profile ids are each store's own.
        columns = [name for name in one if name != "profile"]
        assert sorted(zip(*(one[name] for name in columns), strict=True), key=str) == sorted(
            zip(*(other[name] for name in columns), strict=True), key=str
        )
    assert resolution_time(ours[0]["opened"], ours[0]["done"], as_of=NOON + timedelta(days=1), q=0.5).value == 2
