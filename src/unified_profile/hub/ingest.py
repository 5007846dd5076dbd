"""The plan of taking facts in: know what is new, link who it speaks of, keep both in one commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import attrs

from unified_profile.errors import RulesChangedError
from unified_profile.hub.asking import answered, committed
from unified_profile.hub.driver import DECIDED_ALONE, Plan
from unified_profile.hub.stamps import STAMP, after, in_order, stamped
from unified_profile.hub.statements import STATEMENT_KINDS, state
from unified_profile.identity.arriving import Arrival
from unified_profile.identity.bundles import bundle_key, bundle_of, key_of, severable
from unified_profile.identity.link import Linking
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.restar import Restarring
from unified_profile.identity.settle import Mint
from unified_profile.identity.working import Working
from unified_profile.model.codec import encode, same_content
from unified_profile.model.facts import Fact, ModelAdopted
from unified_profile.model.redaction import hidden
from unified_profile.model.rows import FactRow, MetaRow, SeveredRow
from unified_profile.model.times import from_micros
from unified_profile.storage.commands import Alone, Changes, Commit, Expect, Find, Get, Load, Put
from unified_profile.storage.tables import FACTS, META, SEVERED, STATEMENTS

EARLY = "early_severances"
MODEL = "records_model"
RULES = "identity_rules"
REBUILD = "rebuild"
TOMBSTONED = "tombstoned"
"""The name of the mark that says that people were erased, and under which keys their tombstones are."""
OTHER_RULES = (
    "the store was built under other identity rules; adopt these with hub.rebuild(rules), or open it with those"
)
UNDER_WAY = "who is who is being rebuilt; let hub.rebuild() finish first"
_NOTHING: frozenset[str] = frozenset()
FLAGS = (EARLY, MODEL, RULES, REBUILD, DECIDED_ALONE, TOMBSTONED)
"""What every batch rests on; whoever changes it meanwhile lets the batch be decided again."""


class Told(NamedTuple):
    """A fact with its row."""

    fact: Fact
    row: FactRow


@attrs.frozen
class Taken:
    """What became of one batch."""

    accepted: int
    duplicates: int
    reused: tuple[Told, ...]
    merged: int
    split: int
    refused_same: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=hidden)
    now_us: int = 0
    erased: tuple[Told, ...] = ()


Gate: TypeAlias = "Callable[[Sequence[Told], str, int], Plan[list[Told]]]"


@attrs.frozen
class Setting:
    """What a plan needs beside its input: rules, the time it is, where new ids come from.

    *dated* says that facts are learned now, and in order; without it their rows say when they were. *gate* says which
    facts are kept out because they were erased; None where all of them were kept before.
    """

    rules: IdentityRules
    now_us: int
    mint: Mint
    tenant: str
    silent: bool = False
    dated: bool = False
    gate: Gate | None = None


def take(batch: Sequence[Told], setting: Setting, /) -> Plan[Taken]:
    """Keep the facts of *batch* that are not kept yet, and bring who is who up to date.

    Raises:
        RulesChangedError: If the store was built under other rules, or is being rebuilt.
    """
    first: dict[str, Told] = {}
    repeats: list[Told] = []
    for told in batch:
        if told.row.id in first:
            repeats.append(told)
        else:
            first[told.row.id] = told
    asked = Get(META, [(name,) for name in (*FLAGS, STAMP)])
    stored, flags = (yield Load((Get(FACTS, [(name,) for name in first]), asked))) or ([], [])
    meta = {row.name: row.value for row in flags}
    yield from _under_rules(meta, setting)
    if setting.dated:
        now_us = after(setting.now_us, meta.get(STAMP))
        setting = attrs.evolve(setting, now_us=now_us)
    known = {row.id: row for row in stored}
    reused = [told for told in repeats if not same_content(told.row, known.get(told.row.id, first[told.row.id].row))]
    reused += [first[name] for name, row in known.items() if not same_content(first[name].row, row)]
    new = [told for name, told in first.items() if name not in known]
    out: list[Told] = []
    if TOMBSTONED in meta and setting.gate is not None and new:
        out = yield from setting.gate(new, meta[TOMBSTONED], setting.now_us)
        names = {told.row.id for told in out}
        new = [told for told in new if told.row.id not in names]
        reused = [told for told in reused if told.row.id not in names]
        batch = [told for told in batch if told.row.id not in names]
    rests_on: list[Expect[Any]] = [Expect(FACTS, (told.row.id,), None) for told in new]
    rests_on += [Expect(META, (name,), MetaRow(name, meta[name]) if name in meta else None) for name in FLAGS]
    found = yield from tell(new, setting, meta, rests_on=rests_on)
    duplicates = len(batch) - len(new) - len(reused)
    return attrs.evolve(found, duplicates=duplicates, reused=tuple(reused), now_us=setting.now_us, erased=tuple(out))


def tell(
    new: Sequence[Told],
    setting: Setting,
    meta: Mapping[str, str],
    /,
    *,
    keep: bool = True,
    rests_on: Sequence[Expect[Any]] = (),
) -> Plan[Taken]:
    """Bring who is who in line with facts that were not told yet; *keep* them, unless they are kept already."""
    model = meta.get(MODEL, "")
    severed = (yield from _severed(new)) if EARLY in meta else {}
    merged, split = yield from _linked(new, severed, setting, meta, keep=keep, rests_on=rests_on)
    refused: list[tuple[str, str]] = []
    for told in new:
        if told.row.kind in STATEMENT_KINDS:
            said = yield from state(
                told.fact, setting.rules, now_us=setting.now_us, mint=setting.mint, model=model, silent=setting.silent
            )
            merged, split = merged + said.merged, split + said.split
            refused += said.refused_same
            model = said.model
    return Taken(len(new), 0, (), merged, split, tuple(refused))


def _under_rules(meta: dict[str, str], setting: Setting) -> Plan[None]:
    """Check that the store was built under these rules; the first facts of all adopt them."""
    if REBUILD in meta:
        raise RulesChangedError(UNDER_WAY)
    found = meta.get(RULES)
    if found == setting.rules.fingerprint:
        return
    if found is not None:
        raise RulesChangedError(OTHER_RULES)
    row = adoption(setting.rules, setting.tenant, recorded_us=0)
    puts: list[Put[Any]] = [Put(FACTS, [row]), Put(META, [MetaRow(RULES, setting.rules.fingerprint)])]
    yield Commit(Changes(puts=puts, expects=[Expect(META, (name,), None) for name in (RULES, REBUILD)]))
    meta[RULES] = setting.rules.fingerprint


def adoption(rules: IdentityRules, tenant: str, /, *, recorded_us: int) -> FactRow:
    """Return the row of the fact that *rules* decide from now on."""
    at = from_micros(recorded_us)
    fact = ModelAdopted(
        id=f"rules:{rules.fingerprint}:{recorded_us}",
        source="unified_profile",
        occurred_at=at,
        tenant=tenant,
        kind="identity",
        fingerprint=rules.fingerprint,
        body=rules.to_json(),
    )
    return encode(fact, bundle=bundle_key(fact), recorded_us=recorded_us)


def _severed(new: Sequence[Told]) -> Plan[dict[str, set[str]]]:
    """Return what was severed from facts before they arrived."""
    (rows,) = (yield Load((Find(STATEMENTS, "left", [told.row.id for told in new]),))) or ([],)
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.kind == "severance":
            found.setdefault(row.left, set()).add(row.right)
    return found


def _linked(
    new: Sequence[Told],
    severed: dict[str, set[str]],
    setting: Setting,
    meta: Mapping[str, str],
    *,
    keep: bool,
    rests_on: Sequence[Expect[Any]],
) -> Plan[tuple[int, int]]:
    """Keep the facts and link whom they speak of."""
    arrivals: dict[str, Arrival] = {}
    moved: list[SeveredRow] = []
    for told in new:
        fact, row = told.fact, told.row
        if row.kind in STATEMENT_KINDS or not row.bundle:
            continue
        key, without = row.bundle, _NOTHING
        if row.id in severed:
            without = severable(fact, severed[row.id])
            key = key_of(fact, without=without)
            moved.append(SeveredRow(row.id, row.bundle, key))
        at = row.occurred_us
        arrival = arrivals.get(key)
        if arrival is None:
            arrivals[key] = Arrival(partial(bundle_of, fact, setting.rules, without=without, key=key), at, at)
        elif at < arrival.first_us:
            arrival.first_us = at
        elif at > arrival.last_us:
            arrival.last_us = at
    model = meta.get(MODEL, "")
    work = Working(silent=setting.silent)
    linking = Linking(work, setting.rules, at_us=setting.now_us, mint=setting.mint, model=model)
    if arrivals:
        yield from answered(linking.link(arrivals))
    outcome = work.outcome()
    rows = [told.row for told in new] if keep else []
    puts: list[Put[Any]] = [Put(FACTS, rows, new=True), Put(SEVERED, moved)]
    if rows and setting.dated:
        now_us = setting.now_us
        dated = [told.row for told in new if told.fact.recorded_at is None]
        if len(dated) == len(new):
            rows = stamped(dated, now_us)
        else:  # some say themselves when they were learned
            later = iter(stamped(dated, now_us))
            rows = [next(later) if told.fact.recorded_at is None else told.row for told in new]
        puts[0] = Put(FACTS, rows, new=True)
        stamp, expect = yield from in_order(now_us, meta, FLAGS)
        puts.append(stamp)
        rests_on = [*rests_on, expect]
    yield from committed(outcome, *puts, rests_on=rests_on)
    merged, split = outcome.merged, outcome.split
    again = linking.flipped | linking.grown
    if again:
        yield Alone()
        work = Working(silent=setting.silent)
        restarring = Restarring(work, setting.rules, at_us=setting.now_us, mint=setting.mint, model=model)
        yield from answered(restarring.restar(again))
        outcome = work.outcome()
        yield from committed(outcome)
        merged, split = merged + outcome.merged, split + outcome.split
    return merged, split
