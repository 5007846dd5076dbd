"""Conditions on what is already concluded of a person: a permission, or membership in another segment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.course import Step, changes_only
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.sentences import member_phrase, permitted_phrase
from unified_profile.expressions.shape import Language, Reads, Run, Scope, as_language
from unified_profile.expressions.subject import Course, Subject
from unified_profile.expressions.values import LONGEST_TEXT
from unified_profile.model import Membership, Permission
from unified_profile.model.times import to_micros
from unified_profile.model.values import Json


def _name(name: str) -> str:
    """Refuse an empty name."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_TEXT:
        raise InvalidRulesError(field="name", reason="not a text of at least one character", hint="name one")
    return name


def _course(view: Permission | Membership | Course | None) -> Course:
    """Return how a view goes on: as it says until it changes, unknown from then on, for nobody has looked again."""
    if isinstance(view, Course):
        return view
    if isinstance(view, Permission):
        return _until(view.granted, view.changes_at)
    return Course(()) if view is None else _until(view.member, view.next_change_at)


def _until(answer: Kleene, changes_at: datetime | None) -> Course:
    """Return *answer* until *changes_at*."""
    lasting = () if changes_at is None else ((to_micros(changes_at), None),)
    return Course(((_EVER, answer), *lasting))


_EVER = -(2**63)


@attrs.frozen
class _Standing(Expression):
    """What both kinds have in common."""

    @property
    def scope(self) -> Scope:
        """A person."""
        return "person"

    @property
    def timeless(self) -> bool:
        """Never: permissions expire and memberships end."""
        return False

    def _view(self, subject: Subject) -> Permission | Membership | Course | None:
        raise NotImplementedError

    def build(self) -> Run:
        """Make the function."""
        view: Callable[[Subject], Permission | Membership | Course | None] = self._view
        return lambda subject, now: _course(view(subject)).at_micros(now)

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now* and what is known of later ones."""
        course = _course(self._view(subject))
        later = (step for step in course.steps if step[0] > now)
        return changes_only(iter(((now, course.at_micros(now)), *later)))

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        if answer is not None:
            return str(answer).lower()
        return "missing" if self._view(subject) is None else "stale"


@attrs.frozen
class Permitted(_Standing):
    """Whether something is permitted for a *purpose* on a *channel*, as `Subject.permissions` has it.

    Unknown where it has nothing, and from the instant on at which the permission was to change.
    """

    purpose: str = attrs.field(converter=_name)
    channel: str = attrs.field(default="any", converter=_name)

    @property
    def reads(self) -> Reads:
        """The permission."""
        return Reads(permissions=frozenset({(self.purpose, self.channel)}))

    def _view(self, subject: Subject) -> Permission | None:
        return subject.permissions.get((self.purpose, self.channel))

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return permitted_phrase(self.purpose, self.channel, as_language(language))

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        shown: dict[str, Json] = {"permitted": self.purpose}
        if self.channel != "any":
            shown["channel"] = self.channel
        return shown


@attrs.frozen
class MemberOf(_Standing):
    """Whether the person is in another segment, as `Subject.memberships` has it."""

    segment: str = attrs.field(converter=_name)

    @property
    def reads(self) -> Reads:
        """The segment."""
        return Reads(segments=frozenset({self.segment}))

    def _view(self, subject: Subject) -> Membership | Course | None:
        return subject.memberships.get(self.segment)

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return member_phrase(self.segment, as_language(language))

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        return {"member_of": self.segment}
