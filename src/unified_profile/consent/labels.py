"""Labels: which purposes may use a value. They stick: what is made of values may be used for what all of them may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs

from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.errors import InsufficientDataError, InvalidRulesError, PurposeDeniedError, UnknownNameError
from unified_profile.model import Purpose
from unified_profile.model.redaction import Closed, closed, hidden

T = TypeVar("T")
U = TypeVar("U")

NOT_DERIVABLE = "made_of_denied_values"
"""The reason code of a computed trait of which the purpose may not use every input."""

_KNOWN: dict[tuple[Purpose, int], tuple[Mapping[str, frozenset[str]], frozenset[str]]] = {}
_MOST = 1_000


def shut(purpose: Purpose, derived_from: Mapping[str, frozenset[str]], /) -> frozenset[str]:
    """Return the computed traits that *purpose* may not use because it may not use all that they are made of.

    >>> made = {"orders": frozenset({"event:Order Completed"})}
    >>> (
    ...     sorted(shut(Purpose("a", traits={"orders"}), made)),
    ...     sorted(shut(Purpose("b", derives={"Order Completed"}), made)),
    ... )
    (['orders'], [])
    """
    if not derived_from:
        return frozenset()
    key = (purpose, id(derived_from))  # one mapping a set of rules, asked about for every person
    held = _KNOWN.get(key)
    if held is None or held[0] is not derived_from:
        found = frozenset(
            name for name, made in derived_from.items() if not all(purpose.allows_input(one) for one in made)
        )
        if len(_KNOWN) >= _MOST:
            _KNOWN.clear()
        held = _KNOWN[key] = (derived_from, found)
    return held[1]


def purposes_of(
    trait: str, purposes: PurposeRegistry, derived_from: Mapping[str, frozenset[str]] | None = None, /
) -> frozenset[str]:
    """Return the label of *trait*: the registered purposes that may use it and everything that it is made of.

    >>> registry = PurposeRegistry([Purpose("service", traits={"email"}), Purpose("ads", traits={"city"})])
    >>> sorted(purposes_of("email", registry))
    ['service']

    .. versionadded:: 0.1
    """
    made = derived_from or {}
    return frozenset(one.name for one in purposes if one.allows_trait(trait) and trait not in shut(one, made))


@closed
@attrs.frozen
class Labeled(Closed, Generic[T]):
    """A value with its label, and of how many people it tells. The value shows nowhere; ``read`` hands it out.

    Attributes:
        purposes: What it may be used for.
        people: The ids of the profiles that it tells of.

    .. versionadded:: 0.1
    """

    _value: T = attrs.field(repr=hidden, alias="value")
    purposes: frozenset[str]
    people: frozenset[str] = attrs.field(default=frozenset(), repr=hidden)

    def read(self, purpose: str, /) -> T:
        """Return the value for *purpose*.

        Raises:
            PurposeDeniedError: If the label does not name it.
        """
        if purpose not in self.purposes:
            raise PurposeDeniedError(code=NOT_DERIVABLE, purpose=str(purpose)[:200])
        return self._value


def derive(function: Callable[..., U], /, *inputs: Labeled[Any]) -> Labeled[U]:
    """Return what *function* makes of the values of *inputs*, labeled with what all of them may be used for.

    >>> age, city = Labeled(41, frozenset({"service", "ads"})), Labeled("Osaka", frozenset({"ads"}))
    >>> both = derive(lambda age, city: f"{city}, {age}", age, city)
    >>> sorted(both.purposes), both.read("ads")
    (['ads'], 'Osaka, 41')

    Raises:
        InvalidRulesError: If it is made of nothing: then nobody could say what for.

    .. versionadded:: 0.1
    """
    if not inputs:
        raise InvalidRulesError(field="inputs", reason="none", hint="pass what the value is made of")
    purposes = frozenset[str].intersection(*(one.purposes for one in inputs))
    people = frozenset[str]().union(*(one.people for one in inputs))
    return Labeled(function(*(one._value for one in inputs)), purposes, people)  # noqa: SLF001  # our own kind


def _opens(names: frozenset[str] | set[str]) -> frozenset[str]:
    return frozenset(names)


@attrs.frozen
class GroupAggregate:
    """A figure over a group, registered to lose its inputs' labels; see ``Aggregates``.

    *purpose* is what the inputs are read for; *opens* names the purposes that may use the result (``"*"``: all that
    are registered); *at_least* is the smallest number of people that it may be told of.

    .. versionadded:: 0.1
    """

    name: str
    function: Callable[[Sequence[Any]], Any] = attrs.field(repr=False)
    purpose: str
    opens: frozenset[str] = attrs.field(default=frozenset({"*"}), converter=_opens)
    at_least: int = 10

    def __attrs_post_init__(self) -> None:
        """Refuse groups in which one is told of."""
        if isinstance(self.at_least, bool) or not isinstance(self.at_least, int) or self.at_least < 2:
            raise InvalidRulesError(field=f"aggregate {self.name!r}.at_least", reason="less than two", hint="e.g. 10")


class Aggregates:
    """The only place where labels are lost: figures over groups, each registered with its smallest group.

    >>> registry = PurposeRegistry([Purpose("analytics", traits={"age"}), Purpose("ads")])
    >>> rules = Aggregates(
    ...     [GroupAggregate("mean_age", lambda ages: sum(ages) / len(ages), "analytics", at_least=2)], registry
    ... )
    >>> ages = [Labeled(age, frozenset({"analytics"}), frozenset({who})) for who, age in (("p1", 30), ("p2", 40))]
    >>> rules.over("mean_age", ages).read("ads")
    35.0

    Two groups that differ by one person tell of that person. So a group is refused that shares people with one that was
    told of, and differs from it by fewer than *at_least*, whatever the figures. That lasts as long as this object, and
    three groups or more can be chosen to get around it; noise that would prevent that is not built.

    .. versionadded:: 0.1
    """

    def __init__(self, aggregates: Iterable[GroupAggregate], purposes: PurposeRegistry) -> None:
        """Register *aggregates*; what they open must be registered."""
        self._purposes = purposes
        self._by_name = {one.name: one for one in aggregates}
        self._told: dict[frozenset[str], None] = {}
        for one in self._by_name.values():
            for name in (one.purpose, *(one.opens - {"*"})):
                purposes[name]

    def over(self, name: str, values: Iterable[Labeled[Any]], /) -> Labeled[Any]:
        """Return the aggregate *name* over *values*, with the label that it was registered with.

        Raises:
            UnknownNameError: If it is not registered.
            PurposeDeniedError: If one of the values may not be used for the aggregate's purpose.
            InsufficientDataError: If they tell of fewer people than it needs, or differ by fewer from a group that was
                told of before.
        """
        rule = self._by_name.get(name)
        if rule is None:
            raise UnknownNameError(kind="aggregate", name=str(name), known=self._by_name)
        found = tuple(values)
        people = frozenset[str]().union(*(one.people for one in found))
        if len(people) < rule.at_least:
            raise InsufficientDataError(metric=rule.name, n=len(people), needed=rule.at_least)
        apart = min((len(people ^ other) for other in self._told if other != people and people & other), default=None)
        if apart is not None and apart < rule.at_least:
            raise InsufficientDataError(metric=f"{rule.name}, beside another group", n=apart, needed=rule.at_least)
        value = rule.function([one.read(rule.purpose) for one in found])
        self._told[people] = None
        opens = frozenset(one.name for one in self._purposes) if "*" in rule.opens else rule.opens
        return Labeled(value, opens)
