"""Where synthetic people live: towns that exist, streets that do not, and phone numbers kept free for fiction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from unified_profile.testing.people.dice import Dice


@attrs.frozen
class Town:
    """A town with its region and the pattern of its postcodes (``#`` stands for a digit)."""

    name: str
    region: str
    postcode: str


@attrs.frozen
class Country:
    """What a source needs to know of a country: language, money, clock, towns and free phone numbers."""

    code: str
    language: str
    currency: str
    timezone: str
    offset_hours: int
    dial: str
    trunk: str
    phones: tuple[str, ...]
    towns: tuple[Town, ...]


def _towns(text: str) -> tuple[Town, ...]:
    return tuple(Town(*line.split("|")) for line in text.split(";"))


_US_AREAS = "201 206 212 213 303 305 312 404 415 503 512 602 612 617 619 702 713 718 773 808 816 904 917 919"
_CA_AREAS = "204 403 416 506 514 604 613 902"

# The last two letters of the British postcodes, and the O of the Canadian and Irish ones, are never given out.
COUNTRIES = {
    "JP": Country(
        "JP", "ja", "JPY", "Asia/Tokyo", 9, "81", "0",
        # Japan keeps no range for fiction; the block 0000 is given to nobody. phonenumbers takes 080-0000 for a valid
        # number and 090-0000 for a possible one, so both kinds are here, three to one.
        (*(f"+81800000{digit}###" for digit in range(9)), *(f"+81900000{digit}###" for digit in range(3))),
        _towns(
            "世田谷区|東京都|154-00##;杉並区|東京都|166-00##;横浜市中区|神奈川県|231-00##;札幌市中央区|北海道|060-00##;"
            "仙台市青葉区|宮城県|980-00##;名古屋市中区|愛知県|460-00##;京都市左京区|京都府|606-00##;大阪市北区|大阪府|530-00##;"
            "神戸市中央区|兵庫県|650-00##;広島市中区|広島県|730-00##;福岡市博多区|福岡県|812-00##;那覇市|沖縄県|900-00##;"
            "松本市|長野県|390-00##;金沢市|石川県|920-00##"
        ),
    ),
    "US": Country(
        "US", "en", "USD", "America/New_York", -5, "1", "", tuple(f"+1{area}55501##" for area in _US_AREAS.split()),
        _towns(
            "Portland|OR|972##;Sacramento|CA|958##;Oakland|CA|946##;Austin|TX|787##;Chicago|IL|606##;Brooklyn|NY|112##;"
            "Albany|NY|122##;Boston|MA|021##;Denver|CO|802##;Atlanta|GA|303##"
        ),
    ),
    "GB": Country(
        "GB", "en", "GBP", "Europe/London", 0, "44", "0",
        ("+447700900###", "+442079460###", "+441134960###", "+441214960###"),
        _towns("Leeds|West Yorkshire|LS# #CM;London|Greater London|SE## #CV;"
               "Bristol|Avon|BS# #MK;Glasgow|Lanarkshire|G## #CO;"
               "York|North Yorkshire|YO## #IC;Cardiff|South Glamorgan|CF## #VM"),
    ),
    "CA": Country(
        "CA", "en", "CAD", "America/Toronto", -5, "1", "", tuple(f"+1{area}55501##" for area in _CA_AREAS.split()),
        _towns("Toronto|ON|M#V #O#;Vancouver|BC|V#B #O#;Halifax|NS|B#H #O#;Calgary|AB|T#P #O#"),
    ),
    "AU": Country(
        "AU", "en", "AUD", "Australia/Sydney", 10, "61", "0",
        ("+6125550####", "+6135550####", "+6175550####", "+6185550####"),
        _towns("Sydney|NSW|20##;Newtown|NSW|204#;Melbourne|VIC|30##;Brisbane|QLD|40##;Perth|WA|60##"),
    ),
    "IE": Country(
        "IE", "en", "EUR", "Europe/Dublin", 0, "353", "0", ("+3532091#####",),
        _towns("Dublin|Leinster|D0# XO##;Cork|Munster|T## XO##;Galway|Connacht|H## XO##"),
    ),
    "DE": Country(
        "DE", "de", "EUR", "Europe/Berlin", 1, "49", "0", ("+493023125###", "+49176040690##"),
        _towns("Berlin|Berlin|101##;Hamburg|Hamburg|200##"),
    ),
    "FR": Country(
        "FR", "fr", "EUR", "Europe/Paris", 1, "33", "0", ("+3363998####", "+3319900####"),
        _towns("Lyon|Rhône|690##;Paris|Île-de-France|750##"),
    ),
    "SE": Country(
        "SE", "sv", "SEK", "Europe/Stockholm", 1, "46", "0", ("+467017406##",),
        _towns("Malmö|Skåne|21# ##;Umeå|Västerbotten|90# ##"),
    ),
}  # fmt: skip

_STREETS = ("Sample Street", "Example Road", "Mockingham Lane", "Placeholder Avenue", "Fiction Way", "Specimen Close")
_QUARTERS = ("見本町", "架空町", "仮名町", "例示台", "雛形町", "試作ヶ丘")


def fill(pattern: str, dice: Dice) -> str:
    """Return *pattern* with a digit for every ``#``.

    >>> from unified_profile.testing.people.dice import Dice
    >>> len(fill("154-00##", Dice(1)))
    8
    """
    return "".join(str(dice.between(0, 9)) if sign == "#" else sign for sign in pattern)


def street(country: Country, dice: Dice) -> str:
    """Return the address of a house that does not exist."""
    if country.code == "JP":
        flat = f" {dice.between(1, 9)}0{dice.between(1, 9)}号室" if dice.chance(0.3) else ""
        return f"{dice.pick(_QUARTERS)}{dice.between(1, 9)}-{dice.between(1, 30)}-{dice.between(1, 20)}{flat}"
    flat = f", Apt {dice.between(1, 40)}" if dice.chance(0.25) else ""
    return f"{dice.between(1, 240)} {dice.pick(_STREETS)}{flat}"


class PhoneBook:
    """Hands out each fictional number once; when a country's are all gone, people go without a phone."""

    def __init__(self) -> None:
        """Begin with every number free."""
        self._given: dict[str, int] = {}

    def next(self, country: Country) -> str | None:
        """Return a number nobody has yet, as E.164.

        >>> PhoneBook().next(COUNTRIES["GB"])
        '+447700900017'
        """
        turn = self._given.get(country.code, 0)
        self._given[country.code] = turn + 1
        pattern = country.phones[turn % len(country.phones)]
        width = pattern.count("#")
        nth = turn // len(country.phones)
        if nth >= 10**width:
            return None
        # 7919 shares no factor with ten: the tails look mixed and none comes twice.
        tail = (nth * 7919 + 17) % 10**width
        return pattern.rstrip("#") + str(tail).zfill(width)
