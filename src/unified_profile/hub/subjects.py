"""The plan that reads people as segments and metrics ask about them: values and events, with what is denied."""

from __future__ import annotations

from collections.abc import Sequence

from unified_profile.expressions.subject import EVERYTHING, AllBut, Subject
from unified_profile.hub.arguments import use
from unified_profile.hub.driver import Plan
from unified_profile.hub.reading import Moment, Person, people, permission_of
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who
from unified_profile.model.facts import Event, EventType, Fact


def subjects(
    who: Sequence[Who], setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str
) -> Plan[list[Subject]]:
    """Return each of *who* as rules for *purpose* on *channel* may ask about them.

    Raises:
        UnknownNameError: If the purpose is not registered.
    """
    use(purpose, channel, brand)
    setup.purposes[purpose]  # known, even where there is nobody
    found = yield from people(who, setup, when)
    return [subject_of(one, setup, when, purpose=purpose, channel=channel, brand=brand) for one in found]


def subject_of(person: Person, setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str) -> Subject:
    """Return *person* with what *purpose* may use; what it may not use is not there, and denied by name."""
    known = setup.purposes[purpose]
    permission = permission_of(person, setup, when, purpose=purpose, channel=channel, brand=brand)
    decided = {(purpose, channel): permission}
    if not permission.granted:
        return Subject(
            denied=EVERYTHING, denied_events=EVERYTHING, permissions=decided, profile=person.profile.id, purpose=purpose
        )
    events = (fact for fact in person.facts if isinstance(fact, Event) and known.allows_event(fact.name))
    return Subject(
        {name: trait.value for name, trait in person.profile.traits.items() if known.allows_trait(name)},
        tuple(events if when.as_of is None else (one for one in events if one.occurred_at <= when.as_of)),
        denied=frozenset() if "*" in known.traits else AllBut(known.traits),
        denied_events=frozenset() if "*" in known.events else AllBut(known.events),
        permissions=decided,
        profile=person.profile.id,
        purpose=purpose,
    )


def members(
    who: Sequence[Who], setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str
) -> Plan[list[tuple[str, tuple[Fact, ...]]]]:
    """Return the group calls of those of *who* whose data *purpose* may use, with the profile id."""
    use(purpose, channel, brand)
    setup.purposes[purpose]
    found = yield from people(who, setup, when)
    return [
        (one.profile.id, tuple(fact for fact in one.facts if isinstance(fact, Event) and fact.type is EventType.GROUP))
        for one in found
        if permission_of(one, setup, when, purpose=purpose, channel=channel, brand=brand).granted
    ]
