"""Decisions about many people at once: the same answers as one by one, from columns of numbers.

Most people said few and plain things: yes, no, taken back. For them a decision is a comparison of instants, done for
all at once. Whoever said something else (a signal, an invalidation, an unconfirmed or imported yes) is decided one by
one, by the same code as ever: the two ways cannot drift apart in what is hard, and are tried on what is plain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from unified_profile.consent.codes import ALLOWING, CODES
from unified_profile.consent.decision import code_of
from unified_profile.consent.ledger import Ledger, ledger_of
from unified_profile.consent.policy import Policy
from unified_profile.consent.scoped import NEVER, AskedOfScopes, Borne
from unified_profile.consent.scopes import RESERVED, Request
from unified_profile.consent.situation import NOTHING_KNOWN, Situation
from unified_profile.consent.spelling import one_name
from unified_profile.consent.statements import expires_at, heard_at, order
from unified_profile.consent.states import CONFIRMATION, CONFIRMED_ELSEWHERE, GRANTS, SECOND_HAND, is_consent
from unified_profile.model import ConsentRecord, ConsentState, Fact
from unified_profile.model.times import aware, to_micros

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PLAIN_NO = frozenset({ConsentState.REFUSED, ConsentState.WITHDRAWN, ConsentState.REVOKED})
_IDLE = frozenset({ConsentState.REQUESTED, ConsentState.DEFERRED})
_NO_TIME = -(1 << 62)
_PLACES = {code: place for place, code in enumerate(CODES)}
_NO_CONSENT = _PLACES["no_consent"]
_OF_REFUSALS = frozenset(state.value for state in _PLAIN_NO)


def _is_plain(record: ConsentRecord) -> bool:
    """Say whether comparing instants is enough for *record*."""
    if one_name(record.purpose) in RESERVED or heard_at(record) != record.occurred_at:
        return False
    if record.state in GRANTS:
        unusual = record.method == CONFIRMATION or record.method in SECOND_HAND or record.joint_controllers
        return not unusual and is_consent(record)
    return record.state in _PLAIN_NO and not record.recipients  # which may be a copy of the grant


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
        rows: list[tuple[int, int, int, int, bool, bool, int]] = []
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
                        NEVER if ends is None else to_micros(ends),
                        one.state in GRANTS,
                        one.method == CONFIRMED_ELSEWHERE,
                        0 if one.state in GRANTS else _PLACES[one.state.value],
                    )
                )
        table = np.array(rows, dtype=np.int64).reshape(-1, 7)
        self._person, self._number, self._time, self._end = (table[:, place] for place in range(4))
        self._yes, self._confirmed = table[:, 4].astype(bool), table[:, 5].astype(bool)
        self._code = table[:, 6].astype(np.int8)
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

        allowing = np.array([code in ALLOWING for code in CODES])
        found: NDArray[np.bool_] = allowing[self._decided(request, policy, at, situations, exactly=False)]
        return found

    def codes(
        self,
        request: Request,
        policy: Policy,
        /,
        *,
        at: datetime,
        situations: Mapping[int, Situation] | None = None,
    ) -> NDArray[np.int8]:
        """Return for each person the reason code that ``permission`` gives, as its place in ``consent.CODES``.

        Costs little more than ``granted``, which takes the same arguments.

        >>> from datetime import UTC
        >>> from unified_profile.consent.policy import Policy
        >>> from unified_profile.model import Purpose
        >>> columns, rules = ConsentColumns([[]]), Policy(purposes=[Purpose("news")])
        >>> [
        ...     CODES[place]
        ...     for place in columns.codes(Request("news", "email"), rules, at=datetime(2026, 1, 1, tzinfo=UTC))
        ... ]
        ['no_consent']
        """
        return self._decided(request, policy, at, situations, exactly=True)

    def _decided(
        self,
        request: Request,
        policy: Policy,
        at: datetime,
        situations: Mapping[int, Situation] | None,
        *,
        exactly: bool,
    ) -> NDArray[np.int8]:
        """Return the codes of everybody; unless *exactly*, one that means no may stand for any other that does."""
        import numpy as np

        known, moment = dict(situations or {}), aware(at, field="at")
        hard = self._hard.copy()
        hard[list(known)] = True
        own = policy.reserved - RESERVED
        if own and len(self._number):  # rights that rows of the law add: who invoked one is decided one by one
            spoken = np.array([one_name(one.purpose) in own for one in self._scopes])
            hard[self._person[spoken[self._number]]] = True
        asked = AskedOfScopes.of(request, policy, moment, self._scopes)
        found = np.full(len(self), _NO_CONSENT, dtype=np.int8)
        if asked is None:
            hard[:] = True
        else:
            if asked.limited.any():
                hard[self._person[asked.limited[self._number]]] = True
            bearing = self._bearing(asked, moment, hard)
            if asked.swaps:
                hard |= bearing.standing
            for (no, yes, explicit), code in asked.answers().items():
                here = (bearing.standing == no) & (bearing.covered == yes) & (bearing.special == explicit)
                found[here] = _PLACES[code]
                if exactly and code in _OF_REFUSALS:
                    found[here] = bearing.refusal[here]
                    hard |= here & bearing.unsure
                elif exactly and code == "no_consent":
                    self._telling(asked, moment, bearing, here, found)
                    hard |= here & bearing.waiting
        for person in np.flatnonzero(hard):
            situation = known.get(int(person), NOTHING_KNOWN)
            found[person] = _PLACES[code_of(self._ledgers[person], request, policy, situation=situation, at=moment)]
        return found

    def _telling(
        self, asked: AskedOfScopes, at: datetime, bearing: Borne, here: NDArray[np.bool_], found: NDArray[np.int8]
    ) -> None:
        """Say of those *here*, whom nothing allows it, what they said instead: something else, or for too short."""
        import numpy as np

        number = self._number
        if not len(number):
            return
        elsewhere = np.zeros(len(self), dtype=bool)
        told = self._yes & asked.asked_for[number] & ~asked.covers[number] & (self._time <= to_micros(at))
        elsewhere[self._person[told]] = True
        found[here & elsewhere] = _PLACES["not_covered"]
        found[here & bearing.expired] = _PLACES["expired"]

    def _bearing(self, asked: AskedOfScopes, at: datetime, hard: NDArray[np.bool_]) -> Borne:
        """Return for each person what bears on the question.

        Who confirmed some yes and not another is marked in *hard*: there the order of both decides.
        """
        import numpy as np

        people, instant = len(self), to_micros(at)
        found = Borne.of(people)
        group = asked.groups[self._number] if len(self._number) else self._number
        bears = (group >= 0) & (self._time <= instant)
        if asked.confirming:
            waits = bears & self._yes & ~self._confirmed & asked.waits(self._number, self._time)
            told = bears & self._yes & ~waits
            both = np.intersect1d(self._person[waits], self._person[told])
            hard[both] = True
            found.waiting[self._person[waits]] = True
            bears &= ~waits  # an unconfirmed yes is none
        person, group = self._person[bears], group[bears]
        number, time, end, yes = self._number[bears], self._time[bears], self._end[bears], self._yes[bears]
        code = self._code[bears]
        if not len(person):
            return found
        count = int(asked.groups.max()) + 1
        # Rows stand in the order of what was said; the last of a person and scope is what counts.
        last = np.full((count, people), -1, dtype=np.int64)
        last[group, person] = np.arange(len(person))
        refused = np.full((count, people), _NO_TIME, dtype=np.int64)
        refused[group[~yes], person[~yes]] = time[~yes]
        why = np.zeros((count, people), dtype=np.int8)
        why[group[~yes], person[~yes]] = code[~yes]
        said = last >= 0
        force = said & yes[last] & (end[last] > instant)
        given = np.where(force, time[last], _NO_TIME)
        newest = np.full(people, _NO_TIME, dtype=np.int64)
        for no in range(count):
            stands = refused[no] > _NO_TIME
            if not stands.any():
                continue
            for grant in asked.lifting[no]:
                stands &= ~((given[grant] > _NO_TIME) & (given[grant] - refused[no] > asked.tolerance))
            found.standing |= stands
            # Of several the newest is told; of two at one instant the one with the later id, which is not known here.
            found.unsure |= stands & (refused[no] == newest) & (why[no] != found.refusal)
            newer = stands & (refused[no] > newest)
            newest[newer], found.refusal[newer], found.unsure[newer] = refused[no][newer], why[no][newer], False
        for place in range(count):
            mine, scope = force[place], number[last[place]]
            found.covered |= mine & asked.covers[scope]
            found.special |= mine & asked.explicit[scope]
            ended = said[place] & yes[last[place]] & ~mine
            found.expired |= ended & asked.covers[scope]
        return found
