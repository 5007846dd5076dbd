"""Receipts as JSON-LD, in the terms that the Data Privacy Vocabulary gives to ISO/IEC TS 27560.

The structure follows the DPV's guide to 27560 (w3id.org/dpv/guides/consent-27560). Whatever there can be several of is
an array, also where there is one: most readers drop a key that is repeated without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model import ConsentRecord, ConsentState, Json
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.model.soundness import sound, soundly_made
from unified_profile.model.times import aware
from unified_profile.rights.parties import texted
from unified_profile.rights.receipts.parts import Read, listed
from unified_profile.wire.consents import DPV_STATES
from unified_profile.wire.durations import duration, iso_duration
from unified_profile.wire.moments import instant, iso

RECEIPT = "https://w3id.org/dpv/schema/dpv-27560#receipt"
CONTEXT: dict[str, Json] = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "schema": "https://schema.org/",
    "up": "urn:unified-profile:",
}
MANDATORY: Mapping[str, str] = {
    "schema version": "dct:hasVersion",
    "record id": "dct:identifier",
    "pii principal id": "dpv:hasDataSubject dct:identifier",
    "privacy notice": "dpv:hasNotice dct:identifier",
    "language": "dpv:hasNotice dct:language",
    "purpose": "dpv:hasProcess dpv:hasPurpose",
    "pii information": "dpv:hasProcess dpv:hasPersonalData",
    "pii controllers": "dpv:hasDataController",
    "recipient third parties": "dpv:hasProcess dpv:hasRecipient",
    "storage locations": "dpv:hasProcess dpv:hasStorageCondition dpv:hasLocation",
    "retention period": "dpv:hasProcess dpv:hasStorageCondition dpv:hasDuration",
    "jurisdiction": "dpv:hasJurisdiction",
    "withdrawal method": "dpv:hasConsentControl dpv:isExercisedAt",
    "event": "dpv:hasConsentStatus @type",
    "event time": "dpv:hasConsentStatus dpv:isIndicatedAtTime",
}
"""The fields that 27560 requires of a record, and where they stand in ours."""

_STATES: Mapping[str, ConsentState] = {**DPV_STATES, "up:pendingConfirmation": ConsentState.PENDING_CONFIRMATION}
_STATE_NAMES = {state: name for name, state in _STATES.items()}
_BASES = {
    "consent": "eu-gdpr:A6-1-a", "contract": "eu-gdpr:A6-1-b", "legal_obligation": "eu-gdpr:A6-1-c",
    "vital_interests": "eu-gdpr:A6-1-d", "public_task": "eu-gdpr:A6-1-e", "legitimate_interests": "eu-gdpr:A6-1-f",
}  # fmt: skip
_BASIS_OF = {name: basis for basis, name in _BASES.items()}
_NEEDED = (
    "schema_version", "notice_id", "notice_version", "language", "controller", "storage_location", "jurisdiction",
    "withdrawal_method",
)  # fmt: skip
_ONE_OF_OURS = {"up:source": "source", "up:channel": "channel", "up:brand": "brand"}


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
            "dpv:hasRecordOfActivity": [_record(one, self.principal) for one in self.records],
        }

    @classmethod
    def from_json(cls, form: object, /) -> IsoReceipt:
        """Return the receipt of a JSON form that ``to_json`` wrote: exactly what it was made from.

        Raises:
            InvalidInputError: With the path of the first field that is missing, of another kind, or not known.
        """
        whole = Read(form, "receipt")
        _same(whole, "@context", CONTEXT)
        _same(whole, "@type", ["dpv:ConsentReceipt"])
        _same(whole, "dct:conformsTo", [RECEIPT])
        _same(whole, "schema:recipient", ["dpv:DataSubject"])
        name = whole.take("dct:identifier", str)
        _same(whole, "@id", f"urn:unified-profile:receipt:{name}")
        created, publisher = whole.take("dct:created", str), whole.one("dct:publisher")
        found = [_record_in(one) for one in whole.each("dpv:hasRecordOfActivity")]
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


def _record(record: ConsentRecord, principal: str) -> dict[str, Json]:
    data = [
        *(_data("dpv:PersonalData", one, "dpv:Required") for one in record.data_categories),
        *(_data("dpv:SpecialCategoryPersonalData", one, "dpv:Required") for one in record.special_categories),
        *(_data("dpv:PersonalData", one, "dpv:Optional") for one in record.optional_categories),
    ]
    length = timedelta(0) if record.retention is None else record.retention
    process: dict[str, Json] = {
        "@type": ["dpv:Process"],
        "dpv:hasPurpose": [record.purpose],
        "dpv:hasLegalBasis": [_BASES.get(record.legal_basis, f"up:{record.legal_basis}")],
        "dpv:hasPersonalData": _objects(data),
        "dpv:hasProcessing": listed(record.operations),
        "dpv:hasRecipient": listed(record.recipients),
        "dpv:hasDataSource": listed(filter(None, [record.collection_method])),
        "dpv:hasStorageCondition": [
            {"@type": ["dpv:StorageLocation"], "dpv:hasLocation": [record.storage_location]},
            {"@type": ["dpv:StorageDuration"], "dpv:hasDuration": [iso_duration(length)]},
        ],
    }
    notice: dict[str, Json] = {
        "@type": ["dpv:ConsentNotice"],
        "dct:identifier": record.notice_id,
        "dct:hasVersion": record.notice_version,
        "dct:language": [record.language],
    }
    if record.notice_sha256:
        notice["up:sha256"] = record.notice_sha256
    form: dict[str, Json] = {
        "@type": ["dpv:ConsentRecord"],
        "dct:identifier": record.id,
        "dct:hasVersion": record.schema_version,
        "dpv:hasDataSubject": [{"dct:identifier": principal}],
        "dpv:hasDataController": _objects([
            {"@type": ["dpv:DataController"], "dct:title": record.controller},
            *({"@type": ["dpv:JointDataControllers"], "dct:title": one} for one in record.joint_controllers),
        ]),
        "dpv:hasJurisdiction": [record.jurisdiction],
        "dpv:hasNotice": [notice],
        "dpv:hasProcess": [process],
        "dpv:hasConsentControl": [
            {"@type": ["dpv:WithdrawConsent"], "dpv:isExercisedAt": [record.withdrawal_method]}
        ],
        "dpv:hasConsentStatus": [_status(record)],
    }  # fmt: skip
    form |= {name: getattr(record, field) for name, field in _ONE_OF_OURS.items()}
    if record.recorded_at is not None:
        form["up:recordedAt"] = iso(record.recorded_at)
    return form


def _objects(found: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Return objects as a JSON list."""
    return [dict(one) for one in found]


