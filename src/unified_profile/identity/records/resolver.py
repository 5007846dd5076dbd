"""Records one at a time: a model behind the resolver seam, so that the hub links each record as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from unified_profile.errors import InvalidInputError
from unified_profile.identity.records import fields as encoding
from unified_profile.identity.records.blocking import hashed_key, part_of
from unified_profile.identity.records.cleaning import Cleaning
from unified_profile.identity.records.fields import Field
from unified_profile.identity.records.handed_in import bits
from unified_profile.identity.records.model import RecordModel, as_learned
from unified_profile.identity.records.roles import Guess
from unified_profile.model.facts import SourceRecord
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link


class RecordResolver:
    """Links source records as a model says: a `Resolver` for the hub.

    The columns of the model are looked up among the attributes of a record, then among its identifiers, by name. Two
    records are linked if they share a key of the model and weigh at least *threshold* bits. Both depend on the two and
    the model alone, so the order of arrival does not matter.

    What is connected is one person here: large clusters are not taken apart again, as `resolve` does.

    .. versionadded:: 0.1
    """

    def __init__(self, model: RecordModel, /, *, threshold: float = 0.0) -> None:
        """Link by *model*; another *threshold* is another fingerprint."""
        if not isinstance(model, RecordModel):
            raise InvalidInputError(field="model", reason=f"a {type(model).__name__}", hint="of resolve(…).model")
        self.model, self.threshold = model, bits(threshold)
        self._fingerprint = f"{model.fingerprint[:40]}:{self.threshold:g}"
        self._roles = {name: Guess(role, "learned") for name, role in model.columns.items() if role != "ignored"}  # type: ignore[arg-type]  # checked when it was learned or read
        role_of = {field.name: field.role for field in model.fields}
        parts = sorted({part for rule in model.rules for part in rule.parts})
        self._cuts = [(name, part_of(role_of[name], part).cut) for name, part in parts]
        self._rules = [(rule, [parts.index(part) for part in rule.parts]) for rule in model.rules]

    def __repr__(self) -> str:
        """Tell the fingerprint."""
        return f"RecordResolver({self._fingerprint!r})"

    @property
    def fingerprint(self) -> str:
        """Which model decides, and from which weight on."""
        return self._fingerprint

    def keys(self, records: Sequence[SourceRecord], /) -> list[list[str]]:
        """Return, for each record, the hashes of its blocking keys."""
        compared = self._fields(records)
        return [
            [hashed for number, texts in met if (hashed := self._hashed(number, texts)) is not None]
            for met in self._met(compared, len(records))
        ]

    def links(self, candidates: Sequence[SourceRecord], /) -> list[Link]:
        """Return the links among *candidates* that share a key, heaviest first."""
        compared = self._fields(candidates)
        holders: dict[tuple[int, tuple[str, ...]], list[int]] = {}
        for record, met_by in enumerate(self._met(compared, len(candidates))):
            for key in met_by:
                holders.setdefault(key, []).append(record)
        together = [holding for key, holding in holders.items() if len(holding) > 1 and self._hashed(*key) is not None]
        nodes = [record.node for record in candidates]
        numbers: dict[Identifier, int] = {}
        who = [numbers.setdefault(node, len(numbers)) for node in nodes]
        met = sorted(
            {(one, two) for holding in together for one, two in combinations(holding, 2) if who[one] != who[two]}
        )
        if not met:
            return []
        left, right = np.array(met, dtype=np.int64).T
        weights = self.model.weights(compared, left, right)
        linked = np.flatnonzero(weights >= self.threshold)
        return [
            Link(nodes[left[pair]], nodes[right[pair]], weight=round(float(weights[pair]), 3), model=self._fingerprint)
            for pair in linked[np.argsort(-weights[linked], kind="stable")].tolist()
        ]

    def _met(self, compared: Sequence[Field], records: int) -> list[list[tuple[int, tuple[str, ...]]]]:
        """Return, for each record, its keys: the number of a rule and the texts of its parts; each part is cut once."""
        named = {field.name: field for field in compared}
        cut = []
        for name, part in self._cuts:
            field = named[name]
            texts = [part(value) for value in field.values] + [None]
            cut.append([texts[code] for code in field.codes.tolist()])
        found: list[list[tuple[int, tuple[str, ...]]]] = []
        for record in range(records):
            own = [column[record] for column in cut]
            keys = ((number, tuple(own[one] or "" for one in parts)) for number, (_, parts) in enumerate(self._rules))
            found.append([key for key in keys if all(key[1])])
        return found

    def _hashed(self, rule: int, texts: tuple[str, ...]) -> str | None:
        """Return a key as the model and the store know it; None if the model leaves it out as too common."""
        key = hashed_key(self._rules[rule][0], texts)
        return None if key in self.model.stop_keys else key

    def _fields(self, records: Sequence[SourceRecord]) -> list[Field]:
        """Return the fields of the model for these records."""
        columns = {name: [_text(record, name) for record in records] for name in self._roles}
        learned = [field.name for field in self.model.fields]
        return as_learned(encoding.fields(columns, self._roles, Cleaning(), learned=learned), self.model, len(records))


def _text(record: SourceRecord, name: str) -> str | None:
    """Return what a record says under *name* as text; None where it says nothing that can be compared."""
    value = record.attributes.get(name)
    if value is None:
        value = next((one.value for one in record.identifiers if one.namespace == name), None)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return (str(value) or None) if isinstance(value, (str, int, float)) else None
