"""Why two records agree: because they are one person, or because people share homes, towns and names.

The theory of Fellegi and Sunter (1969) knows two classes of pairs, matches and others, and takes the fields of a pair
as independent within each. They are not: strangers in one street agree on street, town and postcode at once, and a
family shares all of that with its name. So the others are several classes here, each free to agree on one group of
fields and like random pairs on the rest; the matches are two: people at home, and people who moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

_PLACE = frozenset({"city", "postcode", "state", "country"})
_HOME = _PLACE | {"street", "address", "street_number"}
_HOUSEHOLD = _HOME | {"family_name", "phone", "email"}
_NAMED = frozenset({"given_name", "family_name", "full_name", "organization"})

STEADY = frozenset(
    {
        "given_name",
        "family_name",
        "full_name",
        "organization",
        "text",
        "birth_date",
        "birth_year",
        "identifier",
        "sex",
        "email",
        "phone",
    }
)
"""Roles that agree as often in people who moved as in those who did not."""

MOSTLY_KEPT: Mapping[str, float] = {
    "given_name": 0.3, "family_name": 0.3, "full_name": 0.4, "organization": 0.4, "birth_date": 0.25,
    "birth_year": 0.25, "text": 0.4, "identifier": 0.4, "sex": 0.2,
}  # fmt: skip
"""How often one person's values differ at most: whom two records of other names and another birth date describe, no
statistics of their pairs can tell."""


@attrs.frozen
class PairClass:
    """One reason for which pairs agree. *free* says of each field whether the class has its own odds of agreeing.

    Where it is not free, the class agrees as random pairs do. *partly* names the fields that are free but for being
    the same. *measured* classes are so common that few of their pairs are candidates: how many there are, and how alike
    they are otherwise, is measured on all records instead of being learned from candidates.
    """

    name: str
    match: bool
    free: tuple[bool, ...]
    partly: tuple[bool, ...]
    measured: bool = False


_WORKPLACE = _HOME | {"organization", "phone", "email"}

_SHARED_AT_HOME = frozenset({"street", "address", "phone"})
SELDOM: Mapping[str, float] = {"twins": 0.1, "father and son": 0.1}
"""How many pairs of a class there are at most for each pair that is one person."""
_ONLY_BESIDE: Mapping[str, tuple[frozenset[str], ...]] = {
    "same workplace": (frozenset({"organization"}), frozenset({"given_name", "family_name", "full_name"})),
    "twins": (_SHARED_AT_HOME, frozenset({"email"}), frozenset({"birth_date"}), frozenset({"given_name"})),
    "father and son": (_SHARED_AT_HOME, frozenset({"email"}), frozenset({"given_name"}), frozenset({"birth_date"})),
}
"""Classes that are only there where a field tells their pairs from one person's: a role of each set must be there."""

_OTHERS: tuple[tuple[str, frozenset[str], frozenset[str], bool], ...] = (
    ("same area", _PLACE, frozenset(), True),
    ("same address", _HOME, frozenset(), False),
    ("same household", _HOUSEHOLD, frozenset(), False),
    ("same workplace", _WORKPLACE, frozenset(), False),
    ("twins", (_HOUSEHOLD - {"email"}) | {"birth_date"}, frozenset(), False),
    ("father and son", (_HOUSEHOLD - {"email"}) | {"given_name"}, frozenset(), False),
    ("namesakes", _NAMED, frozenset(), True),
    ("same given name", frozenset({"given_name"}), frozenset({"email"}), True),
    ("same family name", frozenset({"family_name"}), frozenset({"email"}), True),
)


def classes(roles: Sequence[str], /, *, finer: bool = True) -> tuple[PairClass, ...]:
    """Return the classes of pairs of records with fields of these *roles*; those that would be the same are one.

    Those of colleagues, twins, fathers and sons are *finer*: they cannot be learned from a few hundred records.

    >>> [found.name for found in classes(["given_name", "family_name", "birth_date"])]
    ['random', 'same household', 'namesakes', 'same person']
    """
    nothing = (False,) * len(roles)
    found = [PairClass("random", match=False, free=nothing, partly=nothing)]
    for name, free, partly, measured in _OTHERS:
        wide = tuple(role in free for role in roles)
        some = tuple(role in partly for role in roles)
        needs = _ONLY_BESIDE.get(name, ())
        if (needs and not finer) or any(needed.isdisjoint(roles) for needed in needs):
            continue
        if partly and not any(some):
            continue  # without addresses that are made of names these are like any other agreement
        known = any((one.free, one.partly) == (wide, some) for one in found)
        if any(wide) and not all(wide) and not known:
            found.append(PairClass(name, match=False, free=wide, partly=some, measured=measured))
    found.append(PairClass("same person", match=True, free=(True,) * len(roles), partly=nothing))
    moved = tuple(role not in _HOME for role in roles)
    if any(moved) and not all(moved):
        found.append(PairClass("same person, moved", match=True, free=moved, partly=nothing))
    return tuple(found)
