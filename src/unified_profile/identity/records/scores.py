"""How well clusters agree with a truth: pairwise and B-cubed, with intervals."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from unified_profile.errors import InsufficientDataError, InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRAWS = 200


@attrs.frozen
class Score:
    """Precision, recall and their harmonic mean, which lies between *low* and *high* in 95 % of bootstrap samples."""

    precision: float
    recall: float
    f1: float
    low: float
    high: float


@attrs.frozen
class Scores:
    """Both ways to count. Pairwise counts pairs, so large clusters weigh most; B-cubed counts records alike.

    Bagga & Baldwin (1998) for B-cubed.
    """

    pairwise: Score
    b_cubed: Score
    records: int


def score(found: Mapping[Any, Any], truth: Mapping[Any, Any], /, *, seed: int = 0) -> Scores:
    """Return how well *found* agrees with *truth*; both give the cluster of a record id.

    Raises:
        InsufficientDataError: If they have no record in common.
        InvalidInputError: If *truth* is no mapping, or a cluster in it has no name that can be looked up.
    """
    if not isinstance(truth, Mapping) or not all(isinstance(one, Hashable) for one in truth.values()):
        hint = "dict(zip(record_ids, clusters))"
        raise InvalidInputError(field="truth", reason="not the cluster of each record id", hint=hint)
    common = [record for record in truth if record in found]
    if not common:
        raise InsufficientDataError(metric="evaluate", n=0, needed=1)
    ours = _numbered([found[record] for record in common])
    true = _numbered([truth[record] for record in common])
    per_person = _counts(ours, true)
    draws = np.random.default_rng(seed).multinomial(
        len(per_person), np.full(len(per_person), 1 / len(per_person)), _DRAWS
    )
    return Scores(
        _scored(per_person[:, :3], draws),
        _scored(per_person[:, 3:], draws, cubed=True),
        len(common),
    )


def _numbered(labels: list[Any]) -> NDArray[np.int64]:
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def _counts(ours: NDArray[np.int64], true: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return, for each true person, pairs found rightly, pairs found, true pairs, and the sums of B-cubed."""
    _, which, size = np.unique(ours * (true.max() + 1) + true, return_inverse=True, return_counts=True)
    in_ours, in_true = np.bincount(ours).astype(np.float64), np.bincount(true).astype(np.float64)
    both = size[which].astype(np.float64)
    rows = np.zeros((len(in_true), 6))
    np.add.at(rows[:, 0], true, (both - 1.0) / 2.0)
    np.add.at(rows[:, 1], true, (in_ours[ours] - 1.0) / 2.0)
    rows[:, 2] = in_true * (in_true - 1.0) / 2.0
    np.add.at(rows[:, 3], true, both / in_ours[ours])
    np.add.at(rows[:, 4], true, both / in_true[true])
    rows[:, 5] = in_true
    return rows


def _scored(rows: NDArray[np.float64], draws: NDArray[np.int64], *, cubed: bool = False) -> Score:
    def rates(sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        one, two = (sums[..., 0], sums[..., 1]) if cubed else (sums[..., 0], sums[..., 0])
        below = (sums[..., 2], sums[..., 2]) if cubed else (sums[..., 1], sums[..., 2])
        precision = np.where(below[0] > 0, one / np.where(below[0] > 0, below[0], 1.0), 1.0)
        recall = np.where(below[1] > 0, two / np.where(below[1] > 0, below[1], 1.0), 1.0)
        total = precision + recall
        return precision, recall, np.where(total > 0, 2 * precision * recall / np.where(total > 0, total, 1.0), 0.0)

    precision, recall, f1 = (float(one) for one in rates(rows.sum(0)))
    low, high = np.quantile(rates(draws @ rows)[2], (0.025, 0.975))
    return Score(precision, recall, f1, float(min(low, f1)), float(max(high, f1)))
