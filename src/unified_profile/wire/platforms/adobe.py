"""Adobe's consent fields: the XDM data type "Consents and Preferences" (2.0), and consent strings beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

import attrs
from pydantic import Field, model_validator

from unified_profile.model import ConsentState, Identifier
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.wire.payloads import JsonObject, unfit
from unified_profile.wire.platforms.choices import Choice, Path, PlatformConsent, instant_of

_BASES = {
    "LI": "legitimate_interests", "CT": "contract", "CP": "legal_obligation", "VI": "vital_interests",
    "PI": "public_task",
}  # fmt: skip
_STATES = {
    "y": ConsentState.GIVEN, "n": ConsentState.REFUSED, "p": ConsentState.PENDING_CONFIRMATION,
    "u": ConsentState.UNKNOWN, "dy": ConsentState.UNKNOWN, "dn": ConsentState.UNKNOWN,
    **dict.fromkeys(_BASES, ConsentState.UNKNOWN),
}  # fmt: skip
"""What a value means. A default that nobody chose, and another basis than consent, are no consent."""
_ANY = "any"


@closed
@attrs.frozen(kw_only=True)
class ConsentString(Closed):
    """A consent string that Adobe carried: by which standard and version, and whether the GDPR applies."""

    standard: str
    version: str
    value: str = attrs.field(repr=hidden)
    gdpr_applies: bool | None = None


class AdobeConsents(PlatformConsent):
    """The ``consents`` object of a profile, or of a message of the SDK.

    ``marketing`` is chosen for each channel, ``idSpecific`` for each address; everything else is its own category.
    Consent strings (``consentStrings``) are handed out by ``strings``, for a decoder to read.

    Source: Adobe, "Consents and Preferences data type" and "Generic Consent Field data type"
    (experienceleague.adobe.com/docs/experience-platform/xdm/data-types).

    >>> body = {"consents": {"collect": {"val": "y"}, "marketing": {"email": {"val": "n"}}}}
    >>> [(one.category, one.channel, one.state.value) for one in AdobeConsents.parse(body).choices()]
    [('collect', 'any', 'given'), ('marketing', 'email', 'refused')]

    .. versionadded:: 0.1
    """

    platform: ClassVar[str] = "adobe"

    consents: JsonObject = Field(default_factory=dict)
    consent_strings: list[JsonObject] = Field(default_factory=list, alias="consentStrings")

    @model_validator(mode="after")
    def _checked(self) -> Self:
        for path, leaf in _leaves(self.consents, ()):
            known = path[:2] if path[0] == "idSpecific" else path  # an address follows, and it is no error's to tell
            where = "consents." + ".".join(step for step in known if step.isidentifier())
            if not isinstance(leaf["val"], str) or leaf["val"] not in _STATES:
                raise unfit("not a known choice", "one of " + ", ".join(_STATES), field=f"{where}.val")
            _time(leaf, where)
        metadata = self.consents.get("metadata")
        if isinstance(metadata, Mapping):
            _time(metadata, "consents.metadata")
        return self

    def choices(self) -> Sequence[Choice]:
        """Return one choice for each field with a value."""
        metadata = self.consents.get("metadata")
        usual = instant_of(metadata.get("time")) if isinstance(metadata, Mapping) else None
        return [_choice(path, leaf, usual) for path, leaf in _leaves(self.consents, ())]

    def strings(self) -> tuple[ConsentString, ...]:
        """Return the consent strings that came with it."""
        return tuple(
            ConsentString(
                standard=str(one.get("consentStandard", "")),
                version=str(one.get("consentStandardVersion", "")),
                value=str(one.get("consentStringValue", "")),
                gdpr_applies=one.get("gdprApplies") if isinstance(one.get("gdprApplies"), bool) else None,
            )
            for one in self.consent_strings
        )


def _leaves(tree: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Give the objects that hold a value, with their paths."""
    for name, item in tree.items():
        if isinstance(item, Mapping):
            if "val" in item:
                yield (*path, name), item
            elif name != "metadata" or path:
                yield from _leaves(item, (*path, name))


def _time(leaf: Mapping[str, Any], where: str) -> None:
    if "time" not in leaf:
        return
    reason = "not a time with an offset"
    if isinstance(leaf["time"], str):
        try:
            instant_of(leaf["time"])
        except ValueError:
            pass
        else:
            return
    raise unfit(reason, "ISO 8601, for example 2026-01-31T09:30:00Z", field=f"{where}.time")


def _choice(path: Path, leaf: Mapping[str, Any], usual: datetime | None) -> Choice:
    value = leaf["val"]
    identifiers: tuple[Identifier, ...] = ()
    names = path
    if path[0] == "idSpecific" and len(path) >= 4:
        identifiers = (Identifier(_namespace(path[1]), path[2]),)
        names = path[3:]
    channel = names[1] if names[0] == "marketing" and len(names) == 2 else _ANY
    category = names[0] if names[0] == "marketing" else ".".join(names)
    fields = {"expressed_by": "controller"} if value in {"dy", "dn"} else {}
    if value in _BASES:
        fields = {"legal_basis": _BASES[value]}
    own = leaf.get("time")
    return Choice(
        at=("consents", *path),
        category=category,
        state=_STATES[value],
        said=dict(leaf),
        expressed_at=instant_of(own) if isinstance(own, str) else usual,
        channel=channel.lower(),
        identifiers=identifiers,
        fields=fields,
    )


def _namespace(name: str) -> str:
    """Return Adobe's identity namespace as one of ours."""
    return "".join(one if one.isascii() and one.isalnum() else "_" for one in name.lower()) or "adobe"
