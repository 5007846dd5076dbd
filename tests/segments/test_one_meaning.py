"""One meaning: random rules about hostile people answer alike in memory and in every engine."""

import os

import pytest
from hypothesis import Phase, given, settings, strategies as st
from tests.segments import engines
from tests.segments.tables_of_people import LAYOUT, START_US, people, rules, subjects

from unified_profile.model.times import from_micros
from unified_profile.segments.sql import answers_query

BATCHES = int(os.environ.get("UNIFIED_PROFILE_RULES", "500")) // 25
batches = st.tuples(st.lists(rules, min_size=25, max_size=25), st.integers(0, 2**32), st.integers(-2, 26))


def compare(engine, batch):
    """Ask every rule of everybody, in memory and in *engine*, and compare."""
    asked, seed, tick = batch
    now = from_micros(START_US + tick)
    rows = engine.rows(people(seed))
    engine.load(rows)
    query = answers_query({str(place): rule for place, rule in enumerate(asked)}, engine.name, LAYOUT)
    found = {row[0]: row[1:] for row in engine.ask(query.sql, query.parameters(now))}
    everybody = subjects(rows)
    assert found.keys() == everybody.keys()
    for place, rule in enumerate(asked):
        run = rule.compiled()
        for id, subject in everybody.items():
            expected, answer = run(subject, START_US + tick), found[id][place]
            left_open = any(part in query.residual for part in leaves(rule))
            if answer is None and left_open:
                continue
            assert (None if answer is None else bool(answer)) is expected, (rule.text(), id, answer, expected)


def leaves(rule):
    return [leaf for part in rule.children for leaf in leaves(part)] if rule.children else [rule]


@pytest.fixture(scope="module")
def sqlite():
    with engines.closing(engines.Sqlite()) as engine:
        yield engine


@pytest.fixture(scope="module")
def duckdb():
    with engines.closing(engines.Duckdb()) as engine:
        yield engine


@pytest.fixture(scope="module")
def postgresql(postgres_dsn):
    with engines.closing(engines.Postgresql(postgres_dsn)) as engine:
        yield engine


@pytest.fixture(scope="module")
def spark():
    with engines.closing(engines.Spark()) as engine:
        yield engine


@pytest.fixture(scope="module")
def everywhere(sqlite, duckdb, postgresql, spark):
    return [sqlite, duckdb, postgresql, spark]


# What fails names its rule and person; smaller batches would take minutes to find.
@settings(max_examples=BATCHES, phases=[Phase.explicit, Phase.generate])
@given(batches)
def test_rules_mean_the_same_in_every_engine(everywhere, batch):
    for engine in everywhere:
        compare(engine, batch)
