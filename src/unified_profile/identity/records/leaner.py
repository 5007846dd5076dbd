"""Fewer blocking rules for a store: rules found for a table overlap, and each key of a record is a row to be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from unified_profile.errors import InvalidInputError
from unified_profile.identity.records.blocking import Rule, key_of, rule_key
from unified_profile.identity.records.fields import Field
from unified_profile.identity.records.model import RecordModel
from unified_profile.identity.records.pairs import grouped

if TYPE_CHECKING:
    from unified_profile.identity.records.fields import Codes

_MOST_PAIRS = 200_000


def leaner(model: RecordModel, fields: Sequence[Field], left: Codes, right: Codes, /, *, share: float) -> RecordModel:
    """Return *model* with the fewest rules, about, by which *share* of the linked pairs *left*, *right* still meet.

    The rule that brings the most pairs together that no other one does, for the candidates it costs, is taken next (a
    greedy cover, Chvátal 1979). A rule costs a key to look up too, hence the root.

    Raises:
        InvalidInputError: If *share* is no share.
    """
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0.0 < share <= 1.0:
        raise InvalidInputError(field="share", reason="not above 0 and at most 1", hint="e.g. 0.99")
    if not len(left):
        return model
    step = -(-len(left) // _MOST_PAIRS)
    one, two = left[::step], right[::step]
    named = {field.name: field for field in fields}
    met = [_met(rule, named, model.stop_keys, one, two) for rule in model.rules]
    meet, worth = np.stack([own for own, _ in met]), np.array([max(1.0, pairs) for _, pairs in met]) ** -0.5
    wanted = share * int(meet.any(axis=0).sum())
    chosen: list[int] = []
    covered = np.zeros(len(one), dtype=np.bool_)
    while int(covered.sum()) < wanted:
        best = int(np.argmax((meet & ~covered).sum(axis=1) * worth))
        chosen.append(best)
        covered |= meet[best]
    return attrs.evolve(model, rules=tuple(model.rules[number] for number in sorted(chosen)))


def _met(rule: Rule, named: dict[str, Field], stopped: frozenset[str], one: Codes, two: Codes) -> tuple[Codes, float]:
    """Say which pairs have a key of *rule* in common that is not left out, and how many candidates the rule makes."""
    key = rule_key(rule, named)
    order, begins, sizes = grouped(key)
    common = np.argsort(-sizes, kind="stable")
    out = []
    for block in common.tolist() if stopped else ():  # the largest are left out, and those below them are not
        found = key_of(rule, named, int(order[begins[block]]))
        if found not in stopped:
            break
        out.append(key[order[begins[block]]])
    kept = sizes[common[len(out) :]].astype(np.float64)
    if out:
        key = np.where(np.isin(key, out), -1, key)
    met: Codes = (key[one] >= 0) & (key[one] == key[two])
    return met, float((kept * (kept - 1.0) / 2.0).sum())
