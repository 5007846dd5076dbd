"""The asynchronous hub: what ``Hub`` does, over an ``AsyncStore``."""

from __future__ import annotations

from unified_profile.aio.answering import Answering
from unified_profile.aio.facts_in import FactsIn
from unified_profile.aio.forgetting import Forgetting
from unified_profile.aio.guarding import Guarding
from unified_profile.aio.in_bulk import InBulk
from unified_profile.aio.measured import Measured
from unified_profile.aio.segmenting import Segmenting
from unified_profile.aio.views_out import ViewsOut
from unified_profile.aio.vouching import Vouching
from unified_profile.aio.who_is_who import WhoIsWho


class AsyncHub(FactsIn, ViewsOut, InBulk, Measured, Guarding, Answering, Forgetting, Segmenting, Vouching, WhoIsWho):
    """Turns facts into profiles over an asynchronous store; each method means what it means on ``Hub``.

    It has the methods of ``Hub``, with the same parameters. What ``Hub`` returns is awaited here, and what it yields
    comes by ``async for``; ``ingest`` takes asynchronous iterables too.

    >>> import asyncio
    >>> from datetime import UTC, datetime
    >>> from tempfile import TemporaryDirectory
    >>> from unified_profile import Event, Identifier, Purpose
    >>> from unified_profile.storage.aio import AsyncSqlStore
    >>> async def main(folder):
    ...     async with AsyncSqlStore(f"sqlite+aiosqlite:///{folder}/people.sqlite") as store:
    ...         hub = AsyncHub(store, purposes=[Purpose("service", traits={"plan"}, basis="contract")])
    ...         who = Identifier("user_id", "7")
    ...         told = Event(
    ...             id="e1",
    ...             source="app",
    ...             type="identify",
    ...             occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...             identifiers=[who],
    ...             traits={"plan": "pro"},
    ...         )
    ...         await hub.ingest([told])
    ...         return (await hub.profile(who, purpose="service"))["plan"]
    >>> with TemporaryDirectory() as folder:
    ...     asyncio.run(main(folder))
    'pro'
    """
