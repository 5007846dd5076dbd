"""What the fields of the US sections mean, and which answer they bear on: said once for all states.

Source: IAB Tech Lab, Global-Privacy-Platform, Sections/US-National and Sections/US-States (CC BY 3.0), as of October
2025; the meanings are our own words, the references to law stand in the specifications.
"""

from __future__ import annotations

from typing import Final

from unified_profile.consent.signals.id_kinds import FibonacciRange
from unified_profile.consent.signals.kinds import Choices, Flag, Number
from unified_profile.consent.signals.layout import Field, Part

NOTICE: Final = "0 not applicable, 1 given, 2 not given"
OPT_OUT: Final = "0 not applicable, 1 opted out, 2 did not opt out"
CONSENT: Final = "0 not applicable, 1 no consent, 2 consent"
DISPUTED: Final = "0 not applicable, 1 no consent, 2 consent (until June 2024: the other way round)"
YES_NO: Final = "0 not applicable, 1 yes, 2 no"
MODE: Final = "0 not applicable, 1 opt-out option mode, 2 service provider mode"

_TWO_BITS: Final = {
    "SharingNotice": ("Notice that personal data is shared or processed.", "first-party use", NOTICE),
    "ProcessingNotice": ("Notice that personal data is processed.", "first-party use", NOTICE),
    "SaleOptOutNotice": ("Notice of the right to opt out of the sale.", "may sell", NOTICE),
    "SharingOptOutNotice": ("Notice of the right to opt out of sharing for advertising.", "may share", NOTICE),
    "TargetedAdvertisingOptOutNotice": ("Notice of the right to opt out of targeting.", "may target", NOTICE),
    "SensitiveDataProcessingOptOutNotice": ("Notice of the right to opt out of the use of sensitive data.",
                                            "may process sensitive data", NOTICE),
    "SensitiveDataOptOutNotice": ("Notice of the right to opt out of the use of sensitive data.",
                                  "may process sensitive data", NOTICE),
    "SensitiveDataLimitUseNotice": ("Notice of the right to limit the use of sensitive data.",
                                    "may process sensitive data", NOTICE),
    "SaleOptOut": ("Whether the person opted out of the sale of personal data.", "may sell", OPT_OUT),
    "SharingOptOut": ("Whether the person opted out of sharing for advertising.", "may share", OPT_OUT),
    "TargetedAdvertisingOptOut": ("Whether the person opted out of targeted advertising.", "may target", OPT_OUT),
    "PersonalDataConsents": ("Consent to uses other than what the data was collected for.",
                             "secondary use", CONSENT),
    "AdditionalDataProcessingConsent": ("Consent to uses other than what the data was collected for.",
                                        "secondary use", CONSENT),
    "MspaCoveredTransaction": ("Whether the transaction falls under the Multi-State Privacy Agreement.", "", YES_NO),
    "MspaOptOutOptionMode": ("Whether the agreement's opt-out option mode is on.", "", YES_NO),
    "MspaServiceProviderMode": ("Whether its service provider mode is on: the data is used for the business alone.",
                                "may sell, may share, may target", YES_NO),
    "MspaMode": ("Which mode of the Multi-State Privacy Agreement is on.", "may sell, may share, may target", MODE),
}  # fmt: skip

VERSION: Final = Field("Version", Number(6), "The version of the section.", "whether the section can be read")
MSPA_VERSION: Final = Field("MspaVersion", Number(6), "The version of the Multi-State Privacy Agreement.")
GPC: Final = Part(
    "gpc",
    (
        Field(
            "Gpc",
            Flag(),
            "Global Privacy Control, as the browser sent it.",
            "may sell, may share, may target",
            "true opted out, false nothing said",
        ),
    ),
    (1, 2),
)
MSPA: Final = ("MspaCoveredTransaction", "MspaOptOutOptionMode", "MspaServiceProviderMode")


def two_bits(name: str, *, coding: str = "") -> Field:
    """Return the field *name* of two bits; *coding* is what its values mean, where a state has its own."""
    meaning, decides, usual = _TWO_BITS[name]
    return Field(name, Number(2, 2), meaning, decides, coding or usual)


def sensitive(categories: tuple[str, ...], *, coding: str) -> Field:
    """Return the field of sensitive data, with one choice for each of *categories* in their order."""
    meaning = "One choice for each category: " + ", ".join(name.replace("_", " ") for name in categories) + "."
    return Field("SensitiveDataProcessing", Choices(len(categories)), meaning, "may process sensitive data", coding)


def known_child(activities: tuple[str, ...]) -> Field:
    """Return the field of known children, with one choice for each of *activities*, or a single one."""
    meaning = "Consent for children known to be such: " + "; ".join(activities) + "."
    kind = Number(2, 2) if len(activities) == 1 else Choices(len(activities))
    return Field("KnownChildSensitiveDataConsents", kind, meaning, "known child; what it may be used for", CONSENT)


def header(section: int) -> Part:
    """Return the header with which newer states' sections begin."""
    return Part(
        "header",
        (
            Field("SectionID", Number(6), f"The number of the section, {section}.", "whether the section can be read"),
            VERSION,
            Field("SubSections", FibonacciRange(), "Which parts follow the core."),
        ),
        required=True,
    )


SENSITIVE_PART: Final = "sensitive_data_consents"
