"""Measures fits of a customer base beside lifetimes, which gets its customers de-duplicated, too: the fair baseline.

    python benchmarks/customer_base.py all --peer PEER/bin/python    # everything (about six minutes of CPU time)
    python benchmarks/customer_base.py bg_nbd                        # one part: bg_nbd pareto_nbd predictions

lifetimes is no longer maintained and wants old packages, so it runs in an environment of its own:

    python3.11 -m venv PEER && PEER/bin/pip install lifetimes==0.11.3 'numpy<2' 'pandas<2.2' 'scipy<1.12'
    'setuptools<81'

Without --peer only our side is measured. Every fit runs in a process of its own, reads the same file of made-up
customers (times in whole days, written in weeks), and says what it took from there: CPU and wall time, the peak of
memory, and the log-likelihood it reached. Equal customers are merged within the time that is measured, on both sides.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

# What lifetimes runs; it sees none of our code.
PEER = """
import json, resource, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd, lifetimes
data = np.load(sys.argv[1])
frame = pd.DataFrame({name: data[name] for name in ("frequency", "recency", "T")})
wall, cpu = time.perf_counter(), time.process_time()
if sys.argv[3] == "plain":
    kinds = frame.assign(weight=1.0)
else:
    kinds = frame.groupby(["frequency", "recency", "T"], sort=False).size().reset_index(name="weight")
kind = {"BgNbd": lifetimes.BetaGeoFitter, "ParetoNbd": lifetimes.ParetoNBDFitter}[sys.argv[2]]
fitter = kind().fit(kinds.frequency, kinds.recency, kinds["T"], weights=kinds.weight)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
found = {"kinds": len(kinds), "parameters": {k: float(v) for k, v in fitter.params_.items()}}
found |= {"wall": wall, "cpu": cpu, "peak_mb": peak}
print(json.dumps(found))
"""

OURS = """
import json, resource, sys, time
import numpy as np
from unified_profile.metrics import customer_base
data = np.load(sys.argv[1])
kind = getattr(customer_base, sys.argv[2])  # loads scipy, as the other side has loaded its own
data = {name: data[name] for name in ("frequency", "recency", "T")}
wall, cpu = time.perf_counter(), time.process_time()
result = kind().fit(data, unit="week").result_
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
found = {"kinds": result.n_rows, "parameters": result.parameters, "log_likelihood": result.log_likelihood}
found |= {"status": result.status, "wall": wall, "cpu": cpu, "peak_mb": peak}
print(json.dumps(found))
"""


def main() -> None:
    """Run the parts that were asked for and print one JSON line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--peer", default="", help="the Python of an environment that has lifetimes")
    parser.add_argument("--plain", action="store_true", help="lifetimes once more, as it is called without weights")
    parser.add_argument("--customers", type=int, nargs="*", default=None, help="sizes, instead of the part's own")
    parser.add_argument("--runs", type=int, default=3, help="how often; the least CPU time counts")
    options = parser.parse_args()
    print(json.dumps({"machine": machine()}), flush=True)
    for name in PARTS if options.part == "all" else [options.part]:
        for figure in PARTS[name](options):
            print(json.dumps({"part": name, **figure}), flush=True)


def machine() -> dict[str, str]:
    """Say what this was measured on."""
    found = {name: version(name) for name in ("numpy", "scipy")}
    return {"python": platform.python_version(), "platform": platform.platform(), **found}


def bg_nbd(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """BG/NBD at 100,000, a million and ten million customers; lifetimes up to a million."""
    yield from _compare("BgNbd", options, options.customers or [100_000, 1_000_000, 10_000_000], most=1_000_000)


def pareto_nbd(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Pareto/NBD at 100,000 and a million customers; lifetimes at 100,000."""
    yield from _compare("ParetoNbd", options, options.customers or [100_000, 1_000_000], most=100_000)


def predictions(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What a million customers are expected to buy and to be worth, after the fit."""
    from unified_profile.metrics.customer_base import BgNbd, DiscountRate, ParetoNbd, Periods, customer_lifetime_value

    models = (
        BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week"),
        ParetoNbd.from_parameters(r=0.553, alpha=10.58, s=0.606, beta=11.67, unit="week"),
    )
    tenth, year = DiscountRate(0.1, per="year"), Periods(12, "month")
    for model in models:
        for n in options.customers or [1_000_000]:
            columns = made_up(n)
            calls: dict[str, Callable[[], object]] = {
                "probability_alive": partial(model.probability_alive, columns),
                "expected_transactions": partial(model.expected_transactions, columns, 39),
                "lifetime_value_12_months": partial(
                    customer_lifetime_value, model, columns, spend=35.0, margin=0.4, discount=tenth, horizon=year
                ),
            }
            took = {}
            for name, call in calls.items():
                start = time.process_time()
                call()
                took[name] = round(time.process_time() - start, 3)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            yield {"model": model.label, "customers": n, "cpu_seconds": took, "peak_mb": round(peak)}


def made_up(n: int) -> dict[str, np.ndarray]:
    """Return customers with the published parameters, observed for 27 to 39 weeks, in whole days."""
    from unified_profile.metrics.customer_base import BgNbd

    random = np.random.default_rng(2026)
    model = BgNbd.from_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    days = random.integers(27 * 7, 39 * 7 + 1, n).astype(np.float64)
    drawn = model.simulate(n, T=days / 7, seed=random)
    recency = np.where(drawn.frequency > 0, np.maximum(np.ceil(drawn.recency * 7), 1), 0)
    return {"frequency": drawn.frequency, "recency": np.minimum(recency, days) / 7, "T": days / 7}


def _compare(kind: str, options: argparse.Namespace, sizes: list[int], *, most: int) -> Iterator[dict[str, Any]]:
    first: float | None = None
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "customers.npz"
            made = made_up(n)
            np.savez(path, frequency=made["frequency"], recency=made["recency"], T=made["T"])
            ours = _best(sys.executable, OURS, path, kind, options.runs)
            figure: dict[str, Any] = {"customers": n, "ours": ours}
            if options.peer and n <= most:
                theirs = _best(options.peer, PEER, path, kind, 1 if n >= 1_000_000 else min(2, options.runs))
                figure |= {"lifetimes": theirs, "times_faster": round(theirs["cpu"] / ours["cpu"], 1)}
                if options.plain:
                    plain = _best(options.peer, PEER, path, kind, 1, how="plain")
                    figure |= {"lifetimes_plain": plain, "times_faster_plain": round(plain["cpu"] / ours["cpu"], 1)}
            if first is not None:
                figure["times_the_smaller"] = round(ours["cpu"] / first, 2)
            first = ours["cpu"]
            yield figure


def _best(python: str, code: str, path: Path, kind: str, runs: int, *, how: str = "merged") -> dict[str, Any]:
    """Return the run with the least CPU time."""
    found: list[dict[str, Any]] = []
    for _ in range(runs):
        run = subprocess.run([python, "-c", code, str(path), kind, how], check=True, capture_output=True, text=True)
        found.append(json.loads(run.stdout.splitlines()[-1]))
    return min(found, key=lambda one: float(one["cpu"]))


PARTS = {"bg_nbd": bg_nbd, "pareto_nbd": pareto_nbd, "predictions": predictions}

if __name__ == "__main__":
    main()
