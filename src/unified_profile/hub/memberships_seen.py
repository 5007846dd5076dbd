"""What a rule says of a person as time goes by: windows empty, consents end, computed traits move on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import attrs

from unified_profile.expressions import Expression, Kleene, Subject
from unified_profile.expressions.subject import EVERYTHING
from unified_profile.expressions.values import LAST_US
from unified_profile.hub.reading import Moment, Person, permission_of
from unified_profile.hub.setup import Setup
from unified_profile.hub.subjects import seen_as
from unified_profile.model.facts import ConsentRecord
from unified_profile.model.times import from_micros, to_micros
from unified_profile.model.views import Permission
from unified_profile.profiles.fold import FoldState
from unified_profile.segments.segment import Use

_MOST_PIECES = 10_000
EVER = -(2**63)


@attrs.frozen
class Piece:
    """A person as a purpose may see them from a moment on, and until when that holds (None: for ever)."""

    subject: Subject
    since_us: int
    until_us: int | None

    @property
    def closed(self) -> bool:
        """Whether the purpose may see nothing at all."""
        return self.subject.denied_events is EVERYTHING


class Entries:
    """Since when a person is in a segment, at any moment: for windows that begin with an entry."""

    def __init__(self, told: Iterable[tuple[int, int | None]], ahead: Iterator[tuple[int, Kleene]]) -> None:
        """Begin with what is *told* (from when on, since when or None), and go on with the steps *ahead*."""
        self._told = list(told)
        self._ahead = ahead

    def at(self, at_us: int, /) -> tuple[int | None, int | None]:
        """Return since when they are in at *at_us* (None: they are not), and when that changes."""
        while self._told[-1][0] <= at_us:
            step = next(self._ahead, None)
            if step is None or step[0] > LAST_US:
                break
            moment, answer = step
            if (answer is True) is not (self._told[-1][1] is not None):
                self._told.append((moment, moment if answer is True else None))
        found = [one for one in self._told if one[0] <= at_us][-1:] or self._told[:1]
        later = next((moment for moment, _ in self._told if moment > at_us), None)
        return found[0][1], later


class Silence:
    """What those permit who never said anything: asked once for all of them, as long as the answer holds."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[Use, list[tuple[int, int | None, Permission]]] = {}

    def permission(self, person: Person, setup: Setup, at_us: int, use: Use, /) -> Permission:
        """Return what *person* permits at *at_us*."""
        if any(isinstance(fact, ConsentRecord) for fact in person.facts):
            return _permission(person, setup, at_us, use)
        held = self._known.setdefault(use, [])
        for since, until, found in held:
            if since <= at_us and (until is None or at_us < until):
                return found
        found = _permission(person, setup, at_us, use)
        if len(held) >= _MOST_SPANS:
            held.clear()
        held.append((at_us, None if found.changes_at is None else to_micros(found.changes_at), found))
        return found


def _permission(person: Person, setup: Setup, at_us: int, use: Use) -> Permission:
    asked = {"purpose": use.purpose, "channel": use.channel, "brand": use.brand}
    return permission_of(person, setup, Moment(from_micros(at_us)), **asked)


_MOST_SPANS = 100


