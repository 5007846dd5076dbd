"""What can be asked of a value while a rule is written, whatever the value is of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.values import Scalar

_ON_INSTANTS = {"eq": "at", "lt": "before", "le": "at_or_before", "gt": "after", "ge": "at_or_after"}


class Asked:
    """What can be asked of a value, wherever it comes from. An instant compares with instants only."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # `==` makes a rule here, so it can find nothing in a set

    def _ask(self, op: str, value: object = None) -> Expression:
        raise NotImplementedError

    def _compare(self, op: str, value: object) -> Expression:
        return self._ask(_ON_INSTANTS.get(op, op) if isinstance(value, datetime) else op, value)

    def __eq__(self, value: object) -> Expression:  # type: ignore[override]  # a rule rather than an answer
        return self._compare("eq", value)

    def __ne__(self, value: object) -> Expression:  # type: ignore[override]  # a rule rather than an answer
        return self.ne(value)

    def __lt__(self, value: object) -> Expression:
        return self._compare("lt", value)

    def __le__(self, value: object) -> Expression:
        return self._compare("le", value)

    def __gt__(self, value: object) -> Expression:
        return self._compare("gt", value)

    def __ge__(self, value: object) -> Expression:
        return self._compare("ge", value)

    def eq(self, value: object) -> Expression:
        """Ask whether it is *value*."""
        return self._compare("eq", value)

    def ne(self, value: object) -> Expression:
        """Ask whether it is known and not *value*."""
        return ~self._ask("at", value) if isinstance(value, datetime) else self._ask("ne", value)

    def lt(self, value: object) -> Expression:
        """Ask whether it is less than (or before) *value*."""
        return self._compare("lt", value)

    def le(self, value: object) -> Expression:
        """Ask whether it is at most (or at or before) *value*."""
        return self._compare("le", value)

    def gt(self, value: object) -> Expression:
        """Ask whether it is more than (or after) *value*."""
        return self._compare("gt", value)

    def ge(self, value: object) -> Expression:
        """Ask whether it is at least (or at or after) *value*."""
        return self._compare("ge", value)

    def is_in(self, values: Iterable[Scalar]) -> Expression:
        """Ask whether it is one of *values*."""
        return self._ask("in", several(values))

    def not_in(self, values: Iterable[Scalar]) -> Expression:
        """Ask whether it is known and none of *values*."""
        return self._ask("not_in", several(values))

    def contains(self, text: str) -> Expression:
        """Ask whether it contains *text* literally."""
        return self._ask("contains", text)

    def not_contains(self, text: str) -> Expression:
        """Ask whether it is known and does not contain *text*."""
        return self._ask("not_contains", text)

    def starts(self, text: str) -> Expression:
        """Ask whether it starts with *text*."""
        return self._ask("starts", text)

    def ends(self, text: str) -> Expression:
        """Ask whether it ends with *text*."""
        return self._ask("ends", text)

    def matches(self, pattern: str) -> Expression:
        """Ask whether a pattern (RE2's dialect, extra ``regex``) is found in it; ``^`` and ``$`` tie it to the ends."""
        return self._ask("matches", pattern)

    def not_matches(self, pattern: str) -> Expression:
        """Ask whether it is known and a pattern is not found in it."""
        return self._ask("not_matches", pattern)

    def version(self, op: str, version: str) -> Expression:
        """Ask how it stands to a *version* (Semantic Versioning): *op* is eq, lt, le, gt or ge."""
        return self._ask(f"version_{op}", version)

    def before(self, moment: datetime) -> Expression:
        """Ask whether it is an instant before *moment*."""
        return self._ask("before", moment)

    def after(self, moment: datetime) -> Expression:
        """Ask whether it is an instant after *moment*."""
        return self._ask("after", moment)

    def within_last(
        self, length: timedelta | None = None, /, *, days: float = 0, hours: float = 0, minutes: float = 0
    ) -> Expression:
        """Ask whether it is an instant between that long ago and now, both included."""
        return self._ask("within_last", length_of(length, days, hours, minutes))

    def within_next(
        self, length: timedelta | None = None, /, *, days: float = 0, hours: float = 0, minutes: float = 0
    ) -> Expression:
        """Ask whether it is an instant between now and that much later, both included."""
        return self._ask("within_next", length_of(length, days, hours, minutes))

    def older_than(
        self, length: timedelta | None = None, /, *, days: float = 0, hours: float = 0, minutes: float = 0
    ) -> Expression:
        """Ask whether it is an instant more than that long ago."""
        return self._ask("older_than", length_of(length, days, hours, minutes))


def several(values: Iterable[Scalar]) -> tuple[Scalar, ...]:
    """Take any iterable of values but a text, which would become its letters."""
    if isinstance(values, str):
        raise InvalidRulesError(field="value", reason="a bare string", hint="pass a list of values")
    return tuple(values)


def length_of(length: timedelta | None, days: float, hours: float, minutes: float) -> timedelta:
    """Return a length given whole or in parts."""
    try:
        return (length or timedelta()) + timedelta(days=days, hours=hours, minutes=minutes)
    except (OverflowError, TypeError, ValueError):
        raise InvalidRulesError(field="length", reason="not a length of time", hint="e.g. days=30") from None
