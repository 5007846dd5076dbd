"""The door through which migrations see and change the tables of an SQLite file."""

from __future__ import annotations

import sqlite3
from typing import Any

from unified_profile.storage.layout import PREFIX, Column
from unified_profile.storage.migrations import VERSION_TABLE
from unified_profile.storage.sqlite_tables import column_definition, definition, index_definitions
from unified_profile.storage.tables import TABLES, Table


class SqliteSchema:
    """``migrations.Schema`` over an open connection; whoever opened it commits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work through *connection*."""
        self._cursor = connection.cursor()
        self._cursor.row_factory = None

    def version(self) -> int | None:
        """See ``migrations.Schema``."""
        names = self._names("table")
        if VERSION_TABLE in names:
            row = self._cursor.execute(f"SELECT value FROM {VERSION_TABLE} WHERE name = 'version'").fetchone()
            if row is not None:
                return int(row[0])
        return 0 if names.intersection(PREFIX + table.name for table in TABLES) else None

    def set_version(self, version: int, /) -> None:
        """See ``migrations.Schema``."""
        run = self._cursor.execute
        run(f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)")
        put = (
            f"INSERT INTO {VERSION_TABLE} VALUES ('version', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        )
        run(put, (str(version),))

    def columns(self, table: str, /) -> set[str]:
        """See ``migrations.Schema``."""
        return {row[1] for row in self._cursor.execute(f"PRAGMA table_info({PREFIX}{table})")}

    def create(self, table: Table[Any], /) -> None:
        """See ``migrations.Schema``."""
        self._cursor.execute(definition(table))
        self.add_indexes(table)

    def add_column(self, table: Table[Any], column: Column, /) -> None:
        """See ``migrations.Schema``."""
        declared = column_definition(column, added=True)
        self._cursor.execute(f"ALTER TABLE {PREFIX}{table.name} ADD COLUMN {declared}")

    def add_indexes(self, table: Table[Any], /) -> None:
        """See ``migrations.Schema``."""
        there = self._names("index")
        for name, statement in index_definitions(table).items():
            if name not in there:
                self._cursor.execute(statement)

    def _names(self, kind: str) -> set[str]:
        return {row[0] for row in self._cursor.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))}
