"""Roles: the same facts for everybody in the business, shown whole, in part or not at all, by what their work needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.model import Json, Trait

Kind: TypeAlias = Literal["whole", "hidden", "last", "first", "domain", "year"]

HIDDEN_FROM_ROLE = "hidden_from_role"
"""The reason code of a trait that the role does not see."""

_MARK = "•••"
_EVENT, _PREFERENCES = "event:", "preferences"
_DATE = re.compile(r"(\d{4})-\d\d-\d\d")
_PARTIAL = frozenset({"last", "first"})


@attrs.frozen
class Mask:
    """How much of a value a role sees.

    ``whole``; ``hidden`` (not even whether there is one); ``last`` or ``first`` *shown* letters and digits; ``domain``
    of an e-mail address; ``year`` of a date. A part is shown only if at least as much again stays hidden, and how long
    the value is does not show.

    >>> Mask("last", 4).of("+81 90-1234-5678"), Mask("last", 4).of("12345"), Mask("domain").of("taro@example.com")
    ('•••5678', '•••', '•••@example.com')

    .. versionadded:: 0.1
    """

    kind: Kind = "hidden"
    shown: int = 0

    def __attrs_post_init__(self) -> None:
        """Refuse a kind that does not exist, and a part of no size."""
        if self.kind not in get_args(Kind):
            raise InvalidRulesError(field="mask.kind", reason="unknown", hint="one of " + ", ".join(get_args(Kind)))
        if (
            isinstance(self.shown, bool)
            or not isinstance(self.shown, int)
            or (self.kind in _PARTIAL) != (self.shown > 0)
        ):
            raise InvalidRulesError(field="mask.shown", reason="does not fit the kind", hint='Mask("last", 4)')

    def of(self, value: Json, /) -> Json:
        """Return what is shown of *value*; of a list each item. An empty value and null hide nothing, and stay."""
        if self.kind == "whole" or value is None or value in ("", [], {}):
            return value
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if isinstance(value, (bool, dict)):
            return _MARK
        return self._part(value if isinstance(value, str) else str(value))

    def _part(self, text: str) -> str:
        if self.kind == "domain":
            name, at, domain = text.partition("@")
            return f"{_MARK}@{domain}" if name and at and domain and "@" not in domain else _MARK
        if self.kind == "year":
            found = _DATE.match(text)
            return found.group(1) if found else _MARK
        letters = "".join(letter for letter in text if letter.isalnum())
        if self.kind not in _PARTIAL or len(letters) < 2 * self.shown:
            return _MARK
        return _MARK + letters[-self.shown :] if self.kind == "last" else letters[: self.shown] + _MARK


WHOLE, HIDDEN = Mask("whole"), Mask("hidden")


def _masks(masks: Mapping[str, Mask]) -> Mapping[str, Mask]:
    """Keep a read-only copy."""
    if not isinstance(masks, Mapping) or not all(
        isinstance(name, str) and isinstance(mask, Mask) for name, mask in masks.items()
    ):
        raise InvalidRulesError(field="role.masks", reason="not masks by trait", hint='{"phone": Mask("last", 4)}')
    return MappingProxyType(dict(sorted(masks.items())))


@attrs.frozen
class Role:
    """Somebody's work, and how much of each trait it shows; traits that *masks* does not name are shown as *others*.

    A role never shows more than the purpose allows: it is laid over a view. Over a context it is laid as well: there
    ``"event:Order Completed"`` names an interaction and all its details, ``"event:Order Completed.total"`` one detail,
    ``"event:*"`` every interaction, and ``"preferences.language"`` (or ``"preferences"``) how somebody wants to be met.

    >>> agent = Role("agent", {"phone": Mask("last", 4), "given_name": WHOLE})
    >>> agent.mask("phone").of("+819012345678"), agent.mask("birth_date").kind
    ('•••5678', 'hidden')

    .. versionadded:: 0.1
    """

    name: str
    masks: Mapping[str, Mask] = attrs.field(factory=dict, converter=_masks, hash=False)
    others: Mask = HIDDEN

    def __attrs_post_init__(self) -> None:
        """Refuse a role without a name."""
        if not isinstance(self.name, str) or not self.name:
            raise InvalidRulesError(field="role.name", reason="missing", hint="name it")
        if not isinstance(self.others, Mask):
            raise InvalidRulesError(field="role.others", reason="not a Mask", hint="WHOLE or HIDDEN")

    def mask(self, trait: str, /) -> Mask:
        """Return how *trait* is shown."""
        return self.masks.get(trait, self.others)

    def event(self, name: str, /) -> Mask:
        """Return how interactions called *name* are shown; a hidden one is not there."""
        return self.masks.get(f"{_EVENT}{name}", self.masks.get(f"{_EVENT}*", self.others))

    def detail(self, event: str, name: str, /) -> Mask:
        """Return how the detail *name* of an *event* is shown."""
        return self.masks.get(f"{_EVENT}{event}.{name}", self.event(event))

    def details(self, event: str, told: Mapping[str, Json], /) -> dict[str, Json]:
        """Return the details of an *event* as this role sees them; hidden ones are not there.

        >>> desk = Role("desk", {"event:Order Completed": WHOLE, "event:Order Completed.card": Mask("last", 4)})
        >>> (
        ...     desk.details("Order Completed", {"total": 12, "card": "4111 1111 1111 1111"}),
        ...     desk.event("Page Viewed").kind,
        ... )
        ({'total': 12, 'card': '•••1111'}, 'hidden')
        """
        seen = {name: self.detail(event, name) for name in told}
        return {name: mask.of(told[name]) for name, mask in seen.items() if mask.kind != "hidden"}

    def preference(self, key: str, /) -> Mask:
        """Return how the preference *key* is shown."""
        return self.masks.get(f"{_PREFERENCES}.{key}", self.masks.get(_PREFERENCES, self.others))

    def shows_any(self, prefix: str, /) -> bool:
        """Say whether anything whose name begins with *prefix* can be seen."""
        named = [mask for name, mask in self.masks.items() if name.startswith(prefix)]
        return any(mask.kind != "hidden" for mask in (*named, self.others))

    def masked(self, trait: Trait, /) -> Trait | None:
        """Return *trait* as this role sees it, without the values that lost unless it is whole; None if hidden."""
        mask = self.mask(trait.name)
        if mask.kind == "whole":
            return trait
        if mask.kind == "hidden":
            return None
        return Trait(trait.name, mask.of(trait.value), trait.provenance, trait.rule)
