"""The question that rules are asked: a request about one person at one instant, with all that bears on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from unified_profile.consent.cases import Bearing, Case
from unified_profile.consent.codes import ALLOWING
from unified_profile.consent.law.in_force import Readied, cited
from unified_profile.consent.law.rows import Law
from unified_profile.consent.policy import Policy
from unified_profile.consent.register import RegisterEntry
from unified_profile.consent.scopes import Request
from unified_profile.consent.situation import Situation
from unified_profile.consent.statements import heard_at
from unified_profile.model import ConsentRecord, Purpose


@attrs.frozen
class Answer:
    """A code with its reasons; the code says whether it is a yes, *categories* what it comes down to (none: all)."""

    code: str
    because: tuple[str, ...]
    basis: str = ""
    grants: tuple[ConsentRecord, ...] = ()
    entry: RegisterEntry | None = None
    categories: tuple[str, ...] = ()

    @property
    def granted(self) -> bool:
        """Whether the code means yes."""
        return self.code in ALLOWING


@attrs.frozen
class Matter:
    """A request about one person, with everything that it is decided by but the instant."""

    cases: tuple[Case, ...]
    request: Request
    purpose: Purpose
    policy: Policy
    situation: Situation
    law: Readied = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Choose the rows of the law that can matter."""
        kinds, within = self.policy.kinds_of(self.purpose.name), self.policy.kinds_within(self.purpose.name)
        place, channel = self.request.jurisdiction, self.request.channel
        object.__setattr__(self, "law", self.policy.law.readied(place, kinds, within, channel))


class Question:
    """A matter at one instant, with all that bears on it; rules read it."""

    __slots__ = ("at", "bearings", "cases", "entry", "given", "grants", "kinds", "law", "matter", "policy", "refusals", "request", "situation", "within")  # fmt: skip  # noqa: E501

    def __init__(self, matter: Matter, at: datetime, bearings: list[Bearing] | None = None) -> None:
        """Look up what bears on *matter* at *at*; who found that out already hands it in."""
        self.matter, self.at = matter, at
        self.law = matter.law.at(at)
        self.cases, self.request = matter.cases, matter.request
        self.policy, self.situation = matter.policy, matter.situation
        name, request = matter.purpose.name, matter.request
        self.kinds, self.within = matter.policy.kinds_of(name), matter.policy.kinds_within(name)
        self.entry = matter.policy.entry(name, request.controller, request.jurisdiction, at)
        self.bearings = [case.bearing(at) for case in matter.cases] if bearings is None else bearings
        self.refusals = newest_first([one for bearing in self.bearings for one in bearing.refusals])
        self.given = self.grants = newest_first([one for bearing in self.bearings for one in bearing.grants])
        if self.situation.birth_date is not None and self.law.children:
            self.grants = tuple(one for one in self.given if self.could_say(one))

    @property
    def basis(self) -> str:
        """On what the purpose rests, by the register or by itself."""
        return self.matter.purpose.basis if self.entry is None else self.entry.basis

    @property
    def third_party(self) -> bool:
        """Whether somebody gets the values who does not act for the controller."""
        return bool(self.request.recipient) and self.request.recipient not in self.policy.processors

    def could_say(self, grant: ConsentRecord, /) -> bool:
        """Say whether whoever gave *grant* could: a parent, or somebody old enough when they said it.

        Nobody comes of age into what they said as a child: it was no consent then, and they are asked again.
        """
        if grant.expressed_by == "parent":
            return True
        said = heard_at(grant)
        return not any(self.situation.younger_than(row.own_from, said) for row in self.law.children)

    @property
    def consents(self) -> tuple[ConsentRecord, ...]:
        """The grants that count as consent, on whatever basis; none while a refusal stands, were it a broader one."""
        return () if self.refusals else self.grants

    def rows(self, kind: str) -> tuple[Law, ...]:
        """Return the rows of the law of one kind that bind here and now, and concern this purpose and channel."""
        return self.law.of(kind)

    def has_right(self, right: str) -> tuple[bool, tuple[str, ...]]:
        """Say whether a right counts here, and by which rows."""
        rows = self.law.rights.get(right, ())
        return bool(rows) or self.policy.rights == "always", rows

    def invoked(self, right: str, *, liftable: bool = True) -> tuple[ConsentRecord, ...]:
        """Return who invoked a right, in any of the records that may be this person's."""
        found: list[ConsentRecord] = []
        for case, bearing in zip(self.cases, self.bearings, strict=True):
            if not case.speaks_of(right):
                continue
            # A consent that was taken back, were it with more than itself, lifts nothing.
            pairs = zip(bearing.grants, bearing.asked, strict=True) if liftable and not bearing.refusals else ()
            lifting = tuple(asked for grant, asked in pairs if self._informed(grant) and self.could_say(grant))
            found += case.invoked(right, self.at, lifting=lifting)
        return newest_first(found)

    def _informed(self, grant: ConsentRecord) -> bool:
        """Say whether a grant can undo what was said of the same device: the person was known, and is now."""
        return self.situation.known and self.policy.names_a_person(grant)


def newest_first(found: Sequence[ConsentRecord]) -> tuple[ConsentRecord, ...]:
    """Return statements once each, the newest first."""
    if not found:
        return ()
    known = {one.id: one for one in found}
    if len(known) < 2:
        return tuple(known.values())
    return tuple(sorted(known.values(), key=lambda one: (one.occurred_at, one.id), reverse=True))


def ids(found: Iterable[ConsentRecord]) -> tuple[str, ...]:
    """Return the ids of statements."""
    return tuple(one.id for one in found)


__all__ = ["Answer", "Matter", "Question", "cited", "ids", "newest_first"]
