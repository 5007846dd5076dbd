"""The side of the asynchronous hub where values leave the house: once, by permit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.consent.permits import Disclosure, Permit, Release
from unified_profile.hub import permitting
from unified_profile.hub.guarding import QUARTER
from unified_profile.hub.whose import Who


class Guarding(AsyncFollower):
    """Lets out what may leave."""

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
