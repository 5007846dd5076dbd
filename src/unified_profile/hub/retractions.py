"""What a retraction can take back: what somebody decided. Records, events and consents are corrected by newer ones."""

from __future__ import annotations

from collections.abc import Sequence

from unified_profile.hub.door import quarantine
from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import Told
from unified_profile.model.facts import Retraction
from unified_profile.model.rows import QuarantineRow
from unified_profile.storage.commands import Get, Load
from unified_profile.storage.tables import FACTS

_NAMES = {"record": "a source record", "event": "an event", "consent": "a consent record", "retraction": "a retraction"}
_REASON = "takes back {what}; only judgements, severances and adopted models can be taken back"


def void(told: Sequence[Told], /) -> Plan[list[tuple[Told, str]]]:
    """Return those retractions among *told* that would change nothing, each with the reason.

    One that is kept already stays what it is, a duplicate; one whose fact nobody has heard of yet may still find it.
    """
    found = [(one, one.fact) for one in told if type(one.fact) is Retraction]
    if not found:
        return []
    wanted = sorted({name for _, fact in found for name in (fact.id, fact.fact_id)})
    (rows,) = (yield Load((Get(FACTS, [(name,) for name in wanted]),))) or ([],)
    kept = {row.id: row.kind for row in rows}
    kinds = {one.row.id: one.row.kind for one in told} | kept
    return [
        (one, _REASON.format(what=_NAMES[kinds[fact.fact_id]]))
        for one, fact in found
        if fact.id not in kept and kinds.get(fact.fact_id) in _NAMES and fact.fact_id != fact.id
    ]


def refused(one: Told, reason: str, now_us: int, held: QuarantineRow | None, /) -> QuarantineRow:
    """Return the row of a retraction that is not taken; *held*, if it comes from there."""
    if held is not None:
        return held._replace(field="fact_id", reason=reason)
    return quarantine(one.fact, "fact_id", reason, now_us)
