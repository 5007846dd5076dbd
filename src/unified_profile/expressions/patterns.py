"""Patterns in linear time: RE2's dialect, so that no pattern of a stranger's can hang a program."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from unified_profile.errors import InvalidRulesError, MissingExtraError

LONGEST_PATTERN = 1_000
"""How many characters a pattern may have."""

_MEMORY = 1 << 20


@lru_cache(maxsize=1_000)
def searcher(pattern: str, case: str = "exact", /) -> Callable[[str], bool]:
    """Return whether *pattern* is found anywhere in a text; ``^`` and ``$`` tie it to the ends.

    The dialect is RE2's: no lookaround, no back-references, and time linear in the text. With *case* ``"ci"`` letters
    match in either case.

    >>> searcher("^A-[0-9]+$")("A-17"), searcher("^a")("A")
    (True, False)

    Raises:
        InvalidRulesError: If it is no pattern of that dialect, or a too long or costly one.
        MissingExtraError: If google-re2 is not installed.
    """
    try:
        import re2
    except ModuleNotFoundError:
        raise MissingExtraError(extra="regex", package="google-re2") from None
    if len(pattern) > LONGEST_PATTERN:
        raise InvalidRulesError(field="value", reason=f"longer than {LONGEST_PATTERN} characters", hint="shorten it")
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.case_sensitive = case == "exact"
    options.max_mem = _MEMORY
    try:
        found: Any = re2.compile(pattern, options=options)
    except (re2.error, UnicodeEncodeError):
        raise InvalidRulesError(
            field="value", reason="no pattern of RE2's dialect", hint="no lookaround, no back-references; test it first"
        ) from None

    def search(text: str) -> bool:
        try:
            return found.search(text) is not None
        except UnicodeEncodeError:
            # Half of a surrogate pair is no character, and matches nothing.
            return False

    return search
