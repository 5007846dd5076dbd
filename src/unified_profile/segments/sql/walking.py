"""Paths and rhythm in SQL: each event in the order of time looks back upon those before it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import attrs

from unified_profile.expressions.calendars import day_begins, day_of, unit_begins, unit_of
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.paths import EventPath
from unified_profile.expressions.rhythm import CameAgain, Regular
from unified_profile.expressions.values import micros_in
from unified_profile.segments.sql.binding import Shift, UnpushableError
from unified_profile.segments.sql.choosing import denied_events, selected
from unified_profile.segments.sql.compiling import Compiler
from unified_profile.segments.sql.scopes import Rows
from unified_profile.segments.sql.tables import EVENT
from unified_profile.segments.sql.zones import now_in

_MOST_IN_ANY_ORDER = 3
_MOST_PERIODS = 60


def path_taken(compiler: Compiler, rule: EventPath, _: Rows) -> str:
    """Return whether a person's events went along a path."""
    whole = (EventFilter((), ""),) if rule.order == "strict" or rule.session is not None else ()
    if any(denied_events(compiler, stage) for stage in (*rule.stages, *whole)):
        return compiler.dialect.null
    if rule.order == "any" and len(rule.stages) > _MOST_IN_ANY_ORDER:
        raise UnpushableError(f"more than {_MOST_IN_ANY_ORDER} events in any order")
    rows = _marked(compiler, [selected(compiler, stage) for stage in rule.stages], every=bool(whole))
    if rule.session is not None:
        rows = _in_sessions(compiler, rows, micros_in(rule.session), len(rule.stages))
    made = {"ordered": _in_order, "strict": _side_by_side, "any": _in_any_order}[rule.order](compiler, rule, rows)
    return f"({compiler.tables.sequence(made)} IS NOT NULL)"


def _names(count: int, letter: str = "m") -> list[str]:
    return [f"{letter}{place}" for place in range(count)]


def _marked(compiler: Compiler, stages: Sequence[str], *, every: bool) -> str:
    """Return the query of events: person, id, time, session, and whether each stage takes it."""
    tables = compiler.tables
    owner, id = (f"{EVENT}.{tables.quoted(name)}" for name in (tables.events.owner, tables.events.id))
    marks = ", ".join(
        f"CASE WHEN {stage} THEN 1 ELSE 0 END AS {name}"
        for stage, name in zip(stages, _names(len(stages)), strict=True)
    )
    among = "" if every else f" AND ({' OR '.join(f'({stage})' for stage in dict.fromkeys(stages))})"
    key = compiler.dialect.key_text.format(x=id)
    return (
        f"SELECT {owner} AS k, {key} AS i, {tables.at()} AS t, 0 AS g, {marks}"
        f" FROM {tables.source()} WHERE {tables.at()} <= {tables.now}{among}"
    )


def _in_sessions(compiler: Compiler, rows: str, gap: int, count: int) -> str:
    """Number the sessions of a person, which a longer gap ends."""
    order = "PARTITION BY {x}.k ORDER BY {x}.t, {x}.i"
    marks = "".join(f", up_w.{name} AS {name}" for name in _names(count))
    longer = f"up_w.t - LAG(up_w.t) OVER ({order.format(x='up_w')}) > {compiler.binder.instant(gap)}"
    begun = (
        f"SELECT up_w.k AS k, up_w.i AS i, up_w.t AS t, CASE WHEN {longer} THEN 1 ELSE 0 END AS b{marks}"
        f" FROM {compiler.tables.part(rows)} up_w"
    )
    marks = "".join(f", up_v.{name} AS {name}" for name in _names(count))
    frame = f"{order.format(x='up_v')} ROWS UNBOUNDED PRECEDING"
    return (
        f"SELECT up_v.k AS k, up_v.i AS i, up_v.t AS t, SUM(up_v.b) OVER ({frame}) AS g{marks}"
        f" FROM {compiler.tables.part(begun)} up_v"
    )


def _recent(compiler: Compiler, rule: EventPath, start: str) -> list[str]:
    """Return the condition that a path began recently enough."""
    if rule.during is None:
        return []
    return [f"{start} >= {compiler.binder.instant(Shift(-micros_in(rule.during)))}"]


def _in_order(compiler: Compiler, rule: EventPath, rows: str) -> str:
    """Follow the latest beginning from stage to stage: whoever comes last on time from there came on time."""
    count = len(rule.stages)
    query = rows
    for stage in range(count):
        begun = (
            "up_w.t"
            if stage == 0
            else (
                "MAX(up_w.l) OVER (PARTITION BY up_w.k, up_w.g ORDER BY up_w.t, up_w.i"
                " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
            )
        )
        marks = "".join(f", up_w.{name} AS {name}" for name in _names(count)[stage + 1 :])
        query = (
            f"SELECT up_w.k AS k, up_w.i AS i, up_w.t AS t, up_w.g AS g{marks},"
            f" CASE WHEN up_w.m{stage} = 1 THEN {begun} END AS l FROM {compiler.tables.part(query)} up_w"
        )
    parts = ["up_x.l IS NOT NULL", *_recent(compiler, rule, "up_x.l")]
    if rule.within is not None:
        parts.append(f"up_x.t - up_x.l <= {compiler.binder.instant(micros_in(rule.within))}")
    return f"SELECT up_x.k AS k FROM {compiler.tables.part(query)} up_x WHERE {' AND '.join(parts)}"


