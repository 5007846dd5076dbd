"""What is measured on all records before anything is learned: how often they agree, and how alike they are then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from unified_profile.identity.records.comparing import Comparator, compare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.classes import PairClass
    from unified_profile.identity.records.fields import Codes, Field

    Floats = NDArray[np.float64]

_PAIRS = 400_000
_WITHIN = 50_000
_FEW = 200
"""Pairs beside which what is usual counts as much as what was seen: in a table of ten rows nothing can be measured."""
STRANGERS: Mapping[str, float] = {
    "given_name": 0.01, "family_name": 0.003, "full_name": 0.0003, "organization": 0.001, "text": 0.001,
    "birth_date": 0.0002, "birth_year": 0.015,
    "email": 0.0001, "phone": 0.0001, "street": 0.0005, "street_number": 0.01, "address": 0.0005, "city": 0.03,
    "postcode": 0.005, "state": 0.1, "country": 0.5, "sex": 0.5, "identifier": 0.0001,
}  # fmt: skip
"""How often two strangers agree, about; it is measured as soon as there are records to measure it on."""


def random_odds(field: Field, comparator: Comparator, seed: int, /) -> Floats:
    """Return the odds of each level among random pairs: the highest from all pairs, the rest from a sample."""
    records, top = len(field.codes), len(comparator.names) - 1
    one, two = np.random.default_rng(seed).integers(0, records, (2, min(_PAIRS, 50 * records)))
    levels = compare(field, comparator, one[one != two], two[one != two])
    chance = STRANGERS.get(field.role, 0.01)
    expected = np.full(top + 1, chance)
    expected[0] = max(1.0 - top * chance, chance)
    seen = np.bincount(levels[levels >= 0], minlength=top + 1).astype(np.float64)
    all_pairs = field.filled * (field.filled - 1.0)
    seen *= min(1.0, 0.5 * all_pairs / max(1.0, float(seen.sum())))  # drawn again and again
    odds = (seen + expected) / (seen.sum() + expected.sum())
    counts = field.counts.astype(np.float64)
    odds[top] = max((float((counts * (counts - 1.0)).sum()) + _FEW * chance) / (all_pairs + _FEW), 1e-7)
    measured: Floats = odds / odds.sum()
    return measured


def agreeing(
    kind: PairClass,
    fields: Sequence[Field],
    comparators: Mapping[str, Comparator],
    random: Sequence[Floats],
    seed: int,
    /,
) -> tuple[float, dict[int, Floats]]:
    """Return how many of all pairs agree in the fields that are free in *kind*, and what they do in them and beside.

    Fields that few records have are left out of the agreement.
    """
    free = [number for number, wide in enumerate(kind.free) if wide]
    most = max(fields[number].filled for number in free)
    wanted = [number for number in free if fields[number].filled >= 0.5 * most]
    key = fields[wanted[0]].codes.copy()
    for number in wanted[1:]:
        code = fields[number].codes
        key = np.where((key >= 0) & (code >= 0), key * (len(fields[number].values) + 1) + code, -1)
    order = np.flatnonzero(key >= 0)
    order = order[np.argsort(key[order], kind="stable")]
    begins = np.flatnonzero(np.concatenate(([True], np.diff(key[order]) != 0))) if len(order) else order
    sizes = np.diff(np.append(begins, len(order))).astype(np.float64)
    chance = float(np.prod([STRANGERS.get(fields[number].role, 0.01) for number in wanted]))
    share = (float((sizes * (sizes - 1.0)).sum()) + _FEW * chance) / (len(order) * (len(order) - 1.0) + _FEW)
    odds = {number: _nearly_always(len(random[number])) for number in free}
    one, two = _within(order, begins, sizes, seed)
    for number in [number for number, some in enumerate(kind.partly) if some]:
        levels = compare(fields[number], comparators[fields[number].role], one, two)
        seen = np.bincount(levels[levels >= 0], minlength=len(random[number])) + _FEW * random[number]
        odds[number] = seen / seen.sum()
    return min(share, 0.5), odds


def _nearly_always(levels: int) -> Floats:
    """Return the odds of fields by whose agreement the pairs of a class are known."""
    odds = np.full(levels, 0.01 / max(1, levels - 1))
    odds[-1] = 0.99
    return odds


def _within(order: Codes, begins: Codes, sizes: Floats, seed: int) -> tuple[Codes, Codes]:
    """Return random pairs of records of one block, large blocks as often as they have pairs."""
    odds = sizes * (sizes - 1.0)
    if not odds.sum():
        return order[:0], order[:0]
    random = np.random.default_rng(seed)
    block = random.choice(len(begins), size=_WITHIN, p=odds / odds.sum())
    size = sizes[block].astype(np.int64)
    one = (random.random(_WITHIN) * size).astype(np.int64)
    two = (one + 1 + (random.random(_WITHIN) * (size - 1)).astype(np.int64)) % size
    return order[begins[block] + one], order[begins[block] + two]
