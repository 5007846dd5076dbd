"""Segments that are kept up event by event: who enters, who leaves, and at which instant time alone will change it."""

from __future__ import annotations

from unified_profile.segments.live.engine import LiveSegments
from unified_profile.segments.live.turns import Turn

__all__ = ["LiveSegments", "Turn"]
