"""The fold: from the facts of a person to a profile, the same whatever order, batches or repetitions they come in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from unified_profile.errors import InvalidInputError, InvalidRulesError
from unified_profile.model import (
    ConsentRecord,
    Event,
    EventType,
    Fact,
    Identifier,
    Profile,
    Provenance,
    SourceRecord,
    Trait,
)
from unified_profile.model.times import aware
from unified_profile.profiles.computed import ComputedTrait
from unified_profile.profiles.rules import ProfileRules
from unified_profile.profiles.statements import Statements, said_in
from unified_profile.profiles.windows import Entry, Outcome, next_change, outcome

_PERSONAL = (SourceRecord, Event, ConsentRecord)
_USUAL = ProfileRules()
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def fold(
    facts: Iterable[Fact],
    rules: ProfileRules = _USUAL,
    *,
    profile_id: str,
    identifiers: Iterable[Identifier] = (),
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    now: datetime | None = None,
) -> Profile:
    """Return the profile that *facts* and *rules* come to.

    *as_of* leaves out what happened later, *known_at* what was learned later. Computed traits are as of *as_of*, else
    *now*; without both, all events count, and a window cannot be asked for. A trait that nobody named is missing; one
    that a source cleared is there with the value None.

    >>> from datetime import UTC, datetime
    >>> told = SourceRecord(
    ...     id="f1",
    ...     source="crm",
    ...     key="7",
    ...     attributes={"firstName": "Hanako"},
    ...     occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> fold([told, told], profile_id="p1").traits["given_name"].value
    'Hanako'

    Raises:
        InvalidInputError: If a trait looks through a window and neither *as_of* nor *now* is given.

    .. versionadded:: 0.1
    """
    state = FoldState(rules, as_of=as_of, known_at=known_at)
    state.update(facts)
    return state.result(profile_id=profile_id, identifiers=identifiers, now=now)


class FoldState:
    """The fold in pieces: add facts as they come, merge what two workers have added, ask for the profile at any time.

    Adding and merging are commutative, associative and idempotent. A fact id that is there already is ignored.

    >>> from datetime import UTC, datetime
    >>> told = SourceRecord(
    ...     id="f1", source="crm", key="7", attributes={"city": "Osaka"}, occurred_at=datetime(2026, 1, 1, tzinfo=UTC)
    ... )
    >>> state, other = FoldState(), FoldState()
    >>> state.add(told)
    >>> other.merge(state)
    >>> other.result(profile_id="p1").traits["city"].value
    'Osaka'

    .. versionadded:: 0.1
    """

    __slots__ = (
        "_accounts",
        "_any_event",
        "_as_of",
        "_by_event",
        "_entries",
        "_first",
        "_ids",
        "_known_at",
        "_last",
        "_rules",
        "_told",
    )

    def __init__(
        self, rules: ProfileRules = _USUAL, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> None:
        self._rules = rules
        self._as_of = None if as_of is None else aware(as_of, field="as_of")
        self._known_at = None if known_at is None else aware(known_at, field="known_at")
        self._ids: set[str] = set()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._told = Statements(rules)
        self._accounts: set[str] = set()
        self._entries: list[list[Entry]] = [[] for _ in rules.computed]
        self._by_event: dict[str, list[tuple[ComputedTrait, list[Entry]]]] = {}
        for spec, entries in zip(rules.computed, self._entries, strict=True):
            for name in spec.events or ("",):
                self._by_event.setdefault(name, []).append((spec, entries))
        self._any_event = self._by_event.pop("", [])
        for interested in self._by_event.values():
            interested.extend(self._any_event)

    def __repr__(self) -> str:
        """Show the number of facts only."""
        return f"FoldState({len(self._ids)} facts)"

    def add(self, fact: Fact, /) -> None:
        """Take one fact; one that is not about a person is left alone."""
        self.update((fact,))

    def update(self, facts: Iterable[Fact], /) -> None:
        """Take many facts."""
        ids, as_of, known_at, rules = self._ids, self._as_of, self._known_at, self._rules
        first, last = self._first or _LATEST, self._last or _EARLIEST
        try:
            for fact in facts:
                if fact.id in ids or not isinstance(fact, _PERSONAL):
                    continue
                at = fact.occurred_at
                if (as_of is not None and at > as_of) or (known_at is not None and (fact.recorded_at or at) > known_at):
                    continue
                ids.add(fact.id)
                if at < first:  # noqa: PLR1730 - twice as fast as min(), at every fact
                    first = at
                if at > last:  # noqa: PLR1730
                    last = at
                if isinstance(fact, Event):
                    self._count(fact)
                    quiet = not fact.traits and not rules.properties
                else:
                    quiet = isinstance(fact, ConsentRecord)
                if not quiet:
                    self._hear(fact)
        finally:
            if ids:
                self._first, self._last = first, last

    def _hear(self, fact: Fact) -> None:
        """Add what *fact* says of traits."""
        if isinstance(fact, (SourceRecord, Event)):
            for voice, told in said_in(fact, self._rules):
                self._told.hear(voice, told, fact)

    def _count(self, event: Event) -> None:
        """Add *event* to the accounts and the computed traits that it is of."""
        if event.account and event.type is EventType.GROUP:
            self._accounts.add(event.account)
        for spec, entries in self._by_event.get(event.name, self._any_event):
            values = spec.values(event)
            if values is not None:
                currency = spec.currency_of(event) if spec.currency else ""
                entries.append(Entry(event.occurred_at, event.id, values, currency, event))

    def merge(self, other: FoldState, /) -> None:
        """Take everything that *other* has taken; facts that both have count once.

        Raises:
            InvalidRulesError: If *other* folds by other rules or as of another moment.
        """
        if (self._rules, self._as_of, self._known_at) != (other._rules, other._as_of, other._known_at):
            raise InvalidRulesError(field="merge", reason="rules or moments differ", hint="fold both alike")
        for mine, theirs in zip(self._entries, other._entries, strict=True):
            mine.extend([entry for entry in theirs if entry.fact_id not in self._ids])
        self._ids |= other._ids
        self._accounts |= other._accounts
        self._told.merge(other._told)
        if other._first is not None and (self._first is None or other._first < self._first):
            self._first = other._first
        if other._last is not None and (self._last is None or other._last > self._last):
            self._last = other._last

    def result(
        self, *, profile_id: str, identifiers: Iterable[Identifier] = (), now: datetime | None = None
    ) -> Profile:
        """Return the profile of what was taken so far; see ``fold``.

        Raises:
            InvalidInputError: If a trait looks through a window and no moment is known.
        """
        moment = self._moment(now)
        traits = self._told.traits()
        for spec, entries in zip(self._rules.computed, self._sorted(), strict=True):
            found = outcome(spec, entries, moment)
            told = traits.pop(spec.name, None)
            if found is not None:
                traits[spec.name] = _computed(spec, found, told)
        return Profile(
            id=profile_id,
            traits=dict(sorted(traits.items())),
            identifiers=tuple(sorted(set(identifiers))),
            accounts=tuple(sorted(self._accounts)),
            n_facts=len(self._ids),
            first_at=self._first,
            last_at=self._last,
            as_of=self._as_of,
            known_at=self._known_at,
            derived_from=self._rules.derived_from,
        )

    def changes_at(self, now: datetime | None = None) -> dict[str, datetime]:
        """Return, for each computed trait that changes by time alone, the next instant at which it does.

        >>> from datetime import UTC, datetime, timedelta
        >>> from unified_profile.profiles import computed
        >>> rules = ProfileRules(computed=[computed("visits_7d", "count", "Visited", within=timedelta(days=7))])
        >>> state = FoldState(rules)
        >>> state.add(Event(id="e1", source="web", name="Visited", occurred_at=datetime(2026, 1, 1, tzinfo=UTC)))
        >>> state.changes_at(datetime(2026, 1, 3, tzinfo=UTC))["visits_7d"].isoformat()
        '2026-01-08T00:00:00.000001+00:00'

        Raises:
            InvalidInputError: If a trait looks through a window and no moment is known.
        """
        moment = self._moment(now)
        if moment is None:
            return {}
        found = {
            spec.name: next_change(spec, entries, moment)
            for spec, entries in zip(self._rules.computed, self._sorted(), strict=True)
        }
        return {name: at for name, at in sorted(found.items()) if at is not None}

    def next_change_at(self, now: datetime | None = None) -> datetime | None:
        """Return the next instant at which any computed trait changes by time alone; None: never."""
        return min(self.changes_at(now).values(), default=None)

    def _moment(self, now: datetime | None) -> datetime | None:
        if now is not None:
            now = aware(now, field="now")
        moment = self._as_of or now
        if moment is None and self._rules.needs_now:
            raise InvalidInputError(
                field="now", reason="needed: a computed trait looks through a window", hint="pass now= or as_of="
            )
        return moment

    def _sorted(self) -> list[list[Entry]]:
        for entries in self._entries:
            entries.sort()  # ids differ, so that nothing after them is compared; sorting what is sorted costs little
        return self._entries


def _computed(spec: ComputedTrait, found: Outcome, told: Trait | None) -> Trait:
    because = tuple(
        Provenance(one.fact_id, one.fact.source, one.at, one.fact.recorded_at or one.at) for one in found.because
    )
    lost = () if told is None else ((told.value, told.provenance[0]), *told.losers)
    return Trait(spec.name, found.value, because, spec.rule, lost)
