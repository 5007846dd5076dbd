"""What the hub does when it is asked who is who, why, and what would be if the rules were others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.hub import explaining, feed, rebuilding, simulating
from unified_profile.hub.arguments import called, number, pair
from unified_profile.hub.courses import Course, reading as reads, writing as writes
from unified_profile.hub.driver import Plan, run
from unified_profile.hub.everybody import Partition, partitioned
from unified_profile.hub.past import retold
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
from unified_profile.model.times import aware
from unified_profile.model.values import Identifier


def explain_identity(
    setup: Setup, who: Who, /, *, between: tuple[Identifier, Identifier] | None, known_at: datetime | None
) -> Course[list[Step]]:
    """See ``Hub.explain_identity``."""
    pair(between)
    if known_at is None:
        return (yield from reads(lambda: explaining.explained(who, setup, between)))
    limit = aware(known_at, field="known_at")
    return (yield from reads(lambda: _explained_then(setup, who, between, limit)))


def _explained_then(
    setup: Setup, who: Who, between: tuple[Identifier, Identifier] | None, known_at: datetime
) -> Plan[list[Step]]:
    then = yield from retold(who, setup, known_at)
    rules = attrs.evolve(setup, rules=then.rules, resolver=None)
    return run(then.store, setup.tenant, lambda: explaining.explained(then.meant, rules, between))


def changes(*, after: int, limit: int) -> Course[list[ProfileMerged | ProfileSplit]]:
    """See ``Hub.changes``."""
    after, limit = number(after, "after"), number(limit, "limit", least=1)
    return (yield from reads(lambda: feed.changes(after, limit)))


def accesses(*, after: int, limit: int) -> Course[list[Access]]:
    """See ``Hub.accesses``."""
    after, limit = number(after, "after"), number(limit, "limit", least=1)
    return (yield from reads(lambda: feed.accesses(after, limit)))


def review(*, limit: int) -> Course[list[ReviewItem]]:
    """See ``Hub.review``."""
    limit = number(limit, "limit", least=1)
    return (yield from reads(lambda: explaining.review(limit)))


def conflicts(*, limit: int) -> Course[list[IdentityConflict]]:
    """See ``Hub.conflicts``."""
    limit = number(limit, "limit", least=1)
    return (yield from reads(lambda: explaining.conflicts(limit)))


def simulate(setup: Setup, rules: IdentityRules, /) -> Course[RuleChange]:
    """See ``Hub.simulate``."""
    if not isinstance(rules, IdentityRules):
        raise InvalidRulesError(field="rules", reason="not IdentityRules", hint="see IdentityRules")

    def plan() -> Plan[tuple[Partition, simulating.Simulation]]:
        # One plan, so one session, which sees one moment: what is compared was read of the same facts.
        simulation = simulating.Simulation(rules, setup.tenant)
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
