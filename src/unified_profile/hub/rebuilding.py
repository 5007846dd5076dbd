"""The plan of a rebuild: who is who is computed anew from all facts, step by step, resumably.

Three phases, each in pages with a cursor in the store: what was concluded is cleared (ids and their anchors stay), every
fact is told again (in silence, under placeholder ids), and each profile gets the id its people were known by.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

import attrs

from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import EARLY, MODEL, REBUILD, RULES, Setting, Told, adoption, tell
from unified_profile.hub.past import redirected
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import linked
from unified_profile.identity.bundles import strength
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.settle import climbed
from unified_profile.model.codec import decode
from unified_profile.model.rows import AnchorRow, ChangeRow, MetaRow, NodeRow, ProfileRow, RedirectRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link
from unified_profile.storage.commands import Changes, Commit, Delete, Find, Get, Load, Put, Scan
from unified_profile.storage.tables import (
    ANCHORS,
    BUNDLE_NODES,
    BUNDLES,
    CHANGES,
    EDGES,
    FACTS,
    META,
    NODES,
    PROFILES,
    REDIRECTS,
    SEVERED,
    STATEMENTS,
    Table,
)

PLACEHOLDER = "~~rebuild~"
"""How the ids begin that profiles have while a rebuild goes on."""
_CLEARED: tuple[Table[Any], ...] = (NODES, BUNDLES, BUNDLE_NODES, EDGES, PROFILES, SEVERED, STATEMENTS)
_PAGE = 1_000
_GOLDEN = "golden"


@attrs.frozen
class Step:
    """How far a rebuild has come: the position in the log, and its end when the rebuild began."""

    position: int
    end: int


def live_ids(after: str, limit: int, /) -> Plan[list[str]]:
    """Return at most *limit* live profile ids after *after*, in order."""
    (rows,) = (yield Load((Scan(PROFILES, (after,) if after else None, limit),))) or ([],)
    return [row.profile for row in rows]


def adopt(setup: Setup, rules: IdentityRules | None, /) -> Setup:
    """Return the setup under *rules*."""
    return setup if rules is None else attrs.evolve(setup, rules=rules)


def step(setup: Setup, /) -> Plan[Step | None]:
    """Do the next page of a rebuild, beginning one if none is going on; None when it is done."""
    (flags,) = (yield Load((Get(META, [(REBUILD,), (MODEL,), (EARLY,)]),))) or ([],)
    meta = {row.name: row.value for row in flags}
    if REBUILD not in meta:
        return (yield from _begin(setup))
    state = json.loads(meta[REBUILD])
    if state["fingerprint"] != setup.rules.fingerprint:
        state = {**state, "phase": "clear", "table": 0, "position": 0, "fingerprint": setup.rules.fingerprint}
    if state["phase"] == "clear":
        yield from _clear(state)
    elif state["phase"] == "replay":
        yield from _replay(state, setup, meta)
    elif state["phase"] == "name":
        yield from _name(state, setup)
    else:
        yield from _finish(setup, meta)
        return None
    return Step(state["position"], state["end"])


def _begin(setup: Setup) -> Plan[Step]:
    end, after = 0, 0
    while True:
        (rows,) = (yield Load((Scan(FACTS, (after,), 10_000),))) or ([],)
        if not rows:
            break
        end = after = rows[-1].position
    state = {
        "phase": "clear", "table": 0, "position": 0, "end": end, "after": "",
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
    setting = Setting(
        setup.rules,
        to_micros(setup.clock()),
        lambda: f"{PLACEHOLDER}{secrets.token_hex(10)}",
        setup.tenant,
        silent=True,
    )
    if rows:
        # A severance may stand in the log before or after its fact: told again, it is always early or on time.
        yield from tell([Told(decode(row, tenant=setup.tenant), row) for row in rows], setting, meta, keep=False)
        state["position"] = rows[-1].position
    else:
        state |= {"phase": "name", "after": ""}
    yield Commit(Changes(puts=[_kept(state)]))


def _name(state: dict[str, Any], setup: Setup) -> Plan[None]:
    """Give a page of profiles the ids their people were known by."""
    (rows,) = (yield Load((Scan(PROFILES, (state["after"],) if state["after"] else None, 200),))) or ([],)
    if not rows:
        state["phase"] = "finish"
        yield Commit(Changes(puts=[_kept(state)]))
        return
    (members,) = (yield Load((Find(NODES, "profile", [row.profile for row in rows]),))) or ([],)
    (anchors,) = (yield Load((Find(ANCHORS, "node", [member.node for member in members]),))) or ([],)
    by_profile: dict[str, list[NodeRow]] = {}
    home: dict[str, str] = {}
    for member in members:
        by_profile.setdefault(member.profile, []).append(member)
        home[member.node] = member.profile
    held: dict[str, list[AnchorRow]] = {}
    for anchor in anchors:
        held.setdefault(home[anchor.node], []).append(anchor)
    puts: list[Put[Any]] = []
    deletes: list[Delete[Any]] = []
    for row in rows:
        found = yield from _named(row, by_profile.get(row.profile, []), held.get(row.profile, []), setup)
        puts += found.puts
        deletes += found.deletes
    state["after"] = rows[-1].profile
    yield Commit(Changes(puts=[*puts, _kept(state)], deletes=deletes))


def _named(row: ProfileRow, members: Sequence[NodeRow], anchors: Sequence[AnchorRow], setup: Setup) -> Plan[Changes]:
    """Return the writes that give one profile its id, and date what changed for those who know an id."""
    rank, now = setup.rules.rank_of, to_micros(setup.clock())
    known = [anchor for anchor in anchors if not anchor.profile.startswith(PLACEHOLDER)]
    strongest = min((member.node for member in members), key=lambda node: strength(node, setup.rules))
    if known:
        best = min(known, key=lambda anchor: (rank(anchor.node or ""), anchor.seq, anchor.profile))
        if rank(strongest) < rank(best.node or ""):
            best = climbed(best, strongest, now)
    else:
        best = AnchorRow(setup.new_id(), strongest, now)
    live = best.profile
    redirects: list[RedirectRow] = []
    changes: list[ChangeRow] = []
    for anchor in known:
        before = yield from redirected(anchor.profile, now)
        if before == live:
            continue
        redirects.append(RedirectRow(anchor.profile, now, live))
        if before == anchor.profile:
            changes.append(ChangeRow("profile_merged", live, now, json.dumps({"absorbed": anchor.profile})))
        elif anchor.profile == live and before is not None:
            body = {"into": sorted([before, live]), "redirects": [live]}
            changes.append(ChangeRow("profile_split", before, now, json.dumps(body)))
    puts: list[Put[Any]] = [Put(ANCHORS, [best])]
    if redirects:
        puts.append(Put(REDIRECTS, redirects))
    if changes:
        puts.append(Put(CHANGES, changes))
    deletes: list[Delete[Any]] = [
        Delete(ANCHORS, [(a.profile,) for a in anchors if a.profile.startswith(PLACEHOLDER)])
    ]
    if row.profile != live:
        puts.append(Put(NODES, [member._replace(profile=live) for member in members]))
        puts.append(Put(PROFILES, [row._replace(profile=live)]))
        deletes.append(Delete(PROFILES, [(row.profile,)]))
    return Changes(puts=puts, deletes=deletes)


def _finish(setup: Setup, meta: dict[str, str]) -> Plan[None]:
    """Follow the machine links again, adopt the rules, and let the golden values be folded anew."""
    (links,) = (yield Load((Find(STATEMENTS, "kind", ["link"]),))) or ([],)
    now = to_micros(setup.clock())
    if links:
        again = [Link(Identifier.of(row.left), Identifier.of(row.right), row.weight, row.model) for row in links]
        yield from linked(again, setup.rules, now_us=now, mint=setup.new_id, model=meta.get(MODEL, ""))
    (flags,) = (yield Load((Get(META, [(RULES,)]),))) or ([],)
    puts: list[Put[Any]] = [Put(META, [MetaRow(RULES, setup.rules.fingerprint)])]
    if not flags or flags[0].value != setup.rules.fingerprint:
        puts.append(Put(FACTS, [adoption(setup.rules, setup.tenant, recorded_us=now)]))
    yield Commit(Changes(puts=puts, deletes=[Delete(META, [(REBUILD,), (_GOLDEN,)])]))
