"""Plans over what could not be taken: kept with its reason, tried again after a fix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from unified_profile.hub.door import quarantine
from unified_profile.hub.driver import Plan
from unified_profile.hub.raw import raw_item
from unified_profile.hub.reports import Quarantined
from unified_profile.model.facts import Fact
from unified_profile.model.redaction import hidden
from unified_profile.model.rows import MetaRow, QuarantineRow
from unified_profile.storage.commands import Changes, Commit, Get, Load, Put, Scan
from unified_profile.storage.tables import META, QUARANTINE

TRIED = "replay_tried"
"""The name of the mark that says which row a replay tried last."""

_PAGE = 1_000


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
    """Return what waits, beginning after what was tried last, so that nothing waits behind what is refused for ever."""
    (marks,) = (yield Load((Get(META, [(TRIED,)]),))) or ([],)
    last = marks[0].value if marks else ""
    rows = yield from _rows(limit, after=last)
    if last and len(rows) < limit:
        rows += [row for row in (yield from _rows(limit - len(rows))) if row.id <= last]
    return [Held(row, raw_item(row.raw)) for row in rows]


def tried(row: QuarantineRow, now_us: int | None, /) -> Plan[None]:
    """Remember that *row* was tried, and that it was taken at *now_us* (None: it waits on)."""
    puts: list[Put[Any]] = [Put(META, [MetaRow(TRIED, row.id)])]
    if now_us is not None:
        puts.append(Put(QUARANTINE, [row._replace(replayed_us=now_us)]))
    yield Commit(Changes(puts=puts))


def _rows(limit: int, *, after: str = "") -> Plan[list[QuarantineRow]]:
    found: list[QuarantineRow] = []
    last = (after,) if after else None
    while len(found) < limit:
        (rows,) = (yield Load((Scan(QUARANTINE, last, _PAGE),))) or ([],)
        found += [row for row in rows if row.replayed_us is None]
        if len(rows) < _PAGE:
            break
        last = (rows[-1].id,)
    return found[:limit]
