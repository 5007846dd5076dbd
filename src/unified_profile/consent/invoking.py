"""Rights and signals: who invoked one, and what takes it back; who takes it back in part keeps the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from unified_profile.consent.law.places import within
from unified_profile.consent.scopes import ANY, RESTRICTION, Request, categories_of, speaks_for
from unified_profile.consent.statements import expires_at, heard_at, is_later
from unified_profile.consent.states import GRANTS, REFUSALS, SECOND_HAND, is_consent
from unified_profile.model import ConsentRecord


def invoked(  # noqa: PLR0917  # one call, of a case
    right: str,
    said: Sequence[ConsentRecord],
    at: datetime,
    request: Request,
    tolerance: timedelta,
    lifting: Iterable[ConsentRecord],
    /,
) -> tuple[ConsentRecord, ...]:
    """Return those of *said* that invoke *right* at *at* and that neither a taking back nor *lifting* undoes.

    A right is taken back in its own name; a signal never is, because its absence is no consent. *lifting* are what
    later consents were asked for by.
    """
    negative = [one for one in said if one.state in REFUSALS and heard_at(one) <= at]
    back = [one for one in said if one.state in GRANTS and one.method not in SECOND_HAND and _stands(one, at)]
    if right.startswith("signal:"):
        back = []
    elif right != RESTRICTION:  # whoever answers for it may end a restriction, not an objection
        back = [one for one in back if is_consent(one)]
    consents = [one for one in lifting if one.method not in SECOND_HAND]
    return tuple(
        one
        for one in negative
        if not any(is_later(other, one, tolerance) for other in consents)
        and not any(is_later(other, one, tolerance) and _as_broad(other, one, request) for other in back)
    )


def _stands(back: ConsentRecord, at: datetime) -> bool:
    ends = expires_at(back)
    return back.occurred_at <= at and (ends is None or at < ends)


def _as_broad(back: ConsentRecord, no: ConsentRecord, request: Request) -> bool:
    """Say whether a taking back names no less than was invoked, or all that is asked for."""
    if back.channel not in {ANY, no.channel} or back.brand not in {"", no.brand}:
        return False
    if back.controller and back.controller != no.controller and not speaks_for(back, request.controller):
        return False
    places = (no.jurisdiction, request.jurisdiction)
    if back.jurisdiction and not any(place and within(place, back.jurisdiction) for place in places):
        return False
    return _no_less(back.recipients, no.recipients, request.recipient) and _no_less(
        categories_of(back), categories_of(no), request.category
    )


def _no_less(back: Collection[str], no: Collection[str], asked: str) -> bool:
    """Say whether names taken back are those invoked, or that which is asked for; none are all."""
    return not back or asked in back or (bool(no) and set(no) <= set(back))
