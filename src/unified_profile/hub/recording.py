"""Reads without a purpose: whoever makes one says why, and that is kept before the answer is given."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.hub.arguments import name
from unified_profile.hub.driver import Plan
from unified_profile.hub.setup import Setup
from unified_profile.hub.still_there import gone, still_there
from unified_profile.model.rows import AccessRow
from unified_profile.model.times import to_micros
from unified_profile.storage.commands import Changes, Commit, Put
from unified_profile.storage.tables import ACCESSES

_LONGEST_REASON = 500
_SHORTEST_REASON = 3


@attrs.frozen
class Why:
    """What is called, why, and by whom."""

    what: str
    reason: str
    by: str


def why(what: str, reason: object, by: object, /) -> Why:
    """Return what is to be recorded of a call of *what*.

    Raises:
        InvalidInputError: If *reason* is none, or *by* names nobody.
    """
    if not isinstance(reason, str) or len(reason.strip()) < _SHORTEST_REASON:
        raise InvalidInputError(field="reason", reason="missing or too short", hint="say why it is needed")
    kept = "".join(letter if letter.isprintable() else " " for letter in reason.strip()[:_LONGEST_REASON])
    return Why(what, kept, name(by, "by", empty=True))


def recorded(profiles: Iterable[str], because: Why, setup: Setup, /, *, read_before: bool = False) -> Plan[None]:
    """Keep that values or identifiers of *profiles* are about to be shown; "" stands for those that are nobody's.

    Of somebody who was erased since, nothing may be kept: who read them in this plan reads again. What was *read
    before* this plan cannot be: it is kept as nobody's.
    """
    names = list(dict.fromkeys(profiles))
    if read_before:
        erased = yield from gone(names)
        names = list(dict.fromkeys("" if one in erased else one for one in names))
    else:
        yield from still_there(names)
    at_us = to_micros(setup.clock())
    rows = [AccessRow(one, because.reason, at_us, because.what, because.by) for one in names]
    if rows:
        yield Commit(Changes(puts=[Put(ACCESSES, rows)]))
