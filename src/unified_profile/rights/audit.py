"""The audit of a base: what is held without a basis, beyond need, past its consent, or of children; and coverage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Literal, TypeAlias

import attrs

from unified_profile.consent.coverage import Coverage
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.model import ConsentRecord, Json, Permission, Profile
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.rights.minimisation import Usage, excess_fields, held_fields, unused_fields, without_benefit

Kind: TypeAlias = Literal[
    "no_basis", "expired_consent", "over_collected", "child_without_parent", "unused", "needs_everything", "no_benefit"
]

KINDS: Mapping[Kind, str] = {
    "no_basis": "held of people who permit no purpose that may use it",
    "expired_consent": "held for a purpose whose consent has expired",
    "over_collected": "held although no purpose may use it",
    "child_without_parent": "consent of a child, not expressed by a parent",
    "unused": "collected, used by no segment, metric or journey",
    "needs_everything": "a purpose that has not said what it needs",
    "no_benefit": "a purpose that has not said what people get for it",
}

_EXAMPLES = 5


@closed
@attrs.frozen
class Audited(Closed):
    """One person, as the audit looks at them: profile, consents, and the permission for each purpose and channel.

    .. versionadded:: 0.1
    """

    profile: Profile
    consents: tuple[ConsentRecord, ...] = attrs.field(repr=hidden)
    permissions: Mapping[tuple[str, str], Permission]


@attrs.frozen
class Finding:
    """Something that is not as it should be: what, where, of how many people, and the ids of some of them.

    .. versionadded:: 0.1
    """

    kind: Kind
    purpose: str = ""
    field: str = ""
    channel: str = ""
    people: int = 0
    examples: tuple[str, ...] = ()


@attrs.frozen
class AuditReport:
    """What an audit found. Names, counts and profile ids; no values.

    .. versionadded:: 0.1
    """

    at: datetime
    people: int
    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]

    def rows(self) -> list[dict[str, Json]]:
        """Return the findings as rows, for a frame or a file."""
        return [
            {
                "kind": one.kind,
                "purpose": one.purpose,
                "field": one.field,
                "channel": one.channel,
                "people": one.people,
                "examples": list(one.examples),
            }
            for one in self.findings
        ]

    def to_json(self) -> dict[str, Json]:
        """Return the report as JSON."""
        return {
            "at": self.at.isoformat(),
            "people": self.people,
            "findings": list[Json](self.rows()),
            "coverage": [
                {
                    "purpose": one.purpose,
                    "channel": one.channel,
                    "people": one.people,
                    "granted": one.granted,
                    "codes": dict(one.codes),
                }
                for one in self.coverage
            ],
        }

    def table(self) -> str:
        """Return the report as a Markdown table: findings, then coverage."""
        lines = ["| finding | purpose | field | channel | people |", "|---|---|---|---|---|"]
        lines += [
            f"| {KINDS[one.kind]} | {one.purpose} | {one.field} | {one.channel} | {one.people} |"
            for one in self.findings
        ]
        lines += ["", "| purpose | channel | granted | people |", "|---|---|---|---|"]
        lines += [f"| {one.purpose} | {one.channel} | {one.granted} | {one.people} |" for one in self.coverage]
        return "\n".join(lines)


def privacy_audit(
    people: Iterable[Audited],
    purposes: PurposeRegistry,
    /,
    *,
    channels: Iterable[str],
    at: datetime,
    usage: Iterable[Usage] | None = None,
    age_of_consent: int = 16,
    birth_date: str = "birth_date",
) -> AuditReport:
    """Return what is wrong with a base, of *people* whose permissions were decided for *purposes* and *channels*.

    Args:
        people: Everybody, once.
        purposes: What values may be used for.
        channels: On which channels.
        at: The moment of the audit.
        usage: What uses which fields; without it nothing is called unused.
        age_of_consent: Below this age a parent has to consent (GDPR Art. 8(1): 16, member states may go down to 13).
        birth_date: The trait with the date of birth, ISO 8601; who has none is not taken for a child.

    .. versionadded:: 0.1
    """
    wanted = tuple(dict.fromkeys(channels))
    found = _Found()
    cells: dict[tuple[str, str], dict[str, int]] = {(one.name, two): {} for one in purposes for two in wanted}
    granted = dict.fromkeys(cells, 0)
    collected: set[str] = set()
    count = 0
    for person in people:
        count += 1
        collected.update(held_fields(person.profile))
        for cell, codes in cells.items():
            answer = person.permissions[cell]
            granted[cell] += answer.granted
            codes[answer.code] = codes.get(answer.code, 0) + 1
        _of_person(person, purposes, wanted, found)
        if _is_child(person.profile, birth_date, at.date(), age_of_consent):
            _of_child(person, found)
    for name in unused_fields(collected, usage) if usage is not None else ():
        found.add("unused", field=name)
    for purpose in purposes:
        if "*" in purpose.traits:
            found.add("needs_everything", purpose=purpose.name)
    for name in without_benefit(purposes):
        found.add("no_benefit", purpose=name)
    rows = [Coverage(*cell, count, granted[cell], dict(sorted(codes.items()))) for cell, codes in cells.items()]
    return AuditReport(at, count, found.sorted(), tuple(rows))


class _Found:
    """Findings by what they are about, each with the people that it is about."""

    def __init__(self) -> None:
        self._people: dict[tuple[Kind, str, str, str], list[str]] = {}

    def add(self, kind: Kind, *, purpose: str = "", field: str = "", channel: str = "", profile: str = "") -> None:
        people = self._people.setdefault((kind, purpose, field, channel), [])
        if profile:
            people.append(profile)

    def sorted(self) -> tuple[Finding, ...]:
        order = list(KINDS)
        keys = sorted(self._people, key=lambda key: (order.index(key[0]), key[1:]))
        return tuple(
            Finding(*key, people=len(self._people[key]), examples=tuple(self._people[key][:_EXAMPLES])) for key in keys
        )


def _of_person(person: Audited, purposes: PurposeRegistry, channels: tuple[str, ...], found: _Found) -> None:
    """Add what one person's data is held without."""
    profile = person.profile
    permitted = [one for one in purposes if any(person.permissions[one.name, channel].granted for channel in channels)]
    over = set(excess_fields(profile, purposes))
    for name in over:
        found.add("over_collected", field=name, profile=profile.id)
    for name in excess_fields(profile, permitted):
        if name not in over:
            found.add("no_basis", field=name, profile=profile.id)
    held = held_fields(profile)
    for purpose in purposes:
        if any(purpose.allows_trait(name) for name in held):
            for channel in channels:
                if person.permissions[purpose.name, channel].code == "expired":
                    found.add("expired_consent", purpose=purpose.name, channel=channel, profile=profile.id)


def _of_child(person: Audited, found: _Found) -> None:
    """Add the consents of a child that no parent expressed."""
    told_by = {one.id: one.expressed_by for one in person.consents}
    for (purpose, channel), answer in sorted(person.permissions.items()):
        records = [told_by[one] for one in answer.because if one in told_by]
        if answer.granted and answer.basis == "consent" and "parent" not in records:
            found.add("child_without_parent", purpose=purpose, channel=channel, profile=person.profile.id)


def _is_child(profile: Profile, birth_date: str, today: date, limit: int) -> bool:
    trait = profile.traits.get(birth_date)
    if trait is None or not isinstance(trait.value, str):
        return False
    try:
        born = date.fromisoformat(trait.value[:10])
    except ValueError:
        return False
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < limit
