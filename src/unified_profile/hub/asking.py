"""Carries what an engine asks to the store, and what it decided back: names of tables become tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from unified_profile.hub.driver import Plan, T
from unified_profile.identity.working import ALONE, Ask, Asking, Outcome
from unified_profile.model.rows import RedirectRow
from unified_profile.storage.commands import Alone, Changes, Commit, Delete, Expect, Find, Get, Load, Put, Read
from unified_profile.storage.tables import REDIRECTS, TABLES, Table

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


def committed(outcome: Outcome, /, *further: Put[Any], rests_on: Iterable[Expect[Any]] = ()) -> Plan[None]:
    """Commit a decision, with what the hub adds to it."""
    redirects = yield from _in_order(outcome.puts.get("redirect", ()))
    puts = {**outcome.puts, "redirect": redirects} if redirects else outcome.puts
    expects = [Expect(BY_NAME[name], key, row) for name, key, row in outcome.expects]
    yield Commit(
        Changes(
            puts=[
                *further,
                *(Put(BY_NAME[name], rows, new=True) for name, rows in outcome.new.items()),
                *(Put(BY_NAME[name], rows) for name, rows in puts.items()),
            ],
            deletes=[Delete(BY_NAME[name], keys) for name, keys in outcome.deletes.items()],
            expects=[*expects, *rests_on],
        )
    )


def _in_order(redirects: Sequence[RedirectRow]) -> Plan[list[RedirectRow]]:
    """Date *redirects* no earlier than those that were kept before, though a writer that waited read the clock first.

    Of two at one instant, such as a severance and what takes it back in one batch, the later one stands alone.
    """
    if not redirects:
        return []
    (kept,) = (yield Load((Find(REDIRECTS, "profile", sorted({row.profile for row in redirects})),))) or ([],)
    newest: dict[str, int] = {}
    for row in kept:
        newest[row.profile] = max(row.since_us, newest.get(row.profile, row.since_us))
    return [
        row if row.since_us >= newest.get(row.profile, -1) else row._replace(since_us=newest[row.profile] + 1)
        for row in redirects
    ]


def _read(ask: Ask) -> Read:
    table = BY_NAME[ask.table]
    return Get(table, ask.values) if ask.by == "key" else Find(table, ask.by, ask.values)
