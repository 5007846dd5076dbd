"""What the hub does when time is over, and when it looks whether what should be gone is gone."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from unified_profile.errors import InvalidInputError
from unified_profile.hub import auditing, erasing_done, erasing_orders, erasing_whom, shredding
from unified_profile.hub.arguments import many, number
from unified_profile.hub.courses import Course, Upkeep, reading as reads, writing as writes
from unified_profile.hub.door import batches
from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing import SEALS, files_cleaned, shredded
from unified_profile.hub.erasing_found import holdings, loaded
from unified_profile.hub.erasing_quarantine import texts_of
from unified_profile.hub.erasing_rows import leaving, said_about, taken_out
from unified_profile.hub.erasing_stones import ring_of
from unified_profile.hub.ingest import TOMBSTONED
from unified_profile.hub.memberships import followed
from unified_profile.hub.setup import Setup
from unified_profile.hub.shredding import BUNDLE, KEPT, PROFILE, DueKeys, left_by, noted
from unified_profile.hub.stamps import STAMP, after, stamp_put
from unified_profile.hub.whose import find
from unified_profile.model.erasure_rows import TombstoneRow
from unified_profile.model.times import to_micros
from unified_profile.rights.erasing import Erasure
from unified_profile.rights.retention import Due, LegalHold, RetentionPlan, RetentionSchedule, Swept
from unified_profile.rights.tombstones import FACT, marks, message
from unified_profile.rights.verifying import SHORTEST, Search, Trace, Verification
from unified_profile.storage.commands import Alone, Changes, Commit, Delete, Load, Put, Scan
from unified_profile.storage.layout import key_of
from unified_profile.storage.tables import HELD, META, PROOFS, QUARANTINE, TABLES, TOMBSTONES, Table

BYTES = "bytes_kept"
"""What a store is asked to show, if it can: everything it keeps, as bytes."""

_PAGE = 5_000
_SWEPT = "swept"


# --- verification ----------------------------------------------------------------------------------------------------


def verify(
    setup: Setup, erased: Erasure | Sequence[Erasure] | None, /, *, values: Iterable[str], scan: bool
) -> Course[Verification]:
    """See ``Hub.verify_erasure``."""
    runs = _runs(erased)
    own = [value for value in many(values, "values") if _text(value)]
    alone = frozenset(node.partition(":")[2] for run in runs for node in run.gone().identifiers)
    all_values = alone.union(own, (value for run in runs for value in run.gone().values))
    if not all_values:
        raise InvalidInputError(field="values", reason="nothing to look for", hint="what erase() returned, or values")
    search, must = Search.of(all_values), _Strict(Search.of(own), Search.of(alone))
    rows: Counter[str] = Counter()
    told: set[int] = set()
    n_rows = 0
    for table in TABLES:
        if table is not QUARANTINE:
            found, count, shared = yield from _looked(table, search, must)
            n_rows += count
            rows.update(found)
            told |= shared
    found, count, waiting = yield from _waiting(search, must, told)
    n_rows += count
    rows.update(found)
    files, n_bytes, places = yield from _bytes(search, told) if scan else _nothing()
    open_ones = yield from reads(lambda: erasing_orders.pending(("ordered", "erased")))
    loose = yield from reads(lambda: erasing_orders.pending(("erased", "done")))
    named = {one for row in loose for one in erasing_orders.report_of(row).loose}
    keys = (yield from reads(shredding.waiting)) and not open_ones
    unfinished = (*(row.id for row in open_ones), *(yield from _alive(setup, sorted(named))))
    unfinished += (shredding.TO_SHRED,) if keys else ()
    return Verification(
        clean=not rows and not files and not unfinished and not waiting,
        rows=tuple(Trace(where, count) for where, count in sorted(rows.items())),
        files=files,
        also_others=len(told),
        unfinished=unfinished,
        waiting=tuple(waiting),
        n_values=search.n_values,
        n_rows=n_rows,
        n_bytes=n_bytes,
        places=places,
    )


def _runs(erased: object) -> list[Erasure]:
    runs = [] if erased is None else [erased] if isinstance(erased, Erasure) else list(many(erased, "erased"))
    if not all(isinstance(run, Erasure) for run in runs):
        raise InvalidInputError(field="erased", reason="not what erase() returned", hint="hub.erase(plan)")
    return runs


def _text(value: object) -> bool:
    if not isinstance(value, str) or len(value) < SHORTEST:
        raise InvalidInputError(field="values", reason=f"not all texts of {SHORTEST} characters or more", hint="longer")
    return True


class _Strict:
    """What must be nowhere: values of the caller's own, and identifiers that were the person's alone.

    An identifier of somebody else may begin with one of the latter: user10 is not user1.
    """

    def __init__(self, own: Search, named: Search) -> None:
        self._own, self._named = own, named

    def within(self, data: bytes) -> set[tuple[bool, int]]:
        """Return which are in *data*."""
        found = {(True, place) for place in self._own.within(data)}
        return found | {(False, place) for place in self._named.standing(data)}


def _looked(table: Table[Any], search: Search, must: _Strict) -> Course[tuple[dict[str, int], int, set[int]]]:
    """Look through the rows of *table*: how many of the strict values are there, and which others."""
    strict: set[tuple[bool, int]] = set()
    told: set[int] = set()
    count, last = 0, None
    while True:
        (rows,) = yield from reads(lambda last=last: _page(table, last))  # type: ignore[misc]  # bound at once
        data = b"\n".join(_line(row) for row in rows)
        strict |= must.within(data)
        told |= search.within(data)
        count += len(rows)
        if len(rows) < _PAGE:
            break
        last = (rows[-1][table.columns.index("position")],) if table.positioned else key_of(table, rows[-1])
    return ({f"table {table.name}": len(strict)} if strict else {}), count, told


def _waiting(search: Search, must: _Strict, told: set[int]) -> Course[tuple[dict[str, int], int, list[str]]]:
    """Look through the quarantine: what holds a strict value, or one that no fact of others *told*, by its id."""
    strict: set[tuple[bool, int]] = set()
    waiting: list[str] = []
    count, last = 0, None
    while True:
        (rows,) = yield from reads(lambda last=last: _page(QUARANTINE, last))  # type: ignore[misc]  # bound at once
        for row in rows:
            data = _line((*row, *texts_of(row)))
            must_not = must.within(data)
            strict |= must_not
            if must_not or not search.within(data) <= told:
                waiting.append(row[0])
        count += len(rows)
        if len(rows) < _PAGE:
            return ({f"table {QUARANTINE.name}": len(strict)} if strict else {}), count, waiting
        last = key_of(QUARANTINE, rows[-1])


def _page(table: Table[Any], last: Any) -> Plan[list[list[Any]]]:
    return (yield Load((Scan(table, last, _PAGE),))) or [[]]


def _line(row: Sequence[Any]) -> bytes:
    return "\x1f".join(map(str, row)).encode("utf-8", "surrogatepass")


def _bytes(search: Search, told: set[int]) -> Course[tuple[tuple[Trace, ...], int, tuple[str, ...]]]:
    """Look through the bytes that the store shows; what rows of others tell is not counted."""
    shown = yield Upkeep(BYTES)
    if shown is None:
        return (yield from _nothing())
    traces, places, total = [], [], 0
    for where, chunks in shown:
        size = 0

        def counted(chunks: Iterable[bytes] = chunks) -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                size += len(chunk)
                yield chunk

        found = search.through(counted()).keys() - told
        total += size
        places.append(where)
        traces += [Trace(where, len(found))] if found else []
    return tuple(traces), total, tuple(places)


def _nothing() -> Course[tuple[tuple[Trace, ...], int, tuple[str, ...]]]:
    yield from ()
    return (), 0, ()


def _alive(setup: Setup, profiles: Sequence[str]) -> Course[list[str]]:
    """Return those of *profiles* that are still there to be looked at."""
    if not profiles:
        return []
    found = yield from reads(lambda: find(profiles, setup.rules))
    return sorted({one.profile for one in found if one.profile is not None})


# --- retention -------------------------------------------------------------------------------------------------------


def sweep(
    setup: Setup, approved: RetentionPlan, schedule: RetentionSchedule, /, *, holds: Iterable[LegalHold],
    channel: str, brand: str, batch: int,
) -> Course[Swept]:  # fmt: skip
    """See ``Hub.sweep``."""
    if not isinstance(approved, RetentionPlan):
        raise InvalidInputError(field="approved", reason="not a RetentionPlan", hint="hub.retention_plan(...)")
    batch = number(batch, "batch", least=1)
    fresh = yield from auditing.retention(
        setup, schedule, holds=tuple(many(holds, "holds")), channel=channel, brand=brand, at=None, page=500
    )
    now = {one.fact_id: one for one in fresh.items if one.action == "remove"}
    wanted = list(dict.fromkeys(one.fact_id for one in approved.items if one.action == "remove"))
    by_profile: dict[str, list[Due]] = {}
    for fact in wanted:
        if fact in now:
            by_profile.setdefault(now[fact].profile, []).append(now[fact])
    sealed = (yield Upkeep(SEALS)) is True
    for profile, due in by_profile.items():
        for some in batches(due, batch):
            names = frozenset(one.fact_id for one in some)
            gone = lambda profile=profile, names=names: removed(profile, names, setup, sealed=sealed)  # noqa: E731  # bound at once
            yield from writes(followed(gone, setup))
    yield from writes(lambda: expired(setup, sealed=sealed))
    yield from shredded(setup)
    yield from files_cleaned()
    return Swept(tuple(fact for fact in wanted if fact in now), tuple(fact for fact in wanted if fact not in now))


def removed(profile: str, names: frozenset[str], setup: Setup, /, *, sealed: bool) -> Plan[int]:
    """Take the facts *names* of *profile* out of the store, and keep them from coming back; return how many.

    Where values are *sealed*, keys under which nothing is left go next.
    """
    yield Alone()
    known = yield from erasing_whom.flags()
    erasing_whom.usable(known, setup)
    (home,) = yield from find([profile], setup.rules)
    if home.profile is None:
        return 0
    found = yield from holdings(home.profile, setup)
    going = names & found.facts.keys()
    if not going:
        return 0
    now_us = after(to_micros(setup.clock()), known.get(STAMP))
    ring = ring_of(setup, known.get(TOMBSTONED)).with_current()
    until = erasing_done.until(now_us, setup.erasure.period)
    macs = marks(ring, ring.current(), [message(FACT, name, setup.tenant) for name in sorted(going)])
    sweep_id = f"{_SWEPT}:{secrets.token_hex(8)}"
    stones = [TombstoneRow(mac, sweep_id, FACT, "all", now_us, until) for mac in macs]
    puts: list[Put[Any]] = [Put(TOMBSTONES, stones), Put(META, [ring.flag()]), stamp_put(now_us)]
    out = leaving(found, going)
    if sealed:
        bundles, _ = yield from left_by(found.facts[name] for name in going)
        puts += yield from noted(DueKeys({BUNDLE: bundles, PROFILE: found.ids}))
    said = yield from said_about(found, out, setup)
    yield from taken_out(found, out, setup, said=said, now_us=now_us, puts=puts)
    return len(going)


def expired(setup: Setup, /, *, sealed: bool) -> Plan[int]:
    """Delete tombstones, proofs and held facts whose time is over; return how many."""
    now_us = to_micros(setup.clock())
    deletes: list[Delete[Any]] = []
    for table in (TOMBSTONES, PROOFS, HELD):
        place, last = table.columns.index("until_us"), None
        while True:
            (rows,) = yield from loaded(Scan(table, last, _PAGE))
            over = [key_of(table, row) for row in rows if row[place] is not None and row[place] <= now_us]
            deletes += [Delete(table, over)] if over else []
            if len(rows) < _PAGE:
                break
            last = key_of(table, rows[-1])
    held = [str(key[0]) for delete in deletes if delete.table is HELD for key in delete.keys]
    if deletes:
        yield Alone()
        puts = (yield from noted(DueKeys({KEPT: held}))) if sealed else []
        yield Commit(Changes(puts=puts, deletes=deletes))
    return sum(len(delete.keys) for delete in deletes)
