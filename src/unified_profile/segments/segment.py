"""A segment: a named rule for a purpose, and who is in it, why, and until when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from unified_profile.errors import InvalidRulesError, PurposeDeniedError
from unified_profile.expressions import (
    Course,
    Explanation,
    Expression,
    Kleene,
    Language,
    Reads,
    Subject,
    explain,
    from_json,
    prepared,
    reasons,
)
from unified_profile.model import Channel, Membership, Purpose
from unified_profile.model.times import aware, to_micros
from unified_profile.model.values import Json
from unified_profile.segments.sql import DialectName, Layout, SqlQuery, membership_query

_LONGEST_NAME = 200
_FURTHER = ("description", "channel", "brand")


def _name(name: str) -> str:
    """Refuse a name that could not be found again."""
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InvalidRulesError(
            field="segment.name", reason=f"not a printable text of 1 to {_LONGEST_NAME} characters", hint="name it"
        )
    return name


def _purpose(purpose: str | Purpose) -> str:
    """Keep the name of a purpose."""
    name = purpose.name if isinstance(purpose, Purpose) else purpose
    if not isinstance(name, str) or not name:
        raise InvalidRulesError(field="segment.purpose", reason="missing", hint="say what its members are wanted for")
    return name


def _rule(rule: Expression) -> Expression:
    """Refuse what is no rule about a person."""
    if not isinstance(rule, Expression):
        raise InvalidRulesError(
            field="segment.rule", reason=f"a {type(rule).__name__} is no rule", hint='e.g. trait("plan") == "pro"'
        )
    rule.compiled()
    return rule


def _channel(channel: object) -> str:
    """Keep a channel in the one spelling."""
    if not isinstance(channel, str) or not Channel.of(channel).name:
        raise InvalidRulesError(field="segment.channel", reason="not the name of a channel", hint='"any", or "email"')
    return Channel.of(channel).name


def _brand(brand: object) -> str:
    """Keep the name of a brand."""
    if not isinstance(brand, str):
        raise InvalidRulesError(field="segment.brand", reason="not a text", hint="name the brand, or leave it out")
    return brand


@attrs.frozen
class Use:
    """What the members of a segment are wanted for: people are seen as they permit exactly this.

    .. versionadded:: 0.1
    """

    purpose: str
    channel: str = "any"
    brand: str = ""

    @property
    def key(self) -> str:
        """The use as one text: the purpose alone where nothing else is said."""
        plain = self.channel == "any" and not self.brand
        return self.purpose if plain else json.dumps([self.purpose, self.channel, self.brand], ensure_ascii=False)


@attrs.frozen
class Segment:
    """Everybody of whom *rule* is true, for a *purpose*.

    What the purpose may not use is denied in the subject, and unknown under every operator. Somebody of whom the rule
    is unknown is no member. Whether it may be used is asked for *channel* and *brand*: for ``"any"`` channel only who
    permits the purpose on every one is a member. Say ``channel="email"`` where people permit emails.

    >>> from datetime import UTC
    >>> from unified_profile.segments import events, trait
    >>> regulars = Segment(
    ...     "regulars",
    ...     (trait("country") == "JP") & (events("Order Completed").count().within(days=30) >= 1),
    ...     purpose="newsletter",
    ... )
    >>> regulars.matches(Subject({"country": "JP"}), datetime(2026, 1, 1, tzinfo=UTC)).because
    ('not: the number of "Order Completed" events in the last 30 days is at least 1',)

    .. versionadded:: 0.1
    """

    name: str = attrs.field(converter=_name)
    rule: Expression = attrs.field(converter=_rule)
    purpose: str = attrs.field(converter=_purpose, kw_only=True)
    description: str = attrs.field(default="", kw_only=True)
    channel: str = attrs.field(default="any", converter=_channel, kw_only=True)
    brand: str = attrs.field(default="", converter=_brand, kw_only=True)

    @property
    def use(self) -> Use:
        """What its members are wanted for."""
        return Use(self.purpose, self.channel, self.brand)

    def test(self, subject: Subject, now: datetime) -> Kleene:
        """Return whether *subject* is a member at *now*: True, False, or None when that cannot be known.

        Raises:
            PurposeDeniedError: If the subject was prepared for another purpose.
        """
        self._check(subject)
        return self.rule.evaluate(subject, now)

    def matches(self, subject: Subject, now: datetime) -> Membership:
        """Return the membership of *subject* at *now*: with the conditions that decided, and when it next changes.

        Raises:
            PurposeDeniedError: If the subject was prepared for another purpose.
        """
        self._check(subject)
        at = to_micros(aware(now, field="now"))
        return Membership(
            segment=self.name,
            profile=subject.profile,
            member=self.rule.compiled()(subject, at),
            because=tuple(reasons(self.rule, subject, at)),
            next_change_at=self.rule.next_change(subject, now),
        )

    def prepare(self, now: datetime) -> Callable[[Mapping[str, Any]], Kleene]:
        """Return a function from a prepared row (the cells that the purpose may use, by trait) to the answer at *now*.

        What the purpose may not use must not be in the row; what is not in it is unknown. For rules over plain traits,
        asked of very many rows.

        >>> from datetime import UTC
        >>> from unified_profile.segments import trait
        >>> ask = Segment("adults", trait("age") >= 18, purpose="service").prepare(datetime(2026, 1, 1, tzinfo=UTC))
        >>> ask({"age": 20}), ask({"age": 3}), ask({})
        (True, False, None)

        Raises:
            InvalidRulesError: If the rule asks for more than cells, or for what cannot be told from denied.
        """
        return prepared(self.rule, to_micros(aware(now, field="now")))

    def select(self, subjects: Iterable[Subject], now: datetime) -> Iterator[Subject]:
        """Yield those of *subjects* that are members at *now*.

        Raises:
            PurposeDeniedError: If a subject was prepared for another purpose.
        """
        run, at = self.rule.compiled(), to_micros(aware(now, field="now"))
        for subject in subjects:
            self._check(subject)
            if run(subject, at) is True:
                yield subject

    def explain(self, subject: Subject, now: datetime, *, language: Language = "en") -> Explanation:
        """Return which conditions decided; unknown is told apart from false, with what keeps it unknown.

        Raises:
            PurposeDeniedError: If the subject was prepared for another purpose.
        """
        self._check(subject)
        return explain(self.rule, subject, now, language=language)

    def next_change(self, subject: Subject, now: datetime) -> datetime | None:
        """Return when the membership changes if nothing more happens; None if it never does."""
        self._check(subject)
        return self.rule.next_change(subject, now)

    def course(self, subject: Subject, now: datetime) -> Course:
        """Return the membership at *now* and every later change that time alone brings."""
        self._check(subject)
        return self.rule.course(subject, now)

    def to_sql(
        self,
        dialect: DialectName,
        layout: Layout,
        *,
        denied: Container[str] = frozenset(),
        denied_events: Container[str] = frozenset(),
    ) -> SqlQuery:
        """Return the query of the members' keys over the caller's tables.

        *layout* names the tables and columns: identifiers come from there only, and values are bound. What the dialect
        cannot do exactly is left open: then the query returns whoever may be a member, and `SqlQuery.finish` asks the
        rest in memory. *denied* and *denied_events* name what the purpose may not use of anybody.

        >>> from unified_profile.segments import Column, Layout, trait
        >>> layout = Layout("customers", "id", {"age": Column("age", "integer")})
        >>> print(Segment("adults", trait("age") >= 18, purpose="service").to_sql("postgresql", layout).sql)
        SELECT up_p."id" AS id FROM "customers" up_p WHERE (up_p."age" >= CAST(%(p0)s AS bigint))

        Raises:
            UnknownNameError: If there is no such dialect, or the layout has no such trait or property.
            InvalidRulesError: If *layout* is none.
        """
        return membership_query(self.name, self.rule, dialect, layout, denied=denied, denied_events=denied_events)

    def text(self, language: Language = "en") -> str:
        """Return the rule in words."""
        return self.rule.text(language)

    @property
    def reads(self) -> Reads:
        """What the rule reads: what a caller must load, and decide the permission of."""
        return self.rule.reads

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of rule and use: segments that mean the same have the same, whatever their names."""
        canonical = json.dumps({"purpose": self.use.key, "rule": self.rule.fingerprint}, sort_keys=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()

    def to_json(self) -> dict[str, Json]:
        """Return the segment as JSON data."""
        shown: dict[str, Json] = {"segment": self.name, "purpose": self.purpose, "rule": self.rule.to_json()}
        told = {"channel": self.channel if self.channel != "any" else "", "brand": self.brand}
        told["description"] = self.description
        shown.update((name, text) for name, text in told.items() if text)
        return shown

    @classmethod
    def from_json(cls, data: object, /) -> Segment:
        """Return the segment that JSON *data* describes.

        >>> rule = {"trait": "plan", "op": "eq", "value": "pro"}
        >>> Segment.from_json({"segment": "pros", "purpose": "service", "rule": rule}).name
        'pros'

        Raises:
            InvalidRulesError: If it is no segment; ``field`` is the path to the place.
        """
        if not isinstance(data, dict):
            raise InvalidRulesError(field="segment", reason="not an object", hint="with segment, purpose and rule")
        unknown = set(data) - {"segment", "purpose", "rule", *_FURTHER}
        further = {name: data[name] for name in _FURTHER if name in data}
        if unknown or not all(isinstance(text, str) for text in further.values()):
            raise InvalidRulesError(
                field="segment",
                reason="a key that means nothing here",
                hint="segment, purpose, rule, " + ", ".join(_FURTHER),
            )
        rule = from_json(data.get("rule"))
        return cls(data.get("segment", ""), rule, purpose=data.get("purpose", ""), **further)

    def _check(self, subject: Subject) -> None:
        """Refuse somebody whose permissions were decided for another purpose."""
        if subject.purpose and subject.purpose != self.purpose:
            raise PurposeDeniedError(code="other_purpose", purpose=self.purpose)
