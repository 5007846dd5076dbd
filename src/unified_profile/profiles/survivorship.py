"""Survivorship: when sources disagree on a trait, which value survives, and which ones lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import attrs

from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.model import Json, Provenance, Trait
from unified_profile.model.redaction import hidden
from unified_profile.profiles.canonical import canonical, exact_sum, is_number, rank

INFERRED = "inferred"


@attrs.frozen
class Candidate:
    """What one voice says a trait is.

    Attributes:
        value: The value; None means: the source says that there is no value.
        provenance: Where it comes from: ``source``, ``fact_id``, ``occurred_at``, ``recorded_at``.

    .. versionadded:: 0.1
    """

    value: Json = attrs.field(repr=hidden)
    provenance: Provenance


Chooser: TypeAlias = Callable[[Sequence[Candidate]], Json]
"""A rule of one's own: gets the candidates that have a value, weakest first, and returns a value."""


def _names(sources: Iterable[str]) -> tuple[str, ...]:
    """Keep sources in the order given; a bare string is a slip that would become its letters."""
    if isinstance(sources, str):
        raise InvalidRulesError(field="survivorship.sources", reason="a bare string", hint="pass a list of sources")
    return tuple(sources)


@attrs.frozen
class Survivorship:
    """A rule that chooses among candidates; made by the functions of this module.

    *sources* is the order of trust of ``most_trusted``; *function* is what ``custom`` calls.

    .. versionadded:: 0.1
    """

    name: str
    sources: tuple[str, ...] = attrs.field(default=(), converter=_names)
    function: Chooser | None = attrs.field(default=None, repr=False)

    @property
    def label(self) -> str:
        """What a trait calls the rule that chose it: ``most_trusted(crm, shop)``."""
        return f"{self.name}({', '.join(self.sources)})" if self.sources else self.name


def most_recent() -> Survivorship:
    """Return the rule: what was said last holds. A null said last clears the trait.

    >>> most_recent().label
    'most_recent'
    """
    return Survivorship("most_recent")


def first() -> Survivorship:
    """Return the rule: the first value ever told holds, whatever the same record says later. Nulls are no values."""
    return Survivorship("first")


def most_trusted(sources: Iterable[str] = ()) -> Survivorship:
    """Return the rule: the source that stands first in *sources* holds (without any: in the order of the rules).

    Sources that are not listed come last, all alike; within one rank the most recent holds. A null is a statement:
    the most trusted source can say that there is no value.
    """
    return Survivorship("most_trusted", _names(sources))


def most_frequent() -> Survivorship:
    """Return the rule: the value that most voices say holds; on a tie the most recent of these."""
    return Survivorship("most_frequent")


def longest() -> Survivorship:
    """Return the rule: the longest text holds (anything else by its JSON text); on a tie the most recent."""
    return Survivorship("longest")


def union() -> Survivorship:
    """Return the rule: all values together, as a sorted list without repetitions; lists are taken apart."""
    return Survivorship("union")


def minimum() -> Survivorship:
    """Return the rule: the smallest number holds; without numbers the first text by code point (ISO dates sort so)."""
    return Survivorship("minimum")


def maximum() -> Survivorship:
    """Return the rule: the largest number holds; without numbers the last text by code point."""
    return Survivorship("maximum")


def total() -> Survivorship:
    """Return the rule: the sum of what each voice says now (points of two cards that are one person's)."""
    return Survivorship("total")


def custom(name: str, function: Chooser, /) -> Survivorship:
    """Return a rule of one's own, known by *name* in the JSON form of rules.

    *function* gets the candidates that have a value (`Candidate`), weakest first, and returns the value that survives.
    The order of arrival is never visible to it.

    >>> def vetted(candidates):
    ...     checked = [one for one in candidates if one.provenance.source == "post office"]
    ...     return (checked or candidates)[-1].value
    >>> custom("vetted", vetted).label
    'custom:vetted'
    """
    if not name:
        raise InvalidRulesError(field="survivorship.custom", reason="has no name", hint="rules are kept by name")
    return Survivorship(f"custom:{name}", (), function)


