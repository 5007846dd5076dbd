"""Plans over what was published: merges and splits, raw reads; positions from which a consumer resumes."""

from __future__ import annotations

import json

from unified_profile.hub.driver import Plan
from unified_profile.hub.reports import Access, ProfileMerged, ProfileSplit
from unified_profile.model.rows import ChangeRow
from unified_profile.model.times import from_micros
from unified_profile.storage.commands import Load, Scan
from unified_profile.storage.tables import ACCESSES, CHANGES

PUBLISHED = frozenset({"profile_merged", "profile_split"})
_PAGE = 1_000


def changes(after: int, limit: int, /) -> Plan[list[ProfileMerged | ProfileSplit]]:
    """Return at most *limit* changes after position *after*, in the order in which they were committed."""
    found: list[ChangeRow] = []
    while len(found) < limit:
        (rows,) = (yield Load((Scan(CHANGES, (after,), _PAGE),))) or ([],)
        found += [row for row in rows if row.kind in PUBLISHED]  # golden values have a feed of their own
        if len(rows) < _PAGE:
            break
        after = rows[-1].position
    return [_change(row) for row in found[:limit]]


def accesses(after: int, limit: int, /) -> Plan[list[Access]]:
    """Return at most *limit* raw reads after position *after*."""
    (rows,) = (yield Load((Scan(ACCESSES, (after,), limit),))) or ([],)
    return [Access(row.profile, row.reason, from_micros(row.at_us), row.position) for row in rows]


def _change(row: ChangeRow) -> ProfileMerged | ProfileSplit:
    body = json.loads(row.body)
    at = from_micros(row.at_us)
    if row.kind == "profile_merged":
        return ProfileMerged(row.profile, body["absorbed"], at, row.position)
    redirects = tuple((old, now) for old, now in body["redirects"])
    return ProfileSplit(row.profile, tuple(body["into"]), redirects, at, row.position)
