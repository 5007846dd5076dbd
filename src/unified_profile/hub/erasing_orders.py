"""The plans of an erasure: who is meant and what would go; the order, kept before anything is done; carrying it out.

An order is kept in a transaction of its own, carried out in a second one, and the files are cleaned after that. So
whatever is cut short is found again by its state, and done again from there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from unified_profile.consent.permits import DISCLOSED, bound_in
from unified_profile.errors import InvalidInputError, RulesChangedError
from unified_profile.hub.asking import answered
from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_found import BY_PROFILE, Holdings, holdings, loaded, spelled
from unified_profile.hub.erasing_gate import Ring, ring_of, spellings
from unified_profile.hub.erasing_quarantine import speaking_of
from unified_profile.hub.erasing_rows import Leaving, Said, leaving, said_about, taken_out
from unified_profile.hub.ingest import OTHER_RULES, REBUILD, RULES, TOMBSTONED, UNDER_WAY, Told
from unified_profile.hub.setup import Setup
from unified_profile.hub.stamps import STAMP, after, stamp_put
from unified_profile.hub.whose import Who, find
from unified_profile.identity.bundles import space_of, strength, value_of
from unified_profile.identity.limits import limited, parse
from unified_profile.identity.working import bundles_with
from unified_profile.model.codec import encode
from unified_profile.model.erasure_rows import CountRow, ErasureRow, HeldRow, ProofRow, TombstoneRow
from unified_profile.model.facts import ConsentRecord, ErasureOrder, Fact
from unified_profile.model.redaction import Veiled, hidden
from unified_profile.model.rows import FactRow
from unified_profile.model.times import from_micros, to_micros
from unified_profile.model.values import Identifier
from unified_profile.rights.anonymising import cells
from unified_profile.rights.erasing import Erasure, ErasurePlan, Gone, Notice, PlannedFact, Scope
from unified_profile.rights.holds import longest, minimised
from unified_profile.rights.tombstones import FACT, IDENTIFIER, PROFILE, marks, message
from unified_profile.rights.verifying import values_of
from unified_profile.storage.commands import Alone, Changes, Commit, Delete, Expect, Find, Get, Put
from unified_profile.storage.tables import (
    CHANGES,
    COUNTS,
    ERASURES,
    FACTS,
    HELD,
    META,
    PROFILES,
    PROOFS,
    QUARANTINE,
    TOMBSTONES,
)

OUTDATED = "somebody else became one with this person since; plan again and look at what would go"
_NOWHERE = ""
EVERYTHING = Scope()


@attrs.frozen(kw_only=True)
class Wanted:
    """What is asked for: who (normal forms, strongest first), what of them, until when things happened (None: all)."""

    nodes: tuple[str, ...] = attrs.field(repr=hidden)
    asked: tuple[Identifier, ...] = attrs.field(default=(), repr=hidden)
    profile: str = ""
    scope: Scope = EVERYTHING
    until_us: int | None = None
    anonymous: bool = False

    def to_body(self) -> dict[str, Any]:
        """Return it as JSON, as an order keeps it until it is carried out."""
        return {
            "nodes": list(self.nodes), "asked": [[one.namespace, one.value, one.scope] for one in self.asked],
            "profile": self.profile, "until_us": self.until_us, "anonymous": self.anonymous,
        }  # fmt: skip

    @classmethod
    def of(cls, row: ErasureRow, /) -> Wanted:
        """Return what the order of *row* asks for."""
        body = json.loads(row.body)
        return cls(
            nodes=tuple(body["nodes"]), asked=tuple(Identifier(*parts) for parts in body["asked"]),
            profile=body["profile"], scope=Scope.of(row.scope), until_us=body["until_us"],
            anonymous=body["anonymous"],
        )  # fmt: skip


@attrs.frozen(kw_only=True)
class Meant:
    """Whom an order means: the live profile ("" if nobody is known), and others that it names and that stay."""

    profile: str
    elsewhere: tuple[str, ...]


def usable(flags: Mapping[str, str], setup: Setup, /) -> None:
    """Refuse to erase where who is who is not settled.

    Raises:
        RulesChangedError: If it is being rebuilt, or was built under other rules.
    """
    if REBUILD in flags:
        raise RulesChangedError(UNDER_WAY)
    if flags.get(RULES, setup.rules.fingerprint) != setup.rules.fingerprint:
        raise RulesChangedError(OTHER_RULES)


def flags() -> Plan[dict[str, str]]:
    """Return the marks that an erasure rests on."""
    (rows,) = yield from loaded(Get(META, [(name,) for name in (RULES, REBUILD, TOMBSTONED, STAMP)]))
    return {row.name: row.value for row in rows}


def wanted_of(who: Who | Sequence[Identifier], setup: Setup, /, *, scope: Scope) -> Wanted:
    """Return what is asked for by a profile id, an identifier, or several of one person."""
    if isinstance(who, str):
        return Wanted(nodes=(), profile=who, scope=scope)
    asked = (who,) if isinstance(who, Identifier) else tuple(who)
    nodes = {found[0] for one in asked if (found := spellings(one, setup.rules))}
    strongest = sorted(nodes, key=lambda node: strength(node, setup.rules))
    return Wanted(nodes=tuple(strongest), asked=asked, scope=scope)


def meant(wanted: Wanted, setup: Setup, /) -> Plan[Meant]:
    """Return whom *wanted* means: who holds its strongest identifier, as with a fact.

    An identifier that leads to somebody else leads to somebody else: a mailbox may be shared. If the strongest one is
    not known, it is the next one's person, unless they have another value where a person can have one only.
    """
    homes: dict[str, str] = {}
    if wanted.profile:
        (found,) = yield from find([wanted.profile], setup.rules)
        return Meant(profile=found.one(), elsewhere=())
    if wanted.nodes:
        found_all = yield from find([Identifier.of(node) for node in wanted.nodes], setup.rules)
        homes = {node: one.profile for node, one in zip(wanted.nodes, found_all, strict=True) if one.profile}
    if not homes:
        return Meant(profile="", elsewhere=())
    rest = list(dict.fromkeys(homes[node] for node in wanted.nodes if node in homes))
    if wanted.nodes[0] not in homes and (yield from _others(rest[0], wanted.nodes, homes, setup)):
        return Meant(profile="", elsewhere=tuple(rest))
    return Meant(profile=rest[0], elsewhere=tuple(rest[1:]))


def _others(profile: str, nodes: Sequence[str], homes: Mapping[str, str], setup: Setup) -> Plan[bool]:
    """Say whether *profile* cannot have the unknown ones of *nodes*: it has other values, and no room for more."""
    (rows,) = yield from loaded(Get(PROFILES, [(profile,)]))
    held = parse(rows[0].summary) if rows else {}
    for node in nodes:
        space = limited(node, setup.rules)
        if space is None or node in homes:
            continue
        values = held.get(space_of(node), [])
        if value_of(node) not in values and len(values) >= (space.limit or 0):
            return True
    return False


@attrs.frozen(kw_only=True)
class Decided:
    """What an erasure comes to, decided on what is stored now."""

    wanted: Wanted
    meant: Meant
    found: Holdings | None
    going: Mapping[str, Fact] = attrs.field(repr=hidden)
    held: Mapping[str, tuple[str, ...]] = attrs.field(repr=hidden)
    alone: frozenset[str] = attrs.field(repr=hidden)
    shared: frozenset[str] = attrs.field(repr=hidden)
    notices: tuple[Notice, ...] = ()


def decided(wanted: Wanted, setup: Setup, now: datetime, /) -> Plan[Decided]:
    """Decide what *wanted* comes to; reads only."""
    who = yield from meant(wanted, setup)
    asked = {node for one in wanted.asked for node in spellings(one, setup.rules)[:1]}
    if not who.profile:
        known = yield from _named_somewhere(asked)
        return Decided(
            wanted=wanted, meant=who, found=None, going={}, held={}, alone=frozenset(asked - known),
            shared=frozenset(asked & known),
        )  # fmt: skip
    found = yield from holdings(who.profile, setup)
    going = Veiled({
        name: fact
        for name, fact in found.decoded.items()
        if wanted.scope.covers(fact) and (wanted.until_us is None or found.facts[name].occurred_us <= wanted.until_us)
    })  # fmt: skip
    held = {
        name: tuple(f"hold:{hold.id}" for hold in holds)
        for name, fact in going.items()
        if (holds := setup.erasure.keeping(fact, found.ids, now))
    }
    others = found.named_by_others()
    linking = {node for node in found.nodes if not found.nodes[node].shared or node in found.mine}
    unknown = asked - found.nodes.keys()
    known = yield from _named_somewhere(unknown)
    alone = frozenset((linking - others - found.strange) | (unknown - known))
    shared = frozenset((others & (found.mine | asked)) | (unknown & known))
    notices = (yield from _notices(found)) if wanted.scope.kind == "all" else ()
    return Decided(
        wanted=wanted, meant=who, found=found, going=going, held=held, alone=alone, shared=shared, notices=notices
    )


def _named_somewhere(nodes: Iterable[str]) -> Plan[set[str]]:
    """Return those of *nodes* that a fact names."""
    wanted = set(nodes)
    if not wanted:
        return set()
    rows = yield from answered(bundles_with(sorted(wanted)))
    return {node for row in rows for node in json.loads(row.nodes)} & wanted


def _notices(found: Holdings) -> Plan[tuple[Notice, ...]]:
    """Return to whom values of the person went: each recipient once a purpose, with the last time."""
    (rows,) = yield from loaded(Find(CHANGES, "profile", found.ids))
    last: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if row.kind == DISCLOSED:
            bound = bound_in(row.body)
            key = (bound.recipient, bound.purpose, bound.action)
            last[key] = max(row.at_us, last.get(key, row.at_us))
    return tuple(Notice(*key, from_micros(at)) for key, at in sorted(last.items()))


def planned(id_: str, wanted: Wanted, setup: Setup, /) -> Plan[ErasurePlan]:
    """Return what an erasure would do now."""
    usable((yield from flags()), setup)
    now = setup.clock()
    what = yield from decided(wanted, setup, now)
    found = what.found
    ids = found.ids if found is not None else ()
    answers = yield from loaded(*(Find(table, "profile", ids) for table in BY_PROFILE))
    views = {table.name: len(rows) for table, rows in zip(BY_PROFILE, answers, strict=True) if rows}
    proofs = sum(isinstance(fact, ConsentRecord) for fact in what.going.values()) if setup.erasure.proof else 0
    return ErasurePlan(
        id=id_,
        at=now,
        profile=what.meant.profile,
        ids=ids,
        scope=wanted.scope,
        facts=tuple(_fate(fact, what.held.get(name, ()), found) for name, fact in sorted(what.going.items())),
        identifiers=_by_namespace(what.alone),
        shared=_by_namespace(what.shared),
        elsewhere=what.meant.elsewhere,
        recipients=what.notices,
        proofs=proofs,
        views=views,
        asked=lambda: wanted.asked,
    )


def _by_namespace(nodes: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(Identifier.of(node).namespace for node in nodes).items()))


def _fate(fact: Fact, because: tuple[str, ...], found: Holdings | None) -> PlannedFact:
    kind = found.facts[fact.id].kind if found is not None else ""
    return PlannedFact(fact.id, kind, fact.source, "hold" if because else "erase", because)


# --- orders ----------------------------------------------------------------------------------------------------------


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


# --- carrying out ----------------------------------------------------------------------------------------------------


def carried_out(id_: str, setup: Setup, /) -> Plan[Erasure]:
    """Carry out the order *id_* in one transaction; what was done already is only reported."""
    yield Alone()
    (rows,) = yield from loaded(Get(ERASURES, [(id_,)]))
    if not rows:
        raise InvalidInputError(field="erasure", reason="no such order", hint="hub.erase(plan)")
    row: ErasureRow = rows[0]
    if row.state != "ordered":
        return report_of(row)
    marks_now = yield from flags()
    usable(marks_now, setup)
    now = setup.clock()
    now_us = after(to_micros(now), marks_now.get(STAMP))
    wanted = Wanted.of(row)
    what = yield from decided(wanted, setup, now)
    return (yield from _carried_out(row, what, ring_of(setup, marks_now.get(TOMBSTONED)), setup, now_us))


def _carried_out(row: ErasureRow, what: Decided, ring: Ring, setup: Setup, now_us: int) -> Plan[Erasure]:
    found, wanted = what.found, what.wanted
    cut_us = now_us if wanted.until_us is None else wanted.until_us
    ring = ring.with_current()
    out = Leaving(facts=frozenset(), dead=frozenset(), whole=False)
    if found is not None:
        out = leaving(found, what.going)
    said = Said((), {}) if found is None else (yield from said_about(found, out, setup))
    stones = _tombstones(row, what, out, ring, setup, cut_us=cut_us, now_us=now_us, said=said.facts)
    held = _held(row, what, setup, now_us)
    proofs = _proofs(row, what, ring, setup, now_us)
    told = _order_fact(row, setup, now_us)
    names = frozenset([(IDENTIFIER, node) for node in _spoken(what, setup)] + [(FACT, name) for name in what.going])
    waiting = (yield from speaking_of(names, cut_us, setup)) if wanted.scope.kind == "all" and names else []
    counts: Counter[str] = Counter(facts=len(what.going) - len(what.held), held=len(held), proofs=len(proofs))
    counts.update(tombstones=len(stones), shared=len(what.shared), quarantined=len(waiting))
    cut = (yield from _counted(what)) if wanted.anonymous else []
    done = ErasureRow(row.id, "erased", row.scope, row.ordered_us, now_us, "{}")
    puts: list[Put[Any]] = [
        Put(TOMBSTONES, stones), Put(HELD, held), Put(PROOFS, proofs), Put(FACTS, [told]), Put(COUNTS, cut),
        Put(META, [ring.flag()]), stamp_put(now_us),
    ]  # fmt: skip
    deletes: list[Delete[Any]] = [Delete(QUARANTINE, [(one.id,) for one in waiting])] if waiting else []
    if found is not None and what.going:
        rows = yield from taken_out(found, out, setup, said=said, now_us=now_us, puts=puts, deletes=deletes)
        counts.update({f"rows.{name}": count for name, count in rows.items()})
    else:
        yield Commit(Changes(puts=[put for put in puts if put.rows], deletes=deletes))
    body = {
        "counts": {name: count for name, count in sorted(counts.items()) if count},
        "recipients": [one.to_json() for one in what.notices],
        "loose": [],
    }
    done = done._replace(body=json.dumps(body))
    yield Commit(Changes(puts=[Put(ERASURES, [done])]))
    gone = Gone(
        values_of(fact for name, fact in what.going.items() if name not in what.held),
        frozenset() if what.held else frozenset(_spoken(what, setup)),
    )
    return attrs.evolve(report_of(done), gone=lambda: gone)


def _spoken(what: Decided, setup: Setup) -> set[str]:
    """Return every spelling of what is the person's alone."""
    return spelled(what.going.values(), what.alone, setup)


