"""What source records say: columns and parts of them, each value cleaned once, and which facts are of one record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

from unified_profile.model.facts import SourceRecord
from unified_profile.model.redaction import hidden

if TYPE_CHECKING:
    from unified_profile.identity.records.cleaning import RecordNormalizer
    from unified_profile.identity.records.fields import Codes


def texts_of(records: Sequence[SourceRecord], name: str, /) -> list[str | None]:
    """Return what each record says under *name*, as text; None where it says nothing that can be compared."""
    return [
        value if (value := record.attributes.get(name)).__class__ is str and value else _text(record, value, name)
        for record in records
    ]


def _text(record: SourceRecord, value: object, name: str) -> str | None:
    """Return *value*, what a record says under *name*, as text; None where it says nothing that can be compared."""
    if value is None:
        if not record.identifiers:
            return None
        return next((one.value for one in record.identifiers if one.namespace == name), None) or None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return (str(value) or None) if isinstance(value, (str, int, float)) else None


def numbers_of(records: Sequence[SourceRecord], /) -> Codes:
    """Return the number of each record: facts of one record have the same."""
    numbers: dict[str, int] = {}
    names = [f"{record.source}/{record.key}" for record in records]  # as `SourceRecord.node` has it
    return np.array([numbers.setdefault(one, len(numbers)) for one in names], dtype=np.int64)


@attrs.frozen(eq=False)
class Cut:
    """A part of the values of a field: its text in each distinct value, and for each record two numbers.

    *values* are those of the records' values, *codes* those of the part in them (-1: none).
    """

    texts: list[str | None] = attrs.field(repr=hidden)
    values: Codes
    codes: Codes

    def text(self, record: int) -> str | None:
        """Return the part of a record's value."""
        value = int(self.values[record])
        return self.texts[value] if value >= 0 else None

    def of_records(self) -> list[str | None]:
        """Return the part of every record's value."""
        return [self.texts[value] if value >= 0 else None for value in self.values.tolist()]


@attrs.frozen
class Once:
    """A normalizer that is shown each value once: records that met by their keys share much of what they say."""

    normalizer: RecordNormalizer

    def normalize(self, role: str, values: Sequence[str], /) -> Sequence[str | None]:
        """Return the normal form of each of *values*; nothing if the normalizer answers nonsense."""
        distinct = list(dict.fromkeys(values))
        forms = self.normalizer.normalize(role, distinct)
        if len(distinct) == len(values):
            return forms
        if not isinstance(forms, Sequence) or len(forms) != len(distinct):
            return ()  # whoever asked tells of it
        known = dict(zip(distinct, forms, strict=True))
        return [known[value] for value in values]
