"""The table of operators for the reference, made by asking the operators themselves.

``python -m unified_profile.expressions.table`` prints it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.dated import CalendarPart, InPeriod
from unified_profile.expressions.fields import Field
from unified_profile.expressions.jsonform import from_json
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.operators import OPERATORS, Takes
from unified_profile.expressions.pairs import ElementMatch, FieldCondition
from unified_profile.expressions.subject import Subject

_NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
_X = Field("trait", ("x",))
_WORDS: dict[Kleene, str] = {True: "true", False: "false", None: "unknown"}
_ABSENT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("missing", {}),
    ("null", {"x": None}),
    ('""', {"x": ""}),
    ("[]", {"x": []}),
)
_OTHER: dict[Takes, Any] = {"scalar": 5, "scalars": 5, "ordered": 5, "text": 5, "pattern": 5}
_SAMPLES: dict[Takes, tuple[Any, Any, Any]] = {
    # A constant, a value of it that positive operators mostly take, and one that they mostly do not.
    "nothing": (None, "a", "a"),
    "scalar": ("a", "a", "b"),
    "scalars": (("a",), "a", "b"),
    "ordered": ("b", "b", "c"),
    "text": ("a", "a", "b"),
    "pattern": ("a", "a", "b"),
    "version": ("1.9.0", "1.9.0", "1.10.0"),
    "shape": (None, {"lat": 0, "lon": 0}, {"lat": 50, "lon": 50}),
    "instant": (_NOW, "2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z"),
    "duration": (timedelta(days=1), "2026-01-31T12:00:00Z", "2026-01-01T00:00:00Z"),
}
_SHAPES: dict[str, Any] = {"near": (0, 0, 1), "in_box": (0, 0, 1, 1), "in_polygon": (0, 0, 0, 1, 1, 1)}


def operator_table() -> str:
    """Return the table of all operators on one value, in Markdown.

    >>> print(operator_table().splitlines()[0])
    | operator | constant | missing | null | `""` | `[]` | one fitting in a list | another type | denied |
    """
    head = [
        "operator",
        "constant",
        "missing",
        "null",
        '`""`',
        "`[]`",
        "one fitting in a list",
        "another type",
        "denied",
    ]
    return "\n".join((_line(head), _line(["---"] * len(head)), *_rows()))


def _rows() -> Iterator[str]:
    for row in OPERATORS.values():
        constant, fitting, other = _SAMPLES[row.takes]
        asked = Condition(_X, row.name, _SHAPES.get(row.name, constant))
        yield _answers(f"`{row.name}`", row.takes, asked, [fitting, other], _OTHER.get(row.takes, True))
    zone = "UTC"
    kinds: tuple[tuple[str, str, Expression, list[Any]], ...] = (
        ("`period`", "unit, first, last", InPeriod(_X, "day", zone=zone), ["2026-01-31", "2026-02-01"]),
        ("`period`, `yearly`", "unit", InPeriod(_X, "day", zone=zone, yearly=True), ["1990-01-31", "1990-02-01"]),
        ("`part`", "numbers", CalendarPart(_X, part="weekday", values=(6,), zone=zone), ["2026-01-31", "2026-02-01"]),
        ("`field` (`eq`)", "another field", FieldCondition(_X, "eq", Field("trait", ("y",))), ["a", "b"]),
        (
            "`elements`",
            "a rule",
            ElementMatch(_X, from_json({"property": "k", "op": "eq", "value": 1})),
            [{"k": 1}, {"k": 2}],
        ),
    )
    for name, takes, rule, values in kinds:
        yield _answers(name, takes, rule, values, other=True)


def _answers(name: str, takes: str, rule: Expression, listed: list[Any], other: Any) -> str:
    """Return the line of one operator."""

    def ask(traits: dict[str, Any], **denied: Any) -> str:
        return _WORDS[rule.evaluate(Subject({"y": "a", **traits}, **denied), _NOW)]

    told = [ask(traits) for _, traits in _ABSENT]
    return _line([name, takes, *told, ask({"x": listed}), ask({"x": other}), ask({"x": listed}, denied={"x"})])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(operator_table() + "\n")
