"""What computed traits come to at a moment, and the next moment at which time alone changes that."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from unified_profile.model import Fact, Json
from unified_profile.profiles.canonical import canonical, exact_mean, exact_sum, is_number, rank
from unified_profile.profiles.computed import ComputedTrait

# The facts a computed trait names as its provenance; the newest say most.
EXPLAINED = 20
# How many entries a search for the next change looks at before it answers "look again then".
_PATIENCE = 1_000_000


class Entry(NamedTuple):
    """What one event adds to one computed trait. Entries are sorted by time, then fact id."""

    at: datetime
    fact_id: str
    values: tuple[Json, ...]
    currency: str
    fact: Fact

    def __repr__(self) -> str:
        """Show nothing personal."""
        return "Entry(•••)"


class Outcome(NamedTuple):
    """A computed value and the newest entries that brought it about."""

    value: Json
    because: tuple[Entry, ...]

    def __repr__(self) -> str:
        """Show nothing personal."""
        return "Outcome(•••)"


_when = itemgetter(0)
_TICK = timedelta(microseconds=1)
Made: TypeAlias = "tuple[Json, Sequence[Entry]] | None"


def outcome(spec: ComputedTrait, entries: Sequence[Entry], moment: datetime | None) -> Outcome | None:
    """Return what sorted *entries* come to at *moment* (None: all of them count), or None for no value at all."""
    return _over(spec, _seen(spec, entries, moment))


def next_change(spec: ComputedTrait, entries: Sequence[Entry], moment: datetime) -> datetime | None:
    """Return the first instant after *moment* at which the value differs although nothing new is said; None: never.

    Events leave a window a microsecond after their time plus its length; events dated after *moment* enter at their
    own time. In histories where thousands of events leave without changing the value, the answer may be an instant
    before the change: nothing differs until then, and looking again then goes on from there.
    """
    before = outcome(spec, entries, moment)
    now = _value_text(before)
    held = None if before is None or spec.currency or spec.function not in _HELD else now
    patience = _PATIENCE
    for instant, leaving in _boundaries(spec, entries, moment):
        if held is not None and leaving is not None and all(canonical(value) != held for value in leaving.values):
            continue  # what leaves was not the value that stands
        seen = _seen(spec, entries, instant)
        if _value_text(_over(spec, seen)) != now:
            return instant
        patience -= len(seen) + 1
        if patience < 0:
            return instant
    return None


# These rest on the events that hold one value; others may leave without a change.
_HELD = frozenset({"minimum", "maximum", "most_frequent", "last"})


def _boundaries(
    spec: ComputedTrait, entries: Sequence[Entry], moment: datetime
) -> Iterator[tuple[datetime, Entry | None]]:
    """Give the instants after *moment* at which an entry leaves the window (with it) or enters (with None)."""
    entering = ((one.at, None) for one in entries[bisect_right(entries, moment, key=_when) :])
    return heapq.merge(_leaving(spec, entries, moment), entering, key=_when)


def _leaving(
    spec: ComputedTrait, entries: Sequence[Entry], moment: datetime
) -> Iterator[tuple[datetime, Entry | None]]:
    if spec.window is None:
        return
    for one in entries:
        if moment - one.at <= spec.window:
            try:
                yield one.at + spec.window + _TICK, one
            except OverflowError:
                return  # it leaves after the year 9999, and so do all that follow


def _seen(spec: ComputedTrait, entries: Sequence[Entry], moment: datetime | None) -> Sequence[Entry]:
    """Return the entries that count at *moment*: ``at <= moment <= at + window``, as segments have it."""
    if moment is None:
        return entries
    end = bisect_right(entries, moment, key=_when)
    if spec.window is None:
        return entries if end == len(entries) else entries[:end]
    try:
        start = bisect_left(entries, moment - spec.window, key=_when)
    except OverflowError:
        start = 0
    return entries[start:end]


def _over(spec: ComputedTrait, seen: Sequence[Entry]) -> Outcome | None:
    if not spec.currency:
        return _outcome(_FUNCTIONS[spec.function](seen))
    by_currency: dict[str, list[Entry]] = {}
    for one in seen:
        by_currency.setdefault(one.currency, []).append(one)
    parts = {currency: _FUNCTIONS[spec.function](by_currency[currency]) for currency in sorted(by_currency)}
    if not parts and spec.function != "sum":
        return None
    because = sorted((one for part in parts.values() if part for one in part[1][-EXPLAINED:]), key=itemgetter(0, 1))
    return _outcome(({currency: part[0] for currency, part in parts.items() if part}, because))


def _outcome(made: Made) -> Outcome | None:
    return None if made is None else Outcome(made[0], tuple(reversed(made[1][-EXPLAINED:])))


def _value_text(found: Outcome | None) -> str:
    return "" if found is None else canonical(found.value)


def _numbers(seen: Sequence[Entry]) -> list[int | float]:
    return [value for one in seen for value in one.values if is_number(value)]  # all are: told once more to the checker


def _count(seen: Sequence[Entry]) -> Made:
    return len(seen), seen


def _sum(seen: Sequence[Entry]) -> Made:
    return exact_sum(_numbers(seen)), seen


def _average(seen: Sequence[Entry]) -> Made:
    mean = exact_mean(_numbers(seen))
    return None if mean is None else (mean, seen)


def _minimum(seen: Sequence[Entry]) -> Made:
    return _extreme(min(_numbers(seen)), seen) if seen else None


def _maximum(seen: Sequence[Entry]) -> Made:
    return _extreme(max(_numbers(seen)), seen) if seen else None


def _extreme(bound: float, seen: Sequence[Entry]) -> Made:
    return bound, [one for one in seen if bound in one.values]


def _first(seen: Sequence[Entry]) -> Made:
    return (seen[0].values[0], seen[:1]) if seen else None


def _last(seen: Sequence[Entry]) -> Made:
    return (seen[-1].values[-1], seen[-1:]) if seen else None


def _most_frequent(seen: Sequence[Entry]) -> Made:
    """Return the value that occurs most; on a tie the one that occurred last, then the later one in sorting order."""
    if not seen:
        return None
    counts: dict[_Key, int] = {}
    newest: dict[_Key, tuple[datetime, Json]] = {}
    for one in seen:
        for value in one.values:
            key = _key(value)
            counts[key] = counts.get(key, 0) + 1
            newest[key] = (one.at, value)
    most = max(counts.values())
    tied = [newest[key] for key, count in counts.items() if count == most]
    value = max(tied, key=lambda one: (one[0], rank(one[1])))[1]
    key = _key(value)
    return value, [one for one in seen if any(_key(said) == key for said in one.values)]


_Key: TypeAlias = "str | tuple[str]"


def _key(value: Json) -> _Key:
    """Return what equal values share; text is its own key."""
    return value if isinstance(value, str) else (canonical(value),)


def _unique_list(seen: Sequence[Entry]) -> Made:
    found = {_key(value): value for one in seen for value in one.values}
    return sorted(found.values(), key=rank), seen


def _distinct_count(seen: Sequence[Entry]) -> Made:
    return len({_key(value) for one in seen for value in one.values}), seen


_FUNCTIONS: Mapping[str, Callable[[Sequence[Entry]], Made]] = {
    "count": _count,
    "sum": _sum,
    "average": _average,
    "minimum": _minimum,
    "maximum": _maximum,
    "first": _first,
    "last": _last,
    "most_frequent": _most_frequent,
    "unique_list": _unique_list,
    "distinct_count": _distinct_count,
}
