"""How MariaDB and MySQL are asked: several rows a statement, keys as lists, one row of a table as the writers' lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, and_, bindparam, delete, func, literal_column, or_, select
from sqlalchemy.dialects.mysql import insert

from unified_profile.errors import StorageError, UnknownNameError
from unified_profile.storage.commands import Find, Get, Key, Read
from unified_profile.storage.layout import TENANT, identity_of, order_of, written_columns
from unified_profile.storage.long_keys import is_short, long_columns, long_name, short
from unified_profile.storage.sql_statements import LONGEST_TENANT, Statement, key_type
from unified_profile.storage.tables import Table

if TYPE_CHECKING:
    import sqlalchemy
    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.engine.interfaces import Dialect

_ROWS = 1_000
_SIZES = (1, 2, 4, 8, 16, 32, 64, 100)
LOCK_TABLE = "lock"


class MysqlTable:
    """The statements of one table."""

    def __init__(self, table: Table[Any], physical: sqlalchemy.Table, dialect: Dialect) -> None:
        """Write those that take a fixed number of values; the others are written when first needed."""
        self.table = table
        self._physical = physical
        self._dialect = dialect
        self._make = partial(tuple.__new__, table.row)
        self._long = long_columns(table)
        self._mine = physical.c[TENANT] == bindparam(TENANT)
        shown = [
            func.coalesce(physical.c[long_name(name)], physical.c[name]) if name in self._long else physical.c[name]
            for name in table.columns
        ]
        self._select = select(*shown)
        self._sized: dict[tuple[tuple[str, ...], int, str], Statement] = {}

        order = [physical.c[name] for name in order_of(table)]
        after = [bindparam(f"after_{c.name}", type_=c.type) for c in order]
        page = self._select.where(self._mine).order_by(*order).limit(bindparam("most", type_=BigInteger))
        self._scan = Statement(page, dialect)
        # A comparison of rows would not go through the index.
        steps = [
            and_(*[order[n] == after[n] for n in range(place)], order[place] > after[place])
            for place in range(len(order))
        ]
        self._scan_after = Statement(page.where(order[0] >= after[0], or_(*steps)), dialect)
        self._put = Statement(self._insert(), dialect)

    def answer(self, connection: Connection, tenant: str, read: Read, /) -> list[Any]:
        """Return the rows that *read* asks for."""
        if isinstance(read, Get):
            rows = self._rows(connection, tenant, identity_of(self.table), list(dict.fromkeys(read.keys)))
        elif isinstance(read, Find):
            known = (*self.table.indexes, *self.table.key[:1])
            if read.by not in known:
                raise UnknownNameError(kind=f"index of table {self.table.name!r}", name=read.by, known=known)
            values = [(value,) for value in dict.fromkeys(read.values) if value is not None]
            rows = self._rows(connection, tenant, (read.by,), values)
        else:
            given: dict[str, Any] = {TENANT: tenant, "most": max(read.limit, 0)}
            if read.after is None:
                rows = self._scan.rows(connection, given)
            else:
                names = [f"after_{name}" for name in order_of(self.table)]
                given |= dict(zip(names, map(short, read.after), strict=True))
                rows = self._scan_after.rows(connection, given)
        return list(map(self._make, rows))

    def now(self, connection: Connection, tenant: str, keys: Sequence[Key], /) -> list[Any]:
        """Return the rows under *keys* as last committed, even where the transaction sees an older moment."""
        distinct = list(dict.fromkeys(keys))
        rows = self._rows(connection, tenant, identity_of(self.table), distinct, kind="now")
        return list(map(self._make, rows))

    def put(self, connection: Connection, tenant: str, rows: Sequence[Any], /) -> None:
        """Add or replace *rows*."""
        written = written_columns(self.table)
        texts = [(name, written.index(name)) for name in self._long]
        for start in range(0, len(rows), _ROWS):
            batch = []
            for row in rows[start : start + _ROWS]:
                values = dict(zip(written, row, strict=False))  # a log's position stands last and is not written
                values[TENANT] = tenant
                for name, place in texts:
                    text = row[place]
                    whole = isinstance(text, str) and not is_short(text)
                    values[long_name(name)] = text if whole else None
                    values[name] = short(text)
                batch.append(values)
            self._put.run_many(connection, batch)

    def delete(self, connection: Connection, tenant: str, keys: Sequence[Key], /) -> None:
        """Take away the rows under *keys*."""
        for statement, values in self._filled(tenant, order_of(self.table), keys, kind="delete"):
            statement.run(connection, values)

    def _rows(
        self, connection: Connection, tenant: str, names: tuple[str, ...], keys: Sequence[Key], *, kind: str = "read"
    ) -> list[Any]:
        rows: list[Any] = []
        for statement, values in self._filled(tenant, names, keys, kind=kind):
            rows += statement.rows(connection, values)
        return rows

    def _filled(
        self, tenant: str, names: tuple[str, ...], keys: Sequence[Key], *, kind: str
    ) -> Iterator[tuple[Statement, dict[str, Any]]]:
        """Give statements for some keys each; what is left over is filled up with the last key."""
        for start in range(0, len(keys), _SIZES[-1]):
            part = list(keys[start : start + _SIZES[-1]])
            size = next(size for size in _SIZES if size >= len(part))
            part += part[-1:] * (size - len(part))
            values: dict[str, Any] = {TENANT: tenant}
            for number, key in enumerate(part):
                values |= {f"k{number}_{place}": short(value) for place, value in enumerate(key)}
            yield self._statement(names, size, kind), values

    def _statement(self, names: tuple[str, ...], size: int, kind: str) -> Statement:
        statement = self._sized.get((names, size, kind))
        if statement is None:
            among = self._among(names, size)
            clause: Any = self._select.where(self._mine, among)
            if kind == "now":
                clause = clause.with_for_update(read=True)
            elif kind == "delete":
                clause = delete(self._physical).where(self._mine, among)
            statement = self._sized[names, size, kind] = Statement(clause, self._dialect)
        return statement

    def _among(self, names: tuple[str, ...], size: int) -> ColumnElement[bool]:
        """Return a condition that goes through the index: MariaDB does not, for lists of rows."""
        columns = [self._physical.c[name] for name in names]
        keys = [[bindparam(f"k{n}_{p}", type_=c.type) for p, c in enumerate(columns)] for n in range(size)]
        if len(columns) == 1:
            return columns[0].in_([key[0] for key in keys]) if size > 1 else columns[0] == keys[0][0]
        return or_(*[and_(*[c == v for c, v in zip(columns, key, strict=True)]) for key in keys])

    def _insert(self) -> Any:
        physical, table = self._physical, self.table
        written = [TENANT, *written_columns(table), *map(long_name, self._long)]
        made = insert(physical).values({name: bindparam(name, type_=physical.c[name].type) for name in written})
        if not table.key:
            return made
        rest = [name for name in written if name not in {TENANT, *table.key, *map(long_name, table.key)}]
        if table.positioned or not rest:
            same = written_columns(table)[0] if not table.positioned else "position"
            return made.on_duplicate_key_update({same: physical.c[same]})
        # VALUES() is what MySQL spoke first and MariaDB speaks still; with it drivers send many rows in one statement.
        quote = self._dialect.identifier_preparer.quote
        new = {name: func.values(literal_column(quote(name))) for name in rest}
        sets: dict[str, Any] = dict(new)
        for name, how in table.merge.items():
            sets[name] = (func.least if how == "min" else func.greatest)(physical.c[name], new[name])
        return made.on_duplicate_key_update(sets)


class Mysql:
    """What MariaDB and MySQL do their own way."""

    isolation = "READ COMMITTED"
    copier = None

    def __init__(self, tables: dict[str, MysqlTable], lock: sqlalchemy.Table, dialect: Dialect) -> None:
        """Keep what statements need. *lock* has one row per tenant; it is locked by whoever writes."""
        self.tables = tables
        made = insert(lock).values({TENANT: bindparam(TENANT, type_=lock.c[TENANT].type)})
        self._lock = Statement(made.on_duplicate_key_update({TENANT: lock.c[TENANT]}), dialect)
        self._moment = Statement(select(lock.c[TENANT]).limit(1), dialect)

    def lock(self, connection: Connection, tenant: str, /, *, joined: bool) -> None:  # noqa: ARG002  # the same for both
        """Keep other writers of *tenant* out until the transaction ends."""
        self._lock.run(connection, {TENANT: tenant})

    def begin(self, connection: Connection, /, *, reading: bool) -> None:
        """Begin a transaction; a reader's moment is that of its first read."""
        if reading:
            self._moment.rows(connection, {})

    @staticmethod
    def join(connection: Connection, /) -> None:
        """Accept any transaction: expectations are checked by reads that see what was committed last."""


def lock_table(made: sqlalchemy.MetaData, prefix: str, dialect: Dialect, /) -> sqlalchemy.Table:
    """Return the table whose rows are the locks."""
    from sqlalchemy import Table as PhysicalTable

    column = Column(TENANT, key_type(dialect, LONGEST_TENANT), primary_key=True)
    return PhysicalTable(f"{prefix}{LOCK_TABLE}", made, column, mysql_engine="InnoDB", mariadb_engine="InnoDB")


def check_mode(connection: Connection, /) -> None:
    """Refuse a server that changes what it cannot keep.

    Raises:
        StorageError: If its SQL mode is not strict.
    """
    mode = str(connection.exec_driver_sql("SELECT @@SESSION.sql_mode").scalar())
    if "STRICT_ALL_TABLES" not in mode and "STRICT_TRANS_TABLES" not in mode:
        raise StorageError("the server's sql_mode is not strict, so it would cut long text; add STRICT_ALL_TABLES")
