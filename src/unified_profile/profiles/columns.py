"""Profiles as columns, the shape that frames, CSV writers and models take."""

from __future__ import annotations

from collections.abc import Iterable

from unified_profile.errors import InvalidInputError
from unified_profile.model import Json, Profile

PROFILE_ID = "profile_id"


def rows(
    profiles: Iterable[Profile], names: Iterable[str] | None = None, *, missing: Json = None
) -> dict[str, list[Json]]:
    """Return one list per trait of *names* (None: every trait that occurs), one item per profile, ids first.

    A trait that a profile does not have becomes *missing*; one that a source cleared is None.

    >>> rows([Profile("p1", {}), Profile("p2", {})], ["city"], missing="?")
    {'profile_id': ['p1', 'p2'], 'city': ['?', '?']}

    Raises:
        InvalidInputError: If *names* is a bare string, names something twice or names ``profile_id``.

    .. versionadded:: 0.1
    """
    people = list(profiles)
    if isinstance(names, str):
        raise InvalidInputError(field="names", reason="a bare string", hint="pass a list of names")
    wanted = sorted({name for person in people for name in person.traits}) if names is None else list(names)
    if len({PROFILE_ID, *wanted}) != len(wanted) + 1:
        raise InvalidInputError(field="names", reason="name a column twice", hint=f"{PROFILE_ID} is always there")
    columns: dict[str, list[Json]] = {PROFILE_ID: [person.id for person in people]}
    for name in wanted:
        found = [person.traits.get(name) for person in people]
        columns[name] = [missing if trait is None else trait.value for trait in found]
    return columns
