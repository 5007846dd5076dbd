"""Records in, profiles out: what became of each source, how many people there are, and what joined nobody, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import attrs

from unified_profile import Hub
from unified_profile._tour.crowd import Somebody
from unified_profile._tour.measures import ANSWERED
from unified_profile._tour.paper import Paper, counted
from unified_profile._tour.tables import columns
from unified_profile._tour.taking import Taken
from unified_profile.hub import Quarantined
from unified_profile.hub.door import batches
from unified_profile.hub.everybody import everything, partition
from unified_profile.identity.limits import summary_of
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model import Identifier
from unified_profile.storage.commands import Get
from unified_profile.storage.tables import EDGES, FACTS, NODES

K = TypeVar("K", str, tuple[str, str])
_SIZES = ((1, 1), (2, 5), (6, 20), (21, None))


@attrs.frozen
class NotJoined:
    """What links nobody any more, and which ties were refused: each with its reason and how often."""

    shared: Counter[str]
    refused: Counter[tuple[str, str]]
    floating: int
    nobody: int
    answers: int
    """Survey answers among the facts of nobody."""


@attrs.define
class Unified:
    """Counts what belongs to whom."""

    people: Counter[str] = attrs.field(factory=Counter)
    """How many people each source speaks of."""
    sizes: Counter[tuple[int, int | None]] = attrs.field(factory=Counter)
    sources: Counter[int] = attrs.field(factory=Counter)
    """How many people are known from so many sources."""
    unnamed: int = 0
    """People of whom no source tells an address, a number or a record of its own: visitors."""

    def see(self, one: Somebody, /) -> None:
        """Count one person."""
        told = {fact.source for fact in one.person.facts}
        self.people.update(told)
        self.sources[len(told)] += 1
        count = len(one.person.facts)
        self.sizes[next(size for size in _SIZES if size[1] is None or count <= size[1])] += 1
        spaces = {identifier.namespace for identifier in one.person.profile.identifiers}
        self.unnamed += spaces <= {"anonymous_id", "device_id", "session_id"}

    def show(self, paper: Paper, taken: Sequence[Taken], hub: Hub, *, hint: str = "") -> NotJoined:
        """Write the section, and return what joined nobody; *hint* follows where a limit was reached."""
        paper.heading("Records in, profiles out")
        paper.line()
        rows = [
            (
                each.source.name,
                each.source.file,
                paper.say(each.source.tells),
                f"{each.read:,}",
                f"{each.report.accepted:,}",
                f"{each.report.duplicates:,}",
                f"{each.report.n_quarantined:,}",
                f"{each.report.merged:,}",
                f"{each.report.split:,}",
                f"{self.people[each.source.name]:,}",
            )
            for each in taken
        ]
        paper.table(
            columns(
                "source", "?file", "?tells", "#read", "#accepted", "#repeated", "#quarantined", "#merged", "#split",
                "#people",
            ),
            rows,
        )  # fmt: skip
        paper.line()
        paper.text(
            "Repeated lines count once. Merged and split: how often people turned out to be one, or a limit or a "
            "shared value took them apart again; the end does not depend on the order. People: of how many a source "
            "speaks."
        )
        _show_quarantine(paper, taken)
        self._show_people(paper)
        found = not_joined(hub)
        _show_not_joined(paper, found)
        if hint and any(space for _, space in found.refused):
            paper.line()
            paper.text(hint)
        return found

    def _show_people(self, paper: Paper) -> None:
        total = sum(self.sizes.values())
        paper.subheading(counted(paper, total, "{n:,} person", "{n:,} people"))
        rows: list[tuple[str, str]] = []
        for count in sorted(self.sources):
            said = "known from 1 source" if count == 1 else "known from {count} sources"
            rows.append((paper.say(said, count=count), f"{self.sources[count]:,}"))
        for low, high in _SIZES:
            text = "{low} facts or more" if high is None else "1 fact" if high == 1 else "{low} to {high} facts"
            rows.append((paper.say(text, low=low, high=high), f"{self.sizes[low, high]:,}"))
        rows.append((paper.say("visitors who never said who they are"), f"{self.unnamed:,}"))
        paper.table(columns("of them", "#people"), rows)


def _show_not_joined(paper: Paper, found: NotJoined) -> None:
    paper.subheading("What joined nobody, and why")
    told = [
        (paper.say("{kind}: value no longer links", kind=kind), count,
         paper.say("seen beside too many customer numbers or other personal ids: several people share it"))
        for kind, count in _by_size(found.shared)
    ]  # fmt: skip
    for (kind, space), count in _by_size(found.refused):
        text = "one person would have too many of {space}" if space else "a judgement, or an earlier tie, forbids it"
        told.append((paper.say("{kind}: tie refused", kind=kind), count, paper.say(text, space=space)))
    if found.nobody:
        text = "its identifiers are blank, junk or shared; kept, and found again if that changes"
        told.append((paper.say("fact of nobody"), found.nobody, paper.say(text)))
    if found.floating:
        text = "everybody it was seen with has refused it"
        told.append((paper.say("identifier of nobody"), found.floating, paper.say(text)))
    if told:
        paper.table(columns("what", "#times", "because"), [(what, f"{n:,}", why) for what, n, why in told])
    else:
        paper.text("Nothing: every identifier belongs to somebody, and no limit was reached.")


def _by_size(counts: Counter[K]) -> list[tuple[K, int]]:
    """Return what was counted, most first, and in every run in the same order."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _show_quarantine(paper: Paper, taken: Iterable[Taken]) -> None:
    rows = []
    for each in taken:
        counts: Counter[str] = Counter()
        first: dict[str, str] = {}
        for one in each.report.quarantined:
            line, reason = _line_and_reason(one)
            counts[reason] += 1
            first.setdefault(reason, line)
        rows += [
            (each.source.name, each.source.file, first[reason], f"{count:,}", reason)
            for reason, count in counts.most_common(5)
        ]
    if rows:
        paper.subheading("Quarantined: kept with the reason, and taken by hub.replay() once it is mended")
        paper.table(columns("source", "file", "#first line", "#times", "reason"), rows)


