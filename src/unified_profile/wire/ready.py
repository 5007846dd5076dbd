"""Mappings for tables that nearly every business has, to be used as they are or with changes."""

from __future__ import annotations

from typing import Any

import attrs

from unified_profile.wire.cells import CellType
from unified_profile.wire.mappings import RecordMapping
from unified_profile.wire.surveys import SURVEY_ANSWERED

_WHO = {"customer_number": "customer_number", "email": "email", "phone": "phone"}
_MAY_LACK = frozenset(
    {
        *_WHO, "brand", "channel", "currency", "items", "status", "subject", "promise_due", "first_response_at",
        "resolved_at", "satisfaction", "effort", "nps", "csat", "ces", "comment",
    }
)  # fmt: skip


def contacts(source: str = "crm", /, **changes: Any) -> RecordMapping:
    """Return the mapping of a CRM's export, one row a contact: ``contact_id``, names, address, ``updated_at``.

    *changes* are fields of ``RecordMapping``.

    >>> contacts(tz="Asia/Tokyo").key
    ('contact_id',)
    """
    own = ("given_name", "family_name", "name_kana", "email", "phone", "birth_date", "street", "city", "postcode",
           "country", "language", "created_at")  # fmt: skip
    return attrs.evolve(
        RecordMapping(
            source,
            "contact_id",
            identifiers={"email": "email", "phone": "phone"},
            attributes={name: name for name in own},
            types={"birth_date": "date", "created_at": "time"},
            occurred_at="updated_at",
            brand_column="brand",
            country_column="country",
            optional={*own, "brand"},
            keep_unreadable=True,
        ),
        **changes,
    )


def orders(source: str = "orders", /, **changes: Any) -> RecordMapping:
    """Return the mapping of a shop's orders to ``Order Completed``, ``Order Cancelled`` and ``Order Refunded``.

    The total of a refund stays as it is written, which often is below 0.

    >>> orders().name
    'Order Completed'
    """
    return attrs.evolve(
        RecordMapping(
            source,
            "order_id",
            kind="event",
            name="Order Completed",
            name_column="status",
            names={
                "cancelled": "Order Cancelled",
                "canceled": "Order Cancelled",
                "refunded": "Order Refunded",
            },
            identifiers=_WHO,
            attributes={"order_id": "order_id", "amount": "total", "currency": "currency", "items": "items"},
            types={"amount": "number"},
            occurred_at="ordered_at",
            brand_column="brand",
            channel_column="channel",
            optional=_MAY_LACK,
        ),
        **changes,
    )


def tickets(source: str = "tickets", /, **changes: Any) -> tuple[RecordMapping, ...]:
    """Return the mappings of support tickets: each row is opened, and may be answered and resolved.

    An export that is read again while tickets move on adds what happened since.

    >>> [mapping.name for mapping in tickets()]
    ['Ticket Opened', 'Ticket Answered', 'Ticket Resolved']
    """
    opened = RecordMapping(
        source,
        "ticket_id",
        kind="event",
        name="Ticket Opened",
        identifiers=_WHO,
        attributes={"ticket_id": "ticket_id", "subject": "subject", "promise_due": "promise_due"},
        types={"promise_due": "time"},
        occurred_at="opened_at",
        brand_column="brand",
        channel_column="channel",
        optional=_MAY_LACK,
    )
    later = {
        "Ticket Answered": ("first_response_at", {"ticket_id": "ticket_id", "opened_at": "opened_at"}),
        "Ticket Resolved": (
            "resolved_at",
            {"ticket_id": "ticket_id", "opened_at": "opened_at", "satisfaction": "satisfaction", "effort": "effort"},
        ),
    }
    steps = [opened]
    for name, (moment, told) in later.items():
        types: dict[str, CellType] = {"opened_at": "time", "satisfaction": "number", "effort": "number"}
        steps.append(
            attrs.evolve(opened, name=name, occurred_at=moment, attributes=told, types=types, only={moment: ()})
        )
    return tuple(attrs.evolve(step, **changes) for step in steps)


def survey_answers(source: str = "survey", /, **changes: Any) -> RecordMapping:
    """Return the mapping of answers to ``Survey Answered``: ``nps``, ``csat``, ``ces``, ``comment``.

    >>> survey_answers().name
    'Survey Answered'
    """
    return attrs.evolve(
        RecordMapping(
            source,
            "response_id",
            kind="event",
            name=SURVEY_ANSWERED,
            identifiers=_WHO,
            attributes={"nps": "nps", "csat": "csat", "ces": "ces", "comment": "comment"},
            types={"nps": "number", "csat": "number", "ces": "number"},
            occurred_at="answered_at",
            brand_column="brand",
            channel_column="channel",
            optional=_MAY_LACK,
        ),
        **changes,
    )
