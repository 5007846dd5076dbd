"""A CRM embeds the library: same SQLite file, same transaction, and the golden values back in its own table.

The CRM has its tables and its connection. When a clerk saves a contact, the row and the fact about it are written in
one transaction: both are there afterwards, or neither. The unified values come back into columns of the same table.

Run it: ``python examples/crm_embedding.py``
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from unified_profile import Hub, Identifier, Purpose, SourceRecord, SqliteStore
from unified_profile.consent import Policy

SALES = Purpose("sales", traits={"given_name", "city", "segment"}, basis="contract", description="serve customers")
SCHEMA = """
CREATE TABLE IF NOT EXISTS contacts (
    number INTEGER PRIMARY KEY, given_name TEXT, email TEXT, phone TEXT, city TEXT, saved_at TEXT NOT NULL,
    profile TEXT, best_name TEXT, best_city TEXT  -- these three are ours: written back, never typed in
);
CREATE TABLE IF NOT EXISTS write_back (position INTEGER NOT NULL);
INSERT INTO write_back SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM write_back);
"""


class Crm:
    """An existing CRM over its own database; what is new in it are ``hub`` and the last two methods."""

    def __init__(self, path: str | Path) -> None:
        """Open the database."""
        self.connection = sqlite3.connect(path)
        self.connection.executescript(SCHEMA)
        self.store = SqliteStore(path)
        # Who may be told: this CRM is a system of our own, which is no third party.
        self.hub = Hub(self.store, policy=Policy(purposes=[SALES], processors={"crm"}))

    def close(self) -> None:
        """Close everything."""
        self.store.close()
        self.connection.close()

    def save(self, number: int, contact: Mapping[str, str], *, at: datetime) -> None:
        """Save a contact, and tell the hub, in one transaction."""
        values = [contact.get(name) for name in ("given_name", "email", "phone", "city")]
        with self.connection:  # commits at the end, rolls back on an error
            self.connection.execute(
                "INSERT INTO contacts (number, given_name, email, phone, city, saved_at) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (number) DO UPDATE SET given_name = excluded.given_name, email = excluded.email,"
                " phone = excluded.phone, city = excluded.city, saved_at = excluded.saved_at",
                [number, *values, at.isoformat()],
            )
            self.tell(number, contact, at=at)
            self.write_back()

    def tell(self, number: int, contact: Mapping[str, str], *, at: datetime) -> None:
        """Tell the hub what this row now says, as part of the open transaction."""
        record = SourceRecord(
            id=f"contact-{number}-{at.isoformat()}",
            source="crm",
            key=str(number),
            occurred_at=at,
            identifiers=[Identifier(kind, contact[kind]) for kind in ("email", "phone") if contact.get(kind)],
            attributes={name: contact[name] for name in ("given_name", "city") if contact.get(name)},
        )
        report = self.hub.joined(self.connection).ingest([record])
        if report.quarantined:
            # A CRM that wants to say so at once refuses the row; else it would wait in the quarantine.
            raise ValueError(f"cannot be saved: {report.quarantined[0].reason}")

    def write_back(self) -> int:
        """Bring the unified values into the contacts whose people changed; return how many rows were touched."""
        (after,) = self.connection.execute("SELECT position FROM write_back").fetchone()
        touched = 0
        hub = self.hub.joined(self.connection)
        while page := hub.golden_changes(purpose=SALES.name, recipient="crm", after=after, limit=500):
            after = page[-1].position
            for number in self._rows_of([change.profile for change in page]):
                # People merge and split: whose row this is now is asked of the row's own identifier.
                view = hub.profile(Identifier.record("crm", str(number)), purpose=SALES.name)
                self.connection.execute(
                    "UPDATE contacts SET profile = ?, best_name = ?, best_city = ? WHERE number = ?",
                    (view.profile_id, view.get("given_name"), view.get("city"), number),
                )
                touched += 1
        self.connection.execute("UPDATE write_back SET position = ?", (after,))
        return touched

    def _rows_of(self, profiles: Sequence[str]) -> list[int]:
        """Return the contacts of *profiles*, and those that are nobody's yet."""
        marks = ", ".join("?" * len(profiles))
        query = f"SELECT number FROM contacts WHERE profile IS NULL OR profile IN ({marks})"  # noqa: S608  # marks only
        return [number for (number,) in self.connection.execute(query, profiles)]

    def rows(self) -> list[tuple[int, str | None, str | None, str | None]]:
        """Return number, profile and unified values of all contacts."""
        found = self.connection.execute("SELECT number, profile, best_name, best_city FROM contacts ORDER BY number")
        return found.fetchall()


def main(folder: str) -> None:
    """Enter one person twice, and see the CRM notice."""
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    with closing(Crm(Path(folder) / "crm.sqlite")) as crm:
        crm.save(1, {"given_name": "Hanako", "email": "hanako@example.com", "phone": "+81 80 0000 0001"}, at=noon)
        crm.save(2, {"given_name": "H.", "phone": "+818000000001", "city": "Osaka"}, at=noon.replace(hour=13))
        crm.save(3, {"given_name": "Taro", "email": "taro@example.com", "city": "Kyoto"}, at=noon.replace(hour=14))
        people = {profile for _, profile, _, _ in crm.rows()}
        for number, _, name, city in crm.rows():
            print(f"contact {number}: {name}, {city}")
        print(f"{len(crm.rows())} contacts, {len(people)} people")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as place:
            main(place)
