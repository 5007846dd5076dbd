"""Plans of the resolver seam: records that share no identifier meet by keys, and machine links join them."""

from __future__ import annotations

from collections.abc import Sequence

from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import MODEL, Setting, Told
from unified_profile.hub.reports import IngestReport
from unified_profile.hub.setup import Setup
from unified_profile.hub.statements import linked
from unified_profile.model.codec import decode
from unified_profile.model.facts import SourceRecord
from unified_profile.model.rows import RecordKeyRow
from unified_profile.model.views import Link
from unified_profile.storage.commands import Changes, Commit, Find, Get, Load, Put
from unified_profile.storage.tables import FACTS, META, RECORD_KEYS


def resolved(told: Sequence[Told], setup: Setup, setting: Setting, /) -> Plan[tuple[int, int]]:
    """Let the resolver look at the records of a batch, and follow the links it finds."""
    resolver = setup.resolver
    records = [one.fact for one in told if isinstance(one.fact, SourceRecord)]
    if resolver is None or not records:
        return 0, 0
    keys = resolver.keys(records)
    rows = [
        RecordKeyRow(f"{resolver.fingerprint}:{key}", record.id)
        for record, found in zip(records, keys, strict=True)
        for key in found
    ]
    met, flags = (yield Load((Find(RECORD_KEYS, "key", sorted({row.key for row in rows})), Get(META, [(MODEL,)])))) or (
        [],
        [],
    )
    yield Commit(Changes(puts=[Put(RECORD_KEYS, rows)]))
    here = {record.id for record in records}
    names = sorted({row.fact for row in met} - here)
    (others,) = (yield Load((Get(FACTS, [(name,) for name in names]),))) or ([],)
    stored = [decode(row, tenant=setup.tenant) for row in others]
    candidates = [*records, *(fact for fact in stored if isinstance(fact, SourceRecord))]
    if len(candidates) < 2:  # it takes two
        return 0, 0
    model = flags[0].value if flags else ""
    said = yield from linked(
        resolver.links(candidates), setup.rules, now_us=setting.now_us, mint=setting.mint, model=model
    )
    return said.merged, said.split


def linked_report(links: Sequence[Link], setup: Setup, now_us: int, /) -> Plan[IngestReport]:
    """Take machine links that somebody else made."""
    (flags,) = (yield Load((Get(META, [(MODEL,)]),))) or ([],)
    model = flags[0].value if flags else ""
    said = yield from linked(links, setup.rules, now_us=now_us, mint=setup.new_id, model=model)
    return IngestReport(merged=said.merged, split=said.split)
