"""Carries what an engine asks to the store, and what it decided back: names of tables become tables."""

from __future__ import annotations

from typing import Any

from unified_profile.hub.driver import Plan, T
from unified_profile.identity.working import ALONE, Ask, Asking, Outcome
from unified_profile.storage.commands import Alone, Changes, Delete, Expect, Find, Get, Load, Put, Read
from unified_profile.storage.tables import TABLES, Table

BY_NAME: dict[str, Table[Any]] = {table.name: table for table in TABLES}


def answered(asking: Asking[T], /) -> Plan[T]:
    """Run an engine's questions as loads of a plan."""
    answer: list[list[Any]] | None = None
    while True:
        try:
            asks = asking.send(answer)  # type: ignore[arg-type]  # the first answer of a generator is None
        except StopIteration as stop:
            result: T = stop.value
            return result
        if asks[0].table == ALONE:
            yield Alone()
            answer = []
            continue
        wanted = [ask for ask in asks if ask.values]
        rows = iter((yield Load(tuple(_read(ask) for ask in wanted))) or ()) if wanted else iter(())
        answer = [next(rows) if ask.values else [] for ask in asks]


def changes_of(outcome: Outcome, /, *further: Put[Any]) -> Changes:
    """Return the commit of a decision, with what the hub adds to it."""
    return Changes(
        puts=[*further, *(Put(BY_NAME[name], rows) for name, rows in outcome.puts.items())],
        deletes=[Delete(BY_NAME[name], keys) for name, keys in outcome.deletes.items()],
        expects=[Expect(BY_NAME[name], key, row) for name, key, row in outcome.expects],
    )


def _read(ask: Ask) -> Read:
    table = BY_NAME[ask.table]
    return Get(table, ask.values) if ask.by == "key" else Find(table, ask.by, ask.values)
