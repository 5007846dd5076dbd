"""TC strings of IAB Europe's Transparency and Consent Framework, version 2: decoded, encoded, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import attrs

from unified_profile.consent.signals.bits import bits_of, byte_spare
from unified_profile.consent.signals.ids import Ids, Restriction
from unified_profile.consent.signals.layout import Segment, read_part, write_part
from unified_profile.consent.signals.reading import STRICT, Attempt, Reading, fault
from unified_profile.consent.signals.tcf_fields import TCF_CORE, TCF_PARTS
from unified_profile.errors import InvalidSignalError
from unified_profile.model.redaction import hidden

_BY_TYPE: Final = {part.marker[0]: part for part in TCF_PARTS if part.marker}
_BY_NAME: Final = {part.name: part for part in TCF_PARTS}
VERSION: Final = 2


def _set(ids: Iterable[int]) -> frozenset[int]:
    return frozenset(ids)


@attrs.frozen(kw_only=True)
class Publisher:
    """What the person chose for the publisher itself.

    .. versionadded:: 0.1
    """

    consents: frozenset[int] = attrs.field(default=frozenset(), converter=_set, repr=hidden)
    legitimate_interests: frozenset[int] = attrs.field(default=frozenset(), converter=_set, repr=hidden)
    custom_purposes: int = 0
    custom_consents: frozenset[int] = attrs.field(default=frozenset(), converter=_set, repr=hidden)
    custom_legitimate_interests: frozenset[int] = attrs.field(default=frozenset(), converter=_set, repr=hidden)


@attrs.frozen(kw_only=True)
class TCString:
    """A decoded TC string. What somebody chose does not show in its repr.

    Purposes and special features are sets of their numbers, vendors are ``Ids``. A part that was not there is None.

    Attributes:
        form: The parts in the order in which they stood, each with the characters of filling beyond need; empty where
            that is as most write it: filled up to whole bytes. It makes encoding give back what was decoded.
        repairs: What a lenient reading forgave; such a string grants nothing.

    .. versionadded:: 0.1
    """

    created: datetime
    last_updated: datetime
    cmp_id: int = 0
    cmp_version: int = 0
    consent_screen: int = 0
    consent_language: str = "EN"
    vendor_list_version: int = 0
    policy_version: int = 5
    is_service_specific: bool = True
    use_non_standard_texts: bool = False
    special_feature_opt_ins: frozenset[int] = attrs.field(default=frozenset(), converter=_set, repr=hidden)
    purpose_consents: frozenset[int] = attrs.field(default=frozenset(), converter=_set, repr=hidden)
    purpose_legitimate_interests: frozenset[int] = attrs.field(default=frozenset(), converter=_set, repr=hidden)
    purpose_one_treatment: bool = False
    publisher_country: str = "AA"
    vendor_consents: Ids = attrs.field(factory=Ids)
    vendor_legitimate_interests: Ids = attrs.field(factory=Ids)
    restrictions: tuple[Restriction, ...] = attrs.field(default=(), repr=hidden)
    disclosed_vendors: Ids | None = None
    allowed_vendors: Ids | None = None
    publisher: Publisher | None = None
    form: tuple[tuple[str, int], ...] = attrs.field(default=(), repr=False)
    repairs: tuple[str, ...] = ()

    @property
    def version(self) -> int:
        """The version of the encoding: 2 for TCF 2.0 to 2.3."""
        return VERSION

    def encode(self) -> str:
        """Return the string.

        Raises:
            InvalidInputError: With the field that cannot be written.
        """
        parts = {"core": _core_values(self)}
        if self.disclosed_vendors is not None:
            parts["disclosed_vendors"] = {"DisclosedVendors": self.disclosed_vendors}
        if self.allowed_vendors is not None:
            parts["allowed_vendors"] = {"AllowedVendors": self.allowed_vendors}
        if self.publisher is not None:
            parts["publisher"] = _publisher_values(self.publisher)
        spare = {name: count for name, count in self.form if name in parts}
        order = [*spare, *(name for name in parts if name not in spare)]
        return ".".join(write_part(_BY_NAME[name], parts[name], where="tcf", spare=spare.get(name)) for name in order)


def _core_values(tc: TCString) -> dict[str, Any]:
    return {
        "Version": VERSION,
        "Created": tc.created,
        "LastUpdated": tc.last_updated,
        "CmpId": tc.cmp_id,
        "CmpVersion": tc.cmp_version,
        "ConsentScreen": tc.consent_screen,
        "ConsentLanguage": tc.consent_language,
        "VendorListVersion": tc.vendor_list_version,
        "TcfPolicyVersion": tc.policy_version,
        "IsServiceSpecific": tc.is_service_specific,
        "UseNonStandardTexts": tc.use_non_standard_texts,
        "SpecialFeatureOptIns": tc.special_feature_opt_ins,
        "PurposesConsent": tc.purpose_consents,
        "PurposesLITransparency": tc.purpose_legitimate_interests,
        "PurposeOneTreatment": tc.purpose_one_treatment,
        "PublisherCC": tc.publisher_country,
        "VendorConsents": tc.vendor_consents,
        "VendorLegitimateInterests": tc.vendor_legitimate_interests,
        "PubRestrictions": tc.restrictions,
    }


def _publisher_values(publisher: Publisher) -> dict[str, Any]:
    return {
        "PubPurposesConsent": publisher.consents,
        "PubPurposesLITransparency": publisher.legitimate_interests,
        "NumCustomPurposes": publisher.custom_purposes,
        "CustomPurposesConsent": publisher.custom_consents,
        "CustomPurposesLITransparency": publisher.custom_legitimate_interests,
    }


def decode_tc(text: str, /, *, reading: Reading = STRICT) -> TCString:
    """Return what a TC string (version 2) says.

    Decoding tells what stands there, not whether it counts: ``tc_problems`` does.

    >>> tc = decode_tc("CQd924AQd924AASACCENCNFsAP_gAEIAACiQAAAAAAAA.IAAA")
    >>> tc.cmp_id, tc.vendor_list_version, sorted(tc.purpose_legitimate_interests)
    (18, 141, [2, 7])
    >>> decode_tc("CQd924AQd924AASACCENCNFsAP_gAEIAACiQAA")
    Traceback (most recent call last):
        ...
    unified_profile.errors.InvalidSignalError: tcf.core.VendorConsents: ends too early at bit 213; send the whole string

    Raises:
        InvalidSignalError: With part, field and bit; never with the string.

    .. versionadded:: 0.1
    """
    attempt = Attempt(reading)
    try:
        return read_tc(attempt.text(text, signal="tcf"), attempt, signal="tcf")
    except InvalidSignalError as error:
        told = error.with_traceback(None)
    del text  # a report that shows the locals of this error must not show the string
    raise told


def read_tc(text: str, attempt: Attempt, *, signal: str) -> TCString:
    """Return what a TC string says, as one step of a larger reading."""
    parts = text.split(".")
    readers = [bits_of(part, attempt, signal=signal, segment=f"part {at + 1}") for at, part in enumerate(parts)]
    versions = [int(reader.digits[:6], 2) for reader in readers]
    start = next((at for at, version in enumerate(versions) if version == VERSION), None)
    if start is None or versions[0] != VERSION:
        if start is None or versions[0] >> 3 not in _BY_TYPE:
            raise fault("wrong_version", f"not of version {VERSION}", signal, segment="core", field="Version", bit=0)
        if not attempt.forgive("wrong_order", allowed=attempt.reading.order):
            raise fault("wrong_order", "does not begin with the core", signal, segment=readers[0].segment, bit=0)
        readers.insert(0, readers.pop(start))
    found: dict[str, Segment] = {}
    for at, reader in enumerate(readers):
        part = TCF_CORE if at == 0 else _BY_TYPE.get(int(reader.digits[:3], 2))
        if part is None:
            reader.field = "SegmentType"
            raise reader.fault("unknown_segment", "not a known type of part", bit=0)
        reader.segment = part.name
        if part.name in found:
            raise reader.fault("duplicate", "this part comes twice", bit=0)
        found[part.name] = read_part(part, reader)
    plain = [reader.segment for reader in readers] == [name for name in _BY_NAME if name in found] and all(
        found[reader.segment].spare == byte_spare(reader.at) for reader in readers
    )
    form = () if plain else tuple((name, segment.spare) for name, segment in found.items())
    return _tc_of(found, form, tuple(attempt.repairs))


def _tc_of(found: dict[str, Segment], form: tuple[tuple[str, int], ...], repairs: tuple[str, ...]) -> TCString:
    core = found["core"].values
    disclosed, allowed = found.get("disclosed_vendors"), found.get("allowed_vendors")
    publisher = found.get("publisher")
    return TCString(
        created=core["Created"],
        last_updated=core["LastUpdated"],
        cmp_id=core["CmpId"],
        cmp_version=core["CmpVersion"],
        consent_screen=core["ConsentScreen"],
        consent_language=core["ConsentLanguage"],
        vendor_list_version=core["VendorListVersion"],
        policy_version=core["TcfPolicyVersion"],
        is_service_specific=core["IsServiceSpecific"],
        use_non_standard_texts=core["UseNonStandardTexts"],
        special_feature_opt_ins=core["SpecialFeatureOptIns"],
        purpose_consents=core["PurposesConsent"],
        purpose_legitimate_interests=core["PurposesLITransparency"],
        purpose_one_treatment=core["PurposeOneTreatment"],
        publisher_country=core["PublisherCC"],
        vendor_consents=core["VendorConsents"],
        vendor_legitimate_interests=core["VendorLegitimateInterests"],
        restrictions=core["PubRestrictions"],
        disclosed_vendors=disclosed.values["DisclosedVendors"] if disclosed else None,
        allowed_vendors=allowed.values["AllowedVendors"] if allowed else None,
        publisher=None if publisher is None else Publisher(
            consents=publisher.values["PubPurposesConsent"],
            legitimate_interests=publisher.values["PubPurposesLITransparency"],
            custom_purposes=publisher.values["NumCustomPurposes"],
            custom_consents=publisher.values["CustomPurposesConsent"],
            custom_legitimate_interests=publisher.values["CustomPurposesLITransparency"],
        ),
        form=form,
        repairs=repairs,
    )  # fmt: skip
