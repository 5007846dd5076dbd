"""What the hub does when everybody is looked at for their own sake: the audit of a base, and what to keep no longer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from unified_profile.errors import InvalidInputError
from unified_profile.hub import reading
from unified_profile.hub.arguments import many, name, names, number
from unified_profile.hub.courses import Course, collected, everyone
from unified_profile.hub.reading import Moment, Person, moment
from unified_profile.hub.setup import Setup
from unified_profile.model.facts import ConsentRecord
from unified_profile.model.views import Permission
from unified_profile.rights.audit import Audited, AuditReport, privacy_audit
from unified_profile.rights.minimisation import Usage
from unified_profile.rights.retention import Kept, LegalHold, RetentionPlan, RetentionSchedule, retention_plan


def audit(
    setup: Setup, /, *, channels: Iterable[str], usage: Iterable[Usage] | None, at: datetime | None, brand: str,
    age_of_consent: int, birth_date: str, page: int,
) -> Course[AuditReport]:  # fmt: skip
    """See ``Hub.privacy_audit``."""
    names(wanted := tuple(many(channels, "channels")), "channels")
    name(brand, "brand", empty=True)
    name(birth_date, "birth_date")
    page = number(page, "page", least=1)
    number(age_of_consent, "age_of_consent")
    used = None if usage is None else tuple(many(usage, "usage"))
    if used is not None and not all(isinstance(one, Usage) for one in used):
        raise InvalidInputError(field="usage", reason="holds something else than Usage", hint="see Usage")
    when = moment(setup, at, None, called="at")
    cells = [(purpose.name, channel) for purpose in setup.purposes for channel in wanted]

    def audited(person: Person) -> Audited:
        consents = tuple(fact for fact in person.facts if isinstance(fact, ConsentRecord))
        permissions = {
            cell: reading.permission_of(person, setup, when, purpose=cell[0], channel=cell[1], brand=brand)
            for cell in cells
        }
        return Audited(person.profile, consents, permissions)

    people = yield from collected(everyone(setup, when, None, page, audited))
    return privacy_audit(
        people, setup.purposes, channels=wanted, at=when.at, usage=used,
        age_of_consent=age_of_consent, birth_date=birth_date,
    )  # fmt: skip


def retention(
    setup: Setup, schedule: RetentionSchedule, /, *, holds: Iterable[LegalHold], channel: str, brand: str,
    at: datetime | None, page: int,
) -> Course[RetentionPlan]:  # fmt: skip
    """See ``Hub.retention_plan``."""
    name(channel, "channel")
    name(brand, "brand", empty=True)
    page = number(page, "page", least=1)
    if not isinstance(schedule, RetentionSchedule):
        raise InvalidInputError(field="schedule", reason=f"a {type(schedule).__name__}", hint="see RetentionSchedule")
    holds = tuple(many(holds, "holds"))
    if not all(isinstance(hold, LegalHold) for hold in holds):
        raise InvalidInputError(field="holds", reason="holds something else than LegalHold", hint="see LegalHold")
    for rule in schedule.rules:
        setup.purposes[rule.purpose]
    when = moment(setup, at, None, called="at")
    purposes = sorted({rule.purpose for rule in schedule.rules})

    def kept(person: Person) -> Kept:
        return Kept(person.profile.id, person.facts, _permissions(person, setup, when, purposes, channel, brand))

    people = yield from collected(everyone(setup, when, None, page, kept))
    return retention_plan(people, schedule, now=when.at, holds=holds)


def _permissions(  # noqa: PLR0917  # what a decision needs
    person: Person, setup: Setup, when: Moment, purposes: Iterable[str], channel: str, brand: str
) -> dict[str, Permission]:
    return {
        one: reading.permission_of(person, setup, when, purpose=one, channel=channel, brand=brand) for one in purposes
    }
