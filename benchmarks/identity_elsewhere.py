"""Where does it collapse? The one call on labelled tables of quite different shapes, made with a seed; beside Splink 5.

    python benchmarks/identity_elsewhere.py [--seed 11] [--only business,papers] [--peer PEER/bin/python]

Countries, few columns, many gaps, twins, linkage of files, columns that are called nothing, colleagues, papers, goods:
50 to 50,000 rows. *PEER* is an environment with ``pip install splink==5.0.0 pyarrow``; it is told what each column is
about, and takes the best of five thresholds, chosen with the truth. Ours is told nothing; truth is read afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import elsewhere_countries as countries
import elsewhere_shapes as shapes
import elsewhere_things as things
import polars as pl
from elsewhere_world import Made

from unified_profile.identity.records import resolve
from unified_profile.identity.records.scores import score

HERE = Path(__file__).resolve().parent
SETS: Mapping[str, Callable[[int], Made]] = {
    make.__name__: make
    for make in (
        countries.brazil, countries.german, countries.spanish, countries.dutch, countries.french, countries.chinese,
        countries.arabic, countries.korean, countries.indian, countries.vietnamese, shapes.name_and_year,
        shapes.name_and_address, shapes.online, shapes.three_sources, shapes.sparse, shapes.many_records, shapes.seldom,
        shapes.nobody_twice, shapes.exact_copies, shapes.families, shapes.link_two, shapes.link_three, shapes.nameless,
        shapes.mixed_dates, shapes.fifty, shapes.fifty_thousand, things.business, things.papers, things.products,
        things.restaurants, things.historic, things.inventors,
    )
}  # fmt: skip


def peer_scores(python: str, table: Made) -> str:
    """Return what Splink reaches on *table* at its best threshold."""
    with tempfile.TemporaryDirectory() as folder:
        pl.DataFrame(table.columns).write_parquet(Path(folder, "table.parquet"))
        Path(folder, "table.json").write_text(json.dumps({"kinds": dict(table.kinds), "link": table.link}), "utf-8")
        command = [python, str(HERE / "identity_splink_elsewhere.py"), folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        clusters = json.loads(Path(folder, "table.splink.json").read_text("utf-8"))["clusters"]
    scored = [
        score({record: own.get(record, f"alone {record}") for record in table.truth}, table.truth).pairwise
        for own in clusters.values()
    ]
    best = max(scored, key=lambda one: one.f1, default=None)
    return "fails" if best is None else f"{best.f1:.3f} ({best.precision:.3f}, {best.recall:.3f})"


def main() -> None:
    """Print a row of a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--only", help="names of sets, with commas between them")
    parser.add_argument("--peer", help="the Python of an environment with Splink")
    parser.add_argument("--roles", action="store_true", help="tell the roles that were guessed, and the warnings")
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, CPython {platform.python_version()}, {os.cpu_count()} CPUs, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print("| set | records | true pairs | F1 (precision, recall) | estimated | CPU s | Splink |")
    print("|---|---|---|---|---|---|---|")
    for name in options.only.split(",") if options.only else SETS:
        table = SETS[name](options.seed)
        start = time.process_time()
        found = resolve(table.columns, link_only=table.link)
        used = time.process_time() - start
        pairs, expected = found.evaluate(table.truth).pairwise, found.estimated
        true = sum(size * (size - 1) // 2 for size in Counter(table.truth.values()).values())
        beside = peer_scores(options.peer, table) if options.peer else ""
        print(
            f"| {name} | {len(table.truth):,} | {true:,} | {pairs.f1:.3f} ({pairs.precision:.3f}, {pairs.recall:.3f}) "
            f"| {expected.precision:.2f}, {expected.recall:.2f} | {used:.1f} | {beside} |",
            flush=True,
        )
        if options.roles:
            print({column: guess.role for column, guess in found.roles.items()}, found.notes)


if __name__ == "__main__":
    main()
