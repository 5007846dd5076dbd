"""A group of connected records too large to be one person is cut, whoever came first and however it is counted."""

import random
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from unified_profile import Hub, Link, MemoryStore, ModelAdopted, SourceRecord
from unified_profile.errors import LargeGroupWarning
from unified_profile.identity import connecting
from unified_profile.identity.connecting import Weighed, groups
from unified_profile.identity.records.clusters import bearable
from unified_profile.identity.walk import Growing

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@st.composite
def some_links(draw):
    """Return links among a few nodes, with weights that often tie."""
    ends = st.integers(0, 12)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=30).map(lambda found: [p for p in found if p[0] < p[1]]))
    return [(one, two, draw(st.sampled_from([-3.0, -0.5, 0.25, 0.999, 1.0, 2.5, 2.75, 7.125]))) for one, two in pairs]


@given(some_links(), st.integers(1, 9))
def test_arrays_and_names_say_the_same(links, most):
    home = groups([Weighed(f"{one:02}", f"{two:02}", weight) for one, two, weight in links], most=most).home
    left, right, weights = (np.array([link[place] for link in links]) for place in range(3))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connecting, "LARGEST_GROUP", most)
        labels = bearable(13, left.astype(np.int64), right.astype(np.int64), weights.astype(np.float64))
    assert [home.get(f"{node:02}", f"{node:02}") for node in range(13)] == [f"{label:02}" for label in labels]


@given(some_links(), st.integers(1, 9), st.randoms())
def test_no_group_is_too_large_and_the_order_of_links_does_not_matter(links, most, rng):
    named = [Weighed(f"{one:02}", f"{two:02}", weight) for one, two, weight in links]
    found = groups(named, most=most).home
    assert groups(rng.sample(named, len(named)), most=most).home == found
    assert all(sum(root == other for other in found.values()) <= most for root in found.values())


class Chained:
    """Links each record with the next one; all links hold that are among those who are looked at together."""

    fingerprint = "chain"

    def __init__(self):
        self.seen = 0

    def keys(self, records):
        """Return the number of a record and that of the next."""
        return [[str(int(record.key) + step) for step in (0, 1)] for record in records]

    def links(self, candidates):
        """Return the links of neighbors."""
        return self.links_of(candidates, ())

    def links_of(self, newcomers, others):
        """Return the links of newcomers with their neighbors."""
        here = {int(record.key): record for record in (*newcomers, *others)}
        ends = {low for record in newcomers for low in (int(record.key) - 1, int(record.key))}
        return [
            Link(here[low].node, here[low + 1].node, weight=random.Random(low).uniform(0, 12), model=self.fingerprint)
            for low in sorted(ends)
            if low in here and low + 1 in here
        ]

    def together(self, connected):
        """Return all links among *connected*."""
        self.seen += len(connected)
        return self.links_of(connected, ())


def chain(length):
    """Return records of a chain, each linked with the next."""
    return [
        SourceRecord(id=f"r{n}", source="till", key=str(n), occurred_at=NOON, attributes={"n": n})
        for n in range(length)
    ]


def told(records, size):
    """Return the resolver, and who is together in a hub to which *records* were told in batches."""
    resolver = Chained()
    hub = Hub(MemoryStore(), resolver=resolver, clock=lambda: NOON)
    hub.ingest([ModelAdopted(id="m", source="x", occurred_at=NOON, kind="records", fingerprint="chain")])
    with pytest.warns(LargeGroupWarning):
        hub.ingest(records, batch_size=size)
    groups_of: dict[str, set[str]] = {}
    for record in records:
        groups_of.setdefault(hub.resolve(record.node), set()).add(record.key)
    return resolver, sorted(map(sorted, groups_of.values()))


@settings(max_examples=10)
@given(st.permutations(chain(40)), st.sampled_from([1, 7, 40]))
def test_a_chain_is_cut_at_the_same_links_however_it_came(records, size):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connecting, "LARGEST_GROUP", 6)
        found = told(records, size)[1]
        assert found == told(chain(40), 40)[1]
    assert 1 < max(map(len, found)) <= 6


def test_records_in_groups_that_were_cut_are_counted_once_a_batch_and_not_named(monkeypatch):
    monkeypatch.setattr(connecting, "LARGEST_GROUP", 6)
    hub = Hub(MemoryStore(), resolver=Chained(), clock=lambda: NOON)
    alone = SourceRecord(id="alone", source="till", key="900", occurred_at=NOON)
    with pytest.warns(LargeGroupWarning, match=r"^resolver 'chain': 20 record\(s\) hang .* of more than 6; ") as seen:
        hub.ingest([*chain(20), alone])
    (warned,) = seen
    assert isinstance(warned.message, LargeGroupWarning)
    said = warned.message
    assert (said.fingerprint, said.records, said.most) == ("chain", 20, 6)
    hub.ingest([SourceRecord(id="other", source="till", key="700", occurred_at=NOON)])  # nothing to tell of it
    with pytest.warns(LargeGroupWarning, match=" 1 record"):
        hub.ingest([SourceRecord(id="next", source="till", key="20", occurred_at=NOON)])
    with pytest.warns(LargeGroupWarning, match=" 21 record") as seen:
        hub.rebuild()
    assert len(seen) == 1


def test_what_is_looked_at_for_a_record_does_not_grow_with_the_chain(monkeypatch):
    monkeypatch.setattr(connecting, "LARGEST_GROUP", 10)
    looked = []
    for length in (60, 240):
        resolver, found = told(chain(length), 1)
        looked.append(resolver.seen / length)
        assert max(map(len, found)) <= 10
    assert looked[1] < 1.5 * looked[0] < 60


@given(some_links())
def test_groups_that_grow_link_by_link_are_the_groups_of_all_links(links):
    growing = Growing()
    for one, two, _ in links:
        growing.join(f"{one:02}", f"{two:02}")
    home = groups([Weighed(f"{one:02}", f"{two:02}", weight) for one, two, weight in links], most=99).home
    assert growing.home() == home
    assert set(growing.nodes()) == set(home)
    assert growing.largest == max((sum(root == other for other in home.values()) for root in home.values()), default=0)
