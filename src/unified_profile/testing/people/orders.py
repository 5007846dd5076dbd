"""Shop orders: what was bought, by customers, by subscribers and by guests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from unified_profile.testing.people.dice import Dice
from unified_profile.testing.people.flaws import spelled_email, spelled_phone
from unified_profile.testing.people.ledger import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unified_profile.testing.people.ledger import Ledger
    from unified_profile.testing.people.persons import Person

# What is sold, in yen.
CATALOG: dict[str, dict[str, int]] = {
    "kawa": {
        "tent-2p": 38500,
        "lantern": 6400,
        "mug": 1800,
        "rain-jacket": 21900,
        "dry-bag": 4200,
        "stove": 9800,
        "socks": 2100,
    },
    "hoshi": {
        "notebook-a5": 980,
        "fountain-pen": 12800,
        "ink-indigo": 1650,
        "washi-tape": 420,
        "letter-set": 1200,
        "planner": 3300,
    },
    "morrow": {
        "subscription-250g": 2400,
        "subscription-500g": 4300,
        "dripper": 3200,
        "filter-100": 640,
        "tasting-box": 3900,
    },
}
_PER_UNIT = {"JPY": 1.0, "USD": 0.0067, "GBP": 0.0052, "EUR": 0.0061}
_CHANNELS = (("web", 50), ("app", 22), ("store", 20), ("phone", 5), ("chat", 3))
_MONTH = timedelta(days=30)


@attrs.frozen
class Order:
    """An order, as the events of the same visit need to know it."""

    id: str
    brand: str
    channel: str
    at: datetime
    items: tuple[tuple[str, int], ...]
    amount: str
    currency: str
    guest: bool


def price(yen: int, currency: str) -> str:
    """Return a price of *yen* in *currency*.

    >>> price(38500, "JPY"), price(38500, "GBP")
    ('38500', '200.20')
    """
    if currency == "JPY":
        return str(yen)
    cents = round(yen * _PER_UNIT[currency] * 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def currency_of(person: Person) -> str:
    """Return what *person* pays with."""
    own = person.country.currency
    return own if own in _PER_UNIT else {"SEK": "EUR"}.get(own, "USD")


def _times(person: Person, brand: str, end: datetime, dice: Dice) -> Iterator[datetime]:
    last = min(person.left_at or end, end)
    at = person.joined_at
    gap = 30 if brand == "morrow" else dice.between(70, 440)
    while at < last:
        yield at
        at = dice.moment(
            at + timedelta(days=gap // 2 + 1),
            at + timedelta(days=gap * 3 // 2),
            offset_hours=person.country.offset_hours,
        )
        if brand == "morrow":
            at += timedelta(days=dice.pick((0, 0, 0, 15, 30)))


def _basket(brand: str, *, first: bool, dice: Dice) -> tuple[tuple[str, int], ...]:
    names = list(CATALOG[brand])
    if brand == "morrow" and not (first and dice.chance(0.2)):
        return ((dice.weighted(((names[0], 6), (names[1], 3), (names[3], 1))), 1),)
    chosen = {dice.pick(names): dice.pick((1, 1, 1, 2, 3)) for _ in range(dice.pick((1, 1, 2, 3)))}
    return tuple(chosen.items())


def _write(order: Order, person: Person, status: str, ledger: Ledger, dice: Dice) -> None:
    in_store = order.channel == "store"
    shows_email = dice.chance(0.2 if in_store else 0.95)
    shows_phone = person.phone is not None and dice.chance(0.3 if in_store else 0.5)
    japanese = person.country.code == "JP"
    phone = spelled_phone(person.phone, person.country, dice, abroad=True) if person.phone and shows_phone else ""
    row = {
        "order_id": order.id,
        "brand": order.brand,
        "customer_number": "" if order.guest else person.customer_number(order.brand),
        "email": spelled_email(person.email_at(order.at), dice, japanese=japanese) if shows_email else "",
        "phone": phone,
        "ordered_at": stamp(order.at),
        "amount": order.amount,
        "currency": order.currency,
        "items": "|".join(f"{name}:{count}" for name, count in order.items),
        "channel": order.channel,
        "status": status,
    }
    ledger.row("orders", person.id, row)
    if order.guest:
        ledger.plant("guest_order", order.id)
    if status == "cancelled":
        ledger.plant("cancelled_order", order.id)
    if dice.chance(0.006):
        ledger.tables["orders"].append(dict(row))
        ledger.plant("repeated_order_line", order.id)


def _refund(order: Order, person: Person, end: datetime, ledger: Ledger, dice: Dice) -> None:
    back = dice.moment(order.at + timedelta(days=1), min(order.at + _MONTH, end))
    refund = attrs.evolve(order, id=f"{order.id}-R", at=back, amount=f"-{order.amount}")
    ledger.plant("refund", refund.id)
    _write(refund, person, "refunded", ledger, dice)


def write_orders(person: Person, *, seed: int, end: datetime, ledger: Ledger) -> list[Order]:
    """Place the orders of *person*, and return them."""
    dice, orders = Dice(seed, "orders", person.id), []
    always_guest = dice.chance(0.1)
    for brand in person.brands:
        if brand != "morrow" and dice.chance(0.12):
            continue
        for turn, at in enumerate(_times(person, brand, end, dice)):
            items = _basket(brand, first=turn == 0, dice=dice)
            yen = sum(CATALOG[brand][name] * count for name, count in items)
            channel = "web" if brand == "morrow" and turn else dice.weighted(_CHANNELS)
            guest = always_guest or (brand != "morrow" and dice.chance(0.08))
            currency = currency_of(person)
            order = Order(ledger.number("O"), brand, channel, at, items, price(yen, currency), currency, guest)
            status = dice.weighted((("completed", 96), ("cancelled", 4)))
            _write(order, person, status, ledger, dice)
            orders.append(order)
            if status == "completed" and (end - at).days > 1 and dice.chance(0.03):
                _refund(order, person, end, ledger, dice)
    return orders
