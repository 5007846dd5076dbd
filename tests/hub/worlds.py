"""What the laws of the hub are tried on: facts that carry something, hubs whose clock stands or ticks, what they say.

Contents are everything a hub tells of everybody, without ids: who holds which identifiers and facts, their traits with
reasons, and what they permit. Two hubs that were told the same have equal contents.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
from hypothesis import settings, strategies as st

from unified_profile.consent import Policy
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.errors import UnknownProfileError
from unified_profile.hub import Hub
from unified_profile.hub.everybody import Partition, partition
from unified_profile.identity.namespaces import IdentityRules
from unified_profile.model import (
    ConsentRecord,
    ConsentState,
    Event,
    Fact,
    Identifier,
    Link,
    ModelAdopted,
    Profile,
    Purpose,
    Retraction,
    SourceRecord,
)
from unified_profile.profiles import ProfileRules, computed
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.protocols import Store
from unified_profile.testing.identity_programs import MODELS, Kind, Program, links, moment, programs

NOW = moment(60)
"""What the clock says where it stands."""
PURPOSES = PurposeRegistry(
    [
        Purpose("service", traits={"*"}, basis="contract", derives={"*"}),
        Purpose("news", traits={"city", "tags"}),
        Purpose("ads"),
    ]
)
PROFILE_RULES = ProfileRules(
    computed=[
        computed("views", "count", "Viewed"),
        computed("spent", "sum", "Viewed", "total"),
        computed("last_page", "last", "Viewed", "page"),
        computed("views_56m", "count", "Viewed", within=timedelta(minutes=56)),
    ],
    sources=["crm", "shop"],
)


def some(share: float) -> settings:
    """Return settings that try *share* of the examples of the profile in force."""
    return settings(max_examples=max(1, round(settings().max_examples * share)))


# --- facts that carry something --------------------------------------------------------------------------------------

_TRAITS: tuple[dict[str, Any], ...] = (
    {"city": "Osaka"},
    {"city": "Kyoto", "tags": ["new", "web"]},
    {"city": None},
    {"points": 12.5},
    {"points": 0, "firstName": "Hanako"},
    {},
)
_STATES = (ConsentState.GIVEN, ConsentState.GIVEN, ConsentState.WITHDRAWN, ConsentState.REFUSED, ConsentState.RENEWED)


def dressed(fact: Fact, pick: int, late: int) -> Fact:
    """Return *fact* with attributes, properties or a state, learned *late* minutes after it happened."""
    known = fact.occurred_at + timedelta(minutes=late)
    if isinstance(fact, SourceRecord):
        return attrs.evolve(fact, attributes=_TRAITS[pick % len(_TRAITS)], recorded_at=known)
    if isinstance(fact, Event):
        properties: dict[str, Any] = {"page": f"p{pick % 3}", "total": pick % 5}
        return attrs.evolve(fact, properties=properties, recorded_at=known)
    if isinstance(fact, ConsentRecord):
        state, purpose = _STATES[pick % len(_STATES)], ("news", "ads")[pick % 2]
        return attrs.evolve(
            fact, state=state, purpose=purpose, channel=("any", "email")[pick // 5 % 2], recorded_at=known
        )
    return attrs.evolve(fact, recorded_at=known)


@attrs.frozen
class Story:
    """Everything a hub is told, as a set: facts that carry something, machine links, and the rules."""

    rules: IdentityRules
    facts: tuple[Fact, ...]
    links: tuple[Link, ...]

    @property
    def model(self) -> str:
        """The record model in force when everything was told."""
        return model_of(self.facts)


def model_of(facts: Iterable[Fact]) -> str:
    """Return the fingerprint of the record model that was adopted last and not taken back."""
    facts = list(facts)
    taken_back = {fact.fact_id for fact in facts if isinstance(fact, Retraction)}
    found = [
        (fact.occurred_at, fact.id, fact.fingerprint)
        for fact in facts
        if isinstance(fact, ModelAdopted) and fact.kind == "records" and fact.id not in taken_back
    ]
    return max(found)[2] if found else ""


@st.composite
def stories(draw: st.DrawFn, kind: Kind = "sparse", *, max_facts: int = 12) -> Story:
    """Return a strategy of stories: a program whose facts carry something, with models adopted and taken back."""
    program: Program = draw(programs(kind, max_facts=max_facts))
    numbers = draw(
        st.lists(
            st.tuples(st.integers(0, 59), st.sampled_from((0, 0, 1, 9, 30))),
            min_size=len(program.facts),
            max_size=len(program.facts),
        )
    )
    facts = [dressed(fact, pick, late) for fact, (pick, late) in zip(program.facts, numbers, strict=True)]
    for number, (model, minute) in enumerate(
        draw(st.lists(st.tuples(st.sampled_from(MODELS), st.integers(0, 7)), max_size=3))
    ):
        facts.append(
            ModelAdopted(
                id=f"m{number}", source="desk", occurred_at=moment(minute), recorded_at=moment(minute + number),
                kind="records", fingerprint=model,
            )
        )  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        # A model, a retraction or nothing at all is taken back.
        facts.append(
            Retraction(
                id="z1", source="desk", occurred_at=moment(3), recorded_at=moment(8),
                fact_id=draw(st.sampled_from(("m0", "m1", "z1", "f000", "f037"))),
            )
        )  # fmt: skip
    return Story(program.rules, tuple(facts), tuple(draw(links(max_size=4))))


# --- hubs ------------------------------------------------------------------------------------------------------------


class Clock:
    """Tells the time; *tick* moves it by a minute."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def tick(self, minutes: float = 1) -> datetime:
        self.at += timedelta(minutes=minutes)
        return self.at


