"""What was told, by whom, about which trait: of every voice the statement that counts, whatever the order of arrival.

A *voice* is a source record, or what one source says of one identifier in its calls. A newer statement of a voice
replaces its older one; only different voices are rivals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, TypeAlias

from unified_profile.errors import InvalidFactError
from unified_profile.model import Event, EventType, Fact, Json, Provenance, SourceRecord, Trait
from unified_profile.profiles.canonical import canonical
from unified_profile.profiles.computed import reach
from unified_profile.profiles.rectified import RECTIFIED, SOURCE, corrects, standing
from unified_profile.profiles.rules import ProfileRules
from unified_profile.profiles.survivorship import INFERRED, Candidate, choose

Voice: TypeAlias = "tuple[str, str, str]"
_PROPERTY = "property"
_SEEN = frozenset({EventType.TRACK, EventType.PAGE, EventType.SCREEN})


class Said(NamedTuple):
    """One statement on one trait."""

    at: datetime
    value: Json
    fact: SourceRecord | Event

    def __repr__(self) -> str:
        """Show nothing personal."""
        return "Said(•••)"


def said_in(fact: Fact, rules: ProfileRules) -> list[tuple[Voice, Iterable[tuple[str, Json]]]]:
    """Return what *fact* says of the person, by voice. Traits of a group call are the group's, so not among it."""
    if isinstance(fact, SourceRecord):
        return [(("record", fact.source, fact.key), rules.named(fact.attributes))] if fact.attributes else []
    found: list[tuple[Voice, Iterable[tuple[str, Json]]]] = []
    if isinstance(fact, Event):
        if fact.traits and fact.type is not EventType.GROUP:
            # No correction replaces another one: which is the newest is seen when a trait is chosen.
            voice = (RECTIFIED, SOURCE, fact.id) if corrects(fact) else ("event", fact.source, _speaker(fact))
            found.append((voice, rules.named(fact.traits)))
        if rules.properties and fact.type in _SEEN:
            found.append(((_PROPERTY, fact.source, _speaker(fact)), _from_properties(fact, rules)))
    return found


def _from_properties(event: Event, rules: ProfileRules) -> Iterator[tuple[str, Json]]:
    """Give the traits that the rules take from properties, each once."""
    given: set[str] = set()
    for path, name in rules.properties.items():
        found = reach(event.properties, path)
        if found and name not in given:
            given.add(name)
            yield name, found[0] if len(found) == 1 else found


def _speaker(event: Event) -> str:
    """Return whom a call speaks of: its first identifier, which is the strongest the door knows."""
    return event.identifiers[0].node if event.identifiers else ""


def provenance(said: Said, voice: Voice, rules: ProfileRules) -> Provenance:
    """Return where a statement comes from. What nobody has recorded yet counts as learned when it happened."""
    fact = said.fact
    if voice[0] == _PROPERTY or fact.source in rules.inferred:
        basis = INFERRED
    else:
        basis = "explicit" if isinstance(fact, Event) and fact.type is EventType.IDENTIFY else "observed"
    return Provenance(fact.id, fact.source, fact.occurred_at, fact.recorded_at or fact.occurred_at, basis)


def _weight(said: Said) -> tuple[bool, str, str]:
    """Return what decides between two statements that one voice made at the same instant."""
    return said.value is not None, canonical(said.value), said.fact.id


def newer(said: Said, held: Said) -> bool:
    """Say whether *said* replaces *held* of the same voice: by time, then value before null, then value, then id."""
    return said.at > held.at or (said.at == held.at and said.fact.id != held.fact.id and _weight(said) > _weight(held))


def _earlier(said: Said, held: Said) -> bool:
    """Say whether *said* is the earlier one, where a null is no value at all."""
    if (said.value is None) is not (held.value is None):
        return held.value is None
    return said.at < held.at or (said.at == held.at and said.fact.id != held.fact.id and _weight(said) > _weight(held))


class Statements:
    """The statement that counts per trait and voice. Adding is commutative, associative and idempotent."""

    __slots__ = ("_earliest", "_rules", "_traits")

    def __init__(self, rules: ProfileRules) -> None:
        self._rules = rules
        self._traits: dict[str, dict[Voice, Said]] = {}
        self._earliest: set[str] = set()

    def __repr__(self) -> str:
        """Show the number of traits only."""
        return f"Statements({len(self._traits)} traits)"

    def hear(self, voice: Voice, told: Iterable[tuple[str, Json]], fact: SourceRecord | Event, /) -> None:
        """Take what *voice* says in *fact*."""
        at, traits, earliest = fact.occurred_at, self._traits, self._earliest
        for name, value in told:
            held = traits[name].get(voice) if name in traits else None
            if held is None or name in earliest or at == held.at:
                self._keep(name, voice, Said(at, value, fact))
            elif at > held.at:  # the usual case, without the calls
                traits[name][voice] = Said(at, value, fact)

    def merge(self, other: Statements, /) -> None:
        """Take everything that *other* has heard."""
        for name, voices in other._traits.items():
            for voice, said in voices.items():
                self._keep(name, voice, said)

    def _keep(self, name: str, voice: Voice, said: Said) -> None:
        voices = self._traits.get(name)
        if voices is None:
            if not isinstance(name, str):
                raise InvalidFactError(field="attributes", reason="a name is not text", hint="name traits with strings")
            self._traits[name] = {voice: said}
            if self._rules.rule(name).name == "first":
                self._earliest.add(name)
            return
        held = voices.get(voice)
        if held is None or (_earlier if name in self._earliest else newer)(said, held):
            voices[voice] = said

    def traits(self) -> dict[str, Trait]:
        """Return the surviving traits, sorted by name."""
        rules, found = self._rules, {}
        for name in sorted(self._traits):
            voices = self._traits[name]
            candidates = [Candidate(said.value, provenance(said, voice, rules)) for voice, said in voices.items()]
            corrections = [said.fact for voice, said in voices.items() if voice[0] == RECTIFIED]
            if corrections:
                found[name] = standing(name, candidates, corrections, rules)
            else:
                found[name] = choose(name, candidates, rules.rule(name), rules.trust)
        return found
