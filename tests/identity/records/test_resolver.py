"""One record at a time, under an adopted model, the hub comes to the same people as the batch."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from unified_profile import Hub, Judgement, MemoryStore, ModelAdopted, Resolver, SourceRecord, Verdict
from unified_profile.identity.records import RecordResolver, resolve
from unified_profile.identity.records.clusters import Connected

from .test_resolve import people

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROWS, _ = people(60, seed=7)
MODEL = resolve(people(300, seed=7)[0]).model
COLUMNS = ("first_name", "surname", "dob", "city", "phone")


def record(row):
    """Return a row as a source record without identifiers."""
    said = {name: row[name] for name in COLUMNS if row[name] is not None}
    key = str(row["record_id"])
    return SourceRecord(id=f"crm-{key}", source="crm", key=key, occurred_at=NOON, attributes=said)


def hub(resolver):
    """Return a hub that has adopted the model of *resolver*."""
    made = Hub(MemoryStore(), resolver=resolver, clock=lambda: NOON)
    made.ingest([
        ModelAdopted(id="m", source="data team", occurred_at=NOON, kind="records", fingerprint=resolver.fingerprint)
    ])  # fmt: skip
    return made


def groups(pairs):
    """Return who is together."""
    found: dict[object, set[object]] = {}
    for one, cluster in pairs:
        found.setdefault(cluster, set()).add(one)
    return {frozenset(group) for group in found.values()}


BATCH = groups(resolve(ROWS, model=MODEL, clusterer=Connected()).assignments.items())


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 40))
def test_one_by_one_in_any_order_and_in_batches_is_as_all_at_once(seed, size):
    rows = random.Random(seed).sample(ROWS, len(ROWS))
    made = hub(RecordResolver(MODEL))
    for begin in range(0, len(rows), size):
        made.ingest([record(row) for row in rows[begin : begin + size]])
    assert groups((row["record_id"], made.resolve(record(row).node)) for row in rows) == BATCH
    assert any(len(group) > 1 for group in BATCH)


def test_a_clerk_outlives_the_model():
    left, right = next(sorted(group) for group in BATCH if len(group) == 2)
    named = {row["record_id"]: record(row) for row in ROWS}
    made = hub(RecordResolver(MODEL))
    made.ingest([named[left], named[right]])
    assert made.resolve(named[left].node) == made.resolve(named[right].node)
    said = Judgement(id="j", source="desk", occurred_at=NOON, verdict=Verdict.DIFFERENT, left=named[left].node,
                     right=named[right].node)  # fmt: skip
    assert made.ingest([said]).split == 1
    again = RecordResolver(MODEL, threshold=1.0)
    made = hub(again)
    made.ingest([said, named[right], named[left]])
    assert made.resolve(named[left].node) != made.resolve(named[right].node)


def test_a_model_that_is_not_adopted_decides_nothing():
    left, right = next(sorted(group) for group in BATCH if len(group) == 2)
    named = {row["record_id"]: record(row) for row in ROWS}
    resolver = RecordResolver(MODEL)
    made = Hub(MemoryStore(), resolver=resolver, clock=lambda: NOON)
    made.ingest([named[left], named[right]])
    assert made.resolve(named[left].node) != made.resolve(named[right].node)
    adopted = ModelAdopted(id="m", source="x", occurred_at=NOON, kind="records", fingerprint=resolver.fingerprint)
    assert made.ingest([adopted]).merged == 1


def test_it_is_a_resolver_and_another_threshold_is_another_fingerprint():
    assert isinstance(RecordResolver(MODEL), Resolver)
    assert RecordResolver(MODEL).fingerprint != RecordResolver(MODEL, threshold=2.0).fingerprint


@pytest.mark.parametrize("value", [["a"], {"a": 1}, "\ud800", "x" * 1_000_000, "", 3.5, True, "\x00"])
def test_whatever_a_record_holds_it_is_looked_at(value):
    row = ROWS[0] | {"first_name": value}
    try:
        told = record(row)
    except ValueError:
        return  # the model of facts refuses it
    resolver = RecordResolver(MODEL)
    assert len(resolver.keys([told, record(ROWS[1])])) == 2
    resolver.links([told, record(ROWS[1])])
