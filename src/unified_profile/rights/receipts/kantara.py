"""Receipts as the Kantara Consent Receipt Specification 1.1 has them: one JSON object for the person to keep.

The field names are the specification's (Kantara Initiative, Consent Receipt Specification v1.1.0, 2018). Its schema and
text are not part of this library; the checks here are our own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model import Json
from unified_profile.model.soundness import soundly_made
from unified_profile.model.times import aware
from unified_profile.rights.parties import Party, texted, texts
from unified_profile.rights.receipts.parts import Read, listed

VERSION = "KI-CR-v1.1.0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _texts(found: Iterable[str]) -> tuple[str, ...]:
    return texts(found, "receipt")


@soundly_made
@attrs.frozen(kw_only=True)
class ReceiptPurpose:
    """One purpose that was consented to. *third_party* names who else gets the data; "" is nobody.

    *disclosed* says that a third party gets the data; a name may be there without it.

    .. versionadded:: 0.1
    """

    purpose: str
    categories: tuple[str, ...] = attrs.field(converter=_texts)
    data: tuple[str, ...] = attrs.field(converter=_texts)
    termination: str
    consent_type: str = "EXPLICIT"
    primary: bool | None = None
    disclosed: bool = False
    third_party: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse what the specification requires and is not there."""
        for part in ("consent_type", "termination"):
            texted(getattr(self, part), f"purpose.{part}")
        if not isinstance(self.disclosed, bool) or not isinstance(self.primary, (bool, type(None))):
            raise InvalidInputError(field="purpose.disclosed", reason="neither yes nor no", hint="True or False")
        if self.disclosed:
            texted(self.third_party, "purpose.third_party")


def _purposes(found: Iterable[ReceiptPurpose]) -> tuple[ReceiptPurpose, ...]:
    return tuple(found)


@soundly_made
@attrs.frozen(kw_only=True)
class ReceiptService:
    """A service, and what its data is used for.

    .. versionadded:: 0.1
    """

    name: str
    purposes: tuple[ReceiptPurpose, ...] = attrs.field(converter=_purposes)

    def __attrs_post_init__(self) -> None:
        """Refuse a service without a name, or with something else than purposes."""
        texted(self.name, "service.name", empty=True)
        if not all(isinstance(one, ReceiptPurpose) for one in self.purposes):
            raise InvalidInputError(field="service.purposes", reason="holds something else", hint="see ReceiptPurpose")


def _services(found: Iterable[ReceiptService]) -> tuple[ReceiptService, ...]:
    return tuple(found)


def _parties(found: Iterable[Party]) -> tuple[Party, ...]:
    return tuple(found)


