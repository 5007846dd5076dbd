"""What is one by word: values that alias calls and clerks make one, kept in line with what they rest on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise

from unified_profile.identity.bundles import ALIAS, space_of
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.settle import NEVER
from unified_profile.identity.surroundings import Surroundings
from unified_profile.identity.walk import JUDGEMENTS, Pair
from unified_profile.identity.working import Ask, Asking, Working
from unified_profile.model.rows import NodeRow, StatementRow


class Aliasing:
    """The alias statements around one change."""

    def __init__(self, work: Working, rules: IdentityRules, near: Surroundings, *, at_us: int) -> None:
        """Work on *work*, with what *near* has looked at; new statements are dated *at_us*."""
        self.work = work
        self.rules = rules
        self.near = near
        self.at_us = at_us

    def derive(self, nodes: set[str]) -> Asking[set[str]]:
        """Bring alias statements in line with what is said now; return every node of a class this can change."""
        work = self.work
        aliasing = {node for key in self.near.bundles if key.startswith(ALIAS) for node in self.near.nodes_of[key]}
        judged = {node for node in nodes if (row := work.nodes.now.get(node)) is not None and row.judged} | aliasing
        # What a record carries was made one by its judgements, also by those that are taken back now.
        yield from self.near.know({node for node in judged if node.startswith("record:")})
        carried = {node for end in judged for node in self._carries(end) if self._one_per_person(node)}
        found = yield from self._classes(judged | carried)
        same = _in_force(work.statements.now.values(), judged)
        yield from self.near.know({end for pair in same for end in pair if end.startswith("record:")})
        wanted = {**self._said(same), **self._called()}
        for name in [name for name, row in work.statements.now.items() if row.kind == "alias"]:
            if name not in wanted and self._answers_for(name, judged):
                work.statements.drop(name)
        for name, alias in wanted.items():
            if name not in work.statements.now:
                work.statements.put(alias)
                found.update((alias.left, alias.right))
        found |= yield from self._classes(found)
        for node in sorted({end for alias in wanted.values() for end in (alias.left, alias.right)}):
            known = work.nodes.now.get(node) or NodeRow(node, None, None, NEVER)
            if not known.judged:
                work.nodes.put(known._replace(judged=1))
        return found

    def _classes(self, nodes: Iterable[str]) -> Asking[set[str]]:
        """Read the statements of *nodes*, follow alias classes to their end, and return all nodes of these classes."""
        work = self.work
        found: set[str] = set()
        wanted = set(nodes)
        while wanted:
            found |= wanted
            lefts, rights = yield [
                Ask("statement", "left", sorted(wanted)),
                Ask("statement", "right", sorted(wanted)),
            ]
            work.statements.seen(lefts)
            work.statements.seen(rights)
            wanted = {
                end
                for row in work.statements.now.values()
                if row.kind == "alias" and (row.left in found or row.right in found)
                for end in (row.left, row.right)
            } - found
        yield from work.load_nodes(sorted(found))
        return found

    def _said(self, same: Iterable[Pair]) -> dict[str, StatementRow]:
        """Return the aliases that judgements make: one-per-person values carried directly by both sides."""
        wanted: dict[str, StatementRow] = {}
        for left, right in same:
            carried = [*self._carries(left), *self._carries(right)]
            for one, other in alias_pairs(carried, self.rules, accepted=False):
                name = f"same:{json.dumps([left, right], ensure_ascii=False)}:{one}:{other}"
                wanted[name] = StatementRow(name, "alias", one, other, 0, self.at_us)
        return wanted

    def _called(self) -> dict[str, StatementRow]:
        """Return the aliases that alias calls make."""
        wanted: dict[str, StatementRow] = {}
        for key in self.near.bundles:
            if key.startswith(ALIAS) and key in self.near.times:
                for one, other in alias_pairs(self.near.nodes_of[key], self.rules, accepted=True):
                    name = f"call:{key}:{one}:{other}"
                    wanted[name] = StatementRow(name, "alias", one, other, 0, self.at_us)
        return wanted

    def _answers_for(self, name: str, judged: set[str]) -> bool:
        """Say whether everything an alias statement rests on was read, so that its absence now means it is gone."""
        if name.startswith("call:"):
            return name.split(":", 2)[1] in self.near.bundles
        pair, _ = json.JSONDecoder().raw_decode(name, len("same:"))
        return bool(judged.intersection(pair))

    def _carries(self, node: str) -> list[str]:
        """Return what a judged node carries directly: itself, or the identifiers of the record's facts."""
        if not node.startswith("record:"):
            return [node]
        return sorted(
            {
                other
                for key in self.near.holding.get(node, ())
                if key in self.near.times
                for other in self.near.nodes_of[key]
                if other != node
            }
        )

    def _one_per_person(self, node: str) -> bool:
        space = self.rules.space(node)
        return space is not None and space.one_per_person


def _in_force(rows: Iterable[StatementRow], nodes: set[str]) -> list[Pair]:
    """Return the pairs of *nodes* whose latest judgement is SAME."""
    latest: dict[Pair, StatementRow] = {}
    for row in rows:
        if row.kind in JUDGEMENTS and (row.left in nodes or row.right in nodes):
            best = latest.get((row.left, row.right))
            if best is None or (best.said_us, best.id) < (row.said_us, row.id):
                latest[row.left, row.right] = row
    return sorted(pair for pair, row in latest.items() if row.kind == "same")


def alias_pairs(nodes: Iterable[str], rules: IdentityRules, /, *, accepted: bool) -> list[tuple[str, str]]:
    """Return the pairs of one-per-person values that belong to one class when these nodes are said to be one person.

    With *accepted* only namespaces with ``alias="accept"`` count (an alias call); a clerk's word counts for all.
    """
    spaces: dict[str, list[str]] = {}
    for node in nodes:
        space = rules.space(node)
        if space is not None and space.one_per_person and (not accepted or space.alias == "accept"):
            spaces.setdefault(space_of(node), []).append(node)
    found = []
    for values in spaces.values():
        ordered = sorted(set(values))
        found += list(pairwise(ordered))
    return found
