"""The segments that a hub keeps memberships of: as they were defined, made ready once and found by what they read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions import Expression, InShare, OfMembers, Reads
from unified_profile.expressions.node import Node
from unified_profile.hub.driver import Plan
from unified_profile.hub.setup import Setup
from unified_profile.model.membership_rows import SegmentRow
from unified_profile.model.rows import MetaRow
from unified_profile.segments import Segment, SegmentSet
from unified_profile.segments.live.index import written_out
from unified_profile.storage.commands import Changes, Delete, Expect, Get, Load, Put, Scan
from unified_profile.storage.tables import META, SEGMENTS

STATE = "segments"
"""The name of the mark that says which segments there are, what they were computed under, and how far that has come."""

_MOST = 10_000
_MOST_FELLOWS = 1_000
EVERY = "*"


@attrs.frozen
class State:
    """What is kept about all segments together.

    *token* stands for the definitions, *under* for purposes, policy and profile rules. *filling* names the segments
    that history is still being read for (``"*"``: all), *after* is the last profile that was looked at, *done* how
    many were. *now_us* is the latest instant that memberships were computed for: they never go back.
    """

    token: str
    under: str
    now_us: int
    filling: tuple[str, ...] = ()
    after: str = ""
    done: int = 0
    phase: str = "people"
    was: str | None = attrs.field(default=None, eq=False, repr=False)

    def changes(self, *puts: Put[Any], deletes: Sequence[Delete[Any]] = ()) -> Changes:
        """Return what keeps it, beside *puts* and *deletes*, if nobody has changed it since it was read."""
        told = attrs.asdict(self, filter=lambda part, _: part.name != "was")
        row = MetaRow(STATE, json.dumps(told, separators=(",", ":")))
        before = None if self.was is None else MetaRow(STATE, self.was)
        return Changes(puts=[*puts, Put(META, [row])], deletes=deletes, expects=[Expect(META, (STATE,), before)])

    def begun(self) -> State:
        """Return it with everybody still to be looked at, in every segment."""
        return attrs.evolve(self, filling=(EVERY,), after="", done=0, phase="people")


def state_in(text: str, /) -> State:
    """Return the state that a row keeps."""
    held = json.loads(text)
    return State(**(held | {"filling": tuple(held["filling"])}), was=text)


@attrs.frozen
class Defined:
    """All segments, those referred to first; *rules* have the segments that they refer to written out.

    *drawn* are those that draw a share of people by the first fact of each, which any fact can turn out to be.
    *slow* are those that do not follow from one person's facts alone: they count since the entry into a segment (of
    *entered*), or ask about the people of an account (*accounts*: of how many of them at most).
    """

    segments: Mapping[str, Segment]
    rules: Mapping[str, Expression]
    reads: Mapping[str, Reads]
    of_trait: Mapping[str, frozenset[str]]
    of_event: Mapping[str, frozenset[str]]
    drawn: frozenset[str]
    slow: frozenset[str]
    entered: frozenset[str]
    accounts: int

    def reading_events(self, name: str, /) -> frozenset[str]:
        """Return the segments that read events called *name*."""
        return self.of_event.get(name, _NONE) | self.of_event.get(EVERY, _NONE)

    def reading_traits(self, names: Iterable[str] | None = None, /) -> frozenset[str]:
        """Return the segments that read one of *names*, or any trait at all."""
        found = self.of_trait.values() if names is None else (self.of_trait.get(name, _NONE) for name in names)
        return _NONE.union(*found)

    def named(self, names: Iterable[str], /) -> frozenset[str]:
        """Return those of *names* that there are; all of them for ``"*"``."""
        wanted = frozenset(names)
        return frozenset(self.segments) if EVERY in wanted else wanted & self.segments.keys()


_NONE: frozenset[str] = frozenset()


def defined(segments: Iterable[Segment], /) -> Defined:
    """Make *segments* ready.

    Raises:
        InvalidRulesError: If two have one name, or refer to each other in a circle or across purposes, or are too deep
            once written out, or ask for more than 1,000 people of an account.
        UnknownNameError: If one refers to a segment that there is not.
    """
    ordered = SegmentSet(segments)
    rules: dict[str, Expression] = {}
    for segment in ordered:
        rules[segment.name] = written_out(segment.rule, rules, entries=True)
    reads = {name: rule.reads for name, rule in rules.items()}
    of_accounts = {name for name, rule in rules.items() if _holds(rule, OfMembers)}
    of_trait: dict[str, set[str]] = {}
    of_event: dict[str, set[str]] = {}
    for name, one in reads.items():
        for trait in one.traits:
            of_trait.setdefault(trait, set()).add(name)
        for event in one.events:
            of_event.setdefault(event, set()).add(name)
    return Defined(
        {segment.name: segment for segment in ordered},
        rules,
        reads,
        {name: frozenset(found) for name, found in of_trait.items()},
        {name: frozenset(found) for name, found in of_event.items()},
        frozenset(name for name, rule in rules.items() if _holds(rule, InShare)),
        frozenset(name for name, rule in rules.items() if rule.reads.segments or name in of_accounts),
        _NONE.union(*(one.segments for one in reads.values())),
        max((_crowd(rules[name]) for name in of_accounts), default=0),
    )


def _holds(rule: Node, kind: type[Expression]) -> bool:
    """Say whether a condition of *kind* stands anywhere in *rule*."""
    inner = getattr(rule, "rule", None)
    parts = (*rule.children, inner) if isinstance(inner, Expression) else rule.children
    return isinstance(rule, kind) or any(_holds(part, kind) for part in parts)


def _crowd(rule: Node) -> int:
    """Return for how many people of an account *rule* asks at most, one for all of them.

    Raises:
        InvalidRulesError: If for more than 1,000.
    """
    if isinstance(rule, OfMembers):
        if rule.at_least > _MOST_FELLOWS:
            raise InvalidRulesError(field="at_least", reason=f"more than {_MOST_FELLOWS}", hint="ask of fewer people")
        return max(1, rule.at_least)
    return max((_crowd(part) for part in rule.children), default=0)


def under(setup: Setup, /) -> str:
    """Return what stands for everything beside facts and definitions that memberships rest on."""
    policy = "" if setup.policy is None else setup.policy.fingerprint
    parts = (setup.purposes.fingerprint, policy, setup.profile_rules.fingerprint)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def token_of(rows: Iterable[SegmentRow], /) -> str:
    """Return what stands for these definitions."""
    told = sorted((row.name, row.body) for row in rows)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def state() -> Plan[State | None]:
    """Return what is kept about all segments; None where none was ever defined."""
    (flags,) = (yield Load((Get(META, [(STATE,)]),))) or ([],)
    return state_in(flags[0].value) if flags else None


def rows_of() -> Plan[list[SegmentRow]]:
    """Return the definitions."""
    (rows,) = (yield Load((Scan(SEGMENTS, None, _MOST),))) or ([],)
    return rows


def definitions(token: str, /) -> Plan[Defined]:
    """Return the segments that *token* stands for, made ready once in a process."""
    known = _CACHE.get(token)
    if known is None:
        rows = yield from rows_of()
        known = ready(tuple(row.body for row in rows))
        if len(_CACHE) >= _REMEMBERED:
            _CACHE.clear()
        _CACHE[token_of(rows)] = known
    return known


_REMEMBERED = 32
_CACHE: dict[str, Defined] = {}
"""Definitions by token: they hold rules, and nothing about anybody."""


@lru_cache(maxsize=_REMEMBERED)
def ready(bodies: tuple[str, ...], /) -> Defined:
    """Return the segments of these JSON texts, made ready."""
    return defined(Segment.from_json(json.loads(body)) for body in bodies)
