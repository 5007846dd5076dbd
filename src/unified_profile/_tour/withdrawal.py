"""A withdrawal taking effect everywhere: one person's facts in a store of their own, before and after one record."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from unified_profile import ConsentRecord, ConsentState, Hub, MemoryStore
from unified_profile._tour.business import Asked
from unified_profile._tour.crowd import Somebody
from unified_profile._tour.paper import Paper
from unified_profile._tour.tables import columns
from unified_profile.consent import explain
from unified_profile.consent.policy import plain
from unified_profile.hub.setup import Setup
from unified_profile.model import Fact

_CRM = "crm"
_GIVES = {
    "hub.permission": "the answer",
    "hub.profile": "traits",
    "hub.subjects": "traits and events",
    "hub.context": "facts and interactions",
    "hub.golden_changes": "traits",
    "hub.coverage": "people who may be met",
}


@attrs.define
class Withdrawal:
    """Finds somebody who consented, and shows what their withdrawal would change, without telling the store."""

    covered: Sequence[Asked]
    best: tuple[str, Asked] | None = None
    facts: tuple[Fact, ...] = ()
    setup: Setup | None = None

    def see(self, one: Somebody, /) -> None:
        """Remember whoever has the first identifier of all who consented, so that every run shows the same."""
        node = min((identifier.node for identifier in one.person.profile.identifiers), default="")
        if not node or (self.best is not None and self.best[0] <= node) or not one.person.proven:
            return
        for asked in self.covered:
            if one.subject(asked).permissions[asked.purpose, asked.channel].code == "consent_given":
                self.best, self.facts, self.setup = (node, asked), one.person.facts, one.setup
                return

    def show(self, paper: Paper) -> None:
        """Write the part of the section."""
        if self.best is None or self.setup is None:
            return
        asked = self.best[1]
        policy = self.setup.policy or plain(self.setup.purposes)
        policy = attrs.evolve(policy, processors={*policy.processors, _CRM})
        hub = Hub(MemoryStore(), attrs.evolve(self.setup, policy=policy))
        hub.ingest(self.facts)
        before = _asked_everywhere(hub, asked)
        said = next(fact for fact in reversed(self.facts) if isinstance(fact, ConsentRecord) and fact.identifiers)
        now = hub.setup.clock()
        hub.ingest([
            ConsentRecord(
                id="tour-withdrawal", source="tour", purpose=asked.purpose, channel="any", state=ConsentState.WITHDRAWN,
                identifiers=said.identifiers, occurred_at=now, method="preference_center",
            )
        ])  # fmt: skip
        after = _asked_everywhere(hub, asked)
        paper.subheading(
            "If one of them took {purpose} back now (told to a copy of their facts), each call would give, next time:",
            purpose=asked.purpose,
        )
        rows = [
            (way, paper.say(_GIVES[way]), paper.say(was), paper.say(found))
            for (way, was), (_, found) in zip(before, after, strict=True)
        ]  # fmt: skip
        paper.table(columns("call", "gives", "#before", "#after"), rows)
        paper.line()
        (name,) = hub.ids()
        answer = hub.permission(name, purpose=asked.purpose, channel=asked.channel, brand=asked.brand)
        paper.text(explain(answer, language="ja" if paper.language == "ja" else "en"))


def _asked_everywhere(hub: Hub, asked: Asked) -> list[tuple[str, str]]:
    """Ask every call that could give a value away, and count what it gives."""
    (name,) = hub.ids()
    purpose, channel, brand = asked.purpose, asked.channel, asked.brand
    (subject,) = hub.subjects([name], purpose=purpose, channel=channel, brand=brand)
    changed = hub.golden_changes(purpose=purpose, recipient=_CRM, channel=channel, brand=brand)[-1].view
    context = hub.context(name, purpose=purpose, channel=channel, brand=brand)
    counts = {
        "hub.profile": len(hub.profile(name, purpose=purpose, channel=channel, brand=brand)),
        "hub.subjects": len(subject.traits) + len(subject.events),
        "hub.context": len(context.known_facts) + len(context.last_interactions),
        "hub.golden_changes": 0 if changed is None else len(changed),
        "hub.coverage": _covered(hub, asked),
    }
    code = hub.permission(name, purpose=purpose, channel=channel, brand=brand).code
    return [("hub.permission", code), *((call, str(count)) for call, count in counts.items())]


def _covered(hub: Hub, asked: Asked) -> int:
    rows = hub.coverage(channels=[asked.channel], brand=asked.brand)
    return next(row.granted for row in rows if row.purpose == asked.purpose)
