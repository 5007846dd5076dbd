"""Of somebody whom a machine's guess holds together, the part that is shown: only those whose own yes it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from unified_profile.hub.setup import Setup
from unified_profile.identity.bundles import placed, spoken_of
from unified_profile.model.facts import Fact
from unified_profile.model.views import Permission, Profile
from unified_profile.profiles.fold import FoldState


def granting(permission: Permission, /) -> frozenset[str]:
    """Return the statements to whose addresses a yes is limited; none if it is good for the whole person."""
    return frozenset(one.value for one in permission.obligations if one.kind == "only_address_of")


def part_of(facts: Iterable[Fact], profile: Profile, said: frozenset[str], setup: Setup, /) -> tuple[Fact, ...]:
    """Return those of *facts* that identifiers tie to one of the statements *said*: what is surely of who said it."""
    held = list(facts)
    mine = {one.node for one in profile.identifiers}
    nodes = [_nodes(fact, setup) & mine for fact in held]
    reached = {node for fact, own in zip(held, nodes, strict=True) if fact.id in said for node in own}
    while more := {node for own in nodes if own & reached for node in own} - reached:
        reached |= more
    return tuple(fact for fact, own in zip(held, nodes, strict=True) if own & reached or fact.id in said)


def _nodes(fact: Fact, setup: Setup) -> set[str]:
    homes = (placed(one, setup.rules) for one in spoken_of(fact))
    return {home[1] for home in homes if home is not None}


def profile_of(
    facts: Iterable[Fact], profile: Profile, setup: Setup, /, *, now: datetime, as_of: datetime | None,
    known_at: datetime | None,
) -> Profile:  # fmt: skip
    """Return what *facts*, a part of those that *profile* was made of, make of it."""
    part = tuple(facts)
    state = FoldState(setup.profile_rules, as_of=as_of, known_at=known_at)
    state.update(part)
    own = {node for fact in part for node in _nodes(fact, setup)}
    identifiers = [one for one in profile.identifiers if one.node in own]
    return state.result(profile_id=profile.id, identifiers=identifiers, now=now)
