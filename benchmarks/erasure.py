"""Measures the erasure of one person among many, on SQLite, without the scan of verification; and what the gate costs.

Half of them are erased with ``overwrite=False``. Then the file is overwritten once, and the others are erased as
``erase`` does by itself.

    python benchmarks/erasure.py                               # 10^5 people; those who are erased have 200 facts each
    python benchmarks/erasure.py --others 200 --store big.db   # everybody has 200 facts: builds for a long time, once

One JSON line a figure. The store is built by ingestion, and kept where ``--store`` says.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from unified_profile import Event, Hub, Identifier, SourceRecord, SqliteStore

START = datetime(2026, 1, 1, tzinfo=UTC)


def facts(person: int, count: int) -> Iterator[SourceRecord | Event]:
    """Yield *count* facts of one person: a record, then visits on two devices, every tenth of them signed in."""
    mail, user = Identifier("email", f"person{person}@example.com"), Identifier("user_id", f"u{person}")
    yield SourceRecord(
        id=f"r{person}", source="crm", key=str(person), occurred_at=START, identifiers=[mail, user],
        attributes={"city": f"city{person % 50}", "first_name": f"name{person}"},
    )  # fmt: skip
    for number in range(count - 1):
        device = Identifier("anonymous_id", f"d{person}-{number % 2}")
        names = [device, user] if number % 10 < 2 else [device]
        yield Event(
            id=f"e{person}-{number}", source="web", name="Viewed", occurred_at=START + timedelta(hours=number),
            identifiers=names, properties={"page": f"/p/{number}", "order": number},
        )  # fmt: skip


def built(path: Path, people: int, erased: int, of_each: int, of_others: int) -> Hub:
    """Return a hub over a store with everybody in it, built now unless it is there."""
    hub = Hub(SqliteStore(path))
    mark = path.with_suffix(".built")
    if not mark.exists():
        every = people // erased
        hub.ingest(
            (fact for person in range(people) for fact in facts(person, of_each if person % every == 0 else of_others)),
            batch_size=5_000,
        )
        mark.touch()
    return hub


def erased(hub: Hub, people: Sequence[int], asked: argparse.Namespace, *, overwrite: bool) -> None:
    """Erase *people*, and print what it took."""
    walls, cpus, plans = [], [], []
    for person in people:
        begun = time.perf_counter()
        plan = hub.plan_erasure(Identifier("user_id", f"u{person}"))
        planned, cpu_planned = time.perf_counter(), time.process_time()
        done = hub.erase(plan, overwrite=overwrite)
        walls.append((time.perf_counter() - planned) * 1e3)
        cpus.append((time.process_time() - cpu_planned) * 1e3)
        plans.append((planned - begun) * 1e3)
        assert done.state == ("done" if overwrite else "erased")
        assert done.counts["facts"] == asked.facts
    for name, times in (("erase_wall_ms", walls), ("erase_cpu_ms", cpus), ("plan_wall_ms", plans)):
        ordered = sorted(times)
        print(json.dumps({
            "figure": name, "people": asked.people, "facts_of_the_erased": asked.facts, "facts_of_others": asked.others,
            "overwrite": overwrite, "first": round(times[0], 1),
            "median": round(statistics.median(ordered), 1), "p95": round(ordered[int(len(ordered) * 0.95)], 1),
            "p99": round(ordered[int(len(ordered) * 0.99)], 1), "of": len(ordered),
            "min": round(ordered[0], 1), "max": round(ordered[-1], 1),
        }))  # fmt: skip


def main() -> None:
    """Build, erase, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--facts", type=int, default=200, help="of each who is erased")
    parser.add_argument("--others", type=int, default=10, help="facts of everybody else")
    parser.add_argument("--erased", type=int, default=50)
    parser.add_argument("--store", default="")
    parser.add_argument(
        "--first", type=int, default=0, help="whom to begin with: another one for each run over a store"
    )
    asked = parser.parse_args()
    folder = tempfile.TemporaryDirectory()
    path = Path(asked.store or f"{folder.name}/people.sqlite")
    start = time.process_time()
    hub = built(path, asked.people, asked.erased, asked.facts, asked.others)
    print(json.dumps({"figure": "built", "cpu_s": round(time.process_time() - start, 1), "bytes": path.stat().st_size}))
    every = asked.people // asked.erased
    people = range(asked.first, asked.first + every * asked.erased, every)
    erased(hub, people[::2], asked, overwrite=False)
    for time_of in ("first", "second"):
        begun, cpu = time.perf_counter(), time.process_time()
        SqliteStore(path).overwrite()
        cost = {"wall_s": round(time.perf_counter() - begun, 2), "cpu_s": round(time.process_time() - cpu, 2)}
        print(json.dumps({"figure": "overwrite", "time": time_of, "bytes": path.stat().st_size, **cost}))
    assert all(one.state == "done" for one in hub.resume_erasures())
    erased(hub, people[1::2], asked, overwrite=True)
    late = [fact for person in people for fact in facts(person, asked.facts)]
    start = time.process_time()
    report = hub.ingest(late)
    took = (time.process_time() - start) / len(late) * 1e6
    print(json.dumps({"figure": "late_facts_kept_out", "facts": report.erased, "cpu_us_each": round(took, 1)}))
    assert report.accepted == 0
    fresh = [fact for person in range(asked.people, asked.people + 200) for fact in facts(person, 20)]
    start = time.process_time()
    hub.ingest(fresh)
    took = (time.process_time() - start) / len(fresh) * 1e6
    print(json.dumps({"figure": "facts_of_others_through_the_gate", "cpu_us_each": round(took, 1)}))
    folder.cleanup()


if __name__ == "__main__":
    main()
