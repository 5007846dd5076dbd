"""Write a synthetic business into a folder: ``python -m unified_profile.testing.people FOLDER``."""

from __future__ import annotations

import argparse

from unified_profile.testing.people.business import SEED, synthesize


def main(arguments: list[str] | None = None) -> None:
    """Write the files that *arguments* ask for."""
    parser = argparse.ArgumentParser(prog="python -m unified_profile.testing.people", description=__doc__)
    parser.add_argument("folder", help="where to put the files")
    parser.add_argument("--people", type=int, default=1000, help="how many persons (default: 1000)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"same seed, same files (default: {SEED})")
    parser.add_argument("--truth", action="store_true", help="also write truth.csv: who is really meant by each record")
    chosen = parser.parse_args(arguments)
    synthesize(chosen.people, chosen.seed).write(chosen.folder, with_truth=chosen.truth)


if __name__ == "__main__":
    main()
