"""What the hub does for many people at once: search, frames and features."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from unified_profile.consent.labels import shut
from unified_profile.consent.permits import Bound
from unified_profile.consent.view import PurposeView
from unified_profile.errors import InvalidInputError, LearnedLaterWarning
from unified_profile.frames import Backend, frame
from unified_profile.hub import features, golden, permitting, reading, seeing
from unified_profile.hub.arguments import many, name, names, number, pair_of, term
from unified_profile.hub.courses import Course, collected, everyone, reading as reads, writing as writes
from unified_profile.hub.reading import Moment, Person, moment
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who

_SOON = timedelta(hours=1)


def refresh(setup: Setup, /) -> Course[int]:
    """See ``Hub.refresh``."""
    total = 0
    when = moment(setup, None, None)
    while found := (yield from writes(lambda: golden.refresh(setup, when))):
        total += found
    return total


def search(
    setup: Setup, trait: str, value: str | float, /, *, purpose: str, channel: str, brand: str,
    as_of: datetime | None, known_at: datetime | None, after: str, limit: int,
) -> Course[list[PurposeView]]:  # fmt: skip
    """See ``Hub.search``."""
    reading.asked(setup, purpose, channel, brand)
    name(trait, "trait")
    term(value)
    name(after, "after", empty=True)
    limit = number(limit, "limit", least=1)
    known = setup.purposes[purpose]
    if not known.allows_trait(trait) or trait in shut(known, setup.profile_rules.derived_from):
        return []
    when = moment(setup, as_of, known_at)

    def seen(one: Person) -> PurposeView:
        return reading.view_of(one, setup, when, purpose=purpose, channel=channel, brand=brand)

    if when != Moment(when.now):
        hits = yield from _searched_then(setup, when, trait, golden.term(trait, value), seen)
        return [view for view in hits if view.profile_id > after][:limit]
    yield from refresh(setup)
    found: list[PurposeView] = []
    while len(found) < limit:
        ids = yield from reads(lambda after=after: golden.holders(trait, value, after, limit))  # type: ignore[misc]  # bound at once
        if not ids:
            break
        after = ids[-1]
        views = yield from collected(everyone(setup, when, ids, limit, seen))
        found += [view for view in views if view.permission.granted and trait in view]
    return found[:limit]


def _searched_then(
    setup: Setup, when: Moment, trait: str, wanted: str, seen: Callable[[Person], PurposeView]
) -> Course[list[PurposeView]]:
    """Look through everybody as they were: what is kept for search is of now."""

    def hit(one: Person) -> PurposeView | None:
        if wanted not in golden.terms_of(golden.golden_json(one)):
            return None
        view = seen(one)
        return view if view.permission.granted and trait in view else None

    found = yield from collected(everyone(setup, when, None, 500, hit))
    return sorted(filter(None, found), key=attrgetter("profile_id"))


def to_frame(
    setup: Setup, who: Iterable[Who] | None, /, *, purpose: str, channel: str, brand: str,
    recipient: str, traits: Sequence[str] | None, as_of: datetime | None, known_at: datetime | None, backend: Backend,
) -> Course[Any]:  # fmt: skip
    """See ``Hub.to_frame``."""
    wanted = _traits(traits)
    views: Sequence[PurposeView]
    if name(recipient, "recipient", empty=True):
        if as_of is not None or known_at is not None:
            raise InvalidInputError(field="recipient", reason="of a moment", hint="what leaves is decided on now")
        bound = permitting.bound_to(
            setup, action="export", purpose=purpose, channel=channel, recipient=recipient, brand=brand
        )
        views = yield from _let_out(setup, who, bound)
    else:
        views = yield from collected(
            seeing.profiles(
                setup, who, purpose=purpose, channel=channel, brand=brand, as_of=as_of, known_at=known_at, page=500
            )
        )
    return frame(features.columns(views, wanted), backend=backend)


def _let_out(setup: Setup, who: Iterable[Who] | None, bound: Bound) -> Course[Sequence[PurposeView]]:
    """Take a permit for *who* (everybody if None) and use it."""
    if who is None:
        who = yield from collected(seeing.ids(setup, known_at=None, page=1_000))
    made = yield from permitting.permit(setup, list(many(who, "who")), bound=bound, valid=_SOON)
    return (yield from permitting.release(setup, made, bound=bound)).views


def made_features(
    setup: Setup, rows: Iterable[tuple[Who, datetime]], /, *, purpose: str, channel: str, brand: str,
    traits: Sequence[str] | None, backend: Backend,
) -> Course[Any]:  # fmt: skip
    """See ``Hub.features``."""
    reading.asked(setup, purpose, channel, brand)
    wanted = _traits(traits)
    asked = [(one[0], one[1]) for one in many(rows, "rows") if pair_of(one, "rows")]
    when = moment(setup, None, None)
    views, later = yield from reads(
        lambda: features.at_their_times(asked, setup, when, purpose=purpose, channel=channel, brand=brand)
    )
    if later:
        warnings.warn(LearnedLaterWarning(rows=later), stacklevel=2)
    return frame({"at": [at for _, at in asked], **features.columns(views, wanted)}, backend=backend)


def _traits(traits: Sequence[str] | None) -> Sequence[str] | None:
    """Return the traits that were asked for, each a name and none twice."""
    found = names(traits, "traits")
    if found is None:
        return None
    if len(set(found)) < len(found):
        raise InvalidInputError(field="traits", reason="one of them stands twice", hint="name each once")
    return list(found)
