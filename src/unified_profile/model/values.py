"""The small values that facts are made of: identifiers, purposes, channels, brands, accounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeAlias

import attrs

from unified_profile.errors import InvalidFactError, InvalidRulesError
from unified_profile.model.redaction import Closed, closed, hidden

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_NAMESPACE = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_LONGEST_VALUE = 512
_LONGEST_SCOPE = 200

_CHANNELS = {"e-mail": "email", "e mail": "email", "mail": "email", "text": "sms", "telephone": "phone"}
BASES = frozenset({"consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"})


def _names(names: frozenset[str] | set[str] | tuple[str, ...] | list[str]) -> frozenset[str]:
    """Take any collection of names; a bare string is a slip that would become its letters."""
    return _set_of(names, "purpose.traits")


def _events(names: frozenset[str] | set[str] | tuple[str, ...] | list[str]) -> frozenset[str]:
    """Take any collection of names, as above."""
    return _set_of(names, "purpose.events")


def _derives(names: frozenset[str] | set[str] | tuple[str, ...] | list[str]) -> frozenset[str]:
    """Take any collection of names, as above."""
    return _set_of(names, "purpose.derives")


def _optional(names: frozenset[str] | set[str] | tuple[str, ...] | list[str]) -> frozenset[str]:
    """Take any collection of names, as above."""
    return _set_of(names, "purpose.optional")


def _set_of(names: object, field: str) -> frozenset[str]:
    if isinstance(names, Iterable) and not isinstance(names, str):
        found = list(names)
        if all(isinstance(name, str) for name in found):
            return frozenset(found)
    raise InvalidRulesError(field=field, reason="not a set of names", hint='{"email"}')


RECORD = "record"
"""The namespace of a source record's own node: ``record:crm/4711``."""


@closed
@attrs.frozen(order=True)
class Identifier(Closed):
    """A value that stands for a person (or a device, an account) inside one namespace.

    *scope* keeps equal numbers of two brands or systems apart: customer number 4711 of one shop is not that of
    another. The value does not show in repr, str or logs; ``node`` is the key used inside and holds it.

    >>> Identifier("email", "taro@example.com")
    Identifier(namespace='email', value=•••, scope='')
    >>> Identifier("customer_number", "4711", scope="kawa").node
    'customer_number@kawa:4711'
    """

    namespace: str
    value: str = attrs.field(repr=hidden)
    scope: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be found again."""
        if not isinstance(self.namespace, str) or not _NAMESPACE.match(self.namespace):
            raise InvalidFactError(
                field="identifier.namespace", reason="not a name of lower-case letters, digits and _", hint="e.g. email"
            )
        if not isinstance(self.value, str) or not self.value or len(self.value) > _LONGEST_VALUE:
            raise InvalidFactError(
                field="identifier.value",
                reason=f"not a string of 1 to {_LONGEST_VALUE} characters",
                hint=f"namespace {self.namespace!r}: pass the value as text",
            )
        if not isinstance(self.scope, str) or ":" in self.scope or "@" in self.scope:
            raise InvalidFactError(field="identifier.scope", reason="holds ':' or '@'", hint="name a brand or a source")
        if self.scope and (len(self.scope) > _LONGEST_SCOPE or not self.scope.isprintable()):
            raise InvalidFactError(
                field="identifier.scope", reason=f"not printable text of at most {_LONGEST_SCOPE} characters"
            )

    @property
    def space(self) -> str:
        """The namespace with its scope: within it a value means one thing."""
        return f"{self.namespace}@{self.scope}" if self.scope else self.namespace

    @property
    def node(self) -> str:
        """The key of this identifier in the graph."""
        return f"{self.namespace}@{self.scope}:{self.value}" if self.scope else f"{self.namespace}:{self.value}"

    @classmethod
    def of(cls, node: str, /) -> Identifier:
        """Return the identifier of a *node*.

        >>> Identifier.of("customer_number@kawa:47:11").scope
        'kawa'
        """
        space, _, value = node.partition(":")
        namespace, _, scope = space.partition("@")
        return cls(namespace, value, scope)

    @classmethod
    def record(cls, source: str, key: str, /) -> Identifier:
        """Return the node of the record that *source* keeps under *key*."""
        return cls(RECORD, f"{source}/{key}")


def record_node(source: str, key: str, /) -> str:
    """Return the node of ``Identifier.record(source, key)``, of a record that was checked when it was told.

    >>> record_node("crm", "17") == Identifier.record("crm", "17").node
    True
    """
    return f"{RECORD}:{source}/{key}"


@attrs.frozen
class Channel:
    """A way of meeting: e-mail, web, app, store, phone, chat. An open set; the name is all that counts.

    >>> Channel.of("E-Mail"), Channel.of(" ＳＭＳ ")
    (Channel(name='email'), Channel(name='sms'))
    """

    name: str

    @classmethod
    def of(cls, text: str, /) -> Channel:
        """Return the channel that *text* names, whatever its case, width and usual spelling."""
        folded = spelled(text)
        return cls(_CHANNELS.get(folded, folded))


@attrs.frozen
class Brand:
    """A name under which the business meets people; the controller is who answers for it.

    A hub that was told its brands (``Hub(brands=[...])``) refuses others, so that no consent is lost to a spelling.
    """

    name: str
    controller: str = ""

    @classmethod
    def known(cls, text: str, brands: Iterable[Brand], /) -> Brand | None:
        """Return the one of *brands* that *text* names, whatever its case and width; None if it is none.

        >>> Brand.known("ＫＡＷＡ", [Brand("kawa"), Brand("hoshi")])
        Brand(name='kawa', controller='')
        """
        return next((brand for brand in brands if spelled(brand.name) == spelled(text)), None)


def spelled(text: str, /) -> str:
    """Return *text* in the one spelling in which names are compared.

    >>> spelled("  News  Letter ")
    'news letter'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@closed
