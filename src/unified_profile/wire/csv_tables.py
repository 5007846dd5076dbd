"""The rows of a CSV file by its header, each with its line; a row that is none comes with the reason."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from unified_profile.errors import InvalidPayloadError, InvalidRulesError
from unified_profile.wire.cells import column_name
from unified_profile.wire.lines import Lines
from unified_profile.wire.mappings import RecordMapping

DELIMITERS = ",;\t|"
_SAID_DELIMITER = re.compile(r"\"?sep=([^\"\r\n])\"?[ \t,;]*\r?\n?\Z", re.IGNORECASE)
_LAST_HEADER = 1000

Entry: TypeAlias = "tuple[int, str, dict[str, str] | None, InvalidPayloadError | None]"


class CsvTable:
    """The rows of a CSV file, each with its line; a row that is none comes with the reason."""

    def __init__(self, lines: Lines, delimiter: str | None, *, header: int = 1) -> None:
        """Read the header, which is line number *header*, or the next one if that says the delimiter."""
        self._lines = lines
        if isinstance(header, bool) or not isinstance(header, int) or not 1 <= header <= _LAST_HEADER:
            hint = f"the number of a line, from 1 to {_LAST_HEADER}"
            raise InvalidRulesError(field="header", reason="not the number of a line", hint=hint)
        if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'):
            raise InvalidRulesError(field="delimiter", reason="not one character", hint="for example ';'")
        first = _with_line(lambda: next(lines, ""), 1)
        said = _SAID_DELIMITER.match(first)
        if said:
            # Excel's own way of telling the delimiter, in a line of its own that is no part of the table.
            delimiter = delimiter or said[1]
            first = _with_line(lambda: next(lines, ""), 2)
        while lines.number < header:
            first = _with_line(lambda: next(lines, ""), lines.number + 1)
            if not first:
                break
        here = f"line {max(lines.number, 1)}: header"
        lines.begin_at_last()
        self.delimiter = delimiter or max(DELIMITERS, key=lambda sign: _outside_quotes(first, sign))
        # A header may go on over several lines, so the first is put back.
        self._reader = csv.reader(_Chain(first, lines), delimiter=self.delimiter, strict=True)
        self.header: list[str] = []
        for _, _, cells, problem in self._records():
            if problem is not None:
                raise InvalidPayloadError(field=here, reason=problem.reason, hint=problem.hint)
            self.header = [cell.strip() for cell in cells or []]
            break
        if not any(self.header):
            hint = "name the columns in the first line" if header == 1 else "say the line that names the columns"
            raise InvalidPayloadError(field=here, reason="missing", hint=hint)
        self._here = here

    def require(self, mappings: Sequence[RecordMapping]) -> None:
        """Refuse a header that lacks a column, or has it twice."""
        for mapping in mappings:
            for column in mapping.columns():
                count = self.header.count(column)
                if count == 0 and column not in mapping.optional and "." not in column:
                    reason, hint = f"lacks {column_name(column)!r}", "map a column that is there, or make it optional"
                elif count > 1:
                    reason, hint = f"has {column_name(column)!r} twice", "name the columns apart"
                else:
                    continue
                raise InvalidPayloadError(field=self._here, reason=reason, hint=hint)

    def _records(self) -> Iterator[tuple[int, str, list[str] | None, InvalidPayloadError | None]]:
        while True:
            cells, problem = None, None
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                long = "field larger" in str(error)
                reason = "a cell without end, or a quote that never closes" if long else "not CSV"
                problem = InvalidPayloadError(field="row", reason=reason, hint='double the quotes inside a cell: ""')
            except InvalidPayloadError as error:
                problem = error
            line, raw = self._lines.first, "".join(self._lines.pending)
            self._lines.begin()
            yield line, raw, cells, problem

    def __iter__(self) -> Iterator[Entry]:
        width = len(self.header)
        for line, raw, cells, problem in self._records():
            if cells is None:
                yield line, raw, None, problem
            elif not any(cells):
                continue
            elif len(cells) < width or any(cells[width:]):
                reason = f"has {len(cells)} cells, the header {width}"
                hint = "fill up the row, and put cells with delimiters into quotes"
                yield line, raw, None, InvalidPayloadError(field="row", reason=reason, hint=hint)
            else:
                yield line, "", dict(zip(self.header, cells, strict=False)), None


class _Chain(Iterator[str]):
    """A line that was read already, and those after it; unlike a generator it outlives an error."""

    def __init__(self, first: str, lines: Lines) -> None:
        self._first, self._lines = first, lines

    def __next__(self) -> str:
        if self._first:
            first, self._first = self._first, ""
            return first
        return next(self._lines)


def _with_line(reading: Callable[[], str], line: int) -> str:
    try:
        return reading()
    except InvalidPayloadError as error:
        told = InvalidPayloadError(field=f"line {line}: {error.field}", reason=error.reason, hint=error.hint)
    raise told


def _outside_quotes(text: str, sign: str) -> int:
    return sum(part.count(sign) for part in text.split('"')[::2])
