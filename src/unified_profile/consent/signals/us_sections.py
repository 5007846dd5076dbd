"""The US sections of the Global Privacy Platform, state by state, as data.

Each row: number, prefix, jurisdiction, version, the fields of the core in their order, which categories its sensitive
data has, what it says of children, and which parts may follow. A new state is a new row.
"""

from __future__ import annotations

from typing import Final

import attrs

from unified_profile.consent.signals import us_fields as us
from unified_profile.consent.signals.layout import Field, Part

_COMMON: Final = (
    "race_ethnicity", "religion", "health", "sexual_orientation", "citizenship", "genetic", "biometric", "geolocation",
)  # fmt: skip
_NATIONAL: Final = (*_COMMON, "government_id", "account_login", "union_membership", "message_contents")
_NATIONAL_2: Final = (*_NATIONAL, "consumer_health", "crime_victim", "national_origin", "transgender")
_CALIFORNIA: Final = (
    "government_id", "account_login", "geolocation", "race_ethnicity/religion/union_membership", "message_contents",
    "genetic", "biometric", "health", "sexual_orientation",
)  # fmt: skip
_UTAH: Final = (
    "race_ethnicity", "religion", "sexual_orientation", "citizenship", "health", "genetic", "biometric", "geolocation",
)  # fmt: skip
_OREGON: Final = (
    "race_ethnicity", "religion", "health", "sexual_orientation", "transgender", "citizenship", "national_origin",
    "crime_victim", "genetic", "biometric", "geolocation",
)  # fmt: skip
_DELAWARE: Final = (
    "race_ethnicity", "religion", "health", "sexual_orientation", "transgender", "citizenship", "genetic", "biometric",
    "geolocation",
)  # fmt: skip
_CHILD: Final = ("to process data of a known child",)
_TEENS: Final = (*_CHILD, "to sell data, 13 to 15", "to target, 13 to 15")
_PLAIN: Final = ("SaleOptOutNotice", "TargetedAdvertisingOptOutNotice", "SaleOptOut", "TargetedAdvertisingOptOut")


@attrs.frozen(kw_only=True)
class UsLayout:
    """One version of one US section. *headed*: it may begin with a header that lists its parts.

    *sensitive* names the categories by their place, several joined by ``/``; *opt_out* says that 1 means an opt-out
    there, and 2 none (elsewhere: no consent, and consent). *children* says what each choice about children is for.
    *disputed* says that 1 and 2 for secondary use stood the other way round in the section's first edition (May 2024;
    corrected in Global-Privacy-Platform pull request 114, under the same version number).
    """

    id: int
    prefix: str
    jurisdiction: str
    version: int
    parts: tuple[Part, ...]
    headed: bool = False
    sensitive: tuple[str, ...] = ()
    opt_out: bool = False
    children: tuple[str, ...] = ()
    disputed: bool = False


def _layout(
    id: int,
    prefix: str,
    jurisdiction: str,
    fields: tuple[str, ...],
    *,
    sensitive: tuple[str, ...] = _COMMON,
    children: tuple[str, ...] = _CHILD,
    additional: str = "AdditionalDataProcessingConsent",
    gpc: bool = True,
    version: int = 1,
    opt_out: bool = False,
    disputed: bool = False,
) -> UsLayout:
    """Return a section as most states have it: notices, opt-outs, sensitive data, children, modes."""
    coding = us.OPT_OUT if opt_out else us.CONSENT
    rest: list[Field] = [us.sensitive(sensitive, coding=coding), us.known_child(children)]
    if additional:
        rest.append(us.two_bits(additional, coding=us.DISPUTED if disputed else ""))
    core = Part("core", (us.VERSION, *map(us.two_bits, fields), *rest, *map(us.two_bits, us.MSPA)), required=True)
    return UsLayout(
        id=id, prefix=prefix, jurisdiction=jurisdiction, version=version, parts=(core, us.GPC) if gpc else (core,),
        sensitive=sensitive, opt_out=opt_out, children=children, disputed=disputed,
    )  # fmt: skip


def _headed(id: int, prefix: str, jurisdiction: str, *, sensitive: tuple[str, ...] = ()) -> UsLayout:
    """Return a section as the states of 2025 have it: a header, and sensitive data in a part of its own."""
    children = _CHILD if sensitive else ()
    fields = ("MspaCoveredTransaction", "MspaMode", "ProcessingNotice", *_PLAIN)
    core = Part(
        "core",
        (
            us.MSPA_VERSION,
            *map(us.two_bits, fields),
            *([us.known_child(children)] if children else []),
            us.two_bits("AdditionalDataProcessingConsent"),
        ),
        required=True,
    )
    more = Part(us.SENSITIVE_PART, (us.sensitive(sensitive, coding=us.CONSENT),)) if sensitive else us.GPC
    return UsLayout(
        id=id, prefix=prefix, jurisdiction=jurisdiction, version=1, parts=(core, more), headed=True,
        sensitive=sensitive, children=children,
    )  # fmt: skip


