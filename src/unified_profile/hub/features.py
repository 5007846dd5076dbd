"""Columns of what a purpose may see, and what was known of somebody at a time: for frames and models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from unified_profile.consent.view import PurposeView
from unified_profile.errors import UnknownProfileError
from unified_profile.hub.driver import Plan
from unified_profile.hub.reading import Moment, views
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who
from unified_profile.model.times import aware


def columns(found: Sequence[PurposeView | None], traits: Sequence[str] | None, /) -> dict[str, list[Any]]:
    """Return one list per column: ``profile_id``, ``granted``, and each trait (null where denied or missing)."""
    names = sorted({name for view in found if view is not None for name in view}) if traits is None else list(traits)
    made: dict[str, list[Any]] = {
        "profile_id": [None if view is None else view.profile_id for view in found],
        "granted": [view is not None and view.permission.granted for view in found],
    }
    for name in names:
        made[name] = [None if view is None else view.get(name) for view in found]
    return made


def at_the_time(
    who: Who, at: datetime, setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str
) -> Plan[PurposeView | None]:
    """Return *who* as *purpose* could see them at *at*, with what was known then; None if nobody was known."""
    moment = aware(at, field="at")
    then = attrs.evolve(when, as_of=moment, known_at=moment)
    try:
        (found,) = yield from views([who], setup, then, purpose=purpose, channel=channel, brand=brand)
    except UnknownProfileError:
        return None
    return found
