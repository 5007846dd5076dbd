"""Runs the incremental engine over a memory store, for comparison with the reference."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from unified_profile.hub.driver import run
from unified_profile.hub.everybody import Partition, partition
from unified_profile.hub.ingest import Setting, Taken, Told, take
from unified_profile.identity.bundles import bundle_key
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.codec import encode
from unified_profile.model.facts import Fact
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.protocols import Store


class Engine:
    """A store and the plans over it, with ids that count up."""

    def __init__(self, rules: IdentityRules, store: Store | None = None) -> None:
        self.rules = rules
        self.store: Store = MemoryStore() if store is None else store
        self._ids = itertools.count(1)
        self._now = itertools.count(10_000_000)

    def take(self, facts: Iterable[Fact]) -> Taken:
        """Ingest one batch."""
        now = next(self._now)
        setting = Setting(self.rules, now, lambda: f"p{next(self._ids)}", "default")
        told = [Told(f, encode(f, bundle=bundle_key(f), recorded_us=now)) for f in facts]
        return run(self.store, "default", lambda: take(told, setting))

    def partition(self) -> Partition:
        """Return who is who."""
        with self.store.session("default") as session:
            return partition(session, self.rules)


def told(rules: IdentityRules, batches: Sequence[Sequence[Fact]]) -> Engine:
    """Return an engine that was told *batches*, one after the other."""
    engine = Engine(rules)
    for batch in batches:
        engine.take(batch)
    return engine