def until(now_us: int, period: timedelta | None, /) -> int | None:
    """Return when what is kept from now on for *period* is over."""
    return None if period is None else now_us + round(period.total_seconds() * 1_000_000)


def _tombstones(
    row: ErasureRow,
    what: Decided,
    out: Leaving,
    ring: Ring,
    setup: Setup,
    *,
    cut_us: int,
    now_us: int,
    said: Iterable[str],
) -> list[TombstoneRow]:
    """Return the tombstones of an erasure.

    A fact has one of its own if its identifiers do not keep it out: all of them shared, or it says that it happens
    later, or it may come again under another date.
    """
    names: dict[tuple[str, str], None] = Veiled()
    names.update(((IDENTIFIER, node), None) for node in _spoken(what, setup))
    names.update(((FACT, name), None) for name in said)
    found = what.found
    for name, fact in what.going.items():
        kept = found.facts[name] if found is not None else None
        covered = kept is not None and kept.occurred_us <= cut_us and kept.kind != "record"
        if not covered or what.alone.isdisjoint(_nodes(fact, setup)):
            names[FACT, name] = None
    if found is not None and out.whole and what.wanted.scope.kind == "all":
        names.update(((PROFILE, one), None) for one in found.ids)
        names.update(((PROFILE, one.profile), None) for one in found.beside if one.node in out.dead)
    macs = marks(ring, ring.current(), [message(kind, name, setup.tenant) for kind, name in names])
    end = until(now_us, setup.erasure.period)
    return [TombstoneRow(mac, row.id, kind, row.scope, cut_us, end) for mac, (kind, _) in zip(macs, names, strict=True)]


