"""Runs a plan over an asynchronous store; the twin of ``hub.driver`` in some twenty lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from unified_profile.errors import ConflictError
from unified_profile.hub.driver import TRIES, Plan, marked, pause
from unified_profile.storage.commands import Alone, Changes, Hold, Load
from unified_profile.storage.protocols import AsyncSession, AsyncStore

T = TypeVar("T")


async def run(store: AsyncStore, tenant: str, plan: Callable[[], Plan[T]], /) -> T:
    """Run *plan* in a session of its own; after a conflict run it anew, without other writers.

    Raises:
        ConflictError: If another writer was faster each time.
    """
    for attempt in range(TRIES):
        try:
            async with store.session(tenant, exclusive=attempt > 0) as session:
                return await run_in(session, plan(), exclusive=attempt > 0)
        except ConflictError:
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(pause(attempt))
    raise AssertionError("unreachable")


async def run_in(session: AsyncSession, plan: Plan[T], /, *, exclusive: bool = True) -> T:
    """Run *plan* in an open session; *exclusive* says that it was opened so."""
    answer: list[list[Any]] | None = None
    alone = False
    while True:
        try:
            command = plan.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result
        answer = None
        if isinstance(command, Load):
            answer = await session.read(command.reads)
        elif isinstance(command, Alone):
            if not exclusive and not getattr(session, "alone", False):
                raise ConflictError("this change needs the tenant for itself; open the session with exclusive=True")
            alone = True
        elif isinstance(command, Hold):
            if not getattr(session, "alone", False):
                await session.write(Changes())  # takes the writers' lock where there is one
                answer = await session.read(command.reads)
        else:
            await session.write(marked(command.changes) if alone else command.changes)
            alone = False
