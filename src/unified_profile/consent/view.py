"""A profile as one purpose may see it: what it may not see is not there, and asking for it says why."""

from __future__ import annotations

import html
from collections.abc import Iterator, KeysView, Mapping
from typing import Literal, NoReturn, Self, TypeAlias, TypeVar, overload

from unified_profile.consent.labels import NOT_DERIVABLE, Labeled, purposes_of, shut
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.consent.roles import HIDDEN_FROM_ROLE, Role
from unified_profile.errors import InvalidInputError, MissingTraitError, PurposeDeniedError
from unified_profile.model import Json, Permission, Profile, Purpose, Trait

State: TypeAlias = Literal["present", "empty", "null", "missing", "denied"]
Other = TypeVar("Other")


class PurposeView:
    """The traits of a profile that a purpose may use, by name; made by ``view``.

    Denied traits are absent: not in it, not iterated over, ``get`` gives the default. ``require`` and ``view[name]``
    raise instead. Values appear in no repr, format, log or notebook cell, and a view cannot be pickled; who wants
    them asks for ``to_dict()``. It reads like a mapping and is none, because tools take mappings apart to show them.

    A computed trait is denied unless the purpose may use all that it is made of, or says that it derives from it. A
    *role* lays masks over what is left: ``as_role``.

    .. versionadded:: 0.1
    """

    __slots__ = ("_made", "_permission", "_profile_id", "_purpose", "_role", "_shut", "_traits")

    _made: Mapping[str, frozenset[str]]
    _permission: Permission
    _profile_id: str
    _purpose: Purpose
    _role: Role | None
    _shut: frozenset[str]
    _traits: Mapping[str, Trait]

    def __new__(cls, profile: Profile, purpose: Purpose, permission: Permission) -> Self:
        """Keep what *permission* and *purpose* leave of *profile*."""
        self = super().__new__(cls)
        closed = shut(purpose, profile.derived_from)
        found: dict[str, Trait] = {}
        if permission.granted:
            wanted = profile.traits if "*" in purpose.traits else purpose.traits
            found = {name: one for name, one in profile.traits.items() if name in wanted and name not in closed}
        object.__setattr__(self, "_made", profile.derived_from)
        object.__setattr__(self, "_permission", permission)
        object.__setattr__(self, "_profile_id", profile.id)
        object.__setattr__(self, "_purpose", purpose)
        object.__setattr__(self, "_role", None)
        object.__setattr__(self, "_shut", closed)
        object.__setattr__(self, "_traits", found)
        return self

    def as_role(self, role: Role, /) -> PurposeView:
        """Return the same view as *role* sees it; what is hidden from it is denied, whether it exists or not.

        Raises:
            InvalidInputError: If this is a role's view already: masks do not add up.
        """
        if self._role is not None:
            raise InvalidInputError(field="role", reason="this is a role's view", hint="mask the view without a role")
        if not isinstance(role, Role):
            raise InvalidInputError(field="role", reason="not a Role", hint="see unified_profile.Role")
        seen = {name: role.masked(trait) for name, trait in self._traits.items()}
        masked = object.__new__(PurposeView)
        for slot in ("_made", "_permission", "_profile_id", "_purpose", "_shut"):
            object.__setattr__(masked, slot, getattr(self, slot))
        object.__setattr__(masked, "_role", role)
        object.__setattr__(masked, "_traits", {name: trait for name, trait in seen.items() if trait is not None})
        return masked

    @property
    def role(self) -> Role | None:
        """The role that it is masked for, if any."""
        return self._role

    @property
    def profile_id(self) -> str:
        """The id of the profile."""
        return self._profile_id

    @property
    def purpose(self) -> Purpose:
        """What the values are read for."""
        return self._purpose

    @property
    def permission(self) -> Permission:
        """The decision that this view rests on; ``changes_at`` tells how long."""
        return self._permission

    def state(self, name: str, /) -> State:
        """Return how the trait *name* stands: present, empty, null (a source says: none), missing or denied.

        What the purpose may not use is denied whether it exists or not, so that nothing can be told from the answer.
        """
        if not self._allows(name):
            return "denied"
        trait = self._traits.get(name)
        if trait is None:
            return "missing"
        if trait.value is None:
            return "null"
        return "empty" if trait.value in ("", [], {}) else "present"

    def require(self, name: str, /) -> Json:
        """Return the value of the trait *name*.

        Raises:
            PurposeDeniedError: If the purpose may not use it; with the reason code.
            MissingTraitError: If it may, and there is none.
        """
        return self.trait(name).value

    def trait(self, name: str, /) -> Trait:
        """Return the trait *name* with its provenance and the values that lost.

        Raises:
            PurposeDeniedError: If the purpose may not use it; with the reason code.
            MissingTraitError: If it may, and there is none.
        """
        if not self._allows(name):
            raise PurposeDeniedError(code=self._why_not(name), purpose=self._purpose.name, trait=str(name)[:200])
        if name not in self._traits:
            raise MissingTraitError(trait=name, purpose=self._purpose.name)
        return self._traits[name]

    def labeled(self, name: str, purposes: PurposeRegistry, /) -> Labeled[Json]:
        """Return the value of the trait *name* with its label, so that what is made of it can be used for no more.

        Raises:
            PurposeDeniedError: If the purpose may not use it; with the reason code.
            MissingTraitError: If it may, and there is none.
        """
        return Labeled(self.require(name), purposes_of(name, purposes, self._made), frozenset({self._profile_id}))

    def to_dict(self) -> dict[str, Json]:
        """Return the permitted values by name: the one way in which they leave the view together."""
        return {name: trait.value for name, trait in self._traits.items()}

    def _allows(self, name: str) -> bool:
        return (
            self._permission.granted
            and self._purpose.allows_trait(name)
            and name not in self._shut
            and (self._role is None or self._role.mask(name).kind != "hidden")
        )

    def _why_not(self, name: str) -> str:
        """Return the reason code of what ``_allows`` refuses."""
        if not self._permission.granted:
            return self._permission.code
        if not self._purpose.allows_trait(name):
            return "trait_not_in_purpose"
        return NOT_DERIVABLE if name in self._shut else HIDDEN_FROM_ROLE

    def __getitem__(self, name: str) -> Json:
        return self.trait(name).value

    def __contains__(self, name: object) -> bool:
        return name in self._traits

    def __iter__(self) -> Iterator[str]:
        return iter(self._traits)

    def __len__(self) -> int:
        return len(self._traits)

    def keys(self) -> KeysView[str]:
        """Return the names of the permitted traits that are there."""
        return self._traits.keys()

    def values(self) -> list[Json]:
        """Return their values, in the order of the names."""
        return [trait.value for trait in self._traits.values()]

    def items(self) -> list[tuple[str, Json]]:
        """Return names with values."""
        return [(name, trait.value) for name, trait in self._traits.items()]

    @overload
    def get(self, name: str, /) -> Json: ...
    @overload
    def get(self, name: str, /, default: Other) -> Json | Other: ...
    def get(self, name: str, /, default: object = None) -> object:
        """Return the value of the trait *name*, or *default* if it is missing or denied."""
        trait = self._traits.get(name)
        return default if trait is None else trait.value

    def __eq__(self, other: object) -> bool:
        """Views are equal when they show the same of the same profile for the same decision."""
        if not isinstance(other, PurposeView):
            return NotImplemented
        mine = (self._profile_id, self._purpose, self._permission, self._traits, self._role)
        return mine == (other._profile_id, other._purpose, other._permission, other._traits, other._role)

    __hash__ = None  # type: ignore[assignment]  # values may be lists and objects

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: a view is a finding, not a place to keep things."""
        raise AttributeError(f"a PurposeView cannot be changed ({name})")

    def __delattr__(self, name: str) -> NoReturn:
        """Refuse as ``__setattr__`` does."""
        raise AttributeError(f"a PurposeView cannot be changed ({name})")

    def __repr__(self) -> str:
        """Show names and how they stand, never values."""
        decision = "granted" if self._permission.granted else f"denied: {self._permission.code}"
        names = ", ".join(f"{name}: {self.state(name)}" for name in sorted(self._traits))
        role = f"role={self._role.name!r}, " if self._role is not None else ""
        return (
            f"PurposeView(profile={self._profile_id!r}, purpose={self._purpose.name!r}, {role}{decision}, {{{names}}})"
        )

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def _repr_html_(self) -> str:
        """Show a notebook the names and how they stand."""
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{self.state(name)}</td></tr>" for name in sorted(self._traits)
        )
        decision = "granted" if self._permission.granted else f"denied ({html.escape(self._permission.code)})"
        title = f"{html.escape(self._profile_id)} for {html.escape(self._purpose.name)}: {decision}"
        return f"<table><caption>{title}</caption><tr><th>trait</th><th>state</th></tr>{rows}</table>"

    def __copy__(self) -> PurposeView:
        return self

    def __deepcopy__(self, memo: object) -> PurposeView:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse: a pickle would carry values past every later decision."""
        raise TypeError("a PurposeView cannot be pickled; hand on the profile id and ask again there, or use to_dict()")


