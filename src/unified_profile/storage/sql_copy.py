"""COPY straight into a table, where the driver has it: half the work of an insert, for rows that are not there yet.

COPY knows no ``ON CONFLICT``: a row that is there ends it. So whoever copies must be able to go back, and to insert
then. That it went through says that none of the rows was there, which saves asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from unified_profile.storage.commands import Put
from unified_profile.storage.layout import TENANT, columns_of, written_columns
from unified_profile.storage.long_keys import long_columns, whole_texts

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import Dialect

_MANY = 100
"""From how many rows on COPY is worth the savepoint around it."""

_TYPES: dict[type, str] = {str: "text", int: "int8", float: "float8"}
_THERE = "23505"
_NOT_HERE = "0A000"
"""What PostgreSQL says where COPY may not be used at all, such as into a table with policies for rows."""


class NoCopyError(Exception):
    """What was copied has to be undone, and the rows inserted."""


def copies(dialect: Dialect, /) -> bool:
    """Say whether the driver of *dialect* has a COPY that is known here: psycopg, not awaited."""
    return dialect.driver == "psycopg" and not dialect.is_async


class Copier:
    """Copies rows into the tables whose names begin with a prefix."""

    def __init__(self, prefix: str, dialect: Dialect) -> None:
        """Quote names as *dialect* does."""
        self._prefix = prefix
        self._quoted = dialect.identifier_preparer.quote
        self._able = True

    def takes(self, put: Put[Any], /) -> bool:
        """Say whether the rows of *put* can be copied: many, and all texts that rows are found by in short form."""
        rows, table = put.rows, put.table
        if not self._able or len(rows) < _MANY:
            return False
        places = [table.columns.index(name) for name in long_columns(table)]
        return all(whole_texts([row[place] for row in rows]) is None for place in places)

    def copy(self, connection: Connection, tenant: str, put: Put[Any], /) -> None:
        """Copy the rows of *put*, in the transaction of *connection*.

        Raises:
            NoCopyError: If one of them is there already, or the database takes no COPY into this table.
            DBAPIError: If the database failed.
        """
        written = written_columns(put.table)
        into = ", ".join(map(self._quoted, (TENANT, *written)))
        statement = f"COPY {self._quoted(self._prefix + put.table.name)} ({into}) FROM STDIN (FORMAT BINARY)"
        width = len(written)  # a log's position stands last and is not written
        types = ["text", *(_TYPES[column.type] for column in columns_of(put.table)[:width])]
        try:
            _send(connection, statement, types, ((tenant, *row[:width]) for row in put.rows))
        except Exception as error:
            code = getattr(error, "sqlstate", None)
            if code in {_THERE, _NOT_HERE}:
                self._able = code == _THERE
                raise NoCopyError from None  # the driver's words show the row
            failed = _as_of_sqlalchemy(error, statement, connection)
            if failed is None:
                raise
            raise failed from error


def _send(connection: Connection, statement: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as sent:
        sent.set_types(types)
        write = sent.write_row
        for row in rows:
            write(row)


def _as_of_sqlalchemy(error: Exception, statement: str, connection: Connection) -> DBAPIError | None:
    """Return *error* as SQLAlchemy would raise it, had the driver been called through it; None if it is not one."""
    dialect: Any = connection.dialect
    base = dialect.loaded_dbapi.Error
    if not isinstance(error, base):
        return None
    lost = bool(dialect.is_disconnect(error, connection.connection.driver_connection, None))
    if lost:
        connection.invalidate(error)
    failed = DBAPIError.instance(
        statement, None, error, base, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )
    return failed if isinstance(failed, DBAPIError) else None
