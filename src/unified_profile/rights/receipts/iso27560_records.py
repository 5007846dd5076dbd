"""One record of consent in the terms that the Data Privacy Vocabulary gives to ISO/IEC TS 27560: written, and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from unified_profile.model import ConsentRecord, ConsentState, Json
from unified_profile.rights.receipts.parts import Read, listed
from unified_profile.wire.consents import DPV_STATES
from unified_profile.wire.durations import duration, iso_duration
from unified_profile.wire.moments import instant, iso

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
_ONE_OF_OURS = {"up:source": "source", "up:channel": "channel", "up:brand": "brand"}


def record_form(record: ConsentRecord, principal: str, /) -> dict[str, Json]:
    """Return *record* as JSON-LD, with *principal* for the person."""
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


def same(form: Read, name: str, expected: object, /) -> None:
    """Take the field *name*, which has to be what the library writes there.

    Raises:
        InvalidInputError: If it is something else.
    """
    if form.take(name, (str, list, dict)) != expected:
        raise form.refuse(name, "another than ours")


def record_in(form: Read, /) -> tuple[str, ConsentRecord]:
    """Return who stands for the person, and the record that ``record_form`` wrote.

    Raises:
        InvalidInputError: With the path of the first field that is missing, of another kind, or not known.
    """
    same(form, "@type", ["dpv:ConsentRecord"])
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
    same(control, "@type", ["dpv:WithdrawConsent"])
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
    same(form, "@type", ["dpv:ConsentNotice"])
    fields = {
        "notice_id": form.take("dct:identifier", str),
        "notice_version": form.take("dct:hasVersion", str),
        "language": form.one("dct:language"),
        "notice_sha256": form.take("up:sha256", str, ""),
    }
    form.done()
    return fields


def _process(form: Read) -> dict[str, Any]:
    same(form, "@type", ["dpv:Process"])
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
    same(place, "@type", ["dpv:StorageLocation"])
    same(time, "@type", ["dpv:StorageDuration"])
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
