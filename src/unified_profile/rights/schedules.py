"""How long what may be kept: periods by category and purpose, and which part of a fact is of which category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.model import ConsentRecord, Event, Fact, SourceRecord

CONSENTS = "consent_proof"
"""The category of consent records: they prove what was permitted."""


@attrs.frozen
class RetentionRule:
    """Data of *category* may be kept for *purpose* until *period* after it was told.

    .. versionadded:: 0.1
    """

    category: str
    purpose: str
    period: timedelta

    def __attrs_post_init__(self) -> None:
        """Refuse a period that is none."""
        if not isinstance(self.period, timedelta) or self.period < timedelta(0):
            raise InvalidRulesError(field=f"retention.{self.category}", reason="not a period", hint="timedelta(days=…)")

    @property
    def id(self) -> str:
        """What a plan calls it."""
        return f"rule:retention/{self.category}/{self.purpose}"


def _rules(rules: Iterable[RetentionRule]) -> tuple[RetentionRule, ...]:
    found = tuple(sorted(rules, key=lambda one: (one.category, one.purpose)))
    pairs = [(one.category, one.purpose) for one in found]
    if len(set(pairs)) != len(pairs):
        raise InvalidRulesError(field="retention", reason="two periods for one category and purpose", hint="keep one")
    return found


def _names(names: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(sorted(names.items())))


@attrs.frozen(kw_only=True)
class RetentionSchedule:
    """How long what is kept.

    *traits* gives attributes their category, *events* does so for events by name; what neither names is of the
    category *others*. Consent records are of the category ``"consent_proof"``. A category without a rule is kept, and
    the plan counts it.

    .. versionadded:: 0.1
    """

    rules: tuple[RetentionRule, ...] = attrs.field(converter=_rules)
    traits: Mapping[str, str] = attrs.field(factory=dict, converter=_names, hash=False)
    events: Mapping[str, str] = attrs.field(factory=dict, converter=_names, hash=False)
    others: str = "other"

    def categories(self, fact: Fact, /) -> dict[str, tuple[str, ...]]:
        """Return the categories in *fact*, each with the names of what belongs to it; none for a statement."""
        if isinstance(fact, ConsentRecord):
            return {CONSENTS: ()}
        found: dict[str, list[str]] = {}
        if isinstance(fact, SourceRecord):
            for name in fact.attributes:
                found.setdefault(self.traits.get(name, self.others), []).append(name)
            found = found or {self.others: []}
        elif isinstance(fact, Event):
            found.setdefault(self.events.get(fact.name, self.others), []).append(fact.name)
            for name in fact.traits:
                found.setdefault(self.traits.get(name, self.others), []).append(name)
        return {category: tuple(sorted(names)) for category, names in sorted(found.items())}
