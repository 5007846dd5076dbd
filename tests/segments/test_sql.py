"""Segments in SQL: timestamps of the engines, what is finished in memory, permission, and values that stay data."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.segments import engines
from tests.segments.tables_of_people import LAYOUT, START_US, people, rules, subjects

from unified_profile.errors import InvalidRulesError, UnknownNameError
from unified_profile.expressions import AllBut, Subject, all_of
from unified_profile.model.times import from_micros, to_micros
from unified_profile.segments import Column, EventTable, Layout, ListTable, Segment, attribute, events, prop, trait
from unified_profile.segments.sql import DIALECTS, answers_query, membership_query, person_of
from unified_profile.segments.sql.parsing import REASON

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MOMENTS = [
    NOW,
    NOW - TICK,
    NOW + TICK,
    NOW - timedelta(days=1),
    NOW - timedelta(days=1) - TICK,
    datetime(1, 1, 1, tzinfo=UTC),
]
DAY = trait("seen").within_last(days=1)
OLD = trait("seen").older_than(days=1)


@pytest.fixture(scope="module")
def duckdb():
    import duckdb

    connection = duckdb.connect()
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def postgresql(postgres_dsn):
    import psycopg

    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


def answered(connection, dialect, layout, moments):
    """Compare what an engine answers of instants with what memory answers."""
    query = answers_query({"day": DAY, "old": OLD}, dialect, layout)
    found = {row[0]: row[1:] for row in connection.execute(query.sql, query.parameters(NOW)).fetchall()}
    for number, moment in enumerate(moments):
        person = Subject({"seen": moment.isoformat()})
        expected = tuple(rule.evaluate(person, NOW) for rule in (DAY, OLD))
        assert tuple(None if each is None else bool(each) for each in found[number]) == expected, moment
    return found


@pytest.mark.parametrize("type", ["TIMESTAMPTZ", "TIMESTAMP"])
def test_timestamps_of_duckdb_are_the_instants_they_name(duckdb, type):
    duckdb.execute(f"CREATE OR REPLACE TABLE p (id BIGINT, seen {type})")
    for number, moment in enumerate(MOMENTS):
        told = moment if type == "TIMESTAMPTZ" else moment.replace(tzinfo=None)
        duckdb.execute("INSERT INTO p VALUES (?, ?)", [number, told])
    duckdb.execute("INSERT INTO p VALUES (98, 'infinity'), (99, NULL)")
    layout = Layout("p", "id", {"seen": Column("seen", "instant", stored="timestamp")})
    found = answered(duckdb, "duckdb", layout, MOMENTS)
    assert found[98] == found[99] == (None, None)


@pytest.mark.parametrize("type", ["timestamptz", "timestamp"])
def test_timestamps_of_postgresql_are_the_instants_they_name_in_any_session(postgresql, type):
    postgresql.execute(f"DROP TABLE IF EXISTS p; CREATE TABLE p (id bigint, seen {type})")
    postgresql.execute("SET TIME ZONE 'Asia/Tokyo'")
    for number, moment in enumerate(MOMENTS):
        told = moment if type == "timestamptz" else moment.replace(tzinfo=None)
        postgresql.execute("INSERT INTO p VALUES (%s, %s)", [number, told])
    postgresql.execute("INSERT INTO p VALUES (97, '290000-01-01'), (98, '-infinity'), (99, NULL)")
    layout = Layout("p", "id", {"seen": Column("seen", "instant", stored="timestamp")})
    found = answered(postgresql, "postgresql", layout, MOMENTS)
    assert found[97] == found[98] == found[99] == (None, None)


@pytest.mark.parametrize(("stored", "size"), (("millis", 1_000), ("seconds", 1_000_000)))
def test_instants_may_be_stored_coarsely(duckdb, stored, size):
    duckdb.execute("CREATE OR REPLACE TABLE p (id BIGINT, seen BIGINT)")
    whole = [from_micros(to_micros(moment) // size * size) for moment in MOMENTS]
    for number, moment in enumerate(whole):
        duckdb.execute("INSERT INTO p VALUES (?, ?)", [number, to_micros(moment) // size])
    duckdb.execute(f"INSERT INTO p VALUES (99, {2**63 - 1})")
    layout = Layout("p", "id", {"seen": Column("seen", "instant", stored=stored)})
    assert answered(duckdb, "duckdb", layout, whole)[99] == (None, None)


def test_sqlite_has_no_timestamps():
    with pytest.raises(InvalidRulesError, match="microseconds"):
        answers_query({"x": DAY}, "sqlite", Layout("p", "id", {"seen": Column("seen", "instant", stored="timestamp")}))


@pytest.fixture(scope="module")
def sqlite():
    with engines.closing(engines.Sqlite()) as engine:
        yield engine


@given(rules, rules, st.integers(0, 2**32))
def test_a_query_and_what_is_finished_in_memory_find_the_members(sqlite, one, other, seed):
    """With a part that no dialect can say, joined in every way."""
    rows = people(seed, count=5)
    sqlite.load(rows)
    everybody, now = subjects(rows), from_micros(START_US + 5)
    hard = trait("plan").matches("a|b")
    for rule in (all_of(one, hard), one | hard, ~(hard & other), ~hard & (one | other), all_of(one, ~(other | hard))):
        query = membership_query("x", rule, "sqlite", LAYOUT)
        assert hard in query.residual
        found = set(query.finish(sqlite.ask(query.sql, query.parameters(now)), everybody.__getitem__, now))
        assert found == {key for key, person in everybody.items() if rule.evaluate(person, now) is True}


def test_what_the_parser_of_sqlite_is_too_small_for_is_finished_in_memory(sqlite):
    """A rule of as many levels as there may be, one of which is deep on its own."""
    rows = people(9, count=6)
    sqlite.load(rows)
    everybody, now = subjects(rows), from_micros(START_US + 5)
    inner, whole = (each.calendar("day", [29], zone="Asia/Tokyo") for each in (attribute("occurred_at"), trait("seen")))
    for _ in range(9):
        inner = ~((prop("gift") == True) & ((prop("total") != 3) | inner))  # noqa: E712 - a rule, not a question
        whole = ~((trait("active") == True) & ((trait("limit") != 3) | whole))  # noqa: E712 - a rule, not a question
    deep = events("Bought").where(inner).count() >= 1
    for rule in (deep, whole, deep | (trait("age") >= 1), whole & deep):
        query = membership_query("x", rule, "sqlite", LAYOUT)
        found = set(query.finish(sqlite.ask(query.sql, query.parameters(now)), everybody.__getitem__, now))
        assert found == {key for key, person in everybody.items() if rule.evaluate(person, now) is True}
        assert REASON in query.residual.values()
    several = answers_query({"a": deep, "b": whole, "c": trait("age") >= 1}, "sqlite", LAYOUT)
    assert [row[3] for row in sqlite.ask(several.sql, several.parameters(now))].count(1) == sum(
        (trait("age") >= 1).evaluate(person, now) is True for person in everybody.values()
    )


def test_who_cannot_be_a_member_is_not_fetched(sqlite):
    rows = people(4, count=8)
    sqlite.load(rows)
    rule = (trait("active") == True) & trait("plan").matches("a")  # noqa: E712 - a rule, not a question
    query = membership_query("x", rule, "sqlite", LAYOUT)
    fetched = {row[0] for row in sqlite.ask(query.sql, query.parameters(NOW))}
    assert fetched == {key for key, person in subjects(rows).items() if person.traits.get("active") is True}


@given(rules, st.integers(0, 2**32))
def test_what_is_denied_is_unknown_in_sql_too(sqlite, rule, seed):
    rows = people(seed, count=4)
    sqlite.load(rows)
    denied: dict[str, Any] = {"denied": AllBut({"age"}), "denied_events": frozenset({"Bought"})}
    query = answers_query({"x": rule}, "sqlite", LAYOUT, **denied)
    if query.residual:
        return
    expected = {key: rule.compiled()(person, START_US) for key, person in subjects(rows, **denied).items()}
    found = dict(sqlite.ask(query.sql, query.parameters(from_micros(START_US))))
    assert {key: None if answer is None else bool(answer) for key, answer in found.items()} == expected


HOSTILE = "'; DROP TABLE people; -- \" ` \\ %s :p0 $1 @p0 \0 {x}"


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_values_never_stand_in_the_text_and_names_are_quoted(dialect):
    table = EventTable(
        'e`"', "who", "id", Column("at", "instant"), name=Column("name"), properties={HOSTILE: Column("x")}
    )
    layout = Layout('my "`table', "id", {HOSTILE: Column('co`l"', "text")}, events=table)
    rule = all_of(
        trait(HOSTILE) == HOSTILE,
        trait(HOSTILE).is_in([HOSTILE, "b"]),
        trait(HOSTILE).contains(HOSTILE),
        events(HOSTILE).where(prop(HOSTILE) == HOSTILE).count().within(days=1) >= 1,
    )
    query = membership_query("x", rule, dialect, layout)
    assert "DROP" not in query.sql
    assert query.residual == {}
    assert {HOSTILE, "b"} <= set(query.parameters(NOW).values()) or dialect == "postgresql"
    doubled = {'"': 'my ""`table', "`": 'my "``table'}[DIALECTS[dialect].quote]
    assert doubled in query.sql or dialect == "bigquery"


def test_a_layout_says_what_is_wrong_with_it():
    for wrong in (
        lambda: Layout("", "id"),
        lambda: Layout("t", "id\n"),
        lambda: Layout("t", "id", {"a": "b"}),  # type: ignore[dict-item]  # the slip
        lambda: Layout("t", "id", {("a",): Column("x"), ("a", "b"): Column("y")}),
        lambda: Column("x", "money"),  # type: ignore[arg-type]  # the slip
        lambda: Column("x", "integer", ci="y"),
        lambda: Column("x", "integer", scale=2),
        lambda: Column("x", "decimal", scale=16),
        lambda: ListTable("t", "o", {}),
        lambda: EventTable("t", "o", "i", Column("at"), name="x"),
        lambda: EventTable("t", "o", "i", Column("at", "instant"), name="x", attributes={"color": "red"}),
        lambda: Layout("t", "id", elsewhere="name"),
        lambda: Segment("s", trait("x") == 1, purpose="p").to_sql("sqlite", {}),  # type: ignore[arg-type]  # the slip
    ):
        with pytest.raises(InvalidRulesError):
            wrong()
    segment = Segment("s", trait("contry") == "JP", purpose="p")
    layout = Layout("t", "id", {"country": Column("country")}, elsewhere={"iban"})
    with pytest.raises(UnknownNameError, match="country"):
        segment.to_sql("sqlite", layout)
    with pytest.raises(UnknownNameError, match="sqlite"):
        segment.to_sql("sqlit", layout)  # type: ignore[arg-type]  # the slip
    with pytest.raises(UnknownNameError):
        Segment("s", events("x").count() > 1, purpose="p").to_sql("sqlite", layout)
    assert Segment("s", trait("iban").exists(), purpose="p").to_sql("sqlite", layout).residual
    with pytest.raises(ValueError, match="not in the row"):
        person_of(layout, {"id": 1})


def test_an_empty_attribute_or_missing_column_is_what_it_is_in_memory():
    layout = Layout("t", "id", {"n": Column("n", "integer", null="null")})
    assert person_of(layout, {"id": 1, "n": None}).traits == {"n": None}
    with pytest.raises(ValueError, match="no integer"):
        person_of(layout, {"id": 1, "n": "x"})


EDGES = Layout(
    "edges",
    "id",
    {"born": Column("born", "date"), ("at", "lat"): Column("lat", "float"), ("at", "lon"): Column("lon", "float")},
    events=EventTable(
        "told", "id", "no", Column("at", "instant"), name="Told", properties={"total": Column("total", "integer")}
    ),
)


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_edges_that_chance_seldom_meets(engine):
    """Birthdays of 29 February at both ends of a period, means beside their value, places on the edges of polygons."""
    import sqlite3

    import duckdb

    people: list[dict[str, Any]] = [
        {"id": number, "born": born, "lat": lat, "lon": lon}
        for number, (born, lat, lon) in enumerate(
            (born, float(lat), float(lon))
            for born in ("2000-02-29", "2001-02-28", "2001-03-01")
            for lat in range(4)
            for lon in range(4)
        )
    ]
    told = [
        {"no": f"{person['id']}-{place}", "id": person["id"], "at": START_US, "name": "Told", "total": total}
        for person in people
        for place, total in enumerate([1, 2, 2 - person["id"] % 3][: 1 + person["id"] % 4])
    ]
    connection = sqlite3.connect(":memory:") if engine == "sqlite" else duckdb.connect()
    day = "TEXT" if engine == "sqlite" else "DATE"
    connection.execute(f"CREATE TABLE edges (id BIGINT, born {day}, lat DOUBLE PRECISION, lon DOUBLE PRECISION)")
    connection.execute('CREATE TABLE told (no TEXT, id BIGINT, "at" BIGINT, name TEXT, total BIGINT)')
    connection.executemany("INSERT INTO edges VALUES (?, ?, ?, ?)", [tuple(each.values()) for each in people])
    connection.executemany("INSERT INTO told VALUES (?, ?, ?, ?, ?)", [tuple(each.values()) for each in told])
    totals = (events("Told").avg("total") > each for each in (1, 1.25, 1.333, 1.5, 1.501, 1.667, 2))
    means = [rule for each in totals for rule in (each, ~each)] + [events("Told").avg("total") == 1.5]
    around = [
        trait("at").in_polygon([(0, 0), (0, 2), (2, 2), (2, 0)]),
        trait("at").in_polygon([(1, 0), (3, 1), (0, 3)]),
    ]
    birthdays = [
        trait("born").in_period("day", first, last, yearly=True, zone="UTC", leap=leap)
        for leap in ("feb28", "mar1", "leap_years")
        for first, last in ((0, 0), (-1, 0), (0, 1), (1, 1))
    ]
    rules = {str(place): rule for place, rule in enumerate((*means, *around, *birthdays))}
    query = answers_query(rules, engine, EDGES)
    assert query.residual == {}
    everybody = {
        each["id"]: person_of(EDGES, each, events=[event for event in told if event["id"] == each["id"]])
        for each in people
    }
    for year in (2027, 2028):
        for shift in range(-1, 4):
            now = datetime(year, 2, 27, 12, tzinfo=UTC) + timedelta(days=shift)
            for id, *answers in connection.execute(query.sql, query.parameters(now)).fetchall():
                expected = [rule.evaluate(everybody[id], now) for rule in rules.values()]
                assert [None if each is None else bool(each) for each in answers] == expected
    connection.close()
