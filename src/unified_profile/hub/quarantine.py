"""Plans over what could not be taken: kept with its reason, tried again after a fix."""

from __future__ import annotations

from collections.abc import Sequence

from unified_profile.hub.door import quarantine, raw_item
from unified_profile.hub.driver import Plan
from unified_profile.hub.reports import Quarantined
from unified_profile.model.facts import Fact
from unified_profile.model.rows import QuarantineRow
from unified_profile.storage.commands import Changes, Commit, Get, Load, Put, Scan
from unified_profile.storage.tables import QUARANTINE


def kept(rows: Sequence[QuarantineRow], /) -> Plan[None]:
    """Keep *rows*."""
    if rows:
        yield Commit(Changes(puts=[Put(QUARANTINE, list(rows))]))


def reused(fact: Fact, now_us: int, /) -> QuarantineRow:
    """Return the row of a fact whose id was used before with other content."""
    return quarantine(fact, "id", "used before for a fact that says something else", now_us)


def waiting(limit: int, /) -> Plan[list[Quarantined]]:
    """Return what was not replayed yet."""
    return [Quarantined(row.id, row.field, row.reason) for row in (yield from _rows(limit))]


def held(limit: int, /) -> Plan[list[tuple[str, object]]]:
    """Return what was handed in and waits, with its id."""
    return [(row.id, raw_item(row.raw)) for row in (yield from _rows(limit))]


def left(name: str, now_us: int, /) -> Plan[None]:
    """Mark something as replayed: it was taken."""
    (rows,) = (yield Load((Get(QUARANTINE, [(name,)]),))) or ([],)
    yield Commit(Changes(puts=[Put(QUARANTINE, [row._replace(replayed_us=now_us) for row in rows])]))


def _rows(limit: int) -> Plan[list[QuarantineRow]]:
    found: list[QuarantineRow] = []
    after: tuple[str] | None = None
    while len(found) < limit:
        (rows,) = (yield Load((Scan(QUARANTINE, after, 1_000),))) or ([],)
        found += [row for row in rows if row.replayed_us is None]
        if len(rows) < 1_000:  # the page above
            break
        after = (rows[-1].id,)
    return found[:limit]
