"""Rules over one row of permitted cells: closures that look a value up and compare it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.conditions import Condition, Judge, bound_check, quick_check
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.values import MISSING

Row: TypeAlias = Mapping[str, Any]
OnRow: TypeAlias = Callable[[Row], Kleene]

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
    """Ask one rule after the other until an answer decides."""
    runs = tuple(prepared(part, now) for part in rule.rules)

    def run(row: Row) -> Kleene:
        answer: Kleene = not decides
        for each in runs:
            value = each(row)
            if value is decides:
                return decides
            if value is None:
                answer = None
        return answer

    return run


def _condition(rule: Condition, now: int) -> OnRow:
    """Look one cell up and compare it; a value of the expected class goes the short way."""
    if rule.field.place != "trait" or len(rule.field.path) > 1:
        raise InvalidRulesError(field="rule", reason="reads more than the cells of a row", hint="name plain traits")
    if rule.op in _STATES or rule.op.endswith("_or_missing"):
        raise InvalidRulesError(
            field="rule", reason=f"{rule.op!r} cannot tell missing from denied in a row", hint="ask rule.evaluate(…)"
        )
    name, judge, quick = rule.field.name, rule.judge(), quick_check(rule)
    if quick is None:
        return lambda row: judge(row.get(name, MISSING), now)
    plain, check = quick
    if plain is int:
        return _number(name, judge, check, bound_check(rule), now)
    exact = bound_check(rule) or check

    def run(row: Row) -> Kleene:
        try:
            value = row[name]
        except KeyError:
            return judge(MISSING, now)
        return exact(value) if value.__class__ is plain else judge(value, now)

    return run


def _number(
    name: str, judge: Judge, check: Callable[[Any], bool], exact: Callable[[Any], bool] | None, now: int
) -> OnRow:
    """Compare a number; a whole one with a whole constant goes the shortest way."""
    whole = exact or check

    def run(row: Row) -> Kleene:
        try:
            value = row[name]
        except KeyError:
            return judge(MISSING, now)
        kind = value.__class__
        if kind is int:
            return whole(value)
        if kind is float and value - value == 0:
            return check(value)
        return judge(value, now)

    return run
