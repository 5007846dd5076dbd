"""The hub: plans (what a call does, free of I/O), the drivers that run them over a store, and what calls return."""

from __future__ import annotations

from unified_profile.hub.answers import Answered
from unified_profile.hub.audiences import Audience
from unified_profile.hub.door import PayloadReader
from unified_profile.hub.hub import Hub
from unified_profile.hub.notarizing import Notarized
from unified_profile.hub.reports import (
    Access,
    GoldenChange,
    IdentityConflict,
    IngestReport,
    ProfileMerged,
    ProfileSplit,
    Quarantined,
    ReviewItem,
    RuleChange,
    Step,
)
from unified_profile.hub.runner import Hook
from unified_profile.hub.sealing import SealedStore, Shredded, shred
from unified_profile.hub.segments_reports import DueReport, Entered, Exited, SegmentChange, SegmentStatus
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who

__all__ = [
    "Access",
    "Answered",
    "Audience",
    "DueReport",
    "Entered",
    "Exited",
    "GoldenChange",
    "Hook",
    "Hub",
    "IdentityConflict",
    "IngestReport",
    "Notarized",
    "PayloadReader",
    "ProfileMerged",
    "ProfileSplit",
    "Quarantined",
    "ReviewItem",
    "RuleChange",
    "SealedStore",
    "SegmentChange",
    "SegmentStatus",
    "Setup",
    "Shredded",
    "Step",
    "Who",
    "shred",
]
