"""Why an answer is what it is: which leaves decided, and which only could not be known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from unified_profile.expressions.kleene import Kleene, negation
from unified_profile.expressions.logic import NoneOf, Not
from unified_profile.expressions.node import Node
from unified_profile.expressions.shape import Language, as_language
from unified_profile.expressions.subject import Subject
from unified_profile.model.times import aware, to_micros

_MARKS: dict[Kleene, str] = {True: "+", False: "-", None: "?"}


@attrs.frozen
class Explanation:
    """A rule's answer with those of its parts, in the rule's own words; it holds no value of the person.

    *why* is ``"true"``, ``"false"`` or what keeps the answer unknown (``"denied"``, ``"missing"``, ``"null"``,
    ``"type"``, ``"no_event"``, ``"stale"``, ``"parts"``). *decided* tells whether this part carries the answer of the
    whole. Printed, it is a tree: ``+`` true, ``-`` false, ``?`` unknown, ``*`` decided.
    """

    text: str
    value: Kleene
    why: str
    decided: bool
    next_change_at: datetime | None = None
    parts: tuple[Explanation, ...] = ()

    def __str__(self) -> str:
        """Return the tree as indented lines."""
        return "\n".join(self._lines(0))

    def _lines(self, level: int) -> Iterator[str]:
        """Yield a line for each part."""
        unknown = f" [{self.why}]" if self.value is None else ""
        turns = f" [until {self.next_change_at.isoformat()}]" if self.next_change_at else ""
        mark = _MARKS[self.value] + ("*" if self.decided else " ")
        yield f"{'  ' * level}{mark} {self.text}{unknown}{turns}"
        for part in self.parts:
            yield from part._lines(level + 1)  # noqa: SLF001 - its own kind

    @property
    def leaves(self) -> tuple[Explanation, ...]:
        """The conditions at the ends of the tree."""
        return tuple(leaf for part in self.parts for leaf in part.leaves) if self.parts else (self,)


def explain(rule: Node, subject: Subject, now: datetime, *, language: Language = "en") -> Explanation:
    """Return why *rule* is true, false or unknown of *subject* at *now*.

    >>> from datetime import UTC
    >>> from unified_profile.expressions import trait
    >>> rule = (trait("plan") == "pro") & (trait("age") >= 18)
    >>> print(explain(rule, Subject({"plan": "pro"}, denied={"age"}), datetime(2026, 1, 1, tzinfo=UTC)))
    ?* all of (plan is "pro"; age is at least 18) [parts]
      +  plan is "pro"
      ?* age is at least 18 [denied]
    """
    return _explained(rule, subject, aware(now, field="now"), as_language(language), decided=True)


def _explained(rule: Node, subject: Subject, now: datetime, language: Language, *, decided: bool) -> Explanation:
    """Explain one node below which *decided* still holds or not."""
    at = to_micros(now)
    answer = rule.compiled()(subject, at)
    carried = _carried(rule, answer)
    parts = tuple(
        _explained(part, subject, now, language, decided=decided and part.compiled()(subject, at) is carried)
        for part in rule.children
    )
    return Explanation(
        text=rule.text(language),
        value=answer,
        why=rule.why(subject, at),
        decided=decided,
        next_change_at=rule.next_change(subject, now),
        parts=parts,
    )


def _carried(rule: Node, answer: Kleene) -> Kleene:
    """Return the answer that a part must have to carry that of the whole."""
    return negation(answer) if isinstance(rule, (NoneOf, Not)) else answer


def reasons(rule: Node, subject: Subject, now: int, /) -> Iterator[str]:
    """Yield the leaves that decided, in words: as they are when true, marked when false or unknown.

    >>> from unified_profile.expressions import trait
    >>> list(reasons((trait("plan") == "pro") | (trait("age") >= 18), Subject({"plan": "free"}), 0))
    ['unknown (missing): age is at least 18']
    """
    answer = rule.compiled()(subject, now)
    if not rule.children:
        yield rule.said() if answer else f"{_prefix(rule, subject, now, answer)}: {rule.said()}"
    carried = _carried(rule, answer)
    for part in rule.children:
        if part.compiled()(subject, now) is carried:
            yield from reasons(part, subject, now)


def _prefix(rule: Node, subject: Subject, now: int, answer: Kleene) -> str:
    """Return the mark of a leaf that is not true."""
    return "not" if answer is False else f"unknown ({rule.why(subject, now)})"
