"""Retention: how long what is kept, by category and purpose; a plan first, and a sweep of what the plan still says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import attrs

from unified_profile.model import Fact, Json, Permission
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.model.times import aware
from unified_profile.rights.schedules import CONSENTS, RetentionRule, RetentionSchedule

__all__ = [
    "CONSENTS",
    "Due",
    "Kept",
    "LegalHold",
    "RetentionPlan",
    "RetentionRule",
    "RetentionSchedule",
    "Swept",
    "retention_plan",
    "sweep",
]

Action: TypeAlias = Literal["remove", "trim", "hold"]


def _every(names: frozenset[str] | set[str] | tuple[str, ...] | list[str]) -> frozenset[str]:
    return frozenset(names)


@closed
@attrs.frozen
class LegalHold(Closed):
    """That nothing of these categories of these profiles may be deleted, from *since* until, not including, *until*.

    ``"*"`` means all of them.

    .. versionadded:: 0.1
    """

    id: str
    since: datetime
    until: datetime | None = None
    categories: frozenset[str] = attrs.field(default=frozenset({"*"}), converter=_every)
    profiles: frozenset[str] = attrs.field(default=frozenset({"*"}), converter=_every)
    reason: str = attrs.field(default="", repr=hidden)

    def covers(self, profile: str, category: str, now: datetime, /) -> bool:
        """Say whether it keeps *category* of *profile* at *now*."""
        return (
            self.since <= now
            and (self.until is None or now < self.until)
            and not {"*", category}.isdisjoint(self.categories)
            and not {"*", profile}.isdisjoint(self.profiles)
        )


@closed
@attrs.frozen
class Kept(Closed):
    """One person, as a plan looks at them: what is kept, and what they permit, by purpose.

    .. versionadded:: 0.1
    """

    profile: str
    facts: tuple[Fact, ...] = attrs.field(repr=hidden)
    permissions: Mapping[str, Permission]


@attrs.frozen
class Due:
    """That the time of a fact, or of some categories in it, is over.

    Attributes:
        profile: Whose it is.
        fact_id: Which fact.
        categories: Which categories in it are over.
        action: ``"remove"`` the fact, ``"trim"`` it (others of its categories may stay), or ``"hold"``: it would go,
            and a legal hold keeps it.
        due_at: Since when.
        because: The rules that say so, and the holds that keep it.

    .. versionadded:: 0.1
    """

    profile: str
    fact_id: str
    categories: tuple[str, ...]
    action: Action
    due_at: datetime
    because: tuple[str, ...]


@attrs.frozen
class RetentionPlan:
    """What a sweep would do at *at*, before it does anything. Ids and categories, no values.

    .. versionadded:: 0.1
    """

    at: datetime
    items: tuple[Due, ...]
    n_people: int
    n_facts: int
    unscheduled: Mapping[str, int]

    def counts(self) -> dict[str, int]:
        """Return how many facts each action would touch."""
        return dict(sorted(Counter(one.action for one in self.items).items()))

    def to_json(self) -> dict[str, Json]:
        """Return the plan as JSON."""
        return {
            "at": self.at.isoformat(),
            "people": self.n_people,
            "facts": self.n_facts,
            "counts": dict(self.counts()),
            "unscheduled": dict(self.unscheduled),
            "items": [
                {
                    "profile": one.profile,
                    "fact": one.fact_id,
                    "categories": list(one.categories),
                    "action": one.action,
                    "due_at": one.due_at.isoformat(),
                    "because": list(one.because),
                }
                for one in self.items
            ],
        }


def retention_plan(
    people: Iterable[Kept], schedule: RetentionSchedule, /, *, now: datetime, holds: Iterable[LegalHold] = ()
) -> RetentionPlan:
    """Return what *schedule* says is over at *now*.

    A need is *live* if the person permits its purpose. The shortest live need wins: data goes when the first of its
    periods is over. Where no need is live any more, it is over at once. A legal hold overrides all of it; what a law
    obliges you to keep longer is a hold.

    >>> from datetime import UTC, timedelta
    >>> from unified_profile.model import SourceRecord
    >>> told = SourceRecord(
    ...     id="r1",
    ...     source="crm",
    ...     key="1",
    ...     occurred_at=datetime(2020, 1, 1, tzinfo=UTC),
    ...     attributes={"email": "a@b.example"},
    ... )
    >>> yes = Permission(True, "news", "email", "consent", "consent_given")
    >>> schedule = RetentionSchedule(
    ...     rules=[RetentionRule("contact", "news", timedelta(days=30))], traits={"email": "contact"}
    ... )
    >>> plan = retention_plan([Kept("p1", (told,), {"news": yes})], schedule, now=datetime(2026, 1, 1, tzinfo=UTC))
    >>> plan.items[0].action, f"{plan.items[0].due_at:%Y-%m-%d}", plan.items[0].because
    ('remove', '2020-01-31', ('rule:retention/contact/news',))

    Raises:
        InvalidFactError: If *now* has no time zone.

    .. versionadded:: 0.1
    """
    moment, standing = aware(now, field="now"), tuple(holds)
    items: list[Due] = []
    unscheduled: Counter[str] = Counter()
    n_people = n_facts = 0
    for person in people:
        n_people += 1
        for fact in {one.id: one for one in person.facts}.values():
            n_facts += 1
            found = _of_fact(person, fact, schedule, standing, moment, unscheduled)
            items += [] if found is None else [found]
    items.sort(key=lambda one: (one.due_at, one.profile, one.fact_id))
    return RetentionPlan(moment, tuple(items), n_people, n_facts, dict(sorted(unscheduled.items())))


def _of_fact(  # noqa: PLR0917  # what a fact is judged by
    person: Kept,
    fact: Fact,
    schedule: RetentionSchedule,
    holds: Sequence[LegalHold],
    now: datetime,
    unscheduled: Counter[str],
) -> Due | None:
    categories = schedule.categories(fact)
    over: dict[str, tuple[datetime, tuple[str, ...]]] = {}
    for category in categories:
        end = _end(category, fact.occurred_at, person.permissions, schedule)
        if end is None:
            unscheduled[category] += 1
        elif end[0] <= now:
            over[category] = end
    if not over:
        return None
    keeping = tuple(sorted(hold.id for hold in holds if any(hold.covers(person.profile, one, now) for one in over)))
    rules = tuple(dict.fromkeys(rule for _, because in over.values() for rule in because))
    action: Action = "hold" if keeping else "remove" if len(over) == len(categories) else "trim"
    due_at = min(at for at, _ in over.values())
    return Due(person.profile, fact.id, tuple(over), action, due_at, (*rules, *(f"hold:{hold}" for hold in keeping)))


def _end(
    category: str, told_at: datetime, permissions: Mapping[str, Permission], schedule: RetentionSchedule
) -> tuple[datetime, tuple[str, ...]] | None:
    """Return when data of *category* told at *told_at* is over and by which rules; None if no rule names it."""
    rules = [rule for rule in schedule.rules if rule.category == category]
    if not rules:
        return None
    live = [rule for rule in rules if (answer := permissions.get(rule.purpose)) is not None and answer.granted]
    if not live:
        return told_at, ("rule:no_live_need",)
    shortest = min(rule.period for rule in live)
    return told_at + shortest, tuple(rule.id for rule in live if rule.period == shortest)


@attrs.frozen
class Swept:
    """What a sweep did: how many facts it removed, and what of the approved plan no longer stood.

    .. versionadded:: 0.1
    """

    removed: tuple[str, ...]
    spared: tuple[str, ...]


def sweep(
    approved: RetentionPlan, fresh: RetentionPlan, /, remove: Callable[[Sequence[str]], object], *, batch: int = 500
) -> Swept:
    """Remove what both the plan that was *approved* and a *fresh* one say, in batches of fact ids given to *remove*.

    What a hold has kept since, or a person permitted again, is spared. Facts that would have to be trimmed stay: facts
    are kept whole or not at all, and what replaces one is a new fact.

    .. versionadded:: 0.1
    """
    now = {one.fact_id for one in fresh.items if one.action == "remove"}
    wanted = list(dict.fromkeys(one.fact_id for one in approved.items if one.action == "remove"))
    removed = [fact for fact in wanted if fact in now]
    for start in range(0, len(removed), batch):
        remove(removed[start : start + batch])
    return Swept(tuple(removed), tuple(fact for fact in wanted if fact not in now))
