"""Declared tables: which fields stand in which part of a signal, what they mean and what they decide.

Everything that reads, writes or documents a section works on these tables, so that no field is declared twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from unified_profile.consent.signals.bits import BitReader, BitWriter
from unified_profile.consent.signals.kinds import Kind
from unified_profile.model.redaction import hidden


@attrs.frozen
class Field:
    """One field: its name and type in the specification, what it means, and which answer it bears on.

    *decides* is empty where it bears on none. *coding* says what 1 and 2 mean in a field of two bits.
    """

    name: str
    kind: Kind
    meaning: str
    decides: str = ""
    coding: str = ""


@attrs.frozen
class Part:
    """A part between two dots: the fields in their order.

    *marker* is the number of the part's type and how many bits it takes, where it begins with one.
    """

    name: str
    fields: tuple[Field, ...]
    marker: tuple[int, int] | None = None
    required: bool = False


@attrs.frozen
class Segment:
    """What stood in one part: the values by field, and how many characters of filling came beyond need."""

    name: str
    values: Mapping[str, Any] = attrs.field(repr=hidden)
    spare: int = 0


def read_part(part: Part, reader: BitReader) -> Segment:
    """Return the values of a part; a marker is read with them.

    Raises:
        InvalidSignalError: If they do not fit.
    """
    if part.marker is not None:
        kind, size = part.marker
        reader.field = "SegmentType"
        if reader.number(size) != kind:
            raise reader.fault("wrong_order", f"not of type {kind}", bit=0)
    values: dict[str, Any] = {}
    for field in part.fields:
        reader.field = field.name
        values[field.name] = field.kind.read(reader, values)
    return Segment(part.name, values, reader.finish())


def write_part(part: Part, values: Mapping[str, Any], *, where: str, spare: int | None = 0) -> str:
    """Return a part in base64url; *spare* is as in ``BitWriter.text``.

    Raises:
        InvalidInputError: If a field is missing, is not one of the part's, or has a value that it cannot hold.
    """
    writer = BitWriter(f"{where}.{part.name}")
    if part.marker is not None:
        writer.number(*part.marker)
    for field in part.fields:
        writer.field = field.name
        if field.name not in values:
            raise writer.unfit("missing")
        field.kind.write(values[field.name], writer, values)
    writer.field = ""
    if len(values) != len(part.fields):
        raise writer.unfit("holds fields that are not of this part", ", ".join(one.name for one in part.fields))
    return writer.text(spare)
