"""Names as they are compared: channels, brands, places, people who get values, categories of data, manners of saying.

Sources and callers do not agree on one spelling. Whatever is compared is first brought into one here, in statements,
questions and rules alike: else a question in another spelling would slip by a refusal.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from unified_profile.consent.states import CONFIRMATION, CONFIRMED_ELSEWHERE, SECOND_HAND
from unified_profile.model.values import Channel, spelled

Place: TypeAlias = tuple[str, str, str]
"""A channel, a brand and a jurisdiction."""

EVERY = frozenset({"any", "all", "*"})
"""Words that name no particular channel, brand, controller or recipient: who refuses to all of them names all."""

_PLACE = re.compile(r"(?:[A-Z]{2}|EEA)(?:-[A-Z0-9]{1,3})*")
_OTHER_CODES = {"UK": "GB", "EL": "GR"}
"""What the European Union and its neighbors write beside ISO 3166-1."""

_DPV = re.compile(r"(?:https://w3id\.org/(?:dpv|ns/dpv)\b.*[#/]|(?:dpv|dpv-pd|pd|dpv-gdpr|eu-gdpr):)(?=[^#/:]+$)")
_WORDS = re.compile(r"[a-z]+")
_REPORTING = frozenset(
    {"import", "imports", "imported", "importer", "backfill", "backfilled", "merge", "merged", "migration", "migrated",
     "enrichment", "enriched", "inferred", "inference", "thirdparty"}
)  # fmt: skip

_KNOWN = {
    "racialorethnicorigin": "racial_or_ethnic_origin", "racialorigin": "racial_or_ethnic_origin",
    "ethnicorigin": "racial_or_ethnic_origin", "ethnicity": "racial_or_ethnic_origin",
    "race": "racial_or_ethnic_origin", "politicalopinions": "political_opinions",
    "politicalopinion": "political_opinions", "politicalaffiliation": "political_opinions",
    "religiousbeliefs": "religious_beliefs", "religiousbelief": "religious_beliefs", "religion": "religious_beliefs",
    "philosophicalbelief": "religious_beliefs", "philosophicalbeliefs": "religious_beliefs",
    "tradeunionmembership": "trade_union_membership", "unionmembership": "trade_union_membership",
    "genetic": "genetic", "genetics": "genetic", "biometric": "biometric", "biometrics": "biometric",
    "health": "health", "medical": "health", "medicalhealth": "health", "healthrecord": "health",
    "healthrecords": "health", "sexlife": "sex_life", "sexuallife": "sex_life",
    "sexualorientation": "sexual_orientation", "sexualpreference": "sexual_orientation",
    "preciselocation": "precise_location", "precisegeolocation": "precise_location", "governmentid": "government_id",
    "accountcredentials": "account_credentials", "medicalhistory": "medical_history", "creed": "creed",
    "socialstatus": "social_status", "criminalrecord": "criminal_record", "crimevictim": "crime_victim",
    "disability": "disability", "healthcheck": "health_check", "email": "email", "emailaddress": "email_address",
    "phonenumber": "phone_number", "givenname": "given_name", "familyname": "family_name", "birthdate": "birth_date",
    "postaladdress": "postal_address", "ipaddress": "ip_address", "deviceid": "device_id",
}  # fmt: skip
"""Categories that rules speak of, or that many collect, by what else they are called, without what parts words."""


@lru_cache(maxsize=4096)
def one_spelling(channel: str, brand: str, jurisdiction: str, /) -> Place:
    """Return where and for whom in the one spelling in which both statements and questions are compared.

    >>> one_spelling("E-Mail", "Ｋawa", "de-by"), one_spelling("", "", "UK")[2]
    (('email', 'kawa', 'DE-BY'), 'GB')
    """
    return one_channel(channel), spelled(brand), one_place(jurisdiction)


@lru_cache(maxsize=4096)
def one_channel(name: str, /) -> str:
    """Return a channel in the one spelling.

    >>> one_channel("E-Mail"), one_channel(" ＳＭＳ "), one_channel("All")
    ('email', 'sms', 'any')
    """
    found = Channel.of(name).name
    return "any" if found in EVERY else found


@lru_cache(maxsize=4096)
def one_place(jurisdiction: str, /) -> str:
    """Return a jurisdiction as ISO 3166 writes it.

    >>> one_place(" de_by "), one_place("EL"), one_place("Germany")
    ('DE-BY', 'GR', 'GERMANY')
    """
    found = spelled(jurisdiction).upper().replace("_", "-")
    country, dash, part = found.partition("-")
    return f"{_OTHER_CODES.get(country, country)}{dash}{part}"


@lru_cache(maxsize=4096)
def is_place(jurisdiction: str, /) -> bool:
    """Say whether *jurisdiction*, in the one spelling, has the form of a place.

    >>> is_place("US-CA"), is_place("EEA"), is_place("GERMANY")
    (True, True, False)
    """
    return _PLACE.fullmatch(jurisdiction) is not None


@lru_cache(maxsize=4096)
def one_name(name: str, /) -> str:
    """Return a name in the one spelling: of a controller, of who gets values, and of a purpose that was refused.

    A term of DPV is one by its address and by its prefix.

    >>> one_name(" News  Letter "), one_name("https://w3id.org/dpv#Marketing"), one_name("http://a.example/b/")
    ('news letter', 'dpv:marketing', 'https://a.example/b')
    """
    found = spelled(name)
    if ":" not in found:
        return found
    if "://" in found:
        found = re.sub(r"^http://", "https://", found).rstrip("/#")
    return _DPV.sub("dpv:", found)


@lru_cache(maxsize=4096)
def one_category(name: str, /) -> str:
    """Return a category of data in the one spelling; those that rules speak of by our names.

    >>> (
    ...     one_category("E-Mail"),
    ...     one_category("Shoe Size"),
    ...     one_category("dpv-pd:Health"),
    ...     one_category("SexualOrientation"),
    ... )
    ('email', 'shoe_size', 'health', 'sexual_orientation')
    """
    found = one_name(name)
    plain = "".join(filter(str.isalnum, found.removeprefix("dpv:")))
    known = _KNOWN.get(plain) or _KNOWN.get(plain.removesuffix("data"))
    return known or found.replace("-", "_").replace(" ", "_")


@lru_cache(maxsize=4096)
def one_manner(method: str, /) -> str:
    """Return a method as the table of states names it, if it is one of those; what others report is ``import``.

    >>> one_manner("Third Party"), one_manner("CSV-Import"), one_manner("Double opt-in"), one_manner("Web form")
    ('third_party', 'import', 'double_opt_in', 'Web form')
    """
    folded = spelled(method).replace("-", "_").replace(" ", "_")
    if folded in SECOND_HAND or folded in {CONFIRMATION, CONFIRMED_ELSEWHERE}:
        return folded
    words = _WORDS.findall(folded)
    if not _REPORTING.isdisjoint(words) or ("third", "party") in pairwise(words):
        return "import"
    return method


Names: TypeAlias = tuple[str, ...]


@lru_cache(maxsize=4096)
def categories(names: Names, /) -> Names:
    """Return categories of data in the one spelling."""
    return tuple([one_category(name) for name in names])


@lru_cache(maxsize=4096)
def everyone(names: Names, /) -> Names:
    """Return names of controllers or of who gets values in the one spelling."""
    return tuple([one_name(name) for name in names])