def view(profile: Profile, purpose: Purpose, permission: Permission, /) -> PurposeView:
    """Return *profile* as *purpose* may see it under *permission*; without a grant every trait is denied.

    >>> from datetime import UTC, datetime
    >>> from unified_profile.model import Provenance
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> told = (Provenance("f1", "crm", at, at),)
    >>> person = Profile(
    ...     "p1",
    ...     {
    ...         "email": Trait("email", "taro@example.com", told, "most_recent"),
    ...         "birth_date": Trait("birth_date", "1990-01-01", told, "most_recent"),
    ...     },
    ... )
    >>> seen = view(
    ...     person,
    ...     Purpose("newsletter", traits={"email", "given_name"}),
    ...     Permission(True, "newsletter", "email", "consent", "consent_given"),
    ... )
    >>> seen
    PurposeView(profile='p1', purpose='newsletter', granted, {email: present})
    >>> seen.require("email"), seen.state("given_name"), seen.state("birth_date"), "birth_date" in seen
    ('taro@example.com', 'missing', 'denied', False)

    Raises:
        InvalidInputError: If *permission* was decided for another purpose.

    .. versionadded:: 0.1
    """
    if permission.purpose != purpose.name:
        raise InvalidInputError(
            field="permission", reason="decided for another purpose", hint=f"decide for {purpose.name!r} first"
        )
    return PurposeView(profile, purpose, permission)
