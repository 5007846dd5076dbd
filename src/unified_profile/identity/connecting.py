"""Who is connected by machine links, and how a group that is too large to be one person is cut: bit by bit.

What many records are chained together by is seldom what makes them one person. Of a group of more than `LARGEST_GROUP`
records only the heavier links are followed, those of one bit more at each step, until the groups can be looked at pair
by pair. Who is in whose group depends on the links around them alone: the groups of all steps are nested, and each
record is in the largest that is not too large.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from unified_profile.identity.walk import classes

LARGEST_GROUP = 400
"""Connected records beyond which only the heavier links are followed."""


class Weighed(NamedTuple):
    """A link between two nodes."""

    left: str
    right: str
    weight: float


class Groups(NamedTuple):
    """The group of each node, named by its smallest node, and which groups were cut out of larger ones."""

    home: Mapping[str, str]
    cut: frozenset[str]


def groups(links: Iterable[Weighed], /, *, most: int | None = None) -> Groups:
    """Return the groups of everybody whom *links* connect, none of more than *most* (`LARGEST_GROUP`).

    >>> chain = [Weighed("a", "b", 9.0), Weighed("b", "c", 2.5), Weighed("c", "d", 7.0)]
    >>> groups(chain, most=4).home
    {'a': 'a', 'b': 'a', 'c': 'a', 'd': 'a'}
    >>> groups(chain, most=3).home
    {'a': 'a', 'b': 'a', 'c': 'c', 'd': 'c'}
    """
    most = LARGEST_GROUP if most is None else most
    left = list(links)
    home = classes((one.left, one.right) for one in left)
    sizes = Counter(home.values())
    cut: set[str] = set()
    while left := [one for one in left if sizes[home[one.left]] > most and home[one.left] == home[one.right]]:
        nodes = {end for one in left for end in one[:2]}
        level = math.floor(min(one.weight for one in left)) + 1
        left = [one for one in left if one.weight >= level]
        parts = classes((one.left, one.right) for one in left)
        cut -= {home[node] for node in nodes}
        home.update((node, parts.get(node, node)) for node in nodes)
        cut.update(home[node] for node in nodes)
        sizes = Counter(home.values())
    return Groups(home, frozenset(cut))
