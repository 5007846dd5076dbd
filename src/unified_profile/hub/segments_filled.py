"""Plans that define segments and read history for them: page by page, resumably, beside whatever comes in meanwhile."""

from __future__ import annotations

import json

import attrs

from unified_profile.errors import UnknownNameError
from unified_profile.hub.driver import Plan
from unified_profile.hub.memberships import in_force, settle
from unified_profile.hub.memberships_accounts import forgotten
from unified_profile.hub.memberships_planned import planned
from unified_profile.hub.memberships_touched import Touched
from unified_profile.hub.segments_defined import Defined, State, defined, rows_of, state, token_of, under
from unified_profile.hub.setup import Setup
from unified_profile.model.membership_rows import SegmentRow
from unified_profile.model.times import to_micros
from unified_profile.segments import Segment
from unified_profile.storage.commands import Alone, Commit, Delete, Get, Load, Put, Scan
from unified_profile.storage.tables import PROFILES, SEGMENTS, STANDINGS

PAGE = 200


def define(segment: Segment, setup: Setup, /) -> Plan[bool]:
    """Keep *segment*; return whether it is new or means something else than before.

    Raises:
        InvalidRulesError: If it does not fit those that there are.
        UnknownNameError: If its purpose is not registered, or it refers to a segment that there is not.
    """
    setup.purposes[segment.purpose]
    yield Alone()
    rows = {row.name: row for row in (yield from rows_of())}
    body = json.dumps(segment.to_json(), ensure_ascii=False, sort_keys=True)
    old = rows.get(segment.name)
    if old is not None and old.body == body:
        return False
    now_us = to_micros(setup.clock())
    rows[segment.name] = SegmentRow(segment.name, body, segment.fingerprint, now_us)
    known = defined(Segment.from_json(json.loads(row.body)) for row in rows.values())
    same = old is not None and old.fingerprint == segment.fingerprint
    touched = () if same else _with_dependents(segment.name, known)
    held = yield from state()
    filling = sorted({*(held.filling if held else ()), *touched})
    before = State("", under(setup), now_us) if held is None else held
    current = attrs.evolve(
        before.begun(), token=token_of(rows.values()), now_us=max(now_us, before.now_us), filling=tuple(filling)
    )
    yield Commit(current.changes(Put(SEGMENTS, [rows[segment.name]])))
    return True


def _with_dependents(name: str, known: Defined) -> set[str]:
    """Return *name* and every segment that refers to it, however far."""
    found = {name}
    for other, segment in known.segments.items():  # those referred to come first
        if segment.reads.segments & found:
            found.add(other)
    return found


def remove(name: str, /) -> Plan[None]:
    """Forget the definition of a segment; its memberships end as the next pages are filled.

    Raises:
        UnknownNameError: If there is none, or another refers to it.
    """
    yield Alone()
    rows = {row.name: row for row in (yield from rows_of())}
    known = defined(Segment.from_json(json.loads(row.body)) for row in rows.values())
    if name not in rows:
        raise UnknownNameError(kind="segment", name=name, known=rows)
    del rows[name]
    defined(segment for segment in known.segments.values() if segment.name != name)
    held = yield from state()
    if held is not None:
        current = attrs.evolve(held.begun(), token=token_of(rows.values()))
        yield Commit(current.changes(deletes=[Delete(SEGMENTS, [(name,)])]))


def begin_again() -> Plan[None]:
    """Have everybody looked at again: who is who was computed anew."""
    held = yield from state()
    if held is not None:
        yield Commit(held.begun().changes())


def fill(setup: Setup, /) -> Plan[State | None]:
    """Look at the next page of profiles in the segments that are being filled; None when all are.

    First everybody who is there, then those whose memberships were kept and who are not any more.
    """
    yield Alone()
    current = yield from in_force(setup)
    if current is None or not current.filling:
        return None
    ready = yield from planned(current, setup)
    table = PROFILES if current.phase == "people" else STANDINGS
    (rows,) = (yield Load((Scan(table, (current.after,) if current.after else None, PAGE),))) or ([],)
    ids = [row.profile for row in rows]
    if current.phase == "people":
        yield from settle(dict.fromkeys(ids, Touched(current.now_us)), ready, setup, current, cause="definition")
        if not ready.known.accounts:
            yield from forgotten(ids)
        following = attrs.evolve(current, done=current.done + len(ids))
    else:
        (live,) = (yield Load((Get(PROFILES, [(name,) for name in ids]),))) or ([],)
        dead = sorted({*ids} - {row.profile for row in live})
        yield from settle(dict.fromkeys(dead, Touched(current.now_us)), ready, setup, current, cause="definition")
        following = current
    if len(rows) == PAGE:
        following = attrs.evolve(following, after=ids[-1])
    elif current.phase == "people":
        following = attrs.evolve(following, phase="gone", after="")
    else:
        following = attrs.evolve(current.begun(), filling=())
    yield Commit(following.changes())
    return following
