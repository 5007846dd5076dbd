"""The names of columns: what the caller says that they mean, and that rows can tell them apart."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from unified_profile.errors import InvalidRulesError
from unified_profile.wire.cells import column_name
from unified_profile.wire.headers import MEANINGS, Meaning, trait_name
from unified_profile.wire.spaces import space_of


def check_columns(columns: list[str], rows: list[Mapping[str, Any]]) -> None:
    """Refuse columns that rows could not tell apart; several without a name may be there if they are empty."""
    for at, column in enumerate(columns):
        if not isinstance(column, str):
            raise InvalidRulesError(field="columns", reason=f"column {at + 1} has no text as its name")
        places = [place + 1 for place, other in enumerate(columns) if other == column]
        if len(places) > 1 and (column or any(str(row.get(column) or "").strip() for row in rows)):
            name = repr(column_name(column)) if column else "nothing"
            where = ", ".join(map(str, places[:5]))
            raise InvalidRulesError(
                field="columns",
                reason=f"{name} stands above several (columns {where})",
                hint="rename all but one in the header",
            )


def meant(text: str, column: str) -> Meaning:
    """Return the meaning that the caller gave to *column*."""
    role, colon, name = text.partition(":")
    if text == "ignore":
        return Meaning("ignore", "ignore")
    if text == "key":
        return MEANINGS["record_id"]
    if colon and role == "attribute" and name:
        return Meaning(name, "attribute")
    if colon and role == "identifier":
        space_of(name.partition("@{")[0], field=f"meanings.{column}")
        return Meaning(name, "identifier")
    if text in MEANINGS:
        return MEANINGS[text]
    close = difflib.get_close_matches(text, [*MEANINGS, "key", "ignore"], n=1)
    hint = "a known meaning, identifier:<namespace>, attribute:<name>, key or ignore"
    hint = f"did you mean {close[0]!r}? Else {hint}" if close else hint
    raise InvalidRulesError(field=f"meanings.{column}", reason="not a meaning", hint=hint)


def named_apart(attributes: Mapping[str, str], *, last: Collection[str] = ()) -> dict[str, str]:
    """Return *attributes* so that no two columns fill one trait: the second keeps its own name.

    Columns that are *last* come after those that mean it exactly, wherever they stand.
    """
    named: dict[str, str] = {}
    for column in sorted(attributes, key=lambda column: column in last):
        name, count = attributes[column], 1
        while name in named.values():
            name = trait_name(column) if count == 1 else f"{trait_name(column)}_{count}"
            count += 1
        named[column] = name
    return {column: named[column] for column in attributes}
