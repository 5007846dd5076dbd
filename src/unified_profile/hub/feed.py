"""Plans over what was published: merges and splits, reads that were recorded; positions from which one resumes."""

from __future__ import annotations

import json

from unified_profile.hub.driver import Plan
from unified_profile.hub.reports import Access, ProfileMerged, ProfileSplit
from unified_profile.hub.whose import Who, find
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model.rows import AccessRow, ChangeRow
from unified_profile.model.times import from_micros
from unified_profile.storage.commands import Find, Load, Scan
from unified_profile.storage.tables import ACCESSES, ANCHORS, CHANGES, NODES

_ERASED = "erased"
PUBLISHED = frozenset({"profile_merged", "profile_split", _ERASED})
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
    """Return at most *limit* reads without a purpose after position *after*."""
    (rows,) = (yield Load((Scan(ACCESSES, (after,), limit),))) or ([],)
    return [_access(row) for row in rows]


def accesses_of(who: Who, after: int, limit: int, rules: IdentityRules, /) -> Plan[list[Access]]:
    """Return those of somebody, under every id that leads to them now.

    Raises:
        UnknownProfileError: If *who* is nobody; with why.
    """
    (found,) = yield from find([who], rules)
    profile = found.one()
    (members,) = (yield Load((Find(NODES, "profile", [profile]),))) or ([],)
    (anchors,) = (yield Load((Find(ANCHORS, "node", [row.node for row in members]),))) or ([],)
    ids = sorted({profile, *(row.profile for row in anchors)})
    (rows,) = (yield Load((Find(ACCESSES, "profile", ids),))) or ([],)
    return [_access(row) for row in sorted(rows, key=_position) if row.position > after][:limit]


def _position(row: AccessRow) -> int:
    return row.position


def _access(row: AccessRow) -> Access:
    return Access(row.profile, row.reason, from_micros(row.at_us), row.position, row.what, row.by)


def _change(row: ChangeRow) -> ProfileMerged | ProfileSplit:
    body = json.loads(row.body)
    at = from_micros(row.at_us)
    if row.kind == _ERASED:  # nobody is left of it
        return ProfileSplit(row.profile, (), ((row.profile, None),), at, row.position)
    if row.kind == "profile_merged":
        return ProfileMerged(row.profile, body["absorbed"], at, row.position)
    redirects = tuple((old, now) for old, now in body["redirects"])
    return ProfileSplit(row.profile, tuple(body["into"]), redirects, at, row.position)