def _data(kind: str, name: str, necessity: str) -> dict[str, Json]:
    return {"@type": [kind], "dct:title": name, "dpv:hasNecessity": [necessity]}


def _status(record: ConsentRecord) -> dict[str, Json]:
    status: dict[str, Json] = {
        "@type": [_STATE_NAMES[record.state]],
        "dpv:isIndicatedAtTime": iso(record.occurred_at),
        "dpv:isIndicatedBy": [record.expressed_by],
    }
    if record.method:
        status["dpv:hasIndicationMethod"] = [record.method]
    if record.duration is not None:
        status["dpv:hasDuration"] = [iso_duration(record.duration)]
    return status


def _same(form: Read, name: str, expected: object) -> None:
    if form.take(name, (str, list, dict)) != expected:
        raise form.refuse(name, "another than ours")


def _record_in(form: Read) -> tuple[str, ConsentRecord]:
    _same(form, "@type", ["dpv:ConsentRecord"])
    fields: dict[str, Any] = {
        "id": form.take("dct:identifier", str),
        "schema_version": form.take("dct:hasVersion", str),
        "jurisdiction": form.one("dpv:hasJurisdiction"),
    }
    fields |= {field: form.take(name, str) for name, field in _ONE_OF_OURS.items()}
    recorded = form.take("up:recordedAt", str, None)
    fields["recorded_at"] = None if recorded is None else instant(recorded, field="receipt.up:recordedAt")
    subject = _single(form, "dpv:hasDataSubject")
    principal = subject.take("dct:identifier", str)
    subject.done()
    fields |= _controllers(form) | _notice(_single(form, "dpv:hasNotice")) | _process(_single(form, "dpv:hasProcess"))
    control = _single(form, "dpv:hasConsentControl")
    _same(control, "@type", ["dpv:WithdrawConsent"])
    fields["withdrawal_method"] = control.one("dpv:isExercisedAt")
    control.done()
    fields |= _said(_single(form, "dpv:hasConsentStatus"))
    form.done()
    return principal, ConsentRecord(**fields)


def _single(form: Read, name: str) -> Read:
    found = form.each(name)
    if len(found) != 1:
        raise form.refuse(name, "not exactly one")
    return found[0]


