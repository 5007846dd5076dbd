"""A mapping guessed from headers and a few rows, with its reasons, for people who only have a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from unified_profile.errors import InvalidInputError, InvalidRulesError
from unified_profile.model.soundness import sound
from unified_profile.wire.cells import CellType, cell_of
from unified_profile.wire.column_names import check_columns, meant, named_apart
from unified_profile.wire.columns_alone import ALL_DATES, ALL_NUMBERS, alone
from unified_profile.wire.countries import country_of
from unified_profile.wire.doubts import (
    DATE_HINT,
    NUMBER_HINT,
    SHORT_HINT,
    day_first,
    has_short_years,
    has_two_dates,
    signs_of,
)
from unified_profile.wire.headers import MEANINGS, Meaning, folded
from unified_profile.wire.lenient import lenient_instant
from unified_profile.wire.mappings import ColumnGuess, Kind, RecordMapping
from unified_profile.wire.numbers import DecimalSign
from unified_profile.wire.statuses import COMPLETED, NAMES, event_of

_MOST_ROWS = 1000
_SAID = "you said so"
_STATES = frozenset({"state", "estado"})
"""Headers of a part of a country, and of how far an order is."""
NO_KEY, NO_TIME, NO_TOTAL = "no key", "no time", "no total"
"""What stands for a column where there is none."""
_BLANKS = (
    "n/a",
    "#n/a",
    "null",
    "none",
    "nan",
    "-",
    "–",
    "k.a.",
    "k. a.",
    "n/d",
    "s/d",
    "なし",
    "不明",
    "없음",
    "无",
)
_MOMENTS = {
    COMPLETED: ("ordered_at", "created_at", "date"),
    "Ticket Opened": ("opened_at", "created_at", "date"),
    "Survey Answered": ("answered_at", "created_at", "date"),
    "": ("updated_at", "created_at"),
}
_KEYS = {
    COMPLETED: ("order_id", "record_id"),
    "Ticket Opened": ("ticket_id", "record_id"),
    "Survey Answered": ("response_id", "record_id"),
    "": ("record_id", "customer_number", "user_id"),
}


@sound
def guess_mapping(
    columns: Sequence[str],
    sample_rows: Iterable[Mapping[str, Any]] = (),
    *,
    source: str,
    tz: str | None = None,
    meanings: Mapping[str, str] | None = None,
    dayfirst: bool | None = None,
    decimal: DecimalSign | None = None,
) -> RecordMapping:
    """Return a mapping for a table of unknown make, and in its ``guesses`` what each column was taken for, and why.

    Headers are known in English, German, French, Spanish, Italian, Dutch, Portuguese, Japanese, Korean and Chinese;
    the rows (up to 1,000 are looked at) confirm or overrule them. A column that nothing is known of becomes an
    attribute under its own name; one without a name is left out if it is empty or counts the rows, and becomes
    ``unnamed`` else. Cells that cannot be read as expected are kept as text, under ``<name>_as_written``. *tz* is
    where the clocks stood (UTC if it is not said). *dayfirst* says whether 3/4/2025 is in April, where the rows do
    not: if dates leave no doubt, all are read like them. *decimal* is the decimal sign (``","`` or ``"."``) of 1.234
    and 1,234, where neither the other numbers of the column nor those of the table tell.

    *meanings* overrules guesses, by column: a meaning (``email``, ``birth_date``, ``created_at``, …),
    ``identifier:<namespace>``, ``attribute:<name>``, ``key``, ``brand``, ``channel`` or ``ignore``.

    >>> mapping = guess_mapping(["会員番号", "氏名", "メール", "備考"], source="crm", meanings={"備考": "ignore"})
    >>> dict(mapping.identifiers), dict(mapping.attributes)
    ({'会員番号': 'customer_number', 'メール': 'email'}, {'氏名': 'name', 'メール': 'email'})
    >>> [guess.because for guess in mapping.guesses][:2]
    ["the header '会員番号' is known", "the header '氏名' is known"]

    Raises:
        InvalidRulesError: If a column stands twice, or one of *meanings* is none.
    """
    rows = list(islice(sample_rows, _MOST_ROWS))
    check_columns(list(columns), rows)
    for column in meanings or {}:
        if column not in columns:
            raise InvalidRulesError(field="meanings", reason="names a column that is not there", hint="check its name")
    return _Guess(columns, rows, dict(meanings or {}), dayfirst=dayfirst, decimal=decimal).mapping(source, tz)


class _Guess:
    """The work in progress: what every column seems to mean."""

    def __init__(
        self,
        columns: Sequence[str],
        rows: list[Mapping[str, Any]],
        said: Mapping[str, str],
        *,
        dayfirst: bool | None = None,
        decimal: DecimalSign | None = None,
    ) -> None:
        self._columns, self._rows = columns, rows
        self._values = {column: self._cells(column) for column in columns}
        self._found: dict[str, tuple[Meaning, str]] = {column: self._one(column, said) for column in columns}
        self._settle(said)
        seen = day_first(self._of({"date", "time"}))
        self._dayfirst = seen if dayfirst is None else dayfirst
        self._signs, self._open = signs_of(self._of({"number"}), decimal)

    def _of(self, kinds: set[str]) -> dict[str, list[Any]]:
        """Return the columns of some kinds, with what stands in them."""
        return {column: self._values[column] for column, (meaning, _) in self._found.items() if meaning.kind in kinds}

    def _settle(self, said: Mapping[str, str]) -> None:
        """Decide what depends on the other columns: a net total is the total if there is no other."""
        for column, (meaning, because) in list(self._found.items()):
            if meaning.name == "net_total" and not self._column_of("total"):
                self._found[column] = MEANINGS["total"], f"{because}; a net amount, and the only one"
            elif folded(column) in _STATES and column not in said and self._event() == COMPLETED:
                self._found[column] = (meaning if self._column_of("status") else MEANINGS["status"]), because

    def _cells(self, column: str) -> list[Any]:
        cells = (cell_of(row, column, blanks=frozenset(_BLANKS)) for row in self._rows)
        return [cell for cell in cells if cell is not None]

    def _one(self, column: str, said: Mapping[str, str]) -> tuple[Meaning, str]:
        if column in said:
            return meant(said[column], column), _SAID
        return alone(column, self._values[column], len(self._rows))

    def _column_of(self, *names: str) -> str:
        """Return the first column that means one of *names*, in the order of the names."""
        for name in names:
            for column, (meaning, _) in self._found.items():
                if meaning.name == name and meaning.role != "ignore":
                    return column
        return ""

    def _event(self) -> str:
        names = {meaning.name for meaning, _ in self._found.values()}
        if names & {"nps", "csat", "ces"}:
            return "Survey Answered"
        if "ticket_id" in names:
            return "Ticket Opened"
        if ("order_id" in names and names & {"total", "items", "ordered_at"}) or {"total", "ordered_at"} <= names:
            return COMPLETED
        return ""

    def _key(self, event: str) -> str:
        said = [column for column, found in self._found.items() if found == (MEANINGS["record_id"], _SAID)]
        for column in [*said, *(self._column_of(name) for name in _KEYS[event])]:
            values = self._values.get(column, [])
            if column and len(values) == len(self._rows) and (event or len(set(map(str, values))) == len(values)):
                return column
        return ""

    def mapping(self, source: str, tz: str | None) -> RecordMapping:
        event = self._event()
        moment = self._column_of(*_MOMENTS[event]) or (self._only_dates() if event else "")
        if event and not moment:
            # Without a moment it cannot be an event: what it says of the person is kept.
            event, moment = "", self._column_of(*_MOMENTS[""])
        if not event and moment and self._values[moment] and self._found[moment][0].kind == "text":
            moment = ""  # a record holds without one, and every row would be refused for it
        key = self._key(event)
        kind: Kind = "event" if event else "record"
        identifiers: dict[str, str] = {}
        attributes: dict[str, str] = {}
        types: dict[str, CellType] = {}
        for column, (meaning, _) in self._found.items():
            if meaning.role == "identifier":
                identifiers[column] = meaning.name
                if kind == "record" and meaning.name in {"email", "phone"}:
                    attributes[column] = meaning.name
            elif meaning.role in {"attribute", "country"} or (meaning.role == "key" and (event or column != key)):
                attributes[column] = meaning.name
                types[column] = meaning.kind  # type: ignore[assignment]  # the vocabulary holds cell types only
        nearly = {column for column, (_, why) in self._found.items() if "the header is nearly" in why}
        attributes = named_apart(attributes, last=nearly)
        status = self._column_of("status") if event == COMPLETED else ""
        names = NAMES | {value: event_of(value) for value in map(str, self._values.get(status, []))}
        return RecordMapping(
            source,
            key,
            kind=kind,
            identifiers=identifiers,
            attributes=attributes,
            types={column: kind for column, kind in types.items() if kind != "text"},
            occurred_at=moment,
            tz=tz or "UTC",
            dayfirst=self._dayfirst,
            decimal=self._signs or None,
            brand_column=self._column_of("brand"),
            channel_column=self._column_of("channel"),
            country_column=self._column_of("country"),
            name=event,
            name_column=status,
            names=names if status else {},
            blanks=frozenset(_BLANKS),
            keep_unreadable=True,
            guesses=self._guesses(key, moment, event, tz),
        )

    def _only_dates(self) -> str:
        """Return the one column of dates that nothing else is known of, if there is one."""
        found = [column for column, (meaning, why) in self._found.items() if ALL_DATES in why]
        return found[0] if len(found) == 1 else ""

    def _guesses(self, key: str, moment: str, event: str, tz: str | None) -> list[ColumnGuess]:
        guesses = []
        for column, (meaning, reason) in self._found.items():
            because = reason
            told = f"{meaning.role} {meaning.name}" if meaning.role in {"identifier", "attribute"} else meaning.name
            if meaning.role == "ignore":
                told = "left out"
            elif column == key:
                told = f"the key of the {'event' if event else 'record'}"
            elif column == moment:
                told = f"when it {'happened' if event else 'was so'}"
                naive = any(self._is_naive(value) for value in self._values[column])
                because += (
                    f"; times without an offset are read in {tz or 'UTC (say tz= if that is wrong)'}" if naive else ""
                )
            if meaning.name == "customer_number" and self._column_of("brand"):
                because += "; one number for all brands (else say 'identifier:customer_number@{brand}')"
            if column == moment and len(self._values[column]) < len(self._rows) and not event:
                because += "; rows where it is blank count from when they are read"
            because += self._doubt(column, meaning) + self._strangers(column, meaning)
            guesses.append(ColumnGuess(column, told, because))
        if not moment:
            guesses.append(ColumnGuess("", NO_TIME, self._no_time()))
        if event == COMPLETED and not self._column_of("total"):
            because = f"no column was taken for what an order came to: map {self._candidates('number')} as total"
            guesses.append(ColumnGuess("", NO_TOTAL, because))
        if not key:
            guesses.append(ColumnGuess("", NO_KEY, "no column names each row; a row is known by what it says"))
        return guesses

    def _doubt(self, column: str, meaning: Meaning) -> str:
        """Return what of a column must be asked."""
        values = self._values[column]
        if meaning.kind in {"date", "time"}:
            doubt = f"; {DATE_HINT}" if self._dayfirst is None and has_two_dates(values) else ""
            return doubt + (f"; {SHORT_HINT}" if has_short_years(values) else "")
        return f"; {NUMBER_HINT}" if column in self._open else ""

    def _strangers(self, column: str, meaning: Meaning) -> str:
        """Return how many values of a column of countries name none."""
        if meaning.role != "country":
            return ""
        unknown = sum(not country_of(str(value)) for value in self._values[column])
        if not unknown:
            return ""
        phones = "; phone numbers beside them join nobody unless they begin with +" if self._column_of("phone") else ""
        return f"; {unknown:,} of {len(self._values[column]):,} values name no country that is known{phones}"

    def _no_time(self) -> str:
        order = self._column_of("order_id")
        if not order:
            return "no column says since when a row holds; it counts from when it is read (map one as updated_at)"
        told = f"{order[:40]!r} looks like orders, but no column says when they were made: map "
        told += f"{self._candidates('time')} as ordered_at"
        return told if self._column_of("total") else f"{told}, and map {self._candidates('number')} as total"

    def _candidates(self, kind: str) -> str:
        """Return the columns of which only is known that they hold dates, or numbers, as a sentence takes them."""
        seen = ALL_DATES if kind == "time" else ALL_NUMBERS
        found = [column for column, (_, why) in self._found.items() if seen in why]
        return " or ".join(repr(column[:40]) for column in found[:3]) or "one"

    @staticmethod
    def _is_naive(value: object) -> bool:
        if isinstance(value, datetime):
            return value.tzinfo is None
        try:
            lenient_instant(value, field="", tz=None, dayfirst=True)
        except InvalidInputError as error:
            return error.reason == "has no time zone"
        return False
