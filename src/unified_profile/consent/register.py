"""The register of processing: which purpose rests on which basis, for whom, with what, since when (GDPR 30)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import attrs

from unified_profile.consent.spelling import one_category, one_name, one_place
from unified_profile.errors import InvalidRulesError
from unified_profile.model import Json
from unified_profile.model.times import aware
from unified_profile.model.values import BASES

ALL_BASES = BASES | {"notice", "recognised_legitimate_interests"}
"""The bases that an entry can declare. ``notice``: told and not asked, where the law requires no basis."""

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def _names(found: Iterable[str]) -> frozenset[str]:
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise InvalidRulesError(field="register", reason="lists something else than names", hint='{"email"}')
    return frozenset(found)


def _since(moment: datetime) -> datetime:
    return aware(moment, field="valid_from")


def _until(moment: datetime | None) -> datetime | None:
    return None if moment is None else aware(moment, field="valid_to")


@attrs.frozen
class EntryNames:
    """What an entry names, in the one spelling in which names are compared."""

    controller: str
    jurisdiction: str
    categories: frozenset[str]
    recipients: frozenset[str]


@attrs.frozen(kw_only=True)
class RegisterEntry:
    """One line of the register. The library does not judge whether it is true; you answer for it.

    Attributes:
        purpose: Which purpose.
        basis: On which basis; see ``ALL_BASES``.
        controller: For which controller; "": every one.
        jurisdiction: Where; "": everywhere.
        categories: The categories of data that it needs; a request for another is denied. None listed: only requests
            that name no category.
        recipients: Who else gets the data.
        special_condition: The condition of GDPR 9(2) that it rests on beside the basis, ``"employment"`` for example.
        valid_from: Since when.
        valid_to: Until when; None: it still stands.
        because: Where the balancing test or the statute is written down.

    Raises:
        InvalidRulesError: If the basis is unknown.

    .. versionadded:: 0.1
    """

    purpose: str
    basis: str
    controller: str = ""
    jurisdiction: str = ""
    categories: frozenset[str] = attrs.field(default=(), converter=_names)
    recipients: frozenset[str] = attrs.field(default=(), converter=_names)
    special_condition: str = ""
    valid_from: datetime = attrs.field(default=_EVER, converter=_since)
    valid_to: datetime | None = attrs.field(default=None, converter=_until)
    because: str = ""
    names: EntryNames = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Refuse a basis that does not exist, and bring names into one spelling."""
        if self.basis not in ALL_BASES:
            raise InvalidRulesError(
                field=f"register {self.purpose!r}.basis",
                reason="unknown",
                hint="one of " + ", ".join(sorted(ALL_BASES)),
            )

        names = EntryNames(
            one_name(self.controller),
            one_place(self.jurisdiction),
            frozenset(map(one_category, self.categories)),
            frozenset(map(one_name, self.recipients)),
        )
        object.__setattr__(self, "names", names)

    def stands(self, at: datetime, /) -> bool:
        """Say whether the entry is in force at *at*."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)

    def to_json(self) -> dict[str, Json]:
        """Return the entry as JSON."""
        return {
            "purpose": self.purpose,
            "basis": self.basis,
            "controller": self.controller,
            "jurisdiction": self.jurisdiction,
            "categories": list[Json](sorted(self.categories)),
            "recipients": list[Json](sorted(self.recipients)),
            "special_condition": self.special_condition,
            "valid_from": self.valid_from.isoformat(),
            "valid_to": None if self.valid_to is None else self.valid_to.isoformat(),
            "because": self.because,
        }

    @classmethod
    def from_json(cls, body: object, /) -> RegisterEntry:
        """Return the entry of a JSON form.

        Raises:
            InvalidRulesError: If *body* is not such a form.
        """
        if not isinstance(body, Mapping) or not isinstance(body.get("purpose"), str):
            raise InvalidRulesError(field="register", reason="not the form of an entry", hint="see to_json")
        ends = body.get("valid_to")
        known = {field.name for field in attrs.fields(cls) if field.init} - {"valid_from", "valid_to"}
        try:
            return cls(
                **{name: value for name, value in body.items() if name in known},
                valid_from=datetime.fromisoformat(str(body.get("valid_from", _EVER.isoformat()))),
                valid_to=None if ends is None else datetime.fromisoformat(str(ends)),
            )
        except (TypeError, ValueError) as error:
            if isinstance(error, InvalidRulesError):
                raise
            raise InvalidRulesError(field="register", reason="not the form of an entry", hint="see to_json") from None
