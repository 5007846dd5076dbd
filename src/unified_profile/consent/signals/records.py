"""From a signal to facts: one consent record for each purpose of the business that the signal speaks of.

The rules: a grant needs a yes to everything that the purpose needs; one no refuses it. A yes that cannot be relied on,
and a signal that cannot be read, say ``unknown``: that ends what was granted before, and grants nothing. What is merely
not opted out of is not said at all. So a signal can take away more than it should, and never give.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta
from typing import Any, Final

import attrs

from unified_profile.consent.signals.answers import Answer, strictest
from unified_profile.consent.signals.gpc import GPC
from unified_profile.consent.signals.gpp import GPPString
from unified_profile.consent.signals.meanings import DEFAULT_MEANINGS, Meaning
from unified_profile.consent.signals.sections import Section
from unified_profile.consent.signals.statements import Judging, Signal, statement
from unified_profile.consent.signals.tcf import TCString
from unified_profile.consent.signals.tcf_rules import POLICY_VERSIONS
from unified_profile.consent.signals.usp import USPrivacy
from unified_profile.consent.signals.vendor_list import VendorList
from unified_profile.errors import InvalidSignalError
from unified_profile.model import ConsentRecord, ConsentState, Identifier
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.model.redaction import hidden
from unified_profile.model.times import aware

VALID_FOR: Final = timedelta(days=396)
"""How long a TC string's consent holds by default: 13 months, after which the TCF policies want it asked for again."""
_STATES: Final = {
    Answer.YES: ConsentState.GIVEN,
    Answer.NO: ConsentState.REFUSED,
    Answer.UNKNOWN: ConsentState.UNKNOWN,
}
_DAY: Final = timedelta(days=1, microseconds=-1)


@attrs.frozen(kw_only=True)
class Evidence:
    """What a record rests on: the string itself, its scheme and version, and for the TCF the lists that it was made by.

    .. versionadded:: 0.1
    """

    scheme: str
    version: int
    vendor_list_version: int | None = None
    policy_version: int | None = None
    string: str = attrs.field(default="", repr=hidden)

    def __str__(self) -> str:
        """Return the text that stands in ``evidence_ref``."""
        extra = ""
        if self.vendor_list_version is not None:
            extra = f";vendor_list={self.vendor_list_version};policy={self.policy_version}"
        return f"{self.scheme};version={self.version}{extra};{self.string}"


def evidence_of(record: ConsentRecord, /) -> Evidence | None:
    """Return the evidence of a record that ``consent_records`` made; None if it rests on something else.

    .. versionadded:: 0.1
    """
    found = _EVIDENCE.match(record.evidence_ref)
    if found is None:
        return None
    scheme, version, listed, policy, string = found.groups()
    return Evidence(
        scheme=scheme,
        version=int(version),
        vendor_list_version=None if listed is None else int(listed),
        policy_version=None if policy is None else int(policy),
        string=string,
    )


_EVIDENCE: Final = re.compile(
    r"(iab_tcf|iab_gpp|us_privacy|gpc);version=(\d{1,9})(?:;vendor_list=(\d{1,9});policy=(\d{1,9}))?;([^;]*)\Z",
    re.ASCII,
)


def consent_records(
    signal: Signal | InvalidSignalError,
    /,
    *,
    subject: Identifier | Iterable[Identifier],
    source: str,
    received_at: datetime,
    meanings: Iterable[Meaning] = DEFAULT_MEANINGS,
    brand: str = "",
    controller: str = "",
    jurisdiction: str = "",
    notice: tuple[str, str] | None = None,
    tenant: str = DEFAULT_TENANT,
    expressed_at: datetime | None = None,
    valid_for: timedelta | None = VALID_FOR,
    policy_versions: Collection[int] = POLICY_VERSIONS,
    vendor_list: VendorList | None = None,
) -> tuple[ConsentRecord, ...]:
    """Return what *signal* says of the business's purposes, as facts for the ledger.

    *subject* is the device or person that it came from; an opt-out stays with it, whomever it is merged with. Records
    have the same ids when the same signal is told again of the same subject with the same moment.

    A TC string says itself when it was last changed, mostly to the day. A grant counts from the beginning of that day,
    a refusal from its end, so that of two choices of one day the refusal stands. Other signals count from
    *received_at*. *expressed_at* overrides both. Consent by a TC string holds for *valid_for*; None means without end.

    The error of a decoder can be handed in instead of a signal: then everything that this kind of signal could have
    granted is unknown.

    >>> from datetime import UTC
    >>> from unified_profile.consent.signals.gpc import decode_gpc
    >>> now = datetime(2026, 5, 1, tzinfo=UTC)
    >>> found = consent_records(decode_gpc("1"), subject=Identifier("device", "d1"), source="web", received_at=now)
    >>> {one.state.value for one in found}, [one.purpose for one in found]
    ({'refused'}, ['signal:opt_out', 'data_sale', 'data_sharing', 'personalized_advertising'])

    Raises:
        InvalidFactError: If a time has no time zone, or a fact cannot be made of the rest.

    .. versionadded:: 0.1
    """
    received = aware(received_at, field="received_at")
    people = (subject,) if isinstance(subject, Identifier) else tuple(subject)
    judging = Judging(at=received, policy_versions=policy_versions, vendor_list=vendor_list)
    said = None if expressed_at is None else aware(expressed_at, field="expressed_at")
    shared: dict[str, Any] = {
        "source": source, "tenant": tenant, "identifiers": people, "brand": brand, "controller": controller,
        "jurisdiction": jurisdiction, "recorded_at": received,
    }  # fmt: skip
    found = []
    for meaning in meanings:
        answer = _answer(signal, meaning, judging)
        if answer is Answer.UNSAID:
            continue
        fields = {**shared, **_fields(signal, meaning, answer, received=received, said=said, valid_for=valid_for)}
        if notice is not None:
            fields["notice_id"], fields["notice_version"] = notice
        found.append(ConsentRecord(id=_id(fields), **fields))
    return tuple(found)


