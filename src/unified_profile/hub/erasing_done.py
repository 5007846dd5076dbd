"""Carries an order to erase out, in one transaction: what goes, and the little that takes its place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_found import loaded, spelled
from unified_profile.hub.erasing_late import is_late, left_to_a_person, tied_wholly
from unified_profile.hub.erasing_orders import report_of
from unified_profile.hub.erasing_quarantine import speaking_of
from unified_profile.hub.erasing_rows import Leaving, Said, leaving, said_about, taken_out
from unified_profile.hub.erasing_stones import Ring, ring_of, spellings
from unified_profile.hub.erasing_whom import Decided, Wanted, decided, flags, usable
from unified_profile.hub.ingest import TOMBSTONED
from unified_profile.hub.setup import Setup
from unified_profile.hub.shredding import BUNDLE, PROFILE as OF_PROFILE, WAITING, DueKeys, left_by, noted
from unified_profile.hub.stamps import STAMP, after, stamp_put
from unified_profile.model.codec import encode
from unified_profile.model.erasure_rows import CountRow, ErasureRow, HeldRow, ProofRow, TombstoneRow
from unified_profile.model.facts import ConsentRecord, ErasureOrder, Fact
from unified_profile.model.redaction import Veiled
from unified_profile.model.rows import FactRow, QuarantineRow
from unified_profile.model.times import from_micros, to_micros
from unified_profile.rights.anonymising import cells
from unified_profile.rights.erasing import Erasure, Gone
from unified_profile.rights.holds import longest, minimised
from unified_profile.rights.tombstones import BESIDE, FACT, IDENTIFIER, PROFILE, marks, message
from unified_profile.rights.verifying import values_of
from unified_profile.storage.commands import Alone, Changes, Commit, Delete, Expect, Get, Put
from unified_profile.storage.tables import (
    COUNTS,
    ERASURES,
    FACTS,
    HELD,
    META,
    PROOFS,
    QUARANTINE,
    TOMBSTONES,
)

_NOWHERE = ""


def carried_out(id_: str, setup: Setup, /, *, sealed: bool = False) -> Plan[Erasure]:
    """Carry out the order *id_* in one transaction; what was done already is only reported.

    Where values are *sealed*, it is kept in that transaction which keys have to be destroyed next.
    """
    yield Alone()
    (rows,) = yield from loaded(Get(ERASURES, [(id_,)]))
    if not rows:
        raise InvalidInputError(field="erasure", reason="no such order", hint="hub.erase(plan)")
    row: ErasureRow = rows[0]
    if row.state != "ordered":
        return report_of(row)
    marks_now = yield from flags()
    usable(marks_now, setup)
    now = setup.clock()
    now_us = after(to_micros(now), marks_now.get(STAMP))
    wanted = Wanted.of(row)
    what = yield from decided(wanted, setup, now, kept=True)
    late = is_late(row)
    if late and not (yield from tied_wholly(row, what, ring_of(setup, marks_now.get(TOMBSTONED)), setup, now_us)):
        return report_of((yield from left_to_a_person(row, what.meant.profile)))
    ring = ring_of(setup, marks_now.get(TOMBSTONED))
    return (yield from _carried_out(row, what, ring, setup, now_us, sealed=sealed))


def _carried_out(
    row: ErasureRow, what: Decided, ring: Ring, setup: Setup, now_us: int, *, sealed: bool
) -> Plan[Erasure]:
    found, wanted = what.found, what.wanted
    cut_us = now_us if wanted.until_us is None else wanted.until_us
    ring = ring.with_current()
    out = Leaving(facts=frozenset(), dead=frozenset(), whole=False)
    if found is not None:
        out = leaving(found, what.going)
    said = Said((), {}) if found is None else (yield from said_about(found, out, setup))
    stones = _tombstones(row, what, out, ring, setup, cut_us=cut_us, now_us=now_us, said=said.facts)
    held = _held(row, what, setup, now_us)
    proofs = _proofs(row, what, ring, setup, now_us)
    told = _order_fact(row, setup, now_us)
    names = frozenset([(IDENTIFIER, node) for node in _spoken(what, setup)] + [(FACT, name) for name in what.going])
    facts = what.going.values()
    named = frozenset(node for fact in facts for node in _nodes(fact, setup)) | what.shared
    beside = frozenset((IDENTIFIER, node) for node in spelled(facts, named - what.alone, setup))
    waiting: list[QuarantineRow] = []
    perhaps = 0
    if wanted.scope.kind == "all" and (names or beside):
        waiting, perhaps = yield from speaking_of(names, beside, cut_us, setup)
    counts: Counter[str] = Counter(facts=len(what.going) - len(what.held), held=len(held), proofs=len(proofs))
    counts.update(tombstones=len(stones), shared=len(what.shared), quarantined=len(waiting), waiting=perhaps)
    cut = (yield from _counted(what)) if wanted.anonymous else []
    keys = (yield from _keys(what, out, waiting)) if sealed else DueKeys()
    counts.update(keys=keys.count(), keys_shared=keys.shared)
    done = ErasureRow(row.id, "erased", row.scope, row.ordered_us, now_us, "{}")
    puts: list[Put[Any]] = [
        Put(TOMBSTONES, stones), Put(HELD, held), Put(PROOFS, proofs), Put(FACTS, [told]), Put(COUNTS, cut),
        Put(META, [ring.flag()]), stamp_put(now_us), *(yield from noted(keys)),
    ]  # fmt: skip
    deletes: list[Delete[Any]] = [Delete(QUARANTINE, [(one.id,) for one in waiting])] if waiting else []
    if found is not None and what.going:
        rows = yield from taken_out(found, out, setup, said=said, now_us=now_us, puts=puts, deletes=deletes)
        counts.update({f"rows.{name}": count for name, count in rows.items()})
    else:
        yield Commit(Changes(puts=[put for put in puts if put.rows], deletes=deletes))
    body = {
        "counts": {name: count for name, count in sorted(counts.items()) if count},
        "recipients": [one.to_json() for one in what.notices],
        "loose": [],
    }
    done = done._replace(body=json.dumps(body))
    yield Commit(Changes(puts=[Put(ERASURES, [done])]))
    gone = Gone(
        values_of(fact for name, fact in what.going.items() if name not in what.held),
        frozenset() if what.held else frozenset(_spoken(what, setup)),
    )
    return attrs.evolve(report_of(done), gone=lambda: gone)


def _keys(what: Decided, out: Leaving, waiting: Sequence[QuarantineRow]) -> Plan[DueKeys]:
    """Return the keys that have to go: those under which nothing that stays is sealed."""
    found = what.found
    names: dict[str, list[str]] = {WAITING: [row.id for row in waiting]}
    if found is None or not what.going:
        return DueKeys(names)
    beside = [row.profile for row in found.beside if row.node in out.dead]
    bundles, shared = yield from left_by(found.facts[name] for name in what.going)
    return DueKeys({**names, BUNDLE: bundles, OF_PROFILE: [*found.ids, *beside]}, shared)


def _spoken(what: Decided, setup: Setup) -> set[str]:
    """Return every spelling of what is the person's alone."""
    return spelled(what.going.values(), what.alone, setup)


