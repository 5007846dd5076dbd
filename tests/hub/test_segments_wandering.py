"""A few people whose facts wander: after each step the hub's memberships are those of a recomputation, to the instant.

Few identifiers and short windows let everything meet: sign-ins on a shared tablet that hand over what was done there
before, devices that change hands, records that join people and severances that part them again, models and judgements
that are told and taken back, consents that end, facts that come late, early or twice, clocks that jump, hubs that are
opened anew, segments that are defined otherwise, erasures. ``benchmarks/segments_mutants.py`` breaks the hub in one way
after the other and asks whether this test notices.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from tests.hub.test_segments_law import PURPOSES, agree, leaves, recomputed
from tests.hub.worlds import STORES, Clock, hub_over, some

from unified_profile import Hub, Segment
from unified_profile.errors import UnifiedProfileError
from unified_profile.expressions import Expression
from unified_profile.hub.memberships_held import KEPT
from unified_profile.hub.segments_reports import Entered
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model import (
    ConsentRecord,
    ConsentState,
    Event,
    EventType,
    Fact,
    Identifier,
    Judgement,
    Link,
    ModelAdopted,
    Retraction,
    Severance,
    SourceRecord,
    Verdict,
)
from unified_profile.rights import ErasureTerms, KeyRing
from unified_profile.segments import all_of, any_of, events, member_of, members_all, members_any, trait
from unified_profile.testing.identity_programs import moment

LONGER = int(os.environ.get("UNIFIED_PROFILE_STREAMS", "1"))
SHARES = {"memory": 0.35, "sqlite": 0.04, "sqlalchemy": 0.02}
COMPARED = {"steps": 0, "instants": 0}
TICK = timedelta(microseconds=1)
RULES = IdentityRules((
    Namespace(name="user", priority=0, limit=1, normalizer="exact"),
    Namespace(name="mail", priority=1, limit=2, keep="latest", normalizer="exact"),
    Namespace(name="device", priority=2, limit=None, keep="latest", normalizer="exact"),
    Namespace(name="kiosk", priority=3, mode="attribute", normalizer="exact"),
))  # fmt: skip
USERS = [Identifier("user", name) for name in ("u1", "u2")]
MAILS = [Identifier("mail", name) for name in ("a", "b")]
DEVICES = [Identifier("device", name) for name in ("d1", "d2")]
KIOSK = Identifier("kiosk", "k1")
ANYBODY = [*USERS, *MAILS, *DEVICES]
RECORDS = [Identifier.record(source, key) for source in ("crm", "shop") for key in "12"]
KINDS = (
    *("view",) * 6, *("anonymous",) * 3, *("sign",) * 3, "out", *("wander",) * 2, *("join",) * 2, *("sever",) * 2,
    *("judge",) * 2, *("back",) * 2, "adopt", *("link",) * 2, *("consent",) * 3, *("told",) * 2, "again", "redefine",
    "restart", "due", *("group",) * 2, *("tick",) * 3, "erase", "rebuild",
)  # fmt: skip
VIEWED = events("Viewed")
BUSY = VIEWED.count().within(timedelta(minutes=10)) >= 1


@st.composite
def rules(draw: st.DrawFn) -> Expression:
    """Return rules that few facts can turn: counts in short windows, alone or beside a value."""
    count = VIEWED.count().within(timedelta(minutes=draw(st.sampled_from((3, 10, 40))))) >= draw(st.integers(1, 3))
    kind = draw(st.integers(0, 9))
    if kind < 2:
        return count
    if kind == 2:  # an event of the one name lets the other count be asked, too
        return any_of(count, events("Signed In").count().within(timedelta(minutes=5)) >= 2)
    if kind == 3:
        return ~count
    if kind == 4:
        return all_of(count, trait("city") == draw(st.sampled_from(["Osaka", "Kyoto"])))
    if kind == 5:
        return any_of(count, draw(leaves()))
    if kind == 6:
        return VIEWED.count() == draw(st.integers(0, 3))
    return draw(leaves())


definitions = st.lists(st.tuples(rules(), st.sampled_from(["service", "service", "news"])), min_size=1, max_size=3)


def segments_of(drawn: list[tuple[Expression, str]], *, beside: bool) -> list[Segment]:
    """Return the segments that were drawn; *beside* them those that do not follow from one person's facts alone.

    Where there are such, every event lets people be looked at whole; where there are none, most are only counted.
    """
    found = [Segment(f"s{place}", rule, purpose=purpose) for place, (rule, purpose) in enumerate(drawn)]
    if not beside:
        return found
    since = VIEWED.count().since_entry("s0") >= 1
    return [
        *found,
        Segment("again", since & member_of("s0"), purpose=found[0].purpose),
        Segment("not again", ~since, purpose=found[0].purpose),
        Segment("account is busy", members_any(BUSY), purpose="service"),
        Segment("account is all busy", members_all(BUSY) & (VIEWED.count() >= 0), purpose="news"),
    ]


class World:
    """A hub, what it was told, and the segments that it keeps."""

    def __init__(self, store: Any, drawn: list[tuple[Expression, str]], data: Any) -> None:
        self.draw: Callable[[Any], Any] = data.draw
        self.clock = Clock(moment(60))
        self.store = store
        self.hub = self.opened()
        self.segments = segments_of(drawn, beside=self.draw(st.integers(0, 2)) == 0)
        self.told: list[Fact] = []
        self.count = 0

    def opened(self) -> Hub:
        terms = ErasureTerms(keys=KeyRing({"1": b"thirty-two bytes for this test.."}))
        return hub_over(self.store, RULES, self.clock, purposes=PURPOSES, erasure=terms)

    def at(self) -> datetime:
        """Return when something happened: most often now or just before, now and then long ago or not yet."""
        back = self.draw(st.sampled_from((0, 0, 0, 0, 1, 2, 5, 12, 50, -4)))
        return self.clock.at - timedelta(minutes=back, microseconds=self.draw(st.sampled_from((0, 0, 1))))

    def pick(self, some_: list[Any]) -> Any:
        return some_[self.draw(st.integers(0, len(some_) - 1))]

    def fact(self, kind: str) -> Fact | None:
        """Return a new fact of *kind*."""
        self.count += 1
        told: dict[str, Any] = {"id": f"f{self.count * 37 % 997:03}", "source": "web", "occurred_at": self.at()}
        if kind in ("view", "anonymous"):
            who = [KIOSK] if kind == "anonymous" else [self.pick(ANYBODY)]
            who += [KIOSK] if kind == "view" and self.draw(st.integers(0, 5)) == 0 else []
            return Event(**told, name="Viewed", identifiers=who, properties={"total": self.count % 5, "page": "p"})
        if kind == "group":
            account = self.pick(["kawa", "kawa", "hoshi"])
            return Event(**told, type=EventType.GROUP, account=account, identifiers=[self.pick(ANYBODY)])
        if kind in ("sign", "out"):
            who = [KIOSK, self.pick(USERS)] if kind == "sign" else [KIOSK]
            return Event(**told, name="Signed In" if kind == "sign" else "Signed Out", identifiers=who)
        if kind == "wander":
            return Event(**told, name="Signed In", identifiers=[self.pick(DEVICES), self.pick([*USERS, *MAILS])])
        if kind in ("join", "told"):
            record = self.pick(RECORDS).value.partition("/")
            who = [self.pick(USERS), self.pick(MAILS)] if kind == "join" else [self.pick(ANYBODY)]
            attributes = {"city": self.pick(["Osaka", "Kyoto", None])} if kind == "told" else {}
            return SourceRecord(**(told | {"source": record[0]}), key=record[2], identifiers=who, attributes=attributes)
        if kind == "consent":
            state = self.pick([ConsentState.GIVEN, ConsentState.GIVEN, ConsentState.WITHDRAWN])
            lasts = self.pick([None, timedelta(minutes=20)]) if state is ConsentState.GIVEN else None
            return ConsentRecord(
                **told, purpose=self.pick(["news", "news", "ads"]), state=state, duration=lasts,
                identifiers=[self.pick([*USERS, *MAILS])],
            )  # fmt: skip
        return self.spoken(kind, told)

    def spoken(self, kind: str, told: dict[str, Any]) -> Fact | None:
        """Return a fact about facts or people; None if there is nothing to speak of."""
        told["source"] = "desk"
        if kind == "adopt":
            return ModelAdopted(**told, kind="records", fingerprint=self.pick(["m1", "m2"]))
        if kind == "judge":
            left, right = self.pick([*USERS, *MAILS]), self.pick([*MAILS, *DEVICES])
            verdict = self.pick([Verdict.SAME, Verdict.DIFFERENT])
            return None if left == right else Judgement(**told, left=left, right=right, verdict=verdict)
        if kind == "sever":
            linking = [one for one in self.told if len(getattr(one, "identifiers", ())) > 1]
            if not linking:
                return None
            fact = self.pick(linking)
            return Severance(**told, fact_id=fact.id, identifier=self.pick(list(fact.identifiers)))
        stated = [one for one in self.told if isinstance(one, (Severance, Judgement, ModelAdopted, Retraction))]
        return Retraction(**told, fact_id=self.pick(stated).id) if stated else None

    def step(self) -> None:
        kind = self.draw(st.sampled_from(KINDS))
        if kind == "redefine":
            place = self.draw(st.integers(0, len(self.plain()) - 1))
            self.segments[place] = attrs.evolve(self.segments[place], rule=self.draw(rules()))
            self.hub.define_segment(self.segments[place])
        elif kind == "restart":
            KEPT.clear()  # another process has kept nothing
            self.hub = self.opened()
        elif kind == "due":
            self.hub.due(self.clock.at - timedelta(minutes=self.draw(st.integers(0, 9))))
        elif kind == "tick":
            self.clock.tick(self.draw(st.sampled_from((0.5, 1, 3, 9, 25, 70, -30))))
        elif kind == "rebuild":
            self.hub.rebuild()
            self.hub.fill_segments()
        elif kind == "erase":
            self.erase()
        elif kind == "link":
            left, right = self.pick(RECORDS), self.pick(RECORDS)
            self.hub.link([Link(left, right, 2.0, self.pick(["m1", "m1", "m2"]))] if left != right else [])
        else:
            self.tell(kind)

    def tell(self, kind: str) -> None:
        if kind == "again":
            facts: list[Fact | None] = [self.pick(self.told)] if self.told else []
        else:
            facts = [self.fact(kind)]
            if self.draw(st.integers(0, 3)) == 0:
                facts.append(self.fact("view"))
        new = [one for one in facts if one is not None]
        self.told += new
        self.hub.ingest(new)
        self.clock.tick(self.draw(st.sampled_from((0, 0, 0, 1))))

    def erase(self) -> None:
        try:
            plan = self.hub.plan_erasure(self.pick([*USERS, *MAILS]))
        except UnifiedProfileError:
            return  # nobody is known by it
        self.hub.erase(plan)

    def plain(self) -> list[str]:
        """Return the segments that do not ask when somebody entered another, of which only what is kept tells."""
        return [segment.name for segment in self.segments if segment.name.startswith("s")]

    def exact(self, after: int) -> None:
        """What time alone brought became true at that very instant: a microsecond before it was otherwise."""
        now = self.clock.at
        changes = self.hub.membership_changes(after=after)
        brought = [one for one in changes if one.cause == "time" and one.segment in self.plain()]
        for one in brought[:2]:
            for at, inside in ((one.at, isinstance(one, Entered)), (one.at - TICK, not isinstance(one, Entered))):
                self.clock.at = at
                found = recomputed(self.hub, self.segments, one.segment)
                assert ((one.segment, one.profile) in found) is inside
                COMPARED["instants"] += 1
        self.clock.at = now

    def ahead(self) -> None:
        """What a membership says of its end is when the rule says otherwise."""
        now = self.clock.at
        for name in self.plain():
            for member in list(self.hub.members(name))[:1]:
                if member.next_change_at is not None and member.next_change_at > now:
                    self.clock.at = member.next_change_at - TICK
                    assert (name, member.profile) in recomputed(self.hub, self.segments, name)
                    self.clock.at = member.next_change_at
                    assert (name, member.profile) not in recomputed(self.hub, self.segments, name)
                    COMPARED["instants"] += 1
                self.clock.at = now


@pytest.fixture(params=SHARES)
def kind(request: pytest.FixtureRequest) -> tuple[Any, float]:
    return STORES[request.param], SHARES[request.param]


def test_whatever_wanders_memberships_are_those_of_a_recomputation(kind):
    opening, share = kind

    @some(share * LONGER)
    @given(definitions, st.integers(6, 16), st.data())
    def law(drawn, steps, data):
        with opening() as store:
            world = World(store, drawn, data)
            for segment in world.segments:
                world.hub.define_segment(segment)
            after, latest = 0, world.clock.at
            for _ in range(steps):
                world.step()
                back, latest = world.clock.at < latest, max(latest, world.clock.at)
                if back:  # memberships stay as of the latest time that was ever reached
                    world.clock.at = latest
                agree(world.hub, world.segments)
                world.exact(after)
                world.ahead()
                after = max((one.position for one in world.hub.membership_changes()), default=0)
                COMPARED["steps"] += 1

    law()


@pytest.mark.filterwarnings("default")
def test_steps_are_compared():
    """The numbers that the docs give are counted by the steps themselves."""
    assert COMPARED["steps"] > 0
    assert COMPARED["instants"] > 0
    if LONGER > 1:
        warnings.warn(f"{COMPARED}", LongRun, stacklevel=1)


class LongRun(UserWarning):
    """What a long run came to."""
