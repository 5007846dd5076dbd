"""A mapping guessed from headers and a few rows, with its reasons, for people who only have a file."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from unified_profile.errors import InvalidInputError, InvalidRulesError
from unified_profile.model.soundness import sound
from unified_profile.wire.cells import CellType, cell_of
from unified_profile.wire.headers import BY_HEADER, MEANINGS, Meaning, folded, near, trait_name
from unified_profile.wire.lenient import lenient_instant
from unified_profile.wire.looks import DAY_LAST, READS, is_dated, is_dialed, is_email, is_phone, is_plain_number, share
from unified_profile.wire.mappings import ColumnGuess, Kind, RecordMapping
from unified_profile.wire.spaces import space_of

_MOST_ROWS = 1000
_SAID = "you said so"
NO_KEY, NO_TIME = "no key", "no time"
"""What stands for a column where there is none."""
_BLANKS = ("n/a", "#n/a", "null", "none", "nan", "-", "なし", "不明")
_CANCELLED = ("cancelled", "canceled", "キャンセル", "キャンセル済", "取消")
_REFUNDED = ("refunded", "refund", "返品", "返金", "返金済")
_MOMENTS = {
    "Order Completed": ("ordered_at", "created_at"),
    "Ticket Opened": ("opened_at", "created_at"),
    "Survey Answered": ("answered_at", "created_at"),
    "": ("updated_at", "created_at"),
}
_KEYS = {
    "Order Completed": ("order_id", "record_id"),
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
) -> RecordMapping:
    """Return a mapping for a table of unknown make, and in its ``guesses`` what each column was taken for, and why.

    Headers are known in English, Japanese and some languages of Europe; the rows (up to 1,000 are looked at) confirm
    or overrule them. No column is left out: one that nothing is known of becomes an attribute under its own name.
    Cells that cannot be read as expected are kept as text. *tz* is where the clocks stood (UTC if it is not said).
    *dayfirst* says whether 3/4/2025 is in April, where the rows do not: if some date leaves no doubt, all are read
    like it.

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
    for column in columns:
        if not isinstance(column, str) or list(columns).count(column) > 1:
            raise InvalidRulesError(field="columns", reason="not different texts", hint="give each column a name")
    for column in meanings or {}:
        if column not in columns:
            raise InvalidRulesError(field="meanings", reason="names a column that is not there", hint="check its name")
    return _Guess(columns, rows, dict(meanings or {}), dayfirst=dayfirst).mapping(source, tz)


