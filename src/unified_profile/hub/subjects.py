"""People as segments and metrics ask about them: values and events, with what is denied."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from unified_profile.consent.labels import shut
from unified_profile.expressions.subject import EVERYTHING, AllBut, Subject
from unified_profile.hub.reading import Moment, Person, own_part, shown_to
from unified_profile.hub.setup import Setup
from unified_profile.model.facts import Event, EventType, Fact
from unified_profile.model.values import Account, Purpose
from unified_profile.model.views import Permission


def subject_of(person: Person, setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str) -> Subject:
    """Return *person* with what *purpose* may use; what it may not use is not there, and denied by name."""
    permission = shown_to(person, setup, when, purpose=purpose, channel=channel, brand=brand)
    person = own_part(person, setup, when, permission)
    return seen_as(person, setup, when, {(purpose, channel): permission}, purpose=purpose, channel=channel)


def seen_as(
    person: Person,
    setup: Setup,
    when: Moment,
    decided: Mapping[tuple[str, str], Permission],
    /,
    *,
    purpose: str,
    channel: str,
) -> Subject:
    """Return *person* with what *purpose* may use, as was *decided* for it and maybe for others."""
    known = setup.purposes[purpose]
    if not decided[purpose, channel].granted:
        return Subject(
            denied=EVERYTHING, denied_events=EVERYTHING, permissions=decided, profile=person.profile.id, purpose=purpose
        )
    closed = shut(known, person.profile.derived_from)  # computed from what the purpose may not use
    traits = person.profile.traits.items()
    events = (happened(fact) for fact in person.facts if isinstance(fact, Event) and known.allows_event(fact.name))
    return Subject(
        {name: trait.value for name, trait in traits if known.allows_trait(name) and name not in closed},
        tuple(events if when.as_of is None else (one for one in events if one.occurred_at <= when.as_of)),
        denied=closed if "*" in known.traits else AllBut(known.traits - closed),
        denied_events=frozenset() if "*" in known.events else AllBut(known.events),
        permissions=decided,
        profile=person.profile.id,
        purpose=purpose,
        founding=min(((fact.occurred_at, fact.id) for fact in person.facts), default=("", ""))[1],
    )


_TOLD = tuple(field.name for field in attrs.fields(Event))
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_WHOSE: dict[str, Any] = {"identifiers": (), "previous": (), "traits": _NOTHING, "context": _NOTHING}


def happened(event: Event) -> Event:
    """Return *event* as what happened, without whose it was: a purpose that may use an event may not use an address.

    What traits it told stands among the traits, behind the purpose's list. Field by field, because every event of
    everybody comes this way and has been checked before.
    """
    made = object.__new__(Event)
    for name in _TOLD:
        object.__setattr__(made, name, _WHOSE[name] if name in _WHOSE else getattr(event, name))
    return made


def membership_of(
    person: Person, setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str
) -> tuple[str, tuple[Fact, ...]] | None:
    """Return the profile id and the group calls of *person*; None if *purpose* may not use their data."""
    permission = shown_to(person, setup, when, purpose=purpose, channel=channel, brand=brand)
    if not permission.granted:
        return None
    person = own_part(person, setup, when, permission)
    calls = tuple(fact for fact in person.facts if isinstance(fact, Event) and fact.type is EventType.GROUP)
    return person.profile.id, calls


def account_as(account: Account, purpose: Purpose, /) -> Account:
    """Return *account* with the traits that *purpose* needs."""
    traits = {name: value for name, value in account.traits.items() if purpose.allows_trait(name)}
    return attrs.evolve(account, traits=traits)
