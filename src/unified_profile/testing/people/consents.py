"""The consent log: what people agreed to, refused and took back, and when the business came to know."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unified_profile.testing.people.dice import Dice
from unified_profile.testing.people.flaws import spelled_phone
from unified_profile.testing.people.ledger import stamp

if TYPE_CHECKING:
    from unified_profile.testing.people.ledger import Document, Ledger
    from unified_profile.testing.people.persons import Person

_PURPOSES = (("newsletter", 5), ("personalization", 3), ("analytics", 3), ("third_party_sharing", 2))
_YES = {"newsletter": 0.72, "personalization": 0.62, "analytics": 0.7, "third_party_sharing": 0.25}
_METHODS = (("web_form", 6), ("app_toggle", 3), ("store_tablet", 2), ("phone_call", 1))
_NOTICE_CHANGED_AFTER = timedelta(days=400)


class _Desk:
    """Takes down the statements of one person."""

    def __init__(self, person: Person, start: datetime, end: datetime, ledger: Ledger, dice: Dice) -> None:
        self._person, self._start, self._end, self._ledger, self._dice = person, start, end, ledger, dice

    def _subject(self, channel: str, at: datetime) -> Document:
        person, dice = self._person, self._dice
        if channel in {"sms", "phone"} and person.phone:
            value = person.phone if dice.chance(0.7) else spelled_phone(person.phone, person.country, dice, abroad=True)
            return {"namespace": "phone", "value": value}
        if channel == "any" and dice.chance(0.4):
            return {"namespace": "customer_number", "value": person.customer_number(person.brands[0])}
        return {"namespace": "email", "value": person.email_at(at)}

    def say(
        self,
        purpose: str,
        channel: str,
        state: str,
        at: datetime,
        *,
        method: str | None = None,
        recorded: datetime | None = None,
    ) -> Document:
        """Write down one statement, and return it."""
        person, dice = self._person, self._dice
        place, brand = person.country, person.brands[0]
        recorded = recorded or at + timedelta(seconds=dice.between(0, 90))
        document: Document = {
            "record_id": self._ledger.number("R"),
            "subject": self._subject(channel, at),
            "purpose": purpose,
            "channel": channel,
            "brand": brand,
            "state": state,
            "expressed_at": stamp(at, offset_hours=place.offset_hours),
            "recorded_at": stamp(min(recorded, self._end), utc_as_z=True),
            "method": method or dice.weighted(_METHODS),
            "notice_id": f"{brand}-{'privacy' if purpose != 'newsletter' else 'newsletter'}",
            "notice_version": "2" if at - self._start > _NOTICE_CHANGED_AFTER else "1",
            "jurisdiction": f"US-{person.home.region}" if place.code == "US" else place.code,
            "language": place.language,
        }
        if state == "given" and dice.chance(0.25):
            document["expiry"] = dice.pick(("P6M", "P1Y", "P2Y"))
            self._ledger.plant("expiring_consent", str(document["record_id"]))
        self._ledger.document("consent", person.id, document, key="record_id")
        if dice.chance(0.008):
            self._ledger.logs["consent"].append(dict(document))
            self._ledger.plant("repeated_consent_line", str(document["record_id"]))
        return document

    def topic(self, purpose: str, channel: str, first: datetime) -> None:
        """Take down what the person says on *purpose* over the years."""
        dice, plant, end = self._dice, self._ledger.plant, self._end
        given = dice.chance(_YES[purpose])
        said = self.say(purpose, channel, "given" if given else "refused", first)
        if not given:
            return
        later = dice.moment(first + timedelta(days=1), max(end - timedelta(days=40), first + timedelta(days=2)))
        fate = dice.weighted((("stays", 72), ("withdraws", 16), ("late", 5), ("contradicts", 4), ("imported", 3)))
        if later > end or fate == "stays":
            return
        if fate == "withdraws":
            said = self.say(
                purpose,
                channel,
                "withdrawn",
                later,
                method=dice.pick(("unsubscribe_link", "preference_center", "phone_call")),
            )
            plant("withdrawn_consent", str(said["record_id"]))
        elif fate == "late":
            # Said on paper in the store before the click, and typed in weeks after it.
            early = first - timedelta(days=dice.between(1, 20))
            said = self.say(
                purpose,
                channel,
                "refused",
                early,
                method="paper_form",
                recorded=first + timedelta(days=dice.between(3, 60)),
            )
            plant("late_refusal", str(said["record_id"]))
        elif fate == "contradicts" and self._person.phone:
            other = "sms" if channel == "email" else "email"
            said = self.say(purpose, other, "refused", later, method="phone_call")
            plant("contradictory_statement", str(said["record_id"]))
        else:
            self.say(purpose, channel, "withdrawn", later, method="preference_center")
            said = self.say(purpose, channel, "given", min(later + timedelta(days=30), end), method="import")
            plant("import_after_withdrawal", str(said["record_id"]))


def write_consents(person: Person, *, seed: int, start: datetime, end: datetime, ledger: Ledger) -> None:
    """Ask *person* for consent, and keep every answer."""
    dice = Dice(seed, "consent", person.id)
    desk = _Desk(person, start, end, ledger, dice)
    asked = {dice.weighted(_PURPOSES) for _ in range(dice.weighted(((0, 25), (1, 35), (2, 25), (4, 15))))}
    for purpose, _ in _PURPOSES:
        if purpose not in asked:
            continue
        channel = dice.weighted((("email", 7), ("sms", 2), ("phone", 1))) if purpose == "newsletter" else "any"
        first = min(person.joined_at + timedelta(minutes=dice.between(0, 60 * 24 * 20)), end)
        desk.topic(purpose, channel, first)
