"""A share of people that stays the same, drawn by a salted hash of what never changes of them."""

from __future__ import annotations

import hashlib

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions.kleene import Kleene
from unified_profile.expressions.logic import Expression
from unified_profile.expressions.sentences import share_phrase
from unified_profile.expressions.shape import Language, Run, Scope, as_language
from unified_profile.expressions.subject import Subject
from unified_profile.model.values import Json

PARTS = 10_000
"""How many equal parts people are drawn into: a hundredth of a percent is the finest share."""


def part_of(founding: str, salt: str, /) -> int:
    """Return the part, 0 to 9999, of whoever has the *founding* fact's id: the same on every machine and in any store.

    >>> part_of("fact-1", "spring test")
    6330

    .. versionadded:: 0.1
    """
    said = f"{len(salt)}:{salt}{founding}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.sha256(said).digest()[:8]) % PARTS


@attrs.frozen
class InShare(Expression):
    """Whether somebody is among the *percent* drawn with *salt*, from *start* percent on; unknown without a founding.

    Shares of one salt that do not overlap have nobody in common: test and control.
    """

    salt: str
    percent: float
    start: float = 0.0

    def __attrs_post_init__(self) -> None:
        """Refuse a share that is none."""
        if not isinstance(self.salt, str) or not 0 < len(self.salt) <= 200:
            raise InvalidRulesError(field="share", reason="no salt of 1 to 200 characters", hint="name the draw")
        for each in (self.percent, self.start):
            parts = each * 100 if isinstance(each, (int, float)) and not isinstance(each, bool) else -1.0
            if not 0 <= parts <= PARTS or abs(parts - round(parts)) > 1e-6:
                raise InvalidRulesError(field="percent", reason="not 0 to 100 in hundredths", hint="e.g. 12.5")
        if self.low >= self.high or self.high > PARTS:
            raise InvalidRulesError(field="percent", reason="an empty share, or one beyond 100", hint="start + percent")
        object.__setattr__(self, "percent", float(self.percent))
        object.__setattr__(self, "start", float(self.start))

    @property
    def low(self) -> int:
        """The first part."""
        return round(self.start * 100)

    @property
    def high(self) -> int:
        """The part after the last."""
        return self.low + round(self.percent * 100)

    @property
    def scope(self) -> Scope:
        """A person."""
        return "person"

    def build(self) -> Run:
        """Make the function."""
        salt, low, high = self.salt, self.low, self.high

        def run(subject: Subject, _: int) -> Kleene:
            return low <= part_of(subject.founding, salt) < high if subject.founding else None

        return run

    def why(self, subject: Subject, now: int, /) -> str:
        """Return why the answer is what it is."""
        answer = self.compiled()(subject, now)
        return "missing" if answer is None else str(answer).lower()

    def text(self, language: Language = "en") -> str:
        """Return the condition in words."""
        return share_phrase(self.salt, self.start, self.start + self.percent, as_language(language))

    def to_json(self) -> dict[str, Json]:
        """Return the condition as JSON data."""
        shown: dict[str, Json] = {"share": self.salt, "percent": _plain(self.percent)}
        return shown | ({"start": _plain(self.start)} if self.start else {})


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number
