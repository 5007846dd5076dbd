"""Support tickets and survey answers: what people say of the business, and how long it let them wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unified_profile.testing.people.dice import Dice
from unified_profile.testing.people.flaws import JUNK_EMAILS, spelled_email, spelled_phone
from unified_profile.testing.people.ledger import stamp

if TYPE_CHECKING:
    from unified_profile.testing.people.ledger import Ledger
    from unified_profile.testing.people.orders import Order
    from unified_profile.testing.people.persons import Person

WORST_CHANNEL = "phone"
"""The channel that really is worse than the others."""

_HEAD_OFFICE_HOURS = 9
_TICKET_CHANNELS = (("email", 30), ("phone", 26), ("chat", 24), ("web", 20))
_SURVEY_CHANNELS = (("web", 34), ("app", 17), ("store", 16), ("email", 13), ("phone", 12), ("chat", 8))
_DROP = {WORST_CHANNEL: 0.22}
_SUBJECTS = {
    "en": (
        "Where is my order?",
        "Zip broke on first trip",
        "Change my delivery address",
        "Refund not received",
        "Ink leaked in the box",
        "Skip next month's coffee",
        "Please close my account",
        "Wrong size sent",
        "Cannot sign in",
        "Invoice, please",
    ),
    "ja": (
        "注文した商品が届きません",
        "返品したいです",
        "お届け先の変更",
        "返金はいつですか",
        "インクが漏れていました",
        "定期便を一回お休みしたい",
        "退会の手続き",
        "サイズ違いが届きました",
        "ログインできません",
        "領収書をお願いします",
    ),
}
_COMMENTS = {
    ("en", "good"): (
        "Fast delivery, lovely packaging.",
        "Best coffee I have had at home.",
        "Staff in the store were so kind!",
        "The paper is a joy to write on.",
        "",
    ),
    ("en", "fair"): (
        "Fine, nothing special.",
        "Good product, but the website is slow.",
        "Delivery took a week,\nthough the box was intact.",
        "",
        "",
    ),
    ("en", "poor"): (
        "Parcel arrived late and damaged.",
        "Nobody answered my e-mail.",
        "Too expensive for what it is.",
        "The app keeps crashing.",
        "",
    ),
    ("en", "phone"): (
        "Waited 40 minutes on hold.",
        "I had to explain everything three times.",
        "Call was cut off, twice.",
        "Passed from one agent to the next.",
    ),
    ("ja", "good"): (
        "配送がとても早かったです。",
        "店員さんが親切でした!",
        "紙の書き心地が最高です。",
        "コーヒーの香りが良い。",
        "",
    ),
    ("ja", "fair"): ("普通です。", "商品は良いけれど、サイトが少し重い。", "可もなく不可もなく。", "", ""),
    ("ja", "poor"): (
        "届くのが遅く、箱が潰れていました。",
        "問い合わせの返事がありません。",
        "値段が高いと思います。",
        "アプリがよく落ちます。",
        "",
    ),
    ("ja", "phone"): (
        "電話が全然つながらない。",
        "何度も同じ説明をさせられました。",
        "保留のまま30分待たされた。",
        "担当者によって言うことが違う。",
    ),
}
_GOOD, _POOR = 0.6, 0.36


def _felt(person: Person, channel: str, dice: Dice) -> float:
    """Return how this one contact felt, from 0 to 1."""
    felt = 0.16 + 0.45 * person.mood + 0.4 * dice.share() - _DROP.get(channel, 0.0)
    return min(max(felt, 0.0), 0.999)


def _comment(person: Person, channel: str, felt: float, dice: Dice) -> str:
    language = "ja" if person.country.language == "ja" else "en"
    tone = "good" if felt > _GOOD else "poor" if felt < _POOR else "fair"
    if channel == WORST_CHANNEL and tone != "good" and dice.chance(0.7):
        tone = "phone"
    return dice.pick(_COMMENTS[language, tone]) if dice.chance(0.55) else ""


def _shown(person: Person, channel: str, at: datetime, dice: Dice) -> tuple[str, str]:
    japanese = person.country.code == "JP"
    email = phone = ""
    if channel != "phone" or dice.chance(0.35):
        email = spelled_email(person.email_at(at), dice, japanese=japanese)
    if person.phone and (channel == "phone" or dice.chance(0.15)):
        phone = spelled_phone(person.phone, person.country, dice, abroad=True)
    if not email and not phone:
        return person.email_at(at), ""
    return email, phone


def _ticket(person: Person, opened: datetime, end: datetime, ledger: Ledger, dice: Dice) -> None:
    channel = dice.weighted(_TICKET_CHANNELS)
    felt = _felt(person, channel, dice)
    slow = channel == WORST_CHANNEL
    answered = opened + timedelta(minutes=dice.between(20, 900) * (3 if slow else 1))
    resolved = answered + timedelta(minutes=dice.between(10, 60 * 24 * (5 if slow else 3)))
    promise = opened + timedelta(days=dice.between(2, 4)) if dice.chance(0.6) else None
    is_open = resolved > end or dice.chance(0.06)
    waiting = answered > end or (is_open and dice.chance(0.4))
    email, phone = _shown(person, channel, opened, dice)
    rated = not is_open and dice.chance(0.55)
    row = {
        "ticket_id": ledger.number("T"),
        "brand": dice.pick(person.brands),
        "email": email,
        "phone": phone,
        "channel": channel,
        "opened_at": stamp(opened, offset_hours=_HEAD_OFFICE_HOURS),
        "first_response_at": "" if waiting else stamp(answered, offset_hours=_HEAD_OFFICE_HOURS),
        "resolved_at": "" if is_open else stamp(resolved, offset_hours=_HEAD_OFFICE_HOURS),
        "subject": dice.pick(_SUBJECTS["ja" if person.country.language == "ja" else "en"]),
        "satisfaction": str(1 + int(felt * 5)) if rated else "",
        "effort": str(7 - int(felt * 7)) if rated and dice.chance(0.8) else "",
        "promise_due": stamp(promise, offset_hours=_HEAD_OFFICE_HOURS) if promise else "",
    }
    if is_open:
        ledger.plant("open_ticket", row["ticket_id"])
    if promise and promise < (end if is_open else resolved):
        ledger.plant("broken_promise", row["ticket_id"])
    ledger.row("tickets", person.id, row)


def _answer(person: Person, at: datetime, orders: list[Order], ledger: Ledger, dice: Dice) -> None:
    channel = dice.weighted(_SURVEY_CHANNELS)
    felt = _felt(person, channel, dice)
    bought = sorted({order.brand for order in orders if not order.guest and order.at <= at})
    by_number = bool(bought) and dice.chance(0.4)
    brand = dice.pick(bought or person.brands)
    email = "" if by_number else spelled_email(person.email_at(at), dice, japanese=person.country.code == "JP")
    row = {
        "response_id": ledger.number("S"),
        "email": email,
        "customer_number": person.customer_number(brand) if by_number else "",
        "brand": brand,
        "channel": channel,
        "answered_at": stamp(at, utc_as_z=True),
        "nps": str(min(10, int(1 + felt * 11.5))) if dice.chance(0.92) else "",
        "csat": str(1 + int(felt * 5)) if dice.chance(0.85) else "",
        "ces": str(1 + int(felt * 7)) if dice.chance(0.6) else "",
        "comment": _comment(person, channel, felt, dice),
    }
    if not by_number and dice.chance(0.015):
        row["email"] = dice.pick(JUNK_EMAILS[:3])
        ledger.plant("junk_value", row["response_id"])
    ledger.row("survey", person.id, row)


def write_voice(person: Person, orders: list[Order], *, seed: int, end: datetime, ledger: Ledger) -> None:
    """Let *person* ask for help and answer surveys."""
    dice = Dice(seed, "voice", person.id)
    last = person.left_at or end
    offset = person.country.offset_hours
    for _ in range(dice.weighted(((0, 45), (1, 32), (2, 14), (3, 6), (5, 3)))):
        _ticket(person, dice.moment(person.joined_at, last, offset_hours=offset), end, ledger, dice)
    for _ in range(dice.weighted(((0, 28), (1, 28), (2, 24), (3, 13), (4, 7)))):
        _answer(person, dice.moment(person.joined_at, last, offset_hours=offset), orders, ledger, dice)
