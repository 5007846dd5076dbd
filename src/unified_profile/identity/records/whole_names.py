"""Whole names in one column, taken apart: a family shares half of each name, which must not make them one person."""

from __future__ import annotations

from collections.abc import Sequence

from unified_profile.identity.records.cleaning import folded, says_nothing, without_titles

_BEFORE = frozenset(
    {
        "al", "af", "av", "bin", "bint", "da", "das", "de", "degli", "del", "della", "den", "der", "di", "do", "dos",
        "du", "el", "ibn", "la", "las", "le", "los", "mac", "mc", "op", "san", "santa", "st", "ten", "ter", "van",
        "vande", "vanden", "vander", "von", "zu", "zum", "zur",
    }
)  # fmt: skip
"""Words that belong to the family name behind them."""
_SHARE = 0.7
_SEEN = 2000


def mostly_two(values: Sequence[str | None], /) -> bool:
    """Say whether a column holds names of people, most of them of two words; names of businesses vary more.

    >>> mostly_two(["Anna Wolf", "Ben van Dyk", None]), mostly_two(["Happy Kids Day Care", "ABC 4 U", "Sunshine"])
    (True, False)
    """
    seen = [value for value in values if value][:_SEEN]
    return bool(seen) and sum(_is_of_two(value) for value in seen) >= _SHARE * len(seen)


def _is_of_two(value: str) -> bool:
    if any(character.isdigit() or character in "&+/" for character in value):
        return False
    family, _ = parts(value)
    words = without_titles(folded(value).replace(",", " ").split())
    return family is not None and len([word for word in words if word not in _BEFORE and len(word.strip(".")) > 1]) == 2


def parts(value: str, /) -> tuple[str | None, str | None]:
    """Return family and given name of a whole name; of one word nobody can say which it is: it is taken as given.

    >>> parts("Dr. Anna Maria Wolf"), parts("WOLF, Anna"), parts("Jan van der Berg"), parts("Madonna")
    (('Wolf', 'Anna Maria'), ('WOLF', 'Anna'), ('van der Berg', 'Jan'), (None, 'Madonna'))
    """
    if says_nothing(value):
        return None, None
    family, comma, given = value.partition(",")
    if comma and given.strip() and without_titles(folded(given).split()):
        return family.strip() or None, given.strip()
    words = without_titles(family.split())
    if len(words) < 2:
        return None, words[0] if words else None
    begin = len(words) - 1
    while begin > 1 and folded(words[begin - 1]) in _BEFORE:
        begin -= 1
    return " ".join(words[begin:]), " ".join(words[:begin])