class Onlooker:
    """Looks at one person at moments that are not all now; what it has seen of a purpose at a moment is kept."""

    __slots__ = ("_crowd", "_entries", "_fellows", "_person", "_pieces", "_setup", "_silence", "now_us")

    def __init__(
        self,
        person: Person,
        setup: Setup,
        now_us: int,
        /,
        *,
        silence: Silence,
        fellows: Sequence[Person] = (),
        crowd: int = 0,
    ) -> None:
        """Look at *person*, who was folded as of *now_us*.

        *fellows* are the people of their accounts, *crowd* is how many of them a rule can ask for.
        """
        self._crowd = crowd
        self._person, self._setup, self.now_us = person, setup, now_us
        self._silence = silence
        self._fellows = [Onlooker(one, setup, now_us, silence=silence) for one in fellows]
        self._entries: dict[str, Entries] = {}
        self._pieces: dict[Use, list[tuple[frozenset[tuple[str, str]], bool, Piece]]] = {}

    @property
    def first_us(self) -> int:
        """When the first thing happened that is known of them."""
        first = self._person.profile.first_at
        return self.now_us if first is None else to_micros(first)

    @property
    def proven(self) -> bool:
        """Whether no machine's guess holds them together."""
        return self._person.proven

    @property
    def moments(self) -> frozenset[int]:
        """When their facts happened."""
        return frozenset(to_micros(fact.occurred_at) for fact in self._person.facts)

    def entered(self, segment: str, entries: Entries, /) -> None:
        """Learn since when they are in *segment*."""
        self._entries[segment] = entries

    def piece(self, rule: Expression, use: Use, at_us: int, /) -> Piece:
        """Return the person as *use* may see them at *at_us*, with what *rule* asks for."""
        reads = rule.reads
        piece = self.seen(use, reads.permissions, at_us, traits=bool(reads.traits))
        if not reads.segments and not self._crowd:
            return piece
        turns = [] if piece.until_us is None else [piece.until_us]
        subject = piece.subject
        if not piece.closed:
            entered: dict[str, datetime] = {}
            for segment in reads.segments & self._entries.keys():
                since, later = self._entries[segment].at(at_us)
                entered |= {} if since is None else {segment: from_micros(since)}
                turns += [] if later is None else [later]
            fellows = [one.piece(rule, use, at_us) for one in self._fellows]
            turns += [one.until_us for one in fellows if one.until_us is not None]
            open_ = tuple(one.subject for one in fellows if not one.closed)
            subject = attrs.evolve(subject, entered=entered, members=open_)
        elif self._crowd:  # of an account that may not be seen, nothing is known of anybody
            subject = attrs.evolve(subject, members=(piece.subject,) * self._crowd)
        return Piece(subject, at_us, min(turns, default=None))

    def seen(self, use: Use, permissions: frozenset[tuple[str, str]], at_us: int, /, *, traits: bool) -> Piece:
        """Return the person as *use* may see them at *at_us*; whether *traits* as of then are wanted."""
        held = self._pieces.setdefault(use, [])
        for asked, with_traits, piece in held:
            fits = permissions <= asked and with_traits >= traits
            if fits and piece.since_us <= at_us and (piece.until_us is None or at_us < piece.until_us):
                return piece
        piece = self._looked(use, permissions, at_us, traits=traits)
        held.append((permissions, traits, piece))
        return piece

    def steps(self, rule: Expression, use: Use, start_us: int, /) -> Iterator[tuple[int, Kleene]]:
        """Yield the answer at *start_us* and every later one that time alone brings."""
        rule.compiled()
        at, last, begun = start_us, None, False
        for _ in range(_MOST_PIECES):
            piece = self.piece(rule, use, at)
            for moment, answer in rule.steps(piece.subject, at):
                if moment > LAST_US or (piece.until_us is not None and moment >= piece.until_us):
                    break
                if not begun or answer is not last:
                    yield moment, answer
                    last, begun = answer, True
            if piece.until_us is None:
                return
            at = piece.until_us

    def _looked(self, use: Use, permissions: frozenset[tuple[str, str]], at_us: int, *, traits: bool) -> Piece:
        setup, at = self._setup, from_micros(at_us)
        if use.purpose not in setup.purposes:  # what nobody declared, nobody permitted
            return Piece(Subject(denied=EVERYTHING, denied_events=EVERYTHING, purpose=use.purpose), EVER, None)
        person = self._person if at_us == self.now_us or not traits else self._then(at)
        wanted = {(use.purpose, use.channel), *(pair for pair in permissions if pair[0] in setup.purposes)}
        decided = {
            (purpose, channel): self._silence.permission(person, setup, at_us, Use(purpose, channel, use.brand))
            for purpose, channel in wanted
        }
        subject = seen_as(person, setup, Moment(at), decided, purpose=use.purpose, channel=use.channel)
        turns = [one.changes_at for one in decided.values() if one.changes_at is not None]
        turns += [person.changes_at] if traits and person.changes_at is not None else []
        return Piece(subject, at_us, min((to_micros(turn) for turn in turns if turn > at), default=None))

    def _then(self, at: datetime) -> Person:
        """Fold the person as of another moment."""
        rules = self._setup.profile_rules
        state = FoldState(rules)
        state.update(self._person.facts)
        known = self._person.profile
        profile = state.result(profile_id=known.id, identifiers=known.identifiers, now=at)
        turns = rules.needs_now or (profile.last_at is not None and profile.last_at > at)
        return attrs.evolve(self._person, profile=profile, changes_at=state.next_change_at(at) if turns else None)


def flips(
    steps: Iterable[tuple[int, Kleene]], /, *, member: bool, begin: int, last_us: int, now_us: int
) -> list[tuple[int, bool]]:
    """Return when membership changed, up to now: each change since *last_us*, and what changed before it as one.

    What somebody learns late about the time before *last_us* was never told otherwise, so the story of that time is
    not told again: only what it came to, with the time since when.
    """
    found: list[tuple[int, bool]] = []
    edge, then = begin, None
    for n_steps, (at, answer) in enumerate(steps):
        if at > now_us:
            break
        if n_steps >= _MOST_STEPS:
            return []
        inside = answer is True
        if at <= last_us:
            if then is not inside:
                edge, then = at, inside
            continue
        found.append((at, inside))
    changes = [] if then is None or then is member else [(edge, then)]
    state = member if not changes else changes[0][1]
    for at, inside in found:
        if inside is not state:
            changes.append((at, inside))
            state = inside
    return changes


_MOST_STEPS = 1_000
