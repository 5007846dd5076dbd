"""Files as facts, in bounded memory; what cannot be read is told with its line, and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, overload

import attrs

from unified_profile.errors import InvalidPayloadError, InvalidRulesError
from unified_profile.model import Fact
from unified_profile.model.redaction import Closed, closed, hidden
from unified_profile.wire.csv_tables import CsvTable
from unified_profile.wire.door import Reader, calls_in
from unified_profile.wire.exchange import from_json
from unified_profile.wire.json_values import DEFAULT_LIMITS, WIDE_LIMITS, Limits, parsed
from unified_profile.wire.lines import FileLike, Lines, opened
from unified_profile.wire.mappings import RecordMapping
from unified_profile.wire.rows import Told, fact_of

F = TypeVar("F", bound=Fact)


@closed
@attrs.frozen
class Rejected(Closed):
    """A line that could not be taken: where it stands, what it said, and why.

    *raw* is the row as a JSON object (or the line itself, if it was no row), so that it can be read again after a fix.
    """

    line: int
    raw: str = attrs.field(repr=hidden)
    error: InvalidPayloadError


OnRejected: TypeAlias = Callable[[Rejected], object]


@overload
def read_csv(
    file: FileLike,
    mapping: RecordMapping | Sequence[RecordMapping],
    /,
    *,
    received_at: datetime,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    header: int = 1,
    rejected: None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Told | Rejected]: ...
@overload
def read_csv(
    file: FileLike,
    mapping: RecordMapping | Sequence[RecordMapping],
    /,
    *,
    received_at: datetime,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    header: int = 1,
    rejected: OnRejected,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Told]: ...
def read_csv(
    file: FileLike,
    mapping: RecordMapping | Sequence[RecordMapping],
    /,
    *,
    received_at: datetime,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    header: int = 1,
    rejected: OnRejected | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Told | Rejected]:
    r"""Yield the facts of a CSV file with a header, row by row; several mappings make several facts of a row.

    The delimiter is guessed from the header if it is not said (a first line ``sep=;`` says it); a byte order mark is
    left out. *header* is the number of the line that names the columns; what stands above it is left out. A row that
    cannot be taken comes as a ``Rejected`` in its place, which ``hub.ingest`` puts into its quarantine; *rejected*
    gets it instead, if given (and may raise its ``error``, to end the reading).

    >>> from datetime import UTC, datetime
    >>> from io import BytesIO
    >>> file = BytesIO("番号,メール\n7,taro@example.com\n".encode("cp932"))
    >>> facts = read_csv(
    ...     file,
    ...     RecordMapping("crm", "番号", identifiers={"メール": "email"}),
    ...     encoding="cp932",
    ...     received_at=datetime(2026, 1, 31, tzinfo=UTC),
    ... )
    >>> [fact.key for fact in facts]
    ['7']

    Raises:
        InvalidPayloadError: If the file has no header that can be read, or lacks a column.
        InvalidRulesError: If the encoding is none.
        UnreadableFileError: If the file cannot be opened or read; it is an ``OSError``, too.
    """
    mappings = _mappings_of(mapping)
    with opened(file) as stream:
        table = CsvTable(Lines(stream, encoding=encoding, limits=limits), delimiter, header=header)
        table.require(mappings)
        for line, raw, row, flaw in table:
            facts, problem = ([], flaw) if row is None else _facts_of(row, mappings, received_at)
            if problem is not None:
                yield from _reject(problem, line, raw or _as_text(row), rejected)
            else:
                yield from facts


def _mappings_of(given: object) -> list[RecordMapping]:
    found = [given] if isinstance(given, RecordMapping) else list(given) if isinstance(given, (list, tuple)) else [None]
    if not all(isinstance(one, RecordMapping) for one in found):
        raise InvalidRulesError(field="mapping", reason="not a RecordMapping", hint="declare one, or guess_mapping(…)")
    return [one for one in found if isinstance(one, RecordMapping)]


def _facts_of(
    row: Mapping[str, Any], mappings: Sequence[RecordMapping], received_at: datetime
) -> tuple[list[Told], InvalidPayloadError | None]:
    """Return all facts of a row, or none and the error."""
    try:
        found = [fact_of(row, mapping, received_at=received_at) for mapping in mappings]
    except InvalidPayloadError as error:
        return [], error
    return [fact for fact in found if fact is not None], None


def _as_text(row: Mapping[str, Any] | None) -> str:
    return json.dumps(row, ensure_ascii=False)


def _reject(error: InvalidPayloadError, line: int, raw: str, rejected: OnRejected | None) -> Iterator[Rejected]:
    """Yield what cannot be taken, unless somebody wants to be told of it."""
    told = InvalidPayloadError(field=f"line {line}: {error.field}", reason=error.reason, hint=error.hint)
    one = Rejected(line, raw, told)
    if rejected is None:
        yield one
    else:
        rejected(one)


@overload
def read_jsonl(
    file: FileLike,
    reader: Reader | RecordMapping,
    /,
    *,
    received_at: datetime,
    encoding: str = "utf-8",
    rejected: None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Told | Rejected]: ...
@overload
def read_jsonl(
    file: FileLike,
    reader: Reader | RecordMapping,
    /,
    *,
    received_at: datetime,
    encoding: str = "utf-8",
    rejected: OnRejected,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Told]: ...
def read_jsonl(
    file: FileLike,
    reader: Reader | RecordMapping,
    /,
    *,
    received_at: datetime,
    encoding: str = "utf-8",
    rejected: OnRejected | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Told | Rejected]:
    r"""Yield the facts of a file with one JSON object a line: payloads for a *reader*, or rows for a mapping.

    Batches of calls are unwrapped, blank lines left out. A line that cannot be taken comes as a ``Rejected`` in its
    place, or goes to *rejected*, as for ``read_csv``.

    >>> from datetime import UTC, datetime
    >>> from io import BytesIO
    >>> file = BytesIO(b'{"type": "page", "name": "Home", "messageId": "m1"}\n')
    >>> [fact.name for fact in read_jsonl(file, Reader(source="web"), received_at=datetime(2026, 1, 31, tzinfo=UTC))]
    ['Home']

    Raises:
        InvalidRulesError: If the encoding is none.
        UnreadableFileError: If the file cannot be opened or read.
    """

    def facts_in(text: str) -> list[Told]:
        payload: Any = parsed(text, limits=limits)
        if isinstance(reader, RecordMapping):
            fact = fact_of(payload, reader, received_at=received_at)
            return [] if fact is None else [fact]
        return [reader.read(call, received_at=received_at) for call in calls_in(payload)]

    yield from _by_line(file, facts_in, encoding=encoding, rejected=rejected, limits=limits)


@overload
def read_facts(file: FileLike, /, *, rejected: None = None) -> Iterator[Fact | Rejected]: ...
@overload
def read_facts(file: FileLike, /, *, rejected: OnRejected) -> Iterator[Fact]: ...
def read_facts(file: FileLike, /, *, rejected: OnRejected | None = None) -> Iterator[Fact | Rejected]:
    """Yield the facts of a file with what ``to_json`` made, one JSON object a line, in UTF-8.

    A line that cannot be taken comes as a ``Rejected`` in its place, or goes to *rejected*, as for ``read_csv``.

    >>> import json
    >>> from io import BytesIO
    >>> form = {
    ...     "fact": "retraction",
    ...     "id": "r1",
    ...     "source": "desk",
    ...     "fact_id": "s1",
    ...     "occurred_at": "2026-01-31T00:00:00Z",
    ... }
    >>> [fact.id for fact in read_facts(BytesIO(json.dumps(form).encode()))]
    ['r1']

    Raises:
        UnreadableFileError: If the file cannot be opened or read.
    """
    yield from _by_line(file, lambda text: [from_json(text)], encoding="utf-8", rejected=rejected, limits=WIDE_LIMITS)


def _by_line(
    file: FileLike,
    facts_in: Callable[[str], list[F]],
    *,
    encoding: str,
    rejected: OnRejected | None,
    limits: Limits,
) -> Iterator[F | Rejected]:
    with opened(file) as stream:
        lines = Lines(stream, encoding=encoding, limits=limits)
        while True:
            lines.begin()
            facts: list[F] = []
            problem: InvalidPayloadError | None = None
            try:
                text = next(lines).strip()
                facts = facts_in(text) if text else []
            except StopIteration:
                return
            except InvalidPayloadError as error:
                problem = error
            if problem is not None:
                yield from _reject(problem, lines.number, "".join(lines.pending), rejected)
            yield from facts
