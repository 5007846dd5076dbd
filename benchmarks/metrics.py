"""Speed and honesty of the metrics: `python benchmarks/metrics.py PART`, with PART as listed by `--help`.

The peers are no dependencies of the project: `pip install lifelines polars duckdb` into the environment that runs this.
Times are the least of some runs; CPU time counts all threads, wall time what somebody waits for.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from math import lgamma
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unified_profile.metrics import lift, nps, rfm, survival, weakest_link
from unified_profile.metrics.sequential import always_valid
from unified_profile.statistics import Estimate, net_score, net_share, normal_tail

Floats = NDArray[np.float64]
Interval = Callable[[int, int, int], Any]


def least(call: Callable[[], object], runs: int = 3) -> tuple[float, float]:
    """Return the least wall and CPU time of some runs."""
    wall, cpu = [], []
    for _ in range(runs):
        start, used = time.perf_counter(), time.process_time()
        call()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    return min(wall), min(cpu)


def taking_turns(calls: dict[str, Callable[[], object]], runs: int) -> dict[str, tuple[float, float]]:
    """Return the least wall and CPU time of each call; they take turns, so that all meet the same other work."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            took[name].append(least(call, 1))
    return {name: (min(wall for wall, _ in each), min(cpu for _, cpu in each)) for name, each in took.items()}


def show(name: str, took: tuple[float, float], base: tuple[float, float] | None = None) -> None:
    """Print one line, with the ratio to a yardstick."""
    ratio = "" if base is None else f"   {took[0] / base[0]:6.2f} x wall  {took[1] / base[1]:6.2f} x CPU"
    print(f"{name:42} {took[0]:8.3f} s wall {took[1]:8.3f} s CPU{ratio}", flush=True)


def scores(n: int) -> None:
    """NPS of *n* answers, against one pass of numpy over the same data."""
    rng = np.random.default_rng(0)
    for kind in (np.int64, np.int8, np.float64):
        column = rng.integers(0, 11, n).astype(kind)
        base = least(lambda: np.greater_equal(column, 9).sum(), 7)
        show(f"one numpy pass, (scores >= 9).sum(), {kind.__name__}", base)
        show(f"nps, {kind.__name__}", least(lambda: nps(column), 7), base)