def _controllers(form: Read) -> dict[str, Any]:
    names: dict[str, list[str]] = {"dpv:DataController": [], "dpv:JointDataControllers": []}
    for one in form.each("dpv:hasDataController"):
        kind = one.one("@type")
        if kind not in names:
            raise one.refuse("@type", "not a known one")
        names[kind].append(one.take("dct:title", str))
        one.done()
    if len(names["dpv:DataController"]) != 1:
        raise form.refuse("dpv:hasDataController", "not exactly one")
    return {"controller": names["dpv:DataController"][0], "joint_controllers": names["dpv:JointDataControllers"]}


def _notice(form: Read) -> dict[str, Any]:
    _same(form, "@type", ["dpv:ConsentNotice"])
    fields = {
        "notice_id": form.take("dct:identifier", str),
        "notice_version": form.take("dct:hasVersion", str),
        "language": form.one("dct:language"),
        "notice_sha256": form.take("up:sha256", str, ""),
    }
    form.done()
    return fields


def _process(form: Read) -> dict[str, Any]:
    _same(form, "@type", ["dpv:Process"])
    basis = form.one("dpv:hasLegalBasis")
    fields: dict[str, Any] = {
        "purpose": form.one("dpv:hasPurpose"),
        "legal_basis": _BASIS_OF.get(basis, basis.removeprefix("up:")),
        "operations": form.names("dpv:hasProcessing"),
        "recipients": form.names("dpv:hasRecipient"),
        "collection_method": form.one("dpv:hasDataSource"),
    }
    kept: dict[tuple[str, str], list[str]] = {
        ("dpv:PersonalData", "dpv:Required"): [],
        ("dpv:SpecialCategoryPersonalData", "dpv:Required"): [],
        ("dpv:PersonalData", "dpv:Optional"): [],
    }
    for one in form.each("dpv:hasPersonalData"):
        kind = one.one("@type"), one.one("dpv:hasNecessity")
        if kind not in kept:
            raise one.refuse("@type", "not a known one")
        kept[kind].append(one.take("dct:title", str))
        one.done()
    fields |= zip(("data_categories", "special_categories", "optional_categories"), kept.values(), strict=True)
    conditions = form.each("dpv:hasStorageCondition")
    if len(conditions) != 2:  # a place and a time
        raise form.refuse("dpv:hasStorageCondition", "not a place and a time")
    place, time = conditions
    _same(place, "@type", ["dpv:StorageLocation"])
    _same(time, "@type", ["dpv:StorageDuration"])
    fields["storage_location"] = place.one("dpv:hasLocation")
    fields["retention"] = duration(time.one("dpv:hasDuration"), field="receipt.dpv:hasDuration")
    for each in (place, time, form):
        each.done()
    return fields


def _said(form: Read) -> dict[str, Any]:
    state = _STATES.get(form.one("@type"))
    if state is None:
        raise form.refuse("@type", "not a known state")
    length = form.one("dpv:hasDuration", []) or None
    fields = {
        "state": state,
        "occurred_at": instant(form.take("dpv:isIndicatedAtTime", str), field="receipt.dpv:isIndicatedAtTime"),
        "expressed_by": form.one("dpv:isIndicatedBy"),
        "method": form.one("dpv:hasIndicationMethod", []),
        "duration": None if length is None else duration(length, field="receipt.dpv:hasDuration"),
    }
    form.done()
    return fields


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

    >>> from datetime import UTC
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


def missing_in(form: object, /) -> tuple[str, ...]:
    """Return the fields that 27560 requires and some record of the receipt *form* lacks, by their names there.

    .. versionadded:: 0.1
    """
    records = form.get("dpv:hasRecordOfActivity") if isinstance(form, Mapping) else None
    if not isinstance(records, list) or not records:
        return tuple(MANDATORY)
    return tuple(name for name, path in MANDATORY.items() if not all(_stands(path.split(" "), one) for one in records))


def _stands(path: list[str], at: object) -> bool:
    """Say whether something stands at *path* of *at*, in some object of each list on the way."""
    if isinstance(at, list):
        return any(_stands(path, one) for one in at)
    if not isinstance(at, Mapping) or path[0] not in at:
        return False
    inner = at[path[0]]
    if len(path) > 1:
        return _stands(path[1:], inner)
    # An empty list of recipients says that there are none, which is an answer.
    return path[0] == "dpv:hasRecipient" or inner not in ("", [], {}, None)
