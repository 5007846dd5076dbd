"""Ledgers of several sides that may be one person: kept apart, read together, and taken apart again exactly.

Nothing is ever poured together. Each side keeps its own statements with the identifiers they were given for; ties say
which sides are read together, and how sure that is. What a group of sides answers is computed from the set of
statements and ties, so neither the order of merging nor a merge that was undone leaves a trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from unified_profile.consent.cases import case_of
from unified_profile.consent.decision import decided
from unified_profile.consent.ledger import Ledger
from unified_profile.consent.policy import Policy
from unified_profile.consent.scopes import Request
from unified_profile.consent.situation import NOTHING_KNOWN, Situation
from unified_profile.errors import UnknownNameError
from unified_profile.model import ConsentRecord, Permission
from unified_profile.model.times import aware


@attrs.frozen(order=True)
class Tie:
    """Two sides are one person: *proven* by a login or a clerk, or only a machine's guess.

    >>> Tie.of("b", "a", proven=True)
    Tie(left='a', right='b', proven=True)

    .. versionadded:: 0.1
    """

    left: str
    right: str
    proven: bool

    @classmethod
    def of(cls, one: str, other: str, /, *, proven: bool) -> Tie:
        """Return the tie of two sides, the same whichever is named first."""
        return cls(min(one, other), max(one, other), proven)


@attrs.frozen
class Conflict:
    """A question that the parts of a guessed person answer differently: ask them again, by each of their addresses.

    *granting* and *refusing* are ids of statements.

    .. versionadded:: 0.1
    """

    request: Request
    granting: tuple[str, ...]
    refusing: tuple[str, ...]


def _statements(found: Mapping[str, Iterable[ConsentRecord]]) -> Mapping[str, frozenset[ConsentRecord]]:
    return MappingProxyType({side: frozenset(said) for side, said in found.items()})


def _first(statement: ConsentRecord) -> str:
    return statement.id


def _ties(found: Iterable[Tie]) -> frozenset[Tie]:
    return frozenset(found)


@attrs.frozen
class Ledgers:
    """The statements of several sides, and the ties between them. Every change gives another value; none is lost.

    >>> from datetime import UTC
    >>> from unified_profile.consent.policy import plain
    >>> from unified_profile.consent.purposes import PurposeRegistry
    >>> from unified_profile.model import ConsentState, Purpose
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> def said(name, state, day):
    ...     return ConsentRecord(
    ...         id=name, source="web", purpose="news", channel="email", state=state, occurred_at=at.replace(day=day)
    ...     )
    >>> apart = Ledgers({"web": [said("yes", ConsentState.GIVEN, 2)], "shop": [said("no", ConsentState.REFUSED, 1)]})
    >>> asked, rules = Request("news", "email"), plain(PurposeRegistry([Purpose("news")]))
    >>> guessed = apart.tied("web", "shop", proven=False)
    >>> guessed.permission("web", asked, rules, at=at.replace(day=3)).code
    'refused'
    >>> proven = guessed.tied("web", "shop", proven=True)
    >>> proven.permission("web", asked, rules, at=at.replace(day=3)).code
    'consent_given'
    >>> proven.untied("web", "shop") == apart
    True

    .. versionadded:: 0.1
    """

    sides: Mapping[str, frozenset[ConsentRecord]] = attrs.field(factory=dict, converter=_statements, repr=False)
    ties: frozenset[Tie] = attrs.field(default=(), converter=_ties)

    def told(self, side: str, /, *statements: ConsentRecord) -> Ledgers:
        """Return the ledgers after *side* was told *statements*; what it was told already changes nothing.

        An id names an event and not a consent: two statements with one id both count.
        """
        return Ledgers({**self.sides, side: self.sides.get(side, frozenset()).union(statements)}, self.ties)

    def tied(self, one: str, other: str, /, *, proven: bool) -> Ledgers:
        """Return the ledgers after two sides were found to be one person.

        Raises:
            UnknownNameError: If there is no such side.
        """
        for side in (one, other):
            self._of(side)
        return Ledgers(self.sides, self.ties | {Tie.of(one, other, proven=proven)})

    def untied(self, one: str, other: str, /) -> Ledgers:
        """Return the ledgers as if the two sides had never been tied to each other, proven or not."""
        gone = {Tie.of(one, other, proven=proven) for proven in (True, False)}
        return Ledgers(self.sides, self.ties - gone)

    def united(self, other: Ledgers, /) -> Ledgers:
        """Return what both know: commutative, associative, and the same again when done twice."""
        sides: dict[str, list[ConsentRecord]] = {}
        for ledgers in (self, other):
            for side, said in ledgers.sides.items():
                sides.setdefault(side, []).extend(said)
        return Ledgers(sides, self.ties | other.ties)

    def group(self, side: str, /, *, proven: bool = False) -> frozenset[str]:
        """Return the sides that are read together with *side*; with *proven* only those that surely are one.

        Raises:
            UnknownNameError: If there is no such side.
        """
        self._of(side)
        found, new = {side}, {side}
        while new:
            near = {end for tie in self.ties if tie.proven or not proven for end in (tie.left, tie.right)
                    if {tie.left, tie.right} & new}  # fmt: skip
            new = near - found
            found |= new
        return frozenset(found)

    def parts(self, side: str, /, *, known_at: datetime | None = None) -> list[Ledger]:
        """Return one ledger for each proven part of the person that *side* may be, in a fixed order."""
        left = self.group(side)
        parts: list[frozenset[str]] = []
        for name in sorted(left):
            if not any(name in part for part in parts):
                parts.append(self.group(name, proven=True) & left)
        return [
            Ledger([one for name in sorted(part) for one in sorted(self.sides[name], key=_first)], known_at=known_at)
            for part in parts
        ]

    def permission(
        self,
        side: str,
        request: Request,
        policy: Policy,
        /,
        *,
        situation: Situation = NOTHING_KNOWN,
        at: datetime,
        known_at: datetime | None = None,
    ) -> Permission:
        """Return the answer about the person of whom *side* is part.

        Proven parts speak with one voice, in the order of what was said. Parts that a machine brought together each
        speak for themselves: one that refuses is enough, and a grant is good for the addresses of its part alone.
        """
        return decided(self.parts(side, known_at=known_at), request, policy, situation=situation, at=at)

    def conflicts(
        self, side: str, requests: Iterable[Request], policy: Policy, /, *, at: datetime
    ) -> tuple[Conflict, ...]:
        """Return those of *requests* that the parts of this person answer differently, to be asked again."""
        moment, parts = aware(at, field="at"), self.parts(side)
        found = []
        for request in requests:
            placed = policy.placed(request)
            bearing = [case_of(part, placed, policy).bearing(moment) for part in parts]
            refusing = tuple(sorted({one.id for each in bearing for one in each.refusals}))
            granting = tuple(sorted({one.id for each in bearing for one in each.grants if not each.refusals}))
            if refusing and granting:
                found.append(Conflict(request, granting, refusing))
        return tuple(found)

    def __iter__(self) -> Iterator[str]:
        """Give the names of the sides."""
        return iter(self.sides)

    def _of(self, side: str) -> frozenset[ConsentRecord]:
        found = self.sides.get(side)
        if found is None:
            raise UnknownNameError(kind="side", name=str(side), known=self.sides)
        return found
