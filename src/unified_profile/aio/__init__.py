"""The same hub, awaited: plans are shared, only the driver differs."""

from __future__ import annotations

from unified_profile.aio.hub import AsyncHub

__all__ = ["AsyncHub"]
