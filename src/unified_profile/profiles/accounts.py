"""Accounts: the companies and households that group calls speak of, with their members and their roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from unified_profile.model import Account, Event, EventType, Fact, Json
from unified_profile.model.times import aware
from unified_profile.profiles.rules import ProfileRules
from unified_profile.profiles.statements import Said, Statements, newer

_USUAL = ProfileRules()
ROLE = "role"


def fold_accounts(
    people: Mapping[str, Iterable[Fact]],
    rules: ProfileRules = _USUAL,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> dict[str, Account]:
    """Return the accounts by id that the facts of *people* (profile id to facts) speak of.

    An account's traits are those of its group calls, by the same survivorship rules; each source is one voice.
    Members are profile ids. A member's role is the newest ``role`` among the properties, else the traits, of the
    calls that speak of that member; it is no trait of the account.

    >>> from datetime import UTC, datetime
    >>> call = Event(
    ...     id="g1",
    ...     source="app",
    ...     type=EventType.GROUP,
    ...     account="kawa",
    ...     traits={"name": "Kawa", "role": "buyer"},
    ...     occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ... )
    >>> account = fold_accounts({"p1": [call]})["kawa"]
    >>> account.members, account.roles, account.traits
    (('p1',), {'p1': 'buyer'}, {'name': 'Kawa'})

    .. versionadded:: 0.1
    """
    until = None if as_of is None else aware(as_of, field="as_of")
    learned = None if known_at is None else aware(known_at, field="known_at")
    members: dict[str, set[str]] = {}
    roles: dict[tuple[str, str], Said] = {}
    told: dict[str, Statements] = {}
    for person, facts in people.items():
        for fact in facts:
            if not isinstance(fact, Event) or fact.type is not EventType.GROUP or not fact.account:
                continue
            at = fact.occurred_at
            if (until is not None and at > until) or (learned is not None and (fact.recorded_at or at) > learned):
                continue
            members.setdefault(fact.account, set()).add(person)
            statements = told.setdefault(fact.account, Statements(rules))
            told_now = [(name, value) for name, value in rules.named(fact.traits) if name != ROLE]
            statements.hear(("group", fact.source, fact.account), told_now, fact)
            role = _role(fact)
            if isinstance(role, str):
                now, held = Said(at, role, fact), roles.get((fact.account, person))
                if held is None or newer(now, held):
                    roles[fact.account, person] = now
    return {
        account: Account(
            id=account,
            traits={name: trait.value for name, trait in told[account].traits().items()},
            members=tuple(sorted(members[account])),
            roles={
                person: str(roles[account, person].value)
                for person in sorted(members[account])
                if (account, person) in roles
            },
        )
        for account in sorted(members)
    }


def _role(call: Event) -> Json:
    return call.properties.get(ROLE, call.traits.get(ROLE))
