"""One meaning: random rules about hostile people answer alike in memory and in every engine."""

import os

import pytest
from hypothesis import Phase, given, settings, strategies as st
from tests.segments import engines
from tests.segments.tables_of_people import COLUMNS, LAYOUT, START_US, TABLES, people, rules, subjects

from unified_profile.model.times import from_micros
from unified_profile.segments.bulk import Scan
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
            left_open = any(part in query.residual for part in (rule, *leaves(rule)))
            if answer is None and left_open:
                continue
            assert (None if answer is None else bool(answer)) is expected, (rule.text(), id, answer, expected)


def framed(rows, backend):
    """Return the tables as frames; what a frame cannot say of a kind stays what it is."""
    tables = {}
    for table, held in rows.items():
        names = [name for name, _ in COLUMNS[table]]
        found = {name: [row[place] for row in held] for place, name in enumerate(names)}
        if backend == "pandas":
            import pandas as pd

            tables[TABLES[table]] = pd.DataFrame(
                {name: pd.Series(cells, dtype=object) for name, cells in found.items()}
            )
        else:
            tables[TABLES[table]] = pl_frame(found, COLUMNS[table])
    return tables


def pl_frame(found, columns):
    """Return a frame of polars with the kinds of the columns."""
    import polars as pl

    kinds = {"integer": pl.Int64, "float": pl.Float64, "flag": pl.Boolean}
    return pl.DataFrame(found, schema={name: kinds.get(kind, pl.String) for name, kind in columns}, strict=False)


@pytest.mark.parametrize("backend", ["polars", "pandas"])
@settings(max_examples=BATCHES, phases=[Phase.explicit, Phase.generate])
@given(batches)
def test_rules_mean_the_same_over_frames(backend, batch):
    asked, seed, tick = batch
    rows = people(seed)
    now = from_micros(START_US + tick)
    found = Scan(LAYOUT, framed(rows, backend)).answers({str(n): rule for n, rule in enumerate(asked)}, now)
    everybody = subjects(rows).values()
    for place, rule in enumerate(asked):
        run = rule.compiled()
        assert found[str(place)] == [run(subject, START_US + tick) for subject in everybody], rule.text()


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