def kaplan_meier(n: int) -> None:
    """Kaplan-Meier of *n* lifetimes, in whole days and not, against lifelines."""
    KaplanMeierFitter: Any = importlib.import_module("lifelines").KaplanMeierFitter  # noqa: N806

    rng = np.random.default_rng(1)
    life, seen = rng.exponential(400, n), rng.uniform(0, 1000, n)
    ended = life <= seen
    for name, durations in (("whole days", np.floor(np.minimum(life, seen))), ("fractions", np.minimum(life, seen))):
        rows = durations[: n if name == "whole days" else n // 10]
        events = ended[: len(rows)]
        theirs = least(lambda: KaplanMeierFitter().fit(rows, events), 2)
        show(f"lifelines, {len(rows):,} in {name}", theirs)
        show(f"survival, {len(rows):,} in {name}", least(lambda: survival(rows, events)), theirs)
        ours, fitted = survival(rows, events), KaplanMeierFitter().fit(rows, events)
        times = ours.times[:: max(1, len(ours.times) // 50)]
        gap = max(abs(ours.at(float(t)).value - float(fitted.survival_function_at_times(t).iloc[0])) for t in times)
        print(f"largest difference of the two curves at 50 times: {gap:.2g}")


def recency(n: int, customers: int) -> None:
    """RFM of *n* purchases, against polars, DuckDB and a sort in numpy, on ids close together, far apart and random.

    The peers use all processors, ours two; with other work on the machine CPU time says more than wall time.
    """
    import polars as pl

    duckdb: Any = importlib.import_module("duckdb")

    rng = np.random.default_rng(2)
    dense = rng.integers(0, customers, n)
    start = np.datetime64("2025-01-01", "us")
    times = start + rng.integers(0, 400 * 86_400, n).astype("timedelta64[s]")
    amounts = np.round(rng.gamma(2, 20, n), 2)
    now = datetime(2027, 1, 1, tzinfo=UTC)
    for name, ids in (
        ("ids 0 to n", dense),
        ("ids far apart", rng.permutation(customers)[dense] * 10**9),
        ("random ids", rng.integers(0, 2**62, customers)[dense]),
    ):
        frame = pl.DataFrame({"id": ids, "t": times, "a": amounts})
        duckdb.register("purchases", frame.to_arrow())
        query = "select id, count(*), max(t), sum(a) from purchases group by id"
        calls: dict[str, Callable[[], object]] = {
            "polars": partial(
                lambda frame: frame.group_by("id").agg(pl.len(), pl.col("t").max(), pl.col("a").sum()), frame
            ),
            "DuckDB": lambda: duckdb.sql(query).to_arrow_table(),
            "rfm": partial(rfm, ids, times, amounts, as_of=now, zone="UTC"),
        }
        took = taking_turns(calls, 7) | {"numpy sort": least(partial(sorted_rfm, ids, times, amounts), 1)}
        best = min((took[who] for who in ("polars", "DuckDB", "numpy sort")), key=lambda each: each[0])
        for who in ("polars", "DuckDB", "numpy sort"):
            show(f"{who}, {name}", took[who])
        show(f"rfm, {name} (against the best)", took["rfm"], best)
        print(f"load {os.getloadavg()[0]:.1f}", flush=True)
        found, expected = rfm(ids, times, amounts, as_of=now, zone="UTC"), frame.group_by("id").agg(pl.col("a").sum())
        assert len(found) == len(expected)


def recency_memory(n: int, customers: int) -> None:
    """Peak memory of RFM alone: the columns themselves and what the work takes."""
    rng = np.random.default_rng(2)
    ids = rng.integers(0, customers, n)
    times = np.datetime64("2025-01-01", "us") + rng.integers(0, 400 * 86_400, n, dtype=np.int64).view("timedelta64[s]")
    amounts = rng.gamma(2, 20, n)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = least(lambda: rfm(ids, times, amounts, as_of=datetime(2027, 1, 1, tzinfo=UTC), zone="UTC"), 1)
    show(f"rfm of {n:,}", took)
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, of which data {held:,.0f} MB")


def sorted_rfm(ids: NDArray[Any], times: NDArray[Any], amounts: Floats) -> tuple[NDArray[Any], Floats, NDArray[Any]]:
    """The sort that a careful analyst would write."""
    order = np.argsort(ids, kind="stable")
    sorted_ids = ids[order]
    starts = np.flatnonzero(np.r_[True, sorted_ids[1:] != sorted_ids[:-1]])
    last = np.maximum.reduceat(times.view(np.int64)[order], starts)
    return np.diff(starts, append=len(ids)), np.add.reduceat(amounts[order], starts), last


def coverage(sizes: tuple[int, ...]) -> None:
    """How often each interval of NPS holds the truth, exactly: on average over all mixes of classes, and at least."""
    mixes = [(p / 50, d / 50) for p in range(51) for d in range(51 - p)]
    kinds: dict[str, Interval] = {
        "wald": lambda p, d, n: net_share(p, d, n, adjusted=False),
        "adjusted_wald": net_share,
        "score": net_score,
        "default": as_nps_says,
    }
    print(f"{'n':>4} " + " ".join(f"{name:>26}" for name in kinds))
    print(f"{'':>4} " + " ".join(f"{'mean':>8} {'least':>8} {'width':>8}" for _ in kinds))
    for n in sizes:
        cells = []
        for interval in kinds.values():
            low, high = np.array([tuple(interval(p, d, n)) for p in range(n + 1) for d in range(n + 1 - p)]).T
            mean, least = covering(n, mixes, interval).mean(), covering(n, beside(n, low, high), interval).min()
            cells.append(f"{mean:8.3f} {least:8.3f} {100 * (high - low).mean():8.1f}")
        print(f"{n:4d} " + " ".join(cells), flush=True)
    print("least: beside ends of intervals, where coverage jumps; width: points, mean over all samples")


def as_nps_says(promoters: int, detractors: int, n: int) -> tuple[float, float]:
    """Return the interval that `nps` makes by itself."""
    found = nps([10] * promoters + [0] * detractors + [8] * (n - promoters - detractors))
    return found.low / 100, found.high / 100


def beside(n: int, low: Floats, high: Floats) -> list[tuple[float, float]]:
    """Return mixes whose truth lies just beside an end of an interval, corners with hardly any of a class included.

    All ends for few answers; of many, a thousand from the middle and from both corners.
    """
    ends = np.unique(np.round(np.abs([low, high]), 9))
    if len(ends) > 3_000:
        rng = np.random.default_rng(n)
        thirds = np.split(ends, np.searchsorted(ends, (15 / n, 1 - 30 / n)))
        ends = np.concatenate([rng.choice(part, min(len(part), 1_000), replace=False) for part in thirds])
    found = []
    for end in ends:
        for truth in (end - 1e-7, end + 1e-7):
            few = [2 * count / n for count in (0.02, 0.1, 0.25, 0.5, 1, 2, 4, 7, 10, 14)]
            shares = [*np.linspace(end, 1, 41 if n < 20 else 11), *(truth + each for each in few)]
            shares += [1 - each / 2 for each in few]
            found += [((share + truth) / 2, (share - truth) / 2) for share in shares if 1 >= share >= truth >= 0]
    return found


def covering(n: int, mixes: list[tuple[float, float]], interval: Interval) -> Floats:
    """Add up the probability of each sample whose interval misses the truth, for each mix."""
    pairs = [(p, d) for p in range(n + 1) for d in range(n + 1 - p)]
    ends = np.array([tuple(interval(p, d, n)) for p, d in pairs])
    plus, minus = np.array(pairs).T
    neither = n - plus - minus
    logs = np.array([lgamma(k + 1) for k in range(n + 1)])
    ways = logs[n] - logs[plus] - logs[minus] - logs[neither]
    found = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for p, d in mixes:
            missed = np.flatnonzero((p - d < ends[:, 0] - 1e-9) | (p - d > ends[:, 1] + 1e-9))
            parts = [
                np.where(k[missed] > 0, k[missed] * np.log(max(0.0, share)), 0.0)
                for k, share in ((plus, p), (minus, d), (neither, round(1 - p - d, 9)))
            ]
            found.append(1 - float(np.exp(ways[missed] + sum(parts)).sum()))
    return np.array(found)


def weakest(runs: int) -> None:
    """How often a channel 20 points down among six is named, and how often one of six equal channels is blamed.

    Twenty points are lost by promoters who become detractors, or passives, or by passives who become detractors: how
    much the weak channel's answers scatter differs, and so does how often it is found.
    """
    rng = np.random.default_rng(3)
    for good in ((0.1, 0.3, 0.6), (0.15, 0.35, 0.5), (0.17, 0.33, 0.5), (0.2, 0.3, 0.5)):
        for how, moved in (
            ("promoters to detractors", (0.1, 0, -0.1)),
            ("promoters to passives", (0, 0.2, -0.2)),
            ("passives to detractors", (0.2, -0.2, 0)),
            ("a bit of each", (0.055, 0.09, -0.145)),
        ):
            bad = [round(share + more, 9) for share, more in zip(good, moved, strict=True)]
            named = wrong = blamed = 0
            for _ in range(runs):
                counts = rng.multinomial(300, good, size=6)
                links = {i: estimate(counts[i]) for i in range(6)}
                blamed += weakest_link(links).status != "not_enough_data"
                links[0] = estimate(rng.multinomial(300, bad))
                found = weakest_link(links).weakest
                named += found == 0
                wrong += found not in {0, None}
            own, weak = spread(good), spread(bad)
            error = np.hypot(weak / np.sqrt(300), own / np.sqrt(1500))
            # Who knew how much good answers scatter would compare the gap with that, and with no more than chance asks.
            knowing = normal_tail((2.392 * own * np.sqrt(1 / 300 + 1 / 1500) - 20) / error)
            print(
                f"{good}, {how}: standard deviation {own:.0f}, the weak one's {weak:.0f}; named {named / runs:.4f}, "
                f"another named {wrong / runs:.4f}, six equal blamed {blamed / runs:.4f}; knowing the scatter "
                f"{knowing:.3f}",
                flush=True,
            )


def spread(mix: Sequence[float]) -> float:
    """Return the standard deviation of an answer, in points."""
    return float(100 * np.sqrt(mix[0] + mix[2] - (mix[2] - mix[0]) ** 2))


def estimate(counts: NDArray[Any]) -> Estimate:
    """Return the NPS of counted detractors, passives and promoters."""
    n, value = int(counts.sum()), 100 * float(counts[2] - counts[0]) / float(counts.sum())
    low, high = (100 * end for end in net_share(int(counts[2]), int(counts[0]), n))
    shares = (float(counts[0]) / n, float(counts[1]) / n, float(counts[2]) / n)
    ends = min(low, value), max(high, value)
    return Estimate(value, *ends, n=n, method="adjusted_wald", bounds=(-100, 100), classes=shares)


def peeking(runs: int) -> None:
    """Experiments without an effect, looked at on each of 30 days: how often something is found."""
    rng = np.random.default_rng(4)
    draws: dict[str, tuple[Any, float, Callable[[], Floats]]] = {
        "normal": ("mean", 0.2, lambda: rng.normal(size=(2, 900))),
        "lognormal, sigma 1.5": ("mean", 0.5, lambda: rng.lognormal(0, 1.5, size=(2, 900))),
        "shares of 5 %": ("share", 0.03, lambda: (rng.random((2, 900)) < 0.05).astype(float)),
    }
    for name, (kind, effect, draw) in draws.items():
        always = daily = 0
        for run in range(runs):
            control, treated = draw()
            looks = range(30, 901, 30)
            always += any(always_valid(control[:n], treated[:n], kind=kind, effect=effect).stop for n in looks)
            if run < runs // 10:
                daily += any(lift(control[:n], treated[:n], kind=kind).p_value <= 0.05 for n in looks)
        print(
            f"{name}: always valid {always / runs:.4f}, an ordinary test every day {daily / (runs // 10):.4f}",
            flush=True,
        )


def customer_base(arguments: list[str]) -> None:
    """Hand over to the benchmark of the customer-base models."""
    module: Any = importlib.import_module("customer_base")
    sys.argv = ["benchmarks/customer_base.py", *arguments]
    module.main()


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ("nps", "survival", "rfm", "rfm-memory", "coverage", "weakest", "peeking", "customer-base")
    parser.add_argument("part", choices=parts)
    parser.add_argument("-n", type=int, default=10_000_000, help="rows")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=10_000, help="simulated runs")
    asked, rest = parser.parse_known_args()
    if asked.part == "customer-base":
        customer_base(rest)
        return
    calls: dict[str, Callable[[], None]] = {
        "nps": lambda: scores(asked.n),
        "survival": lambda: kaplan_meier(asked.n),
        "rfm": lambda: recency(asked.n, asked.customers),
        "rfm-memory": lambda: recency_memory(asked.n, asked.customers),
        "coverage": lambda: coverage((5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50, 100, 200)),
        "weakest": lambda: weakest(asked.runs),
        "peeking": lambda: peeking(asked.runs),
    }
    calls[asked.part]()


if __name__ == "__main__":
    main()