def _answer(signal: Signal | InvalidSignalError, meaning: Meaning, judging: Judging) -> Answer:
    if isinstance(signal, InvalidSignalError):
        return Answer.UNKNOWN if meaning.schemes & _schemes_of(signal) else Answer.UNSAID
    said = [statement(signal, name, judging) for name in meaning.needs]
    if all(one is Answer.UNSAID for one in said):
        return Answer.UNSAID
    worst = strictest(*said)
    # Where only a part of what is needed was said, the rest cannot be taken for granted.
    return Answer.UNKNOWN if worst is Answer.UNSAID else worst


def _schemes_of(error: InvalidSignalError) -> frozenset[str]:
    """Return which kinds of statement a broken signal could have made."""
    head = error.field.partition(".")[0]
    return {
        "tcf": frozenset({"tcf"}), "uspv1": frozenset({"us"}), "gpc": frozenset({"us"}),
    }.get(head, frozenset({"tcf", "tcfca", "us"}))  # fmt: skip


def _fields(
    signal: Signal | InvalidSignalError,
    meaning: Meaning,
    answer: Answer,
    *,
    received: datetime,
    said: datetime | None,
    valid_for: timedelta | None,
) -> dict[str, Any]:
    """Return the fields of a record that depend on the signal."""
    tc = _tc_of(signal) if meaning.schemes == {"tcf"} else _canada_of(signal) if meaning.schemes == {"tcfca"} else None
    fields: dict[str, Any] = {
        "purpose": meaning.purpose,
        "channel": meaning.channel,
        "state": _STATES[answer],
        "occurred_at": received if said is None else said,
        "evidence_ref": str(_evidence(signal)),
        "method": _method(signal),
        "special_categories": tuple(
            name.removeprefix("us.sensitive.") for name in meaning.needs if name.startswith("us.sensitive.")
        ),
    }
    if tc is not None:
        fields |= tc.notice
        if said is None and answer is not Answer.UNKNOWN:
            fields["occurred_at"] = _moment(tc.last_updated, received, latest=answer is Answer.NO)
        if answer is Answer.YES:
            fields["duration"] = valid_for
    return fields


@attrs.frozen
class _Choice:
    """When a TC string was last changed, and by which notice."""

    last_updated: datetime
    notice: dict[str, str]


def _tc_in(signal: object) -> TCString | None:
    if isinstance(signal, GPPString):
        return signal.tc
    return signal if isinstance(signal, TCString) else None


def _tc_of(signal: object) -> _Choice | None:
    tc = _tc_in(signal)
    if tc is None:
        return None
    return _Choice(
        tc.last_updated,
        {
            "notice_id": f"iab_cmp_{tc.cmp_id}",
            "notice_version": f"{tc.cmp_version}.{tc.consent_screen}",
            "language": tc.consent_language.lower(),
        },
    )


def _canada_of(signal: object) -> _Choice | None:
    sections = signal.sections if isinstance(signal, GPPString) else ()
    found = next((one for one in sections if one.id == 5 and isinstance(one, Section)), None)
    if found is None:
        return None
    return _Choice(
        found["LastUpdated"],
        {
            "notice_id": f"iab_cmp_{found['CmpId']}",
            "notice_version": f"{found['CmpVersion']}.{found['ConsentScreen']}",
            "language": found["ConsentLanguage"].lower(),
        },
    )


def _moment(changed: datetime, received: datetime, *, latest: bool) -> datetime:
    """Return when a choice was made; what is dated to the day alone, at the day's *latest* or first moment."""
    if latest and changed.timetz().replace(tzinfo=None) == time(0):
        changed += _DAY
    return min(changed, received)


def _evidence(signal: Signal | InvalidSignalError) -> Evidence:
    if isinstance(signal, InvalidSignalError):
        # A broken string is not kept: nobody knows what it holds. Where it broke is.
        scheme = {"tcf": "iab_tcf", "uspv1": "us_privacy", "gpc": "gpc"}.get(signal.field.partition(".")[0], "iab_gpp")
        return Evidence(scheme=scheme, version=0, string=f"unreadable: {signal.code}")
    if isinstance(signal, GPC):
        return Evidence(scheme="gpc", version=1, string=signal.encode())
    if isinstance(signal, USPrivacy):
        return Evidence(scheme="us_privacy", version=1, string=signal.encode())
    tc = _tc_in(signal)
    return Evidence(
        scheme="iab_tcf" if isinstance(signal, TCString) else "iab_gpp",
        version=signal.version if isinstance(signal, TCString) else 1,
        vendor_list_version=None if tc is None else tc.vendor_list_version,
        policy_version=None if tc is None else tc.policy_version,
        string=signal.encode(),
    )


def _method(signal: Signal | InvalidSignalError) -> str:
    if isinstance(signal, GPC):
        return f"gpc_{signal.via}"
    if isinstance(signal, InvalidSignalError):
        return "unreadable_signal"
    # The evidence of a repaired string is what it was repaired to; nobody must take that for what was sent.
    return "repaired_consent_string" if signal.repairs else "consent_string"


def _id(fields: dict[str, Any]) -> str:
    """Return an id that the same statement gets again."""
    told = (
        fields["tenant"], fields["brand"], fields["purpose"], fields["channel"], fields["state"].value,
        fields["occurred_at"].isoformat(), fields["evidence_ref"], *(one.node for one in fields["identifiers"]),
    )  # fmt: skip
    digest = hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:32]
    return f"{fields['source'][:100]}:signal:{digest}"
