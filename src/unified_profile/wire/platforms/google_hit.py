"""Google's hits: the parameters ``gcs`` and ``gcd``, with which its tags send the states of Consent Mode along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, WithJsonSchema

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import ConsentState
from unified_profile.wire.payloads import unfit
from unified_profile.wire.platforms.choices import Choice, PlatformConsent

GCD_TYPES: Final = ("ad_storage", "analytics_storage", "ad_user_data", "ad_personalization")
"""What the four letters of ``gcd`` are about, in their order; the first two are those of ``gcs``, too."""
GCD_LETTERS: Final = {
    "l": ("", ""), "p": ("denied", ""), "t": ("granted", ""),
    "m": ("", "denied"), "n": ("", "granted"),
    "q": ("denied", "denied"), "r": ("denied", "granted"), "u": ("granted", "denied"), "v": ("granted", "granted"),
}  # fmt: skip
"""What each letter says: the state by default, and by the update after it; empty where there was none."""
_GCD: Final = re.compile(r"1[0-9]([a-z])[0-9]([a-z])[0-9]([a-z])[0-9]([a-z])(?:[0-9][0-9a-z]{0,23})?\Z", re.ASCII)
_GCS: Final = re.compile(r"G1[01-]{2}\Z", re.ASCII)
_IN_SCHEMA: Final = {
    "gcs": "^G1[01-]{2}$", "gcd": "^1[0-9](?:[lmnpqrtuv][0-9]){3}[lmnpqrtuv](?:[0-9][0-9a-z]{0,23})?$",
}  # fmt: skip
_STATES: Final = {"granted": ConsentState.GIVEN, "denied": ConsentState.REFUSED, "": ConsentState.UNKNOWN}


def _gcs(text: str) -> str:
    if _GCS.match(text) is None:
        raise unfit("not G1 and two of 0, 1 and -", "for example G100")
    return text


def _gcd(text: str) -> str:
    found = _GCD.match(text)
    if found is None:
        raise unfit("not four letters between digits", "for example 13r3q3q3q5")
    for place, letter in enumerate(found.groups(), 1):
        if letter not in GCD_LETTERS:
            raise unfit(f"letter {place} is not a known one", "one of " + ", ".join(sorted(GCD_LETTERS)))
    return text


class GoogleHit(PlatformConsent):
    """What a hit (a request to ``/g/collect`` and the like) says of consent.

    ``gcd`` has a letter for each of four types, which tells the default and the update apart: only what an update
    granted is given, and only what it denied is refused. A default alone is no choice of anybody, and unknown.

    ``gcs`` (``G1``, then ``ad_storage`` and ``analytics_storage``) tells the state alone. One that a page merely set
    looks the same there, so that without ``gcd`` it grants and refuses nothing: it is unknown. Where the two
    contradict each other, a grant of ``gcd`` is unknown, too. ``-`` means that nothing was asked.

    Google documents Consent Mode, not these parameters. Positions and letters are as they are observed and described
    by M. Baersch in S. Ahava, "Consent Mode V2 For Google Tags" (simoahava.com/analytics/consent-mode-v2-google-tags),
    and by several independent decoders. What the digits between the letters mean, and what follows the fourth letter,
    is not known; it is kept. A letter that nobody knows is refused.

    >>> hit = GoogleHit.of_url("https://www.google-analytics.com/g/collect?v=2&gcs=G101&gcd=13q3r3p3l5l1")
    >>> [(one.category, one.state.value) for one in hit.choices()]
    [('ad_storage', 'refused'), ('analytics_storage', 'given'), ('ad_user_data', 'unknown')]

    .. versionadded:: 0.1
    """

    platform: ClassVar[str] = "google_hit"

    gcs: Annotated[
        str, AfterValidator(_gcs), WithJsonSchema({"type": "string", "pattern": _IN_SCHEMA["gcs"]})
    ] | None = None  # fmt: skip
    gcd: Annotated[
        str, AfterValidator(_gcd), WithJsonSchema({"type": "string", "pattern": _IN_SCHEMA["gcd"]})
    ] | None = None  # fmt: skip

    @classmethod
    def of_url(cls, url: str, /) -> GoogleHit:
        """Return what the query of *url* says of consent; everything else in it is left out.

        Raises:
            InvalidPayloadError: If it says nothing of consent, says something twice, or something unknown.
        """
        try:
            query = parse_qs(urlsplit(url).query, keep_blank_values=True)
        except (ValueError, AttributeError, TypeError):
            query = {}
        found = {name: query[name] for name in ("gcs", "gcd") if name in query}
        for name, values in found.items():
            if len(values) > 1:
                raise InvalidPayloadError(field=name, reason="said twice", hint="take it for no grant")
        if not found:
            raise InvalidPayloadError(
                field="url", reason="has neither gcs nor gcd", hint="such a hit says nothing of consent"
            )
        return cls.parse({name: values[0] for name, values in found.items()})

    def choices(self) -> Sequence[Choice]:
        """Return one choice for each type that is spoken of."""
        states = dict(zip(GCD_TYPES, (self.gcs or "G1--")[2:], strict=False))
        if self.gcd is None:
            return [_choice(name, ConsentState.UNKNOWN) for name, state in states.items() if state != "-"]
        letters = _GCD.match(self.gcd)
        found = []
        for name, letter in zip(GCD_TYPES, letters.groups() if letters else (), strict=True):
            default, update = GCD_LETTERS[letter]
            state = _STATES[update]
            if state is ConsentState.GIVEN and states.get(name) == "0":
                state = ConsentState.UNKNOWN
            if default or update:
                found.append(_choice(name, state))
            elif states.get(name, "-") != "-":
                found.append(_choice(name, ConsentState.UNKNOWN))
        return found

    def rest(self, choices: Iterable[Choice], /) -> dict[str, Any]:
        """Return both parameters: each speaks of several types at once."""
        del choices
        return self.to_payload()


def _choice(name: str, state: ConsentState) -> Choice:
    return Choice(at=(), category=name, state=state, said=None)
