"""What the files of a stranger mean: columns guessed one by one, then across files by the values that they share."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

import attrs

from unified_profile._tour.business import Source
from unified_profile._tour.options import Options, OwnFile, UsageError
from unified_profile.errors import InvalidPayloadError, InvalidRulesError
from unified_profile.identity.namespaces import default_namespaces
from unified_profile.model import Event, Fact
from unified_profile.wire import (
    CsvSample,
    Reader,
    RecordMapping,
    Rejected,
    guess_mapping,
    peek_csv,
    read_csv,
    read_jsonl,
)
from unified_profile.wire.guessing import NO_KEY
from unified_profile.wire.headers import MEANINGS, folded
from unified_profile.wire.mappings import ColumnGuess

_ROWS, _CALLS = 20_000, 2_000
_NAMESPACES = frozenset(space.name for space in default_namespaces())
_NUMBERS = frozenset({"customer_number", "user_id", "login", "loyalty_card"})
_PERSONAL = frozenset({"name", "given_name", "family_name", "birth_date"})
_CALL_FIELDS = {"userId": "user_id", "anonymousId": "anonymous_id", "context.device.id": "device_id"}
_OPTIONS = {
    "say tz=": "say --tz",
    "say dayfirst=": "say --dayfirst or --monthfirst",
    "map one as updated_at": "--map COLUMN=updated_at",
}
"""How the command line calls what a guess asks for."""
_NO_NAME = re.compile(r"[^\w.-]+")


@attrs.define
class Table:
    """A CSV file: what was seen of it, what was said of its columns, and what they are taken for."""

    file: OwnFile
    source: str
    sample: CsvSample
    said: dict[str, str]
    tz: str | None
    dayfirst: bool | None = None
    found: dict[str, tuple[str, str]] = attrs.field(factory=dict)
    """What other files gave away, by column: the identifier, and why."""

    @property
    def mapping(self) -> RecordMapping:
        """The mapping, as far as is known by now."""
        meanings = {**{column: f"identifier:{space}" for column, (space, _) in self.found.items()}, **self.said}
        made = guess_mapping(
            self.sample.columns,
            self.sample.rows,
            source=self.source,
            tz=self.tz,
            meanings=meanings,
            dayfirst=self.dayfirst,
        )
        if not made.key and (key := next((column for column in self.found if self.names_rows(column)), "")):
            made = attrs.evolve(made, key=key)
        return made

    def names_rows(self, column: str) -> bool:
        """Say whether every row has its own value in *column*."""
        return len(self.values(column)) == len(self.sample.rows)

    def values(self, column: str) -> set[str]:
        """Return what stands in *column*."""
        return {value for row in self.sample.rows if (value := row.get(column, "").strip())}

    def guesses(self) -> Iterator[ColumnGuess]:
        """Give what each column was taken for, and why."""
        mapping = self.mapping
        for guess in mapping.guesses:
            because = guess.because
            for parameter, option in _OPTIONS.items():
                because = because.replace(parameter, option)
            if guess.column in self.found:
                space, because = self.found[guess.column]
                yield ColumnGuess(guess.column, f"identifier {space}", because)
            elif guess.column or guess.meaning != NO_KEY or not mapping.key:
                space = mapping.identifiers.get(guess.column, "")
                also = f", and identifier {space}" if space and space not in guess.meaning else ""
                yield ColumnGuess(guess.column, guess.meaning + also, because)

    def source_of(self, now: datetime) -> Source:
        """Return the table as a source."""
        mapping, sample = self.mapping, self.sample

        def facts() -> Iterator[Fact | Rejected]:
            return read_csv(
                self.file.path,
                _steps(mapping),
                received_at=now,
                encoding=sample.encoding,
                delimiter=sample.delimiter,
            )

        tells = mapping.name if mapping.kind == "event" else "people"
        return Source(self.source, self.file.path.name, tells, facts, tuple(self.guesses()))


@attrs.define
class Log:
    """A file with one call or consent record a line."""

    file: OwnFile
    source: str
    users: set[str]
    said: dict[str, str]
    tz: str | None
    found: dict[str, tuple[str, str]] = attrs.field(factory=dict)

    def reader(self) -> Reader:
        """Return what reads it."""
        fields = {_CALL_FIELDS[name]: space for name, space in self.said.items() if name in _CALL_FIELDS}
        if "userId" in self.found:
            fields.setdefault("user_id", self.found["userId"][0])
        traits = {name: space for name, space in self.said.items() if name not in _CALL_FIELDS}
        try:
            return Reader(
                source=self.source,
                assume_tz=self.tz,
                trait_identifiers={"email": "email", "phone": "phone", **traits},
                **fields,  # type: ignore[arg-type]  # they are names of spaces
            )
        except InvalidRulesError as error:
            raise UsageError(field="--map", reason=error.reason, hint=error.hint) from None

    def source_of(self, now: datetime) -> Source:
        """Return the log as a source."""
        reader = self.reader()

        def facts() -> Iterator[Fact | Rejected]:
            return read_jsonl(self.file.path, reader, received_at=now)

        guesses = [ColumnGuess(name, f"identifier {space}", "you said so") for name, space in self.said.items()]
        guesses += [ColumnGuess(name, f"identifier {space}", because) for name, (space, because) in self.found.items()]
        tells = "consent log" if self.file.kind == "consents" else "calls"
        return Source(
            self.source, self.file.path.name, tells, facts, tuple(guesses), _written(self.source, reader, self.tz)
        )


def _written(source: str, reader: Reader, tz: str | None) -> str:
    """Return the reader as it is written in Python."""
    usual = Reader(source=source)
    said = {"source": source} | ({} if tz is None else {"assume_tz": tz})
    for name in ("user_id", "anonymous_id", "device_id", "trait_identifiers"):
        if getattr(reader, name) != getattr(usual, name):
            said[name] = getattr(reader, name)
    return f"Reader({', '.join(f'{name}={value!r}' for name, value in said.items())})"


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
    for table in tables:
        _relate(table, tables, logs)
    for table in tables:
        _keep_apart(table, tables)
    for log in logs:
        if log.users and "userId" not in {**log.said, **log.found}:
            log.found["userId"] = _users(log, tables)
    return [one.source_of(now) for one in opened]


def _names(files: Sequence[OwnFile]) -> list[str]:
    """Return what each source is called: as was said, else as its file, kept apart by a number."""
    names: list[str] = []
    for file in files:
        base = name = file.source or _NO_NAME.sub("_", file.path.stem)[:90] or "file"
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
    lines = begin[:1] in {b"{", b"["}
    if file.kind == "records" and lines:
        raise UsageError(field=file.path.name, reason="holds JSON, not a table", hint="read calls with --events")
    if file.kind == "consents" and not lines:
        hint = 'one object a line: {"subject": …, "purpose": …, "state": "given", "expressed_at": …}'
        raise UsageError(field=file.path.name, reason="does not hold JSON lines", hint=hint)
    return not lines


def _table(file: OwnFile, name: str, options: Options) -> Table:
    try:
        sample = peek_csv(file.path, rows=_ROWS, encoding=options.encoding)
        said = {_column(column, sample.columns, file.path): _meaning(text) for column, text in file.meanings.items()}
        table = Table(file, name, sample, said, options.tz, options.dayfirst)
        _ = table.mapping
    except InvalidRulesError as error:
        raise UsageError(field=file.path.name, reason=f"{error.field}: {error.reason}", hint=error.hint) from None
    except InvalidPayloadError as error:
        hint = error.hint.replace("say encoding=", "say --encoding ")
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
    said = {field: text.removeprefix("identifier:") for field, text in file.meanings.items()}
    for space in said.values():
        if space.partition("@")[0] not in _NAMESPACES:
            hint = "for example userId=customer_number"
            raise UsageError(field="--map", reason="not an identifier, which a field of calls must be", hint=hint)
    log = Log(file, name, set(), said, options.tz)
    calls = read_jsonl(file.path, log.reader(), received_at=now)
    for call in islice(calls, _CALLS):
        if isinstance(call, Event):
            log.users.update(one.value for one in call.identifiers if one.namespace == "user_id")
    return log


def _relate(table: Table, tables: Sequence[Table], logs: Sequence[Log]) -> None:
    """Join *table* with those that refer to its rows: where the numbers of one file are the keys of the other.

    They become an identifier that a person may have several of, since a row that was entered twice has two.
    """
    mapping = table.mapping
    key = mapping.key[0] if len(mapping.key) == 1 else ""
    people = mapping.identifiers or _PERSONAL & set(mapping.attributes.values())
    if mapping.kind != "record" or not people or not key or key in mapping.identifiers or key in table.said:
        return
    space = f"external_id@{_NO_NAME.sub('_', table.source)}"
    own = table.values(key)
    because = f"its values are those of {key[:40]!r} in {table.file.path.name}"
    for other in tables:
        for column, kind in other.mapping.identifiers.items() if other is not table else ():
            if kind in _NUMBERS and column not in other.said and _refers(other.values(column), own):
                other.found[column] = (space, because)
                table.found.setdefault(key, (space, f"{column[:40]!r} in {other.file.path.name} refers to it"))
    for log in logs:
        if "userId" not in log.said and _refers(log.users, own):
            log.found["userId"] = (space, because)
            table.found.setdefault(key, (space, f"userId in {log.file.path.name} refers to it"))


def _keep_apart(table: Table, tables: Sequence[Table]) -> None:
    """Give the numbers of *table* a space of their own where no other file with such a column has any of them.

    Two systems count on their own: who has a number in each would be kept apart as if they had two in one.
    """
    for column, kind in table.mapping.identifiers.items():
        if kind not in _NUMBERS or column in table.said:
            continue
        own = table.values(column)
        others = [
            other.values(name)
            for other in tables
            if other is not table
            for name, space in other.mapping.identifiers.items()
            if space.partition("@")[0] == kind
        ]
        if others and not any(own & theirs for theirs in others):
            space = f"{kind}@{_NO_NAME.sub('_', table.source)}"
            table.found[column] = (space, f"no other file has any of its values: each counts on its own ({kind} else)")


def _refers(theirs: set[str], own: set[str]) -> bool:
    """Say whether *theirs* are values of *own*, as far as samples can tell."""
    shared = len(theirs & own)
    whole = len(own) < _ROWS
    return shared >= 2 and (shared >= len(theirs) / 2 if whole else shared >= max(20, len(theirs) / 50))


def _users(log: Log, tables: Sequence[Table]) -> tuple[str, str]:
    """Return what ``userId`` is, by the values that it shares with tables."""
    if sum("@" in user for user in log.users) >= 0.8 * len(log.users):
        return "email", "the values look like e-mail addresses"
    for table in tables:
        for column, space in table.mapping.identifiers.items():
            if "{" not in space and space not in {"email", "phone"} and _refers(log.users, table.values(column)):
                return space, f"its values are those of {column[:40]!r} in {table.file.path.name}"
    return "user_id", "an id of its own: no table holds its values"


def _steps(mapping: RecordMapping) -> list[RecordMapping]:
    """Return what a row tells: of a ticket also that it was answered and resolved."""
    steps = [mapping]
    if mapping.name == "Ticket Opened":
        for name, meaning in (("Ticket Answered", "first_response_at"), ("Ticket Resolved", "resolved_at")):
            column = next((column for column, trait in mapping.attributes.items() if trait == meaning), "")
            if column:
                steps.append(attrs.evolve(mapping, name=name, occurred_at=column, only={column: ()}))
    return steps
