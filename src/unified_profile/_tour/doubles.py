"""What is in a file of people twice: rows of one person with two numbers, and digits that two countries could dial."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from unified_profile._tour.own_files import Table, named
from unified_profile.wire.countries import country_of

_ALIKE, _MOSTLY = 0.75, 0.8
_DIGITS = re.compile(r"\D+")
_BLANK_DIGITS = 7


def see_doubles(table: Table, /) -> None:
    """Find out whether people of *table* may have several customer numbers, as whoever was entered twice has.

    The same address beside two numbers is one person entered twice if the names are alike too, and two people who
    share it if they are not. Where nothing tells, it is asked.
    """
    mapping = table.mapping
    column = next((column for column, space in mapping.identifiers.items() if space == "customer_number"), "")
    if mapping.kind != "record" or not column or column in table.said or not table.names_rows(column):
        return
    reached = [one for one, space in mapping.identifiers.items() if space in {"email", "phone"}]
    names = [one for one, trait in mapping.attributes.items() if trait in {"given_name", "name"}][:1]
    together: dict[str, list[Mapping[str, str]]] = {}
    for row in table.sample.rows:
        home = country_of(row.get(mapping.country_column, "")) if mapping.country_column else ""
        for value in {_reached(row.get(one, ""), home) for one in reached}:
            if value:
                together.setdefault(value, []).append(row)
    doubles = [rows for rows in together.values() if len({row.get(column, "").strip() for row in rows}) > 1]
    if not doubles:
        return
    told = f"addresses or phone numbers beside several of its values: {len(doubles):,}"
    alike = sum(all(_alike(rows[0], row, one) for row in rows for one in names) for rows in doubles)
    if names and alike >= _MOSTLY * len(doubles):
        space = f"external_id@{named(table.source)}"
        other = f'--map "{column[:40]}=customer_number"'
        table.found[column] = space, f"{told}, with names that are alike, so a person may have several (else {other})"
    else:
        other = f'--map "{column[:40]}=external_id@{named(table.source)}"'
        table.remarks[column] = f"; {told}, taken for different people unless you say {other}"


def _reached(value: str, home: str) -> str:
    """Return an address, or a phone number of the country *home*, as it is compared here; empty if it is none."""
    if "@" in value:
        return "".join(value.split()).casefold()
    digits = _DIGITS.sub("", value)
    return f"{home} {digits}" if len(digits) >= _BLANK_DIGITS else ""


def _alike(one: Mapping[str, str], other: Mapping[str, str], column: str) -> bool:
    left, right = (row.get(column, "").strip().casefold() for row in (one, other))
    return left == right or difflib.SequenceMatcher(None, left, right).ratio() >= _ALIKE


def see_foreign(tables: Sequence[Table], region: str, /) -> None:
    """Point out numbers without a country code that another table has under another country than they are read in."""
    if not region:
        return
    homes: dict[str, set[str]] = {}
    for table in tables:
        for digits, home in _dialed(table):
            if home:
                homes.setdefault(digits, set()).add(home)
    for table in tables:
        foreign = [homes[digits] - {region} for digits, home in _dialed(table) if not home and digits in homes]
        found = sorted({code for codes in foreign for code in codes})
        count = sum(map(bool, foreign))
        if count:
            phone = next(column for column, space in table.mapping.identifiers.items() if space == "phone")
            table.remarks[phone] = table.remarks.get(phone, "") + (
                f"; read as {region}, but under {', '.join(found[:5])} in another file: {count:,} "
                "(give the rows a country, or say --country after the file)"
            )


def _dialed(table: Table) -> set[tuple[str, str]]:
    """Return the digits of phone numbers without a country code, each with the country that its row or file says."""
    mapping = table.mapping
    phones = [column for column, space in mapping.identifiers.items() if space == "phone"]
    found = set()
    for row in table.sample.rows:
        for phone in phones:
            text = row.get(phone, "").strip()
            digits = _DIGITS.sub("", text)
            if len(digits) >= _BLANK_DIGITS and text[0] not in "+＋":
                stated = row.get(mapping.country_column, "").strip() if mapping.country_column else ""
                found.add((digits, country_of(stated) if stated else mapping.country))
    return found
