"""The side of the hub where values leave the house: once, by permit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from unified_profile.consent.permits import Disclosure, Permit, Release
from unified_profile.hub import permitting
from unified_profile.hub.following import Follower
from unified_profile.hub.runner import traced
from unified_profile.hub.whose import Who

QUARTER = timedelta(minutes=15)


class Guarding(Follower):
    """Lets out what may leave."""

    @traced
    def permit(
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
        """Return a permit to let values of *who* out, good for one use (``release``).

        Of many, it is for those who permit it; ``denied`` counts the others by reason.

        Args:
            who: One person or many: profile ids or identifiers.
            action: ``"export"``, ``"audience"`` or ``"trigger"``.
            purpose: The name of a registered purpose.
            channel: How they would be met.
            recipient: Who gets the values: a system or a company.
            brand: Which brand asks.
            valid: How long it can wait; at most a week.

        Raises:
            PurposeDeniedError: If nobody permits it; with the reason code.
            UnknownProfileError: If one of *who* is nobody; with why.
            UnknownNameError: If the purpose is not registered.
        """
        bound = permitting.bound_to(
            self.setup, action=action, purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return self._do(permitting.permit(self.setup, who, bound=bound, valid=valid))

    @traced
    def release(
        self, permit: Permit | str, /, *, action: str, purpose: str, channel: str, recipient: str, brand: str = ""
    ) -> Release:
        """Use *permit* up, and return the values that may leave now, of those who still permit it.

        Everything is decided anew: who withdrew since is left out, and if nobody is left the call fails. What left is
        kept (``disclosures``). The permit is used up as soon as this returns, whatever becomes of the values.

        Raises:
            PermitError: If it was used, is over, was given for something else, or nobody permits it any more.
        """
        bound = permitting.bound_to(
            self.setup, action=action, purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return self._do(permitting.release(self.setup, permit, bound=bound))

    @traced
    def disclosures(self, who: Who, /) -> list[Disclosure]:
        """Return to whom values of *who* left, for what and when, oldest first."""
        return self._do(permitting.disclosures(self.setup, who))
