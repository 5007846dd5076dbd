"""What a business brings to a decision beside the records: purposes, register, notices and law."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

import attrs

from unified_profile.consent.law.book import LawBook
from unified_profile.consent.law.places import chain, within
from unified_profile.consent.notices import NoticeRegistry
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.consent.register import RegisterEntry
from unified_profile.consent.scopes import RESERVED, Request
from unified_profile.consent.spelling import one_category, one_channel, one_name, one_place, one_spelling
from unified_profile.errors import InvalidRulesError
from unified_profile.model import ConsentRecord, Json, Purpose

_MOST_PLACED = 4096
"""Questions repeat; what strangers make up must not fill the memory."""

Rights: TypeAlias = Literal["always", "by_law"]

SPECIAL = frozenset(
    {
        "racial_or_ethnic_origin",
        "political_opinions",
        "religious_beliefs",
        "trade_union_membership",
        "genetic",
        "biometric",
        "health",
        "sex_life",
        "sexual_orientation",
    }
)
"""The special categories of GDPR 9(1), by our names."""

DEVICE_NAMESPACES = frozenset({"anonymous_id", "device_id", "session_id", "cookie", "advertising_id", "idfa", "gaid"})
"""Namespaces whose identifiers name a device and not a person."""


def _sets(found: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    kinds: dict[str, frozenset[str]] = {}
    for name, names in found.items():
        if isinstance(names, str):
            raise InvalidRulesError(field=f"kinds.{name}", reason="not a set of names", hint='{"direct_marketing"}')
        kinds[name] = frozenset(names)
    return MappingProxyType(dict(sorted(kinds.items())))


def _purposes(found: PurposeRegistry | Iterable[Purpose]) -> PurposeRegistry:
    return found if isinstance(found, PurposeRegistry) else PurposeRegistry(found)


def _names(found: Iterable[str]) -> frozenset[str]:
    if isinstance(found, str):
        raise InvalidRulesError(field="policy", reason="lists letters instead of names", hint='{"mailer"}')
    return frozenset(found)


def _known(found: Iterable[str] | None) -> frozenset[str] | None:
    return None if found is None else _names(found)


def _register(found: Iterable[RegisterEntry] | None) -> tuple[RegisterEntry, ...] | None:
    return None if found is None else tuple(found)


KINDS = frozenset(
    {"direct_marketing", "sale", "share", "targeted_advertising", "device_access", "automated_decision", "legal_claims",
     "storage", "legal_hold", "suppression_check", "similar_products", "expected_service", "autodialed_marketing",
     "charitable_purpose", "other_purpose", "personal_related_information", "transfer_abroad",
     "transfer_without_safeguards"}
)  # fmt: skip
"""What a purpose can do, as rules and the rows of the default book name it; rows of your own may name more."""


@attrs.frozen
class Names:
    """What a policy names, in the one spelling in which names are compared."""

    controller: str
    jurisdiction: str
    categories: frozenset[str] | None
    recipients: frozenset[str] | None
    channels: frozenset[str] | None
    processors: frozenset[str]


def _spelled(found: Iterable[str] | None, spell: Callable[[str], str]) -> frozenset[str] | None:
    return None if found is None else frozenset(map(spell, found))


@attrs.frozen(kw_only=True, eq=False)
class Policy:
    """All that a decision rests on beside the person's own records.

    Attributes:
        purposes: What values may be used for, and what is part of what.
        kinds: What a purpose does, by name: ``direct_marketing``, ``sale``, ``share``, ``targeted_advertising``,
            ``device_access``, ``automated_decision``, ``legal_claims``, ``storage``, ``legal_hold``,
            ``suppression_check``, ``similar_products``, ``expected_service``, or what a row of the law names. A purpose
            does what its broader ones do. Who asks for a purpose asks for its parts: rules that bind one of them bind.
        double_opt_in: Purposes for which a grant counts only from its confirmation.
        register: The register of processing; None: each purpose's own basis stands.
        notices: What people were shown; None: records speak for themselves.
        law: The rules that bind; empty: none but the library's own.
        jurisdiction: Where, if neither the question nor the record says.
        controller: Who answers, if neither the question nor the record says.
        categories: The categories of data there are; None: any.
        recipients: The recipients there are; None: any.
        channels: The channels there are; None: any.
        processors: Recipients that act for the controller and are no third parties; systems of your own among them.
        rights: Whether restriction, objection and opt-out signals count everywhere (``"always"``), or only where a row
            of the law gives the right (``"by_law"``).
        devices: Namespaces whose identifiers name a device and not a person.
        birth_date: The trait in which a declared birth date stands; a hub looks there who is a child.
        tolerance: How far apart two clocks may be: nearer than this, a grant lifts no refusal.

    .. versionadded:: 0.1
    """

    purposes: PurposeRegistry = attrs.field(converter=_purposes)
    kinds: Mapping[str, frozenset[str]] = attrs.field(factory=dict, converter=_sets)
    double_opt_in: frozenset[str] = attrs.field(default=(), converter=_names)
    register: tuple[RegisterEntry, ...] | None = attrs.field(default=None, converter=_register)
    notices: NoticeRegistry | None = None
    law: LawBook = attrs.field(factory=LawBook)
    jurisdiction: str = ""
    controller: str = ""
    categories: frozenset[str] | None = attrs.field(default=None, converter=_known)
    recipients: frozenset[str] | None = attrs.field(default=None, converter=_known)
    channels: frozenset[str] | None = attrs.field(default=None, converter=_known)
    processors: frozenset[str] = attrs.field(default=(), converter=_names)
    rights: Rights = "always"
    tolerance: timedelta = timedelta(0)
    devices: frozenset[str] = attrs.field(default=DEVICE_NAMESPACES, converter=_names)
    birth_date: str = "birth_date"
    _kinds_of: dict[str, frozenset[str]] = attrs.field(init=False, factory=dict, repr=False)
    _within: dict[str, frozenset[str]] = attrs.field(init=False, factory=dict, repr=False)
    _placed: dict[Request, Request] = attrs.field(init=False, factory=dict, repr=False)
    names: Names = attrs.field(init=False, repr=False)
    reserved: frozenset[str] = attrs.field(init=False, repr=False)
    """The names under which people invoke rights and send signals: the library's, and those of rows of the law."""

    def __attrs_post_init__(self) -> None:
        """Refuse what names no purpose."""
        for field, names in (("kinds", self.kinds), ("double_opt_in", self.double_opt_in)):
            for name in names:
                if name not in self.purposes:
                    raise InvalidRulesError(field=f"{field}.{name}", reason="an unknown purpose", hint="register it")
        for entry in self.register or ():
            if not isinstance(entry, RegisterEntry) or entry.purpose not in self.purposes:
                raise InvalidRulesError(field="register", reason="names an unknown purpose", hint="register it")
        if self.rights not in {"always", "by_law"}:
            raise InvalidRulesError(field="rights", reason="unknown", hint="always or by_law")
        known = KINDS.union(*(row.names("kinds") for row in self.law))
        for name, kinds in self.kinds.items():
            if not kinds <= known:
                raise InvalidRulesError(
                    field=f"kinds.{name}", reason="no rule is about it", hint="one of " + ", ".join(sorted(known))
                )
        object.__setattr__(self, "names", self._in_one_spelling())
        rights = {one_name(row.text("right")) for row in self.law if row.kind == "opt_out"} - {""}
        object.__setattr__(self, "reserved", RESERVED | rights)
        for purpose in self.purposes:
            above = (purpose.name, *self.purposes.ancestors(purpose.name))
            self._kinds_of[purpose.name] = frozenset().union(*(self.kinds.get(name, frozenset()) for name in above))
            parts = (*above, *self.purposes.descendants(purpose.name))
            self._within[purpose.name] = frozenset().union(*(self.kinds.get(name, frozenset()) for name in parts))

    def _in_one_spelling(self) -> Names:
        return Names(
            one_name(self.controller),
            one_place(self.jurisdiction),
            _spelled(self.categories, one_category),
            _spelled(self.recipients, one_name),
            _spelled(self.channels, one_channel),
            _spelled(self.processors, one_name) or frozenset(),
        )

    @property
    def of_age(self) -> int:
        """The age from which no row of the law takes anybody for a child; 0 if none does."""
        return max((row.number("age") for row in self.law if row.kind == "child"), default=0)

    def kinds_of(self, purpose: str, /) -> frozenset[str]:
        """Return what *purpose* does, by itself or as part of a broader one."""
        return self._kinds_of.get(purpose, frozenset())

    def kinds_within(self, purpose: str, /) -> frozenset[str]:
        """Return what *purpose* or a part of it does: what forbids a part forbids the whole."""
        return self._within.get(purpose, frozenset())

    def placed(self, request: Request, /) -> Request:
        """Return *request* in the one spelling, with the policy's controller and jurisdiction where it names none.

        Who acts for the controller is nobody else: a processor is no recipient.
        """
        found = self._placed.get(request)
        if found is None:
            channel, brand, place = one_spelling(request.channel, request.brand, request.jurisdiction)
            recipient = one_name(request.recipient)
            found = attrs.evolve(
                request,
                channel=channel,
                brand=brand,
                recipient="" if recipient in self.names.processors else recipient,
                controller=one_name(request.controller) or self.names.controller,
                jurisdiction=place or self.names.jurisdiction,
                category=one_category(request.category),
            )
            if len(self._placed) < _MOST_PLACED:
                self._placed[request] = found
        return found

    def names_a_person(self, record: ConsentRecord, /) -> bool:
        """Say whether *record* was said by somebody known, and not only on a device."""
        return any(one.namespace not in self.devices for one in record.identifiers)

    def entry(self, purpose: str, controller: str, jurisdiction: str, at: datetime, /) -> RegisterEntry | None:
        """Return the entry of the register that declares *purpose* at *at*: the most particular, then the latest."""
        best: tuple[bool, int, datetime] | None = None
        chosen: RegisterEntry | None = None
        for entry in self.register or ():
            if entry.purpose != purpose or not entry.stands(at):
                continue
            place = entry.names.jurisdiction
            if entry.controller and entry.names.controller != controller:
                continue
            if place and not within(jurisdiction, place):
                continue
            rank = (
                bool(entry.controller),
                len(chain(place)),
                entry.valid_from,
            )  # Germany is in the EU, that in the EEA
            if best is None or rank > best:
                best, chosen = rank, entry
        return chosen

    @property
    def fingerprint(self) -> str:
        """A short text that differs when the policy does."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Json]:
        """Return the policy as JSON: what a logged decision needs to be made again."""

        def listed(names: Iterable[str] | None) -> Json:
            return None if names is None else list[Json](sorted(names))

        unusual: dict[str, Json] = {} if self.devices == DEVICE_NAMESPACES else {"devices": listed(self.devices)}
        if self.birth_date != "birth_date":
            unusual["birth_date"] = self.birth_date
        return {
            **unusual,
            "purposes": self.purposes.to_json(),
            "kinds": {name: listed(kinds) for name, kinds in self.kinds.items()},
            "double_opt_in": listed(self.double_opt_in),
            "register": None if self.register is None else [entry.to_json() for entry in self.register],
            "notices": None if self.notices is None else self.notices.to_json(),
            "law": self.law.to_json(),
            "jurisdiction": self.jurisdiction,
            "controller": self.controller,
            "categories": listed(self.categories),
            "recipients": listed(self.recipients),
            "channels": listed(self.channels),
            "processors": listed(self.processors),
            "rights": self.rights,
            "tolerance": self.tolerance.total_seconds(),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, object], /) -> Policy:
        """Return the policy of a JSON form.

        Raises:
            InvalidRulesError: If *body* is not such a form.
        """
        try:
            plain = {name: body[name] for name in ("jurisdiction", "controller", "rights")}
            sets = {name: body[name] for name in ("categories", "recipients", "channels", "processors")}
            register, notices, kinds = body["register"], body["notices"], body["kinds"]
            return cls(
                purposes=PurposeRegistry.from_json(body["purposes"]),
                kinds=kinds,  # type: ignore[arg-type]  # checked by the converter
                double_opt_in=body["double_opt_in"],  # type: ignore[arg-type]  # as above
                register=None if register is None else [RegisterEntry.from_json(one) for one in register],  # type: ignore[attr-defined]  # as above
                notices=None if notices is None else NoticeRegistry.from_json(notices),  # type: ignore[arg-type]  # as above
                law=LawBook.from_json(body["law"]),  # type: ignore[arg-type]  # as above
                birth_date=str(body.get("birth_date", "birth_date")),
                devices=body.get("devices", DEVICE_NAMESPACES),  # type: ignore[arg-type]  # as above
                tolerance=timedelta(seconds=float(body["tolerance"])),  # type: ignore[arg-type]  # as above
                **plain,  # type: ignore[arg-type]  # as above
                **sets,  # type: ignore[arg-type]  # as above
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, InvalidRulesError):
                raise
            raise InvalidRulesError(field="policy", reason="not the form of a policy", hint="see to_json") from None


def plain(purposes: PurposeRegistry, /) -> Policy:
    """Return the policy of a business that declares purposes and nothing else; the same one for the same registry."""
    found = purposes.plain_policy
    if isinstance(found, Policy):
        return found
    made = Policy(purposes=purposes)
    object.__setattr__(purposes, "plain_policy", made)
    return made
