"""The side of the asynchronous hub where people are read. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.consent.coverage import Coverage
from unified_profile.consent.evidence import Decision
from unified_profile.consent.policy import Policy
from unified_profile.consent.roles import Role
from unified_profile.consent.scopes import Request
from unified_profile.consent.situation import Situation
from unified_profile.consent.view import PurposeView
from unified_profile.engagement.context import Context
from unified_profile.expressions.subject import Subject
from unified_profile.hub import deciding, seeing
from unified_profile.hub.whose import Who
from unified_profile.model.values import Account
from unified_profile.model.views import Permission, Profile


class ViewsOut(AsyncFollower):
    """Reads people."""

    @traced
    async def profile(
        self,
        who: Who,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> PurposeView:
        """Return *who* as *purpose* may see them on *channel*; see ``Hub.profile``."""
        return await self._do(
            seeing.profile(
                self.setup, who, purpose=purpose, channel=channel, brand=brand, as_of=as_of, known_at=known_at
            )
        )

    async def profiles(
        self,
        who: Iterable[Who] | None = None,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        page: int = 500,
    ) -> AsyncIterator[PurposeView]:
        """Yield many people; see ``Hub.profiles``."""
        async for one in self._give(
            seeing.profiles(
                self.setup, who, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, page=page,
            )
        ):  # fmt: skip
            yield one

    @traced
    async def raw(
        self, who: Who, /, *, reason: str, by: str = "", as_of: datetime | None = None, known_at: datetime | None = None
    ) -> Profile:
        """Return *who* whole; see ``Hub.raw``."""
        return await self._do(seeing.raw(self.setup, who, reason=reason, by=by, as_of=as_of, known_at=known_at))

    @traced
    async def permission(
        self, who: Who, /, *, purpose: str, channel: str, brand: str = "", recipient: str = "", category: str = "",
        controller: str = "", jurisdiction: str = "", situation: Situation | None = None,
        at: datetime | None = None, known_at: datetime | None = None,
    ) -> Permission:  # fmt: skip
        """Return whether *who* may be met for *purpose* on *channel*; see ``Hub.permission``."""
        request = Request(purpose, channel, brand, controller, jurisdiction, category, recipient)
        return await self._do(
            seeing.permission(self.setup, who, request, situation=situation, at=at, known_at=known_at)
        )

    @traced
    async def decide(
        self, who: Who, request: Request, /, *, situation: Situation | None = None,
        at: datetime | None = None, known_at: datetime | None = None,
    ) -> Decision:  # fmt: skip
        """Return the answer to *request* about *who* with all that it rests on; see ``Hub.decide``."""
        return await self._do(deciding.decide(self.setup, who, request, situation=situation, at=at, known_at=known_at))

    @traced
    async def replay_decision(self, made: Decision, /, *, policy: Policy | None = None) -> Permission:
        """Return what *made* answers when it is made again; see ``Hub.replay_decision``."""
        return await self._do(deciding.replay(self.setup, made, policy=policy))

    @traced
    async def context(
        self, who: Who, /, *, purpose: str, channel: str, brand: str = "", role: Role | None = None,
        now: datetime | None = None, known_at: datetime | None = None,
    ) -> Context:  # fmt: skip
        """Return what *purpose* may have at hand of *who* when they turn up on *channel*; see ``Hub.context``."""
        return await self._do(
            seeing.context(
                self.setup, who, purpose=purpose, channel=channel, brand=brand, role=role, now=now, known_at=known_at
            )
        )

    async def subjects(
        self,
        who: Iterable[Who] | None = None,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        page: int = 500,
    ) -> AsyncIterator[Subject]:
        """Yield many people; see ``Hub.subjects``."""
        async for one in self._give(
            seeing.subjects(
                self.setup, who, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, page=page,
            )
        ):  # fmt: skip
            yield one

    @traced
    async def coverage(
        self, *, channels: Iterable[str], brand: str = "",
        at: datetime | None = None, known_at: datetime | None = None, page: int = 500,
    ) -> tuple[Coverage, ...]:  # fmt: skip
        """Return for how many people each purpose may be used on each of *channels*; see ``Hub.coverage``."""
        return await self._do(
            seeing.covered(self.setup, channels=channels, brand=brand, at=at, known_at=known_at, page=page)
        )

    async def ids(self, *, known_at: datetime | None = None, page: int = 1_000) -> AsyncIterator[str]:
        """Yield the ids of all live profiles; see ``Hub.ids``."""
        async for one in self._give(seeing.ids(self.setup, known_at=known_at, page=page)):
            yield one

    @traced
    async def resolve(self, who: Who, /, *, known_at: datetime | None = None) -> str:
        """Return the live id of *who*; see ``Hub.resolve``."""
        return await self._do(seeing.resolve(self.setup, who, known_at=known_at))

    @traced
    async def accounts(
        self, *, purpose: str, channel: str = "any", brand: str = "",
        as_of: datetime | None = None, known_at: datetime | None = None, page: int = 500,
    ) -> dict[str, Account]:  # fmt: skip
        """Return the companies and households by id; see ``Hub.accounts``."""
        return await self._do(
            seeing.accounts(
                self.setup, purpose=purpose, channel=channel, brand=brand, as_of=as_of, known_at=known_at, page=page
            )
        )
