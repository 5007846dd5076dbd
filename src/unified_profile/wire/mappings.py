"""Rows of anybody's tables as facts: a mapping declares what each column means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Literal, TypeAlias, get_args

import attrs

from unified_profile.errors import InvalidRulesError
from unified_profile.model import Json
from unified_profile.model.facts import DEFAULT_TENANT
from unified_profile.model.soundness import soundly_made
from unified_profile.wire.cells import TYPES, CellType
from unified_profile.wire.countries import country_of
from unified_profile.wire.moments import zone_of
from unified_profile.wire.numbers import DecimalSign
from unified_profile.wire.spaces import Space, space_of

Kind: TypeAlias = Literal["record", "event", "consent"]

_SCOPE_OF = re.compile(r"(?P<namespace>[^@]*)@\{(?P<column>[^{}]+)\}\Z")


@attrs.frozen
class ColumnGuess:
    """What a column was taken to mean, and why."""

    column: str
    meaning: str
    because: str


def _texts(given: Mapping[str, str]) -> dict[str, str]:
    return dict(given)


def _types(given: Mapping[str, CellType]) -> dict[str, CellType]:
    return dict(given)


def _decimal(given: DecimalSign | Mapping[str, DecimalSign] | None) -> DecimalSign | Mapping[str, DecimalSign] | None:
    signs = [given] if given is None or isinstance(given, str) else list(dict(given).values())
    if not all(sign is None or sign in {".", ","} for sign in signs):
        raise InvalidRulesError(field="mapping.decimal", reason="not a decimal sign", hint='"." or ",", or by column')
    return given if given is None or isinstance(given, str) else dict(given)


def _values(given: Mapping[str, Json]) -> dict[str, Json]:
    return dict(given)


def _names(given: Mapping[str, str]) -> dict[str, str]:
    return {value.strip().casefold(): name for value, name in given.items()}


def _only(given: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {column: _folded([values] if isinstance(values, str) else values) for column, values in given.items()}


def _columns(given: str | Iterable[str] | None) -> tuple[str, ...]:
    return (given,) if given and isinstance(given, str) else tuple(given or ())


def _folded(given: Iterable[str]) -> frozenset[str]:
    return frozenset(text.strip().casefold() for text in given)


def _set(given: Iterable[str]) -> frozenset[str]:
    return frozenset([given] if isinstance(given, str) else given)


def _guesses(given: Iterable[ColumnGuess]) -> tuple[ColumnGuess, ...]:
    return tuple(given)


@soundly_made
@attrs.frozen
class RecordMapping:
    """What the columns of a table mean, so that each row becomes a fact.

    A row is a CSV line, or any object; ``customer.email`` reaches into objects. Blank cells are missing values.
    Columns that are not named here are left out.

    Attributes:
        source: The source of the facts.
        key: The column that names the row in its source, or several that do so together. A row that comes again
            with the same key is a newer state of the same record, or (an event) the same event. Without a key the
            content names the row.
        kind: ``record`` (what a source says of a person), ``event`` (something that happened) or ``consent``.
        identifiers: Columns that stand for a person, with their namespaces: ``email``, ``customer_number@kawa``, or
            ``customer_number@{brand}``, whose scope stands in the column in braces.
        attributes: Columns with the names of their traits (records), properties (events) or consent fields.
        constants: Attributes that every row has.
        types: How cells are read, by column: ``text`` (the default), ``number``, ``date``, ``time``, ``flag``.
        occurred_at: The column that says when. Records without one, and blank cells of records, count from when
            they were received.
        recorded_at: The column that says when this was learned, for history that is imported: questions about the past
            (``known_at``, features) then know it from there on. Without one, rows are learned when they come in.
        recorded_as_of_occurrence: Hold what has no such moment for learned when it happened. Say so only of a source
            that wrote down at once; it is believed.
        tz: Where the clocks stood that the times without an offset were read from.
        dayfirst: Whether 3/4/2025 is in April; None refuses such dates. Dates with points (3.4.2025) need no saying.
        decimal: Whether 1.234 is a thousand and more (``","`` is the decimal sign) or a little more than one (``"."``),
            for all columns, or by column; None refuses such numbers.
        brand: The brand of all rows; *brand_column* says it row by row.
        channel: The channel of all rows; *channel_column* says it row by row.
        name: The name of the event; *names* gives others by the values of *name_column*.
        only: Rows that count: columns with the values that they must have; no values means any that is not blank.
        optional: Columns that a table may lack.
        blanks: Further texts that mean a missing value, for example ``n/a``.
        country: The country of phone numbers that are written without one, in all rows: an ISO code, or a name in one
            of ten languages. *country_column* says it row by row. A number of a country that is not known, or that has
            no such numbers, stands for nobody, and is kept as ``phone_as_written``. Where nothing says the country,
            the ``region`` of the namespace does.
        keep_unreadable: Keep a cell that cannot be read as its type as text, under ``<name>_as_written``; else the
            row is refused.
        guesses: How the mapping came about, if it was guessed.
        tenant: Whose facts they are.

    >>> mapping = RecordMapping("crm", "id", identifiers={"mail": "email"}, attributes={"town": "city"})
    >>> mapping.key, mapping.kind
    (('id',), 'record')

    Raises:
        InvalidRulesError: If the declaration contradicts itself.
    """

    source: str
    key: tuple[str, ...] = attrs.field(default=(), converter=_columns)
    kind: Kind = attrs.field(default="record", kw_only=True)
    identifiers: Mapping[str, str] = attrs.field(factory=dict, converter=_texts, kw_only=True)
    attributes: Mapping[str, str] = attrs.field(factory=dict, converter=_texts, kw_only=True)
    constants: Mapping[str, Json] = attrs.field(factory=dict, converter=_values, kw_only=True)
    types: Mapping[str, CellType] = attrs.field(factory=dict, converter=_types, kw_only=True)
    occurred_at: str = attrs.field(default="", kw_only=True)
    recorded_at: str = attrs.field(default="", kw_only=True)
    recorded_as_of_occurrence: bool = attrs.field(default=False, kw_only=True)
    tz: str | tzinfo | None = attrs.field(default=None, kw_only=True)
    dayfirst: bool | None = attrs.field(default=None, kw_only=True)
    decimal: DecimalSign | Mapping[str, DecimalSign] | None = attrs.field(
        default=None, converter=_decimal, kw_only=True
    )
    brand: str = attrs.field(default="", kw_only=True)
    brand_column: str = attrs.field(default="", kw_only=True)
    channel: str = attrs.field(default="", kw_only=True)
    channel_column: str = attrs.field(default="", kw_only=True)
    name: str = attrs.field(default="", kw_only=True)
    name_column: str = attrs.field(default="", kw_only=True)
    names: Mapping[str, str] = attrs.field(factory=dict, converter=_names, kw_only=True)
    only: Mapping[str, frozenset[str]] = attrs.field(factory=dict, converter=_only, kw_only=True)
    optional: frozenset[str] = attrs.field(default=frozenset(), converter=_set, kw_only=True)
    blanks: frozenset[str] = attrs.field(default=frozenset(), converter=_folded, kw_only=True)
    country: str = attrs.field(default="", kw_only=True)
    country_column: str = attrs.field(default="", kw_only=True)
    keep_unreadable: bool = attrs.field(default=False, kw_only=True)
    guesses: tuple[ColumnGuess, ...] = attrs.field(default=(), converter=_guesses, kw_only=True, eq=False, repr=False)
    tenant: str = attrs.field(default=DEFAULT_TENANT, kw_only=True)
    zone: tzinfo | None = attrs.field(init=False, repr=False, eq=False)
    spaces: tuple[tuple[str, Space, str], ...] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Refuse a declaration that no row could follow, and prepare the rest."""
        if self.kind not in get_args(Kind):
            raise InvalidRulesError(field="mapping.kind", reason="unknown", hint="one of record, event, consent")
        if self.kind == "event" and not self.name:
            raise InvalidRulesError(
                field="mapping.name", reason="missing", hint="name what happened: 'Order Completed'"
            )
        if self.kind == "consent" and not self.occurred_at:
            raise InvalidRulesError(field="mapping.occurred_at", reason="missing", hint="consent needs its moment")
        if bool(self.names) != bool(self.name_column):
            raise InvalidRulesError(field="mapping.names", reason="needs name_column, and the other way round")
        for column, kind in self.types.items():
            if kind not in TYPES:
                hint = "one of " + ", ".join(TYPES)
                raise InvalidRulesError(field=f"mapping.types.{column}", reason="unknown", hint=hint)
        traits = list(self.attributes.values())
        doubled = [trait for trait in traits if traits.count(trait) > 1]
        if doubled:
            reason = f"{doubled[0]!r} has two columns"
            raise InvalidRulesError(field="mapping.attributes", reason=reason, hint="name them apart")
        if not isinstance(self.source, str) or not self.source.isprintable() or not 0 < len(self.source) <= 200:
            raise InvalidRulesError(field="mapping.source", reason="not a printable name", hint="for example 'crm'")
        if self.country and not country_of(self.country):
            raise InvalidRulesError(field="mapping.country", reason="not known", hint="an ISO code, for example FR")
        object.__setattr__(self, "zone", zone_of(self.tz, field="mapping.tz"))
        object.__setattr__(self, "spaces", tuple(self._space(*pair) for pair in self.identifiers.items()))

    def _space(self, column: str, text: str) -> tuple[str, Space, str]:
        """Return a column, its space, and the column that says the scope."""
        found = _SCOPE_OF.match(text)
        field = f"mapping.identifiers.{column}"
        if found is None:
            return column, space_of(text, field=field), ""
        return column, space_of(found["namespace"], field=field), found["column"]

    def decimal_of(self, column: str, /) -> DecimalSign | None:
        """Return the decimal sign of the numbers of *column*, if it was said.

        >>> RecordMapping("shop", decimal={"total": ","}).decimal_of("total")
        ','
        """
        said = self.decimal
        return said.get(column) if isinstance(said, Mapping) else said

    def columns(self) -> tuple[str, ...]:
        """Return every column that the mapping reads, each once.

        >>> RecordMapping("crm", "id", identifiers={"mail": "email"}).columns()
        ('id', 'mail')
        """
        scopes = (scope for _, _, scope in self.spaces)
        single = (
            self.occurred_at, self.recorded_at, self.brand_column, self.channel_column, self.name_column,
            self.country_column,
        )  # fmt: skip
        named = (*self.key, *self.identifiers, *self.attributes, *self.only, *single, *scopes)
        return tuple(dict.fromkeys(column for column in named if column))
