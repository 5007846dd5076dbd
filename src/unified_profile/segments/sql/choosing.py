"""Which events count, in SQL: those of a filter, in a window that may depend on the person."""

from __future__ import annotations

from unified_profile.expressions.amounts import Measure
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.values import micros_in
from unified_profile.model.times import to_micros
from unified_profile.segments.sql.binding import Shift, UnpushableError
from unified_profile.segments.sql.comparing import compared
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.layout import Column
from unified_profile.segments.sql.scopes import EVENTS, events_of, value_of
from unified_profile.segments.sql.tables import EVENT


def denied_events(compiler: Compiler, events: EventFilter) -> bool:
    """Say whether any of the events, or a trait that they are compared with, may not be used."""
    if any(name in compiler.denied for name in events.reads.traits):
        return True
    if events.names:
        return any(name in compiler.denied_events for name in events.names)
    return bool(compiler.denied_events)


def named(compiler: Compiler, events: EventFilter) -> list[str]:
    """Return the conditions that an event has one of the names, and the type."""
    table = events_of(compiler.layout)
    parts: list[str] = []
    for where, wanted in ((table.name, events.names), (table.type, (events.type,) if events.type else ())):
        if wanted and isinstance(where, Column):
            parts.append(compared(compiler.binder, value_of(compiler.binder, where, EVENT), "in", tuple(wanted)))
        elif wanted and where not in wanted:
            return ["FALSE"]
    return parts


def selected(compiler: Compiler, events: EventFilter) -> str:
    """Return the condition that an event (up to now) counts."""
    parts = named(compiler, events)
    if events.where is not None and parts != ["FALSE"]:
        parts.append(f"({compiler.answer(events.where, EVENTS)} IS TRUE)")
    return " AND ".join(parts) or "1 = 1"


def windowed(compiler: Compiler, measure: Measure) -> list[str]:
    """Return the conditions that an event lies in the window."""
    at, binder = compiler.tables.at(), compiler.binder
    parts = _fixed(compiler, measure)
    if measure.within is not None:
        parts.append(f"({at} >= {binder.instant(Shift(-micros_in(measure.within)))})")
    if measure.until is not None:
        parts.append(f"({at} <= {binder.instant(Shift(-micros_in(measure.until)))})")
    if measure.session is not None:
        parts.append(f"({at} >= {_session(compiler, measure)})")
    return parts


def _fixed(compiler: Compiler, measure: Measure) -> list[str]:
    """Return the conditions that an event lies between fixed instants, entry included."""
    at, binder = compiler.tables.at(), compiler.binder
    parts = []
    if measure.since is not None:
        parts.append(f"({at} >= {binder.instant(to_micros(measure.since))})")
    if measure.before is not None:
        parts.append(f"({at} < {binder.instant(to_micros(measure.before))})")
    if measure.since_entry:
        parts.append(f"({at} >= {entered(compiler, measure.since_entry)})")
    return parts


def _session(compiler: Compiler, measure: Measure) -> str:
    """Return when a person's last session began: its events, whatever is asked of them, are never so far apart."""
    tables = compiler.tables
    assert measure.session is not None  # noqa: S101  # asked before
    owner, at = f"{EVENT}.{tables.quoted(tables.events.owner)}", tables.at()
    among = [f"{at} <= {tables.now}", *named(compiler, measure.events), *_fixed(compiler, measure)]
    gap = f"{at} - LAG({at}) OVER (PARTITION BY {owner} ORDER BY {at})"
    rows = f"SELECT {owner} AS k, {at} AS t, {gap} AS g FROM {tables.source()} WHERE {' AND '.join(among)}"
    longer = f"up_y.g > {compiler.binder.instant(micros_in(measure.session))}"
    return tables.bound(
        f"SELECT up_y.k AS k, MAX(CASE WHEN up_y.g IS NULL OR {longer} THEN up_y.t END) AS s"
        f" FROM ({rows}) up_y GROUP BY up_y.k"
    )


def entered(compiler: Compiler, segment: str) -> str:
    """Return since when somebody is in a segment, NULL for who is not.

    Raises:
        UnpushableError: If no table says so.
    """
    table = compiler.layout.memberships
    if table is None or table.entered is None:
        raise UnpushableError("a window since entry without a declared table of memberships and their entry")
    quoted, binder = compiler.dialect.identifier, compiler.binder
    owner, since = f"up_m.{quoted(table.owner)}", value_of(binder, table.entered, "up_m").typed
    within = compiler.dialect.as_text(f"up_m.{quoted(table.segment)}")
    return compiler.tables.bound(
        f"SELECT {owner} AS k, MAX({since}) AS s FROM {quoted(table.table)} up_m"
        f" WHERE {within} = {binder.text(segment)} GROUP BY {owner}"
    )
