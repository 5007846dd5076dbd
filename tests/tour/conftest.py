"""One run of the tour on the bundled sample, for all tests that look at what it wrote."""

import io

import attrs
import pytest

from unified_profile import Hub, SqliteStore
from unified_profile._tour import sample
from unified_profile._tour.options import Options
from unified_profile._tour.tour import tour
from unified_profile._tour.width import width


@attrs.frozen
class Run:
    """What the tour wrote, and the hub over the store that it left."""

    text: str
    hub: Hub

    def section(self, title):
        """Return the lines below the heading that ends in *title*."""
        lines = self.text.splitlines()
        start = next(at for at, line in enumerate(lines) if line.endswith(f". {title}"))
        end = next((at for at in range(start + 2, len(lines)) if lines[at].startswith("═")), len(lines) + 1)
        return lines[start + 2 : end - 1]

    def rows(self, title, first):
        """Return the table of a section whose first heading is *first*, cut at its columns."""
        lines = self.section(title)
        at = next(place for place, line in enumerate(lines) if line.split("  ")[0] == first)
        widths = [len(part) for part in lines[at + 1].split()]
        rows = []
        for line in lines[at + 2 :]:
            if not line.strip():
                break
            cells, rest = [], line
            for size in widths:
                cell, rest = cut(rest, size)
                cells.append(cell.strip())
                rest = rest[2:]
            rows.append(cells)
        return rows


def cut(line, size):
    """Return the first *size* columns of a line, and the rest."""
    at = next((at for at in range(len(line) + 1) if width(line[:at]) >= size), len(line))
    return line[:at], line[at:]


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Give the tour as it is written 160 columns wide."""
    path = tmp_path_factory.mktemp("tour") / "tour.sqlite"
    stream = io.StringIO()
    assert tour(Options(store=path), stream, columns=160) == 0
    with SqliteStore(path) as store:
        yield Run(stream.getvalue(), Hub(store, sample.business().setup))
