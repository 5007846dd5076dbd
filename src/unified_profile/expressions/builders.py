"""The words that rules in Python begin with, and those that join them."""

from __future__ import annotations

from datetime import timedelta

from unified_profile.expressions.accounts import OfMembers
from unified_profile.expressions.asked import length_of
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.fields import Field
from unified_profile.expressions.holding import HeldFor
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.named import Named
from unified_profile.expressions.named_events import Events
from unified_profile.expressions.shares import InShare
from unified_profile.expressions.standing import MemberOf, Permitted


def trait(*path: str) -> Named:
    """Return the trait of that name (or path into an object), to ask something of.

    >>> (trait("tags").every != "spam").to_json()
    {'trait': 'tags', 'op': 'ne', 'value': 'spam'}
    """
    return Named(Field("trait", path))


def prop(*path: str) -> Named:
    """Return the property of an event, for ``where``; a path leads through lists into each element."""
    return Named(Field("property", path))


def attribute(name: str) -> Named:
    """Return an attribute of an event (brand, channel, name, occurred_at, source, type), for ``where``."""
    return Named(Field("attribute", (name,)))


def events(*names: str, type: str = "track") -> Events:
    """Return the events of one of *names* (any without) and of a Segment-spec type ("" for any)."""
    return Events(EventFilter(names, type))


def all_of(*rules: Expression) -> Expression:
    """Join *rules*: true when all are."""
    return AllOf(rules)


def any_of(*rules: Expression) -> Expression:
    """Join *rules*: true when at least one is."""
    return AnyOf(rules)


def none_of(*rules: Expression) -> Expression:
    """Join *rules*: true when all are false."""
    return NoneOf(rules)


def permitted(purpose: str, channel: str = "any") -> Expression:
    """Ask whether something is permitted for *purpose* on *channel*."""
    return Permitted(purpose, channel)


def member_of(segment: str) -> Expression:
    """Ask whether the person is in another segment."""
    return MemberOf(segment)


def held_for(
    rule: Expression, length: timedelta | None = None, /, *, days: float = 0, hours: float = 0, minutes: float = 0
) -> Expression:
    """Ask whether *rule* has been true without a break for that long; see `HeldFor`."""
    return HeldFor(rule, length_of(length, days, hours, minutes))


def in_share(salt: str, percent: float, *, start: float = 0) -> Expression:
    """Ask whether somebody is among the *percent* drawn with *salt*; see `InShare`."""
    return InShare(salt, percent, start)


def members_any(rule: Expression, *, at_least: int = 1) -> Expression:
    """Ask of an account whether at least so many of its people meet *rule*."""
    return OfMembers(rule, at_least)


def members_all(rule: Expression) -> Expression:
    """Ask of an account whether all of its people meet *rule*."""
    return OfMembers(rule, 0)


def members_none(rule: Expression) -> Expression:
    """Ask of an account whether none of its people meets *rule*."""
    return Not(OfMembers(rule, 1))
