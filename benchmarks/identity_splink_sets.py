"""Splink 5 on the labelled sets on which it had not been measured, set up by hand for each; not our code.

Runs in an environment of its own (``pip install splink==5.0.0 pyarrow``), which need not know this project:

    PEER/bin/python benchmarks/identity_splink_sets.py PATH

*PATH* holds the labelled sets (see `identity.py`). Values are cleaned as well as SQL can do it (width, case, digits of
numbers); the best of four thresholds is chosen with the truth.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

THRESHOLDS = (0.5, 0.9, 0.99, 0.999)
_DIGITS = "nullif(right(regexp_replace(nfc_normalize({0}), '[^0-9]', '', 'g'), {1}), '')"
_JAPANESE = f"""
select record_id as unique_id, replace(replace(lower(name), '　', ' '), ' ', '') as name, dob,
  {_DIGITS.format("translate(phone, '０１２３４５６７８９', '0123456789')", 10)} as phone,
  translate(replace(address, ' ', ''), '０１２３４５６７８９－', '0123456789-') as address
from read_parquet('{{path}}')
"""
_SENZING = f"""
select record_id as unique_id,
  lower(coalesce(primary_name_org, primary_name_full, primary_name_first || ' ' || primary_name_last)) as name,
  date_of_birth as dob, {_DIGITS.format("phone_number", 10)} as phone, lower(email_address) as email,
  lower(coalesce(addr_full, addr_line1)) as address, lower(addr_city) as city, addr_postal_code as zip
from read_parquet('{{path}}')
"""
_SETS = {"customers_ja_5k": _JAPANESE, "senzing_demo": _SENZING}


def resolved(path: Path, sql: str) -> dict[float, dict[str, Any]]:
    """Return the cluster of each record at each threshold."""
    duckdb: Any = import_module("duckdb")
    splink: Any = import_module("splink")
    backend: Any = import_module("splink.backends.duckdb")
    compare: Any = import_module("splink.comparison_library")
    connection = duckdb.connect()
    people = connection.sql(sql.format(path=path)).to_arrow_table()
    names = [name for name in people.column_names if name != "unique_id"]
    measures = {
        "name": compare.JaroWinklerAtThresholds("name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        "dob": compare.DamerauLevenshteinAtThresholds("dob", [1, 2]),
        "phone": compare.DamerauLevenshteinAtThresholds("phone", [1]),
        "email": compare.JaroWinklerAtThresholds("email", [0.9]),
        "address": compare.JaroWinklerAtThresholds("address", [0.95, 0.85]),
        "city": compare.ExactMatch("city"),
        "zip": compare.ExactMatch("zip"),
    }
    meet = splink.block_on
    near = [meet(f"substr({name}, 1, 6)") for name in ("name", "address")]
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[measures[name] for name in names],
        blocking_rules_to_generate_predictions=[*(meet(name) for name in names if name not in {"city", "zip"}), *near],
        retain_matching_columns=False,
    )
    linker = splink.Linker(backend.DuckDBAPI(connection=connection).register(people), settings, log_level=40)
    train = linker.training
    train.estimate_probability_two_random_records_match([meet("name", "dob"), meet("phone")], recall=0.6)
    train.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (meet("dob"), meet("address"), meet("name")):
        with suppress(ValueError):  # a level that no pair of a small set has
            train.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=THRESHOLDS[0])
    clusters = {}
    for threshold in THRESHOLDS:
        table = linker.clustering.cluster_pairwise_predictions_at_threshold(found, threshold).as_pyarrow_table()
        clusters[threshold] = dict(zip(table["unique_id"].to_pylist(), table["cluster_id"].to_pylist(), strict=True))
    return clusters


def _pairs(clusters: dict[str, Any]) -> set[tuple[str, str]]:
    groups: dict[Any, list[str]] = {}
    for record, cluster in clusters.items():
        groups.setdefault(cluster, []).append(record)
    return {pair for group in groups.values() for pair in combinations(sorted(group), 2)}


def main(data: Path) -> None:
    """Print the best threshold of each set."""
    parquet: Any = import_module("pyarrow.parquet")
    for name, sql in _SETS.items():
        told = parquet.read_table(data / name / "truth.parquet")
        true = _pairs(dict(zip(told["record_id"].to_pylist(), told["cluster_id"].to_pylist(), strict=True)))
        scored = []
        for threshold, clusters in resolved(data / name / "records.parquet", sql).items():
            found = _pairs(clusters)
            right = len(found & true)
            precision, recall = right / max(1, len(found)), right / len(true)
            scored.append((2 * right / max(1, len(found) + len(true)), precision, recall, threshold))
        f1, precision, recall, threshold = max(scored)
        print(f"{name}: F1 {f1:.4f} (precision {precision:.4f}, recall {recall:.4f}; threshold {threshold})")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