@attrs.frozen
class Account(Closed):
    """A company or household: a group with members (Segment-spec ``group``).

    *members* are profile ids; *roles* tells what some of them are there (``{"p1": "buyer"}``).
    """

    id: str
    traits: dict[str, Json] = attrs.field(factory=dict, repr=hidden)
    members: tuple[str, ...] = ()
    roles: dict[str, str] = attrs.field(factory=dict)


@attrs.frozen
class Purpose:
    """What values are read for, which traits it needs, and on which legal basis.

    *traits* is what this purpose may see at all (minimisation): ``frozenset({"*"})`` means every trait.
    *basis* is ``"consent"`` (a grant is needed, the default), or a basis that the business answers for in its
    register: ``"contract"``, ``"legal_obligation"``, ``"vital_interests"``, ``"public_task"``,
    ``"legitimate_interests"``. *events* names the events that it needs, ``"*"`` means all; it sees no other, and
    none if none is named.

    *derives* names events and traits that values may be computed from without being shown themselves: a computed trait
    is seen by a purpose only if all that it was made of may be seen by it or is among its *derives*. *optional* names
    those of its traits that it can do without. *gives* says what the customer gets for it, in the customer's words.

    >>> Purpose("newsletter", traits={"email", "given_name"}).allows_trait("birth_date")
    False
    >>> Purpose("service", events={"Order Completed"}).allows_event("Product Viewed")
    False
    >>> Purpose("service", derives={"Order Completed"}).allows_input("event:Order Completed")
    True
    """

    name: str
    traits: frozenset[str] = attrs.field(factory=frozenset, converter=_names)
    basis: str = "consent"
    description: str = ""
    events: frozenset[str] = attrs.field(factory=frozenset, converter=_events)
    derives: frozenset[str] = attrs.field(factory=frozenset, converter=_derives, kw_only=True)
    optional: frozenset[str] = attrs.field(factory=frozenset, converter=_optional, kw_only=True)
    gives: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse a name that is none, and a basis that does not exist."""
        if not all(isinstance(text, str) for text in (self.name, self.description, self.gives)):
            raise InvalidRulesError(field="purpose.name", reason="not text", hint="name it")
        if not self.optional <= self.traits and "*" not in self.traits:
            raise InvalidRulesError(
                field=f"purpose {self.name!r}.optional", reason="not among its traits", hint="name them there too"
            )
        if not isinstance(self.basis, str) or self.basis not in BASES:
            raise InvalidRulesError(
                field=f"purpose {self.name!r}.basis", reason="unknown", hint="one of " + ", ".join(sorted(BASES))
            )

    def allows_trait(self, name: str, /) -> bool:
        """Say whether this purpose needs the trait *name* at all."""
        return "*" in self.traits or name in self.traits

    def allows_event(self, name: str, /) -> bool:
        """Say whether this purpose needs events called *name* at all."""
        return "*" in self.events or name in self.events

    def allows_input(self, label: str, /) -> bool:
        """Say whether this purpose may have values made of the event or trait of *label* (``"event:Order Completed"``).

        ``"event:*"`` stands for events of every name.
        """
        kind, _, name = label.partition(":")
        if name in self.derives or "*" in self.derives:
            return True
        return self.allows_event(name) if kind == "event" else self.allows_trait(name)
