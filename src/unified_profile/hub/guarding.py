"""The side of the hub that guards people: what leaves, what comes from others, what is kept, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from unified_profile.consent.permits import Disclosure, Permit, Release
from unified_profile.hub import auditing, external, permitting
from unified_profile.hub.following import Follower
from unified_profile.hub.runner import traced
from unified_profile.hub.whose import Who
from unified_profile.rights.audit import AuditReport
from unified_profile.rights.minimisation import Usage
from unified_profile.rights.retention import LegalHold, RetentionPlan, RetentionSchedule
from unified_profile.rights.third_parties import ExternalRow, LinkReport

QUARTER = timedelta(minutes=15)


class Guarding(Follower):
    """Guards people."""

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

    @traced
    def link_external(self, rows: Iterable[ExternalRow], /, *, party: str, brand: str = "") -> LinkReport:
        """Link records of the third party whose source is *party* to people, where both sides permit it.

        The giver must have a basis (and, where it is consent, have confirmed it, with evidence), and the person must
        permit the party's purpose here. A row that leads to nobody, or to several people, is refused: data of others
        makes no new person and joins none. Refusals are counted by reason and nothing of them is kept.

        Args:
            rows: ``ExternalRow``: a source record, with the giver's basis.
            party: The source of a third party that the hub was set up with.
            brand: Which brand asks.

        Raises:
            HashedAudienceError: If rows are bare hashes of addresses; nothing is taken.
            UnknownNameError: If there is no such third party.
        """
        return self._do(external.link_external(self.setup, rows, party=party, brand=brand))

    @traced
    def privacy_audit(
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
        """Return what is wrong with the base: data without a basis, beyond need, past its consent, of children.

        Everybody is read once; the report holds names, counts and profile ids, and no value. *usage* says what uses
        which fields; without it nothing is called unused. See ``rights.privacy_audit``.
        """
        return self._do(
            auditing.audit(
                self.setup, channels=channels, usage=usage, at=at, brand=brand,
                age_of_consent=age_of_consent, birth_date=birth_date, page=page,
            )
        )  # fmt: skip

    @traced
    def retention_plan(
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
        """Return what *schedule* says is over, before anything is deleted; *holds* keep what they cover.

        The plan holds ids and categories, and no value. ``rights.sweep`` carries out what it and a fresh plan say.
        """
        return self._do(
            auditing.retention(self.setup, schedule, holds=holds, channel=channel, brand=brand, at=at, page=page)
        )
