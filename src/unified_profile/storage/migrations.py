"""How a store's tables get from one version of the library to the next, with what is in them.

A database says which version its tables have in the table ``up_schema``. Steps are functions over a small door to the
database (``Schema``), so that one list of steps serves every kind of database. A step may be run again after it was
cut short: it makes what is missing and leaves alone what is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import attrs

from unified_profile.errors import SchemaVersionError
from unified_profile.storage.layout import Column, columns_of
from unified_profile.storage.tables import TABLE_VERSION, TABLES, Table

_log = logging.getLogger("unified_profile.storage")

VERSION_TABLE = "schema"
"""The table of the version, after the prefix that all tables have."""


class Schema(Protocol):
    """The tables of one database, as a step sees and changes them. Names come without the prefix."""

    def version(self) -> int | None:
        """Return the version written down, 0 for tables without one, None where there are no tables at all."""
        ...

    def set_version(self, version: int, /) -> None:
        """Write down that the tables have *version* now."""
        ...

    def columns(self, table: str, /) -> set[str]:
        """Return the names of the columns of *table*; none when there is no such table."""
        ...

    def create(self, table: Table[Any], /) -> None:
        """Make *table* and its indexes."""
        ...

    def add_column(self, table: Table[Any], column: Column, /) -> None:
        """Add *column*; rows already there get its default."""
        ...

    def add_indexes(self, table: Table[Any], /) -> None:
        """Make those indexes of *table* that are missing."""
        ...


@attrs.frozen
class Migration:
    """A step: the version that it leads to, and what it does."""

    version: int
    title: str
    apply: Callable[[Schema], None]


def declare_tables(schema: Schema, /) -> None:
    """Make every table, column and index that is declared in ``tables.py`` and not there yet."""
    for table in TABLES:
        there = schema.columns(table.name)
        if not there:
            schema.create(table)
            continue
        for column in columns_of(table):
            if column.name not in there:
                schema.add_column(table, column)
        schema.add_indexes(table)


MIGRATIONS: tuple[Migration, ...] = (
    Migration(1, "the tables of the first release", declare_tables),
    Migration(2, "segments, memberships and their timers; the audit log; erasures", declare_tables),
)


def migrate(schema: Schema, /, *, steps: Sequence[Migration] = MIGRATIONS) -> list[Migration]:
    """Bring *schema* to the newest version of *steps*; return the steps that were needed.

    Raises:
        SchemaVersionError: If the tables are newer than this library.
    """
    found = schema.version()
    newest = steps[-1].version
    if found is not None and found > newest:
        raise SchemaVersionError(found=found, expected=newest)
    done = []
    for step in steps:
        if found is None or step.version > found:
            _log.info("migrating tables to version %d: %s", step.version, step.title)
            step.apply(schema)
            schema.set_version(step.version)
            done.append(step)
    return done


def is_current(schema: Schema, /, *, newest: int = TABLE_VERSION) -> bool:
    """Say whether the tables can be used as they are; False when there are none yet.

    Raises:
        SchemaVersionError: If the tables are older (``migrate()`` helps) or newer than this library.
    """
    found = schema.version()
    if found is None:
        return False
    if found != newest:
        raise SchemaVersionError(found=found, expected=newest)
    return True
