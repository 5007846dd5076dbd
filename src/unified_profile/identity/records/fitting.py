"""From candidate pairs to a model: what is learned about a base, once, before it is frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import attrs
import numpy as np

from unified_profile.identity.records.blocking import Rule
from unified_profile.identity.records.comparing import Comparator
from unified_profile.identity.records.fields import Field
from unified_profile.identity.records.frequencies import MOST_KEPT, hashed, rounded
from unified_profile.identity.records.measuring import agreeing, random_odds
from unified_profile.identity.records.mixture import Mixture, learn
from unified_profile.identity.records.model import FieldModel, RecordModel
from unified_profile.identity.records.patterns import distinct_patterns
from unified_profile.identity.records.progress import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.comparing import Levels
    from unified_profile.identity.records.fields import Codes

    Floats = NDArray[np.float64]

_RARE = 2
"""A value that this many people have, or fewer, is as rare as can be told."""


def fit(
    fields: Sequence[Field],
    left: Codes,
    right: Codes,
    *,
    columns: Mapping[str, str],
    rules: Sequence[Rule],
    stop_keys: frozenset[str],
    comparators: Mapping[str, Comparator],
    measured: Sequence[FieldModel],
    pairs: float,
    seed: int,
    progress: Progress = silent,
) -> tuple[RecordModel, list[Levels], list[Floats]]:
    """Return the model of the candidate pairs, their levels, and the rarity of the values of each field.

    *measured* is what `field_models` says, and *pairs* how many pairs there are in all.
    """
    draft = RecordModel(dict(columns), tuple(measured), tuple(rules), stop_keys, Mixture((), (), ()), comparators)
    levels = draft.levels(fields, left, right, tell=partial(progress, "comparing"))
    progress("learning", 0, 1)
    sizes = [len(model.random) for model in draft.fields]
    patterns, which = distinct_patterns(levels, sizes)
    counts = np.bincount(which, minlength=len(patterns))
    random = [np.array(model.random) for model in draft.fields]
    mixture = learn(
        [field.role for field in fields], patterns, counts, random, pairs=pairs,
        measure=lambda kind: agreeing(kind, fields, comparators, random, seed),
    )  # fmt: skip
    matches = sum(share for kind, share in zip(mixture.classes, mixture.shares, strict=True) if kind.match)
    copies = 1.0 + 2.0 * matches * pairs / max(1, len(fields[0].codes) if fields else 1)
    people = [field.counts / copies for field in fields]
    people = _known(people)
    learned = tuple(
        attrs.evolve(one, random=tuple(mixture.odds[0][number].tolist()), common=_common(field, people[number]))
        for number, (one, field) in enumerate(zip(draft.fields, fields, strict=True))
    )
    rarity = [one.rarity_of(many) for one, many in zip(learned, people, strict=True)]
    progress("learning", 1, 1)
    return attrs.evolve(draft, mixture=mixture, fields=learned), levels, rarity


def field_models(fields: Sequence[Field], comparators: Mapping[str, Comparator], seed: int, /) -> list[FieldModel]:
    """Return how often random pairs agree in each of *fields*; no candidate pairs are needed for that."""
    return [
        FieldModel(one.name, one.role, tuple(random_odds(one, comparators[one.role], seed).tolist()), one.filled, {})
        for one in fields
    ]


def _known(people: Sequence[Floats]) -> list[Floats]:
    """Return how many people have each value as a model knows it: 1 for those that are not common.

    In a large base more is asked of a common value, so that no more than `MOST_KEPT` are.
    """
    counts = np.concatenate([np.empty(0), *(many[many > _RARE] for many in people)])
    rare = float(_RARE)
    if len(counts) > MOST_KEPT:
        rare = float(np.partition(counts, -MOST_KEPT - 1)[-MOST_KEPT - 1])
    return [np.where(many > rare, rounded(many), 1.0) for many in people]


def _common(field: Field, people: Floats) -> dict[str, float]:
    """Return how many people have each common value; *people* says how many have each."""
    return {hashed(field.values[n]): float(people[n]) for n in np.flatnonzero(people > 1.0).tolist()}
