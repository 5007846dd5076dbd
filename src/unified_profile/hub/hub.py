"""The hub: facts in, views out, over any store. Every method is a plan of this room, run synchronously."""

from __future__ import annotations

from unified_profile.hub.answering import Answering
from unified_profile.hub.facts_in import FactsIn
from unified_profile.hub.forgetting import Forgetting
from unified_profile.hub.guarding import Guarding
from unified_profile.hub.in_bulk import InBulk
from unified_profile.hub.measured import Measured
from unified_profile.hub.segmenting import Segmenting
from unified_profile.hub.views_out import ViewsOut
from unified_profile.hub.vouching import Vouching
from unified_profile.hub.who_is_who import WhoIsWho


class Hub(FactsIn, ViewsOut, InBulk, Measured, Guarding, Answering, Forgetting, Segmenting, Vouching, WhoIsWho):
    """Turns facts into profiles over a store.

    A hub is safe to share between threads as far as its store is; after a fork, make a new one in the child. It keeps
    nothing of its own: two hubs over one store are one.

    >>> from datetime import UTC, datetime
    >>> from unified_profile import Hub, Identifier, MemoryStore, Purpose, SourceRecord
    >>> hub = Hub(MemoryStore(), purposes=[Purpose("service", traits={"city"}, basis="contract")])
    >>> hub.ingest(
    ...     [
    ...         SourceRecord(
    ...             id="r1",
    ...             source="crm",
    ...             key="7",
    ...             occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...             identifiers=[Identifier("email", "hanako@example.com")],
    ...             attributes={"city": "Osaka", "age": 30},
    ...         )
    ...     ]
    ... ).accepted
    1
    >>> view = hub.profile(Identifier("email", "Hanako@Example.com"), purpose="service")
    >>> view["city"], "age" in view
    ('Osaka', False)

    Args:
        store: Where rows are kept: ``MemoryStore``, ``SqliteStore``, ``SqlStore`` or your own.
        setup: Rules, purposes, clock; or give its fields by keyword (``tenant=``, ``rules=``, ``purposes=`` ...).
        hooks: Called after each operation, for traces and metrics.
    """
