"""Plans that say why: the path of facts between two identifiers of a person, and whom a clerk should look at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from unified_profile.errors import UnknownProfileError
from unified_profile.hub.driver import Plan
from unified_profile.hub.ingest import MODEL
from unified_profile.hub.reports import IdentityConflict, ReviewItem, Step
from unified_profile.hub.setup import Setup
from unified_profile.hub.whose import Who, facts_of, find
from unified_profile.identity.bundles import placed
from unified_profile.identity.walk import JUDGEMENTS
from unified_profile.identity.working import nodes_of
from unified_profile.model.redaction import Veiled
from unified_profile.model.rows import EdgeRow, NodeRow, StatementRow
from unified_profile.model.times import from_micros
from unified_profile.model.values import Identifier
from unified_profile.storage.commands import Find, Get, Load, Scan
from unified_profile.storage.tables import BUNDLES, EDGES, META, NODES, PROFILES, STATEMENTS


def explained(who: Who, setup: Setup, between: tuple[Identifier, Identifier] | None, /) -> Plan[tuple[str, list[Step]]]:
    """Return a person's id and what holds them together: all steps, or the shortest path *between* two identifiers.

    Raises:
        UnknownProfileError: If *who* is nobody, or one of the two is not this person's.
    """
    (found,) = yield from find([who], setup.rules)
    profile = found.one()
    (members,) = (yield Load((Find(NODES, "profile", [profile]),))) or ([],)
    nodes = Veiled[str, None].fromkeys(row.node for row in members)
    ends = Veiled[str, str]()
    leaves: list[NodeRow] = []
    if between is not None:
        ends |= {"start": _end(between[0], setup), "goal": _end(between[1], setup)}
        (rows,) = (yield Load((Get(NODES, [(end,) for end in ends.values()]),))) or ([],)
        leaves = [row for row in rows if row.leaf_of in nodes]
        nodes |= dict.fromkeys(row.node for row in leaves)
        if not nodes.keys() >= set(ends.values()):
            raise UnknownProfileError(because="one of the two identifiers is not this person's")
    edges, said, flags = (
        yield Load((Find(EDGES, "node", sorted(nodes)), Find(STATEMENTS, "left", sorted(nodes)), Get(META, [(MODEL,)])))
    ) or ([], [], [])
    ties: dict[tuple[str, str], EdgeRow | StatementRow] = {}
    for edge in edges:
        if edge.centre in nodes:
            ties[edge.node, edge.centre] = edge
    for leaf in leaves:
        ties[leaf.node, leaf.leaf_of or ""] = EdgeRow(leaf.node, leaf.leaf_of or "", None, leaf.first_us, leaf.first_us)
    latest, links = _standing(said, flags[0].value if flags else "")
    for row in (*(row for row in latest.values() if row.kind == "same"), *links.values()):
        if row.right in nodes:
            ties.setdefault((row.left, row.right), row)
    chosen = _path(ends["start"], ends["goal"], ties) if ends else sorted(ties)
    steps = []
    for pair in chosen:
        steps.append((yield from _step(ties[pair])))  # noqa: PERF401  # a comprehension cannot yield
    return profile, steps


def _standing(
    said: Iterable[StatementRow], model: str
) -> tuple[dict[tuple[str, str], StatementRow], dict[tuple[str, str], StatementRow]]:
    """Return each pair's judgement that counts, and each pair's heaviest link by *model* that nobody doubts."""
    latest: dict[tuple[str, str], StatementRow] = {}
    links: dict[tuple[str, str], StatementRow] = {}
    for row in sorted(said, key=lambda row: (row.said_us, row.weight, row.id)):
        pair = (row.left, row.right)
        if row.kind in JUDGEMENTS:
            latest[pair] = row
        elif row.kind == "link" and row.model == model and (pair not in links or links[pair].weight < row.weight):
            links[pair] = row
    return latest, {pair: row for pair, row in links.items() if pair not in latest or latest[pair].kind != "unsure"}


def _end(identifier: Identifier, setup: Setup) -> str:
    home = placed(identifier, setup.rules)
    if home is None or home[0] != "link":
        raise UnknownProfileError(because="one of the two identifiers links nobody")
    return home[1]


def _path(start: str, goal: str, ties: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the shortest path as pairs in *ties*; breadth first, ties broken by name."""
    around: dict[str, list[tuple[str, tuple[str, str]]]] = {}
    for pair in sorted(ties):
        around.setdefault(pair[0], []).append((pair[1], pair))
        around.setdefault(pair[1], []).append((pair[0], pair))
    came: dict[str, tuple[str, tuple[str, str]] | None] = {start: None}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there, pair in around.get(here, ()):
            if there not in came:
                came[there] = (here, pair)
                queue.append(there)
    path = []
    step = came.get(goal)
    while step is not None:
        path.append(step[1])
        step = came[step[0]]
    return path[::-1]


