"""Conditions on what events amount to, compared with a constant at every instant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.amounts import Measure
from unified_profile.expressions.comparators import Comparator, Written, checked_constant, comparator
from unified_profile.expressions.conditions import comparison_json
from unified_profile.expressions.course import Step, changes_only
from unified_profile.expressions.kleene import Kleene, negation
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.operators import OPERATORS, Operator, operator_named
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language
from unified_profile.expressions.subject import Lane, Subject
from unified_profile.expressions.values import (
    FIRST_US,
    LAST_US,
    Constant,
    kind_of,
    micros_in,
    typed_key,
)
from unified_profile.expressions.wording import phrase, zero_phrase
from unified_profile.model.times import to_micros
from unified_profile.model.values import Json

_NUMBER_OPERATORS = frozenset({"eq", "ne", "in", "not_in", "lt", "le", "gt", "ge"})


@attrs.frozen
class MeasureCondition(Expression):
    """A measure compared by an operator with a constant.

    >>> from datetime import UTC, datetime, timedelta
    >>> from unified_profile.expressions import EventFilter, Measure
    >>> rule = MeasureCondition(Measure(EventFilter("Order Completed"), within=timedelta(days=30)), "ge", 2)
    >>> rule.text()
    'the number of "Order Completed" events in the last 30 days is at least 2'
    >>> rule.evaluate(Subject(), datetime(2026, 1, 1, tzinfo=UTC))
    False

    Raises:
        InvalidRulesError: If the operator or constant do not suit the measure.
    """

    measure: Measure
    op: str
    value: Constant = attrs.field(default=None, eq=typed_key)
    case: str = "exact"

    def __attrs_post_init__(self) -> None:
        """Bring the constant into its one form."""
        row = operator_named(self.op)
        self._check(row)
        constant = checked_constant(self.op, self.value, self.case)
        several = constant if isinstance(constant, tuple) else (constant,)
        if self.measure.numeric and any(kind_of(each) != "number" for each in several):
            raise InvalidRulesError(field="value", reason="not a number", hint=f"{self.measure.aggregate!r} is one")
        object.__setattr__(self, "value", constant)

    def _check(self, row: Operator) -> None:
        """Refuse operators that have no meaning here."""
        suits = row.takes != "nothing" and not row.or_missing
        hint = "zero= says what becomes of people without such an event"
        if self.measure.numeric and row.name not in _NUMBER_OPERATORS:
            suits, hint = False, "one of " + ", ".join(sorted(_NUMBER_OPERATORS))
        elif not self.measure.numeric and not self.measure.of and row.takes not in {"instant", "duration"}:
            suits, hint = False, "the time of an event compares with before, after, within_last, older_than …"
        if not suits:
            raise InvalidRulesError(field="op", reason=f"{row.name!r} does not suit this measure", hint=hint)

    @property
    def scope(self) -> Scope:
        """A person."""
        return "person"

    @property
    def reads(self) -> Reads:
        """The events, and the segment since whose entry they count."""
        entry = self.measure.since_entry
        return self.measure.events.reads | (Reads(segments=frozenset({entry})) if entry else Reads())

    @property
    def timeless(self) -> bool:
        """Never: windows empty, and events come whose time is still ahead."""
        return False

    def build(self) -> Run:
        """Make the function; a plain count reads no more than two places in the list of times."""
        measure, verdict = self.measure, self.verdict()
        find, width = measure.events.finder(), None if measure.within is None else micros_in(measure.within)
        bring = measure.bringer()
        plain = measure.aggregate == "count" and measure.events.where is None

        def run(subject: Subject, now: int) -> Kleene:
            lane = find(subject)
            if lane is None:
                return None
            end = bisect_right(lane.times, now)
            start = 0 if width is None else bisect_left(lane.times, now - width, 0, end)
            if plain:
                return verdict(end - start or None, now)
            tally = measure.tally()
            for at, event in zip(lane.times[start:end], lane.events[start:end], strict=True):
                item = bring(at, event)
                if item is not None:
                    tally.push(item)
            return verdict(tally.value(), now)

        def limited(subject: Subject, now: int) -> Kleene:
            lane = self._limited(find(subject), subject)
            if lane is None:
                return None
            tally = measure.tally()
            for at, event in zip(*self._window(lane, now), strict=True):
                item = bring(at, event)
                if item is not None:
                    tally.push(item)
            return verdict(tally.value(), now)

        return run if measure.simple else limited

    def _limited(self, lane: Lane | None, subject: Subject) -> Lane | None:
        """Return the events between fixed instants and since entry; None where that cannot be known."""
        measure = self.measure
        if lane is None:
            return None
        first = FIRST_US if measure.since is None else to_micros(measure.since)
        if measure.since_entry:
            entered = subject.entered.get(measure.since_entry)
            if entered is None:
                return None
            first = max(first, to_micros(entered))
        start = bisect_left(lane.times, first)
        end = len(lane.times) if measure.before is None else bisect_left(lane.times, to_micros(measure.before))
        return Lane(lane.times[start:end], lane.events[start:end])

    def _window(self, lane: Lane, now: int) -> Lane:
        """Return the events within the sliding window at *now*."""
        measure, times = self.measure, lane.times
        end = bisect_right(times, now - (0 if measure.until is None else micros_in(measure.until)))
        start = 0 if measure.within is None else bisect_left(times, now - micros_in(measure.within), 0, end)
        if measure.session is not None and end:
            gap, begins = micros_in(measure.session), end - 1
            while begins > start and times[begins] - times[begins - 1] <= gap:
                begins -= 1
            start = max(start, begins)
        return Lane(times[start:end], lane.events[start:end])

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now*, and again whenever an event comes into the window, leaves it, or ages."""
        lane = self._limited(self.measure.events.finder()(subject), subject)
        if lane is None:
            return iter(((now, None),))
        return changes_only(self._walk(lane, now) if self.measure.session is None else self._sessions(lane, now))

    def _sessions(self, lane: Lane, now: int) -> Iterator[Step]:
        """Yield an answer at every instant at which the last session, or what is left of it, may change."""
        verdict, compared, bring = self.verdict(), self._comparator(), self.measure.bringer()
        width = None if self.measure.within is None else micros_in(self.measure.within)
        edges = set(lane.times)
        if width is not None:
            edges |= {at + width + 1 for at in lane.times}
        moments = [now, *sorted(edge for edge in edges if edge > now)]
        for moment, following in zip(moments, [*moments[1:], LAST_US + 1], strict=True):
            tally = self.measure.tally()
            for at, event in zip(*self._window(lane, moment), strict=True):
                item = bring(at, event)
                if item is not None:
                    tally.push(item)
            value = tally.value()
            yield moment, verdict(value, moment)
            for edge in sorted(compared.edges(value)):
                if moment < edge < following:
                    yield edge, verdict(value, edge)

    def _walk(self, lane: Lane, now: int) -> Iterator[Step]:
        """Yield an answer at every instant at which it may change."""
        verdict, compared, bring = self.verdict(), self._comparator(), self.measure.bringer()
        width = None if self.measure.within is None else micros_in(self.measure.within)
        wait = 0 if self.measure.until is None else micros_in(self.measure.until)
        start = 0 if width is None else bisect_left(lane.times, now - width)
        brought = [(at, bring(at, event)) for at, event in zip(lane.times[start:], lane.events[start:], strict=True)]
        items = [(at, item) for at, item in brought if item is not None]
        tally, entered, left = self.measure.tally(), 0, 0
        moment: int | None = now
        while moment is not None:
            while entered < len(items) and items[entered][0] + wait <= moment:
                tally.push(items[entered][1])
                entered += 1
            while width is not None and left < entered and items[left][0] + width < moment:
                tally.pop()
                left += 1
            value = tally.value()
            yield moment, verdict(value, moment)
            nexts = [items[entered][0] + wait] if entered < len(items) else []
            if width is not None and left < entered:
                nexts.append(items[left][0] + width + 1)
            following = min(nexts, default=None)
            for edge in sorted(compared.edges(value)):
                if moment < edge and (following is None or edge < following):
                    yield edge, verdict(value, edge)
            moment = following

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        if answer is not None:
            return str(answer).lower()
        if self.measure.events.finder()(subject) is None:
            return "denied"
        if self.measure.since_entry and self.measure.since_entry not in subject.entered:
            return "missing"
        return "type" if self._with_zero_false().compiled()(subject, now) is None else "no_event"

    def _with_zero_false(self) -> MeasureCondition:
        """Return the condition with people without such an event told apart."""
        return attrs.evolve(self, measure=attrs.evolve(self.measure, zero="false"))

    def _comparator(self) -> Comparator:
        written: dict[str, Written] = {"sum": Decimal, "avg": Fraction}
        return comparator(self.op, self.value, self.case, written=written.get(self.measure.aggregate))

    def verdict(self) -> Callable[[object, int], Kleene]:
        """Return the function from the total (None without an event) to the answer."""
        compared, negative = self._comparator(), bool(OPERATORS[self.op].positive)
        numeric, check, test = self.measure.numeric, compared.check, compared.test
        nothing: object = 0 if self.measure.zero == "compared" else None
        without: Kleene = False if self.measure.zero == "false" else None

        def verdict(value: object, now: int) -> Kleene:
            total = nothing if value is None else value
            if total is None:
                return without
            answer = check(total) if numeric else test(total, now)
            return negation(answer) if negative else answer

        return verdict

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        said = phrase(self.op, self.measure.text(as_language(language)), self.value, language, case=self.case)
        return said + zero_phrase(self.measure.zero, admitted=self.verdict()(None, 0) is True, language=language)

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        return self.measure.to_json() | comparison_json(self.op, self.value, self.case)
