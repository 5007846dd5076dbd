"""What a dialect of SQL is made of: how it quotes, marks parameters, and says what is exact."""

from __future__ import annotations

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.values import FIRST_US, LAST_US

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

        >>> from unified_profile.segments.sql.dialects import DIALECTS
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

    def as_time(self, expression: str, stored: str, /) -> str:
        """Return when an event happened, as whole microseconds.

        It has a time that Python can hold, so that a plain column may stay one that an index knows. But where a column
        holds whatever was put in, a text would be later than every time, and what happened would be left out unseen:
        such a query ends with an error of the engine (``integer overflow``).
        """
        if self.guarded:
            refused = "abs(-9223372036854775807 - 1)"
            expression = f"(CASE typeof({expression}) WHEN 'text' THEN {refused} ELSE {expression} END)"
        return expression if stored == "micros" else self.as_micros(expression, stored)

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
EPOCHS = f"BETWEEN {-(-FIRST_US // 1_000_000)} AND {LAST_US // 1_000_000 + 1}"
