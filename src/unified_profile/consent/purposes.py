"""Purposes: what values are read for, on which basis, and which purpose is part of which."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import attrs

from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.model import Json, Purpose
from unified_profile.model.soundness import soundly_made

_PARTS = frozenset({"name", "traits", "basis", "description", "events", "derives", "optional", "gives"})


def _by_name(purposes: Iterable[Purpose]) -> Mapping[str, Purpose]:
    """Keep purposes by name, in the order of their names."""
    found: dict[str, Purpose] = {}
    for purpose in purposes:
        if not isinstance(purpose, Purpose):
            raise InvalidRulesError(field="purposes", reason="holds something else than a Purpose", hint="see Purpose")
        if not purpose.name or purpose.name in found:
            raise InvalidRulesError(
                field=f"purpose {purpose.name!r}", reason="has no name or one taken", hint="rename one"
            )
        found[purpose.name] = purpose
    return MappingProxyType(dict(sorted(found.items())))


def _parents(parents: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(sorted(parents.items())))


@soundly_made
@attrs.frozen(eq=False)
class PurposeRegistry:
    """The purposes of a business. *parents* names, for a purpose, the broader one that it is part of.

    A refusal of the broader one covers every narrower one; a grant never does.

    >>> registry = PurposeRegistry(
    ...     [Purpose("marketing"), Purpose("newsletter", traits={"email"})], parents={"newsletter": "marketing"}
    ... )
    >>> registry.ancestors("newsletter"), sorted(registry.descendants("marketing"))
    (('marketing',), ['newsletter'])
    >>> registry["newsletter"].basis, "ads" in registry
    ('consent', False)

    Raises:
        InvalidRulesError: If a name is taken twice, a parent is unknown, or purposes are part of each other.

    .. versionadded:: 0.1
    """

    _purposes: Mapping[str, Purpose] = attrs.field(
        factory=tuple, converter=_by_name, repr=lambda found: repr(list(found))
    )
    parents: Mapping[str, str] = attrs.field(factory=dict, converter=_parents, kw_only=True)
    _above: Mapping[str, tuple[str, ...]] = attrs.field(init=False, repr=False)
    _below: Mapping[str, frozenset[str]] = attrs.field(init=False, repr=False)
    plain_policy: object = attrs.field(init=False, default=None, repr=False)
    """The policy that these purposes make by themselves, kept by ``policy.plain``."""

    def __attrs_post_init__(self) -> None:
        """Refuse circles and strangers, and keep who is above and below whom."""
        above: dict[str, tuple[str, ...]] = {}
        for name in (*self._purposes, *self.parents):
            chain: list[str] = []
            at = name
            while at in self.parents:
                at = self.parents[at]
                if at in chain or at == name:
                    raise InvalidRulesError(
                        field=f"parents.{name}", reason="leads back to itself", hint="cut the circle"
                    )
                chain.append(at)
            above[name] = tuple(chain)
            for known in (name, *chain):
                if known not in self._purposes:
                    raise InvalidRulesError(
                        field=f"parents.{name}", reason="names an unknown purpose", hint="register it first"
                    )
        below = {name: frozenset(low for low, chain in above.items() if name in chain) for name in self._purposes}
        object.__setattr__(self, "_above", MappingProxyType(above))
        object.__setattr__(self, "_below", MappingProxyType(below))

    def __iter__(self) -> Iterator[Purpose]:
        """Give the purposes by name."""
        return iter(self._purposes.values())

    def __len__(self) -> int:
        return len(self._purposes)

    def __contains__(self, name: object) -> bool:
        return name in self._purposes

    def __getitem__(self, name: str) -> Purpose:
        """Return the purpose called *name*.

        Raises:
            UnknownNameError: If there is none.
        """
        found = self._purposes.get(name)
        if found is None:
            raise UnknownNameError(kind="purpose", name=str(name), known=self._purposes)
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PurposeRegistry) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def fingerprint(self) -> str:
        """A short text that differs when the registry does."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]

    def ancestors(self, name: str, /) -> tuple[str, ...]:
        """Return the broader purposes that *name* is part of, nearest first; none for an unknown name."""
        return self._above.get(name, ())

    def descendants(self, name: str, /) -> frozenset[str]:
        """Return the purposes that are part of *name*, at any depth; none for an unknown name."""
        return self._below.get(name, frozenset())

    def to_json(self) -> dict[str, Json]:
        """Return the registry as JSON."""
        return {
            "purposes": [
                {
                    "name": purpose.name,
                    "traits": list[Json](sorted(purpose.traits)),
                    "basis": purpose.basis,
                    "description": purpose.description,
                    "events": list[Json](sorted(purpose.events)),
                    **_further(purpose),
                }
                for purpose in self
            ],
            "parents": dict(self.parents),
        }

    @classmethod
    def from_json(cls, body: object, /) -> PurposeRegistry:
        """Return the registry of a JSON form; a purpose may leave out all but its name.

        >>> PurposeRegistry.from_json({"purposes": [{"name": "newsletter", "traits": ["email"]}]})["newsletter"].basis
        'consent'

        Raises:
            InvalidRulesError: If *body* is not such a form.
        """
        if not isinstance(body, Mapping) or not isinstance(body.get("purposes"), list):
            raise InvalidRulesError(field="purposes", reason="not a list in an object", hint="see to_json")
        parents = body.get("parents", {})
        if not isinstance(parents, Mapping) or not all(
            isinstance(name, str) for pair in parents.items() for name in pair
        ):
            raise InvalidRulesError(field="parents", reason="not an object of names", hint="narrower: broader")
        return cls([_purpose(one, field=f"purposes.{at}") for at, one in enumerate(body["purposes"])], parents=parents)


def _purpose(body: object, *, field: str) -> Purpose:
    if not isinstance(body, Mapping) or not isinstance(body.get("name"), str):
        raise InvalidRulesError(field=field, reason="has no name", hint="name, traits, basis, description, events")
    unknown = [str(part) for part in body if part not in _PARTS]
    if unknown:
        raise InvalidRulesError(field=f"{field}.{min(unknown)}", reason="unknown", hint="leave it out")
    return Purpose(
        body["name"],
        _list(body, "traits", field=field),
        str(body.get("basis", "consent")),
        str(body.get("description", "")),
        _list(body, "events", field=field),
        derives=_list(body, "derives", field=field),
        optional=_list(body, "optional", field=field),
        gives=str(body.get("gives", "")),
    )


def _further(purpose: Purpose) -> dict[str, Json]:
    """Return the parts that most purposes leave out."""
    parts: dict[str, Json] = {
        "derives": list[Json](sorted(purpose.derives)),
        "optional": list[Json](sorted(purpose.optional)),
        "gives": purpose.gives,
    }
    return {part: value for part, value in parts.items() if value}


def _list(body: Mapping[str, object], part: str, *, field: str) -> frozenset[str]:
    found = body.get(part, [])
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise InvalidRulesError(field=f"{field}.{part}", reason="not a list of names", hint='["*"] means all')
    return frozenset(found)
