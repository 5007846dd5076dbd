"""Computed traits: counts, sums, firsts and lasts over events, by event time, for all time or a window that slides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypeAlias

import attrs

from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.model import Event, EventType, Json
from unified_profile.model.soundness import sound
from unified_profile.profiles.canonical import is_number

Scalar: TypeAlias = "bool | int | float | str | None"
Condition: TypeAlias = "tuple[str, tuple[Scalar, ...]]"

FUNCTIONS = (
    "count",
    "sum",
    "minimum",
    "maximum",
    "average",
    "first",
    "last",
    "most_frequent",
    "unique_list",
    "distinct_count",
)
NEEDS_NUMBERS = frozenset({"sum", "average", "minimum", "maximum"})
NO_CURRENCY = "XXX"
"""ISO 4217's code for money without a currency."""

_WITHOUT_PROPERTY = frozenset({"count"})


@attrs.frozen
class ComputedTrait:
    """A trait that events add up to; made by ``computed``.

    .. versionadded:: 0.1
    """

    name: str
    function: str
    events: tuple[str, ...] = ()
    path: str = ""
    where: tuple[Condition, ...] = ()
    window: timedelta | None = None
    currency: str = ""
    type: EventType | None = EventType.TRACK

    def __attrs_post_init__(self) -> None:
        """Refuse what could never be computed."""
        field = f"computed {self.name!r}"
        if not isinstance(self.name, str) or not self.name:
            raise InvalidRulesError(field="computed", reason="a trait has no name", hint="name it")
        if self.function not in FUNCTIONS:
            raise UnknownNameError(kind="computed function", name=str(self.function), known=FUNCTIONS)
        if not self.path and self.function not in _WITHOUT_PROPERTY:
            raise InvalidRulesError(field=f"{field}.path", reason="missing", hint=f"of what is the {self.function}?")
        if not all(self.events):
            raise InvalidRulesError(field=f"{field}.events", reason="an empty name", hint="name no event to mean all")
        if self.window is not None and self.window <= timedelta(0):
            raise InvalidRulesError(field=f"{field}.window", reason="not longer than nothing", hint="e.g. 30 days")
        if self.currency and self.function not in NEEDS_NUMBERS:
            raise InvalidRulesError(
                field=f"{field}.currency", reason=f"a {self.function} has none", hint="leave it out"
            )

    @property
    def rule(self) -> str:
        """What a trait calls the rule that made it: ``computed:count(30 days, 0:00:00)``."""
        return f"computed:{self.function}({self.window})" if self.window else f"computed:{self.function}"

    def values(self, event: Event, /) -> tuple[Json, ...] | None:
        """Return what *event* adds (several values from a list), or None if it adds nothing."""
        if self.type is not None and event.type is not self.type:
            return None
        if self.where and not all(_matches(event.properties, path, allowed) for path, allowed in self.where):
            return None
        if not self.path:
            return ()
        found = event.properties.get(self.path)
        if found is not None and not isinstance(found, list):
            return (found,) if self.function not in NEEDS_NUMBERS or is_number(found) else None
        values = (value for value in reach(event.properties, self.path) if value is not None)
        if self.function in NEEDS_NUMBERS:
            return tuple(value for value in values if is_number(value)) or None
        return tuple(values) or None

    def currency_of(self, event: Event, /) -> str:
        """Return the currency of *event*'s money in capitals, ``XXX`` if it does not say."""
        found = event.properties.get(self.currency) or next(iter(reach(event.properties, self.currency)), None)
        return found.strip().upper() or NO_CURRENCY if isinstance(found, str) else NO_CURRENCY


@sound
def computed(
    name: str,
    function: str,
    events: str | Iterable[str] = (),
    path: str = "",
    *,
    where: Mapping[str, Scalar | tuple[Scalar, ...]] | None = None,
    within: timedelta | None = None,
    currency: str = "",
    type: EventType | str | None = EventType.TRACK,
) -> ComputedTrait:
    """Return the trait *name*: *function* of the property at *path* over the events called *events* (none named: all).

    *path* and the names in *where* may have dots; a path through a list reaches every item of it.
    *where* wants equality, a tuple of values means any of them; ``True`` is not 1, and text is never a number. An
    event without the property adds nothing. *within* slides: an event counts from its own time until, not including,
    its time plus *within*. *currency* names the property that holds the currency; the value is then an amount per
    currency. ``count`` and ``distinct_count`` are 0, ``sum`` 0 (or ``{}``) and ``unique_list`` empty without events;
    all other functions leave the trait out.

    >>> from datetime import timedelta
    >>> computed("spent_30d", "sum", "Order Completed", "revenue", within=timedelta(days=30), currency="currency").rule
    'computed:sum(30 days, 0:00:00)'

    Raises:
        UnknownNameError: If there is no such function.
        InvalidRulesError: If the parts contradict each other.

    .. versionadded:: 0.1
    """
    return ComputedTrait(
        name,
        function,
        (events,) if isinstance(events, str) else tuple(sorted(set(events))),
        path,
        tuple(
            (asked, allowed if isinstance(allowed, tuple) else (allowed,))
            for asked, allowed in sorted((where or {}).items())
        ),
        within,
        currency,
        None if type is None else EventType(type),
    )


