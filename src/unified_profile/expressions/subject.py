"""Whom a rule is asked about: values, events, permissions and memberships as plain data, with what is denied."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.expressions.kleene import Kleene
from unified_profile.model import Event, Json, Membership, Permission, Profile
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.model.times import from_micros, to_micros


def _names(names: Iterable[str]) -> frozenset[str]:
    """Take any collection of names; a bare string is a slip that would become its letters."""
    if isinstance(names, str):
        raise InvalidInputError(field="names", reason="a bare string", hint="pass a set of names")
    return frozenset(names)


@attrs.frozen
class AllBut:
    """Every name there is, except *names*: what a purpose that lists its traits leaves denied.

    A trait that a purpose may not read is denied whether or not the person has it; else an answer would tell.

    >>> "birth_date" in AllBut({"email"}), "email" in AllBut({"email"})
    (True, False)
    """

    names: frozenset[str] = attrs.field(factory=frozenset, converter=_names)

    def __contains__(self, name: object) -> bool:
        """Say whether *name* is not among the exceptions."""
        return name not in self.names


EVERYTHING = AllBut()
"""Deny all names."""


def _denied(names: Container[str]) -> Container[str]:
    """Refuse a bare string, in which parts of names would be found."""
    if isinstance(names, str):
        raise InvalidInputError(field="denied", reason="a bare string", hint="pass a set of names, or AllBut(…)")
    if not hasattr(names, "__contains__"):
        raise InvalidInputError(field="denied", reason="holds no names", hint="pass a set of names, or AllBut(…)")
    return frozenset(names) if isinstance(names, (set, list, tuple)) else names


def _traits(traits: Mapping[str, Json]) -> Mapping[str, Json]:
    """Refuse what holds no names and values."""
    if not isinstance(traits, Mapping):
        raise InvalidInputError(field="traits", reason="not a mapping", hint="names to values")
    return traits


def _events(events: Iterable[Event]) -> tuple[Event, ...]:
    """Keep any iterable of events as a tuple."""
    found = tuple(events)
    for index, event in enumerate(found):
        if not isinstance(event, Event):
            raise InvalidInputError(field=f"events.{index}", reason="not an event", hint="pass model.Event facts")
    return found


class Lane(NamedTuple):
    """Events in the order in which they happened; those of one instant by id, so that no arrival order shows."""

    times: list[int]
    events: list[Event]


@attrs.frozen
class Course:
    """What an answer will be from a moment on if nothing more happens: the first step is that moment's answer.

    >>> from datetime import UTC
    >>> later = datetime(2026, 1, 2, tzinfo=UTC)
    >>> Course(((0, True), (to_micros(later), False))).at(later)
    False
    """

    steps: tuple[tuple[int, Kleene], ...]

    @property
    def changes(self) -> tuple[tuple[datetime, Kleene], ...]:
        """The instants at which the answer changes, each with the new answer."""
        return tuple((from_micros(at), value) for at, value in self.steps[1:])

    def at(self, now: datetime, /) -> Kleene:
        """Return the answer at *now*; unknown before the course begins."""
        return self.at_micros(to_micros(now))

    def at_micros(self, now: int, /) -> Kleene:
        """Return the answer at *now* in microseconds."""
        answer: Kleene = None
        for at, value in self.steps:
            if at > now:
                break
            answer = value
        return answer


@closed
@attrs.frozen
class Subject(Closed):
    """One person (or account) as one purpose may see it.

    *denied* and *denied_events* name the traits and events that may not be used; they need not be left out of
    *traits* and *events*, and are unknown under every operator. *purpose* says what the denials were decided for: a
    segment of another purpose then refuses the subject. *permissions* is keyed by purpose and channel,
    *memberships* by segment; *entered* says since when, for windows since entry. *founding* is what never changes of
    somebody, by which shares of people are drawn. *members* are the people of an account. Events may come in any order
    and more than once; those after *now* count when their time has come. A subject reads its events once: make a new
    one when there are new events.

    >>> Subject({"plan": "pro"}, denied={"email"})
    Subject(traits=•••[1], events=•••[0], denied=frozenset({'email'}), denied_events=frozenset(), ...)

    .. versionadded:: 0.1
    """

    traits: Mapping[str, Json] = attrs.field(factory=dict, converter=_traits, repr=hidden)
    events: tuple[Event, ...] = attrs.field(default=(), converter=_events, repr=hidden)
    denied: Container[str] = attrs.field(default=frozenset(), converter=_denied, kw_only=True)
    denied_events: Container[str] = attrs.field(default=frozenset(), converter=_denied, kw_only=True)
    permissions: Mapping[tuple[str, str], Permission] = attrs.field(factory=dict, kw_only=True, repr=hidden)
    memberships: Mapping[str, Membership | Course] = attrs.field(factory=dict, kw_only=True, repr=hidden)
    entered: Mapping[str, datetime] = attrs.field(factory=dict, kw_only=True, repr=hidden)
    founding: str = attrs.field(default="", kw_only=True, repr=hidden)
    members: tuple[Subject, ...] = attrs.field(default=(), kw_only=True, repr=hidden)
    profile: str = attrs.field(default="", kw_only=True)
    purpose: str = attrs.field(default="", kw_only=True)
    _lanes: dict[tuple[str, tuple[str, ...]], Lane] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @classmethod
    def of(
        cls,
        profile: Profile,
        events: Iterable[Event] = (),
        *,
        denied: Container[str] = frozenset(),
        denied_events: Container[str] = frozenset(),
        purpose: str = "",
    ) -> Subject:
        """Return the subject that a folded *profile* makes, with the *events* that are its."""
        traits = {name: trait.value for name, trait in profile.traits.items()}
        return cls(
            traits, tuple(events), denied=denied, denied_events=denied_events, profile=profile.id, purpose=purpose
        )

    def knowing(self, memberships: Mapping[str, Membership | Course], /) -> Subject:
        """Return the same person with other *memberships*; the order of events is not worked out again."""
        other = attrs.evolve(self, memberships=memberships)
        object.__setattr__(other, "_lanes", self._lanes)
        return other

    def lane(self, type: str, names: tuple[str, ...], /) -> Lane:
        """Return the events of *type* ("" for any) with one of *names* (all when empty), in order, each id once."""
        lanes = self._lanes
        if not lanes:
            lanes.update(_lanes(self.events))
        found = lanes.get((type, names))
        if found is None:
            if len(names) == 1 and type:
                return _NOTHING
            found = lanes[type, names] = _lane(
                event
                for event in lanes["", ()].events
                if (not names or event.name in names) and (not type or str(event.type) == type)
            )
        return found


_NOTHING = Lane([], [])


def _lanes(events: Iterable[Event]) -> dict[tuple[str, tuple[str, ...]], Lane]:
    """Put *events* in order, all of them and by type and name."""
    everything = _lane({event.id: event for event in events}.values())
    lanes: dict[tuple[str, tuple[str, ...]], Lane] = {("", ()): everything}
    for at, event in zip(*everything, strict=True):
        times, same = lanes.setdefault((str(event.type), (event.name,)), Lane([], []))
        times.append(at)
        same.append(event)
    return lanes


def _lane(events: Iterable[Event]) -> Lane:
    """Put *events* in order."""
    rows = sorted(((to_micros(event.occurred_at), event.id, event) for event in events), key=_place)
    return Lane([row[0] for row in rows], [row[2] for row in rows])


def _place(row: tuple[int, str, Event]) -> tuple[int, str]:
    """Return what orders an event."""
    return row[:2]
