"""What followed upon what: an event and then another of the same thing, or its absence (the abandoned cart)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.course import Step, changes_only
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field, path_json
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.sentences import sequence_phrase
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language
from unified_profile.expressions.subject import Lane, Subject
from unified_profile.expressions.values import checked_duration, duration_text, kind_of, micros_in, typed_key
from unified_profile.model import Event
from unified_profile.model.values import Json

Key = tuple[str, object]
Stretch = tuple[int, int | None]
"""From when (included) until when (excluded; None for ever) the sequence is there."""

_ALL: Key = ("all", None)
_KEYS = frozenset({"text", "number", "flag"})


def _length(length: timedelta) -> timedelta:
    """Refuse a wait without length."""
    return checked_duration(length, field="within")


def _during(length: timedelta | None) -> timedelta | None:
    """Refuse a window without length."""
    return None if length is None else checked_duration(length, field="during")


def _same(same: tuple[tuple[str, ...] | str, tuple[str, ...] | str] | None) -> tuple[tuple[str, ...], ...] | None:
    """Keep the paths of the property that both events share."""
    if same is None:
        return None
    if isinstance(same, str) or len(same) != 2:
        raise InvalidRulesError(field="same", reason="not a pair of properties", hint="one per event")
    return tuple(Field("property", path).path for path in same)


@attrs.frozen
class EventSequence(Expression):
    """An event of *first* that one of *then* followed within a time; or, with *followed* False, that none did.

    *then* may come at the same instant or up to *within* later, both ends included; an event never follows itself.
    What nothing followed is known only when the time is over: until then the answer is False, and `next_change` says
    when it turns. *same* names the property of each event that must agree (the product that was added is the product
    that was bought); an event that lacks it neither begins nor follows, and one that holds a list (the products of an
    order) speaks of each element. *during* looks only at events of *first* that happened at most that long ago.

    .. versionadded:: 0.1
    """

    first: EventFilter
    then: EventFilter
    within: timedelta = attrs.field(converter=_length)
    followed: bool = True
    same: tuple[tuple[str, ...], ...] | None = attrs.field(default=None, converter=_same)
    during: timedelta | None = attrs.field(default=None, converter=_during)

    def __attrs_post_init__(self) -> None:
        """Refuse a sequence that nobody could ever be in."""
        if not self.followed and self.during is not None and self.during <= self.within:
            raise InvalidRulesError(
                field="during",
                reason="over before it is known that nothing followed",
                hint="make it longer than within",
            )

    @property
    def scope(self) -> Scope:
        """A person."""
        return "person"

    @property
    def reads(self) -> Reads:
        """The events of both ends."""
        return self.first.reads | self.then.reads

    @property
    def timeless(self) -> bool:
        """Never: waiting times end."""
        return False

    def build(self) -> Run:
        """Make the function."""
        stretches = self._stretches()

        def run(subject: Subject, now: int) -> Kleene:
            found = stretches(subject)
            if found is None:
                return None
            return any(start <= now and (end is None or now < end) for start, end in found)

        return run

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now* and whenever a stretch begins or ends."""
        found = self._stretches()(subject)
        if found is None:
            return iter(((now, None),))
        return changes_only(_walk(list(found), now))

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        return "denied" if answer is None else str(answer).lower()

    def _stretches(self) -> Callable[[Subject], Iterator[Stretch] | None]:
        """Return a function from a subject to the stretches of time in which the sequence is there."""
        find_first, find_then = self.first.finder(), self.then.finder()
        begins, follows = self._keyed(self.first, 0), self._keyed(self.then, 1)
        wait = micros_in(self.within)
        lasting = None if self.during is None else micros_in(self.during)

        def stretches(subject: Subject) -> Iterator[Stretch] | None:
            beginnings, endings = find_first(subject), find_then(subject)
            if beginnings is None or endings is None:
                return None
            return _found(begins(beginnings), _by_key(follows(endings)), wait, lasting, followed=self.followed)

        return stretches

    def _keyed(self, events: EventFilter, place: int) -> Callable[[Lane], Iterator[tuple[int, str, Key]]]:
        """Return a function from events to time, id and key of those that count, once for each key."""
        clause = events.clause()
        read = None if self.same is None else Field("property", self.same[place]).reader()

        def keys(event: Event) -> Iterable[Key]:
            if read is None:
                return (_ALL,)
            value = read(event)
            values = value if isinstance(value, (list, tuple)) else (value,)
            return {typed_key(each) for each in values if kind_of(each) in _KEYS}

        def keyed(lane: Lane) -> Iterator[tuple[int, str, Key]]:
            for at, event in zip(*lane, strict=True):
                if clause is None or clause(event, 0) is True:
                    for key in keys(event):
                        yield at, event.id, key

        return keyed

    def text(self, language: Language = "en") -> str:
        """Return the sequence in words."""
        return sequence_phrase(
            self.first.text(as_language(language)),
            self.then.text(language),
            self.within,
            language,
            followed=self.followed,
            same=".".join(self.same[0]) if self.same else "",
            during=self.during,
        )

    def to_json(self) -> dict[str, Json]:
        """Return the sequence as JSON data."""
        shown: dict[str, Json] = {
            "first": self.first.to_json(),
            "then": self.then.to_json(),
            "within": duration_text(self.within),
            "followed": self.followed,
        }
        if self.same is not None:
            shown["same"] = [path_json(path) for path in self.same]
        if self.during is not None:
            shown["during"] = duration_text(self.during)
        return shown


def _by_key(events: Iterable[tuple[int, str, Key]]) -> dict[Key, list[tuple[int, str]]]:
    """Return times and ids by key, in order."""
    found: dict[Key, list[tuple[int, str]]] = {}
    for at, id, key in events:
        found.setdefault(key, []).append((at, id))
    return found


def _found(
    beginnings: Iterable[tuple[int, str, Key]],
    endings: dict[Key, list[tuple[int, str]]],
    wait: int,
    lasting: int | None,
    *,
    followed: bool,
) -> Iterator[Stretch]:
    """Yield the stretches in which a beginning counts as followed, or as not followed."""
    for at, id, key in beginnings:
        after = _next(endings.get(key, []), at, id)
        came = after is not None and after <= at + wait
        end = None if lasting is None else at + lasting + 1
        if came is followed:
            start = after if came and after is not None else at + wait + 1
            if end is None or start < end:
                yield start, end


def _next(places: list[tuple[int, str]], at: int, id: str) -> int | None:
    """Return the time of the first place at or after *at* that is not the event *id* itself."""
    index = bisect_left(places, (at,))
    while index < len(places) and places[index] == (at, id):
        index += 1
    return places[index][0] if index < len(places) else None


def _walk(stretches: list[Stretch], now: int) -> Iterator[Step]:
    """Yield an answer at *now* and wherever a stretch begins or ends."""
    changes: dict[int, int] = {now: 0}
    for start, end in stretches:
        if end is None or end > now:
            changes[max(start, now)] = changes.get(max(start, now), 0) + 1
            if end is not None:
                changes[end] = changes.get(end, 0) - 1
    open_now = 0
    for at in sorted(changes):
        open_now += changes[at]
        yield at, open_now > 0
