"""Comparing a field with another, a property of an event with a trait of the person; asking elements of a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.casing import CASES, FOLDERS
from unified_profile.expressions.comparators import compared_as
from unified_profile.expressions.fields import DENIED, Field
from unified_profile.expressions.kleene import Kleene, conjunction, disjunction, negation
from unified_profile.expressions.logic import Expression, checked_rule
from unified_profile.expressions.sentences import elements_phrase, phrase_of_fields
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language, person_in
from unified_profile.expressions.subject import Subject
from unified_profile.expressions.values import MISSING, instant_of, kind_of
from unified_profile.model.values import Json

FIELD_OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "before", "at_or_before", "after", "at_or_after", "at")
_SCALARS = frozenset({"text", "number", "flag"})


@attrs.frozen
class FieldCondition(Expression):
    """A field compared with another field of the same kind; inside ``where`` one of them may be a trait.

    Values of two kinds, and values that are missing, null or denied, make it unknown. Of lists some value of the one
    and some of the other decide; ``ne`` is the opposite of ``eq``. *case* folds both sides.
    """

    field: Field
    op: str
    other: Field
    case: str = "exact"

    def __attrs_post_init__(self) -> None:
        """Refuse operators that compare with constants only."""
        if self.op not in FIELD_OPERATORS:
            raise InvalidRulesError(
                field="op", reason="does not compare fields", hint="one of " + ", ".join(FIELD_OPERATORS)
            )
        if not isinstance(self.field, Field) or not isinstance(self.other, Field):
            raise InvalidRulesError(field="other", reason="no field", hint="trait('b') or prop('b')")
        if self.case not in CASES:
            raise InvalidRulesError(field="case", reason="no such way to compare text", hint=", ".join(CASES))

    @property
    def scope(self) -> Scope:
        """An event if either is read from one."""
        return "event" if "event" in {self.field.scope, self.other.scope} else "person"

    @property
    def reads(self) -> Reads:
        """Both."""
        return self.field.reads | self.other.reads

    def build(self) -> Run:
        """Make the function."""
        sides = [(field.reader(), field.place == "trait") for field in (self.field, self.other)]
        compare, negative = compared_as("eq" if self.op == "ne" else self.op), self.op == "ne"
        instants, fold = self.op not in {"eq", "ne", "lt", "le", "gt", "ge"}, FOLDERS[self.case]

        def one(left: object, right: object) -> Kleene:
            if instants:
                at, mark = instant_of(left), instant_of(right)
                return None if at is None or mark is None else compare(at, mark)
            kind = kind_of(left)
            if (
                kind != kind_of(right)
                or kind not in _SCALARS
                or (kind == "flag" and not self.op.endswith(("eq", "ne")))
            ):
                return None
            return compare(fold(str(left)), fold(str(right))) if kind == "text" else compare(left, right)

        def run(scope: Any, _: int) -> Kleene:
            found = [_several(read(person_in(scope) if personal else scope)) for read, personal in sides]
            left, right = found
            if left is None or right is None:
                return None
            answer = disjunction(one(each, other) for each in left for other in right)
            return negation(answer) if negative else answer

        return run

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        if answer is not None:
            return str(answer).lower()
        for value in (field.reader()(subject) for field in (self.field, self.other)):
            if value is DENIED:
                return "denied"
            if kind_of(value) in {"missing", "null"}:
                return kind_of(value)
        return "type"

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return phrase_of_fields(self.op, self.field.said, self.other.said, as_language(language), case=self.case)

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        shown: dict[str, Json] = {"field": self.field.to_json(), "op": self.op, "other": self.other.to_json()}
        return shown | ({"case": self.case} if self.case != "exact" else {})


def _several(value: object) -> list[object] | None:
    """Return a value or the values of a list; None where there is nothing to compare."""
    if value is DENIED or value is MISSING or value is None:
        return None
    return list(value) if isinstance(value, (list, tuple)) else [value]


class _Element:
    """An element of a list, read like an event with properties."""

    __slots__ = ("properties",)

    def __init__(self, properties: dict[str, Any]) -> None:
        self.properties = properties


def _rule(rule: Expression) -> Expression:
    """Refuse a rule that asks for something else than the element."""
    checked_rule(rule, field="elem_match")
    reads = rule.reads
    if rule.scope != "event" or not rule.timeless or reads.traits or reads.permissions or reads.segments:
        raise InvalidRulesError(
            field="elem_match", reason="asks for more than the element", hint="made of prop(…) alone"
        )
    if any(part.field.place == "attribute" for part in _conditions(rule)):
        raise InvalidRulesError(field="elem_match", reason="an element has no attributes", hint="made of prop(…) alone")
    return rule


def _conditions(node: Any) -> Iterator[Any]:
    """Yield the parts of a rule that stand on a field."""
    if isinstance(getattr(node, "field", None), Field):
        yield node
        if isinstance(getattr(node, "other", None), Field):
            yield attrs.evolve(node, field=node.other)
    for part in node.children:
        yield from _conditions(part)


@attrs.frozen
class ElementMatch(Expression):
    """Whether some (*over* ``"any"``), ``"every"`` or ``"none"`` of the objects in a list meets a whole *rule*.

    One and the same element must meet all of it: *an item that is red and costs more than 100*. What is no object is
    unknown; an object alone counts as a list of one.
    """

    field: Field
    rule: Expression = attrs.field(converter=_rule)
    over: str = "any"

    def __attrs_post_init__(self) -> None:
        """Refuse another way to take a list."""
        if self.over not in {"any", "every", "none"}:
            raise InvalidRulesError(field="over", reason="unknown", hint="any, every or none")

    @property
    def depth(self) -> int:
        """One level more than the rule."""
        return 1 + self.rule.depth

    @property
    def scope(self) -> Scope:
        """Where the list stands."""
        return self.field.scope

    @property
    def reads(self) -> Reads:
        """The list."""
        return self.field.reads

    def build(self) -> Run:
        """Make the function."""
        read, inner = self.field.reader(), self.rule.build()

        def one(value: object) -> Kleene:
            return inner(_Element(value), 0) if isinstance(value, dict) else None

        def run(scope: Any, _: int) -> Kleene:
            values = _several(read(scope))
            if values is None:
                return None
            if self.over == "every":
                return conjunction(one(value) for value in values)
            answer = disjunction(one(value) for value in values)
            return negation(answer) if self.over == "none" else answer

        return run

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        if answer is not None:
            return str(answer).lower()
        value = self.field.reader()(subject)
        return "denied" if value is DENIED else kind_of(value) if kind_of(value) in {"missing", "null"} else "type"

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return elements_phrase(self.field.said, self.rule.text(as_language(language)), self.over, language)

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        shown: dict[str, Json] = {"elements": self.field.to_json(), "match": self.rule.to_json()}
        return shown | ({"over": self.over} if self.over != "any" else {})
