"""One batch through the door and into the store: the plan that synchronous and asynchronous hubs share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from unified_profile.hub import erasing_orders, erasing_quarantine, quarantine, records, retractions
from unified_profile.hub.door import PayloadReader, admit
from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_gate import Gate
from unified_profile.hub.ingest import TOMBSTONED, Setting, take
from unified_profile.hub.reports import IngestReport, Quarantined
from unified_profile.hub.setup import Setup
from unified_profile.model.facts import ErasureOrder
from unified_profile.model.rows import QuarantineRow
from unified_profile.model.times import to_micros
from unified_profile.storage.commands import Changes, Commit, Delete, Get, Load
from unified_profile.storage.tables import META, QUARANTINE


def reader_of(source: str, reader: PayloadReader | None, setup: Setup, /) -> PayloadReader | None:
    """Return *reader*, or the usual one of *source*."""
    if not source or reader is not None:
        return reader
    from unified_profile.wire import Reader  # loads pydantic, which facts do not need

    return Reader(source=source, tenant=setup.tenant)


def taking(
    batch: Sequence[object],
    setup: Setup,
    reader: PayloadReader | None,
    /,
    *,
    held: QuarantineRow | None = None,
    now_us: int | None = None,
) -> Callable[[], Plan[IngestReport]]:
    """Bring *batch* through the door now, and return the plan that keeps what came in and what did not.

    *held* is the row of the quarantine whose item is tried again; it is marked when the item was taken. *now_us* is the
    time it is, where the clock was read already.
    """
    if now_us is None:
        now_us = to_micros(setup.clock())
    admitted = admit(batch, setup, reader, now_us, held=held)

    def plan() -> Plan[IngestReport]:
        # The clock again: a plan runs when the store lets it, which may be long after the door, and more than once.
        setting = Setting(
            setup.rules, to_micros(setup.clock()), setup.new_id, setup.tenant, dated=True, gate=Gate(setup)
        )
        void = yield from retractions.void(admitted.told)
        empty = {id(told) for told, _ in void}
        orders = [told for told in admitted.told if type(told.fact) is ErasureOrder]
        aside = empty | {id(told) for told in orders}
        meant = [told for told in admitted.told if id(told) not in aside] if aside else admitted.told
        taken = yield from take(meant, setting)
        refused = [*admitted.refused, *(quarantine.reused(told.fact, now_us, held) for told in taken.reused)]
        refused += [retractions.refused(told, reason, now_us, held) for told, reason in void]
        dropped = yield from _of_the_erased(refused, setup, taken.now_us)
        refused = [row for row in refused if row.id not in dropped]
        yield from quarantine.kept(refused)
        if held is not None:
            yield from quarantine.tried(held, None if refused else now_us)
            if taken.erased or dropped:  # it must not wait any longer either
                yield Commit(Changes(deletes=[Delete(QUARANTINE, [(held.id,)])]))
        ordered = yield from erasing_orders.taken(orders, setup)
        other = aside | {id(told) for told in (*taken.reused, *taken.erased)}  # what was refused links nobody
        kept = [told for told in admitted.told if id(told) not in other]
        merged, split = 0, 0
        if setup.resolver is not None:
            dated = attrs.evolve(setting, now_us=taken.now_us)
            merged, split = yield from records.resolved(kept, setup, dated)
        return IngestReport(
            taken.accepted + ordered,
            taken.duplicates + len(orders) - ordered,
            tuple(Quarantined(row.id, row.field, row.reason) for row in refused),
            taken.merged + merged,
            taken.split + split,
            len(taken.erased) + len(dropped),
            ordered,
        )

    return plan


def _of_the_erased(refused: Sequence[QuarantineRow], setup: Setup, now_us: int) -> Plan[set[str]]:
    """Return the ids of those of *refused* that speak of erased people."""
    if not refused:
        return set()
    (flags,) = (yield Load((Get(META, [(TOMBSTONED,)]),))) or ([],)
    if not flags:
        return set()
    out = yield from erasing_quarantine.of_the_erased(refused, setup, flags[0].value, now_us)
    return {row.id for row in out}
