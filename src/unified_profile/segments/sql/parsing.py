"""Whether SQLite can read a query at all: its parser holds no more than a hundred open ends at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Protocol, TypeAlias, TypeVar

from unified_profile.expressions.logic import Expression
from unified_profile.segments.sql.compiling import ends

REASON = "more levels than SQLite's parser holds"


class Made(Protocol):
    """What was compiled."""

    @property
    def dialect(self) -> str:
        """The name of the dialect."""
        ...

    @property
    def sql(self) -> str:
        """The query."""
        ...


_M = TypeVar("_M", bound=Made)
Make: TypeAlias = Callable[[Mapping[str, Expression], Mapping[Expression, str]], _M]
"""Compiles rules, of which some parts are to be left open."""


def too_deep(sql: str, /) -> bool:
    """Say whether the SQLite of this process refuses *sql* for its levels; it asks no table, so none is needed.

    >>> too_deep("SELECT " + "(" * 200 + "1" + ")" * 200), too_deep("SELECT x FROM nowhere")
    (True, False)
    """
    import sqlite3

    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(f"EXPLAIN {sql}")
        except sqlite3.Error as error:
            return "stack overflow" in str(error)
    return False


def readable(rules: Mapping[str, Expression], make: Make[_M], /) -> _M:
    """Return what *make* makes of *rules*, with those parts left open that SQLite could not read."""
    made = make(rules, {})
    if made.dialect != "sqlite" or not too_deep(made.sql):
        return made
    left: dict[Expression, str] = {}
    for rule in rules.values():
        left |= {leaf: REASON for leaf in ends(rule) if too_deep(make({"x": leaf}, {}).sql)}
        if too_deep(make({"x": rule}, left).sql):
            left[rule] = REASON
    return make(rules, left)
