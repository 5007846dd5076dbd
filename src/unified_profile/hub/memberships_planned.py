"""Segments made ready for a hub's purposes: which conditions a fact can touch, and what each says of somebody new."""

from __future__ import annotations

from collections.abc import Container
from typing import Literal, TypeAlias

import attrs

from unified_profile.consent.labels import shut
from unified_profile.expressions import Kleene, Subject
from unified_profile.expressions.subject import EVERYTHING, AllBut
from unified_profile.hub.driver import Plan
from unified_profile.hub.memberships_seen import Silence
from unified_profile.hub.segments_defined import EVERY, Defined, State, definitions
from unified_profile.hub.setup import Setup
from unified_profile.model.facts import EventType
from unified_profile.segments.live.index import NOBODY, Index, Leaf, Touching
from unified_profile.segments.segment import Use

Noticed: TypeAlias = Literal["", "count", "whole"]
"""What an event can do: nothing, add to counts, or more than that, so that the person has to be looked at whole."""

_REMEMBERED = 32
_FOLDED = 10_000


@attrs.frozen
class Base:
    """What the conditions of a purpose say of somebody who has done nothing, and who is in a segment by that.

    *always* are those that have to be asked of everybody: they read values, permissions or the clock.
    """

    answers: tuple[Kleene, ...]
    inside: tuple[int, ...]
    always: tuple[Leaf, ...]


class PurposePlan:
    """The segments of one use that follow from one person's facts, taken apart into conditions."""

    def __init__(self, use: Use, known: Defined, setup: Setup) -> None:
        """Prepare the segments of *use*."""
        self.use = use
        self.index = Index(one for one in known.segments.values() if one.use == use and one.name not in known.slow)
        self.names = tuple(segment.name for segment in self.index.segments)
        self.places = {name: place for place, name in enumerate(self.names)}
        self.lasting = self.index.lasting()
        leaves = self.index.leaves
        self.permissions = _NO_PAIRS.union(*(leaf.rule.reads.permissions for leaf in leaves))
        self.traits = _NO_NAMES.union(*(leaf.traits for leaf in leaves))
        denied, denied_events = denials(use.purpose, setup)
        granted = Subject(denied=denied, denied_events=denied_events)
        self.open = self._base(granted)
        self.closed = self._base(Subject(denied=EVERYTHING, denied_events=EVERYTHING))
        self._shut = frozenset(leaf.number for leaf in leaves if leaf.count is not None and leaf.count.shut(granted))
        self._denied_events = denied_events
        self._touched: dict[tuple[EventType, str], Touching] = {}

    def _base(self, nobody: Subject) -> Base:
        index = self.index
        answers = [leaf.rule.compiled()(nobody, 0) for leaf in index.leaves]
        return Base(
            tuple(answers),
            tuple(place for place, program in enumerate(index.programs) if program(answers) is True),
            tuple(
                leaf
                for leaf in index.leaves
                if leaf.clocked or leaf.traits or leaf.rule.reads.permissions or not leaf.names
            ),
        )

    def touched(self, type: EventType, name: str, /) -> Touching:
        """Return the conditions that count events of *type* and *name* and the others that read them, as permitted."""
        key = (type, name)
        found = self._touched.get(key)
        if found is None:
            found = NOBODY
            if name not in self._denied_events:
                counting, reading = self.index.touched(type, name)
                found = (tuple(one for one in counting if one[0] not in self._shut), reading)
            if len(self._touched) >= _FOLDED:  # names come from strangers
                self._touched.clear()
            self._touched[key] = found
        return found


class Planned:
    """All segments made ready under the purposes, policy and profile rules of a hub."""

    def __init__(self, known: Defined, setup: Setup, mark: str) -> None:
        """Prepare *known*; *mark* stands for the definitions and all that they were made ready under."""
        self.known = known
        self.mark = mark
        self.silence = Silence()
        uses = dict.fromkeys(segment.use for segment in known.segments.values())
        self.plans = {use.key: PurposePlan(use, known, setup) for use in uses}
        self.traits = _NO_NAMES.union(*(one.traits for one in known.reads.values()))
        rules = setup.profile_rules
        self._drawn = bool(known.drawn)
        self.records = self._drawn or bool(self.traits)
        self._told = bool(rules.properties) and bool(self.traits)
        self._computed = [one for one in rules.computed if one.name in self.traits]
        self._slow = _NO_NAMES.union(*(known.reads[name].events for name in known.slow))
        self._noticed: dict[tuple[EventType, str], Noticed] = {}

    def noticed(self, type: EventType, name: str, /) -> Noticed:
        """Return what an event of *type* and *name* can do by that alone."""
        key = (type, name)
        found = self._noticed.get(key)
        if found is None:
            if len(self._noticed) >= _FOLDED:
                self._noticed.clear()
            found = self._noticed[key] = self._notice(type, name)
        return found

    def _notice(self, type: EventType, name: str) -> Noticed:
        if self._told or (self.known.accounts and type is EventType.GROUP):
            return "whole"
        if not self._slow.isdisjoint((name, EVERY)):
            return "whole"
        if any(not one.events or name in one.events for one in self._computed):
            return "whole"
        touched = [plan.touched(type, name) for plan in self.plans.values()]
        if any(reading for _, reading in touched):
            return "whole"
        return "count" if self._drawn or any(counting for counting, _ in touched) else ""


def denials(purpose: str, setup: Setup, /) -> tuple[Container[str], Container[str]]:
    """Return the names of traits and events that *purpose* may not use of anybody."""
    if purpose not in setup.purposes:
        return EVERYTHING, EVERYTHING
    known = setup.purposes[purpose]
    closed = shut(known, setup.profile_rules.derived_from)
    return (
        closed if "*" in known.traits else AllBut(known.traits - closed),
        frozenset() if "*" in known.events else AllBut(known.events),
    )


def planned(current: State, setup: Setup, /) -> Plan[Planned]:
    """Return the segments that *current* stands for, made ready once in a process."""
    mark = f"{current.token}{current.under}"
    found = _CACHE.get(mark)
    if found is None:
        known = yield from definitions(current.token)
        found = Planned(known, setup, mark)
        if len(_CACHE) >= _REMEMBERED:
            _CACHE.clear()
        _CACHE[mark] = found
    return found


_CACHE: dict[str, Planned] = {}
"""What is made ready, by mark: it holds rules, and nothing about anybody."""
_NO_NAMES: frozenset[str] = frozenset()
_NO_PAIRS: frozenset[tuple[str, str]] = frozenset()
