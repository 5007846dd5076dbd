"""The side of the hub that answers people: what there is about them, what to correct, what to stop, who got what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from unified_profile.consent.permits import Disclosure
from unified_profile.hub import answers
from unified_profile.hub.answers import Answered
from unified_profile.hub.following import Follower
from unified_profile.hub.runner import traced
from unified_profile.hub.whose import Who
from unified_profile.model.facts import ConsentRecord
from unified_profile.model.values import Json
from unified_profile.rights.access import AccessReport
from unified_profile.rights.breach import BreachScope
from unified_profile.rights.portability import PortableData
from unified_profile.rights.requests import Verify
from unified_profile.rights.retention import RetentionSchedule


class Answering(Follower):
    """Answers people."""

    @traced
    def access(
        self,
        who: Who,
        /,
        *,
        verify: Verify,
        evidence: object = None,
        by: str = "",
        channel: str = "any",
        brand: str = "",
        schedule: RetentionSchedule | None = None,
        further: Mapping[str, Json] | None = None,
    ) -> AccessReport:
        """Return all that there is about *who*, once *verify* has confirmed whoever asks. The read is recorded.

        What was given, seen, obtained from others and concluded stands apart; with purposes, recipients, periods, and
        who read it.

        Args:
            who: A profile id, or any identifier.
            verify: Gets a ``RightsRequest`` before anything is looked up; ``True``, and nothing else, is a yes.
            evidence: What whoever asks has shown; handed to *verify* and not kept.
            by: Who answers.
            channel: For which channel permissions are decided.
            brand: For which brand.
            schedule: How long what is kept.
            further: Conclusions that are kept elsewhere, such as scores, by name.

        Raises:
            RequesterError: If *verify* does not say ``True``; nothing was looked up.
            UnknownProfileError: If nobody answers to it; with why.
        """
        return self._do(
            answers.access(
                self.setup, who, verify=verify, evidence=evidence, by=by, channel=channel, brand=brand,
                schedule=schedule, further=further,
            )
        )  # fmt: skip

    @traced
    def portable(self, who: Who, /, *, verify: Verify, evidence: object = None, by: str = "") -> PortableData:
        """Return what *who* can take along: given by them or seen of them, used by consent or for a contract.

        Each fact is one that any hub takes in. Parameters and errors are those of ``access``; the read is recorded.
        """
        return self._do(answers.portable(self.setup, who, verify=verify, evidence=evidence, by=by))

    @traced
    def consent_records(
        self, who: Who, /, *, reason: str, by: str = "", known_at: datetime | None = None
    ) -> list[ConsentRecord]:
        """Return what *who* said of consent, as it was taken in, in the order of saying. The read is recorded.

        Receipts and proofs are made of it; whether something is permitted says ``permission``.

        Args:
            who: A profile id, or any identifier.
            reason: Why it is needed; it is kept, with *by*, where ``accesses`` finds it.
            by: Who reads.
            known_at: Only what was known by then; None: all that is known now.

        Raises:
            InvalidInputError: If there is no reason.
            UnknownProfileError: If nobody answers to it; with why.
            ErasedError: If the person was erased; see ``consent_proofs``.
        """
        return self._do(answers.consent_records(self.setup, who, reason=reason, by=by, known_at=known_at))

    @traced
    def rectify(self, who: Who, values: Mapping[str, Json], /, *, verify: Verify, evidence: object = None) -> Answered:
        """Correct traits of *who*: from now on *values* stand, under whatever rule, against what was told before.

        The old values remain in the history until they are erased, and do not come back by being told again. A value
        that nobody had told before, told later, is news and follows the usual rules.

        Args:
            who: A profile id, or any identifier.
            values: The correct values by trait; None where there is none.
            verify: As for ``access``.
            evidence: As for ``access``.

        Raises:
            RequesterError: If *verify* does not say ``True``; nothing was looked up.
            InvalidInputError: If a trait is computed, or a value is not JSON.
            UnknownProfileError: If nobody answers to it; with why.
        """
        return self._do(answers.rectify(self.setup, who, values, verify=verify, evidence=evidence))

    @traced
    def restrict(self, who: Who, /, *, verify: Verify, evidence: object = None, lift: bool = False) -> Answered:
        """Restrict the use of what is kept of *who* (GDPR 18), or *lift* that; it decides from the next call on.

        Parameters and errors are those of ``rectify``.
        """
        return self._do(answers.restrict(self.setup, who, verify=verify, evidence=evidence, lift=lift))

    @traced
    def object_to(
        self,
        who: Who,
        purpose: str | None = None,
        /,
        *,
        verify: Verify,
        evidence: object = None,
        take_back: bool = False,
    ) -> Answered:
        """Keep that *who* objects to *purpose* (GDPR 21(1)), or to all marketing if None (21(2)); or takes it back.

        It decides from the next call on. Parameters and errors are those of ``rectify``. Marketing is what the policy
        says is: ``Policy(kinds={"newsletter": {"direct_marketing"}})``. Where it says so of no purpose, an objection to
        all marketing is kept, stops nothing, and a ``NoMarketingWarning`` tells it.

        Raises:
            UnknownNameError: If the purpose is not registered.
        """
        return self._do(
            answers.object_to(self.setup, who, purpose, verify=verify, evidence=evidence, take_back=take_back)
        )

    @traced
    def disclosed_to(self, recipient: str, /, *, after: int = 0, limit: int = 1_000) -> list[Disclosure]:
        """Return whose values went to *recipient*, what for and when: at most *limit*, after position *after*."""
        return self._do(answers.disclosed_to(recipient, after=after, limit=limit))

    @traced
    def breach_scope(
        self,
        *,
        known_at: datetime | None = None,
        schedule: RetentionSchedule | None = None,
        sources: Iterable[str] | None = None,
        page: int = 500,
    ) -> BreachScope:
        """Return whose data was in the store at *known_at* (None: is now), and of which categories; no values.

        Who is who is told as known then. What was erased since cannot be told: it is not there.

        Args:
            known_at: The moment at which somebody may have had the store.
            schedule: Gives data its categories; without it they are attributes, events and consents.
            sources: Only data of these sources, if a part of the store got out.
            page: How many people are read at once.
        """
        return self._do(
            answers.breach_scope(self.setup, known_at=known_at, schedule=schedule, sources=sources, page=page)
        )
