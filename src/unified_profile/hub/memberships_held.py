"""What is kept of one person beside their memberships, so that an event need not read their history again.

Of conditions that count events the newest times, of the others the answer and until when it holds. It is kept in the
row that says how the person stands, follows from facts, and is made anew from them wherever it does not fit: other
definitions, purposes or rules, time that is up, anything but an event that is simply added.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from unified_profile.expressions import Kleene
from unified_profile.model.membership_rows import StandingRow
from unified_profile.segments.live.counts import Place

MOST_KEPT = 4_096
"""Of how many people a process keeps what it wrote last, to save reading it from its JSON text."""


class Entry(NamedTuple):
    """How a profile stands in one segment: whether in, since when, and before when time alone changes nothing."""

    member: bool
    since_us: int | None
    next_us: int | None


OUTSIDE = Entry(member=False, since_us=None, next_us=None)


class Known:
    """What the conditions of one purpose say of a person.

    *closed* says that they do not permit the purpose; *until_us* is when that, or a computed trait, may change by time.
    *others* holds the conditions that count nothing: their answer, and when it may change. *places* holds newest times.
    """

    __slots__ = ("closed", "head", "others", "places", "texts", "until_us")

    def __init__(
        self,
        until_us: int | None,
        others: dict[int, tuple[Kleene, int | None]],
        places: dict[int, list[Place]],
        *,
        closed: bool,
    ) -> None:
        """Keep what was found."""
        self.closed = closed
        self.until_us = until_us
        self.others = others
        self.places = places
        told = {str(number): list(one) for number, one in others.items()}
        self.head = f'{{"shut":{int(closed)},"until":{_plain(until_us)},"other":{_compact(told)},"times":{{'
        self.texts = {number: _times(number, held) for number, held in places.items()}

    def count(self, number: int, places: list[Place], /) -> None:
        """Take *places* for the newest times of a condition."""
        self.places[number] = places
        self.texts[number] = _times(number, places)

    def text(self) -> str:
        """Return it as JSON."""
        return f"{self.head}{','.join(self.texts.values())}}}}}"


class Held:
    """How a person stands in all segments, with what is known of each purpose; *mark* says under which definitions."""

    __slots__ = ("entries", "first_us", "knows", "mark", "texts")

    def __init__(self, mark: str, first_us: int, entries: dict[str, Entry], knows: dict[str, Known]) -> None:
        """Keep what was found."""
        self.mark = mark
        self.first_us = first_us
        self.knows = knows
        self.entries: dict[str, Entry] = {}
        self.texts: dict[str, str] = {}
        for name in sorted(entries):
            self.put(name, entries[name])

    def put(self, name: str, entry: Entry, /) -> None:
        """Take *entry* for how they stand in a segment; who is out, and stays out, needs no word."""
        if entry.member or entry.next_us is not None:
            self.entries[name] = entry
            member, since, until = entry
            self.texts[name] = f"{_name(name)}:[{int(member)},{_plain(since)},{_plain(until)}]"
        elif name in self.entries:
            del self.entries[name], self.texts[name]

    def text(self) -> str:
        """Return it as JSON: the body of a standing."""
        knows = ",".join(f"{_name(purpose)}:{known.text()}" for purpose, known in self.knows.items())
        return (
            f'{{"in":{{{",".join(self.texts.values())}}},"first":{self.first_us},'
            f'"mark":{_name(self.mark)},"known":{{{knows}}}}}'
        )

    def wake_us(self) -> int | None:
        """Return when the person has to be looked at again."""
        found = [one.next_us for one in self.entries.values() if one.next_us is not None]
        found += [known.until_us for known in self.knows.values() if known.until_us is not None]
        return min(found, default=None)


def held_in(row: StandingRow, /) -> Held:
    """Return what a row keeps."""
    held = json.loads(row.body)
    knows = {
        purpose: Known(
            known["until"],
            {int(number): (answer, until) for number, (answer, until) in known["other"].items()},
            {int(number): [(at, "") for at in times] for number, times in known["times"].items()},
            closed=bool(known["shut"]),
        )
        for purpose, known in held["known"].items()
    }
    entries = {name: Entry(bool(member), since, until) for name, (member, since, until) in held["in"].items()}
    return Held(held["mark"], held["first"], entries, knows)


def entries_in(body: str, /) -> Mapping[str, Entry]:
    """Return what the body of a standing says, by segment."""
    return {name: Entry(bool(member), *rest) for name, (member, *rest) in json.loads(body)["in"].items()}


class Kept:
    """What a process wrote last of some people, by the text that it wrote: another text is another state.

    Whoever takes something out owns it until it is put back, so that no two threads change one.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        """Keep nothing yet."""
        self._most = most
        self._held: dict[tuple[str, str], Held] = {}
        self._lock = threading.Lock()

    def take(self, row: StandingRow, /) -> Held:
        """Return what *row* keeps, and keep it no longer."""
        found = self._held.pop((row.profile, row.body), None)
        return held_in(row) if found is None else found

    def put(self, row: StandingRow, held: Held, /) -> None:
        """Keep what *row* says; whoever was kept longest has to go when there are too many."""
        with self._lock:
            if len(self._held) >= self._most:
                self._held.pop(next(iter(self._held)), None)
            self._held[row.profile, row.body] = held

    def clear(self) -> None:
        """Forget everybody, as a process does that ends."""
        self._held.clear()

    def forget(self, profiles: Collection[str], /) -> None:
        """Forget these people, as the store does."""
        with self._lock:
            for key in [key for key in self._held if key[0] in profiles]:
                self._held.pop(key, None)

    def knows(self, profile: str, /) -> bool:
        """Say whether anything is kept of somebody."""
        return any(key[0] == profile for key in list(self._held))


KEPT = Kept()


def _plain(number: int | None) -> str:
    return "null" if number is None else str(number)


def _times(number: int, places: list[Place]) -> str:
    return f'"{number}":{[at for at, _ in places]}'


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


@lru_cache(maxsize=10_000)
def _name(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
