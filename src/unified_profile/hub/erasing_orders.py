"""The plans of an erasure: who is meant and what would go; the order, kept before anything is done; carrying it out.

An order is kept in a transaction of its own, carried out in a second one, and the files are cleaned after that. So
whatever is cut short is found again by its state, and done again from there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_found import holdings, loaded
from unified_profile.hub.erasing_whom import flags, meant, usable, wanted_of
from unified_profile.hub.ingest import Told
from unified_profile.hub.setup import Setup
from unified_profile.model.erasure_rows import ErasureRow
from unified_profile.model.facts import ErasureOrder
from unified_profile.model.times import from_micros, to_micros
from unified_profile.rights.erasing import Erasure, ErasurePlan, Notice, Scope
from unified_profile.storage.commands import Alone, Changes, Commit, Expect, Find, Get, Put
from unified_profile.storage.tables import (
    ERASURES,
    FACTS,
)

OUTDATED = "somebody else became one with this person since; plan again and look at what would go"


def ordered(plan: ErasurePlan, setup: Setup, /, *, anonymous: bool = False) -> Plan[None]:
    """Keep the order to carry out *plan*, unless it is kept already.

    Raises:
        InvalidInputError: If somebody else became one with this person since the plan was made.
    """
    yield Alone()
    (rows,) = yield from loaded(Get(ERASURES, [(plan.id,)]))
    if rows:
        return
    known = yield from flags()
    usable(known, setup)
    asked = plan.asked()
    wanted = attrs.evolve(wanted_of(plan.profile or asked, setup, scope=plan.scope), asked=asked, anonymous=anonymous)
    if plan.profile:
        who = yield from meant(wanted, setup)
        found = yield from holdings(who.profile, setup)
        if set(found.ids) - set(plan.ids):
            raise InvalidInputError(field="plan", reason=OUTDATED, hint="hub.plan_erasure(...)")
    at = to_micros(setup.clock())
    yield from _kept(ErasureRow(plan.id, "ordered", str(plan.scope), at, None, json.dumps(wanted.to_body())))


def _kept(row: ErasureRow) -> Plan[None]:
    yield Commit(Changes(puts=[Put(ERASURES, [row])], expects=[Expect(ERASURES, (row.id,), None)]))


def taken(orders: Sequence[Told], setup: Setup, /) -> Plan[int]:
    """Keep erasure orders that came through the door, to be carried out next; return how many are new.

    An order covers what happened until it was given, so that it may come late itself.
    """
    if not orders:
        return 0
    yield Alone()
    names = list(dict.fromkeys(told.row.id for told in orders))
    known, facts = yield from loaded(Get(ERASURES, [(one,) for one in names]), Get(FACTS, [(one,) for one in names]))
    there = {row.id for row in (*known, *facts)}
    new = 0
    for told in orders:
        fact = told.fact
        if told.row.id in there or not isinstance(fact, ErasureOrder):
            continue
        there.add(told.row.id)
        wanted = wanted_of(list(fact.identifiers), setup, scope=Scope.of(fact.scope))
        body = {**attrs.evolve(wanted, until_us=told.row.occurred_us).to_body(), "source": fact.source}
        yield from _kept(ErasureRow(told.row.id, "ordered", fact.scope, told.row.occurred_us, None, json.dumps(body)))
        new += 1
    return new


def pending(states: Sequence[str], /) -> Plan[list[ErasureRow]]:
    """Return the erasures in one of *states*, oldest first."""
    (rows,) = yield from loaded(Find(ERASURES, "state", states))
    return sorted(rows, key=lambda row: (row.ordered_us, row.id))


def report_of(row: ErasureRow, /) -> Erasure:
    """Return what *row* says of an erasure; of an ordered one, nothing of whom it is about."""
    body = json.loads(row.body) if row.state != "ordered" else {}
    return Erasure(
        id=row.id,
        state=row.state,  # type: ignore[arg-type]  # written by this module alone
        scope=Scope.of(row.scope),
        ordered_at=from_micros(row.ordered_us),
        erased_at=None if row.erased_us is None else from_micros(row.erased_us),
        counts=body.get("counts", {}),
        recipients=tuple(Notice.from_json(one) for one in body.get("recipients", ())),
        loose=tuple(body.get("loose", ())),
    )
