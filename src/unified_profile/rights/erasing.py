"""What an erasure is asked, decides and reports: scope, terms, the plan before it and the account after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

import attrs

from unified_profile.errors import InvalidInputError, InvalidRulesError
from unified_profile.model import Fact, Identifier, Json
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.model.soundness import fits
from unified_profile.rights.retention import LegalHold, RetentionSchedule
from unified_profile.rights.tombstones import TombstoneKeys, usable_key_id

Fate: TypeAlias = Literal["erase", "hold"]
_LONGEST_NAME = 200


@attrs.frozen
class Scope:
    """What of a person an erasure covers: everything, or what came from one source, or belongs to one brand.

    >>> Scope.of("brand:kawa")
    Scope(kind='brand', name='kawa')
    >>> str(Scope.of("all"))
    'all'

    .. versionadded:: 0.1
    """

    kind: Literal["all", "brand", "source"] = "all"
    name: str = ""

    @classmethod
    def of(cls, text: object, /) -> Scope:
        """Return the scope that *text* names.

        Raises:
            InvalidInputError: If it is none.
        """
        if text == "all":
            return cls()
        kind, colon, name = text.partition(":") if isinstance(text, str) else ("", "", "")
        if not colon or not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InvalidInputError(field="scope", reason="unknown", hint='"all", "brand:<name>" or "source:<name>"')
        if kind == "brand":
            return cls("brand", name)
        if kind == "source":
            return cls("source", name)
        raise InvalidInputError(field="scope", reason="unknown", hint='"all", "brand:<name>" or "source:<name>"')

    def covers(self, fact: Fact, /) -> bool:
        """Say whether *fact* is in it."""
        if self.kind == "source":
            return fact.source == self.name
        return self.kind == "all" or getattr(fact, "brand", None) == self.name

    def __str__(self) -> str:
        """Return its name."""
        return self.kind if self.kind == "all" else f"{self.kind}:{self.name}"


def _holds(holds: Iterable[LegalHold]) -> tuple[LegalHold, ...]:
    found = tuple(holds)
    if not all(isinstance(hold, LegalHold) for hold in found):
        raise InvalidRulesError(field="holds", reason="holds something else than LegalHold", hint="see LegalHold")
    return found


@attrs.frozen(kw_only=True)
class ErasureTerms:
    """How a hub erases.

    Attributes:
        keys: Keys of tombstones. None: the hub makes one and keeps it in the store, where it protects against nobody
            who has the store; hand in your own to have it elsewhere.
        period: How long a tombstone keeps old facts from coming back (None: for ever). No shorter than your oldest
            backup, export or queue may be handed in again.
        proof: How long the minimised proof of a consent is kept (None: none is).
        holds: What has to be kept although somebody is erased.
        schedule: Which categories facts have, for holds that name some; without it a fact is of the category
            ``"other"`` (a consent: ``"consent_proof"``).

    .. versionadded:: 0.1
    """

    keys: TombstoneKeys | None = attrs.field(default=None, repr=False)
    period: timedelta | None = timedelta(days=3_652)
    proof: timedelta | None = timedelta(days=1_096)
    holds: tuple[LegalHold, ...] = attrs.field(default=(), converter=_holds)
    schedule: RetentionSchedule = attrs.field(factory=lambda: RetentionSchedule(rules=()))

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be worked with."""
        if self.keys is not None:
            if not fits(self.keys, TombstoneKeys):
                raise InvalidRulesError(field="tombstone_keys", reason="no TombstoneKeys", hint="see KeyRing")
            usable_key_id(self.keys.current())
        for field, span in (("period", self.period), ("proof", self.proof)):
            if span is not None and (not isinstance(span, timedelta) or span <= timedelta(0)):
                raise InvalidRulesError(field=field, reason="not a period", hint="timedelta(days=…), or None")
        if not isinstance(self.schedule, RetentionSchedule):
            raise InvalidRulesError(field="schedule", reason="not a RetentionSchedule", hint="see RetentionSchedule")

    def keeping(self, fact: Fact, profiles: Iterable[str], now: datetime, /) -> tuple[LegalHold, ...]:
        """Return the holds that keep *fact*, of somebody known under *profiles*, at *now*."""
        if not self.holds:
            return ()
        categories = tuple(self.schedule.categories(fact)) or (self.schedule.others,)
        ids = tuple(profiles)
        return tuple(
            hold
            for hold in self.holds
            if any(hold.covers(profile, category, now) for profile in ids for category in categories)
        )


@attrs.frozen
class Notice:
    """That *recipient* was given values of the person, and has to be told of the erasure (GDPR Art. 19).

    .. versionadded:: 0.1
    """

    recipient: str
    purpose: str
    action: str
    last_at: datetime

    def to_json(self) -> dict[str, Json]:
        """Return it as JSON."""
        return {
            "recipient": self.recipient,
            "purpose": self.purpose,
            "action": self.action,
            "last_at": self.last_at.isoformat(),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, str], /) -> Notice:
        """Return what was written by ``to_json``."""
        return cls(body["recipient"], body["purpose"], body["action"], datetime.fromisoformat(body["last_at"]))


