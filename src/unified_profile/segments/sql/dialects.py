"""What the dialects of SQL say differently, each in one place."""

from __future__ import annotations

from typing import Literal, TypeAlias

from unified_profile.errors import UnknownNameError
from unified_profile.segments.sql.dialect import EPOCHS, Dialect

DialectName: TypeAlias = Literal["sqlite", "duckdb", "postgresql", "mysql", "mariadb", "spark", "bigquery", "snowflake"]

_MYSQL_TEXT = "CAST(CONVERT({x} USING utf8mb4) AS BINARY)"


def _mysql(name: str) -> Dialect:
    return Dialect(
        name=name,
        quote="`",
        mark="%({})s",
        types={
            "text": "",
            "integer": "",
            "float": "DOUBLE",
            "decimal": "DECIMAL(65, {s})",
            "narrow": "DECIMAL(40, {s})",
        },
        text=_MYSQL_TEXT,
        key_text=_MYSQL_TEXT,
        contains="LOCATE({p}, {x}) > 0",
        starts="LEFT({x}, LENGTH({p})) = {p}",
        ends="RIGHT({x}, LENGTH({p})) = {p}",
        micros="TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', {x})",
        truth="({x} <> 0)",
        whole="CAST({x} AS SIGNED)",
        divided="({a} DIV {b})",
        day_text="DATE_FORMAT({x}, '%%Y-%%m-%%d')",
        day_at="DATE_ADD(DATE '1970-01-01', INTERVAL {n} DAY)",
        day_number="DATEDIFF({x}, DATE '1970-01-01')",
        digest="SHA2({x}, 256)",
        hexadecimal="CAST(CONV({x}, 16, 10) AS SIGNED)",
        doubles_percent=True,
    )


