"""Decisions about many people at once: the same answers as one by one, from columns of numbers.

Most people said few and plain things: yes, no, taken back. For them a decision is a comparison of instants, done for
all at once. Whoever said something else (a signal, an invalidation, an unconfirmed or imported yes) is decided one by
one, by the same code as ever: the two ways cannot drift apart in what is hard, and are tried on what is plain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from unified_profile.consent.cases import Bearing, Case, case_of
from unified_profile.consent.decision import is_granted
from unified_profile.consent.ledger import Ledger, ledger_of
from unified_profile.consent.policy import Policy
from unified_profile.consent.precedence import answer
from unified_profile.consent.question import Matter, Question
from unified_profile.consent.scopes import RESERVED, Request
from unified_profile.consent.situation import NOTHING_KNOWN, Situation
from unified_profile.consent.states import CONFIRMATION, CONFIRMED_ELSEWHERE, GRANTS, SECOND_HAND, is_consent
from unified_profile.consent.timeline import expires_at, order
from unified_profile.model import ConsentRecord, ConsentState, Fact
from unified_profile.model.times import aware, to_micros

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NEVER = (1 << 63) - 1
_PLAIN_NO = frozenset({ConsentState.REFUSED, ConsentState.WITHDRAWN, ConsentState.REVOKED})
_IDLE = frozenset({ConsentState.REQUESTED, ConsentState.DEFERRED})
_NO_TIME = -(1 << 62)


def _is_plain(record: ConsentRecord) -> bool:
    """Say whether comparing instants is enough for *record*."""
    if record.purpose in RESERVED:
        return False
    if record.state in GRANTS:
        return record.method != CONFIRMATION and record.method not in SECOND_HAND and is_consent(record)
    return record.state in _PLAIN_NO


def _scope(record: ConsentRecord) -> tuple[object, ...]:
    """Return all of a record that says what it is about."""
    notice = (record.notice_id, record.notice_version, record.notice_sha256) if record.state in GRANTS else ()
    return (
        record.purpose,
        record.channel,
        record.brand,
        record.controller,
        record.joint_controllers,
        record.jurisdiction,
        frozenset(record.data_categories),
        frozenset(record.special_categories),
        frozenset(record.optional_categories),
        frozenset(record.recipients),
        notice,
        record.state in GRANTS,
    )


class ConsentColumns:
    """The consent records of many people as columns; built once, asked many questions.

    >>> from datetime import UTC
    >>> from unified_profile.consent.policy import plain
    >>> from unified_profile.consent.purposes import PurposeRegistry
    >>> from unified_profile.model import Purpose
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> yes = ConsentRecord(
    ...     id="c", source="web", purpose="news", channel="email", state=ConsentState.GIVEN, occurred_at=at
    ... )
    >>> columns = ConsentColumns([[yes], []])
    >>> rules = plain(PurposeRegistry([Purpose("news")]))
    >>> columns.granted(Request("news", "email"), rules, at=at).tolist()
    [True, False]

    .. versionadded:: 0.1
    """

    def __init__(self, people: Iterable[Ledger | Iterable[Fact]], *, known_at: datetime | None = None) -> None:
        """Take the facts, or the ledger, of each person."""
        import numpy as np

        self._ledgers: list[Ledger] = [ledger_of(one, known_at=known_at) for one in people]
        self._scopes: list[ConsentRecord] = []
        numbers: dict[tuple[object, ...], int] = {}
        rows: list[tuple[int, int, int, int, bool, bool]] = []
        hard: list[int] = []
        for person, ledger in enumerate(self._ledgers):
            said = [one for one in ledger if one.state not in _IDLE]
            if not said:
                continue
            if not ledger.proven or not all(map(_is_plain, said)):
                hard.append(person)
                continue
            for one in sorted(said, key=order):
                key = _scope(one)
                number = numbers.setdefault(key, len(self._scopes))
                if number == len(self._scopes):
                    self._scopes.append(one)
                ends = expires_at(one)
                rows.append(
                    (
                        person,
                        number,
                        to_micros(one.occurred_at),
                        _NEVER if ends is None else to_micros(ends),
                        one.state in GRANTS,
                        one.method == CONFIRMED_ELSEWHERE,
                    )
                )
        table = np.array(rows, dtype=np.int64).reshape(-1, 6)
        self._person, self._number, self._time, self._end = (table[:, place] for place in range(4))
        self._yes, self._confirmed = table[:, 4].astype(bool), table[:, 5].astype(bool)
        self._hard: NDArray[np.bool_] = np.zeros(len(self._ledgers), dtype=bool)
        self._hard[hard] = True

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self._ledgers)

    @property
    def one_by_one(self) -> int:
        """How many people are decided one by one, because what they said is not plain."""
        return int(self._hard.sum())

    def granted(
        self,
        request: Request,
        policy: Policy,
        /,
        *,
        at: datetime,
        situations: Mapping[int, Situation] | None = None,
    ) -> NDArray[np.bool_]:
        """Return for each person, in the order they were handed in, whether *request* is allowed at *at*.

        *situations* gives, by place, what is known of some people beside their records; they are decided one by one.
        """
        import numpy as np

        known, moment = dict(situations or {}), aware(at, field="at")
        hard = self._hard.copy()
        hard[list(known)] = True
        asked = _Asked.of(request, policy, moment, self._scopes)
        found = np.zeros(len(self), dtype=bool)
        if asked is None:
            hard[:] = True
        else:
            standing, covered, special = self._bearing(asked, moment, hard)
            if asked.swaps:
                hard |= standing
            for pattern, result in asked.answers().items():
                no, yes, explicit = pattern
                found[(standing == no) & (covered == yes) & (special == explicit)] = result
        for person in np.flatnonzero(hard):
            situation = known.get(int(person), NOTHING_KNOWN)
            found[person] = is_granted(self._ledgers[person], request, policy, situation=situation, at=moment)
        return found

    def _bearing(
        self, asked: _Asked, at: datetime, hard: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
        """Return for each person whether a refusal stands, a grant covers, and one names the category as special.

        Who confirmed some yes and not another is marked in *hard*: there the order of both decides.
        """
        import numpy as np

        people, instant = len(self), to_micros(at)
        standing, covered, special = (np.zeros(people, dtype=bool) for _ in range(3))
        group = asked.groups[self._number] if len(self._number) else self._number
        bears = (group >= 0) & (self._time <= instant)
        if asked.confirming:
            waits = bears & self._yes & ~self._confirmed & asked.waits(self._number, self._time)
            told = bears & self._yes & ~waits
            both = np.intersect1d(self._person[waits], self._person[told])
            hard[both] = True
            bears &= ~waits  # an unconfirmed yes is none
        person, group = self._person[bears], group[bears]
        number, time, end, yes = self._number[bears], self._time[bears], self._end[bears], self._yes[bears]
        if not len(person):
            return standing, covered, special
        count = int(asked.groups.max()) + 1
        # Rows stand in the order of what was said; the last of a person and scope is what counts.
        last = np.full((count, people), -1, dtype=np.int64)
        last[group, person] = np.arange(len(person))
        refused = np.full((count, people), _NO_TIME, dtype=np.int64)
        refused[group[~yes], person[~yes]] = time[~yes]
        said = last >= 0
        force = said & yes[last] & (end[last] > instant)
        given = np.where(force, time[last], _NO_TIME)
        for no in range(count):
            stands = refused[no] > _NO_TIME
            if not stands.any():
                continue
            for grant in asked.lifting[no]:
                stands &= ~((given[grant] > _NO_TIME) & (given[grant] - refused[no] > asked.tolerance))
            standing |= stands
        for place in range(count):
            mine = force[place]
            covered |= mine & asked.covers[number[last[place]]]
            special |= mine & asked.explicit[number[last[place]]]
        return standing, covered, special


@attrs.frozen
class _Asked:
    """One question about scopes instead of people: which bear on it, which cover it, which lift which."""

    matter: Matter
    at: datetime
    groups: Any
    covers: Any
    explicit: Any
    lifting: Sequence[Sequence[int]]
    tolerance: int
    swaps: bool
    confirming: Sequence[tuple[int, int]]
    confirmed: Any
    examples: tuple[ConsentRecord | None, ConsentRecord | None, ConsentRecord | None]

    @classmethod
    def of(cls, request: Request, policy: Policy, at: datetime, scopes: Sequence[ConsentRecord]) -> _Asked | None:
        """Return the question, or None if only one by one can answer it."""
        import numpy as np

        if not isinstance(request.purpose, str) or request.purpose not in policy.purposes or not request.well_formed:
            return None
        placed = policy.placed(request)
        case = case_of(Ledger(), placed, policy)
        if case.terms.lapsing:
            return None
        groups = np.full(max(1, len(scopes)), -1, dtype=np.int64)
        covers, explicit = np.zeros(len(groups), dtype=bool), np.zeros(len(groups), dtype=bool)
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
        refusal = next((one for one in scopes if one.state not in GRANTS), None)
        plain = next((one for number, one in enumerate(scopes) if covers[number] and not explicit[number]), None)
        special = next((one for number, one in enumerate(scopes) if explicit[number]), None)
        return cls(
            matter,
            at,
            groups,
            covers,
            explicit,
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

    def answers(self) -> dict[tuple[bool, bool, bool], bool]:
        """Return the answer for each way in which a refusal stands and a grant covers."""
        found: dict[tuple[bool, bool, bool], bool] = {}
        refusal, plain, special = self.examples
        for no in (False, True):
            for yes, explicit in ((False, False), (True, False), (True, True)):
                grant = special if explicit else plain
                if (no and refusal is None) or (yes and grant is None):
                    continue
                bearing = Bearing((refusal,) if no and refusal else (), (grant,) if yes and grant else ())
                found[no, yes, explicit] = answer(Question(self.matter, self.at, [bearing])).granted
        return found


def _windows(case: Case, policy: Policy) -> list[tuple[int, int]]:
    """Return when confirmations were asked for; an empty window if only some purposes ask for them."""
    found = [
        (to_micros(row.since), _NEVER if row.until is None else to_micros(row.until)) for row in case.terms.confirming
    ]
    return found or ([(0, 0)] if policy.double_opt_in else [])
