"""The command line: what is read, how it is taken, where it is kept; wrong use is said with the way out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import attrs

from unified_profile.errors import InvalidInputError
from unified_profile.wire.countries import country_of
from unified_profile.wire.numbers import DecimalSign
from unified_profile.wire.statuses import CANCELLED, COMPLETED, REFUNDED

Kind: TypeAlias = Literal["records", "events", "consents"]

_ABOUT = """\
Facts in, profiles out. Without files: the bundled sample of a made-up business. With files of your own:

  python -m unified_profile --records customers.csv --records orders.csv --region JP --dry-run
  python -m unified_profile --records customers.csv --map "Member No=customer_number" \\
                            --events events.jsonl --consents consent.jsonl --store out.sqlite

What the columns of a table mean is guessed, shown with reasons, and can be overruled. Files are joined by what they
share: e-mail addresses, phone numbers, customer numbers, user ids.
"""
_MEANINGS = """\
what a column may mean (--map COLUMN=MEANING):
  an identifier    customer_number, user_id, login, loyalty_card, email, phone, anonymous_id, device_id, external_id;
                   kept apart by brand: customer_number@kawa
  a role           key (names the row), brand, channel, ignore
  a known trait    name, given_name, family_name, birth_date, city, country, postcode, language, updated_at, ...
  another name     becomes a trait under that name
in --events, COLUMN is userId, anonymousId, context.device.id, or a trait of identify calls.

exit status: 0 done, 1 the work failed, 2 wrong use
"""


@attrs.define
class OwnFile:
    """A file of the caller's: what is in it, what its source is called, and what was said about its columns."""

    kind: Kind
    path: Path
    source: str = ""
    meanings: dict[str, str] = attrs.field(factory=dict)
    statuses: dict[str, str] = attrs.field(factory=dict)
    country: str = ""
    header: int = 1


@attrs.frozen
class Options:
    """What was asked for; no file means the bundled sample."""

    files: tuple[OwnFile, ...] = ()
    store: Path | None = None
    region: str = ""
    tz: str | None = None
    encoding: str | None = None
    dayfirst: bool | None = None
    decimal: DecimalSign | None = None
    dry_run: bool = False
    language: str = "en"


class UsageError(InvalidInputError):
    """The command was called in a way that cannot work."""


class _File(argparse.Action):
    """Adds a file; what is said after it is about it."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        path = Path(values)
        if not path.is_file():
            parser.error(f"argument {option}: no such file: {values}")
        kind: Any = (option or "").lstrip("-")
        namespace.files = [*(namespace.files or []), OwnFile(kind, path)]


_EVENTS = {"completed": COMPLETED, "cancelled": CANCELLED, "canceled": CANCELLED, "refunded": REFUNDED}


class _Status(argparse.Action):
    """Says what a status of orders in the file before it means."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        if not namespace.files:
            parser.error(f"argument {option}: say it after the file that it is about")
        status, sign, meaning = values.rpartition("=")
        if not sign or not status.strip() or not meaning.strip():
            parser.error(f"argument {option}: not STATUS=MEANING, for example 'Storno=cancelled'")
        name = meaning.strip()
        namespace.files[-1].statuses[status.strip()] = _EVENTS.get(name.casefold(), name)


class _Country(argparse.Action):
    """Says whose phone numbers the file before it holds."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        if not namespace.files:
            parser.error(f"argument {option}: say it after the file that it is about (--region is about all)")
        code = country_of(values)
        if not code:
            parser.error(f"argument {option}: no country that is known, for example FR or France")
        namespace.files[-1].country = code


class _Header(argparse.Action):
    """Says which line of the file before it names the columns."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        if not namespace.files:
            parser.error(f"argument {option}: say it after the file that it is about")
        if not 1 <= values <= 1000:
            parser.error(f"argument {option}: not the number of a line, from 1 to 1000")
        namespace.files[-1].header = values


