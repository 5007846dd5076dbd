"""The same answers over a real PostgreSQL, and by the hub that is awaited."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.rights.answers.test_answers import FACTS, USE, WHO, filled, yes
from tests.rights.proof.test_log import KEYS

from unified_profile.aio import AsyncHub
from unified_profile.storage.sql import SqlStore


def told(report: Any) -> Any:
    """Return the answer without what differs by nature: ids that were given out, and where consents stand in time."""
    form = report.to_json()
    return {name: value for name, value in form.items() if name not in {"profile", "provided"}}


def test_an_answer_over_postgresql_is_the_one_over_memory(postgres_url):
    with SqlStore(postgres_url) as store:
        hub, memory = filled(store), filled()
        for one in (hub, memory):
            one.release(one.permit(WHO, **USE), **USE)
            one.notarize(keys=KEYS)
        assert told(hub.access(WHO, verify=yes)) == told(memory.access(WHO, verify=yes))
        hub.rectify(WHO, {"city": "Kyoto"}, verify=yes)
        assert hub.profile(WHO, purpose="service")["city"] == "Kyoto"
        hub.restrict(WHO, verify=yes)
        assert "city" not in hub.profile(WHO, purpose="service")
        head = hub.log_head()
        for entry in hub.log_entries():
            assert hub.prove_entry(entry.place).proves(entry.body, head)


def test_the_hub_that_is_awaited_answers_the_same(tmp_path: Path):
    from unified_profile.storage.aio import AsyncSqlStore

    async def asked() -> Any:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/a.sqlite") as store:
            hub = AsyncHub(store, filled().setup)
            await hub.ingest(FACTS)
            found = told(await hub.access(WHO, verify=yes))
            await hub.rectify(WHO, {"city": "Kyoto"}, verify=yes)
            assert (await hub.profile(WHO, purpose="service"))["city"] == "Kyoto"
            await hub.notarize(keys=KEYS)
            head = await hub.log_head()
            (entry,) = await hub.log_entries()
            assert (await hub.prove_entry(0)).proves(entry.body, head)
            assert (await hub.breach_scope()).n_people == 2
            return found

    assert asyncio.run(asked()) == told(filled().access(WHO, verify=yes))
