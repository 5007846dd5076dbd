"""Live linking: a batch of bundles is joined to the people it speaks of.

Most bundles are known and say nothing new (*quiet*: only times move), or join profiles in which nothing was ever
refused and whose limits allow it (*quick*: nothing is walked, ``joining.py``). The rest is settled by a walk
(``settle.py``). What is rare (a value that turns out to be shared, a judged record that grew) is handed on to
``restar.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from unified_profile.identity.arriving import Arrival, Arriving, Star, fresh_node
from unified_profile.identity.bundles import Bundle
from unified_profile.identity.joining import Joining, ends_of, may_be_leaf
from unified_profile.identity.limits import limited
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.settle import Mint, Settling
from unified_profile.identity.working import ALONE, Ask, Asking, Working, nodes_of
from unified_profile.model.rows import BundleNodeRow, BundleRow, NodeRow
from unified_profile.model.texts import compact


class Linking:
    """One batch being linked."""

    def __init__(self, work: Working, rules: IdentityRules, *, at_us: int, mint: Mint, model: str = "") -> None:
        """Work on *work* under *rules*; *mint* gives new profile ids, *model* is the adopted record model."""
        self.work = work
        self.rules = rules
        self.at_us = at_us
        self.mint = mint
        self.model = model
        self.arriving = Arriving(work, rules)
        self.joining = Joining(work, rules, at_us=at_us, mint=mint)
        # Nodes whose bundles must be looked at anew: they just became shared, or are judged records that grew.
        self.flipped = self.arriving.flipped
        self.grown = self.arriving.grown
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
            self.arriving.beside(bundle)
            self.arriving.seen(bundle.nodes, arrivals[key].first_us)
        stars = self.arriving.stars(arrivals, nodes, made)
        self.arriving.grow(made)
        homes = {row.leaf_of for found in nodes.values() for node in found if (row := work.nodes.now.get(node))}
        yield from work.load_nodes(home for home in homes if home is not None)
        yield from work.load_profiles(row.profile for row in list(work.nodes.now.values()) if row.profile is not None)
        quick, contested = self._sorted(stars, arrivals, nodes)
        self._centres(stars)
        for group in quick:
            if not (yield from self.joining.join(group, stars)):
                contested.update(ends_of(stars[key] for key in group))
        if contested:
            yield from self._contest(contested, stars)
        self._edged(stars)
        for key, bundle in made.items():
            self._keep(bundle, stars.get(key))

    def _edged(self, stars: Mapping[str, Star]) -> None:
        """Count a new edge as a change of both its profiles: who walks them side by side has not seen it."""
        profiles, nodes = self.work.profiles, self.work.nodes.now
        for star in stars.values():
            if not star.new:
                continue
            for node in star.others:
                if (known := nodes.get(node)) is not None and known.leaf_of is not None:  # a leaf decides nothing
                    continue
                for unit in {self.work.unit(node), self.work.unit(star.centre)}:
                    row = profiles.now.get(unit)
                    if row is not None and row == profiles.was.get(unit):
                        profiles.put(row._replace(version=row.version + 1))

    # Which way each bundle goes

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
        self, stars: Mapping[str, Star], arrivals: Mapping[str, Arrival], nodes: Mapping[str, tuple[str, ...]]
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
                    self.arriving.seen(
                        [n for n in nodes[key] if (s := limited(n, self.rules)) and s.window], arrivals[key].first_us
                    )
                    contested.update(ends)
                continue
            if self._leaves_only(star, sole):
                continue
            root = find(self.work.unit(star.centre))
            for node in star.others:
                other = find(self.work.unit(node))
                if other != root:
                    parent[other] = root
            if any(self._unclean(node) for node in ends):
                contested.update(ends)
            else:
                loud.append((key, star.centre))
        dark = {find(self.work.unit(node)) for node in contested}
        for key, centre in loud:
            root = find(self.work.unit(centre))
            if root in dark:
                contested.update((centre, *stars[key].others))
            else:
                groups.setdefault(root, []).append(key)
        return list(groups.values()), contested

    def _sole(self, stars: Mapping[str, Star]) -> dict[str, str | None]:
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

    def _leaves_only(self, star: Star, sole: Mapping[str, str | None]) -> bool:
        """Say whether a new bundle adds nothing but leaves to a clean profile; and if so, add them."""
        nodes = self.work.nodes
        home = nodes.now.get(star.centre)
        if home is None or home.profile is None or not home.centred or self._unclean(star.centre):
            return False
        fresh = []
        for node in star.others:
            row = nodes.was.get(node)
            if row is None:
                if sole.get(node) is None or not may_be_leaf(node, self.rules):
                    return False
                fresh.append(node)
            elif row.profile != home.profile and row.leaf_of != star.centre:
                return False
        for node in fresh:
            row = nodes.now.get(node) or fresh_node(node)
            nodes.put(NodeRow(node, row.profile, star.centre, *row[3:]))
        return True

    def _centres(self, stars: Mapping[str, Star]) -> None:
        """Mark centres, so that a component knows whether facts stay with it."""
        for star in stars.values():
            row = self.work.nodes.now.get(star.centre) or fresh_node(star.centre)
            if not row.centred:
                self.work.nodes.put(row._replace(centred=1))

    # The walked way

    def _contest(self, contested: set[str], stars: Mapping[str, Star]) -> Asking[None]:
        """Walk the people around *contested*."""
        work = self.work
        if any(self._afloat(node) for node in contested):
            yield [Ask(ALONE, "", ())]  # it has no profile whose version would tell others of a new edge
        for node in contested:
            if work.nodes.now.get(node) is None:
                work.nodes.put(fresh_node(node))
        keys = [key for key, star in stars.items() if star.centre in contested or contested.intersection(star.others)]
        yield from self.joining.unleaf(contested, keys, stars, None)
        seeds = {row.leaf_of or node for node in contested if (row := work.nodes.now[node])}
        settling = Settling(work, self.rules, at_us=self.at_us, mint=self.mint, model=self.model)
        yield from settling.settle(seeds)
        self.conflicts += settling.refused_same

    def _keep(self, bundle: Bundle, star: Star | None) -> None:
        """Write a new bundle."""
        centre = None if star is None else star.centre
        devices = compact(bundle.devices) if bundle.devices else None
        text = compact(bundle.nodes)
        self.work.make("bundle", BundleRow(bundle.key, text, centre, devices))
        # Nodes of the star lead to the bundle by their edges; the others need a row.
        linking = () if star is None else (star.centre, *star.others)
        if bundle.devices or len(linking) < len(bundle.nodes):
            for node in (*bundle.nodes, *bundle.devices):
                if node not in linking:
                    self.work.add("bundle_node", BundleNodeRow(node, bundle.key))
