"""What the hub does when people are read: for a purpose, or whole with a reason; one by one, or everybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from unified_profile.consent.coverage import Coverage, coverage
from unified_profile.consent.decision import permission as decided
from unified_profile.consent.ledger import Ledger
from unified_profile.consent.policy import plain
from unified_profile.consent.roles import Role
from unified_profile.consent.scopes import Request
from unified_profile.consent.situation import Situation
from unified_profile.consent.view import PurposeView
from unified_profile.engagement.context import Context
from unified_profile.errors import InvalidInputError
from unified_profile.hub import reading
from unified_profile.hub.arguments import many, name, names, number, use
from unified_profile.hub.contexts import context_of
from unified_profile.hub.courses import Course, Page, collected, everyone, poured, reading as reads, writing as writes
from unified_profile.hub.driver import Plan
from unified_profile.hub.everybody_then import everybody_then
from unified_profile.hub.reading import Moment, Person, moment
from unified_profile.hub.rebuilding import live_ids
from unified_profile.hub.recording import why
from unified_profile.hub.setup import Setup
from unified_profile.hub.subjects import account_as, membership_of, subject_of
from unified_profile.hub.whose import Who
from unified_profile.model.facts import Fact
from unified_profile.model.times import aware
from unified_profile.model.values import Account
from unified_profile.model.views import Permission, Profile
from unified_profile.profiles.accounts import fold_accounts


def profile(
    setup: Setup, who: Who, /, *, purpose: str, channel: str, brand: str,
    as_of: datetime | None, known_at: datetime | None,
) -> Course[PurposeView]:  # fmt: skip
    """See ``Hub.profile``."""
    reading.asked(setup, purpose, channel, brand)
    when = moment(setup, as_of, known_at)
    person = yield from _one(setup, who, when)
    return reading.view_of(person, setup, when, purpose=purpose, channel=channel, brand=brand)


def profiles(
    setup: Setup, who: Iterable[Who] | None, /, *, purpose: str, channel: str, brand: str,
    as_of: datetime | None, known_at: datetime | None, page: int,
) -> Course[None]:  # fmt: skip
    """See ``Hub.profiles``."""
    reading.asked(setup, purpose, channel, brand)
    when = moment(setup, as_of, known_at)
    yield from everyone(
        setup, when, who, page,
        lambda one: reading.view_of(one, setup, when, purpose=purpose, channel=channel, brand=brand),
    )  # fmt: skip


def raw(
    setup: Setup, who: Who, /, *, reason: str, by: str, as_of: datetime | None, known_at: datetime | None
) -> Course[Profile]:
    """See ``Hub.raw``."""
    because = why("raw", reason, by)
    when = moment(setup, as_of, known_at)
    return (yield from writes(lambda: reading.raw(who, setup, when, because=because))).profile


def permission(
    setup: Setup, who: Who, request: Request, /, *, situation: Situation | None,
    at: datetime | None, known_at: datetime | None,
) -> Course[Permission]:  # fmt: skip
    """See ``Hub.permission``."""
    when = moment(setup, at, known_at, called="at")
    person = yield from _one(setup, who, when)
    use(request.purpose, request.channel, request.brand)
    reading.declared(setup, request.brand)
    ledger = Ledger(person.facts, known_at=when.known_at, proven=person.proven)
    policy = plain(setup.purposes) if setup.policy is None else setup.policy
    known = reading.situation_of(person, setup, when.at, situation)
    return decided(ledger, request, policy, situation=known, at=when.after(person.facts))


def context(
    setup: Setup, who: Who, /, *, purpose: str, channel: str, brand: str,
    role: Role | None, now: datetime | None, known_at: datetime | None,
) -> Course[Context]:  # fmt: skip
    """See ``Hub.context``."""
    reading.asked(setup, purpose, channel, brand)
    if role is not None and not isinstance(role, Role):
        raise InvalidInputError(field="role", reason="not a Role", hint="see unified_profile.consent.Role")
    when = moment(setup, now, known_at)
    person = yield from _one(setup, who, when)
    return context_of(person, setup, when, purpose=purpose, channel=channel, brand=brand, role=role)


def subjects(
    setup: Setup, who: Iterable[Who] | None, /, *, purpose: str, channel: str, brand: str,
    as_of: datetime | None, known_at: datetime | None, page: int,
) -> Course[None]:  # fmt: skip
    """See ``Hub.subjects``."""
    reading.asked(setup, purpose, channel, brand)
    when = moment(setup, as_of, known_at)
    yield from everyone(
        setup, when, who, page,
        lambda one: subject_of(one, setup, when, purpose=purpose, channel=channel, brand=brand),
    )  # fmt: skip


def covered(
    setup: Setup, /, *, channels: Iterable[str], brand: str, at: datetime | None, known_at: datetime | None, page: int
) -> Course[tuple[Coverage, ...]]:
    """See ``Hub.coverage``."""
    names(channels := tuple(many(channels, "channels")), "channels")
    name(brand, "brand", empty=True)
    reading.declared(setup, brand)
    when = moment(setup, at, known_at, called="at")

    total: list[Coverage] = []

    def counted(people: Iterable[Person]) -> None:
        some = list(people)
        rows = coverage(
            (Ledger(one.facts, known_at=when.known_at, proven=one.proven) for one in some),
            purposes=setup.purposes, channels=channels, brand=brand, at=when.at, policy=setup.policy,
            situations=[reading.situation_of(one, setup, when.at) for one in some],
        )  # fmt: skip
        total[:] = [_added(*pair) for pair in zip(total, rows, strict=True)] if total else rows

    counted(())  # so that there are rows where there is nobody
    yield from poured(everyone(setup, when, None, page, lambda one: one), counted)
    return tuple(total)


def _added(one: Coverage, other: Coverage) -> Coverage:
    """Return a cell of the report over the people of two pages."""
    codes = {code: one.codes.get(code, 0) + other.codes.get(code, 0) for code in sorted({*one.codes, *other.codes})}
    return attrs.evolve(one, people=one.people + other.people, granted=one.granted + other.granted, codes=codes)


def ids(setup: Setup, /, *, known_at: datetime | None, page: int) -> Course[None]:
    """See ``Hub.ids``."""
    page = number(page, "page", least=1)
    if known_at is not None:
        limit = aware(known_at, field="known_at")
        yield Page([one.profile for one in (yield from reads(lambda: everybody_then(setup, limit)))])
        return
    after = ""
    while True:
        found = yield from reads(lambda after=after: live_ids(after, page))  # type: ignore[misc]  # bound at once
        yield Page(found)
        if len(found) < page:
            return
        after = found[-1]


def resolve(setup: Setup, who: Who, /, *, known_at: datetime | None) -> Course[str]:
    """See ``Hub.resolve``."""
    limit = None if known_at is None else aware(known_at, field="known_at")
    return (yield from reads(lambda: reading.resolved(who, setup, limit)))


def accounts(
    setup: Setup, /, *, purpose: str, channel: str, brand: str,
    as_of: datetime | None, known_at: datetime | None, page: int,
) -> Course[dict[str, Account]]:  # fmt: skip
    """See ``Hub.accounts``."""
    reading.asked(setup, purpose, channel, brand)
    when = moment(setup, as_of, known_at)

    def member(person: Person) -> tuple[str, tuple[Fact, ...]] | None:
        return membership_of(person, setup, when, purpose=purpose, channel=channel, brand=brand)

    told = yield from collected(everyone(setup, when, None, page, member))
    calls = dict(one for one in told if one is not None)
    found = fold_accounts(calls, setup.profile_rules, as_of=when.as_of, known_at=when.known_at)
    return {name: account_as(one, setup.purposes[purpose]) for name, one in found.items()}


def _one(setup: Setup, who: Who, when: Moment) -> Course[Person]:
    """Return *who*."""

    def plan() -> Plan[Person]:
        (person,) = yield from reading.people([who], setup, when)
        return person

    return (yield from reads(plan))
