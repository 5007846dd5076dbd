"""Consent as platforms send it: Segment, Google Consent Mode, Adobe, Unomi and Snowplow; taken in and given back."""

from __future__ import annotations

from unified_profile.wire.platforms.adobe import AdobeConsents, ConsentString
from unified_profile.wire.platforms.choices import Choice, PlatformConsent
from unified_profile.wire.platforms.consent_mode import ConsentMode
from unified_profile.wire.platforms.consented_calls import PREFERENCE_UPDATED, calls_with_consent
from unified_profile.wire.platforms.google_hit import GoogleHit
from unified_profile.wire.platforms.segment_consent import SegmentConsent
from unified_profile.wire.platforms.snowplow import SnowplowConsent
from unified_profile.wire.platforms.unomi import UnomiConsent, UnomiConsents

__all__ = [
    "PREFERENCE_UPDATED",
    "AdobeConsents",
    "Choice",
    "ConsentMode",
    "ConsentString",
    "GoogleHit",
    "PlatformConsent",
    "SegmentConsent",
    "SnowplowConsent",
    "UnomiConsent",
    "UnomiConsents",
    "calls_with_consent",
]