@soundly_made
@attrs.frozen(kw_only=True)
class KantaraReceipt:
    """A consent receipt. *principal* stands for the person: a pseudonym, so that a kept copy names nobody.

    Attributes:
        id: The receipt's own id.
        at: When consent was expressed, in whole seconds.
        jurisdiction: Under whose law.
        method: How it was collected.
        principal: Who consented.
        controllers: Who answers; at least one.
        policy: Where the notice can be read.
        services: What it is for; at least one.
        sensitive: Whether sensitive data is among it.
        special: Which.
        language: In which language it was asked; "" is left out.
        public_key: Whose signature to expect; "" is left out.
        version: Of the specification.

    Raises:
        InvalidInputError: If a part that the specification requires is not there.

    .. versionadded:: 0.1
    """

    id: str
    at: datetime
    jurisdiction: str
    method: str
    principal: str
    controllers: tuple[Party, ...] = attrs.field(converter=_parties)
    policy: str
    services: tuple[ReceiptService, ...] = attrs.field(converter=_services)
    sensitive: bool = False
    special: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    language: str = ""
    public_key: str = ""
    version: str = VERSION

    def __attrs_post_init__(self) -> None:
        """Refuse what is missing."""
        for part in ("id", "jurisdiction", "method", "principal", "policy", "version"):
            texted(getattr(self, part), f"receipt.{part}")
        for part in ("language", "public_key"):
            texted(getattr(self, part), f"receipt.{part}", empty=True)
        if aware(self.at, field="receipt.at").microsecond or self.at < _EPOCH:
            raise InvalidInputError(field="receipt.at", reason="not whole seconds since 1970", hint="cut them off")
        if not isinstance(self.sensitive, bool):
            raise InvalidInputError(field="receipt.sensitive", reason="neither yes nor no", hint="True or False")
        for part, kind in (("controllers", Party), ("services", ReceiptService)):
            found = getattr(self, part)
            if not found or not all(isinstance(one, kind) for one in found):
                raise InvalidInputError(field=f"receipt.{part}", reason="none, or something else", hint="name one")

    def to_json(self) -> dict[str, Json]:
        """Return the receipt as JSON by the names of the specification."""
        form: dict[str, Json] = {
            "version": self.version,
            "jurisdiction": self.jurisdiction,
            "consentTimestamp": (self.at - _EPOCH) // timedelta(seconds=1),
            "collectionMethod": self.method,
            "consentReceiptID": self.id,
        }
        form |= {name: text for name, text in (("publicKey", self.public_key), ("language", self.language)) if text}
        return form | {
            "piiPrincipalId": self.principal,
            "piiControllers": [_party(one) for one in self.controllers],
            "policyUrl": self.policy,
            "services": [
                {"service": one.name, "purposes": [_purpose(each) for each in one.purposes]} for one in self.services
            ],
            "sensitive": self.sensitive,
            "spiCat": listed(self.special),
        }

    @classmethod
    def from_json(cls, form: object, /) -> KantaraReceipt:
        """Return the receipt of a JSON form; ``to_json`` gives the same form again.

        Raises:
            InvalidInputError: With the path of the first field that is missing, of another kind, or not known.
        """
        whole = Read(form, "receipt")
        seconds = whole.take("consentTimestamp", int)
        try:
            at = _EPOCH + timedelta(seconds=seconds)
        except OverflowError:
            at = None
        if at is None:
            raise whole.refuse("consentTimestamp", "ends after the year 9999")
        found = cls(
            version=whole.take("version", str),
            jurisdiction=whole.take("jurisdiction", str),
            at=at,
            method=whole.take("collectionMethod", str),
            id=whole.take("consentReceiptID", str),
            public_key=whole.take("publicKey", str, ""),
            language=whole.take("language", str, ""),
            principal=whole.take("piiPrincipalId", str),
            controllers=[_party_in(one) for one in whole.each("piiControllers")],
            policy=whole.take("policyUrl", str),
            services=[_service_in(one) for one in whole.each("services")],
            sensitive=whole.take("sensitive", bool),
            special=whole.names("spiCat"),
        )
        whole.done()
        return found


def _party(one: Party) -> dict[str, Json]:
    form: dict[str, Json] = {"piiController": one.name}
    if one.on_behalf is not None:
        form["onBehalf"] = one.on_behalf
    form |= {"contact": one.contact, "address": {**one.address}, "email": one.email, "phone": one.phone}
    return form | ({"piiControllerUrl": one.url} if one.url else {})


def _party_in(form: Read) -> Party:
    found = Party(
        name=form.take("piiController", str),
        on_behalf=form.take("onBehalf", bool, None),
        contact=form.take("contact", str),
        address=form.take("address", dict),
        email=form.take("email", str),
        phone=form.take("phone", str),
        url=form.take("piiControllerUrl", str, ""),
    )
    form.done()
    return found


def _purpose(one: ReceiptPurpose) -> dict[str, Json]:
    form: dict[str, Json] = {"purpose": one.purpose} if one.purpose else {}
    form |= {
        "purposeCategory": listed(one.categories),
        "consentType": one.consent_type,
        "piiCategory": listed(one.data),
    }
    if one.primary is not None:
        form["primaryPurpose"] = one.primary
    form |= {"termination": one.termination, "thirdPartyDisclosure": one.disclosed}
    return form | ({"thirdPartyName": one.third_party} if one.third_party else {})


def _service_in(form: Read) -> ReceiptService:
    found = ReceiptService(name=form.take("service", str), purposes=[_purpose_in(one) for one in form.each("purposes")])
    form.done()
    return found


def _purpose_in(form: Read) -> ReceiptPurpose:
    found = ReceiptPurpose(
        purpose=form.take("purpose", str, ""),
        categories=form.names("purposeCategory"),
        consent_type=form.take("consentType", str),
        data=form.names("piiCategory"),
        primary=form.take("primaryPurpose", bool, None),
        termination=form.take("termination", str),
        disclosed=form.take("thirdPartyDisclosure", bool),
        third_party=form.take("thirdPartyName", str, ""),
    )
    form.done()
    return found
