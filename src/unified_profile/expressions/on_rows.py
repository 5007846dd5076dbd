"""Rules over one row of permitted cells: closures that look a value up and compare it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.conditions import Condition, bound_check, quick_check
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.unrolled import OnRow, Quick, Row, all_at_once
from unified_profile.expressions.values import MISSING

_STATES = frozenset({"exists", "missing", "null", "empty"})


def prepared(rule: Expression, now: int, /) -> OnRow:
    """Return *rule* as a function of a row: what is not in the row is missing, and what is denied must not be in it.

    Denied is unknown, and so is what is missing, but for the operators that ask for just that: a rule that uses one of
    them needs rows of which nothing was denied, so it is refused. *now* is in microseconds.

    >>> from unified_profile.expressions import trait
    >>> ask = prepared((trait("plan") == "pro") & (trait("age") >= 18), 0)
    >>> ask({"plan": "pro", "age": 20}), ask({"plan": "pro"})
    (True, None)

    Raises:
        InvalidRulesError: If the rule asks for more than the cells of a row.

    .. versionadded:: 0.1
    """
    if isinstance(rule, Condition):
        return _condition(rule, now)
    if isinstance(rule, Not):
        inner = prepared(rule.rule, now)
        return lambda row: _opposite(inner(row))
    if isinstance(rule, AllOf):
        return _until(rule, now, decides=False)
    if isinstance(rule, AnyOf):
        return _until(rule, now, decides=True)
    if isinstance(rule, NoneOf):
        some = _until(rule, now, decides=True)
        return lambda row: _opposite(some(row))
    raise InvalidRulesError(
        field="rule", reason=f"a {type(rule).__name__} asks for more than a row of cells", hint="ask rule.evaluate(…)"
    )


def _opposite(answer: Kleene) -> Kleene:
    return None if answer is None else not answer


def _until(rule: AllOf | AnyOf | NoneOf, now: int, *, decides: bool) -> OnRow:
    """Ask until an answer decides; plain comparisons that all must hold are asked together."""
    runs = tuple(prepared(part, now) for part in rule.rules)
    slow = _one_by_one(runs, decides=decides)
    quick = [_quick(part) for part in rule.rules]
    plain = [leaf for leaf in quick if leaf is not None]
    if decides or len(plain) < 2:
        return slow
    others = tuple(run for run, leaf in zip(runs, quick, strict=True) if leaf is None)
    several = tuple(run for run, leaf in zip(runs, quick, strict=True) if leaf is not None)
    together = all_at_once(plain, _one_by_one(several, decides=False))
    return _one_by_one((together, *others), decides=False) if others else together


def _one_by_one(runs: tuple[OnRow, ...], *, decides: bool) -> OnRow:
    """Ask each in its own right."""

    def run(row: Row) -> Kleene:
        answer: Kleene = not decides
        for each in runs:
            found = each(row)
            if found is decides:
                return decides
            if found is None:
                answer = None
        return answer

    return run


def _quick(rule: Expression) -> Quick | None:
    """Return the cell, the class of value that needs no judging, its check, and the judge of others."""
    found = quick_check(rule) if isinstance(rule, Condition) else None
    if found is None or not isinstance(rule, Condition):
        return None
    kind, check = found
    return rule.field.name, kind, bound_check(rule) or check, rule.judge()


def _condition(rule: Condition, now: int) -> OnRow:
    """Look one cell up and compare it; a value of the expected class goes the short way."""
    if rule.field.place != "trait" or len(rule.field.path) > 1:
        raise InvalidRulesError(field="rule", reason="reads more than the cells of a row", hint="name plain traits")
    if rule.op in _STATES or rule.op.endswith("_or_missing"):
        raise InvalidRulesError(
            field="rule", reason=f"{rule.op!r} cannot tell missing from denied in a row", hint="ask rule.evaluate(…)"
        )
    name, judge, quick = rule.field.name, rule.judge(), _quick(rule)
    if quick is None:
        return lambda row: judge(row.get(name, MISSING), now)
    _, kind, check, _ = quick
    if kind is int:
        return _number(rule, name, check, now)

    def run(row: Row) -> Kleene:
        try:
            value = row[name]
        except KeyError:
            return judge(MISSING, now)
        return check(value) if value.__class__ is kind else judge(value, now)

    return run


def _number(rule: Condition, name: str, exact: Callable[[Any], bool], now: int) -> OnRow:
    """Compare a number; a whole one with a whole constant goes the shortest way."""
    judge, found = rule.judge(), quick_check(rule)
    check = exact if found is None else found[1]

    def run(row: Row) -> Kleene:
        try:
            value = row[name]
        except KeyError:
            return judge(MISSING, now)
        kind = value.__class__
        if kind is int:
            return exact(value)
        # A float less itself is zero unless it is infinite or no number.
        if kind is float and value - value == 0:
            return check(value)
        return judge(value, now)

    return run