DIALECTS: dict[str, Dialect] = {
    "sqlite": Dialect(
        name="sqlite",
        quote='"',
        mark=":{}",
        types={"text": "", "integer": "", "float": "", "decimal": "REAL", "narrow": ""},
        text="{x} COLLATE BINARY",
        key_text="CAST({x} AS TEXT) COLLATE BINARY",
        contains="instr({x}, {p}) > 0",
        starts="instr({x}, {p}) = 1",
        # Bytes: on text `substr` stops at NUL.
        # And of no bytes it makes NULL.
        ends="CASE WHEN {x} = '' THEN FALSE"
        " ELSE substr(CAST({x} AS BLOB), -length(CAST({p} AS BLOB))) = CAST({p} AS BLOB) END",
        truth="({x} <> 0)",
        day_text="{x}",
        day_at="date({n} * 86400, 'unixepoch')",
        day_number="(CAST(strftime('%s', {x}) AS INTEGER) / 86400)",
        guarded=True,
    ),
    "duckdb": Dialect(
        name="duckdb",
        quote='"',
        mark="${}",
        types={
            "text": "VARCHAR",
            "integer": "BIGINT",
            "float": "DOUBLE",
            "decimal": "DECIMAL(38, {s})",
            "narrow": "DECIMAL(30, {s})",
        },
        divided="({a} // {b})",
        day_at="(DATE '1970-01-01' + CAST({n} AS INTEGER))",
        day_number="({x} - DATE '1970-01-01')",
        digest="sha256({x})",
        hexadecimal="CAST(concat('0x', {x}) AS BIGINT)",
        contains="contains({x}, {p})",
        starts="starts_with({x}, {p})",
        ends="ends_with({x}, {p})",
        micros="epoch_us({x})",
        finite=f"isfinite({{x}}) AND epoch({{x}}) {EPOCHS}",
        null="CAST(NULL AS BOOLEAN)",
    ),
    "postgresql": Dialect(
        name="postgresql",
        quote='"',
        mark="%({})s",
        types={
            "text": "text",
            "integer": "bigint",
            "float": "double precision",
            "decimal": "numeric",
            "narrow": "numeric",
        },
        day_text="to_char({x}, 'YYYY-MM-DD') COLLATE \"C\"",
        day_at="(DATE '1970-01-01' + CAST({n} AS integer))",
        day_number="({x} - DATE '1970-01-01')",
        digest="encode(sha256(convert_to({x}, 'UTF8')), 'hex')",
        hexadecimal="CAST(CAST(concat('x', lpad({x}, 16, '0')) AS bit(64)) AS bigint)",
        text='CAST({x} AS text) COLLATE "C"',
        key_text='CAST({x} AS text) COLLATE "C"',
        contains="strpos({x}, {p}) > 0",
        starts="starts_with({x}, {p})",
        ends="right({x}, char_length({p})) = {p}",
        micros="CAST(EXTRACT(EPOCH FROM {x}) * 1000000 AS bigint)",
        finite=f"EXTRACT(EPOCH FROM {{x}}) {EPOCHS}",
        null="CAST(NULL AS boolean)",
        nul=False,
        doubles_percent=True,
    ),
    "mysql": _mysql("mysql"),
    "mariadb": _mysql("mariadb"),
    "spark": Dialect(
        name="spark",
        quote="`",
        mark=":{}",
        types={
            "text": "STRING",
            "integer": "BIGINT",
            "float": "DOUBLE",
            "decimal": "DECIMAL(38, {s})",
            "narrow": "DECIMAL(30, {s})",
        },
        divided="({a} DIV {b})",
        day_text="CAST({x} AS STRING)",
        day_at="date_add(DATE '1970-01-01', CAST({n} AS INT))",
        day_number="datediff({x}, DATE '1970-01-01')",
        digest="sha2({x}, 256)",
        hexadecimal="CAST(conv({x}, 16, 10) AS BIGINT)",
        contains="contains({x}, {p})",
        starts="startswith({x}, {p})",
        ends="endswith({x}, {p})",
        micros="unix_micros({x})",
        null="CAST(NULL AS BOOLEAN)",
        key_text="CAST({x} AS STRING)",
        total="SUM(CAST({x} AS DECIMAL(38, {s})))",
    ),
    "bigquery": Dialect(
        name="bigquery",
        quote="`",
        mark="@{}",
        types={
            "text": "STRING",
            "integer": "INT64",
            "float": "FLOAT64",
            "decimal": "BIGNUMERIC",
            "narrow": "BIGNUMERIC",
        },
        divided="DIV({a}, {b})",
        day_text="CAST({x} AS STRING)",
        day_at="DATE_FROM_UNIX_DATE({n})",
        day_number="UNIX_DATE({x})",
        digest="TO_HEX(SHA256({x}))",
        hexadecimal="CAST(CONCAT('0x', {x}) AS INT64)",
        contains="STRPOS({x}, {p}) > 0",
        starts="STARTS_WITH({x}, {p})",
        ends="ENDS_WITH({x}, {p})",
        micros="UNIX_MICROS({x})",
        whole="CAST({x} AS INT64)",
        null="CAST(NULL AS BOOL)",
        key_text="CAST({x} AS STRING)",
        total="SUM(CAST({x} AS BIGNUMERIC))",
    ),
    "snowflake": Dialect(
        name="snowflake",
        quote='"',
        mark="%({})s",
        types={
            "text": "VARCHAR",
            "integer": "NUMBER(38, 0)",
            "float": "DOUBLE",
            "decimal": "NUMBER(38, {s})",
            "narrow": "NUMBER(30, {s})",
        },
        divided="TRUNC({a} / {b})",
        day_text="TO_CHAR({x}, 'YYYY-MM-DD')",
        day_at="DATEADD(day, {n}, DATE '1970-01-01')",
        day_number="DATEDIFF(day, DATE '1970-01-01', {x})",
        digest="SHA2({x}, 256)",
        hexadecimal="TO_NUMBER({x}, 'XXXXXXXXXXXXXXXX')",
        text="COLLATE({x}, '')",
        contains="CONTAINS({x}, {p})",
        starts="STARTSWITH({x}, {p})",
        ends="ENDSWITH({x}, {p})",
        micros="DATE_PART(EPOCH_MICROSECOND, {x})",
        null="CAST(NULL AS BOOLEAN)",
        doubles_percent=True,
    ),
}


def dialect_named(name: object, /) -> Dialect:
    """Return the dialect called *name*.

    Raises:
        UnknownNameError: If there is none, with the one that was probably meant.
    """
    if not isinstance(name, str) or name not in DIALECTS:
        raise UnknownNameError(kind="dialect", name=str(name)[:60], known=DIALECTS)
    return DIALECTS[name]
