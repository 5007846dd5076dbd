"""Segments over Parquet files and frames in DuckDB: a file, many by a pattern, folders that hold a column's value."""

from datetime import timedelta

import attrs
import pytest
from hypothesis import Phase, given, settings
from tests.segments import engines
from tests.segments.tables_of_people import COLUMNS, LAYOUT, START_US, TABLES, people, subjects
from tests.segments.test_one_meaning import batches, compare

from unified_profile.expressions import events, member_of, prop, trait
from unified_profile.model.times import from_micros
from unified_profile.segments.sql import answers_query

NOW = from_micros(START_US + 12)
RULES = (
    trait("age") >= 1,
    trait("tags").size >= 2,
    trait("pets").elem_match(prop("kind") == "dog", prop("age") > 0),
    events("Bought").avg("items", "n") > 0.5,
    events("Added").not_followed_by(events("Bought"), within=timedelta(microseconds=4), same="sku"),
    trait("born").in_period("month", yearly=True, zone="Asia/Tokyo"),
    member_of("complete"),
)


class Parquet(engines.Duckdb):
    """Tables that are Parquet files: people in several, events in a folder for each type."""

    def __init__(self, folder):
        import duckdb

        self.folder = folder
        self.connection = duckdb.connect(config={"threads": 1})
        self.number = 0

    def load(self, rows):
        import pyarrow.parquet as pq

        self.number += 1
        here = self.folder / str(self.number)
        for table, held in rows.items():
            found = engines.arrow(COLUMNS[table], self.cells(table, held))
            if table == "events":
                pq.write_to_dataset(found, here / table, partition_cols=["type"])
                files = here / table / "*" / "*.parquet"
            else:
                (here / table).mkdir(parents=True)
                half = len(held) // 2
                pq.write_table(found.slice(0, half), here / table / "0.parquet")
                pq.write_table(found.slice(half), here / table / "1.parquet")
                files = here / table / "*.parquet"
            self.connection.execute(
                f"CREATE OR REPLACE VIEW {self.table(table)} AS SELECT * FROM read_parquet('{files}')"
            )


@settings(max_examples=2, phases=[Phase.explicit, Phase.generate])
@given(batch=batches)
def test_rules_mean_the_same_over_parquet(tmp_path_factory, batch):
    with engines.closing(Parquet(tmp_path_factory.mktemp("parquet"))) as engine:
        compare(engine, batch)


@pytest.mark.parametrize("library", ["polars", "pandas", "pyarrow"])
def test_frames_and_files_may_be_named_as_tables(tmp_path, library):
    """A layout's table may be a file, a pattern of files, or a registered frame."""
    import duckdb
    import pyarrow.parquet as pq

    rows = people(7)
    found = {name: engines.arrow(COLUMNS[name], engines.Engine().cells(name, held)) for name, held in rows.items()}
    pq.write_table(found["people"], tmp_path / "people.parquet")
    pq.write_table(found["events"], tmp_path / "events-1.parquet")
    assert LAYOUT.events is not None
    layout = attrs.evolve(
        LAYOUT,
        table=str(tmp_path / "people.parquet"),
        events=attrs.evolve(LAYOUT.events, table=str(tmp_path / "events-*.parquet")),
    )
    with duckdb.connect() as connection:
        for name in ("tags", "pets", "items", "members"):
            table = found[name]
            if library == "polars":
                import polars as pl

                table = pl.from_arrow(table)
            elif library == "pandas":
                table = table.to_pandas()
            connection.register(TABLES[name], table)
        query = answers_query({str(place): rule for place, rule in enumerate(RULES)}, "duckdb", layout)
        assert query.residual == {}
        answers = {row[0]: row[1:] for row in connection.execute(query.sql, query.parameters(NOW)).fetchall()}
    for id, person in subjects(rows).items():
        expected = [rule.evaluate(person, NOW) for rule in RULES]
        assert [None if each is None else bool(each) for each in answers[id]] == expected
