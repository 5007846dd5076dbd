"""Plans of the audit log: entries and the tiles of their tree go into the store in one commit; proofs come out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import attrs

from unified_profile.consent.permits import DISCLOSED, bound_in
from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.hub.driver import Plan
from unified_profile.hub.setup import Setup
from unified_profile.model.proof_rows import LogEntryRow, LogTileRow
from unified_profile.model.rows import MetaRow
from unified_profile.model.times import from_micros, to_micros
from unified_profile.rights.proof.canonical import canonical
from unified_profile.rights.proof.entries import Entry, accessed, disclosed, erased
from unified_profile.rights.proof.heads import TreeHead
from unified_profile.rights.proof.merkle import Range, consistency_ranges, inclusion_ranges, leaf_hash
from unified_profile.rights.proof.proofs import ConsistencyProof, InclusionProof
from unified_profile.rights.proof.pseudonyms import Pseudonyms
from unified_profile.rights.proof.tiles import TileKey, edge_keys, grown, hashes_of, tile_keys
from unified_profile.storage.commands import Changes, Commit, Expect, Find, Get, Load, Put, Scan
from unified_profile.storage.tables import ACCESSES, CHANGES, LOG_ENTRIES, LOG_TILES, META

LOG = "audit_log"
"""The name of the mark that says how long the log is, and how far it has read what was done."""

ERASED = "erased"
"""The kind under which an erasure is published."""

BATCH = 2_000
"""How many entries go into one commit."""


@attrs.frozen
class Notarized:
    """What was entered: the places of the first and, excluded, of the last new entry; equal if there was nothing new.

    .. versionadded:: 0.1
    """

    first: int
    size: int

    @property
    def places(self) -> range:
        """The places of the new entries."""
        return range(self.first, self.size)


@attrs.frozen
class Reach:
    """How long the log is, and up to which position of each feed it has entered what was done."""

    size: int = 0
    accesses: int = 0
    changes: int = 0

    @classmethod
    def of(cls, rows: Sequence[MetaRow], /) -> Reach:
        """Return what the mark says."""
        return cls(**json.loads(rows[0].value)) if rows else cls()

    def row(self) -> MetaRow:
        """Return the mark."""
        return MetaRow(LOG, json.dumps(attrs.asdict(self)))


def reach() -> Plan[Reach]:
    """Return how long the log is."""
    (rows,) = (yield Load((Get(META, [(LOG,)]),))) or ([],)
    return Reach.of(rows)


def entered(entries: Sequence[Entry], /) -> Plan[Notarized]:
    """Enter *entries*."""
    (marks,) = (yield Load((Get(META, [(LOG,)]),))) or ([],)
    before = Reach.of(marks)
    after = yield from _grown(entries, marks, before)
    return Notarized(before.size, after.size)


def caught_up(keys: Pseudonyms, /) -> Plan[tuple[Notarized, bool]]:
    """Enter a batch of what was done since the last time; say whether there may be more."""
    (marks,) = (yield Load((Get(META, [(LOG,)]),))) or ([],)
    before = Reach.of(marks)
    reads, changes = (
        yield Load((Scan(ACCESSES, (before.accesses,), BATCH), Scan(CHANGES, (before.changes,), BATCH)))
    ) or ([], [])
    found = [
        accessed(row.profile, from_micros(row.at_us), row.what, row.reason, row.by, row.position, keys) for row in reads
    ]
    for row in changes:
        at = from_micros(row.at_us)
        if row.kind == DISCLOSED:
            found.append(disclosed(row.profile, at, bound_in(row.body), row.position, keys))
        elif row.kind == ERASED:
            found.append(erased(row.profile, at, row.body, row.position, keys))
    if not reads and not changes:
        return Notarized(before.size, before.size), False
    found.sort(key=lambda one: one.at)
    read = attrs.evolve(
        before,
        accesses=reads[-1].position if reads else before.accesses,
        changes=changes[-1].position if changes else before.changes,
    )
    after = yield from _grown(found, marks, read)
    return Notarized(before.size, after.size), BATCH in {len(reads), len(changes)}


def _grown(entries: Sequence[Entry], marks: Sequence[MetaRow], now: Reach) -> Plan[Reach]:
    """Commit *entries* at the end of the log, if nobody else entered anything meanwhile."""
    bodies = [canonical(dict(one.body)) for one in entries]
    edge = yield from _tiles(edge_keys(now.size))
    tiles = grown(now.size, edge, [leaf_hash(body) for body in bodies])
    after = attrs.evolve(now, size=now.size + len(bodies))
    rows = [
        LogEntryRow(now.size + at, one.subject, to_micros(one.at), body.decode())
        for at, (one, body) in enumerate(zip(entries, bodies, strict=True))
    ]
    kept = [LogTileRow(level, place, tile.hex()) for (level, place), tile in tiles.items()]
    yield Commit(
        Changes(
            puts=[Put[Any](LOG_ENTRIES, rows), Put[Any](LOG_TILES, kept), Put[Any](META, [after.row()])],
            expects=[Expect(META, (LOG,), marks[0] if marks else None)],
        )
    )
    return after


def head(setup: Setup, size: int | None, at: datetime, /) -> Plan[TreeHead]:
    """Return the head of the log, or the one that it had at *size* entries."""
    size = yield from _sized(size)
    (root,) = yield from _hashes([(0, size)])
    return TreeHead(setup.tenant, size, root, at)


def inclusion(place: int, size: int | None, /) -> Plan[InclusionProof]:
    """Return the proof that the entry at *place* is in the log."""
    size = yield from _sized(size)
    if place >= size:
        raise UnknownNameError(kind="entry of the log", name=str(place), known=())
    path = yield from _hashes(inclusion_ranges(place, size))
    return InclusionProof(place, size, path)


def consistency(old: int, new: int | None, /) -> Plan[ConsistencyProof]:
    """Return the proof that the log only grew."""
    new = yield from _sized(new)
    if old > new:
        raise InvalidInputError(field="old", reason="larger than the log", hint="older first")
    path = yield from _hashes(consistency_ranges(old, new))
    return ConsistencyProof(old, new, path)


def entries(after: int, limit: int, /) -> Plan[list[Entry]]:
    """Return at most *limit* entries from place *after* on."""
    (rows,) = (yield Load((Scan(LOG_ENTRIES, (after - 1,), limit),))) or ([],)
    return [_entry(row) for row in rows]


def entry(place: int, /) -> Plan[Entry]:
    """Return the entry at *place*.

    Raises:
        UnknownNameError: If there is none.
    """
    (rows,) = (yield Load((Get(LOG_ENTRIES, [(place,)]),))) or ([],)
    if not rows:
        raise UnknownNameError(kind="entry of the log", name=str(place), known=())
    return _entry(rows[0])


def about(subjects: Iterable[str], /) -> Plan[list[Entry]]:
    """Return the entries about whoever has one of these pseudonyms, in order."""
    wanted = sorted(set(subjects))
    (rows,) = (yield Load((Find(LOG_ENTRIES, "subject", wanted),))) or ([],)
    return [_entry(row) for row in sorted(rows)]


def _entry(row: LogEntryRow) -> Entry:
    return Entry(json.loads(row.body), row.place)


def _sized(size: int | None) -> Plan[int]:
    now = yield from reach()
    if size is not None and size > now.size:
        raise InvalidInputError(field="size", reason="the log never had it", hint="see hub.log_head")
    return now.size if size is None else size


def _hashes(parts: Sequence[Range]) -> Plan[tuple[bytes, ...]]:
    tiles = yield from _tiles(tile_keys(parts))
    return hashes_of(parts, tiles)


def _tiles(keys: Sequence[TileKey]) -> Plan[dict[TileKey, bytes]]:
    if not keys:
        return {}
    (rows,) = (yield Load((Get(LOG_TILES, list(keys)),))) or ([],)
    return {(row.level, row.place): bytes.fromhex(row.hashes) for row in rows}
