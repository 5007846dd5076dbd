"""The ledger: what was said about consent, ready to be decided on at any moment and as known at any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from unified_profile.consent.scopes import Scope, in_one_spelling
from unified_profile.consent.spelling import one_name
from unified_profile.consent.statements import in_order
from unified_profile.consent.timeline import Timeline
from unified_profile.model import ConsentRecord, Fact, Identifier
from unified_profile.model.times import aware

_MOST_CASES = 256
_NOTHING_SAID: Mapping[Scope, list[ConsentRecord]] = {}


class Ledger:
    """The consent records of one person, by scope. Other facts are left alone; what is told twice counts once.

    Build it once and hand it to ``decide`` instead of the records when many questions are asked. It never changes: a
    new statement makes a new ledger, so no answer can be older than what was said.

    >>> len(Ledger([]))
    0

    .. versionadded:: 0.1
    """

    __slots__ = ("_by_purpose", "_cases", "_known_at", "_mixed", "_notices", "_parts", "_size", "proven")

    def __init__(self, facts: Iterable[Fact] = (), *, known_at: datetime | None = None, proven: bool = True) -> None:
        """Take *facts*; with *known_at* only what was learned by then. *proven* is as in ``decide``."""
        self.proven = proven
        self._known_at = None if known_at is None else aware(known_at, field="known_at")
        found: dict[str, ConsentRecord] = {}
        others: list[ConsentRecord] = []
        for fact in facts:
            if isinstance(fact, ConsentRecord) and (
                self._known_at is None or (fact.recorded_at or fact.occurred_at) <= self._known_at
            ):
                one = in_one_spelling(fact)
                if found.setdefault(fact.id, one) is not one and found[fact.id] != one and one not in others:
                    others.append(one)  # a record id for all events of a consent: each of them counts
        self._size = len(found) + len(others)
        self._by_purpose: dict[str, dict[Scope, list[ConsentRecord]]] = {}
        # Apart by scope at once, in order when asked for: a question touches few of the scopes.
        self._mixed: dict[str, dict[tuple[str, str], list[ConsentRecord]]] = {}
        mixed = self._mixed
        for record in (*found.values(), *others):
            name = one_name(record.purpose)
            scopes = mixed.get(name)
            if scopes is None:
                scopes = mixed[name] = {}
            place = (record.channel, record.brand)
            records = scopes.get(place)
            if records is None:
                scopes[place] = [record]
            else:
                records.append(record)
        self._parts: list[Ledger] | None = None
        self._notices: dict[tuple[str, str], datetime] | None = None
        self._cases: dict[object, Any] = {}

    def __repr__(self) -> str:
        """Show how many statements there are, never what they say."""
        return f"Ledger({self._size} statements)"

    def __len__(self) -> int:
        """Return the number of statements."""
        return self._size

    def __iter__(self) -> Iterator[ConsentRecord]:
        """Give the statements scope by scope, oldest first."""
        for purpose in sorted(self._mixed):
            for records in self.said(purpose).values():
                yield from records

    @property
    def known_at(self) -> datetime | None:
        """As known when; None: everything handed in."""
        return self._known_at

    def said(self, purpose: str, /) -> Mapping[Scope, list[ConsentRecord]]:
        """Return what was said on exactly *purpose*, in whatever spelling, by channel and brand, oldest first."""
        found = self._by_purpose.get(purpose)
        if found is None:
            mixed = self._mixed.get(one_name(purpose))
            if mixed is None:
                return _NOTHING_SAID
            found = {Scope(purpose, *place): in_order(mixed[place]) for place in sorted(mixed)}
            self._by_purpose[purpose] = found
        return found

    def scopes(self, purpose: str, /) -> Mapping[Scope, Timeline]:
        """Return how each scope of exactly *purpose* went, apart from rules that a policy adds."""
        return {scope: Timeline(records) for scope, records in self.said(purpose).items()}

    def notices(self) -> Mapping[tuple[str, str], datetime]:
        """Return when each notice, by id and version in the one spelling, was first used."""
        if self._notices is None:
            first: dict[tuple[str, str], datetime] = {}
            for record in self:
                if record.notice_id:
                    key = (one_name(record.notice_id), one_name(record.notice_version))
                    first[key] = min(first.get(key, record.occurred_at), record.occurred_at)
            self._notices = first
        return self._notices

    def by_subject(self) -> list[Ledger]:
        """Return one ledger per group of statements that share identifiers: what is proven to be one person's.

        Statements without any identifier are one group.
        """
        if self._parts is None:
            groups: dict[Identifier | None, list[ConsentRecord]] = {}
            for record in self:
                keys: tuple[Identifier | None, ...] = record.identifiers or (None,)
                joined: list[ConsentRecord] = [record]
                for other in {id(groups[key]): groups[key] for key in keys if key in groups}.values():
                    joined.extend(other)
                for key in {key for one in joined for key in (one.identifiers or (None,))}:
                    groups[key] = joined
            self._parts = [Ledger(group) for group in {id(group): group for group in groups.values()}.values()]
        return self._parts

    def parts(self, *, proven: bool = True) -> list[Ledger]:
        """Return what speaks for itself: one ledger of one person, or each group of what may be several.

        *proven* False says so of a ledger that was built as one person's.

        Where a machine's guess added somebody who never said anything, an empty ledger stands for them.
        """
        if self.proven and proven:
            return [self]
        found = self.by_subject()
        return found if len(found) > 1 else [*found, Ledger()]

    def case(self, key: object, /) -> Any:
        """Return what was worked out before under *key*, or None."""
        return self._cases.get(key)

    def keep(self, key: object, case: Any, /) -> None:
        """Keep what was worked out under *key*: the ledger never changes, so neither does it."""
        if len(self._cases) >= _MOST_CASES:
            self._cases.clear()
        self._cases[key] = case


def ledger_of(records: Ledger | Iterable[Fact], /, *, known_at: datetime | None = None) -> Ledger:
    """Return *records* as a ledger, with *known_at* as known then; a ledger that is one already is taken as it is."""
    if not isinstance(records, Ledger):
        return Ledger(records, known_at=known_at)
    return records if known_at is None else Ledger(records, known_at=known_at, proven=records.proven)