def until(now_us: int, period: timedelta | None, /) -> int | None:
    """Return when what is kept from now on for *period* is over."""
    return None if period is None else now_us + round(period.total_seconds() * 1_000_000)


def _tombstones(
    row: ErasureRow,
    what: Decided,
    out: Leaving,
    ring: Ring,
    setup: Setup,
    *,
    cut_us: int,
    now_us: int,
    said: Iterable[str],
) -> list[TombstoneRow]:
    """Return the tombstones of an erasure.

    A fact has one of its own if its identifiers do not keep it out: all of them shared, or it says that it happens
    later, or it may come again under another date. So has one that names somebody else's identifier as well: by it the
    fact must not tie anybody to the person when it comes again. What a late fact alone tied to an erased person keeps
    out no more than what stood beside it.
    """
    names: dict[tuple[str, str], None] = Veiled()
    names.update(((IDENTIFIER, node), None) for node in _spoken(what, setup))
    names.update(((FACT, name), None) for name in said)
    found = what.found
    for name, fact in what.going.items():
        kept = found.facts[name] if found is not None else None
        covered = kept is not None and kept.occurred_us <= cut_us and kept.kind != "record"
        nodes = _nodes(fact, setup)
        if not covered or not nodes or not nodes <= what.alone:
            names[FACT, name] = None
    if found is not None and out.whole and what.wanted.scope.kind == "all":
        names.update(((PROFILE, one), None) for one in found.ids)
        names.update(((PROFILE, one.profile), None) for one in found.beside if one.node in out.dead)
    macs = marks(ring, ring.current(), [message(kind, name, setup.tenant) for kind, name in names])
    end = until(now_us, setup.erasure.period)
    weak = {IDENTIFIER: BESIDE} if is_late(row) else {}
    return [
        TombstoneRow(mac, row.id, weak.get(kind, kind), row.scope, cut_us, end)
        for mac, (kind, _) in zip(macs, names, strict=True)
    ]


