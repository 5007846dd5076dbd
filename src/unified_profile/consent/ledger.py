"""The ledger: what was said about consent, by scope, ready to be decided on at any moment and as known at any other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from unified_profile.model import ConsentRecord, ConsentState, Fact, Identifier
from unified_profile.model.times import aware, to_micros

ANY = "any"
"""The channel of a statement that covers every channel."""

GRANTS = frozenset({ConsentState.GIVEN, ConsentState.RENEWED})
REFUSALS = frozenset({ConsentState.REFUSED, ConsentState.WITHDRAWN, ConsentState.REVOKED, ConsentState.INVALIDATED})
SUSPENDING = frozenset({ConsentState.PENDING_CONFIRMATION, ConsentState.UNKNOWN})
"""Said after a grant in exactly its scope, these end it; being asked again (``requested``, ``deferred``) does not."""

OWN_WORD = frozenset({"subject", "parent"})
"""Who can give consent. Anybody's refusal counts."""

SECOND_HAND = frozenset({"import", "backfill", "enrichment", "inferred", "third_party"})
"""Methods by which others report a grant. It counts, but neither lifts a refusal nor replaces what the person said."""


@attrs.frozen
class Scope:
    """What one statement is about: exactly this purpose, on this channel, for this brand.

    >>> Scope("newsletter", "email", "")
    Scope(purpose='newsletter', channel='email', brand='')

    .. versionadded:: 0.1
    """

    purpose: str
    channel: str
    brand: str


def expires_at(record: ConsentRecord, /) -> datetime | None:
    """Return the instant from which a grant no longer holds; None: never.

    >>> from datetime import UTC, datetime, timedelta
    >>> expires_at(
    ...     ConsentRecord(
    ...         id="c1",
    ...         source="web",
    ...         purpose="newsletter",
    ...         state=ConsentState.GIVEN,
    ...         occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...         duration=timedelta(days=1),
    ...     )
    ... ).day
    2
    """
    if record.duration is None:
        return None
    try:
        return record.occurred_at + record.duration
    except OverflowError:
        return None


def is_consent(record: ConsentRecord, /) -> bool:
    """Say whether *record* is a grant that can count: on the basis of consent, by the person or a parent."""
    return record.state in GRANTS and record.legal_basis == "consent" and record.expressed_by in OWN_WORD


def _strictness(record: ConsentRecord) -> int:
    """Return what counts for more when two things were said at the same instant: the denial."""
    if record.state in REFUSALS:
        return 3 if record.state is ConsentState.INVALIDATED else 2
    return 1 if record.state in SUSPENDING else 0


def _order(record: ConsentRecord) -> tuple[object, ...]:
    """Sort the deciding statement of a scope last: the newest, at one instant the strictest, then the briefest."""
    ends = expires_at(record)
    brevity = (0, 0) if ends is None else (1, -to_micros(ends))
    return (record.occurred_at, _strictness(record), brevity, record.id)


class Timeline:
    """Everything said in one scope, so kept that what counted at any instant is found without a search.

    .. versionadded:: 0.1
    """

    __slots__ = ("_counting", "_own", "_refusals", "_times", "invalidations", "records")

    def __init__(self, records: Sequence[ConsentRecord]) -> None:
        """Take *records* of one scope in their order."""
        self.records = records
        # Of one notice the last invalidation says what the earlier ones said, and more.
        self.invalidations = list(
            {
                (one.notice_id, one.notice_version): one for one in records if one.state is ConsentState.INVALIDATED
            }.values()
        )
        self._times = [one.occurred_at for one in records]
        self._counting: list[ConsentRecord | None] = []
        self._own: list[ConsentRecord | None] = []
        self._refusals: list[ConsentRecord | None] = []
        counting: ConsentRecord | None = None
        own: ConsentRecord | None = None
        refusal: ConsentRecord | None = None
        for one in records:
            if one.state in REFUSALS:
                counting = own = refusal = one
            elif one.state in SUSPENDING:
                counting = own = one
            elif is_consent(one):
                counting = one
                own = own if one.method in SECOND_HAND else one
            self._counting.append(counting)
            self._own.append(own)
            self._refusals.append(refusal)

    def __repr__(self) -> str:
        """Show how many statements there are."""
        return f"Timeline({len(self.records)} statements)"

    def grants(self, at: datetime, /) -> list[ConsentRecord]:
        """Return the grants in force at *at*: the person's own, and one that others report, unless outdated."""
        place = bisect_right(self._times, at) - 1
        if place < 0:
            return []
        own, counting = self._own[place], self._counting[place]
        found = [own] if counting is own else [own, counting]
        return [one for one in found if one is not None and one.state in GRANTS and not expired(one, at)]

    def current(self, at: datetime, /) -> ConsentRecord | None:
        """Return the newest statement at *at* that is an answer, whoever reports it."""
        place = bisect_right(self._times, at) - 1
        return self._counting[place] if place >= 0 else None

    def refusals(self, at: datetime, /) -> list[ConsentRecord]:
        """Return the newest refusal by *at*, and every invalidated notice: that hits earlier use too."""
        place = bisect_right(self._times, at) - 1
        newest = self._refusals[place] if place >= 0 else None
        others = [one for one in self.invalidations if one is not newest]
        return others if newest is None else [newest, *others]

    def begins(self, at: datetime, /) -> list[datetime]:
        """Return the instants after *at* at which something more is said."""
        return self._times[bisect_right(self._times, at) :]

    def ends(self, at: datetime, /) -> list[datetime]:
        """Return the instants after *at* at which a grant ends that is in force then, or given later."""
        later = self.records[bisect_right(self._times, at) :]
        found = [expires_at(one) for one in (*self.grants(at), *later)]
        return [end for end in found if end is not None and end > at]


