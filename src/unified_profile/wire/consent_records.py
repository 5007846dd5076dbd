"""Consent records in JSON by the names of ISO/IEC TS 27560, as the Data Privacy Vocabulary (DPV) writes them.

The names follow table 7.2 of the DPV's guide to 27560. Lists are written where the guide repeats keys, because JSON
parsers drop repeated keys without a word. What the DPV has no name for keeps ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from unified_profile.model import ConsentRecord, ConsentState, Json
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.wire.consents import DPV_STATES
from unified_profile.wire.durations import duration, iso_duration
from unified_profile.wire.forms import Form, identifier_form
from unified_profile.wire.moments import iso, local_instant

_STATE_NAMES = {state: name for name, state in DPV_STATES.items()} | {
    ConsentState.PENDING_CONFIRMATION: "pending_confirmation"
}
_STATES = {name: state for state, name in _STATE_NAMES.items()}
_CONTROLLER, _JOINT = "dpv:DataController", "dpv:JointDataControllers"
_DATA, _SPECIAL = "dpv:PersonalData", "dpv:SpecialCategoryPersonalData"
_OPTIONAL = "dpv:Optional"
_PLAIN = {
    "dct:conformsTo": "schema_version",
    "dct:language": "language",
    "dpv:hasLegalBasis": "legal_basis",
    "dpv:hasDataSource": "collection_method",
    "dpv:hasJurisdiction": "jurisdiction",
    "brand": "brand",
    "channel": "channel",
}
_USUAL = {"schema_version": "27560:2023", "legal_basis": "consent", "channel": "any"}


def consent_form(record: ConsentRecord, /) -> dict[str, Json]:
    """Return *record* as a JSON object by DPV names; what has its usual value is left out, but for the schema.

    >>> from datetime import UTC
    >>> form = consent_form(
    ...     ConsentRecord(
    ...         id="r1",
    ...         source="consent",
    ...         occurred_at=datetime(2026, 1, 31, tzinfo=UTC),
    ...         purpose="newsletter",
    ...         state=ConsentState.GIVEN,
    ...         duration=timedelta(days=180),
    ...     )
    ... )
    >>> form["dpv:hasConsentStatus"]
    [{'@type': 'dpv:ConsentGiven', 'dpv:isIndicatedAtTime': '2026-01-31T00:00:00Z', 'dpv:hasDuration': 'P180D'}]
    """
    form: dict[str, Json] = {"dct:identifier": record.id, "source": record.source}
    for name, field in _PLAIN.items():
        value = getattr(record, field)
        if field == "schema_version" or value != _USUAL.get(field, ""):
            form[name] = value
    lists: dict[str, list[Json]] = {
        "dpv:hasDataSubject": [identifier_form(identifier) for identifier in record.identifiers],
        "dpv:hasPersonalData": [
            *_typed(_DATA, record.data_categories),
            *_typed(_SPECIAL, record.special_categories),
            *({**item, "dpv:hasNecessity": _OPTIONAL} for item in _typed(_DATA, record.optional_categories)),
        ],
        "dpv:hasProcessing": list(record.operations),
        "dpv:hasDataController": [
            *_typed(_CONTROLLER, filter(None, [record.controller])),
            *_typed(_JOINT, record.joint_controllers),
        ],
        "dpv:hasRecipient": list(record.recipients),
        "dpv:hasStorageCondition": _storage(record),
        "dpv:hasConsentControl": [
            {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": record.withdrawal_method}
        ] if record.withdrawal_method else [],
        "dpv:hasConsentStatus": [_status(record)],
    }  # fmt: skip
    form |= {name: items for name, items in lists.items() if items}
    form["dpv:hasPurpose"] = record.purpose
    notice = {
        "dct:identifier": record.notice_id,
        "dct:hasVersion": record.notice_version,
        "sha256": record.notice_sha256,
    }
    if any(notice.values()):
        form["dpv:hasNotice"] = {name: text for name, text in notice.items() if text}
    if record.tenant != DEFAULT_TENANT:
        form["tenant"] = record.tenant
    if record.recorded_at is not None:
        form["recorded_at"] = iso(record.recorded_at)
    return form


def _typed(kind: str, names: Iterable[str]) -> list[dict[str, Json]]:
    return [{"@type": kind, "rdf:value": name} for name in names]


def _storage(record: ConsentRecord) -> list[Json]:
    conditions: list[Json] = []
    if record.storage_location:
        conditions.append({"@type": "dpv:StorageLocation", "dpv:hasLocation": record.storage_location})
    if record.retention is not None:
        conditions.append({"@type": "dpv:StorageDuration", "dpv:hasDuration": iso_duration(record.retention)})
    return conditions


def _status(record: ConsentRecord) -> Json:
    status: dict[str, Json] = {
        "@type": _STATE_NAMES[record.state],
        "dpv:isIndicatedAtTime": iso(record.occurred_at),
    }
    if record.duration is not None:
        status["dpv:hasDuration"] = iso_duration(record.duration)
    if record.expressed_by != "subject":
        status["dpv:isIndicatedBy"] = record.expressed_by
    if record.method:
        status["dpv:hasIndicationMethod"] = record.method
    if record.evidence_ref:
        status["evidence_ref"] = record.evidence_ref
    return status


def consent_fields(content: dict[str, Any], /) -> dict[str, Any]:
    """Return the fields of the consent record whose form is *content*.

    Raises:
        InvalidPayloadError: With the path of the first field that is not as ``consent_form`` writes it.
    """
    form = Form(content)
    fields: dict[str, Any] = {field: form.text(name, _USUAL.get(field, "")) for name, field in _PLAIN.items()}
    fields |= {
        "id": form.text("dct:identifier"),
        "source": form.text("source"),
        "tenant": form.text("tenant", DEFAULT_TENANT),
        "recorded_at": form.moment("recorded_at"),
        "purpose": form.text("dpv:hasPurpose"),
        "operations": form.texts("dpv:hasProcessing"),
        "recipients": form.texts("dpv:hasRecipient"),
        "identifiers": tuple(part.identifier() for part in form.each("dpv:hasDataSubject")),
    }
    fields |= _said(form)
    fields |= _data(form)
    fields |= _keeping(form, fields["occurred_at"])
    notice = form.inner("dpv:hasNotice")
    fields["notice_id"] = notice.text("dct:identifier", "")
    fields["notice_version"] = notice.text("dct:hasVersion", "")
    fields["notice_sha256"] = notice.text("sha256", "")
    notice.done()
    for control in form.each("dpv:hasConsentControl"):
        _of_kind(control, "dpv:WithdrawConsent")
        fields["withdrawal_method"] = control.text("dpv:isExercisedAt")
        control.done()
    form.done()
    return fields


def _of_kind(form: Form, *kinds: str) -> str:
    kind = form.text("@type")
    if kind in kinds:
        return kind
    raise form.refuse("@type", "not a known one", "one of " + ", ".join(kinds))


def _said(form: Form) -> dict[str, Any]:
    """Return what was expressed, when, by whom and how."""
    found = form.each("dpv:hasConsentStatus")
    if len(found) != 1:
        raise form.refuse("dpv:hasConsentStatus", "not exactly one", "send one record for each expression")
    status = found[0]
    field = status.field("dpv:isIndicatedAtTime")
    said_at = local_instant(status.take("dpv:isIndicatedAtTime"), field=field)
    length = status.take("dpv:hasDuration")
    fields = {
        "state": _STATES[_of_kind(status, *_STATES)],
        "occurred_at": said_at,
        "duration": _length(length, status, said_at),
        "expressed_by": status.text("dpv:isIndicatedBy", "subject"),
        "method": status.text("dpv:hasIndicationMethod", ""),
        "evidence_ref": status.text("evidence_ref", ""),
    }
    status.done()
    return fields


def _length(value: Any, form: Form, since: datetime) -> timedelta | None:
    return None if value is None else duration(value, field=form.field("dpv:hasDuration"), since=since)


def _data(form: Form) -> dict[str, Any]:
    """Return the categories of data, and who answers for them."""
    found: dict[str, list[str]] = {"data_categories": [], "special_categories": [], "optional_categories": []}
    for item in form.each("dpv:hasPersonalData"):
        kind = _of_kind(item, _DATA, _SPECIAL)
        optional = item.text("dpv:hasNecessity", "dpv:Required") == _OPTIONAL
        name = "optional_categories" if optional else "special_categories" if kind == _SPECIAL else "data_categories"
        found[name].append(item.text("rdf:value"))
        item.done()
    fields: dict[str, Any] = {name: tuple(items) for name, items in found.items()}
    joint = []
    for item in form.each("dpv:hasDataController"):
        if _of_kind(item, _CONTROLLER, _JOINT) == _JOINT:
            joint.append(item.text("rdf:value"))
        else:
            fields["controller"] = item.text("rdf:value")
        item.done()
    return {**fields, "joint_controllers": tuple(joint)}


def _keeping(form: Form, since: datetime) -> dict[str, Any]:
    """Return where the data is kept, and for how long."""
    fields: dict[str, Any] = {}
    for item in form.each("dpv:hasStorageCondition"):
        if _of_kind(item, "dpv:StorageLocation", "dpv:StorageDuration") == "dpv:StorageLocation":
            fields["storage_location"] = item.text("dpv:hasLocation")
        else:
            fields["retention"] = _length(item.take("dpv:hasDuration"), item, since)
        item.done()
    return fields
