"""Everything said in one scope, so kept that what counted at any instant is found without a search."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import attrs

from unified_profile.consent.law.rows import Law
from unified_profile.consent.spelling import one_name
from unified_profile.consent.statements import expires_at, heard_at
from unified_profile.consent.states import (
    ALLOWING,
    CONFIRMED_ELSEWHERE,
    GRANTS,
    REFUSALS,
    SECOND_HAND,
    SUSPENDING,
    Act,
    Manner,
    Status,
    act_of,
    is_consent,
    step,
)
from unified_profile.model import ConsentRecord, ConsentState


def _never_asked_twice(_: ConsentRecord) -> bool:
    return False


@attrs.frozen(kw_only=True)
class Terms:
    """What rules add to a record: whether it must be confirmed, and when a grant ends.

    *known_notices* gives, for a notice's id and version, since when it is known to be in use. *confirming*
    are the rows of the law that ask for confirmations; *lapsing* says whether any lets grants lapse.
    """

    needs_confirmation: Callable[[ConsentRecord], bool] = _never_asked_twice
    ends: Callable[[ConsentRecord], datetime | None] = expires_at
    known_notices: Mapping[tuple[str, str], datetime] = attrs.field(factory=dict, repr=False)
    confirming: tuple[Law, ...] = ()
    lapsing: bool = False

    def new_notice(self, grant: ConsentRecord, void: ConsentRecord, /) -> bool:
        """Say whether *grant* rests on a notice that the invalidation *void* did not strike."""
        if not grant.notice_id:
            return False
        name, version = one_name(grant.notice_id), one_name(grant.notice_version)
        if void.notice_id and name != one_name(void.notice_id):
            return True
        if void.notice_id and void.notice_version:
            return version != one_name(void.notice_version)
        # It names no version, or no notice at all, so it strikes all that were in use.
        return self.known_notices.get((name, version), grant.occurred_at) > void.occurred_at


def _voids(record: ConsentRecord) -> bool:
    return record.state is ConsentState.INVALIDATED


PLAIN = Terms()
_NOBODY: list[ConsentRecord] = []


_ASKING = frozenset({Act.ASK, Act.DEFER})
_SIMPLY = Manner(new_notice=True)


class _Moment(NamedTuple):
    """Where a scope stands after a statement: what counts, by whom, and what was refused last."""

    status: Status = Status.NONE
    own: ConsentRecord | None = None
    reported: ConsentRecord | None = None
    pending: ConsentRecord | None = None
    refusal: ConsentRecord | None = None
    void: ConsentRecord | None = None


_NOTHING_YET = _Moment()


class Timeline:
    """Everything said in one scope, in order.

    .. versionadded:: 0.1
    """

    __slots__ = ("_ahead", "_asked", "_moments", "_skewed", "_terms", "_times", "invalidations", "records")

    def __init__(self, records: Sequence[ConsentRecord], terms: Terms = PLAIN) -> None:
        """Take *records* of one scope in their order."""
        self.records = records
        self._terms = terms
        self._asked: dict[int, ConsentRecord] = {}
        # Of one notice the last invalidation says what the earlier ones said, and more.
        self.invalidations = list({(one.notice_id, one.notice_version): one for one in records if _voids(one)}.values())
        # Told before they happen, by a clock that is ahead or in advance: a refusal counts from when it was heard.
        self._ahead = [one for one in records if one.state in REFUSALS and heard_at(one) < one.occurred_at]
        # Where clocks were ahead the refusal that is dated last need not be the one that was heard last.
        self._skewed = any(one.recorded_at is not None and one.recorded_at < one.occurred_at for one in records)
        self._times = [one.occurred_at for one in records]
        self._moments: list[_Moment] = []
        now = _Moment()
        for one in records:
            now = self._after(now, one)
            self._moments.append(now)

    def __repr__(self) -> str:
        """Show how many statements there are."""
        return f"Timeline({len(self.records)} statements)"

    def _after(self, now: _Moment, one: ConsentRecord) -> _Moment:  # noqa: PLR0911  # a table
        """Return where the scope stands after *one* more statement."""
        act = act_of(one)
        if act is None:
            return now
        before, now = now, self._clock(now, one.occurred_at)
        if one.state in REFUSALS:  # in whatever manner
            void = one if act is Act.INVALIDATE else now.void
            return _Moment(step(now.status, act) or now.status, None, None, None, one, void)
        manner = self._manner(now, one, act)
        status, first_hand = step(now.status, act, manner), manner.first_hand
        if status is None:
            return now
        if status is now.status and act in _ASKING:  # what lapsed is still the last that was said
            return before
        if act in {Act.GIVE, Act.CONFIRM}:
            return self._given(now, status, one, act, first_hand=first_hand)
        if status is Status.PENDING:
            return now._replace(status=status, own=None, reported=None, pending=one) if act is Act.PEND else now
        if act is Act.FORGET and status is Status.UNKNOWN:
            return now._replace(status=status, own=None, reported=None, pending=None)
        return now._replace(status=status, pending=None)

    def _manner(self, now: _Moment, one: ConsentRecord, act: Act) -> Manner:
        """Return how *one* came about, as far as that decides."""
        method, pending = one.method, now.pending
        confirming = act is Act.GIVE and self._terms.needs_confirmation(one)
        told = method == CONFIRMED_ELSEWHERE or method in SECOND_HAND
        if not (told or confirming or pending is not None or now.void is not None):
            return _SIMPLY  # as most are
        return Manner(
            double_opt_in=confirming,
            confirmed=method == CONFIRMED_ELSEWHERE,
            first_hand=method not in SECOND_HAND,
            token_matches=pending is not None and bool(one.evidence_ref) and pending.evidence_ref == one.evidence_ref,
            new_notice=now.void is None or self._terms.new_notice(one, now.void),
        )

    def _given(self, now: _Moment, status: Status, one: ConsentRecord, act: Act, *, first_hand: bool) -> _Moment:
        if status is Status.PENDING:  # a second-hand yes does not send a new token
            return now._replace(status=status, pending=one if first_hand or now.pending is None else now.pending)
        if status not in ALLOWING:
            return now
        if act is Act.CONFIRM and now.status in ALLOWING:  # confirmed twice
            return now
        if first_hand:
            if act is Act.CONFIRM and now.pending is not None:
                self._asked[id(one)] = now.pending
            return _Moment(status, one, None, None, now.refusal, now.void)
        # What others report makes no longer what somebody said for so long.
        return now if now.own is not None else _Moment(status, None, one, None, now.refusal, now.void)

    def _clock(self, now: _Moment, at: datetime) -> _Moment:
        """Let the time run until *at*."""
        status = now.status
        if status is Status.GIVEN or status is Status.RENEWED:
            if not self._in_force(now, at):
                return now._replace(status=Status.EXPIRED, own=None, reported=None)
        elif status is Status.PENDING and now.pending is not None:
            ends = expires_at(now.pending)
            if ends is not None and at >= ends:
                return now._replace(status=Status.UNKNOWN, pending=None)
        return now

    def _in_force(self, now: _Moment, at: datetime) -> list[ConsentRecord]:
        own, reported = now.own, now.reported
        found = [] if own is None or self.expired(own, at) else [own]
        if reported is not None and not self.expired(reported, at):
            found.append(reported)
        return found

    def _at(self, at: datetime) -> _Moment | None:
        place = bisect_right(self._times, at) - 1
        return self._moments[place] if place >= 0 else None

    def expired(self, grant: ConsentRecord, at: datetime, /) -> bool:
        """Say whether *grant* is over at *at*; it holds from when it was given until, not including, its end."""
        ends = self._terms.ends(grant)
        return ends is not None and at >= ends

    def request_of(self, grant: ConsentRecord, /) -> ConsentRecord:
        """Return what *grant* was asked for by: to confirm lifts no refusal said since the request."""
        return self._asked.get(id(grant), grant)

    def status(self, at: datetime, /) -> Status:
        """Return where the scope stands at *at*; ``expired`` is seen here and stored nowhere."""
        now = self._at(at)
        return Status.NONE if now is None else self._clock(now, at).status

    def bearing(self, at: datetime, /) -> tuple[list[ConsentRecord], list[ConsentRecord]]:
        """Return the refusals and the grants that count at *at*, in one look."""
        place = bisect_right(self._times, at) - 1
        if place < 0:
            return (self._heard(at) if self._ahead else self.invalidations), []
        now = self._moments[place]
        refusals = self._refused(now) if self.invalidations else _NOBODY if now.refusal is None else [now.refusal]
        if self._skewed:
            refusals = [one for one in self.records if one.state in REFUSALS and (heard_at(one) <= at or _voids(one))]
        return refusals, self._in_force(now, at) if now.status in ALLOWING else _NOBODY

    def _heard(self, at: datetime) -> list[ConsentRecord]:
        """Return the refusals that were heard by *at* and are dated later, and every invalidated notice."""
        early = [one for one in self._ahead if heard_at(one) <= at < one.occurred_at]
        return [*early, *(one for one in self.invalidations if one not in early)]

    def _refused(self, now: _Moment) -> list[ConsentRecord]:
        if not self.invalidations:
            return [] if now.refusal is None else [now.refusal]
        others = [one for one in self.invalidations if one is not now.refusal]
        return others if now.refusal is None else [now.refusal, *others]

    def grants(self, at: datetime, /) -> list[ConsentRecord]:
        """Return the grants in force at *at*: the person's own, and one that others report, unless outdated."""
        now = self._at(at)
        return [] if now is None or now.status not in ALLOWING else self._in_force(now, at)

    def lapsed(self, at: datetime, /) -> list[ConsentRecord]:
        """Return the grants that counted last and are over at *at*."""
        now = self._at(at)
        if now is None or now.status not in ALLOWING or self._in_force(now, at):
            return []
        return [one for one in (now.own, now.reported) if one is not None]

    def waiting(self, at: datetime, /) -> ConsentRecord | None:
        """Return the statement that waits for its confirmation at *at*."""
        now = self._at(at)
        return None if now is None else self._clock(now, at).pending

    def uncounted(self, at: datetime, /) -> list[ConsentRecord]:
        """Return grants by *at* that nobody who could consent gave."""
        early = self.records[: bisect_right(self._times, at)]
        return [one for one in early if one.state in GRANTS and not is_consent(one)]

    def unknown(self, at: datetime, /) -> ConsentRecord | None:
        """Return the statement that made the answer unknown at *at*."""
        if self.status(at) is not Status.UNKNOWN:
            return None
        early = self.records[: bisect_right(self._times, at)]
        return next((one for one in reversed(early) if one.state in SUSPENDING), None)

    def begins(self, at: datetime, /) -> list[datetime]:
        """Return the instants after *at* at which something more is said, or heard before it is dated."""
        found = self._times[bisect_right(self._times, at) :]
        return [*found, *(heard_at(one) for one in self._ahead if heard_at(one) > at)]

    def ends(self, at: datetime, /) -> list[datetime]:
        """Return the instants after *at* at which a grant ends that is in force then, or given later."""
        place = bisect_right(self._times, at)
        now = self._moments[place - 1] if place else _NOTHING_YET
        counting = (now.own, now.reported, *self.records[place:])
        found = [self._terms.ends(one) for one in counting if one is not None]
        return [end for end in found if end is not None and end > at]
