"""Splink 5 on the tables of `benchmarks/identity_elsewhere.py`, set up by what each column is about; not our code.

Runs in an environment of its own (``pip install splink==5.0.0 pyarrow``), which need not know this project:

    PEER/bin/python benchmarks/identity_splink_elsewhere.py FOLDER

*FOLDER* holds ``NAME.parquet`` and ``NAME.json`` (the kind of each column, as a person would tell, and the column of
the sources). Values are cleaned (case, accents, signs, last digits of numbers). Clusters at each threshold are written
beside.
"""

from __future__ import annotations

import json
import re
import sys
import time
import unicodedata
from contextlib import suppress
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

THRESHOLDS = (0.5, 0.9, 0.99, 0.999, 0.9999)


def cleaned(kind: str, value: str | None) -> str | None:
    """Return *value* as a careful person would hand it in."""
    if value is None:
        return None
    apart = unicodedata.normalize("NFKD", value.casefold().replace("ß", "ss").replace("đ", "d"))
    plain = unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c))).strip()
    if kind == "phone":
        return re.sub(r"\D", "", plain)[-9:] or None
    if kind in {"given", "family", "name"}:
        return re.sub(r"[^\w ]|_", " ", plain).strip() or None
    return plain or None


def resolved(path: Path, kinds: dict[str, str], link: str | None) -> dict[str, Any]:
    """Return the cluster of each record at each threshold."""
    arrow: Any = import_module("pyarrow")
    splink: Any = import_module("splink")
    backend: Any = import_module("splink.backends.duckdb")
    compare: Any = import_module("splink.comparison_library")
    read = import_module("pyarrow.parquet").read_table(path).to_pydict()
    names = {name: f"c{place}" for place, (name, kind) in enumerate(kinds.items()) if kind != "none"}
    table = {"unique_id": read["record_id"]} | {
        called: [cleaned(kinds[name], value) for value in read[name]] for name, called in names.items()
    }
    if link:
        table["source_dataset"] = read[link]
    kind_of = {called: kinds[name] for name, called in names.items()}
    made = {
        "given": lambda c: compare.NameComparison(c).configure(term_frequency_adjustments=True),
        "family": lambda c: compare.NameComparison(c).configure(term_frequency_adjustments=True),
        "name": lambda c: compare.JaroWinklerAtThresholds(c, [0.92, 0.88, 0.8]).configure(
            term_frequency_adjustments=True
        ),
        "text": lambda c: compare.JaroWinklerAtThresholds(c, [0.95, 0.88, 0.8]).configure(
            term_frequency_adjustments=True
        ),
        "dob": lambda c: compare.DamerauLevenshteinAtThresholds(c, [1, 2]),
        "year": lambda c: compare.DamerauLevenshteinAtThresholds(c, [1]),
        "email": compare.EmailComparison,
        "phone": lambda c: compare.DamerauLevenshteinAtThresholds(c, 1),
        "address": lambda c: compare.JaroWinklerAtThresholds(c, [0.95, 0.88]),
        "city": lambda c: compare.ExactMatch(c).configure(term_frequency_adjustments=True),
        "zip": lambda c: compare.ExactMatch(c).configure(term_frequency_adjustments=True),
    }
    meet = splink.block_on
    strong = [c for c, kind in kind_of.items() if kind in {"email", "phone", "name", "text", "address"}]
    some = [
        c for c, kind in kind_of.items() if kind in {"given", "family", "dob", "zip", "city", "name", "address", "year"}
    ]
    rules = [meet(c) for c in strong]
    rules += [meet(one, two) for one, two in combinations(some, 2) if {kind_of[one], kind_of[two]} != {"zip", "city"}]
    rules += [
        meet(f"substr({c}, 1, 6)", other)
        for c in strong
        if kind_of[c] in {"name", "text"}
        for other in some
        if other != c
    ]
    rules += [meet(f"substr({c}, 1, 10)") for c in strong if kind_of[c] == "text"]
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[made[kind](c) for c, kind in kind_of.items()],
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=False,
    )
    connection = import_module("duckdb").connect()
    connection.execute("set threads = 2")
    schema = arrow.schema([(name, arrow.string()) for name in table])
    api = backend.DuckDBAPI(connection=connection)
    if link:
        sources = sorted(set(table["source_dataset"]))
        parts = [
            arrow.table(
                {
                    name: [v for v, s in zip(values, table["source_dataset"], strict=True) if s == source]
                    for name, values in table.items()
                    if name != "source_dataset"
                },
                schema=arrow.schema([field for field in schema if field.name != "source_dataset"]),
            )
            for source in sources
        ]
        settings.link_type = "link_only"
        inputs = [api.register(part, dataset_display_name=f"file_{place}") for place, part in enumerate(parts)]
        linker = splink.Linker(inputs, settings, log_level=40)
    else:
        linker = splink.Linker(api.register(arrow.table(table, schema=schema)), settings, log_level=40)
    train = linker.training
    certain = [
        meet(*two) for two in combinations([c for c in kind_of if kind_of[c] not in {"zip", "city", "year"}], 2)
    ] or rules
    with suppress(Exception):
        train.estimate_probability_two_random_records_match(certain, recall=0.8)
    train.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in rules[:4] + (
        [
            meet(c)
            for c, kind in kind_of.items()
            if kind in {"dob", "name", "year", "address"} or (kind == "city" and len(table["unique_id"]) < 4000)
        ]
    ):
        with suppress(Exception):  # a level that no pair of a small set has
            train.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=THRESHOLDS[0])
    clusters = {}
    for threshold in THRESHOLDS:
        made_table = linker.clustering.cluster_pairwise_predictions_at_threshold(found, threshold).as_pyarrow_table()
        clusters[str(threshold)] = dict(
            zip(made_table["unique_id"].to_pylist(), made_table["cluster_id"].to_pylist(), strict=True)
        )
    return clusters


def main(folder: Path) -> None:
    """Cluster each table of *folder*."""
    for path in sorted(folder.glob("*.parquet")):
        told = json.loads(path.with_suffix(".json").read_text("utf-8"))
        out = path.with_suffix(".splink.json")
        if out.exists():
            continue
        begin = time.process_time()
        try:
            clusters = resolved(path, told["kinds"], told["link"])
        except Exception as error:  # noqa: BLE001 - one table on which it fails is a finding too
            print(f"{path.stem}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
            clusters = {}
        out.write_text(json.dumps({"clusters": clusters, "seconds": time.process_time() - begin}), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
