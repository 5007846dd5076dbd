"""Whom an order to erase means, what of them goes, what stays and why: decided on what is stored, and planned."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from unified_profile.consent.permits import DISCLOSED, bound_in
from unified_profile.errors import RulesChangedError
from unified_profile.hub.asking import answered
from unified_profile.hub.driver import Plan
from unified_profile.hub.erasing_found import BY_PROFILE, Holdings, holdings, loaded
from unified_profile.hub.erasing_stones import spellings
from unified_profile.hub.ingest import OTHER_RULES, REBUILD, RULES, TOMBSTONED, UNDER_WAY
from unified_profile.hub.setup import Setup
from unified_profile.hub.stamps import STAMP
from unified_profile.hub.whose import Who, find
from unified_profile.identity.bundles import space_of, strength, value_of
from unified_profile.identity.limits import limited, parse
from unified_profile.identity.working import bundles_with
from unified_profile.model.erasure_rows import ErasureRow
from unified_profile.model.facts import ConsentRecord, Fact
from unified_profile.model.redaction import Veiled, hidden
from unified_profile.model.times import from_micros
from unified_profile.model.values import Identifier
from unified_profile.rights.erasing import ErasurePlan, Notice, PlannedFact, Scope
from unified_profile.storage.commands import Find, Get
from unified_profile.storage.tables import (
    CHANGES,
    META,
    PROFILES,
)

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


def meant(wanted: Wanted, setup: Setup, /, *, kept: bool = False) -> Plan[Meant]:
    """Return whom *wanted* means: who holds its strongest identifier, as with a fact.

    An identifier that leads to somebody else leads to somebody else: a mailbox may be shared. If the strongest one is
    not known, it is the next one's person, unless they have another value where a person can have one only.

    Of an order that was *kept*, the profile may be gone by its turn: another order took it, or a clerk its last fact.
    Then the identifiers say whom it meant, if it has any.

    Raises:
        UnknownProfileError: If the profile is gone, and the order was not kept before.
    """
    homes: dict[str, str] = {}
    if wanted.profile:
        (found,) = yield from find([wanted.profile], setup.rules)
        if found.profile is not None or not kept:
            return Meant(profile=found.one(), elsewhere=())
        wanted = wanted_of(wanted.asked, setup, scope=wanted.scope)
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


def decided(wanted: Wanted, setup: Setup, now: datetime, /, *, kept: bool = False) -> Plan[Decided]:
    """Decide what *wanted* comes to; reads only. *kept*: see ``meant``."""
    who = yield from meant(wanted, setup, kept=kept)
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
