"""Lets nothing be kept about somebody who was erased while it was decided: it would outlive the erasure."""

from __future__ import annotations

from collections.abc import Iterable

from unified_profile.errors import ConflictError
from unified_profile.hub.driver import Plan
from unified_profile.storage.commands import Get, Hold, Load
from unified_profile.storage.tables import ANCHORS

UNNAMED = "then_"
"""How the id begins under which somebody is shown, as of then, who never got one: no row ever knew it."""


def gone(profiles: Iterable[str], /) -> Plan[set[str]]:
    """Keep other writers out, and return which of *profiles*, ids that were read before, no row knows any more.

    An id is known from the time it was given out, merged and split ones included, until its person is erased.
    """
    names = sorted({one for one in profiles if one and not one.startswith(UNNAMED)})
    if not names:
        return set()
    asked = (Get(ANCHORS, [(one,) for one in names]),)
    (rows,) = (yield Hold(asked)) or (yield Load(asked)) or ([],)
    return {*names} - {row.profile for row in rows}


def still_there(profiles: Iterable[str], /) -> Plan[None]:
    """Go on only if nobody of *profiles* was erased since they were read in this plan; keep other writers out.

    Raises:
        ConflictError: If somebody was; who decides again finds out.
    """
    if (yield from gone(profiles)):
        raise ConflictError("somebody was erased while this was decided; decide again")
