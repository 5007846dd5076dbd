"""Minimization: what a purpose needs, what is held beyond that, what nobody uses, and what is worth asking next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.model import Permission, Profile, Purpose
from unified_profile.segments import Segment


def required_fields(purpose: Purpose, /) -> tuple[str, ...]:
    """Return the traits without which *purpose* cannot be served, in order; ``"*"`` names none.

    >>> required_fields(Purpose("newsletter", traits={"email", "given_name"}, optional={"given_name"}))
    ('email',)

    .. versionadded:: 0.1
    """
    return tuple(sorted(purpose.traits - purpose.optional - {"*"}))


def held_fields(profile: Profile, /) -> tuple[str, ...]:
    """Return the traits of *profile* that hold a value; one that a source cleared holds none."""
    return tuple(name for name, trait in sorted(profile.traits.items()) if trait.value is not None)


def excess_fields(
    held: Profile | Iterable[str],
    purposes: Iterable[Purpose],
    /,
    *,
    permissions: Mapping[str, Permission] | None = None,
) -> tuple[str, ...]:
    """Return the fields that are held and that none of *purposes* may use, in order.

    With *permissions* (by purpose) only those purposes count that the person permits. A purpose that may use
    everything (``"*"``) leaves nothing over: name what it needs.

    >>> newsletter = Purpose("newsletter", traits={"email"})
    >>> excess_fields(["email", "birth_date"], [newsletter])
    ('birth_date',)

    .. versionadded:: 0.1
    """
    names = held_fields(held) if isinstance(held, Profile) else tuple(sorted(set(_texts(held, "held"))))
    wanting = [one for one in purposes if permissions is None or _granted(permissions, one)]
    return tuple(name for name in names if not any(one.allows_trait(name) for one in wanting))


def _fields(names: frozenset[str] | set[str] | tuple[str, ...] | list[str]) -> frozenset[str]:
    return frozenset(_texts(names, "usage.fields"))


@attrs.frozen
class Usage:
    """That something uses fields: a segment, a metric, a journey, a report. Data, so that anything can be told of.

    .. versionadded:: 0.1
    """

    kind: str
    name: str
    fields: frozenset[str] = attrs.field(converter=_fields)


def usage_of(segment: Segment, /) -> Usage:
    """Return which fields *segment* reads.

    >>> from unified_profile.segments import trait
    >>> sorted(usage_of(Segment("pros", trait("plan") == "pro", purpose="service")).fields)
    ['plan']

    .. versionadded:: 0.1
    """
    return Usage("segment", segment.name, segment.reads.traits)


def unused_fields(collected: Iterable[str], usage: Iterable[Usage], /) -> tuple[str, ...]:
    """Return the fields that are collected and that no segment, metric or journey uses, in order.

    >>> unused_fields(["plan", "fax"], [Usage("metric", "churn", {"plan"})])
    ('fax',)

    .. versionadded:: 0.1
    """
    used = frozenset[str]().union(*(one.fields for one in usage))
    return () if "*" in used else tuple(sorted(set(_texts(collected, "collected")) - used))


@attrs.frozen
class Question:
    """What to ask next: the field, for which purpose, and what the person gets for the answer.

    .. versionadded:: 0.1
    """

    field: str
    purpose: str
    gives: str
    required: bool


def next_question(
    known: Profile | Iterable[str],
    purposes: Iterable[Purpose],
    /,
    *,
    permissions: Mapping[str, Permission],
    asked: Iterable[str] = (),
    declined: Iterable[str] = (),
    derived: Iterable[str] = (),
) -> Question | None:
    """Return the one field worth asking for in this contact; None if there is nothing to ask, or something was asked.

    A field is worth asking for if a purpose that the person permits may use it and it is not known: nobody told it,
    nor that there is none. What gives the person something comes first, then what is required, then the order of
    *purposes*, then the alphabet. A purpose that may use everything asks for nothing: it has not said what it needs.

    Args:
        known: The profile, or the names of what is known.
        purposes: In order of importance.
        permissions: What the person permits, by purpose; a purpose that is not there is not permitted.
        asked: What was asked in this contact already; then no more is.
        declined: What they did not want to tell before.
        derived: What is computed and cannot be asked for; a profile says it itself.

    >>> yes = Permission(True, "newsletter", "email", "consent", "consent_given")
    >>> letter = Purpose("newsletter", traits={"email", "city"}, optional={"city"}, gives="events near you")
    >>> next_question(["email"], [letter], permissions={"newsletter": yes})
    Question(field='city', purpose='newsletter', gives='events near you', required=False)
    >>> next_question(["email"], [letter], permissions={}) is None
    True

    .. versionadded:: 0.1
    """
    if any(True for _ in _texts(asked, "asked")):
        return None
    told = set(known.traits) if isinstance(known, Profile) else set(_texts(known, "known"))
    made = set(known.derived_from) if isinstance(known, Profile) else set()
    closed = told | made | set(_texts(declined, "declined")) | set(_texts(derived, "derived"))
    candidates: list[tuple[bool, bool, int, str, Purpose]] = []
    for place, purpose in enumerate(purposes):
        if _granted(permissions, purpose):
            needed = set(required_fields(purpose))
            wanted = purpose.traits - {"*"} - closed
            candidates += [(not purpose.gives, field not in needed, place, field, purpose) for field in wanted]
    if not candidates:
        return None
    _, optional, _, field, purpose = min(candidates, key=lambda one: one[:4])
    return Question(field, purpose.name, purpose.gives, required=not optional)


def without_benefit(purposes: Iterable[Purpose], /) -> tuple[str, ...]:
    """Return the purposes that ask for consent and do not say what the person gets for it, by name.

    >>> without_benefit([Purpose("ads", traits={"email"}), Purpose("service", basis="contract")])
    ('ads',)

    .. versionadded:: 0.1
    """
    return tuple(sorted(one.name for one in purposes if one.basis == "consent" and one.traits and not one.gives))


def _granted(permissions: Mapping[str, Permission], purpose: Purpose) -> bool:
    answer = permissions.get(purpose.name)
    return answer is not None and answer.granted and answer.purpose == purpose.name


def _texts(names: Iterable[str], field: str) -> Iterable[str]:
    if isinstance(names, str):
        raise InvalidInputError(field=field, reason="a bare string", hint="pass a list of names")
    return names
