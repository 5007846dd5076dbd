"""From a row to a fact, as its mapping declares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from unified_profile.errors import InvalidFactError, InvalidInputError, InvalidPayloadError
from unified_profile.model import ConsentRecord, Event, EventType, Identifier, Json, SourceRecord
from unified_profile.model.times import aware
from unified_profile.wire.cells import cell_of, column_name, read_cell, read_text
from unified_profile.wire.consents import ConsentPayload
from unified_profile.wire.countries import international
from unified_profile.wire.identities import derived_id
from unified_profile.wire.json_values import DEFAULT_LIMITS, Limits, Unfit, parsed
from unified_profile.wire.lenient import lenient_instant
from unified_profile.wire.mappings import RecordMapping
from unified_profile.wire.moments import iso
from unified_profile.wire.payloads import LONGEST_VALUE

Told: TypeAlias = "SourceRecord | Event | ConsentRecord"
"""What strangers can tell: the facts that speak of a person."""


def fact_of(row: Mapping[str, Any], mapping: RecordMapping, /, *, received_at: datetime) -> Told | None:
    """Return the fact that *row* tells by its *mapping*; None if it is not one of the rows that count.

    *received_at* is now, for the caller: since when a record holds that does not say so itself.

    >>> from datetime import UTC, datetime
    >>> mapping = RecordMapping("crm", "id", identifiers={"mail": "email"}, attributes={"town": "city"})
    >>> record = fact_of(
    ...     {"id": 7, "mail": "taro@example.com", "town": " Osaka "},
    ...     mapping,
    ...     received_at=datetime(2026, 1, 31, tzinfo=UTC),
    ... )
    >>> dict(record.attributes), record.identifiers
    ({'city': 'Osaka'}, (Identifier(namespace='email', value=•••, scope=''),))

    Raises:
        InvalidPayloadError: With the column that cannot be read, and why; never with what it holds.
    """
    told: InvalidPayloadError
    if not isinstance(row, Mapping):
        raise InvalidPayloadError(field="row", reason="not an object", hint="pass a mapping of columns to cells")
    try:
        return _Row(row, mapping).fact(aware(received_at, field="received_at"))
    except InvalidInputError as error:
        told = InvalidPayloadError(field=error.field, reason=error.reason, hint=error.hint)
    except Unfit:
        told = InvalidPayloadError(field="row", reason="holds something that is not JSON", hint="pass plain values")
    raise told


@attrs.frozen
class RowReader:
    """Reads rows one at a time by a mapping: for rows of a query, and to replay rows that a file reader rejected.

    A row is an object, or the JSON text of one, which is what the quarantine keeps of a CSV row.

    >>> from datetime import UTC, datetime
    >>> reader = RowReader(RecordMapping("crm", "id", identifiers={"mail": "email"}))
    >>> reader.read('{"id": "7", "mail": "taro@example.com"}', received_at=datetime(2026, 1, 31, tzinfo=UTC)).key
    '7'
    """

    mapping: RecordMapping
    limits: Limits = DEFAULT_LIMITS

    def read(self, row: Mapping[str, Any] | str | bytes | bytearray, /, *, received_at: datetime) -> Told:
        """Return the fact that *row* tells; *received_at* as for ``fact_of``.

        Raises:
            InvalidPayloadError: With the column that cannot be read, and why; or if the row is not one that counts.
        """
        whole: Any = parsed(row, limits=self.limits) if isinstance(row, (str, bytes, bytearray)) else row
        fact = fact_of(whole, self.mapping, received_at=received_at)
        if fact is None:
            raise InvalidPayloadError(field="row", reason="not one of those that count", hint="see the mapping's only")
        return fact


class _Row:
    """One row beside its mapping."""

    __slots__ = ("_mapping", "_row")

    def __init__(self, row: Mapping[str, Any], mapping: RecordMapping) -> None:
        self._row, self._mapping = row, mapping

    def fact(self, received_at: datetime) -> Told | None:
        mapping = self._mapping
        if mapping.only and not all(self._counts(*rule) for rule in mapping.only.items()):
            return None
        occurred = self._occurred()
        if mapping.kind == "consent":
            return self._consent(occurred)
        told = self._attributes()
        identifiers = self._identifiers(told)
        brand, channel = (
            self._one_of(mapping.brand_column, mapping.brand),
            self._one_of(mapping.channel_column, mapping.channel),
        )
        if mapping.kind == "event":
            return self._event(occurred, identifiers, told, brand, channel)
        key = self._key()
        content = [
            [identifier.node for identifier in identifiers],
            told,
            None if occurred is None else iso(occurred),
            brand,
            channel,
        ]
        id = derived_id("record", mapping.source, [key, content])
        return SourceRecord(
            id=id,
            source=mapping.source,
            tenant=mapping.tenant,
            occurred_at=occurred or received_at,
            recorded_at=self._recorded(occurred),
            key=key or id,
            identifiers=identifiers,
            attributes=told,
            brand=brand,
            channel=channel,
            dated=occurred is not None,
        )

    def _event(
        self,
        occurred: datetime | None,
        identifiers: tuple[Identifier, ...],
        told: dict[str, Json],
        brand: str,
        channel: str,
    ) -> Event:
        mapping = self._mapping
        if occurred is None:
            field = column_name(mapping.occurred_at) if mapping.occurred_at else "occurred_at"
            raise InvalidPayloadError(field=field, reason="blank", hint="an event needs its moment: map its column")
        name = mapping.name
        if mapping.name_column:
            name = mapping.names.get(self._text(mapping.name_column).casefold(), name)
        # With a key, what happened under it happened once, whatever else the row comes to say later.
        key = self._key()
        named: Json = key or [[identifier.node for identifier in identifiers], told, iso(occurred), brand, channel]
        return Event(
            id=derived_id("event", mapping.source, [name, named]),
            source=mapping.source,
            tenant=mapping.tenant,
            occurred_at=occurred,
            recorded_at=self._recorded(occurred),
            type=EventType.TRACK,
            name=name,
            identifiers=identifiers,
            properties=told,
            brand=brand,
            channel=channel,
        )

    def _consent(self, occurred: datetime | None) -> ConsentRecord:
        mapping = self._mapping
        payload: dict[str, Any] = {**mapping.constants}
        for column, field in mapping.attributes.items():
            value = self._cell(column)
            if value is not None:
                payload[field] = value
        known = self._identifiers({})
        parts = [{"namespace": one.namespace, "value": one.value, "scope": one.scope} for one in known]
        key = self._key()
        payload |= {"expressed_at": occurred, "identifiers": parts} | ({"record_id": key} if key else {})
        for field, text in (("brand", self._one_of(mapping.brand_column, mapping.brand)),
                            ("channel", self._one_of(mapping.channel_column, mapping.channel))):  # fmt: skip
            if text:
                payload[field] = text
        recorded = self._recorded(occurred)
        if recorded is not None:
            payload["recorded_at"] = recorded
        return ConsentPayload.parse(payload, assume_tz=mapping.zone).fact(source=mapping.source, tenant=mapping.tenant)

    def _cell(self, column: str) -> Any:
        return cell_of(self._row, column, blanks=self._mapping.blanks)

    def _text(self, column: str, longest: int = LONGEST_VALUE) -> str:
        value = self._cell(column)
        return "" if value is None else read_text(value, column=column, longest=longest)

    def _one_of(self, column: str, usual: str) -> str:
        return (self._text(column, 200) if column else "") or usual

    def _counts(self, column: str, values: frozenset[str]) -> bool:
        text = self._text(column)
        return bool(text) and (not values or text.casefold() in values)

    def _key(self) -> str:
        """Return what names the row, or nothing if its content does."""
        parts = []
        for column in self._mapping.key:
            text = self._text(column, 200)
            if not text:
                raise InvalidPayloadError(
                    field=column_name(column), reason="blank, but it names the row", hint="fill it, or map no key"
                )
            parts.append(text)
        return "/".join(parts)

    def _occurred(self) -> datetime | None:
        return self._moment(self._mapping.occurred_at)

    def _recorded(self, occurred: datetime | None) -> datetime | None:
        """Return when the row was learned, if the mapping says so."""
        mapping = self._mapping
        told = self._moment(mapping.recorded_at)
        return occurred if told is None and mapping.recorded_as_of_occurrence else told

    def _moment(self, column: str) -> datetime | None:
        mapping = self._mapping
        value = self._cell(column) if column else None
        if value is None:
            return None
        return lenient_instant(value, field=column_name(column), tz=mapping.zone, dayfirst=mapping.dayfirst)

    def _attributes(self) -> dict[str, Json]:
        mapping = self._mapping
        told: dict[str, Json] = dict(mapping.constants)
        types, zone, dayfirst = mapping.types, mapping.zone, mapping.dayfirst
        for column, trait in mapping.attributes.items():
            value = self._cell(column)
            if value is None:
                continue
            kind = types.get(column, "text")
            if kind == "text":
                told[trait] = read_cell(value, kind, column=column)
                continue
            decimal = mapping.decimal_of(column)
            try:
                told[trait] = read_cell(value, kind, column=column, zone=zone, dayfirst=dayfirst, decimal=decimal)
            except InvalidPayloadError:
                if not mapping.keep_unreadable:
                    raise
                told[f"{trait}_as_written"] = read_cell(value, "text", column=column)
        return told

    def _identifiers(self, told: dict[str, Json]) -> tuple[Identifier, ...]:
        """Return who is meant; a number that stands for nobody goes to what is *told*, so that it is not lost."""
        mapping = self._mapping
        home = self._one_of(mapping.country_column, mapping.country)
        found = []
        for column, space, scope_column in mapping.spaces:
            text = self._text(column)
            if not text:
                continue
            if home and space.namespace == "phone":
                dialed = international(text, home)
                if not dialed:
                    if text not in told.values():
                        told[f"{space.namespace}_as_written"] = text
                    continue
                text = dialed
            scope = self._text(scope_column, 200) if scope_column else space.scope
            try:
                identifier: Identifier | None = Identifier(space.namespace, text, scope)
            except InvalidFactError:
                identifier = None
            if identifier is None:
                raise InvalidPayloadError(
                    field=column_name(scope_column), reason="cannot be a scope", hint="it holds ':' or '@'"
                )
            if identifier not in found:
                found.append(identifier)
        return tuple(found)
