"""Everything that was ever said of one trait: what holds, what lost, what was replaced."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from unified_profile.model import Event, Fact, Json, Provenance, SourceRecord
from unified_profile.model.times import aware
from unified_profile.profiles.rules import ProfileRules
from unified_profile.profiles.statements import Said, Voice, provenance, said_in

_USUAL = ProfileRules()


def history(
    facts: Iterable[Fact],
    name: str,
    rules: ProfileRules = _USUAL,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> tuple[tuple[Json, Provenance], ...]:
    """Return everything ever said of the trait *name*, oldest first: the values that hold, lost or were replaced.

    >>> from datetime import UTC, datetime
    >>> def said(day, city):
    ...     return SourceRecord(
    ...         id=f"f{day}",
    ...         source="crm",
    ...         key="7",
    ...         attributes={"city": city},
    ...         occurred_at=datetime(2026, 1, day, tzinfo=UTC),
    ...     )
    >>> [value for value, _ in history([said(2, "Osaka"), said(1, "Kyoto")], "city")]
    ['Kyoto', 'Osaka']

    .. versionadded:: 0.1
    """
    until = None if as_of is None else aware(as_of, field="as_of")
    learned = None if known_at is None else aware(known_at, field="known_at")
    wanted = rules.name_of(name)
    found: dict[tuple[str, str], tuple[Voice, Said]] = {}
    for fact in facts:
        at = fact.occurred_at
        if (until is not None and at > until) or (learned is not None and (fact.recorded_at or at) > learned):
            continue
        if isinstance(fact, (SourceRecord, Event)):
            for voice, told in said_in(fact, rules):
                for trait, value in told:
                    if trait == wanted:
                        found.setdefault((fact.id, voice[0]), (voice, Said(at, value, fact)))
    ordered = sorted(found.values(), key=lambda one: (one[1].at, one[1].fact.id, one[0]))
    return tuple((said.value, provenance(said, voice, rules)) for voice, said in ordered)
