"""What the dialects of SQL say differently, each in one place."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.expressions.values import FIRST_US, LAST_US

DialectName: TypeAlias = Literal["sqlite", "duckdb", "postgresql", "mysql", "mariadb", "spark", "bigquery", "snowflake"]

_LARGEST_FLOAT = "1.7976931348623157e308"


@attrs.frozen
class Dialect:
    """One dialect: how it quotes and marks parameters, and what exact operations are called in it.

    *text* makes text compare by code point. *micros* turns the engine's own timestamp into microseconds, and is
    tried only where *finite* holds. *whole* makes 1, 0 or NULL of an answer. *total* is a sum of whole numbers that
    cannot overflow. *divided* divides whole numbers. *day_text* writes the engine's date as year-month-day, *day_at* is
    the date so many days after 1970-01-01, *day_number* how many. *digest* is the SHA-256 of a text in hexadecimal
    letters, and *hexadecimal* the number that such letters write.
    """

    name: str
    quote: str
    mark: str
    types: dict[str, str]
    contains: str
    starts: str
    ends: str
    text: str = "{x}"
    micros: str = ""
    finite: str = "{x} IS NOT NULL"
    key_text: str = "CAST({x} AS VARCHAR)"
    truth: str = "{x}"
    null: str = "NULL"
    whole: str = "CAST({x} AS INTEGER)"
    total: str = "SUM({x})"
    divided: str = "({a} / {b})"
    day_text: str = "CAST({x} AS VARCHAR)"
    day_at: str = ""
    day_number: str = ""
    digest: str = ""
    hexadecimal: str = ""
    guarded: bool = False
    nul: bool = True
    doubles_percent: bool = False

    def identifier(self, name: str, /) -> str:
        """Return *name* quoted.

        >>> DIALECTS["sqlite"].identifier('a"b')
        '"a""b"'
        """
        if self.name == "bigquery":
            name = name.replace("\\", "\\\\").replace("`", "\\`")
        quoted = f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"
        return quoted.replace("%", "%%") if self.doubles_percent else quoted

    def bind(self, name: str, type: str, /, *, scale: int = 0) -> str:
        """Return the mark of a parameter, typed."""
        mark = self.mark.format(name)
        made = self.types[type].format(s=scale)
        return f"CAST({mark} AS {made})" if made else mark

    def as_text(self, expression: str, /) -> str:
        """Return text that compares by code point; what is no text is none."""
        if self.guarded:
            expression = f"(CASE WHEN typeof({expression}) = 'text' THEN {expression} END)"
        return self.text.format(x=expression)

    def as_number(self, expression: str, kind: str, /) -> str:
        """Return a number that is finite; what is none is NULL."""
        if self.guarded:
            expression = f"(CASE WHEN typeof({expression}) IN ('integer', 'real') THEN {expression} END)"
        if kind == "float" and self.name not in {"mysql", "mariadb"}:
            limit = f"CAST('{_LARGEST_FLOAT}' AS {self.types['float'] or 'REAL'})"
            expression = f"(CASE WHEN {expression} BETWEEN -{limit} AND {limit} THEN {expression} END)"
        return expression

    def as_day(self, expression: str, /) -> str:
        """Return the engine's date; one that Python cannot hold is NULL."""
        if self.guarded:
            written = f"typeof({expression}) = 'text' AND date({expression}) = {expression}"
            return f"(CASE WHEN {written} AND {expression} >= '0001-01-01' THEN {expression} END)"
        return f"(CASE WHEN {expression} BETWEEN {_FIRST_DAY} AND {_LAST_DAY} THEN {expression} END)"

    def remainder(self, whole: str, size: int, /) -> str:
        """Return what is left of a whole number that is not negative, divided by *size*."""
        return f"({whole} % {size})" if self.name == "sqlite" else f"MOD({whole}, {size})"

    def as_micros(self, expression: str, stored: str, /) -> str:
        """Return an instant as whole microseconds; one that Python cannot hold is NULL."""
        if stored == "timestamp":
            if not self.micros:
                raise InvalidRulesError(
                    field="layout", reason=f"{self.name} has no timestamps", hint="store microseconds: stored='micros'"
                )
            micros = self.micros.format(x=expression)
            return f"(CASE WHEN {self.finite.format(x=expression)} THEN {micros} END)"
        size = _SIZES[stored]
        number = self.as_number(expression, "integer")
        # The range is tested before the product is made, which could overflow.
        whole = number if size == 1 else f"{number} * {size}"
        low_at, high_at = -(-FIRST_US // size), LAST_US // size
        return f"(CASE WHEN {number} BETWEEN {low_at} AND {high_at} THEN {whole} END)"


_FIRST_DAY, _LAST_DAY = "DATE '0001-01-01'", "DATE '9999-12-31'"
_SIZES = {"micros": 1, "millis": 1_000, "seconds": 1_000_000}
_EPOCHS = f"BETWEEN {-(-FIRST_US // 1_000_000)} AND {LAST_US // 1_000_000 + 1}"

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
        finite=f"isfinite({{x}}) AND epoch({{x}}) {_EPOCHS}",
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
        finite=f"EXTRACT(EPOCH FROM {{x}}) {_EPOCHS}",
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
