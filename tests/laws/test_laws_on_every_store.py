"""Laws 1, 2 and 3 where facts are really kept: in memory, in SQLite, through SQLAlchemy, in PostgreSQL.

What a store of another kind says is compared with a hub in memory that was told the same in the plainest way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import assume, given, strategies as st
from tests.hub.worlds import STORES, Clock, Story, contents, hub_over, plain, said, some, stories, tell, told

from unified_profile import Hub, Identifier
from unified_profile.errors import UnknownProfileError
from unified_profile.model import Fact, Judgement, Link, ModelAdopted, Retraction, Severance
from unified_profile.storage.protocols import Store
from unified_profile.storage.sql import SqlStore
from unified_profile.testing.identity_programs import moment
from unified_profile.testing.strategies import shuffled

STORIES = st.one_of(stories("dense"), stories("contested"), stories("sparse"))
SHARES = {"memory": 0.3, "sqlite": 0.08, "sqlalchemy": 0.06, "postgres": 0.05}
"""How much of the examples of the profile in force each kind gets: five on PostgreSQL under `ci`, 250 under `deep`."""

_tenants = (f"life{number}" for number in itertools.count())
Opening = Callable[[], AbstractContextManager[Store]]


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Store]:
    """Give one store for all examples: each is told to a tenant of its own."""
    with SqlStore(postgres_url) as store:
        yield store


@pytest.fixture(params=SHARES)
def kind(request: pytest.FixtureRequest) -> tuple[Opening, float]:
    """Give how a store of each kind is opened for an example, and how many examples it gets."""
    name = request.param
    if name == "postgres":
        store = request.getfixturevalue("server")
        return (lambda: nullcontext(store)), SHARES[name]
    return STORES[name], SHARES[name]


@contextmanager
def hub_told(opening: Opening, story: Story, order: Sequence[Fact | Link], size: int) -> Iterator[Hub]:
    """Give a hub over a store of that kind which was told *order* in batches of *size*."""
    with opening() as store:
        tenant = next(_tenants)
        hub = hub_over(store, story.rules, Clock(), tenant=tenant)
        tell(hub, [one if isinstance(one, Link) else attrs.evolve(one, tenant=tenant) for one in order], size)
        yield hub


def test_law_1_order_batches_repetition_and_lateness_change_nothing(kind):
    opening, share = kind

    @some(share)
    @given(STORIES, st.data())
    def law(story, data):
        plainly = [*story.facts, *story.links]
        again = [one if isinstance(one, Link) or data.draw(st.booleans()) else late(one) for one in plainly]
        order = data.draw(shuffled(again, duplicates=True))
        with hub_told(opening, story, order, data.draw(st.integers(1, 6))) as hub:
            assert contents(hub) == contents(told(story.rules, plainly))

    law()


def test_law_2_what_is_taken_back_is_as_if_it_had_never_been_said(kind):
    opening, share = kind

    @some(share)
    @given(STORIES, st.data())
    def law(story, data):
        facts = [fact for fact in story.facts if not isinstance(fact, Retraction)]
        statements = [fact for fact in facts if isinstance(fact, (Judgement, Severance, ModelAdopted))]
        assume(statements)
        wrong = data.draw(st.lists(st.sampled_from(statements), min_size=1, max_size=3, unique_by=lambda one: one.id))
        back = [Retraction(id=f"back-{one.id}", source="desk", occurred_at=moment(9), fact_id=one.id) for one in wrong]
        order = data.draw(st.permutations([*facts, *story.links, *back]))
        never = [one for one in order if one not in wrong and one not in back]
        with hub_told(opening, story, order, 3) as hub:
            assert contents(hub) == contents(told(story.rules, never))

    law()


def test_law_3_as_known_then_is_what_would_be_said_by_who_was_told_nothing_since(kind):
    opening, share = kind

    @some(share)
    @given(STORIES, st.data())
    def law(story, data):
        limit = moment(data.draw(st.integers(0, 12)))
        order = data.draw(shuffled(list(story.facts)))
        then = told(story.rules, [fact for fact in story.facts if fact.recorded_at <= limit])
        with hub_told(opening, story, order, 3) as hub:
            for who in whom(story):
                assert said(hub, who, known_at=limit) == said(then, who)

    law()


def test_law_3_as_of_then_is_the_same_in_every_store(kind):
    opening, share = kind

    @some(share)
    @given(STORIES, st.data())
    def law(story, data):
        limit = moment(data.draw(st.integers(0, 7)))
        plainly = told(story.rules, story.facts)
        with hub_told(opening, story, data.draw(shuffled(list(story.facts))), 4) as hub:
            for who in whom(story):
                assert as_of(hub, who, limit) == as_of(plainly, who, limit)

    law()


def late(fact: Fact) -> Fact:
    """Return *fact* as it would be had it come in days later."""
    return attrs.evolve(fact, recorded_at=fact.occurred_at + timedelta(days=3))


def whom(story: Story) -> list[Identifier]:
    """Return every identifier that a story names."""
    return list(dict.fromkeys(one for fact in story.facts for one in getattr(fact, "identifiers", ())))


def as_of(hub: Hub, who: Identifier, limit: datetime) -> object:
    """Return what *hub* says of *who* as of *limit*, but for the id; None if nobody is known."""
    try:
        profile = hub.raw(who, reason="a law is tried", as_of=limit)
    except UnknownProfileError:
        return None
    assert profile.last_at is None or profile.last_at <= limit
    return plain(profile)
