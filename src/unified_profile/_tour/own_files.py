"""A file of the caller's: what was seen of it, what was said of it, and the source that it becomes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import attrs

from unified_profile._tour.business import Source
from unified_profile._tour.options import OwnFile, UsageError
from unified_profile._tour.readings import reading_of
from unified_profile.errors import InvalidRulesError
from unified_profile.model import Fact
from unified_profile.wire import (
    CsvSample,
    Reader,
    RecordMapping,
    Rejected,
    guess_mapping,
    read_csv,
    read_jsonl,
)
from unified_profile.wire.guessing import NO_KEY
from unified_profile.wire.mappings import ColumnGuess
from unified_profile.wire.numbers import DecimalSign
from unified_profile.wire.statuses import is_doubtful

_CALL_FIELDS = {"userId": "user_id", "anonymousId": "anonymous_id", "context.device.id": "device_id"}
_OPTIONS = {
    "say tz=": "say --tz",
    "say dayfirst=": "say --dayfirst or --monthfirst",
    "say decimal=": "say --decimal-comma or --decimal-point",
    "map one as updated_at": "--map COLUMN=updated_at",
    "map one as ordered_at": "--map COLUMN=ordered_at",
    "map one as total": "--map COLUMN=total",
}
"""How the command line calls what a guess asks for."""
_AS = re.compile(r"map ('.*?'(?: or '.*?')*) as (\w+)")
_NO_NAME = re.compile(r"[^\w.-]+")


def named(text: str, /) -> str:
    """Return *text* as the name of a source.

    >>> named("my customers (2)")
    'my_customers_2_'
    """
    return _NO_NAME.sub("_", text)


@attrs.define
class Table:
    """A CSV file: what was seen of it, what was said of its columns, and what they are taken for."""

    file: OwnFile
    source: str
    sample: CsvSample
    said: dict[str, str]
    tz: str | None
    dayfirst: bool | None = None
    decimal: DecimalSign | None = None
    found: dict[str, tuple[str, str]] = attrs.field(factory=dict)
    """What other files gave away, by column: the identifier, and why."""
    remarks: dict[str, str] = attrs.field(factory=dict)
    """What else should be known of a column."""
    _made: tuple[dict[str, str], RecordMapping] | None = None

    @property
    def mapping(self) -> RecordMapping:
        """The mapping, as far as is known by now."""
        meanings = {**{column: f"identifier:{space}" for column, (space, _) in self.found.items()}, **self.said}
        if self._made is not None and self._made[0] == meanings:
            return self._made[1]
        made = guess_mapping(
            self.sample.columns,
            self.sample.rows,
            source=self.source,
            tz=self.tz,
            meanings=meanings,
            dayfirst=self.dayfirst,
            decimal=self.decimal,
        )
        made = attrs.evolve(made, country=self.file.country)
        if self.file.statuses:
            if not made.name_column:
                raise UsageError(field="--status", reason="the file has no status of orders", hint="see --dry-run")
            made = attrs.evolve(made, names={**made.names, **self.file.statuses})
        if not made.key and (key := next((column for column in self.found if self.names_rows(column)), "")):
            made = attrs.evolve(made, key=key)
        self._made = meanings, made
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
            because = _AS.sub(_as_options, because) + self.remarks.get(guess.column, "")
            if guess.column in self.found:
                space, because = self.found[guess.column]
                because += self.remarks.get(guess.column, "")
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
                header=self.file.header,
            )

        tells = mapping.name if mapping.kind == "event" else "people"
        return Source(
            self.source,
            self.file.path.name,
            tells,
            facts,
            tuple(self.guesses()),
            reading_of(mapping, sample.columns),
            tuple(self._statuses()),
        )

    def _statuses(self) -> Iterator[tuple[str, str, int, bool]]:
        """Give each status of the orders, the event that it became, how often, and whether it is in doubt."""
        mapping = self.mapping
        if not mapping.name_column:
            return
        seen = Counter(row.get(mapping.name_column, "").strip() for row in self.sample.rows)
        for status, count in seen.most_common():
            name = mapping.names.get(status.casefold(), mapping.name)
            doubt = name == mapping.name and status not in self.file.statuses and is_doubtful(status)
            yield status, name, count, doubt


@attrs.define
class Log:
    """A file with one call or consent record a line."""

    file: OwnFile
    source: str
    users: set[str]
    said: dict[str, str]
    tz: str | None
    channel_property: str = ""
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
                channel_property=self.channel_property,
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
        if self.channel_property:
            because = "the calls of some events say no channel, this property does"
            guesses.append(ColumnGuess(f"properties.{self.channel_property}", "channel", because))
        reading = {"": self.file.kind, **{one.column: one.meaning for one in guesses}}
        tells = "consent log" if self.file.kind == "consents" else "calls"
        return Source(
            self.source,
            self.file.path.name,
            tells,
            facts,
            tuple(guesses),
            reading,
            reader=_written(self.source, reader, self.tz),
        )


def _as_options(found: re.Match[str]) -> str:
    """Return a guess's advice as the command line takes it."""
    return " or ".join(f'--map "{name}={found[2]}"' for name in re.findall(r"'(.*?)'", found[1]))


def _written(source: str, reader: Reader, tz: str | None) -> str:
    """Return the reader as it is written in Python."""
    usual = Reader(source=source)
    said = {"source": source} | ({} if tz is None else {"assume_tz": tz})
    for name in ("user_id", "anonymous_id", "device_id", "trait_identifiers", "channel_property"):
        if getattr(reader, name) != getattr(usual, name):
            said[name] = getattr(reader, name)
    return f"Reader({', '.join(f'{name}={value!r}' for name, value in said.items())})"


def _steps(mapping: RecordMapping) -> list[RecordMapping]:
    """Return what a row tells: of a ticket also that it was answered and resolved."""
    steps = [mapping]
    if mapping.name == "Ticket Opened":
        for name, meaning in (("Ticket Answered", "first_response_at"), ("Ticket Resolved", "resolved_at")):
            column = next((column for column, trait in mapping.attributes.items() if trait == meaning), "")
            if column:
                steps.append(attrs.evolve(mapping, name=name, occurred_at=column, only={column: ()}))
    return steps