class _Source(argparse.Action):
    """Names the source of the file before it."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        if not namespace.files:
            parser.error(f"argument {option}: say it after the file that it is about")
        if not values.strip() or not values.isprintable() or len(values) > 100:
            parser.error(f"argument {option}: not a printable name of 1 to 100 characters")
        namespace.files[-1].source = values.strip()


class _Map(argparse.Action):
    """Says what a column of the file before it means."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        if not namespace.files:
            parser.error(f"argument {option}: say it after the file that it is about")
        column, sign, meaning = values.rpartition("=")
        if not sign or not column.strip() or not meaning.strip():
            parser.error(f"argument {option}: not COLUMN=MEANING, for example 'Member No=customer_number'")
        namespace.files[-1].meanings[column.strip()] = meaning.strip()


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m unified_profile",
        description=_ABOUT,
        epilog=_MEANINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    files = made.add_argument_group("files (each may be given more than once)")
    for option, kind, text in (
        ("--records", "CSV", "a table: people, orders, tickets, survey answers"),
        ("--events", "JSONL", "Segment-spec calls, one a line"),
        ("--consents", "JSONL", "consent records, one a line"),
    ):
        files.add_argument(option, action=_File, dest="files", metavar=kind, help=text)
    text = "what the source of the file before it is called (its name, if it is not said)"
    files.add_argument("--source", action=_Source, dest="files", metavar="NAME", help=text)
    text = "what a column of the file before it means; see below"
    files.add_argument("--map", action=_Map, dest="files", metavar="COLUMN=MEANING", help=text)
    text = "what a status of orders means: completed, cancelled, refunded, or the name of an event"
    files.add_argument("--status", action=_Status, dest="files", metavar="STATUS=MEANING", help=text)
    text = "the country of phone numbers without a country code in the file before it"
    files.add_argument("--country", action=_Country, dest="files", metavar="FR", help=text)
    text = "the line of the file before it that names the columns (the first)"
    files.add_argument("--header", action=_Header, dest="files", metavar="LINE", type=int, help=text)
    reading = made.add_argument_group("how they are read")
    text = "the country of phone numbers without a country code, where neither file nor row says one"
    reading.add_argument("--region", default="", metavar="JP", help=text)
    text = "where the clocks stood for times without an offset (UTC)"
    reading.add_argument("--tz", metavar="Asia/Tokyo", help=text)
    text = "the encoding of tables (found out, if it is not said)"
    reading.add_argument("--encoding", metavar="cp932", help=text)
    ways = reading.add_mutually_exclusive_group()
    text = "dates like 3/4/2025 are in April (found out, if some date leaves no doubt)"
    ways.add_argument("--dayfirst", action="store_const", const=True, dest="dayfirst", help=text)
    ways.add_argument("--monthfirst", action="store_const", const=False, dest="dayfirst", help="they are in March")
    signs = reading.add_mutually_exclusive_group()
    text = "1.234 is more than a thousand (found out, if some number leaves no doubt)"
    signs.add_argument("--decimal-comma", action="store_const", const=",", dest="decimal", help=text)
    text = "1,234 is more than a thousand"
    signs.add_argument("--decimal-point", action="store_const", const=".", dest="decimal", help=text)
    text = "show what the columns are taken for, and take nothing in"
    made.add_argument("--dry-run", action="store_true", help=text)
    text = "the SQLite file to keep; without it a temporary one is used, and removed"
    made.add_argument("--store", metavar="FILE", type=Path, help=text)
    made.add_argument("--lang", choices=("en", "ja"), default="en", help="the language of headings")
    return made


def parse(arguments: Sequence[str] | None = None, /) -> Options:
    """Return what was asked for.

    >>> parse(["--lang", "ja"]).language
    'ja'

    Raises:
        SystemExit: With 2 if it cannot be understood, with 0 after ``--help``.
    """
    made = parser()
    found = made.parse_args(arguments)
    files = tuple(found.files or ())
    for option in ("region", "tz", "encoding"):
        if getattr(found, option) and not files:
            made.error(f"argument --{option}: is about files of your own; name one with --records")
    if found.dayfirst is not None and not files:
        made.error("argument --dayfirst: is about files of your own; name one with --records")
    if found.decimal is not None and not files:
        made.error("argument --decimal-comma: is about files of your own; name one with --records")
    if found.dry_run and not files:
        made.error("argument --dry-run: is about files of your own; name one with --records")
    if found.store is not None and not (found.store.absolute().parent.is_dir() and not found.store.is_dir()):
        made.error("argument --store: not a file in a folder that exists")
    if found.store is not None and any(file.path.resolve() == found.store.resolve() for file in files):
        made.error("argument --store: is one of the files to be read")
    return Options(
        files,
        found.store,
        found.region.strip().upper(),
        found.tz,
        found.encoding,
        found.dayfirst,
        found.decimal,
        found.dry_run,
        found.lang,
    )
