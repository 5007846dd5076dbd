"""Tells what was known at a moment to a store of its own, under the rules of then, and goes on from there in time.

What is told first is told at once: severances before the facts that they cut, judgements and links after all of them,
settled in one walk. By the first law that comes to the same as one after the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from unified_profile.hub.driver import Plan, run
from unified_profile.hub.ingest import EARLY, MODEL, Setting, Told, take
from unified_profile.hub.neighborhoods import Around
from unified_profile.hub.statements import (
    STATEMENT_KINDS,
    adopted,
    followed,
    linked,
    once_said,
    retraction_row,
    statement_row,
)
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.settle import NEVER
from unified_profile.model.codec import decode
from unified_profile.model.facts import Retraction
from unified_profile.model.rows import FactRow, MetaRow, NodeRow, StatementRow
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link
from unified_profile.storage.commands import Changes, Commit, Find, Get, Load, Put
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.tables import FACTS, META, NODES, STATEMENTS


class Replay:
    """Who was who in a neighborhood, at moments that follow each other."""

    def __init__(self, near: Around, rules: IdentityRules, tenant: str, /) -> None:
        """Stand before everything."""
        self.near = near
        self.rules = rules
        self.tenant = tenant
        self.store = MemoryStore()
        self._at: int | None = None
        count = itertools.count(1)
        self._setting = Setting(rules, 0, lambda: f"then_{next(count)}", tenant)

    def to(self, limit: int, /) -> MemoryStore:
        """Return the store, told all that was known at *limit*: never an earlier one than before."""
        since = -1 if self._at is None else self._at
        known = [row for row in (*self.near.facts, *self.near.said) if since < row.recorded_us <= limit]
        links = [row for row in self.near.links if since < row.recorded_us <= limit]
        if self._at is None:
            tell_at_once(self.store, known, links, self._setting)
        elif known or links:
            _tell_further(self.store, known, links, self._setting)
        self._at = limit
        return self.store


def replayed(
    rows: Iterable[FactRow], rules: IdentityRules, /, *, tenant: str, links: Iterable[StatementRow] = ()
) -> MemoryStore:
    """Return a store of its own that was told *rows*, whenever they were learned, under *rules*."""
    store = MemoryStore()
    count = itertools.count(1)
    tell_at_once(store, rows, links, Setting(rules, 0, lambda: f"then_{next(count)}", tenant))
    return store


def tell_at_once(
    store: MemoryStore, rows: Iterable[FactRow], links: Iterable[StatementRow], setting: Setting, /
) -> None:
    """Tell an empty store all of *rows* and *links*."""
    facts, said = _told(rows, setting.tenant)
    marks = [retraction_row(one.fact, 0) for one in said if isinstance(one.fact, Retraction)]
    gone = {mark.left for mark in marks}
    stated = [row for one in said if (row := statement_row(one.fact, setting.rules, 0)) is not None]
    held = [row for row in stated if row.id not in gone]
    model = adopted([one.row for one in said if one.row.kind == "model"], gone, kind="records")
    severances = [row for row in held if row.kind == "severance"]
    judgements = [row for row in held if row.kind != "severance"]
    flags = [MetaRow(name, value) for name, value in ((EARLY, "1" if severances else ""), (MODEL, model)) if value]
    before = [*severances, *marks, *once_said(*(row for row in stated if row.id in gone))]
    run(store, setting.tenant, lambda: _kept(Put(STATEMENTS, before), Put(META, flags)))
    run(store, setting.tenant, lambda: take(facts, setting))
    run(store, setting.tenant, lambda: _met({row.right for row in severances}, {one.row.id for one in facts}))
    after = [*judgements, *links]
    nodes = {end for row in after if row.kind != "link" or row.model == model for end in (row.left, row.right)}
    run(store, setting.tenant, lambda: _kept(Put(FACTS, [one.row for one in said]), Put(STATEMENTS, after)))
    if nodes:
        run(
            store,
            setting.tenant,
            lambda: followed(nodes, setting.rules, now_us=setting.now_us, mint=setting.mint, model=model),
        )


def _tell_further(store: MemoryStore, rows: Iterable[FactRow], links: Iterable[StatementRow], setting: Setting) -> None:
    """Tell what was learned since, as a hub takes it."""
    for batch in _told(rows, setting.tenant):
        if batch:
            run(store, setting.tenant, lambda batch=batch: take(batch, setting))  # type: ignore[misc]  # bound at once
    found = [Link(Identifier.of(row.left), Identifier.of(row.right), row.weight, row.model) for row in links]
    if found:
        run(store, setting.tenant, lambda: _linked(found, setting))


def _told(rows: Iterable[FactRow], tenant: str) -> tuple[list[Told], list[Told]]:
    """Return facts that link, and statements."""
    facts: list[Told] = []
    said: list[Told] = []
    for row in rows:
        (said if row.kind in STATEMENT_KINDS else facts).append(Told(decode(row, tenant=tenant), row))
    return facts, said


def _met(nodes: set[str], facts: set[str]) -> Plan[None]:
    """Know *nodes*, though they were severed from the only facts that speak of them: they were met once."""
    rows, said = (
        yield Load((Get(NODES, [(node,) for node in sorted(nodes)]), Find(STATEMENTS, "right", sorted(nodes))))
    ) or ([], [])
    met = {row.right for row in said if row.left in facts} - {row.node for row in rows}
    yield from _kept(Put(NODES, [NodeRow(node, None, None, NEVER) for node in sorted(met)]))


def _kept(*puts: Put[Any]) -> Plan[None]:
    yield Commit(Changes(puts=[put for put in puts if put.rows]))


def _linked(links: Sequence[Link], setting: Setting) -> Plan[None]:
    (rows,) = (yield Load((Get(META, [(MODEL,)]),))) or ([],)
    model = rows[0].value if rows else ""
    yield from linked(links, setting.rules, now_us=setting.now_us, mint=setting.mint, model=model)
