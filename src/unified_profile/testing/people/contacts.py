"""The CRM export: who the sales people believe they know."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from unified_profile.testing.people.dice import Dice
from unified_profile.testing.people.flaws import JUNK_EMAILS, JUNK_PHONES, other_name, spelled_email, spelled_phone
from unified_profile.testing.people.ledger import stamp

if TYPE_CHECKING:
    from unified_profile.testing.people.ledger import Ledger, Row
    from unified_profile.testing.people.persons import Person

_HEAD_OFFICE_HOURS = 9
_SHARED = (("email", 4), ("phone", 3), ("neither", 3))


def _birth(born: date, dice: Dice, *, japanese: bool) -> str:
    if dice.chance(0.45):
        return ""
    if dice.chance(0.01):
        return "1900-01-01"
    if dice.chance(0.04):
        return born.strftime("%Y/%m/%d") if japanese else born.strftime("%d %b %Y")
    return born.isoformat()


def _contact(person: Person, brand: str, created: datetime, *, end: datetime, ledger: Ledger, dice: Dice) -> Row:
    home, japanese = person.home, person.country.code == "JP"
    updated = created if dice.chance(0.5) else dice.moment(created, end)
    phone = spelled_phone(person.phone, home.country, dice) if person.phone and dice.chance(0.8) else ""
    return {
        "contact_id": ledger.number("C"),
        "brand": brand,
        "given_name": person.given.written,
        "family_name": person.family.written,
        "name_kana": f"{person.family.kana} {person.given.kana}" if japanese and dice.chance(0.8) else "",
        "email": spelled_email(person.email_at(created), dice, japanese=japanese) if dice.chance(0.88) else "",
        "phone": phone,
        "birth_date": _birth(person.birth_date, dice, japanese=japanese),
        "street": home.street,
        "city": home.city if not japanese else f"{home.region}{home.city}",
        "postcode": home.postcode,
        "country": home.country.code,
        "language": home.country.language,
        "created_at": stamp(created, offset_hours=_HEAD_OFFICE_HOURS),
        "updated_at": stamp(updated, offset_hours=_HEAD_OFFICE_HOURS),
    }


def _spoil(row: Row, person: Person, ledger: Ledger, dice: Dice) -> None:
    contact = row["contact_id"]
    if dice.chance(0.07):
        row["given_name"], row["family_name"], row["name_kana"], flaw = other_name(person.given, person.family, dice)
        ledger.plant(flaw, contact)
    if not row["email"] and dice.chance(0.3):
        row["email"] = dice.pick(JUNK_EMAILS)
        ledger.plant("junk_value", contact)
    if not row["phone"] and dice.chance(0.15):
        row["phone"] = dice.pick(JUNK_PHONES)
        ledger.plant("junk_value", contact)
    if dice.chance(0.06):
        row["street"] = row["postcode"] = row["city"] = ""


def _again(first: Row, person: Person, end: datetime, ledger: Ledger, dice: Dice) -> None:
    """Enter *person* a second time, as a clerk does who did not find the first entry."""
    created = dice.moment(datetime.fromisoformat(first["created_at"]) + timedelta(days=1), end)
    row = _contact(person, first["brand"], created, end=end, ledger=ledger, dice=dice)
    shared = dice.weighted(_SHARED)
    row["given_name"], row["family_name"], row["name_kana"], flaw = other_name(person.given, person.family, dice)
    ledger.plant(flaw, row["contact_id"])
    if shared == "email" and person.email_changed_at is None:
        first["email"] = first["email"] if "@" in wide_at(first["email"]) else person.emails[-1]
        row["email"], row["phone"] = spelled_email(person.emails[-1], dice, japanese=bool(person.family.kana)), ""
    elif shared == "phone" and person.phone:
        first["phone"] = row["phone"] = spelled_phone(person.phone, person.country, dice)
        row["phone"] = spelled_phone(person.phone, person.country, dice)
        row["email"] = ""
    else:
        shared = "neither"
        row["email"], row["phone"] = "", ""
        first["birth_date"] = row["birth_date"] = person.birth_date.isoformat()
    ledger.plant(f"duplicate_sharing_{shared}", row["contact_id"])
    ledger.row("crm", person.id, row)


def wide_at(text: str) -> str:
    """Return *text* with the full-width at-sign made plain."""
    return text.replace("＠", "@")


def write_contacts(person: Person, *, seed: int, end: datetime, ledger: Ledger, surely: bool) -> None:
    """Enter *person* into the CRM: once for each brand that knows the person, and now and then once too often.

    Some buy without ever being entered, unless *surely* asks for it.
    """
    dice = Dice(seed, "crm", person.id)
    for turn, brand in enumerate(person.brands):
        if not dice.chance(0.85 if turn == 0 else 0.3) and not (surely and turn == 0):
            continue
        created = min(person.joined_at + timedelta(minutes=dice.between(0, 60 * 24 * 60)), end)
        row = _contact(person, brand, created, end=end, ledger=ledger, dice=dice)
        if person.email_changed_at is not None and created < person.email_changed_at and dice.chance(0.5):
            # The clerk wrote the new address over the old one; orders and events still carry the old one.
            row["email"] = person.emails[-1]
            row["updated_at"] = stamp(person.email_changed_at, offset_hours=_HEAD_OFFICE_HOURS)
            ledger.plant("changed_email", row["contact_id"])
        _spoil(row, person, ledger, dice)
        ledger.row("crm", person.id, row)
        if dice.chance(0.12):
            _again(row, person, end, ledger, dice)
