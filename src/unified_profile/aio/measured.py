"""The side of the asynchronous hub for metrics. Each method follows the course that ``Hub`` follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from unified_profile.aio.following import AsyncFollower, traced
from unified_profile.hub import measuring
from unified_profile.hub.measuring import Answers


class Measured(AsyncFollower):
    """Gives the columns that metrics are made of."""

    @traced
    async def answers(
        self, event: str, properties: Iterable[str] = (), /, *, purpose: str, channel: str = "any", brand: str = "",
        as_of: datetime | None = None, known_at: datetime | None = None, page: int = 500,
    ) -> Answers:  # fmt: skip
        """Return events as columns; see ``Hub.answers``."""
        return await self._do(
            measuring.answers(
                self.setup, event, properties, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, page=page,
            )
        )  # fmt: skip

    @traced
    async def cases(
        self, opened: str, done: str, /, *, key: str, properties: Iterable[str] = (), purpose: str,
        channel: str = "any", brand: str = "", as_of: datetime | None = None, known_at: datetime | None = None,
        page: int = 500,
    ) -> Answers:  # fmt: skip
        """Return cases as columns; see ``Hub.cases``."""
        return await self._do(
            measuring.cases(
                self.setup, opened, done, key=key, properties=properties, purpose=purpose, channel=channel, brand=brand,
                as_of=as_of, known_at=known_at, page=page,
            )
        )  # fmt: skip
