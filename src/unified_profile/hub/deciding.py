"""What the hub does when a use is decided and the decision is kept as evidence, or made again later."""

from __future__ import annotations

from datetime import datetime

from unified_profile.consent.evidence import Decision, decision, replayed
from unified_profile.consent.ledger import Ledger
from unified_profile.consent.policy import Policy, plain
from unified_profile.consent.scopes import Request
from unified_profile.consent.situation import Situation
from unified_profile.errors import ErasedError, InvalidInputError
from unified_profile.hub.arguments import use
from unified_profile.hub.courses import Course, reading as reads
from unified_profile.hub.driver import Plan
from unified_profile.hub.reading import Moment, Person, moment, people, situation_of
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who
from unified_profile.model.codec import decode
from unified_profile.model.facts import ConsentRecord, Fact
from unified_profile.model.rows import FactRow
from unified_profile.model.views import Permission
from unified_profile.storage.commands import Get, Load
from unified_profile.storage.tables import FACTS


def decide(
    setup: Setup,
    who: Who,
    request: Request,
    /,
    *,
    situation: Situation | None,
    at: datetime | None,
    known_at: datetime | None,
) -> Course[Decision]:
    """See ``Hub.decide``."""
    if not isinstance(request, Request):
        raise InvalidInputError(field="request", reason=f"a {type(request).__name__}", hint="see consent.Request")
    if situation is not None and not isinstance(situation, Situation):
        raise InvalidInputError(field="situation", reason=f"a {type(situation).__name__}", hint="see consent.Situation")
    use(request.purpose, request.channel, request.brand)
    when = moment(setup, at, known_at, called="at")
    return (yield from reads(lambda: _decided(setup, who, request, situation, when)))


def _decided(setup: Setup, who: Who, request: Request, situation: Situation | None, when: Moment) -> Plan[Decision]:
    (person,) = yield from people([who], setup, when)
    parts = _parts(person, when)
    rows = yield from _rows([one.id for part in parts for one in part])
    return decision(
        parts,
        request,
        _policy(setup),
        profile=person.profile.id,
        at=when.after(person.facts),
        decided_at=when.now,
        position=max((row.position for row in rows), default=0),
        situation=situation_of(person, setup, when.at, situation),
    )


def _parts(person: Person, when: Moment) -> list[Ledger]:
    return Ledger(person.facts, known_at=when.known_at).parts(proven=person.proven)


def _policy(setup: Setup) -> Policy:
    return plain(setup.purposes) if setup.policy is None else setup.policy


def _rows(ids: list[str]) -> Plan[list[FactRow]]:
    if not ids:
        return []
    (rows,) = (yield Load((Get(FACTS, [(name,) for name in ids]),))) or ([],)
    return list(rows)


def replay(setup: Setup, made: Decision, /, *, policy: Policy | None) -> Course[Permission]:
    """See ``Hub.replay_decision``."""
    if not isinstance(made, Decision):
        raise InvalidInputError(field="made", reason=f"a {type(made).__name__}", hint="what hub.decide returned")
    if policy is not None and not isinstance(policy, Policy):
        raise InvalidInputError(field="policy", reason=f"a {type(policy).__name__}", hint="see consent.Policy")
    facts = yield from reads(lambda: _facts(setup, made))
    return replayed(made, facts, policy or _policy(setup))


def _facts(setup: Setup, made: Decision) -> Plan[list[Fact]]:
    rows = yield from _rows(list(made.statements))
    found = [fact for fact in (decode(row, tenant=setup.tenant) for row in rows) if isinstance(fact, ConsentRecord)]
    if len(found) < len(set(made.statements)):
        raise ErasedError("a statement that the decision rests on was erased")
    return list(found)
