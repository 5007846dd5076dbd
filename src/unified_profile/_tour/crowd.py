"""Walks through everybody once, and lets each part of the tour look at each person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

import attrs

from unified_profile import Hub
from unified_profile._tour.business import Asked
from unified_profile.expressions import Subject
from unified_profile.hub.door import batches
from unified_profile.hub.driver import run
from unified_profile.hub.reading import Moment, Person, moment, people
from unified_profile.hub.setup import Setup
from unified_profile.hub.subjects import subject_of


@attrs.define
class Somebody:
    """One person, and the same person as each purpose may ask about them (worked out once)."""

    person: Person
    setup: Setup
    when: Moment
    _subjects: dict[Asked, Subject] = attrs.field(factory=dict)

    @property
    def now(self) -> datetime:
        """The moment of the walk."""
        return self.when.at

    def subject(self, asked: Asked) -> Subject:
        """Return what rules for *asked* may ask about: nothing, if it is not permitted."""
        if asked not in self._subjects:
            self._subjects[asked] = subject_of(
                self.person,
                self.setup,
                self.when,
                purpose=asked.purpose,
                channel=asked.channel,
                brand=asked.brand,
            )
        return self._subjects[asked]


class Watcher(Protocol):
    """A part of the tour."""

    def see(self, one: Somebody, /) -> None:
        """Look at one person."""
        ...


def walk(hub: Hub, watchers: Mapping[str, Watcher] | Iterable[Watcher], /, *, page: int = 500) -> int:
    """Show everybody to each of *watchers*; return how many people there are.

    The same as ``hub.subjects`` for each purpose and ``hub.coverage``, in one reading instead of one for each.
    """
    parts = list(watchers.values()) if isinstance(watchers, Mapping) else list(watchers)
    when = moment(hub.setup, None, None)
    count = 0
    for ids in batches(hub.ids(), page):
        for person in run(hub.store, hub.setup.tenant, lambda ids=ids: people(ids, hub.setup, when)):  # type: ignore[misc]  # bound at once
            count += 1
            one = Somebody(person, hub.setup, when)
            for part in parts:
                part.see(one)
    return count
