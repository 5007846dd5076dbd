"""What source records say, column by column, and which of them are told of the same record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from unified_profile.model.facts import SourceRecord

if TYPE_CHECKING:
    from unified_profile.identity.records.fields import Codes


def texts_of(records: Sequence[SourceRecord], name: str, /) -> list[str | None]:
    """Return what each record says under *name*, as text; None where it says nothing that can be compared."""
    plain = [record.attributes.get(name) for record in records]
    return [
        value if value.__class__ is str and value else _text(record, name)
        for value, record in zip(plain, records, strict=True)
    ]


def _text(record: SourceRecord, name: str) -> str | None:
    """Return what a record says under *name* as text; None where it says nothing that can be compared."""
    value = record.attributes.get(name)
    if value.__class__ is str:
        return value or None
    if value is None:
        return next((one.value for one in record.identifiers if one.namespace == name), None) or None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, (str, int, float)) else None


def numbers_of(records: Sequence[SourceRecord], /) -> Codes:
    """Return the number of each record: facts of one record have the same."""
    numbers: dict[str, int] = {}
    names = [f"{record.source}/{record.key}" for record in records]  # as `SourceRecord.node` has it
    return np.array([numbers.setdefault(one, len(numbers)) for one in names], dtype=np.int64)