def _step(tie: EdgeRow | StatementRow) -> Plan[Step]:
    """Return a tie with the earliest fact that says it."""
    if isinstance(tie, StatementRow):
        return Step(
            Identifier.of(tie.left), Identifier.of(tie.right), tie.kind, tie.id if tie.kind in JUDGEMENTS else "",
            from_micros(tie.said_us),
        )  # fmt: skip
    (centred,) = (yield Load((Find(BUNDLES, "centre", [tie.centre]),))) or ([],)
    keys = {row.bundle for row in centred if tie.node in nodes_of(row.nodes)}
    facts = yield from facts_of(sorted(keys))
    first = min((fact for _, fact in facts), key=lambda fact: (fact.occurred_us, fact.id), default=None)
    return Step(
        Identifier.of(tie.node),
        Identifier.of(tie.centre),
        "fact",
        "" if first is None else first.id,
        from_micros(tie.first_us if first is None else first.occurred_us),
    )


JUDGED_IN_VAIN = "judged the same, but a limit or another judgement keeps their people apart"


def review(limit: int, /) -> Plan[list[ReviewItem]]:
    """Return what a clerk should look at: machine links that nobody judged, UNSURE pairs, SAMEs in vain.

    A SAME was in vain if it was refused, or if it joined two identifiers, but not the people whose facts speak of them.
    The weightiest machine links come first. Of several judgements of a pair the latest counts; one that was judged the
    same or different needs nobody any more.
    """
    said, flags = (yield Load((Find(STATEMENTS, "kind", ["link", *sorted(JUDGEMENTS)]), Get(META, [(MODEL,)])))) or (
        [],
        [],
    )
    latest, _ = _standing((row for row in said if row.kind != "link"), "")
    _, links = _standing((row for row in said if row.kind == "link"), flags[0].value if flags else "")
    weights = {pair: row.weight for pair, row in links.items()}
    ends = sorted({end for pair in (*latest, *weights) for end in pair})
    same = sorted({end for pair, row in latest.items() if row.kind == "same" for end in pair})
    rows, edges = (yield Load((Get(NODES, [(end,) for end in ends]), Find(EDGES, "node", same)))) or ([], [])
    centres = sorted({edge.centre for edge in edges} - set(ends))
    (more,) = (yield Load((Get(NODES, [(centre,) for centre in centres]),))) or ([],)
    home: dict[str, str] = {row.node: row.profile or "" for row in (*rows, *more)}
    left_behind = {edge.node: edge.centre for edge in edges if home.get(edge.centre) != home.get(edge.node)}
    items = []
    for pair in {**weights, **latest}:
        one, other = home.get(pair[0], ""), home.get(pair[1], "")
        apart = one != other
        kind = latest[pair].kind if pair in latest else ""
        reason = {
            "": "a machine link is not followed" if apart else "held together by a machine link",
            "unsure": "a clerk was not sure",
            "same": "judged the same, but kept apart by a later judgement or a limit" if apart else "",
            "different": "",
        }[kind]
        if kind == "same" and not apart:
            # The pair is together, but one of the two had to leave people whose facts speak of it.
            behind = next((left_behind[end] for end in pair if end in left_behind), None)
            if behind is not None:
                reason, other = JUDGED_IN_VAIN, home.get(behind, "")
        if reason:
            left, right = Identifier.of(pair[0]), Identifier.of(pair[1])
            items.append(ReviewItem(one, other, reason, weights.get(pair, 0.0), left, right))
    items.sort(key=lambda item: (-item.weight, item.reason, item.left, item.right))
    return items[:limit]


def conflicts(limit: int, /) -> Plan[list[IdentityConflict]]:
    """Return at most *limit* identifiers that lie apart from people whose facts speak of them."""
    found: list[IdentityConflict] = []
    after: tuple[str] | None = None
    while len(found) < limit:
        (page,) = (yield Load((Scan(PROFILES, after, 500),))) or ([],)
        unclean = [row.profile for row in page if not row.clean]
        (members,) = (yield Load((Find(NODES, "profile", unclean),))) or ([],) if unclean else ([],)
        owner = {row.node: row.profile for row in members}
        (edges,) = (yield Load((Find(EDGES, "core", sorted(owner)),))) or ([],) if owner else ([],)
        strange = sorted({edge.node for edge in edges} - owner.keys())
        (others,) = (yield Load((Get(NODES, [(node,) for node in strange]),))) or ([],) if strange else ([],)
        home: dict[str, str | None] = {**owner, **{row.node: row.profile for row in others}}
        found += [
            IdentityConflict(owner[edge.centre], Identifier.of(edge.node), home.get(edge.node))
            for edge in sorted(edges)
            if home.get(edge.node) != owner[edge.centre]
        ]
        if len(page) < 500:  # the page above
            break
        after = (page[-1].profile,)
    return found[:limit]
