"""One question about scopes instead of people: which of them bear on it, which cover it, and which lift which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from unified_profile.consent.cases import Bearing, Case, case_of
from unified_profile.consent.ledger import Ledger
from unified_profile.consent.policy import Policy
from unified_profile.consent.precedence import answer, of_parts
from unified_profile.consent.question import Answer, Matter, Question
from unified_profile.consent.scopes import Request
from unified_profile.consent.situation import NOTHING_KNOWN
from unified_profile.consent.spelling import one_name
from unified_profile.consent.states import GRANTS
from unified_profile.model import ConsentRecord
from unified_profile.model.times import to_micros

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEVER = (1 << 63) - 1
"""Later than every instant, in microseconds."""


@attrs.frozen
class AskedOfScopes:
    """One question about scopes.

    Attributes:
        matter: What it is decided by, of nobody.
        at: When.
        groups: For each scope the number of the timeline in which it bears; -1 if it does not.
        covers: For each scope whether a grant in it covers the question.
        explicit: For each scope whether a grant in it names the category as special.
        limited: For each scope whether a grant in it covers the whole and comes down to no category that is allowed.
        asked_for: For each scope whether its purpose is the one asked for.
        lifting: For each timeline the timelines whose grants lift its refusals.
        tolerance: By how much a grant must be later, in microseconds.
        swaps: Whether a refusal can mean that a basis was swapped; that is decided one by one.
        confirming: When confirmations were asked for, in microseconds.
        confirmed: For each scope whether its purpose asks for confirmations.
        examples: A refusal, a grant that covers, and one that names the category; None where there is none.
    """

    matter: Matter
    at: datetime
    groups: Any
    covers: Any
    explicit: Any
    limited: Any
    asked_for: Any
    lifting: Sequence[Sequence[int]]
    tolerance: int
    swaps: bool
    confirming: Sequence[tuple[int, int]]
    confirmed: Any
    examples: tuple[ConsentRecord | None, ConsentRecord | None, ConsentRecord | None]

    @classmethod
    def of(
        cls, request: Request, policy: Policy, at: datetime, scopes: Sequence[ConsentRecord]
    ) -> AskedOfScopes | None:
        """Return the question, or None if only one by one can answer it."""
        import numpy as np

        if not isinstance(request.purpose, str) or request.purpose not in policy.purposes or not request.well_formed:
            return None
        placed = policy.placed(request)
        if placed.names_all:
            return None
        case = case_of(Ledger(), placed, policy)
        if case.terms.lapsing:
            return None
        groups = np.full(max(1, len(scopes)), -1, dtype=np.int64)
        covers, explicit, limited = (np.zeros(len(groups), dtype=bool) for _ in range(3))
        keys: dict[tuple[object, ...], int] = {}
        grants: dict[int, list[ConsentRecord]] = {}
        refusals: dict[int, list[ConsentRecord]] = {}
        for number, record in enumerate(scopes):
            key = case.bears(record)
            if key is None:
                continue
            group = keys.setdefault(key, len(keys))
            groups[number] = group
            (grants if record.state in GRANTS else refusals).setdefault(group, []).append(record)
            if record.state in GRANTS:
                covers[number] = case.covers_alike(record)
                explicit[number] = covers[number] and placed.category in record.special_categories
        lifting: list[list[int]] = [[] for _ in keys]
        for group, said in refusals.items():
            for other, given in grants.items():
                could = {case.could_lift(grant, no) for grant in given for no in said}
                if len(could) > 1:  # scopes that share a timeline, but not what lifts them
                    return None
                if could == {True}:
                    lifting[group].append(other)
        matter = Matter((case,), placed, policy.purposes[placed.purpose], policy, NOTHING_KNOWN)
        for place in map(int, np.flatnonzero(covers)):
            limited[place] = _comes_to_nothing(Question(matter, at, [_given(scopes[place])]), scopes[place])
        refusal = next((one for one in scopes if one.state not in GRANTS), None)
        plainly = covers & ~explicit & ~limited
        plain = next((one for number, one in enumerate(scopes) if plainly[number]), None)
        special = next((one for number, one in enumerate(scopes) if explicit[number]), None)
        return cls(
            matter,
            at,
            groups,
            covers,
            explicit,
            limited,
            np.array([one_name(one.purpose) == one_name(placed.purpose) for one in scopes] or [False]),
            lifting,
            int(policy.tolerance.total_seconds() * 1_000_000),
            policy.register is not None,
            _windows(case, policy),
            np.array([one.purpose in policy.double_opt_in for one in scopes] or [False]),
            (refusal, plain, special),
        )

    def waits(self, number: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return for each statement whether it would need a confirmation."""
        import numpy as np

        found: NDArray[np.bool_] = np.asarray(self.confirmed[number], dtype=bool)
        for since, until in self.confirming:
            found |= (time >= since) & (time < until)
        return found

    def answers(self) -> dict[tuple[bool, bool, bool], str]:
        """Return the code of the answer for each way in which a refusal stands and a grant covers.

        Of a refusal it is that of the example, and of nobody who allows it ``no_consent``: the rest is the person's.
        """
        found: dict[tuple[bool, bool, bool], str] = {}
        refusal, plain, special = self.examples
        for no in (False, True):
            for yes, explicit in ((False, False), (True, False), (True, True)):
                grant = special if explicit else plain
                if (no and refusal is None) or (yes and grant is None):
                    continue
                given = (grant,) if yes and grant else ()
                bearing = Bearing((refusal,) if no and refusal else (), given, given)
                found[no, yes, explicit] = answer(Question(self.matter, self.at, [bearing])).code
        return found


def _given(grant: ConsentRecord) -> Bearing:
    return Bearing((), (grant,), (grant,))


def _comes_to_nothing(asked: Question, grant: ConsentRecord) -> bool:
    """Say whether *grant* allows the whole, and none of what it lists."""
    return not of_parts(asked, Answer("consent_given", (), "consent", (grant,))).granted


def _windows(case: Case, policy: Policy) -> list[tuple[int, int]]:
    """Return when confirmations were asked for; an empty window if only some purposes ask for them."""
    found = [
        (to_micros(row.since), NEVER if row.until is None else to_micros(row.until)) for row in case.terms.confirming
    ]
    return found or ([(0, 0)] if policy.double_opt_in else [])


@attrs.define(eq=False)
class Borne:
    """For each person: whether a refusal stands, a grant covers, and one names the category as special.

    *refusal* is the code of the newest refusal that stands (*unsure*: of two at one instant), *expired* whether a
    grant that would cover is over, *waiting* whether one waits for its confirmation.
    """

    standing: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    special: NDArray[np.bool_]
    refusal: NDArray[np.int8]
    unsure: NDArray[np.bool_]
    expired: NDArray[np.bool_]
    waiting: NDArray[np.bool_]

    @classmethod
    def of(cls, people: int) -> Borne:
        """Return that nothing bears on the question."""
        import numpy as np

        one, two, three, four, five, six = (np.zeros(people, dtype=bool) for _ in range(6))
        return cls(one, two, three, np.zeros(people, dtype=np.int8), four, five, six)
