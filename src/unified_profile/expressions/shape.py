"""What goes with every node of a rule: the words for it, what it is asked about, what it reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.kleene import Kleene

Language: TypeAlias = Literal["en", "ja"]
Scope: TypeAlias = Literal["person", "event"]
Run: TypeAlias = Callable[[Any, int], Kleene]
"""A compiled node: the answer for a subject (inside ``where``: for an event) at an instant in microseconds."""

DEEPEST = 32
"""How many levels a rule may have."""


@attrs.frozen
class Reads:
    """What a rule reads, so that a caller loads, permits and watches no more than that.

    ``"*"`` among *events* stands for every event, *permissions* are pairs of purpose and channel.
    """

    traits: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    permissions: frozenset[tuple[str, str]] = frozenset()
    segments: frozenset[str] = frozenset()

    def __or__(self, other: Reads) -> Reads:
        """Return what both read together."""
        return Reads(
            self.traits | other.traits,
            self.events | other.events,
            self.permissions | other.permissions,
            self.segments | other.segments,
        )


def as_language(language: object, /) -> Language:
    """Return *language* if rules can be said in it.

    Raises:
        InvalidRulesError: If not.
    """
    if language not in {"en", "ja"}:
        raise InvalidRulesError(field="language", reason="not spoken", hint="'en' or 'ja'")
    return "ja" if language == "ja" else "en"


class Scene:
    """An event with the person it is of, for conditions that compare the one with the other."""

    __slots__ = ("event", "subject")

    def __init__(self, event: Any, subject: Any) -> None:
        """Hold both."""
        self.event, self.subject = event, subject

    def __getattr__(self, name: str) -> Any:
        """Be the event for whoever reads it."""
        return getattr(self.event, name)


def person_in(scope: Any, /) -> Any:
    """Return the person that a condition is asked about, of whose event it may be asked."""
    return scope.subject if isinstance(scope, Scene) else scope
