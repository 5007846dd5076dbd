"""Why nothing allows it: the most telling reason, from what covers the request to what was said elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from unified_profile.consent.cases import Case

_TELLING = ("expired", "pending_confirmation", "unknown", "not_by_subject", "not_covered")


def why_not(cases: Sequence[Case], at: datetime, /) -> tuple[str, tuple[str, ...]]:
    """Return a code and the statements that it rests on; ``no_consent`` if nobody said anything."""
    reasons: dict[str, set[str]] = {}
    for case in cases:
        for timeline in case.exact():
            grants = timeline.grants(at)
            waiting, lost = timeline.waiting(at), timeline.unknown(at)
            if waiting is not None:
                reasons.setdefault("pending_confirmation", set()).add(waiting.id)
            elif lost is not None:
                reasons.setdefault("unknown", set()).add(lost.id)
            if not grants:
                lapsed = {one.id for one in timeline.lapsed(at) if case.covers(one)}
                if lapsed:
                    reasons.setdefault("expired", set()).update(lapsed)
                others = timeline.uncounted(at)
                if others and not lapsed:
                    reasons.setdefault("not_by_subject", set()).add(others[-1].id)
        other = {one.id for one in case.elsewhere(at) if not case.covers(one)}
        if other:
            reasons.setdefault("not_covered", set()).update(other)
    for code in _TELLING:
        if code in reasons:
            return code, tuple(sorted(reasons[code]))
    return "no_consent", ()
