"""The parts and fields of IAB Europe's TC string (TCF 2.0 to 2.3, and 1.1), of the Canadian one, and what they decide.

Sources: IAB Tech Lab, "Consent string and vendor list formats v2" (GDPR-Transparency-and-Consent-Framework, TCFv2) and
the GPP sections for the EEA and Canada (Global-Privacy-Platform, Sections). CC BY 3.0; the meanings are our own words.
"""

from __future__ import annotations

from typing import Final

from unified_profile.consent.signals.id_kinds import FixedIds, OldIds, OptimizedRange, Restrictions
from unified_profile.consent.signals.kinds import Bits, Flag, Letters, Moment, Number
from unified_profile.consent.signals.layout import Field, Part

_VALID = "whether the string counts"
_CONSENT = "a purpose, on consent"
_INTEREST = "a purpose, on legitimate interest"
_VENDOR = "a vendor"

_HEAD: Final = (
    Field("Version", Number(6), "The version of the encoding.", _VALID),
    Field("Created", Moment(), "When the string was first made.", _VALID),
    Field(
        "LastUpdated", Moment(), "When a choice in it last changed: when it was expressed.", "which statement is newer"
    ),
    Field("CmpId", Number(12), "Which consent management platform wrote it."),
    Field("CmpVersion", Number(12), "In which version of that platform."),
    Field("ConsentScreen", Number(6), "On which of its screens the choice was made."),
    Field("ConsentLanguage", Letters(2), "In which language (ISO 639-1)."),
    Field("VendorListVersion", Number(12), "By which global vendor list.", "evidence; vendors newer than a list"),
)
_POLICY: Final = Field("TcfPolicyVersion", Number(6), "By which version of the TCF policies.", _VALID)

TCF_CORE: Final = Part(
    "core",
    (
        *_HEAD,
        _POLICY,
        Field("IsServiceSpecific", Flag(), "It holds for this service alone; global ones are no longer valid.", _VALID),
        Field("UseNonStandardTexts", Flag(), "The platform's wording differs from the standard one."),
        Field("SpecialFeatureOptIns", Bits(12), "Special features that the person opted in to.", "a special feature"),
        Field("PurposesConsent", Bits(24), "Purposes with consent.", _CONSENT),
        Field("PurposesLITransparency", Bits(24), "Purposes disclosed as legitimate interest and not objected to.",
              _INTEREST),
        Field("PurposeOneTreatment", Flag(), "Purpose 1 was not disclosed at all.", "purpose 1"),
        Field("PublisherCC", Letters(2), "The country whose law the publisher goes by."),
        Field("VendorConsents", FixedIds(), "Vendors with consent.", _VENDOR),
        Field("VendorLegitimateInterests", FixedIds(), "Vendors disclosed under legitimate interest, not objected to.",
              _VENDOR),
        Field("PubRestrictions", Restrictions(), "Purposes that the publisher restricts for vendors: 0 never, 1 on "
              "consent only, 2 on legitimate interest only.", _VENDOR),
    ),
    required=True,
)  # fmt: skip
TCF_DISCLOSED: Final = Part(
    "disclosed_vendors",
    (Field("DisclosedVendors", FixedIds(), "Vendors shown to the person; others are not consented to.",
           f"{_VENDOR}; {_VALID} from 2026-03-01 on"),),
    (1, 3),
)  # fmt: skip
TCF_ALLOWED: Final = Part(
    "allowed_vendors",
    (Field("AllowedVendors", FixedIds(), "Vendors that may use legal bases outside of the TCF (until TCF 2.1)."),),
    (2, 3),
)
TCF_PUBLISHER: Final = Part(
    "publisher",
    (
        Field("PubPurposesConsent", Bits(24), "Purposes with consent, for the publisher.", "the publisher's use"),
        Field("PubPurposesLITransparency", Bits(24), "Purposes under its legitimate interest, not objected to.",
              "the publisher's use"),
        Field("NumCustomPurposes", Number(6), "How many purposes of its own the publisher has."),
        Field("CustomPurposesConsent", Bits(count="NumCustomPurposes"), "Those with consent.", "the publisher's use"),
        Field("CustomPurposesLITransparency", Bits(count="NumCustomPurposes"), "Those under legitimate interest.",
              "the publisher's use"),
    ),
    (3, 3),
)  # fmt: skip
TCF_PARTS: Final = (TCF_CORE, TCF_DISCLOSED, TCF_ALLOWED, TCF_PUBLISHER)

TCF_V1: Final = Part(
    "core",
    (
        *_HEAD,
        Field("PurposesAllowed", Bits(24), "Purposes with consent; the framework ended in 2020, so it grants nothing."),
        Field("Vendors", OldIds(), "Vendors with consent, or exceptions from a yes to all; it grants nothing."),
    ),
    required=True,
)


def _canada(ids: FixedIds | OptimizedRange, *, fibonacci: bool) -> tuple[Part, ...]:
    """Return the Canadian parts; the specification and the reference implementations write ids differently."""
    core = Part(
        "core",
        (
            *_HEAD,
            _POLICY,
            Field("UseNonStandardStacks", Flag(), "The platform's stacks differ from the standard ones."),
            Field("SpecialFeatureExpressConsent", Bits(12), "Those with express consent.", "a special feature"),
            Field("PurposesExpressConsent", Bits(24), "Purposes with express consent.", _CONSENT),
            Field("PurposesImpliedConsent", Bits(24), "Purposes with implied consent and no objection; it is no grant "
                  "here.", _INTEREST),
            Field("VendorExpressConsent", ids, "Vendors with express consent.", _VENDOR),
            Field("VendorImpliedConsent", ids, "Vendors with implied consent and no objection.", _VENDOR),
            Field("PubRestrictions", Restrictions(fibonacci), "Purposes that the publisher restricts for vendors: 0 "
                  "never, 1 on express consent only, 2 on implied consent only.", _VENDOR),
        ),
        required=True,
    )  # fmt: skip
    publisher = Part(
        "publisher",
        (
            Field("PubPurposesExpressConsent", Bits(24), "Purposes with express consent, for the publisher itself.",
                  "the publisher's use"),
            Field("PubPurposesImpliedConsent", Bits(24), "Purposes with implied consent, for the publisher itself.",
                  "the publisher's use"),
            Field("NumCustomPurposes", Number(6), "How many purposes of its own the publisher has."),
            Field("CustomPurposesExpressConsent", Bits(count="NumCustomPurposes"), "Those with express consent.",
                  "the publisher's use"),
            Field("CustomPurposesImpliedConsent", Bits(count="NumCustomPurposes"), "Those with implied consent.",
                  "the publisher's use"),
        ),
        (3, 3),
    )  # fmt: skip
    disclosed = Part(
        "disclosed_vendors", (Field("DisclosedVendors", ids, "Vendors shown to the person.", _VENDOR),), (1, 3)
    )
    return core, publisher, disclosed


CANADA: Final = _canada(FixedIds(), fibonacci=False)
"""As the reference implementations write it, and so the platforms that use them."""
CANADA_AS_WRITTEN: Final = _canada(OptimizedRange(), fibonacci=True)
"""As the specification says."""
