"""The composition root: plans (what a call does, free of I/O) and the drivers that run them over a store."""

from __future__ import annotations

from unified_profile.hub.hub import Hub
from unified_profile.hub.reports import IngestReport, ProfileMerged, ProfileSplit
from unified_profile.hub.setup import Setup

__all__ = ["Hub", "IngestReport", "ProfileMerged", "ProfileSplit", "Setup"]
