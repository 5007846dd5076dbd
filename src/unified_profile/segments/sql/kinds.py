"""Which kinds of conditions are said in SQL, and by what; of the others the reason why not."""

from __future__ import annotations

from typing import NoReturn

from unified_profile.expressions.accounts import OfMembers
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.dated import CalendarPart, InPeriod
from unified_profile.expressions.holding import HeldFor
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.pairs import ElementMatch, FieldCondition
from unified_profile.expressions.paths import EventPath
from unified_profile.expressions.rhythm import CameAgain, Regular
from unified_profile.expressions.sequences import EventSequence
from unified_profile.expressions.shares import InShare
from unified_profile.expressions.standing import MemberOf, Permitted
from unified_profile.segments.sql.binding import UnpushableError
from unified_profile.segments.sql.compiling import Leaf
from unified_profile.segments.sql.dating import calendar_part, in_period
from unified_profile.segments.sql.following import followed
from unified_profile.segments.sql.measuring import measured
from unified_profile.segments.sql.standing import held, member, shared
from unified_profile.segments.sql.valued import conditioned, element_matched, paired
from unified_profile.segments.sql.walking import came_again, path_taken, regular


def _never(reason: str) -> Leaf:
    """Return what leaves a kind of condition to memory."""

    def leave(*_: object) -> NoReturn:
        raise UnpushableError(reason)

    return leave


LEAF_KINDS: dict[type[Expression], Leaf] = {
    CalendarPart: calendar_part,
    CameAgain: came_again,
    Condition: conditioned,
    ElementMatch: element_matched,
    EventPath: path_taken,
    EventSequence: followed,
    FieldCondition: paired,
    HeldFor: held,
    InPeriod: in_period,
    InShare: shared,
    MeasureCondition: measured,
    MemberOf: member,
    OfMembers: _never("people of an account, of whom no table tells"),
    Permitted: _never("a permission, which is worked out from consent and is in no table"),
    Regular: regular,
}
