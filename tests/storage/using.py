"""Short ways to put and read rows, for tests of stores."""

from typing import Any

from unified_profile.storage.commands import Changes, Put, Scan
from unified_profile.storage.protocols import Store
from unified_profile.storage.tables import META, Table

T = "default"


def put(store: Store, *rows: Any, table: Table[Any] = META) -> None:
    """Keep *rows* in a session of their own."""
    with store.session(T) as session:
        session.write(Changes(puts=[Put(table, rows)]))


def names(store: Store) -> list[str]:
    """Return the names of what is in the table ``meta``."""
    with store.session(T) as session:
        return [row.name for row in session.read([Scan(META)])[0]]
