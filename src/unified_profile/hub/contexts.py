"""What must be at hand at the moment of engagement, of one person."""

from __future__ import annotations

from unified_profile.consent.roles import Role
from unified_profile.engagement.context import Context, context
from unified_profile.hub.reading import Moment, Person, own_part, view_of
from unified_profile.hub.setup import Setup


def context_of(  # what a view needs
    person: Person, setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str, role: Role | None
) -> Context:
    """Return the context of *person* for *purpose* on *channel*, as *role* sees it."""
    seen = view_of(person, setup, when, purpose=purpose, channel=channel, brand=brand)
    facts = own_part(person, setup, when, seen.permission).facts
    return context(facts, seen if role is None else seen.as_role(role), now=when.at, channel=channel)
