"""Tables in plain text: set for the width there is, in any script, and still readable where little fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from unified_profile._tour.width import padded, printable, width, wrapped

_GAP = 2
_LEAST = 6


@attrs.frozen
class Column:
    """A column: its heading, whether it holds numbers (set to the right, never broken), whether it may be left out."""

    title: str
    number: bool = False
    spare: bool = False


def columns(*titles: str) -> list[Column]:
    """Return columns by their headings; one that begins with ``#`` holds numbers, one with ``?`` goes if it is narrow.

    >>> columns("name", "#count")
    [Column(title='name', number=False, spare=False), Column(title='count', number=True, spare=False)]
    """
    return [Column(title.lstrip("#?"), title.startswith("#"), title.startswith("?")) for title in titles]


def table(heads: Sequence[Column], rows: Iterable[Sequence[object]], /, *, room: int, rule: str = "─") -> list[str]:
    """Return the lines of a table that takes at most *room* columns.

    Where not all fits, columns that may be left out go first, from the right. Cells that are too long are broken;
    where not even that fits, each row becomes a list of its own.

    >>> for line in table(columns("name", "#n"), [("山田", 3), ("Smith", 12)], room=40, rule="-"):
    ...     print(line)
    name    n
    -----  --
    山田    3
    Smith  12
    """
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    while (spare := _one_too_many(heads, cells, room)) is not None:
        heads = [head for at, head in enumerate(heads) if at != spare]
        cells = [[cell for at, cell in enumerate(row) if at != spare] for row in cells]
    widths = _fitting(heads, cells, room - _GAP * (len(heads) - 1))
    if widths is None:
        return _as_lists(heads, cells, room)
    lines = _row([head.title for head in heads], heads, widths)
    lines.append((" " * _GAP).join(rule * each for each in widths))
    for row in cells:
        lines += _row(row, heads, widths)
    return lines


def _one_too_many(heads: Sequence[Column], cells: Sequence[Sequence[str]], room: int) -> int | None:
    """Return the last column that may be left out, if the table is wider than its *room*."""
    natural = sum(max([width(head.title), *(width(row[at]) for row in cells)]) for at, head in enumerate(heads))
    if natural + _GAP * (len(heads) - 1) <= room:
        return None
    return max((at for at, head in enumerate(heads) if head.spare), default=None)


def _fitting(heads: Sequence[Column], cells: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Return how wide each column is; None if they cannot stand beside each other."""
    natural = [max([width(head.title), *(width(row[at]) for row in cells)]) for at, head in enumerate(heads)]
    least = [size if head.number else min(size, _LEAST) for head, size in zip(heads, natural, strict=True)]
    if sum(least) > room:
        return None
    widths = list(natural)
    while sum(widths) > room:
        # The widest gives way first, so that short columns stay whole.
        at = max((at for at in range(len(widths)) if widths[at] > least[at]), key=lambda at: (widths[at], at))
        others = [size for place, size in enumerate(widths) if place != at and widths[place] > least[place]]
        step = min(sum(widths) - room, max(1, widths[at] - max(others, default=0)), widths[at] - least[at])
        widths[at] -= step
    return widths


def _row(row: Sequence[str], heads: Sequence[Column], widths: Sequence[int]) -> list[str]:
    """Return one row, over as many lines as its longest cell needs."""
    parts = [wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
    lines = []
    for at in range(max(map(len, parts))):
        line = (
            padded(part[at] if at < len(part) else "", size, right=head.number)
            for part, head, size in zip(parts, heads, widths, strict=True)
        )
        lines.append((" " * _GAP).join(line).rstrip())
    return lines


def _as_lists(heads: Sequence[Column], cells: Sequence[Sequence[str]], room: int) -> list[str]:
    """Return each row as lines of heading and cell."""
    lines: list[str] = []
    for row in cells:
        for at, (head, cell) in enumerate(zip(heads, row, strict=True)):
            first, *more = wrapped(f"{head.title}: {cell}", max(room - _GAP, 1))
            lines.append(("- " if at == 0 else "  ") + first)
            lines += [f"  {line}" for line in more]
    return lines
