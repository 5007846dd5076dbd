"""Receipts as JSON-LD, in the terms that the Data Privacy Vocabulary gives to ISO/IEC TS 27560.

The structure follows the DPV's guide to 27560 (w3id.org/dpv/guides/consent-27560). Whatever there can be several of is
an array, also where there is one: most readers drop a key that is repeated without a word.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model import ConsentRecord, Json
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.model.soundness import sound, soundly_made
from unified_profile.model.times import aware
from unified_profile.rights.parties import texted
from unified_profile.rights.receipts.iso27560_records import record_form, record_in, same
from unified_profile.rights.receipts.parts import Read
from unified_profile.wire.moments import instant, iso

RECEIPT = "https://w3id.org/dpv/schema/dpv-27560#receipt"
CONTEXT: dict[str, Json] = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "schema": "https://schema.org/",
    "up": "urn:unified-profile:",
}
_NEEDED = (
    "schema_version", "notice_id", "notice_version", "language", "controller", "storage_location", "jurisdiction",
    "withdrawal_method",
)  # fmt: skip


def _for_the_person(records: Iterable[ConsentRecord]) -> tuple[ConsentRecord, ...]:
    """Keep records without what leads to a person: the receipt names its principal once, by a pseudonym."""
    found = tuple(records)
    if not found or not all(isinstance(one, ConsentRecord) for one in found):
        raise InvalidInputError(field="records", reason="none, or something else", hint="pass ConsentRecords")
    return tuple(attrs.evolve(one, identifiers=(), evidence_ref="", tenant=DEFAULT_TENANT) for one in found)


@soundly_made
@attrs.frozen(kw_only=True)
class IsoReceipt:
    """A receipt of one or more consent records of one person.

    *records* are kept without identifiers and evidence; *principal* stands for the person.

    Raises:
        InvalidInputError: If a field that 27560 requires is empty in a record; with its name.

    .. versionadded:: 0.1
    """

    id: str
    principal: str
    publisher: str
    created: datetime
    records: tuple[ConsentRecord, ...] = attrs.field(converter=_for_the_person)

    def __attrs_post_init__(self) -> None:
        """Refuse what 27560 requires and is not there."""
        for part in ("id", "principal", "publisher"):
            texted(getattr(self, part), f"receipt.{part}")
        aware(self.created, field="receipt.created")
        for at, record in enumerate(self.records):
            for part in (*_NEEDED, "purpose"):
                texted(getattr(record, part), f"records.{at}.{part}")
            if not (record.data_categories or record.special_categories or record.optional_categories):
                raise InvalidInputError(field=f"records.{at}.data_categories", reason="none", hint="name them")
            if record.retention is None:
                raise InvalidInputError(field=f"records.{at}.retention", reason="missing", hint="say how long")

    def to_json(self) -> dict[str, Json]:
        """Return the receipt as JSON-LD."""
        return {
            "@context": {**CONTEXT},
            "@id": f"urn:unified-profile:receipt:{self.id}",
            "@type": ["dpv:ConsentReceipt"],
            "dct:identifier": self.id,
            "dct:conformsTo": [RECEIPT],
            "dct:created": iso(self.created),
            "dct:publisher": [self.publisher],
            "schema:recipient": ["dpv:DataSubject"],
            "dpv:hasRecordOfActivity": [record_form(one, self.principal) for one in self.records],
        }

    @classmethod
    def from_json(cls, form: object, /) -> IsoReceipt:
        """Return the receipt of a JSON form that ``to_json`` wrote: exactly what it was made from.

        Raises:
            InvalidInputError: With the path of the first field that is missing, of another kind, or not known.
        """
        whole = Read(form, "receipt")
        same(whole, "@context", CONTEXT)
        same(whole, "@type", ["dpv:ConsentReceipt"])
        same(whole, "dct:conformsTo", [RECEIPT])
        same(whole, "schema:recipient", ["dpv:DataSubject"])
        name = whole.take("dct:identifier", str)
        same(whole, "@id", f"urn:unified-profile:receipt:{name}")
        created, publisher = whole.take("dct:created", str), whole.one("dct:publisher")
        found = [record_in(one) for one in whole.each("dpv:hasRecordOfActivity")]
        whole.done()
        if len({principal for principal, _ in found}) != 1:
            raise InvalidInputError(field="receipt", reason="is about several people, or nobody", hint="one each")
        return cls(
            id=name,
            principal=found[0][0],
            publisher=publisher,
            created=instant(created, field="receipt.dct:created"),
            records=[record for _, record in found],
        )


@sound
def iso_receipt(
    records: Iterable[ConsentRecord],
    /,
    *,
    id: str,
    principal: str,
    publisher: str,
    created: datetime,
    **usual: Any,
) -> IsoReceipt:
    """Return the receipt for *records*, where *usual* fills in what a record leaves empty.

    >>> from datetime import UTC, timedelta
    >>> from unified_profile.rights.receipts import missing_in
    >>> said = ConsentRecord(
    ...     id="c1", source="web", occurred_at=datetime(2026, 1, 1, tzinfo=UTC), purpose="newsletter", state="given"
    ... )
    >>> receipt = iso_receipt(
    ...     [said],
    ...     id="r1",
    ...     principal="2026:77ab",
    ...     publisher="Kawa",
    ...     created=datetime(2026, 1, 2, tzinfo=UTC),
    ...     notice_id="news",
    ...     notice_version="3",
    ...     language="ja",
    ...     controller="Kawa",
    ...     storage_location="JP",
    ...     jurisdiction="JP",
    ...     withdrawal_method="https://kawa.example/consents",
    ...     data_categories=["email"],
    ...     retention=timedelta(days=730),
    ... )
    >>> IsoReceipt.from_json(receipt.to_json()) == receipt, missing_in(receipt.to_json())
    (True, ())

    Raises:
        InvalidInputError: If a field that 27560 requires is empty in a record and among *usual*; with its name.

    .. versionadded:: 0.1
    """
    fields = {one.name for one in attrs.fields(ConsentRecord)}
    for name in usual:
        if name not in fields:
            raise InvalidInputError(field=name, reason="no field of a consent record", hint="see ConsentRecord")
    filled = [
        attrs.evolve(one, **{name: value for name, value in usual.items() if getattr(one, name) in {"", (), None}})
        for one in records
    ]
    return IsoReceipt(id=id, principal=principal, publisher=publisher, created=created, records=filled)
