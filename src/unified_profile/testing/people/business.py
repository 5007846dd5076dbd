"""The made-up business: its true persons, what its systems say of them, and the files to read."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from unified_profile.testing.people.consents import write_consents
from unified_profile.testing.people.contacts import write_contacts
from unified_profile.testing.people.events import arrange, write_events
from unified_profile.testing.people.ledger import Ledger
from unified_profile.testing.people.orders import write_orders
from unified_profile.testing.people.persons import Person, draw_people
from unified_profile.testing.people.voice import write_voice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from unified_profile.testing.people.ledger import Document, Row

SEED = 7
START, END = date(2024, 11, 1), date(2026, 10, 31)

_MIDNIGHT_IN_TOKYO = time(14, 59, 59)
_TABLES = {"crm": "crm.csv", "orders": "orders.csv", "tickets": "tickets.csv", "survey": "survey.csv"}
_LOGS = {"events": "events.jsonl", "consent": "consent.jsonl"}
_TIME_OF = {"crm": "created_at", "orders": "ordered_at", "tickets": "opened_at", "survey": "answered_at"}


@attrs.frozen
class SyntheticBusiness:
    """A business of several brands whose customers are made up, so that the right answer is known.

    Nobody in it is real: e-mail addresses are on the domains of RFC 2606, phone numbers in ranges kept for fiction (or,
    in Japan, in blocks given to nobody).

    >>> from unified_profile.testing.people import synthesize
    >>> business = synthesize(n_people=50)
    >>> sorted(business.files())
    ['consent.jsonl', 'crm.csv', 'events.jsonl', 'orders.csv', 'survey.csv', 'tickets.csv']
    >>> first = business.tables["crm"][0]["contact_id"]
    >>> business.truth["crm", first] in {person.id for person in business.people}
    True
    """

    people: tuple[Person, ...]
    tables: Mapping[str, Sequence[Row]]
    """The rows of the CSV sources: ``crm``, ``orders``, ``tickets``, ``survey``."""
    logs: Mapping[str, Sequence[Document]]
    """The lines of the JSONL sources: ``events``, ``consent``."""
    truth: Mapping[tuple[str, str], str]
    """For each source and record id, the id of the person who is really meant."""
    planted: Mapping[str, tuple[str, ...]]
    """For each flaw that was put in on purpose, the ids of the records (or persons) that have it."""

    def files(self, *, with_truth: bool = False) -> dict[str, bytes]:
        """Return name and content of each file; *with_truth* adds ``truth.csv``."""
        files = {name: _csv(self.tables.get(source, ())) for source, name in _TABLES.items()}
        files |= {name: _jsonl(self.logs.get(source, ())) for source, name in _LOGS.items()}
        if with_truth:
            rows = [
                {"source": source, "record_id": record, "person_id": who}
                for (source, record), who in sorted(self.truth.items())
            ]
            files["truth.csv"] = _csv(rows)
        return files

    def write(self, folder: Path | str, *, with_truth: bool = False) -> list[Path]:
        """Write the files into *folder*, which is made if need be, and return their paths."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, content in self.files(with_truth=with_truth).items():
            path = place / name
            path.write_bytes(content)
            paths.append(path)
        return paths


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue().encode()


def _jsonl(documents: Iterable[Document]) -> bytes:
    lines = (json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False) for document in documents)
    return "".join(f"{line}\n" for line in lines).encode()


def _shared(people: Iterable[Person], ledger: Ledger) -> Iterator[tuple[str, list[str]]]:
    """Yield what several persons turn out to have in common."""
    users, phones, births, names = (defaultdict[object, list[str]](list) for _ in range(4))
    for line in ledger.logs.get("events", []):
        users[line["anonymousId"]].append(ledger.truth["events", str(line["messageId"])])
    for person in people:
        births[person.home.id, person.birth_date].append(person.id)
        names[person.home.id, person.given, person.family].append(person.id)
        if person.phone:
            phones[person.phone].append(person.id)
    yield "shared_tablet", [str(device) for device, who in users.items() if len(set(who)) > 1]
    for flaw, groups in (("shared_phone", phones), ("twin", births), ("namesake_at_home", names)):
        yield flaw, [who for group in groups.values() if len(group) > 1 for who in group]


def _in_time(rows: Iterable[Row], column: str) -> list[Row]:
    return sorted(rows, key=lambda row: (datetime.fromisoformat(row[column]), next(iter(row.values()))))


def synthesize(n_people: int = 1000, seed: int = SEED, *, start: date = START, end: date = END) -> SyntheticBusiness:
    """Make up a business with *n_people* true persons and the traces they leave between *start* and *end*.

    The same arguments give the same files, byte by byte, on every machine and Python version. Typing errors,
    duplicates, shared phones and tablets, late and repeated messages, clocks that are wrong, withdrawn and
    contradictory consents are part of it, and listed in ``planted``.

    >>> synthesize(n_people=20, seed=1) == synthesize(n_people=20, seed=1)
    True

    Raises:
        ValueError: If *n_people* is negative, or *end* comes less than 120 days after *start*.
    """
    if n_people < 0:
        message = f"n_people must not be negative, got {n_people}"
        raise ValueError(message)
    if (end - start).days < 120:
        message = f"the span must be at least 120 days, got {start} to {end}"
        raise ValueError(message)
    first, last = datetime.combine(start, time(), UTC), datetime.combine(end, _MIDNIGHT_IN_TOKYO, UTC)
    # A first visit begins before the first order: nobody joins in the very first hours.
    opening = first + timedelta(days=1)
    ledger, people = Ledger(), tuple(draw_people(n_people, seed=seed, start=opening, end=last))
    for person in people:
        orders = []
        if person.known:
            orders = write_orders(person, seed=seed, end=last, ledger=ledger)
            write_contacts(person, seed=seed, end=last, ledger=ledger, surely=not orders)
            write_voice(person, orders, seed=seed, end=last, ledger=ledger)
            write_consents(person, seed=seed, start=first, end=last, ledger=ledger)
        write_events(person, orders, seed=seed, end=last, ledger=ledger)
    tables = {source: _in_time(rows, _TIME_OF[source]) for source, rows in ledger.tables.items()}
    logs = {
        "events": arrange(ledger.logs.get("events", []), seed=seed),
        "consent": sorted(
            ledger.logs.get("consent", []), key=lambda line: (str(line["recorded_at"]), str(line["record_id"]))
        ),
    }
    for flaw, ids in _shared(people, ledger):
        ledger.plant(flaw, *ids)
    planted = {flaw: tuple(dict.fromkeys(ids)) for flaw, ids in sorted(ledger.planted.items())}
    return SyntheticBusiness(people=people, tables=tables, logs=logs, truth=dict(ledger.truth), planted=planted)
