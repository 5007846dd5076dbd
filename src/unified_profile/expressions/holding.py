"""Whether something has held for a while without a break, as the facts known now tell the past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import attrs

from unified_profile.expressions.course import Step, changes_only
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import Expression, checked_rule
from unified_profile.expressions.sentences import held_phrase
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language
from unified_profile.expressions.subject import Subject
from unified_profile.expressions.values import FIRST_US, checked_duration, duration_text, micros_in
from unified_profile.model.values import Json


def _rule(rule: Expression) -> Expression:
    return checked_rule(rule, field="held")


def _length(length: timedelta) -> timedelta:
    return checked_duration(length, field="for")


@attrs.frozen
class HeldFor(Expression):
    """Whether *rule* has been true at every instant from *length* ago up to now.

    Events tell what was true then; a trait counts as if it had always had its present value, for a person does not
    keep the old ones. False at any instant makes it false, else unknown at any makes it unknown.
    """

    rule: Expression = attrs.field(converter=_rule)
    length: timedelta = attrs.field(converter=_length)

    @property
    def depth(self) -> int:
        """One level more than the rule."""
        return 1 + self.rule.depth

    @property
    def scope(self) -> Scope | None:
        """What the rule is asked about."""
        return self.rule.scope

    @property
    def reads(self) -> Reads:
        """What the rule reads."""
        return self.rule.reads

    @property
    def timeless(self) -> bool:
        """Whether the rule is."""
        return self.rule.timeless

    def build(self) -> Run:
        """Make the function."""
        inner, width = self.rule, micros_in(self.length)
        inner.compiled()

        def run(subject: Subject, now: int) -> Kleene:
            answer: Kleene = True
            for at, value in inner.steps(subject, max(FIRST_US, now - width)):
                if at > now or answer is False:
                    break
                answer = value if answer is True or value is False else answer
            return answer

        return run

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now* and whenever the rule, or what it was, changes it."""
        return changes_only(self._walk(subject, now))

    def _walk(self, subject: Subject, now: int) -> Iterator[Step]:
        run, width = self.compiled(), micros_in(self.length)
        yield now, run(subject, now)
        past = list(_until(self.rule.steps(subject, max(FIRST_US, now - width)), now))
        ended = [at + width for at, _ in past[1:]]
        future = (step for step in self.rule.steps(subject, now) if step[0] > now)
        following = next(future, None)
        # What the rule becomes shows at once; what it was is over when its end has left the window.
        while ended or following is not None:
            if following is not None and (not ended or following[0] <= ended[0]):
                at = following[0]
                ended.append(at + width)
                following = next(future, None)
            else:
                at = ended.pop(0)
            if at > now:
                yield at, run(subject, at)

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        return self.rule.why(subject, now) if answer is None else str(answer).lower()

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return held_phrase(self.rule.text(as_language(language)), self.length, language)

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        return {"held": self.rule.to_json(), "for": duration_text(self.length)}


def _until(steps: Iterator[Step], now: int) -> Iterator[Step]:
    """Yield steps up to *now*."""
    for step in steps:
        if step[0] > now:
            return
        yield step
