"""One person, as two purposes may see them: what is there and where from, what is denied, what holds it together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from unified_profile import Hub, Identifier, PurposeView
from unified_profile._tour.business import Asked, Business
from unified_profile._tour.crowd import Somebody
from unified_profile._tour.paper import Paper, counted
from unified_profile._tour.tables import columns
from unified_profile.engagement.context import Context
from unified_profile.hub.reports import Step
from unified_profile.model import ConsentRecord, Event, Fact, Json, Permission, SourceRecord
from unified_profile.model.values import RECORD

_MOST, _MOST_ENDS = 14, 50
_TAKEN_BACK = ("expired", "revoked", "refused", "withdrawn")
_CHANNEL = "chat"
_KINDS: Mapping[type[Fact], str] = {SourceRecord: "record", ConsentRecord: "consent"}


@attrs.define
class Example:
    """Finds a telling person: consent taken back, Japanese if there is one, known from many sources."""

    business: Business
    best: tuple[tuple[int, ...], str] | None = None
    profile: str = ""
    who: Identifier | None = None
    facts: Mapping[str, Fact] = attrs.field(factory=dict)

    def see(self, one: Somebody, /) -> None:
        """Remember who tells most; of equals whoever has the first identifier, so that every run shows the same."""
        person, profile = one.person, one.person.profile
        asked = self.business.compared
        code = one.subject(asked).permissions[asked.purpose, asked.channel].code
        country = profile.traits.get("country")
        rank = (
            -(_TAKEN_BACK.index(code) + 1 if code in _TAKEN_BACK else 0),
            -(country is not None and country.value == "JP"),
            -len({fact.source for fact in person.facts}),
            -any(isinstance(fact, Event) and fact.name == "Ticket Opened" for fact in person.facts),
            -len(profile.identifiers),
            -len(person.facts),
        )
        telling = (rank, min((identifier.node for identifier in profile.identifiers), default=profile.id))
        if self.best is None or telling < self.best:
            self.best, self.profile = telling, profile.id
            self.who = min(profile.identifiers, key=_speaking, default=None)
            self.facts = {fact.id: fact for fact in person.facts}

    def show(self, paper: Paper, hub: Hub) -> None:
        """Write the sections on one person."""
        paper.heading("One person, seen for two purposes")
        paper.line()
        if not self.profile:
            paper.text("There is nobody yet.")
            return
        seen, compared = (self._view(hub, asked) for asked in (self.business.seen, self.business.compared))
        sources = sorted({fact.source for fact in self.facts.values()})
        count = counted(paper, len(self.facts), "{n:,} fact", "{n:,} facts")
        who = paper.say("Somebody") if self.who is None else _shown(self.who)
        paper.text("{profile}: {count} from {sources}.", profile=who, count=count, sources=", ".join(sources))
        paper.line()
        self._show_traits(paper, hub, seen, compared)
        paper.line()
        for asked, view in ((self.business.seen, seen), (self.business.compared, compared)):
            paper.text("{asked}: {answer}", asked=_named(paper, asked), answer=self._because(paper, view.permission))
        asked = self.business.seen
        self._show_context(paper, hub.context(self.profile, purpose=asked.purpose, channel=_CHANNEL, brand=asked.brand))
        self._show_identity(paper, hub)

    def _view(self, hub: Hub, asked: Asked) -> PurposeView:
        return hub.profile(self.profile, purpose=asked.purpose, channel=asked.channel, brand=asked.brand)

    def _show_traits(self, paper: Paper, hub: Hub, seen: PurposeView, compared: PurposeView) -> None:
        names = sorted({*seen, *compared})
        nothing = {_cell(paper, compared, name) for name in names} if not compared else set()
        rows: list[tuple[str, ...]] = []
        for name in names[:_MOST]:
            origin, others = "", ""
            if name in seen:
                trait = seen.trait(name)
                first = trait.provenance[0] if trait.provenance else None
                origin = trait.rule if first is None else f"{first.source} {_day(first.occurred_at)}"
                shown = _normal(hub, name, trait.value)
                lost = [
                    f"{_short(value)} ({by.source})"
                    for value, by in trait.losers
                    if value != trait.value and _normal(hub, name, value) != shown
                ]
                different = list(dict.fromkeys(lost))
                others = ", ".join(different[:2]) + (" …" if len(different) > 2 else "")
            rows.append((name, _cell(paper, seen, name), _cell(paper, compared, name), origin, others))
        heads = columns("trait", seen.purpose.name, compared.purpose.name, "told by", "also said")
        if len(nothing) == 1:
            # One and the same answer in every row is a sentence, and no column.
            heads, rows = [*heads[:2], *heads[3:]], [(*row[:2], *row[3:]) for row in rows]
        paper.table(heads, rows)
        if len(nothing) == 1:
            paper.line()
            paper.text("{purpose} sees none of it: {answer}.", purpose=compared.purpose.name, answer=nothing.pop())
        if len(names) > _MOST:
            paper.text("… and {count} more.", count=len(names) - _MOST)

    def _because(self, paper: Paper, permission: Permission) -> str:
        """Return the answer with the facts that it rests on."""
        answer = paper.say("granted" if permission.granted else "denied")
        facts = [
            f"{paper.say(str(fact.state))} {_day(fact.occurred_at)} ({' '.join(filter(None, (fact.method, fact.id)))})"
            for fact in map(self.facts.get, permission.because)
            if isinstance(fact, ConsentRecord)
        ]
        rules = [one.removeprefix("rule:") for one in permission.because if one.startswith("rule:")]
        until = "" if permission.changes_at is None else paper.say("; until {day}", day=_day(permission.changes_at))
        return f"{answer} ({permission.code}): {', '.join(facts or rules)}{until}"

    def _show_context(self, paper: Paper, found: Context) -> None:
        paper.subheading("Should they turn up on {channel} now, this is at hand:", channel=_CHANNEL)
        rows: list[tuple[str, str, str, str]] = [
            (paper.say("last"), _day(one.at), one.channel or "–", _told(one.what, one.details))
            for one in found.last_interactions[:3]
        ]
        rows += [
            (paper.say("open"), _day(one.opened_at), one.channel or "–", f"{one.key} {one.subject}")
            for one in found.open_threads[:2]
        ]
        rows += [
            (paper.say("promise {state}", state=paper.say(one.state)), _day(one.due_at), one.channel or "–", one.key)
            for one in found.promises[-2:]
        ]
        if rows:
            paper.table(columns("kind", "when", "channel", "about"), rows)
        else:
            paper.text("Nothing has happened yet that this purpose may see.")

    def _show_identity(self, paper: Paper, hub: Hub) -> None:
        """Write the longest of the shortest paths from the strongest identifier to another."""
        paper.heading("Why this is one person")
        paper.line()
        reason = "shown in the tour: what holds this profile together"
        whole = hub.raw(self.profile, reason=reason)
        ends = _farthest(hub.explain_identity(self.profile, reason=reason))
        path = [] if ends is None else hub.explain_identity(self.profile, reason=reason, between=ends)
        if ends is None:
            paper.text("A single identifier; there is nothing to hold together.")
            return
        here, goal = ends
        paper.text("{count} identifiers. The longest way, from {here} to {goal}:", count=len(whole.identifiers),
                   here=_shown(here), goal=_shown(goal))  # fmt: skip
        paper.line()
        rows = []
        for number, step in enumerate(path, 1):
            there = step.right if step.left == here else step.left
            fact = self.facts.get(step.fact_id)
            said = paper.say("both in {fact}", fact=_fact(fact)) if step.kind == "fact" else step.kind
            rows.append((number, _shown(here), _shown(there), said, _day(step.at)))
            here = there
        paper.table(columns("#step", "from", "to", "because", "since"), rows)
        paper.line()
        paper.text("Whoever reads without a purpose says why; that is recorded (hub.accesses()).")


def _farthest(ties: Iterable[Step]) -> tuple[Identifier, Identifier] | None:
    """Return the two identifiers with the longest way between them; of equals the first by name."""
    around: dict[Identifier, list[Identifier]] = {}
    for tie in ties:
        around.setdefault(tie.left, []).append(tie.right)
        around.setdefault(tie.right, []).append(tie.left)
    best: tuple[int, tuple[Identifier, Identifier] | None] = (0, None)
    for start in sorted(around)[:_MOST_ENDS]:
        steps = {start: 0}
        queue = deque([start])
        while queue:
            here = queue.popleft()
            for there in sorted(around[here]):
                if there not in steps:
                    steps[there] = steps[here] + 1
                    queue.append(there)
        goal, length = max(steps.items(), key=lambda item: item[1])
        if length > best[0]:
            best = (length, (start, goal))
    return best[1]


def _named(paper: Paper, asked: Asked) -> str:
    parts = [asked.purpose]
    if asked.channel != "any":
        parts.append(paper.say("by {channel}", channel=asked.channel))
    if asked.brand:
        parts.append(paper.say("at {brand}", brand=asked.brand))
    return " ".join(parts)


def _cell(paper: Paper, view: PurposeView, name: str) -> str:
    state = view.state(name)
    if state == "denied":
        code = "not needed" if view.permission.granted else view.permission.code
        return paper.say("denied ({code})", code=paper.say(code))
    return _short(view[name]) if state == "present" else paper.say(state)


def _speaking(identifier: Identifier) -> tuple[bool, bool, str]:
    """Return how well an identifier tells a reader who is meant: the smaller the better."""
    return identifier.namespace == RECORD, identifier.namespace in {"anonymous_id", "device_id"}, identifier.node


def _normal(hub: Hub, name: str, value: Json) -> object:
    """Return *value* as it is compared: two spellings of one address or number are no contradiction."""
    if name not in hub.setup.rules.by_name or not isinstance(value, str) or not value:
        return value
    found = hub.setup.rules.normalized(Identifier(name, value))
    return value if found is None else found.value


def _short(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _shown(identifier: Identifier) -> str:
    return f"{identifier.space} {_short(identifier.value)}"


def _fact(fact: Fact | None) -> str:
    if fact is None:
        return "?"
    if isinstance(fact, Event):
        return f"{fact.source} {fact.name or fact.type}"
    return f"{fact.source} {_KINDS.get(type(fact), '')}".strip()


def _told(what: str, details: Mapping[str, Json]) -> str:
    about = next((str(details[key]) for key in ("subject", "order_id", "ticket_id") if details.get(key)), "")
    return f"{what} {about}".strip()


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")
