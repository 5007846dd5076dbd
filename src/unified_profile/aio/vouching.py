"""The side of the asynchronous hub that proves what was done. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import Iterable

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.consent.evidence import Decision
from unified_profile.consent.permits import Permit
from unified_profile.consent.policy import Policy
from unified_profile.consent.situation import Situation
from unified_profile.hub import proving
from unified_profile.hub.notarizing import Notarized
from unified_profile.hub.whose import Who
from unified_profile.model.views import Permission
from unified_profile.rights.proof.entries import Entry
from unified_profile.rights.proof.heads import TreeHead
from unified_profile.rights.proof.proofs import ConsistencyProof, InclusionProof
from unified_profile.rights.proof.pseudonyms import Pseudonyms


class Vouching(AsyncFollower):
    """Vouches for what was done."""

    @traced
    async def notarize(self, made: Iterable[Decision | Permit] = (), /, *, keys: Pseudonyms) -> Notarized:
        """Enter into the audit log what was done since the last time; see ``Hub.notarize``."""
        return await self._do(proving.notarize(self.setup, made, keys=keys))

    @traced
    async def log_head(self, *, size: int | None = None) -> TreeHead:
        """Return what stands for the whole log now; see ``Hub.log_head``."""
        return await self._do(proving.head(self.setup, size=size))

    @traced
    async def log_entries(
        self, *, who: Who | None = None, keys: Pseudonyms | None = None, after: int = 0, limit: int = 1_000
    ) -> list[Entry]:
        """Return at most *limit* entries from place *after* on; see ``Hub.log_entries``."""
        return await self._do(proving.entries(self.setup, who=who, keys=keys, after=after, limit=limit))

    @traced
    async def prove_entry(self, place: int, /, *, size: int | None = None) -> InclusionProof:
        """Return the proof that the entry at *place* is in the log; see ``Hub.prove_entry``."""
        return await self._do(proving.inclusion(place, size=size))

    @traced
    async def prove_growth(self, old: int, new: int | None = None, /) -> ConsistencyProof:
        """Return the proof that the log only grew; see ``Hub.prove_growth``."""
        return await self._do(proving.consistency(old, new))

    @traced
    async def replay_entry(
        self,
        place: int,
        who: Who,
        /,
        *,
        keys: Pseudonyms,
        policy: Policy | None = None,
        situation: Situation | None = None,
    ) -> Permission:
        """Make the decision at *place*; see ``Hub.replay_entry``."""
        return await self._do(proving.replay(self.setup, place, who, keys=keys, policy=policy, situation=situation))
