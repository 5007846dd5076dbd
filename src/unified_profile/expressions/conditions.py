"""Conditions on one value: a trait of the person or, inside ``where``, a property of an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.comparators import BOUND, Comparator, checked_constant, comparator
from unified_profile.expressions.course import Step, changes_only
from unified_profile.expressions.fields import DENIED, Field
from unified_profile.expressions.kleene import Kleene, conjunction, disjunction, negation
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.operators import OPERATORS, Operator, operator_named
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language
from unified_profile.expressions.subject import Subject
from unified_profile.expressions.values import MISSING, Constant, duration_text, instant_text, kind_of, typed_key
from unified_profile.expressions.wording import phrase
from unified_profile.model.values import Json

Over: TypeAlias = Literal["any", "every", "none", "size"]
Judge: TypeAlias = Callable[[Any, int], Kleene]

_STATES: dict[str, Callable[[object], bool]] = {
    "exists": lambda value: value is not MISSING and value is not None,
    "missing": lambda value: value is MISSING,
    "null": lambda value: value is None,
    "empty": lambda value: isinstance(value, (str, list, tuple, dict)) and not value,
}


def _op(name: str) -> str:
    """Refuse an operator that does not exist."""
    return operator_named(name).name


@attrs.frozen
class Condition(Expression):
    """A field compared by an operator with a constant.

    *over* says how a list is taken: true of ``any`` value (the default of positive operators), of ``every`` value
    (the default of ``ne``, ``not_in``, ``not_contains``, which are the exact opposites of their positive forms) or of
    ``none``; a single value counts as a list of one. ``size`` compares how many values there are. Missing, null and
    values of another kind are unknown, except where the operator asks for just that.

    Raises:
        InvalidRulesError: If the constant, *case* or *over* do not suit the operator.
    """

    field: Field
    op: str = attrs.field(converter=_op)
    value: Constant = attrs.field(default=None, eq=typed_key)
    case: str = "exact"
    over: str = ""

    def __attrs_post_init__(self) -> None:
        """Bring the constant and *over* into their one form."""
        row = self._row
        object.__setattr__(self, "value", checked_constant(self.op, self.value, self.case))
        usual = _usual(row)
        over = self.over or usual
        if over not in get_args(Over):
            raise InvalidRulesError(field="over", reason="unknown", hint="one of " + ", ".join(get_args(Over)))
        if row.takes == "nothing" and over != usual:
            raise InvalidRulesError(field="over", reason=f"{self.op!r} asks about the whole", hint="leave it out")
        if row.positive and over == "none":
            raise InvalidRulesError(
                field="over", reason=f"none with {self.op!r} says no twice", hint=f"every with {row.positive!r}"
            )
        if over == "size":
            self._check_size(row)
        object.__setattr__(self, "over", over)

    def _check_size(self, row: Operator) -> None:
        """Refuse to compare a number of values with anything but numbers."""
        several = self.value if isinstance(self.value, tuple) else (self.value,)
        if row.takes not in {"scalar", "scalars", "ordered"} or any(kind_of(each) != "number" for each in several):
            raise InvalidRulesError(field="over", reason="a size is a number", hint="compare it with one: eq, lt, ge …")

    @property
    def _row(self) -> Operator:
        return OPERATORS[self.op]

    @property
    def scope(self) -> Scope:
        """A person for a trait, an event for a property."""
        return self.field.scope

    @property
    def reads(self) -> Reads:
        """The trait."""
        return self.field.reads

    @property
    def timeless(self) -> bool:
        """Whether the operator does not look at now."""
        return self._row.takes != "duration"

    def build(self) -> Run:
        """Make the function; a plain value of a trait goes the short way."""
        judge = self.judge()
        if self.field.place == "trait" and len(self.field.path) == 1 and self._row.takes != "nothing":
            quick = _quick(self._row, comparator(self.op, self.value, self.case), self.over)
            if quick is not None:
                return _short(self.field.name, quick[0], quick[1], judge)
        read = self.field.reader()

        def run(scope: object, now: int) -> Kleene:
            value = read(scope)
            return None if value is DENIED else judge(value, now)

        return run

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now* and, for a relative operator, what time makes of it."""
        run = self.compiled()
        value = self.field.reader()(subject)
        if self.timeless or value is DENIED:
            return iter(((now, run(subject, now)),))
        compared = comparator(self.op, self.value)
        edges = {
            edge for each in (value if isinstance(value, (list, tuple)) else (value,)) for edge in compared.edges(each)
        }
        moments = (now, *sorted(edge for edge in edges if edge > now))
        return changes_only((moment, run(subject, moment)) for moment in moments)

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        if answer is not None:
            return str(answer).lower()
        value = self.field.reader()(subject)
        if value is DENIED:
            return "denied"
        kind = kind_of(value)
        return kind if kind in {"missing", "null"} else "type"

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        over = "" if self.over == _usual(self._row) else self.over
        return phrase(self.op, self.field.said, self.value, as_language(language), case=self.case, over=over)

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        shown = self.field.to_json() | comparison_json(self.op, self.value, self.case)
        if self.over != _usual(self._row):
            shown["over"] = self.over
        return shown

    def judge(self) -> Judge:
        """Return the function from a value that is not denied, and an instant, to the answer."""
        row = self._row
        if row.takes == "nothing":
            state = _STATES[self.op]
            return lambda value, _: state(value)
        return judged(row, comparator(self.op, self.value, self.case), self.over)


