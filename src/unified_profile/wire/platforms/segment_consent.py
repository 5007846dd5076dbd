"""Consent as Segment-spec calls carry it: ``context.consent``, one choice for each category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field, StrictBool

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import ConsentState
from unified_profile.wire.platforms.choices import Choice, PlatformConsent


class SegmentConsent(PlatformConsent):
    """The ``consent`` object of a call's context.

    A category that is missing was not asked for: nothing is said of it.

    >>> consent = SegmentConsent.of_call({"context": {"consent": {"categoryPreferences": {"Advertising": False}}}})
    >>> [(one.category, one.state.value) for one in consent.choices()]
    [('Advertising', 'refused')]

    .. versionadded:: 0.1
    """

    platform: ClassVar[str] = "segment"

    category_preferences: dict[str, StrictBool] = Field(alias="categoryPreferences")

    @classmethod
    def of_call(cls, call: Mapping[str, Any], /) -> SegmentConsent:
        """Return the consent object of a Segment-spec *call*.

        Raises:
            InvalidPayloadError: If it has none, or one of another shape.
        """
        context = call.get("context")
        consent = context.get("consent") if isinstance(context, Mapping) else None
        if not isinstance(consent, Mapping):
            raise InvalidPayloadError(
                field="context.consent", reason="not an object", hint="it says nothing of consent"
            )
        return cls.parse(consent)

    def choices(self) -> Sequence[Choice]:
        """Return one choice for each category."""
        return [
            Choice(
                at=("categoryPreferences", name),
                category=name,
                state=ConsentState.GIVEN if yes else ConsentState.REFUSED,
                said=yes,
            )
            for name, yes in self.category_preferences.items()
        ]
