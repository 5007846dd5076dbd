"""Columns of what a purpose may see, and what was known of somebody at a time: for frames and models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from unified_profile.consent.view import PurposeView
from unified_profile.hub.driver import Plan
from unified_profile.hub.past import Nobody, as_known
from unified_profile.hub.reading import Moment, people_then, view_of
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


def at_their_times(
    asked: Sequence[tuple[Who, datetime]], setup: Setup, when: Moment, /, *, purpose: str, channel: str, brand: str
) -> Plan[tuple[list[PurposeView | None], int]]:
    """Return each of *asked* as *purpose* could see them at that time, with what was known then; None for nobody.

    Also return how many are nobody, although something had happened by then, or lack most of what had happened, because
    it was learned later.

    Rows of one neighborhood are answered in order of time: what was known around it is loaded once, and told once.
    """
    moments = [aware(at, field="at") for _, at in asked]
    thens = yield from as_known([(who, at) for (who, _), at in zip(asked, moments, strict=True)], setup)
    known = [(then, attrs.evolve(when, as_of=at, known_at=at)) for then, at in zip(thens, moments, strict=True)
             if not isinstance(then, Nobody)]  # fmt: skip
    people = iter((yield from people_then([then for then, _ in known], setup, [at for _, at in known])))
    found: list[PurposeView | None] = []
    for then, at in zip(thens, moments, strict=True):
        if isinstance(then, Nobody):
            found.append(None)
        else:
            at_the_time = attrs.evolve(when, as_of=at, known_at=at)
            found.append(view_of(next(people), setup, at_the_time, purpose=purpose, channel=channel, brand=brand))
    later = sum(then.learned_later for then in thens)
    return found, later
