"""Profile rules: what an attribute is called, which value survives, and what is computed. Data with a fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.model import Json
from unified_profile.model.soundness import soundly_made
from unified_profile.profiles.canonical import canonical
from unified_profile.profiles.computed import ComputedTrait, computed_from, computed_json
from unified_profile.profiles.survivorship import (
    Chooser,
    Survivorship,
    most_recent,
    survivorship_from,
    survivorship_json,
)

SEGMENT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "birthday": "birth_date",
        "createdAt": "created_at",
        "firstName": "given_name",
        "first_name": "given_name",
        "lastName": "family_name",
        "last_name": "family_name",
    }
)
"""The names of Segment's reserved traits that mean the same as ours; the renames that rules start with."""

_PARTS = ("version", "traits", "default", "computed", "sources", "renames", "properties", "inferred")


def _names(names: object, field: str) -> Mapping[str, str]:
    """Keep a read-only copy, so that rules cannot change under their fingerprint."""
    if not isinstance(names, Mapping) or not all(isinstance(item, str) for pair in names.items() for item in pair):
        raise InvalidRulesError(field=field, reason="not names by name", hint='such as {"plan_name": "plan"}')
    return MappingProxyType(dict(sorted(names.items())))


def _renames(names: Mapping[str, str]) -> Mapping[str, str]:
    return _names(names, "renames")


def _properties(names: Mapping[str, str]) -> Mapping[str, str]:
    return _names(names, "properties")


def _rule(rule: Survivorship, field: str = "default") -> Survivorship:
    if not isinstance(rule, Survivorship):
        raise InvalidRulesError(field=field, reason="no survivorship rule", hint="such as first() or most_recent()")
    return rule


def _default(rule: Survivorship) -> Survivorship:
    return _rule(rule)


def _rule_map(rules: Mapping[str, Survivorship]) -> Mapping[str, Survivorship]:
    if not isinstance(rules, Mapping) or not all(isinstance(name, str) for name in rules):
        raise InvalidRulesError(field="traits", reason="not rules by trait", hint='such as {"plan": first()}')
    return MappingProxyType({name: _rule(rule, f"traits.{name}") for name, rule in rules.items()})


def _computed(traits: Iterable[ComputedTrait]) -> tuple[ComputedTrait, ...]:
    found = tuple(traits) if isinstance(traits, Iterable) else None
    if found is None or not all(isinstance(trait, ComputedTrait) for trait in found):
        raise InvalidRulesError(field="computed", reason="not a list of computed traits", hint="see computed()")
    return found


def _listed(names: object, field: str) -> tuple[str, ...]:
    found = tuple(names) if isinstance(names, Iterable) and not isinstance(names, str) else None
    if found is None or not all(isinstance(name, str) for name in found):
        raise InvalidRulesError(field=field, reason="not a list of sources", hint='such as ["crm", "shop"]')
    return found


def _sources(sources: Iterable[str]) -> tuple[str, ...]:
    return _listed(sources, "sources")


def _inferred(sources: Iterable[str]) -> frozenset[str]:
    return frozenset(_listed(sources, "inferred"))


