"""Facts (what we were told), views (what we conclude) and the values both are made of."""

from __future__ import annotations

from unified_profile.model.facts import (
    ConsentRecord,
    ConsentState,
    ErasureOrder,
    Event,
    EventType,
    Fact,
    Judgement,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.model.values import Account, Brand, Channel, Identifier, Json, Purpose
from unified_profile.model.views import Link, Membership, Obligation, Permission, Profile, Provenance, Trait

__all__ = [
    "Account",
    "Brand",
    "Channel",
    "ConsentRecord",
    "ConsentState",
    "ErasureOrder",
    "Event",
    "EventType",
    "Fact",
    "Identifier",
    "Json",
    "Judgement",
    "Link",
    "Membership",
    "ModelAdopted",
    "Obligation",
    "Permission",
    "Profile",
    "Provenance",
    "Purpose",
    "Retraction",
    "Severance",
    "SourceRecord",
    "Trait",
    "Verdict",
]
