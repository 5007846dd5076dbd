"""Profile ids: what callers may rely on after every step, and what they are told when ids lead elsewhere."""

from __future__ import annotations

import itertools
from functools import partial

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import Clock, everybody, hub_over, some, stories, tell

from unified_profile import (
    Event,
    Hub,
    Identifier,
    Judgement,
    MemoryStore,
    ProfileMerged,
    ProfileSplit,
    Retraction,
    Severance,
)
from unified_profile.errors import UnknownProfileError
from unified_profile.hub.everybody import everything
from unified_profile.hub.renaming import leads
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import Verdict
from unified_profile.model.rows import AnchorRow
from unified_profile.model.times import to_micros
from unified_profile.storage.tables import ANCHORS
from unified_profile.testing.identity_programs import identity_rules, moment
from unified_profile.testing.strategies import batched, shuffled

KINDS = ("dense", "contested", "sparse")


class Consumer:
    """Follows the feed of merges and splits, as a CRM would, and knows where every id leads."""

    def __init__(self) -> None:
        self.known: dict[str, str | None] = {}
        self.after = 0

    def catch_up(self, hub: Hub, page: int = 2) -> None:
        while changes := hub.changes(after=self.after, limit=page):
            for change in changes:
                if isinstance(change, ProfileMerged):
                    followed = [one for one, to in self.known.items() if to == change.absorbed]
                    self.known |= dict.fromkeys([*followed, change.absorbed], change.profile)
                else:
                    self.known.update(change.redirects)
            self.after = changes[-1].position

    def leads(self, name: str) -> str | None:
        return self.known.get(name, name)


def anchors(hub: Hub) -> dict[str, AnchorRow]:
    with hub.store.session(hub.setup.tenant) as session:
        return {row.profile: row for row in everything(session, ANCHORS)}


def resolved(hub: Hub, name: str) -> str | None:
    try:
        return hub.resolve(name)
    except UnknownProfileError:
        return None


def keep_their_promises(hub: Hub, before: dict[str, AnchorRow], lived: set[str]) -> None:
    """Check what identity promises of ids, *before* being where they were anchored and *lived* those that were live."""
    now, people, rank = anchors(hub), everybody(hub), hub.setup.rules.rank_of
    owner = {node: name for name, nodes in people.nodes.items() for node in nodes}
    assert sum(map(len, people.nodes.values())) == len(owner), "nobody shares a node, so no two share an id"
    assert list(hub.ids()) == sorted(people.nodes)
    assert before.keys() <= now.keys(), "an id is known for ever"
    for name, anchor in now.items():
        assert resolved(hub, name) == owner.get(anchor.node or ""), (
            "an id leads to whoever holds its anchor, in one step"
        )
    for name, nodes in people.nodes.items():
        held = [anchor for anchor in now.values() if anchor.node in nodes]
        best = min(held, key=lambda anchor: (rank(anchor.node or ""), anchor.seq, anchor.profile))
        assert best.profile == name, "the strongest, then the oldest id lives"
        assert rank(best.node or "") == min(rank(node) for node in nodes), "it climbed"
    for name in lived - people.nodes.keys():
        if (anchor := now[name]).node in owner and anchor.node == before[name].node:
            better = now[owner[anchor.node or ""]]
            assert (rank(better.node or ""), better.seq, better.profile) < (rank(anchor.node or ""), anchor.seq, name)


@pytest.mark.parametrize("kind", KINDS)
def test_after_every_step_ids_keep_their_promises_and_the_feed_tells_where_they_lead(kind):
    @some(0.5)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        clock, consumer = Clock(), Consumer()
        hub = hub_over(MemoryStore(), story.rules, clock)
        told_then: list[tuple[int, dict[str, str | None]]] = []
        before: dict[str, AnchorRow] = {}
        lived: set[str] = set()
        for batch in data.draw(batched(data.draw(shuffled([*story.facts, *story.links])))):
            clock.tick()
            tell(hub, batch)
            keep_their_promises(hub, before, lived)
            consumer.catch_up(hub)
            before, lived = anchors(hub), set(hub.ids())
            assert {name: consumer.leads(name) for name in before} == {name: resolved(hub, name) for name in before}
            told_then.append((to_micros(clock()), {name: resolved(hub, name) for name in before}))
        for at, then in told_then:
            assert hub._run(partial(leads, [*then], limit=at)) == then, "redirects are dated"

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_a_rebuild_keeps_the_promises_too_and_publishes_where_ids_lead(kind):
    @some(0.4)
    @given(st.data())
    def law(data):
        story = data.draw(stories(kind))
        rules = data.draw(st.just(story.rules) | identity_rules(kind))
        clock, consumer = Clock(), Consumer()
        hub = hub_over(MemoryStore(), story.rules, clock)
        for one in data.draw(shuffled([*story.facts, *story.links])):
            clock.tick()
            tell(hub, [one])
        before, people = anchors(hub), everybody(hub).nodes
        clock.tick()
        hub.rebuild(rules)
        keep_their_promises(hub, before, set())
        consumer.catch_up(hub)
        now = anchors(hub)
        assert {name: consumer.leads(name) for name in now} == {name: resolved(hub, name) for name in now}
        assert hub._run(lambda: leads([*now])) == {name: resolved(hub, name) for name in now}
        if rules == story.rules:
            assert (everybody(hub).nodes, now) == (people, before)

    law()