def judged(row: Operator, compared: Comparator, over: str, /) -> Judge:
    """Return the function from any value, missing and lists included, to the answer."""
    test = compared.test
    absent: Kleene = True if row.or_missing else None

    def one(value: object, now: int) -> Kleene:
        if value is None or value is MISSING:
            return absent
        answer = test(value, now)
        return negation(answer) if row.positive else answer

    def size(value: object, now: int) -> Kleene:
        if value is None or value is MISSING:
            return absent
        return one(len(value) if isinstance(value, (list, tuple)) else 1, now)

    def judge(value: object, now: int) -> Kleene:
        if not isinstance(value, (list, tuple)):
            answer = one(value, now)
            return negation(answer) if over == "none" else answer
        answers = (one(each, now) for each in value)
        if over == "every":
            return conjunction(answers)
        return disjunction(answers) if over == "any" else negation(disjunction(answers))

    return size if over == "size" else judge


def comparison_json(op: str, value: Constant, case: str, /) -> dict[str, Json]:
    """Return operator, constant and case as JSON data."""
    shown: dict[str, Json] = {"op": op}
    if isinstance(value, tuple):
        shown["value"] = list(value)
    elif isinstance(value, datetime):
        shown["value"] = instant_text(value)
    elif isinstance(value, timedelta):
        shown["value"] = duration_text(value)
    elif value is not None:
        shown["value"] = value
    if case != "exact":
        shown["case"] = case
    return shown


def _usual(row: Operator) -> str:
    """Return how an operator takes a list unless told otherwise."""
    return "every" if row.positive else "any"


def _quick(row: Operator, compared: Comparator, over: str) -> tuple[type, Callable[[Any], bool]] | None:
    """Return the class of value that needs no judging, and its check; None where there is no such class."""
    plain = {"text": str, "number": int, "flag": bool}.get(compared.kind)
    if plain is None or over in {"none", "size"}:
        return None
    check = compared.check
    return (plain, (lambda value: not check(value)) if row.positive else check)


def quick_check(rule: Condition, /) -> tuple[type, Callable[[Any], bool]] | None:
    """Return the class of value that *rule* answers without judging, and how; None where there is none."""
    row = OPERATORS[rule.op]
    return None if row.takes == "nothing" else _quick(row, comparator(rule.op, rule.value, rule.case), rule.over)


def bound_check(rule: Condition, /) -> Callable[[Any], bool] | None:
    """Return the constant's own method that answers *rule* for a value of the constant's class, None without one."""
    if type(rule.value) is not int or rule.op not in BOUND:
        return None
    answer: Callable[[Any], bool] = getattr(rule.value, BOUND[rule.op])
    return answer


def _short(name: str, plain: type, check: Callable[[Any], bool], judge: Judge) -> Run:
    """Answer for a value of class *plain* at once, and leave everything else to *judge*."""

    def run(subject: Subject, now: int) -> Kleene:
        if name in subject.denied:
            return None
        value = subject.traits.get(name, MISSING)
        if value.__class__ is plain:
            return check(value)
        return judge(value, now)

    def run_number(subject: Subject, now: int) -> Kleene:
        if name in subject.denied:
            return None
        value = subject.traits.get(name, MISSING)
        # A float minus itself is zero unless it is infinite or no number.
        if value.__class__ is int or (value.__class__ is float and value - value == 0):
            return check(value)
        return judge(value, now)

    return run_number if plain is int else run