def hub_over(store: Store, rules: IdentityRules, clock: Callable[[], datetime] | None = None, **fields: Any) -> Hub:
    """Return a hub with the rules and purposes of these tests, whose ids count up."""
    if "policy" not in fields:
        fields["policy"] = Policy(purposes=fields.pop("purposes", PURPOSES), processors={"crm"})
    fields.setdefault("profile_rules", PROFILE_RULES)
    return Hub(store, rules=rules, clock=clock or Clock(), new_id=_Ids(), **fields)


class _Ids:
    """Ids that count up, over all hubs of a test run: none is given out twice."""

    count = itertools.count(1)

    def __call__(self) -> str:
        return f"p{next(self.count):07}"


def tell(hub: Hub, story: Sequence[Fact | Link], batch_size: int = 1_000) -> None:
    """Tell *story* in its order: links as links, facts in batches between them."""
    for linking, some in itertools.groupby(story, key=lambda told: isinstance(told, Link)):
        told = list(some)
        if linking:
            hub.link(told)  # type: ignore[arg-type]  # these are links
        else:
            hub.ingest(told, batch_size=batch_size)


def told(
    rules: IdentityRules, story: Sequence[Fact | Link], batch_size: int = 1_000, store: Store | None = None
) -> Hub:
    """Return a hub that was told *story*."""
    hub = hub_over(MemoryStore() if store is None else store, rules)
    tell(hub, story, batch_size)
    return hub


# --- stores ----------------------------------------------------------------------------------------------------------


@contextmanager
def memory() -> Iterator[Store]:
    """Give the reference store."""
    yield MemoryStore()


@contextmanager
def sqlite() -> Iterator[Store]:
    """Give an empty SQLite file."""
    from unified_profile.storage.sqlite import SqliteStore

    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "facts.sqlite")
        try:
            yield store
        finally:
            store.close()


@contextmanager
def sqlalchemy() -> Iterator[Store]:
    """Give an empty database through SQLAlchemy."""
    from unified_profile.storage.sql import SqlStore

    with TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{folder}/facts.sqlite")
        try:
            yield store
        finally:
            store.close()


STORES: dict[str, Callable[[], AbstractContextManager[Store]]] = {
    "memory": memory,
    "sqlite": sqlite,
    "sqlalchemy": sqlalchemy,
}
"""Every kind of store that needs no server, by name."""


# --- what a hub says -------------------------------------------------------------------------------------------------


def everybody(hub: Hub) -> Partition:
    """Return who is who, of everybody."""
    with hub.store.session(hub.setup.tenant) as session:
        return partition(session, hub.setup.rules)


def who_is_who(hub: Hub) -> tuple[frozenset[Any], frozenset[str]]:
    """Return the partition without ids: people, and facts of nobody."""
    found = everybody(hub)
    return found.contents(), found.nobody


def plain(profile: Profile, *, recorded: bool = False) -> tuple[Any, ...]:
    """Return what *profile* says, without its id (and when things were learned, unless *recorded*)."""
    traits = {
        name: (
            trait.value,
            [_why(one, recorded=recorded) for one in trait.provenance],
            trait.rule,
            [(value, _why(one, recorded=recorded)) for value, one in trait.losers],
        )
        for name, trait in profile.traits.items()
    }
    identifiers = [identifier.node for identifier in profile.identifiers]
    return (repr(traits), tuple(identifiers), profile.accounts, profile.n_facts, profile.first_at, profile.last_at)


def _why(one: Any, *, recorded: bool) -> tuple[Any, ...]:
    return (one.fact_id, one.source, one.occurred_at, one.basis, *((one.recorded_at,) if recorded else ()))


def permissions(hub: Hub, who: Any, **when: Any) -> tuple[Any, ...]:
    """Return what *who* permits, with reasons, for every purpose and some channels."""
    return tuple(
        attrs.astuple(hub.permission(who, purpose=purpose.name, channel=channel, **when))
        for purpose in PURPOSES
        for channel in ("any", "email")
    )


def said(hub: Hub, who: Identifier | str, *, known_at: datetime | None = None) -> Any:
    """Return what *hub* says of *who*, without the id: traits and permissions, or why nobody is known."""
    try:
        profile = hub.raw(who, reason="a law is tried", known_at=known_at)
    except UnknownProfileError as error:
        return error.because
    return plain(profile, recorded=True), permissions(hub, who, known_at=known_at)


def contents(hub: Hub) -> frozenset[Any]:
    """Return everything that *hub* says of everybody, without ids."""
    found = everybody(hub)
    said = set()
    for name, nodes in found.nodes.items():
        said.add((
            nodes,
            found.facts.get(name, frozenset()),
            plain(hub.raw(name, reason="a law is tried")),
            permissions(hub, name),
        ))  # fmt: skip
    assert list(hub.ids()) == sorted(found.nodes), "every profile has members, and is listed once"
    return frozenset(said)
