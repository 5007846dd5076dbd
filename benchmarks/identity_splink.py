"""Splink 5 on the file of `benchmarks/identity.py`, set up as its documentation advises for people; not our code.

Runs in an environment of its own (``pip install splink==5.0.0 pyarrow``), which need not know this project:

    PEER/bin/python benchmarks/identity_splink.py people.parquet clusters.parquet

It writes the clusters at four thresholds; the best of them, chosen with the truth, is what ours is compared with.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

THRESHOLDS = (0.9, 0.99, 0.999, 0.9999)
_CLEAN = """
select record_id as unique_id, lower(trim(first_name)) as first_name, lower(trim(last_name)) as last_name,
  case when regexp_matches(dob, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$') then dob end as dob,
  case when contains(email, '@') then lower(email) end as email,
  case when length(regexp_replace(phone, '[^0-9]', '', 'g')) >= 7
    and regexp_replace(phone, '[^0-9]', '', 'g') not in ('0000000000', '9999999999', '1234567890')
    then right(regexp_replace(phone, '[^0-9]', '', 'g'), 10) end as phone,
  lower(street) as street, lower(city) as city, zip
from read_parquet('{path}')
"""


def main(path: str, out: str) -> None:
    """Cluster the records of *path*."""
    duckdb: Any = import_module("duckdb")
    splink: Any = import_module("splink")
    backend: Any = import_module("splink.backends.duckdb")
    compare: Any = import_module("splink.comparison_library")
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    people = connection.sql(_CLEAN.format(path=path)).to_arrow_table()
    api = backend.DuckDBAPI(connection=connection)
    meet = splink.block_on
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.NameComparison("first_name").configure(term_frequency_adjustments=True),
            compare.NameComparison("last_name").configure(term_frequency_adjustments=True),
            compare.DateOfBirthComparison("dob", input_is_string=True),
            compare.EmailComparison("email"),
            compare.DamerauLevenshteinAtThresholds("phone", 1),
            compare.JaroWinklerAtThresholds("street", [0.9]),
            compare.ExactMatch("city").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            meet("email"), meet("phone"), meet("dob", "first_name"), meet("dob", "last_name"),
            meet("first_name", "last_name", "city"), meet("last_name", "street"), meet("first_name", "street"),
            meet("dob", "zip"), meet("first_name", "last_name", "zip"),
        ],
        retain_matching_columns=False,
    )  # fmt: skip
    linker = splink.Linker(api.register(people), settings, log_level=40)
    train = linker.training
    train.estimate_probability_two_random_records_match([meet("email"), meet("dob", "last_name")], recall=0.7)
    train.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (meet("dob"), meet("first_name", "last_name")):
        train.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=THRESHOLDS[0])
    columns: dict[str, Any] = {}
    for threshold in THRESHOLDS:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(found, threshold)
        table = clusters.as_pyarrow_table().select(["unique_id", "cluster_id"]).sort_by("unique_id")
        columns["record_id"] = table["unique_id"]
        columns[str(threshold)] = table["cluster_id"]
    import_module("pyarrow.parquet").write_table(import_module("pyarrow").table(columns), out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
