"""The side of the hub that says who is who, why, and what would be if the rules were others."""

from __future__ import annotations

from collections.abc import Callable

from unified_profile.errors import InvalidRulesError
from unified_profile.hub import explaining, feed, rebuilding, simulating
from unified_profile.hub.arguments import called, number, pair
from unified_profile.hub.everybody import partition
from unified_profile.hub.reports import (
    Access,
    IdentityConflict,
    ProfileMerged,
    ProfileSplit,
    ReviewItem,
    RuleChange,
    Step,
)
from unified_profile.hub.runner import Runner, traced
from unified_profile.hub.whose import Who
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.values import Identifier


class WhoIsWho(Runner):
    """Explains identities, publishes their changes, tries and adopts rules."""

    @traced
    def explain_identity(self, who: Who, /, *, between: tuple[Identifier, Identifier] | None = None) -> list[Step]:
        """Return the facts that hold *who* together, or the shortest path of facts *between* two identifiers."""
        pair(between)
        return self._read(lambda: explaining.explained(who, self.setup, between))

    @traced
    def changes(self, *, after: int = 0, limit: int = 1_000) -> list[ProfileMerged | ProfileSplit]:
        """Return merges and splits after position *after*, in the order in which they became so."""
        after, limit = number(after, "after"), number(limit, "limit", least=1)
        return self._read(lambda: feed.changes(after, limit))

    @traced
    def accesses(self, *, after: int = 0, limit: int = 1_000) -> list[Access]:
        """Return who was read whole, when and why, after position *after*."""
        after, limit = number(after, "after"), number(limit, "limit", least=1)
        return self._read(lambda: feed.accesses(after, limit))

    @traced
    def review(self, *, limit: int = 100) -> list[ReviewItem]:
        """Return what a clerk should judge, weightiest first."""
        number(limit, "limit", least=1)
        return self._read(lambda: explaining.review(limit))

    @traced
    def conflicts(self, *, limit: int = 1_000) -> list[IdentityConflict]:
        """Return the identifiers that facts say of one person and that lie with another, or with nobody.

        A limit or a judgement keeps them apart: two customer numbers in one fact, a shared tablet that moved on.
        """
        number(limit, "limit", least=1)
        return self._read(lambda: explaining.conflicts(limit))

    @traced
    def simulate(self, rules: IdentityRules, /) -> RuleChange:
        """Return what *rules* would merge, split and grow, without changing anything.

        Everybody's facts are told again in memory: meant for thousands to some millions of facts.
        """
        if not isinstance(rules, IdentityRules):
            raise InvalidRulesError(field="rules", reason="not IdentityRules", hint="see IdentityRules")
        simulation = simulating.Simulation(rules, self.setup.tenant)
        self._read(lambda: simulating.log(simulation))
        with self.store.session(self.setup.tenant) as session:
            now = partition(session, self.setup.rules)
        return simulating.difference(now, simulation.partition())

    def rebuild(
        self, rules: IdentityRules | None = None, /, *, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Compute who is who anew from all facts, under *rules* if given (they are adopted, and that is a fact).

        Goes on where an interrupted rebuild stopped. Ids that callers know stay with the people they stood for.
        Until it is done nobody is told who is who: reads and ingestion raise ``RulesChangedError``.
        *progress* gets the position in the log and its end.

        Raises:
            UnknownNameError: If facts speak of a namespace that *rules* do not declare (``mode="off"`` keeps it as
                an attribute); nothing was changed.
        """
        if rules is not None and not isinstance(rules, IdentityRules):
            raise InvalidRulesError(field="rules", reason="not IdentityRules", hint="see IdentityRules")
        called(progress, "progress")
        setup = rebuilding.adopt(self.setup, rules)
        while step := self._run(lambda: rebuilding.step(setup)):
            if progress is not None:
                progress(step.position, step.end)
        self.setup = setup
