"""The plans over what stays after an erasure: facts under a hold, proofs of consent, counts without people."""

from __future__ import annotations

import attrs

from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_found import loaded
from unified_profile.hub.erasing_stones import ring_of, spellings
from unified_profile.hub.ingest import TOMBSTONED
from unified_profile.hub.recording import Why, recorded, why as because
from unified_profile.hub.setup import Setup
from unified_profile.model.codec import decode
from unified_profile.model.rows import FactRow
from unified_profile.model.times import from_micros, to_micros
from unified_profile.model.values import Identifier
from unified_profile.rights.anonymising import AnonymousCount, counts_of
from unified_profile.rights.erasing import Erasure
from unified_profile.rights.holds import ConsentProof, HeldFact, proof_of
from unified_profile.rights.tombstones import marks, message
from unified_profile.storage.commands import Find, Get, Load, Scan
from unified_profile.storage.tables import COUNTS, HELD, META, PROOFS

_PAGE = 5_000


def why(reason: object, by: object, /) -> Why:
    """Return what is to be recorded of a look at held facts."""
    return because("held_facts", reason, by)


def with_values(last: Erasure, done: Erasure, /) -> Erasure:
    """Return *last* with the values that *done* holds in memory."""
    return attrs.evolve(last, gone=done.gone)


def held(hold: str, why: Why, setup: Setup, /) -> Plan[list[HeldFact]]:
    """Return what *hold* keeps, and record that it was looked at."""
    yield from recorded([""], why, setup)
    (rows,) = yield from loaded(Find(HELD, "hold", [hold]))
    now_us = to_micros(setup.clock())
    found = []
    for row in sorted(rows, key=lambda row: (row.occurred_us, row.fact)):
        if row.until_us is not None and row.until_us <= now_us:
            continue
        fact = FactRow(row.fact, row.kind, row.source, "", row.occurred_us, row.recorded_us, row.body)
        until = None if row.until_us is None else from_micros(row.until_us)
        found.append(HeldFact(row.hold, row.erasure, decode(fact, tenant=setup.tenant), until))
    return found


def proofs(who: Identifier, setup: Setup, /) -> Plan[list[ConsentProof]]:
    """Return the proofs of consents that were given for *who*."""
    (flags,) = yield from loaded(Get(META, [(TOMBSTONED,)]))
    if not flags:
        return []
    ring = ring_of(setup, flags[0].value)
    nodes = spellings(who, setup.rules)
    macs = [mac for key in ring.ids for mac in marks(ring, key, [message("proof", one, setup.tenant) for one in nodes])]
    (rows,) = yield from loaded(Find(PROOFS, "mac", macs))
    now_us = to_micros(setup.clock())
    found = {
        row.id: proof_of(row.id, row.body, None if row.until_us is None else from_micros(row.until_us))
        for row in rows
        if row.until_us is None or now_us < row.until_us
    }
    return sorted(found.values(), key=lambda one: (one.expressed_at, one.id))


def counts(least: int, /) -> Plan[list[AnonymousCount]]:
    """Return the cells of at least *least* people."""
    found: list[AnonymousCount] = []
    after = None
    while True:
        (rows,) = (yield Load((Scan(COUNTS, after, _PAGE),))) or ([],)
        found += [counts_of(*row) for row in rows if row.people >= least]
        if len(rows) < _PAGE:
            return found
        after = (rows[-1].cell,)