def _national(version: int, sensitive: tuple[str, ...], children: tuple[str, ...]) -> UsLayout:
    fields = (
        "SharingNotice", "SaleOptOutNotice", "SharingOptOutNotice", "TargetedAdvertisingOptOutNotice",
        "SensitiveDataProcessingOptOutNotice", "SensitiveDataLimitUseNotice", "SaleOptOut", "SharingOptOut",
        "TargetedAdvertisingOptOut",
    )  # fmt: skip
    return _layout(
        7, "usnat", "US", fields, sensitive=sensitive, children=children, additional="PersonalDataConsents",
        version=version,
    )  # fmt: skip


_AGES: Final = ("to process data, 13 to 15", "to process data, under 13")
_PROCESSING: Final = ("ProcessingNotice", *_PLAIN)
_SHARING: Final = ("SharingNotice", *_PLAIN)

US_LAYOUTS: Final = (
    _national(1, _NATIONAL, _AGES),
    _national(2, _NATIONAL_2, (*_AGES, "to process data, 16 to 17")),
    _layout(8, "usca", "US-CA", ("SaleOptOutNotice", "SharingOptOutNotice", "SensitiveDataLimitUseNotice", "SaleOptOut",
            "SharingOptOut"), sensitive=_CALIFORNIA, opt_out=True, additional="PersonalDataConsents",
            children=("to sell data, under 16", "to share data, under 16")),
    _layout(9, "usva", "US-VA", _SHARING, additional="", gpc=False),
    _layout(10, "usco", "US-CO", _SHARING, sensitive=_COMMON[:7], additional=""),
    _layout(11, "usut", "US-UT", ("SharingNotice", "SaleOptOutNotice", "TargetedAdvertisingOptOutNotice",
            "SensitiveDataProcessingOptOutNotice", "SaleOptOut", "TargetedAdvertisingOptOut"), sensitive=_UTAH,
            opt_out=True, additional="", gpc=False),
    _layout(12, "usct", "US-CT", _SHARING, children=_TEENS, additional=""),
    _layout(13, "usfl", "US-FL", _PROCESSING, children=("to process data, under 13", "to process data, 13 to 15",
            "to process data, 16 to 17"), gpc=False, disputed=True),
    _layout(14, "usmt", "US-MT", _SHARING, children=_TEENS, disputed=True),
    _layout(15, "usor", "US-OR", _PROCESSING, sensitive=_OREGON, children=_TEENS, disputed=True),
    _layout(16, "ustx", "US-TX", _PROCESSING, disputed=True),
    _layout(17, "usde", "US-DE", _PROCESSING, sensitive=_DELAWARE,
            children=(*_TEENS, "to sell data, 16 to 17", "to target, 16 to 17")),
    _layout(18, "usia", "US-IA", ("ProcessingNotice", "SaleOptOutNotice", "TargetedAdvertisingOptOutNotice",
            "SensitiveDataOptOutNotice", "SaleOptOut", "TargetedAdvertisingOptOut"), opt_out=True, additional=""),
    _layout(19, "usne", "US-NE", _PROCESSING),
    _layout(20, "usnh", "US-NH", _PROCESSING, children=_TEENS),
    _layout(21, "usnj", "US-NJ", _PROCESSING, sensitive=(*_COMMON, "transgender", "account_login"),
            children=(*_TEENS, "to sell data, 16", "to target, 16")),
    _layout(22, "ustn", "US-TN", _PROCESSING),
    _layout(23, "usmn", "US-MN", _PROCESSING),
    _headed(24, "usmd", "US-MD"),
    _headed(25, "usin", "US-IN", sensitive=_COMMON),
    _headed(26, "usky", "US-KY", sensitive=_COMMON),
    _headed(27, "usri", "US-RI", sensitive=_COMMON),
)  # fmt: skip

US_BY_ID: Final = {
    id: {one.version: one for one in US_LAYOUTS if one.id == id} for id in dict.fromkeys(one.id for one in US_LAYOUTS)
}
"""The tables by number and version."""

SENSITIVE_CATEGORIES: Final = tuple(
    dict.fromkeys(name for layout in US_LAYOUTS for place in layout.sensitive for name in place.split("/"))
)
"""Every category of sensitive data that a section speaks of."""
