"""Ready-made segments: the stages of a customer's life, and recency, frequency and money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from unified_profile.errors import InvalidRulesError
from unified_profile.expressions import Events, Expression, all_of, none_of
from unified_profile.model import Purpose
from unified_profile.segments.segment import Segment


def lifecycle(
    events: Events,
    *,
    purpose: str | Purpose,
    new: timedelta = timedelta(days=30),
    active: timedelta = timedelta(days=90),
    lapsed: timedelta = timedelta(days=365),
) -> dict[str, Segment]:
    """Return the stages of life by what somebody last did: everybody of whom the events are known is in exactly one.

    ``prospect`` never did it; ``new`` did it first within *new*; ``active`` within *active*; ``reactivated`` likewise,
    but after a pause longer than *lapsed*; ``at risk`` between *active* and *lapsed* ago; ``lapsed`` longer ago.

    >>> from unified_profile.segments import events
    >>> list(lifecycle(events("Order Completed"), purpose="analytics"))
    ['prospect', 'new', 'reactivated', 'active', 'at risk', 'lapsed']

    Raises:
        InvalidRulesError: If the lengths do not grow.

    .. versionadded:: 0.1
    """
    if not isinstance(events, Events) or not timedelta() < new <= active < lapsed:
        raise InvalidRulesError(
            field="lifecycle", reason="not events with growing lengths", hint="new <= active < lapsed"
        )
    count = events.count()
    lately, known = count.within(active) >= 1, count.within(lapsed) >= 1
    first = events.first_ever(new)
    again = events.again_after(lapsed, during=active)
    rules: dict[str, Expression] = {
        "prospect": count == 0,
        "new": all_of(count >= 1, first),
        "reactivated": all_of(lately, again, none_of(first)),
        "active": all_of(lately, count >= 1, none_of(first, again)),
        "at risk": all_of(known, none_of(lately)),
        "lapsed": all_of(count >= 1, none_of(known)),
    }
    return {name: Segment(name, rule, purpose=purpose) for name, rule in rules.items()}


def rfm(
    events: Events,
    *,
    of: str | tuple[str, ...],
    purpose: str | Purpose,
    recency: Sequence[timedelta],
    frequency: Sequence[int],
    money: Sequence[float],
    within: timedelta = timedelta(days=365),
) -> dict[str, Segment]:
    """Return a segment for each score of recency, frequency and money: ``recency 1`` is the worst, the last the best.

    *recency* are lengths from the longest to the shortest, *frequency* and *money* bounds from the least up; each
    bound opens the next score, which it belongs to. Frequency and money look back *within*; *of* is the property with
    the amount. Bounds are fixed, not quantiles: a score does not change because others do.

    >>> from unified_profile.segments import events
    >>> made = rfm(
    ...     events("Order Completed"),
    ...     of="total",
    ...     purpose="analytics",
    ...     recency=[timedelta(days=90), timedelta(days=30)],
    ...     frequency=[2, 5],
    ...     money=[100, 500],
    ... )
    >>> len(made), made["recency 3"].text()
    (9, 'the last time in "Order Completed" events is within the last 30 days')

    Raises:
        InvalidRulesError: If bounds are not in order.

    .. versionadded:: 0.1
    """
    if not isinstance(events, Events):
        raise InvalidRulesError(field="events", reason="no events", hint='events("Order Completed")')
    path = (of,) if isinstance(of, str) else tuple(of)
    ordered = (sorted(recency, reverse=True), sorted(frequency), sorted(money))
    if [list(recency), list(frequency), list(money)] != list(ordered) or not all(ordered):
        raise InvalidRulesError(field="rfm", reason="bounds out of order", hint="recency falling, the others rising")
    last, count, spent = events.last(), events.count().within(within), events.sum(*path).within(within)
    reached: dict[str, list[Expression]] = {
        "recency": [last.within_last(length) for length in recency],
        "frequency": [count >= bound for bound in frequency],
        "money": [spent >= bound for bound in money],
    }
    found = {}
    for name, steps in reached.items():
        for score in range(len(steps) + 1):
            parts = [*steps[score - 1 : score], *([none_of(steps[score])] if score < len(steps) else [])]
            if name == "recency" and not score:
                parts = [none_of(all_of(events.count() >= 1, steps[0]))]
            rule = parts[0] if len(parts) == 1 else all_of(*parts)
            label = f"{name} {score + 1}"
            found[label] = Segment(label, rule, purpose=purpose)
    return found