def _nodes(fact: Fact, setup: Setup) -> set[str]:
    from unified_profile.hub.statements import names_of

    return {node for one in names_of(fact) for node in spellings(one, setup.rules)[:1]}


def _held(row: ErasureRow, what: Decided, setup: Setup, now_us: int) -> list[HeldRow]:
    """Return what legal holds keep: each fact under the hold that ends last."""
    found = what.found
    if found is None or not what.held:
        return []
    rows = []
    for name in what.held:
        fact: FactRow = found.facts[name]
        hold = longest(setup.erasure.keeping(what.going[name], found.ids, from_micros(now_us)) or setup.erasure.holds)
        until = None if hold.until is None else to_micros(hold.until)
        rows.append(HeldRow(name, hold.id, row.id, until, fact.kind, fact.source, *fact[4:7]))
    return rows


def _proofs(row: ErasureRow, what: Decided, ring: Ring, setup: Setup, now_us: int) -> list[ProofRow]:
    """Return the proof of each consent, under a digest of each identifier that it was given for."""
    if setup.erasure.proof is None:
        return []
    end = until(now_us, setup.erasure.proof)
    rows: list[ProofRow] = []
    consents = [fact for fact in what.going.values() if isinstance(fact, ConsentRecord)]
    for number, fact in enumerate(sorted(consents, key=lambda fact: (fact.occurred_at, fact.id)), 1):
        nodes = sorted(_nodes(fact, setup))
        macs = marks(ring, ring.current(), [message("proof", node, setup.tenant) for node in nodes])
        body = minimised(fact)
        rows += [ProofRow(mac, f"{row.id}/{number}", row.id, end, body) for mac in macs]
    return rows


