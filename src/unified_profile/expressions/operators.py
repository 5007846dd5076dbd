"""The table of operators: what each compares with, and what it is the opposite of."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from unified_profile.errors import InvalidRulesError

Takes: TypeAlias = Literal[
    "nothing", "scalar", "scalars", "ordered", "text", "pattern", "version", "shape", "instant", "duration"
]


@attrs.frozen
class Operator:
    """One row of the table of operators.

    *positive* is the operator whose opposite this is ("" for a positive one). *or_missing* makes a missing or null
    value true rather than unknown.
    """

    name: str
    takes: Takes
    positive: str = ""
    or_missing: bool = False


OPERATORS: dict[str, Operator] = {
    row.name: row
    for row in (
        # States of the value as a whole: never unknown, unless denied.
        Operator("exists", "nothing"),
        Operator("missing", "nothing"),
        Operator("null", "nothing"),
        Operator("empty", "nothing"),
        Operator("eq", "scalar"),
        Operator("ne", "scalar", "eq"),
        Operator("ne_or_missing", "scalar", "eq", or_missing=True),
        Operator("in", "scalars"),
        Operator("not_in", "scalars", "in"),
        Operator("not_in_or_missing", "scalars", "in", or_missing=True),
        Operator("lt", "ordered"),
        Operator("le", "ordered"),
        Operator("gt", "ordered"),
        Operator("ge", "ordered"),
        Operator("contains", "text"),
        Operator("not_contains", "text", "contains"),
        Operator("not_contains_or_missing", "text", "contains", or_missing=True),
        Operator("starts", "text"),
        Operator("ends", "text"),
        Operator("matches", "pattern"),
        Operator("not_matches", "pattern", "matches"),
        Operator("not_matches_or_missing", "pattern", "matches", or_missing=True),
        Operator("version_eq", "version"),
        Operator("version_lt", "version"),
        Operator("version_le", "version"),
        Operator("version_gt", "version"),
        Operator("version_ge", "version"),
        Operator("near", "shape"),
        Operator("in_box", "shape"),
        Operator("in_polygon", "shape"),
        Operator("at", "instant"),
        Operator("before", "instant"),
        Operator("at_or_before", "instant"),
        Operator("after", "instant"),
        Operator("at_or_after", "instant"),
        Operator("within_last", "duration"),
        Operator("within_next", "duration"),
        Operator("older_than", "duration"),
    )
}


def operator_named(name: object, /, *, field: str = "op") -> Operator:
    """Return the operator *name*.

    Raises:
        InvalidRulesError: If there is none; the hint lists those there are.
    """
    found = OPERATORS.get(name) if isinstance(name, str) else None
    if found is None:
        raise InvalidRulesError(field=field, reason="no such operator", hint="one of " + ", ".join(OPERATORS))
    return found
