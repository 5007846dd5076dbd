"""What each kind of identifier may do: how strong it is, how many a person has, when it stops linking."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Literal, TypeAlias

import attrs

from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.identity.normalizers import JUNK, normalizer
from unified_profile.identity.spelling import storable
from unified_profile.model.redaction import hidden
from unified_profile.model.values import RECORD, Identifier, Json

Keep: TypeAlias = Literal["first", "latest"]
Mode: TypeAlias = Literal["link", "attribute", "off"]
Rank: TypeAlias = "tuple[int, str]"

_RECORD_RANK: Rank = (-1, RECORD)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_CHOICES = {"keep": ("first", "latest"), "mode": ("link", "attribute", "off"), "alias": ("accept", "refuse")}


def _values(values: Iterable[str]) -> frozenset[str]:
    """Take any collection of values; a bare string is a slip."""
    return _texts(values, "namespace.blocked")


def _resets(names: Iterable[str]) -> frozenset[str]:
    return _texts(names, "resets")


def _texts(texts: object, field: str) -> frozenset[str]:
    if isinstance(texts, Iterable) and not isinstance(texts, str):
        found = list(texts)
        if all(isinstance(text, str) for text in found):
            return frozenset(found)
    raise InvalidRulesError(field=field, reason="not a set of texts", hint='{"…"}')


def _namespaces(found: Iterable[Namespace]) -> tuple[Namespace, ...]:
    if isinstance(found, Iterable):
        spaces = tuple(found)
        if all(isinstance(space, Namespace) for space in spaces):
            return spaces
    raise InvalidRulesError(field="namespaces", reason="not all are Namespaces", hint="[Namespace(name=…)]")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@attrs.frozen(kw_only=True)
class Namespace:
    """One kind of identifier.

    Attributes:
        name: For example ``email``.
        priority: 0 is strongest. Who is who is settled among strong identifiers first.
        limit: At most so many values belong to one person (1: one per person; None: any number).
        window: The limit holds within any span shorter than this, by when values were first seen.
        keep: Who wins a conflict: whoever had the value ``first`` (resists take-over of an address), or ``latest``
            (a device follows its new user).
        mode: ``link`` joins people; ``attribute`` never does, but gives anonymous events to whoever is signed in
            (shared hardware); ``off`` is a plain attribute.
        normalizer: The name of a normalizer, for example ``email`` or ``phone:JP``.
        blocked: Further values that stand for nobody, beside the usual junk.
        shared_above: Stop linking when the value occurs beside more than so many values of one stronger
            one-per-person namespace (an office phone, a shared tablet).
        alias: Whether an ``alias`` call makes two values one (``accept``), or not (``refuse``: an alias sent by a
            browser can take over an account).

    >>> Namespace(name="email", priority=20, limit=3, normalizer="email").keep
    'first'
    """

    name: str
    priority: int
    limit: int | None = None
    window: timedelta | None = None
    keep: Keep = "first"
    mode: Mode = "link"
    normalizer: str = "text"
    blocked: frozenset[str] = attrs.field(factory=frozenset, converter=_values, repr=hidden)
    shared_above: int | None = None
    alias: Literal["accept", "refuse"] = "accept"

    def __attrs_post_init__(self) -> None:
        """Refuse rules that cannot hold."""
        if not isinstance(self.name, str) or not _NAME.match(self.name) or self.name == RECORD:
            raise InvalidRulesError(
                field="namespace.name", reason="reserved, or not of lower-case letters, digits and _", hint="e.g. email"
            )
        here = f"namespace {self.name!r}"
        if not _whole(self.priority) or self.priority < 0:
            raise InvalidRulesError(field=f"{here}.priority", reason="not a whole number", hint="use 0 and upwards")
        if self.limit is not None and (not _whole(self.limit) or self.limit < 1):
            raise InvalidRulesError(field=f"{here}.limit", reason="below 1", hint="None means any number")
        if self.window is not None and (
            self.limit is None or not isinstance(self.window, timedelta) or self.window <= timedelta(0)
        ):
            raise InvalidRulesError(field=f"{here}.window", reason="needs a limit and a positive timedelta")
        if self.shared_above is not None and (not _whole(self.shared_above) or self.shared_above < 1):
            raise InvalidRulesError(field=f"{here}.shared_above", reason="below 1", hint="None switches it off")
        for field, known in _CHOICES.items():
            value = getattr(self, field)
            if not isinstance(value, str) or value not in known:
                raise InvalidRulesError(field=f"{here}.{field}", reason="unknown", hint="one of " + ", ".join(known))
        if not isinstance(self.normalizer, str):
            raise InvalidRulesError(field=f"{here}.normalizer", reason="not a name", hint="e.g. email")
        normal = normalizer(self.normalizer)
        stopped = {found for value in self.blocked if (found := normal(value)) is not None}
        object.__setattr__(self, "stopped", self.blocked | stopped)
        object.__setattr__(self, "rank", (self.priority, self.name))
        object.__setattr__(self, "one_per_person", self.limit == 1 and self.window is None)

    rank: Rank = attrs.field(init=False, eq=False, repr=False)
    """The place in the order of strength; smaller is stronger."""
    one_per_person: bool = attrs.field(init=False, eq=False, repr=False)
    """Whether a person has a single value for life."""
    stopped: frozenset[str] = attrs.field(init=False, eq=False, repr=False)
    """The blocked values, also as the normalizer has them."""


@attrs.frozen(slots=False)
class IdentityRules:
    """All namespaces of a business, and what ends a sign-in.

    Attributes:
        namespaces: The declared kinds of identifiers; one that is not declared is refused with its name.
        resets: Names of events that end a run on an ``attribute`` device.
        weight_step: Link weights are rounded to multiples of this before they order anything.
    """

    namespaces: tuple[Namespace, ...] = attrs.field(
        factory=lambda: default_namespaces(),  # noqa: PLW0108  # defined below
        converter=_namespaces,
    )
    resets: frozenset[str] = attrs.field(default=frozenset({"Signed Out", "Logged Out"}), converter=_resets)
    weight_step: float = 0.1

    def __attrs_post_init__(self) -> None:
        """Refuse two namespaces of one name, and a step that weights cannot be counted in."""
        step = self.weight_step
        if isinstance(step, bool) or not isinstance(step, (int, float)) or not 0 < step < math.inf:
            raise InvalidRulesError(field="weight_step", reason="not a positive number", hint="e.g. 0.1")
        names = [space.name for space in self.namespaces]
        for name in names:
            if names.count(name) > 1:
                raise InvalidRulesError(field="namespaces", reason=f"{name!r} is declared twice", hint="merge the two")

    @cached_property
    def by_name(self) -> Mapping[str, Namespace]:
        """The namespaces by name."""
        return {space.name: space for space in self.namespaces}

    def namespace(self, name: str, /) -> Namespace:
        """Return the namespace called *name*.

        Raises:
            UnknownNameError: If none is declared under it.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise UnknownNameError(kind="identifier namespace", name=name, known=self.by_name) from None

    def space(self, node: str, /) -> Namespace | None:
        """Return the namespace of *node*, or None if it is a record or was never declared."""
        name = node[: node.index(":")]
        try:
            return self._spaces[name]
        except KeyError:
            found = self._spaces[name] = self.by_name.get(name.partition("@")[0])
            return found

    @cached_property
    def _spaces(self) -> dict[str, Namespace | None]:
        """Namespaces by space (name with scope), filled as spaces are met."""
        return {}

    @cached_property
    def placed(self) -> dict[str, tuple[str, str, tuple[int, str, str]] | None]:
        """What identifiers met lately came to; a cache of ``identity.bundles``."""
        return {}

    @cached_property
    def placed_before(self) -> dict[str, tuple[str, str, tuple[int, str, str]] | None]:
        """What identifiers met before those came to."""
        return {}

    def normalized(self, identifier: Identifier, /) -> Identifier | None:
        """Return *identifier* in its normal form, or None when it stands for nobody (junk, blocked, unreadable).

        >>> IdentityRules().normalized(Identifier("email", " Taro@Example.COM "))
        Identifier(namespace='email', value=•••, scope='')
        >>> IdentityRules().normalized(Identifier("email", "test@test.com")) is None
        True
        """
        if identifier.namespace == RECORD:
            return identifier if storable(identifier.value) else None
        space = self.namespace(identifier.namespace)
        value = normalizer(space.normalizer)(identifier.value)
        if value is None or value.casefold() in JUNK or value in space.stopped:
            return None
        if value == identifier.value:
            return identifier
        return Identifier(identifier.namespace, value, identifier.scope)

    def rank_of(self, node: str, /) -> Rank:
        """Return the rank of the namespace of *node* (records come first)."""
        space = self.space(node)
        if space is not None:
            return space.rank
        name = node[: node.index(":")].partition("@")[0]
        return _RECORD_RANK if name == RECORD else self.namespace(name).rank

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of everything that decides who is who."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def to_json(self) -> dict[str, Json]:
        """Return the rules as a JSON object."""
        return {
            "namespaces": [
                {
                    "name": s.name,
                    "priority": s.priority,
                    "limit": s.limit,
                    "window_seconds": None if s.window is None else s.window.total_seconds(),
                    "keep": s.keep,
                    "mode": s.mode,
                    "normalizer": s.normalizer,
                    "blocked": list[Json](sorted(s.blocked)),
                    "shared_above": s.shared_above,
                    "alias": s.alias,
                }
                for s in sorted(self.namespaces, key=lambda s: s.rank)
            ],
            "resets": list[Json](sorted(self.resets)),
            "weight_step": self.weight_step,
        }

    @classmethod
    def from_json(cls, form: Mapping[str, Json], /) -> IdentityRules:
        """Return the rules of a JSON object made by ``to_json``.

        Raises:
            InvalidRulesError: If the object does not have that shape.
        """
        try:
            spaces = [dict(item) for item in form["namespaces"]]  # type: ignore[union-attr,arg-type]  # checked by the except
            for item in spaces:
                seconds = item.pop("window_seconds", None)
                item["window"] = None if seconds is None else timedelta(seconds=seconds)
            return cls(
                tuple(Namespace(**item) for item in spaces),
                resets=frozenset(form["resets"]),  # type: ignore[arg-type]  # checked by the except
                weight_step=float(form["weight_step"]),  # type: ignore[arg-type]  # checked by the except
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InvalidRulesError):
                raise
            raise InvalidRulesError(field="rules", reason="not the JSON form of identity rules") from None


