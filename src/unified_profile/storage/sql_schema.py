"""The door through which migrations see and change tables on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column as PhysicalColumn, MetaData, Table as PhysicalTable, Text, inspect, select
from sqlalchemy.schema import CreateColumn

from unified_profile.storage.layout import TENANT, Column
from unified_profile.storage.long_keys import long_columns, long_name
from unified_profile.storage.migrations import VERSION_TABLE
from unified_profile.storage.sql_statements import key_type
from unified_profile.storage.tables import TABLES, Table

if TYPE_CHECKING:
    from sqlalchemy import Connection


class SqlSchema:
    """``migrations.Schema`` over a connection to PostgreSQL, MariaDB or MySQL; whoever opened it commits."""

    def __init__(self, connection: Connection, physical: MetaData, prefix: str) -> None:
        """Work through *connection* on the tables of *physical*."""
        self._connection = connection
        self._physical = physical
        self._prefix = prefix
        self._versions = PhysicalTable(
            f"{prefix}{VERSION_TABLE}",
            MetaData(),
            PhysicalColumn("name", key_type(connection.dialect, 60), primary_key=True),
            PhysicalColumn("value", Text, nullable=False),
        )

    def version(self) -> int | None:
        """See ``migrations.Schema``."""
        there = set(inspect(self._connection).get_table_names())
        if self._versions.name in there:
            value = self._connection.scalar(select(self._versions.c.value).where(self._versions.c.name == "version"))
            if value is not None:
                return int(value)
        return 0 if there.intersection(self._prefix + table.name for table in TABLES) else None

    def set_version(self, version: int, /) -> None:
        """See ``migrations.Schema``."""
        run = self._connection.execute
        self._versions.create(self._connection, checkfirst=True)
        # What stands beside the declared tables, such as a table of locks; before the version says that all is there.
        for table in self._physical.tables.values():
            table.create(self._connection, checkfirst=True)
        run(self._versions.delete())
        run(self._versions.insert().values(name="version", value=str(version)))

    def columns(self, table: str, /) -> set[str]:
        """See ``migrations.Schema``."""
        there = self._physical_columns(table)
        declared = next((one for one in TABLES if one.name == table), None)
        # A column without the one for its long texts counts as missing.
        halves = {c for c in long_columns(declared) if long_name(c) not in there} if declared else set()
        return there - halves

    def create(self, table: Table[Any], /) -> None:
        """See ``migrations.Schema``."""
        self._of(table).create(self._connection, checkfirst=True)
        if self._connection.dialect.name == "postgresql":
            # It must not take a tenant that is new since its statistics were made for one without rows: any index would
            # then seem as good as the right one.
            name = f"{self._prefix}{table.name}"
            self._connection.exec_driver_sql(f"ALTER TABLE {name} ALTER COLUMN {TENANT} SET STATISTICS 0")

    def add_column(self, table: Table[Any], column: Column, /) -> None:
        """See ``migrations.Schema``."""
        names = [column.name]
        if column.name in long_columns(table):
            names.append(long_name(column.name))
        there = self._physical_columns(table.name)
        for name in names:
            if name in there:
                continue
            declared = self._of(table).c[name]
            words = str(CreateColumn(declared).compile(dialect=self._connection.dialect))
            if not declared.nullable:
                # In brackets, or MySQL takes no default for long text.
                default = "''" if column.type is str else repr(column.default)
                words += f" DEFAULT ({default})"
            self._connection.exec_driver_sql(f"ALTER TABLE {self._prefix}{table.name} ADD COLUMN {words}")

    def add_indexes(self, table: Table[Any], /) -> None:
        """See ``migrations.Schema``."""
        for index in sorted(self._of(table).indexes, key=lambda index: str(index.name)):
            index.create(self._connection, checkfirst=True)

    def _physical_columns(self, table: str) -> set[str]:
        seen = inspect(self._connection)
        name = self._prefix + table
        return {column["name"] for column in seen.get_columns(name)} if seen.has_table(name) else set()

    def _of(self, table: Table[Any]) -> PhysicalTable:
        return self._physical.tables[self._prefix + table.name]
