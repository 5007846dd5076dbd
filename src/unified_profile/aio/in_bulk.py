"""The side of the asynchronous hub for many people at once. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.consent.view import PurposeView
from unified_profile.frames import Backend
from unified_profile.hub import bulk, permitting, write_back
from unified_profile.hub.reports import GoldenChange
from unified_profile.hub.whose import Who


class InBulk(AsyncFollower):
    """Searches, writes back, and makes frames."""

    @traced
    async def refresh(self) -> int:
        """Bring the golden values; see ``Hub.refresh``."""
        return await self._do(bulk.refresh(self.setup))

    @traced
    async def search(
        self,
        trait: str,
        value: str | float,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[PurposeView]:
        """Return people whose *trait* is *value*; see ``Hub.search``."""
        return await self._do(
            bulk.search(
                self.setup, trait, value, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, after=after, limit=limit,
            )
        )  # fmt: skip

    @traced
    async def golden_changes(
        self,
        *,
        purpose: str,
        recipient: str,
        channel: str = "any",
        brand: str = "",
        after: int = 0,
        limit: int = 1_000,
    ) -> list[GoldenChange]:
        """Return whose golden values; see ``Hub.golden_changes``."""
        bound = permitting.bound_to(
            self.setup, action="export", purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        return await self._do(write_back.golden_changes(self.setup, bound=bound, after=after, limit=limit))

    @traced
    async def to_frame(
        self,
        who: Iterable[Who] | None = None,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        recipient: str = "",
        traits: Sequence[str] | None = None,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        backend: Backend = "pandas",
    ) -> Any:
        """Return people as a frame; see ``Hub.to_frame``."""
        return await self._do(
            bulk.to_frame(
                self.setup, who, purpose=purpose, channel=channel, brand=brand, recipient=recipient, traits=traits,
                as_of=as_of, known_at=known_at, backend=backend,
            )
        )  # fmt: skip

    @traced
    async def features(
        self,
        rows: Iterable[tuple[Who, datetime]],
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        traits: Sequence[str] | None = None,
        backend: Backend = "pandas",
    ) -> Any:
        """Return point-in-time correct features; see ``Hub.features``."""
        return await self._do(
            bulk.made_features(
                self.setup, rows, purpose=purpose, channel=channel, brand=brand, traits=traits, backend=backend
            )
        )
