"""The bundled sample as a business would declare it: three brands, six sources, six purposes, five segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import resources
from pathlib import Path

import attrs

from unified_profile import IdentityRules, ProfileRules, Purpose, Segment, computed, default_namespaces, events, trait
from unified_profile._tour.business import Asked, Audience, Business, Source
from unified_profile.hub.setup import Setup
from unified_profile.model import ConsentRecord, Event, Fact
from unified_profile.wire import Reader, Rejected, contacts, orders, read_csv, read_jsonl, survey_answers, tickets

NOW = datetime(2026, 10, 31, 15, tzinfo=UTC)
"""The sample ends here: midnight in Tokyo."""

BRANDS = ("kawa", "hoshi", "morrow")
_INITIALS = {brand[0].upper(): brand for brand in BRANDS}
"""Each brand counts its customers on its own; the first letter of a number says whose it is."""

_ORDERS = {"Order Completed", "Order Cancelled", "Order Refunded"}
_TICKETS = {"Ticket Opened", "Ticket Answered", "Ticket Resolved"}
_NAMES = {"given_name", "family_name", "name_kana", "language"}

PURPOSES = (
    Purpose(
        "service",
        traits=_NAMES | {"email", "phone", "street", "city", "postcode", "country", "orders"},
        basis="contract",
        events=_ORDERS | _TICKETS,
        description="help with orders",
    ),
    Purpose(
        "quality",
        basis="legitimate_interests",
        events=_ORDERS | _TICKETS | {"Survey Answered"},
        description="find out how we are doing",
    ),
    Purpose("newsletter", traits={"email", "phone", "given_name", "language"}, events={"Order Completed"}),
    Purpose(
        "personalization",
        traits={"given_name", "city", "country", "language"},
        events={"Product Viewed", "Product Added", "Order Completed"},
    ),
    Purpose("analytics", traits={"country"}, events={"*"}),
    Purpose("third_party_sharing", traits={"email"}),
)


def rules() -> IdentityRules:
    """Return who is who: a phone or a device beside two customer numbers of one brand links nobody."""
    shared = {"phone": 1, "anonymous_id": 1}
    return IdentityRules(
        attrs.evolve(space, shared_above=shared.get(space.name, space.shared_above))
        for space in default_namespaces(region="JP")
    )


def business(folder: Path | None = None) -> Business:
    """Return the sample's declaration; *folder* holds the files (the bundled ones, if it is not said)."""
    return Business(
        sources=tuple(_sources(folder or Path(str(resources.files("unified_profile") / "_sample")))),
        setup=Setup(
            rules=rules(),
            profile_rules=ProfileRules(
                computed=[computed("orders", "distinct_count", "Order Completed", "order_id")],
                sources=["crm", "web"],
            ),
            purposes=PURPOSES,
            clock=lambda: NOW,
        ),
        seen=Asked("service"),
        compared=Asked("newsletter", "email", "kawa"),
        covered=(
            Asked("service"),
            Asked("quality"),
            *(Asked("newsletter", channel, brand) for channel in ("email", "sms", "phone") for brand in BRANDS),
            *(
                Asked(purpose, "any", brand)
                for purpose in ("personalization", "analytics", "third_party_sharing")
                for brand in BRANDS
            ),
        ),
        audiences=_audiences(),
        measured=Asked("quality"),
        notes=("A made-up business with three brands; nobody in it is real. Its time is 2026-10-31 15:00 UTC.",),
    )


def _sources(folder: Path) -> Iterator[Source]:
    who = {"customer_number": "customer_number@{brand}", "email": "email", "phone": "phone"}
    tables = (
        ("crm", "crm.csv", "contacts", (contacts("crm", tz="Asia/Tokyo"),)),
        ("shop", "orders.csv", "orders", (orders("shop", identifiers=who),)),
        ("desk", "tickets.csv", "support tickets", tickets("desk")),
        ("survey", "survey.csv", "survey answers", (survey_answers("survey", identifiers=who),)),
    )
    for name, file, tells, mappings in tables:
        yield Source(name, file, tells, partial(_csv, folder / file, mappings))
    web = Reader(source="web", user_id="customer_number")
    yield Source("web", "events.jsonl", "web and app events", partial(_jsonl, folder / "events.jsonl", web))
    consent = Reader(source="consent")
    yield Source("consent", "consent.jsonl", "consent log", partial(_jsonl, folder / "consent.jsonl", consent))


def _csv(path: Path, mappings: tuple[object, ...]) -> Iterator[Fact | Rejected]:
    return read_csv(path, mappings, received_at=NOW)  # type: ignore[arg-type]  # they are mappings


def _jsonl(path: Path, reader: Reader) -> Iterator[Fact | Rejected]:
    return told_by_brand(read_jsonl(path, reader, received_at=NOW))


def told_by_brand(facts: Iterable[Fact | Rejected]) -> Iterator[Fact | Rejected]:
    """Yield *facts* with what the log does not say: whose customer number it is, and where an event happened."""
    for fact in facts:
        if isinstance(fact, (Event, ConsentRecord)):
            fact = attrs.evolve(  # noqa: PLW2901  # the same fact, told in full
                fact,
                identifiers=[
                    attrs.evolve(one, scope=_INITIALS.get(one.value[:1], ""))
                    if one.namespace == "customer_number"
                    else one
                    for one in fact.identifiers
                ],
            )
        if isinstance(fact, Event) and not fact.channel:
            fact = attrs.evolve(fact, channel="app" if "app" in fact.context else "web")  # noqa: PLW2901  # as above
        yield fact


def _audiences() -> tuple[Audience, ...]:
    bought = events("Order Completed").distinct("order_id")
    return (
        Audience(
            Segment("regulars", bought.within(days=180) >= 3, purpose="newsletter"), channel="email", brand="kawa"
        ),
        Audience(
            Segment(
                "slipping away", (bought.within(days=365) >= 2) & (bought.within(days=90) == 0), purpose="newsletter"
            ),
            channel="email",
            brand="hoshi",
        ),
        Audience(
            Segment("Japan, twice this year", (trait("country") == "JP") & (bought.within(days=365) >= 2),
                    purpose="personalization"),
            brand="morrow",
        ),
        Audience(
            Segment(
                "cart left behind",
                events("Product Added").not_followed_by(
                    events("Order Completed"), within=timedelta(hours=24), during=timedelta(days=365)
                ),
                purpose="personalization",
            ),
            brand="kawa",
        ),
        Audience(
            Segment(
                "waits for us",
                events("Ticket Opened").not_followed_by(
                    events("Ticket Resolved"),
                    within=timedelta(days=3),
                    same="ticket_id",
                    during=timedelta(days=30),
                ),
                purpose="service",
            ),
        ),
    )  # fmt: skip
