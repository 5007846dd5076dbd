"""How PostgreSQL is asked: whole batches as arrays, one statement for any number of rows or keys.

Arrays travel as one text each, in PostgreSQL's own notation: putting it together costs a tenth of what drivers take to
bind lists, so that a batch is nearly as fast as COPY, with any driver, and without a table in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Double,
    Text,
    any_,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal_column,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert

from unified_profile.errors import StorageError, UnknownNameError
from unified_profile.storage.commands import Find, Get, Key, Read
from unified_profile.storage.layout import TENANT, columns_of, identity_of, order_of, unstorable, written_columns
from unified_profile.storage.long_keys import long_columns, long_name, short, whole_texts
from unified_profile.storage.sql_arrays import number_array, text_array
from unified_profile.storage.sql_copy import Copier, copies
from unified_profile.storage.sql_statements import Statement
from unified_profile.storage.tables import Table

if TYPE_CHECKING:
    import sqlalchemy
    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.engine.interfaces import Dialect

_ROWS = 10_000
_TYPES: dict[type, Any] = {str: Text, int: BigInteger, float: Double}


class PostgresTable:
    """The statements of one table."""

    def __init__(self, table: Table[Any], physical: sqlalchemy.Table, dialect: Dialect) -> None:
        """Write them."""
        self.table = table
        self._physical = physical
        self._dialect = dialect
        self._make = partial(tuple.__new__, table.row)  # a third of what the row's own way takes
        self._types = {c.name: c.type for c in columns_of(table)}
        self._long = long_columns(table)
        self._mine = physical.c[TENANT] == bindparam(TENANT, type_=Text)
        self._shown = [
            _whole(physical, name).label(name) if name in self._long else physical.c[name] for name in table.columns
        ]
        self._get = self._lookup(identity_of(table))
        by = [*table.indexes, *table.key[:1]]
        self._finds = {name: self._lookup((name,)) for name in by}

        order = [physical.c[name] for name in order_of(table)]
        after = [bindparam(f"after_{c.name}", type_=c.type) for c in order]
        page = select(*self._shown).where(self._mine).order_by(*order).limit(bindparam("most", type_=BigInteger))
        self._scan = Statement(page, dialect)
        beyond = order[0] > after[0] if len(order) == 1 else tuple_(*order) > tuple_(*after)
        self._scan_after = Statement(page.where(beyond), dialect)

        place: ColumnElement[Any] = literal_column(f"{physical.name}.ctid")
        places = self._by_arrays(order_of(table), {"place": place.label("place")})
        gone = delete(physical).where(place == any_(func.array(places.scalar_subquery())))
        self._delete = Statement(gone, dialect)
        self._put = Statement(self._insert(written_columns(table)), dialect)
        self._put_long = Statement(self._insert(written_columns(table), whole=True), dialect)

    def answer(self, connection: Connection, tenant: str, read: Read, /) -> list[Any]:
        """Return the rows that *read* asks for."""
        if isinstance(read, Get):
            rows = self._by_keys(connection, tenant, read.keys)
        elif isinstance(read, Find):
            statement = self._finds.get(read.by)
            if statement is None:
                raise UnknownNameError(kind=f"index of table {self.table.name!r}", name=read.by, known=self._finds)
            values = [value for value in dict.fromkeys(read.values) if value is not None]
            array = self._key_array(read.by, values)
            rows = statement.rows(connection, {TENANT: tenant, "k0": array}) if values else []
        else:
            values_of_page: dict[str, Any] = {TENANT: tenant, "most": max(read.limit, 0)}
            if read.after is None:
                rows = self._scan.rows(connection, values_of_page)
            else:
                names = [f"after_{name}" for name in order_of(self.table)]
                values_of_page |= dict(zip(names, map(short, read.after), strict=True))
                rows = self._scan_after.rows(connection, values_of_page)
        return list(map(self._make, rows))

    def now(self, connection: Connection, tenant: str, keys: Sequence[Key], /) -> list[Any]:
        """Return the rows under *keys* as last committed: to be asked with the writers' lock, at READ COMMITTED."""
        return list(map(self._make, self._by_keys(connection, tenant, keys)))

    def put(self, connection: Connection, tenant: str, rows: Sequence[Any], /) -> None:
        """Add or replace *rows*."""
        rows = self._distinct(rows)
        written = written_columns(self.table)
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            try:
                put, values = self._arrays(tenant, written, part)  # in a frame of its own, which no error shows
            except (TypeError, ValueError, AttributeError):
                unfit = unstorable(self.table, part, nul=False)
                if unfit:
                    raise unfit from None
                raise
            put.run(connection, values)

    def _arrays(
        self, tenant: str, written: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> tuple[Statement, dict[str, Any]]:
        """Return how *rows* are put, and their columns as arrays."""
        # A log's position stands last and is not written.
        columns = dict(zip(written, zip(*rows, strict=True), strict=False))
        whole = {name: texts for name in self._long if (texts := whole_texts(columns[name])) is not None}
        values: dict[str, Any] = {TENANT: tenant}
        for name, column_values in columns.items():
            kept = [short(value) for value in column_values] if name in whole else column_values
            values[name] = self._array(name, kept)
        if whole:
            nothing = [None] * len(rows)
            for name in self._long:
                values[long_name(name)] = text_array(whole.get(name, nothing))
        return (self._put_long if whole else self._put), values

    def delete(self, connection: Connection, tenant: str, keys: Sequence[Key], /) -> None:
        """Take away the rows under *keys*."""
        if keys:
            self._delete.run(connection, {TENANT: tenant} | self._key_arrays(order_of(self.table), keys))

    def _by_keys(self, connection: Connection, tenant: str, keys: Sequence[Key]) -> list[Any]:
        if not keys:
            return []
        distinct = list(dict.fromkeys(keys))
        return self._get.rows(connection, {TENANT: tenant} | self._key_arrays(identity_of(self.table), distinct))

    def _key_arrays(self, names: Sequence[str], keys: Sequence[Key]) -> dict[str, str]:
        columns = zip(names, zip(*keys, strict=True), strict=True)
        return {f"k{n}": self._key_array(name, values) for n, (name, values) in enumerate(columns)}

    def _key_array(self, name: str, values: Sequence[Any]) -> str:
        if self._types[name] is str and whole_texts(values) is not None:
            values = [short(value) for value in values]
        return self._array(name, values)

    def _array(self, name: str, values: Sequence[Any]) -> str:
        return text_array(values) if self._types[name] is str else number_array(values)

    def _parameter(self, place: str, kind: type) -> ColumnElement[Any]:
        """Return the array that travels as text under the name *place*."""
        return cast(cast(bindparam(place, type_=Text), Text), ARRAY(_TYPES[kind]))

    def _lookup(self, names: Sequence[str]) -> Statement:
        """Return the statement for the rows whose columns *names* have the values of arrays."""
        found = self._by_arrays(names, dict(zip(self.table.columns, self._shown, strict=True)))
        return Statement(found, self._dialect)

    def _by_arrays(self, names: Sequence[str], wanted: Mapping[str, Any]) -> Any:
        """Return the question for *wanted* of the rows whose columns *names* have the values of arrays.

        Value by value through the index: OFFSET keeps PostgreSQL from joining in its own order, for which it needs
        statistics. It has none of a tenant that is new, and would read all of that tenant's rows.
        """
        arrays = [self._parameter(f"k{place}", self._types[name]) for place, name in enumerate(names)]
        values = func.unnest(*arrays).table_valued(*[column(f"k{place}") for place in range(len(names))], name="k")
        asked = values.render_derived()
        same = [self._physical.c[name] == asked.c[f"k{place}"] for place, name in enumerate(names)]
        one = select(*wanted.values()).where(self._mine, *same).offset(literal_column("0")).lateral("r")
        return select(*one.c).select_from(asked.join(one, true()))

    def _insert(self, written: Sequence[str], *, whole: bool = False) -> Any:
        """Return the statement that puts rows; *whole* if texts are among them that have a short form."""
        physical, table = self._physical, self.table
        arrays = {name: self._parameter(name, self._types[name]) for name in written}
        if whole:
            arrays |= {long_name(name): self._parameter(long_name(name), str) for name in self._long}
        rows = select(bindparam(TENANT, type_=Text), *[func.unnest(array) for array in arrays.values()])
        made = insert(physical).from_select([TENANT, *arrays], rows, include_defaults=False)
        if not table.key:
            return made
        target = [TENANT, *table.key]
        rest = [name for name in written if name not in table.key]
        if table.positioned or not rest:
            return made.on_conflict_do_nothing(index_elements=target)
        new = made.excluded
        sets: dict[str, Any] = {name: new[name] for name in rest}
        for name, how in table.merge.items():
            sets[name] = (func.least if how == "min" else func.greatest)(physical.c[name], new[name])
        # What has no short form any more must not keep the text of one. The key's own texts cannot change.
        sets |= {long_name(name): new[long_name(name)] for name in self._long if name in rest}
        return made.on_conflict_do_update(index_elements=target, set_=sets)

    def _distinct(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Return *rows* with one row per key: a statement may touch a row only once."""
        table = self.table
        if table.positioned:
            return rows
        places = [table.columns.index(name) for name in table.key]
        by_key: dict[Any, Any] = {}
        merging = [(table.columns.index(name), min if how == "min" else max) for name, how in table.merge.items()]
        for row in rows:
            key = tuple([row[place] for place in places])
            before = by_key.get(key)
            if before is not None and merging:
                values = list(row)
                for place, better in merging:
                    values[place] = better(before[place], values[place])
                by_key[key] = values
            else:
                by_key[key] = row
        return rows if len(by_key) == len(rows) else list(by_key.values())


class Postgres:
    """What PostgreSQL does its own way."""

    isolation = "READ COMMITTED"

    def __init__(self, tables: dict[str, PostgresTable], prefix: str, dialect: Dialect, wait_ms: int) -> None:
        """Keep what statements need."""
        self.tables = tables
        self.copier = Copier(prefix, dialect) if copies(dialect) else None
        name = bindparam("name", type_=Text)
        lock = func.pg_advisory_xact_lock(func.hashtextextended(name, text("0")))
        patience = func.set_config("lock_timeout", str(wait_ms), text("true"))
        self._lock = Statement(select(lock), dialect)
        self._lock_in_time = Statement(select(patience, lock), dialect)
        self._prefix = prefix

    def lock(self, connection: Connection, tenant: str, /, *, joined: bool) -> None:
        """Keep other writers of *tenant* out until the transaction ends."""
        # The caller's transaction keeps its own patience.
        (self._lock if joined else self._lock_in_time).rows(connection, {"name": f"{self._prefix}{tenant}"})

    @staticmethod
    def begin(connection: Connection, /, *, reading: bool) -> None:
        """Begin a transaction; PostgreSQL begins it by itself."""

    @staticmethod
    def join(connection: Connection, /) -> None:
        """Refuse a transaction in which expectations could not be checked.

        Raises:
            StorageError: If it sees one moment only, and does not notice what others write since.
        """
        if connection.get_isolation_level() == "REPEATABLE READ":
            raise StorageError("the connection is at REPEATABLE READ; join one at READ COMMITTED or SERIALIZABLE")


def _whole(physical: sqlalchemy.Table, name: str) -> ColumnElement[Any]:
    return func.coalesce(physical.c[long_name(name)], physical.c[name])
