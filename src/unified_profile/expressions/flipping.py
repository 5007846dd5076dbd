"""The smallest change that would turn an answer around: which conditions would have to come out otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import combinations, product

import attrs

from unified_profile.expressions.kleene import Kleene, conjunction, disjunction, negation
from unified_profile.expressions.logic import AllOf, AnyOf, NoneOf, Not
from unified_profile.expressions.node import Node
from unified_profile.expressions.shape import Language, as_language
from unified_profile.expressions.subject import Subject
from unified_profile.model.times import aware, to_micros

_MOST_CHANGES = 3
_MOST_TRIED = 20_000


@attrs.frozen
class Flip:
    """A change that turns an answer: conditions (in the rule's words) and what each would have to be."""

    changes: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        """Return the changes as a sentence."""
        return "; ".join(said if wanted else f"not: {said}" for said, wanted in self.changes)


def flips(rule: Node, subject: Subject, now: datetime, *, language: Language = "en") -> tuple[Flip, ...]:
    """Return the smallest changes after which *rule* is true (or, where it is true now, is not), all of the least size.

    Empty where nothing would (a rule without conditions), or where more than three conditions would have to change.
    It tells conditions, never values; conditions that depend on each other in the world are taken as free.

    >>> from datetime import UTC
    >>> from unified_profile.expressions import trait
    >>> rule = (trait("plan") == "pro") & (trait("age") >= 18)
    >>> [str(flip) for flip in flips(rule, Subject({"plan": "free", "age": 20}), datetime(2026, 1, 1, tzinfo=UTC))]
    ['plan is "pro"']

    .. versionadded:: 0.1
    """
    at = to_micros(aware(now, field="now"))
    leaves = tuple(dict.fromkeys(_leaves(rule)))
    answers = {leaf: leaf.compiled()(subject, at) for leaf in leaves}
    member, tried = _answer(rule, answers) is True, 0
    for size in range(1, _MOST_CHANGES + 1):
        found = []
        for chosen in combinations(leaves, size):
            for wanted in product((True, False), repeat=size):
                tried += 1
                if tried > _MOST_TRIED:
                    return ()
                if any(answers[leaf] is value for leaf, value in zip(chosen, wanted, strict=True)):
                    continue
                if (_answer(rule, answers | dict(zip(chosen, wanted, strict=True))) is True) is not member:
                    said = (leaf.text(as_language(language)) for leaf in chosen)
                    found.append(Flip(tuple(zip(said, wanted, strict=True))))
        if found:
            return tuple(found)
    return ()


def _leaves(rule: Node) -> Iterator[Node]:
    """Yield the conditions at the ends of the tree."""
    if isinstance(rule, (AllOf, AnyOf, NoneOf, Not)):
        for part in rule.children:
            yield from _leaves(part)
    else:
        yield rule


def _answer(rule: Node, answers: Mapping[Node, Kleene]) -> Kleene:
    """Return the answer of a rule from those of its conditions."""
    if rule in answers:
        return answers[rule]
    parts = [_answer(part, answers) for part in rule.children]
    if isinstance(rule, AllOf):
        return conjunction(parts)
    if isinstance(rule, Not):
        return negation(parts[0])
    some = disjunction(parts)
    return negation(some) if isinstance(rule, NoneOf) else some
