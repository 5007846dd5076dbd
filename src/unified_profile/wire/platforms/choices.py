"""What the consent payloads of all platforms share: choices by category, turned into facts and back without loss.

Every record keeps, as its evidence, the parts of the payload that it rests on and what stood around them. So the
payload can be put together again from the records, exactly, and in the state of the newest record of each part.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Self, TypeAlias

import attrs
from pydantic import AfterValidator, ConfigDict, WithJsonSchema

from unified_profile.errors import InvalidInputError, InvalidPayloadError
from unified_profile.model import ConsentRecord, ConsentState, Identifier
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.model.times import aware
from unified_profile.wire.identities import derived_id
from unified_profile.wire.moments import local_instant
from unified_profile.wire.payloads import Payload, unfit

Path: TypeAlias = tuple[str, ...]
_REFUSING = (
    ConsentState.INVALIDATED,
    ConsentState.REVOKED,
    ConsentState.WITHDRAWN,
    ConsentState.REFUSED,
    ConsentState.UNKNOWN,
    ConsentState.PENDING_CONFIRMATION,
    ConsentState.DEFERRED,
    ConsentState.REQUESTED,
)
"""From the strictest on; what stands in none of these places is a grant."""


def _time_text(value: str) -> str:
    try:
        local_instant(value, field="", assume_tz=None)
    except InvalidInputError as error:
        reason, hint = error.reason, error.hint
    else:
        return value
    raise unfit(reason, hint)


TimeText: TypeAlias = Annotated[
    str, AfterValidator(_time_text), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A time that is kept as it was written."""


def instant_of(text: str | None) -> datetime | None:
    """Return the instant of a checked time."""
    return None if text is None else local_instant(text, field="", assume_tz=None)


@attrs.frozen(kw_only=True)
class Choice:
    """One choice of a payload: where it stands, what it is about, and what was chosen.

    *at* is its path, *said* what stands there. *fields* are further fields of the record.
    """

    at: Path
    category: str
    state: ConsentState
    said: Any = attrs.field(repr=False)
    expressed_at: datetime | None = None
    ends_at: datetime | None = None
    channel: str = "any"
    identifiers: tuple[Identifier, ...] = ()
    fields: Mapping[str, str] = attrs.field(factory=dict)


