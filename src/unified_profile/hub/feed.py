"""Plans over what was published: merges and splits, reads that were recorded; positions from which one resumes."""

from __future__ import annotations

import json

from unified_profile.hub.driver import Plan
from unified_profile.hub.neighborhoods import around
from unified_profile.hub.past import Then, anchors_of, as_known
from unified_profile.hub.reports import Access, ProfileMerged, ProfileSplit
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who, find
from unified_profile.model.rows import AccessRow, ChangeRow
from unified_profile.model.times import from_micros, to_micros
from unified_profile.model.values import Identifier
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


def accesses_of(who: Who, after: int, limit: int, setup: Setup, /) -> Plan[list[Access]]:
    """Return those of somebody: under every id that leads to them now, or that they were part of at the time.

    Raises:
        UnknownProfileError: If *who* is nobody; with why.
    """
    (found,) = yield from find([who], setup.rules)
    profile = found.one()
    (members,) = (yield Load((Find(NODES, "profile", [profile]),))) or ([],)
    nodes = [row.node for row in members]
    (anchors,) = (yield Load((Find(ANCHORS, "node", nodes),))) or ([],)
    theirs = {profile, *(row.profile for row in anchors)}
    near = yield from around(nodes[0], setup.rules)
    once = {row.profile for row in (yield from anchors_of(near.nodes))}
    (rows,) = (yield Load((Find(ACCESSES, "profile", sorted(theirs | once)),))) or ([],)
    rows = sorted((row for row in rows if row.position > after), key=_position)
    # What they came apart from since: were they part of it when it was read?
    doubtful = {(row.profile, row.at_us) for row in rows if row.profile not in theirs}
    asked = [(Identifier.of(node), from_micros(at)) for _, at in sorted(doubtful) for node in nodes]
    thens = yield from as_known(asked, setup)
    part = {(then.profile, to_micros(at)) for then, (_, at) in zip(thens, asked, strict=True) if isinstance(then, Then)}
    return [_access(row) for row in rows if row.profile in theirs or (row.profile, row.at_us) in part][:limit]


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