def default_namespaces(*, region: str = "") -> tuple[Namespace, ...]:
    """Return ready-made namespaces, from the strongest to the weakest.

    *region* is the ISO country of phone numbers written without a country code; without it such numbers are
    compared as their digits, and only numbers with a country code are brought to E.164.

    >>> default_namespaces(region="jp") == default_namespaces(region="JP")
    True

    Raises:
        InvalidRulesError: If there is no such country.
    """
    if not isinstance(region, str):
        raise InvalidRulesError(field="region", reason="not text", hint="an ISO 3166 code of two letters: JP")
    phone = f"phone:{region.strip().upper()}" if region else "phone"
    try:
        normalizer(phone)
    except InvalidRulesError:
        hint = "an ISO 3166 code of two letters: JP"
        raise InvalidRulesError(field="region", reason="no such country", hint=hint) from None
    return (
        Namespace(name="user_id", priority=0, limit=1, normalizer="exact"),
        Namespace(name="customer_number", priority=10, limit=1, normalizer="upper"),
        Namespace(name="login", priority=20, limit=3, normalizer="text"),
        Namespace(name="loyalty_card", priority=30, limit=3, normalizer="upper"),
        Namespace(name="external_id", priority=40, normalizer="exact"),
        Namespace(name="email", priority=50, limit=5, normalizer="email", shared_above=3),
        Namespace(name="phone", priority=60, limit=5, normalizer=phone, shared_above=3),
        Namespace(name="anonymous_id", priority=70, keep="latest", normalizer="exact", shared_above=10),
        Namespace(name="device_id", priority=80, keep="latest", normalizer="exact", shared_above=10),
        Namespace(name="session_id", priority=90, keep="latest", normalizer="exact"),
        Namespace(name="shared_device", priority=95, mode="attribute", normalizer="exact"),
        Namespace(name="account", priority=99, mode="off", normalizer="exact"),
    )
