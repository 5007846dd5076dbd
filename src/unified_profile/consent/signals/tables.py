"""Every section and field as tables in Markdown, made from the declarations that the strings are read by.

    python -m unified_profile.consent.signals.tables docs/reference/signals.md

writes them into a page, below its marker.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from unified_profile.consent.signals import us_fields as us
from unified_profile.consent.signals.gpp import HEADER
from unified_profile.consent.signals.layout import Field, Part
from unified_profile.consent.signals.sections import PREFIXES
from unified_profile.consent.signals.tcf_fields import CANADA, CANADA_AS_WRITTEN, TCF_PARTS, TCF_V1
from unified_profile.consent.signals.us_sections import US_LAYOUTS
from unified_profile.consent.signals.usp import MEANINGS

MARKER: Final = "<!-- made by unified_profile.consent.signals.tables: change the declarations, not what follows -->"
_HEAD: Final = ("part", "field", "type", "meaning", "values", "decision")


def tables() -> str:
    """Return all tables, with a heading each."""
    return "\n\n".join([*_blocks()]) + "\n"


def _blocks() -> Iterator[str]:
    yield f"### Header of a GPP string\n\n{_table(_rows([HEADER]))}"
    yield f"### 1 `{PREFIXES[1]}`: TC string of version 1 (Europe until 2020)\n\n{_table(_rows([TCF_V1]))}"
    yield f"### 2 `{PREFIXES[2]}`: TC string (Europe), also on its own\n\n{_table(_rows(TCF_PARTS))}"
    yield f"### 4 `{PREFIXES[4]}`\n\nThe registry names it, no format is published: it is kept as it came."
    yield f"### 5 `{PREFIXES[5]}`: Canada, version 1\n\n{_table(_canada())}"
    yield f"### 6 `{PREFIXES[6]}`: US Privacy string, also on its own\n\n{_table(MEANINGS)}"
    for layout in US_LAYOUTS:
        parts = (us.header(layout.id), *layout.parts) if layout.headed else layout.parts
        title = f"### {layout.id} `{layout.prefix}` ({layout.jurisdiction}), version {layout.version}"
        yield f"{title}\n\n{_table(_rows(parts))}"


def _rows(parts: Iterable[Part]) -> Iterator[tuple[str, ...]]:
    for part in parts:
        if part.marker is not None:
            kind, size = part.marker
            yield part.name, "SegmentType", f"Int({size})", "Which part this is.", str(kind), ""
        for field in part.fields:
            yield _row(part, field, str(field.kind))


def _canada() -> Iterator[tuple[str, ...]]:
    """Give the Canadian fields; where the specification has another type, with both."""
    for row, written in zip(_rows(CANADA), _rows(CANADA_AS_WRITTEN), strict=True):
        kind = row[2] if row[2] == written[2] else f"{row[2]}; as written: {written[2]}"
        yield (*row[:2], kind, *row[3:])


def _row(part: Part, field: Field, kind: str) -> tuple[str, ...]:
    return part.name, field.name, kind, field.meaning, field.coding, field.decides


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    lines = [_HEAD, ("---",) * len(_HEAD), *rows]
    return "\n".join(f"| {' | '.join(cell or '–' for cell in line)} |" for line in lines)


def main(path: str) -> None:
    """Write the tables into the page at *path*, below the marker."""
    page = Path(path)
    head, marker, _ = page.read_text(encoding="utf-8").partition(MARKER)
    page.write_text(f"{head}{marker}\n\n{tables()}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
