"""Typed traits: a type checker refuses a read for the wrong purpose before the code runs."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, overload

import attrs

from unified_profile.consent.view import PurposeView, State
from unified_profile.errors import InvalidInputError, InvalidRulesError

U = TypeVar("U", bound="Use")
V = TypeVar("V")
Other = TypeVar("Other")
U_contra = TypeVar("U_contra", bound="Use", contravariant=True)


class Use:
    """The base of types that stand for purposes. A subclass names its purpose; a narrower purpose is its subclass.

    >>> class Marketing(Use, purpose="marketing"): ...
    >>> class Newsletter(Marketing, purpose="newsletter"): ...
    >>> Newsletter.purpose, issubclass(Newsletter, Marketing)
    ('newsletter', True)

    .. versionadded:: 0.1
    """

    purpose: ClassVar[str] = ""

    def __init_subclass__(cls, *, purpose: str) -> None:
        """Keep the name of the purpose."""
        if not isinstance(purpose, str) or not purpose:
            raise InvalidRulesError(field=f"{cls.__name__}.purpose", reason="missing", hint="name a registered purpose")
        cls.purpose = purpose


@attrs.frozen
class TypedTrait(Generic[U_contra, V]):
    """A trait that purposes of *U* (and narrower ones) read as a *V*; *kind* checks that when it is read.

    Contravariant in the purpose: what marketing may read, the newsletter may read, and analytics may not.

    .. versionadded:: 0.1
    """

    name: str
    kind: type[V]


@attrs.frozen
class TypedView(Generic[U]):
    """A view whose purpose the type checker knows; made by ``for_use``.

    .. versionadded:: 0.1
    """

    view: PurposeView

    def __getitem__(self, trait: TypedTrait[U, V]) -> V:
        """Return the value of *trait*; see ``require``."""
        return self.require(trait)

    def require(self, trait: TypedTrait[U, V], /) -> V:
        """Return the value of *trait*.

        Raises:
            PurposeDeniedError: If the purpose may not use it; with the reason code.
            MissingTraitError: If it may, and there is none.
            InvalidInputError: If the value is not of the trait's kind.
        """
        return self._checked(trait, self.view.require(trait.name))

    @overload
    def get(self, trait: TypedTrait[U, V], /) -> V | None: ...
    @overload
    def get(self, trait: TypedTrait[U, V], /, default: Other) -> V | Other: ...
    def get(self, trait: TypedTrait[U, V], /, default: object = None) -> object:
        """Return the value of *trait*, or *default* if it is missing, null or denied."""
        found = self.view.get(trait.name)
        return default if found is None else self._checked(trait, found)

    def state(self, trait: TypedTrait[U, Any], /) -> State:
        """Return how *trait* stands; see ``PurposeView.state``."""
        return self.view.state(trait.name)

    @staticmethod
    def _checked(trait: TypedTrait[U, V], value: object) -> V:
        if isinstance(value, trait.kind) and (not isinstance(value, bool) or trait.kind is bool):
            return value
        kinds = f"a {type(value).__name__}, not a {trait.kind.__name__}"
        raise InvalidInputError(field=f"trait {trait.name!r}", reason=kinds, hint="declare what sources really send")


def for_use(view: PurposeView, use: type[U], /) -> TypedView[U]:
    """Return *view* with the purpose of *use* in its type.

    >>> from unified_profile.model import Permission, Profile, Provenance, Purpose, Trait
    >>> class Newsletter(Use, purpose="newsletter"): ...
    >>> email = TypedTrait[Newsletter, str]("email", str)
    >>> person = Profile("p1", {"email": Trait("email", "taro@example.com", (), "most_recent")})
    >>> granted = Permission(True, "newsletter", "email", "consent", "consent_given")
    >>> for_use(PurposeView(person, Purpose("newsletter", traits={"email"}), granted), Newsletter)[email]
    'taro@example.com'

    Raises:
        InvalidInputError: If the view was made for another purpose.

    .. versionadded:: 0.1
    """
    if view.purpose.name != use.purpose:
        raise InvalidInputError(
            field="view", reason="made for another purpose", hint=f"read it with purpose={use.purpose!r}"
        )
    return TypedView(view)
