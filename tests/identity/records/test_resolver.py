"""One record at a time, under an adopted model, the hub comes to the same people as the batch."""

import json
import random
import tomllib
import warnings
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from unified_profile import (
    Hub,
    Judgement,
    MemoryStore,
    ModelAdopted,
    ProfileMerged,
    ProfileSplit,
    Resolver,
    Retraction,
    SourceRecord,
    Verdict,
)
from unified_profile.errors import InvalidInputError, InvalidRulesError, LargeGroupWarning
from unified_profile.identity import connecting
from unified_profile.identity.records import RecordModel, RecordResolver, resolve
from unified_profile.identity.records.clusters import Connected

from .test_quality import made_up
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


BATCH = groups(resolve(ROWS, model=MODEL).assignments.items())

# Records of crowded homes, of which links connect several people: a wrong link is never far.
CROWD, _ = made_up(1_500, 3)
RESOLVED = resolve(CROWD)
CROWDED, LEAN = RESOLVED.model, RESOLVED.lean_model()
LENIENT = -6.0


def connected_rows():
    """Return the records of groups that links connect and that are more than one person each."""
    rows = [dict(zip(CROWD, values, strict=True)) for values in zip(*CROWD.values(), strict=True)]
    linked = groups(resolve(CROWD, model=CROWDED, threshold=LENIENT, clusterer=Connected()).assignments.items())
    people_of = resolve(CROWD, model=CROWDED, threshold=LENIENT).assignments
    mixed = [group for group in linked if 2 < len(group) < 9 and len({people_of[one] for one in group}) > 1]
    wanted = frozenset().union(*sorted(mixed, key=sorted)[:8])
    return sorted((row for row in rows if row["record_id"] in wanted), key=lambda row: row["record_id"])


MIXED = connected_rows()
FINE = RecordResolver(CROWDED, threshold=LENIENT)


def crowd_record(row):
    """Return a row of a crowded home as a source record."""
    said = {name: value for name, value in row.items() if name != "record_id" and value is not None}
    return SourceRecord(id=row["record_id"], source="till", key=row["record_id"], occurred_at=NOON, attributes=said)


def who_is_who(made, rows):
    """Return who is together in the hub."""
    return groups((row["record_id"], made.resolve(crowd_record(row).node)) for row in rows)


def all_at_once(rows):
    """Return who is together when a table of *rows* is resolved under the model."""
    return groups(resolve(rows, model=CROWDED, threshold=LENIENT).assignments.items())


def fed(rows, size):
    """Return a hub to which *rows* were told in batches."""
    made = hub(FINE)
    for begin in range(0, len(rows), size):
        made.ingest([crowd_record(row) for row in rows[begin : begin + size]])
    return made


@st.composite
def some_rows(draw):
    """Return a strategy of some of the records in any order, and the size of batches."""
    rows = draw(st.lists(st.sampled_from(MIXED), min_size=3, max_size=16, unique_by=lambda row: row["record_id"]))
    return rows, draw(st.sampled_from([1, 1, 2, 5, 16]))


@settings(max_examples=25)
@given(some_rows(), st.data())
def test_one_by_one_in_any_order_and_in_batches_is_as_all_at_once(told, data):
    rows, size = told
    again = data.draw(st.lists(st.sampled_from(rows), max_size=3))
    made = fed([*rows, *again], size)
    assert who_is_who(made, rows) == all_at_once(sorted(rows, key=lambda row: row["record_id"]))


def test_what_links_connect_is_taken_apart_and_published():
    """Else the test above would say nothing: here it matters that more than the links is looked at."""
    wanted = all_at_once(MIXED)
    linked = groups(resolve(MIXED, model=CROWDED, threshold=LENIENT, clusterer=Connected()).assignments.items())
    published = set()
    for rows in (MIXED, MIXED[::-1], random.Random(3).sample(MIXED, len(MIXED))):
        one_by_one = fed(rows, 1)
        assert who_is_who(one_by_one, MIXED) == wanted != linked
        published |= {type(change) for change in one_by_one.changes(limit=10_000)}
    assert published >= {ProfileMerged, ProfileSplit}
    made = fed(MIXED, 5)
    made.rebuild()
    assert who_is_who(made, MIXED) == wanted


@settings(max_examples=15)
@given(some_rows(), st.data(), st.sampled_from([Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE]))
def test_what_a_clerk_said_and_took_back_was_never_said(told, data, verdict):
    rows, size = told
    left, right = data.draw(st.permutations(rows))[:2]
    said = Judgement(id="j", source="desk", occurred_at=NOON, verdict=verdict, left=crowd_record(left).node,
                     right=crowd_record(right).node)  # fmt: skip
    back = Retraction(id="b", source="desk", occurred_at=NOON, fact_id="j")
    middle = data.draw(st.integers(0, len(rows)))
    made = fed(rows[:middle], size)
    made.ingest([said])
    made.ingest([crowd_record(row) for row in rows[middle:]])
    together = made.resolve(crowd_record(left).node) == made.resolve(crowd_record(right).node)
    assert together is (verdict is Verdict.SAME) or verdict is Verdict.UNSURE
    made.ingest([back])
    assert who_is_who(made, rows) == all_at_once(sorted(rows, key=lambda row: row["record_id"]))


@pytest.mark.parametrize("size", [1, 37, 400])
def test_a_whole_file_in_batches_of_any_size_is_as_the_table(size):
    """The same at the usual threshold, under a model with few rules, for all who are there."""
    rows = [dict(zip(CROWD, values, strict=True)) for values in zip(*CROWD.values(), strict=True)][:400]
    resolver = RecordResolver(LEAN)
    made = hub(resolver)
    made.ingest([crowd_record(row) for row in rows], batch_size=size)
    assert who_is_who(made, rows) == groups(resolve(rows, model=LEAN).assignments.items())


