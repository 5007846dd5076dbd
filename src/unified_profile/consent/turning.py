"""When an answer can turn by itself: statements begin and end, rules too, children grow up, sales grow old."""

from __future__ import annotations

from datetime import datetime

from unified_profile.consent.policy import Policy
from unified_profile.consent.question import Matter
from unified_profile.consent.scopes import Request
from unified_profile.consent.situation import Situation
from unified_profile.consent.soft_opt_in import soft_end


def turns(matter: Matter, at: datetime, /, *, granted: bool) -> list[datetime]:
    """Return, in order, every instant after *at* at which the answer could turn."""
    policy = matter.policy
    found: set[datetime] = set(matter.law.turns(at))
    for case in matter.cases:
        found |= case.turns(at, ends=granted)  # the end of a grant never makes a yes of a no
    for entry in policy.register or ():
        found |= {edge for edge in (entry.valid_from, entry.valid_to) if edge is not None}
    if policy.law and (matter.situation.birth_date is not None or matter.situation.sales):
        found |= _of_law(policy, matter.situation, matter.request)
    return sorted([turn for turn in found if turn > at])


def _of_law(policy: Policy, situation: Situation, request: Request) -> set[datetime]:
    place = request.jurisdiction
    found: set[datetime] = set()
    for row in policy.law.of("child", place):
        for age in (row.number("age"), row.number("own_from", row.number("age"))):
            birthday = situation.birthday(age)
            if birthday is not None:
                found.add(birthday)
    for row in policy.law.of("soft_opt_in", place):
        for sale in situation.sales:
            found.add(sale.at)
            ends = soft_end(row, sale)
            if ends is not None:
                found.add(ends)
    return found
