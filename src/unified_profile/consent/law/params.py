"""What a row of each kind can say: a parameter that nothing reads, or nothing can read, is refused at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from types import MappingProxyType

from unified_profile.errors import InvalidRulesError
from unified_profile.model.values import Json

_MOST = 100_000


def _texts(found: Json) -> bool:
    return isinstance(found, list) and bool(found) and all(isinstance(one, str) and one for one in found)


def _text(found: Json) -> bool:
    return isinstance(found, str) and bool(found)


def _count(found: Json) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 < found <= _MOST


def _yes(found: Json) -> bool:
    return isinstance(found, bool)


def _hours(found: Json) -> bool:
    """Say whether *found* lists windows of a day; none: nobody may be met that day."""
    return isinstance(found, list) and all(isinstance(one, str) and window(one) is not None for one in found)


def window(text: str, /) -> tuple[time, time] | None:
    """Return the hours of ``"09:00-18:00"``; None if it is no window. The end of a day may be written ``24:00``.

    >>> window("09:00-18:00"), window("9-18"), window("20:00-24:00")
    ((datetime.time(9, 0), datetime.time(18, 0)), None, (datetime.time(20, 0), datetime.time(0, 0)))
    """
    start, _, end = text.partition("-")
    try:
        found = time.fromisoformat(start), time.fromisoformat("00:00" if end == "24:00" else end)
    except ValueError:
        return None
    written = len(start) == len(end) == len("09:00")
    naive = found[0].tzinfo is None and found[1].tzinfo is None
    return found if written and naive and (found[0] < found[1] or end == "24:00") else None


_SHAPES: Mapping[str, tuple[Callable[[Json], bool], str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("kinds", "channels", "categories", "conditions", "bases", "except_bases", "codes", "except_codes",
             "relations"), (_texts, 'a list of texts, e.g. ["email"]')),
        **dict.fromkeys(
            ("basis", "condition", "right", "question", "subject", "duty", "value", "list"), (_text, "a text")),
        **dict.fromkeys(
            ("age", "own_from", "days", "months", "hours", "business_days", "extension_days", "extension_months",
             "most"), (_count, f"a whole number from 1 to {_MOST:,}")),
        **dict.fromkeys(("third_party", "similar", "offered", "rolls", "any_basis"), (_yes, "true or false")),
        **dict.fromkeys(("weekday", "weekend", "sunday"), (_hours, 'a list of windows, e.g. ["09:00-18:00"]')),
    }
)  # fmt: skip

_WHOM = ("kinds", "channels")

_RIGHTS = frozenset({"right:restriction", "right:objection_to_marketing"})
"""What a row of the kind ``right`` can give; what people opt out of by another name is an ``opt_out``."""

PARAMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "basis": ("basis", "bases"),
        "special_category": ("categories",),
        "special_condition": ("condition", "conditions"),
        "child": ("age", "own_from", "kinds", "any_basis"),
        "right": ("right",),
        "opt_out": ("right", "categories", "kinds"),
        "consent_required": (*_WHOM, "categories", "except_bases", "third_party"),
        "soft_opt_in": (*_WHOM, "relations", "months", "similar", "offered"),
        "double_opt_in": _WHOM,
        "consent_lapses": (*_WHOM, "months"),
        "do_not_call": (*_WHOM, "list"),
        "quiet_hours": (*_WHOM, "weekday", "weekend", "sunday", "except_codes"),
        "frequency_cap": (*_WHOM, "most", "hours"),
        "duty": (*_WHOM, "duty", "value", "codes", "third_party"),
        "deadline": ("question", "days", "months", "hours", "business_days", "extension_days", "extension_months",
                     "rolls"),
        "reask": (*_WHOM, "days", "months"),
        "retention": ("subject", "months"),
    }
)  # fmt: skip
"""The parameters that a row of each kind can have."""

_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "special_category": ("categories",),
        "child": ("age",),
        "right": ("right",),
        "quiet_hours": ("weekday",),
        "frequency_cap": ("most", "hours"),
        "duty": ("duty",),
        "deadline": ("question",),
        "consent_lapses": ("months",),
        "retention": ("subject", "months"),
    }
)
"""Those without which a row of the kind would say nothing."""


def checked(row: str, kind: str, params: Mapping[str, Json], /) -> None:
    """Refuse *params* that a row of *kind* does not have, or that say what it cannot read.

    Raises:
        InvalidRulesError: With the parameter's name, and what it can be.
    """

    def refused(name: str, reason: str, hint: str) -> InvalidRulesError:
        return InvalidRulesError(field=f"law {row!r}.params.{name}", reason=reason, hint=hint)

    for name, found in params.items():
        if name not in PARAMS[kind]:
            raise refused(name, f"nothing of a {kind} row", "one of " + ", ".join(PARAMS[kind]))
        fits, shape = _SHAPES[name]
        if not fits(found):
            raise refused(name, "cannot be read", shape)
    for name in _NEEDED.get(kind, ()):
        if name not in params:
            raise refused(name, "missing", _SHAPES[name][1])
    if kind == "right" and params["right"] not in _RIGHTS:
        raise refused("right", "nothing asks for it", "one of " + ", ".join(sorted(_RIGHTS)) + ", or an opt_out row")
