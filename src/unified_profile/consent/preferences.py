"""Preferences: how a person wants to be met (topic, channel, frequency, language, form of address), and since when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import attrs

from unified_profile.model import Event, EventType, Fact, Json, Provenance, SourceRecord
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.model.times import aware

FIELD = "preferences"
_DOTTED = FIELD + "."


@closed
@attrs.frozen
class Preference(Closed):
    """What holds for one key. *value* None: the person took the preference back. *history* is oldest first.

    .. versionadded:: 0.1
    """

    key: str
    value: Json = attrs.field(repr=hidden)
    provenance: Provenance
    history: tuple[tuple[Json, Provenance], ...] = attrs.field(default=(), repr=hidden)


def preferences(
    facts: Iterable[Fact],
    *,
    inferred: Iterable[str] = (),
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> dict[str, Preference]:
    """Return the preferences by key: what was told beats what was inferred, and of that the latest holds.

    They are read from ``preferences`` (an object) and ``preferences.<key>`` among the attributes of records and the
    traits of calls; among the properties of events they are inferred, as is all that the sources in *inferred* say.

    >>> from datetime import UTC, datetime
    >>> told = SourceRecord(
    ...     id="f1",
    ...     source="crm",
    ...     key="7",
    ...     occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...     attributes={"preferences": {"channel": "email"}, "preferences.language": "ja"},
    ... )
    >>> sorted((key, found.value) for key, found in preferences([told]).items())
    [('channel', 'email'), ('language', 'ja')]

    .. versionadded:: 0.1
    """
    until = None if as_of is None else aware(as_of, field="as_of")
    learned = None if known_at is None else aware(known_at, field="known_at")
    guesses = frozenset(inferred)
    told: dict[str, dict[tuple[str, str], tuple[Json, Provenance]]] = {}
    for fact in facts:
        at = fact.occurred_at
        if (until is not None and at > until) or (learned is not None and (fact.recorded_at or at) > learned):
            continue
        for key, value, basis in _stated(fact, guesses):
            source = Provenance(fact.id, fact.source, at, fact.recorded_at or at, basis)
            told.setdefault(key, {}).setdefault((fact.id, basis), (value, source))
    return {key: _preference(key, list(told[key].values())) for key in sorted(told)}


def _stated(fact: Fact, guesses: frozenset[str]) -> Iterator[tuple[str, Json, str]]:
    """Give key, value and basis of every preference in *fact*."""
    if isinstance(fact, SourceRecord):
        yield from _named(fact.attributes, "inferred" if fact.source in guesses else "observed")
    elif isinstance(fact, Event) and fact.type is not EventType.GROUP:
        own = "explicit" if fact.type is EventType.IDENTIFY else "observed"
        yield from _named(fact.traits, "inferred" if fact.source in guesses else own)
        yield from _named(fact.properties, "inferred")


def _named(told: Mapping[str, Json], basis: str) -> Iterator[tuple[str, Json, str]]:
    together = told.get(FIELD)
    if isinstance(together, dict):
        for key, value in together.items():
            if _DOTTED + key not in told:
                yield key, value, basis
    for name, value in told.items():
        if isinstance(name, str) and name.startswith(_DOTTED) and len(name) > len(_DOTTED):
            yield name.removeprefix(_DOTTED), value, basis


def _preference(key: str, statements: list[tuple[Json, Provenance]]) -> Preference:
    ordered = sorted(statements, key=lambda one: (one[1].occurred_at, one[1].source, one[1].fact_id))
    value, provenance = max(ordered, key=_weight)
    return Preference(key, value, provenance, tuple(ordered))


def _weight(statement: tuple[Json, Provenance]) -> tuple[bool, datetime, bool, str, str]:
    value, told = statement
    return (told.basis != "inferred", told.occurred_at, value is not None, told.source, told.fact_id)
