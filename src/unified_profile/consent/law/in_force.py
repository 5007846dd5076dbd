"""Rows of the law made ready: what binds from one instant to the next, worked out once and looked up from then on.

Nothing of a person is in here. A book never changes, so what was worked out from its rows never gets old.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from unified_profile.consent.law.rows import Law
from unified_profile.consent.spelling import one_name

_NO_ROWS: tuple[Law, ...] = ()


def cited(rows: Iterable[Law], /) -> tuple[str, ...]:
    """Return how rows stand among reasons."""
    return tuple([f"law:{row.id}" for row in rows])


@attrs.frozen
class Child:
    """A row about children: below *age* a parent must consent, from *own_from* a child's own yes counts as well."""

    age: int
    own_from: int
    any_basis: bool
    cited: tuple[str, ...]


@attrs.frozen
class OptOut:
    """A row about opting out: which right is invoked, and of which categories it speaks (none: of all)."""

    right: str
    categories: frozenset[str]
    cited: tuple[str, ...]


@attrs.frozen
class InForce:
    """The rows that bind at one time, for one place, channel and what a purpose does.

    Attributes:
        rows: Them all, by kind, those of the nearest place first.
        rights: Which rights they give, each with the rows that do.
        bases: Which bases they name, each with the row that does.
        conditions: Which conditions they accept for special categories.
        children: What they say of children.
        opt_outs: What they say of opting out.
    """

    rows: Mapping[str, tuple[Law, ...]]
    rights: Mapping[str, tuple[str, ...]] = attrs.field(init=False)
    bases: Mapping[str, tuple[str, ...]] = attrs.field(init=False)
    conditions: frozenset[str] = attrs.field(init=False)
    children: tuple[Child, ...] = attrs.field(init=False)
    opt_outs: tuple[OptOut, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Read from the rows what rules ask of them."""
        rights: dict[str, list[Law]] = {}
        for row in self.of("right"):
            rights.setdefault(one_name(row.text("right")), []).append(row)
        bases = {name: cited([row]) for row in self.of("basis") for name in (row.text("basis"), *row.names("bases"))}
        conditions = {
            name for row in self.of("special_condition") for name in (row.text("condition"), *row.names("conditions"))
        }
        opt_outs = [
            OptOut(one_name(row.text("right")), row.names("categories"), cited([row])) for row in self.of("opt_out")
        ]
        for name, found in (
            ("rights", {right: cited(rows) for right, rows in rights.items()}),
            ("bases", bases),
            ("conditions", frozenset(conditions)),
            ("children", tuple(_child(row) for row in child_rows(self.of("child")))),
            ("opt_outs", tuple(opt_outs)),
        ):
            object.__setattr__(self, name, found)

    def of(self, kind: str, /) -> tuple[Law, ...]:
        """Return the rows of one kind."""
        return self.rows.get(kind, _NO_ROWS)


def child_rows(rows: Iterable[Law]) -> list[Law]:
    """Return the rows about children that count: of the general ones that of the nearest place, of others all."""
    general: list[Law] = []
    particular: list[Law] = []
    for row in rows:
        if row.names("kinds"):
            particular.append(row)
        elif not general:  # rows come with the nearest place first
            general.append(row)
    return [*general, *particular]


def _child(row: Law) -> Child:
    age = row.number("age")
    any_basis = bool(row.names("kinds")) or row.params.get("any_basis") is True
    return Child(age, row.number("own_from", age), any_basis, cited([row]))


class Readied:
    """Rows that can matter to one question, split at the instants at which one of them begins or ends."""

    __slots__ = ("_edges", "_found", "_rows")

    def __init__(self, rows: Mapping[str, tuple[Law, ...]]) -> None:
        """Take *rows* by kind, those of the nearest place first."""
        edges = {
            edge for found in rows.values() for row in found for edge in (row.since, row.until) if edge is not None
        }
        self._rows, self._edges = rows, sorted(edges)
        self._found: dict[int, InForce] = {}

    def turns(self, after: datetime, /) -> list[datetime]:
        """Return, in order, the instants after *after* at which one of the rows begins or ends."""
        return self._edges[bisect_right(self._edges, after) :]

    def at(self, at: datetime, /) -> InForce:
        """Return the rows that bind at *at*."""
        place = bisect_right(self._edges, at)
        found = self._found.get(place)
        if found is None:
            binding = {kind: tuple(row for row in rows if row.binds(at)) for kind, rows in self._rows.items()}
            found = self._found[place] = InForce({kind: rows for kind, rows in binding.items() if rows})
        return found
