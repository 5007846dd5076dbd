"""One record at a time in a small, crowded town: thousands of people who share a few family names and a few streets.

    python benchmarks/identity_live_town.py --people 10000 --file town.sqlite

It is `identity_live.py` with other people: about two records each, in one town of *--streets* streets and *--families*
family names. A model of few records has coarse rules, so a new record meets many. Beside the times it is told what a
record costs where: how many it met, how many of these were read, how many hung together with it.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sqlite3
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from identity_live import learned, newcomers, one_by_one, stored
from made_up_records import Row, _household, _Names, _record, _World

from unified_profile import Hub, SourceRecord, SqliteStore
from unified_profile.errors import LargeGroupWarning, PopularKeyWarning
from unified_profile.identity.records import RecordResolver


class _Town(_World):
    """One town of few streets and few families."""

    def __init__(self, rng: random.Random, people: int, families: int, streets: int) -> None:
        super().__init__(rng, people)
        self.family, self.streets = _Names(rng, families, 2), _Names(rng, streets, 2)
        self.towns = self.towns[:1]


def townspeople(people: int, families: int, streets: int, *, seed: int = 5) -> Iterator[Row]:
    """Yield the records of *people* in a random order, about two of each."""
    rng = random.Random(seed)
    town = _Town(rng, people, families, streets)
    rows: list[tuple[int, Row]] = []
    person = 0
    while person < people:
        for one in _household(town, rng):
            copies = rng.choices((1, 2, 3, 4, 6), (50, 22, 14, 9, 5))[0]
            rows.extend((person, _record(one, rng)) for _ in range(copies))
            person += 1
    rng.shuffle(rows)
    for number, (cluster, row) in enumerate(rows):
        yield (f"r{number:08}", f"p{cluster}", *row)


class Counting:
    """A resolver that counts whom it is shown, and how long it took."""

    def __init__(self, resolver: RecordResolver) -> None:
        """Ask *resolver*."""
        self.resolver, self.fingerprint, self.adoption = resolver, resolver.fingerprint, resolver.adoption
        self.seen: dict[str, list[int]] = {}
        self.took: dict[str, float] = {}

    def _asked(self, name: str, records: Sequence[SourceRecord], ask: Callable[[], Any]) -> Any:
        begun = time.process_time()
        answer = ask()
        self.took[name] = self.took.get(name, 0.0) + time.process_time() - begun
        self.seen.setdefault(name, []).append(len(records))
        return answer

    def keys(self, records: Sequence[SourceRecord], /) -> Any:
        """See `RecordResolver.keys`."""
        return self._asked("keys", records, lambda: self.resolver.keys(records))

    def links(self, candidates: Sequence[SourceRecord], /) -> Any:
        """See `RecordResolver.links`."""
        return self._asked("links", candidates, lambda: self.resolver.links(candidates))

    def links_of(self, newcomers: Sequence[SourceRecord], others: Sequence[SourceRecord], /) -> Any:
        """See `RecordResolver.links_of`."""
        return self._asked("links_of", others, lambda: self.resolver.links_of(newcomers, others))

    def links_met(self, records: Sequence[SourceRecord], left: Sequence[int], right: Sequence[int], /) -> Any:
        """See `RecordResolver.links_met`."""
        return self._asked("links_met", records, lambda: self.resolver.links_met(records, left, right))

    def together(self, connected: Sequence[SourceRecord], /) -> Any:
        """See `RecordResolver.together`."""
        return self._asked("together", connected, lambda: self.resolver.together(connected))

    def tell(self, records: int) -> None:
        """Print what was asked."""
        for name, seen in self.seen.items():
            ordered = sorted(seen)
            median, high = ordered[len(seen) // 2], ordered[len(seen) * 99 // 100]
            took = self.took[name] / records * 1e3
            print(
                f"  {name}: {len(seen):,} times, {took:.2f} ms of CPU a record; shown {median} at the median, "
                f"{high} at p99, {ordered[-1]} at most"
            )


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--families", type=int, default=30)
    parser.add_argument("--streets", type=int, default=12)
    parser.add_argument("--new", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1, help="another one makes other new records")
    parser.add_argument("--whole", action="store_true", help="keep all rules of the model, also those not needed")
    parser.add_argument("--file", type=Path, required=True)
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, CPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
          f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    warnings.simplefilter("ignore", PopularKeyWarning)
    warnings.simplefilter("ignore", LargeGroupWarning)
    fresh = not options.file.exists()
    rows = list(townspeople(options.people, options.families, options.streets)) if fresh else []
    resolver = RecordResolver(learned(rows, options.file.with_suffix(".json"), lean=not options.whole))
    if fresh:
        stored(Hub(SqliteStore(options.file), resolver=resolver), resolver, iter(rows), 20_000)
    print(f"{options.file.stat().st_size / 1e6:,.0f} MB on the disk, {len(resolver.model.rules)} blocking rules")
    counting = Counting(resolver)
    hub = Hub(SqliteStore(options.file), resolver=counting)
    new = newcomers(options.file, options.new + 20, options.seed)
    for record in new[:20]:  # what is imported and prepared once is not of one record
        hub.ingest([record])
    counting.seen, counting.took = {}, {}
    one_by_one(hub, new[20:])
    counting.tell(options.new)


if __name__ == "__main__":
    main()
