"""The parts of a query that are computed once and joined: what lists hold, what events amount to, what followed."""

from __future__ import annotations

from collections.abc import Iterator

from unified_profile.segments.sql.binding import Binder, Shift
from unified_profile.segments.sql.layout import EventTable, Layout, ListTable

PERSON, EVENT, TOTALS, PICKED, FOLLOWED = "up_p", "up_e", "up_a", "up_f", "up_s"


class Tables:
    """Collects columns of joined tables; an equal column is computed once, whichever rules want it."""

    def __init__(self, binder: Binder, layout: Layout) -> None:
        """Begin with none."""
        self.binder, self.layout = binder, layout
        self.lists: dict[tuple[str, str, str], tuple[str, dict[str, str]]] = {}
        self.totals: dict[str, str] = {}
        self.picked: dict[str, str] = {}
        self.sequences: dict[str, str] = {}
        self.bounds: dict[str, str] = {}
        self.own: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.numbered = False
        self.personal = False
        """Whether events are compared with traits of their people."""

    @property
    def events(self) -> EventTable:
        """The table of events."""
        assert self.layout.events is not None  # noqa: S101  # a field of an event was found before
        return self.layout.events

    def quoted(self, name: str) -> str:
        """Return an identifier."""
        return self.binder.dialect.identifier(name)

    def at(self, alias: str = EVENT) -> str:
        """Return the time of an event in microseconds."""
        column = self.events.at
        return self.binder.dialect.as_time(f"{alias}.{self.quoted(column.name)}", column.stored)

    def list_alias(self, owner: str, table: ListTable) -> str:
        """Return the alias of a list's joined totals."""
        return self.lists.setdefault((owner, table.table, table.owner), (f"up_l{len(self.lists)}", {}))[0]

    def of_list(self, owner: str, table: ListTable, aggregate: str) -> str:
        """Return a total over the elements of a list, NULL where there is no list."""
        alias = self.list_alias(owner, table)
        columns = self.lists[owner, table.table, table.owner][1]
        return f"{alias}.{columns.setdefault(aggregate, f'c{len(columns)}')}"

    def total(self, aggregate: str) -> str:
        """Return a total over a person's events up to now, NULL where there is none."""
        return f"{TOTALS}.{self.totals.setdefault(aggregate, f'm{len(self.totals)}')}"

    def pick(self, place: str, value: str) -> str:
        """Return the *value* of the event whose number is the total *place*."""
        self.numbered = True
        picked = f"MAX(CASE WHEN {EVENT}.up_n = {place} THEN {value} END)"
        return f"{PICKED}.{self.picked.setdefault(picked, f'v{len(self.picked)}')}"

    def sequence(self, rows: str) -> str:
        """Return whether a person is among the *rows* of people."""
        return f"{FOLLOWED}.{self.sequences.setdefault(rows, f's{len(self.sequences)}')}"

    def bound(self, query: str) -> str:
        """Return the instant (``s``) of a *query* of people (``k``), which events and people are joined with."""
        return f"{self.bounds.setdefault(query, f'up_b{len(self.bounds)}')}.s"

    def part(self, query: str) -> str:
        """Return the name of a *query* that others read: nested ones are too deep for SQLite's parser."""
        return self.parts.setdefault(query, f"up_t{len(self.parts)}")

    def of_own(self, query: str) -> str:
        """Return the alias of what a *query* of people (``k``) says that no total of events can say."""
        return self.own.setdefault(query, f"up_o{len(self.own)}")

    # --- putting together --------------------------------------------------------------------------------------------

    def source(self, owner: str = EVENT) -> str:
        """Return the table of events with what was joined to it."""
        table = "up_n" if self.numbered and owner == EVENT else self.quoted(self.events.table)
        joins = [
            f" LEFT JOIN {alias} ON {alias}.k = {EVENT}.{self.quoted(self.events.id)}"
            for (side, *_), (alias, _) in self.lists.items()
            if side == EVENT
        ]
        whose = f"{EVENT}.{self.quoted(self.events.owner)}"
        joins += [f" LEFT JOIN {alias} ON {alias}.k = {whose}" for alias in self.bounds.values()]
        if self.personal:
            people = self.quoted(self.layout.table)
            joins.append(f" LEFT JOIN {people} {PERSON} ON {PERSON}.{self.quoted(self.layout.key)} = {whose}")
        return f"{table} {EVENT}{''.join(joins)}"

    def common(self) -> Iterator[tuple[str, str]]:
        """Yield names and queries of the parts, each after those that it reads."""
        for (_, table, owner_column), (alias, columns) in self.lists.items():
            made = "".join(f", {aggregate} AS {name}" for aggregate, name in columns.items())
            key = f"up_i.{self.quoted(owner_column)}"
            yield alias, f"SELECT {key} AS k{made} FROM {self.quoted(table)} up_i GROUP BY {key}"
        if self.numbered:
            yield "up_n", self._numbers()
        for query, alias in self.bounds.items():
            yield alias, query
        if self.totals:
            yield TOTALS, self._totals(self.totals, "")
        if self.picked:
            owner = f"{EVENT}.{self.quoted(self.events.owner)}"
            yield PICKED, self._totals(self.picked, f" JOIN {TOTALS} ON {TOTALS}.k = {owner}")
        for query, alias in (*self.parts.items(), *self.own.items()):
            yield alias, query
        if self.sequences:
            rows = " UNION ALL ".join(
                f"SELECT up_q.k AS k, {place} AS q FROM ({query}) up_q" for place, query in enumerate(self.sequences)
            )
            made = "".join(
                f", MAX(CASE WHEN up_r.q = {place} THEN 1 END) AS {name}"
                for place, name in enumerate(self.sequences.values())
            )
            yield FOLLOWED, f"SELECT up_r.k AS k{made} FROM ({rows}) up_r GROUP BY up_r.k"

    def _numbers(self) -> str:
        """Number each person's events in the order in which they happened."""
        events = self.events
        name, at = self.quoted(events.table), self.at()
        id = self.binder.dialect.key_text.format(x=f"{EVENT}.{self.quoted(events.id)}")
        owner = f"{EVENT}.{self.quoted(events.owner)}"
        order = f"ROW_NUMBER() OVER (PARTITION BY {owner} ORDER BY {at}, {id})"
        return f"SELECT {EVENT}.*, {order} AS up_n FROM {name} {EVENT} WHERE {at} <= {self.now}"

    def _totals(self, totals: dict[str, str], join: str) -> str:
        """Compute all totals in one pass over the events."""
        owner = f"{EVENT}.{self.quoted(self.events.owner)}"
        made = "".join(f", {aggregate} AS {name}" for aggregate, name in totals.items())
        return f"SELECT {owner} AS k{made} FROM {self.source()}{join} WHERE {self.at()} <= {self.now} GROUP BY {owner}"

    @property
    def now(self) -> str:
        """Now, bound."""
        return self.binder.instant(Shift(0))

    def joins(self) -> str:
        """Return the joins of a person to what was computed."""
        key = f"{PERSON}.{self.quoted(self.layout.key)}"
        aliases = [alias for (side, *_), (alias, _) in self.lists.items() if side == PERSON]
        made = ((TOTALS, self.totals), (PICKED, self.picked), (FOLLOWED, self.sequences))
        aliases += [alias for alias, columns in made if columns]
        aliases += [*self.bounds.values(), *self.own.values()]
        return "".join(f" LEFT JOIN {alias} ON {alias}.k = {key}" for alias in aliases)
