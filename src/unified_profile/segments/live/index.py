"""Which conditions an event or a trait can touch, and which segments rest on them: shared conditions stand once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeAlias

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions import (
    AllOf,
    AnyOf,
    Expression,
    Kleene,
    MeasureCondition,
    MemberOf,
    NoneOf,
    Not,
    Subject,
    conjunction,
    disjunction,
    negation,
)
from unified_profile.expressions.course import Step, merged
from unified_profile.model import EventType
from unified_profile.segments.live.counts import CountLeaf, count_leaf
from unified_profile.segments.live.lasting import LastingOf, lasting
from unified_profile.segments.segment import Segment
from unified_profile.segments.segment_set import SegmentSet

Values: TypeAlias = list[Kleene]
Program: TypeAlias = Callable[[Values], Kleene]
StepsOf: TypeAlias = Callable[[int], Iterator[Step]]
"""From the number of a leaf to its steps."""

_FOLDED = 10_000
_JOINTS = (AllOf, AnyOf, NoneOf, Not)


class Leaf:
    """A condition that several segments may share: how it is answered, and who rests on it."""

    __slots__ = ("clocked", "count", "names", "number", "rule", "segments", "traits", "without")

    def __init__(self, number: int, rule: Expression) -> None:
        """Prepare *rule*."""
        self.number = number
        self.rule = rule
        self.count: CountLeaf | None = count_leaf(rule)
        self.names = rule.reads.events
        self.traits = rule.reads.traits
        self.segments: list[int] = []
        self.without: Kleene = rule.compiled()(Subject(), 0)
        nothing = rule.steps(Subject(), 0)
        next(nothing)
        self.clocked = next(nothing, None) is not None  # time alone changes it, of anybody


Touching: TypeAlias = tuple[tuple[tuple[int, CountLeaf, list[int]], ...], tuple[Leaf, ...]]
"""The conditions that count an event, with the segments that rest on them, and the others that read it."""

NOBODY: Touching = ((), ())
"""No condition at all."""


class Index:
    """Segments taken apart into their conditions."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        """Take *segments* apart.

        Raises:
            InvalidRulesError: If they do not fit each other.
            UnknownNameError: If one refers to a segment that is not among them.
        """
        ordered = SegmentSet(segments)
        self.segments = tuple(ordered)
        self.leaves: list[Leaf] = []
        self._numbers: dict[str, int] = {}
        self._number_of: dict[int, int] = {}  # by identity: a fingerprint is dear, and the rules stay
        rules: dict[str, Expression] = {}
        for segment in self.segments:
            rules[segment.name] = written_out(segment.rule, rules)
        self.rules = tuple(rules[segment.name] for segment in self.segments)
        self._because: dict[tuple[int, tuple[Kleene, ...]], tuple[str, ...]] = {}
        self.programs = tuple(self._program(rule, place) for place, rule in enumerate(self.rules))
        self.asked = tuple(
            tuple(leaf.number for leaf in self.leaves if place in leaf.segments) for place in range(len(self.segments))
        )
        self.of_trait: dict[str, tuple[int, ...]] = {}
        for leaf in self.leaves:
            for name in leaf.traits:
                self.of_trait[name] = (*self.of_trait.get(name, ()), leaf.number)
        self._of_event: dict[tuple[EventType, str], Touching] = {}

    def lasting(self) -> tuple[LastingOf, ...]:
        """Return for each segment the function from the answers of all conditions to its own, and how long it lasts."""
        return tuple(lasting(rule, self._numbers) for rule in self.rules)

    def touched(self, type: EventType, name: str) -> Touching:
        """Return the conditions that count events of *type* and *name*, and the others that read them."""
        key = (type, name)
        found = self._of_event.get(key)
        if found is None:
            reading = [leaf for leaf in self.leaves if not leaf.names.isdisjoint((name, "*"))]
            counting = tuple(
                (leaf.number, leaf.count, leaf.segments)
                for leaf in reading
                if leaf.count and leaf.count.type in ("", str(type))
            )
            found = (counting, tuple(leaf for leaf in reading if leaf.count is None))
            found = found if any(found) else NOBODY
            if len(self._of_event) >= _FOLDED:  # names come from strangers
                self._of_event.clear()
            self._of_event[key] = found
        return found

    def _leaf(self, rule: Expression, segment: int) -> Leaf:
        key = rule.fingerprint
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.leaves)
            self.leaves.append(Leaf(number, rule))
        leaf = self.leaves[number]
        self._number_of[id(rule)] = number
        if segment not in leaf.segments:
            leaf.segments.append(segment)
        return leaf

    def _program(self, rule: Expression, segment: int) -> Program:
        """Return the function from the answers of all conditions to that of *rule*."""
        if isinstance(rule, (AllOf, AnyOf, NoneOf)):
            parts = tuple(self._program(each, segment) for each in rule.rules)
            return partial(_joined, parts, isinstance(rule, AllOf), isinstance(rule, NoneOf))
        if isinstance(rule, Not):
            inner = self._program(rule.rule, segment)
            return lambda values: negation(inner(values))
        number = self._leaf(rule, segment).number
        return lambda values: values[number]

    def steps(self, rule: Expression, of: StepsOf, now: int) -> Iterator[Step]:
        """Yield the answer of *rule* at *now* and every later one, from those of its conditions."""
        if isinstance(rule, (AllOf, AnyOf, NoneOf)):
            if not rule.rules:
                return iter(((now, not isinstance(rule, AnyOf)),))
            every = isinstance(rule, AllOf)
            found = merged(
                [self.steps(each, of, now) for each in rule.rules],
                conjunction if every else disjunction,
                dominant=not every,
            )
            return ((at, negation(answer)) for at, answer in found) if isinstance(rule, NoneOf) else found
        if isinstance(rule, Not):
            return ((at, negation(answer)) for at, answer in self.steps(rule.rule, of, now))
        return of(self._number_of[id(rule)])

    def because(self, place: int, values: Values) -> tuple[str, ...]:
        """Return the conditions that decided on a segment, in words: they follow from the answers alone."""
        key = (place, tuple([values[number] for number in self.asked[place]]))
        found = self._because.get(key)
        if found is None:
            if len(self._because) >= _FOLDED:
                self._because.clear()
            found = self._because[key] = tuple(self._reasons(self.rules[place], values))
        return found

    def _reasons(self, rule: Expression, values: Values) -> Iterator[str]:
        answer = self._answer(rule, values)
        if not isinstance(rule, _JOINTS):
            yield rule.said() if answer else f"{'not' if answer is False else 'unknown'}: {rule.said()}"
            return
        carried = negation(answer) if isinstance(rule, (NoneOf, Not)) else answer
        for part in rule.children:
            if isinstance(part, Expression) and self._answer(part, values) is carried:
                yield from self._reasons(part, values)

    def _answer(self, rule: Expression, values: Values) -> Kleene:
        if isinstance(rule, (AllOf, AnyOf, NoneOf)):
            found = [self._answer(each, values) for each in rule.rules]
            answer = conjunction(found) if isinstance(rule, AllOf) else disjunction(found)
            return negation(answer) if isinstance(rule, NoneOf) else answer
        return negation(self._answer(rule.rule, values)) if isinstance(rule, Not) else values[self._number_of[id(rule)]]


def _joined(parts: tuple[Program, ...], every: bool, none: bool, values: Values) -> Kleene:  # noqa: FBT001
    answer: Kleene = every
    for part in parts:
        value = part(values)
        if value is (not every):
            answer = value
            break
        if value is None:
            answer = None
    return negation(answer) if none else answer


def written_out(rule: Expression, rules: Mapping[str, Expression], /, *, entries: bool = False) -> Expression:
    """Return *rule* with each segment that it refers to replaced by that segment's rule.

    Being in a segment means its rule, so that what touches the one is seen to touch the other. With *entries*, counts
    since the entry into a segment stay: when somebody entered follows from no rule alone.

    >>> from unified_profile.segments import member_of, trait
    >>> written_out(member_of("pros") & (trait("debt") == 0), {"pros": trait("plan") == "pro"}).text()
    'all of (plan is "pro"; debt is 0)'

    Raises:
        InvalidRulesError: If it refers to a segment in a place where no rule can stand.
    """
    if not rule.reads.segments:
        return rule
    if isinstance(rule, MemberOf):
        return rules[rule.segment]
    if isinstance(rule, Not):
        return Not(written_out(rule.rule, rules, entries=entries))
    if isinstance(rule, (AllOf, AnyOf, NoneOf)):
        return type(rule)(tuple(written_out(each, rules, entries=entries) for each in rule.rules))
    if entries and isinstance(rule, MeasureCondition):
        return rule
    raise InvalidRulesError(
        field="segment.rule", reason=f"refers to a segment inside a {type(rule).__name__}", hint="write its rule there"
    )
