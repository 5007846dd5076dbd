"""Plans over what could not be taken: kept with its reason, tried again after a fix."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from unified_profile.hub.door import quarantine
from unified_profile.hub.driver import Plan
from unified_profile.hub.raw import raw_item
from unified_profile.hub.reports import Quarantined
from unified_profile.model.facts import Fact
from unified_profile.model.redaction import hidden
from unified_profile.model.rows import QuarantineRow
from unified_profile.storage.commands import Changes, Commit, Load, Put, Scan
from unified_profile.storage.tables import QUARANTINE


def kept(rows: Sequence[QuarantineRow], /) -> Plan[None]:
    """Keep *rows*."""
    if rows:
        yield Commit(Changes(puts=[Put(QUARANTINE, list(rows))]))


def reused(fact: Fact, now_us: int, held: QuarantineRow | None, /) -> QuarantineRow:
    """Return the row of a fact whose id was used before with other content; *held*, if it comes from there."""
    field, reason = "id", "used before for a fact that says something else"
    if held is not None:
        return held._replace(field=field, reason=reason)
    return quarantine(fact, field, reason, now_us)


def waiting(limit: int, /) -> Plan[list[Quarantined]]:
    """Return what was not replayed yet."""
    return [Quarantined(row.id, row.field, row.reason) for row in (yield from _rows(limit))]


@attrs.frozen
class Held:
    """What waits: its row, and what was handed in."""

    row: QuarantineRow
    item: object = attrs.field(repr=hidden)


def held(limit: int, /) -> Plan[list[Held]]:
    """Return what waits."""
    return [Held(row, raw_item(row.raw)) for row in (yield from _rows(limit))]


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
