"""Joining rules: all, any, none and not, in Kleene's logic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.course import Step, merged
from unified_profile.expressions.kleene import Kleene, conjunction, disjunction, negation
from unified_profile.expressions.node import Node
from unified_profile.expressions.shape import DEEPEST, Language, Run, as_language
from unified_profile.expressions.subject import Subject
from unified_profile.model.values import Json


class Expression(Node):
    """A rule or a part of one: frozen, equal by value, with one meaning wherever it is evaluated.

    Join with ``&``, ``|`` and ``~``. An answer is True, False or None (unknown); what is unknown is neither false
    nor an error.

    .. versionadded:: 0.1
    """

    __slots__ = ()

    def __and__(self, other: Expression) -> AllOf:
        return AllOf((*(self.rules if isinstance(self, AllOf) else (self,)), other))

    def __or__(self, other: Expression) -> AnyOf:
        return AnyOf((*(self.rules if isinstance(self, AnyOf) else (self,)), other))

    def __invert__(self) -> Expression:
        return self.rule if isinstance(self, Not) else Not(self)


def checked_rule(rule: object, /, *, field: str = "rule") -> Expression:
    """Return *rule* if it is one and not too deep.

    Raises:
        InvalidRulesError: If it is something else, or deeper than `DEEPEST`.
    """
    if not isinstance(rule, Expression):
        raise InvalidRulesError(
            field=field,
            reason=f"a {type(rule).__name__} is no rule",
            hint='e.g. trait("plan") == "pro"; put each comparison in parentheses before joining with & or |',
        )
    if rule.depth > DEEPEST:
        raise InvalidRulesError(field=field, reason=f"deeper than {DEEPEST} levels", hint="split it into segments")
    return rule


def _rules(rules: Iterable[Expression]) -> tuple[Expression, ...]:
    """Keep any iterable of rules as a tuple."""
    return tuple(checked_rule(rule, field=f"rules.{index}") for index, rule in enumerate(rules))


def _rule(rule: Expression) -> Expression:
    """Check one rule."""
    return checked_rule(rule)


@attrs.frozen
class _Joined(Expression):
    """What several rules joined have in common."""

    rules: tuple[Expression, ...] = attrs.field(default=(), converter=_rules)

    def __attrs_post_init__(self) -> None:
        """Refuse a mixture of persons and events, and too many levels."""
        _ = self.scope
        checked_rule(self)

    @property
    def children(self) -> tuple[Expression, ...]:
        """The rules joined."""
        return self.rules

    def _until(self, *, decides: bool) -> Run:
        """Return what asks one rule after the other until an answer *decides* all."""
        runs = tuple(rule.build() for rule in self.rules)

        def run(subject: object, now: int) -> Kleene:
            answer: Kleene = not decides
            for each in runs:
                value = each(subject, now)
                if value is decides:
                    return decides
                if value is None:
                    answer = None
            return answer

        return run

    def _merged(
        self, subject: Subject, now: int, join: Callable[[Iterable[Kleene]], Kleene], /, *, dominant: bool
    ) -> Iterator[Step]:
        """Return the steps of all rules, joined."""
        if not self.rules:
            return iter(((now, not dominant),))
        return merged([rule.steps(subject, now) for rule in self.rules], join, dominant=dominant)

    def _texts(self, language: Language) -> str:
        return ("、" if language == "ja" else "; ").join(rule.text(language) for rule in self.rules)

    def _parts(self) -> list[Json]:
        return [rule.to_json() for rule in self.rules]


@attrs.frozen
class AllOf(_Joined):
    """True when every rule is true; with no rules it is true of everybody."""

    def build(self) -> Run:
        """Stop at the first that is false."""
        return self._until(decides=False)

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the steps of the whole."""
        return self._merged(subject, now, conjunction, dominant=False)

    def text(self, language: Language = "en") -> str:
        """Return the rule in words."""
        if as_language(language) == "ja":
            return f"すべて（{self._texts(language)}）"
        return f"all of ({self._texts(language)})"

    def to_json(self) -> dict[str, Json]:
        """Return the rule as JSON data."""
        return {"all": self._parts()}


@attrs.frozen
class AnyOf(_Joined):
    """True when at least one rule is true; with no rules it is true of nobody."""

    def build(self) -> Run:
        """Stop at the first that is true."""
        return self._until(decides=True)

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the steps of the whole."""
        return self._merged(subject, now, disjunction, dominant=True)

    def text(self, language: Language = "en") -> str:
        """Return the rule in words."""
        if as_language(language) == "ja":
            return f"いずれか（{self._texts(language)}）"
        return f"any of ({self._texts(language)})"

    def to_json(self) -> dict[str, Json]:
        """Return the rule as JSON data."""
        return {"any": self._parts()}


@attrs.frozen
class NoneOf(_Joined):
    """True when every rule is false: the opposite of `AnyOf`."""

    def build(self) -> Run:
        """Turn the answer of any around."""
        some = AnyOf(self.rules).build()

        def run(subject: object, now: int) -> Kleene:
            return negation(some(subject, now))

        return run

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the steps of the whole."""
        return ((at, negation(value)) for at, value in AnyOf(self.rules).steps(subject, now))

    def text(self, language: Language = "en") -> str:
        """Return the rule in words."""
        if as_language(language) == "ja":
            return f"いずれでもない（{self._texts(language)}）"
        return f"none of ({self._texts(language)})"

    def to_json(self) -> dict[str, Json]:
        """Return the rule as JSON data."""
        return {"none": self._parts()}


@attrs.frozen
class Not(Expression):
    """The opposite of a rule; the opposite of unknown is unknown."""

    rule: Expression = attrs.field(converter=_rule)

    def __attrs_post_init__(self) -> None:
        """Refuse too many levels."""
        checked_rule(self)

    @property
    def children(self) -> tuple[Expression, ...]:
        """The rule turned around."""
        return (self.rule,)

    def build(self) -> Run:
        """Turn the answer around."""
        inner = self.rule.build()

        def run(subject: object, now: int) -> Kleene:
            return negation(inner(subject, now))

        return run

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the steps of the whole."""
        return ((at, negation(value)) for at, value in self.rule.steps(subject, now))

    def text(self, language: Language = "en") -> str:
        """Return the rule in words."""
        inner = self.rule.text(as_language(language))
        return f"「{inner}」ではない" if language == "ja" else f"not ({inner})"

    def to_json(self) -> dict[str, Json]:
        """Return the rule as JSON data."""
        return {"not": self.rule.to_json()}