def computed_json(trait: ComputedTrait, /) -> dict[str, Json]:
    """Return the JSON form of *trait*; what is as usual is left out."""
    body: dict[str, Json] = {"name": trait.name, "function": trait.function}
    if trait.events:
        body["events"] = list(trait.events)
    if trait.path:
        body["path"] = trait.path
    if trait.where:
        body["where"] = {path: list(allowed) for path, allowed in trait.where}
    if trait.window:
        body["window_us"] = trait.window // timedelta(microseconds=1)
    if trait.currency:
        body["currency"] = trait.currency
    if trait.type is not EventType.TRACK:
        body["type"] = None if trait.type is None else trait.type.value
    return body


def computed_from(body: object, /, *, field: str) -> ComputedTrait:
    """Return the computed trait of a JSON form.

    Raises:
        InvalidRulesError: If *body* is not such a form.
        UnknownNameError: If there is no such function.
    """
    if not isinstance(body, dict):
        raise InvalidRulesError(field=field, reason="not an object", hint="name, function, events, ...")
    unknown = set(body) - {"name", "function", "events", "path", "where", "window_us", "currency", "type"}
    if unknown:
        raise InvalidRulesError(field=f"{field}.{min(map(str, unknown))}", reason="unknown", hint="leave it out")
    events, where, window = body.get("events", []), body.get("where", {}), body.get("window_us")
    if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
        raise InvalidRulesError(field=f"{field}.events", reason="not a list of names", hint="name the events")
    if not isinstance(where, dict) or not all(isinstance(allowed, list) for allowed in where.values()):
        raise InvalidRulesError(field=f"{field}.where", reason="not an object of lists", hint='e.g. {"size": ["M"]}')
    if window is not None and (not isinstance(window, int) or isinstance(window, bool)):
        raise InvalidRulesError(field=f"{field}.window_us", reason="not whole microseconds", hint="30 days: 2592e9")
    try:
        return computed(
            str(body.get("name", "")),
            str(body.get("function", "")),
            events,
            str(body.get("path", "")),
            where={str(path): tuple(allowed) for path, allowed in where.items()},
            within=None if window is None else timedelta(microseconds=window),
            currency=str(body.get("currency", "")),
            type=body.get("type", EventType.TRACK),
        )
    except (ValueError, OverflowError) as reason:
        if isinstance(reason, InvalidRulesError) and reason.field != computed.__name__:
            raise
        raise InvalidRulesError(field=field, reason="has an unknown type or a window too long") from None


def reach(properties: Mapping[str, Json], path: str, /) -> list[Json]:
    """Return what stands at *path* (nothing, one value, or the items of lists on the way).

    >>> reach({"products": [{"sku": "A"}, {"sku": "B"}], "total": 3}, "products.sku")
    ['A', 'B']
    """
    if path in properties:
        found: list[Json] = [properties[path]]
    elif "." not in path:
        return []
    else:
        found = _steps(properties, path.split("."))
    return [item for value in found for item in (value if isinstance(value, list) else (value,))]


def _steps(properties: Mapping[str, Json], names: list[str]) -> list[Json]:
    at: list[Json] = [dict(properties)]
    for name in names:
        items = (item for value in at for item in (value if isinstance(value, list) else (value,)))
        at = [item[name] for item in items if isinstance(item, dict) and name in item]
    return at


def _matches(properties: Mapping[str, Json], path: str, allowed: tuple[Scalar, ...]) -> bool:
    """Say whether something at *path* is one of *allowed*, of the same kind (``True`` is not 1)."""
    return any(
        value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
        for value in reach(properties, path)
        for wanted in allowed
    )
