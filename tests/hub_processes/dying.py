"""Work for ``tests.storage.crashing``: a process that ingests a crowd until it is killed, or kills itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import cycle
from typing import Any

from tests.hub_processes.crowd import batches_of, crowd, writing_hub
from tests.storage.crashing import opened

SIZE = 160


def ingest(kind: str, where: str, life: str, start: int, last_words: int, acknowledge: Callable[[int], None]) -> None:
    """Ingest batch after batch from *start* on, and acknowledge the number of each when it is kept.

    With *last_words* the process kills itself before it says that many things to the database. When the crowd is at
    its end it is told again.
    """
    store = opened(kind, where)
    hub = writing_hub(store, life)
    batches = list(enumerate(batches_of(crowd(life, size=SIZE, tenant=life), life)))
    if last_words:
        kill_before(store, last_words)
    for number, batch in cycle(batches[start:] + batches[:start]):
        hub.ingest(batch)
        acknowledge(number)


def kill_before(store: Any, words: int) -> None:
    """Let this process kill itself before the statement or commit number *words*."""
    said = 0

    def count(*_: object) -> None:
        nonlocal said
        said += 1
        if said >= words:
            os.kill(os.getpid(), signal.SIGKILL)

    if hasattr(store, "engine"):
        from sqlalchemy import event

        for moment in ("before_cursor_execute", "after_cursor_execute", "commit", "begin"):
            event.listen(store.engine, moment, count)
    else:
        connection = store._connections.take()
        connection.set_trace_callback(count)
        store._connections.give_back(connection)


def ingest_in_hand(where: str, life: str, size: int, batch_size: int, acknowledge: Callable[[int], None]) -> None:
    """Ingest a crowd by one call, and acknowledge how many facts are kept after each batch; again when it is told."""
    hub = writing_hub(opened("sql", where), life)
    facts = crowd(life, size=size, tenant=life)
    while True:
        hub.ingest(facts, batch_size=batch_size, progress=lambda report: acknowledge(report.accepted))
