"""What becomes of somebody whom a late fact ties to an erased person: the rest of that person, or somebody to look at.

Facts come in any order. Had this one come first, the others would have been kept out with it; so where they came after
the erasure, tell of nothing else and happened before it, they go as well. In every other case nothing is erased
unasked: the profile is noted with the erasure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_found import Holdings, loaded
from unified_profile.hub.erasing_stones import Ring, met, spellings
from unified_profile.hub.erasing_whom import Decided, Wanted
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import names_of
from unified_profile.model.erasure_rows import ErasureRow, TombstoneRow
from unified_profile.model.facts import ConsentRecord, Event, SourceRecord
from unified_profile.model.redaction import hidden
from unified_profile.rights.tombstones import IDENTIFIER, TIED
from unified_profile.storage.commands import Changes, Commit, Delete, Expect, Get, Put
from unified_profile.storage.tables import ERASURES, FACTS, TOMBSTONES

_FOR = "late_for"
_OF_ONE = (SourceRecord, Event, ConsentRecord)


@attrs.frozen
class Tie:
    """That a fact of an erased person, kept out *because* of a tombstone, names *node*, which leads to *profile*."""

    because: TombstoneRow
    profile: str
    node: str = attrs.field(repr=hidden)
    nodes: tuple[str, ...] = attrs.field(repr=hidden)


def ordered(ties: Sequence[Tie], ring: Ring, setup: Setup, now_us: int, /) -> Plan[Changes | None]:
    """Return what keeps an order to look at each profile of *ties*, if it is not kept already.

    What ties them is kept as a keyed digest: it may take more than one late fact until all of a profile is tied.
    """
    found: dict[str, list[Tie]] = {}
    for tie in ties:
        text = f"{tie.because.erasure}|{tie.profile}"
        found.setdefault(f"late:{hashlib.sha256(text.encode()).hexdigest()[:20]}", []).append(tie)
    (known,) = yield from loaded(Get(ERASURES, [(one,) for one in found]))
    for row in known:
        found.pop(row.id, None)
    rows = []
    for id_, some in found.items():
        cut_us = min(tie.because.cut_us for tie in some)
        wanted = Wanted(nodes=(), profile=some[0].profile, until_us=cut_us)
        body = {**wanted.to_body(), _FOR: some[0].because.erasure}
        rows.append(ErasureRow(id_, "ordered", "all", now_us, None, json.dumps(body)))
    if not rows:
        return None
    stones = [tie.because._replace(mac=ring.mark(tie.node, setup), kind=TIED) for tie in ties]
    puts: list[Put[Any]] = [Put(ERASURES, rows), Put(TOMBSTONES, stones)]
    return Changes(puts=puts, expects=[Expect(ERASURES, (row.id,), None) for row in rows])


def is_late(row: ErasureRow, /) -> bool:
    """Say whether the order *row* came of a late fact."""
    return _FOR in json.loads(row.body)


def tied_wholly(row: ErasureRow, what: Decided, ring: Ring, setup: Setup, now_us: int, /) -> Plan[bool]:
    """Say whether all of a profile is what the erased person's late facts would have kept out."""
    found, body = what.found, json.loads(row.body)
    if found is None or found.statements or found.beside or len(what.going) < len(found.facts):
        return False
    if not (yield from _came_after(found, body[_FOR])):
        return False
    spoken: set[str] = set()
    for fact in found.decoded.values():
        if not isinstance(fact, _OF_ONE):
            return False
        spoken.update(node for one in names_of(fact) for node in spellings(one, setup.rules)[:1])
    stones = yield from met({(IDENTIFIER, node): None for node in spoken}, ring, setup, now_us, tied=True)
    return spoken <= {
        node for (_, node), rows in stones.items() if any(one.cut_us >= (what.wanted.until_us or 0) for one in rows)
    }


def _came_after(found: Holdings, erasure: str) -> Plan[bool]:
    """Say whether the erasure knew none of these facts: what it knew and left was found to be somebody else's."""
    (orders,) = yield from loaded(Get(FACTS, [(erasure,)]))
    return bool(orders) and all(row.position > orders[0].position for row in found.facts.values())


def left_to_a_person(row: ErasureRow, profile: str, /) -> Plan[ErasureRow]:
    """Drop the order *row*, and note *profile* (if there is one) with the erasure that it was for; return that one."""
    (rows,) = yield from loaded(Get(ERASURES, [(json.loads(row.body)[_FOR],)]))
    puts: list[Put[Any]] = []
    now = row
    if rows:
        now = loosened(rows[0], [profile] if profile else ())
        puts = [Put(ERASURES, [now])] if now != rows[0] else []
    yield Commit(Changes(puts=puts, deletes=[Delete(ERASURES, [(row.id,)])]))
    return now


def loosened(row: ErasureRow, profiles: Collection[str], /) -> ErasureRow:
    """Return *row* with *profiles* among those that somebody has to look at."""
    body: Mapping[str, Any] = json.loads(row.body)
    known = set(body.get("loose", ()))
    found = sorted({*known, *profiles})
    return row if set(found) == known else row._replace(body=json.dumps({**body, "loose": found}))
