"""Values that a person had corrected: they stand against what was told before, and against its being told again.

A correction is an ``identify`` call of the source ``"rectification"``, whose context says which values it replaces. It
outlives the nightly import that still brings the old value. A value that nobody had told before is news, and follows
the usual rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from unified_profile.model import Event, Json, Profile, SourceRecord, Trait
from unified_profile.profiles.canonical import canonical
from unified_profile.profiles.rules import ProfileRules
from unified_profile.profiles.survivorship import Candidate, choose

RECTIFIED = "rectified"
"""The name in a call's context under which stands what it corrects: for each trait, the values that were wrong."""

SOURCE = "rectification"
"""The source of corrections; what others say in such words corrects nothing."""


def corrects(event: Event, /) -> bool:
    """Say whether *event* is a correction."""
    return event.source == SOURCE and RECTIFIED in event.context


def corrected_by(told: Mapping[str, Json], profile: Profile, rules: ProfileRules, /) -> dict[str, Json]:
    """Return what *told* corrects: for each trait, all that *profile* was told of it and that is not so."""
    found: dict[str, Json] = {}
    for name, value in told.items():
        trait = profile.traits.get(rules.name_of(name))
        held = [] if trait is None else [trait.value, *(lost for lost, _ in trait.losers)]
        found[name] = [one for at, one in enumerate(held) if one != value and one not in held[:at]]
    return found


def standing(
    name: str, candidates: Sequence[Candidate], corrections: Sequence[SourceRecord | Event], rules: ProfileRules, /
) -> Trait:
    """Return the trait that *candidates* make where *corrections* are among them.

    The newest correction counts (of two at one instant, by the fact's id), and takes out whatever was told before it,
    and whatever tells again what it corrected. Of the rest the usual rule chooses.
    """
    newest = max(corrections, key=lambda fact: (fact.occurred_at, fact.id))
    wrong = _wrong(newest, name, rules)
    left: list[Candidate] = []
    gone: list[Candidate] = []
    for one in candidates:
        told = one.provenance
        stands = told.fact_id == newest.id or (
            told.occurred_at > newest.occurred_at and canonical(one.value) not in wrong
        )
        (left if stands else gone).append(one)
    found = choose(name, left, rules.rule(name), rules.trust)
    gone.sort(key=lambda one: (one.provenance.occurred_at, one.provenance.source, one.provenance.fact_id))
    return attrs.evolve(found, losers=(*found.losers, *((one.value, one.provenance) for one in reversed(gone))))


def _wrong(fact: SourceRecord | Event, name: str, rules: ProfileRules) -> frozenset[str]:
    """Return the values of trait *name* that *fact* corrects, as canonical text."""
    said = fact.context.get(RECTIFIED) if isinstance(fact, Event) else None
    found: list[Json] = []
    if isinstance(said, Mapping):
        for given, values in said.items():
            if rules.name_of(str(given)) == name and isinstance(values, list):
                found += values
    return frozenset(canonical(one) for one in found)