class PlatformConsent(Payload):
    """The base of the payloads: fields that nobody knows are kept, and come out again as they went in."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True, regex_engine="python-re")

    platform: ClassVar[str] = ""
    """Its name in evidence."""

    def choices(self) -> Sequence[Choice]:
        """Return what was chosen, part by part."""
        raise NotImplementedError

    def rest(self, choices: Iterable[Choice], /) -> dict[str, Any]:
        """Return what stands around *choices*."""
        rest = self.to_payload()
        for choice in choices:
            _take(rest, choice.at)
        return rest

    def to_payload(self) -> dict[str, Any]:
        """Return the payload as it came."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def facts(
        self,
        *,
        source: str,
        subject: Identifier | Iterable[Identifier],
        received_at: datetime,
        expressed_at: datetime | None = None,
        purposes: Mapping[str, str] | None = None,
        brand: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> tuple[ConsentRecord, ...]:
        """Return the choices as consent records of *subject*.

        A choice that does not say when it was made was made at *expressed_at*; without it, at *received_at*.

        *purposes* gives the business's purpose of each category; a category that it leaves out is not taken. Without
        it each category is a purpose of its own name. Where several categories make one purpose, all of them must be
        granted: one refusal refuses it, and one that is not said leaves it unknown.

        Raises:
            InvalidFactError: If a time has no time zone, or a record cannot be made.
        """
        received = aware(received_at, field="received_at")
        said_at = received if expressed_at is None else aware(expressed_at, field="expressed_at")
        people = (subject,) if isinstance(subject, Identifier) else tuple(subject)
        chosen = self._all_choices(purposes)
        wanted = {one.category: one.category for one in chosen} if purposes is None else purposes
        groups: dict[tuple[str, str, tuple[Identifier, ...]], list[Choice]] = {}
        for choice in chosen:
            if choice.category in wanted:
                key = (wanted[choice.category], choice.channel, choice.identifiers)
                groups.setdefault(key, []).append(choice)
        rest = self.rest(choice for group in groups.values() for choice in group)
        shared = {"source": source, "brand": brand, "tenant": tenant, "recorded_at": received}
        return tuple(
            self._record(
                group,
                needed={name for name, goal in wanted.items() if goal == purpose},
                rest=rest,
                said_at=said_at,
                fields={
                    **shared,
                    "purpose": purpose,
                    "channel": channel,
                    "identifiers": tuple(dict.fromkeys((*own, *people))),
                },
            )
            for (purpose, channel, own), group in groups.items()
        )

    def _all_choices(self, purposes: Mapping[str, str] | None) -> Sequence[Choice]:
        """Return the choices; a platform that names only what was accepted adds what was not."""
        del purposes
        return self.choices()

    def _record(
        self, group: Sequence[Choice], *, needed: set[str], rest: dict[str, Any], said_at: datetime,
        fields: dict[str, Any],
    ) -> ConsentRecord:  # fmt: skip
        worst = min(group, key=_rank)
        state = worst.state
        if state in {ConsentState.GIVEN, ConsentState.RENEWED} and not needed <= {one.category for one in group}:
            state = ConsentState.UNKNOWN
        said = [one.expressed_at or said_at for one in group]
        occurred = max(said) if _rank(worst) < len(_REFUSING) else min(said)
        ends = [one.ends_at for one in group if one.ends_at is not None]
        evidence = {
            "platform": self.platform,
            "parts": [[list(one.at), one.said] for one in group],
            "rest": rest,
        }
        made = {
            **fields,
            "state": state,
            "occurred_at": occurred,
            "duration": _length(min(ends) - occurred) if ends and _rank(worst) == len(_REFUSING) else None,
            "method": f"platform:{self.platform}",
            "evidence_ref": json.dumps(evidence, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
            **worst.fields,
        }
        told = [
            made["purpose"], made["channel"], state.value, occurred.isoformat(), made["evidence_ref"], made["brand"],
            *(one.node for one in made["identifiers"]),
        ]  # fmt: skip
        return ConsentRecord(id=derived_id("consent", made["source"], told), **made)

    @classmethod
    def from_records(cls, records: Iterable[ConsentRecord], /) -> Self:
        """Return the payload of *records* that ``facts`` made, in the state of the newest of each part.

        Raises:
            InvalidPayloadError: If none of them came from this platform.
        """
        newest: dict[Path, tuple[tuple[datetime, str], Any]] = {}
        around: tuple[tuple[datetime, str], dict[str, Any]] | None = None
        for record in records:
            evidence = _evidence(record, cls.platform)
            if evidence is None:
                continue
            rank = (record.recorded_at or record.occurred_at, record.id)
            if around is None or rank > around[0]:
                around = (rank, evidence["rest"])
            for path, said in evidence["parts"]:
                place = tuple(path)
                if place not in newest or rank > newest[place][0]:
                    newest[place] = (rank, said)
        if around is None:
            raise InvalidPayloadError(
                field="records", reason=f"none of them came from {cls.platform}", hint="pass what facts() returned"
            )
        payload = copy.deepcopy(around[1])
        for place, (_, said) in newest.items():
            if place:  # without a place it stands in what is around
                _put(payload, place, copy.deepcopy(said))
        return cls.parse(payload)


def _rank(choice: Choice) -> int:
    return _REFUSING.index(choice.state) if choice.state in _REFUSING else len(_REFUSING)


def _length(length: timedelta) -> timedelta:
    # A grant that was over when it was given holds for no time at all.
    return max(length, timedelta(microseconds=1))


def _evidence(record: ConsentRecord, platform: str) -> dict[str, Any] | None:
    if record.method != f"platform:{platform}":
        return None
    try:
        evidence = json.loads(record.evidence_ref)
    except ValueError:
        return None
    return evidence if isinstance(evidence, dict) and evidence.get("platform") == platform else None


def _take(tree: dict[str, Any], path: Path) -> None:
    """Take out what stands at *path*; the objects around it stay."""
    for name in path[:-1]:
        tree = tree[name]
    tree.pop(path[-1])


def _put(tree: dict[str, Any], path: Path, value: Any) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value
