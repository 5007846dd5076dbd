"""Notices: what people were shown, in which version, and what exactly it listed; a grant covers no more than that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from unified_profile.consent.spelling import one_category, one_channel, one_name, one_place
from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.model import Json
from unified_profile.model.times import aware


def text_sha256(text: str, /) -> str:
    """Return the hash of a notice's exact text, as consent records carry it.

    >>> text_sha256("We write to you once a week.")[:8]
    '9fe05787'
    """
    return hashlib.sha256(text.encode()).hexdigest()


def _names(found: Iterable[str]) -> frozenset[str]:
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise InvalidRulesError(field="notice", reason="lists something else than names", hint='{"email"}')
    return frozenset(found)


_LISTS = ("purposes", "channels", "categories", "recipients", "jurisdictions", "languages")
_TEXTS = ("id", "version", "sha256", "controller")


def _shown(moment: datetime | None) -> datetime | None:
    return None if moment is None else aware(moment, field="published_at")


@attrs.frozen
class NoticeNames:
    """What a notice lists, in the one spelling in which names are compared."""

    channels: frozenset[str]
    categories: frozenset[str]
    recipients: frozenset[str]
    controller: str
    jurisdictions: frozenset[str]


@attrs.frozen(kw_only=True)
class Notice:
    """One version of a notice. What it does not list, a grant under it does not cover.

    Attributes:
        id: Which notice.
        version: Which version; a new text is a new version.
        sha256: The hash of its exact text; "" if it is not kept.
        purposes: The purposes it asks for.
        channels: The channels it lists; none listed: a grant for ``"any"`` covers every channel.
        categories: The categories of data it lists.
        recipients: Who else gets the data.
        controller: Who answers for the processing.
        jurisdictions: Where it is used.
        languages: In which languages it was shown.
        published_at: Since when it is shown.

    .. versionadded:: 0.1
    """

    id: str
    version: str
    purposes: frozenset[str] = attrs.field(converter=_names)
    sha256: str = ""
    channels: frozenset[str] = attrs.field(default=(), converter=_names)
    categories: frozenset[str] = attrs.field(default=(), converter=_names)
    recipients: frozenset[str] = attrs.field(default=(), converter=_names)
    controller: str = ""
    jurisdictions: frozenset[str] = attrs.field(default=(), converter=_names)
    languages: frozenset[str] = attrs.field(default=(), converter=_names)
    published_at: datetime | None = attrs.field(default=None, converter=_shown)
    names: NoticeNames = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Bring what it lists into one spelling."""
        names = NoticeNames(
            frozenset(map(one_channel, self.channels)),
            frozenset(map(one_category, self.categories)),
            frozenset(map(one_name, self.recipients)),
            one_name(self.controller),
            frozenset(map(one_place, self.jurisdictions)),
        )
        object.__setattr__(self, "names", names)

    def materially_differs(self, older: Notice, /) -> tuple[str, ...]:
        """Return in what this version asks for something that *older* did not list: then people are asked anew.

        >>> first = Notice(id="n", version="1", purposes={"newsletter"})
        >>> Notice(id="n", version="2", purposes={"newsletter"}, recipients={"adnet"}).materially_differs(first)
        ('recipients',)
        """
        found = [
            name for name in ("purposes", "recipients", "categories") if getattr(self, name) - getattr(older, name)
        ]
        if older.channels and self.channels - older.channels:
            found.append("channels")
        if self.controller != older.controller:
            found.append("controller")
        return tuple(found)

    def to_json(self) -> dict[str, Json]:
        """Return the notice as JSON."""
        form: dict[str, Json] = {name: getattr(self, name) for name in _TEXTS}
        form |= {name: list[Json](sorted(getattr(self, name))) for name in _LISTS}
        form["published_at"] = None if self.published_at is None else self.published_at.isoformat()
        return form

    @classmethod
    def from_json(cls, body: object, /) -> Notice:
        """Return the notice of a JSON form.

        Raises:
            InvalidRulesError: If *body* is not such a form.
        """
        if not isinstance(body, Mapping) or not all(isinstance(body.get(name, ""), str) for name in _TEXTS):
            raise InvalidRulesError(field="notice", reason="not the form of a notice", hint="see to_json")
        lists = {name: body.get(name) or () for name in _LISTS}
        shown = body.get("published_at")
        return cls(
            id=str(body.get("id", "")),
            version=str(body.get("version", "")),
            sha256=str(body.get("sha256", "")),
            controller=str(body.get("controller", "")),
            **lists,
            published_at=None if shown is None else datetime.fromisoformat(str(shown)),
        )


def _by_version(notices: Iterable[Notice]) -> Mapping[tuple[str, str], Notice]:
    found: dict[tuple[str, str], Notice] = {}
    for notice in notices:
        if not isinstance(notice, Notice) or not notice.id:
            raise InvalidRulesError(field="notices", reason="holds something else than a Notice", hint="see Notice")
        if found.setdefault((notice.id, notice.version), notice) != notice:
            raise InvalidRulesError(
                field=f"notice {notice.id!r}", reason="has one version with two contents", hint="give a new version"
            )
    return MappingProxyType(dict(sorted(found.items())))


@attrs.frozen(eq=False)
class NoticeRegistry:
    """The notices of a business by id and version. A version never changes: a new text is a new version.

    >>> registry = NoticeRegistry([Notice(id="news", version="1", purposes={"newsletter"})])
    >>> registry.get("news", "1").purposes, registry.get("news", "2")
    (frozenset({'newsletter'}), None)

    Raises:
        InvalidRulesError: If one version stands for two contents.

    .. versionadded:: 0.1
    """

    _notices: Mapping[tuple[str, str], Notice] = attrs.field(
        factory=tuple, converter=_by_version, repr=lambda found: repr(list(found))
    )

    def get(self, name: str, version: str, /) -> Notice | None:
        """Return this version of the notice, or None."""
        return self._notices.get((name, version))

    def __getitem__(self, key: tuple[str, str]) -> Notice:
        """Return the notice with this id and version.

        Raises:
            UnknownNameError: If there is none.
        """
        found = self._notices.get(key)
        if found is None:
            known = [f"{name} {version}" for name, version in self._notices]
            raise UnknownNameError(kind="notice", name=" ".join(key), known=known)
        return found

    def __iter__(self) -> Iterator[Notice]:
        """Give the notices by id and version."""
        return iter(self._notices.values())

    def __len__(self) -> int:
        return len(self._notices)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NoticeRegistry) and dict(self._notices) == dict(other._notices)

    def __hash__(self) -> int:
        return hash(tuple(self._notices.values()))

    def plus(self, *notices: Notice) -> NoticeRegistry:
        """Return a registry with *notices* as well.

        Raises:
            InvalidRulesError: If a version is there already with another content.
        """
        return NoticeRegistry([*self, *notices])

    def to_json(self) -> list[Json]:
        """Return the registry as JSON."""
        return [notice.to_json() for notice in self]

    @classmethod
    def from_json(cls, body: Iterable[object], /) -> NoticeRegistry:
        """Return the registry of a JSON form."""
        return cls(Notice.from_json(one) for one in body)
