"""Writes the JSON Schemas into a folder, so that they can be published again after a change of the models."""

from __future__ import annotations

import sys
from pathlib import Path

from unified_profile.wire.schemas import SCHEMA_NAMES, as_text, generated


def write(folder: Path) -> None:
    """Write every schema into *folder*."""
    for name in SCHEMA_NAMES:
        (folder / f"{name}.schema.json").write_text(as_text(generated(name)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
