"""The door through which migrations see and change the tables of an SQLite file."""

from __future__ import annotations

import sqlite3
from typing import Any

from unified_profile.storage.layout import PREFIX, Column
from unified_profile.storage.migrations import VERSION_TABLE
from unified_profile.storage.sqlite_tables import Execute, column_definition, definition, index_definitions
from unified_profile.storage.tables import TABLES, Table


class SqliteSchema:
    """``migrations.Schema`` over an open connection; whoever opened it commits."""

    def __init__(self, execute: Execute, prefix: str = PREFIX) -> None:
        """Work through *execute*, which runs a statement with its values."""
        self._execute = execute
        self._prefix = prefix
        self._versions = prefix + VERSION_TABLE

    @classmethod
    def of(cls, connection: sqlite3.Connection, /) -> SqliteSchema:
        """Work through *connection*."""
        cursor = connection.cursor()
        cursor.row_factory = None
        return cls(cursor.execute)

    def version(self) -> int | None:
        """See ``migrations.Schema``."""
        names = self._names("table")
        if self._versions in names:
            rows = self._rows(f"SELECT value FROM {self._versions} WHERE name = 'version'")
            if rows:
                return int(rows[0][0])
        return 0 if names.intersection(self._prefix + table.name for table in TABLES) else None

    def set_version(self, version: int, /) -> None:
        """See ``migrations.Schema``."""
        made = f"CREATE TABLE IF NOT EXISTS {self._versions} (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)"
        self._execute(made, ())
        put = f"INSERT INTO {self._versions} VALUES ('version', ?)"
        self._execute(f"{put} ON CONFLICT (name) DO UPDATE SET value = excluded.value", (str(version),))

    def columns(self, table: str, /) -> set[str]:
        """See ``migrations.Schema``."""
        return {row[1] for row in self._rows(f"PRAGMA table_info({self._prefix}{table})")}

    def create(self, table: Table[Any], /) -> None:
        """See ``migrations.Schema``."""
        self._execute(definition(table, self._prefix), ())
        self.add_indexes(table)

    def add_column(self, table: Table[Any], column: Column, /) -> None:
        """See ``migrations.Schema``."""
        declared = column_definition(column, added=True)
        self._execute(f"ALTER TABLE {self._prefix}{table.name} ADD COLUMN {declared}", ())

    def add_indexes(self, table: Table[Any], /) -> None:
        """See ``migrations.Schema``."""
        there = self._names("index")
        for name, statement in index_definitions(table, self._prefix).items():
            if name not in there:
                self._execute(statement, ())

    def _names(self, kind: str) -> set[str]:
        return {row[0] for row in self._rows("SELECT name FROM sqlite_master WHERE type = ?", kind)}

    def _rows(self, statement: str, *values: str) -> list[Any]:
        return self._execute(statement, values).fetchall()
