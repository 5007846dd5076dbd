"""The side of the asynchronous hub that says who is who. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.hub import knowing
from unified_profile.hub.reports import (
    Access,
    IdentityConflict,
    ProfileMerged,
    ProfileSplit,
    ReviewItem,
    RuleChange,
    Step,
)
from unified_profile.hub.whose import Who
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.identity.resolver import Resolver
from unified_profile.model.values import Identifier


class WhoIsWho(AsyncFollower):
    """Explains identities, publishes their changes, tries and adopts rules."""

    @traced
    async def explain_identity(
        self, who: Who, /, *, reason: str, by: str = "",
        between: tuple[Identifier, Identifier] | None = None, known_at: datetime | None = None,
    ) -> list[Step]:  # fmt: skip
        """Return the facts that hold *who* together; see ``Hub.explain_identity``."""
        return await self._do(
            knowing.explain_identity(self.setup, who, reason=reason, by=by, between=between, known_at=known_at)
        )

    @traced
    async def changes(self, *, after: int = 0, limit: int = 1_000) -> list[ProfileMerged | ProfileSplit]:
        """Return merges and splits after position *after*; see ``Hub.changes``."""
        return await self._do(knowing.changes(after=after, limit=limit))

    @traced
    async def accesses(self, *, about: Who | None = None, after: int = 0, limit: int = 1_000) -> list[Access]:
        """Return who read whom without a purpose; see ``Hub.accesses``."""
        return await self._do(knowing.accesses(self.setup, about=about, after=after, limit=limit))

    @traced
    async def review(self, *, reason: str, by: str = "", limit: int = 100) -> list[ReviewItem]:
        """Return what a clerk should judge; see ``Hub.review``."""
        return await self._do(knowing.review(self.setup, reason=reason, by=by, limit=limit))

    @traced
    async def conflicts(self, *, reason: str, by: str = "", limit: int = 1_000) -> list[IdentityConflict]:
        """Return the identifiers that facts say of one person and that lie with another; see ``Hub.conflicts``."""
        return await self._do(knowing.conflicts(self.setup, reason=reason, by=by, limit=limit))

    @traced
    async def simulate(self, rules: IdentityRules | Resolver, /) -> RuleChange:
        """Return what *rules* would merge; see ``Hub.simulate``."""
        return await self._do(knowing.simulate(self.setup, rules))

    async def rebuild(
        self, rules: IdentityRules | None = None, /, *, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Compute who is who anew from all facts; see ``Hub.rebuild``."""
        self.setup = await self._do(knowing.rebuild(self.setup, rules, progress=progress))
