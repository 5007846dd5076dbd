"""The side of the asynchronous hub that guards people. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.consent.permits import Disclosure, Permit, Release
from unified_profile.hub import auditing, external, permitting
from unified_profile.hub.guarding import QUARTER
from unified_profile.hub.whose import Who
from unified_profile.rights.audit import AuditReport
from unified_profile.rights.minimisation import Usage
from unified_profile.rights.retention import LegalHold, RetentionPlan, RetentionSchedule
from unified_profile.rights.third_parties import ExternalRow, LinkReport


class Guarding(AsyncFollower):
    """Guards people."""

    @traced
    async def permit(
        self,
        who: Who | Iterable[Who],
        /,
        *,
        action: str,
        purpose: str,
        channel: str,
        recipient: str,
        brand: str = "",
        valid: timedelta = QUARTER,
    ) -> Permit:
        """Return a permit to let values of *who* out, good for one use; see ``Hub.permit``."""
        bound = permitting.bound_to(
            self.setup, action=action, purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return await self._do(permitting.permit(self.setup, who, bound=bound, valid=valid))

    @traced
    async def release(
        self, permit: Permit | str, /, *, action: str, purpose: str, channel: str, recipient: str, brand: str = ""
    ) -> Release:
        """Use *permit* up, and return the values that may leave now; see ``Hub.release``."""
        bound = permitting.bound_to(
            self.setup, action=action, purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return await self._do(permitting.release(self.setup, permit, bound=bound))

    @traced
    async def disclosures(self, who: Who, /) -> list[Disclosure]:
        """Return to whom values of *who* left; see ``Hub.disclosures``."""
        return await self._do(permitting.disclosures(self.setup, who))

    @traced
    async def link_external(self, rows: Iterable[ExternalRow], /, *, party: str, brand: str = "") -> LinkReport:
        """Link records of a third party to people, where both sides permit it; see ``Hub.link_external``."""
        return await self._do(external.link_external(self.setup, rows, party=party, brand=brand))

    @traced
    async def privacy_audit(
        self,
        *,
        channels: Iterable[str],
        usage: Iterable[Usage] | None = None,
        at: datetime | None = None,
        brand: str = "",
        age_of_consent: int = 16,
        birth_date: str = "birth_date",
        page: int = 500,
    ) -> AuditReport:
        """Return what is wrong with the base; see ``Hub.privacy_audit``."""
        return await self._do(
            auditing.audit(
                self.setup, channels=channels, usage=usage, at=at, brand=brand,
                age_of_consent=age_of_consent, birth_date=birth_date, page=page,
            )
        )  # fmt: skip

    @traced
    async def retention_plan(
        self,
        schedule: RetentionSchedule,
        /,
        *,
        holds: Iterable[LegalHold] = (),
        channel: str = "any",
        brand: str = "",
        at: datetime | None = None,
        page: int = 500,
    ) -> RetentionPlan:
        """Return what is over, before anything is deleted; see ``Hub.retention_plan``."""
        return await self._do(
            auditing.retention(self.setup, schedule, holds=holds, channel=channel, brand=brand, at=at, page=page)
        )
