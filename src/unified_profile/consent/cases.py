"""One question before one ledger: which statements bear on it, which grants cover it, and which refusals they lift."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeAlias

import attrs

from unified_profile.consent.copies import takes_back
from unified_profile.consent.invoking import invoked
from unified_profile.consent.ledger import Ledger
from unified_profile.consent.lifting import Lifting
from unified_profile.consent.policy import Policy
from unified_profile.consent.reach import NONE, UNKNOWN, covers, listed, notice_of, passed_to
from unified_profile.consent.scopes import ANY, Request, categories_of, refusal_touches
from unified_profile.consent.spelling import EVERY, one_name
from unified_profile.consent.statements import expires_at, heard_at
from unified_profile.consent.states import GRANTS, REFUSALS, is_consent
from unified_profile.consent.terms import terms_of
from unified_profile.consent.timeline import Terms, Timeline
from unified_profile.model import ConsentRecord, ConsentState

Standing: TypeAlias = tuple[ConsentRecord, ...]
"""Refusals that nothing lifts."""


@attrs.frozen
class Bearing:
    """What bears on a question at one instant: refusals that nothing lifts, and grants in force that cover it.

    *asked* is what each of the grants was asked for by: of most, itself.
    """

    refusals: tuple[ConsentRecord, ...]
    grants: tuple[ConsentRecord, ...]
    asked: tuple[ConsentRecord, ...] = ()


class Case:
    """A question before a ledger, worked out once for all instants."""

    __slots__ = (
        "_copies",
        "_covering",
        "_grouped",
        "_last",
        "_ledger",
        "_lifting",
        "_of_all",
        "_policy",
        "_reserved",
        "_terms",
        "matter",
        "request",
    )

    def __init__(self, ledger: Ledger, request: Request, policy: Policy) -> None:
        """Sort out which statements bear on *request*."""
        self.request = request
        self.matter: object = None
        self._ledger, self._policy = ledger, policy
        self._terms: Terms = terms_of(ledger, request, policy)
        self._lifting = Lifting(request, policy, self._terms)
        self._covering: set[int] = set()
        self._copies: list[ConsentRecord] = []
        self._grouped: list[tuple[str, Timeline]] = []
        self._of_all = frozenset(word for word in EVERY if word not in policy.purposes and ledger.said(word))
        for purpose in (*self._related(), *sorted(self._of_all)):
            self._grouped += [(purpose, timeline) for timeline in self._timelines(purpose)]
        self._reserved = {
            right: [one for scope in ledger.said(right).values() for one in scope if self._speaks(one)]
            for right in sorted(policy.reserved)
            if ledger.said(right)
        }
        last = [timeline.records[-1].occurred_at for _, timeline in self._grouped]  # each in order, none empty
        last += [one.occurred_at for said in (*self._reserved.values(), self._copies) for one in said]
        self._last = max(last, default=_NEVER)

    # --- which statements ---

    def _related(self) -> tuple[str, ...]:
        """Return the purposes that bear on the one asked for: itself, what it is part of, and its parts."""
        name, purposes = self.request.purpose, self._policy.purposes
        return (name, *purposes.ancestors(name), *sorted(purposes.descendants(name)))

    def _speaks(self, right: ConsentRecord) -> bool:
        """Say whether a right that was invoked is about the request; whom it names narrows nothing in the house."""
        return refusal_touches(right, self.request, recipients=bool(self.request.recipient))

    def _timelines(self, purpose: str) -> Iterator[Timeline]:
        request = self.request
        groups: dict[tuple[object, ...], list[ConsentRecord]] = {}
        for scope, records in self._ledger.said(purpose).items():
            if scope.brand not in {"", request.brand}:
                continue
            if scope.channel != request.channel and ANY not in {scope.channel, request.channel}:
                continue
            place = (scope.channel, scope.brand)
            for record in records:
                key = None if purpose in self._of_all and record.state not in REFUSALS else self._key(record)
                if key is not None:
                    groups.setdefault((*place, *key), []).append(record)
        for records in groups.values():
            yield Timeline(records, self._terms)

    def _key(self, record: ConsentRecord) -> tuple[object, ...] | None:
        """Return what holds statements of one scope together; None if *record* does not speak of the request."""
        plain = not (record.data_categories or record.recipients or record.controller or record.jurisdiction)
        if plain and not record.notice_id and not (record.special_categories or record.optional_categories):
            if record.state in GRANTS:
                if self.request.category or self.request.recipient:
                    return None
                self._note(record)
            return ("", "", NONE)
        return self._particular(record)

    def _particular(self, record: ConsentRecord) -> tuple[object, ...] | None:
        request, policy = self.request, self._policy
        if record.state in GRANTS:
            if notice_of(record, policy) is UNKNOWN:
                return None
            named = listed(record, policy)
            if named is None or (request.category and request.category not in named):
                return None
            if request.recipient and request.recipient not in passed_to(record, policy):
                return None
            self._note(record)
        elif not self._refuses(record):
            wide = record.state in REFUSALS
            if wide and refusal_touches(record, request, controllers=False, recipients=bool(request.recipient)):
                self._copies.append(record)
            return None
        else:
            named = categories_of(record)
        return (record.controller, record.jurisdiction, NONE if request.category else named)

    def _refuses(self, record: ConsentRecord) -> bool:
        """Say whether a refusal is about the request by itself; an invalidation strikes consents, whomever it names."""
        strikes = record.state is ConsentState.INVALIDATED and not self.request.recipient
        return refusal_touches(record, self.request, recipients=not strikes)

    def _note(self, record: ConsentRecord) -> None:
        """Keep that a grant covers the request, if it does."""
        if covers(record, self.request, self._policy):
            self._covering.add(id(record))

    # --- at an instant ---

    def bearing(self, at: datetime, /) -> Bearing:
        """Return the refusals that nothing lifts at *at*, and the grants in force that cover the request."""
        refusals: list[ConsentRecord] = []
        grants: dict[str, list[tuple[ConsentRecord, ConsentRecord]]] = {}
        covered: list[ConsentRecord] = []
        wanted: list[ConsentRecord] = []
        covering, request, policy = self._covering, self.request, self._policy
        brand = request.brand
        for purpose, timeline in self._grouped:
            said, given = timeline.bearing(at)
            if said:
                refusals += said
            for one in given:
                if one.brand == brand:  # of another brand it neither covers nor lifts
                    asked = timeline.request_of(one)
                    grants.setdefault(purpose, []).append((asked, one))
                    if id(one) in covering:
                        covered.append(one)
                        wanted.append(asked)
        if not grants:
            return Bearing(tuple(refusals), ())
        if self._copies:
            pairs = [pair for found in grants.values() for pair in found]
            refusals += [one for one in self._copies if takes_back(one, pairs, request, policy, at)]
        lifting = self._lifting
        standing = [one for one in refusals if not lifting.lifted(one, grants.get(lifting.purpose(one), ()))]
        return Bearing(tuple(standing), tuple(covered), tuple(wanted))

    # --- rights and signals ---

    def speaks_of(self, right: str, /) -> bool:
        """Say whether anything was said of *right*, at whatever time."""
        return bool(self._reserved.get(right))

    def invoked(
        self, right: str, at: datetime, /, *, lifting: tuple[ConsentRecord, ...] = ()
    ) -> tuple[ConsentRecord, ...]:
        """Return the statements that invoke *right* at *at*; *lifting* are what later consents were asked for by."""
        return invoked(right, self._reserved.get(right, ()), at, self.request, self._policy.tolerance, lifting)

    # --- what else can be told ---

    def could_lift(self, grant: ConsentRecord, refusal: ConsentRecord, /) -> bool:
        """Say whether a grant would take a refusal back if it were later."""
        return self._lifting.could(grant, refusal)

    def listed(self, grant: ConsentRecord, /) -> frozenset[str]:
        """Return the categories of data that a grant lists, itself or by its notice."""
        return listed(grant, self._policy) or NONE

    @property
    def terms(self) -> Terms:
        """What rules add to the records."""
        return self._terms

    def bears(self, record: ConsentRecord, /) -> tuple[object, ...] | None:
        """Return the scope in which *record* bears on the request; None if it does not."""
        request, purpose = self.request, one_name(record.purpose)
        of_all = purpose in EVERY and purpose not in self._policy.purposes and record.state in REFUSALS
        if not (of_all or purpose in map(one_name, self._related())) or record.brand not in {"", request.brand}:
            return None
        if record.channel != request.channel and ANY not in {record.channel, request.channel}:
            return None
        key = self._key(record)
        return None if key is None else (purpose, record.channel, record.brand, *key)

    def covers_alike(self, record: ConsentRecord, /) -> bool:
        """Say whether a grant like *record* covers the request."""
        return covers(record, self.request, self._policy)

    def covers(self, grant: ConsentRecord, /) -> bool:
        """Say whether a grant covers the request."""
        return id(grant) in self._covering

    def exact(self) -> list[Timeline]:
        """Return how the scopes of exactly the purpose asked for went."""
        return [timeline for purpose, timeline in self._grouped if purpose == self.request.purpose]

    def elsewhere(self, at: datetime, /) -> Iterator[ConsentRecord]:
        """Give grants of the same purpose by *at*, whatever they cover."""
        for records in self._ledger.said(self.request.purpose).values():
            yield from (one for one in records if one.occurred_at <= at and is_consent(one))

    def turns(self, at: datetime, /, *, ends: bool) -> set[datetime]:
        """Return the instants after *at* at which something bearing on the question begins, and with *ends* ends."""
        found: set[datetime] = set()
        if at < self._last:  # most often nothing lies ahead
            found |= {turn for _, timeline in self._grouped for turn in timeline.begins(at)}
            reserved = [one for said in (*self._reserved.values(), self._copies) for one in said]
            found |= {turn for one in reserved for turn in (one.occurred_at, heard_at(one)) if turn > at}
        if ends:
            found |= {turn for _, timeline in self._grouped for turn in timeline.ends(at)}
            backs = (expires_at(one) for said in self._reserved.values() for one in said if one.state in GRANTS)
            found |= {end for end in backs if end is not None and end > at}
        return found


_NEVER = datetime.min.replace(tzinfo=UTC)


def case_of(ledger: Ledger, request: Request, policy: Policy, /) -> Case:
    """Return the case of *request* before *ledger*, worked out once."""
    key = (id(policy), request)
    found = ledger.case(key)
    # The policy is kept with the case, so that no other one can get its id meanwhile.
    if isinstance(found, Case) and found._policy is policy:  # noqa: SLF001  # its own room
        return found
    made = Case(ledger, request, policy)
    ledger.keep(key, made)
    return made
