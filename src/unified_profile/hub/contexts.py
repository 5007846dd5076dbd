"""The plan that reads what must be at hand at the moment of engagement."""

from __future__ import annotations

from unified_profile.consent.view import view
from unified_profile.engagement.context import Context, context
from unified_profile.hub.arguments import use
from unified_profile.hub.driver import Plan
from unified_profile.hub.reading import Moment, people, permission_of
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who


def context_of(who: Who, setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str) -> Plan[Context]:
    """Return the context of *who* for *purpose* on *channel*.

    Raises:
        UnknownNameError: If the purpose is not registered.
        UnknownProfileError: If *who* is nobody; with why.
    """
    use(purpose, channel, brand)
    known = setup.purposes[purpose]
    (person,) = yield from people([who], setup, when)
    permission = permission_of(person, setup, when, purpose=purpose, channel=channel, brand=brand)
    return context(person.facts, view(person.profile, known, permission), now=when.at, channel=channel)
