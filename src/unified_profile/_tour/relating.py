"""What files say of each other: the numbers of one that are the keys of another, and those that count on their own."""

from __future__ import annotations

from collections.abc import Sequence

from unified_profile._tour.doubles import see_doubles, see_foreign
from unified_profile._tour.own_files import Log, Table, named

ROWS = 20_000
"""How many rows of a table are looked at."""
_NUMBERS = frozenset({"customer_number", "user_id", "login", "loyalty_card"})
_PERSONAL = frozenset({"name", "given_name", "family_name", "birth_date"})


def relate(tables: Sequence[Table], logs: Sequence[Log], /, *, region: str = "") -> None:
    """Let every file know what the others give away of its columns; *region* is the country of other numbers."""
    for table in tables:
        see_doubles(table)
    for table in tables:
        _relate(table, tables, logs)
    for table in tables:
        _keep_apart(table, tables)
    for log in logs:
        if log.users and "userId" not in {**log.said, **log.found}:
            log.found["userId"] = _users(log, tables)
    see_foreign(tables, region)


def _relate(table: Table, tables: Sequence[Table], logs: Sequence[Log]) -> None:
    """Join *table* with those that refer to its rows: where the numbers of one file are the keys of the other.

    They become an identifier that a person may have several of, since a row that was entered twice has two.
    """
    mapping = table.mapping
    key = mapping.key[0] if len(mapping.key) == 1 else ""
    people = mapping.identifiers or _PERSONAL & set(mapping.attributes.values())
    if mapping.kind != "record" or not people or not key or key in table.said:
        return
    if key in mapping.identifiers and key not in table.found:
        return
    space = f"external_id@{named(table.source)}"
    own = table.values(key)
    because = f"its values are those of {key[:40]!r} in {table.file.path.name}"
    for other in tables:
        for column, kind in other.mapping.identifiers.items() if other is not table else ():
            if kind in _NUMBERS and column not in other.said and _refers(other.values(column), own):
                other.found[column] = (space, because)
                table.found.setdefault(key, (space, f"{column[:40]!r} in {other.file.path.name} refers to it"))
    for log in logs:
        if "userId" not in log.said and _refers(log.users, own):
            log.found["userId"] = (space, because)
            table.found.setdefault(key, (space, f"userId in {log.file.path.name} refers to it"))


def _keep_apart(table: Table, tables: Sequence[Table]) -> None:
    """Give the numbers of *table* a space of their own where no other file with such a column has any of them.

    Two systems count on their own: who has a number in each would be kept apart as if they had two in one.
    """
    for column, kind in table.mapping.identifiers.items():
        if kind not in _NUMBERS or column in table.said or column in table.found:
            continue
        own = table.values(column)
        others = [
            other.values(name)
            for other in tables
            if other is not table
            for name, space in other.mapping.identifiers.items()
            if space.partition("@")[0] == kind
        ]
        if others and not any(own & theirs for theirs in others):
            space = f"{kind}@{named(table.source)}"
            table.found[column] = (space, f"no other file has any of its values: each counts on its own ({kind} else)")


def _refers(theirs: set[str], own: set[str]) -> bool:
    """Say whether *theirs* are values of *own*, as far as samples can tell."""
    shared = len(theirs & own)
    whole = len(own) < ROWS
    return shared >= 2 and (shared >= len(theirs) / 2 if whole else shared >= max(20, len(theirs) / 50))


def _users(log: Log, tables: Sequence[Table]) -> tuple[str, str]:
    """Return what ``userId`` is, by the values that it shares with tables."""
    if sum("@" in user for user in log.users) >= 0.8 * len(log.users):
        return "email", "the values look like e-mail addresses"
    for table in tables:
        for column, space in table.mapping.identifiers.items():
            if "{" not in space and space not in {"email", "phone"} and _refers(log.users, table.values(column)):
                return space, f"its values are those of {column[:40]!r} in {table.file.path.name}"
    for table in tables:
        for column in table.sample.columns:
            if column and _refers(log.users, table.values(column)):
                said = f"--map {f'{column[:40]}=customer_number'!r}".replace("'", '"')
                return "user_id", f"an id of its own; if it is {column[:40]!r} in {table.file.path.name}, say {said}"
    return "user_id", "an id of its own: no table holds its values"
