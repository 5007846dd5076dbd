"""Segment-spec calls together with the consent that they carry: the event, and what it says of the business's purposes.

Segment's libraries stamp every call with the preferences that the browser has stored, and send one call of its own when
somebody changes them. A stamp repeats; the change tells. Sources: Segment, "Consent in Segment Connections" (consent
object) and "Consent in Unify" (``Segment Consent Preference Updated``), segment.com/docs/privacy/consent-management.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import ConsentState, Event
from unified_profile.wire.door import Reader, calls_in
from unified_profile.wire.files import Rejected
from unified_profile.wire.json_values import parsed
from unified_profile.wire.platforms.segment_consent import SegmentConsent
from unified_profile.wire.rows import Told

PREFERENCE_UPDATED: Final = "Segment Consent Preference Updated"
"""The track call that Segment's libraries send when somebody changes the preferences."""


def calls_with_consent(
    calls: Iterable[Mapping[str, Any] | str | bytes],
    /,
    *,
    reader: Reader,
    purposes: Mapping[str, str],
    received_at: datetime,
    choosing: Collection[str] | None = (PREFERENCE_UPDATED,),
) -> Iterator[Told | Rejected]:
    """Yield the fact of each call, and after it a consent record for each of *purposes* that its consent speaks of.

    Hand what it yields to ``Hub.ingest``. The records tell of everybody whom the call names, from the moment of the
    call on. *purposes* gives the business's purpose of each category, as for ``SegmentConsent.facts``.

    Only the track calls named in *choosing* tell of a choice. On all others ``context.consent`` repeats what a browser
    has stored, perhaps from before a withdrawal somewhere else: there a refusal counts, and a yes makes no record.
    None: every call tells of a choice.

    What cannot be taken is yielded as ``Rejected``, for the quarantine: a call that is none, and beside the fact of its
    call a consent object of another shape, one that tells of nobody, or none where a choice is told. A batch is
    unwrapped, a CloudEvent looked into.

    >>> from datetime import UTC
    >>> call = {"type": "track", "event": "Segment Consent Preference Updated", "anonymousId": "a", "messageId": "m1"}
    >>> call["context"] = {"consent": {"categoryPreferences": {"C0002": True}}}
    >>> event, record = calls_with_consent(
    ...     [call],
    ...     reader=Reader(source="web"),
    ...     purposes={"C0002": "analytics"},
    ...     received_at=datetime(2026, 5, 1, tzinfo=UTC),
    ... )
    >>> event.name, record.purpose, record.state.value
    ('Segment Consent Preference Updated', 'analytics', 'given')

    .. versionadded:: 0.1
    """
    for line, payload in enumerate(calls, 1):
        try:
            text = isinstance(payload, (str, bytes))
            whole: Any = parsed(payload, limits=reader.limits) if text else payload  # type: ignore[arg-type]  # is text
            found = list(calls_in(whole))
        except InvalidPayloadError as error:
            yield Rejected(line, _raw(payload), error)
            continue
        for call in found:
            try:
                fact = reader.read(call, received_at=received_at)
            except InvalidPayloadError as error:
                yield Rejected(line, _raw(call), error)
                continue
            yield fact
            if not isinstance(fact, Event):
                continue
            try:
                consent, chosen = _consent_of(call, fact, reader, choosing)
            except InvalidPayloadError as error:
                yield Rejected(line, _raw(call), error)
                continue
            if consent is None:
                continue
            records = consent.facts(
                source=reader.source, tenant=reader.tenant, brand=fact.brand, subject=fact.identifiers,
                received_at=received_at, expressed_at=fact.occurred_at, purposes=purposes,
            )  # fmt: skip
            yield from (one for one in records if chosen or one.state is ConsentState.REFUSED)


_AT: Final = "context.consent"


def _consent_of(
    payload: Mapping[str, Any], event: Event, reader: Reader, choosing: Collection[str] | None
) -> tuple[SegmentConsent | None, bool]:
    """Return the consent object of a call, and whether the call tells of a choice."""
    call = payload.get("data") if "specversion" in payload else payload
    if isinstance(call, (str, bytes)):
        call = parsed(call, limits=reader.limits)
    context = call.get("context") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping):
        return None, False
    said = context.get("consent") if isinstance(context, Mapping) else None
    named = choosing is not None and call.get("type") == "track" and call.get("event") in choosing
    if said in (None, {}) and not named:
        return None, False
    if not event.identifiers:
        raise InvalidPayloadError(field=_AT, reason="tells of nobody", hint="send anonymousId or userId")
    try:
        consent = SegmentConsent.of_call(call)
    except InvalidPayloadError as error:
        field = error.field if error.field.startswith(_AT) else f"{_AT}.{error.field}"
        told = InvalidPayloadError(field=field, reason=error.reason, hint=error.hint)
    else:
        return consent, choosing is None or named
    raise told


def _raw(payload: object) -> str:
    """Return a call as text, so that it can be read again after a fix."""
    if isinstance(payload, bytes):
        return payload.decode("utf-8", "replace")
    if isinstance(payload, str):
        return payload
    try:
        return json.dumps(payload, default=str)
    except (TypeError, ValueError, RecursionError):
        return ""
