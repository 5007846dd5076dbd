"""What a rule says of a person as time goes by: windows empty, consents end, computed traits move on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from unified_profile.expressions import Expression, Kleene, Subject
from unified_profile.expressions.subject import EVERYTHING
from unified_profile.expressions.values import LAST_US
from unified_profile.hub.reading import Moment, Person, permission_of
from unified_profile.hub.setup import Setup
from unified_profile.hub.subjects import subject_of
from unified_profile.model.times import from_micros, to_micros
from unified_profile.profiles.fold import FoldState

CHANNEL = "any"
"""A segment asks whether its purpose may be used at all; by which channel is asked when its members are addressed."""


_MOST_PIECES = 10_000


@attrs.frozen
class Piece:
    """A person as a purpose may see them from a moment on, and until when that holds (None: for ever)."""

    subject: Subject
    until_us: int | None


class Onlooker:
    """Looks at one person at moments that are not all now; what it has seen of a purpose at a moment is kept."""

    __slots__ = ("_person", "_pieces", "_setup", "now_us")

    def __init__(self, person: Person, setup: Setup, now_us: int, /) -> None:
        """Look at *person*, who was folded as of *now_us*."""
        self._person, self._setup, self.now_us = person, setup, now_us
        self._pieces: dict[tuple[str, frozenset[tuple[str, str]], int], Piece] = {}

    @property
    def first_us(self) -> int:
        """When the first thing happened that is known of them."""
        first = self._person.profile.first_at
        return self.now_us if first is None else to_micros(first)

    def piece(self, purpose: str, permissions: frozenset[tuple[str, str]], at_us: int, /) -> Piece:
        """Return the person as *purpose* may see them at *at_us*, with the *permissions* that a rule asks for."""
        key = (purpose, permissions, at_us)
        found = self._pieces.get(key)
        if found is None:
            found = self._pieces[key] = self._looked(purpose, permissions, at_us)
        return found

    def steps(self, rule: Expression, purpose: str, start_us: int, /) -> Iterator[tuple[int, Kleene]]:
        """Yield the answer at *start_us* and every later one that time alone brings."""
        rule.compiled()
        asked, at, last, begun = rule.reads.permissions, start_us, None, False
        for _ in range(_MOST_PIECES):
            piece = self.piece(purpose, asked, at)
            for moment, answer in rule.steps(piece.subject, at):
                if moment > LAST_US or (piece.until_us is not None and moment >= piece.until_us):
                    break
                if not begun or answer is not last:
                    yield moment, answer
                    last, begun = answer, True
            if piece.until_us is None:
                return
            at = piece.until_us

    def _looked(self, purpose: str, permissions: frozenset[tuple[str, str]], at_us: int) -> Piece:
        setup, at = self._setup, from_micros(at_us)
        if purpose not in setup.purposes:  # what nobody declared, nobody permitted
            return Piece(Subject(denied=EVERYTHING, denied_events=EVERYTHING, purpose=purpose), None)
        person = self._person if at_us == self.now_us else self._then(at)
        when = Moment(at)
        subject = subject_of(person, setup, when, purpose=purpose, channel=CHANNEL, brand="")
        decided = dict(subject.permissions)
        for pair in permissions - decided.keys():
            if pair[0] in setup.purposes:
                decided[pair] = permission_of(person, setup, when, purpose=pair[0], channel=pair[1])
        if len(decided) > len(subject.permissions):
            subject = attrs.evolve(subject, permissions=decided)
        turns = [one.changes_at for one in decided.values() if one.changes_at is not None]
        turns += [person.changes_at] if person.changes_at is not None else []
        return Piece(subject, min((to_micros(turn) for turn in turns if turn > at), default=None))

    def _then(self, at: datetime) -> Person:
        """Fold the person as of another moment."""
        rules = self._setup.profile_rules
        state = FoldState(rules)
        state.update(self._person.facts)
        known = self._person.profile
        profile = state.result(profile_id=known.id, identifiers=known.identifiers, now=at)
        turns = rules.needs_now or (profile.last_at is not None and profile.last_at > at)
        return attrs.evolve(self._person, profile=profile, changes_at=state.next_change_at(at) if turns else None)
