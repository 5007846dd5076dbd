"""The side of the hub that says who is who, why, and what would be if the rules were others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from unified_profile.hub import knowing
from unified_profile.hub.following import Follower
from unified_profile.hub.reports import (
    Access,
    IdentityConflict,
    ProfileMerged,
    ProfileSplit,
    ReviewItem,
    RuleChange,
    Step,
)
from unified_profile.hub.runner import traced
from unified_profile.hub.whose import Who
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.values import Identifier


class WhoIsWho(Follower):
    """Explains identities, publishes their changes, tries and adopts rules."""

    @traced
    def explain_identity(
        self, who: Who, /, *, between: tuple[Identifier, Identifier] | None = None, known_at: datetime | None = None
    ) -> list[Step]:
        """Return the facts that hold *who* together, or the shortest path of facts *between* two identifiers.

        With *known_at* it is the facts that held them together by what was known then.
        """
        return self._do(knowing.explain_identity(self.setup, who, between=between, known_at=known_at))

    @traced
    def changes(self, *, after: int = 0, limit: int = 1_000) -> list[ProfileMerged | ProfileSplit]:
        """Return merges and splits after position *after*, in the order in which they became so."""
        return self._do(knowing.changes(after=after, limit=limit))

    @traced
    def accesses(self, *, after: int = 0, limit: int = 1_000) -> list[Access]:
        """Return who was read whole, when and why, after position *after*."""
        return self._do(knowing.accesses(after=after, limit=limit))

    @traced
    def review(self, *, limit: int = 100) -> list[ReviewItem]:
        """Return what a clerk should judge, weightiest first: a queue of now, which has no past."""
        return self._do(knowing.review(limit=limit))

    @traced
    def conflicts(self, *, limit: int = 1_000) -> list[IdentityConflict]:
        """Return the identifiers that facts say of one person and that lie with another, or with nobody.

        A limit or a judgement keeps them apart: two customer numbers in one fact, a shared tablet that moved on. It
        is a list of what to mend now, which has no past.
        """
        return self._do(knowing.conflicts(limit=limit))

    @traced
    def simulate(self, rules: IdentityRules, /) -> RuleChange:
        """Return what *rules* would merge, split and grow, without changing anything.

        Everybody's facts are told again in memory: meant for thousands to some millions of facts.
        """
        return self._do(knowing.simulate(self.setup, rules))

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
        self.setup = self._do(knowing.rebuild(self.setup, rules, progress=progress))
