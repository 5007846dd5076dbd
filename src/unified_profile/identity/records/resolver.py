"""Records one at a time: a model behind the resolver seam, so that the hub links each record as it comes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from unified_profile.errors import InvalidInputError
from unified_profile.identity.records import fields as encoding
from unified_profile.identity.records.answered import labeled
from unified_profile.identity.records.blocking import both_of, hashed_key, part_of
from unified_profile.identity.records.cleaning import Cleaning, RecordNormalizer
from unified_profile.identity.records.clusters import AverageLinked, Clusterer
from unified_profile.identity.records.fields import Field, encoded
from unified_profile.identity.records.handed_in import bits, known, signed
from unified_profile.identity.records.model import RecordModel, as_learned
from unified_profile.identity.records.pairs import blocks, pairs_within, tabled
from unified_profile.identity.records.roles import Guess
from unified_profile.identity.records.scoring import ByClasses, Scorer, scored
from unified_profile.identity.records.told import Cut, Once, numbers_of, texts_of
from unified_profile.model.facts import ModelAdopted, SourceRecord
from unified_profile.model.values import record_node
from unified_profile.model.views import Link

if TYPE_CHECKING:
    from unified_profile.identity.records.clusters import Floats
    from unified_profile.identity.records.fields import Codes
    from unified_profile.model.values import Json


_FEW_TOGETHER = 64
"""Records of which all pairs are weighed at once sooner than some of them several times."""


class RecordResolver:
    """Links source records as a model says: a `Resolver` for the hub.

    The columns of the model are looked up among the attributes of a record, then among its identifiers, by name. Two
    records are linked if they share a key of the model and weigh at least *threshold* bits. Both depend on the two and
    the model alone, so the order of arrival does not matter.

    Whoever is connected by links is looked at as a whole (`together`), and taken apart where pairs speak against each
    other, as `resolve` does it under the same model.

    .. versionadded:: 0.1
    """

    def __init__(  # stages as in `resolve`
        self,
        model: RecordModel,
        /,
        *,
        threshold: float = 0.0,
        normalizer: RecordNormalizer | None = None,
        scorer: Scorer | None = None,
        clusterer: Clusterer | None = None,
    ) -> None:
        """Link by *model*, with the stages that were passed to `resolve` when it was learned.

        Another *threshold* or stage is another fingerprint. A stage is known by its class, and by its ``fingerprint``
        if it has one: an object with settings of its own should.

        Raises:
            InvalidInputError: If one of them is of another kind.
        """
        if not isinstance(model, RecordModel):
            raise InvalidInputError(field="model", reason=f"a {type(model).__name__}", hint="of resolve(…).model")
        self.model, self.threshold = model, bits(threshold)
        stages = {"normalizer": normalizer, "scorer": scorer, "clusterer": clusterer}
        known(stages)
        self._normalizer, self._scorer = Once(normalizer or Cleaning()), scorer or ByClasses()
        self._clusterer = clusterer or AverageLinked(self.threshold, before=model.prior)
        self._fingerprint = f"{model.fingerprint[:40]}:{self.threshold:g}"
        if own := signed(stages):
            self._fingerprint += f":{hashlib.blake2b(own.encode(), digest_size=6).hexdigest()}"
        self._roles = {name: Guess(role, "learned") for name, role in model.columns.items() if role != "ignored"}  # type: ignore[arg-type]  # checked when it was learned or read
        role_of = {field.name: field.role for field in model.fields}
        parts = sorted({part for rule in model.rules for part in rule.parts})
        self._cuts = [(name, part, part_of(role_of[name], part).cut) for name, part in parts]
        self._rules = [str(rule) for rule in model.rules]

    def __repr__(self) -> str:
        """Tell the fingerprint."""
        return f"RecordResolver({self._fingerprint!r})"

    @property
    def fingerprint(self) -> str:
        """Which model decides, and from which weight on."""
        return self._fingerprint

    def adoption(self, *, id: str, source: str, occurred_at: datetime) -> ModelAdopted:
        """Return the fact that from now on this model decides; it holds the model, so the log tells by what was linked.

        Nothing changes before it is told: *source* is who is answerable.
        """
        body: dict[str, Json] = {**self.model.to_json(), "threshold": self.threshold}
        return ModelAdopted(
            id=id, source=source, occurred_at=occurred_at, kind="records", fingerprint=self._fingerprint, body=body
        )

    def keys(self, records: Sequence[SourceRecord], /) -> list[list[str]]:
        """Return, for each record, the hashes of its blocking keys."""
        found: list[list[str]] = [[] for _ in records]
        for _, keys in self._by_rule(records):
            for own, key in zip(found, keys, strict=True):
                if key is not None:
                    own.append(key)
        return found

    def made_of(self, records: Sequence[SourceRecord], /) -> list[list[str]]:
        """Return, for each record, of which columns each of its `keys` is made: no values.

        >>> from unified_profile.identity.records.blocking import Rule
        >>> str(Rule((("last_name", "whole"), ("zip", "whole"))))
        'last_name (whole) + zip (whole)'
        """
        found: list[list[str]] = [[] for _ in records]
        for rule, keys in self._by_rule(records):
            for own, key in zip(found, keys, strict=True):
                if key is not None:
                    own.append(rule)
        return found

    def _by_rule(self, records: Sequence[SourceRecord]) -> Iterator[tuple[str, list[str | None]]]:
        """Yield each rule with the key that each record has under it."""
        cut = self._cut(self._fields(records))
        for number, rule in enumerate(self.model.rules):
            parts = [cut[part].of_records() for part in rule.parts]
            known: dict[tuple[str | None, ...], str | None] = {}
            keys: list[str | None] = []
            for texts in zip(*parts, strict=True):
                key = known.get(texts, "")
                if key == "":
                    key = known[texts] = None if None in texts else self._hashed(number, texts)
                keys.append(key)
            yield self._rules[number], keys

    def links_met(self, records: Sequence[SourceRecord], left: Sequence[int], right: Sequence[int], /) -> list[Link]:
        """Return the links among those pairs of *records* that met, heaviest first.

        *left* and *right* are the places of the pairs in *records*. Whoever asks has looked at the keys.
        """
        one, two = np.array(left, dtype=np.int64), np.array(right, dtype=np.int64)
        if not len(one):
            return []
        who = numbers_of(records)
        apart = who[one] != who[two]
        one, two = one[apart], two[apart]
        compared = self._fields(records)
        weights = self._weights(compared, self._rarity(compared), one, two)
        linked = np.flatnonzero(weights >= self.threshold)
        linked = linked[np.argsort(-weights[linked], kind="stable")]
        return self._made(records, one[linked], two[linked], weights[linked])

    def links(self, candidates: Sequence[SourceRecord], /) -> list[Link]:
        """Return the links among *candidates* that share a key, heaviest first."""
        return self.links_of(candidates, ())

    def links_of(self, newcomers: Sequence[SourceRecord], others: Sequence[SourceRecord], /) -> list[Link]:
        """Return the links of *newcomers* with one another and with *others* that share a key, heaviest first.

        Each of *others* shares a key with one of *newcomers*.
        """
        records = [*newcomers, *others]
        if len(records) < 2:
            return []
        if len(newcomers) == 1:  # whoever is here met it
            left, right = np.zeros(len(others), dtype=np.int64), np.arange(1, len(records))
        else:
            left, right = self._meeting(self._fields(records), len(newcomers), len(records))
        return self.links_met(records, left.tolist(), right.tolist())

    def together(self, connected: Sequence[SourceRecord], /) -> list[Link]:
        """Return the links that hold among records that links connect.

        Groups in which pairs speak against each other are built up anew from their heaviest pair on, as `resolve` does
        it. A record of which several facts are told weighs what the likest of them does.
        """
        compared = self._fields(connected)
        rarity = self._rarity(compared)
        nodes = [record_node(record.source, record.key) for record in connected]
        named = dict(zip(nodes, connected, strict=True))
        place = {node: number for number, node in enumerate(sorted(named))}
        records = [named[node] for node in place]
        facts: list[list[int]] = [[] for _ in records]
        for number, node in enumerate(nodes):
            facts[place[node]].append(number)
        one_each = np.array([own[0] for own in facts]) if len(facts) == len(connected) else None

        def of_pairs(left: Codes, right: Codes) -> Floats:
            if one_each is not None:
                return self._weights(compared, rarity, one_each[left], one_each[right])
            pairs = [
                (number, one, two)
                for number, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True))
                for one in facts[a]
                for two in facts[b]
            ]
            which, ones, twos = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
            found = np.full(len(left), -np.inf)
            np.maximum.at(found, which, self._weights(compared, rarity, ones, twos))
            return found

        weigh = tabled(of_pairs, len(records)) if len(records) <= _FEW_TOGETHER else of_pairs
        own = np.array([place[node] for node in nodes], dtype=np.int64)
        one, two = self._meeting(compared, len(connected), len(connected))
        met = np.unique(np.sort(np.stack((own[one], own[two]), axis=1), axis=1), axis=0)
        left, right = met[met[:, 0] != met[:, 1]].T
        weights = weigh(left, right)
        linked = weights >= self.threshold
        left, right, weights = left[linked], right[linked], weights[linked]
        labels = labeled(self._clusterer.clusters(len(records), left, right, weights, weigh), len(records))
        same = labels[left] == labels[right]
        apart = np.isin(labels, np.concatenate((labels[left[~same]], labels[right[~same]])))
        left, right, weights = left[same], right[same], weights[same]
        # A group that was parted from others may hang together by pairs that never met.
        inside = ~apart[left]
        one, two = pairs_within(labels, np.flatnonzero(apart))
        weighed = weigh(one, two)
        alike = weighed >= self.threshold
        left, right = np.append(left[inside], one[alike]), np.append(right[inside], two[alike])
        weights = np.append(weights[inside], weighed[alike])
        return self._made(records, left, right, weights)

    def _rarity(self, compared: Sequence[Field]) -> list[Floats]:
        """Return how rare the values are that several of the records have."""
        return [model.rarity(field, shared=True) for model, field in zip(self.model.fields, compared, strict=True)]

    def _weights(self, compared: Sequence[Field], rarity: Sequence[Floats], left: Codes, right: Codes) -> Floats:
        """Return the match weights of pairs."""
        if not len(left):
            return np.empty(0)
        levels = self.model.levels(compared, left, right)
        return scored(self._scorer, self.model, compared, rarity, levels, left, right)

    def _made(self, records: Sequence[SourceRecord], left: Codes, right: Codes, weights: Floats) -> list[Link]:
        """Return pairs as links."""
        nodes = {place: records[place].node for place in {*left.tolist(), *right.tolist()}}
        return [
            Link(nodes[one], nodes[two], weight=round(weight, 3), model=self._fingerprint)
            for one, two, weight in zip(left.tolist(), right.tolist(), weights.tolist(), strict=True)
        ]

    def _meeting(self, compared: Sequence[Field], newcomers: int, records: int) -> tuple[Codes, Codes]:
        """Return the pairs of records that share a key, of which one at least is among the first *newcomers*."""
        cut = self._cut(compared)
        lefts, rights = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for number, rule in enumerate(self.model.rules):
            parts = [cut[part] for part in rule.parts]
            key = parts[0].codes
            for part in parts[1:]:
                key = both_of(key, part.codes)
            for block in blocks(key, newcomers):
                if self._hashed(number, [part.text(int(block[0])) for part in parts]) is not None:
                    for place in range(int(np.searchsorted(block, newcomers))):
                        rights.append(block[place + 1 :])
                        lefts.append(np.full(len(block) - place - 1, block[place]))
        pairs = np.unique(np.concatenate(lefts) * records + np.concatenate(rights))
        return pairs // records, pairs % records

    def _cut(self, compared: Sequence[Field]) -> dict[tuple[str, str], Cut]:
        """Return each part that a rule asks for, cut once out of every distinct value."""
        named = {field.name: field for field in compared}
        found = {}
        for name, part, cut in self._cuts:
            texts = [cut(value) or None for value in named[name].values]
            found[name, part] = Cut(texts, named[name].codes, np.append(encoded(texts)[1], -1)[named[name].codes])
        return found

    def _hashed(self, rule: int, texts: Sequence[str | None]) -> str | None:
        """Return a key as the store knows it; None if a part is missing, or the model leaves it out as too common."""
        if not all(texts):
            return None
        key = hashed_key(self._rules[rule], [text for text in texts if text])
        return None if key in self.model.stop_keys else key

    def _fields(self, records: Sequence[SourceRecord]) -> list[Field]:
        """Return the fields of the model for these records."""
        columns = {name: texts_of(records, name) for name in self._roles}
        learned = [field.name for field in self.model.fields]
        return as_learned(
            encoding.fields(columns, self._roles, self._normalizer, learned=learned), self.model, len(records)
        )
