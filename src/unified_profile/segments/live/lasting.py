"""How long an answer is sure to last: no longer search for its change is needed before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from unified_profile.expressions import AllOf, AnyOf, Expression, Kleene, NoneOf, Not, negation

Lasting: TypeAlias = "tuple[Kleene, int | None]"
"""An answer, and an instant before which time alone does not change it; None: it never does."""

LastingOf: TypeAlias = "Callable[[list[Kleene], Mapping[int, int]], Lasting]"
"""From the answers of all conditions, and when those that change do so, to the answer of a rule."""


def lasting(rule: Expression, numbers: Mapping[str, int], /) -> LastingOf:
    """Return the function from the answers of conditions to that of *rule*, and to how long it is sure to last.

    The instant may be earlier than the change, never later: a rule that one condition keeps false stays false until
    that condition changes, however often the others do.

    >>> from unified_profile.segments import trait
    >>> both = (trait("plan") == "pro") & (trait("seen_at").within_last(days=7))
    >>> how = lasting(both, {part.fingerprint: place for place, part in enumerate(both.rules)})
    >>> how([True, True], {1: 700}), how([False, True], {1: 700})
    ((True, 700), (False, None))
    """
    if isinstance(rule, (AllOf, AnyOf, NoneOf)):
        parts = tuple(lasting(each, numbers) for each in rule.rules)
        joined = partial(_joined, parts, not isinstance(rule, AllOf))
        return partial(_negated, joined) if isinstance(rule, NoneOf) else joined
    if isinstance(rule, Not):
        return partial(_negated, lasting(rule.rule, numbers))
    return partial(_leaf, numbers[rule.fingerprint])


def _leaf(number: int, answers: list[Kleene], wakes: Mapping[int, int], /) -> Lasting:
    return answers[number], wakes.get(number)


def _negated(inner: LastingOf, answers: list[Kleene], wakes: Mapping[int, int], /) -> Lasting:
    answer, until = inner(answers, wakes)
    return negation(answer), until


def _joined(
    parts: tuple[LastingOf, ...],
    decides: bool,  # noqa: FBT001
    answers: list[Kleene],
    wakes: Mapping[int, int],
    /,
) -> Lasting:
    """Join *parts*, of which one that *decides* decides all."""
    answer: Kleene = not decides
    earliest: int | None = None
    latest: int | None = None  # of those that decide: the last of them must change before the whole does
    decided = forever = False
    for part in parts:
        value, until = part(answers, wakes)
        if value is decides:
            decided = True
            if until is None:
                forever = True
                break
            latest = until if latest is None or until > latest else latest
        else:
            if value is None:
                answer = None
            if until is not None and (earliest is None or until < earliest):
                earliest = until
    if decided:
        return decides, None if forever else latest
    return answer, earliest
