"""What websites and apps send: Segment-spec calls with all that goes wrong between a device and a server."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from unified_profile.testing.people.dice import Dice
from unified_profile.testing.people.ledger import stamp
from unified_profile.testing.people.orders import CATALOG, Order, currency_of, price

if TYPE_CHECKING:
    from unified_profile.testing.people.ledger import Document, Json, Ledger
    from unified_profile.testing.people.persons import Person

_KIOSK_SHARE, _COMPANIES = 0.03, ("Placeholder & Sons", "Example Works", "見本商事", "Specimen Labs")
_COMPANY_EVERY = 40


@attrs.frozen
class Visit:
    """One visit: on which device, as whom, and how its clock and its network misbehave."""

    device: str
    app: bool
    user: str
    brand: str
    skew: timedelta
    delay: timedelta


class _Tracker:
    """Sends the calls of one person."""

    def __init__(self, person: Person, end: datetime, ledger: Ledger, dice: Dice) -> None:
        self.person, self.end, self.ledger, self.dice = person, end, ledger, dice
        self.browser, self.phone = f"anon-{dice.token(10)}", f"anon-{dice.token(10)}"
        self.named: set[tuple[str, str]] = set()
        self.skewed = dice.chance(0.05)

    def visit(self, brand: str, at: datetime, *, app: bool, member: bool) -> Visit:
        person, dice = self.person, self.dice
        device = self.phone if app else self.browser
        if not app and person.home.tablet and dice.chance(0.7):
            device = person.home.tablet
        elif not app and dice.chance(_KIOSK_SHARE):
            device = f"anon-kiosk-{brand}"
        skew = timedelta(minutes=dice.pick((-1, 1)) * dice.between(90, 60 * 24 * 3)) if self.skewed else timedelta()
        # Written without a network, sent when there is one again.
        delay = timedelta(hours=dice.between(49, 24 * 21)) if dice.chance(0.05) else timedelta()
        if at + delay > self.end:
            delay = timedelta()
        return Visit(device, app, person.customer_number(brand) if member else "", brand, skew, delay)

    def send(self, kind: str, at: datetime, visit: Visit, **more: Json) -> None:
        """Send one call; *more* are the fields that belong to its *kind*."""
        dice, ledger, place = self.dice, self.ledger, self.person.country
        message = f"m-{dice.token(12)}"
        travel = timedelta(seconds=dice.between(1, 4))
        received = at + visit.delay + travel
        if received > self.end:
            return
        original, sent = at + visit.skew, at + visit.delay + visit.skew + timedelta(seconds=1)
        document: Document = {"messageId": message, "type": kind, "anonymousId": visit.device}
        if visit.user:
            document["userId"] = visit.user
        document.update(more)
        document["context"] = self._context(visit, kind, place.timezone)
        document["originalTimestamp"] = stamp(original, utc_as_z=True)
        document["sentAt"] = stamp(sent, utc_as_z=True)
        document["receivedAt"] = stamp(received, utc_as_z=True)
        if dice.chance(0.9):
            document["timestamp"] = stamp(received - (sent - original), utc_as_z=True)
        ledger.document("events", self.person.id, document, key="messageId")
        if visit.delay:
            ledger.plant("late_event", message)
        if visit.skew:
            ledger.plant("skewed_event", message)
        if dice.chance(0.02):
            # A retry of the sender: the same call, a minute later.
            retry = received + timedelta(seconds=dice.between(5, 90))
            ledger.logs["events"].append({**document, "receivedAt": stamp(retry, utc_as_z=True)})
            ledger.plant("repeated_message", message)

    def _context(self, visit: Visit, kind: str, timezone: str) -> Document:
        place = self.person.country
        context: Document = {"locale": f"{place.language}-{place.code}", "timezone": timezone}
        if visit.app:
            system = "ios" if int(self.phone[-1], 16) % 2 else "android"
            context["device"] = {"id": f"d-{visit.device[5:]}", "type": system}
            context["app"] = {"name": visit.brand}
        elif kind in {"page", "track"}:
            context["page"] = {"url": f"https://{visit.brand}.example/"}
        return context

    def look(self, at: datetime, visit: Visit) -> None:
        path = self.dice.pick(("home", "sale", "stores", "blog", "new"))
        if visit.app:
            self.send("screen", at, visit, name=path)
        else:
            self.send("page", at, visit, name=path, properties={"path": f"/{path}"})

    def sign_in(self, at: datetime, visit: Visit) -> None:
        """Say who it is, the first time on this device."""
        person = self.person
        if (visit.device, visit.user) in self.named:
            return
        self.named.add((visit.device, visit.user))
        traits: Document = {"email": person.email_at(at)}
        if self.dice.chance(0.3):
            traits["firstName"], traits["lastName"] = person.given.written, person.family.written
        if person.phone and self.dice.chance(0.25):
            traits["phone"] = person.phone
        self.send("identify", at, visit, traits=traits)
        if self.dice.chance(0.08):
            self.send("alias", at + timedelta(seconds=2), visit, previousId=visit.device)
        company = int(person.id[1:]) // _COMPANY_EVERY % len(_COMPANIES)
        if int(person.id[1:]) % _COMPANY_EVERY < 3:  # two or three colleagues in each company
            self.send(
                "group",
                at + timedelta(seconds=4),
                visit,
                groupId=f"company-{company + 1}",
                traits={"name": _COMPANIES[company]},
            )

    def product(self, event: str, at: datetime, visit: Visit, name: str) -> None:
        currency = currency_of(self.person)
        amount = float(price(CATALOG[visit.brand][name], currency))
        self.send(
            "track", at, visit, event=event, properties={"product_id": name, "price": amount, "currency": currency}
        )

    def buy(self, order: Order) -> None:
        """Walk from the first page to the order; the sign-in comes on the way."""
        dice, at = self.dice, order.at
        visit = self.visit(order.brand, at, app=order.channel == "app", member=False)
        member = attrs.evolve(visit, user="" if order.guest else self.person.customer_number(order.brand))
        if dice.chance(0.5):
            self.look(at - timedelta(minutes=dice.between(9, 20)), visit)
        if not order.guest:
            self.sign_in(at - timedelta(minutes=6), member)
        name = order.items[0][0]
        if dice.chance(0.5):
            self.product("Product Viewed", at - timedelta(minutes=4), member, name)
        self.product("Product Added", at - timedelta(minutes=3), member, name)
        self.send(
            "track", at, member, event="Order Completed",
            properties={"order_id": order.id, "total": float(order.amount), "currency": order.currency},
        )  # fmt: skip

    def abandon(self, at: datetime) -> None:
        """Fill a cart and leave it."""
        dice, brand = self.dice, self.dice.pick(self.person.brands)
        visit = self.visit(brand, at, app=dice.chance(0.3), member=dice.chance(0.6) and self.person.known)
        if visit.user:
            self.sign_in(at, visit)
        name = dice.pick(list(CATALOG[brand]))
        self.product("Product Viewed", at + timedelta(minutes=1), visit, name)
        self.product("Product Added", at + timedelta(minutes=2), visit, name)
        self.ledger.plant("abandoned_cart", self.person.id)

    def browse(self, at: datetime) -> None:
        """Look around, at times without saying who."""
        dice = self.dice
        visit = self.visit(
            dice.pick(self.person.brands), at, app=dice.chance(0.3), member=self.person.known and dice.chance(0.5)
        )
        if visit.user:
            self.sign_in(at, visit)
        for step in range(dice.between(1, 2)):
            self.look(at + timedelta(minutes=1 + step), visit)


def write_events(person: Person, orders: list[Order], *, seed: int, end: datetime, ledger: Ledger) -> None:
    """Send the web and app calls of *person*; those who buy in stores only send none."""
    dice = Dice(seed, "events", person.id)
    tracker = _Tracker(person, end, ledger, dice)
    if not person.known:
        ledger.plant("never_identified", person.id)
    elif not dice.chance(0.6):
        return
    last, offset = person.left_at or end, person.country.offset_hours
    digital = [order for order in orders if order.channel in {"web", "app"}]
    for order in digital[: dice.weighted(((0, 35), (1, 45), (2, 20)))]:
        tracker.buy(order)
    if dice.chance(0.3):
        tracker.abandon(dice.moment(person.joined_at, last, offset_hours=offset))
    for _ in range(dice.between(0 if person.known else 1, 2)):
        tracker.browse(dice.moment(person.joined_at, last, offset_hours=offset))


def arrange(lines: list[Document], *, seed: int) -> list[Document]:
    """Return *lines* as they arrived, with some out of order."""
    dice = Dice(seed, "arrival")
    arrived = sorted(lines, key=lambda line: (str(line["receivedAt"]), str(line["messageId"])))
    for at in range(len(arrived) - 12):
        if dice.chance(0.03):
            other = at + dice.between(3, 11)
            arrived[at], arrived[other] = arrived[other], arrived[at]
    return arrived
