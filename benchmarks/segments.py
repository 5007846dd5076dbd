"""Segments at speed: a prepared row beside rule-engine, and many segments over many people in DuckDB.

    PYTHONPATH=src python benchmarks/segments.py row            # with rule-engine installed
    PYTHONPATH=src python benchmarks/segments.py duckdb         # 1M people, 10M events, beside SQL written by hand
    PYTHONPATH=src python benchmarks/segments.py many           # 100 segments beside 1,000
    PYTHONPATH=src python benchmarks/segments.py frames polars  # 1M people, 10M events in frames (pandas, numpy too)

Times are the least of several; rows are checked to be answered alike before anything is timed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from unified_profile.model.times import to_micros
from unified_profile.segments import Column, EventTable, Layout, Segment, events, prop, trait
from unified_profile.segments.sql import answers_query

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOW_US = to_micros(NOW)
DAY_US = 86_400_000_000


def both(run: Callable[[], Any]) -> tuple[float, float]:
    """Return how long a run took on the clock, and how much time of processors (all threads), in seconds."""
    start, worked = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - worked


def row() -> None:
    """Ask five conditions of a prepared row, beside rule-engine."""
    import rule_engine  # type: ignore[import-not-found]  # in an environment of the benchmark's own

    rule = (
        (trait("country") == "JP")
        & (trait("age") >= 18)
        & trait("plan").is_in(["pro", "team"])
        & (trait("visits") > 3)
        & trait("city").starts("Os")
    )
    ask = Segment("five", rule, purpose="service").prepare(NOW)
    text = 'country == "JP" and age >= 18 and plan in ["pro", "team"] and visits > 3 and city =~ "Os.*"'
    peer = rule_engine.Rule(text)
    cells = {"country": "JP", "age": 30, "plan": "pro", "visits": 7, "city": "Osaka"}
    for change in ({}, {"age": 3}, {"plan": "free"}, {"visits": 3}, {"city": "Kobe"}, {"country": "US"}):
        assert ask(cells | change) is peer.matches(cells | change)
    n, rounds = 50_000, 15
    ours, theirs = [], []
    for _ in range(rounds):  # by turns, so that what else the machine does meets both
        ours.append(both(lambda: [ask(cells) for _ in range(n)]))
        theirs.append(both(lambda: [peer.matches(cells) for _ in range(n // 50)]))
    (our_us, our_cpu), (peer_us, peer_cpu) = (
        tuple(min(run[part] for run in runs) / count * 1e6 for part in (0, 1))
        for runs, count in ((ours, n), (theirs, n // 50))
    )
    print(f"five conditions on a row: {our_us:.2f} us ({our_cpu:.2f} of processors)")
    print(f"rule-engine {rule_engine.__version__}: {peer_us:.1f} us ({peer_cpu:.1f})")
    print(f"{peer_us / our_us:.0f} times faster by the clock, {peer_cpu / our_cpu:.0f} by processors")


def tables(people: int = 1_000_000, told: int = 10_000_000) -> Any:
    """Return a DuckDB with people and events."""
    import duckdb

    db = duckdb.connect()
    db.execute(
        f"CREATE TABLE people AS SELECT range AS id, 18 + hash(range) % 60 AS age,"
        " ['JP','US','DE','FR'][CAST(1 + hash(range * 7) % 4 AS BIGINT)] AS country,"
        " ['free','pro','team'][CAST(1 + hash(range * 3) % 3 AS BIGINT)] AS plan"
        f" FROM range({people})"
    )
    db.execute("ALTER TABLE people ALTER age TYPE BIGINT")
    db.execute(
        f"CREATE TABLE events AS SELECT range AS id, CAST(hash(range) % {people} AS BIGINT) AS person,"
        f" CAST({NOW_US} - hash(range * 11) % {365 * DAY_US} AS BIGINT) AS at,"
        " ['Page Viewed','Product Viewed','Product Added','Order Completed','Signed In']"
        "[CAST(1 + hash(range * 5) % 5 AS BIGINT)] AS name, CAST(hash(range * 13) % 20000 AS BIGINT) AS total"
        f" FROM range({told})"
    )
    return db


LAYOUT = Layout(
    "people",
    "id",
    {"age": Column("age", "integer"), "country": Column("country"), "plan": Column("plan")},
    events=EventTable(
        "events",
        "person",
        "id",
        Column("at", "instant"),
        name=Column("name"),
        properties={"total": Column("total", "integer")},
    ),
)


def twenty() -> dict[str, Any]:
    """Return twenty segments, and each as somebody would write it by hand."""
    found: dict[str, Any] = {}
    names = ["Page Viewed", "Product Viewed", "Product Added", "Order Completed", "Signed In"]
    for place in range(20):
        name, days, country = names[place % 5], 7 + 7 * place, ["JP", "US", "DE", "FR"][place % 4]
        chosen = events(name)
        if place % 4 == 0:
            rule = (trait("country") == country) & (chosen.count().within(days=days) >= 2)
        elif place % 4 == 1:
            rule = (trait("age") >= 30) & (chosen.sum("total").within(days=days) >= 20_000)
        elif place % 4 == 2:
            rule = (trait("plan") == "pro") & (chosen.count().within(days=days) == 0)
        else:
            rule = (trait("country") != country) & (
                chosen.where(prop("total") >= 15_000).count().within(days=days) >= 1
            )
        found[f"s{place}"] = rule
    return found


def by_hand() -> str:
    """Return the SQL that somebody would write for the twenty."""
    names = ["Page Viewed", "Product Viewed", "Product Added", "Order Completed", "Signed In"]
    totals, tests = [], []
    for place in range(20):
        name, since, country = names[place % 5], NOW_US - (7 + 7 * place) * DAY_US, ["JP", "US", "DE", "FR"][place % 4]
        within = f"name = '{name}' AND \"at\" >= {since}"
        if place % 4 == 0:
            totals.append(f"count(*) FILTER ({within}) AS m{place}")
            tests.append(f"country = '{country}' AND coalesce(m{place}, 0) >= 2 AS s{place}")
        elif place % 4 == 1:
            totals.append(f"sum(total) FILTER ({within}) AS m{place}")
            tests.append(f"age >= 30 AND coalesce(m{place}, 0) >= 20000 AS s{place}")
        elif place % 4 == 2:
            totals.append(f"count(*) FILTER ({within}) AS m{place}")
            tests.append(f"plan = 'pro' AND coalesce(m{place}, 0) = 0 AS s{place}")
        else:
            totals.append(f"count(*) FILTER ({within} AND total >= 15000) AS m{place}")
            tests.append(f"country <> '{country}' AND coalesce(m{place}, 0) >= 1 AS s{place}")
    return (
        f'WITH a AS (SELECT person, {", ".join(totals)} FROM events WHERE "at" <= {NOW_US} GROUP BY person)'
        f" SELECT p.id, {', '.join(tests)} FROM people p LEFT JOIN a ON a.person = p.id"
    )


def in_duckdb() -> None:
    """Twenty segments over a million people and ten million events, beside SQL written by hand."""
    import duckdb

    db = tables()
    query = answers_query(twenty(), "duckdb", LAYOUT)
    ours_sql, bound = query.sql, query.parameters(NOW)
    counted = ", ".join(f"count(*) FILTER (s{place}) AS s{place}" for place in range(20))
    counted_ours = ", ".join(f"count(*) FILTER (s{place} = 1) AS s{place}" for place in range(20))
    hand, ours = f"SELECT {counted} FROM ({by_hand()})", f"SELECT {counted_ours} FROM ({ours_sql})"
    assert db.execute(hand).fetchall() == db.execute(ours, bound).fetchall()
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    by_hand_runs, our_runs = [], []
    for _ in range(runs):
        by_hand_runs.append(both(lambda: db.execute(hand).fetchall()))
        our_runs.append(both(lambda: db.execute(ours, bound).fetchall()))
    (by_hand_s, by_hand_cpu), (ours_s, ours_cpu) = (
        (min(clock for clock, _ in found), min(cpu for _, cpu in found)) for found in (by_hand_runs, our_runs)
    )
    print(f"DuckDB {duckdb.__version__}: 20 segments, 1M people, 10M events")
    print(f"by hand {by_hand_s:.2f} s (processors {by_hand_cpu:.2f}), to_sql {ours_s:.2f} s ({ours_cpu:.2f})")
    print(f"{ours_cpu / by_hand_cpu:.2f} times by processors, {ours_s / by_hand_s:.2f} by the clock")


def rules(count: int) -> dict[str, Any]:
    """Return *count* segments that share conditions as those of a company do: some windows, countries and names."""
    names = ["Page Viewed", "Product Viewed", "Product Added", "Order Completed", "Signed In"]
    found: dict[str, Any] = {}
    for place in range(count):
        chosen = (
            events(names[place % 5]).count().within(timedelta(days=[1, 7, 14, 30, 60, 90, 180, 365][place // 5 % 8]))
        )
        country = trait("country") == ["JP", "US", "DE", "FR"][place // 40 % 4]
        found[f"s{place}"] = country & (trait("age") >= 18 + place % 50) & (chosen >= 1 + place % 3)
    return found


def many() -> None:
    """A thousand segments beside a hundred."""
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    db = tables(size, 10 * size)
    took = {}
    for count in (100, 1_000):
        made = answers_query(rules(count), "duckdb", LAYOUT)
        counted = ", ".join(f"sum(s{place})" for place in range(count))
        sql, bound = f"SELECT {counted} FROM ({made.sql})", made.parameters(NOW)
        found = [both(lambda: db.execute(sql, bound).fetchall()) for _ in range(3)]
        took[count] = min(cpu for _, cpu in found)
        clock = min(clock for clock, _ in found)
        print(
            f"{count} segments over {size} people, {10 * size} events: {clock:.2f} s ({took[count]:.2f} of processors)"
        )
    print(f"{took[1_000] / took[100]:.1f} times by processors")


def in_frames() -> None:
    """Twenty segments over frames of a million people and ten million events, without a database."""
    import resource

    from unified_profile.segments.bulk import Scan

    kind = sys.argv[2] if len(sys.argv) > 2 else "polars"
    size = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    read: dict[str, Callable[[Any], Any]] = {
        "polars": lambda relation: relation.pl(),
        "pandas": lambda relation: relation.df(),
        "pyarrow": lambda relation: relation.to_arrow_table(),
        "numpy": lambda relation: dict(relation.fetchnumpy()),
    }
    db = tables(size, 10 * size)
    held = {name: read[kind](db.sql(f"FROM {name}")) for name in ("people", "events")}
    by_database = db.execute(f"SELECT {', '.join(f'sum(s{n})' for n in range(20))} FROM ({by_hand()})").fetchone()
    db.close()

    def most() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    before = most()
    found: dict[str, Any] = {}

    def ask() -> None:
        found.update(Scan(LAYOUT, held).members(twenty(), NOW))

    clock, cpu = both(ask)
    assert by_database is not None
    assert [int(found[f"s{n}"].sum()) for n in range(20)] == [int(each) for each in by_database]
    print(f"{kind}: 20 segments, {size} people, {10 * size} events: {clock:.1f} s ({cpu:.1f} of processors)")
    print(f"most memory: {before} MB with the frames (made by DuckDB in this process), {most()} MB after the scan")


if __name__ == "__main__":
    parts = {"row": row, "duckdb": in_duckdb, "many": many, "frames": in_frames}
    parts[sys.argv[1] if len(sys.argv) > 1 else "duckdb"]()
