"""Segments: who is in, of whom it cannot be known because they did not permit the question, and what changes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from unified_profile._tour.business import Audience
from unified_profile._tour.crowd import Somebody
from unified_profile._tour.paper import Paper
from unified_profile._tour.tables import columns
from unified_profile.expressions.shape import Language


@attrs.define
class Count:
    """Members, others and unknown of one segment, and its next change."""

    members: int = 0
    others: int = 0
    unknown: int = 0
    next_at: datetime | None = None
    leaving: int = 0
    joining: int = 0

    def changes(self, at: datetime, *, member: bool) -> None:
        """Note that somebody's membership changes *at* that instant."""
        if self.next_at is None or at < self.next_at:
            self.next_at, self.leaving, self.joining = at, 0, 0
        if at == self.next_at:
            self.leaving += member
            self.joining += not member


@attrs.define
class Belonging:
    """Asks every segment about everybody."""

    audiences: Sequence[Audience]
    counts: dict[str, Count] = attrs.field(factory=dict)

    def see(self, one: Somebody, /) -> None:
        """Ask about one person; what their purpose may not use is unknown under every operator."""
        for audience in self.audiences:
            segment, subject = audience.segment, one.subject(audience.asked)
            count = self.counts.setdefault(segment.name, Count())
            member = segment.test(subject, one.now)
            if member is None:
                count.unknown += 1
                continue
            count.members += member
            count.others += not member
            at = segment.next_change(subject, one.now)
            if at is not None:
                count.changes(at, member=member)

    def show(self, paper: Paper) -> None:
        """Write the section."""
        paper.heading("Segments, and their next change")
        paper.line()
        if not self.audiences:
            paper.text("No segment was declared.")
            return
        rows = []
        for audience in self.audiences:
            count = self.counts.get(audience.segment.name, Count())
            where = " ".join(part for part in (audience.segment.purpose, _where(audience)) if part)
            rows.append(
                (paper.say(audience.segment.name), where, f"{count.members:,}", f"{count.others:,}",
                 f"{count.unknown:,}", _next(paper, count))
            )  # fmt: skip
        paper.table(columns("segment", "for", "#in", "#out", "#unknown", "next change (UTC)"), rows)
        paper.line()
        language: Language = "ja" if paper.language == "ja" else "en"
        for audience in self.audiences:
            paper.item(f"{paper.say(audience.segment.name)}: {audience.segment.text(language)}")
        paper.line()
        paper.text(
            "Unknown: the person does not permit the purpose, so the rule may not look; they are in no segment of it. "
            "The next change is exact: nothing needs to be computed again before it, unless something new is told."
        )


def _where(audience: Audience) -> str:
    return "/".join(part for part in (audience.channel, audience.brand) if part not in {"", "any"})


def _next(paper: Paper, count: Count) -> str:
    if count.next_at is None:
        return paper.say("none")
    parts = []
    if count.leaving:
        parts.append(paper.say("{count} out", count=count.leaving))
    if count.joining:
        parts.append(paper.say("{count} in", count=count.joining))
    return f"{count.next_at:%Y-%m-%d %H:%M}: " + ", ".join(parts)
