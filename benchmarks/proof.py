"""How long proof takes: entering a million things into the audit log, proving one of them, sealing and opening a value.

    python benchmarks/proof.py            # everything, with the targets beside it; about two minutes
    python benchmarks/proof.py 100000     # with a log of so many entries

Times are CPU times; of several rounds the best, because a shared machine only ever adds.
"""

from __future__ import annotations

import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from unified_profile import Hub, SqliteStore
from unified_profile.consent.permits import Bound
from unified_profile.hub import notarizing
from unified_profile.hub.driver import run
from unified_profile.model.rows import FactRow
from unified_profile.rights.proof import MerkleLog, Pseudonyms, SigningKey
from unified_profile.rights.proof.entries import disclosed
from unified_profile.rights.proof.merkle import leaf_hash
from unified_profile.rights.sealing import MemoryKeys, Sealer

START = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = Pseudonyms({"2026": b"k" * 32})
USE = Bound("export", "newsletter", "email", "", "mailer")


def best(rounds: int, job: Callable[[], object]) -> float:
    """Return the shortest CPU time of *job* in seconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def line(what: str, found: str, target: str = "") -> None:
    """Print one result."""
    print(f"{what:<66}{found:>16}{target:>18}", flush=True)


def in_memory(size: int) -> None:
    """Grow a log in memory."""
    leaves = [leaf_hash(number.to_bytes(8)) for number in range(size)]

    def grow() -> None:
        log = MerkleLog("memory")
        for at in range(0, size, 1_000):
            log.append_hashes(leaves[at : at + 1_000])

    line(f"append {size:,} hashes in memory, 1,000 at once", f"{best(1, grow):.1f} s")


def in_sqlite(size: int, folder: Path) -> None:
    """Grow a log in a file, and prove things of it."""
    with SqliteStore(folder / "log.sqlite") as store:
        hub = Hub(store)
        start = time.process_time()
        for first in range(0, size, notarizing.BATCH):
            numbers = range(first, min(size, first + notarizing.BATCH))
            some = [disclosed(f"prf_{at % 1000}", START + timedelta(seconds=at), USE, at, KEYS) for at in numbers]
            run(store, "default", lambda some=some: notarizing.entered(some))  # type: ignore[misc]  # run at once
        taken = time.process_time() - start
        line(f"enter {size:,} disclosures into SQLite: pseudonym, JSON, hash, row", f"{taken:.0f} s")
        line("  one entry", f"{1e6 * taken / size:.0f} us")
        dice = random.Random(7)
        head, key = hub.log_head(), SigningKey.fresh()
        places = [dice.randrange(size) for _ in range(300)]
        times = [best(3, lambda place=place: hub.prove_entry(place)) for place in places]  # type: ignore[misc]  # run at once
        line(
            "prove that an entry is in it, from SQLite: middle of 300", f"{1e3 * sorted(times)[150]:.2f} ms", "<= 1 ms"
        )
        line("  slowest of 300, best of 3 each", f"{1e3 * max(times):.2f} ms", "<= 1 ms")
        olds = [dice.randrange(1, size) for _ in range(100)]
        times = [best(3, lambda old=old: hub.prove_growth(old)) for old in olds]  # type: ignore[misc]  # run at once
        line("prove that it only grew, from SQLite: middle of 100", f"{1e3 * sorted(times)[50]:.2f} ms", "<= 1 ms")
        line("  slowest of 100, best of 3 each", f"{1e3 * max(times):.2f} ms", "<= 1 ms")
        walls = sorted(wall(lambda at=at: hub.prove_entry(at)) for at in places)  # type: ignore[misc]  # run at once
        line("an entry, once, by the clock: middle, 99 in 100", f"{walls[150]:.2f}, {walls[297]:.2f} ms", "<= 1 ms")
        walls = sorted(wall(lambda old=old: hub.prove_growth(old)) for old in olds)  # type: ignore[misc]  # run at once
        line("growth, once, by the clock: middle, slowest", f"{walls[50]:.2f}, {walls[99]:.2f} ms", "<= 1 ms")
        (entry,) = hub.log_entries(after=places[0], limit=1)
        proof = hub.prove_entry(entry.place)
        assert proof.proves(entry.body, head)
        line("check such a proof", f"{1e6 * best(200, lambda: proof.proves(entry.body, head)):.0f} us")
        line("sign the head", f"{1e6 * best(100, lambda: hub.log_head().signed(key)):.0f} us")
    line("the file, an entry", f"{(folder / 'log.sqlite').stat().st_size / size:.0f} bytes")


def wall(work: Callable[[], object]) -> float:
    """Return the milliseconds that *work* takes by the clock."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1e3


def sealing() -> None:
    """Seal and open values."""
    sealer = Sealer(MemoryKeys(), {"income"})
    rows = [
        FactRow(f"f{at}", "record", "crm", f"b{at % 100}", 1, 1, '{"attributes":{"city":"Osaka","income":4200000}}', at)
        for at in range(2_000)
    ]
    below = sealer.sealed("fact", rows, "default")
    line("seal a value in a fact", f"{1e6 * best(5, lambda: sealer.sealed('fact', rows, 'default')) / 2000:.1f} us")
    line("open it", f"{1e6 * best(5, lambda: sealer.opened('fact', below, 'default')) / 2000:.1f} us")
    line(
        "pass on a fact with nothing sealed",
        f"{1e6 * best(5, lambda: sealer.opened('fact', rows, 'default')) / 2000:.1f} us",
    )


def main() -> None:
    """Run everything."""
    size = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    in_memory(size)
    with tempfile.TemporaryDirectory() as folder:
        in_sqlite(size, Path(folder))
    sealing()


if __name__ == "__main__":
    main()
