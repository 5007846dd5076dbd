"""How a CSV file begins, in which encoding and with which delimiter: enough to guess a mapping from."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import BinaryIO

import attrs

from unified_profile.errors import InvalidPayloadError, UnreadableFileError
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.wire.csv_tables import DELIMITERS, CsvTable
from unified_profile.wire.json_values import DEFAULT_LIMITS
from unified_profile.wire.lines import FileLike, Lines, fitting_encoding, opened, unreadable
from unified_profile.wire.looks import reads_as_number

_SAMPLE_BYTES = 1 << 16
_LOOKED_AT = 20


@closed
@attrs.frozen
class CsvSample(Closed):
    """The beginning of a CSV file: enough to guess a mapping from."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...] = attrs.field(repr=hidden)
    encoding: str
    delimiter: str


def peek_csv(file: FileLike, /, *, rows: int = 200, encoding: str | None = None, header: int = 1) -> CsvSample:
    r"""Return the columns and the first *rows* of a CSV file, and the encoding and delimiter that it seems to have.

    Rows that cannot be read are left out. *header* is the number of the line that names the columns; where the first
    one seems to be a title above the table, that is asked. A file that was open is left where the reading stopped.

    >>> from io import BytesIO
    >>> peek_csv(BytesIO("氏名;メール\n山田;taro@example.com\n".encode("cp932")))
    CsvSample(columns=('氏名', 'メール'), rows=•••[1], encoding='cp932', delimiter=';')

    Raises:
        InvalidPayloadError: If it has no header that can be read.
        UnreadableFileError: If it cannot be opened or read, or has no *encoding* said and cannot be gone back in.
    """
    with opened(file) as stream:
        start = _beginning(stream) if encoding is None else b""
        whole = start[: start.rfind(b"\n") + 1] or start
        found = encoding or fitting_encoding(whole) or "utf-8"
        table = CsvTable(Lines(stream, encoding=found, limits=DEFAULT_LIMITS), None, header=header)
        if header == 1:
            _refuse_title(table.header, whole, found)
        sample: list[Mapping[str, str]] = []
        for _, _, row, _ in table:
            if len(sample) >= rows:
                break
            if row is not None:
                sample.append(row)
        return CsvSample(tuple(table.header), tuple(sample), found, table.delimiter)


def _refuse_title(header: Sequence[str], start: bytes, encoding: str) -> None:
    """Refuse a single name above a table of several columns, and say which line seems to name them.

    Raises:
        InvalidPayloadError: If the first line seems to be a title.
    """
    if sum(map(bool, header)) != 1:
        return
    lines = start.decode(encoding, "replace").splitlines()[:_LOOKED_AT]
    for number, line in enumerate(lines[1:], 2):
        for delimiter in DELIMITERS:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
            while cells and not cells[-1]:
                cells.pop()
            apart = len(set(cells)) == len(cells) >= 2
            if apart and all(map(_is_name, cells)):
                raise InvalidPayloadError(
                    field="line 1: header",
                    reason="is one name above several columns: a title, it seems",
                    hint=f"say header={number}, if line {number} names the columns",
                )


def _is_name(cell: str) -> bool:
    """Say whether a cell could be the name of a column."""
    return cell.isprintable() and any(map(str.isalpha, cell)) and not reads_as_number(cell)


def _beginning(stream: BinaryIO) -> bytes:
    """Return how a file begins, and go back there."""
    try:
        start: object = stream.read(_SAMPLE_BYTES)
        if isinstance(start, bytes) and start:
            stream.seek(-len(start), 1)
    except OSError as error:
        raise unreadable(error) from None
    except AttributeError:
        raise InvalidPayloadError(field="file", reason="cannot be gone back in", hint="say encoding=") from None
    if not isinstance(start, bytes):
        raise UnreadableFileError(field="file", reason="open as text", hint="open it in binary mode")
    return start
