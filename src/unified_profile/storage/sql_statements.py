"""Statements that SQLAlchemy writes once, in the words of the engine's database, and that are then only filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unified_profile.errors import MissingExtraError

try:
    from sqlalchemy import BigInteger, Column, Double, Identity, Index, MetaData, PrimaryKeyConstraint, Table, Text
    from sqlalchemy.dialects import mysql
except ImportError:
    raise MissingExtraError(extra="sql", package="sqlalchemy") from None

from unified_profile.storage import tables as declared
from unified_profile.storage.layout import POSITION, TENANT, columns_of
from unified_profile.storage.long_keys import LONGEST, long_columns, long_name

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import Dialect
    from sqlalchemy.sql import ClauseElement

LONGEST_TENANT = 120


class Statement:
    """A statement as text for the driver, with the names of the values in their order where it counts them."""

    def __init__(self, clause: ClauseElement, dialect: Dialect) -> None:
        """Let SQLAlchemy write *clause*."""
        compiled: Any = clause.compile(dialect=dialect)
        self.text = str(compiled)
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._names: tuple[str, ...] | None = None
        if dialect.positional:
            self._names = tuple(compiled.positiontup or ())

    def rows(self, connection: Connection, values: Mapping[str, Any], /) -> list[Any]:
        """Return what the statement gives back."""
        result: Any = connection.exec_driver_sql(self.text, self._bound(values))
        rows = list(result.cursor.fetchall())
        result.close()
        return rows

    def run(self, connection: Connection, values: Mapping[str, Any], /) -> None:
        """Do what the statement says."""
        connection.exec_driver_sql(self.text, self._bound(values))

    def run_many(self, connection: Connection, values: Sequence[Mapping[str, Any]], /) -> None:
        """Do what the statement says, for each of *values*."""
        connection.exec_driver_sql(self.text, [self._bound(one) for one in values])

    def _bound(self, values: Mapping[str, Any]) -> Any:
        every = {**self._constants, **values}
        return every if self._names is None else tuple([every[name] for name in self._names])


def metadata(prefix: str, dialect: Dialect, /) -> MetaData:
    """Return the tables as they lie on a server: PostgreSQL, MariaDB or MySQL."""
    made = MetaData()
    for table in declared.TABLES:
        _table(made, table, prefix, dialect)
    return made


def _table(made: MetaData, table: declared.Table[Any], prefix: str, dialect: Dialect) -> Table:
    on_mysql = dialect.name in {"mysql", "mariadb"}
    found_by = {*table.key, *table.indexes}
    columns: list[Any] = [Column(TENANT, key_type(dialect, LONGEST_TENANT), nullable=False)]
    for column in columns_of(table):
        if column.name == POSITION and table.positioned:
            counted = [] if on_mysql else [Identity(always=False)]
            columns.append(Column(POSITION, BigInteger, *counted, nullable=False, autoincrement=True))
            continue
        if column.type is str:
            kind = key_type(dialect, LONGEST) if column.name in found_by else text_type(dialect)
        else:
            kind = BigInteger() if column.type is int else Double()
        columns.append(Column(column.name, kind, nullable=column.nullable, autoincrement=False))
        if column.name in long_columns(table):
            columns.append(Column(long_name(column.name), text_type(dialect), nullable=True))
    name = prefix + table.name
    if table.positioned and on_mysql:  # a counted column has to lead an index
        columns += [PrimaryKeyConstraint(POSITION), Index(f"{name}_{TENANT}", TENANT)]
    else:
        columns.append(PrimaryKeyConstraint(TENANT, *((POSITION,) if table.positioned else table.key)))
    columns += [Index(f"{name}_{column}", TENANT, column) for column in table.indexes]
    if table.positioned and table.key:
        columns.append(Index(f"{name}_key", TENANT, *table.key, unique=True))
    options = {"engine": "InnoDB", "charset": "utf8mb4", "row_format": "DYNAMIC"}
    flavored: Any = {
        f"{flavor}_{option}": value for flavor in ("mysql", "mariadb") for option, value in options.items()
    }
    physical: Table = Table(name, made, *columns, **flavored)
    return physical


def key_type(dialect: Dialect, length: int) -> Any:
    """Return the type of text that is compared: byte by byte, blanks at the end included."""
    if dialect.name == "postgresql":
        return Text(collation="C")
    nopad = "utf8mb4_nopad_bin" if getattr(dialect, "is_mariadb", False) else "utf8mb4_0900_bin"
    return mysql.VARCHAR(length, charset="utf8mb4", collation=nopad)


def text_type(dialect: Dialect) -> Any:
    """Return the type of text that is only kept."""
    return Text() if dialect.name == "postgresql" else mysql.LONGTEXT()
