"""Context: past and preferences at hand on whichever channel a person comes, so that nobody asks twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import MappingProxyType

import attrs

from unified_profile.consent.preferences import FIELD as PREFERENCES, Preference, preferences
from unified_profile.consent.roles import Mask, Role
from unified_profile.consent.view import PurposeView
from unified_profile.engagement.threads import Promised, Thread, ThreadRule, threads
from unified_profile.errors import InvalidInputError
from unified_profile.model import Event, EventType, Fact, Json, Permission
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.model.times import aware

TICKETS = ThreadRule()
"""Support tickets, as ``wire.tickets`` reads them."""

_MET = frozenset({EventType.TRACK, EventType.PAGE, EventType.SCREEN})


@closed
@attrs.frozen
class Interaction(Closed):
    """One thing that happened between a person and the business; *what* is the name of the event, or its type.

    .. versionadded:: 0.1
    """

    at: datetime
    channel: str
    what: str = attrs.field(repr=hidden)
    brand: str
    details: Mapping[str, Json] = attrs.field(repr=hidden)
    fact_id: str


@closed
@attrs.frozen(repr=False)
class Context(Closed):
    """What one purpose may know of a person at the moment of engagement; made by ``context``. Its repr hides values.

    Attributes:
        profile: Whose it is.
        channel: Where they are now.
        now: The moment.
        permission: The decision that all of it rests on.
        known_facts: What need not be asked again: the traits that the purpose may use.
        last_interactions: What happened last, on any channel, latest first.
        open_threads: What they wait for, longest first.
        promises: What they were promised, by when, and what became of it; the earliest due first.
        preferences: How they want to be met, by key.
        denied: Which of ``facts``, ``interactions``, ``threads`` and ``preferences`` the purpose may not use at all:
            an empty part that is not among them is empty because there is nothing.
        changes_at: When this changes by itself: a permission ends, a promise falls due, something planned happens.
            Computed traits that look through a window may change earlier.

    .. versionadded:: 0.1
    """

    profile: str
    channel: str
    now: datetime
    permission: Permission
    known_facts: PurposeView
    last_interactions: tuple[Interaction, ...] = ()
    open_threads: tuple[Thread, ...] = ()
    promises: tuple[Promised, ...] = ()
    preferences: Mapping[str, Preference] = attrs.field(factory=dict)
    denied: frozenset[str] = frozenset()
    changes_at: datetime | None = None

    @property
    def came_from(self) -> str:
        """The channel of the last interaction, if that was another one than this: they have introduced themselves."""
        last = self.last_interactions[0].channel if self.last_interactions else ""
        return last if last != self.channel else ""

    @property
    def overdue(self) -> tuple[Promised, ...]:
        """The promises whose time has come without the thread being resolved."""
        return tuple(promise for promise in self.promises if promise.state == "overdue")

    def __repr__(self) -> str:
        """Show how much there is, never what."""
        parts = [
            f"{len(self.known_facts)} facts",
            f"{len(self.last_interactions)} interactions",
            f"{len(self.open_threads)} open threads",
            f"{len(self.promises)} promises",
            f"{len(self.preferences)} preferences",
        ]
        denied = f", denied: {', '.join(sorted(self.denied))}" if self.denied else ""
        return f"Context(profile={self.profile!r}, channel={self.channel!r}, {', '.join(parts)}{denied})"


def context(
    facts: Iterable[Fact],
    view: PurposeView,
    *,
    now: datetime,
    channel: str = "any",
    last: int = 5,
    rules: Sequence[ThreadRule] = (TICKETS,),
) -> Context:
    """Return what the purpose of *view* may know, on *channel* at *now*, of the person whose *facts* these are.

    The traits are those of *view*. Events that its purpose does not name are left out; a thread rule of which it may
    not see every event is left out as a whole, for what is settled would look open. Without a permission everything
    is denied. Of a role's view all is as the role sees it: an interaction that is hidden from it is not there, and a
    thread is hidden with any of its events. Facts may come in any order and more than once; what happens after *now*
    does not count yet.

    Args:
        facts: The facts of the person.
        view: The same person as a purpose may see them, as of *now*.
        now: The moment.
        channel: Where they are.
        last: How many interactions are wanted.
        rules: What makes a thread.

    >>> from datetime import UTC
    >>> from unified_profile.consent import view
    >>> from unified_profile.model import Identifier, Profile, Purpose
    >>> asked = Event(
    ...     id="e1",
    ...     source="desk",
    ...     name="Ticket Opened",
    ...     channel="phone",
    ...     occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...     properties={"ticket_id": "T1", "subject": "Zip broke"},
    ... )
    >>> service = Purpose("service", traits={"*"}, basis="contract", events={"*"})
    >>> granted = Permission(True, "service", "chat", "contract", "basis_declared")
    >>> seen = context(
    ...     [asked], view(Profile("p1", {}), service, granted), now=datetime(2026, 1, 2, tzinfo=UTC), channel="chat"
    ... )
    >>> seen
    Context(profile='p1', channel='chat', 0 facts, 1 interactions, 1 open threads, 0 promises, 0 preferences)
    >>> seen.came_from, seen.open_threads[0].subject
    ('phone', 'Zip broke')

    Raises:
        InvalidInputError: If *now* has no time zone, or *last* is negative.

    .. versionadded:: 0.1
    """
    moment = aware(now, field="now")
    if isinstance(last, bool) or not isinstance(last, int) or last < 0:
        raise InvalidInputError(field="last", reason="not a whole number from 0", hint="how many interactions?")
    permission = view.permission
    bare = Context(view.profile_id, channel, moment, permission, view)
    if not permission.granted:
        everything = frozenset({"facts", "interactions", "threads", "preferences"})
        return attrs.evolve(bare, denied=everything, changes_at=permission.changes_at)
    told = {fact.id: fact for fact in facts}.values()
    seen = partial(_sees, view)
    events = sorted(
        (fact for fact in told if isinstance(fact, Event) and seen(fact.name)),
        key=lambda event: (event.occurred_at, event.id),
    )
    past = [event for event in events if event.occurred_at <= moment]
    seeing = [rule for rule in rules if all(seen(name) for name in rule.names)]
    found = [_masked(view.role, rule, *threads(past, rule, now=moment)) for rule in seeing]
    promises = sorted((promise for _, some in found for promise in some), key=lambda one: (one.due_at, one.because))
    turns = [event.occurred_at for event in events if event.occurred_at > moment]
    turns += [promise.due_at for promise in promises if promise.state == "open"]
    turns += [] if permission.changes_at is None else [permission.changes_at]
    wanted = _preferences(told, view, moment)
    denied = {
        "facts": not view.purpose.traits,
        "interactions": not view.purpose.events or (view.role is not None and not view.role.shows_any("event:")),
        "threads": bool(rules) and not seeing,
        "preferences": wanted is None,
    }
    return attrs.evolve(
        bare,
        last_interactions=tuple(_interactions(past, view.role))[-1 : -1 - last : -1],
        open_threads=tuple(sorted((one for some, _ in found for one in some), key=lambda one: one.opened_at)),
        promises=tuple(promises),
        preferences=MappingProxyType(wanted or {}),
        denied=frozenset(part for part, closed in denied.items() if closed),
        changes_at=min(turns, default=None),
    )


def _sees(view: PurposeView, event: str) -> bool:
    """Say whether the purpose may see events of this name, and its role does."""
    return view.purpose.allows_event(event) and (view.role is None or view.role.event(event).kind != "hidden")


def _interactions(events: Iterable[Event], role: Role | None) -> Iterator[Interaction]:
    """Give those events in which people and the business met."""
    for event in events:
        if event.type in _MET:
            what = event.name or str(event.type)
            details = event.properties if role is None else MappingProxyType(role.details(event.name, event.properties))
            yield Interaction(event.occurred_at, event.channel, what, event.brand, details, event.id)


def _masked(
    role: Role | None, rule: ThreadRule, waiting: list[Thread], promised: list[Promised]
) -> tuple[list[Thread], list[Promised]]:
    """Return threads and promises as *role* sees what opened them."""
    if role is None:
        return waiting, promised
    key, subject = role.detail(rule.opened, rule.key), role.detail(rule.opened, rule.subject)
    due = role.detail(rule.opened, rule.due).kind == "whole"  # a part of a date is no date
    return (
        [attrs.evolve(one, key=_text(key, one.key), subject=_text(subject, one.subject)) for one in waiting],
        [attrs.evolve(one, key=_text(key, one.key)) for one in promised] if due else [],
    )


def _text(mask: Mask, text: str) -> str:
    return "" if mask.kind == "hidden" else str(mask.of(text))


def _preferences(facts: Iterable[Fact], view: PurposeView, now: datetime) -> dict[str, Preference] | None:
    """Return the preferences that the purpose may use, as its role sees them; None if it may use none at all."""
    purpose, role = view.purpose, view.role
    whole = purpose.allows_trait(PREFERENCES)
    if not whole and not any(name.startswith(f"{PREFERENCES}.") for name in purpose.traits):
        return None
    if role is not None and not role.shows_any(PREFERENCES):
        return None
    # What an event lets one infer is the event's; what a call says of the person is a trait.
    told = (
        attrs.evolve(fact, properties={}) if isinstance(fact, Event) and not _sees(view, fact.name) else fact
        for fact in facts
    )
    found = preferences(told, as_of=now)
    allowed = {key: one for key, one in found.items() if whole or purpose.allows_trait(f"{PREFERENCES}.{key}")}
    if role is None:
        return allowed
    seen = {key: role.preference(key) for key in allowed}
    return {key: _as(mask, allowed[key]) for key, mask in seen.items() if mask.kind != "hidden"}


def _as(mask: Mask, one: Preference) -> Preference:
    """Return a preference behind a mask, without what it was before unless it is whole."""
    return one if mask.kind == "whole" else attrs.evolve(one, value=mask.of(one.value), history=())