def _side_by_side(compiler: Compiler, rule: EventPath, rows: str) -> str:
    """Look at as many events in a row as there are stages."""
    count = len(rule.stages)
    order = "OVER (PARTITION BY up_w.k, up_w.g ORDER BY up_w.t, up_w.i)"
    back = [f"LAG(up_w.m{stage}, {count - 1 - stage}) {order} AS m{stage}" for stage in range(count - 1)]
    began = f"LAG(up_w.t, {count - 1}) {order} AS l"
    query = (
        f"SELECT up_w.k AS k, up_w.t AS t, {', '.join(back)}, up_w.m{count - 1} AS m{count - 1}, {began}"
        f" FROM {compiler.tables.part(rows)} up_w"
    )
    parts = [*(f"up_x.m{stage} = 1" for stage in range(count)), *_recent(compiler, rule, "up_x.l")]
    if rule.within is not None:
        parts.append(f"up_x.t - up_x.l <= {compiler.binder.instant(micros_in(rule.within))}")
    return f"SELECT up_x.k AS k FROM {compiler.tables.part(query)} up_x WHERE {' AND '.join(parts)}"


def _in_any_order(compiler: Compiler, rule: EventPath, rows: str) -> str:
    """Count, for every set of stages, events that some of it takes: each stage has one of its own where all suffice.

    Source: Hall (1935), On Representatives of Subsets, J. London Math. Soc. 10.
    """
    count = len(rule.stages)
    reach = "UNBOUNDED" if rule.within is None else str(micros_in(rule.within))
    frame = f"PARTITION BY up_w.k, up_w.g ORDER BY up_w.t RANGE BETWEEN {reach} PRECEDING AND CURRENT ROW"
    counted: list[str] = []
    parts: list[str] = []
    for size in range(1, count + 1):
        for chosen in combinations(range(count), size):
            takes = " OR ".join(f"up_w.m{stage} = 1" for stage in chosen)
            name = f"c{len(counted)}"
            counted.append(f"COUNT(CASE WHEN {takes} THEN 1 END) OVER ({frame}) AS {name}")
            parts.append(f"up_x.{name} >= {size}")
    recent = _recent(compiler, rule, "up_w.t")
    where = f" WHERE {recent[0]}" if recent else ""
    query = f"SELECT up_w.k AS k, {', '.join(counted)} FROM {compiler.tables.part(rows)} up_w{where}"
    return f"SELECT up_x.k AS k FROM {compiler.tables.part(query)} up_x WHERE {' AND '.join(parts)}"


def came_again(compiler: Compiler, rule: CameAgain, _: Rows) -> str:
    """Return whether an event came long after its forerunner."""
    if denied_events(compiler, rule.events):
        return compiler.dialect.null
    rows = _marked(compiler, [selected(compiler, rule.events)], every=False)
    before = "LAG(up_w.t) OVER (PARTITION BY up_w.k ORDER BY up_w.t, up_w.i)"
    parts = [f"up_x.t - up_x.l > {compiler.binder.instant(micros_in(rule.after))}"]
    if rule.during is not None:
        parts.append(f"up_x.t >= {compiler.binder.instant(Shift(-micros_in(rule.during)))}")
    query = f"SELECT up_w.k AS k, up_w.t AS t, {before} AS l FROM {compiler.tables.part(rows)} up_w"
    made = f"SELECT up_x.k AS k FROM {compiler.tables.part(query)} up_x WHERE {' AND '.join(parts)}"
    return f"({compiler.tables.sequence(made)} IS NOT NULL)"


@attrs.frozen
class Period:
    """When one of the last calendar units begins, worked out in the zone."""

    unit: str
    zone: str
    week_start: int
    back: int

    def __call__(self, now: int) -> int:
        """Return the instant."""
        zone = now_in(self.zone)
        present = unit_of(self.unit, day_of(zone, now), self.week_start)
        return day_begins(zone, unit_begins(self.unit, present - self.back, self.week_start))


def regular(compiler: Compiler, rule: Regular, _: Rows) -> str:
    """Return whether events fell in enough of the last units."""
    if denied_events(compiler, rule.events):
        return compiler.dialect.null
    if rule.periods > _MOST_PERIODS:
        raise UnpushableError(f"more than {_MOST_PERIODS} periods")
    tables, at = compiler.tables, compiler.tables.at()
    backs = range(rule.periods)
    whens = " ".join(
        f"WHEN {at} >= {compiler.binder.instant(Period(rule.unit, rule.zone, rule.week_start, back))} THEN {back}"
        for back in backs
    )
    held = tables.total(f"COUNT(DISTINCT CASE WHEN {selected(compiler, rule.events)} THEN CASE {whens} END END)")
    return f"(COALESCE({held}, 0) >= {compiler.binder.mark(rule.at_least, 'integer')})"
