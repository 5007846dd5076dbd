"""The register of processing (GDPR 30): what is done with whose data and why, from what the hub was set up with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from unified_profile.consent.policy import Policy
from unified_profile.consent.register import RegisterEntry
from unified_profile.errors import InvalidInputError
from unified_profile.model import Json, Purpose
from unified_profile.model.soundness import sound
from unified_profile.model.times import aware
from unified_profile.rights.parties import Party, texts
from unified_profile.rights.retention import RetentionSchedule


@attrs.frozen(kw_only=True)
class Activity:
    """One line of the register, as GDPR 30(1) wants it.

    Attributes:
        purpose: What for (30(1)(b)).
        description: In words.
        basis: On which basis. Article 30 does not ask for it; whoever reads the register does.
        subjects: Whose data: customers, visitors (30(1)(c)).
        data: Which data: traits and events (30(1)(c)).
        recipients: Who gets it (30(1)(d)).
        transfers: To which countries it goes (30(1)(e)).
        periods: How long it is kept, by category (30(1)(f)).
        because: Where the balancing test or the statute is written down.

    .. versionadded:: 0.1
    """

    purpose: str
    description: str
    basis: str
    subjects: tuple[str, ...]
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    transfers: tuple[str, ...] = ()
    periods: tuple[tuple[str, int], ...] = ()
    because: str = ""


@attrs.frozen(kw_only=True)
class ProcessingRegister:
    """The register at a moment, with who answers for it (30(1)(a)) and how data is protected (30(1)(g)).

    .. versionadded:: 0.1
    """

    at: datetime
    controllers: tuple[Party, ...]
    activities: tuple[Activity, ...]
    security: str = ""

    def gaps(self) -> tuple[str, ...]:
        """Return what an authority would ask for next: activities without data, periods or a description."""
        found = [
            f"{one.purpose}: no {part}"
            for one in self.activities
            for part in ("description", "data", "periods")
            if not getattr(one, part)
        ]
        return (*(() if self.controllers else ("no controller",)), *found)

    def to_json(self) -> dict[str, Json]:
        """Return the register as JSON."""
        return {
            "at": self.at.isoformat(),
            "controllers": [
                {
                    "name": one.name, "contact": one.contact, "email": one.email, "phone": one.phone,
                    "address": {**one.address},
                }
                for one in self.controllers
            ],
            "security": self.security,
            "activities": [
                {
                    "purpose": one.purpose, "description": one.description, "basis": one.basis,
                    "subjects": [*one.subjects], "data": [*one.data], "recipients": [*one.recipients],
                    "transfers": [*one.transfers],
                    "periods": [{"category": name, "days": days} for name, days in one.periods],
                    "because": one.because,
                }
                for one in self.activities
            ],
        }  # fmt: skip

    def table(self) -> str:
        """Return the activities as a Markdown table."""
        lines = ["| purpose | basis | data | recipients | kept (days) |", "|---|---|---|---|---|"]
        lines += [
            f"| {_cell(one.purpose)} | {one.basis} | {_cell(', '.join(one.data))} | {_cell(', '.join(one.recipients))}"
            f" | {_cell(', '.join(f'{name} {days}' for name, days in one.periods))} |"
            for one in self.activities
        ]
        return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


@sound
def processing_register(
    policy: Policy,
    /,
    *,
    at: datetime,
    controllers: Iterable[Party] = (),
    schedule: RetentionSchedule | None = None,
    subjects: Iterable[str] = ("customers",),
    transfers: Iterable[str] = (),
    security: str = "",
) -> ProcessingRegister:
    """Return the register of processing that *policy* comes to at *at*: a line for each purpose and basis in force.

    Args:
        policy: Purposes, and the entries that declare other bases for them.
        at: The moment; entries that do not stand then are left out.
        controllers: Who answers.
        schedule: How long what is kept.
        subjects: Whose data it is.
        transfers: To which countries outside it goes.
        security: How it is protected, in a sentence.

    Raises:
        InvalidInputError: If a part is not what it should be.

    .. versionadded:: 0.1
    """
    at = aware(at, field="at")
    if not isinstance(policy, Policy):
        raise InvalidInputError(field="policy", reason=f"a {type(policy).__name__}", hint="see consent.Policy")
    answering = tuple(controllers)
    if not all(isinstance(one, Party) for one in answering):
        raise InvalidInputError(field="controllers", reason="holds something else than Party", hint="see Party")
    whose, abroad = texts(subjects, "subjects"), texts(transfers, "transfers")
    standing = [one for one in policy.register or () if one.stands(at)]
    lines: list[Activity] = []
    for purpose in policy.purposes:
        entries: list[RegisterEntry | None] = [one for one in standing if one.purpose == purpose.name]
        lines += [_activity(purpose, one, policy, schedule, whose, abroad) for one in entries or [None]]
    return ProcessingRegister(at=at, controllers=answering, activities=tuple(lines), security=str(security))


def _activity(  # noqa: PLR0917  # what a line is made of
    purpose: Purpose,
    entry: RegisterEntry | None,
    policy: Policy,
    schedule: RetentionSchedule | None,
    subjects: tuple[str, ...],
    transfers: tuple[str, ...],
) -> Activity:
    data = {*purpose.traits, *(f"event:{one}" for one in purpose.events)}
    periods = [] if schedule is None else [one for one in schedule.rules if one.purpose == purpose.name]
    return Activity(
        purpose=purpose.name,
        description=purpose.description,
        basis=purpose.basis if entry is None else entry.basis,
        subjects=subjects,
        data=tuple(sorted(data | (frozenset() if entry is None else entry.categories))),
        recipients=tuple(sorted(policy.processors | (frozenset() if entry is None else entry.recipients))),
        transfers=transfers,
        periods=tuple((one.category, one.period.days) for one in periods),
        because="" if entry is None else entry.because,
    )
