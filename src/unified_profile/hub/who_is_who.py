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
from unified_profile.identity.resolver import Resolver
from unified_profile.model.values import Identifier


class WhoIsWho(Follower):
    """Explains identities, publishes their changes, tries and adopts rules."""

    @traced
    def explain_identity(
        self, who: Who, /, *, reason: str, by: str = "",
        between: tuple[Identifier, Identifier] | None = None, known_at: datetime | None = None,
    ) -> list[Step]:  # fmt: skip
        """Return the facts that hold *who* together, or the shortest path of facts *between* two identifiers.

        Each step names two identifiers of theirs, whatever they permitted: that it was done is recorded, with why.

        Args:
            who: A profile id that was ever given out, or any identifier.
            reason: Why it is asked; recorded before the answer is given (``accesses``).
            by: Who asks: a clerk, a job; recorded, too.
            between: Two identifiers of theirs.
            known_at: What held them together by what was known then.

        Raises:
            InvalidInputError: If there is no reason.
            UnknownProfileError: If *who* is nobody, or one of the two identifiers is not theirs.
        """
        return self._do(
            knowing.explain_identity(self.setup, who, reason=reason, by=by, between=between, known_at=known_at)
        )

    @traced
    def changes(self, *, after: int = 0, limit: int = 1_000) -> list[ProfileMerged | ProfileSplit]:
        """Return merges and splits after position *after*, in the order in which they became so."""
        return self._do(knowing.changes(after=after, limit=limit))

    @traced
    def accesses(self, *, about: Who | None = None, after: int = 0, limit: int = 1_000) -> list[Access]:
        """Return who read whom without a purpose, by which call, when and why, after position *after*.

        Args:
            about: Only what was read of this person, under any id that leads to them now, and of a profile that they
                were part of when it was read.
            after: The position of the last one that is known already.
            limit: How many at most, oldest first.

        Raises:
            UnknownProfileError: If *about* is nobody; with why.
        """
        return self._do(knowing.accesses(self.setup, about=about, after=after, limit=limit))

    @traced
    def review(self, *, reason: str, by: str = "", limit: int = 100) -> list[ReviewItem]:
        """Return what a clerk should judge, weightiest first: a queue of now, which has no past.

        The clerk sees identifiers of people, whatever these permitted: *reason* and *by* are recorded for each person
        shown (``accesses``).

        Raises:
            InvalidInputError: If there is no reason.
        """
        return self._do(knowing.review(self.setup, reason=reason, by=by, limit=limit))

    @traced
    def conflicts(self, *, reason: str, by: str = "", limit: int = 1_000) -> list[IdentityConflict]:
        """Return the identifiers that facts say of one person and that lie with another, or with nobody.

        A limit or a judgement keeps them apart: two customer numbers in one fact, a shared tablet that moved on. It
        is a list of what to mend now, which has no past. *reason* and *by* are recorded for each person shown
        (``accesses``).

        Raises:
            InvalidInputError: If there is no reason.
        """
        return self._do(knowing.conflicts(self.setup, reason=reason, by=by, limit=limit))

    @traced
    def simulate(self, rules: IdentityRules | Resolver, /) -> RuleChange:
        """Return what *rules*, or the adopted model of another resolver, would merge, split and grow; nothing changes.

        Everybody's facts are told again in memory: meant for thousands to some millions of facts.
        """
        return self._do(knowing.simulate(self.setup, rules))

    def rebuild(
        self, rules: IdentityRules | None = None, /, *, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Compute who is who anew from all facts, under *rules* if given (they are adopted, and that is a fact).

        Goes on where an interrupted rebuild stopped. Ids that callers know stay with the people they stood for.
        Until it is done nobody is told who is who: reads and ingestion raise ``RulesChangedError``.
        *progress* gets the position in the log and its end; what it raises goes through to the caller, and the next
        call goes on.

        Raises:
            UnknownNameError: If facts speak of a namespace that *rules* do not declare (``mode="off"`` keeps it as
                an attribute); nothing was changed.
        """
        self.setup = self._do(knowing.rebuild(self.setup, rules, progress=progress))
