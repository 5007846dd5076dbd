"""The plan of a rebuild: who is who is computed anew from all facts, step by step, resumably.

Phases, each in pages with a cursor in the store: anchors move to what their nodes become under the rules, what was
concluded is cleared (ids stay), every fact is told again (in silence, under placeholder ids), machine links are
followed, each profile gets the id its people were known by, and ids that lead elsewhere are dated and published.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

import attrs

from unified_profile.hub.connected import decided_anew
from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import EARLY, MODEL, REBUILD, RULES, Setting, Told, adoption, tell
from unified_profile.hub.records import resolved
from unified_profile.hub.renaming import PLACEHOLDER, led, moved_anchors, named, rules_of_store
from unified_profile.hub.segments_filled import begin_again
from unified_profile.hub.setup import Setup
from unified_profile.hub.stamps import STAMP, after, stamp_put
from unified_profile.hub.statements import linked, names_of
from unified_profile.hub.whose import settled
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.codec import decode
from unified_profile.model.rows import MetaRow
from unified_profile.model.times import from_micros, to_micros
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link
from unified_profile.storage.commands import Alone, Changes, Commit, Delete, Find, Get, Load, Put, Scan
from unified_profile.storage.tables import (
    BUNDLE_NODES,
    BUNDLES,
    EDGES,
    FACTS,
    META,
    NODES,
    PROFILES,
    SEVERED,
    STATEMENTS,
    Table,
)

_CLEARED: tuple[Table[Any], ...] = (NODES, BUNDLES, BUNDLE_NODES, EDGES, PROFILES, SEVERED, STATEMENTS)
_PAGE = 1_000
_GOLDEN = "golden"
_PAGED = {"anchors": (moved_anchors, "clear"), "name": (named, "lead"), "lead": (led, "finish")}


@attrs.frozen
class Step:
    """How far a rebuild has come: the position in the log, and its end when the rebuild began."""

    position: int
    end: int


def live_ids(after: str, limit: int, /) -> Plan[list[str]]:
    """Return at most *limit* live profile ids after *after*, in order."""
    (rows, flags) = (yield Load((Scan(PROFILES, (after,) if after else None, limit), Get(META, [(REBUILD,)])))) or (
        [],
        [],
    )
    settled(flags)
    return [row.profile for row in rows]


def adopt(setup: Setup, rules: IdentityRules | None, /) -> Setup:
    """Return the setup under *rules*."""
    return setup if rules is None else attrs.evolve(setup, rules=rules)


def step(setup: Setup, /) -> Plan[Step | None]:
    """Do the next page of a rebuild, beginning one if none is going on; None when it is done.

    Raises:
        UnknownNameError: If facts speak of a namespace that the rules do not declare; nothing was changed.
    """
    yield Alone()
    (flags,) = (yield Load((Get(META, [(REBUILD,), (MODEL,), (EARLY,), (STAMP,)]),))) or ([],)
    meta = {row.name: row.value for row in flags}
    at = from_micros(after(to_micros(setup.clock()), meta.get(STAMP)))
    setup = attrs.evolve(setup, clock=lambda: at)  # one moment for the whole step
    yield Commit(Changes(puts=[stamp_put(to_micros(at))]))
    state = json.loads(meta[REBUILD]) if REBUILD in meta else None
    if state is None or state["fingerprint"] != setup.rules.fingerprint:
        return (yield from _begin(setup))
    phase = state["phase"]
    if phase in _PAGED:
        plan, following = _PAGED[phase]
        state["after"], changes = yield from plan(state["after"], setup)
        if not state["after"]:
            state["phase"] = following
        yield Commit(attrs.evolve(changes, puts=[*changes.puts, _kept(state)]))
    elif phase == "clear":
        yield from _clear(state)
    elif phase == "replay":
        yield from _replay(state, setup, meta)
    elif phase == "link":
        yield from _link(state, setup, meta)
    else:
        yield from _finish(setup)
        return None
    return Step(state["position"], state["end"])


def _begin(setup: Setup) -> Plan[Step]:
    """Begin, from wherever another rebuild was left, once it is sure that the rules know every namespace."""
    known = yield from rules_of_store()
    surely = known is not None and known.by_name.keys() <= setup.rules.by_name.keys()
    end, after = 0, 0
    while True:
        (rows,) = (yield Load((Scan(FACTS, (after,), 10_000),))) or ([],)
        if not rows:
            break
        end = after = rows[-1].position
        for row in () if surely else rows:
            for identifier in names_of(decode(row, tenant=setup.tenant)):
                if identifier.namespace != "record":
                    setup.rules.namespace(identifier.namespace)
    (links,) = (yield Load((Find(STATEMENTS, "kind", ["link"]),))) or ([],)
    for row in links:
        setup.rules.rank_of(row.left)
        setup.rules.rank_of(row.right)
    state = {
        "phase": "anchors", "table": 0, "position": 0, "end": end, "after": "",
        "fingerprint": setup.rules.fingerprint,
    }  # fmt: skip
    yield Commit(Changes(puts=[_kept(state)]))
    return Step(0, end)


def _kept(state: dict[str, Any]) -> Put[MetaRow]:
    return Put(META, [MetaRow(REBUILD, json.dumps(state))])


def _clear(state: dict[str, Any]) -> Plan[None]:
    """Delete a page of what was concluded; machine links and ids stay."""
    table = _CLEARED[state["table"]]
    after = tuple(state["row"]) if state.get("row") else None
    (rows,) = (yield Load((Scan(table, after, _PAGE),))) or ([],)
    places = [table.columns.index(name) for name in table.key]
    keys = [tuple(row[place] for place in places) for row in rows if table is not STATEMENTS or row.kind != "link"]
    state["row"] = [rows[-1][place] for place in places] if rows else None
    if len(rows) < _PAGE:
        state |= {"table": state["table"] + 1, "row": None}
        if state["table"] == len(_CLEARED):
            state["phase"] = "replay"
    yield Commit(Changes(puts=[_kept(state)], deletes=[Delete(table, keys)]))


def _replay(state: dict[str, Any], setup: Setup, meta: dict[str, str]) -> Plan[None]:
    """Tell a page of the log again."""
    (rows,) = (yield Load((Scan(FACTS, (state["position"],), _PAGE),))) or ([],)
    setting = Setting(setup.rules, to_micros(setup.clock()), _placeholder, setup.tenant, silent=True)
    if rows:
        # A severance may stand in the log before or after its fact: told again, it is always early or on time.
        told = [Told(decode(row, tenant=setup.tenant), row) for row in rows]
        yield from tell(told, setting, meta, keep=False)
        yield from resolved(told, setup, setting)
        state["position"] = rows[-1].position
    else:
        state["phase"] = "link"
    yield Commit(Changes(puts=[_kept(state)]))


def _placeholder() -> str:
    return f"{PLACEHOLDER}{secrets.token_hex(10)}"


def _link(state: dict[str, Any], setup: Setup, meta: dict[str, str]) -> Plan[None]:
    """Follow the machine links again."""
    (rows,) = (yield Load((Find(STATEMENTS, "kind", ["link"]),))) or ([],)
    now, model = to_micros(setup.clock()), meta.get(MODEL, "")
    holding = yield from decided_anew(rows, setup, Setting(setup.rules, now, _placeholder, setup.tenant, silent=True))
    links = [Link(Identifier.of(row.left), Identifier.of(row.right), row.weight, row.model) for row in holding]
    yield from linked(links, setup.rules, now_us=now, mint=_placeholder, model=model, again=True)
    state |= {"phase": "name", "after": ""}
    yield Commit(Changes(puts=[_kept(state)]))


def _finish(setup: Setup) -> Plan[None]:
    """Adopt the rules, and let the golden values be folded, and the memberships looked at, anew."""
    now = to_micros(setup.clock())
    (flags,) = (yield Load((Get(META, [(RULES,)]),))) or ([],)
    puts: list[Put[Any]] = [Put(META, [MetaRow(RULES, setup.rules.fingerprint)])]
    if not flags or flags[0].value != setup.rules.fingerprint:
        puts.append(Put(FACTS, [adoption(setup.rules, setup.tenant, recorded_us=now)]))
    yield Commit(Changes(puts=puts, deletes=[Delete(META, [(REBUILD,), (_GOLDEN,)])]))
    yield from begin_again()
