"""Which events a rule speaks of: by name, by type, and by what a where-clause asks of their properties."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.logic import Expression, checked_rule
from unified_profile.expressions.shape import Language, Reads, Run, Scene
from unified_profile.expressions.subject import Lane, Subject
from unified_profile.expressions.values import LONGEST_TEXT
from unified_profile.expressions.wording import quoted
from unified_profile.model import EventType
from unified_profile.model.values import Json

_MOST_NAMES = 1_000


def _names(names: Sequence[str] | str) -> tuple[str, ...]:
    """Keep names sorted and once each: their order means nothing."""
    found = (names,) if isinstance(names, str) else tuple(names)
    if len(found) > _MOST_NAMES or not all(isinstance(name, str) and 0 < len(name) <= LONGEST_TEXT for name in found):
        raise InvalidRulesError(field="events", reason="not a list of names", hint="e.g. 'Order Completed'")
    return tuple(sorted(set(found)))


def _type(type: str) -> str:
    """Refuse a type that the Segment spec does not have; "" is any."""
    known = [each.value for each in EventType]
    if type and type not in known:
        raise InvalidRulesError(field="type", reason="no such type of event", hint="one of " + ", ".join(known))
    return str(type)


def _where(where: Expression | None) -> Expression | None:
    """Refuse a clause that asks for something else than the event."""
    if where is None:
        return None
    checked_rule(where, field="where")
    if where.scope == "person":
        raise InvalidRulesError(field="where", reason="reads a trait", hint="join it with & beside the events")
    if not where.timeless:
        raise InvalidRulesError(
            field="where", reason="looks at now", hint="limit the events with .within(…), or compare with an instant"
        )
    return where


@attrs.frozen
class EventFilter:
    """Events of a type ("" for any) with one of *names* (any when empty) of which *where* is true.

    An event of which *where* is unknown does not count, just as somebody of whom a rule is unknown is no member.
    """

    names: tuple[str, ...] = attrs.field(default=(), converter=_names)
    type: str = attrs.field(default="track", converter=_type)
    where: Expression | None = attrs.field(default=None, converter=_where)

    @property
    def reads(self) -> Reads:
        """The names of the events (``"*"`` when all are read), and the traits that properties are compared with."""
        return Reads(events=frozenset(self.names or ("*",)), traits=self._traits)

    @property
    def personal(self) -> bool:
        """Whether properties are compared with traits, so that a change of a trait changes which events count."""
        return bool(self._traits)

    @property
    def _traits(self) -> frozenset[str]:
        return frozenset() if self.where is None else self.where.reads.traits

    def finder(self) -> Callable[[Subject], Lane | None]:
        """Return a function from a subject to the events of type and name in order; None when any is denied."""
        names, type = self.names, self.type
        if self.personal:
            return self._with_person
        if len(names) == 1:
            name = names[0]
            return lambda subject: None if name in subject.denied_events else subject.lane(type, names)
        return lambda subject: None if _denies(subject.denied_events, names) else subject.lane(type, names)

    def _with_person(self, subject: Subject) -> Lane | None:
        """Return the events, each with the person it is of."""
        if _denies(subject.denied_events, self.names) or any(name in subject.denied for name in self._traits):
            return None
        times, found = subject.lane(self.type, self.names)
        scenes: list[Any] = [Scene(event, subject) for event in found]
        return Lane(times, scenes)

    def clause(self) -> Run | None:
        """Return the where-clause as a function of an event as `finder` gives it."""
        return None if self.where is None else self.where.build()

    def text(self, language: Language = "en") -> str:
        """Return the events in words."""
        named = ("・" if language == "ja" else " or ").join(quoted(name) for name in self.names)
        kind = "" if self.type == "track" else self.type
        where = f" where {self.where.text()}" if self.where is not None else ""
        if language == "ja":
            where = f"（{self.where.text('ja')}）" if self.where is not None else ""
            return f"{kind}イベント{named}{where}"
        return " ".join(part for part in (kind, named, "events") if part) + where

    def to_json(self) -> dict[str, Json]:
        """Return the filter as JSON data."""
        shown: dict[str, Json] = {"events": list(self.names)}
        if self.type != "track":
            shown["type"] = self.type
        if self.where is not None:
            shown["where"] = self.where.to_json()
        return shown


def _denies(denied: Container[str], names: tuple[str, ...]) -> bool:
    """Say whether any of *names* is denied; without names, whether anything is."""
    return any(name in denied for name in names) if names else bool(denied)
