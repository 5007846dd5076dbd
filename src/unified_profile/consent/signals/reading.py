"""How a signal is read: strictly, or with faults of spelling forgiven one by one and told of."""

from __future__ import annotations

from typing import Final

import attrs

from unified_profile.errors import InvalidInputError, InvalidSignalError


@attrs.frozen(kw_only=True)
class Reading:
    """What is forgiven when a signal is read; by default nothing.

    Everything that was forgiven stands in the ``repairs`` of what was read, and what needed repair grants nothing: a
    lenient reading is for hearing an opt-out from a clumsy sender, and for looking. What is never forgiven: a string
    that ends too early, a version nobody declared, a value that has no meaning.

    Attributes:
        padding: ``=`` at the end of a part.
        alphabet: ``+`` and ``/`` of standard base64 for ``-`` and ``_`` of base64url.
        whitespace: Blanks around the string.
        trailing: Set bits, or too many characters, after the last field of a part.
        order: Parts in another order than the specification's.
        unknown: Sections that nobody declared; they are kept unread.
        case: Small letters in a US Privacy string.
        canada_as_written: The Canadian section is read as its specification writes it (Fibonacci ranges), not as the
            reference implementations do (fixed ranges). This is a choice of format and no fault: it needs no repair.
        max_length: The longest string that is looked at, in characters.

    .. versionadded:: 0.1
    """

    padding: bool = False
    alphabet: bool = False
    whitespace: bool = False
    trailing: bool = False
    order: bool = False
    unknown: bool = False
    case: bool = False
    canada_as_written: bool = False
    max_length: int = 65_536


STRICT: Final = Reading()
"""Forgives nothing."""
LENIENT: Final = Reading(
    padding=True, alphabet=True, whitespace=True, trailing=True, order=True, unknown=True, case=True
)
"""Forgives what can be forgiven."""


@attrs.define
class Attempt:
    """One reading on its way: its rules, and what was forgiven so far."""

    reading: Reading
    repairs: list[str] = attrs.field(factory=list)

    def forgive(self, code: str, *, allowed: bool) -> bool:
        """Say whether a fault is forgiven, and take note of it."""
        if allowed and code not in self.repairs:
            self.repairs.append(code)
        return allowed

    def text(self, text: object, *, signal: str) -> str:
        """Return *text* as one that can be looked at.

        Raises:
            InvalidSignalError: If it is no text, empty or too long.
        """
        if not isinstance(text, str):
            raise fault("not_text", f"a {type(text).__name__}", signal, hint="pass the string")
        if self.reading.whitespace and text != text.strip():
            text = text.strip()
            self.forgive("whitespace", allowed=True)
        if not text:
            raise fault("empty", "empty", signal, hint="there is no signal; that is no grant")
        if len(text) > self.reading.max_length:
            raise fault("over_long", f"longer than {self.reading.max_length} characters", signal)
        return text


def fault(
    code: str, reason: str, signal: str, *, segment: str = "", field: str = "", bit: int | None = None, hint: str = ""
) -> InvalidSignalError:
    """Return the error about a place in a signal; its texts must be free of what was sent."""
    where = ".".join(part for part in (signal, segment, field) if part)
    at = "" if bit is None else f" at bit {bit}"
    return InvalidSignalError(field=where, reason=reason + at, hint=hint, code=code, segment=segment, bit=bit)


def unfit(field: str, reason: str, hint: str = "") -> InvalidInputError:
    """Return the error about a value that cannot be written; the value is not in it."""
    return InvalidSignalError(field=field, reason=reason, hint=hint, code="value")
