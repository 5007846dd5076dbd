"""The engines that run the SQL of segments, each loaded with the same rows through its own driver."""

import sqlite3
import sys
import warnings
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tests.segments.tables_of_people import COLUMNS, TABLES

KINDS = ("key", "text", "integer", "float", "decimal", "flag", "date")
TYPES = {
    name: dict(zip(KINDS, types, strict=True))
    for name, types in {
        "sqlite": ("TEXT", "TEXT", "INTEGER", "REAL", "REAL", "INTEGER", "TEXT"),
        "duckdb": ("VARCHAR", "VARCHAR", "BIGINT", "DOUBLE", "DECIMAL(15,2)", "BOOLEAN", "DATE"),
        "postgresql": ("text", "text", "bigint", "double precision", "numeric(15,2)", "boolean", "date"),
        "mariadb": ("VARCHAR(50)", "TEXT", "BIGINT", "DOUBLE", "DECIMAL(15,2)", "TINYINT", "DATE"),
    }.items()
}


def arrow(columns, rows):
    """Return rows as an arrow table."""
    import pyarrow as pa

    kinds = (pa.string(), pa.string(), pa.int64(), pa.float64(), pa.decimal128(15, 2), pa.bool_(), pa.date32())
    types = dict(zip(KINDS, kinds, strict=True))
    return pa.table(
        {name: pa.array([row[place] for row in rows], type=types[kind]) for place, (name, kind) in enumerate(columns)}
    )


def cell(value, kind, *, nul=True, finite=True, decimals=True, dates=True):
    """Return a cell as a driver takes it, with what the engine cannot hold replaced."""
    if value is None:
        return None
    if kind == "text" and not nul:
        return value.replace("\x00", "")
    if kind == "date":
        return date.fromisoformat(value) if dates else value
    if kind == "decimal":
        return Decimal(value) if decimals else float(value)
    if kind == "float" and not finite and abs(value) == float("inf"):
        return None
    return value


def fitted(rows, **options):
    """Return rows with what the engine cannot hold replaced, so that memory sees what it holds."""
    return {
        table: [
            tuple(
                value if kind in {"date", "decimal"} else cell(value, kind, **options)
                for value, (_, kind) in zip(row, COLUMNS[table], strict=True)
            )
            for row in held
        ]
        for table, held in rows.items()
    }


class Engine:
    """What all have in common: tables are made once and filled anew."""

    name = ""
    quote = '"'
    options: Mapping[str, bool] = MappingProxyType({})
    connection: Any

    def rows(self, rows):
        return fitted(rows, **self.options)

    def table(self, table):
        name = TABLES[table]
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def column(self, name):
        return f"{self.quote}{name}{self.quote}"

    def create(self, run):
        types = TYPES[self.name]
        for table, columns in COLUMNS.items():
            made = ", ".join(f"{self.column(name)} {types[kind]}" for name, kind in columns)
            run(f"CREATE TABLE {self.table(table)} ({made})")

    def cells(self, table, rows, **options):
        return [
            tuple(cell(value, kind, **options) for value, (_, kind) in zip(row, COLUMNS[table], strict=True))
            for row in rows
        ]


class Sqlite(Engine):
    name = "sqlite"

    def __init__(self):
        self.connection = sqlite3.connect(":memory:")
        self.create(self.connection.execute)

    def load(self, rows):
        for table, held in rows.items():
            self.connection.execute(f"DELETE FROM {self.table(table)}")
            marks = ", ".join("?" * len(COLUMNS[table]))
            self.connection.executemany(
                f"INSERT INTO {self.table(table)} VALUES ({marks})",
                self.cells(table, held, decimals=False, dates=False),
            )

    def ask(self, sql, parameters):
        return self.connection.execute(sql, parameters).fetchall()

    def close(self):
        self.connection.close()


class Duckdb(Engine):
    name = "duckdb"

    def __init__(self):
        import duckdb

        self.connection = duckdb.connect(config={"threads": 1})
        self.create(self.connection.execute)

    def load(self, rows):
        for table, held in rows.items():
            cells = self.cells(table, held)
            found = arrow(COLUMNS[table], cells)
            self.connection.register("up_found", found)
            self.connection.execute(f"DELETE FROM {self.table(table)}")
            self.connection.execute(f"INSERT INTO {self.table(table)} SELECT * FROM up_found")
            self.connection.unregister("up_found")

    def ask(self, sql, parameters):
        return self.connection.execute(sql, parameters).fetchall()

    def close(self):
        self.connection.close()


class Driver(Engine):
    """Engines behind a driver with ``%s``."""

    def load(self, rows):
        with self.connection.cursor() as cursor:
            for table, held in rows.items():
                name = self.table(table).replace("%", "%%")
                cursor.execute(f"DELETE FROM {self.table(table)}")
                if held:
                    marks = ", ".join(["%s"] * len(COLUMNS[table]))
                    cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", self.cells(table, held))

    def ask(self, sql, parameters):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def close(self):
        self.connection.close()


class Postgresql(Driver):
    name = "postgresql"
    options = MappingProxyType({"nul": False})

    def __init__(self, dsn):
        import psycopg

        self.connection = psycopg.connect(dsn, autocommit=True)
        self.create(self.connection.execute)


class Mariadb(Driver):
    name = "mariadb"
    quote = "`"
    options = MappingProxyType({"finite": False})

    def __init__(self, url):
        import pymysql
        from sqlalchemy import make_url

        found = make_url(url)
        self.connection = pymysql.connect(
            host=found.host,
            port=found.port or 3306,
            user=found.username,
            password=found.password or "",
            database=found.database,
            charset="utf8mb4",
            autocommit=True,
        )
        with self.connection.cursor() as cursor:
            self.create(cursor.execute)


class Spark(Engine):
    name = "spark"
    quote = "`"

    def __init__(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pysail.spark import SparkConnectServer
            from pyspark.sql import SparkSession

            main = sys.modules["__main__"]
            if not hasattr(
                main, "__file__"
            ):  # a worker of pytest-xdist: the client would take it for doctests of its own
                vars(main)["__file__"] = __file__
            self.server = SparkConnectServer("127.0.0.1", 0)
            self.server.start(background=True)
            _, port = self.server.listening_address
            self.session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()

    def table(self, table):
        return TABLES[table]

    def load(self, rows):
        for table, held in rows.items():
            # Its client takes no empty frame: a row of nobody's is none.
            nobody = ("nobody", *[None] * (len(COLUMNS[table]) - 1))
            found = arrow(COLUMNS[table], self.cells(table, held or [nobody]))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.session.createDataFrame(found).createOrReplaceTempView(TABLES[table])

    def ask(self, sql, parameters):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [tuple(row) for row in self.session.sql(sql, args=parameters).collect()]

    def close(self):
        self.session.stop()
        self.server.stop()


@contextmanager
def closing(engine):
    try:
        yield engine
    finally:
        engine.close()
