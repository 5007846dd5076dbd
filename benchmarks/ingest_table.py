"""The figures of ``ingest.py`` as the table of docs/benchmarks.md: what was asked for beside what was measured.

python benchmarks/ingest.py all --table > table.md           # measure, then write the table
python benchmarks/ingest_table.py figures.jsonl > table.md   # of figures that were kept
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

Figure = dict[str, Any]
Row = tuple[str, str, str, str]

_HEAD = ("what (PART)", "stream", "asked for", "measured")
_APPENDS = {
    "sqlite": "batches into SQLite against raw `sqlite3`",
    "postgres": "batches into PostgreSQL against raw psycopg `COPY` + insert",
}


def written(lines: Iterable[Figure], /) -> Iterator[str]:
    """Give the lines of the page: what it was measured on, and a table."""
    figures = list(lines)
    for figure in figures:
        if "machine" in figure:
            told = ", ".join(f"{name} {value}" for name, value in figure["machine"].items() if value)
            yield f"Measured on: {told}."
    loads = [figure["load"] for figure in figures if "load" in figure]
    if loads:
        yield f"Load of the machine before each part, this benchmark included: {min(loads)} to {max(loads)}."
    yield ""
    yield _line(_HEAD)
    yield "|" + "---|" * len(_HEAD)
    for part, make in _ROWS.items():
        for row in make(part, [figure for figure in figures if figure.get("part") == part]):
            yield _line(row)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _appends(part: str, found: Sequence[Figure]) -> Iterator[Row]:
    for stream in dict.fromkeys(figure["stream"] for figure in found):
        runs = [figure for figure in found if figure["stream"] == stream]
        ratios = ", ".join(f"{figure['ratio_wall']:.2f}" for figure in runs)
        ours = [figure["hub_per_s"] / 1_000 for figure in runs]
        rate = f"{min(ours):.1f}-{max(ours):.1f}k facts/s"
        if part == "sqlite":  # where nobody else works for us
            rate += "; by CPU " + ", ".join(f"{figure['ratio_cpu']:.2f}" for figure in runs)
        what = f"{_APPENDS[part]} (`{part}`, {runs[0]['facts']:,} facts, {len(runs)} runs)"
        asked = "–" if stream == "new" else "ratio 0.20, aim 0.33" if part == "sqlite" else "ratio 0.20"
        yield what, stream, asked, f"{ratios} ({rate})"


def _memory(part: str, found: Sequence[Figure]) -> Iterator[Row]:
    for figure in found:
        asked = "25,000 facts/s" if figure["stream"] == "known" else "10,000 facts/s"
        rate = f"{figure['facts_per_s']:,} wall, {figure['facts_per_cpu_s']:,} per CPU second"
        yield f"memory store (`{part}`, {figure['facts']:,} facts)", figure["stream"], asked, rate
    for figure in found:
        beyond = f"{figure['bytes_per_fact_beyond_payload']} bytes"
        yield (
            f"memory beyond the payload (`{part}`, {figure['facts']:,} facts)",
            figure["stream"],
            "1 KB a fact",
            beyond,
        )


def _single(part: str, found: Sequence[Figure]) -> Iterator[Row]:
    for figure in found:
        what = f"one event at a time, SQLite, {figure['stored']:,} facts stored (`{part}`)"
        told = f"p50 {figure['p50_ms']:.2f} ms, p99 {figure['p99_ms']:.2f} ms, worst {figure['worst_ms']:.0f} ms"
        yield what, figure["stream"], "p50 1.5 ms, p99 8 ms", told


def _growth(part: str, found: Sequence[Figure]) -> Iterator[Row]:
    told = ", ".join(f"{figure['store']} {figure['ratio']:.2f}" for figure in found)
    sizes = [int(name.removeprefix("us_at_")) for name in (found[0] if found else {}) if name.startswith("us_at_")]
    if sizes:
        yield f"CPU cost of a fact at {sizes[1]:,} facts against {sizes[0]:,} (`{part}`)", "known", "1.5 times", told


def _long(part: str, found: Sequence[Figure]) -> Iterator[Row]:
    for fresh in (False, True):
        runs = [figure for figure in found if figure["each_its_own_session"] is fresh]
        told = ", ".join(f"{figure['store']} {figure['ratio']:.2f}" for figure in runs)
        stream = "every fact a session of its own" if fresh else "same devices"
        if runs:
            yield f"a fact on a profile with 100,000 facts against one with 10 (`{part}`)", stream, "3 times", told


def _past(part: str, found: Sequence[Figure]) -> Iterator[Row]:
    for figure in found:
        yield f"as known an hour ago: {figure['what']} (`{part}`, CPU)", "–", "–", f"{figure['cpu_ms']} ms"


def _rss(part: str, found: Sequence[Figure]) -> Iterator[Row]:
    for figure in found:
        what = f"a generator of {figure['facts']:,} events into SQLite (`{part}`)"
        yield what, "known", "400 MB", f"{figure['max_rss_mb']} MB, {figure['seconds']:.0f} s"


def _import(part: str, found: Sequence[Figure]) -> Iterator[Row]:
    for figure in found:
        heavy = "none of numpy, pydantic, sqlalchemy, phonenumbers is loaded"
        if figure["heavy_modules"] != "[]":
            heavy = f"loads {figure['heavy_modules']}"
        told = f"{figure['seconds']:.3f} s beyond Python's own start; {heavy}"
        yield f"`import unified_profile` (`{part}`)", "", "0.35 s", told


_ROWS = {
    "sqlite": _appends,
    "postgres": _appends,
    "memory": _memory,
    "single": _single,
    "growth": _growth,
    "long": _long,
    "past": _past,
    "rss": _rss,
    "import": _import,
}

if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8") as kept:
        print("\n".join(written(json.loads(line) for line in kept if line.strip())))
