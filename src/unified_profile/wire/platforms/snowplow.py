"""Snowplow's consent events: the ``consent_preferences`` schema of the enhanced consent plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from unified_profile.model import ConsentState
from unified_profile.wire.platforms.choices import Choice, PlatformConsent

_ACTS = {
    "allow_all": ConsentState.GIVEN,
    "allow_selected": ConsentState.GIVEN,
    "deny_all": ConsentState.REFUSED,
    "withdrawn": ConsentState.WITHDRAWN,
    "pending": ConsentState.REQUESTED,
    "implicit_consent": ConsentState.UNKNOWN,
    "expired": ConsentState.UNKNOWN,
}
"""What an event says of the scopes that it lists. Implicit consent is no consent."""
_Text = Annotated[str, Field(max_length=1024)]


class SnowplowConsent(PlatformConsent):
    """The data of a ``consent_preferences`` event.

    ``consentScopes`` lists what was accepted. What the business's *purposes* know and the list leaves out is refused by
    ``allow_selected``, and by ``deny_all`` and ``withdrawn`` everything is.

    Source: Snowplow, iglu:com.snowplowanalytics.snowplow/consent_preferences/jsonschema/1-0-0 (github.com/snowplow/
    iglu-central).

    .. versionadded:: 0.1
    """

    platform: ClassVar[str] = "snowplow"

    event_type: Literal[
        "allow_all", "allow_selected", "deny_all", "withdrawn", "pending", "implicit_consent", "expired"
    ] = Field(alias="eventType")
    basis_for_processing: Literal[
        "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"
    ] = Field(alias="basisForProcessing")
    consent_url: Annotated[str, Field(max_length=2000)] = Field(alias="consentUrl")
    consent_version: Annotated[str, Field(max_length=16)] = Field(alias="consentVersion")
    consent_scopes: list[_Text] = Field(alias="consentScopes")
    domains_applied: list[_Text] = Field(alias="domainsApplied")
    gdpr_applies: bool | None = Field(default=None, alias="gdprApplies")

    def choices(self) -> Sequence[Choice]:
        """Return one choice for each scope that is listed."""
        return [self._choice(scope, _ACTS[self.event_type]) for scope in dict.fromkeys(self.consent_scopes)]

    def rest(self, choices: Iterable[Choice], /) -> dict[str, Any]:
        """Return the whole event: what was not chosen stands in no list, so that the event is kept as one."""
        del choices
        return self.to_payload()

    def _all_choices(self, purposes: Mapping[str, str] | None) -> Sequence[Choice]:
        listed = self.choices()
        named = {one.category for one in listed}
        if self.event_type == "allow_selected":
            others = ConsentState.REFUSED
        elif self.event_type in {"deny_all", "withdrawn", "expired"}:
            others = _ACTS[self.event_type]
        else:
            return listed
        return [*listed, *(self._choice(scope, others) for scope in purposes or () if scope not in named)]

    def _choice(self, scope: str, state: ConsentState) -> Choice:
        fields = {
            "legal_basis": self.basis_for_processing,
            "notice_id": self.consent_url,
            "notice_version": self.consent_version,
        }
        return Choice(at=(), category=scope, state=state, said=None, fields=fields)
