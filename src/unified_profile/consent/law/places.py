"""Which jurisdiction lies in which: a rule of the European Union binds in Germany, one of the United States in Ohio."""

from __future__ import annotations

from functools import lru_cache

EUROPEAN_UNION = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()  # noqa: SIM905  # readable
)
"""The member states, as ISO 3166-1 alpha-2."""

EUROPEAN_ECONOMIC_AREA = frozenset({"IS", "LI", "NO"})
"""The further states of the EEA, in which the GDPR applies by the EEA agreement (Joint Committee decision 154/2018)."""


@lru_cache(maxsize=1024)
def chain(place: str, /) -> tuple[str, ...]:
    """Return *place* and what it lies in, nearest first.

    >>> chain("DE-BY"), chain("US-CA"), chain("NO"), chain("")
    (('DE-BY', 'DE', 'EU', 'EEA'), ('US-CA', 'US'), ('NO', 'EEA'), ())
    """
    if not place:
        return ()
    country, dash, _ = place.partition("-")
    found = [place, country] if dash else [place]
    if country in EUROPEAN_UNION:
        found += ["EU", "EEA"]
    elif country in EUROPEAN_ECONOMIC_AREA or place == "EU":
        found.append("EEA")
    return tuple(found)


def within(place: str, wider: str, /) -> bool:
    """Say whether *place* is *wider* or lies in it.

    >>> within("DE", "EU"), within("EU", "DE"), within("GB", "EU")
    (True, False, False)
    """
    return place == wider or wider in chain(place)
