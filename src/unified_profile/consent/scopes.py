"""What a statement or a question is about: purpose, channel, brand, controller, jurisdiction, category, recipient."""

from __future__ import annotations

import attrs

from unified_profile.consent.law.places import within
from unified_profile.consent.spelling import (
    EVERY,
    categories,
    everyone,
    is_place,
    one_manner,
    one_name,
    one_spelling,
)
from unified_profile.consent.states import GRANTS
from unified_profile.model import ConsentRecord

ANY = "any"
"""The channel of a statement that covers every channel."""

RESTRICTION = "right:restriction"
"""The reserved purpose of records that restrict processing (GDPR 18): refused imposes it, given lifts it."""

OBJECTION = "right:objection_to_marketing"
"""The reserved purpose of records that object to all direct marketing (GDPR 21(2)): given takes the objection back."""

OPT_OUT = "signal:opt_out"
"""The reserved purpose of opt-out signals such as Global Privacy Control; one that is absent later lifts nothing."""

LIMIT_SENSITIVE = "right:limit_sensitive"
"""The reserved purpose of records that limit the use of sensitive data (California, Civ. Code 1798.121)."""

RESERVED = frozenset({RESTRICTION, OBJECTION, OPT_OUT, LIMIT_SENSITIVE})
"""Names that records may carry as their purpose and that no registry needs to know."""


_NO_DATE = 1970
"""The last year whose instants stand for no date: what a clock, a field or a spreadsheet shows that holds zero."""


def in_one_spelling(record: ConsentRecord, /) -> ConsentRecord:
    """Return *record* with every name spelled as questions are; as it is if it is spelled so.

    What is no name must not lose a refusal: of a channel that is none it counts on every channel, of a place that is
    none everywhere, and what it says of *all* brands, controllers, recipients or categories it says of each. What is
    dated when nobody kept consents (the first second of 1970, the first of the year 1) has no date: a refusal then
    counts from when it was learned. A grant it makes empty.
    """
    wide = record.state not in GRANTS
    place = (record.channel, record.brand, record.jurisdiction)
    found = one_spelling(*place)
    changed: dict[str, object] = {}
    if found != place or not found[0] or (wide and found[2] and not is_place(found[2])):
        where = "" if wide and not is_place(found[2]) else found[2]
        changed |= {"channel": found[0] or (ANY if wide else ""), "brand": found[1], "jurisdiction": where}
    if wide and record.recorded_at is not None and record.occurred_at.year <= _NO_DATE:
        changed["occurred_at"] = record.recorded_at
    if wide and found[1] in EVERY:
        changed["brand"] = ""
    method = one_manner(record.method) if record.method else ""
    if method != record.method:
        changed["method"] = method
    if record.controller and (name := one_name(record.controller)) != record.controller:
        changed["controller"] = name
    for field, spell in _LISTS:
        names = getattr(record, field)
        if names and (spelling := spell(names)) != names:
            changed[field] = spelling
    one = attrs.evolve(record, **changed) if changed else record  # type: ignore[arg-type]  # by name, as taken off it
    return _of_all(one) if wide else one


def _of_all(refusal: ConsentRecord) -> ConsentRecord:
    """Return *refusal* without the lists in which it names all: what it does not name it covers wholly."""
    changed: dict[str, object] = {}
    if not EVERY.isdisjoint((refusal.controller, *refusal.joint_controllers)):
        changed |= {"controller": "", "joint_controllers": ()}
    if not EVERY.isdisjoint(refusal.recipients):
        changed["recipients"] = ()
    if not EVERY.isdisjoint(categories_of(refusal)):
        changed |= {"data_categories": (), "special_categories": (), "optional_categories": ()}
    return attrs.evolve(refusal, **changed) if changed else refusal  # type: ignore[arg-type]  # as above


_LISTS = (
    ("recipients", everyone),
    ("joint_controllers", everyone),
    ("data_categories", categories),
    ("special_categories", categories),
    ("optional_categories", categories),
)


@attrs.frozen
class Scope:
    """What one statement is about: exactly this purpose, on this channel, for this brand.

    >>> Scope("newsletter", "email", "")
    Scope(purpose='newsletter', channel='email', brand='')

    .. versionadded:: 0.1
    """

    purpose: str
    channel: str
    brand: str


@attrs.frozen
class Request:
    """One question: may values be used for exactly this.

    Attributes:
        purpose: A registered purpose.
        channel: How they would be met; ``"any"`` asks for every channel at once.
        brand: Which brand asks; "" is the business without a brand.
        controller: Who answers for the use; "" is the policy's own.
        jurisdiction: Under whose law, ``"DE"`` or ``"US-CA"``; "" is the policy's own.
        category: Which category of data; "" asks for the purpose as a whole.
        recipient: Who else would get the values; "" is nobody else.

    .. versionadded:: 0.1
    """

    purpose: str
    channel: str = ANY
    brand: str = ""
    controller: str = ""
    jurisdiction: str = ""
    category: str = ""
    recipient: str = ""

    @property
    def well_formed(self) -> bool:
        """Whether every part is text that could name something: printable, and not blank."""
        parts = (self.channel, self.brand, self.controller, self.jurisdiction, self.category, self.recipient)
        try:
            text = "".join(parts)
        except TypeError:
            return False
        if not self.channel or not text.isprintable():
            return False
        return " " not in text or not any(part.isspace() for part in parts)

    @property
    def names_all(self) -> bool:
        """Whether it asks for all brands, controllers, categories or recipients at once, as one can for channels only.

        Of a request in the one spelling.
        """
        return not EVERY.isdisjoint((self.brand, self.controller, self.category, self.recipient))


def categories_of(record: ConsentRecord, /) -> frozenset[str]:
    """Return every category of data that *record* lists."""
    if not (record.data_categories or record.special_categories or record.optional_categories):
        return _NONE
    return frozenset((*record.data_categories, *record.special_categories, *record.optional_categories))


_NONE: frozenset[str] = frozenset()


def refusal_touches(
    record: ConsentRecord, request: Request, /, *, controllers: bool = True, recipients: bool = True
) -> bool:
    """Say whether a refusal in *record* and *request* have anything in common, whatever their purposes.

    What a refusal does not name it covers wholly; asking for more than was refused is refused too. Without
    *controllers* or *recipients*, as if it named none.
    """
    if record.channel != request.channel and ANY not in {record.channel, request.channel}:
        return False
    if record.brand and record.brand != request.brand:
        return False
    if controllers and record.controller and request.controller and not speaks_for(record, request.controller):
        return False
    place = request.jurisdiction
    if (
        record.jurisdiction
        and place
        and not within(place, record.jurisdiction)
        and not within(record.jurisdiction, place)
    ):
        return False
    if recipients and record.recipients and request.recipient not in record.recipients:
        return False
    listed = categories_of(record)
    return not (listed and request.category and request.category not in listed)


def speaks_for(record: ConsentRecord, controller: str, /) -> bool:
    """Say whether *record* names *controller*, alone or among others."""
    return controller == record.controller or controller in record.joint_controllers
