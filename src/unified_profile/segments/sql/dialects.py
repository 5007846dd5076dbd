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
    cannot overflow.
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


_SIZES = {"micros": 1, "millis": 1_000, "seconds": 1_000_000}
_EPOCHS = f"BETWEEN {-(-FIRST_US // 1_000_000)} AND {LAST_US // 1_000_000 + 1}"

_MYSQL_TEXT = "CAST(CONVERT({x} USING utf8mb4) AS BINARY)"


def _mysql(name: str) -> Dialect:
    return Dialect(
        name=name,
        quote="`",
        mark="%({})s",
        types={"text": "", "integer": "", "float": "DOUBLE", "decimal": "DECIMAL(65, {s})"},
        text=_MYSQL_TEXT,
        key_text=_MYSQL_TEXT,
        contains="LOCATE({p}, {x}) > 0",
        starts="LEFT({x}, LENGTH({p})) = {p}",
        ends="RIGHT({x}, LENGTH({p})) = {p}",
        micros="TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', {x})",
        truth="({x} <> 0)",
        whole="CAST({x} AS SIGNED)",
        doubles_percent=True,
    )


DIALECTS: dict[str, Dialect] = {
    "sqlite": Dialect(
        name="sqlite",
        quote='"',
        mark=":{}",
        types={"text": "", "integer": "", "float": "", "decimal": "REAL"},
        text="{x} COLLATE BINARY",
        key_text="CAST({x} AS TEXT) COLLATE BINARY",
        contains="instr({x}, {p}) > 0",
        starts="instr({x}, {p}) = 1",
        # Bytes: on text `substr` stops at NUL.
        # And of no bytes it makes NULL.
        ends="CASE WHEN {x} = '' THEN FALSE"
        " ELSE substr(CAST({x} AS BLOB), -length(CAST({p} AS BLOB))) = CAST({p} AS BLOB) END",
        truth="({x} <> 0)",
        guarded=True,
    ),
    "duckdb": Dialect(
        name="duckdb",
        quote='"',
        mark="${}",
        types={"text": "VARCHAR", "integer": "BIGINT", "float": "DOUBLE", "decimal": "DECIMAL(38, {s})"},
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
        types={"text": "text", "integer": "bigint", "float": "double precision", "decimal": "numeric"},
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
        types={"text": "STRING", "integer": "BIGINT", "float": "DOUBLE", "decimal": "DECIMAL(38, {s})"},
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
        types={"text": "STRING", "integer": "INT64", "float": "FLOAT64", "decimal": "BIGNUMERIC"},
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
        types={"text": "VARCHAR", "integer": "NUMBER(38, 0)", "float": "DOUBLE", "decimal": "NUMBER(38, {s})"},
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
