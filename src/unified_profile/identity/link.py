"""Live linking: a batch of bundles is joined to the people it speaks of.

Most bundles are known and say nothing new (*quiet*: only times move), or join profiles in which nothing was ever
refused and whose limits allow it (*quick*: nothing is walked). The rest is settled by a walk (``settle.py``). What is
rare (a value that turns out to be shared, a judged record that grew) is handed on to ``restar.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

import attrs

from unified_profile.identity.bundles import Bundle, space_of, strength, value_of
from unified_profile.identity.limits import Summary, dump, joined, limited, parse
from unified_profile.identity.namespaces import IdentityRules, Rank
from unified_profile.identity.settle import NEVER, Mint, Settling, climbed
from unified_profile.identity.working import ALONE, Ask, Asking, Working, nodes_of
from unified_profile.model.rows import (
    AnchorRow,
    BundleNodeRow,
    BundleRow,
    ChangeRow,
    NodeRow,
    ProfileRow,
    RedirectRow,
)
from unified_profile.model.texts import compact


@attrs.define
class Arrival:
    """What a batch brings of one bundle: its times, and how to make it when it is new."""

    make: Callable[[], Bundle]
    first_us: int
    last_us: int


@attrs.define
class _Star:
    """A bundle of this batch as a star: its centre and the nodes around it."""

    centre: str
    others: tuple[str, ...]
    new: bool


class Linking:
    """One batch being linked."""

    def __init__(self, work: Working, rules: IdentityRules, *, at_us: int, mint: Mint, model: str = "") -> None:
        """Work on *work* under *rules*; *mint* gives new profile ids, *model* is the adopted record model."""
        self.work = work
        self.rules = rules
        self.at_us = at_us
        self.mint = mint
        self.model = model
        # Nodes whose bundles must be looked at anew: they just became shared, or are judged records that grew.
        self.flipped: set[str] = set()
        self.grown: set[str] = set()
        self.conflicts: list[tuple[str, str]] = []

    def link(self, arrivals: Mapping[str, Arrival], /) -> Asking[None]:
        """Join the people that *arrivals* (by bundle key) speak of."""
        work = self.work
        (rows,) = yield [Ask("bundle", "key", [(key,) for key in arrivals])]
        known = {row.bundle: row for row in rows}
        made = {key: arrival.make() for key, arrival in arrivals.items() if key not in known}
        nodes: dict[str, tuple[str, ...]] = {}
        for key in arrivals:
            row = known.get(key)
            nodes[key] = made[key].nodes if row is None else nodes_of(row.nodes)
        yield from work.load_nodes(node for found in nodes.values() for node in found)
        for key, bundle in made.items():
            self._beside(bundle)
            self._seen(bundle.nodes, arrivals[key].first_us)
        stars = self._stars(arrivals, nodes, made)
        self._grown(made)
        homes = {row.leaf_of for found in nodes.values() for node in found if (row := work.nodes.now.get(node))}
        yield from work.load_nodes(home for home in homes if home is not None)
        yield from work.load_profiles(row.profile for row in list(work.nodes.now.values()) if row.profile is not None)
        quick, contested = self._sorted(stars, arrivals, nodes)
        self._centres(stars)
        for group in quick:
            if not (yield from self._quick(group, stars)):
                contested.update(_ends(stars[key] for key in group))
        if contested:
            yield from self._contest(contested, stars)
        self._edged(stars)
        for key, bundle in made.items():
            self._keep(bundle, stars.get(key))

    def _edged(self, stars: Mapping[str, _Star]) -> None:
        """Count a new edge as a change of both its profiles: who walks them side by side has not seen it."""
        profiles = self.work.profiles
        for star in stars.values():
            if not star.new:
                continue
            for node in star.others:
                if self.work.core_of((node, star.centre)) is None:  # a leaf decides nothing
                    continue
                for unit in {self._unit(node), self._unit(star.centre)}:
                    row = profiles.now.get(unit)
                    if row is not None and row == profiles.was.get(unit):
                        profiles.put(row._replace(version=row.version + 1))

    # What a batch says

    def _stars(
        self, arrivals: Mapping[str, Arrival], nodes: Mapping[str, tuple[str, ...]], made: Mapping[str, Bundle]
    ) -> dict[str, _Star]:
        """Return the star of every bundle that has a centre, and note the times of its edges."""
        rows, moves = self.work.nodes.now, self.work.moves
        stars: dict[str, _Star] = {}
        for key, arrival in arrivals.items():
            usable = [node for node in nodes[key] if (row := rows.get(node)) is None or not row.shared]
            if not usable:
                continue
            centre, others = usable[0], tuple(usable[1:])
            stars[key] = _Star(centre, others, key in made)
            first, last = arrival.first_us, arrival.last_us
            for node in others:
                pair = (node, centre)
                move = moves.get(pair)
                moves[pair] = (first, last) if move is None else (min(move[0], first), max(move[1], last))
        return stars

    def _beside(self, bundle: Bundle) -> None:
        """Count the strong values beside each value that may be over-shared, and stop it when there are too many."""
        strong: list[tuple[Rank, str]] = []
        for node in bundle.nodes:
            space = self.rules.space(node)
            if space is None:
                continue
            if space.one_per_person:
                strong.append((space.rank, node))
            if space.shared_above is None or not strong or strong[0][0] >= space.rank:
                continue
            row = self.work.nodes.now.get(node) or _fresh(node)
            beside: dict[str, list[str]] = json.loads(row.beside) if row.beside else {}
            grew = False
            for rank, other in strong:
                values = beside.setdefault(space_of(other), []) if rank < space.rank else []
                if rank < space.rank and value_of(other) not in values:
                    values.append(value_of(other))
                    values.sort()
                    grew = True
            if not grew:
                continue
            shared = any(len(values) > space.shared_above for values in beside.values())
            if shared and not row.shared:
                self.flipped.add(node)
            self.work.nodes.put(row._replace(beside=compact(beside), shared=int(shared)))

    def _seen(self, nodes: Iterable[str], first_us: int) -> None:
        """Keep when each node was first seen."""
        for node in nodes:
            row = self.work.nodes.now.get(node) or _fresh(node)
            if first_us < row.first_us:
                self.work.nodes.put(row._replace(first_us=first_us))

    def _grown(self, made: Mapping[str, Bundle]) -> None:
        """Note alias calls and judged records that grew: what they make one is derived afterwards."""
        for bundle in made.values():
            if bundle.alias and alias_pairs(bundle.nodes, self.rules, accepted=True):
                self.grown.update(bundle.nodes)
            for node in bundle.nodes:
                row = self.work.nodes.now.get(node)
                if row is not None and row.judged and node.startswith("record:"):
                    self.grown.add(node)

    # Which way each bundle goes

    def _unit(self, node: str) -> str:
        """Return the profile of a node (of its home, for a leaf), or the node itself."""
        row = self.work.nodes.now.get(node)
        if row is not None and row.leaf_of is not None:
            row = self.work.nodes.now.get(row.leaf_of)
        return node if row is None or row.profile is None else row.profile

    def _afloat(self, node: str) -> bool:
        """Say whether a node was known before and is nobody's."""
        row = self.work.nodes.was.get(node)
        return row is not None and row.profile is None and row.leaf_of is None

    def _unclean(self, node: str) -> bool:
        """Say whether a node forbids the quick way: judged, windowed, afloat, or in a profile with a past."""
        row = self.work.nodes.now.get(node)
        space = limited(node, self.rules)
        if space is not None and space.window is not None:
            return True
        if row is None:
            return False
        if row.judged:
            return True
        if row.leaf_of is not None:
            row = self.work.nodes.now[row.leaf_of]
        if row.profile is None:
            return self.work.nodes.was.get(row.node) is not None
        profile = self.work.profiles.now.get(row.profile)
        return profile is None or not profile.clean

    def _sorted(
        self, stars: Mapping[str, _Star], arrivals: Mapping[str, Arrival], nodes: Mapping[str, tuple[str, ...]]
    ) -> tuple[list[list[str]], set[str]]:
        """Group the bundles that are not quiet by the people they would join; say which are contested."""
        parent: dict[str, str] = {}

        def find(unit: str) -> str:
            root = parent.setdefault(unit, unit)
            while parent[root] != root:
                parent[root] = root = parent[parent[root]]
            return root

        groups: dict[str, list[str]] = {}
        contested: set[str] = set()
        loud: list[tuple[str, str]] = []
        sole = self._sole(stars)
        for key, star in stars.items():
            ends = (star.centre, *star.others)
            if not star.new:
                # All edges of a known bundle in a clean profile were accepted: its centre speaks for its other ends.
                if self._unclean(star.centre):
                    self._seen(
                        [n for n in nodes[key] if (s := limited(n, self.rules)) and s.window], arrivals[key].first_us
                    )
                    contested.update(ends)
                continue
            if self._leaves_only(star, sole):
                continue
            root = find(self._unit(star.centre))
            for node in star.others:
                other = find(self._unit(node))
                if other != root:
                    parent[other] = root
            if any(self._unclean(node) for node in ends):
                contested.update(ends)
            else:
                loud.append((key, star.centre))
        dark = {find(self._unit(node)) for node in contested}
        for key, centre in loud:
            root = find(self._unit(centre))
            if root in dark:
                contested.update((centre, *stars[key].others))
            else:
                groups.setdefault(root, []).append(key)
        return list(groups.values()), contested

    def _sole(self, stars: Mapping[str, _Star]) -> dict[str, str | None]:
        """Return the only centre that each new node has in this batch; None when it has several, or is one itself."""
        rows, sole = self.work.nodes.was, dict[str, str | None]()
        for star in stars.values():
            if star.new:
                for node in star.others:
                    if rows.get(node) is None:
                        sole[node] = star.centre if sole.setdefault(node, star.centre) == star.centre else None
        for star in stars.values():
            if star.centre in sole:
                sole[star.centre] = None
        return sole

    def _leaves_only(self, star: _Star, sole: Mapping[str, str | None]) -> bool:
        """Say whether a new bundle adds nothing but leaves to a clean profile; and if so, add them."""
        nodes = self.work.nodes
        home = nodes.now.get(star.centre)
        if home is None or home.profile is None or not home.centred or self._unclean(star.centre):
            return False
        fresh = []
        for node in star.others:
            row = nodes.was.get(node)
            if row is None:
                if sole.get(node) is None or not self._may_be_leaf(node):
                    return False
                fresh.append(node)
            elif row.profile != home.profile and row.leaf_of != star.centre:
                return False
        for node in fresh:
            nodes.put((nodes.now.get(node) or _fresh(node))._replace(leaf_of=star.centre))
        return True

    def _centres(self, stars: Mapping[str, _Star]) -> None:
        """Mark centres, so that a component knows whether facts stay with it."""
        for star in stars.values():
            row = self.work.nodes.now.get(star.centre) or _fresh(star.centre)
            if not row.centred:
                self.work.nodes.put(row._replace(centred=1))

    # The quick way

    def _quick(self, group: list[str], stars: Mapping[str, _Star]) -> Asking[bool]:
        """Join the people of *group* if the union keeps every limit; False, and nothing done, if it does not."""
        work = self.work
        ends = _ends(stars[key] for key in group)
        units = {self._unit(node) for node in ends}
        profiles = sorted(unit for unit in units if unit in work.profiles.now)
        fresh = [node for node in ends if self._unit(node) == node]
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
        grown = yield from self._unleaf(ends, group, stars, live)
        for row in members:
            work.nodes.put(work.nodes.now[row.node]._replace(profile=live))
        for node in fresh:
            row = work.nodes.now.get(node) or _fresh(node)
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
        best = min(
            (anchors.now[profile] for profile in profiles),
            key=lambda anchor: (rank(anchor.node or ""), anchor.seq, anchor.profile),
        )
        if rank(strongest) < rank(best.node or ""):
            anchors.put(climbed(best, strongest, self.at_us))
        return best.profile

    def _leaves(self, fresh: list[str], group: list[str], stars: Mapping[str, _Star]) -> dict[str, str]:
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
            if node not in held and len(centres.get(node, ())) == 1 and self._may_be_leaf(node)
        }

    def _may_be_leaf(self, node: str) -> bool:
        """Say whether a node may be looked through: no limit counts it, and no id is anchored at it."""
        # A record may name another one that is stronger by its name, and ids are anchored at the strongest node.
        return not node.startswith("record:") and limited(node, self.rules) is None

    def _unleaf(
        self, ends: Iterable[str], group: Iterable[str], stars: Mapping[str, _Star], live: str | None
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

    # The walked way

    def _contest(self, contested: set[str], stars: Mapping[str, _Star]) -> Asking[None]:
        """Walk the people around *contested*."""
        work = self.work
        if any(self._afloat(node) for node in contested):
            yield [Ask(ALONE, "", ())]  # it has no profile whose version would tell others of a new edge
        for node in contested:
            if work.nodes.now.get(node) is None:
                work.nodes.put(_fresh(node))
        keys = [key for key, star in stars.items() if star.centre in contested or contested.intersection(star.others)]
        yield from self._unleaf(contested, keys, stars, None)
        seeds = {row.leaf_of or node for node in contested if (row := work.nodes.now[node])}
        settling = Settling(work, self.rules, at_us=self.at_us, mint=self.mint, model=self.model)
        yield from settling.settle(seeds)
        self.conflicts += settling.refused_same

    def _keep(self, bundle: Bundle, star: _Star | None) -> None:
        """Write a new bundle."""
        centre = None if star is None else star.centre
        devices = compact(bundle.devices) if bundle.devices else None
        text = compact(bundle.nodes)
        self.work.add("bundle", BundleRow(bundle.key, text, centre, devices))
        # Nodes of the star lead to the bundle by their edges; the others need a row.
        linking = () if star is None else (star.centre, *star.others)
        if bundle.devices or len(linking) < len(bundle.nodes):
            for node in (*bundle.nodes, *bundle.devices):
                if node not in linking:
                    self.work.add("bundle_node", BundleNodeRow(node, bundle.key))


def alias_pairs(nodes: Iterable[str], rules: IdentityRules, /, *, accepted: bool) -> list[tuple[str, str]]:
    """Return the pairs of one-per-person values that belong to one class when these nodes are said to be one person.

    With *accepted* only namespaces with ``alias="accept"`` count (an alias call); a clerk's word counts for all.
    """
    spaces: dict[str, list[str]] = {}
    for node in nodes:
        space = rules.space(node)
        if space is not None and space.one_per_person and (not accepted or space.alias == "accept"):
            spaces.setdefault(space_of(node), []).append(node)
    found = []
    for values in spaces.values():
        ordered = sorted(set(values))
        found += list(pairwise(ordered))
    return found


def _fresh(node: str) -> NodeRow:
    return NodeRow(node, None, None, NEVER)


def _ends(stars: Iterable[_Star]) -> set[str]:
    return {node for star in stars for node in (star.centre, *star.others)}
