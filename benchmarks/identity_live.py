"""One record at a time: what matching and keeping a new record costs beside those that are stored in SQLite.

    python benchmarks/identity_live.py --stored 1000000 --new 2000 --file people.sqlite

Records of made-up people (`made_up_records.py`) are stored in batches under a model that was learned from them, in a
file on the disk with synchronous commits. Then new ones come one by one: half are of people who are stored, with a slip
and a gap, the others are new people in homes that are stored. *--file* is kept: another run begins with what is there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import sqlite3
import time
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from made_up_records import COLUMNS, Row, columns, made_up, slip

from unified_profile import Hub, SourceRecord, SqliteStore
from unified_profile.errors import PopularKeyWarning
from unified_profile.identity.records import RecordModel, RecordResolver, resolve

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def told(row: Row) -> SourceRecord:
    """Return a made-up record as a fact; who it is of is not in it."""
    said = {name: value for name, value in zip(COLUMNS[2:], row[2:], strict=True) if value is not None}
    return SourceRecord(id=str(row[0]), source="crm", key=str(row[0]), occurred_at=NOON, attributes=said)


def learned(rows: Sequence[Row], file: Path, *, lean: bool = True) -> RecordModel:
    """Return the model of *rows*, from *file* if it was learned before; *lean* without the rules that it can spare."""
    if file.exists():
        return RecordModel.from_json(json.loads(file.read_text("utf-8")))
    table = columns(rows)
    del table["cluster_id"]
    found = resolve(table)
    model = found.lean_model() if lean else found.model
    file.write_text(json.dumps(model.to_json()), "utf-8")
    return model


def stored(hub: Hub, resolver: RecordResolver, rows: Iterator[Row], batch: int) -> None:
    """Tell *rows* to the hub in batches, and say how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    hub.ingest([resolver.adoption(id="model", source="benchmark", occurred_at=NOON)])

    def tell(report: object) -> None:
        print(f"  {report}, after {time.process_time() - cpu:.0f} s of CPU", flush=True)

    report = hub.ingest(map(told, rows), batch_size=batch, progress=tell)
    used, lasted = time.process_time() - cpu, time.perf_counter() - wall
    print(
        f"stored {report.accepted:,} in {used:.0f} s of CPU, {lasted:.0f} s of wall "
        f"({used / report.accepted * 1e6:.0f} us of CPU a record); {report.merged:,} merged; "
        f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


def one_by_one(hub: Hub, records: Sequence[SourceRecord]) -> None:
    """Tell *records* one by one, and print how long each took."""
    walls, cpus, merged = [], [], 0
    for record in records:
        wall, cpu = time.perf_counter(), time.process_time()
        merged += hub.ingest([record]).merged
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
    for name, times in (("CPU", cpus), ("wall", walls)):
        ordered = sorted(times)
        places = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3 for share in (0.5, 0.9, 0.99)]
        print(f"{name}: median {places[0]:.2f} ms, p90 {places[1]:.2f} ms, p99 {places[2]:.2f} ms, "
              f"most {ordered[-1] * 1e3:.1f} ms")  # fmt: skip
    print(f"{len(records):,} new records, of which {merged:,} made two profiles one; load {os.getloadavg()[0]:.1f}")


def newcomers(file: Path, number: int, seed: int) -> list[SourceRecord]:
    """Return *number* new records made of records that are stored in *file*."""
    rng = random.Random(seed)
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    (last,) = connection.execute("SELECT max(position) FROM up_fact").fetchone()

    def one() -> dict[str, str]:
        while True:
            query = "SELECT body FROM up_fact WHERE position = ? AND kind = 'record'"
            found = connection.execute(query, (rng.randint(1, last),)).fetchone()
            if found:
                return dict(json.loads(found[0])["attributes"])

    records = []
    for place in range(number):
        said = one()
        if place % 2:
            other = one()  # somebody else, who lives there
            said = {name: value for name, value in said.items() if name in {"street", "city", "zip", "last_name"}}
            said |= {name: value for name, value in other.items() if name in {"first_name", "dob", "email", "phone"}}
            said = {
                name: slip(slip(value, rng), rng) if name != "first_name" else value for name, value in said.items()
            }
        else:
            wrong, gap = rng.choice(sorted(said)), rng.choice(sorted(said))
            said[wrong] = slip(said[wrong], rng)
            if len(said) > 3:
                del said[gap]
        key = f"new-{seed}-{place}"
        records.append(SourceRecord(id=key, source="till", key=key, occurred_at=NOON, attributes=said))
    connection.close()
    return records


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", type=int, default=10_000)
    parser.add_argument("--new", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1, help="another one makes other new records")
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--file", type=Path, required=True)
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, CPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
          f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    warnings.simplefilter("ignore", PopularKeyWarning)
    fresh = not options.file.exists()
    rows = list(made_up(options.stored)) if fresh else []
    resolver = RecordResolver(learned(rows, options.file.with_suffix(".json")))
    hub = Hub(SqliteStore(options.file), resolver=resolver)
    if fresh:
        stored(hub, resolver, iter(rows), options.batch)
    del rows
    print(f"{options.file.stat().st_size / 1e6:,.0f} MB on the disk, {len(resolver.model.rules)} blocking rules")
    new = newcomers(options.file, options.new + 20, options.seed)
    for record in new[:20]:  # what is imported and prepared once is not of one record
        hub.ingest([record])
    one_by_one(hub, new[20:])


if __name__ == "__main__":
    main()
