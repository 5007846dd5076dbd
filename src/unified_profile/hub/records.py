"""Plans of the resolver seam: records that share no identifier meet by keys, and machine links join them."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Collection, Mapping, Sequence

from unified_profile.errors import InvalidInputError
from unified_profile.hub import connected, erasing_gate
from unified_profile.hub.arguments import LONGEST, many, name
from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import MODEL, TOMBSTONED, Setting, Told
from unified_profile.hub.records_met import Keeping, keys_by_node
from unified_profile.hub.reports import IngestReport
from unified_profile.hub.setup import Setup
from unified_profile.hub.stamps import STAMP, after, stamp_put
from unified_profile.hub.statements import linked
from unified_profile.identity.resolver import Resolver
from unified_profile.model.codec import decode
from unified_profile.model.facts import SourceRecord
from unified_profile.model.rows import RecordKeyRow
from unified_profile.model.soundness import offers
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link
from unified_profile.storage.commands import Alone, Changes, Commit, Find, Get, Load, Put
from unified_profile.storage.tables import FACTS, META, RECORD_KEYS


def resolved(told: Sequence[Told], setup: Setup, setting: Setting, /) -> Plan[tuple[int, int]]:
    """Let the resolver look at the records of a batch and at those that they meet, and follow the links it finds.

    Only links between records that share a key are followed: which others came in the same batch must not matter.

    Raises:
        InvalidInputError: If the resolver does not keep its contract.
    """
    resolver = setup.resolver
    records = list({one.row.id: one.fact for one in told if isinstance(one.fact, SourceRecord)}.values())
    if resolver is None or not records:
        return 0, 0
    rows = _keys(resolver, records)
    met, flags = (yield Load((Find(RECORD_KEYS, "key", sorted({row.key for row in rows})), Get(META, [(MODEL,)])))) or (
        [],
        [],
    )
    keeping = Keeping(met, rows, most=MOST_SHARING)
    refining = connected.refines(resolver)
    keyed = {row.fact for row in rows}
    looked_at = [record for record in records if record.id in keyed]
    found_again = connected.placed(resolver, looked_at) if refining else []
    yield Commit(Changes(puts=[Put(RECORD_KEYS, [*keeping.new, *found_again])]))
    if keeping.visitors:
        made_of = _made_of(resolver, records, keeping)
        warnings.warn(keeping.warning(resolver.fingerprint, made_of), stacklevel=2)
    meeting = keeping.meeting()
    here: dict[str, SourceRecord] = {record.id: record for record in records}
    (others,) = (yield Load((Get(FACTS, [(id_,) for id_ in sorted(meeting - here.keys())]),))) or ([],)
    for row in others:
        fact = decode(row, tenant=setup.tenant)
        if isinstance(fact, SourceRecord):
            here[row.id] = fact
    found = [fact for id_, fact in sorted(here.items()) if id_ in meeting]
    model = flags[0].value if flags else ""
    links: list[Link] = []
    if len(found) > 1:  # it takes two
        links = _links(resolver, found, keeping, {record.id for record in records})
    if refining and not setting.silent:  # a rebuild does so when all is told
        said = yield from connected.followed_whole(links, here, looked_at, setup, setting, model=model)
    else:
        said = yield from linked(
            links, setup.rules, now_us=setting.now_us, mint=setting.mint, model=model, again=setting.silent
        )
    return said.merged, said.split


def _links(resolver: Resolver, found: Sequence[SourceRecord], keeping: Keeping, new: Collection[str]) -> list[Link]:
    """Return the links of new records with one another and with those they meet.

    Others have been compared when the later one of them came; a resolver may answer for all who met all the same.
    """
    if offers(resolver, "links_met"):
        left, right = keeping.pairs({record.id: number for number, record in enumerate(found)})
        return list(many(resolver.links_met(found, left, right), "resolver.links_met"))  # type: ignore[attr-defined]  # it is offered
    if offers(resolver, "links_of"):
        newcomers = [record for record in found if record.id in new]
        others = [record for record in found if record.id not in new]
        links = many(resolver.links_of(newcomers, others), "resolver.links_of")  # type: ignore[attr-defined]  # it is offered
    else:
        links = many(resolver.links(found), "resolver.links")
    nodes = {record.id: record.node for record in found}
    shared, visiting = keys_by_node(keeping.holders, nodes), keys_by_node(keeping.visitors, nodes)
    return [link for link in links if _meet(link, shared, visiting)]


MOST_SHARING = 1_000
"""How many records are kept under one key of a resolver."""

_NONE: frozenset[str] = frozenset()


def _meet(link: object, shared: Mapping[Identifier, set[str]], visiting: Mapping[Identifier, set[str]]) -> bool:
    """Say whether the ends of *link* have a key in common, under which at least one of them is kept."""
    if not isinstance(link, Link):
        raise InvalidInputError(field="resolver.links", reason="not a Link", hint="see unified_profile.Link")
    left, right = shared.get(link.left, _NONE), shared.get(link.right, _NONE)
    return not (
        left.isdisjoint(right)
        and left.isdisjoint(visiting.get(link.right, _NONE))
        and right.isdisjoint(visiting.get(link.left, _NONE))
    )


def _keys(resolver: Resolver, records: Sequence[SourceRecord]) -> list[RecordKeyRow]:
    """Return the keys of *records*, each beginning with what stands for the model."""
    name(resolver.fingerprint, "resolver.fingerprint")
    model = hashlib.blake2b(resolver.fingerprint.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    keys = resolver.keys(records)
    if not isinstance(keys, Sequence) or len(keys) != len(records):
        raise InvalidInputError(field="resolver.keys", reason="not one list a record", hint="see Resolver.keys")
    rows = []
    for record, found in zip(records, keys, strict=True):
        for key in many(found, "resolver.keys"):
            if not isinstance(key, str):
                raise InvalidInputError(field="resolver.keys", reason="not all are text", hint="see Resolver.keys")
            short = key if key.isascii() and key.isalnum() and len(key) <= LONGEST else _storable(key)
            rows.append(RecordKeyRow(f"{model}:{short}", record.id))
    return rows


def _made_of(resolver: Resolver, records: Sequence[SourceRecord], keeping: Keeping) -> dict[str, str]:
    """Return of which columns the keys are made that somebody only visits, if the resolver tells."""
    if not offers(resolver, "made_of"):
        return {}
    one_each = {min(facts) for facts in keeping.visitors.values()}
    visiting = [record for record in records if record.id in one_each]
    told = many(resolver.made_of(visiting), "resolver.made_of")  # type: ignore[attr-defined]  # it is offered
    names = [text for own in told for text in many(own, "resolver.made_of")]
    keys = _keys(resolver, visiting)
    if len(names) != len(keys) or not all(isinstance(text, str) for text in names):
        raise InvalidInputError(field="resolver.made_of", reason="not one text a key", hint="see Resolver")
    return {row.key: text[:LONGEST] for row, text in zip(keys, names, strict=True)}


def _storable(key: str) -> str:
    """Return *key* if every store can keep it, else its hash."""
    if key.isprintable() and len(key) <= LONGEST:
        return key
    return "~" + hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def linked_report(links: Sequence[Link], setup: Setup, now_us: int, /) -> Plan[IngestReport]:
    """Take machine links that somebody else made."""
    if links:
        yield Alone()  # before the mark is read
    (flags,) = (yield Load((Get(META, [(MODEL,), (STAMP,), (TOMBSTONED,)]),))) or ([],)
    meta = {row.name: row.value for row in flags}
    now_us = after(now_us, meta.get(STAMP))
    erased = 0
    if TOMBSTONED in meta and links:
        before = len(links)
        links = yield from erasing_gate.links_left(links, setup, meta[TOMBSTONED], now_us)
        erased = before - len(links)
    said = yield from linked(links, setup.rules, now_us=now_us, mint=setup.new_id, model=meta.get(MODEL, ""))
    if links:
        yield Commit(Changes(puts=[stamp_put(now_us)]))
    return IngestReport(merged=said.merged, split=said.split, erased=erased)