def _line_and_reason(one: Quarantined) -> tuple[str, str]:
    """Return the number of the line, if it is known, and the reason without it, so that equal ones count together."""
    head, colon, field = one.field.partition(": ")
    if colon and head.startswith("line "):
        return head.removeprefix("line "), f"{field}: {one.reason}"
    return "–", f"{one.field}: {one.reason}"


def not_joined(hub: Hub) -> NotJoined:
    """Return what does not join people: shared values, ties beyond a limit, facts and identifiers of nobody."""
    rules = hub.setup.rules
    with hub.store.session(hub.setup.tenant) as session:
        found = partition(session, rules)
        home = {node: profile for profile, nodes in found.nodes.items() for node in nodes}
        shared = Counter(Identifier.of(row.node).namespace for row in everything(session, NODES) if row.shared)
        apart = {
            (row.node, home[row.node], home[row.centre])
            for row in everything(session, EDGES)
            if row.node in home and row.centre in home and home[row.node] != home[row.centre]
        }
        answers = sum(
            row.kind == "event" and f'"{ANSWERED}"' in row.body
            for ids in batches(sorted(found.nobody), 500)
            for row in session.read((Get(FACTS, [(id,) for id in ids]),))[0]
        )
    refused = Counter(
        (Identifier.of(node).namespace, _crowded(found.nodes[one], found.nodes[other], rules))
        for node, one, other in apart
    )
    return NotJoined(shared, refused, len(found.floating), len(found.nobody), answers)


def _crowded(one: Iterable[str], other: Iterable[str], rules: IdentityRules) -> str:
    """Return the space of which two people together would have too many; empty if there is none."""
    mine, theirs = summary_of(one, rules), summary_of(other, rules)
    for space in sorted(mine.keys() & theirs.keys(), key=lambda space: rules.rank_of(f"{space}:")):
        limit = rules.namespace(space.partition("@")[0]).limit
        if limit is not None and len({*mine[space], *theirs[space]}) > limit:
            return space
    return ""
