"""The parameters of a query: every value of a rule is bound, and what depends on now is worked out when it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs

from unified_profile.expressions.values import FIRST_US, LAST_US
from unified_profile.segments.sql.dialect import Dialect

Bound: TypeAlias = str | int | float
Clock: TypeAlias = Callable[[int], Bound]
"""From now in microseconds to what is bound then: mostly another instant in microseconds."""


class UnpushableError(Exception):
    """A dialect cannot do a part exactly, so that part is finished in memory. It never leaves this room."""


@attrs.frozen
class Shift:
    """Now, moved by a length, and kept within the instants there are."""

    by: int

    def __call__(self, now: int) -> int:
        """Return the instant."""
        return max(FIRST_US, min(LAST_US, now + self.by))


class Binder:
    """Collects parameters; equal ones are bound once."""

    def __init__(self, dialect: Dialect) -> None:
        """Begin with none."""
        self.dialect = dialect
        self.names: dict[tuple[str, str, object], str] = {}
        self.values: dict[str, Bound | Clock] = {}

    def mark(self, value: Bound | Clock, type: str, /, *, scale: int = 0) -> str:
        """Bind *value* and return its typed mark."""
        shown = value if callable(value) else repr(value)
        key = (type, str(scale), shown)
        name = self.names.get(key)
        if name is None:
            name = self.names[key] = f"p{len(self.names)}"
            self.values[name] = value
        return self.dialect.bind(name, type, scale=scale)

    def text(self, value: str, /) -> str:
        """Bind a text that compares by code point."""
        return self.dialect.text.format(x=self.mark(value, "text"))

    def instant(self, value: int | Clock, /) -> str:
        """Bind an instant in microseconds."""
        return self.mark(value, "integer")
