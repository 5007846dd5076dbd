"""What has to stay of somebody who is erased: facts under a legal hold, and proof of consents without the person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

import attrs

from unified_profile.model import ConsentRecord, Fact, Json
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.rights.retention import LegalHold

_PROVES = (
    "purpose", "channel", "brand", "controller", "legal_basis", "notice_id", "notice_version", "notice_sha256",
    "language", "jurisdiction", "method", "withdrawal_method", "collection_method", "schema_version",
)  # fmt: skip
"""What a proof needs (GDPR Art. 7(1)): what was agreed to, under which notice, how. Not by whom, and no evidence."""

_LISTS = ("data_categories", "special_categories", "recipients", "joint_controllers")


@closed
@attrs.frozen
class HeldFact(Closed):
    """A fact that a legal hold keeps after an erasure, in restricted state: no view, fold, segment or metric has it.

    .. versionadded:: 0.1
    """

    hold: str
    erasure: str
    fact: Fact = attrs.field(repr=hidden)
    until: datetime | None = None


@attrs.frozen
class ConsentProof:
    """That a consent was expressed by somebody who was erased since: found by whoever names the identifier.

    .. versionadded:: 0.1
    """

    id: str
    state: str
    expressed_at: datetime
    recorded_at: datetime
    said: Mapping[str, Json]
    until: datetime | None = None


def minimised(fact: ConsentRecord, /) -> str:
    """Return the JSON text that proves *fact* without naming anybody: no identifier, no evidence, no free text."""
    body: dict[str, Json] = {name: value for name in _PROVES if (value := getattr(fact, name))}
    body |= {name: list(value) for name in _LISTS if (value := getattr(fact, name))}
    body["state"] = fact.state.value
    body["expressed_at"] = fact.expressed_at.isoformat()
    body["recorded_at"] = (fact.recorded_at or fact.occurred_at).isoformat()
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def proof_of(id_: str, text: str, until: datetime | None, /) -> ConsentProof:
    """Return the proof that ``minimised`` wrote."""
    body = json.loads(text)
    state, expressed, recorded = (body.pop(name) for name in ("state", "expressed_at", "recorded_at"))
    return ConsentProof(id_, state, datetime.fromisoformat(expressed), datetime.fromisoformat(recorded), body, until)


def longest(holds: tuple[LegalHold, ...], /) -> LegalHold:
    """Return the hold of *holds* that ends last; one without an end before all others."""
    endless = [hold for hold in holds if hold.until is None]
    return endless[0] if endless else max(holds, key=lambda hold: (hold.until, hold.id))
