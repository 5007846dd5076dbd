"""Which country a cell names, by code or by name in ten languages; and a phone number as that country dials it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from unified_profile.wire.headers import folded


@cache
def _by_name() -> dict[str, str]:
    text = resources.files("unified_profile.wire").joinpath("countries.toml").read_text(encoding="utf-8")
    return {folded(name): code for code, names in tomllib.loads(text).items() for name in (code, *names)}


def country_of(text: str, /) -> str:
    """Return the ISO 3166 code of the country that *text* names; empty if it names none that is known.

    >>> country_of("fr"), country_of("Österreich"), country_of("日本"), country_of("U.S.A."), country_of("Atlantis")
    ('FR', 'AT', 'JP', 'US', '')
    """
    return _by_name().get(folded(text), "")


def international(phone: str, country: str, /) -> str:
    """Return a *phone* number of a *country* with its country code.

    A number that has one stays as it is, and so does what is no number anywhere. Where nobody can say which number it
    is (no such country is known, or the country has no such numbers), nothing is returned: it must not be taken for
    one of the country that numbers belong to otherwise.

    >>> international("020 7946 0693", "GB"), international("06 25 43 63 39", "France"), international("0151 1234", "?")
    ('+442079460693', '+33625436339', '')
    """
    text = phone.lstrip()
    if not text or text[0] in "+＋":
        return phone
    import phonenumbers  # heavy, and seldom needed

    code = country_of(country)
    if not code:
        # 00 goes abroad from most countries; what follows is taken for a country code only if the number exists.
        text, code = ("+" + text[2:] if text.startswith("00") else text), "ZZ"
    try:
        number = phonenumbers.parse(text, code)
    except phonenumbers.NumberParseException as error:
        return phone if error.error_type == error.NOT_A_NUMBER else ""
    fits = phonenumbers.is_possible_number(number) if code != "ZZ" else phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if fits else ""