KNOWN = {rule().name: rule for rule in (most_recent, first, most_frequent, longest, union, minimum, maximum, total)}
"""The rules without parameters, by name."""


def survivorship_json(rule: Survivorship, /) -> dict[str, Json]:
    """Return the JSON form of *rule*; of a custom rule only its name."""
    if rule.name.startswith("custom:"):
        return {"rule": "custom", "name": rule.name.removeprefix("custom:")}
    return {"rule": rule.name, "sources": list(rule.sources)} if rule.sources else {"rule": rule.name}


def survivorship_from(body: object, /, *, field: str, functions: Mapping[str, Chooser]) -> Survivorship:
    """Return the rule of a JSON form; custom ones are looked up in *functions*.

    Raises:
        InvalidRulesError: If *body* is not the form of a rule.
        UnknownNameError: If there is no such rule, or no such function.
    """
    if not isinstance(body, dict) or not isinstance(body.get("rule"), str):
        raise InvalidRulesError(field=field, reason="not an object with a rule", hint='e.g. {"rule": "most_recent"}')
    name = body["rule"]
    if name == "custom":
        called = str(body.get("name", ""))
        if called not in functions:
            raise UnknownNameError(kind="survivorship function", name=called, known=functions)
        return custom(called, functions[called])
    if name == "most_trusted":
        sources = body.get("sources", [])
        if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
            raise InvalidRulesError(field=f"{field}.sources", reason="not a list of names", hint="name the sources")
        return most_trusted(sources)
    if name not in KNOWN:
        raise UnknownNameError(kind="survivorship rule", name=name, known=(*KNOWN, "most_trusted", "custom"))
    return KNOWN[name]()


def choose(name: str, candidates: Sequence[Candidate], rule: Survivorship, trust: Mapping[str, int]) -> Trait:
    """Return the trait *name* that *rule* makes of *candidates* (at least one), with provenance and losers.

    What a source told or saw beats what was inferred, whatever the rule. Ties are decided by when it was said, then
    by *trust* (source to rank, 0 the most trusted), then by value before null, then by source, value and fact id:
    nothing of it depends on the order of arrival.

    >>> from datetime import UTC, datetime
    >>> def said(day, value, source):
    ...     at = datetime(2026, 1, day, tzinfo=UTC)
    ...     return Candidate(value, Provenance(f"{source}{day}", source, at, at))
    >>> trait = choose("city", [said(2, "Osaka", "shop"), said(1, "Kyoto", "crm")], most_recent(), {})
    >>> trait.value, trait.provenance[0].source, trait.losers[0][0]
    ('Osaka', 'shop', 'Kyoto')
    """
    if len(candidates) == 1 and rule.name in _KEEP_ONE:
        return Trait(name, candidates[0].value, (candidates[0].provenance,), rule.label)
    if rule.name == "most_trusted" and rule.sources:
        trust = {source: place for place, source in enumerate(rule.sources)}
    last = len(trust)

    def strength(one: Candidate) -> tuple[object, ...]:
        told, said = one.provenance, one.value is not None
        return (told.occurred_at, -trust.get(told.source, last), said, told.source, canonical(one.value), told.fact_id)

    ordered = sorted(candidates, key=strength)
    eligible = [one for one in ordered if one.provenance.basis != INFERRED] or ordered
    if rule.name == "most_trusted":
        best = min(trust.get(one.provenance.source, last) for one in eligible)
        eligible = [one for one in eligible if trust.get(one.provenance.source, last) == best]
    valued = [one for one in eligible if one.value is not None]
    if rule.name in _BY_STATEMENT or not valued:
        return _picked(name, eligible[-1], ordered, rule)
    if rule.name in _PICK:
        picked = _PICK[rule.name](valued)
        return _picked(name, picked, ordered, rule) if picked else _made(name, None, (), ordered, rule)
    value, makers = _combined(valued, rule)
    return _made(name, value, makers, ordered, rule)


