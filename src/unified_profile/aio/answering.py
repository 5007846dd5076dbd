"""The side of the asynchronous hub that answers people. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.consent.permits import Disclosure
from unified_profile.hub import answers
from unified_profile.hub.answers import Answered
from unified_profile.hub.whose import Who
from unified_profile.model.facts import ConsentRecord
from unified_profile.model.values import Json
from unified_profile.rights.access import AccessReport
from unified_profile.rights.breach import BreachScope
from unified_profile.rights.portability import PortableData
from unified_profile.rights.requests import Verify
from unified_profile.rights.retention import RetentionSchedule


class Answering(AsyncFollower):
    """Answers people."""

    @traced
    async def access(
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
        """Return all that there is about *who*; see ``Hub.access``."""
        return await self._do(
            answers.access(
                self.setup, who, verify=verify, evidence=evidence, by=by, channel=channel, brand=brand,
                schedule=schedule, further=further,
            )
        )  # fmt: skip

    @traced
    async def portable(self, who: Who, /, *, verify: Verify, evidence: object = None, by: str = "") -> PortableData:
        """Return what *who* can take along; see ``Hub.portable``."""
        return await self._do(answers.portable(self.setup, who, verify=verify, evidence=evidence, by=by))

    @traced
    async def consent_records(
        self, who: Who, /, *, reason: str, by: str = "", known_at: datetime | None = None
    ) -> list[ConsentRecord]:
        """Return what *who* said of consent; see ``Hub.consent_records``."""
        return await self._do(answers.consent_records(self.setup, who, reason=reason, by=by, known_at=known_at))

    @traced
    async def rectify(
        self, who: Who, values: Mapping[str, Json], /, *, verify: Verify, evidence: object = None
    ) -> Answered:
        """Correct traits of *who*; see ``Hub.rectify``."""
        return await self._do(answers.rectify(self.setup, who, values, verify=verify, evidence=evidence))

    @traced
    async def restrict(self, who: Who, /, *, verify: Verify, evidence: object = None, lift: bool = False) -> Answered:
        """Restrict the use of what is kept of *who*; see ``Hub.restrict``."""
        return await self._do(answers.restrict(self.setup, who, verify=verify, evidence=evidence, lift=lift))

    @traced
    async def object_to(
        self,
        who: Who,
        purpose: str | None = None,
        /,
        *,
        verify: Verify,
        evidence: object = None,
        take_back: bool = False,
    ) -> Answered:
        """Keep that *who* objects to *purpose*; see ``Hub.object_to``."""
        return await self._do(
            answers.object_to(self.setup, who, purpose, verify=verify, evidence=evidence, take_back=take_back)
        )

    @traced
    async def disclosed_to(self, recipient: str, /, *, after: int = 0, limit: int = 1_000) -> list[Disclosure]:
        """Return whose values went to *recipient*; see ``Hub.disclosed_to``."""
        return await self._do(answers.disclosed_to(recipient, after=after, limit=limit))

    @traced
    async def breach_scope(
        self,
        *,
        known_at: datetime | None = None,
        schedule: RetentionSchedule | None = None,
        sources: Iterable[str] | None = None,
        page: int = 500,
    ) -> BreachScope:
        """Return whose data was in the store at *known_at*; see ``Hub.breach_scope``."""
        return await self._do(
            answers.breach_scope(self.setup, known_at=known_at, schedule=schedule, sources=sources, page=page)
        )