def _order_fact(row: ErasureRow, setup: Setup, now_us: int) -> FactRow:
    """Return the order as a fact without whom it was about: the proof that it was given and carried out."""
    source = json.loads(row.body).get("source", "unified_profile")
    fact = ErasureOrder(
        id=row.id, source=source, occurred_at=from_micros(row.ordered_us), tenant=setup.tenant, scope=row.scope
    )
    return encode(fact, bundle=_NOWHERE, recorded_us=now_us)


def _counted(what: Decided) -> Plan[list[CountRow]]:
    """Return the anonymous counts with this person's facts added."""
    new = cells(fact for name, fact in what.going.items() if name not in what.held)
    (rows,) = yield from loaded(Get(COUNTS, [(cell,) for cell in new]))
    was = {row.cell: row for row in rows}
    return [
        CountRow(cell, count + (was[cell].facts if cell in was else 0), 1 + (was[cell].people if cell in was else 0))
        for cell, count in new.items()
    ]


def cleaned(id_: str, /) -> Plan[Erasure]:
    """Note that the files were cleaned after the erasure *id_*."""
    (rows,) = yield from loaded(Get(ERASURES, [(id_,)]))
    row = rows[0]
    if row.state == "erased":
        now = row._replace(state="done")
        yield Commit(Changes(puts=[Put(ERASURES, [now])], expects=[Expect(ERASURES, (id_,), row)]))
        row = now
    return report_of(row)


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