# --- examples --------------------------------------------------------------------------------------------------------

RULES = IdentityRules([
    Namespace(name="user", priority=0, limit=1, normalizer="exact"),
    Namespace(name="mail", priority=1, normalizer="email"),
    Namespace(name="device", priority=2, keep="latest", normalizer="exact"),
])  # fmt: skip
U1, U2 = Identifier("user", "u1"), Identifier("user", "u2")
KIOSK, MAIL = Identifier("device", "kiosk"), Identifier("mail", "Taro@example.com")
_numbers = itertools.count()


def seen(minute: int, *who: Identifier) -> Event:
    return Event(id=f"e{next(_numbers)}", source="web", occurred_at=moment(minute), identifiers=who)


@pytest.fixture
def hub():
    return hub_over(MemoryStore(), RULES)


def test_a_visitor_who_signs_in_keeps_the_id_when_the_device_goes_to_somebody_else(hub):
    hub.ingest([seen(0, KIOSK)])
    visitor = hub.resolve(KIOSK)
    hub.ingest([seen(1, U1, KIOSK)])
    assert hub.resolve(U1) == visitor
    hub.ingest([seen(2, U2, KIOSK)])
    assert hub.resolve(U1) == visitor
    assert hub.resolve(KIOSK) == hub.resolve(U2) != visitor


def test_a_split_revives_the_id_that_callers_knew(hub):
    hub.ingest([seen(0, MAIL), seen(1, KIOSK)])
    one, other = hub.resolve(MAIL), hub.resolve(KIOSK)
    same = Judgement(id="j", source="desk", occurred_at=moment(2), left=MAIL, right=KIOSK, verdict=Verdict.SAME)
    hub.ingest([same])
    assert hub.resolve(other) == one
    hub.ingest([Retraction(id="r", source="desk", occurred_at=moment(3), fact_id="j")])
    assert (hub.resolve(one), hub.resolve(other)) == (one, other)
    merged, split = hub.changes()
    assert isinstance(merged, ProfileMerged)
    assert (merged.profile, merged.absorbed) == (one, other)
    assert isinstance(split, ProfileSplit)
    assert (split.profile, set(split.into), split.redirects) == (one, {one, other}, ((other, other),))


def test_what_led_to_a_profile_that_merged_is_dated_to_lead_on(hub):
    """The middle one came back later, and the first once seemed to have been its all the time."""
    clock = Clock()
    hub = hub_over(MemoryStore(), RULES, clock)
    hub.ingest([seen(0, MAIL), seen(0, KIOSK), seen(0, U1)])
    first, middle, last = (hub.resolve(one) for one in (KIOSK, MAIL, U1))
    clock.tick()
    hub.ingest([seen(1, MAIL, KIOSK)])
    clock.tick()
    hub.ingest([seen(2, U1, MAIL)])
    assert hub.resolve(first) == hub.resolve(middle) == last
    assert hub._run(lambda: leads([first, middle, last])) == dict.fromkeys((first, middle, last), last)


def test_an_id_whose_last_fact_is_gone_says_so_and_comes_back_with_it(hub):
    consumer = Consumer()
    hub.ingest([attrs.evolve(seen(0, MAIL), id="only")])
    name = hub.resolve(MAIL)
    hub.ingest([Severance(id="s", source="desk", occurred_at=moment(1), fact_id="only", identifier=MAIL)])
    with pytest.raises(UnknownProfileError, match="nothing is left"):
        hub.resolve(name)
    consumer.catch_up(hub)
    assert consumer.leads(name) is None
    hub.ingest([Retraction(id="r", source="desk", occurred_at=moment(2), fact_id="s")])
    consumer.catch_up(hub)
    assert hub.resolve(name) == consumer.leads(name) == name


def test_an_id_survives_rules_that_write_its_anchor_otherwise_or_let_it_link_no_more(hub):
    """Both once lost the ids of everybody who was known by such an identifier."""
    hub.ingest([seen(0, MAIL, KIOSK)])
    name = hub.resolve(MAIL)
    keep_case = [attrs.evolve(space, normalizer="email_keep_case") if space.name == "mail" else space
                 for space in RULES.namespaces]  # fmt: skip
    hub.rebuild(IdentityRules(keep_case))
    assert hub.resolve(name) == hub.resolve(MAIL) == name
    off = [attrs.evolve(space, mode="off") if space.name == "mail" else space for space in RULES.namespaces]
    hub.rebuild(IdentityRules(off))
    assert hub.resolve(name) == hub.resolve(KIOSK) == name


def test_an_id_that_is_lost_and_found_in_one_batch_led_where_it_leads_at_that_instant():
    clock = Clock()
    who = Identifier("user_id", "u1")
    hub = hub_over(MemoryStore(), Hub(MemoryStore()).setup.rules, clock)
    hub.ingest([Event(id="e1", source="web", occurred_at=moment(0), identifiers=[who])])
    name = hub.resolve(who)
    clock.tick()
    cut = Severance(id="s1", source="desk", occurred_at=moment(1), fact_id="e1", identifier=who)
    hub.ingest([cut, Retraction(id="r1", source="desk", occurred_at=moment(1), fact_id="s1")])
    assert hub.resolve(who) == name
    assert hub._run(partial(leads, [name], limit=to_micros(clock()))) == {name: name}
