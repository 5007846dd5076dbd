"""What the files of a stranger mean: columns guessed one by one, then across files by the values that they share."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from unified_profile._tour.business import Source
from unified_profile._tour.options import Options, OwnFile, UsageError
from unified_profile._tour.own_files import Log, Table, named
from unified_profile._tour.relating import ROWS, relate
from unified_profile.errors import InvalidPayloadError, InvalidRulesError
from unified_profile.identity.namespaces import default_namespaces
from unified_profile.model import Event
from unified_profile.wire import peek_csv, read_jsonl
from unified_profile.wire.headers import MEANINGS, folded

_CALLS = 2_000
_NAMESPACES = frozenset(space.name for space in default_namespaces())


def sources(options: Options, *, now: datetime) -> list[Source]:
    """Return the sources of the caller's files.

    Raises:
        UsageError: If a file is not of the kind that was said, or a column or meaning is none.
        InvalidPayloadError: If a file has no header that can be read.
    """
    names = _names(options.files)
    opened = [
        _table(file, name, options) if _is_table(file) else _log(file, name, options, now)
        for file, name in zip(options.files, names, strict=True)
    ]
    tables = [one for one in opened if isinstance(one, Table)]
    logs = [one for one in opened if isinstance(one, Log)]
    relate(tables, logs, region=options.region)
    return [one.source_of(now) for one in opened]


def _names(files: Sequence[OwnFile]) -> list[str]:
    """Return what each source is called: as was said, else as its file, kept apart by a number."""
    names: list[str] = []
    for file in files:
        base = name = file.source or named(file.path.stem)[:90] or "file"
        count = 1
        while name in names:
            if file.source:
                hint = "rows of one would replace those of the other"
                raise UsageError(field="--source", reason="two files have the same", hint=hint)
            count += 1
            name = f"{base}_{count}"
        names.append(name)
    return names


def _is_table(file: OwnFile) -> bool:
    """Say whether a file is a table, by how it begins; a wrong kind is refused."""
    with file.path.open("rb") as stream:
        begin = stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not begin:
        raise UsageError(field=file.path.name, reason="is empty", hint="name a file with a header, or with JSON lines")
    if begin.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        reason, hint = "is a workbook or an archive", "save the sheet as CSV, and name that file"
        raise UsageError(field=file.path.name, reason=reason, hint=hint)
    lines = begin[:1] in {b"{", b"["}
    if file.kind == "records" and lines:
        raise UsageError(field=file.path.name, reason="holds JSON, not a table", hint="read calls with --events")
    if file.kind == "consents" and not lines:
        hint = 'one object a line: {"subject": …, "purpose": …, "state": "given", "expressed_at": …}'
        raise UsageError(field=file.path.name, reason="does not hold JSON lines", hint=hint)
    return not lines


def _table(file: OwnFile, name: str, options: Options) -> Table:
    try:
        sample = peek_csv(file.path, rows=ROWS, encoding=options.encoding, header=file.header)
        said = {_column(column, sample.columns, file.path): _meaning(text) for column, text in file.meanings.items()}
        table = Table(file, name, sample, said, options.tz, options.dayfirst, options.decimal)
        _ = table.mapping
    except InvalidRulesError as error:
        raise UsageError(field=file.path.name, reason=f"{error.field}: {error.reason}", hint=error.hint) from None
    except InvalidPayloadError as error:
        hint = error.hint.replace("say encoding=", "say --encoding ").replace("say header=", "say --header ")
        raise InvalidPayloadError(field=f"{file.path.name}, {error.field}", reason=error.reason, hint=hint) from None
    return table


def _column(asked: str, columns: Sequence[str], path: Path) -> str:
    """Return the column that was meant, whatever its case and width."""
    found = [column for column in columns if column == asked] or [
        column for column in columns if folded(column) == folded(asked)
    ]
    if len(found) != 1:
        raise UsageError(
            field="--map",
            reason=f"{path.name} has no column {asked[:60]!r}" if not found else f"{asked[:60]!r} is several columns",
            hint="it has " + ", ".join(columns[:20]) + "; say --map after the file that it is about",
        )
    return found[0]


def _meaning(text: str) -> str:
    """Return what was said, as `guess_mapping` takes it."""
    if text in MEANINGS or text in {"key", "ignore"} or text.startswith(("identifier:", "attribute:")):
        return text
    if text.partition("@")[0] in _NAMESPACES:
        return f"identifier:{text}"
    known = [*MEANINGS, *_NAMESPACES, "key", "ignore"]
    close = difflib.get_close_matches(text.casefold(), known, n=1, cutoff=0.75)
    if close:
        hint = f"did you mean {close[0]!r}? For a trait of that name say attribute:{text[:60]}"
        raise UsageError(field="--map", reason=f"{text[:60]!r} is no known meaning", hint=hint)
    return f"attribute:{text}"


def _log(file: OwnFile, name: str, options: Options, now: datetime) -> Log:
    if file.country or file.statuses or file.header != 1:
        raise UsageError(field=file.path.name, reason="--country, --status and --header are about tables")
    meanings = dict(file.meanings)
    properties = {field for field in meanings if field.startswith("properties.")}
    told = next((field for field in sorted(properties) if meanings.pop(field) == "channel"), "")
    said = {field: text.removeprefix("identifier:") for field, text in meanings.items() if field not in properties}
    for space in said.values():
        if space.partition("@")[0] not in _NAMESPACES:
            hint = "for example userId=customer_number, or properties.place=channel"
            raise UsageError(field="--map", reason="not an identifier, which a field of calls must be", hint=hint)
    log = Log(file, name, set(), said, options.tz, told.removeprefix("properties."))
    calls = read_jsonl(file.path, log.reader(), received_at=now)
    for call in islice(calls, _CALLS):
        if isinstance(call, Event):
            log.users.update(one.value for one in call.identifiers if one.namespace == "user_id")
            if not properties and not call.channel and isinstance(call.properties.get("channel"), str):
                log.channel_property = "channel"
    return log
