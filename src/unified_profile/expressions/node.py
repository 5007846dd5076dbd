"""The base of every node of a rule: what can be asked of it, whatever it is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import NoReturn

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.course import Step
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.shape import Language, Reads, Run, Scope
from unified_profile.expressions.subject import Course, Subject
from unified_profile.expressions.values import LAST_US
from unified_profile.model.times import aware, from_micros, to_micros
from unified_profile.model.values import Json


class Node:
    """What every node can be asked; a new kind of node gives `build`, `text`, `to_json` and maybe `steps`."""

    __slots__ = ("_compiled", "_said")
    _compiled: Run
    _said: str

    # --- asking ------------------------------------------------------------------------------------------------------

    def evaluate(self, subject: Subject, now: datetime) -> Kleene:
        """Return whether the rule is true of *subject* at *now*: True, False, or None when that cannot be known.

        >>> from datetime import UTC
        >>> from unified_profile.expressions import trait
        >>> now = datetime(2026, 1, 1, tzinfo=UTC)
        >>> (trait("plan") == "pro").evaluate(Subject({"plan": "pro"}), now)
        True
        >>> (trait("plan") == "pro").evaluate(Subject(), now) is None
        True

        Raises:
            InvalidInputError: If *now* has no time zone.
        """
        return self.compiled()(subject, _micros(now))

    def next_change(self, subject: Subject, now: datetime) -> datetime | None:
        """Return the instant at which the answer changes if nothing more happens, or None if it never does.

        From *now* up to that instant the answer stays what it is; at that instant it is another one.

        >>> from datetime import UTC
        >>> from unified_profile.expressions import trait
        >>> rule = trait("signed_up_at").within_last(days=7)
        >>> member = Subject({"signed_up_at": "2026-01-01T00:00:00Z"})
        >>> str(rule.next_change(member, datetime(2026, 1, 3, tzinfo=UTC)))
        '2026-01-08 00:00:00.000001+00:00'
        """
        self.compiled()
        if self.timeless:
            return None
        steps = self.steps(subject, _micros(now))
        next(steps)
        following = next(steps, None)
        return None if following is None or following[0] > LAST_US else from_micros(following[0])

    def course(self, subject: Subject, now: datetime) -> Course:
        """Return the answer at *now* and every later one that time alone brings."""
        self.compiled()
        start = _micros(now)
        return Course(tuple(step for step in self.steps(subject, start) if step[0] <= LAST_US))

    # --- showing -----------------------------------------------------------------------------------------------------

    def text(self, language: Language = "en") -> str:
        """Return the rule in words.

        >>> from unified_profile.expressions import trait
        >>> rule = ~(trait("plan") == "pro")
        >>> rule.text(), rule.text("ja")
        ('not (plan is "pro")', '「planが"pro"である」ではない')
        """
        raise NotImplementedError

    def said(self) -> str:
        """Return the English words, kept after the first time."""
        try:
            return self._said
        except AttributeError:
            self._keep("_said", self.text())
            return self._said

    def to_json(self) -> dict[str, Json]:
        """Return the rule as JSON data, which `from_json` reads back; what has its default value is left out.

        >>> from unified_profile.expressions import trait
        >>> (trait("plan") == "pro").to_json()
        {'trait': 'plan', 'op': 'eq', 'value': 'pro'}
        """
        raise NotImplementedError

    @property
    def fingerprint(self) -> str:
        """The rule's SHA-256: equal rules have equal fingerprints, in every process and version."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()

    def why(self, subject: Subject, now: int, /) -> str:
        """Return a code that says why the answer is what it is, without the person's values.

        ``"true"`` or ``"false"``, or what keeps it unknown: ``"denied"``, ``"missing"``, ``"null"``, ``"type"``,
        ``"no_event"``, ``"stale"``, ``"parts"``.
        """
        answer = self.compiled()(subject, now)
        return "parts" if answer is None else str(answer).lower()

    # --- shape -------------------------------------------------------------------------------------------------------

    @property
    def children(self) -> tuple[Node, ...]:
        """The rules that this one joins; a leaf has none."""
        return ()

    @property
    def depth(self) -> int:
        """How many levels there are, a leaf counting one."""
        return 1 + max((child.depth for child in self.children), default=0)

    @property
    def scope(self) -> Scope | None:
        """What it is asked about: a person, or an event (inside ``where``); None if it reads neither."""
        scopes = {child.scope for child in self.children} - {None}
        if len(scopes) > 1:
            raise InvalidRulesError(
                field="rule", reason="joins traits with properties of an event", hint="put prop(…) inside .where(…)"
            )
        return scopes.pop() if scopes else None

    @property
    def timeless(self) -> bool:
        """Whether time alone never changes the answer."""
        return all(child.timeless for child in self.children)

    @property
    def reads(self) -> Reads:
        """What the rule reads."""
        found = Reads()
        for child in self.children:
            found |= child.reads
        return found

    # --- for nodes ---------------------------------------------------------------------------------------------------

    def compiled(self) -> Run:
        """Return the rule as one function of subject and instant, made at the first call and kept.

        Raises:
            InvalidRulesError: If it reads properties of an event outside of ``where``.
        """
        try:
            return self._compiled
        except AttributeError:
            if self.scope == "event":
                raise InvalidRulesError(
                    field="rule", reason="reads a property of no event", hint="put it inside events(…).where(…)"
                ) from None
            self._keep("_compiled", self.build())
            return self._compiled

    def build(self) -> Run:
        """Make the function (for a new kind of node to give)."""
        raise NotImplementedError

    def steps(self, subject: Subject, now: int, /) -> Iterator[Step]:
        """Yield the answer at *now* and every later change (for a node that time changes to give)."""
        yield now, self.compiled()(subject, now)

    def _keep(self, name: str, value: object) -> None:
        """Remember what was made: frozen is what a rule means, not what was worked out from it."""
        object.__setattr__(self, name, value)

    def __bool__(self) -> NoReturn:
        """Refuse ``and``, ``or``, ``not`` and chained comparisons, which would silently drop a part of the rule."""
        raise InvalidRulesError(
            field="rule",
            reason="has no truth of its own",
            hint="join with &, | and ~ (in parentheses), ask with evaluate(subject, now)",
        )


def _micros(now: datetime) -> int:
    """Return an aware *now* in microseconds."""
    return to_micros(aware(now, field="now"))
