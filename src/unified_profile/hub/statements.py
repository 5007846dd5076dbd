"""The plan of one statement: a judgement, a severance, a retraction, an adopted model, machine links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.hub.asking import answered, committed
from unified_profile.hub.driver import Plan
from unified_profile.identity.bundles import bundle_of, key_of, placed, severable, spoken_of, statement_key
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.restar import Restarring
from unified_profile.identity.settle import Mint
from unified_profile.identity.walk import JUDGEMENTS
from unified_profile.identity.working import Working
from unified_profile.model.codec import decode
from unified_profile.model.facts import ErasureOrder, Fact, Judgement, ModelAdopted, Retraction, Severance
from unified_profile.model.redaction import Veiled, hidden
from unified_profile.model.rows import FactRow, MetaRow, SeveredRow, StatementRow
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link
from unified_profile.storage.commands import Alone, Changes, Commit, Delete, Find, Get, Load, Put
from unified_profile.storage.tables import FACTS, META, SEVERED, STATEMENTS

JUDGED_ONCE = "judged_once"
SEVERED_ONCE = "severed_once"
"""The kinds of what was taken back: it decides nothing, but leads to whom it was about, as known before."""

STATEMENT_KINDS = frozenset({"judgement", "severance", "retraction", "model"})
EARLY = "early_severances"
MODEL = "records_model"
_LONGEST_MODEL = 200
_HEAVIEST = 1e9


@attrs.define
class Said:
    """What a statement changed."""

    model: str
    merged: int = 0
    split: int = 0
    refused_same: Sequence[tuple[str, str]] = attrs.field(default=(), repr=hidden)


@attrs.frozen
class _Desk:
    """What every step here needs."""

    rules: IdentityRules
    now_us: int
    mint: Mint
    model: str
    silent: bool = False

    def restarring(self, work: Working) -> Restarring:
        return Restarring(work, self.rules, at_us=self.now_us, mint=self.mint, model=self.model)


def state(
    fact: Fact, rules: IdentityRules, /, *, now_us: int, mint: Mint, model: str, silent: bool = False
) -> Plan[Said]:
    """Bring who is who in line with a statement that has just been kept as a fact."""
    desk = _Desk(rules, now_us, mint, model, silent)
    yield Alone()
    if isinstance(fact, Retraction):  # itself never taken back
        return (yield from _retract(fact, desk))
    (about,) = (yield Load((Find(STATEMENTS, "left", [fact.id]),))) or ([],)
    if any(row.kind == "retraction" for row in about):  # taken back before it arrived
        once = once_said(statement_row(fact, desk.rules, now_us))
        yield Commit(Changes(puts=[Put(STATEMENTS, once)]))
        return Said(model)
    if isinstance(fact, Judgement):
        return (yield from _judge(fact, desk))
    if isinstance(fact, Severance):
        return (yield from _sever(fact, desk))
    if isinstance(fact, ModelAdopted):
        return (yield from _adopt(desk))
    return Said(model)


def linked(
    links: Iterable[Link], rules: IdentityRules, /, *, now_us: int, mint: Mint, model: str, again: bool = False
) -> Plan[Said]:
    """Take machine links; they count while *their* model is the adopted one.

    One that is found again was known all the time; *again* (a silent rebuild) follows those that are kept already.

    Raises:
        InvalidInputError: If one of them is no link between two identifiers, or its weight is not a finite number.
        UnknownNameError: If an identifier's namespace is not declared.
    """
    desk = _Desk(rules, now_us, mint, model, silent=again)
    found = Veiled[str, StatementRow]()
    for link in links:
        row = link_row(link, rules, now_us)
        if row is not None:
            found.setdefault(row.id, row)
    if not found:
        return Said(model)
    yield Alone()
    (known,) = (yield Load((Get(STATEMENTS, [(name,) for name in found]),))) or ([],)
    rows = [found[name] for name in found.keys() - {row.id for row in known}]
    if rows:
        yield Commit(Changes(puts=[Put(STATEMENTS, rows)]))
    meant = {node for row in (found.values() if again else rows) for node in (row.left, row.right)}
    return (yield from _judged(meant, desk)) if meant else Said(model)


def link_row(link: object, rules: IdentityRules, now_us: int, /) -> StatementRow | None:
    """Return the row of a link, or None when it names nobody, or one node twice."""
    if not isinstance(link, Link) or not isinstance(link.left, Identifier) or not isinstance(link.right, Identifier):
        raise InvalidInputError(field="links", reason="not a Link between two identifiers", hint="see Link")
    weight, model = link.weight, link.model
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not abs(weight) < _HEAVIEST:
        raise InvalidInputError(field="link.weight", reason="not a finite number", hint="a match weight in bits")
    if not isinstance(model, str) or not model or len(model) > _LONGEST_MODEL or not model.isprintable():
        raise InvalidInputError(field="link.model", reason="not a fingerprint", hint="the model that says so")
    ends = {node for end in (link.left, link.right) if (node := own_node(end, rules)) is not None}
    if len(ends) != 2:  # a link has two ends
        return None
    left, right = sorted(ends)
    # The weight is part of the name: of several weights the heaviest counts, whichever came first.
    name = f"link:{model}:{round(weight / rules.weight_step)}:{left}:{right}"
    return StatementRow(name, "link", left, right, now_us, now_us, weight, model)


def statement_row(fact: Fact, rules: IdentityRules, now_us: int, /) -> StatementRow | None:
    """Return the row of a judgement or severance that is in force, or None when it says nothing of anybody."""
    recorded = now_us if fact.recorded_at is None else to_micros(fact.recorded_at)
    if isinstance(fact, Judgement):
        ends = {node for end in (fact.left, fact.right) if (node := own_node(end, rules)) is not None}
        if len(ends) != 2:  # one of them names nobody, or both are one
            return None
        left, right = sorted(ends)
        return StatementRow(fact.id, fact.verdict.value, left, right, to_micros(fact.occurred_at), recorded)
    if isinstance(fact, Severance):
        found = placed(fact.identifier, rules)
        if found is None:  # it stands for nobody, in this fact or any other
            return None
        return StatementRow(fact.id, "severance", fact.fact_id, found[1], to_micros(fact.occurred_at), recorded)
    return None


def retraction_row(fact: Retraction, now_us: int, /) -> StatementRow:
    """Return the row that says that a statement was taken back."""
    recorded = now_us if fact.recorded_at is None else to_micros(fact.recorded_at)
    return StatementRow(fact.id, "retraction", fact.fact_id, "", to_micros(fact.occurred_at), recorded)


def once_said(*rows: StatementRow | None) -> list[StatementRow]:
    """Return *rows* as taken back."""
    return [
        row._replace(kind=SEVERED_ONCE if row.kind == "severance" else JUDGED_ONCE) for row in rows if row is not None
    ]


def _judge(fact: Judgement, desk: _Desk) -> Plan[Said]:
    row = statement_row(fact, desk.rules, desk.now_us)
    if row is None:
        return Said(desk.model)
    yield Commit(Changes(puts=[Put(STATEMENTS, [row])]))
    return (yield from _judged({row.left, row.right}, desk))


def followed(nodes: set[str], rules: IdentityRules, /, *, now_us: int, mint: Mint, model: str) -> Plan[Said]:
    """Settle anew what statements that are kept already say of *nodes*."""
    return (yield from _judged(nodes, _Desk(rules, now_us, mint, model)))


def _judged(nodes: set[str], desk: _Desk) -> Plan[Said]:
    work = Working(silent=desk.silent)
    restarring = desk.restarring(work)
    yield from answered(restarring.judge(nodes))
    return (yield from _committed(work, restarring, desk))


def _committed(work: Working, restarring: Restarring, desk: _Desk) -> Plan[Said]:
    outcome = work.outcome()
    yield from committed(outcome)
    return Said(desk.model, outcome.merged, outcome.split, tuple(restarring.refused_same))


def _sever(fact: Severance, desk: _Desk) -> Plan[Said]:
    row = statement_row(fact, desk.rules, desk.now_us)
    if row is None:
        return Said(desk.model)
    yield Commit(Changes(puts=[Put(STATEMENTS, [row])]))
    return (yield from _rebundle(fact.fact_id, desk))


def _rebundle(fact_id: str, desk: _Desk) -> Plan[Said]:
    """Move a fact to the bundle of what it still speaks of."""
    facts, said, now = (
        yield Load((Get(FACTS, [(fact_id,)]), Find(STATEMENTS, "left", [fact_id]), Get(SEVERED, [(fact_id,)])))
    ) or ([], [], [])
    if not facts:
        yield Commit(Changes(puts=[Put(META, [MetaRow(EARLY, "1")])]))
        return Said(desk.model)
    row: FactRow = facts[0]
    if not row.bundle or row.kind in STATEMENT_KINDS:  # it speaks of nobody
        return Said(desk.model)
    fact = decode(row, tenant="default")
    without = severable(fact, [s.right for s in said if s.kind == "severance"])
    was = now[0].bundle if now else row.bundle
    key = key_of(fact, without=without)
    if key == was:
        return Said(desk.model)
    moved = bundle_of(fact, desk.rules, without=without)
    yield Commit(
        Changes(puts=[Put(SEVERED, [SeveredRow(fact_id, row.bundle, key)])])
        if key != row.bundle
        else Changes(deletes=[Delete(SEVERED, [(fact_id,)])])
    )
    whole = bundle_of(fact, desk.rules)
    work = Working(silent=desk.silent)
    restarring = desk.restarring(work)
    yield from answered(restarring.restar(whole.nodes, moved={key: moved}))
    return (yield from _committed(work, restarring, desk))


def _retract(fact: Retraction, desk: _Desk) -> Plan[Said]:
    mark = retraction_row(fact, desk.now_us)
    said, facts = (yield Load((Get(STATEMENTS, [(fact.fact_id,)]), Get(FACTS, [(fact.fact_id,)])))) or ([], [])
    # Only what was judged or severed is taken back: not another retraction, a link or an alias that is called so.
    rows = [row for row in said if row.kind in JUDGEMENTS or row.kind == "severance"]
    yield Commit(Changes(puts=[Put(STATEMENTS, [*once_said(*rows), mark])]))
    for row in rows:
        if row.kind in JUDGEMENTS:
            return (yield from _judged({row.left, row.right}, desk))
        if row.kind == "severance":
            return (yield from _rebundle(row.left, desk))
    if facts and facts[0].kind == "model":
        return (yield from _adopt(desk))
    return Said(desk.model)


def _adopt(desk: _Desk) -> Plan[Said]:
    """Let the record model that was adopted last decide which machine links count."""
    facts, marks, links = (
        yield Load(
            (
                Find(FACTS, "bundle", [statement_key(ModelAdopted)]),
                Find(STATEMENTS, "kind", ["retraction"]),
                Find(STATEMENTS, "kind", ["link"]),
            )
        )
    ) or ([], [], [])
    model = adopted(facts, {row.left for row in marks}, kind="records")
    if model == desk.model:
        return Said(model)
    yield Commit(Changes(puts=[Put(META, [MetaRow(MODEL, model)])]))
    now = attrs.evolve(desk, model=model)
    nodes = {node for row in links for node in (row.left, row.right)}
    return (yield from _judged(nodes, now)) if nodes else Said(model)


def adopted(rows: Iterable[FactRow], retracted: set[str], /, *, kind: str) -> str:
    """Return the fingerprint of the model of *kind* that was adopted last and not taken back ("" if none)."""
    best: tuple[int, str, str] | None = None
    for row in rows:
        fact: Any = decode(row, tenant="default")
        if fact.kind == kind and row.id not in retracted:
            best = max(best or (row.occurred_us, row.id, fact.fingerprint), (row.occurred_us, row.id, fact.fingerprint))
    return "" if best is None else best[2]


def names_of(fact: Fact, /) -> tuple[Identifier, ...]:
    """Return every identifier that *fact* names: those that it speaks of, and those that a clerk judged or severed."""
    if isinstance(fact, Judgement):
        return (fact.left, fact.right)
    if isinstance(fact, ErasureOrder):
        return fact.identifiers
    return (fact.identifier,) if isinstance(fact, Severance) else spoken_of(fact)


def own_node(identifier: Identifier, rules: IdentityRules, /) -> str | None:
    """Return the node of an identifier that links, or None."""
    found = placed(identifier, rules)
    return found[1] if found is not None and found[0] == "link" else None