class _Guess:
    """The work in progress: what every column seems to mean."""

    def __init__(
        self,
        columns: Sequence[str],
        rows: list[Mapping[str, Any]],
        said: Mapping[str, str],
        *,
        dayfirst: bool | None = None,
    ) -> None:
        self._told = dayfirst
        self._columns, self._rows = columns, rows
        self._values = {column: self._cells(column) for column in columns}
        self._found: dict[str, tuple[Meaning, str]] = {column: self._one(column, said) for column in columns}

    def _cells(self, column: str) -> list[Any]:
        cells = (cell_of(row, column, blanks=frozenset(_BLANKS)) for row in self._rows)
        return [cell for cell in cells if cell is not None]

    def _one(self, column: str, said: Mapping[str, str]) -> tuple[Meaning, str]:
        if column in said:
            return _meant(said[column], column), _SAID
        meaning = BY_HEADER.get(folded(column))
        values = self._values[column]
        because = f"the header {column[:40]!r} is known"
        if meaning is None:
            almost = near(column)
            if almost is None:
                return self._by_values(column, values)
            meaning, known = almost
            because = f"the header is nearly {known!r}"
        if meaning.name == "name" and values and share(values, is_email) >= 0.8:
            return MEANINGS["email"], "the values look like e-mail addresses"
        test = {"email": is_email, "phone": is_phone}.get(meaning.name)
        if test is not None and values and share(values, test) < 0.5:
            return Meaning(trait_name(column), "attribute"), f"{because}, but the values do not look like it"
        if values and meaning.kind != "text" and share(values, READS[meaning.kind]) < 0.5:
            return Meaning(meaning.name, meaning.role), f"{because}, but most values do not read as {meaning.kind}"
        return meaning, because

    def _by_values(self, column: str, values: list[Any]) -> tuple[Meaning, str]:
        own = trait_name(column)
        if values and share(values, is_email) >= 0.8:
            return MEANINGS["email"], "the values look like e-mail addresses"
        if len(values) >= 2 and share(values, is_dialed) >= 0.8:
            return MEANINGS["phone"], "the values look like phone numbers"
        if len(values) >= 3 and share(values, is_dated) == 1.0:
            return Meaning(own, "attribute", "time"), "the header is not known; all values are dates"
        if len(values) >= 3 and share(values, is_plain_number) == 1.0:
            return Meaning(own, "attribute", "number"), "the header is not known; all values are numbers"
        return Meaning(own, "attribute"), "the header is not known; kept under its own name"

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
            return "Order Completed"
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
        attributes = _named_apart(attributes)
        status = self._column_of("status") if event == "Order Completed" else ""
        names = dict.fromkeys(_CANCELLED, "Order Cancelled") | dict.fromkeys(_REFUNDED, "Order Refunded")
        return RecordMapping(
            source,
            key,
            kind=kind,
            identifiers=identifiers,
            attributes=attributes,
            types={column: kind for column, kind in types.items() if kind != "text"},
            occurred_at=moment,
            tz=tz or "UTC",
            dayfirst=self._dayfirst(),
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
        found = [column for column, (meaning, why) in self._found.items() if "all values are dates" in why]
        return found[0] if len(found) == 1 else ""

    def _dayfirst(self) -> bool | None:
        """Return which way round days and months are written, if it was said, or some date leaves no doubt."""
        if self._told is not None:
            return self._told
        for column in self._dated():
            for value in self._values[column]:
                found = DAY_LAST.match(value) if isinstance(value, str) else None
                if found and max(int(found[1]), int(found[2])) > 12:
                    return int(found[1]) > 12
        return None

    def _dated(self) -> list[str]:
        """Return the columns of dates and times."""
        return [column for column, (meaning, _) in self._found.items() if meaning.kind in {"date", "time"}]

    def _doubtful(self, column: str) -> bool:
        """Say whether a date of *column* has two meanings."""
        found = (DAY_LAST.match(value) for value in self._values[column] if isinstance(value, str))
        return any(one is not None and one[1].lstrip("0") != one[2].lstrip("0") for one in found)

    def _guesses(self, key: str, moment: str, event: str, tz: str | None) -> list[ColumnGuess]:
        in_doubt = self._dayfirst() is None
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
            if in_doubt and meaning.kind in {"date", "time"} and self._doubtful(column):
                because += "; dates like 3/4/2025 have two meanings: say dayfirst="
            guesses.append(ColumnGuess(column, told, because))
        if not moment:
            because = "no column says since when a row holds; it counts from when it is read (map one as updated_at)"
            guesses.append(ColumnGuess("", NO_TIME, because))
        if not key:
            guesses.append(ColumnGuess("", NO_KEY, "no column names each row; a row is known by what it says"))
        return guesses

    @staticmethod
    def _is_naive(value: object) -> bool:
        if isinstance(value, datetime):
            return value.tzinfo is None
        try:
            lenient_instant(value, field="", tz=None, dayfirst=True)
        except InvalidInputError as error:
            return error.reason == "has no time zone"
        return False


def _meant(text: str, column: str) -> Meaning:
    """Return the meaning that the caller gave to *column*."""
    role, colon, name = text.partition(":")
    if text == "ignore":
        return Meaning("ignore", "ignore")
    if text == "key":
        return MEANINGS["record_id"]
    if colon and role == "attribute" and name:
        return Meaning(name, "attribute")
    if colon and role == "identifier":
        space_of(name.partition("@{")[0], field=f"meanings.{column}")
        return Meaning(name, "identifier")
    if text in MEANINGS:
        return MEANINGS[text]
    close = difflib.get_close_matches(text, [*MEANINGS, "key", "ignore"], n=1)
    hint = "a known meaning, identifier:<namespace>, attribute:<name>, key or ignore"
    hint = f"did you mean {close[0]!r}? Else {hint}" if close else hint
    raise InvalidRulesError(field=f"meanings.{column}", reason="not a meaning", hint=hint)


def _named_apart(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return *attributes* so that no two columns fill one trait: the second keeps its own name."""
    named: dict[str, str] = {}
    for column, wanted in attributes.items():
        name, count = wanted, 1
        while name in named.values():
            name = trait_name(column) if count == 1 else f"{trait_name(column)}_{count}"
            count += 1
        named[column] = name
    return named
