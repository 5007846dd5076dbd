"""What the hub does when it is asked who is who, why, and what would be if the rules were others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.hub import explaining, feed, rebuilding, simulating
from unified_profile.hub.arguments import called, number, pair
from unified_profile.hub.courses import Course, reading as reads, writing as writes
from unified_profile.hub.driver import Plan, run
from unified_profile.hub.erasing_gate import told_apart
from unified_profile.hub.everybody import Partition, partitioned
from unified_profile.hub.past import retold
from unified_profile.hub.reading import resolved
from unified_profile.hub.recording import Why, recorded, why
from unified_profile.hub.reports import (
    Access,
    IdentityConflict,
    ProfileMerged,
    ProfileSplit,
    ReviewItem,
    RuleChange,
    Step,
)
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.resolver import Resolver
from unified_profile.model.soundness import fits
from unified_profile.model.times import aware
from unified_profile.model.values import Identifier


def explain_identity(
    setup: Setup, who: Who, /, *, reason: str, by: str, between: tuple[Identifier, Identifier] | None,
    known_at: datetime | None,
) -> Course[list[Step]]:  # fmt: skip
    """See ``Hub.explain_identity``."""
    because = why("explain_identity", reason, by)
    pair(between)
    if known_at is None:
        profile, steps = yield from reads(lambda: told_apart(explaining.explained(who, setup, between), [who], setup))
    else:
        limit = aware(known_at, field="known_at")
        profile, steps = yield from reads(lambda: _explained_then(setup, who, between, limit))
    yield from _kept(setup, because, [profile])
    return steps


def _explained_then(
    setup: Setup, who: Who, between: tuple[Identifier, Identifier] | None, known_at: datetime
) -> Plan[tuple[str, list[Step]]]:
    profile = yield from resolved(who, setup, known_at)
    then = yield from retold(who, setup, known_at)
    rules = attrs.evolve(setup, rules=then.rules, resolver=None)
    _, steps = run(then.store, setup.tenant, lambda: explaining.explained(then.meant, rules, between))
    return profile, steps


def _kept(setup: Setup, because: Why, profiles: Iterable[str], /) -> Course[None]:
    """Record of whom identifiers are about to be shown: what was read waits until that is kept."""
    yield from writes(lambda: recorded(profiles, because, setup, read_before=True))


def changes(*, after: int, limit: int) -> Course[list[ProfileMerged | ProfileSplit]]:
    """See ``Hub.changes``."""
    after, limit = number(after, "after"), number(limit, "limit", least=1)
    return (yield from reads(lambda: feed.changes(after, limit)))


def accesses(setup: Setup, /, *, about: Who | None, after: int, limit: int) -> Course[list[Access]]:
    """See ``Hub.accesses``."""
    after, limit = number(after, "after"), number(limit, "limit", least=1)
    if about is None:
        return (yield from reads(lambda: feed.accesses(after, limit)))
    return (yield from reads(lambda: told_apart(feed.accesses_of(about, after, limit, setup), [about], setup)))


def review(setup: Setup, /, *, reason: str, by: str, limit: int) -> Course[list[ReviewItem]]:
    """See ``Hub.review``."""
    because, limit = why("review", reason, by), number(limit, "limit", least=1)
    items = yield from reads(lambda: explaining.review(limit))
    yield from _kept(setup, because, [end for item in items for end in (item.left, item.right)])
    return items


def conflicts(setup: Setup, /, *, reason: str, by: str, limit: int) -> Course[list[IdentityConflict]]:
    """See ``Hub.conflicts``."""
    because, limit = why("conflicts", reason, by), number(limit, "limit", least=1)
    found = yield from reads(lambda: explaining.conflicts(limit))
    yield from _kept(setup, because, [end for one in found for end in (one.profile, one.held_by or "")])
    return found


def simulate(setup: Setup, rules: IdentityRules | Resolver, /) -> Course[RuleChange]:
    """See ``Hub.simulate``."""
    resolving: Setup | None = None
    if not isinstance(rules, IdentityRules):
        if not fits(rules, Resolver):
            raise InvalidRulesError(field="rules", reason="neither IdentityRules nor a Resolver", hint="see both")
        resolving, rules = attrs.evolve(setup, resolver=rules), setup.rules

    def plan() -> Plan[tuple[Partition, simulating.Simulation]]:
        # One plan, so one session, which sees one moment: what is compared was read of the same facts.
        simulation = simulating.Simulation(rules, setup.tenant, resolving)
        yield from simulating.log(simulation)
        return (yield from partitioned(setup.rules)), simulation

    now, simulation = yield from reads(plan)
    return simulating.difference(now, simulation.partition())


def rebuild(
    setup: Setup, rules: IdentityRules | None, /, *, progress: Callable[[int, int], None] | None
) -> Course[Setup]:
    """See ``Hub.rebuild``; returns the setup under the rules."""
    if rules is not None and not isinstance(rules, IdentityRules):
        raise InvalidRulesError(field="rules", reason="not IdentityRules", hint="see IdentityRules")
    called(progress, "progress")
    adopted = rebuilding.adopt(setup, rules)
    while step := (yield from writes(lambda: rebuilding.step(adopted))):
        if progress is not None:
            progress(step.position, step.end)
    return adopted
