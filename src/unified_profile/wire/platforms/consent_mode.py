"""Google Consent Mode v2: what a page told Google's tags, by ``gtag('consent', command, states)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import ConsentState
from unified_profile.wire.platforms.choices import Choice, PlatformConsent

State = Literal["granted", "denied"]


class ConsentMode(PlatformConsent):
    """A command of Consent Mode with its states.

    A ``default`` is what the page set before anybody chose: it grants nothing and refuses nothing. An ``update`` is
    what was chosen. ``region`` and ``wait_for_update`` are kept.

    Source: Google, "Set up consent mode on websites" (developers.google.com/tag-platform/security/guides/consent).

    >>> mode = ConsentMode.of_gtag(["consent", "update", {"ad_storage": "denied", "analytics_storage": "granted"}])
    >>> [(one.category, one.state.value) for one in mode.choices()]
    [('ad_storage', 'refused'), ('analytics_storage', 'given')]

    .. versionadded:: 0.1
    """

    platform: ClassVar[str] = "consent_mode"

    command: Literal["default", "update"] = "update"
    ad_storage: State | None = None
    ad_user_data: State | None = None
    ad_personalization: State | None = None
    analytics_storage: State | None = None
    functionality_storage: State | None = None
    personalization_storage: State | None = None
    security_storage: State | None = None

    @classmethod
    def of_gtag(cls, arguments: Sequence[Any], /) -> ConsentMode:
        """Return what a call of ``gtag`` said, by its arguments: ``["consent", "update", {...}]``.

        Raises:
            InvalidPayloadError: If they are no call about consent.
        """
        if len(arguments) != 3 or arguments[0] != "consent" or not isinstance(arguments[2], Mapping):
            raise InvalidPayloadError(
                field="payload", reason="not a call about consent", hint='["consent", "update", {}]'
            )
        return cls.parse({**arguments[2], "command": arguments[1]})

    def to_gtag(self) -> list[Any]:
        """Return the arguments of the call of ``gtag``."""
        states = self.to_payload()
        return ["consent", states.pop("command", self.command), states]

    def choices(self) -> Sequence[Choice]:
        """Return one choice for each type of consent that is named."""
        found = []
        for name in TYPES:
            said = getattr(self, name)
            if said is None:
                continue
            state = ConsentState.GIVEN if said == "granted" else ConsentState.REFUSED
            if self.command == "default":
                state = ConsentState.UNKNOWN
            found.append(Choice(at=(name,), category=name, state=state, said=said))
        return found


TYPES = tuple(name for name in ConsentMode.model_fields if name != "command")
"""The types of consent."""
