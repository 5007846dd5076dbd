"""Many segments over many people at once: over frames column by column, and inside DuckDB."""

from __future__ import annotations

from unified_profile.segments.bulk.coded import Answers, Coded
from unified_profile.segments.bulk.scan import Scan

__all__ = ["Answers", "Coded", "Scan"]
