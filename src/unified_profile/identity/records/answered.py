"""What a caller's own object for a stage answers, looked at before it is believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from unified_profile.errors import InvalidInputError
from unified_profile.identity.records.blocking import Blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.fields import Codes

    Levels = NDArray[np.int8]


def met(blocks: object, records: int, /) -> Blocks:
    """Return *blocks* if the pairs are pairs of so many *records*, the smaller number left.

    Raises:
        InvalidInputError: If they are not.
    """
    if isinstance(blocks, Blocks):
        left, right = blocks.left, blocks.right
        whole = numbers(left, np.size(left), "i") and numbers(right, np.size(left), "i")
        if whole and left.min(initial=0) >= 0 and right.max(initial=-1) < records and (left < right).all():
            return blocks
    raise InvalidInputError(field="blocking", reason="not pairs of these records", hint="see BlockingRules.blocks")


def labeled(labels: object, records: int, /) -> Codes:
    """Return *labels* if each is the number of the first record of a cluster.

    Raises:
        InvalidInputError: If they are not.
    """
    if numbers(labels, records, "i"):
        own = np.arange(records)
        if not records or (labels.min() >= 0 and (labels <= own).all() and np.array_equal(labels[labels], labels)):
            return labels
    raise InvalidInputError(
        field="clusterer", reason="not the first record of a cluster for each", hint="see Clusterer.clusters"
    )


def leveled(said: object, pairs: int, /, *, names: Sequence[str], role: str) -> Levels:
    """Return what a comparator said of so many *pairs*, if these are levels with the *names*.

    Raises:
        InvalidInputError: If they are not.
    """
    if numbers(said, pairs, "iu") and said.min(initial=0) >= 0 and said.max(initial=0) < len(names):
        return said
    raise InvalidInputError(
        field=f"comparators, {role}", reason="not one level a pair, from 0 to that of its last name",
        hint="see Comparator.levels",
    )  # fmt: skip


def numbers(said: object, size: int, kinds: str, /) -> TypeGuard[NDArray[Any]]:
    """Say whether *said* is a row of so many numbers of one of the *kinds* of numpy."""
    return isinstance(said, np.ndarray) and said.shape == (size,) and said.dtype.kind in kinds
