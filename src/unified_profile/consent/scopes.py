"""What a statement or a question is about: purpose, channel, brand, controller, jurisdiction, category, recipient."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import attrs

from unified_profile.consent.law.places import within
from unified_profile.consent.states import GRANTS
from unified_profile.model import ConsentRecord
from unified_profile.model.values import Channel, spelled

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


Place: TypeAlias = tuple[str, str, str]
"""A channel, a brand and a jurisdiction."""


@lru_cache(maxsize=4096)
def one_spelling(channel: str, brand: str, jurisdiction: str, /) -> Place:
    """Return where and for whom in the one spelling in which both statements and questions are compared.

    Else a question in another spelling would slip by a refusal.

    >>> one_spelling("E-Mail", "Ｋawa", "de-by")
    ('email', 'kawa', 'DE-BY')
    """
    return Channel.of(channel).name, spelled(brand), jurisdiction.strip().upper()


@lru_cache(maxsize=4096)
def one_name(purpose: str, /) -> str:
    """Return a purpose in the one spelling in which refusals are looked up; a grant must name it exactly.

    >>> one_name(" News  Letter ")
    'news letter'
    """
    return spelled(purpose)


def in_one_spelling(record: ConsentRecord, /) -> ConsentRecord:
    """Return *record* with channel, brand and jurisdiction spelled as questions are.

    A channel that is no name is every channel where something was refused, so that it is not lost, and none in a grant.
    """
    place = (record.channel, record.brand, record.jurisdiction)
    found = one_spelling(*place)
    if found == place and found[0]:
        return record
    channel = found[0] or ("" if record.state in GRANTS else ANY)
    return attrs.evolve(record, channel=channel, brand=found[1], jurisdiction=found[2])


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


def categories_of(record: ConsentRecord, /) -> frozenset[str]:
    """Return every category of data that *record* lists."""
    if not (record.data_categories or record.special_categories or record.optional_categories):
        return _NONE
    return frozenset((*record.data_categories, *record.special_categories, *record.optional_categories))


_NONE: frozenset[str] = frozenset()


def refusal_touches(record: ConsentRecord, request: Request, /) -> bool:
    """Say whether a refusal in *record* and *request* have anything in common, whatever their purposes.

    What a refusal does not name it covers wholly; asking for more than was refused is refused too.
    """
    if record.channel != request.channel and ANY not in {record.channel, request.channel}:
        return False
    if record.brand and record.brand != request.brand:
        return False
    controller = request.controller
    if record.controller and controller and controller not in {record.controller, *record.joint_controllers}:
        return False
    place = request.jurisdiction
    if (
        record.jurisdiction
        and place
        and not within(place, record.jurisdiction)
        and not within(record.jurisdiction, place)
    ):
        return False
    if record.recipients and request.recipient not in record.recipients:
        return False
    listed = categories_of(record)
    return not (listed and request.category and request.category not in listed)