def _nodes(fact: Fact, setup: Setup) -> set[str]:
    from unified_profile.hub.statements import names_of

    return {node for one in names_of(fact) for node in spellings(one, setup.rules)[:1]}


def _held(row: ErasureRow, what: Decided, setup: Setup, now_us: int) -> list[HeldRow]:
    """Return what legal holds keep: each fact under the hold that ends last."""
    found = what.found
    if found is None or not what.held:
        return []
    rows = []
    for name in what.held:
        fact: FactRow = found.facts[name]
        hold = longest(setup.erasure.keeping(what.going[name], found.ids, from_micros(now_us)) or setup.erasure.holds)
        until = None if hold.until is None else to_micros(hold.until)
        rows.append(HeldRow(name, hold.id, row.id, until, fact.kind, fact.source, *fact[4:7]))
    return rows


def _proofs(row: ErasureRow, what: Decided, ring: Ring, setup: Setup, now_us: int) -> list[ProofRow]:
    """Return the proof of each consent, under a digest of each identifier that it was given for."""
    if setup.erasure.proof is None:
        return []
    end = until(now_us, setup.erasure.proof)
    rows: list[ProofRow] = []
    consents = [fact for fact in what.going.values() if isinstance(fact, ConsentRecord)]
    for number, fact in enumerate(sorted(consents, key=lambda fact: (fact.occurred_at, fact.id)), 1):
        nodes = sorted(_nodes(fact, setup))
        macs = marks(ring, ring.current(), [message("proof", node, setup.tenant) for node in nodes])
        body = minimised(fact)
        rows += [ProofRow(mac, f"{row.id}/{number}", row.id, end, body) for mac in macs]
    return rows


def _order_fact(row: ErasureRow, setup: Setup, now_us: int) -> FactRow:
    """Return the order as a fact without whom it was about: the proof that it was given and carried out."""
    source = json.loads(row.body).get("source", "unified_profile")
    fact = ErasureOrder(
        id=row.id, source=source, occurred_at=from_micros(row.ordered_us), tenant=setup.tenant, scope=row.scope
    )
    return encode(fact, bundle=_NOWHERE, recorded_us=now_us)


def _counted(what: Decided) -> Plan[list[CountRow]]:
    """Return the anonymous counts with this person's facts added."""
    new = cells(fact for name, fact in what.going.items() if name not in what.held)
    (rows,) = yield from loaded(Get(COUNTS, [(cell,) for cell in new]))
    was = {row.cell: row for row in rows}
    return [
        CountRow(cell, count + (was[cell].facts if cell in was else 0), 1 + (was[cell].people if cell in was else 0))
        for cell, count in new.items()
    ]


def cleaned(id_: str, /) -> Plan[Erasure]:
    """Note that the files were cleaned after the erasure *id_*."""
    (rows,) = yield from loaded(Get(ERASURES, [(id_,)]))
    row = rows[0]
    if row.state == "erased":
        now = row._replace(state="done")
        yield Commit(Changes(puts=[Put(ERASURES, [now])], expects=[Expect(ERASURES, (id_,), row)]))
        row = now
    return report_of(row)
