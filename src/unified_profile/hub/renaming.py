"""Plans that keep ids with their people through a rebuild: anchors find new places, and profiles their names.

A rebuild computes people anew under placeholder ids. Then each profile gets the id that is anchored in it, and every id
that leads elsewhere than before is dated and published, as with any other merge or split.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from unified_profile.hub.asking import answered
from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import RULES
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import facts_of
from unified_profile.identity.bundles import placed, spoken_of, statement_key, strength
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.identity.settle import climbed, precedence
from unified_profile.identity.working import bundles_with
from unified_profile.model.codec import decode
from unified_profile.model.facts import ModelAdopted
from unified_profile.model.rows import AnchorRow, ChangeRow, NodeRow, RedirectRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import RECORD, Identifier
from unified_profile.storage.commands import Changes, Delete, Find, Get, Load, Put, Scan
from unified_profile.storage.tables import ANCHORS, CHANGES, FACTS, META, NODES, PROFILES, REDIRECTS

PLACEHOLDER = "~~rebuild~"
"""How the ids begin that profiles have while a rebuild goes on."""

_PAGE = 200


def moved_anchors(after: str, setup: Setup, /) -> Plan[tuple[str, Changes]]:
    """Move a page of anchors to where they belong under the rules of *setup*; return the last id ("" at the end).

    A node that is written otherwise or links no more hands the id to what its facts make of it, else to the strongest
    node that is left of its profile.
    """
    old = yield from rules_of_store()
    (anchors,) = (yield Load((Scan(ANCHORS, (after,) if after else None, _PAGE),))) or ([],)
    ids = anchors[-1].profile if anchors else ""
    if old is None:
        return ids, Changes()
    changed = {space.name for space in old.namespaces if _sense(space) != _sense(setup.rules.by_name.get(space.name))}
    moving = [anchor for anchor in anchors if anchor.node is not None and _name_of(anchor.node) in changed]
    if not moving:
        return ids, Changes()
    nodes = {anchor.node for anchor in moving}
    spelled, beside = yield from _spelled(nodes, old, setup.rules)
    home = yield from _homes(sorted(nodes))
    (members,) = (yield Load((Find(NODES, "profile", sorted(set(home.values()))),))) or ([],)
    left: dict[str, set[str]] = {}
    for member in members:
        node = member.node if _name_of(member.node) not in changed else _under(member.node, setup.rules)
        if node is not None:
            left.setdefault(member.profile, set()).add(node)
    now = to_micros(setup.clock())
    puts = []
    for anchor in moving:
        mine = left.get(home.get(anchor.node, ""), set()) or beside.get(anchor.node, set())
        best = min(spelled.get(anchor.node, mine), key=lambda node: strength(node, setup.rules), default=anchor.node)
        if best != anchor.node:
            puts.append(climbed(anchor, best, now))
    return ids, Changes(puts=[Put(ANCHORS, puts)] if puts else [])


def _sense(space: Namespace | None) -> tuple[object, ...]:
    """Return what decides which node a value becomes."""
    return () if space is None else (space.mode, space.normalizer, space.stopped)


def _name_of(node: str) -> str:
    return node[: node.index(":")].partition("@")[0]


def _spelled(
    nodes: set[str], old: IdentityRules, new: IdentityRules
) -> Plan[tuple[dict[str, set[str]], dict[str, set[str]]]]:
    """Return, by *nodes* of the old rules, what facts make of the same values under the new, and what is beside."""
    bundles = yield from answered(bundles_with(sorted(nodes)))
    spelled: dict[str, set[str]] = {}
    beside: dict[str, set[str]] = {}
    for _, row in (yield from facts_of(sorted({bundle.bundle for bundle in bundles}))):
        said = spoken_of(decode(row, tenant="default"))
        linking = {node for identifier in said if (node := _placed(identifier, new)) is not None}
        for identifier in said:
            was, now = placed(identifier, old), _placed(identifier, new)
            if was is not None and was[1] in nodes:
                beside.setdefault(was[1], set()).update(linking)
                if now is not None:
                    spelled.setdefault(was[1], set()).add(now)
    return spelled, beside


def _under(node: str, rules: IdentityRules) -> str | None:
    """Return what becomes of *node* under *rules*, or None if it links nobody."""
    return _placed(Identifier.of(node), rules)


def _placed(identifier: Identifier, rules: IdentityRules) -> str | None:
    if identifier.namespace not in rules.by_name and identifier.namespace != RECORD:
        return None
    home = placed(identifier, rules)
    return home[1] if home is not None and home[0] == "link" else None


def rules_of_store() -> Plan[IdentityRules | None]:
    """Return the rules that the store was built under; None if that is not known."""
    flags, said = (yield Load((Get(META, [(RULES,)]), Find(FACTS, "bundle", [statement_key(ModelAdopted)])))) or (
        [],
        [],
    )
    for row in said:
        fact = decode(row, tenant="default")
        if isinstance(fact, ModelAdopted) and fact.kind == "identity" and flags and fact.fingerprint == flags[0].value:
            return IdentityRules.from_json(fact.body)
    return None


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
    best = min(anchors, key=lambda anchor: precedence(anchor, setup.rules))
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
