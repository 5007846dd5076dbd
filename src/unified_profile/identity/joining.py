"""The quick way: people in whose profiles nothing was ever refused are joined without a walk, if limits allow it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from unified_profile.identity.arriving import Star, fresh_node
from unified_profile.identity.bundles import space_of, strength, value_of
from unified_profile.identity.limits import Summary, dump, joined, limited, parse
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.settle import Mint, climbed, precedence
from unified_profile.identity.working import Ask, Asking, Working
from unified_profile.model.rows import AnchorRow, ChangeRow, NodeRow, ProfileRow, RedirectRow


class Joining:
    """Groups of bundles being joined, and leaves being turned into members."""

    def __init__(self, work: Working, rules: IdentityRules, *, at_us: int, mint: Mint) -> None:
        """Work on *work* under *rules*; *mint* gives new profile ids, redirects are dated *at_us*."""
        self.work = work
        self.rules = rules
        self.at_us = at_us
        self.mint = mint

    def join(self, group: list[str], stars: Mapping[str, Star]) -> Asking[bool]:
        """Join the people of *group* if the union keeps every limit; False, and nothing done, if it does not."""
        work = self.work
        ends = ends_of(stars[key] for key in group)
        units = {self.work.unit(node) for node in ends}
        profiles = work.by_age(unit for unit in units if unit in work.profiles.now)
        fresh = [node for node in ends if self.work.unit(node) == node]
        rows = [work.profiles.now[profile] for profile in profiles]
        parts: list[Summary] = [parse(row.summary) for row in rows]
        parts += [{space_of(node): [value_of(node)]} for node in fresh if limited(node, self.rules) is not None]
        summary = joined(parts, self.rules)
        if summary is None:
            return False
        members: list[NodeRow] = []
        live = self._live(profiles, ends)
        losers = [profile for profile in profiles if profile != live]
        if losers:
            (members,) = yield [Ask("node", "profile", losers)]
            work.nodes.seen(members)
            (held,) = yield [Ask("anchor", "node", [row.node for row in members])]
            for anchor in held:  # whatever led to the losers follows them
                if anchor.profile not in losers:
                    work.add("redirect", RedirectRow(anchor.profile, self.at_us, live))
        leaves = self._leaves(fresh, group, stars)
        grown = yield from self.unleaf(ends, group, stars, live)
        for row in members:
            work.nodes.put(work.nodes.now[row.node]._replace(profile=live))
        for node in fresh:
            row = work.nodes.now.get(node) or fresh_node(node)
            if node in leaves:
                work.nodes.put(row._replace(leaf_of=leaves[node]))
            else:
                grown = True
                work.nodes.put(row._replace(profile=live, leaf_of=None))
        was = work.profiles.now.get(live)
        if was is None or losers or grown:
            version = 1 if was is None else was.version + 1
            work.profiles.put(ProfileRow(live, version, 1, dump(summary)))
        for profile in losers:
            self._absorb(live, profile)
        return True

    def _live(self, profiles: list[str], ends: set[str]) -> str:
        """Return the id under which the group lives on, minted or moved up to a stronger anchor."""
        rank, anchors = self.rules.rank_of, self.work.anchors
        strongest = min(ends, key=lambda node: strength(node, self.rules))
        if not profiles:
            minted = AnchorRow(self.mint(), strongest, self.at_us)
            anchors.put(minted)
            return minted.profile
        best = min((anchors.now[profile] for profile in profiles), key=lambda anchor: precedence(anchor, self.rules))
        if rank(strongest) < rank(best.node or ""):
            anchors.put(climbed(best, strongest, self.at_us))
        return best.profile

    def _leaves(self, fresh: list[str], group: list[str], stars: Mapping[str, Star]) -> dict[str, str]:
        """Return the new nodes that cannot change any decision, with their only centre."""
        centres: dict[str, set[str]] = {}
        held: set[str] = set()
        for key in group:
            star = stars[key]
            held.add(star.centre)
            for node in star.others:
                centres.setdefault(node, set()).add(star.centre)
        return {
            node: next(iter(centres[node]))
            for node in fresh
            if node not in held and len(centres.get(node, ())) == 1 and may_be_leaf(node, self.rules)
        }

    def unleaf(
        self, ends: Iterable[str], group: Iterable[str], stars: Mapping[str, Star], live: str | None
    ) -> Asking[bool]:
        """Turn leaves that got a second centre, or facts of their own, into members (afloat when *live* is None)."""
        work = self.work
        turned: list[tuple[str, str]] = []
        around: dict[str, set[str]] = {}
        for key in group:
            for node in stars[key].others:
                around.setdefault(node, set()).add(stars[key].centre)
        for node in sorted(ends):
            row = work.nodes.now.get(node)
            if row is None or row.leaf_of is None:
                continue
            if row.centred or around.get(node, set()) - {row.leaf_of}:
                turned.append((node, row.leaf_of))
                work.nodes.put(row._replace(profile=live, leaf_of=None))
        for node, home in turned:
            yield from work.leaf_edge(node, home)
        return bool(turned)

    def _absorb(self, live: str, profile: str) -> None:
        """Publish that *profile* lives on as *live*."""
        work = self.work
        work.profiles.drop(profile)
        work.merged += 1
        work.add("redirect", RedirectRow(profile, self.at_us, live))
        body = json.dumps({"absorbed": profile}, separators=(",", ":"))
        work.add("change", ChangeRow("profile_merged", live, self.at_us, body))


def may_be_leaf(node: str, rules: IdentityRules, /) -> bool:
    """Say whether a node may be looked through: no limit counts it, and no id is anchored at it."""
    # A record may name another one that is stronger by its name, and ids are anchored at the strongest node.
    return not node.startswith("record:") and limited(node, rules) is None


def ends_of(stars: Iterable[Star], /) -> set[str]:
    """Return every node of *stars*."""
    return {node for star in stars for node in (star.centre, *star.others)}
