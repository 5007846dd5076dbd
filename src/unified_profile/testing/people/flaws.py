"""How one and the same fact comes to be written in many ways: typing errors, scripts, widths, habits and junk."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from unified_profile.testing.people.names import KANJI_VARIANTS, NICKNAMES

if TYPE_CHECKING:
    from unified_profile.testing.people.dice import Dice
    from unified_profile.testing.people.names import NamePart
    from unified_profile.testing.people.places import Country

JUNK_EMAILS = ("none", "test@test.com", "no-email@example.com", "n/a", "なし")
"""What clerks type into a field that must not stay empty. ``test@test.com`` is the one domain that is not reserved."""
JUNK_PHONES = ("000-0000-0000", "none", "1111111111", "03-0000-0000", "-")

_NEIGHBORS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuioiosdfghjkkxcvbnmn", strict=False))
_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in (*range(0x30, 0x3A), 0x2D, 0x40)})
_TO_HIRAGANA = str.maketrans({chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)})
_HALF_KANA = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E)}
_HALF_MARKS = {"\u3099": "\uff9e", "\u309a": "\uff9f"}
_SHORT = 2


def mistyped(word: str, dice: Dice) -> str:
    """Return *word* with one typing error.

    >>> from unified_profile.testing.people.dice import Dice
    >>> mistyped("Robinson", Dice(1))
    'Robnison'
    """
    if len(word) <= _SHORT:
        return word + word[-1]
    at = dice.between(1, len(word) - 2)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    slipped = word[:at] + _NEIGHBORS.get(word[at], "e") + word[at + 1 :]
    shapes = (swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], slipped)
    return next((shape for shape in (dice.pick(shapes), *shapes) if shape != word), word)


def wide(text: str) -> str:
    """Return *text* with full-width digits, hyphens and at-signs, as a Japanese keyboard leaves them."""
    return text.translate(_WIDE)


def hiragana(kana: str) -> str:
    """Return *kana* in the round script."""
    return kana.translate(_TO_HIRAGANA)


def half_kana(kana: str) -> str:
    """Return *kana* in half width, as old systems and bank forms have it."""
    return "".join(_HALF_MARKS.get(sign, _HALF_KANA.get(sign, sign)) for sign in unicodedata.normalize("NFD", kana))


def other_name(given: NamePart, family: NamePart, dice: Dice) -> tuple[str, str, str, str]:
    """Return the two names and the kana as somebody else might write them, and what the difference is."""
    kana = f"{family.kana} {given.kana}".strip()
    if kana:
        variant = "".join(KANJI_VARIANTS.get(sign, sign) for sign in family.written)
        shapes = [
            (given.kana, family.kana, "", "kana_only"),
            (hiragana(given.kana), hiragana(family.kana), "", "kana_only"),
            (given.written, family.written, half_kana(kana), "half_width_kana"),
            (given.latin.title(), family.latin.title(), "", "romaji"),
            (family.written, given.written, kana, "swapped_names"),
        ]
        if variant != family.written:
            shapes.extend([(given.written, variant, kana, "variant_kanji")] * 8)
        return dice.pick(shapes)
    typo_first = dice.chance(0.4)
    shapes = [
        (mistyped(given.written, dice) if typo_first else given.written,
         family.written if typo_first else mistyped(family.written, dice), "", "name_typo"),
        (NICKNAMES.get(given.written, given.written[0] + "."), family.written, "", "nickname"),
        (given.written.upper(), family.written.upper(), "", "capitals"),
        (family.written, given.written, "", "swapped_names"),
    ]  # fmt: skip
    if not (given.written + family.written).isascii():
        shapes.append((given.latin.title(), family.latin.title(), "", "plain_letters"))
    return dice.pick([*shapes[:1], *shapes])


def spelled_email(email: str, dice: Dice, *, japanese: bool) -> str:
    """Return *email* as typed by hand: mostly right."""
    if dice.chance(0.9):
        return email
    shapes = [email.upper(), email.title(), f" {email} ", f"<{email}>"]
    return dice.pick([*shapes[:3], wide(email)] if japanese else shapes)


def _groups(national: str, country: Country) -> tuple[str, str, str]:
    if country.code == "JP":
        return national[:3], national[3:7], national[7:]
    if country.code in {"US", "CA"}:
        return national[:3], national[3:6], national[6:]
    return national[: len(national) - 6], national[-6:-3], national[-3:]


def spelled_phone(e164: str, country: Country, dice: Dice, *, abroad: bool = False) -> str:
    """Return *e164* as people of *country* write it; *abroad* if the reader does not know the country.

    >>> from unified_profile.testing.people.dice import Dice
    >>> from unified_profile.testing.people.places import COUNTRIES
    >>> [spelled_phone("+818000001234", COUNTRIES["JP"], Dice(key)) for key in (1, 2)]
    ['08000001234', '080-0000-1234']
    """
    bare = e164.removeprefix(f"+{country.dial}")
    national = country.trunk + bare
    area, middle, tail = _groups(national, country)
    near_area = area.removeprefix(country.trunk)
    far = [f"+{country.dial} {near_area} {middle} {tail}", e164, f"+{country.dial}-{near_area}-{middle}-{tail}"]
    if country.code != "JP" and abroad:
        return dice.pick(far)
    near = [f"{area}-{middle}-{tail}", national, f"{area} {middle} {tail}"]
    if country.trunk:
        far.append(f"+{country.dial} ({country.trunk}){near_area} {middle} {tail}")
    if country.code == "JP":
        near = [*near, near[0], near[0], wide(near[0]), f"({area}){middle}-{tail}", wide(national)]
    if country.code in {"US", "CA"}:
        near = [*near, f"({area}) {middle}-{tail}", f"1-{area}-{middle}-{tail}", f"{area}.{middle}.{tail}"]
    return dice.pick([*near, *near, *far])