HANGING = sorted(
    groups(resolve(MIXED, model=CROWDED, threshold=LENIENT, clusterer=Connected()).assignments.items()), key=sorted
)


@settings(max_examples=15)
@given(st.lists(st.sampled_from(HANGING), min_size=1, max_size=3, unique=True), st.integers(2, 5), st.data())
def test_groups_too_large_are_cut_one_by_one_as_all_at_once_and_it_is_told(chosen, most, data):
    wanted = frozenset().union(*chosen)
    rows = data.draw(st.permutations([row for row in MIXED if row["record_id"] in wanted]))
    size = data.draw(st.sampled_from([1, 2, 5, 16]))
    with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", LargeGroupWarning)
        patched.setattr(connecting, "LARGEST_GROUP", most)
        made = fed(rows, size)
        assert who_is_who(made, rows) == all_at_once(sorted(rows, key=lambda row: row["record_id"]))
        assert bool(told) is (max(map(len, chosen)) > most)
        made.rebuild()
        assert who_is_who(made, rows) == all_at_once(sorted(rows, key=lambda row: row["record_id"]))


def test_of_several_facts_of_one_record_the_likest_counts_whichever_came_first():
    rows = MIXED[:12]
    second = crowd_record(MIXED[12] | {"record_id": rows[0]["record_id"]})
    second = SourceRecord(id="again", source="till", key=rows[0]["record_id"], occurred_at=NOON,
                          attributes=second.attributes)  # fmt: skip
    facts = [*map(crowd_record, rows), second]
    found = set()
    for seed in range(4):
        made = hub(FINE)
        for fact in random.Random(seed).sample(facts, len(facts)):
            made.ingest([fact])
        found.add(frozenset(who_is_who(made, rows)))
    assert len(found) == 1


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


def told_of(change):
    """Return what a change says, without the names of people."""
    return len(change.merges), sorted(parts for _, parts in change.splits)


def test_another_model_decides_only_once_it_is_adopted_and_simulate_shows_before_what_would_change():
    refitted = RecordResolver(resolve(made_up(1_200, 9)[0]).model, threshold=LENIENT)
    made = fed(MIXED, 5)
    before = who_is_who(made, MIXED)
    foreseen = made.simulate(refitted)
    assert who_is_who(made, MIXED) == before
    opened = Hub(made.store, resolver=refitted, clock=lambda: NOON)
    opened.rebuild()  # shows it the records; what it finds does not count yet
    assert who_is_who(opened, MIXED) == before
    adoption = refitted.adoption(id="m2", source="data team", occurred_at=NOON)
    assert RecordModel.from_json(adoption.body).fingerprint == refitted.model.fingerprint
    opened.ingest([adoption])
    after = who_is_who(opened, MIXED)
    assert after == groups(resolve(MIXED, model=refitted.model, threshold=LENIENT).assignments.items()) != before
    merged = [group for group in after if sum(not group.isdisjoint(one) for one in before) > 1]
    split = sorted(parts for one in before if (parts := sum(not one.isdisjoint(group) for group in after)) > 1)
    assert told_of(foreseen) == (len(merged), split)
    back = Retraction(id="back", source="desk", occurred_at=NOON, fact_id="m2")
    opened.ingest([back])
    assert who_is_who(opened, MIXED) == before


def test_a_clerk_outlives_a_refitted_model():
    before = all_at_once(MIXED)
    pair = next(sorted(group)[:2] for group in before if len(group) > 1)
    left, right = (crowd_record(row) for row in MIXED if row["record_id"] in pair)
    made = fed(MIXED, 5)
    made.ingest([Judgement(id="j", source="desk", occurred_at=NOON, verdict=Verdict.DIFFERENT, left=left.node,
                           right=right.node)])  # fmt: skip
    refitted = RecordResolver(resolve(made_up(1_200, 9)[0]).model, threshold=-20.0)
    opened = Hub(made.store, resolver=refitted, clock=lambda: NOON)
    opened.rebuild()
    opened.ingest([refitted.adoption(id="m2", source="data team", occurred_at=NOON)])
    assert opened.resolve(left.node) != opened.resolve(right.node)
    opened.ingest([Retraction(id="b", source="desk", occurred_at=NOON, fact_id="j")])
    assert opened.resolve(left.node) == opened.resolve(right.node)


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


def test_a_hub_takes_the_resolver_by_name_with_the_model_that_the_environment_names(tmp_path, monkeypatch):
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, name = project["entry-points"]["unified_profile.resolvers"]["records"].partition(":")
    make = getattr(import_module(module), name)
    with pytest.raises(InvalidInputError, match="UNIFIED_PROFILE_RECORD_MODEL: not set"):
        make()
    file = tmp_path / "model.json"
    monkeypatch.setenv("UNIFIED_PROFILE_RECORD_MODEL", str(file))
    with pytest.raises(InvalidInputError, match="names no file of JSON"):
        make()
    file.write_text("[]", "utf-8")
    with pytest.raises(InvalidRulesError):
        make()
    file.write_text(
        json.dumps(dict(RecordResolver(MODEL, threshold=2.0).adoption(id="m", source="x", occurred_at=NOON).body))
    )
    assert make().fingerprint == RecordResolver(MODEL, threshold=2.0).fingerprint
