"""What differs between two profiles: the feed of changed golden values that a CRM writes back."""

from __future__ import annotations

from typing import Literal

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model import Profile, Trait
from unified_profile.model.redaction import Closed, closed
from unified_profile.profiles.canonical import canonical


@closed
@attrs.frozen
class TraitChange(Closed):
    """That a trait differs: *kind* says how; *before* or *after* is None where the trait was or is missing.

    .. versionadded:: 0.1
    """

    name: str
    kind: Literal["added", "removed", "changed"]
    before: Trait | None
    after: Trait | None


def diff(before: Profile | None, after: Profile | None, /) -> tuple[TraitChange, ...]:
    """Return the traits whose values differ, by name; None stands for a profile that is not there.

    Another provenance of the same value is no change; a null is a value that differs from missing.

    >>> from datetime import UTC, datetime
    >>> from unified_profile.model import SourceRecord
    >>> from unified_profile.profiles import fold
    >>> told = [
    ...     SourceRecord(
    ...         id=f"f{day}",
    ...         source="crm",
    ...         key="7",
    ...         attributes={"city": city},
    ...         occurred_at=datetime(2026, 1, day, tzinfo=UTC),
    ...     )
    ...     for day, city in [(1, "Kyoto"), (9, "Osaka")]
    ... ]
    >>> then = fold(told, profile_id="p1", as_of=datetime(2026, 1, 5, tzinfo=UTC))
    >>> [(change.name, change.kind) for change in diff(then, fold(told, profile_id="p1"))]
    [('city', 'changed')]

    Raises:
        InvalidInputError: If one of them is something else.

    .. versionadded:: 0.1
    """
    for one in (before, after):
        if one is not None and not isinstance(one, Profile):
            raise InvalidInputError(field="profile", reason=f"a {type(one).__name__}", hint="pass two profiles")
    old = {} if before is None else before.traits
    new = {} if after is None else after.traits
    found = []
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was is None:
            found.append(TraitChange(name, "added", None, now))
        elif now is None:
            found.append(TraitChange(name, "removed", was, None))
        elif canonical(was.value) != canonical(now.value):
            found.append(TraitChange(name, "changed", was, now))
    return tuple(found)
