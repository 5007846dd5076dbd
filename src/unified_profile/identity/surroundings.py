"""What a rare change has to look at: every bundle around it, with the times of its facts and how it stood before."""

from __future__ import annotations

from unified_profile.identity.bundles import Bundle
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.settle import NEVER
from unified_profile.identity.working import Ask, Asking, Working, bundles_with, nodes_of, times_of
from unified_profile.model.rows import BundleNodeRow, BundleRow, NodeRow
from unified_profile.model.texts import compact

Times = tuple[int, int]


class Surroundings:
    """The bundles that were looked at in one change."""

    def __init__(self, work: Working, rules: IdentityRules) -> None:
        """Know none yet."""
        self.work = work
        self.rules = rules
        self.bundles: dict[str, BundleRow] = {}
        self.nodes_of: dict[str, tuple[str, ...]] = {}
        self.holding: dict[str, list[str]] = {}
        self.times: dict[str, Times] = {}
        self.old_stars: dict[str, tuple[str, ...]] = {}
        self.touched: set[str] = set()
        self._complete: set[str] = set()

    def know(self, nodes: set[str]) -> Asking[None]:
        """Read every bundle that holds one of *nodes*, and the times of its facts."""
        wanted = sorted(nodes - self._complete)
        if not wanted:
            return
        self._complete.update(wanted)
        found = [row for row in (yield from bundles_with(wanted)) if row.bundle not in self.bundles]
        yield from self._facts([row.bundle for row in found])
        for row in found:
            self._keep(row, nodes_of(row.nodes))
        yield from self.work.load_nodes(node for row in found for node in self.nodes_of[row.bundle])
        for row in found:
            self.old_stars[row.bundle] = self._stood(row)

    def _keep(self, row: BundleRow, nodes: tuple[str, ...]) -> None:
        """Note a bundle, and for each of its *nodes* that it is in it."""
        self.bundles[row.bundle] = row
        self.nodes_of[row.bundle] = nodes
        for node in nodes:
            self.holding.setdefault(node, []).append(row.bundle)

    def _facts(self, keys: list[str]) -> Asking[None]:
        """Read the earliest and latest time of each bundle's facts."""
        self.times.update((yield from times_of(keys)))

    def make(self, bundle: Bundle) -> Asking[None]:
        """Take in a bundle that is not stored yet."""
        (rows,) = yield [Ask("bundle", "key", [(bundle.key,)])]
        devices = compact(bundle.devices) if bundle.devices else None
        row = rows[0] if rows else BundleRow(bundle.key, compact(bundle.nodes), None, devices)
        self._keep(row, bundle.nodes)
        self.old_stars[bundle.key] = () if not rows else self._stood(row)
        yield from self._facts([bundle.key])
        yield from self.work.load_nodes(bundle.nodes)
        if not rows:
            for node in bundle.devices:
                self.work.add("bundle_node", BundleNodeRow(node, bundle.key))
            for node in bundle.nodes:
                if node not in self.work.nodes.now:
                    self.work.nodes.put(NodeRow(node, None, None, NEVER))

    def _stood(self, row: BundleRow) -> tuple[str, ...]:
        """Return the star of a bundle as it was stored: its centre first."""
        if row.centre is None:
            return ()
        nodes = self.nodes_of[row.bundle]
        was = self.work.nodes.was
        others = [
            node
            for node in nodes
            if node != row.centre and (n := was.get(node)) is not None and (not n.shared or node in self.touched)
        ]
        return (row.centre, *others)

    def star(self, key: str) -> tuple[str, ...]:
        """Return the star of a bundle as it is now; empty when no fact is left in it or nothing links."""
        if key not in self.times:
            return ()
        now = self.work.nodes.now
        return tuple(node for node in self.nodes_of[key] if node in now and not now[node].shared)
