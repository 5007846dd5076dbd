"""Until when memberships last if nothing more happens: the very instant, where a standing only says "not before"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from unified_profile.expressions.values import LAST_US
from unified_profile.hub.driver import Plan
from unified_profile.hub.memberships import looks_at
from unified_profile.hub.memberships_conditions import Conditions
from unified_profile.hub.memberships_held import KEPT, Held
from unified_profile.hub.memberships_planned import Planned
from unified_profile.hub.setup import Setup
from unified_profile.storage.commands import Get, Load
from unified_profile.storage.tables import STANDINGS


def lasting_until(
    segment: str, profiles: Sequence[str], planned: Planned, setup: Setup, now_us: int, /
) -> Plan[dict[str, int | None]]:
    """Return until when each of *profiles* stays as it is in *segment*; None: for ever. Who is gone is left out."""
    (rows,) = (yield Load((Get(STANDINGS, [(name,) for name in profiles]),))) or ([],)
    found: dict[str, int | None] = {}
    unsure: list[str] = []
    for row in rows:
        held = KEPT.take(row)
        KEPT.put(row, held)
        sure, until = _counted(segment, held, planned, now_us)
        if sure:
            found[row.profile] = until
        else:
            unsure.append(row.profile)
    rule, use = planned.known.rules[segment], planned.known.segments[segment].use
    for name, look in (yield from looks_at(unsure, planned, setup, now_us)).items():
        following = next(islice(look.steps(rule, use, now_us), 1, None), None)
        found[name] = None if following is None else following[0]
    return found


def _counted(segment: str, held: Held, planned: Planned, now_us: int) -> tuple[bool, int | None]:
    """Return whether what is kept beside a standing is enough to tell, and what it tells."""
    plan = planned.plans[planned.known.segments[segment].use.key]
    place = plan.places.get(segment)
    if place is None or held.mark != planned.mark:
        return False, None
    known = held.knows[plan.use.key]
    ends = [known.until_us] if known.until_us is not None else []
    ends += [wake for n in plan.index.asked[place] if (wake := known.others.get(n, (None, None))[1]) is not None]
    steps = Conditions(plan, known, set()).steps(place, now_us)
    following = next(islice(steps, 1, None), None)
    until = None if following is None or following[0] > LAST_US else following[0]
    end = min(ends, default=None)
    return end is None or (until is not None and until < end), until
