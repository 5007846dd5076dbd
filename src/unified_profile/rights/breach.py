"""The scope of a breach: whose data was in the store at a moment, and of which categories (GDPR 33(3)(a), 34)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from unified_profile.model import Event, Fact, Json, SourceRecord
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.rights.retention import RetentionSchedule


@attrs.frozen
class Affected:
    """One person whose data was there: by how many facts, of which categories and fields. No values.

    .. versionadded:: 0.1
    """

    profile: str
    n_facts: int
    categories: tuple[str, ...]
    fields: tuple[str, ...]


@closed
@attrs.frozen
class BreachScope(Closed):
    """Whose data was in the store, as known at *known_at*. Ids, names and counts; no values.

    .. versionadded:: 0.1
    """

    known_at: datetime
    people: tuple[Affected, ...] = attrs.field(repr=hidden)

    @property
    def n_people(self) -> int:
        """How many people."""
        return len(self.people)

    @property
    def n_facts(self) -> int:
        """How many facts about them."""
        return sum(one.n_facts for one in self.people)

    def by_category(self) -> dict[str, int]:
        """Return of how many people there was data of each category."""
        return dict(sorted(Counter(name for one in self.people for name in one.categories).items()))

    def by_field(self) -> dict[str, int]:
        """Return of how many people there was each field."""
        return dict(sorted(Counter(name for one in self.people for name in one.fields).items()))

    def to_json(self) -> dict[str, Json]:
        """Return the scope as JSON, ready for the report to an authority."""
        categories: dict[str, Json] = dict(self.by_category())
        fields: dict[str, Json] = dict(self.by_field())
        return {
            "known_at": self.known_at.isoformat(),
            "people": self.n_people,
            "facts": self.n_facts,
            "categories": categories,
            "fields": fields,
            "profiles": [one.profile for one in self.people],
        }


def affected(
    profile: str, facts: Iterable[Fact], /, *, schedule: RetentionSchedule | None, sources: Iterable[str] | None
) -> Affected | None:
    """Return how *profile* is affected if its *facts* (of *sources*, or all) got out; None if none are concerned."""
    wanted = None if sources is None else set(sources)
    concerned = [one for one in facts if wanted is None or one.source in wanted]
    if not concerned:
        return None
    categories: set[str] = set()
    fields: set[str] = set()
    for fact in concerned:
        named = _fields(fact)
        fields |= named
        categories |= set(schedule.categories(fact)) if schedule is not None else {_kind(fact)}
    return Affected(profile, len(concerned), tuple(sorted(categories)), tuple(sorted(fields)))


def _fields(fact: Fact) -> set[str]:
    found: Mapping[str, Json] = {}
    if isinstance(fact, SourceRecord):
        found = fact.attributes
    elif isinstance(fact, Event):
        found = {**fact.properties, **fact.traits}
    return {*found, *(one.namespace for one in getattr(fact, "identifiers", ()))}


def _kind(fact: Fact) -> str:
    return "attributes" if isinstance(fact, SourceRecord) else "events" if isinstance(fact, Event) else "consents"
