"""The side of the asynchronous hub that forgets people. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.hub import erasing, sweeping
from unified_profile.hub.whose import Who
from unified_profile.model.values import Identifier
from unified_profile.rights.anonymising import AnonymousCount
from unified_profile.rights.erasing import Erasure, ErasurePlan
from unified_profile.rights.holds import ConsentProof, HeldFact
from unified_profile.rights.retention import LegalHold, RetentionPlan, RetentionSchedule, Swept
from unified_profile.rights.verifying import Verification


class Forgetting(AsyncFollower):
    """Forgets people."""

    @traced
    async def plan_erasure(self, who: Who | Sequence[Identifier], /, *, scope: str = "all") -> ErasurePlan:
        """Return what erasing *who* would do; see ``Hub.plan_erasure``."""
        return await self._do(erasing.plan(self.setup, who, scope=scope))

    @traced
    async def erase(self, plan: ErasurePlan, /, *, overwrite: bool = True) -> Erasure:
        """Carry out *plan*; see ``Hub.erase``."""
        return await self._do(erasing.erase(self.setup, plan, overwrite=overwrite))

    @traced
    async def anonymise(self, plan: ErasurePlan, /, *, overwrite: bool = True) -> Erasure:
        """Carry out *plan*, but keep count; see ``Hub.anonymise``."""
        return await self._do(erasing.erase(self.setup, plan, anonymous=True, overwrite=overwrite))

    @traced
    async def resume_erasures(self) -> list[Erasure]:
        """Complete every erasure that was cut short; see ``Hub.resume_erasures``."""
        return await self._do(erasing.resume(self.setup))

    @traced
    async def erasures(self, *, limit: int = 1_000) -> list[Erasure]:
        """Return the erasures of this tenant, oldest first; see ``Hub.erasures``."""
        return await self._do(erasing.erasures(limit))

    @traced
    async def verify_erasure(
        self, erased: Erasure | Sequence[Erasure] | None = None, /, *, values: Iterable[str] = (), scan: bool = True
    ) -> Verification:
        """Look whether anything of an erased person is left; see ``Hub.verify_erasure``."""
        return await self._do(sweeping.verify(self.setup, erased, values=values, scan=scan))

    @traced
    async def held_facts(self, hold: str, /, *, reason: str, by: str = "") -> list[HeldFact]:
        """Return the facts of erased people that the legal hold *hold* keeps; see ``Hub.held_facts``."""
        return await self._do(erasing.held(self.setup, hold=hold, reason=reason, by=by))

    @traced
    async def consent_proofs(self, who: Identifier, /) -> list[ConsentProof]:
        """Return what proves that consents were expressed for *who*; see ``Hub.consent_proofs``."""
        return await self._do(erasing.proofs(self.setup, who))

    @traced
    async def anonymous_counts(self, *, least: int = 5) -> list[AnonymousCount]:
        """Return the counts that ``anonymise`` kept; see ``Hub.anonymous_counts``."""
        return await self._do(erasing.anonymous_counts(least))

    @traced
    async def sweep(
        self,
        approved: RetentionPlan,
        schedule: RetentionSchedule,
        /,
        *,
        holds: Iterable[LegalHold] = (),
        channel: str = "any",
        brand: str = "",
        batch: int = 200,
    ) -> Swept:
        """Delete the facts that *approved* says are over; see ``Hub.sweep``."""
        return await self._do(
            sweeping.sweep(self.setup, approved, schedule, holds=holds, channel=channel, brand=brand, batch=batch)
        )