@soundly_made
@attrs.frozen(eq=False, kw_only=True)
class ProfileRules:
    """How facts become a profile.

    *traits* names a survivorship rule per trait, *default* is that of all others. *sources* is the order of trust:
    it decides ``most_trusted`` and ties. *renames* gives attributes their trait's name; where a fact has both, its
    own name beats an alias, and aliases go by the alphabet. *properties* takes event properties (a path with dots)
    as traits; those count as inferred, and so does everything that the sources in *inferred* say. A *computed* trait
    hides a told one of the same name, which is then among its losers.

    >>> from unified_profile.profiles import computed, first, most_trusted
    >>> rules = ProfileRules(
    ...     traits={"signup_channel": first(), "birth_date": most_trusted(["crm"])},
    ...     computed=[computed("orders", "count", "Order Completed")],
    ...     sources=["crm", "shop"],
    ... )
    >>> rules == ProfileRules.from_json(rules.to_json()), len(rules.fingerprint)
    (True, 16)

    Raises:
        InvalidRulesError: If two parts contradict each other.

    .. versionadded:: 0.1
    """

    traits: Mapping[str, Survivorship] = attrs.field(factory=dict, converter=_rule_map)
    default: Survivorship = attrs.field(factory=most_recent, converter=_default)
    computed: tuple[ComputedTrait, ...] = attrs.field(default=(), converter=_computed)
    sources: tuple[str, ...] = attrs.field(default=(), converter=_sources)
    renames: Mapping[str, str] = attrs.field(default=SEGMENT_NAMES, converter=_renames)
    properties: Mapping[str, str] = attrs.field(factory=dict, converter=_properties)
    inferred: frozenset[str] = attrs.field(default=frozenset(), converter=_inferred)
    fingerprint: str = attrs.field(init=False)
    renamed: frozenset[str] = attrs.field(init=False, repr=False)
    aliases: Mapping[str, tuple[str, ...]] = attrs.field(init=False, repr=False)
    trust: Mapping[str, int] = attrs.field(init=False, repr=False)
    derived_from: Mapping[str, frozenset[str]] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse contradictions, and keep what is asked for at every fact."""
        for name in self.renames:
            if self.renames.get(self.renames[name], self.renames[name]) != self.renames[name]:
                raise InvalidRulesError(field=f"renames.{name}", reason="leads to a renamed name", hint="name the end")
            if name in self.traits and self.renames[name] != name:
                raise InvalidRulesError(
                    field=f"traits.{name}", reason="is renamed", hint=f"give the rule to {self.renames[name]!r}"
                )
        names = [trait.name for trait in self.computed]
        for name in names:
            if names.count(name) > 1:
                raise InvalidRulesError(field=f"computed {name!r}", reason="defined twice", hint="rename one")
            if name in self.traits:
                raise InvalidRulesError(
                    field=f"computed {name!r}", reason="has a survivorship rule too", hint="drop one of them"
                )
        if len(set(self.sources)) != len(self.sources):
            raise InvalidRulesError(field="sources", reason="name a source twice", hint="keep the first")
        aliases: dict[str, tuple[str, ...]] = {}
        for alias, name in sorted(self.renames.items()):
            if alias != name:
                aliases[name] = (*aliases.get(name, ()), alias)
        object.__setattr__(self, "renamed", frozenset(alias for found in aliases.values() for alias in found))
        object.__setattr__(self, "aliases", MappingProxyType(aliases))
        object.__setattr__(self, "trust", MappingProxyType({name: at for at, name in enumerate(self.sources)}))
        object.__setattr__(self, "derived_from", MappingProxyType(self._inputs()))
        text = canonical(self.to_json())
        object.__setattr__(self, "fingerprint", hashlib.sha256(text.encode()).hexdigest()[:16])

    def _inputs(self) -> dict[str, frozenset[str]]:
        """Return what each trait that is not told is made of: events by name, or of every name."""
        made = {name: frozenset({"event:*"}) for name in self.properties.values()}
        for trait in self.computed:
            made[trait.name] = frozenset(f"event:{event}" for event in trait.events or ("*",))
        return made

    def __eq__(self, other: object) -> bool:
        """Rules are equal when they say the same; a custom function is known by its name."""
        return isinstance(other, ProfileRules) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def needs_now(self) -> bool:
        """Whether a computed trait looks through a window, so that a moment must be given."""
        return any(trait.window for trait in self.computed)

    def rule(self, trait: str, /) -> Survivorship:
        """Return the survivorship rule of *trait*."""
        return self.traits.get(trait, self.default)

    def named(self, told: Mapping[str, Json], /) -> Iterable[tuple[str, Json]]:
        """Give *told* under the names of traits; of several names of one trait its own wins, then by the alphabet.

        >>> list(ProfileRules().named({"firstName": "Taro", "last_name": "Abe", "lastName": "Aoki"}))
        [('given_name', 'Taro'), ('family_name', 'Aoki')]
        """
        if self.renamed.isdisjoint(told):
            return told.items()
        renames, renamed = self.renames, self.renamed
        return [
            (renames[given], value) if given in renamed else (given, value)
            for given, value in told.items()
            if given not in renamed or self._wins(given, told)
        ]

    def _wins(self, alias: str, told: Mapping[str, Json]) -> bool:
        name = self.renames[alias]
        return name not in told and next(other for other in self.aliases[name] if other in told) == alias

    def name_of(self, attribute: str, /) -> str:
        """Return the trait that *attribute* becomes.

        >>> ProfileRules().name_of("firstName"), ProfileRules(renames={}).name_of("firstName")
        ('given_name', 'firstName')
        """
        return self.renames.get(attribute, attribute)

    def to_json(self) -> dict[str, Json]:
        """Return the rules as JSON; custom functions by name."""
        return {
            "version": 1,
            "traits": {name: survivorship_json(rule) for name, rule in sorted(self.traits.items())},
            "default": survivorship_json(self.default),
            "computed": [computed_json(trait) for trait in sorted(self.computed, key=lambda trait: trait.name)],
            "sources": list(self.sources),
            "renames": dict(sorted(self.renames.items())),
            "properties": dict(sorted(self.properties.items())),
            "inferred": list[Json](sorted(self.inferred)),
        }

    @classmethod
    def from_json(cls, body: object, /, *, functions: Mapping[str, Chooser] = MappingProxyType({})) -> ProfileRules:
        """Return the rules of a JSON form; *functions* holds the custom survivorship functions by name.

        Raises:
            InvalidRulesError: If *body* is not such a form.
            UnknownNameError: If it names a rule or function that does not exist.
        """
        if not isinstance(body, Mapping):
            raise InvalidRulesError(field="rules", reason="not an object", hint="see ProfileRules.to_json")
        unknown = [str(part) for part in body if part not in _PARTS]
        if unknown:
            raise InvalidRulesError(field=min(unknown), reason="unknown", hint="one of " + ", ".join(_PARTS))
        if body.get("version", 1) != 1:
            raise InvalidRulesError(field="version", reason="not 1", hint="upgrade the library")
        traits, computed = body.get("traits", {}), body.get("computed", [])
        if not isinstance(traits, Mapping) or not isinstance(computed, list):
            raise InvalidRulesError(field="traits, computed", reason="not an object and a list", hint="see to_json")
        default = body.get("default", {"rule": "most_recent"})
        return cls(
            traits={
                str(name): survivorship_from(rule, field=f"traits.{name}", functions=functions)
                for name, rule in traits.items()
            },
            default=survivorship_from(default, field="default", functions=functions),
            computed=[computed_from(trait, field=f"computed.{at}") for at, trait in enumerate(computed)],
            sources=_listed(body.get("sources", ()), "sources"),
            renames=_names(body.get("renames", SEGMENT_NAMES), "renames"),
            properties=_names(body.get("properties", {}), "properties"),
            inferred=_listed(body.get("inferred", ()), "inferred"),
        )