@attrs.frozen
class PlannedFact:
    """What becomes of one fact, and because of what: ``hold:<id>`` where a law keeps it.

    .. versionadded:: 0.1
    """

    fact_id: str = attrs.field(repr=hidden)
    kind: str
    source: str
    fate: Fate
    because: tuple[str, ...] = ()


@closed
@attrs.frozen(kw_only=True)
class ErasurePlan(Closed):
    """What an erasure would do, before it does anything.

    Attributes:
        id: Of the erasure; carrying out one plan twice is carrying it out once.
        profile: Whose data goes ("" for somebody of whom nothing is known: what comes late is kept out all the same).
        ids: Every profile id that leads there.
        scope: What of it.
        facts: What becomes of each fact.
        identifiers: How many identifiers lead to nobody afterwards, by namespace: nobody else's fact names them.
        shared: How many stay, because facts of others name them.
        elsewhere: Profiles that the order names as well, but that are not this person by the rules; they stay.
        recipients: Who has to be told.
        proofs: Of how many consents a minimised proof stays.
        views: Rows of views and logs that go, by table.

    .. versionadded:: 0.1
    """

    id: str
    at: datetime
    profile: str
    ids: tuple[str, ...]
    scope: Scope
    facts: tuple[PlannedFact, ...]
    identifiers: Mapping[str, int]
    shared: Mapping[str, int]
    elsewhere: tuple[str, ...] = ()
    recipients: tuple[Notice, ...] = ()
    proofs: int = 0
    views: Mapping[str, int] = attrs.field(factory=dict)
    asked: Callable[[], tuple[Identifier, ...]] = attrs.field(default=tuple, repr=False, eq=False)
    """What the plan was asked for by: told by a call, so that nothing that shows a plan shows it."""

    def counts(self) -> dict[str, int]:
        """Return how many facts are erased and how many held."""
        return dict(sorted(Counter(one.fate for one in self.facts).items()))

    def to_json(self) -> dict[str, Json]:
        """Return the plan as JSON: counts, names and profile ids, no value and no identifier."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "profile": self.profile,
            "scope": str(self.scope),
            "facts": dict(self.counts()),
            "kinds": dict(sorted(Counter(one.kind for one in self.facts).items())),
            "holds": [*sorted({why for one in self.facts for why in one.because})],
            "identifiers": dict(self.identifiers),
            "shared": dict(self.shared),
            "elsewhere": [*self.elsewhere],
            "recipients": [one.to_json() for one in self.recipients],
            "proofs": self.proofs,
            "views": dict(self.views),
        }


State: TypeAlias = Literal["ordered", "erased", "done"]


def _counts(counts: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType(dict(counts))


@closed
@attrs.frozen
class Gone(Closed):
    """What must not be found any more: values, and nodes of identifiers that were the person's alone.

    .. versionadded:: 0.1
    """

    values: frozenset[str] = attrs.field(default=frozenset(), repr=hidden)
    identifiers: frozenset[str] = attrs.field(default=frozenset(), repr=hidden)


@closed
@attrs.frozen(kw_only=True)
class Erasure(Closed):
    """What an erasure did. It holds no value; what verification looks for is behind a call, in memory only.

    Attributes:
        id: Its own, as in the plan or order.
        state: ``"ordered"`` (not carried out yet), ``"erased"`` (rows are gone, the files were not cleaned yet), or
            ``"done"``.
        scope: What of the person.
        ordered_at: When it was ordered.
        erased_at: When the rows went; None before.
        counts: What went and what stays, by what it is (``facts``, ``held``, ``proofs``, ``tombstones`` …).
        recipients: Who has to be told.
        loose: Profiles that a late fact tied to this person after the erasure: somebody has to look at them.

    .. versionadded:: 0.1
    """

    id: str
    state: State
    scope: Scope
    ordered_at: datetime
    erased_at: datetime | None = None
    counts: Mapping[str, int] = attrs.field(factory=dict, converter=_counts)
    recipients: tuple[Notice, ...] = ()
    loose: tuple[str, ...] = ()
    gone: Callable[[], Gone] = attrs.field(default=Gone, repr=False, eq=False)

    def to_json(self) -> dict[str, Json]:
        """Return what may be kept of it as JSON."""
        return {
            "id": self.id,
            "state": self.state,
            "scope": str(self.scope),
            "ordered_at": self.ordered_at.isoformat(),
            "erased_at": None if self.erased_at is None else self.erased_at.isoformat(),
            "counts": dict(sorted(self.counts.items())),
            "recipients": [one.to_json() for one in self.recipients],
            "loose": [*self.loose],
        }
