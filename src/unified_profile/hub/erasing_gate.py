"""The gate that every way in passes: facts of erased people that happened before the erasure are dropped and counted.

It costs nothing as long as nobody was erased. What it decides on is a set of tombstones, so neither the order nor the
names under which old facts come again matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from unified_profile.errors import ErasedError, UnknownProfileError
from unified_profile.hub import erasing_late
from unified_profile.hub.driver import Plan, T
from unified_profile.hub.erasing_late import Tie
from unified_profile.hub.erasing_stones import Ring, met, ring_of, spellings
from unified_profile.hub.ingest import TOMBSTONED, Told
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import names_of
from unified_profile.hub.whose import find
from unified_profile.identity.limits import joined, parse, summary_of
from unified_profile.model.erasure_rows import TombstoneRow
from unified_profile.model.facts import SourceRecord
from unified_profile.model.redaction import Veiled
from unified_profile.model.rows import NodeRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link
from unified_profile.rights.erasing import Scope
from unified_profile.rights.tombstones import BESIDE, FACT, IDENTIFIER, PROFILE
from unified_profile.storage.commands import Changes, Commit, Get, Load, Put
from unified_profile.storage.tables import META, NODES, PROFILES, TOMBSTONES

_OF_ONE = frozenset({"record", "event", "consent"})
"""The kinds of facts whose identifiers are all one person's; a clerk's word may be about two."""

ERASED = "the data of this person was erased"


@attrs.frozen
class Gate:
    """Says which facts of a batch have to be kept out."""

    setup: Setup

    def __call__(self, batch: Sequence[Told], flag: str, now_us: int, /) -> Plan[list[Told]]:
        """Return those of *batch* that were erased, or belong to somebody who was, and happened before that.

        What stands beside an erased identifier in such a fact is remembered if nobody is known under it, so that the
        next fact with it alone does not bring the person back. Where somebody *is* known under it, that is looked at
        next (``erasing_late``).
        """
        ring = ring_of(self.setup, flag)
        nodes = [[spellings(one, self.setup.rules) for one in names_of(told.fact)] for told in batch]
        names: dict[tuple[str, str], None] = Veiled()
        for told, spoken in zip(batch, nodes, strict=True):
            names[FACT, told.row.id] = None
            names.update(((IDENTIFIER, node), None) for spelled in spoken for node in spelled)
        stones = yield from met(names, ring, self.setup, now_us)
        if not stones:
            return []
        (known,) = (yield Load((Get(NODES, [(name,) for kind, name in names if kind == IDENTIFIER]),))) or ([],)
        sieve = _Sieve(stones, known)
        while sieve.goes_through(zip(batch, nodes, strict=True)):
            pass  # what was found beside an erased identifier may keep out more
        late = yield from erasing_late.ordered((yield from self._loose(sieve.ties)), ring, self.setup, now_us)
        yield from self._remembered(sieve.beside, late, ring)
        return list(sieve.out.values())

    def _loose(self, ties: Sequence[Tie]) -> Plan[list[Tie]]:
        """Return those of *ties* that may be the erased person's: no limit says that they are another's."""
        names = sorted({tie.profile for tie in ties})
        (rows,) = (yield Load((Get(PROFILES, [(name,) for name in names]),))) or ([],) if names else ([],)
        summaries = {row.profile: parse(row.summary) for row in rows}
        rules = self.setup.rules
        return [
            tie
            for tie in ties
            if joined([summaries.get(tie.profile, {}), summary_of(tie.nodes, rules)], rules) is not None
        ]

    def _remembered(self, beside: Mapping[str, TombstoneRow], late: Changes | None, ring: Ring) -> Plan[None]:
        if beside:
            rows = [row._replace(mac=ring.mark(node, self.setup), kind=BESIDE) for node, row in beside.items()]
            yield Commit(Changes(puts=[Put(TOMBSTONES, rows)]))
        if late is not None:
            yield Commit(late)


class _Sieve:
    """Tombstones on one side, the facts of a batch on the other."""

    def __init__(self, stones: Mapping[tuple[str, str], Sequence[TombstoneRow]], known: Iterable[NodeRow]) -> None:
        """Know the tombstones in force, and who is known."""
        self.stones = stones
        self.there: dict[str, NodeRow] = Veiled({row.node: row for row in known})
        self.weak: dict[str, Sequence[TombstoneRow]] = Veiled(
            {name: rows for (kind, name), rows in stones.items() if kind == IDENTIFIER}
        )
        self.strong = Veiled({name: [row for row in rows if row.kind != BESIDE] for name, rows in self.weak.items()})
        self.out: dict[str, Told] = {}
        self.beside: dict[str, TombstoneRow] = Veiled()
        self.ties: list[Tie] = []

    def goes_through(self, batch: Iterable[tuple[Told, Sequence[tuple[str, ...]]]], /) -> bool:
        """Look at every fact; say whether another one has to be kept out."""
        before = len(self.out)
        for told, spoken in batch:
            if told.row.id in self.out:
                continue
            because = _because(told, spoken, self.stones.get((FACT, told.row.id), ()), self.strong, self.weak)
            if because is not None:
                self.out[told.row.id] = told
                if because.kind != FACT and because.scope == "all" and told.row.kind in _OF_ONE:
                    self._stood_beside(spoken, because)
        return len(self.out) > before

    def _stood_beside(self, spoken: Sequence[tuple[str, ...]], because: TombstoneRow) -> None:
        nodes = tuple(spelled[0] for spelled in spoken if spelled)
        for node in [node for spelled in spoken for node in spelled]:
            if self.weak.get(node):
                continue
            row = self.there.get(node)
            if row is None:
                self.beside[node] = because
                self.weak[node] = [because._replace(kind=BESIDE)]
            elif row.profile is not None:
                self.ties.append(Tie(because, row.profile, node, nodes))


def _because(
    told: Told,
    spoken: Sequence[tuple[str, ...]],
    of_fact: Sequence[TombstoneRow],
    strong: Mapping[str, Sequence[TombstoneRow]],
    weak: Mapping[str, Sequence[TombstoneRow]],
) -> TombstoneRow | None:
    """Return the tombstone that keeps a fact out, or None."""
    if of_fact:
        return of_fact[0]
    at, fact = told.row.occurred_us, told.fact

    undated = isinstance(fact, SourceRecord) and not fact.dated  # a list that still has them is no word of theirs

    def reaches(row: TombstoneRow) -> bool:
        return (undated or at <= row.cut_us) and Scope.of(row.scope).covers(fact)

    for spelled in spoken:
        for node in spelled:
            for row in strong.get(node, ()):
                if reaches(row):
                    return row
    linking = [spelled for spelled in spoken if spelled]
    found = [next((row for node in spelled for row in weak.get(node, ()) if reaches(row)), None) for spelled in linking]
    return found[0] if found and None not in found else None


def links_left(links: Sequence[Link], setup: Setup, flag: str, now_us: int, /) -> Plan[list[Link]]:
    """Return those of *links* that would not bring an erased identifier back: a link has no date of its own."""
    ends = [
        [node for end in (link.left, link.right) for node in spellings(end, setup.rules)]
        if isinstance(link, Link) and isinstance(link.left, Identifier) and isinstance(link.right, Identifier)
        else []
        for link in links
    ]
    names = Veiled(((IDENTIFIER, node), None) for nodes in ends for node in nodes)
    stones = yield from met(names, ring_of(setup, flag), setup, now_us)
    gone = {name for (_, name), rows in stones.items() if any(row.scope == "all" for row in rows)}
    (known,) = (yield Load((Get(NODES, [(node,) for node in sorted(gone)]),))) or ([],) if gone else ([],)
    gone -= {row.node for row in known}
    return [link for link, nodes in zip(links, ends, strict=True) if gone.isdisjoint(nodes)]


def not_erased(who: object, setup: Setup, /) -> Plan[None]:
    """Say so if *who*, of whom nothing is known, was erased.

    Raises:
        ErasedError: If they were.
    """
    (flags,) = (yield Load((Get(META, [(TOMBSTONED,)]),))) or ([],)
    if not flags:
        return
    if isinstance(who, Identifier):
        names = [(IDENTIFIER, node) for node in spellings(who, setup.rules)]
    elif isinstance(who, str):
        names = [(PROFILE, who)]
    else:
        return
    found = yield from met(names, ring_of(setup, flags[0].value), setup, to_micros(setup.clock()))
    if any(row.scope == "all" and row.kind != BESIDE for rows in found.values() for row in rows):
        raise ErasedError(ERASED)


def told_apart(plan: Plan[T], who: Iterable[object], setup: Setup, /) -> Plan[T]:
    """Follow *plan*; where it finds nobody because they were erased, say that instead.

    Raises:
        ErasedError: If one of *who* was erased.
    """
    try:
        return (yield from plan)
    except UnknownProfileError:
        asked = list(who)
        if len(asked) > 1:  # some of them are somebody
            found = yield from find(asked, setup.rules)  # type: ignore[arg-type]  # looked at before
            asked = [one for one, home in zip(asked, found, strict=True) if home.profile is None]
        for one in asked:
            yield from not_erased(one, setup)
        raise
