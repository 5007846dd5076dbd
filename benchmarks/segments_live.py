"""Measures segments that are kept up live: the bare engine, and the hub with a store, told the same events.

    python benchmarks/segments_live.py bare       # the engine alone: events a second of CPU, and the slowest of them
    python benchmarks/segments_live.py hub        # through the hub: memory and SQLite, with and without segments
    python benchmarks/segments_live.py all

100 segments; an event touches 1 or 5 of their conditions ("at least k of these events in the last n days"). Half of the
segments ask for a trait besides. Every figure is CPU time of one process.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import unified_profile as up
from unified_profile.segments import Segment, events, trait
from unified_profile.segments.live import LiveSegments

START = datetime(2026, 1, 1, tzinfo=UTC)
N_SEGMENTS = 100
PURPOSES = [up.Purpose("service", traits={"plan"}, events={"*"}, basis="contract")]


def segments(leaves: int) -> list[Segment]:
    """Return 100 segments of which each event touches *leaves* conditions."""
    found = []
    for number in range(N_SEGMENTS):
        name, place = f"Did {number // leaves}", number % leaves
        rule = events(name).count().within(days=(1, 7, 30, 90, 365)[(number + place) % 5]) >= 1 + (number + place) % 4
        if number % 2:
            rule &= trait("plan") == "pro"
        found.append(Segment(f"s{number}", rule, purpose="service"))
    return found


def stream(n: int, people: int, leaves: int, *, seed: int = 7) -> list[tuple[str, up.Event]]:
    """Return *n* events in order, spread over 60 days: each person does five kinds of things."""
    draw = random.Random(seed)
    names = N_SEGMENTS // leaves
    habits = [[draw.randrange(names) for _ in range(5)] for _ in range(people)]
    apart = timedelta(days=60) / n
    found = []
    for number in range(n):
        one = draw.randrange(people)
        who = f"u{one}"
        event = up.Event(
            id=f"e{number}",
            source="web",
            name=f"Did {draw.choice(habits[one])}",
            occurred_at=START + number * apart,
            identifiers=[up.Identifier("user_id", who)],
        )
        found.append((who, event))
    return found


def bare(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure the engine alone: the best of several runs, and the time of single events."""
    for leaves in (1, 5):
        told = stream(options.events, options.people, leaves)
        best, turns = 0.0, 0
        for _ in range(options.runs):
            live = LiveSegments(segments(leaves))
            for number in range(0, options.people, 3):
                live.traits(f"u{number}", {"plan": "pro"}, START)
            gc.collect()
            begin = time.process_time()
            turns = 0
            for who, event in told:
                turns += len(live.tell(who, event))
            best = max(best, len(told) / (time.process_time() - begin))
        live = LiveSegments(segments(leaves))
        single = []
        for who, event in told:
            begin_ns = time.thread_time_ns()
            live.tell(who, event)
            single.append(time.thread_time_ns() - begin_ns)
        single.sort()
        yield {
            "leaves_an_event": leaves, "events_a_cpu_second": round(best), "changes": turns,
            "p50_us": single[len(single) // 2] / 1e3, "p99_us": single[len(single) * 99 // 100] / 1e3,
            "slowest_ms": single[-1] / 1e6,
        }  # fmt: skip


def through_the_hub(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure the same stream through a hub: without segments, and with them."""
    for kind in ("memory", "sqlite"):
        for leaves in (0, 1, 5):
            told = [event for _, event in stream(options.told, options.people, leaves or 1)]
            with tempfile.TemporaryDirectory() as folder:
                store: Any = up.MemoryStore() if kind == "memory" else up.SqliteStore(Path(folder) / "people.sqlite")
                clock = [START]
                hub = up.Hub(store, purposes=PURPOSES, clock=lambda clock=clock: clock[0])
                for segment in segments(leaves) if leaves else ():
                    hub.define_segment(segment)
                gc.collect()
                begin, single = time.process_time(), []
                for place in range(0, len(told), options.batch):
                    some = told[place : place + options.batch]
                    clock[0] = some[-1].occurred_at
                    began = time.process_time()
                    hub.ingest(some, batch_size=options.batch)
                    single.append((time.process_time() - began) / len(some))
                took = time.process_time() - begin
                n_changes = len(hub.membership_changes(limit=10**9))
                begin = time.process_time()
                clock[0] += timedelta(days=1)
                due = hub.due()
                drained = time.process_time() - begin
                if kind == "sqlite":
                    store.close()
            yield {
                "store": kind, "leaves_an_event": leaves, "batch": options.batch,
                "events_a_cpu_second": round(len(told) / took), "changes": n_changes,
                "due_after_a_day": due.entered + due.exited, "due_cpu_s": round(drained, 3),
            }  # fmt: skip


PARTS = {"bare": bare, "hub": through_the_hub}


def main() -> None:
    """Run the parts that were asked for and print one JSON line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--events", type=int, default=200_000, help="how many events the engine is told")
    parser.add_argument("--told", type=int, default=20_000, help="how many events a hub is told")
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--batch", type=int, default=1_000, help="how many events a commit holds")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    machine = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "load": os.getloadavg()[0]}
    print(json.dumps({"machine": machine | {"cpus": os.cpu_count()}}), flush=True)
    for name in PARTS if options.part == "all" else [options.part]:
        for figure in PARTS[name](options):
            print(json.dumps({"part": name, **figure}), flush=True)


if __name__ == "__main__":
    main()
