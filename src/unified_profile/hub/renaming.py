"""Plans that keep ids with their people through a rebuild: anchors find new places, and profiles their names.

A rebuild computes people anew under placeholder ids. Then each profile gets the id that is anchored in it, and every id
that leads elsewhere than before is dated and published, as with any other merge or split.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from unified_profile.hub.driver import Plan
from unified_profile.hub.setup import Setup
from unified_profile.identity.bundles import placed, strength
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.settle import climbed
from unified_profile.model.rows import AnchorRow, ChangeRow, NodeRow, RedirectRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.storage.commands import Changes, Delete, Find, Get, Load, Put, Scan
from unified_profile.storage.tables import ANCHORS, CHANGES, NODES, PROFILES, REDIRECTS

PLACEHOLDER = "~~rebuild~"
"""How the ids begin that profiles have while a rebuild goes on."""

_PAGE = 200


def moved_anchors(after: str, setup: Setup, /) -> Plan[tuple[str, Changes]]:
    """Move a page of anchors to where they belong under the rules of *setup*; return the last id ("" at the end).

    A node that links no more, or is written otherwise, hands the id to its new form, else to the strongest node that
    is left of its profile.
    """
    (anchors,) = (yield Load((Scan(ANCHORS, (after,) if after else None, _PAGE),))) or ([],)
    lost = {}
    puts: list[AnchorRow] = []
    now = to_micros(setup.clock())
    for anchor in anchors:
        if anchor.node is not None:
            node = _under(anchor.node, setup.rules)
            if node is None:
                lost[anchor.profile] = anchor
            elif node != anchor.node:
                puts.append(climbed(anchor, node, now))
    if lost:
        home = yield from _homes(sorted({anchor.node for anchor in lost.values()}))
        (members,) = (yield Load((Find(NODES, "profile", sorted(set(home.values()))),))) or ([],)
        left: dict[str, list[str]] = {}
        for member in members:
            node = _under(member.node, setup.rules)
            if node is not None:
                left.setdefault(member.profile, []).append(node)
        for anchor in lost.values():
            nodes = left.get(home.get(anchor.node, ""))
            if nodes:
                puts.append(climbed(anchor, min(nodes, key=lambda node: strength(node, setup.rules)), now))
    return anchors[-1].profile if anchors else "", Changes(puts=[Put(ANCHORS, puts)] if puts else [])


def _under(node: str, rules: IdentityRules) -> str | None:
    """Return what becomes of *node* under *rules*, or None if it links nobody."""
    identifier = Identifier.of(node)
    if identifier.namespace not in rules.by_name and not node.startswith("record:"):
        return None
    home = placed(identifier, rules)
    return home[1] if home is not None and home[0] == "link" else None


def named(after: str, setup: Setup, /) -> Plan[tuple[str, Changes]]:
    """Give a page of profiles the ids that are anchored in them, or new ones; return the last one of the page."""
    (rows,) = (yield Load((Scan(PROFILES, (after,) if after else None, _PAGE),))) or ([],)
    if not rows:
        return "", Changes()
    (members,) = (yield Load((Find(NODES, "profile", [row.profile for row in rows]),))) or ([],)
    (anchors,) = (yield Load((Find(ANCHORS, "node", [member.node for member in members]),))) or ([],)
    by_profile: dict[str, list[NodeRow]] = {}
    home: dict[str, str] = {}
    for member in members:
        by_profile.setdefault(member.profile, []).append(member)
        home[member.node] = member.profile
    held: dict[str, list[AnchorRow]] = {}
    for anchor in anchors:
        if not anchor.profile.startswith(PLACEHOLDER):
            held.setdefault(home[anchor.node], []).append(anchor)
    puts: list[Put[Any]] = []
    gone: list[tuple[str]] = []
    for row in rows:
        mine = by_profile.get(row.profile, [])
        live = _live(mine, held.get(row.profile, []), setup)
        puts.append(Put(ANCHORS, [live]))
        if row.profile != live.profile:
            puts.append(Put(NODES, [member._replace(profile=live.profile) for member in mine]))
            puts.append(Put(PROFILES, [row._replace(profile=live.profile)]))
            gone.append((row.profile,))
    return rows[-1].profile, Changes(puts=puts, deletes=[Delete(PROFILES, gone)] if gone else [])


def _live(members: Sequence[NodeRow], anchors: Sequence[AnchorRow], setup: Setup) -> AnchorRow:
    """Return the anchor of the id under which a profile lives on: the strongest, then the oldest; or a new one."""
    rank, now = setup.rules.rank_of, to_micros(setup.clock())
    strongest = min((member.node for member in members), key=lambda node: strength(node, setup.rules))
    if not anchors:
        return AnchorRow(setup.new_id(), strongest, now)
    best = min(anchors, key=lambda anchor: (rank(anchor.node or ""), anchor.seq, anchor.profile))
    return climbed(best, strongest, now) if rank(strongest) < rank(best.node or "") else best


def led(after: str, setup: Setup, /) -> Plan[tuple[str, Changes]]:
    """Date and publish where a page of ids leads now, if that is elsewhere; placeholders go."""
    (anchors,) = (yield Load((Scan(ANCHORS, (after,) if after else None, _PAGE),))) or ([],)
    if not anchors:
        return "", Changes()
    ids = [anchor.profile for anchor in anchors if not anchor.profile.startswith(PLACEHOLDER)]
    before = yield from leads(ids)
    now = yield from _anchored(anchors)
    # Where the profiles lead now that ids led to: what merged takes everything along that led to it.
    others = sorted({was for was in before.values() if was is not None} - now.keys())
    (further,) = (yield Load((Get(ANCHORS, [(name,) for name in others]),))) or ([],) if others else ([],)
    now |= yield from _anchored(further)
    at = to_micros(setup.clock())
    redirects: list[RedirectRow] = []
    changes: list[ChangeRow] = []
    moved: dict[str, list[tuple[str, str | None]]] = {}
    for name in ids:
        was, leads_to = before[name], now.get(name)
        if was == leads_to:
            continue
        redirects.append(RedirectRow(name, at, leads_to))
        if was == name and leads_to is not None:
            changes.append(ChangeRow("profile_merged", leads_to, at, json.dumps({"absorbed": name})))
        elif was is None or was == name or leads_to is None or leads_to != now.get(was):
            moved.setdefault(was or name, []).append((name, leads_to))
    for was, news in sorted(moved.items()):
        into = {leads_to for _, leads_to in news} | {now.get(was)}
        body = {"into": sorted(name for name in into if name is not None), "redirects": news}
        changes.append(ChangeRow("profile_split", was, at, json.dumps(body)))
    gone = [(anchor.profile,) for anchor in anchors if anchor.profile.startswith(PLACEHOLDER)]
    puts: list[Put[Any]] = [Put(REDIRECTS, redirects), Put(CHANGES, changes)]
    return anchors[-1].profile, Changes(
        puts=[put for put in puts if put.rows], deletes=[Delete(ANCHORS, gone)] if gone else []
    )


def leads(ids: Sequence[str], /, *, limit: int | None = None) -> Plan[dict[str, str | None]]:
    """Return where each of *ids* leads (at *limit*, if given) by its dated redirects; None: to nobody any more."""
    (rows,) = (yield Load((Find(REDIRECTS, "profile", ids),))) or ([],) if ids else ([],)
    found: dict[str, str | None] = {name: name for name in ids}
    for row in sorted(rows, key=lambda row: row.since_us):
        if limit is None or row.since_us <= limit:
            found[row.profile] = row.target
    return found


def _anchored(anchors: Collection[AnchorRow]) -> Plan[dict[str, str]]:
    """Return the live profile that holds each id's anchor; ids of nobody are left out."""
    home = yield from _homes(sorted({anchor.node for anchor in anchors if anchor.node is not None}))
    return {anchor.profile: home[anchor.node] for anchor in anchors if anchor.node in home}


def _homes(nodes: Sequence[str]) -> Plan[dict[str, str]]:
    """Return the profile of each of *nodes*; a leaf's is that of its home."""
    (rows,) = (yield Load((Get(NODES, [(node,) for node in nodes]),))) or ([],) if nodes else ([],)
    leaves = sorted({row.leaf_of for row in rows if row.leaf_of is not None})
    (more,) = (yield Load((Get(NODES, [(node,) for node in leaves]),))) or ([],) if leaves else ([],)
    through = {row.node: row.profile for row in more}
    found = {row.node: row.profile if row.leaf_of is None else through.get(row.leaf_of) for row in rows}
    return {node: profile for node, profile in found.items() if profile is not None}
