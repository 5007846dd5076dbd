"""A store whose rows are in another process: everything it is asked travels there and back, as a stranger's would.

The server keeps rows by its own lights (``NaiveStore`` here); what matters is that nothing but the protocol connects
the two: commands and rows are pickled, errors come back by name.
"""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from unified_profile import errors
from unified_profile.testing.naive_store import NaiveStore


class ElsewhereStore:
    """Asks a server at *address*."""

    def __init__(self, address: str) -> None:
        self.address = address

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator["ElsewhereSession"]:
        connection = Client(self.address)
        try:
            asked(connection, "open", tenant)
            yield ElsewhereSession(connection)
            asked(connection, "keep", None)
        finally:
            connection.close()  # a server that hears nothing more keeps nothing


class ElsewhereSession:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def read(self, reads: Sequence[Any], /) -> list[list[Any]]:
        found: list[list[Any]] = asked(self.connection, "read", reads)
        return found

    def write(self, changes: Any, /) -> None:
        asked(self.connection, "write", changes)


def asked(connection: Connection, what: str, value: Any) -> Any:
    """Send a question and return the answer, or raise the error that came back."""
    connection.send((what, value))
    kind, answer = connection.recv()
    if kind:
        raise getattr(errors, kind)(answer)
    return answer


def serve(address: str) -> None:
    """Keep rows for whoever connects to *address*."""
    store = NaiveStore()
    with Listener(address) as listener:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            threading.Thread(target=attend, args=(store, listener.accept()), daemon=True).start()


def attend(store: NaiveStore, connection: Connection) -> None:
    """Serve one session; an end without a word is an error in the caller's block."""
    try:
        _, tenant = connection.recv()
        with store.session(tenant) as session:
            connection.send(("", None))
            while True:
                what, value = connection.recv()
                if what == "keep":
                    break
                try:
                    answer = session.read(value) if what == "read" else None
                    if what == "write":
                        session.write(value)
                    connection.send(("", answer))
                except errors.StorageError as error:
                    connection.send((type(error).__name__, str(error)))
        connection.send(("", None))
    except EOFError:
        pass


if __name__ == "__main__":
    serve(sys.argv[1])
