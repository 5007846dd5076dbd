"""The law book: the rows a caller chose, ready to be asked what binds where and when."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from unified_profile.consent.law.in_force import Readied
from unified_profile.consent.law.places import chain
from unified_profile.consent.law.rows import LEAVES, Law, rows_of
from unified_profile.errors import UnknownNameError
from unified_profile.model import Json

_MOST = 4096
"""Places and channels are few; what strangers make up must not fill the memory."""


@attrs.frozen(eq=False)
class LawBook:
    """A selection of dated rules. Extend it with rows of your own, leave out what does not concern you.

    >>> book = LawBook.default()
    >>> len(book) >= 60, book.knows("DE"), book.knows("AQ")
    (True, True, False)
    >>> book.only("EU", "DE").knows("US-CA")
    False

    .. versionadded:: 0.1
    """

    rows: tuple[Law, ...] = attrs.field(default=(), converter=rows_of, repr=lambda rows: f"<{len(rows)} rows>")
    _by_place: dict[str, Mapping[str, tuple[Law, ...]]] = attrs.field(init=False, factory=dict, repr=False)
    _edges: dict[str, tuple[datetime, ...]] = attrs.field(init=False, factory=dict, repr=False)
    _about: dict[object, Mapping[str, tuple[Law, ...]]] = attrs.field(init=False, factory=dict, repr=False)
    _readied: dict[object, Readied] = attrs.field(init=False, factory=dict, repr=False)

    @classmethod
    def default(cls) -> LawBook:
        """Return all rows that the library brings (see ``docs/explanation/law.md`` for what they are and are not)."""
        from unified_profile.consent.law import americas, europe, japan, members, united_kingdom

        return cls([*europe.ROWS, *members.ROWS, *united_kingdom.ROWS, *americas.ROWS, *japan.ROWS])

    def __iter__(self) -> Iterator[Law]:
        """Give the rows in the order of their ids."""
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        """A book is true when it holds any row."""
        return bool(self.rows)

    def __getitem__(self, name: str) -> Law:
        """Return the row with the id *name*.

        Raises:
            UnknownNameError: If there is none.
        """
        for row in self.rows:
            if row.id == name:
                return row
        raise UnknownNameError(kind="law", name=str(name), known=[row.id for row in self.rows])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LawBook) and self.rows == other.rows

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def fingerprint(self) -> str:
        """A short text that differs when a row does."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]

    def plus(self, *rows: Law) -> LawBook:
        """Return a book with *rows* as well; a row with an id that is there already replaces it."""
        new = {row.id for row in rows}
        return LawBook([*(row for row in self.rows if row.id not in new), *rows])

    def without(self, *names: str) -> LawBook:
        """Return a book that lacks the rows with these ids.

        Raises:
            UnknownNameError: If there is no such row.
        """
        for name in names:
            self[name]
        return LawBook(row for row in self.rows if row.id not in names)

    def only(self, *places: str) -> LawBook:
        """Return a book of what binds in *places*, the rules of what they lie in included."""
        wanted = {wider for place in places for wider in chain(place)}
        return LawBook(row for row in self.rows if row.jurisdiction in wanted)

    def knows(self, place: str, /) -> bool:
        """Say whether any row binds in *place*: where nothing is known, nothing can be decided."""
        return bool(self._in(place))

    def of(self, kind: str, place: str, /) -> tuple[Law, ...]:
        """Return the rows of *kind* that bind in *place* at any time, those of the nearest place first."""
        return self._in(place).get(kind, ())

    def at(self, kind: str, place: str, at: datetime, /) -> list[Law]:
        """Return the rows of *kind* that bind in *place* at *at*, those of the nearest place first."""
        return [row for row in self.of(kind, place) if row.binds(at)]

    def about(
        self, place: str, kinds: frozenset[str], within: frozenset[str], channel: str, /
    ) -> Mapping[str, tuple[Law, ...]]:
        """Return by kind the rows that bind in *place* at any time and concern such a purpose on such a channel.

        *kinds* are what it does, *within* what it or a part of it does: rules that only allow speak of the first.
        """
        key = (place, kinds, within, channel)
        found = self._about.get(key)
        if found is None:
            chosen = {
                name: tuple(row for row in rows if row.concerns(kinds if name in LEAVES else within, channel))
                for name, rows in self._in(place).items()
            }
            found = MappingProxyType({name: rows for name, rows in chosen.items() if rows})
            if len(self._about) < _MOST:
                self._about[key] = found
        return found

    def readied(self, place: str, kinds: frozenset[str], within: frozenset[str], channel: str, /) -> Readied:
        """Return what ``about`` does, ready to be asked what binds when."""
        key = (place, kinds, within, channel)
        found = self._readied.get(key)
        if found is None:
            found = Readied(self.about(place, kinds, within, channel))
            if len(self._readied) < _MOST:
                self._readied[key] = found
        return found

    def turns(self, place: str, /, *, after: datetime) -> tuple[datetime, ...]:
        """Return, in order, the instants after *after* at which a rule that binds in *place* begins or ends."""
        found = self._edges.get(place)
        if found is None:
            rows = [row for rows in self._in(place).values() for row in rows]
            edges = {edge for row in rows for edge in (row.since, row.until) if edge is not None}
            found = tuple(sorted(edges))
            if len(self._edges) < _MOST:
                self._edges[place] = found
        return found[bisect_right(found, after) :]

    def _in(self, place: str) -> Mapping[str, tuple[Law, ...]]:
        found = self._by_place.get(place)
        if found is None:
            near = {wider: rank for rank, wider in enumerate(chain(place))}
            kinds: dict[str, list[Law]] = {}
            for row in sorted(self.rows, key=lambda row: (near.get(row.jurisdiction, 0), row.id)):
                if row.jurisdiction in near:
                    kinds.setdefault(row.kind, []).append(row)
            found = MappingProxyType({kind: tuple(rows) for kind, rows in kinds.items()})
            if len(self._by_place) < _MOST:
                self._by_place[place] = found
        return found

    def to_json(self) -> list[Json]:
        """Return the rows as JSON."""
        return [row.to_json() for row in self.rows]

    @classmethod
    def from_json(cls, body: Iterable[object], /) -> LawBook:
        """Return the book of a JSON form.

        Raises:
            InvalidRulesError: If a row is not one.
        """
        return cls(Law.from_json(one) for one in body)