def expired(record: ConsentRecord, at: datetime, /) -> bool:
    """Say whether a grant is over at *at*; it holds from when it was given until, not including, its end."""
    ends = expires_at(record)
    return ends is not None and at >= ends


class Ledger:
    """The consent records of one person, by scope. Other facts are left alone; one id counts once.

    Build it once and hand it to ``decide`` instead of the records when many questions are asked.

    >>> len(Ledger([]))
    0

    .. versionadded:: 0.1
    """

    __slots__ = ("_by_purpose", "_known_at", "_size", "proven")

    def __init__(self, facts: Iterable[Fact] = (), *, known_at: datetime | None = None, proven: bool = True) -> None:
        """Take *facts*; with *known_at* only what was learned by then. *proven* is as in ``decide``."""
        self.proven = proven
        self._known_at = None if known_at is None else aware(known_at, field="known_at")
        found: dict[str, ConsentRecord] = {}
        for fact in facts:
            if isinstance(fact, ConsentRecord) and (
                self._known_at is None or (fact.recorded_at or fact.occurred_at) <= self._known_at
            ):
                found.setdefault(fact.id, fact)
        self._size = len(found)
        scopes: dict[Scope, list[ConsentRecord]] = {}
        for record in sorted(found.values(), key=_order):
            scopes.setdefault(Scope(record.purpose, record.channel, record.brand), []).append(record)
        self._by_purpose: dict[str, dict[Scope, Timeline]] = {}
        for scope, records in scopes.items():
            self._by_purpose.setdefault(scope.purpose, {})[scope] = Timeline(records)

    def __repr__(self) -> str:
        """Show how many statements there are, never what they say."""
        return f"Ledger({self._size} statements)"

    def __len__(self) -> int:
        """Return the number of statements."""
        return self._size

    def __iter__(self) -> Iterator[ConsentRecord]:
        """Give the statements scope by scope, oldest first."""
        for scopes in self._by_purpose.values():
            for timeline in scopes.values():
                yield from timeline.records

    @property
    def known_at(self) -> datetime | None:
        """As known when; None: everything handed in."""
        return self._known_at

    def scopes(self, purpose: str, /) -> Mapping[Scope, Timeline]:
        """Return what was said on exactly *purpose*, by scope."""
        return self._by_purpose.get(purpose, {})

    def by_subject(self) -> list[Ledger]:
        """Return one ledger per group of statements that share identifiers: what is proven to be one person's.

        Statements without any identifier are one group.
        """
        groups: dict[Identifier | None, list[ConsentRecord]] = {}
        for record in self:
            keys: tuple[Identifier | None, ...] = record.identifiers or (None,)
            joined: list[ConsentRecord] = [record]
            for other in {id(groups[key]): groups[key] for key in keys if key in groups}.values():
                joined.extend(other)
            for key in {key for one in joined for key in (one.identifiers or (None,))}:
                groups[key] = joined
        return [Ledger(group) for group in {id(group): group for group in groups.values()}.values()]


def ledger_of(records: Ledger | Iterable[Fact], /, *, known_at: datetime | None = None) -> Ledger:
    """Return *records* as a ledger, with *known_at* as known then; a ledger that is one already is taken as it is."""
    if not isinstance(records, Ledger):
        return Ledger(records, known_at=known_at)
    return records if known_at is None else Ledger(records, known_at=known_at, proven=records.proven)
