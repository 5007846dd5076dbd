"""Threads: what was opened and waits to be settled, and what was promised about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.model import Event, Json
from unified_profile.model.redaction import Closed, closed, hidden

State: TypeAlias = Literal["kept", "broken", "overdue", "open"]


@attrs.frozen(kw_only=True)
class ThreadRule:
    """Which events open, answer and resolve a thread, and which of their properties hold what.

    *key* names the thread, *due* the instant by which it was promised to be resolved, *subject* what it is about.

    >>> returns = ThreadRule(opened="Return Requested", answered="", resolved="Return Received", key="return_id")
    >>> sorted(returns.names)
    ['Return Received', 'Return Requested']

    .. versionadded:: 0.1
    """

    opened: str = "Ticket Opened"
    answered: str = "Ticket Answered"
    resolved: str = "Ticket Resolved"
    key: str = "ticket_id"
    due: str = "promise_due"
    subject: str = "subject"

    def __attrs_post_init__(self) -> None:
        """Refuse a rule under which nothing could be opened, or told apart from what ends it."""
        for field in ("opened", "resolved", "key"):
            if not getattr(self, field):
                raise InvalidRulesError(field=f"thread.{field}", reason="missing", hint="name it")
        if self.resolved == self.opened:
            raise InvalidRulesError(field="thread.resolved", reason="is what opens it", hint="name another event")

    @property
    def names(self) -> frozenset[str]:
        """The events that a purpose must be allowed to see: with fewer of them, what is settled would look open."""
        return frozenset(name for name in (self.opened, self.answered, self.resolved) if name)


@closed
@attrs.frozen
class Thread(Closed):
    """Something that was opened and is not resolved yet. *answered_at* is the first answer, if there was one.

    .. versionadded:: 0.1
    """

    key: str = attrs.field(repr=hidden)
    subject: str = attrs.field(repr=hidden)
    channel: str
    brand: str
    opened_at: datetime
    answered_at: datetime | None
    because: tuple[str, ...]


@closed
@attrs.frozen
class Promised(Closed):
    """That a thread was to be resolved by *due_at*.

    *state* is ``kept`` (resolved by then), ``broken`` (resolved later), ``overdue`` (the time has come and it is not
    resolved) or ``open`` (not resolved, and there is time left).

    .. versionadded:: 0.1
    """

    key: str = attrs.field(repr=hidden)
    state: State
    made_at: datetime
    due_at: datetime
    resolved_at: datetime | None
    channel: str
    because: tuple[str, ...]


def threads(events: Sequence[Event], rule: ThreadRule, *, now: datetime) -> tuple[list[Thread], list[Promised]]:
    """Return the open threads and all promises of *events*, which are in order and not after *now*."""
    named: dict[str, list[Event]] = {}
    for event in events:
        key = _key(event.properties, rule.key) if event.name in rule.names else ""
        if key:
            named.setdefault(key, []).append(event)
    waiting: list[Thread] = []
    promised: list[Promised] = []
    for key, course in named.items():
        thread = _open(key, course, rule)
        if thread is not None:
            waiting.append(thread)
        promised += _promises(key, course, rule, now)
    return waiting, promised


def _open(key: str, course: Sequence[Event], rule: ThreadRule) -> Thread | None:
    """Return the thread if it was opened, and not resolved at that moment or later."""
    opened: list[Event] = []
    settled = max((event.occurred_at for event in course if event.name == rule.resolved), default=None)
    opened = [event for event in course if event.name == rule.opened]
    if settled is not None:
        opened = [event for event in opened if event.occurred_at > settled]
    if not opened:
        return None
    first = opened[0]
    answers = [event for event in course if event.name == rule.answered and event.occurred_at >= first.occurred_at]
    told = first.properties.get(rule.subject)
    return Thread(
        key,
        told if isinstance(told, str) else "",
        first.channel,
        first.brand,
        first.occurred_at,
        answers[0].occurred_at if answers else None,
        tuple(event.id for event in (*opened, *answers)),
    )


def _promises(key: str, course: Sequence[Event], rule: ThreadRule, now: datetime) -> Iterable[Promised]:
    """Give what was promised each time the thread was opened."""
    for event in course:
        due = moment(event.properties.get(rule.due)) if event.name == rule.opened else None
        if due is None:
            continue
        later = (one for one in course if one.name == rule.resolved and one.occurred_at >= event.occurred_at)
        end = next(later, None)
        state: State = "overdue" if now >= due else "open"
        if end is not None:
            state = "kept" if end.occurred_at <= due else "broken"
        ids = (event.id,) if end is None else (event.id, end.id)
        yield Promised(key, state, event.occurred_at, due, None if end is None else end.occurred_at, event.channel, ids)


def _key(properties: Mapping[str, Json], name: str) -> str:
    value = properties.get(name)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def moment(value: Json, /) -> datetime | None:
    """Return the instant that a property tells in ISO 8601 with its offset; None if it tells none.

    >>> moment("2026-01-31T09:00:00+09:00")
    datetime.datetime(2026, 1, 31, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
