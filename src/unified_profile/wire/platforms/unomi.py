"""Consents as Apache Unomi keeps them on a profile, and as its ``modifyConsent`` event changes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import ConsentState
from unified_profile.wire.payloads import Silent
from unified_profile.wire.platforms.choices import Choice, PlatformConsent, TimeText, instant_of

_STATES = {
    "GRANTED": ConsentState.GIVEN,
    "DENIED": ConsentState.REFUSED,
    "REVOKED": ConsentState.WITHDRAWN,
}


class UnomiConsent(Silent):
    """One consent: of which type and scope, its status, since when, and until when."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True, regex_engine="python-re")

    type_identifier: str = Field(alias="typeIdentifier", min_length=1, max_length=200)
    scope: str | None = None
    status: Literal["GRANTED", "DENIED", "REVOKED"]
    status_date: TimeText | None = Field(default=None, alias="statusDate")
    revoke_date: TimeText | None = Field(default=None, alias="revokeDate")


class UnomiConsents(PlatformConsent):
    """The ``consents`` of a profile, by their keys. The type of a consent is its category.

    Source: Apache Unomi, ``org.apache.unomi.api.Consent`` (github.com/apache/unomi).

    >>> body = {"consents": {"web/newsletter": {"typeIdentifier": "newsletter", "scope": "web", "status": "DENIED"}}}
    >>> [(one.category, one.state.value) for one in UnomiConsents.parse(body).choices()]
    [('newsletter', 'refused')]

    .. versionadded:: 0.1
    """

    platform: ClassVar[str] = "unomi"

    consents: dict[str, UnomiConsent]

    @classmethod
    def of_event(cls, event: Mapping[str, Any], /) -> UnomiConsents:
        """Return the consent that a ``modifyConsent`` event sets, under the key that Unomi keeps it by.

        Raises:
            InvalidPayloadError: If it is no such event.
        """
        properties = event.get("properties")
        consent = properties.get("consent") if isinstance(properties, Mapping) else None
        if event.get("eventType") != "modifyConsent" or not isinstance(consent, Mapping):
            raise InvalidPayloadError(field="eventType", reason="not a modifyConsent event", hint="properties.consent")
        scope, kind = consent.get("scope"), consent.get("typeIdentifier")
        return cls.parse({"consents": {f"{scope}/{kind}" if scope else str(kind): dict(consent)}})

    def choices(self) -> Sequence[Choice]:
        """Return one choice for each consent."""
        return [
            Choice(
                at=("consents", key),
                category=one.type_identifier,
                state=_STATES[one.status],
                said=one.model_dump(mode="json", by_alias=True, exclude_unset=True),
                expressed_at=instant_of(one.status_date),
                ends_at=instant_of(one.revoke_date) if one.status == "GRANTED" else None,
            )
            for key, one in self.consents.items()
        ]