def _combined(valued: Sequence[Candidate], rule: Survivorship) -> tuple[Json, Sequence[Candidate]]:
    """Return a value made of several, and those that had a part in it."""
    if rule.name == "union":
        return _together(valued), valued
    if rule.name == "total":
        counted = [one for one in valued if is_number(one.value)]
        return exact_sum(one.value for one in counted if is_number(one.value)) if counted else None, counted
    if rule.function is None:
        raise UnknownNameError(kind="survivorship rule", name=rule.name, known=(*KNOWN, "most_trusted", "custom"))
    value = rule.function(tuple(valued))
    text = canonical(value)
    return value, [one for one in valued if canonical(one.value) == text] or valued


def _earliest(valued: Sequence[Candidate]) -> Candidate:
    at = valued[0].provenance.occurred_at
    return [one for one in valued if one.provenance.occurred_at == at][-1]


def _commonest(valued: Sequence[Candidate]) -> Candidate:
    votes: dict[str, int] = {}
    for one in valued:
        text = canonical(one.value)
        votes[text] = votes.get(text, 0) + 1
    return max(enumerate(valued), key=lambda numbered: (votes[canonical(numbered[1].value)], numbered[0]))[1]


def _longest(valued: Sequence[Candidate]) -> Candidate:
    def length(one: Candidate) -> int:
        return len(one.value if isinstance(one.value, str) else canonical(one.value))

    return max(enumerate(valued), key=lambda numbered: (length(numbered[1]), numbered[0]))[1]


def _extreme(valued: Sequence[Candidate], sign: int) -> Candidate | None:
    """Return the smallest (*sign* -1) or largest (1); numbers go before text, nothing else can be compared."""
    comparable = [one for one in valued if is_number(one.value)] or [
        one for one in valued if isinstance(one.value, str)
    ]
    if not comparable:
        return None
    bound = (max if sign > 0 else min)(rank(one.value) for one in comparable)
    return [one for one in comparable if rank(one.value) == bound][-1]


_PICK: Mapping[str, Callable[[Sequence[Candidate]], Candidate | None]] = {
    "first": _earliest,
    "most_frequent": _commonest,
    "longest": _longest,
    "minimum": lambda valued: _extreme(valued, -1),
    "maximum": lambda valued: _extreme(valued, 1),
}
# Here a null is a statement like any other; elsewhere it is no value.
_BY_STATEMENT = frozenset({"most_recent", "most_trusted"})
# With one candidate these return it as it is.
_KEEP_ONE = _BY_STATEMENT | {"first", "most_frequent", "longest"}


def _together(valued: Sequence[Candidate]) -> list[Json]:
    """Return every value once, sorted; lists taken apart."""
    found: dict[str, Json] = {}
    for one in valued:
        for item in one.value if isinstance(one.value, list) else [one.value]:
            found[canonical(item)] = item  # of 1 and 1.0, which are one value, the strongest voice's form stays
    return sorted(found.values(), key=rank)


def _picked(name: str, winner: Candidate, ordered: Sequence[Candidate], rule: Survivorship) -> Trait:
    """Return the trait of one winner: those who say the same stand behind it, the others lost."""
    text = canonical(winner.value)
    agreeing = [one.provenance for one in reversed(ordered) if one is not winner and canonical(one.value) == text]
    losers = [(one.value, one.provenance) for one in reversed(ordered) if canonical(one.value) != text]
    return Trait(name, winner.value, (winner.provenance, *agreeing), rule.label, tuple(losers))


def _made(
    name: str, value: Json, makers: Sequence[Candidate], ordered: Sequence[Candidate], rule: Survivorship
) -> Trait:
    """Return the trait made of several candidates; those that had no part in it lost."""
    part = {id(one) for one in makers}
    losers = [(one.value, one.provenance) for one in reversed(ordered) if id(one) not in part]
    provenance = tuple(one.provenance for one in reversed(ordered) if id(one) in part)
    return Trait(name, value, provenance or (ordered[-1].provenance,), rule.label, tuple(losers))
