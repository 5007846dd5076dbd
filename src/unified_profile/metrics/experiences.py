"""How many bad experiences one customer has had, against the number after which customers leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set as AbstractSet
from decimal import Decimal
from numbers import Real
from typing import TypeVar, overload

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.metrics.numbering import objects

T = TypeVar("T")


@attrs.frozen
class BadExperiences:
    """A customer's count of bad experiences and the limit it is held against.

    A count of what happened, not a sample: it has no interval. ``n_missing`` says how many experiences have no
    known outcome, so that the true count may be higher by as many.

    Attributes:
        count: Bad experiences in the history.
        limit: The number at which a customer is taken to be at risk.
        n: Experiences with a known outcome.
        n_missing: Experiences without one.

    .. versionadded:: 0.1
    """

    count: int
    limit: int
    n: int
    n_missing: int = 0

    @property
    def at_risk(self) -> bool:
        """Whether the limit is reached."""
        return self.count >= self.limit

    @property
    def perhaps_at_risk(self) -> bool:
        """Whether the limit is reached if everything of unknown outcome was bad."""
        return self.count + self.n_missing >= self.limit

    @property
    def left(self) -> int:
        """How many more bad experiences until the limit."""
        return max(0, self.limit - self.count)

    def to_dict(self) -> dict[str, object]:
        """Return the parts and the verdict as JSON takes them.

        .. versionadded:: 0.1
        """
        return {**attrs.asdict(self), "at_risk": self.at_risk, "left": self.left}


@overload
def bad_experiences(history: Iterable[bool | None], *, is_bad: None = None, limit: int = 3) -> BadExperiences: ...
@overload
def bad_experiences(
    history: Iterable[T | None], *, is_bad: Callable[[T], bool | None], limit: int = 3
) -> BadExperiences: ...
def bad_experiences(
    history: object, *, is_bad: Callable[..., bool | None] | None = None, limit: int = 3
) -> BadExperiences:
    """Count the bad experiences in one customer's *history*, against a *limit*.

    *history* holds ``True`` for each bad experience and ``False`` for each other one; or anything at all, with
    *is_bad* to tell. Missing entries (``None``, NaN, ``pandas.NA``), and those of which *is_bad* says ``None``, are
    counted in ``n_missing``. Good experiences do not make up for bad ones. Cut the history to the time that matters
    before handing it in. It is a count of what happened and no sample: no weights.

    >>> bad_experiences([True, False, True, None])
    BadExperiences(count=2, limit=3, n=3, n_missing=1)
    >>> bad_experiences([2, 5, 1, 4, 2], is_bad=lambda rating: rating <= 2).at_risk
    True

    Source of the default: surveys in which about three in four customers leave after three or fewer bad
    experiences; it is a parameter, since the number differs from business to business.

    Raises:
        InvalidInputError: If *limit* is below 1, or an entry (or what *is_bad* says of it) is no truth value.

    .. versionadded:: 0.1
    """
    if type(limit) is not int or limit < 1:
        raise InvalidInputError(field="limit", reason="not a whole number of at least 1", hint="for example 3")
    if isinstance(history, (str, bytes, Mapping, AbstractSet)) or not isinstance(history, Iterable):
        raise InvalidInputError(
            field="history", reason=f"a {type(history).__name__} is no history", hint="pass a list, in any order"
        )
    bad = other = unknown = 0
    for position, entry in enumerate(objects(history, field="history")):
        verdict = entry if is_bad is None or _missing(entry) else is_bad(entry)
        if _missing(verdict):
            unknown += 1
        elif isinstance(verdict, bool) or (type(verdict).__module__ == "numpy" and type(verdict).__name__ in _TRUTH):
            bad, other = (bad + 1, other) if verdict else (bad, other + 1)
        else:
            raise InvalidInputError(
                field=f"history.{position}", reason=f"a {type(verdict).__name__} is no truth value", hint="pass is_bad="
            )
    return BadExperiences(count=bad, limit=limit, n=bad + other, n_missing=unknown)


_TRUTH = {"bool", "bool_"}


def _missing(entry: object) -> bool:
    """NaN, NaT and ``pandas.NA`` are the ways in which frames say ``None``."""
    return (
        entry is None
        or type(entry).__name__ in {"NAType", "NaTType"}
        or (isinstance(entry, (Real, Decimal)) and entry != entry)  # noqa: PLR0124  # NaN
    )
