"""What a caller's own object for a stage answers, looked at before it is believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from unified_profile.errors import InvalidInputError
from unified_profile.identity.records.blocking import Blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.comparing import Comparator, Levels
    from unified_profile.identity.records.fields import Codes, Field
    from unified_profile.identity.records.model import RecordModel
    from unified_profile.identity.records.scoring import Scorer

    Floats = NDArray[np.float64]


def met(blocks: object, records: int, /) -> Blocks:
    """Return *blocks* if the pairs are pairs of so many *records*, the smaller number left.

    Raises:
        InvalidInputError: If they are not.
    """
    if isinstance(blocks, Blocks):
        left, right = blocks.left, blocks.right
        whole = _array(left, np.size(left), "i") and _array(right, np.size(left), "i")
        if whole and left.min(initial=0) >= 0 and right.max(initial=-1) < records and (left < right).all():
            return blocks
    raise InvalidInputError(field="blocking", reason="not pairs of these records", hint="see BlockingRules.blocks")


def labeled(labels: object, records: int, /) -> Codes:
    """Return *labels* if each is the number of the first record of a cluster.

    Raises:
        InvalidInputError: If they are not.
    """
    if _array(labels, records, "i"):
        own = np.arange(records)
        if not records or (labels.min() >= 0 and (labels <= own).all() and np.array_equal(labels[labels], labels)):
            return labels
    raise InvalidInputError(
        field="clusterer", reason="not the first record of a cluster for each", hint="see Clusterer.clusters"
    )


def leveled(comparator: Comparator, field: Field, left: Codes, right: Codes, /) -> Levels:
    """Return what *comparator* says of pairs of different values, if these are levels.

    Raises:
        InvalidInputError: If they are not.
    """
    said: object = comparator.levels(field, left, right)
    if _array(said, len(left), "iu") and said.min(initial=0) >= 0 and said.max(initial=0) < len(comparator.names):
        return said
    raise InvalidInputError(
        field=f"comparators, {field.role}",
        reason="not one level a pair, from 0 to that of its last name",
        hint="see Comparator.levels",
    )


def scored(  # noqa: PLR0917 - see `Scorer`
    scorer: Scorer,
    model: RecordModel,
    fields: Sequence[Field],
    rarity: Sequence[Floats],
    levels: Sequence[Levels],
    left: Codes,
    right: Codes,
    /,
) -> Floats:
    """Return what *scorer* says of pairs, if these are weights.

    Raises:
        InvalidInputError: If they are not.
    """
    said: object = scorer.weights(model, fields, rarity, levels, left, right)
    if _array(said, len(left), "f") and not np.isnan(said).any():
        return said
    raise InvalidInputError(field="scorer", reason="not one number of bits a pair", hint="see Scorer.weights")


def _array(said: object, size: int, kinds: str) -> TypeGuard[NDArray[Any]]:
    """Say whether *said* is a row of so many numbers of one of the *kinds* of numpy."""
    return isinstance(said, np.ndarray) and said.shape == (size,) and said.dtype.kind in kinds
