"""Conditions on an account by its people: any of them, all, none, or at least so many."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.course import Step, merged
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import Expression, checked_rule
from unified_profile.expressions.sentences import members_phrase
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language
from unified_profile.expressions.subject import Subject
from unified_profile.model.values import Json


def _rule(rule: Expression) -> Expression:
    """Refuse what is no rule about a person, and members of members."""
    checked_rule(rule, field="members")
    if rule.scope == "event":
        raise InvalidRulesError(field="members", reason="reads a property of no event", hint="events(…).where(…)")
    if _nested(rule):
        raise InvalidRulesError(field="members", reason="asks for members of members", hint="people have none")
    return rule


def _nested(rule: Expression) -> bool:
    parts = [part for part in rule.children if isinstance(part, Expression)]
    return isinstance(rule, OfMembers) or any(_nested(part) for part in parts)


@attrs.frozen
class OfMembers(Expression):
    """Whether at least *at_least* of an account's people meet a *rule*; 0 asks whether all of them do.

    Each is seen as the purpose may see them. Unknown people may turn out either way: the answer is unknown where that
    matters. An account without people has nobody who meets it, and nobody who does not.
    """

    rule: Expression = attrs.field(converter=_rule)
    at_least: int = 1

    def __attrs_post_init__(self) -> None:
        """Refuse a number that is none."""
        if type(self.at_least) is not int or not 0 <= self.at_least <= 1_000_000:
            raise InvalidRulesError(field="at_least", reason="no number of people", hint="1 for any, 0 for all")

    @property
    def depth(self) -> int:
        """One level more than the rule."""
        return 1 + self.rule.depth

    @property
    def scope(self) -> Scope:
        """An account, which is asked like a person."""
        return "person"

    @property
    def reads(self) -> Reads:
        """What the rule reads of each of them."""
        return self.rule.reads

    @property
    def timeless(self) -> bool:
        """Whether the rule is."""
        return self.rule.timeless

    def build(self) -> Run:
        """Make the function."""
        inner = self.rule.compiled()

        def run(subject: Subject, now: int) -> Kleene:
            return self._joined([inner(member, now) for member in subject.members])

        return run

    def _joined(self, answers: Iterable[Kleene]) -> Kleene:
        found = list(answers)
        surely, unknown = sum(each is True for each in found), sum(each is None for each in found)
        wanted = self.at_least or len(found)
        return True if surely >= wanted else None if surely + unknown >= wanted else False

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now* and whenever one of them changes it."""
        if not subject.members:
            return iter(((now, self._joined(())),))
        # No single answer decides for good unless one is enough, or all are wanted.
        dominant = self.at_least == 1
        if self.at_least > 1:
            return _counted([self.rule.steps(member, now) for member in subject.members], self._joined)
        return merged([self.rule.steps(member, now) for member in subject.members], self._joined, dominant=dominant)

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        return "parts" if answer is None else str(answer).lower()

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return members_phrase(self.rule.text(as_language(language)), self.at_least, language)

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        shown: dict[str, Json] = {"members": self.rule.to_json()}
        return shown | ({"at_least": self.at_least} if self.at_least != 1 else {})


def _counted(parts: list[Iterator[Step]], join: Callable[[list[Kleene]], Kleene]) -> Iterator[Step]:
    """Yield the steps of a count, for which no part decides alone."""
    firsts = [next(part) for part in parts]
    values = [value for _, value in firsts]
    last = join(values)
    yield firsts[0][0], last
    queue = heapq.merge(*(_numbered(part, index) for index, part in enumerate(parts)), key=_place)
    for at, several in groupby(queue, key=_place):
        for _, index, value in several:
            values[index] = value
        answer = join(values)
        if answer is not last:
            last = answer
            yield at, answer


def _numbered(part: Iterator[Step], index: int) -> Iterator[tuple[int, int, Kleene]]:
    return ((at, index, value) for at, value in part)


def _place(step: tuple[int, int, Kleene]) -> int:
    return step[0]
