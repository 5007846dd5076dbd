"""Who is who among records without labels: ours beside Splink 5 on one file, and quality on labelled data.

    python benchmarks/identity.py --records 100000 --peer PEER/bin/python
    python benchmarks/identity.py --quality --data PATH

*PEER* is an environment with ``pip install splink==5.0.0 pyarrow``; without it only ours is run. Each engine runs as a
process of its own, which reads the file, resolves it and writes the clusters: CPU seconds, wall and peak memory are
those of the whole process. *PATH* holds a folder a labelled set: ``records.parquet`` and ``truth.parquet`` (record_id,
cluster_id, maybe source_dataset for a linkage of two files). Truth is read after resolving only.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from unified_profile.identity.records import resolve
from unified_profile.identity.records.scores import score

HERE = Path(__file__).resolve().parent


def ours(path: str, out: str) -> None:
    """Resolve the file *path* with one call, and write the clusters."""
    found = resolve(pl.read_parquet(path))
    found.assignments.rename({"cluster_id": "ours"}).write_parquet(out)


def measured(command: list[str]) -> tuple[float, float, float]:
    """Return CPU seconds, wall seconds and peak megabytes of a process and its threads."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[1]} failed")
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024


def side_by_side(records: int, seed: int, peer: str | None) -> None:
    """Make a file, run each engine on it, and print a line for each."""
    with tempfile.TemporaryDirectory() as folder:
        made, people = Path(folder, "made.parquet"), Path(folder, "people.parquet")
        maker = [sys.executable, str(HERE / "made_up_records.py"), str(records), str(made), "--seed", str(seed)]
        subprocess.run(maker, check=True)
        pl.read_parquet(made).drop("cluster_id").write_parquet(people)
        engines = {"ours": [sys.executable, str(HERE / "identity.py"), "--only"]}
        if peer:
            engines["splink"] = [peer, str(HERE / "identity_splink.py")]
        for name, command in engines.items():
            out = Path(folder, f"{name}.parquet")
            cpu, wall, memory = measured([*command, str(people), str(out)])
            truth = pl.read_parquet(made, columns=["record_id", "cluster_id"])
            true = dict(zip(truth["record_id"].to_list(), truth["cluster_id"].to_list(), strict=True))
            clusters = pl.read_parquet(out)
            ids = clusters["record_id"].to_list()
            scored = {
                column: score(dict(zip(ids, clusters[column].to_list(), strict=True)), true).pairwise
                for column in clusters.columns
                if column != "record_id"
            }
            best = max(scored, key=lambda column: scored[column].f1)
            pairs = scored[best]
            print(
                f"{records:9,} {name:7} cpu {cpu:7.1f} s  wall {wall:7.1f} s  peak {memory:6.0f} MB  "
                f"F1 {pairs.f1:.4f} (precision {pairs.precision:.4f}, recall {pairs.recall:.4f}; {best})",
                flush=True,
            )


def _two_files(truth: pl.DataFrame) -> bool:
    once = not truth.select("cluster_id", "source_dataset").is_duplicated().any()
    return once and truth["source_dataset"].n_unique() == 2


def quality(data: Path) -> None:
    """Print a row of a table for each labelled set of *data*: the same call on each, at the default threshold."""
    print("| set | records | pairwise F1 (95 %) | precision | recall | estimated | B-cubed F1 | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    for folder in sorted(path for path in data.iterdir() if (path / "truth.parquet").exists()):
        records, truth = pl.read_parquet(folder / "records.parquet"), pl.read_parquet(folder / "truth.parquet")
        link = None
        # Two files of which nobody is in one twice are linked; anything else is searched for doubles.
        if "source_dataset" in truth.columns and _two_files(truth):
            link = "source_dataset"
            if link not in records.columns:
                records = records.join(truth.select("record_id", link), on="record_id")
        start = time.process_time()
        found = resolve(records, link_only=link)
        used = time.process_time() - start
        scores = found.evaluate(dict(zip(truth["record_id"].to_list(), truth["cluster_id"].to_list(), strict=True)))
        pairs, expected = scores.pairwise, found.estimated
        print(
            f"| {folder.name} | {len(records):,} | {pairs.f1:.4f} ({pairs.low:.3f}-{pairs.high:.3f}) "
            f"| {pairs.precision:.4f} | {pairs.recall:.4f} | {expected.precision:.3f} / {expected.recall:.3f} "
            f"| {scores.b_cubed.f1:.4f} | {used:.1f} |",
            flush=True,
        )


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--peer", help="the Python of an environment with Splink")
    parser.add_argument("--quality", action="store_true")
    parser.add_argument("--data", type=Path, help="a folder of labelled sets")
    parser.add_argument("--only", nargs=2, metavar=("IN", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        ours(*options.only)
        return
    print(f"{datetime.now(UTC):%Y-%m-%d}, CPython {platform.python_version()}, {os.cpu_count()} CPUs, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    if options.quality:
        if options.data is None:
            parser.error("--quality needs --data PATH")
        quality(options.data)
    else:
        side_by_side(options.records, options.seed, options.peer)


if __name__ == "__main__":
    main()
