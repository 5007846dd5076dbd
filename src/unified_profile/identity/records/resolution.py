"""What resolving gives: who is who, why, how sure, and what a clerk should look at."""

from __future__ import annotations

import html
from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.frames import frame
from unified_profile.identity.records.comparing import MISSING
from unified_profile.identity.records.explaining import Contribution, PairExplanation
from unified_profile.identity.records.leaner import leaner
from unified_profile.identity.records.model import RecordModel
from unified_profile.identity.records.roles import Guess
from unified_profile.identity.records.scores import Scores, score
from unified_profile.identity.records.scoring import ByClasses, Scorer, scored
from unified_profile.identity.records.table import Table
from unified_profile.identity.records.threads import ThinCluster, thin_clusters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from unified_profile.identity.records.fields import Codes, Field

    Floats = NDArray[np.float64]


@attrs.frozen
class Estimated:
    """Precision and recall as the model itself expects them; without labels nobody can say more.

    *recall* counts the pairs that were compared and does not know of those that never met.
    """

    precision: float
    recall: float


class Resolution:
    """Who is who among the records.

    .. versionadded:: 0.1
    """

    def __init__(  # noqa: PLR0917 - made in one place
        self,
        table: Table,
        fields: Sequence[Field],
        guesses: Mapping[str, Guess],
        model: RecordModel,
        pairs: tuple[Codes, Codes, Floats],
        labels: Codes,
        notes: Sequence[str],
        *,
        scorer: Scorer | None = None,
        threshold: float = 0.0,
        sources: Codes | None = None,
    ) -> None:
        """Keep what was found."""
        if not isinstance(table, Table) or not isinstance(pairs, tuple) or not isinstance(guesses, Mapping):
            raise InvalidInputError(
                field="Resolution", reason="not made of records", hint="it is what resolve() returns"
            )
        self._table, self._fields, self._labels = table, fields, labels
        self._left, self._right, self._weights = pairs
        self._scorer, self._sources = scorer or ByClasses(), sources
        self.roles, self.model, self.notes, self.threshold = dict(guesses), model, tuple(notes), float(threshold)

    def __repr__(self) -> str:
        return f"Resolution({len(self._labels)} records, {self.clusters} people, {self.linked} pairs linked)"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{found.role}</td><td>{html.escape(found.reason)}</td></tr>"
            for name, found in self.roles.items()
        )
        return f"<p>{html.escape(repr(self))}</p><table><tr><th>column</th><th>role</th><th>why</th></tr>{rows}</table>"

    @property
    def clusters(self) -> int:
        """How many people there are."""
        return len(np.unique(self._labels))

    @property
    def linked(self) -> int:
        """How many compared pairs are together."""
        return int(self._together.sum())

    @cached_property
    def _together(self) -> NDArray[np.bool_]:
        together: NDArray[np.bool_] = self._labels[self._left] == self._labels[self._right]
        return together

    @cached_property
    def cluster_ids(self) -> tuple[Any, ...]:
        """The cluster of each record, in their order: the id of its first record."""
        ids = np.empty(len(self._table.ids), dtype=object)
        ids[:] = self._table.ids
        return tuple(ids[self._labels].tolist())

    @property
    def assignments(self) -> Any:
        """``record_id`` and ``cluster_id`` of every record: a frame of the caller's kind, else a dictionary."""
        if self._table.backend is None:
            return dict(zip(self._table.ids, self.cluster_ids, strict=True))
        columns = {"record_id": self._table.ids, "cluster_id": self.cluster_ids}
        return frame(columns, backend=self._table.backend)

    @property
    def links(self) -> Any:
        """The compared pairs that are together, heaviest first: a frame of the caller's kind, else columns."""
        chosen = np.flatnonzero(self._together)
        return self._pairs(chosen[np.argsort(-self._weights[chosen], kind="stable")])

    @cached_property
    def warnings(self) -> tuple[ThinCluster, ...]:
        """Clusters that hang together by a thread, the thinnest first: a clerk should look at them."""
        return tuple(
            thin_clusters(
                self._table.ids,
                self._labels,
                self._left[self._together],
                self._right[self._together],
                self._weights[self._together],
            )
        )

    @property
    def match_weights(self) -> Floats:
        """The match weights of all compared pairs, in bits."""
        return self._weights

    def cluster_of(self, record: object, /) -> tuple[tuple[Any, ...], tuple[tuple[Any, Any, float], ...]]:
        """Return the record ids of the cluster of the record with that id, and its compared pairs with their weights.

        Raises:
            UnknownNameError: If there is no such record.
        """
        label = self._labels[self._number(record)]
        inside = np.flatnonzero(self._together)
        inside = inside[self._labels[self._left[inside]] == label]
        ids = self._table.ids
        pairs = tuple(
            (ids[one], ids[two], weight)
            for one, two, weight in zip(
                self._left[inside].tolist(), self._right[inside].tolist(), self._weights[inside].tolist(), strict=True
            )
        )
        return tuple(ids[number] for number in np.flatnonzero(self._labels == label).tolist()), pairs

    def review(self, limit: int = 100, /) -> Any:
        """Return the pairs that a clerk should look at: those nearest to as-likely-as-not first.

        Raises:
            InvalidInputError: If *limit* is no whole number.
        """
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise InvalidInputError(field="limit", reason="not a whole number from 0 on", hint="e.g. 100")
        doubt = np.argsort(np.abs(self._weights), kind="stable")[:limit]
        return self._pairs(doubt[np.abs(self._weights[doubt]) < 10.0])

    def _pairs(self, chosen: Codes) -> Any:
        weights = self._weights[chosen]
        columns: dict[str, Sequence[Any]] = {
            "record_id_l": [self._table.ids[number] for number in self._left[chosen].tolist()],
            "record_id_r": [self._table.ids[number] for number in self._right[chosen].tolist()],
            "match_weight": weights.tolist(),
            "match_probability": _probability(weights).tolist(),
            "together": self._together[chosen].tolist(),
        }
        return columns if self._table.backend is None else frame(columns, backend=self._table.backend)

    def explain(self, left: object, right: object, /, *, values: bool = False) -> PairExplanation:
        """Return what each comparison says of two records, given by their ids; with their *values* if asked for.

        Raises:
            UnknownNameError: If there is no such record.
        """
        records = np.array([self._number(one) for one in (left, right)])
        fields = [field.only(records) for field in self._fields]  # else every value of every column were hashed
        one, two = np.array([0]), np.array([1])
        levels, rarity = self.model.levels(fields, one, two), self.model.rarity(fields)
        shown = [np.full(1, MISSING, dtype=np.int8) for _ in levels]
        before = prior = float(scored(self._scorer, self.model, fields, rarity, shown, one, two)[0])
        said = []
        for number, (field, level) in enumerate(zip(fields, levels, strict=True)):
            shown[number] = level
            weight = float(scored(self._scorer, self.model, fields, rarity, shown, one, two)[0])
            names = self.model.comparators[field.role].names
            meaning = "missing" if level[0] == MISSING else names[int(level[0])]
            shown_values = (field.value(0), field.value(1)) if values else (None, None)
            said.append(Contribution(field.name, field.role, meaning, weight - before, *shown_values))
            before = weight
        together = bool(self._labels[records[0]] == self._labels[records[1]])
        return PairExplanation(
            left, right, before, float(_probability(np.array([before]))[0]), prior, together, tuple(said),
            self._because(int(records.min()), int(records.max()), before, together=together),
        )  # fmt: skip

    def _because(self, one: int, two: int, weight: float, *, together: bool) -> str:
        """Return in words why two records are, or are not, together."""
        met = bool(((self._left == one) & (self._right == two)).any())
        enough = f"{self.threshold:g} bits are enough"
        if together:
            if met and weight >= self.threshold:
                return f"because {enough}"
            return "because others of their cluster agree with both"
        if self._sources is not None and self._sources[one] == self._sources[two]:
            return "because only records of different sources are linked"
        if weight < self.threshold:
            return f"because {enough}, and these are fewer"
        if not met:
            return "because they were never compared: they share nothing by which few enough records meet"
        return "because others with whom they are linked speak against it"

    @cached_property
    def _numbers(self) -> dict[Any, int]:
        return {one: number for number, one in enumerate(self._table.ids)}

    def _number(self, record: object) -> int:
        number = self._numbers.get(record) if isinstance(record, Hashable) else None
        if number is None:
            raise UnknownNameError(kind="record", name="(not shown)", known=())
        return number

    def lean_model(self, *, share: float = 0.999) -> RecordModel:
        """Return the model with the fewest blocking rules by which *share* of the pairs that are together still meet.

        Rules found for a table overlap. In a hub each key of a record is a row to be kept and looked up, so that a
        model with fewer rules stores faster and finds faster; what a pair weighs is the same.

        Raises:
            InvalidInputError: If *share* is no share.
        """
        together = self._together
        return leaner(self.model, self._fields, self._left[together], self._right[together], share=share)

    @property
    def estimated(self) -> Estimated:
        """Precision and recall that the model expects of these clusters."""
        likely = _probability(self._weights)
        together = float(likely[self._together].sum())
        return Estimated(precision=together / max(1, self.linked), recall=together / max(float(likely.sum()), 1e-12))

    def evaluate(self, truth: Mapping[Any, Any], /) -> Scores:
        """Return how well the clusters agree with *truth*, the true cluster by record id; others do not count.

        Raises:
            InsufficientDataError: If *truth* names no record.
            InvalidInputError: If *truth* is no mapping, or a cluster in it has no name that can be looked up.
        """
        return score(dict(zip(self._table.ids, self.cluster_ids, strict=True)), truth)


def _probability(weights: Floats) -> Floats:
    found: Floats = 1.0 / (1.0 + np.exp2(-np.clip(weights, -500.0, 500.0)))
    return found
