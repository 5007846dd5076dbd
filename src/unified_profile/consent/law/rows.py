"""Law as data: one row is one rule with its dates, its place, its parameters and where it can be looked up.

Rows are engineering readings, made for deciding. They are not legal advice; no row says that a use is lawful.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from types import MappingProxyType

import attrs

from unified_profile.consent.law.params import checked
from unified_profile.consent.spelling import one_category, one_channel, one_place
from unified_profile.errors import InvalidRulesError
from unified_profile.model import Json

KINDS = frozenset(
    {
        "basis",
        "special_category",
        "special_condition",
        "child",
        "right",
        "opt_out",
        "consent_required",
        "soft_opt_in",
        "double_opt_in",
        "consent_lapses",
        "do_not_call",
        "quiet_hours",
        "frequency_cap",
        "duty",
        "deadline",
        "reask",
        "retention",
    }
)
"""What a row can be about; the engine knows what each does."""


LEAVES = frozenset({"basis", "special_condition", "soft_opt_in"})
"""Those of them that only allow."""

CHANNELS = frozenset(
    {"email", "sms", "phone", "fax", "automated_call", "letter", "web", "app", "push", "store", "chat"}
)
"""The channels that rules tell apart; any other is held to be whichever a rule is about."""

_NOTHING: frozenset[str] = frozenset()


def _place(name: str) -> str:
    return one_place(name)


_SPELLED: Mapping[str, Callable[[str], str]] = {"categories": one_category, "channels": one_channel}
"""What rows list and people spell."""


def _params(params: Mapping[str, Json]) -> Mapping[str, Json]:
    return MappingProxyType(dict(params))


@attrs.frozen(kw_only=True)
class Law:
    """One dated rule.

    Attributes:
        id: A name that is never given to another rule.
        jurisdiction: Where it binds, ``"EU"`` or ``"US-CA"``; places inside are bound too.
        kind: What it is about, one of ``KINDS``.
        params: What the engine reads of it; each kind has its own.
        valid_from: The first day on which it binds.
        valid_to: The first day on which it does not bind any more; None: it still does.
        citation: How a lawyer would cite it.
        url: Where it can be read.
        read: Whether the row was checked against the text at *url*, or a text that quotes it; False: it rests on
            general knowledge or on a digest.
        note: What the row leaves out.

    Raises:
        InvalidRulesError: If the kind is unknown, or the row ends before it begins.

    .. versionadded:: 0.1
    """

    id: str
    jurisdiction: str = attrs.field(converter=_place)
    kind: str
    params: Mapping[str, Json] = attrs.field(factory=dict, converter=_params, hash=False)
    valid_from: date
    valid_to: date | None = None
    citation: str
    url: str = ""
    read: bool = False
    note: str = ""
    since: datetime = attrs.field(init=False, repr=False, eq=False)
    until: datetime | None = attrs.field(init=False, repr=False, eq=False)
    _names: Mapping[str, frozenset[str]] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be applied, and keep the dates as instants."""
        if not self.id or not self.jurisdiction or not self.citation:
            raise InvalidRulesError(field=f"law {self.id!r}", reason="has no id, place or citation", hint="name them")
        if self.kind not in KINDS:
            raise InvalidRulesError(
                field=f"law {self.id!r}.kind", reason="unknown", hint="one of " + ", ".join(sorted(KINDS))
            )
        if type(self.valid_from) is not date or type(self.valid_to) not in {date, type(None)}:
            raise InvalidRulesError(field=f"law {self.id!r}", reason="has no days", hint="datetime.date(2026, 1, 1)")
        checked(self.id, self.kind, self.params)
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise InvalidRulesError(field=f"law {self.id!r}.valid_to", reason="not after valid_from", hint="correct it")
        lists = {
            name: frozenset(map(_SPELLED.get(name, str), map(str, found)))
            for name, found in self.params.items()
            if isinstance(found, list)
        }
        object.__setattr__(self, "_names", lists)
        object.__setattr__(self, "since", _midnight(self.valid_from))
        object.__setattr__(self, "until", None if self.valid_to is None else _midnight(self.valid_to))

    def binds(self, at: datetime, /) -> bool:
        """Say whether the rule is in force at *at*. Days begin at midnight UTC."""
        return self.since <= at and (self.until is None or at < self.until)

    def concerns(self, kinds: frozenset[str], channel: str, /) -> bool:
        """Say whether it is about what a purpose does and about *channel*; what it does not name it leaves open.

        To ask for ``"any"`` channel is to ask for every one, and so is to ask for one of which no rule ever heard: it
        may be a slip, or a new way to do what a rule is about. Only a leave is for nothing but what it names.
        """
        wanted, channels = self.names("kinds"), self.names("channels")
        if wanted and not wanted & kinds:
            return False
        if not channels or channel == "any" or channel in channels:
            return True
        return channel not in CHANNELS and self.kind != "soft_opt_in"

    def names(self, param: str, /) -> frozenset[str]:
        """Return the texts that *param* lists; none if it is left out."""
        return self._names.get(param, _NOTHING)

    def text(self, param: str, default: str = "", /) -> str:
        """Return the text of *param*."""
        found = self.params.get(param, default)
        return found if isinstance(found, str) else default

    def number(self, param: str, default: int = 0, /) -> int:
        """Return the whole number of *param*."""
        found = self.params.get(param, default)
        return found if isinstance(found, int) and not isinstance(found, bool) else default

    def to_json(self) -> dict[str, Json]:
        """Return the row as JSON."""
        return {
            "id": self.id,
            "jurisdiction": self.jurisdiction,
            "kind": self.kind,
            "params": dict(self.params),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": None if self.valid_to is None else self.valid_to.isoformat(),
            "citation": self.citation,
            "url": self.url,
            "read": self.read,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, body: object, /) -> Law:
        """Return the row of a JSON form.

        Raises:
            InvalidRulesError: If *body* is not such a form.
        """
        if not isinstance(body, Mapping):
            raise InvalidRulesError(field="law", reason="not an object", hint="see to_json")
        try:
            ends = body.get("valid_to")
            return cls(
                id=str(body["id"]),
                jurisdiction=str(body["jurisdiction"]),
                kind=str(body["kind"]),
                params=dict(body.get("params") or {}),
                valid_from=date.fromisoformat(str(body["valid_from"])),
                valid_to=None if ends is None else date.fromisoformat(str(ends)),
                citation=str(body["citation"]),
                url=str(body.get("url", "")),
                read=body.get("read") is True,
                note=str(body.get("note", "")),
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InvalidRulesError):
                raise
            raise InvalidRulesError(field="law", reason="not the form of a row", hint="see to_json") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def rows_of(rows: Iterable[Law], /) -> tuple[Law, ...]:
    """Return *rows* in the order of their ids; an id that comes twice is refused.

    Raises:
        InvalidRulesError: If two rows share an id, or something else is among them.
    """
    found: dict[str, Law] = {}
    for row in rows:
        if not isinstance(row, Law):
            raise InvalidRulesError(field="law", reason="holds something else than a Law", hint="see Law")
        if row.id in found:
            raise InvalidRulesError(field=f"law {row.id!r}", reason="comes twice", hint="give each row its own id")
        found[row.id] = row
    return tuple(found[name] for name in sorted(found))


def row(  # noqa: PLR0917  # a table reads best by position
    name: str,
    place: str,
    kind: str,
    since: str,
    citation: str,
    url: str = "",
    /,
    *,
    read: bool = False,
    until: str = "",
    note: str = "",
    **params: Json,
) -> Law:
    """Return a row, written shortly: dates as ISO text, parameters by name.

    >>> row("xx-1", "DE", "child", "2018-05-25", "Example 1", age=16).number("age")
    16
    """
    return Law(
        id=name,
        jurisdiction=place,
        kind=kind,
        params=params,
        valid_from=date.fromisoformat(since),
        valid_to=date.fromisoformat(until) if until else None,
        citation=citation,
        url=url,
        read=read,
        note=note,
    )
