"""What other identity rules, or another record model, would do: everybody's facts are told again, in memory."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from unified_profile.hub.driver import Plan, run
from unified_profile.hub.everybody import Partition, partition
from unified_profile.hub.ingest import MODEL, REBUILD, Setting, Told, take
from unified_profile.hub.records import resolved
from unified_profile.hub.reports import RuleChange
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import STATEMENT_KINDS, linked
from unified_profile.hub.whose import settled
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.codec import decode
from unified_profile.model.rows import FactRow, MetaRow, StatementRow
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link
from unified_profile.storage.commands import Changes, Find, Get, Load, Put, Scan
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.tables import FACTS, META, STATEMENTS


class Simulation:
    """A store of its own that is told facts under other rules, or under other links of records."""

    def __init__(self, rules: IdentityRules, tenant: str, resolving: Setup | None = None) -> None:
        """Start empty; *resolving* has a resolver whose model is adopted, as if it had been there from the start."""
        self.rules = rules
        self.tenant = tenant
        self.store = MemoryStore()
        count = itertools.count(1)
        self._setting = Setting(rules, 0, lambda: f"would_{next(count)}", tenant)
        self._later: list[Told] = []
        self._links: tuple[Link, ...] = ()
        self._resolving = resolving
        self._records: list[Told] = []

    def tell(self, rows: Sequence[FactRow], /) -> None:
        """Tell one page of the log; statements wait until all other facts are told."""
        told: list[Told] = []
        for row in rows:
            fact = decode(row, tenant=self.tenant)
            one = Told(fact, row)
            (self._later if row.kind in STATEMENT_KINDS else told).append(one)
        run(self.store, self.tenant, lambda: take(told, self._setting))
        if self._resolving is not None:
            self._records += [one for one in told if one.row.kind == "record"]

    def link(self, rows: Iterable[StatementRow], /) -> None:
        """Keep machine links until all facts are told."""
        self._links = tuple(
            Link(Identifier.of(row.left), Identifier.of(row.right), row.weight, row.model) for row in rows
        )

    def partition(self) -> Partition:
        """Return who would be who."""
        later, self._later = self._later, []
        run(self.store, self.tenant, lambda: take(later, self._setting))
        if self._resolving is not None:
            self._resolve(self._resolving)
        run(self.store, self.tenant, self._follow)
        with self.store.session(self.tenant) as session:
            return partition(session, self.rules)

    def _resolve(self, setup: Setup) -> None:
        """Adopt the model of the resolver of *setup*, and let it look at all records."""
        adopted = MetaRow(MODEL, "" if setup.resolver is None else setup.resolver.fingerprint)
        with self.store.session(self.tenant, exclusive=True) as session:
            session.write(Changes(puts=[Put(META, [adopted])]))
        for page in _pages(self._records, 1_000):
            run(self.store, self.tenant, lambda page=page: resolved(page, setup, self._setting))  # type: ignore[misc]  # bound at once

    def _follow(self) -> Plan[None]:
        """Follow the links of the adopted record model."""
        (flags,) = (yield Load((Get(META, [(MODEL,)]),))) or ([],)
        model = flags[0].value if flags else ""
        setting = self._setting
        yield from linked(self._links, self.rules, now_us=setting.now_us, mint=setting.mint, model=model)


def _pages(told: Sequence[Told], size: int) -> Iterator[Sequence[Told]]:
    for begin in range(0, len(told), size):
        yield told[begin : begin + size]


def log(simulation: Simulation, /, *, page: int = 2_000) -> Plan[int]:
    """Tell the whole log to *simulation*, page by page, and the links; return how many facts there were."""
    links, flags = (yield Load((Find(STATEMENTS, "kind", ["link"]), Get(META, [(REBUILD,)])))) or ([], [])
    settled(flags)
    simulation.link(links)
    after, total = 0, 0
    while True:
        (rows,) = (yield Load((Scan(FACTS, (after,), page),))) or ([],)
        if not rows:
            return total
        after, total = rows[-1].position, total + len(rows)
        simulation.tell(rows)


def difference(now: Partition, then: Partition, /) -> RuleChange:
    """Return what would change from *now* to *then*, by the facts of each profile."""
    home = {fact: name for name, facts in now.facts.items() for fact in facts}
    pieces: defaultdict[str, set[str]] = defaultdict(set)
    merges: list[tuple[str, ...]] = []
    unchanged = 0
    for name, facts in then.facts.items():
        sources = {home[fact] for fact in facts if fact in home}
        for source in sources:
            pieces[source].add(name)
        if len(sources) > 1:
            merges.append(tuple(sorted(sources)))
        elif len(sources) == 1 and now.facts[next(iter(sources))] == facts:
            unchanged += 1
    splits = tuple(sorted((name, len(parts)) for name, parts in pieces.items() if len(parts) > 1))
    return RuleChange(
        merges=tuple(sorted(merges)),
        splits=splits,
        grows=len(now.nobody - then.nobody),
        shrinks=len(then.nobody - now.nobody),
        unchanged=unchanged,
    )
