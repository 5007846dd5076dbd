"""The US Privacy string (``1YNN``): four characters, deprecated in 2024, and still sent."""

from __future__ import annotations

from typing import Final

import attrs

from unified_profile.consent.signals.reading import STRICT, Attempt, Reading, fault, unfit
from unified_profile.errors import InvalidSignalError

_FIELDS: Final = ("notice", "opt_out_sale", "lspa_covered")
_ANSWERS: Final = frozenset("YN-")
VERSION: Final = 1
_CODING: Final = "Y, N, - for not applicable"
MEANINGS: Final = (
    ("string", "version", "digit", "The version, 1.", "1", "whether the string can be read"),
    ("string", "notice", "letter", "Notice of the right to opt out of the sale.", _CODING, "may sell, share, target"),
    ("string", "opt_out_sale", "letter", "Whether the person opted out of the sale of personal data.", _CODING,
     "may sell, share, target"),
    ("string", "lspa_covered", "letter", "Whether the Limited Service Provider Agreement covers it.", _CODING, ""),
)  # fmt: skip
"""Its characters as rows of the reference table."""


@attrs.frozen(kw_only=True)
class USPrivacy:
    """A US Privacy string. Each field is ``"Y"``, ``"N"``, or ``"-"`` for not applicable.

    Attributes:
        notice: Whether the person was told of the right to opt out.
        opt_out_sale: Whether the person opted out of the sale of personal data.
        lspa_covered: Whether the Limited Service Provider Agreement covers the transaction.
        repairs: What a lenient reading forgave.

    .. versionadded:: 0.1
    """

    notice: str = "-"
    opt_out_sale: str = "-"
    lspa_covered: str = "-"
    repairs: tuple[str, ...] = ()

    id = 6
    prefix = "uspv1"
    version = VERSION

    def encode(self) -> str:
        """Return the string.

        Raises:
            InvalidInputError: With the field that is neither Y, N nor -.
        """
        for name in _FIELDS:
            if getattr(self, name) not in _ANSWERS:
                raise unfit(f"uspv1.{name}", "neither Y, N nor -")
        return f"{VERSION}{self.notice}{self.opt_out_sale}{self.lspa_covered}"


def decode_usp(text: str, /, *, reading: Reading = STRICT) -> USPrivacy:
    """Return what a US Privacy string says.

    >>> decode_usp("1YNN").opt_out_sale
    'N'

    Raises:
        InvalidSignalError: With the field and the character at which it breaks.

    .. versionadded:: 0.1
    """
    attempt = Attempt(reading)
    try:
        return read_usp(attempt.text(text, signal="uspv1"), attempt, signal="uspv1")
    except InvalidSignalError as error:
        told = error.with_traceback(None)
    del text  # a report that shows the locals of this error must not show the string
    raise told


def read_usp(text: str, attempt: Attempt, *, signal: str) -> USPrivacy:
    """Return what a US Privacy string says, as one step of a larger reading; bits count characters here."""
    if text[:1] != str(VERSION):
        raise fault("wrong_version", f"not of version {VERSION}", signal, field="version", bit=0)
    if len(text) < 4:
        raise fault("truncated", "ends too early", signal, field=_FIELDS[len(text) - 1], bit=len(text))
    if len(text) > 4:
        raise fault("over_long", "longer than four characters", signal, bit=4)
    found = {}
    for at, name in enumerate(_FIELDS, 1):
        letter = text[at]
        if letter in "yn" and attempt.forgive("case", allowed=attempt.reading.case):
            letter = letter.upper()
        if letter not in _ANSWERS:
            raise fault("value", "neither Y, N nor -", signal, field=name, bit=at)
        found[name] = letter
    return USPrivacy(**found, repairs=tuple(attempt.repairs))
